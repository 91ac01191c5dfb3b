package cmd

import (
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

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

type csrOptions struct {
	hosts         []string
	from          string
	alias         string
	out           string // of the request
	keyOut        string
	storeGiven    bool
	subject       subjectFlags
	usage         usageFlags
	store         newStoreFlags
	entryPassword passwordFlag
	keyPassword   passwordFlag
	signer        signerFlags
	limits        limitFlags
	onlyRSA       *pkcs12x.Consumer // a program of --for that is documented with RSA alone
}

func newCSRCmd(env *console.Env) *cobra.Command {
	o := csrOptions{}
	c := &cobra.Command{
		Use:   "csr HOST... | --from STORE",
		Short: "Make a key and a certificate request for a CA",
		Long: `Make a private key and a certificate request (CSR) to send to a CA. The key
waits in a new keystore under its alias, with a self-signed certificate in place
of the one that the CA will send; "muxkey import STORE REPLY" puts that in.

With --from, the request is for a key that is in a keystore already, and asks
for the names and usages of its certificate. With --key-out there is no
keystore: the key goes to a PEM file. With --signer the key is in a token or key
service, where it is made unless it is there, and stays.`,
		Example: `  muxkey csr mux.example.com --generate-password keystore.pw
  muxkey csr mux.example.com mux -o mux.p12 --csr-out mux.csr
  muxkey csr --from keystore.p12 --alias mux --csr-out -
  muxkey csr mux.example.com --key-out mux.key --csr-out mux.csr
  muxkey csr mux.example.com --signer "pkcs11:token=CA;object=mux" --csr-out -`,
		Args: func(c *cobra.Command, args []string) error {
			if o.from != "" {
				return takes()(c, args)
			}
			return takes("HOST...")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.hosts, o.storeGiven = args, c.Flags().Changed("out")
			return runCSR(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.from, "from", "", "make the request for a key in the keystore `STORE`")
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (default: the first HOST, or the only key of --from)")
	f.StringVar(&o.out, "csr-out", "", `write the request to FILE, "-" for standard output (default: the keystore's name with .csr)`)
	f.StringVar(&o.keyOut, "key-out", "", "write the key as PEM to `FILE` and make no keystore")
	o.keyPassword.addAs(c, "key-password", "a password to encrypt the key of --key-out with")
	o.entryPassword.addAs(c, entryPassword, "the key's password, where it has another than the keystore of --from")
	o.signer.add(c, "signer", "the key of the request")
	o.subject.add(c)
	o.usage.add(c)
	o.store.add(c, defaultKeystore)
	o.limits.add(c)
	// What makes a keystore, or a key, is for those alone.
	for _, flag := range []string{"out", "key-out", "key", "generate-password", "backup", "profile", "for", "iterations", "mac-iterations"} {
		exclusive(c, "from", flag)
	}
	for _, flag := range []string{"out", "generate-password", "backup", "alias"} {
		exclusive(c, "key-out", flag)
	}
	for _, flag := range []string{"from", "out", "key-out", "alias", "password", "generate-password", "backup", "profile", "iterations", "mac-iterations", "dry-run"} {
		exclusive(c, "signer", flag)
	}
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		switch {
		case o.keyPassword.given() && o.keyOut == "":
			return wrongUsage(errors.New("--key-password is for --key-out"))
		case o.entryPassword.given() && o.from == "":
			return wrongUsage(fmt.Errorf("--%s is for --from", entryPassword))
		case o.store.password.given() && o.keyOut != "":
			return wrongUsage(errors.New("--password is for a keystore; a key of --key-out is encrypted with --key-password"))
		}
		return before(c, args)
	}
	return c
}

// requested is the JSON of muxkey csr.
type requested struct {
	SchemaVersion int       `json:"schemaVersion"`
	CSR           string    `json:"csr"`                // the file of the request; "-" for standard output
	Keystore      string    `json:"keystore,omitempty"` // where the key is
	KeyFile       string    `json:"keyFile,omitempty"`  // the file of --key-out
	Signer        string    `json:"signer,omitempty"`   // the URI of the key of --signer
	Alias         string    `json:"alias,omitempty"`
	Subject       string    `json:"subject"`
	Names         []sanName `json:"names"`                  // subject alternative names that are asked for
	Key           string    `json:"key"`                    // "EC P-256", "RSA 3072"
	PasswordFile  string    `json:"passwordFile,omitempty"` // the file of --generate-password
	Backup        string    `json:"backup,omitempty"`       // the file of --backup, with what was replaced
	DryRun        bool      `json:"dryRun"`                 // nothing was written
	Remarks       []string  `json:"remarks"`                // warnings for people; empty without any
}

func runCSR(ctx context.Context, env *console.Env, format report.Format, o csrOptions) error {
	t, err := o.usage.plan()
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = o.requestName()
	}
	if o.from != "" {
		return o.runFrom(ctx, env, format, t)
	}
	names, err := o.subject.names(o.hosts, t.TheProfile().Hosts)
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	consumers, err := o.store.encoding.named()
	if err != nil {
		return err
	}
	o.subject.fill(t)
	keyType, onlyRSA, err := o.subject.keyType(consumers)
	if err != nil {
		return err
	}
	o.onlyRSA = onlyRSA
	request := newFile{flag: "--csr-out", path: o.out, opts: safefile.Options{Mode: 0o644, Replace: o.store.force}}
	if o.signer.given() {
		return o.runSigner(ctx, env, format, t, names, keyType, request)
	}
	if o.keyOut != "" {
		return o.runKeyOut(ctx, env, format, t, names, keyType, request)
	}
	return o.runStore(ctx, env, format, t, names, keyType, request)
}

// requestName is the file name for the request when none is given.
func (o csrOptions) requestName() string {
	base := o.store.out
	switch {
	case o.from != "":
		base = o.from
	case o.keyOut != "":
		base = o.keyOut
	case o.signer.given():
		base = "request"
	}
	return strings.TrimSuffix(base, filepath.Ext(base)) + ".csr"
}

// runStore makes a keystore in which the key waits for its certificate.
func (o csrOptions) runStore(ctx context.Context, env *console.Env, format report.Format, t *template.Template, names certgen.Names, keyType string, request newFile) error {
	target, profile, err := o.store.plan()
	if err != nil {
		return err
	}
	alias := o.alias
	if alias == "" {
		alias = names[0].Value
	}
	if err := goodAlias(alias); err != nil {
		return err
	}
	if err := o.store.preflight(onDisk(request)...); err != nil {
		return err
	}
	pw, err := o.store.newPassword(ctx, env)
	if err != nil {
		return err
	}
	key, content, err := o.make(ctx, env, t, names, keyType)
	if err != nil {
		return err
	}
	if request.data, err = encodeCSR(env, key, content, t.Signing()); err != nil {
		return err
	}
	placeholder, err := o.placeholder(env, key, content)
	if err != nil {
		return err
	}
	entry, err := newEntry(alias, key, env.Now(), placeholder)
	if err != nil {
		return err
	}
	data, err := keystore.Encode(ctx, env.Rand, target.ID, []*keystore.Entry{entry}, keystore.Encoding{Profile: profile, Password: pw.Reveal()})
	if err != nil {
		return fmt.Errorf("make %s: %w", o.store.out, err)
	}
	if err := o.store.write(ctx, pw, data, onDisk(request)...); err != nil {
		return err
	}
	v := o.report(key.Public(), content, pw)
	v.Keystore, v.Alias, v.PasswordFile, v.Backup = o.store.out, alias, o.store.generatePassword, o.store.backup.name
	return o.show(env, format, v, request, "muxkey import "+command.Quote(o.store.out)+" REPLY"+o.store.passwordSource())
}

// runKeyOut writes key and request as PEM files.
func (o csrOptions) runKeyOut(ctx context.Context, env *console.Env, format report.Format, t *template.Template, names certgen.Names, keyType string, request newFile) error {
	private := newFile{flag: "--key-out", path: o.keyOut, opts: safefile.Options{Mode: 0o600, Replace: o.store.force, Exact: true}}
	if err := preflight(append(onDisk(request), private)); err != nil {
		return err
	}
	profile, err := o.store.encoding.profile()
	if err != nil {
		return err
	}
	enc := keystore.Encoding{Profile: profile}
	var pw secret.Password
	if o.keyPassword.given() {
		if pw, err = o.keyPassword.readNew(ctx, env, "new password for "+o.keyOut); err != nil {
			return err
		}
		enc.Password = pw.Reveal()
	}
	key, content, err := o.make(ctx, env, t, names, keyType)
	if err != nil {
		return err
	}
	if request.data, err = encodeCSR(env, key, content, t.Signing()); err != nil {
		return err
	}
	entry, err := newEntry(names[0].Value, key, env.Now())
	if err != nil {
		return err
	}
	if private.data, err = keystore.Encode(ctx, env.Rand, "pem", []*keystore.Entry{entry}, enc); err != nil {
		return fmt.Errorf("make %s: %w", o.keyOut, err)
	}
	if err := o.store.writeAll(ctx, append(onDisk(request), private)); err != nil {
		return err
	}
	v := o.report(key.Public(), content, pw)
	v.KeyFile = o.keyOut
	return o.show(env, format, v, request, "muxkey merge "+command.Quote(o.keyOut)+" REPLY -o "+defaultKeystore)
}

// make makes the key, and says what its certificate should say.
func (o csrOptions) make(ctx context.Context, env *console.Env, t *template.Template, names certgen.Names, keyType string) (crypto.Signer, certgen.Content, error) {
	key, err := certgen.GenerateKey(ctx, env.Rand, keyType)
	if err != nil {
		return nil, certgen.Content{}, fmt.Errorf("make a key: %w", err)
	}
	content, err := o.content(t, key.Public(), names)
	return key, content, err
}

func (o csrOptions) content(t *template.Template, pub crypto.PublicKey, names certgen.Names) (certgen.Content, error) {
	content, err := o.subject.content(t, pub, names)
	if err != nil {
		return content, fmt.Errorf("make a request for %s: %w", names[0].Value, err)
	}
	return content, nil
}

// runSigner makes the request for a key in a token.
func (o csrOptions) runSigner(ctx context.Context, env *console.Env, format report.Format, t *template.Template, names certgen.Names, keyType string, request newFile) error {
	for _, f := range onDisk(request) {
		if err := safefile.Check(f.path, f.opts); err != nil {
			return err
		}
	}
	asked := ""
	if o.subject.keyGiven() {
		asked = keyType
	}
	key, _, err := o.signer.keyOrNew(ctx, env, keyType, asked)
	if err != nil {
		return err
	}
	content, err := o.content(t, key.Public(), names)
	if err != nil {
		return err
	}
	if err := o.writeCSR(ctx, env, key, content, t.Signing(), &request); err != nil {
		return err
	}
	v := o.report(key.Public(), content, secret.Password{})
	v.Signer, v.Remarks = key.URI, append(v.Remarks, remarksOnSigner(key)...)
	return o.show(env, format, v, request, "")
}

// placeholder is the certificate that stands in the keystore until the CA's is
// there. It says what is asked for, so that another request can ask for the
// same, but is no CA's: nobody should come to trust it.
func (o csrOptions) placeholder(env *console.Env, key crypto.Signer, content certgen.Content) ([]byte, error) {
	notBefore, notAfter, err := certgen.Lifetime(env.Now(), certgen.DefaultDays)
	if err != nil {
		return nil, err
	}
	der, err := certgen.CreateRoot(env.Rand, key, noCA(content), certgen.Validity{NotBefore: notBefore, NotAfter: notAfter}, certgen.Signing{})
	if err != nil {
		return nil, fmt.Errorf("make a placeholder: %w", err)
	}
	return der, nil
}

func encodeCSR(env *console.Env, key crypto.Signer, content certgen.Content, signing certgen.Signing) ([]byte, error) {
	der, err := certgen.CreateCSR(env.Rand, key, content.ForCSR(), signing)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}

// writeCSR makes the request where there is nothing else to write.
func (o csrOptions) writeCSR(ctx context.Context, env *console.Env, key crypto.Signer, content certgen.Content, signing certgen.Signing, request *newFile) (err error) {
	if request.data, err = encodeCSR(env, key, content, signing); err != nil {
		return err
	}
	return o.store.writeAll(ctx, onDisk(*request))
}

// onDisk is a file in a list, unless it is standard output.
func onDisk(f newFile) []newFile {
	if f.path == stdin {
		return nil
	}
	return []newFile{f}
}

// runFrom makes the request for an entry that is there.
func (o csrOptions) runFrom(ctx context.Context, env *console.Env, format report.Format, t *template.Template) error {
	request := newFile{flag: "--csr-out", path: o.out, opts: safefile.Options{Mode: 0o644, Replace: o.store.force}}
	if file, _ := keystore.SplitMember(o.from); sameFile(file, o.out) {
		return wrongUsage(fmt.Errorf("--from and --csr-out both name %s", o.out))
	}
	if err := preflight(onDisk(request)); err != nil {
		return err
	}
	passwords, err := o.store.password.keyring(env, false)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, env, o.from, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return err
	}
	e, err := st.PrivateKey(o.alias)
	if err != nil {
		return err
	}
	keys, err := passwords.orOwn(env, &o.entryPassword)
	if err != nil {
		return err
	}
	if err := unlock(ctx, st, e, keys); err != nil {
		return keyError(st, e, keys, err)
	}
	key := e.Key.Signer()
	if key == nil {
		return fmt.Errorf("make a request for %q in %s: %w", e.Alias, o.from, cannotSign(e))
	}
	content, err := o.contentOf(e, t)
	if err != nil {
		return err
	}
	if err := o.writeCSR(ctx, env, key, content, t.Signing(), &request); err != nil {
		return err
	}
	v := o.report(key.Public(), content, secret.Password{})
	v.Keystore, v.Alias = o.from, e.Alias
	return o.show(env, format, v, request, "muxkey import "+command.Quote(o.from)+" REPLY")
}

