package keystore

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"muxkey/pkcs12x"
)

// pemFormat is the text form of all the others (RFC 7468, and RFC 1421 for old
// keys).
var pemFormat = Format{
	ID:         "pem",
	Title:      "PEM file",
	Extensions: []string{".pem", ".crt", ".cer", ".cert", ".key", ".csr", ".req", ".crl", ".pub", ".ca-bundle", ".bundle"},
	Detect: func(head []byte) Confidence {
		if _, ok := firstLabel(head); ok {
			return Likely
		}
		return No
	},
	Decode:  decodePEM,
	Encode:  encodePEM,
	Refuses: refusedByPEM,

	TakesProfile: true,
}

func refusedByPEM(e *Entry, _ Encoding) string {
	switch {
	case e.Kind == pkcs12x.SecretKey:
		return "PEM has no form for a secret key"
	case e.Kind == pkcs12x.Opaque:
		return "its type is not known"
	case e.Key != nil && e.Key.PKCS8 == nil:
		return "its key is locked"
	}
	return ""
}

// encodePEM writes each entry with its alias above it in the words of openssl
// pkcs12, from where it is read again. Keys are encrypted when there is a
// password. A certificate that several chains share stands in the file once.
func encodePEM(ctx context.Context, rand io.Reader, entries []*Entry, e Encoding) ([]byte, error) {
	var b bytes.Buffer
	seen := map[string]bool{}
	write := func(label string, der []byte, alias string) error {
		if seen[string(der)] {
			return nil
		}
		seen[string(der)] = true
		if alias != "" && !strings.ContainsFunc(alias, unicode.IsControl) {
			b.WriteString("Bag Attributes\n    friendlyName: " + alias + "\n")
		}
		return pem.Encode(&b, &pem.Block{Type: label, Bytes: der})
	}
	for _, entry := range entries {
		if k := entry.Key; k != nil {
			label, der := "PRIVATE KEY", k.PKCS8
			if password := e.keyPassword(entry); password != "" {
				var err error
				if der, err = pkcs12x.ShroudKey(ctx, rand, k.PKCS8, password, e.Profile.Key); err != nil {
					return nil, err
				}
				label = "ENCRYPTED PRIVATE KEY"
			}
			if err := write(label, der, entry.Alias); err != nil {
				return nil, err
			}
		}
		for i, c := range entry.Chain {
			alias := entry.Alias
			if i > 0 {
				alias = ""
			}
			if err := write("CERTIFICATE", c.Raw, alias); err != nil {
				return nil, err
			}
		}
		for kind, label := range map[Kind]string{pkcs12x.CRL: "X509 CRL", CSR: "CERTIFICATE REQUEST", PublicKey: "PUBLIC KEY"} {
			if entry.Kind == kind {
				if err := write(label, entry.Value, ""); err != nil {
					return nil, err
				}
			}
		}
	}
	return b.Bytes(), nil
}

func decodePEM(ctx context.Context, in *Input) (*Store, error) {
	o := &objects{in: in, legacy: map[*Key]*pem.Block{}}
	var pfx []byte
	blocks := 0
	err := scanPEM(in.Data, func(b pemBlock) error {
		blocks++
		if err := ctx.Err(); err != nil {
			return err
		}
		if pkcs12x.Detect(b.der) {
			pfx = b.der
			o.skipped = append(o.skipped, Skipped{What: b.label, Line: b.line})
			return nil
		}
		return o.addBlock(b)
	})
	if err != nil {
		if e, ok := errors.AsType[*PEMError](err); ok {
			return nil, &FormatError{Damaged: true, Err: e}
		}
		return nil, err
	}
	if pfx != nil && blocks == 1 { // certtool writes PKCS#12 this way
		inner := *in
		inner.Data = pfx
		s, err := decodePKCS12(ctx, &inner)
		if s != nil {
			s.Format, s.Armor = pkcs12Format.ID, "pem"
		}
		return s, err
	}
	if o.count == 0 {
		return nil, nothingIn(in, o.skipped)
	}
	return o.finish(ctx)
}

