package keystore

import (
	"bytes"
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// pkcs7Format is the certificates and CRLs of a SignedData (RFC 5652 section
// 5.1, RFC 2315 section 9), which CAs use as an envelope for chains. Signatures
// are not looked at.
var pkcs7Format = Format{
	ID:         "pkcs7",
	Title:      "PKCS#7 file",
	Extensions: []string{".p7b", ".p7c", ".p7s", ".p7m", ".spc", ".cms"},
	Detect:     detectPKCS7,
	Decode:     decodePKCS7,
	Encode: func(_ context.Context, _ io.Reader, entries []*Entry, _ Encoding) ([]byte, error) {
		var raw [][]byte
		for _, e := range entries {
			for _, c := range e.Chain {
				raw = append(raw, c.Raw)
			}
		}
		return EncodePKCS7(raw)
	},
	Refuses: func(e *Entry, _ Encoding) string {
		if e.Key != nil || len(e.Chain) == 0 {
			return "PKCS#7 holds certificates only"
		}
		return ""
	},
}

func detectPKCS7(head []byte) Confidence {
	if signedInBER(head) || shapeOf(head) == shapePKCS7 {
		return Sure
	}
	switch label, _ := firstLabel(head); label {
	case "PKCS7", "CMS", "PKCS #7 SIGNED DATA":
		return Sure
	}
	return No
}

func decodePKCS7(ctx context.Context, in *Input) (*Store, error) {
	if _, ok := firstLabel(in.Data); ok {
		s, err := decodePEM(ctx, in)
		if s != nil {
			s.Armor = "pem"
			if blocks := s.text.blocks; len(blocks) == 1 {
				s.text = nil
				s.wrap(inBlock(in.Data, blocks[0]))
			}
		}
		return s, err
	}
	o := &objects{in: in}
	rest, err := o.add(in.Data, nil)
	if err != nil {
		return nil, err
	}
	o.trailing = trimmed(rest)
	return o.finish(ctx)
}

// signedInBER tells whether head begins as a ContentInfo of type SignedData,
// in any form of length, also when the end is missing.
func signedInBER(head []byte) bool {
	if len(head) < 2 || head[0] != 0x30 {
		return false
	}
	at := 2
	if head[1] > 0x80 {
		at += int(head[1] & 0x7f)
	}
	id, err := asn1.Marshal(oidSigned)
	return err == nil && at <= len(head) && bytes.HasPrefix(head[at:], id)
}

// addPKCS7 takes the certificates and CRLs out of a SignedData.
func (o *objects) addPKCS7(in []byte) (rest []byte, err error) {
	broken := func(what string, err error) error {
		if err != nil {
			return fmt.Errorf("%w: %s: %w", pkcs12x.ErrDamaged, what, err)
		}
		return fmt.Errorf("%w: %s", pkcs12x.ErrDamaged, what)
	}
	_, info, rest, err := element(in, maxDepth)
	if err != nil {
		return nil, broken("the outer part", err)
	}
	_, id, info, err := element(info, maxDepth)
	if err != nil {
		return nil, broken("the content type", err)
	}
	if t := contentType(id); !t.Equal(oidSigned) {
		return nil, &FormatError{What: "a PKCS#7 file", Err: fmt.Errorf("its content is %s, which holds no certificates in the open", contentName(t))}
	}
	_, explicit, _, err := element(info, maxDepth)
	if err != nil {
		return nil, broken("the signed data", err)
	}
	_, signed, _, err := element(explicit, maxDepth)
	if err != nil {
		return nil, broken("the signed data", err)
	}
	// version, digestAlgorithms, contentInfo, certificates [0], crls [1],
	// signerInfos. The sets are tagged implicitly.
	for n := 0; len(signed) > 0; n++ {
		tag, content, next, err := element(signed, maxDepth)
		if err != nil {
			return nil, broken("the signed data", err)
		}
		if n >= 3 && (tag == 0xa0 || tag == 0xa1) {
			if err := o.addSet(content); err != nil {
				return nil, err
			}
		}
		if n >= 3 && cbasn1.Tag(tag) == cbasn1.SET && len(content) > 0 {
			o.signed = true
		}
		signed = next
	}
	return rest, nil
}

// addSet adds the certificates or CRLs of one set; other choices of
// CertificateSet (attribute certificates, PKCS#6) are passed over.
func (o *objects) addSet(set []byte) error {
	for len(set) > 0 {
		tag, _, next, err := element(set, maxDepth)
		if err != nil {
			return fmt.Errorf("%w: a set of certificates: %w", pkcs12x.ErrDamaged, err)
		}
		raw := set[:len(set)-len(next)]
		set = next
		if cbasn1.Tag(tag) != cbasn1.SEQUENCE || shapeOf(raw) == shapePKCS7 {
			o.skipped = append(o.skipped, Skipped{What: "a certificate of another type than X.509"})
			continue
		}
		if _, err := o.add(raw, nil); err != nil {
			if errors.Is(err, errNoObject) {
				o.skipped = append(o.skipped, Skipped{What: "a certificate that cannot be read"})
				continue
			}
			return err
		}
	}
	return nil
}

func contentType(content []byte) asn1.ObjectIdentifier {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(content) })
	der, err := b.Bytes()
	in := cryptobyte.String(der)
	var id asn1.ObjectIdentifier
	if err != nil || !in.ReadASN1ObjectIdentifier(&id) {
		return nil
	}
	return id
}

// contentName names the content types of RFC 2315 section 14.
func contentName(id asn1.ObjectIdentifier) string {
	if below(id, oidPKCS7) && len(id) == len(oidPKCS7)+1 {
		switch id[len(id)-1] {
		case 1:
			return "plain data"
		case 3:
			return "an encrypted message (EnvelopedData)"
		case 4:
			return "a signed and encrypted message"
		case 5:
			return "digested data"
		case 6:
			return "encrypted data"
		}
	}
	return "of type " + id.String()
}
