package cmd

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// defaultKeystore is the name that the servers' documentation uses.
const defaultKeystore = "keystore.p12"

type createOptions struct {
	hosts   []string
	subject subjectFlags
	alias   string
	certOut string
	store   newStoreFlags
	life    lifetimeFlags
	issuer  issuerFlags
	acme    acmeFlags
	batch   batchFlags
}

func newCreateCmd(env *console.Env) *cobra.Command {
	o := createOptions{}
	c := &cobra.Command{
		Use:   "create HOST [HOST...] | --batch FILE",
		Short: "Make a keystore with a private key and its certificate",
		Long: `Make a keystore for a server: a private key and a certificate for the host
names, under one alias. The certificate is self-signed, or issued by the CA of
--ca or the ACME server of --acme and stored with its whole chain.

The first HOST is the name that clients connect to; it becomes the subject and,
unless --alias says otherwise, the alias. Every HOST and --san becomes a subject
alternative name. Host names, IP addresses, email addresses and URIs are told
apart by their form; dns:, ip:, email: and uri: in front say it outright.

The keystore is encrypted with the newest algorithms that current software
reads. When an old program must open it, name the program: --for sametime-12
takes the strongest algorithms that all the named ones read, and an RSA key
where a program is documented with no other.

A self-signed certificate is its own trust anchor: it says CA:TRUE with path
length 0, so that every client takes it. A --usage or --template changes the
rest: subject, names, usages, policies and extensions.

An ACME server looks for a proof at port 80 of each name (--listen), at port 443
(--challenge tls-alpn-01 --listen), or in the DNS (--dns-hook). The hook is run
as COMMAND present NAME VALUE to set a TXT record, and as COMMAND cleanup NAME
VALUE to take it away.

With --batch, each row of a CSV file is a keystore. The first line names the
columns:

  ` + columnList() + `

Only host must be there; where a cell is empty the flags hold. A run that was
cut off goes on where it ended, and a bad row does not stop the others.`,
		Example: `  muxkey create mux.example.com --generate-password keystore.pw
  muxkey create mux.example.com mux 192.0.2.10 --alias mux -o mux.p12
  muxkey create mux.example.com --for sametime-12,windows-2016
  muxkey create mux.example.com --ca ca.p12 --ca-password file:ca.pw
  muxkey create mux.example.com --acme https://ca.example.com/dir --listen :80
  muxkey create --batch hosts.csv --out-dir keystores --generate-passwords`,
		Args: func(c *cobra.Command, args []string) error {
			if o.batch.file != "" {
				return takes()(c, args)
			}
			return takes("HOST...")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.hosts = args
			switch {
			case o.batch.file != "" && o.acme.given():
				return &Failure{
					Status: StatusUsage, Hint: "one host after the other: muxkey create HOST --acme URL -o HOST.p12",
					Err: errors.New("--batch issues by a CA of yours, or each key signs for itself: an ACME server proves every name, and counts the orders"),
				}
			case o.batch.file != "":
				return runBatch(c.Context(), env, formatOf(c), o)
			}
			return runCreate(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (default: the first HOST)")
	o.life.add(c, certgen.DefaultDays)
	f.StringVar(&o.certOut, "cert-out", "", "also write the certificate as PEM to `FILE`")
	o.subject.add(c)
	o.store.add(c, defaultKeystore)
	o.issuer.add(c, "root")
	o.acme.add(c)
	o.batch.add(c)
	for _, flag := range []string{"ca", "days", "not-before", "not-after"} {
		exclusive(c, "acme", flag)
	}
	for _, flag := range []string{"acme", "batch"} {
		exclusive(c, "dry-run", flag) // what an ACME server would say is not known without it
	}
	return c
}

// created is the JSON of muxkey create.
type created struct {
	SchemaVersion int       `json:"schemaVersion"`
	Keystore      string    `json:"keystore"` // the file that was made
	Format        string    `json:"format"`   // the ID of its format
	Alias         string    `json:"alias"`
	Subject       string    `json:"subject"`
	Chain         []string  `json:"chain,omitempty"`        // the issuer and those above it in the keystore; missing for a self-signed certificate
	Names         []sanName `json:"names"`                  // subject alternative names, in the order of the certificate
	Key           string    `json:"key"`                    // "EC P-256", "RSA 3072"
	NotBefore     time.Time `json:"notBefore"`              // the first moment of validity
	NotAfter      time.Time `json:"notAfter"`               // the last one
	SHA256        string    `json:"sha256,omitempty"`       // fingerprint of the certificate; missing in a dry run
	DryRun        bool      `json:"dryRun"`                 // nothing was written
	Profile       string    `json:"profile,omitempty"`      // a name for --profile; of PKCS#12 only
	Protection    string    `json:"protection,omitempty"`   // the algorithms of the profile, for people
	OpensIn       []string  `json:"opensIn"`                // the programs that read the keystore, by their names for --for
	Certificate   string    `json:"certificate,omitempty"`  // the file of --cert-out
	PasswordFile  string    `json:"passwordFile,omitempty"` // the file of --generate-password
	Backup        string    `json:"backup,omitempty"`       // the file of --backup, with what was replaced
	Remarks       []string  `json:"remarks"`                // warnings for people; empty without any
}

// sanName is a subject alternative name.
type sanName struct {
	Kind  string `json:"kind"`  // "dns", "ip", "email" or "uri"
	Value string `json:"value"` // as it stands in the certificate
}

func runCreate(ctx context.Context, env *console.Env, format report.Format, o createOptions) error {
	t, err := o.issuer.plan()
	if err != nil {
		return err
	}
	p, err := o.plan(t, env.Now())
	if err != nil {
		return err
	}
	certificate := newFile{flag: "--cert-out", path: o.certOut, opts: safefile.Options{Mode: 0o644, Replace: o.store.force}}
	if err := o.store.preflight(certificate); err != nil {
		return err
	}
	from, err := o.openIssuer(ctx, env)
	if err != nil {
		return err
	}
	pw, err := o.store.newPassword(ctx, env)
	if err != nil {
		return err
	}
	made, err := p.make(ctx, env, from, pw)
	if err != nil {
		return err
	}
	certificate.data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.entry.Chain[0].Raw})
	if err := o.store.write(ctx, pw, made.data, certificate); err != nil {
		return err
	}
	return show(env, format, o.document(p, made, env.Now()))
}

// keystorePlan is a keystore to be made, with all decided that can be before the
// work.
type keystorePlan struct {
	path     string
	names    certgen.Names
	subject  subjectFlags
	template *template.Template
	life     lifetimeFlags
	keyType  string
	onlyRSA  *pkcs12x.Consumer // a program of --for that is documented with RSA alone
	alias    string
	format   keystore.Format
	profile  pkcs12x.Profile
}

// plan finds what is wrong with the words of a command line, or of a row.
func (o createOptions) plan(t *template.Template, now time.Time) (keystorePlan, error) {
	p := keystorePlan{path: o.store.out, template: t, alias: o.alias, life: o.life}
	err := o.checkIssuer(t)
	if err != nil {
		return p, err
	}
	if p.names, err = o.subject.names(o.hosts, t.TheProfile().Hosts); err != nil {
		return p, fmt.Errorf("create a certificate: %w", err)
	}
	if o.subject.subject != "" {
		if _, err = certgen.ParseDN(o.subject.subject); err != nil {
			return p, fmt.Errorf("create a certificate: %w", err)
		}
	}
	o.subject.fill(t)
	p.subject = o.subject
	if _, _, err = p.life.lifetime(now); err != nil {
		return p, err
	}
	consumers, err := o.store.encoding.named()
	if err != nil {
		return p, err
	}
	if p.keyType, p.onlyRSA, err = o.subject.keyType(consumers); err != nil {
		return p, err
	}
	if p.format, p.profile, err = o.store.plan(); err != nil {
		return p, err
	}
	if p.alias == "" {
		p.alias = p.names[0].Value
	}
	return p, goodAlias(p.alias)
}

// newKeystore is a keystore that was made and not yet written.
type newKeystore struct {
	entry   *keystore.Entry
	names   certgen.Names // those of the certificate
	data    []byte
	remarks []string
}

// make makes the key, has its certificate made, and puts both into a keystore.
func (p keystorePlan) make(ctx context.Context, env *console.Env, from issuer, pw secret.Password) (newKeystore, error) {
	var made newKeystore
	key, err := certgen.GenerateKey(ctx, env.Rand, p.keyType)
	if err != nil {
		return made, fmt.Errorf("make a key: %w", err)
	}
	w := order{key: key, life: p.life, standardDays: orElse(p.template.Days, p.template.TheProfile().Days), signing: p.template.Signing()}
	if w.content, err = p.subject.content(p.template, key.Public(), p.names); err != nil {
		return made, fmt.Errorf("make a certificate for %s: %w", p.names[0].Value, err)
	}
	made.names = w.content.Names
	got, err := from(ctx, env, w)
	if err != nil {
		return made, fmt.Errorf("make a certificate for %s: %w", p.names[0].Value, err)
	}
	if made.entry, err = newEntry(p.alias, key, env.Now(), got.chain...); err != nil {
		return made, err
	}
	made.data, err = keystore.Encode(ctx, env.Rand, p.format.ID, []*keystore.Entry{made.entry}, keystore.Encoding{Profile: p.profile, Password: pw.Reveal()})
	if err != nil {
		return made, fmt.Errorf("make %s: %w", p.path, err)
	}
	made.remarks = append(remarksOnNew(made.names, p.keyType, pw), got.remarks...)
	made.remarks = append(made.remarks, remarksOnRSA(p.onlyRSA, key.Public())...)
	return made, nil
}

// remarksOnRSA warn of another key for a program that is documented with RSA alone.
func remarksOnRSA(onlyRSA *pkcs12x.Consumer, pub crypto.PublicKey) []string {
	if _, ok := pub.(*rsa.PublicKey); ok || onlyRSA == nil {
		return nil
	}
	return []string{onlyRSA.Title + " is documented with RSA keys only; --key " + rsaKey + " is what its maker vouches for"}
}

// newEntry is a private-key entry of a new key and its chain, the leaf first.
func newEntry(alias string, private crypto.PrivateKey, now time.Time, chain ...[]byte) (*keystore.Entry, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode the private key: %w", err)
	}
	e := &keystore.Entry{Alias: alias, Kind: pkcs12x.PrivateKey, Created: now}
	if e.Key, err = pkcs12x.ParsePrivateKey(pkcs8); err != nil {
		return nil, err
	}
	for _, der := range chain {
		c, err := pkcs12x.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		e.Chain = append(e.Chain, c)
	}
	return e, nil
}