// contentOf is what the certificate of an entry says, as far as a request can
// ask for it, with what the flags want instead.
func (o csrOptions) contentOf(e *keystore.Entry, t *template.Template) (certgen.Content, error) {
	about := fmt.Sprintf("make a request for %q", e.Alias)
	if len(e.Chain) == 0 || e.Chain[0].X509 == nil {
		return certgen.Content{}, &Failure{Status: StatusInput, Err: fmt.Errorf("%s: it has no certificate to take names from", about), Hint: "export the key, and make a request with other tools"}
	}
	content, bad := certgen.Renewal(e.Chain[0].X509)
	if len(bad) > 0 {
		return content, fmt.Errorf("%s: %w", about, errors.Join(bad...))
	}
	if o.usage.given() {
		asked, err := t.Content(e.Key.Public(), content.Names)
		if err != nil {
			return content, err
		}
		if asked.Subject == nil {
			asked.Subject = content.Subject
		}
		asked.OtherNames = content.OtherNames
		content = asked
	} else if isSelfSigned(e.Chain[0]) {
		// One for a server has CA:TRUE to be its own anchor; a CA must not be asked
		// for that.
		content = noCA(content)
	}
	more, err := certgen.ParseNames(o.subject.sans)
	if err != nil {
		return content, err
	}
	for _, n := range more {
		if !hasName(content.Names, n) {
			content.Names = append(content.Names, n)
		}
	}
	if o.subject.subject != "" {
		content.Subject, err = certgen.ParseDN(o.subject.subject)
	}
	return content, err
}

