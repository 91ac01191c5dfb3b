package keystore

import (
	"bytes"
	"encoding/base64"
	"strings"

	"muxkey/keystore/nss"
)

// HeadSize is how much of a file, in octets, tells whether it may be a store.
// Key material that begins further behind is found by decoding alone.
const HeadSize = headSize

// Sniff tells from the beginning of a file whether it may be a store, or a
// keystore that this version knows and does not read, so that it is worth being
// read whole. It errs on the side of yes. settled tells that a longer beginning,
// up to HeadSize, would not change a no. The name serves as in Decode.
func Sniff(name string, head []byte) (promising, settled bool) {
	if _, ok := detect(name, fromUTF16(head)); ok {
		return true, true
	}
	if inner, ok := unwrapHead(head); ok {
		if _, ok := detect(name, inner); ok {
			return true, true
		}
	}
	for _, m := range magics {
		if len(head) > m.at && bytes.HasPrefix(head[m.at:], []byte(m.magic)) {
			return m.use == otherKeystore, m.what != sqlite
		}
	}
	return false, len(head) >= HeadSize
}

// Companion names the file by which a store is opened that a file of this name is
// only a part of; ok is false for all others.
func Companion(name string) (of string, ok bool) {
	prefix, ok := strings.CutSuffix(name, string(nss.KeyDB))
	return prefix + string(nss.CertDB), ok
}

// unwrapHead is unwrap for the beginning of a file, which may end inside a
// group of four letters.
func unwrapHead(head []byte) (inner []byte, ok bool) {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	letters := 0
	for _, c := range head { // most files end the search here, at their first octets
		switch {
		case strings.IndexByte(base64Letters, c) >= 0:
			letters++
		case strings.IndexByte("= \t\r\n\x00", c) < 0:
			return nil, false
		}
	}
	if letters < minBase64 {
		return nil, false
	}
	text := make([]byte, 0, letters)
	for _, c := range head {
		if strings.IndexByte(base64Letters, c) >= 0 {
			text = append(text, c)
		}
	}
	text = text[:letters/4*4]
	inner = make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(inner, text)
	return inner[:n], err == nil
}
