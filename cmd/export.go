package cmd

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

type exportOptions struct {
	store    string
	alias    string
	out      string
	what     string
	as       string
	password passwordFlag
	// keyPassword is what the exported key gets, entryPassword what it has.
	keyPassword   passwordFlag
	entryPassword passwordFlag
	limits        limitFlags
	force         bool
}

// part is what can be taken out of an entry.
type part struct {
	name, noun, doc string
	key             bool // it holds the private key
	blocks          func(*keystore.Entry) []*pem.Block
}

// exports are the parts of an entry that can be taken out, by the name of
// --what.
var exports = []part{
	{"cert", "certificate", "the certificate", false, func(e *keystore.Entry) []*pem.Block { return certificates(e.Chain[:min(1, len(e.Chain))]) }},
	{"chain", "certificate", "the certificate and its issuers", false, func(e *keystore.Entry) []*pem.Block { return certificates(e.Chain) }},
	{"pubkey", "public key", "the public key", false, publicKey},
	{"key", "private key", "the private key", true, func(*keystore.Entry) []*pem.Block { return nil }},
	{"all", "private key", "the private key, the certificate and its issuers", true, func(e *keystore.Entry) []*pem.Block { return certificates(e.Chain) }},
}

// encodings are the forms of --as.
var encodings = []struct {
	name, doc string
	encode    func([]*pem.Block) ([]byte, error)
}{
	{"pem", "text; any number of parts", encodePEM},
	{"der", "binary; one part", encodeDER},
	{"p7b", "PKCS#7; certificates only", encodeP7B},
}

func newExportCmd(env *console.Env) *cobra.Command {
	o := exportOptions{}
	c := &cobra.Command{
		Use:   "export STORE",
		Short: "Take the certificate, the chain or the key out of a keystore",
		Long: `Write the public certificate of an entry as PEM to standard output or to a file.

The alias may be left out when the store has only one private-key entry, or only
one entry at all. The private key is written only when asked for with --what key
or --what all: to a file that only you can read, or encrypted under a password
of its own with --key-password.`,
		Example: `  muxkey export keystore.p12 -o mux.crt
  muxkey export keystore.p12 --alias mux --what chain --as p7b -o mux.p7b
  muxkey export keystore.p12 --what key -o mux.key
  muxkey export keystore.p12 --what key --key-password file:key.pw -o mux.key`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.store = args[0]
			return runExport(c.Context(), env, formatOf(c), o)
		},
	}
	var whats, forms []string
	for _, e := range exports {
		whats = append(whats, e.name)
	}
	for _, e := range encodings {
		forms = append(forms, e.name)
	}
	f := c.Flags()
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (may be left out when there is only one)")
	f.StringVarP(&o.out, "out", "o", "-", "write to `FILE`; - is standard output")
	f.StringVar(&o.what, "what", "cert", "`PART` to take out: cert, chain, pubkey, key, all")
	f.StringVar(&o.as, "as", "pem", "`FORM`: pem, der, p7b")
	f.BoolVar(&o.force, "force", false, "overwrite an existing file")
	o.password.add(c, "the keystore's password")
	o.keyPassword.addAs(c, "key-password", "the password to encrypt the private key with")
	o.entryPassword.addAs(c, entryPassword, "the key's password, where it has another than the keystore")
	o.limits.add(c)
	complete(c, "what", whats)
	complete(c, "as", forms)
	return c
}

// exported is the JSON of muxkey export.
type exported struct {
	SchemaVersion int    `json:"schemaVersion"`
	Keystore      string `json:"keystore"`
	Alias         string `json:"alias"`
	What          string `json:"what"`      // the part, as --what names it
	As            string `json:"as"`        // the form, as --as names it
	Out           string `json:"out"`       // the file that was written
	Encrypted     bool   `json:"encrypted"` // the private key was encrypted with --key-password
}

func runExport(ctx context.Context, env *console.Env, format report.Format, o exportOptions) error {
	what, as, err := o.check(env)
	if err != nil {
		return err
	}
	passwords, err := o.password.keyring(env, false)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, env, o.store, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return err
	}
	keys, err := passwords.orOwn(env, &o.entryPassword)
	if err != nil {
		return err
	}
	e, err := o.entry(st, what.key)
	if err != nil {
		return err
	}
	blocks := what.blocks(e)
	if o.what == "pubkey" && len(blocks) == 0 && e.Key != nil {
		if err := unlock(ctx, st, e, keys); err != nil {
			return keyError(st, e, keys, err)
		}
		if blocks, err = publicHalf(e.Key); err != nil {
			return fmt.Errorf("export the public key of %q: %w", e.Alias, err)
		}
	}
	if what.key {
		if err := unlock(ctx, st, e, keys); err != nil {
			return keyError(st, e, keys, err)
		}
		key, err := o.key(ctx, env, e)
		if err != nil {
			return err
		}
		blocks = append([]*pem.Block{key}, blocks...)
	}
	if err := closedPart(st); err != nil && len(blocks) == 0 {
		return err
	}
	if len(blocks) == 0 {
		return &Failure{Status: StatusAlias, Err: fmt.Errorf("entry %q of %s has no %s to export", e.Alias, o.store, what.noun)}
	}
	data, err := as(blocks)
	if err != nil {
		return wrongUsage(fmt.Errorf("export %s from %s: %w", o.what, o.store, err))
	}
	if o.out == "-" {
		_, err := env.Out.Write(data)
		return err
	}
	mode := safefile.Options{Mode: 0o644, Replace: o.force}
	if what.key {
		mode.Mode, mode.Exact = 0o600, true
	}
	if err := safefile.Write(ctx, o.out, data, mode); err != nil {
		return err
	}
	v := exported{1, o.store, e.Alias, o.what, o.as, o.out, what.key && o.keyPassword.given()}
	note := fmt.Sprintf("Wrote %s of %q to %s", what.doc, e.Alias, o.out)
	return show(env, format, report.Document{Value: v, Sections: []report.Section{{Notes: []string{note}}}})
}

