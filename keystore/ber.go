package keystore

import (
	"errors"
	"fmt"
)

// PKCS#7 files often come in BER with indefinite lengths, which cryptobyte does
// not read. Here such an element is only taken apart: what is inside, the
// certificates, is DER. Copying the whole into DER form, as pkcs12x does with
// its octet strings in chunks, is not needed for that.

var errCutShort = errors.New("it ends inside an element (cut short?)")

// element splits the first element off in. tag is its first octet; types with
// longer tags do not occur in what is read here.
func element(in []byte, depth int) (tag byte, content, rest []byte, err error) {
	if depth == 0 {
		return 0, nil, nil, errors.New("it is nested too deep")
	}
	if len(in) < 2 {
		return 0, nil, nil, errCutShort
	}
	tag = in[0]
	if tag&0x1f == 0x1f {
		return 0, nil, nil, errors.New("it has a tag of an unknown form")
	}
	length, at := int(in[1]), 2
	switch {
	case length == 0x80 && tag&0x20 != 0:
		return indefinite(in, depth)
	case length > 0x84 || length == 0x80:
		return 0, nil, nil, errors.New("it has a length of an unknown form")
	case length > 0x80:
		n := length & 0x7f
		if len(in) < 2+n {
			return 0, nil, nil, errCutShort
		}
		at, length = 2+n, 0
		for _, b := range in[2:at] {
			length = length<<8 | int(b)
		}
	}
	if length < 0 || length > len(in)-at {
		return 0, nil, nil, fmt.Errorf("%w: %d octets are missing", errCutShort, length-(len(in)-at))
	}
	return tag, in[at : at+length], in[at+length:], nil
}

// indefinite splits off an element that ends with end-of-contents octets.
func indefinite(in []byte, depth int) (tag byte, content, rest []byte, err error) {
	body := in[2:]
	for {
		if len(body) >= 2 && body[0] == 0 && body[1] == 0 {
			return in[0], in[2 : len(in)-len(body)], body[2:], nil
		}
		if _, _, body, err = element(body, depth-1); err != nil {
			return 0, nil, nil, err
		}
	}
}
