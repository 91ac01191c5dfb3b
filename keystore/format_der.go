package keystore

import (
	"context"
	"errors"

	"muxkey/pkcs12x"
)

// derFormat is one object, or several behind each other, in DER: certificates,
// CSRs, CRLs and keys.
var derFormat = Format{
	ID:         "der",
	Title:      "DER file",
	Extensions: []string{".der", ".cer", ".crt", ".crl", ".csr", ".p8", ".pk8", ".p10"},
	Detect:     detectDER,
	Decode:     decodeDER,
}

func detectDER(head []byte) Confidence {
	switch {
	case shapeOf(head) != shapeNone:
		return Likely
	case len(head) > 4 && head[0] == 0x30 && (head[1] == 0x82 || head[1] == 0x83) && head[4+int(head[1]-0x82)]&0x1f <= 0x10 && cutShort(head):
		return Maybe // perhaps the head of something longer
	}
	return No
}

// cutShort tells whether head is the beginning of one element.
func cutShort(head []byte) bool {
	_, _, _, err := element(head, maxDepth)
	return errors.Is(err, errCutShort)
}

func decodeDER(ctx context.Context, in *Input) (*Store, error) {
	o := &objects{in: in}
	rest := in.Data
	for len(rest) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next, err := o.add(rest, nil)
		if err != nil {
			if _, over := errors.AsType[*pkcs12x.LimitError](err); over || len(rest) == len(in.Data) {
				return nil, derError(rest, err)
			}
			o.trailing = trimmed(rest)
			break
		}
		rest = next
	}
	return o.finish(ctx)
}

// derError says what a DER file is when it cannot be read.
func derError(der []byte, err error) error {
	switch {
	case shapeOf(der) != shapeNone:
		return &FormatError{What: article(string(shapeOf(der))), Damaged: true, Err: err}
	}
	return err
}
