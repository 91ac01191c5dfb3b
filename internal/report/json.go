package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

func writeJSON(w io.Writer, d Document, _ Options) error {
	text, err := MarshalJSON(d.Value)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// MarshalJSON returns v as indented JSON with a line end. In it stands no
// character that could steer a terminal: encoding/json escapes those below the
// blank, but lets C1 controls, which some terminals obey, and direction marks
// pass.
func MarshalJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // <, > and & are no danger here, and hard to read as \u003c
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return escapeJSON(buf.Bytes()), nil
}

// escapeJSON rewrites what is not ASCII and not printable. In JSON that can
// stand only inside a string, so no parsing is needed.
func escapeJSON(text []byte) []byte {
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= 0x7f }) {
		return text
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == 0x7f || r >= utf8.RuneSelf && !strconv.IsPrint(r):
			if r1, r2 := utf16.EncodeRune(r); r1 != utf8.RuneError {
				out = fmt.Appendf(out, `\u%04x\u%04x`, r1, r2)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
		default:
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}
