package pkcs12x

import "fmt"

// Old Windows, NSS and Bouncy Castle write BER: indefinite lengths, and octet
// strings cut into chunks. normalize turns one BER element into DER form, as
// far as PKCS#12 needs it, so that everything behind it can be strict.
// (go-asn1-ber was weighed: it builds a tree with a buffer for every element,
// many times the input.)

// maxTagBytes bounds high-tag-number identifiers; ASN.1 in the field needs two.
const maxTagBytes = 4

// berHeader is one identifier and length.
type berHeader struct {
	identifier []byte
	size       int // bytes of header
	length     int // bytes of content; -1: indefinite
	minimal    bool
}

func (h berHeader) constructed() bool { return h.identifier[0]&0x20 != 0 }

// chunked tells whether the element is a string type cut into chunks (X.690
// section 8.7.3.2 and 8.23.6).
func (h berHeader) chunked() bool {
	if !h.constructed() || h.identifier[0]&0xc0 != 0 {
		return false
	}
	switch h.identifier[0] & 0x1f {
	case 4, 12, 18, 19, 20, 22, 26, 27, 28, 30:
		return true
	}
	return false
}

func readHeader(in []byte) (berHeader, error) {
	var h berHeader
	n := 1
	if len(in) < 2 {
		return h, fmt.Errorf("%w: it ends inside an element", ErrDamaged)
	}
	if in[0]&0x1f == 0x1f {
		for {
			if n >= len(in) || n > maxTagBytes {
				return h, fmt.Errorf("%w: bad tag", ErrDamaged)
			}
			n++
			if in[n-1]&0x80 == 0 {
				break
			}
		}
	}
	h.identifier = in[:n]
	if n >= len(in) {
		return h, fmt.Errorf("%w: it ends inside an element", ErrDamaged)
	}
	first := in[n]
	n++
	switch {
	case first < 0x80:
		h.length, h.minimal = int(first), true
	case first == 0x80:
		if !h.constructed() {
			return h, fmt.Errorf("%w: indefinite length on a primitive element", ErrDamaged)
		}
		h.length = -1
	default:
		count := int(first & 0x7f)
		if count > len(in)-n {
			return h, fmt.Errorf("%w: it ends inside an element", ErrDamaged)
		}
		digits := in[n : n+count]
		n += count
		h.minimal = digits[0] != 0 && (count > 1 || digits[0] >= 0x80)
		for _, b := range digits {
			if h.length > len(in) {
				break
			}
			h.length = h.length<<8 | int(b)
		}
	}
	h.size = n
	if h.length > len(in)-n {
		return h, fmt.Errorf("%w: an element says %d bytes where %d are left (cut short?)", ErrDamaged, h.length, len(in)-n)
	}
	return h, nil
}

// normalize returns the first element of in as DER and how many bytes of in it
// took. The result shares memory with in when that was DER already.
func normalize(in []byte, maxDepth int) (out []byte, used int, err error) {
	used, clean, err := measure(in, maxDepth)
	if err != nil {
		return nil, 0, err
	}
	if clean {
		return in[:used], used, nil
	}
	out, _, err = rewrite(make([]byte, 0, used), in)
	return out, used, err
}

// children calls visit for each element inside a constructed one, which begins
// at in; visit returns how many bytes its element takes. The result is how many
// the whole takes.
func children(h berHeader, in []byte, visit func(child []byte) (int, error)) (int, error) {
	body := in[h.size:]
	if h.length >= 0 {
		body = body[:h.length]
	}
	for at := 0; ; {
		if h.length < 0 && endOfContents(body[at:]) {
			return h.size + at + 2, nil
		}
		if h.length >= 0 && at == len(body) {
			return h.size + at, nil
		}
		n, err := visit(body[at:])
		if err != nil {
			return 0, err
		}
		at += n
	}
}

func endOfContents(in []byte) bool { return len(in) >= 2 && in[0] == 0 && in[1] == 0 }

// measure walks one element, checks its shape and depth, and tells whether it
// can stay as it is.
func measure(in []byte, depth int) (used int, clean bool, err error) {
	if depth == 0 {
		return 0, false, &LimitError{Limit: "nesting", Asked: -1, Max: int64(DefaultLimits().Depth)}
	}
	h, err := readHeader(in)
	if err != nil {
		return 0, false, err
	}
	clean = h.minimal && !h.chunked() && h.length >= 0
	if !h.constructed() {
		return h.size + h.length, clean, nil
	}
	used, err = children(h, in, func(child []byte) (int, error) {
		n, ok, err := measure(child, depth-1)
		clean = clean && ok
		return n, err
	})
	return used, clean, err
}

// rewrite appends the first element of in, which measure has accepted, to out.
// The header is written once the length is known: the content is moved up to
// it, which costs one copy for each level of nesting and no memory.
func rewrite(out, in []byte) ([]byte, int, error) {
	h, err := readHeader(in)
	if err != nil {
		return nil, 0, err
	}
	if !h.constructed() {
		out = appendHeader(out, h.identifier, h.length)
		return append(out, in[h.size:h.size+h.length]...), h.size + h.length, nil
	}
	const room = 16
	start := len(out)
	out = append(out, make([]byte, room)...)
	add, identifier := rewrite, h.identifier
	if h.chunked() {
		add, identifier = appendChunk, []byte{h.identifier[0] &^ 0x20}
	}
	used, err := children(h, in, func(child []byte) (n int, err error) {
		out, n, err = add(out, child)
		return n, err
	})
	if err != nil {
		return nil, 0, err
	}
	content := out[start+room:]
	head := appendHeader(make([]byte, 0, room), identifier, len(content))
	out = append(out[:start], head...)
	return append(out, content...), used, nil
}

// appendChunk appends the content of one chunk of a string, chunks of chunks
// included.
func appendChunk(out, in []byte) ([]byte, int, error) {
	h, err := readHeader(in)
	if err != nil {
		return nil, 0, err
	}
	if !h.constructed() {
		if h.identifier[0]&0xc0 != 0 {
			return nil, 0, fmt.Errorf("%w: a string is cut into chunks of another type", ErrDamaged)
		}
		return append(out, in[h.size:h.size+h.length]...), h.size + h.length, nil
	}
	used, err := children(h, in, func(child []byte) (n int, err error) {
		out, n, err = appendChunk(out, child)
		return n, err
	})
	return out, used, err
}

func appendHeader(out, identifier []byte, length int) []byte {
	out = append(out, identifier...)
	if length < 0x80 {
		return append(out, byte(length))
	}
	n := 1
	for l := length >> 8; l > 0; l >>= 8 {
		n++
	}
	out = append(out, 0x80|byte(n))
	for n--; n >= 0; n-- {
		out = append(out, byte(length>>(8*n)))
	}
	return out
}
