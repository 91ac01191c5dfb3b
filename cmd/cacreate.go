package cmd

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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

func newCACmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "ca",
		Short: "Make a certificate authority of your own",
		Long: `A certificate authority (CA) is a key and a certificate in a keystore, from
which "muxkey sign" and "muxkey create --ca" issue, and of which "muxkey crl"
makes the list of revoked certificates.`,
		Args: knownWord,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newCACreateCmd(env))
	return c
}

// defaultCA is the name of the keystore of a CA that issues, and
// defaultCACertificate that of its certificate where the key is elsewhere.
const (
	defaultCA            = "ca.p12"
	defaultCACertificate = "ca.pem"
)

type caCreateOptions struct {
	name         string
	alias        string
	intermediate bool
	rootName     string
	rootOut      string
	rootPassword passwordFlag
	certOut      string
	ca           caFlags
	key          subjectFlags
	signer       signerFlags
	life         lifetimeFlags
	constraints  constraintFlags
	provider     providerFlags
	template     usageFlags
	store        newStoreFlags
	limits       limitFlags
}

func newCACreateCmd(env *console.Env) *cobra.Command {
	o := caCreateOptions{}
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a CA in a keystore of its own: a root, or one below a root",
		Long: `Make a CA that issues, in a keystore. NAME is what people see in certificates:
a common name, or a whole subject such as "CN=Example CA,O=Example".

Alone it is a root. With --intermediate there are two: the CA that issues, and
above it a root in a keystore of its own, which is needed again only to make
another such CA and is best kept where no network reaches. With --ca it stands
below a CA that there is.

--permit and --exclude bind the CA to names, so that one who steals it cannot
certify any others. Clients get the certificate of the root: --cert-out.

With --signer the key is in a token or key service, where it is made unless it
is there, and only the certificate is written, as PEM.`,
		Example: `  muxkey ca create "Example CA" --permit example.com --cert-out root.crt
  muxkey ca create "Example CA" --intermediate --root-out /media/safe/root.p12
  muxkey ca create "CN=Test CA,O=Example" --ca root.p12 -o test-ca.p12
  muxkey ca create "Example CA" --signer "pkcs11:token=CA;object=root" -o ca.pem`,
		Args: takes("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			o.name = args[0]
			if o.signer.given() && !c.Flags().Changed("out") {
				o.store.out = defaultCACertificate
			}
			return runCACreate(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.alias, "alias", "ca", "`NAME` of the entry")
	f.BoolVar(&o.intermediate, "intermediate", false, "make a root as well, and below it the CA that issues")
	f.StringVar(&o.rootName, "root-name", "", "`NAME` of the root (default: that of the CA with Root behind it)")
	f.StringVar(&o.rootOut, "root-out", "", "write the root's keystore to `FILE` (default: the name of --out with -root in it)")
	o.rootPassword.addAs(c, "root-password", "the password of the root's keystore (default: that of the other)")
	f.StringVar(&o.certOut, "cert-out", "", "also write the root's certificate, for clients, as PEM to `FILE`")
	o.signer.add(c, "signer", "the new CA's key")
	o.ca.addWith(c, "ca-signer")
	o.constraints.add(c, "let it certify these names only, and what is below them", "let it not certify these")
	o.key.addKey(c)
	o.life.add(c, 0)
	o.template.addTemplate(c)
	o.provider.add(c)
	o.store.add(c, defaultCA)
	o.limits.add(c)
	exclusive(c, "ca", "intermediate")
	for _, flag := range []string{"intermediate", "alias", "password", "generate-password", "profile", "iterations", "mac-iterations", "dry-run"} {
		exclusive(c, "signer", flag) // there is no keystore
	}
	return c
}

// createdCA is the JSON of muxkey ca create.
type createdCA struct {
	SchemaVersion int            `json:"schemaVersion"`
	Keystore      string         `json:"keystore"`               // the file that was made; with --signer it has the certificate and those above it, and no key
	Format        string         `json:"format"`                 // the ID of its format
	Alias         string         `json:"alias,omitempty"`        // of the entry; missing with --signer
	Signer        string         `json:"signer,omitempty"`       // the URI of the key of --signer
	Certificate   newCertificate `json:"certificate"`            // of the CA that issues
	Root          *createdRoot   `json:"root,omitempty"`         // above it; only of --intermediate
	CertFile      string         `json:"certFile,omitempty"`     // the file of --cert-out, with the root's certificate
	Profile       string         `json:"profile,omitempty"`      // a name for --profile; of PKCS#12 only
	PasswordFile  string         `json:"passwordFile,omitempty"` // the file of --generate-password
	Backup        string         `json:"backup,omitempty"`       // the file of --backup, with what was replaced
	DryRun        bool           `json:"dryRun"`                 // nothing was written
	Remarks       []string       `json:"remarks"`                // warnings for people; empty without any

	again string // a URI for the next --signer
}

// createdRoot is the root that was made with it, for --intermediate.
type createdRoot struct {
	Keystore    string         `json:"keystore"` // the file that was made
	Alias       string         `json:"alias"`
	Certificate newCertificate `json:"certificate"`      // what it says
	Backup      string         `json:"backup,omitempty"` // with what was replaced
}

// authority is a CA that was made: its key, and its chain with its own
// certificate first.
type authority struct {
	key   crypto.Signer
	chain []*x509.Certificate
}

func runCACreate(ctx context.Context, env *console.Env, format report.Format, o caCreateOptions) error {
	plan, err := o.plan()
	if err != nil {
		return err
	}
	var parent *certgen.CA
	if o.ca.given() {
		o.ca.limits = o.limits.limits()
		if parent, err = o.ca.open(ctx, env); err != nil {
			return err
		}
		if err := parent.Current(env.Now()); err != nil {
			return fmt.Errorf("make a CA below %s: %w", certgen.FormatDN(parent.Certificate().RawSubject), err)
		}
	}
	if o.signer.given() {
		return o.runSigner(ctx, env, format, plan, parent)
	}
	pw, err := o.store.newPassword(ctx, env)
	if err != nil {
		return err
	}
	rootPassword := pw
	if o.rootPassword.given() {
		if rootPassword, err = o.rootPassword.readNew(ctx, env, "new password for "+o.rootOut); err != nil {
			return err
		}
	}

	var root *authority
	remarks := []string{}
	if o.intermediate {
		if root, err = plan.root(ctx, env, o.life); err != nil {
			return fmt.Errorf("make the root: %w", err)
		}
		if parent, err = certgen.NewCA(root.chain, root.key); err != nil {
			return err
		}
		parent.Signing = plan.template.Signing()
	}
	key, err := certgen.GenerateKey(ctx, env.Rand, plan.keyType)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	ca, more, err := plan.issuing(ctx, env, key, parent, o.life)
	if err != nil {
		return fmt.Errorf("make the CA %s: %w", certgen.FormatDN(plan.subject), err)
	}
	remarks = append(remarks, more...)

	store, err := ca.encode(ctx, env, o.alias, plan.target, plan.profile, pw)
	if err != nil {
		return fmt.Errorf("make %s: %w", o.store.out, err)
	}
	rootBackup := ""
	others := o.files(&rootBackup)
	others[0].data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.chain[len(ca.chain)-1].Raw})
	if root != nil {
		if others[1].data, err = root.encode(ctx, env, rootAlias, plan.rootTarget, plan.profile, rootPassword); err != nil {
			return fmt.Errorf("make %s: %w", o.rootOut, err)
		}
	}
	if err := o.store.write(ctx, pw, store, others...); err != nil {
		return err
	}
	v := createdCA{
		SchemaVersion: schemaVersion, Keystore: o.store.out, Format: plan.target.ID, Alias: o.alias,
		Certificate: describe(ca.chain[0]), CertFile: o.certOut, PasswordFile: o.store.generatePassword,
		Backup: o.store.backup.name, DryRun: o.store.dryRun, Remarks: append(remarks, slices.Concat(remarksOnNew(nil, plan.keyType, pw), plan.remarks(ca))...),
	}
	if plan.target.TakesProfile {
		v.Profile = plan.profile.Name
	}
	if root != nil {
		v.Root = &createdRoot{o.rootOut, rootAlias, describe(root.chain[0]), rootBackup}
	}
	if v.DryRun {
		v.Certificate = v.Certificate.planned()
		if v.Root != nil {
			v.Root.Certificate = v.Root.Certificate.planned()
		}
	}
	return show(env, format, o.document(v, env.Now()))
}

