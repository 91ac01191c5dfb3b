package der

// indefinite is the length octet of an element that goes on until two zeros.
const indefinite = 0x80

// maxDepth bounds how deep indefinite lengths nest, as the JDK does.
const maxDepth = 64

// readIndefinite reads an element of indefinite length, and tells how long it was
// in data.
func readIndefinite(data []byte) (Value, int, error) {
	content, n, err := definite(data[2:], maxDepth)
	return Value{Tag: data[0], Content: content}, n + 2, err
}

// definite converts the elements before an end of contents, and tells how much
// they took with it. Those of definite lengths are taken as they are, whatever is
// in them.
func definite(data []byte, depth int) (out []byte, taken int, err error) {
	if depth == 0 {
		return nil, 0, fail("Nesting sequence depth limit reached.")
	}
	for {
		rest := data[taken:]
		switch {
		case len(rest) < 2:
			return nil, 0, errUnresolved()
		case rest[0] == 0 && rest[1] == 0:
			return out, taken + 2, nil
		case rest[1] == indefinite:
			content, n, err := definite(rest[2:], depth-1)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, Value{Tag: rest[0], Content: content}.Encode()...)
			taken += n + 2
		default:
			n, err := skip(rest)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, rest[:n]...)
			taken += n
		}
	}
}

func errUnresolved() error { return fail("not enough data to resolve indef len BER") }

// skip is the length of an element with a definite length.
func skip(data []byte) (int, error) {
	n := 2 + int(data[1])
	if count := int(data[1] & 0x7f); data[1] > 0x7f {
		if count > 4 {
			return 0, fail("Too much data")
		}
		if len(data) < 2+count {
			return 0, errUnresolved()
		}
		length := 0
		for _, b := range data[2 : 2+count] {
			length = length<<8 | int(b)
		}
		if length > 1<<31-1 {
			return 0, fail("Invalid length bytes")
		}
		n = 2 + count + length
	}
	if len(data) < n {
		return 0, errUnresolved()
	}
	return n, nil
}