// addBlock reads one block by its content.
func (o *objects) addBlock(b pemBlock) error {
	curve := o.ecParameters
	o.ecParameters = nil
	switch {
	case b.label == ecParametersLabel:
		o.ecParameters = b.der
		o.skipped = append(o.skipped, Skipped{What: b.label, Line: b.line})
		return nil
	case !readLabel(b.label):
		o.skipped = append(o.skipped, Skipped{What: b.label, Line: b.line})
		return nil
	case strings.HasSuffix(b.headers["Proc-Type"], "ENCRYPTED"):
		o.addLegacy(b)
		return nil
	}
	o.ecParameters = curve // for this block alone
	rest, err := o.add(b.der, b.attributes)
	o.ecParameters = nil
	o.trailing += trimmed(rest)
	_, over := errors.AsType[*pkcs12x.LimitError](err)
	_, named := errors.AsType[*FormatError](err)
	if err == nil || over || named {
		return err
	}
	return &FormatError{Damaged: true, Err: &PEMError{b.line, fmt.Sprintf("the %s block cannot be read: %s", b.label, detail(err))}}
}

// addLegacy adds a key under the encryption of RFC 1423. Its label tells the
// algorithm, which PKCS#8 hides.
func (o *objects) addLegacy(b pemBlock) {
	cipher, _, _ := strings.Cut(b.headers["DEK-Info"], ",")
	k := &Key{
		Attributes: b.attributes,
		Err:        pkcs12x.ErrLocked,
		Protection: &pkcs12x.Protection{Name: "PEM " + cipher, KDF: "MD5", Iterations: 1},
	}
	if !slices.Contains([]string{"DES-CBC", "DES-EDE3-CBC", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC"}, cipher) {
		k.Protection.Err = fmt.Errorf("%w: PEM encryption %q", pkcs12x.ErrUnsupported, cipher)
		k.Err = k.Protection.Err
	}
	switch b.label {
	case "RSA PRIVATE KEY":
		k.Algorithm, k.Parameters = oidRSA, asn1.NullBytes
	case "EC PRIVATE KEY":
		k.Algorithm = oidEC
	case "DSA PRIVATE KEY":
		k.Algorithm = oidDSA
	}
	o.legacy[k] = &pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}
	o.keys = append(o.keys, k)
	o.count++
}

// otherLabels name PEM files that belong to other programs.
var otherLabels = []struct {
	label string
	foreign
}{
	{"OPENSSH PRIVATE KEY", foreign{"an OpenSSH private key", otherKeystore, "make a copy in PKCS#8: cp %s key.pem && ssh-keygen -p -m PKCS8 -f key.pem"}},
	{"PGP PRIVATE KEY BLOCK", foreign{"a PGP private key", otherKey, ""}},
	{"PGP SECRET KEY BLOCK", foreign{"a PGP private key", otherKey, ""}},
	{"PGP PUBLIC KEY BLOCK", foreign{"a PGP public key", otherKey, ""}},
	{"PGP MESSAGE", foreign{what: "a PGP message"}},
	{"PGP SIGNATURE", foreign{what: "a PGP signature"}},
	{"PGP SIGNED MESSAGE", foreign{what: "a text signed with PGP"}},
}

// nothingIn is the error for a PEM file without an entry.
func nothingIn(in *Input, skipped []Skipped) error {
	var labels []string
	for _, s := range skipped {
		for _, other := range otherLabels {
			if s.What == other.label {
				return other.error(in.Name)
			}
		}
		if !slices.Contains(labels, s.What) {
			labels = append(labels, s.What)
		}
	}
	if len(labels) == 0 {
		return notOurs(in.Name, in.Data)
	}
	return &FormatError{What: "a PEM file with nothing but " + strings.Join(labels, ", ")}
}