const rootAlias = "root"

// runSigner makes a CA whose key is in a token: a file with its certificate and
// those above it.
func (o *caCreateOptions) runSigner(ctx context.Context, env *console.Env, format report.Format, plan *caPlan, parent *certgen.CA) error {
	asked := ""
	if o.key.keyGiven() {
		asked = plan.keyType
	}
	key, isNew, err := o.signer.keyOrNew(ctx, env, plan.keyType, asked)
	if err != nil {
		return err
	}
	ca, more, err := plan.issuing(ctx, env, key, parent, o.life)
	if err != nil {
		err = fmt.Errorf("make the CA %s: %w", certgen.FormatDN(plan.subject), err)
		if isNew {
			err = &Failure{Status: diagnose(err).Status, Hint: "the key stays in the token, for another try: " + key.URI, Err: err}
		}
		return err
	}
	remarks := append([]string{}, remarksOnSigner(key)...)
	if !isNew {
		remarks = append(remarks, "the key was in the token already, and is now that of this CA")
	}
	var chain []byte
	for _, c := range ca.chain {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	others := o.files(new(string))
	others[0].data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.chain[len(ca.chain)-1].Raw})
	others = append(others, newFile{path: o.store.out, data: chain, opts: safefile.Options{Mode: 0o644, Replace: o.store.force, Backup: o.store.backup.option()}})
	if err := o.store.writeAll(ctx, others); err != nil {
		return err
	}
	v := createdCA{
		SchemaVersion: schemaVersion, Keystore: o.store.out, Format: "pem", Signer: key.URI, again: key.Again,
		Certificate: describe(ca.chain[0]), CertFile: o.certOut, Backup: o.store.backup.name,
		Remarks: append(remarks, slices.Concat(more, plan.remarks(ca))...),
	}
	return show(env, format, o.document(v, env.Now()))
}