func hasName(list certgen.Names, n certgen.Name) bool {
	return slices.ContainsFunc(list, func(have certgen.Name) bool { return have.Kind == n.Kind && have.Value == n.Value })
}

// noCA is content without what makes a certificate that of a CA.
func noCA(c certgen.Content) certgen.Content {
	c = c.ForCSR()
	c.CA, c.Constraints = false, certgen.Constraints{}
	c.KeyUsage &^= x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	c.Extensions = slices.DeleteFunc(slices.Clone(c.Extensions), func(e pkix.Extension) bool {
		return slices.Contains([]string{
			"2.5.29.15", "2.5.29.19", "2.5.29.30", // keyUsage, basicConstraints, nameConstraints
			"2.16.840.1.113730.1.1", // the Netscape certificate type
		}, e.Id.String())
	})
	return c
}

func isSelfSigned(c *keystore.Certificate) bool {
	return string(c.RawSubject) == string(c.RawIssuer)
}

// cannotSign says why a key that is open is none to sign with.
func cannotSign(e *keystore.Entry) error {
	return fmt.Errorf("%w: keys of the algorithm %s do not sign here", pkcs12x.ErrUnsupported, e.Key.Algorithm)
}

func (o csrOptions) report(pub crypto.PublicKey, content certgen.Content, pw secret.Password) requested {
	v := requested{
		SchemaVersion: schemaVersion, CSR: o.out, Subject: certgen.FormatDN(content.Subject), Key: certgen.KeyTypeOf(pub),
		Names: []sanName{}, DryRun: o.store.dryRun,
	}
	for _, n := range content.Names {
		v.Names = append(v.Names, sanName{string(n.Kind), n.Value})
	}
	keyType := o.subject.key
	if o.from != "" {
		keyType = "" // the flag's default
	}
	v.Remarks = append(remarksOnNew(content.Names, keyType, pw), remarksOnRSA(o.onlyRSA, pub)...)
	return v
}