func (o createOptions) document(k keystorePlan, made newKeystore, now time.Time) report.Document {
	e, p, target := made.entry, k.profile, k.format
	leaf := e.Chain[0]
	sum := sha256.Sum256(leaf.Raw)
	v := created{
		SchemaVersion: 1,
		Keystore:      o.store.out,
		Format:        target.ID,
		Alias:         e.Alias,
		Subject:       certgen.FormatDN(leaf.RawSubject),
		Key:           certgen.KeyTypeOf(e.Key.Public()),
		NotBefore:     leaf.NotBefore,
		NotAfter:      leaf.NotAfter,
		SHA256:        hex.EncodeToString(sum[:]),
		OpensIn:       []string{},
		Certificate:   o.certOut,
		PasswordFile:  o.store.generatePassword,
		Backup:        o.store.backup.name,
		Names:         []sanName{},
		Remarks:       made.remarks,
		DryRun:        o.store.dryRun,
	}
	if v.DryRun {
		v.SHA256 = ""
	}
	if target.TakesProfile {
		v.Profile, v.Protection = p.Name, p.Title
		v.OpensIn = readersOf(append(p.Features(), e.KeyFeatures()...))
	}
	var shown []string
	for _, n := range made.names {
		v.Names = append(v.Names, sanName{string(n.Kind), n.Value})
		shown = append(shown, n.Display)
	}
	for _, c := range e.Chain[1:] {
		v.Chain = append(v.Chain, certgen.FormatDN(c.RawSubject))
	}
	var f fields
	f.add("Alias", v.Alias)
	f.add("Subject", v.Subject)
	f.add("Chain", strings.Join(v.Chain, " > "))
	f.add("Names", strings.Join(shown, ", "))
	f.add("Key", v.Key)
	f.add("Valid", validity(v.NotBefore, v.NotAfter, now))
	f.add("SHA-256", v.SHA256)
	if target.TakesProfile {
		f.add("Profile", p.Name+" ("+p.Title+")")
		f.add("Opens in", p.Reads)
	} else {
		f.add("Format", target.Title)
	}
	f.add("Certificate", o.certOut)
	if v.PasswordFile != "" {
		f.add("Password", "in "+v.PasswordFile+", which only you can read")
	}
	if v.Backup != "" {
		f.add("Backup", v.Backup+" is the old one")
	}
	store := command.Quote(o.store.out) + o.store.passwordSource()
	next := "Next: give clients the certificate: muxkey export " + store + " -o " + command.Quote(certName(o.store.out))
	switch {
	case o.acme.given():
		next = "Next: renew it every day as soon as it is time: muxkey renew " + store + " --acme " + command.Quote(o.acme.directory) + " --if-within 30%"
	case o.issuer.ca.given():
		next = "Next: prove the keystore: muxkey verify " + store + " --host " + command.Quote(k.names[0].Value)
	case o.certOut != "":
		next = "Next: give clients " + o.certOut + ", and prove the keystore: muxkey verify " + store + " --host " + command.Quote(k.names[0].Value)
	}
	return report.Document{Value: v, Sections: o.store.report(o.store.out, f, v.Remarks, next)}
}

// remarksOnNew are warnings about what was asked for, with the password if there
// is one.
func remarksOnNew(names certgen.Names, keyType string, pw secret.Password) []string {
	out := []string{}
	for _, n := range names {
		for _, r := range n.Remarks {
			out = append(out, n.Value+": "+r)
		}
	}
	for _, t := range certgen.KeyTypes() {
		if t.Name == keyType && t.Note != "" {
			out = append(out, t.Label+": "+t.Note)
		}
	}
	plain := func(r rune) bool { return r < ' ' || r > '~' }
	if strings.ContainsFunc(pw.Reveal(), plain) {
		out = append(out, "the password has characters outside printable ASCII, which keytool and other Java programs do not take for PKCS#12")
	}
	if n := len([]rune(pw.Reveal())); 0 < n && n < 6 {
		out = append(out, "the password is shorter than 6 characters, which keytool asks for when it changes a keystore")
	}
	return out
}

// certName is the file name proposed for the certificate of a keystore.
func certName(store string) string {
	return strings.TrimSuffix(store, filepath.Ext(store)) + ".crt"
}
