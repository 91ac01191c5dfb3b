package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"muxkey/trust"
)

// certdataKind is Mozilla's list of roots as it stands in the source of NSS,
// lib/ckfw/builtins/certdata.txt; certdata.perl beside it is what defines the form.
var certdataKind = Kind{
	ID:    "certdata",
	Title: "certdata.txt of NSS",
	Detect: func(data []byte) bool {
		row := string(firstRow(data))
		return row == "BEGINDATA" || strings.HasPrefix(row, "CVS_ID ") || strings.HasPrefix(row, "CKA_CLASS ")
	},
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		list, err := certdataObjects(b, in)
		if err != nil {
			return err
		}
		return objects(ctx, b, in, list)
	},
}

func certdataObjects(b *trust.Builder, in Input) ([]object, error) {
	read := objectReader{b: b, in: in}
	rows := rows{rest: in.Data}
	for row, ok := rows.next(); ok; row, ok = rows.next() {
		name, rest, _ := strings.Cut(string(row), " ")
		if !strings.HasPrefix(name, "CKA_") {
			continue // comments, BEGINDATA, CVS_ID
		}
		kind, value, _ := strings.Cut(strings.TrimSpace(rest), " ")
		value = strings.TrimSpace(value)
		if name == "CKA_CLASS" {
			if err := read.begin(object{line: rows.line, class: certdataClass(value)}); err != nil {
				return nil, err
			}
		}
		var data []byte
		if kind == "MULTILINE_OCTAL" {
			from := rows.line
			body, ok := rows.until(func(row []byte) bool { return string(row) == "END" })
			if !ok {
				read.broken(fmt.Sprintf("%s at line %d has no end", name, from))
			}
			if data, ok = octal(body); !ok {
				read.broken(fmt.Sprintf("%s at line %d cannot be read", name, from))
			}
		}
		if o := read.open(); o != nil {
			read.broken(o.attribute(name, value, data))
		}
	}
	read.end()
	return read.list, nil
}

func certdataClass(value string) class {
	switch value {
	case "CKO_CERTIFICATE":
		return certificateClass
	case "CKO_NSS_TRUST", "CKO_TRUST", "CKO_NETSCAPE_TRUST":
		return trustClass
	}
	return otherClass
}

// attribute takes one. It returns why it cannot.
func (o *object) attribute(name, value string, data []byte) (why string) {
	switch name {
	case "CKA_LABEL":
		o.label = cString(strings.Trim(value, `"`))
	case "CKA_VALUE":
		o.der = data
	case "CKA_ISSUER":
		o.issuer = data
	case "CKA_SERIAL_NUMBER":
		o.serial = data
	case "CKA_CERT_SHA1_HASH":
		o.sha1 = data
	case "CKA_NSS_SERVER_DISTRUST_AFTER", "CKA_NSS_EMAIL_DISTRUST_AFTER":
		if data == nil { // CK_FALSE
			return ""
		}
		when, ok := moment(data)
		if !ok {
			return name + " is no time"
		}
		if o.after == nil {
			o.after = moments{}
		}
		p, _ := purposeAttribute(map[string]string{"CKA_NSS_SERVER_DISTRUST_AFTER": "SERVER_AUTH", "CKA_NSS_EMAIL_DISTRUST_AFTER": "EMAIL_PROTECTION"}[name])
		o.after[p] = when
	default:
		if p, ok := purposeAttribute(strings.TrimPrefix(name, "CKA_TRUST_")); ok {
			if o.verdicts == nil {
				o.verdicts = verdicts{}
			}
			value = strings.TrimPrefix(value, "CKT_")
			o.verdicts[p] = verdictOf(strings.TrimPrefix(strings.TrimPrefix(value, "NSS_"), "NETSCAPE_"))
		}
	}
	return ""
}

// octal reads lines of \ooo.
func octal(text []byte) ([]byte, bool) {
	out := make([]byte, 0, len(text)/4)
	for len(text) > 0 {
		if c := text[0]; c == '\n' || c == '\r' || c == ' ' || c == '\t' {
			text = text[1:]
			continue
		}
		if len(text) < 4 || text[0] != '\\' {
			return nil, false
		}
		n, err := strconv.ParseUint(string(text[1:4]), 8, 8)
		if err != nil {
			return nil, false
		}
		out = append(out, byte(n))
		text = text[4:]
	}
	return out, true
}

// cString undoes the escapes of a string in C, as which certdata.perl takes labels:
// \xHH and \ooo are octets of UTF-8.
func cString(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out []byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			out = append(out, c)
			continue
		}
		i++
		digits, base := text[i:min(i+3, len(text))], 8
		if text[i] == 'x' {
			digits, base = text[i+1:min(i+3, len(text))], 16
		}
		n, err := strconv.ParseUint(digits, base, 8)
		if err != nil {
			out = append(out, text[i])
			continue
		}
		out = append(out, byte(n))
		i += len(digits) - 1
		if base == 16 {
			i++
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}
