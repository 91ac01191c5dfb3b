package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"muxkey/internal/lazy"
)

// writeYAML lays the JSON value out as block YAML 1.2, so that field names and
// values are the same in both.
//
// goccy/go-yaml was tried first: it writes tabs, carriage returns and control
// characters bare, or loses them, and an alias may hold any of these. go.yaml.in
// is right in all but a few, for 0.6 MB. What is needed is less than either: JSON
// has six kinds of value, and a string in double quotes is always safe.
func writeYAML(w io.Writer, d Document, _ Options) error {
	text, err := json.Marshal(d.Value)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	y := yamlWriter{dec: json.NewDecoder(bytes.NewReader(text))}
	y.dec.UseNumber()
	if err := y.value(0, ""); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	_, err = w.Write(y.out.Bytes())
	return err
}

type yamlWriter struct {
	dec *json.Decoder
	out bytes.Buffer
}

// value writes the next value. What came before it on the line is "key:" or "-",
// or nothing for the document itself; lead is what parts a scalar from it.
func (y *yamlWriter) value(indent int, lead string) error {
	token, err := y.dec.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim:
		return y.collection(v, indent, lead)
	case string:
		y.out.WriteString(lead + yamlString(v))
	case nil:
		y.out.WriteString(lead + "null")
	default: // json.Number, bool
		fmt.Fprintf(&y.out, "%s%v", lead, v)
	}
	y.out.WriteByte('\n')
	return nil
}

func (y *yamlWriter) collection(open json.Delim, indent int, lead string) error {
	if !y.dec.More() {
		shut, err := y.dec.Token()
		fmt.Fprintf(&y.out, "%s%v%v\n", lead, open, shut)
		return err
	}
	// The first item of a collection in a list goes on the dash's line.
	pad := strings.Repeat("  ", indent)
	first := pad
	switch y.last() {
	case '-':
		first = " "
	case ':':
		y.out.WriteByte('\n')
	}
	for ; y.dec.More(); first = pad {
		y.out.WriteString(first)
		if open == '[' {
			y.out.WriteByte('-')
		} else {
			key, err := y.dec.Token()
			if err != nil {
				return err
			}
			y.out.WriteString(yamlString(key.(string)) + ":")
		}
		if err := y.value(indent+1, " "); err != nil {
			return err
		}
	}
	_, err := y.dec.Token()
	return err
}

func (y *yamlWriter) last() byte {
	if b := y.out.Bytes(); len(b) > 0 {
		return b[len(b)-1]
	}
	return 0
}

// yamlPlain matches strings that every YAML reader takes for themselves when
// they are not yamlReserved. It is narrower than the grammar: a hexadecimal
// serial such as 12e4 is a number to some.
var (
	yamlPlain    = lazy.Regexp(`^[A-Za-z][A-Za-z0-9._/@-]*$`)
	yamlReserved = lazy.Regexp(`^(?i:y|yes|n|no|on|off|true|false|null)$`) // also those of YAML 1.1
)

// yamlString quotes in Go's notation. All its escapes (\a \b \f \n \r \t \v \\ \"
// \x7f \u202e \U000e0001) mean the same in YAML (1.2 section 5.7).
func yamlString(s string) string {
	if yamlPlain().MatchString(s) && !yamlReserved().MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}
