package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/winstore"
)

// sstKind is a serialized store of Windows. It does not say which store it was, so
// all that is in it counts as trusted, as it does when it is imported.
var sstKind = Kind{
	ID:     "windows-sst",
	Title:  "serialized certificate store of Windows",
	Detect: func(data []byte) bool { return bytes.HasPrefix(data, []byte(winstore.Header)) },
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		r := winstore.Reader{Data: in.Data[len(winstore.Header):]}
		for ctx.Err() == nil {
			c, err := r.Next()
			if c == nil && err == nil {
				break
			}
			if err == nil {
				err = in.certificate(b, "", c.Name, c.Raw, c.Terms)
			}
			if err != nil {
				return in.damaged("a serialized certificate store", err)
			}
		}
		if !r.Ended {
			return in.damaged("a serialized certificate store", fmt.Errorf("%w: it has no end", pkcs12x.ErrDamaged))
		}
		if len(r.Data) > 0 {
			in.find(b, "trailing-bytes", finding.Medium, fmt.Sprintf("%d octets stand behind the end of the content", len(r.Data)))
		}
		if r.Others > 0 {
			b.Skip(in.origin(""), fmt.Sprintf("%d CRLs and lists of trust are in it", r.Others))
		}
		return ctx.Err()
	},
}

// regKind is an export of the registry with certificate stores in it.
var regKind = Kind{
	ID:    "windows-reg",
	Title: "registry file of Windows",
	Detect: func(data []byte) bool {
		head := regText(data[:min(len(data), 128)])
		return strings.HasPrefix(head, "Windows Registry Editor") || strings.HasPrefix(head, "REGEDIT4")
	},
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		r := regReader{text: regText(in.Data)}
		for ctx.Err() == nil {
			v, err := r.next()
			if v == nil && err == nil {
				break
			}
			if err == nil {
				err = v.read(b, in)
			}
			if err != nil {
				return in.damaged("a registry file", fmt.Errorf("line %d: %w", r.line, err))
			}
		}
		return ctx.Err()
	},
}

// distrusted are the terms of a certificate that must not be trusted for some
// purposes, and of which nothing says that it is for others.
func distrusted(purposes ...trust.Purpose) trust.Terms {
	slices.Sort(purposes)
	return trust.Terms{Only: []trust.Purpose{}, Rejected: purposes}
}

// regText is the text of a registry file: UTF-16 since version 5, ASCII by hand.
func regText(data []byte) string {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	}
	text := make([]byte, 0, len(data)/2)
	for data = data[2:]; len(data) >= 2; data = data[2:] {
		unit := order.Uint16(data)
		if unit >= 0x80 { // only in comments and values that are not looked at
			unit = '?'
		}
		text = append(text, byte(unit))
	}
	return string(text)
}

// regReader goes through a registry file
// (https://support.microsoft.com/help/310516).
type regReader struct {
	text       string
	line       int
	store, key string // of the section that it is in; empty in others
}

// regValue is a certificate in a store.
type regValue struct {
	store, key string
	data       []byte
}

// next is the next value named Blob below a store, or nil at the end.
func (r *regReader) next() (*regValue, error) {
	for r.text != "" {
		line := r.row()
		if section, ok := strings.CutPrefix(line, "["); ok {
			r.store, r.key = regStore(strings.TrimSuffix(section, "]"))
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || r.store == "" || !strings.EqualFold(strings.TrimSpace(name), `"Blob"`) {
			continue
		}
		digits, ok := strings.CutPrefix(strings.TrimSpace(value), "hex:")
		if !ok {
			return nil, fmt.Errorf("%w: the certificate is no binary value", pkcs12x.ErrDamaged)
		}
		v := &regValue{store: r.store, key: r.key}
		for more := true; more; {
			digits, more = strings.CutSuffix(strings.TrimSpace(digits), `\`)
			var err error
			v.data, err = hex.AppendDecode(v.data, []byte(strings.ReplaceAll(digits, ",", "")))
			if err != nil {
				return nil, fmt.Errorf("%w: %w", pkcs12x.ErrDamaged, err)
			}
			if more {
				digits = r.row()
			}
		}
		return v, nil
	}
	return nil, nil
}

func (r *regReader) row() string {
	line, rest, _ := strings.Cut(r.text, "\n")
	r.text = rest
	r.line++
	return strings.TrimSpace(line)
}

// regStore finds in the path of a key the store and the name of the certificate:
// ...\SystemCertificates\STORE\Certificates\HASH. Stores of group policies and of
// the enterprise lie elsewhere and look the same.
func regStore(path string) (store, key string) {
	parts := strings.Split(path, `\`)
	n := len(parts)
	if n < 4 || strings.HasPrefix(path, "-") || !strings.EqualFold(parts[n-2], "Certificates") || !strings.HasSuffix(strings.ToLower(parts[n-4]), "certificates") {
		return "", ""
	}
	return parts[n-3], parts[n-1]
}

func (v *regValue) read(b *trust.Builder, in Input) error {
	r := winstore.Reader{Data: v.data}
	c, err := r.Next()
	if err != nil {
		return err
	}
	if c == nil {
		return fmt.Errorf("%w: the value holds no certificate", pkcs12x.ErrDamaged)
	}
	entry := v.store + `\` + v.key
	switch strings.ToLower(v.store) {
	case "root", "authroot", "trustedpeople":
	case "disallowed":
		c.Terms = distrusted(trust.Purposes()...)
	default: // CA above all: what stands there is trusted just when its root is
		b.Skip(in.origin(entry), "the store "+v.store+" does not make it trusted")
		return nil
	}
	return in.certificate(b, entry, c.Name, c.Raw, c.Terms)
}