// plainPEM refuses the name of a keystore for certificates in PEM.
func plainPEM(path string) error {
	f, err := formatFor(path, "", "pem")
	if err == nil && f.ID != "pem" {
		err = &Failure{StatusUsage, "name it as in -o " + defaultCACertificate, fmt.Errorf("--signer leaves the key where it is, and %s is to hold certificates in PEM", path)}
	}
	return err
}

// caPlan is what the command line asks for, read.
type caPlan struct {
	template    *template.Template
	subject     []byte
	rootSubject []byte
	constraints certgen.Constraints
	excluded    []certgen.Constraint // as they were asked for
	pathLength  int
	keyType     string
	provider    providerFlags
	dryRun      bool
	target      keystore.Format
	rootTarget  keystore.Format
	profile     pkcs12x.Profile
}

// plan refuses what can be refused before a password is asked for.
func (o *caCreateOptions) plan() (*caPlan, error) {
	p := &caPlan{provider: o.provider, dryRun: o.store.dryRun, pathLength: o.constraints.pathLength}
	if err := o.consistent(); err != nil {
		return nil, err
	}
	var err error
	if p.template, err = o.template.planCA(); err != nil {
		return nil, err
	}
	if err := p.names(o); err != nil {
		return nil, fmt.Errorf("make a CA: %w", err)
	}
	consumers, err := o.store.encoding.named()
	if err != nil {
		return nil, err
	}
	if p.template.Key != "" && !o.key.keyGiven() {
		o.key.key, o.key.keyGiven = p.template.Key, func() bool { return true }
	}
	if p.keyType, _, err = o.key.keyType(consumers); err != nil {
		return nil, err
	}
	if o.signer.given() {
		err = plainPEM(o.store.out)
	} else {
		p.target, p.profile, err = o.store.plan()
	}
	if err != nil {
		return nil, err
	}
	if o.intermediate {
		if o.rootOut == "" {
			ext := filepath.Ext(o.store.out)
			o.rootOut = strings.TrimSuffix(o.store.out, ext) + "-root" + ext
		}
		root := o.store
		root.out = o.rootOut
		if p.rootTarget, _, err = root.plan(); err != nil {
			return nil, err
		}
	}
	if err := goodAlias(o.alias); err != nil {
		return nil, err
	}
	for flag, path := range map[string]string{"--out": o.store.out, "--cert-out": o.certOut} {
		if err := o.ca.spare(flag, path); err != nil {
			return nil, err
		}
	}
	return p, o.store.preflight(o.files(new(string))...)
}

// consistent refuses flags that mean nothing without others.
func (o *caCreateOptions) consistent() error {
	for flag, given := range map[string]bool{
		"root-out": o.rootOut != "", "root-name": o.rootName != "", "root-password": o.rootPassword.given(),
	} {
		if given && !o.intermediate {
			return wrongUsage(fmt.Errorf("--%s is about the root that --intermediate makes", flag))
		}
	}
	if o.provider.given() && !o.intermediate && !o.ca.given() {
		return wrongUsage(errors.New("--crl-url, --ocsp-url and --issuer-url are about the CA above, and a root has none"))
	}
	if err := o.ca.check(); err != nil {
		return err
	}
	return o.provider.check()
}

