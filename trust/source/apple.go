package source

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
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
	case "":
		return in.damaged("a configuration profile", fmt.Errorf("%w: a payload has no type", pkcs12x.ErrDamaged))
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
	for rest := text; ; {
		_, tag, ok := bytes.Cut(rest, []byte("<"))
		if !ok {
			break
		}
		tag, rest, _ = bytes.Cut(tag, []byte(">"))
		if len(tag) > plistTag {
			return nil, fmt.Errorf("%w: it has a tag of more than %d octets", pkcs12x.ErrDamaged, plistTag)
		}
	}
	r := plistReader{d: xml.NewDecoder(bytes.NewReader(text))}
	v, err := r.root()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", pkcs12x.ErrDamaged, err)
	}
	dict, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it is no dictionary", pkcs12x.ErrDamaged)
	}
	return dict, nil
}

// What a profile may have. One of 10,000 certificates, which is as many as a file
// may be long, has 150,000 elements.
const (
	plistElements = 300_000
	plistDepth    = 32
	plistTag      = 1 << 16 // octets; the decoder would keep all attributes of one
)

type plistReader struct {
	d        *xml.Decoder
	elements int
}

func (r *plistReader) root() (any, error) {
	for {
		token, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local != "plist" {
			return r.value(start.Name.Local, 0)
		}
	}
}

// value reads the element that has begun. Numbers, dates and truth values are left
// as text.
func (r *plistReader) value(element string, depth int) (any, error) {
	if r.elements++; r.elements > plistElements || depth > plistDepth {
		return nil, fmt.Errorf("it has more than %d elements, or they are nested more than %d deep", plistElements, plistDepth)
	}
	switch element {
	case "dict":
		return r.dict(depth)
	case "array":
		var list []any
		err := r.children(depth, func(_ string, v any) { list = append(list, v) })
		return list, err
	}
	text, err := r.text(element)
	if err == nil && element == "data" {
		return base64.StdEncoding.DecodeString(strings.NewReplacer(" ", "", "\t", "").Replace(text))
	}
	return text, err
}

func (r *plistReader) dict(depth int) (any, error) {
	dict := map[string]any{}
	key := ""
	err := r.children(depth, func(element string, v any) {
		if element == "key" {
			key, _ = v.(string)
		} else {
			dict[key] = v
		}
	})
	return dict, err
}

func (r *plistReader) children(depth int, add func(element string, v any)) error {
	for {
		token, err := r.d.Token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			v, err := r.value(token.Name.Local, depth+1)
			if err != nil {
				return err
			}
			add(token.Name.Local, v)
		case xml.EndElement: // of the one that was begun, says the decoder
			return nil
		}
	}
}

func (r *plistReader) text(of string) (string, error) {
	var text strings.Builder
	for {
		token, err := r.d.Token()
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			return "", fmt.Errorf("there is a %s in a %s", token.Name.Local, of)
		case xml.EndElement:
			return text.String(), nil
		}
	}
}