// check refuses before a password is asked for.
func (o exportOptions) check(env *console.Env) (part, func([]*pem.Block) ([]byte, error), error) {
	var what part
	var as func([]*pem.Block) ([]byte, error)
	for _, e := range exports {
		if e.name == o.what {
			what = e
		}
	}
	for _, e := range encodings {
		if e.name == o.as {
			as = e.encode
		}
	}
	switch {
	case what.blocks == nil:
		return what, as, &Failure{StatusUsage, "one of: cert, chain, pubkey, key, all", fmt.Errorf("--what %q is nothing that can be exported", o.what)}
	case as == nil:
		return what, as, &Failure{StatusUsage, "one of: pem, der, p7b", fmt.Errorf("--as %q is no form to export in", o.as)}
	case o.keyPassword.given() && !what.key:
		return what, as, wrongUsage(fmt.Errorf("--key-password encrypts a private key, and --what %s has none", o.what))
	case o.out == "-" && what.key && !o.keyPassword.given():
		return what, as, &Failure{
			StatusUsage, "name a file with -o, which only you will be able to read, or encrypt the key with --key-password",
			errors.New("a private key in the open is not written to standard output"),
		}
	case o.out == "-" && o.as == "der" && env.OutTTY:
		return what, as, &Failure{StatusUsage, "name a file with -o", errors.New("binary data is not written to a terminal")}
	case o.out == "-":
		return what, as, nil
	case sameFile(o.out, o.store):
		return what, as, wrongUsage(fmt.Errorf("--out and STORE are the same file, %s", o.store))
	}
	return what, as, safefile.Check(o.out, safefile.Options{Replace: o.force})
}

// sameFile looks through links and "./".
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// entry is the one named, the only private key, or the only one.
func (o exportOptions) entry(st *keystore.Store, key bool) (*keystore.Entry, error) {
	if key {
		return st.PrivateKey(o.alias)
	}
	if o.alias != "" {
		return st.Find(o.alias)
	}
	e, err := st.PrivateKey("")
	if kind, ok := errors.AsType[*keystore.KindError](err); ok && kind.Alias == "" && len(st.Entries) > 0 {
		if len(st.Entries) == 1 {
			return st.Entries[0], nil
		}
		return nil, &keystore.AmbiguousAliasError{Path: o.store, Want: "an entry", Have: st.Aliases()}
	}
	return e, err
}

// key is the private key, encrypted if asked for.
func (o exportOptions) key(ctx context.Context, env *console.Env, e *keystore.Entry) (*pem.Block, error) {
	if !o.keyPassword.given() {
		return &pem.Block{Type: "PRIVATE KEY", Bytes: e.Key.PKCS8}, nil
	}
	pw, err := o.keyPassword.readNew(ctx, env, "new password for the key "+e.Alias)
	if err != nil {
		return nil, err
	}
	profile, _ := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	der, err := pkcs12x.ShroudKey(ctx, env.Rand, e.Key.PKCS8, pw.Reveal(), profile.Key)
	if err != nil {
		return nil, fmt.Errorf("encrypt the key of %q: %w", e.Alias, err)
	}
	return &pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}, nil
}

func certificates(chain []*keystore.Certificate) []*pem.Block {
	var out []*pem.Block
	for _, c := range chain {
		out = append(out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return out
}

func publicKey(e *keystore.Entry) []*pem.Block {
	switch {
	case len(e.Chain) > 0:
		return []*pem.Block{{Type: "PUBLIC KEY", Bytes: e.Chain[0].RawSPKI}}
	case e.Kind == keystore.PublicKey:
		return []*pem.Block{{Type: "PUBLIC KEY", Bytes: e.Value}}
	case e.Kind == keystore.CSR:
		if r, err := x509.ParseCertificateRequest(e.Value); err == nil {
			return []*pem.Block{{Type: "PUBLIC KEY", Bytes: r.RawSubjectPublicKeyInfo}}
		}
	}
	return nil
}

// publicHalf is the public key of a private key without a certificate.
func publicHalf(k *keystore.Key) ([]*pem.Block, error) {
	if k.Public() == nil {
		return nil, fmt.Errorf("%w: its algorithm is %s", pkcs12x.ErrUnsupported, k.Algorithm)
	}
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return nil, err
	}
	return []*pem.Block{{Type: "PUBLIC KEY", Bytes: der}}, nil
}

func encodePEM(blocks []*pem.Block) ([]byte, error) {
	var b bytes.Buffer
	for _, block := range blocks {
		if err := pem.Encode(&b, block); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func encodeDER(blocks []*pem.Block) ([]byte, error) {
	if len(blocks) > 1 {
		return nil, fmt.Errorf("DER holds one thing, and there are %d; PEM holds them all", len(blocks))
	}
	return blocks[0].Bytes, nil
}

func encodeP7B(blocks []*pem.Block) ([]byte, error) {
	var raw [][]byte
	for _, block := range blocks {
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("PKCS#7 holds certificates and no keys")
		}
		raw = append(raw, block.Bytes)
	}
	return keystore.EncodePKCS7(raw)
}