// files are what is made beside the keystore: certificate and root.
func (o *caCreateOptions) files(rootBackup *string) []newFile {
	root := safefile.Options{Mode: 0o600, Replace: o.store.force}
	if o.store.backup.wanted {
		root.Backup = func(name string) { *rootBackup = name }
	}
	return []newFile{
		{flag: "--cert-out", path: o.certOut, opts: safefile.Options{Mode: 0o644, Replace: o.store.force}},
		{flag: "--root-out", path: o.rootOut, opts: root},
	}
}

// names reads the subjects of both CAs.
func (p *caPlan) names(o *caCreateOptions) error {
	var err error
	if p.constraints, err = o.constraints.parse(); err != nil {
		return err
	}
	p.excluded, p.constraints = p.constraints.Excluded, p.constraints.ForServers()
	if o.constraints.pathGiven() {
		p.template.PathLen = &o.constraints.pathLength
	}
	if p.template.PathLen != nil {
		p.pathLength = *p.template.PathLen
	}
	if p.subject, err = caName(o.name, p.template.Subject); err != nil {
		return err
	}
	if !o.intermediate {
		return nil
	}
	if o.rootName != "" {
		p.rootSubject, err = caName(o.rootName, "")
		return err
	}
	cn := certgen.CommonName(p.subject)
	if cn == "" {
		return &Failure{StatusUsage, "name it with --root-name", errors.New("the CA has no common name to make that of its root from")}
	}
	// The rest of the subject says whose it is, and stays.
	p.rootSubject, err = certgen.WithCommonName(p.subject, cn+" Root")
	return err
}

// caName reads a common name or a subject; rest is the subject of a template, whose
// other parts go with a common name.
func caName(word, rest string) ([]byte, error) {
	if strings.Contains(word, "=") {
		return certgen.ParseDN(word)
	}
	var others []byte
	if rest != "" {
		var err error
		if others, err = certgen.ParseDN(rest); err != nil {
			return nil, err
		}
	}
	return certgen.WithCommonName(others, word)
}

// content is what the certificate of the CA that issues says.
func (p *caPlan) content(pub crypto.PublicKey) (certgen.Content, error) {
	c, err := p.template.Content(pub, nil)
	c.Subject, c.PathLen = p.subject, p.pathLength
	if !p.constraints.Empty() {
		c.Constraints = p.constraints
	}
	p.provider.fill(&c)
	return c, err
}

// rootContent is that of the root above it, with the same constraints: some
// programs hold the one CA to them and some the other.
func (p *caPlan) rootContent(pub crypto.PublicKey) (certgen.Content, error) {
	below, err := p.content(pub)
	c := p.template.TheProfile().Content(pub)
	c.Subject, c.Constraints, c.PathLen = p.rootSubject, below.Constraints, p.pathLength
	if c.PathLen >= 0 {
		c.PathLen++ // for the one below
	}
	return c, err
}

// root makes the CA above the one that issues, and lasts as long at least.
func (p *caPlan) root(ctx context.Context, env *console.Env, life lifetimeFlags) (*authority, error) {
	longest := lifetimeFlags{days: certgen.RootDays, notBefore: life.notBefore}
	from, to, err := longest.lifetime(env.Now())
	if err != nil {
		return nil, err
	}
	if life.asked() {
		_, end, err := life.lifetime(env.Now())
		if err != nil {
			return nil, err
		}
		if end.After(to) {
			to = end
		}
	}
	key, err := certgen.GenerateKey(ctx, env.Rand, p.keyType)
	if err != nil {
		return nil, err
	}
	return p.selfSigned(env, key, p.rootContent, certgen.Validity{NotBefore: from, NotAfter: to})
}

// issuing makes the CA that issues: below another, or as a root.
func (p *caPlan) issuing(ctx context.Context, env *console.Env, key crypto.Signer, parent *certgen.CA, life lifetimeFlags) (*authority, []string, error) {
	if parent == nil {
		if !life.asked() {
			life.days = orElse(p.template.Days, certgen.RootDays)
		}
		from, to, err := life.lifetime(env.Now())
		if err != nil {
			return nil, nil, err
		}
		ca, err := p.selfSigned(env, key, p.content, certgen.Validity{NotBefore: from, NotAfter: to})
		return ca, nil, err
	}
	c, err := p.content(key.Public())
	if err != nil {
		return nil, nil, err
	}
	cert, remarks, err := issue(ctx, env, parent, key.Public(), c, &life, orElse(p.template.Days, certgen.IntermediateDays), p.dryRun)
	if err != nil {
		return nil, nil, err
	}
	return &authority{key, append([]*x509.Certificate{cert}, parent.Chain...)}, remarks, nil
}

