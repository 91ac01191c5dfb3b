package source

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"muxkey/trust"
)

// p11kitKind are the files in which p11-kit keeps trust, such as ca-bundle.trust.p11-kit
// of Fedora and what "trust dump" prints (doc/internal/persist-format.txt and
// common/persist.c of p11-kit).
var p11kitKind = Kind{
	ID:     "p11-kit",
	Title:  "p11-kit file",
	Detect: func(data []byte) bool { return string(firstRow(data)) == p11kitHeader },
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		list, err := p11kitObjects(b, in)
		if err != nil {
			return err
		}
		return objects(ctx, b, in, list)
	},
}

const p11kitHeader = "[p11-kit-object-v1]"

func p11kitObjects(b *trust.Builder, in Input) ([]object, error) {
	read := objectReader{b: b, in: in}
	rows := rows{rest: in.Data}
	for row, ok := rows.next(); ok; row, ok = rows.next() {
		switch {
		case len(row) == 0 || row[0] == '#':
		case string(row) == p11kitHeader:
			if err := read.begin(object{line: rows.line, flagged: true}); err != nil {
				return nil, err
			}
		case row[0] == '[':
			if err := read.begin(object{line: rows.line}); err != nil {
				return nil, err
			}
			read.broken("it is of a kind that is not known: " + string(row[:min(len(row), 64)]))
		case bytes.HasPrefix(row, []byte("-----BEGIN ")):
			label, _, _ := marked(row, "-----BEGIN ")
			if strings.HasSuffix(label, "PRIVATE KEY") {
				return nil, &PrivateKeyError{in.origin("").String(), rows.line}
			}
			body, ok := rows.until(func(row []byte) bool { return bytes.HasPrefix(row, []byte("-----END ")) })
			if !ok {
				read.broken("its PEM block has no end")
			} else if o := read.open(); o != nil {
				read.broken(o.block(label, body))
			}
		default:
			name, value, ok := strings.Cut(string(row), ":")
			if !ok {
				read.broken(fmt.Sprintf("line %d has no colon", rows.line))
			} else if o := read.open(); o != nil {
				read.broken(o.field(strings.TrimSpace(name), strings.TrimSpace(value)))
			}
		}
	}
	read.end()
	return read.list, nil
}

// block takes a PEM block, which never overrides a field. It returns why it cannot.
func (o *object) block(label string, text []byte) (why string) {
	der, err := block{body: text}.decode(make([]byte, base64.StdEncoding.DecodedLen(len(text))))
	switch {
	case err != nil:
		return "the base64 of its PEM block is broken"
	case label == "CERTIFICATE":
		if o.class == otherClass {
			o.class = certificateClass
		}
		if o.der == nil {
			o.der = der
		}
	case label == "PUBLIC KEY":
		if o.spki == nil {
			o.spki = der
		}
	default:
		return "it holds a " + label
	}
	return ""
}

// field takes an attribute. It returns why it cannot.
func (o *object) field(name, value string) (why string) {
	short := strings.TrimPrefix(name, "nss-")
	switch name {
	case "class":
		switch value {
		case "certificate":
			o.class = certificateClass
		case "nss-trust", "trust":
			o.class = trustClass
		case "x-certificate-extension":
			o.class = extensionClass
		}
		return ""
	case "trusted":
		o.trusted = value == "true"
		return ""
	case "x-distrusted":
		o.distrusted = value == "true"
		return ""
	case "nss-server-distrust-after", "nss-email-distrust-after":
		if value == "false" || value == `"%00"` {
			return ""
		}
	}
	if word, ok := strings.CutPrefix(short, "trust-"); ok {
		if p, ok := purposeAttribute(constant(word)); ok {
			if o.verdicts == nil {
				o.verdicts = verdicts{}
			}
			o.verdicts[p] = verdictOf(constant(strings.TrimPrefix(value, "nss-")))
		}
		return ""
	}
	into := map[string]*[]byte{
		"issuer": &o.issuer, "serial-number": &o.serial, "cert-sha1-hash": &o.sha1,
		"public-key-info": &o.spki, "x-public-key-info": &o.spki, "value": &o.der, "label": nil,
		"server-distrust-after": nil, "email-distrust-after": nil,
	}
	place, ok := into[short]
	if !ok {
		return ""
	}
	data, ok := unquoteP11kit(value)
	if !ok {
		return name + " cannot be read"
	}
	switch short {
	case "label":
		o.label = string(data)
	case "server-distrust-after", "email-distrust-after":
		when, ok := moment(data)
		if !ok {
			return name + " is no time"
		}
		if o.after == nil {
			o.after = moments{}
		}
		o.after[map[string]trust.Purpose{"server-distrust-after": trust.Server, "email-distrust-after": trust.Email}[short]] = when
	case "value":
		o.der, o.extension = data, data // of which it is, the class says
	default:
		*place = data
	}
	return ""
}

// constant is the name of a constant of p11-kit as PKCS#11 has it.
func constant(word string) string { return strings.ToUpper(strings.ReplaceAll(word, "-", "_")) }

// unquoteP11kit undoes the percent signs of a quoted value.
func unquoteP11kit(text string) ([]byte, bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return nil, false
	}
	text = text[1 : len(text)-1]
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out = append(out, text[i])
			continue
		}
		if i+3 > len(text) {
			return nil, false
		}
		c, err := hex.DecodeString(text[i+1 : i+3])
		if err != nil {
			return nil, false
		}
		out = append(out, c[0])
		i += 2
	}
	return out, true
}
