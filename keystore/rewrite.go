package keystore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// ErrLoss means that a file holds something besides its entries that writing it
// again would lose.
var ErrLoss = errors.New("it holds something that would be lost")

// Rewrite returns the whole file that a store was read from, with the entries as
// they are now. What the store was wrapped in stays: a manifest with its other
// values, base64, UTF-16. A PEM file keeps what stands between its blocks, and
// each block that was not changed; Sequence, where it was put in another order,
// is the order of its certificates. The result is read back before it is
// returned. Errors: ErrLoss, ErrReadOnly, and those of Encode.
func (s *Store) Rewrite(ctx context.Context, rand io.Reader, e Encoding) ([]byte, error) {
	content, err := s.encodeAgain(ctx, rand, e)
	if err != nil {
		return nil, err
	}
	return s.putBack(content)
}

func (s *Store) encodeAgain(ctx context.Context, rand io.Reader, e Encoding) ([]byte, error) {
	switch {
	case s.text != nil:
		return s.rewritePEM(ctx, rand, e)
	case len(s.Skipped) > 0:
		return nil, fmt.Errorf("%w: %s", ErrLoss, s.Skipped[0].What)
	}
	return Encode(ctx, rand, s.Format, s.Entries, e)
}

// putBack is the whole file with content in the place of the store.
func (s *Store) putBack(content []byte) ([]byte, error) {
	var err error
	for _, into := range s.around {
		if content, err = into(content); err != nil {
			return nil, fmt.Errorf("putting it back into %s: %w", s.Path, err)
		}
	}
	return content, nil
}

// wrap adds a layer around those there are.
func (s *Store) wrap(into func([]byte) ([]byte, error)) { s.around = append(s.around, into) }

// inBlock puts content into a block of a PEM file.
func inBlock(file []byte, b textBlock) func([]byte) ([]byte, error) {
	return func(content []byte) ([]byte, error) {
		block := string(pem.EncodeToMemory(&pem.Block{Type: b.label, Bytes: content}))
		return bytes.Join([][]byte{
			file[:b.start],
			[]byte(strings.ReplaceAll(block, "\n", newLineOf(file))),
			file[b.end:],
		}, nil), nil
	}
}

// inBase64 puts content into base64, in lines as long as those of the file.
func inBase64(file []byte) func([]byte) ([]byte, error) {
	return func(content []byte) ([]byte, error) {
		text := base64.StdEncoding.EncodeToString(content)
		trimmed := bytes.TrimRight(file, " \t\r\n")
		width := bytes.IndexAny(trimmed, "\r\n")
		var b bytes.Buffer
		for width > 0 && len(text) > width {
			b.WriteString(text[:width] + newLineOf(file))
			text = text[width:]
		}
		b.WriteString(text)
		b.Write(file[len(trimmed):])
		return b.Bytes(), nil
	}
}

// inUTF16 writes a text in the encoding of the file.
func inUTF16(file []byte) func([]byte) ([]byte, error) {
	high, low := 0, 1
	if file[0] == 0xff {
		high, low = 1, 0
	}
	return func(content []byte) ([]byte, error) {
		out := append([]byte{}, file[:2]...)
		for _, u := range utf16.Encode([]rune(string(content))) {
			var pair [2]byte
			pair[high], pair[low] = byte(u>>8), byte(u)
			out = append(out, pair[:]...)
		}
		return out, nil
	}
}

// newLineOf is the line end of a text.
func newLineOf(text []byte) string {
	i := bytes.IndexAny(text, "\r\n")
	switch {
	case i < 0 || text[i] == '\n':
		return "\n"
	case i+1 < len(text) && text[i+1] == '\n':
		return "\r\n"
	}
	return "\r"
}