// show reports what was made; where the request itself goes to standard output,
// the report goes to people.
func (o csrOptions) show(env *console.Env, format report.Format, v requested, request newFile, next string) error {
	var f fields
	f.add("Request", v.CSR)
	f.add("Alias", v.Alias)
	f.add("Subject", v.Subject)
	var shown []string
	for _, n := range v.Names {
		shown = append(shown, n.Value)
	}
	f.add("Names", strings.Join(shown, ", "))
	f.add("Key", v.Key)
	f.add("Key in", v.Signer)
	if v.PasswordFile != "" {
		f.add("Password", "in "+v.PasswordFile+", which only you can read")
	}
	if v.Backup != "" {
		f.add("Backup", v.Backup+" is the old one")
	}
	what := v.Keystore
	switch {
	case o.from != "":
		what = fmt.Sprintf("a request for %q in %s", v.Alias, v.Keystore)
	case v.Signer != "":
		what = v.CSR
		if request.path == stdin {
			what = "a request"
		}
	case v.Keystore == "":
		what = v.KeyFile
	}
	send, piped := v.CSR, request.path == stdin && !v.DryRun
	if piped {
		if _, err := env.Out.Write(request.data); err != nil {
			return err
		}
		send = "it"
	}
	next = "Next: send " + send + " to the CA, and put in what comes back: " + next
	if v.Signer != "" {
		next = "Next: send " + send + " to the CA, and keep what comes back as a file; the program that has it uses the key where it is."
	}
	d := report.Document{Value: v, Sections: o.store.report(what, f, v.Remarks, next)}
	if piped {
		return format.Write(env.Err, d, report.Options{Colour: env.ErrColour})
	}
	return show(env, format, d)
}
