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
// they took with it.
func definite(data []byte, depth int) (out []byte, taken int, err error) {
	if depth == 0 {
		return nil, 0, fail("Nesting sequence depth limit reached.")
	}
	for {
		rest := data[taken:]
		switch {
		case len(rest) < 2:
			return nil, 0, fail("not enough data to resolve indef len BER")
		case rest[0] == 0 && rest[1] == 0:
			return out, taken + 2, nil
		case rest[1] != indefinite:
			_, n, err := read(rest, taken)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, rest[:n]...)
			taken += n
		default:
			content, n, err := definite(rest[2:], depth-1)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, Value{Tag: rest[0], Content: content}.Encode()...)
			taken += n + 2
		}
	}
}
