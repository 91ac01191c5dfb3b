package source

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"muxkey/pkcs12x"
	"muxkey/trust"
)

// appleKind is a configuration profile of Apple, also a signed one, whose
// signature is not looked at. Certificates that another has issued are in it to
// complete chains; Apple trusts them just when their roots are trusted.
var appleKind = Kind{
	ID:    "apple-mobileconfig",
	Title: "configuration profile of Apple",
	Detect: func(data []byte) bool {
		head := data[:min(len(data), 1024)]
		return bytes.Contains(head, []byte("<plist")) && (bytes.HasPrefix(bytes.TrimPrefix(bytes.TrimSpace(head), []byte("\xef\xbb\xbf")), []byte("<")) || signed(data))
	},
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		text := in.Data
		if signed(text) {
			text = text[bytes.IndexByte(text, '<'):]
			if end := bytes.LastIndex(text, []byte("</plist>")); end >= 0 {
				text = text[:end+len("</plist>")]
			}
		}
		profile, err := readPlist(text)
		if err != nil && signed(in.Data) {
			err = fmt.Errorf("%w (its content may lie in pieces; openssl cms -verify -noverify -inform DER takes it out of the signature)", err)
		}
		if err != nil {
			return in.damaged("a configuration profile", err)
		}
		payloads, _ := profile["PayloadContent"].([]any)
		for _, p := range payloads {
			if p, ok := p.(map[string]any); ok && ctx.Err() == nil {
				if err := readPayload(ctx, b, in, p); err != nil {
					return err
				}
			}
		}
		return ctx.Err()
	},
}

// signed tells of a file that begins as DER does.
func signed(data []byte) bool { return bytes.HasPrefix(data, []byte{0x30}) }

func readPayload(ctx context.Context, b *trust.Builder, in Input, p map[string]any) error {
	kind, _ := p["PayloadType"].(string)
	name, _ := p["PayloadDisplayName"].(string)
	id, _ := p["PayloadUUID"].(string)
	raw, _ := p["PayloadContent"].([]byte)
	switch kind {
	case "com.apple.security.root", "com.apple.security.pkcs1", "com.apple.security.pem":
	case "com.apple.security.pkcs12":
		return &PrivateKeyError{Path: in.origin(id).String()}
	default:
		b.Skip(in.origin(id), "it is a payload of type "+kind)
		return nil
	}
	if pemKind.Detect(raw) {
		return pemKind.Read(ctx, b, Input{Name: in.Name, Entry: in.Entry, Data: raw, Options: in.Options})
	}
	if a, err := trust.Parse(raw); err == nil && !a.SelfIssued() {
		b.Skip(in.origin(id), "it is no root, so the profile does not make it trusted")
		return nil
	}
	if err := in.certificate(b, id, name, raw, trust.Terms{}); err != nil {
		return in.damaged("a configuration profile", err)
	}
	return nil
}

// readPlist reads a property list in XML whose root is a dictionary. howett.net/plist
// was weighed: it reads three more forms, which no profile has.
func readPlist(text []byte) (map[string]any, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", pkcs12x.ErrDamaged, err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local != "plist" {
			v, err := readPlistValue(d, start, 0)
			dict, ok := v.(map[string]any)
			if err == nil && !ok {
				err = errors.New("it is no dictionary")
			}
			if err != nil {
				return nil, fmt.Errorf("%w: %w", pkcs12x.ErrDamaged, err)
			}
			return dict, nil
		}
	}
}

// readPlistValue reads the element that has begun. Numbers, dates and truth values
// are left as text.
func readPlistValue(d *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	const deepest = 32
	if depth > deepest {
		return nil, fmt.Errorf("it is nested more than %d deep", deepest)
	}
	var text strings.Builder
	var list []any
	dict := map[string]any{}
	key := ""
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			v, err := readPlistValue(d, token, depth+1)
			if err != nil {
				return nil, err
			}
			switch {
			case start.Name.Local == "array":
				list = append(list, v)
			case start.Name.Local != "dict":
				return nil, fmt.Errorf("there is a %s in a %s", token.Name.Local, start.Name.Local)
			case token.Name.Local == "key":
				key, _ = v.(string)
			default:
				dict[key] = v
			}
		case xml.EndElement:
			switch start.Name.Local {
			case "dict":
				return dict, nil
			case "array":
				return list, nil
			case "data":
				return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text.String()), ""))
			}
			return text.String(), nil
		}
	}
}
