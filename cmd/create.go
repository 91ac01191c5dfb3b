package cmd

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/pkcs12x"
)

// rsaKey is the type of key for programs that are documented with RSA only:
// their makers ask for 2,048 bits or more.
const rsaKey = "rsa-3072"

// defaultKeystore is the name that the servers' documentation uses.
const defaultKeystore = "keystore.p12"

type createOptions struct {
	hosts            []string
	sans             []string
	out              string
	alias            string
	subject          string
	key              string
	keyGiven         bool
	days             int
	notBefore        string
	notAfter         string
	encoding         encodingFlags
	certOut          string
	password         passwordFlag
	generatePassword string
	force            bool
	backup           backupFlag
}

func newCreateCmd(env *console.Env) *cobra.Command {
	o := createOptions{}
	c := &cobra.Command{
		Use:   "create HOST [HOST...]",
		Short: "Make a keystore with a private key and a self-signed certificate",
		Long: `Make a keystore for a server: a private key and a self-signed certificate for
the host names, under one alias.

The first HOST is the name that clients connect to; it becomes the subject and,
unless --alias says otherwise, the alias. Every HOST and --san becomes a subject
alternative name. Host names, IP addresses, email addresses and URIs are told
apart by their form; dns:, ip:, email: and uri: in front say it outright.

The keystore is encrypted with the newest algorithms that current software
reads. When an old program must open it, name the program: --for sametime-12
takes the strongest algorithms that all the named ones read, and an RSA key
where a program is documented with no other.`,
		Example: `  muxkey create mux.example.com --generate-password keystore.pw
  muxkey create mux.example.com mux 192.0.2.10 --alias mux -o mux.p12
  muxkey create mux.example.com --for sametime-12,windows-2016`,
		Args: takes("HOST..."),
		RunE: func(c *cobra.Command, args []string) error {
			o.hosts, o.keyGiven = args, c.Flags().Changed("key")
			return runCreate(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.out, "out", "o", defaultKeystore, "write the keystore to `FILE`")
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (default: the first HOST)")
	f.StringArrayVar(&o.sans, "san", nil, "another `NAME` for the certificate; may be repeated")
	f.StringVar(&o.subject, "subject", "", "subject `DN`, such as CN=mux.example.com,O=Example (default: CN=HOST)")
	f.StringVar(&o.key, "key", certgen.DefaultKeyType, "`TYPE` of key: "+strings.Join(keyTypeNames(), ", "))
	f.IntVar(&o.days, "days", certgen.DefaultDays, "lifetime in `DAYS`")
	f.StringVar(&o.notBefore, "not-before", "", "first `TIME` of validity: 2026-12-31, RFC 3339, or +1d from now")
	f.StringVar(&o.notAfter, "not-after", "", "last `TIME` of validity, in the same forms")
	f.StringVar(&o.certOut, "cert-out", "", "also write the certificate as PEM to `FILE`")
	f.StringVar(&o.generatePassword, "generate-password", "", "write a strong random password to the new `FILE` and use it")
	f.BoolVar(&o.force, "force", false, "overwrite existing files")
	o.backup.add(c)
	o.password.add(c, "the keystore's password")
	o.encoding.add(c)
	exclusive(c, "password", "generate-password")
	exclusive(c, "days", "not-after")
	complete(c, "key", keyTypeNames())
	return c
}

func keyTypeNames() []string {
	var names []string
	for _, t := range certgen.KeyTypes() {
		names = append(names, t.Name)
	}
	return names
}

// created is the JSON of muxkey create.
type created struct {
	SchemaVersion int       `json:"schemaVersion"`
	Keystore      string    `json:"keystore"` // the file that was made
	Alias         string    `json:"alias"`
	Subject       string    `json:"subject"`
	Names         []sanName `json:"names"`                  // subject alternative names, in the order of the certificate
	Key           string    `json:"key"`                    // "EC P-256", "RSA 3072"
	NotBefore     time.Time `json:"notBefore"`              // the first moment of validity
	NotAfter      time.Time `json:"notAfter"`               // the last one
	SHA256        string    `json:"sha256"`                 // fingerprint of the certificate
	Profile       string    `json:"profile"`                // a name for --profile
	Protection    string    `json:"protection"`             // the algorithms of the profile, for people
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
	names, err := o.names()
	if err != nil {
		return fmt.Errorf("create a certificate: %w", err)
	}
	request := certgen.Request{Names: names}
	if o.subject != "" {
		request.Subject, err = certgen.ParseDN(o.subject)
	} else {
		request.Subject, err = certgen.DefaultSubject(names)
	}
	if err != nil {
		return fmt.Errorf("create a certificate: %w", err)
	}
	if request.NotBefore, request.NotAfter, err = o.lifetime(env.Now()); err != nil {
		return err
	}
	if !slices.Contains(keyTypeNames(), o.key) {
		return &Failure{
			Status: StatusUsage, Hint: didYouMean(o.key, keyTypeNames()),
			Err: fmt.Errorf("--key %q: %w", o.key, certgen.ErrKeyType),
		}
	}
	consumers, err := o.encoding.named()
	if err != nil {
		return err
	}
	rsaFor := slices.IndexFunc(consumers, func(c pkcs12x.Consumer) bool { return c.OnlyRSA })
	if rsaFor >= 0 && !o.keyGiven {
		o.key = rsaKey
	}
	for _, c := range consumers {
		if o.key == "ed25519" && len(c.Missing([]pkcs12x.Feature{pkcs12x.KeyEd25519})) > 0 {
			return &Failure{
				Status: StatusUsage, Hint: "take a key that it reads: --key " + certgen.DefaultKeyType,
				Err: fmt.Errorf("--for: %s is not known to read %s", c.Title, pkcs12x.KeyEd25519.Title()),
			}
		}
	}
	profile, err := o.encoding.profile()
	if err != nil {
		return err
	}
	if profile.Key.Scheme == pkcs12x.SchemeNone {
		return wrongUsage(fmt.Errorf("profile %s leaves everything in the open, and a keystore holds a private key", profile.Name))
	}
	alias := o.alias
	if alias == "" {
		alias = names[0].Value
	}
	if err := goodAlias(alias); err != nil {
		return err
	}
	if err := o.preflight(); err != nil {
		return err
	}
	pw, err := o.newPassword(ctx, env)
	if err != nil {
		return err
	}

	if request.Key, err = certgen.GenerateKey(ctx, env.Rand, o.key); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	der, err := certgen.SelfSigned(env.Rand, request)
	if err != nil {
		return fmt.Errorf("make a certificate for %s: %w", names[0].Value, err)
	}
	entry, err := newEntry(alias, request, der, env.Now())
	if err != nil {
		return err
	}
	data, err := profile.Encode(ctx, env.Rand, pw.Reveal(), []*pkcs12x.Entry{entry})
	if err != nil {
		return fmt.Errorf("make %s: %w", o.out, err)
	}
	if err := readsBack(data, pw.Reveal(), entry); err != nil {
		return fmt.Errorf("make %s: %w", o.out, err)
	}
	if err := o.write(ctx, pw, data, der); err != nil {
		return err
	}
	remarks := remarksOnNew(names, o.key, pw)
	if rsaFor >= 0 && !strings.HasPrefix(o.key, "rsa-") {
		remarks = append(remarks, consumers[rsaFor].Title+" is documented with RSA keys only; --key "+rsaKey+" is what its maker vouches for")
	}
	return show(env, format, o.document(entry, names, profile, remarks, env.Now()))
}

func (o createOptions) names() (certgen.Names, error) {
	names, err := certgen.ParseServerNames(o.hosts)
	if err != nil || len(o.sans) == 0 {
		return names, err
	}
	if _, err := certgen.ParseNames(o.sans); err != nil {
		return nil, err
	}
	return certgen.ParseServerNames(append(append([]string{}, o.hosts...), o.sans...))
}

func (o createOptions) lifetime(now time.Time) (notBefore, notAfter time.Time, err error) {
	from := now
	if o.notBefore != "" {
		if from, err = certgen.ParseTime(o.notBefore, now); err != nil {
			return from, from, wrongUsage(fmt.Errorf("--not-before: %w", err))
		}
	}
	notBefore, notAfter, err = certgen.Lifetime(from, o.days)
	if err != nil {
		return from, from, wrongUsage(fmt.Errorf("--days: %w", err))
	}
	if o.notBefore != "" {
		notAfter = notAfter.Add(from.Sub(notBefore))
		notBefore = from
	}
	if o.notAfter != "" {
		if notAfter, err = certgen.ParseTime(o.notAfter, now); err != nil {
			return from, from, wrongUsage(fmt.Errorf("--not-after: %w", err))
		}
	}
	if !notAfter.After(notBefore) {
		return from, from, wrongUsage(fmt.Errorf("the certificate would end (%s) before it begins (%s)",
			notAfter.Format(time.RFC3339), notBefore.Format(time.RFC3339)))
	}
	return notBefore, notAfter, nil
}

// preflight refuses before the work, and before a question for a password,
// what would be refused after it.
func (o createOptions) preflight() error {
	files := map[string]string{}
	for _, f := range []struct{ flag, path string }{{"--out", o.out}, {"--cert-out", o.certOut}, {"--generate-password", o.generatePassword}} {
		if f.path == "" {
			if f.flag == "--out" {
				return wrongUsage(errors.New("--out names no file"))
			}
			continue
		}
		if f.path == "-" {
			return wrongUsage(fmt.Errorf("%s names a file; nothing of this is written to standard output", f.flag))
		}
		absolute, err := filepath.Abs(f.path)
		if err != nil {
			return err
		}
		if other, taken := files[absolute]; taken {
			return wrongUsage(fmt.Errorf("%s and %s both name %s", other, f.flag, f.path))
		}
		files[absolute] = f.flag
		replace := o.force && f.flag != "--generate-password"
		err = safefile.Check(f.path, safefile.Options{Replace: replace})
		if errors.Is(err, safefile.ErrExists) && f.flag == "--generate-password" {
			return &Failure{Status: StatusOutput, Hint: "use the password in it with --password file:" + shellQuote(f.path) + ", or name another file", Err: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (o createOptions) newPassword(ctx context.Context, env *console.Env) (secret.Password, error) {
	if o.generatePassword != "" {
		return secret.Generate(env.Rand)
	}
	return o.password.readNew(ctx, env, "new password for "+o.out)
}

func newEntry(alias string, r certgen.Request, der []byte, now time.Time) (*pkcs12x.Entry, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(r.Key)
	if err != nil {
		return nil, fmt.Errorf("encode the private key: %w", err)
	}
	key, err := pkcs12x.ParsePrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	leaf, err := pkcs12x.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &pkcs12x.Entry{
		Alias: alias, Kind: pkcs12x.PrivateKey, Key: key, Created: now,
		Chain: []*pkcs12x.Certificate{leaf},
	}, nil
}

// readsBack opens what is about to be written. A keystore that its own maker
// cannot open would be found out by a server, months later.
func readsBack(data []byte, password string, want *pkcs12x.Entry) error {
	st, err := pkcs12x.Decode(data, password)
	if err != nil {
		return fmt.Errorf("read back what was made: %w", err)
	}
	if len(st.Entries) != 1 || st.Entries[0].Alias != want.Alias || string(st.Entries[0].Key.PKCS8) != string(want.Key.PKCS8) {
		return errors.New("read back what was made: it is not the same")
	}
	return nil
}

// write makes the files. The password goes first, for a keystore without it is
// worth nothing, and the keystore last. When one cannot be written, those that
// were new are taken away again.
func (o *createOptions) write(ctx context.Context, pw secret.Password, data, der []byte) error {
	files := []struct {
		path string
		data []byte
		opts safefile.Options
	}{
		{o.generatePassword, []byte(pw.Reveal() + "\n"), safefile.Options{Mode: 0o600}},
		{o.certOut, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), safefile.Options{Mode: 0o644, Replace: o.force}},
		{o.out, data, safefile.Options{Mode: 0o600, Replace: o.force, Backup: o.backup.option()}},
	}
	var made []string
	for _, f := range files {
		if f.path == "" {
			continue
		}
		_, err := os.Lstat(f.path)
		isNew := errors.Is(err, fs.ErrNotExist)
		if err := safefile.Write(ctx, f.path, f.data, f.opts); err != nil {
			for _, path := range made {
				_ = os.Remove(path)
			}
			return err
		}
		if isNew {
			made = append(made, f.path)
		}
	}
	return nil
}

func (o createOptions) document(e *pkcs12x.Entry, names certgen.Names, p pkcs12x.Profile, remarks []string, now time.Time) report.Document {
	leaf := e.Chain[0]
	sum := sha256.Sum256(leaf.Raw)
	v := created{
		SchemaVersion: 1,
		Keystore:      o.out,
		Alias:         e.Alias,
		Subject:       certgen.FormatDN(leaf.RawSubject),
		Key:           certgen.KeyTypeOf(e.Key.Public()),
		NotBefore:     leaf.NotBefore,
		NotAfter:      leaf.NotAfter,
		SHA256:        hex.EncodeToString(sum[:]),
		Profile:       p.Name,
		Protection:    p.Title,
		OpensIn:       readersOf(append(p.Features(), e.KeyFeatures()...)),
		Certificate:   o.certOut,
		PasswordFile:  o.generatePassword,
		Backup:        o.backup.name,
		Remarks:       remarks,
	}
	var shown []string
	for _, n := range names {
		v.Names = append(v.Names, sanName{string(n.Kind), n.Value})
		shown = append(shown, n.Display)
	}
	s := report.Section{Title: "Made " + o.out}
	add := func(name, value string) { s.Fields = append(s.Fields, report.Field{Name: name, Value: value}) }
	add("Alias", v.Alias)
	add("Subject", v.Subject)
	add("Names", strings.Join(shown, ", "))
	add("Key", v.Key)
	add("Valid", validity(v.NotBefore, v.NotAfter, now))
	add("SHA-256", v.SHA256)
	add("Profile", p.Name+" ("+p.Title+")")
	add("Opens in", p.Reads)
	if o.certOut != "" {
		add("Certificate", o.certOut)
	}
	if o.generatePassword != "" {
		add("Password", "in "+o.generatePassword+", which only you can read")
	}
	if v.Backup != "" {
		add("Backup", v.Backup+" is the old one")
	}
	for _, r := range v.Remarks {
		s.Notes = append(s.Notes, "Note: "+r)
	}
	source := ""
	if o.generatePassword != "" {
		source = " --password file:" + shellQuote(o.generatePassword)
	}
	next := "Next: give clients the certificate: muxkey export " + shellQuote(o.out) + source + " -o " + shellQuote(certName(o.out))
	if o.certOut != "" {
		next = "Next: give clients " + o.certOut + ", and prove the keystore: muxkey verify " + shellQuote(o.out) + source + " --host " + shellQuote(names[0].Value)
	}
	return report.Document{Value: v, Sections: []report.Section{s, {Notes: []string{next}}}}
}

// remarksOnNew are warnings about what was asked for.
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
	if len([]rune(pw.Reveal())) < 6 {
		out = append(out, "the password is shorter than 6 characters, which keytool asks for when it changes a keystore")
	}
	return out
}

// certName is the file name proposed for the certificate of a keystore.
func certName(store string) string {
	return strings.TrimSuffix(store, filepath.Ext(store)) + ".crt"
}