func (p *caPlan) selfSigned(env *console.Env, key crypto.Signer, content func(crypto.PublicKey) (certgen.Content, error), v certgen.Validity) (*authority, error) {
	c, err := content(key.Public())
	if err != nil {
		return nil, err
	}
	der, err := certgen.CreateRoot(env.Rand, key, c, v, p.template.Signing())
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{key, []*x509.Certificate{cert}}, err
}

// encode is the keystore of a CA, with its whole chain.
func (a *authority) encode(ctx context.Context, env *console.Env, alias string, target keystore.Format, profile pkcs12x.Profile, pw secret.Password) ([]byte, error) {
	var chain [][]byte
	for _, c := range a.chain {
		chain = append(chain, c.Raw)
	}
	entry, err := newEntry(alias, a.key, env.Now(), chain...)
	if err != nil {
		return nil, err
	}
	return keystore.Encode(ctx, env.Rand, target.ID, []*keystore.Entry{entry}, keystore.Encoding{Profile: profile, Password: pw.Reveal()})
}

// remarks are warnings about what was asked for.
func (p *caPlan) remarks(ca *authority) []string {
	out := []string{}
	constraints, _ := certgen.ConstraintsOf(ca.chain[0]) // it was made here
	if len(constraints.Excluded) > len(p.excluded) {
		out = append(out, "IP addresses are excluded, as only hosts are permitted; --permit 10.0.0.0/8 permits some")
	}
	top := ca.chain[len(ca.chain)-1]
	switch isRoot := bytes.Equal(top.RawSubject, top.RawIssuer); {
	case !isRoot:
		out = append(out, "the root above "+certgen.FormatDN(top.RawSubject)+" is not known here; clients need its certificate")
	case len(ca.chain) == 1 && !constraints.Empty():
		out = append(out, "Java takes from a root its name and key alone, and holds it to no name constraints; with --intermediate it does")
	}
	return out
}

func (o *caCreateOptions) document(v createdCA, now time.Time) report.Document {
	f := v.Certificate.fields(now)
	if v.Signer == "" {
		f = append(fields{{Name: "Alias", Value: v.Alias}}, f...)
	}
	f.add("Key in", v.Signer)
	if v.Root != nil || o.ca.given() {
		f.add("Issuer", v.Certificate.Issuer)
	}
	f.add("SHA-256", v.Certificate.SHA256)
	f.add("Root certificate", v.CertFile)
	if v.PasswordFile != "" {
		f.add("Password", "in "+v.PasswordFile+", which only you can read")
	}
	if v.Backup != "" {
		f.add("Backup", v.Backup+" is the old one")
	}
	sections := o.store.report(v.Keystore, f, v.Remarks)
	var next []string
	root := o.store.out
	if v.Root != nil {
		root = v.Root.Keystore
		f := fields{{Name: "Alias", Value: v.Root.Alias}}
		f = append(f, v.Root.Certificate.fields(now)...)
		f.add("SHA-256", v.Root.Certificate.SHA256)
		if v.Root.Backup != "" {
			f.add("Backup", v.Root.Backup+" is the old one")
		}
		sections = append(sections, o.store.report(root, f, nil)...)
		next = append(next, "Next: take "+root+" to where no network reaches; only another CA below it needs it.")
	}
	if v.DryRun {
		return report.Document{Value: v, Sections: sections}
	}
	switch {
	case o.certOut != "":
		next = append(next, "Next: bring "+o.certOut+" to the clients.")
	case v.Signer != "" && !o.ca.given():
		next = append(next, "Next: bring "+root+" to the clients.")
	case !o.ca.given():
		next = append(next, "Next: bring its certificate to the clients: muxkey export "+command.Quote(root)+o.store.passwordSource()+" -o root.crt")
	}
	source := strings.Replace(o.store.passwordSource(), "--password", "--ca-password", 1)
	if v.Signer != "" {
		source = " --signer " + command.Quote(v.again)
	}
	next = append(next, "Next: issue with it: muxkey create HOST --ca "+command.Quote(v.Keystore)+source)
	return report.Document{Value: v, Sections: append(sections, report.Section{Notes: next})}
}
