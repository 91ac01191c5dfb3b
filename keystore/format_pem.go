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
	w := pemWriter{rand: rand, encoding: e, newLine: "\n", there: map[string]bool{}}
	for _, entry := range entries {
		if err := w.entry(ctx, entry); err != nil {
			return nil, err
		}
	}
	return w.Bytes(), nil
}

// pemWriter writes blocks.
type pemWriter struct {
	bytes.Buffer
	rand     io.Reader
	encoding Encoding
	newLine  string
	there    map[string]bool // what is in the file already, by its DER
}

func (w *pemWriter) entry(ctx context.Context, entry *Entry) error {
	if entry.Key != nil {
		label, der, err := w.key(ctx, entry)
		if err != nil {
			return err
		}
		w.block(label, der, entry.Alias)
	}
	for i, c := range entry.Chain {
		alias := entry.Alias
		if i > 0 {
			alias = ""
		}
		w.block("CERTIFICATE", c.Raw, alias)
	}
	for kind, label := range map[Kind]string{pkcs12x.CRL: "X509 CRL", CSR: "CERTIFICATE REQUEST", PublicKey: "PUBLIC KEY"} {
		if entry.Kind == kind {
			w.block(label, entry.Value, "")
		}
	}
	return nil
}

// key is the block of an entry's key.
func (w *pemWriter) key(ctx context.Context, entry *Entry) (label string, der []byte, err error) {
	password := w.encoding.keyPassword(entry)
	if password == "" {
		return "PRIVATE KEY", entry.Key.PKCS8, nil
	}
	der, err = pkcs12x.ShroudKey(ctx, w.rand, entry.Key.PKCS8, password, w.encoding.Profile.Key)
	return "ENCRYPTED PRIVATE KEY", der, err
}

func (w *pemWriter) block(label string, der []byte, alias string) {
	if w.there[string(der)] {
		return
	}
	w.there[string(der)] = true
	var text strings.Builder
	if nameable(alias) {
		text.WriteString(bagOf(alias, "\n"))
	}
	text.Write(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	w.WriteString(strings.ReplaceAll(text.String(), "\n", w.newLine))
}

// freshLine ends a line that was begun.
func (w *pemWriter) freshLine() {
	if b := w.Bytes(); len(b) > 0 && !bytes.ContainsRune([]byte("\r\n"), rune(b[len(b)-1])) && string(b) != "\ufeff" {
		w.WriteString(w.newLine)
	}
}

// nameable tells whether an alias can stand in the text between blocks.
func nameable(alias string) bool {
	return alias != "" && !strings.ContainsFunc(alias, unicode.IsControl)
}

// bagOf is the text above a block that gives it a name.
func bagOf(alias, newLine string) string {
	return "Bag Attributes" + newLine + "    friendlyName: " + alias + newLine
}

func decodePEM(ctx context.Context, in *Input) (*Store, error) {
	o := &objects{in: in, legacy: map[*Key]*pem.Block{}}
	var pfx []byte
	err := scanPEM(in.Data, func(b pemBlock) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(o.text) >= in.Limits.Bags { // those of other programs count as well
			return &pkcs12x.LimitError{Limit: "entries", Asked: -1, Max: int64(in.Limits.Bags)}
		}
		before := *o
		defer func() { o.text = append(o.text, o.since(before, b)) }()
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
	if pfx != nil && len(o.text) == 1 { // certtool writes PKCS#12 this way
		inner := *in
		inner.Data = pfx
		s, err := decodePKCS12(ctx, &inner)
		if s != nil {
			s.Format, s.Armor = pkcs12Format.ID, "pem"
			s.wrap(inBlock(in.Data, o.text[0]))
		}
		return s, err
	}
	if o.count == 0 {
		return nil, nothingIn(in, o.skipped)
	}
	s, err := o.finish(ctx)
	if err == nil {
		s.text = &pemText{in.Data, o.text, s.Sequence, map[*Entry]Entry{}}
		for _, e := range s.Entries {
			s.text.before[e] = *e
		}
	}
	return s, err
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
	case b.label == opensshLabel:
		return o.addOpenSSH(b)
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
