package cmd

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/pkcs12x"
)

// rsaKey is the type of key for programs that are documented with RSA only:
// their makers ask for 2,048 bits or more.
const rsaKey = "rsa-3072"

// subjectFlags say whom a new certificate is for and with which key.
type subjectFlags struct {
	sans     []string
	subject  string
	key      string
	keyGiven func() bool
}

// usageFlags say what a certificate from a CA is to be good for.
type usageFlags struct {
	usage    string
	template string
	pss      bool
	given    func() bool
}

func (u *usageFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&u.usage, "usage", certgen.ProfileNames()[0], "what the certificate is for: `NAME` of "+strings.Join(certgen.ProfileNames(), ", "))
	f.StringVar(&u.template, "template", "", "JSON or YAML `FILE` with subject, names, usages, policies and extensions")
	f.BoolVar(&u.pss, "pss", false, "RSA keys sign with RSASSA-PSS")
	u.given = func() bool { return f.Changed("usage") || u.template != "" || u.pss }
	exclusive(c, "usage", "template")
	complete(c, "usage", certgen.ProfileNames())
}

// addTemplate adds them without --usage, for a command that makes CAs only.
func (u *usageFlags) addTemplate(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&u.template, "template", "", "JSON or YAML `FILE` of a template for CAs")
	f.BoolVar(&u.pss, "pss", false, "RSA keys sign with RSASSA-PSS")
	u.usage = "ca"
	u.given = func() bool { return u.template != "" || u.pss }
}

// planCA is plan for what is to be a CA.
func (u *usageFlags) planCA() (*template.Template, error) {
	t, err := u.plan()
	if err != nil {
		return nil, err
	}
	if t.Profile == "" {
		t.Profile = "ca"
	}
	if !t.TheProfile().CA {
		return nil, wrongUsage(fmt.Errorf("the template %s is for the profile %s, and a CA needs ca", u.template, t.Profile))
	}
	return t, nil
}

// plan reads what the flags name. A usage alone is a template as well.
func (u *usageFlags) plan() (*template.Template, error) {
	if u.template == "" {
		t := &template.Template{Profile: u.usage, PSS: u.pss}
		if _, err := certgen.ParseProfile(u.usage); err != nil {
			return nil, &Failure{StatusUsage, didYouMean(u.usage, certgen.ProfileNames()), fmt.Errorf("--usage %q: %w", u.usage, err)}
		}
		return t, nil
	}
	data, err := readText(u.template)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err // it repeats the name
		}
		return nil, fmt.Errorf("reading the template %s: %w", u.template, err)
	}
	t, err := template.Parse(data)
	if err != nil {
		return nil, templateErrors(u.template, err)
	}
	t.PSS = t.PSS || u.pss
	return t, nil
}

// templateErrors gives what is wrong with each field of a template a line and a
// hint of its own.
func templateErrors(path string, err error) error {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for i, err := range list {
		f := &Failure{Status: StatusUsage, Hint: "docs/schema/template.json lists the fields", Err: fmt.Errorf("reading the template %s: %w", path, err)}
		if e, ok := errors.AsType[*template.FieldError](err); ok && e.Hint != "" {
			f.Hint = e.Hint
		}
		list[i] = f
	}
	return join(list...)
}

// readText reads a small file that a person wrote.
func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, maxText+1))
}

// maxText is more than whatever reads such a file takes, in octets.
const maxText = 1 << 20

func (s *subjectFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&s.sans, "san", nil, "another `NAME` for the certificate; may be repeated")
	f.StringVar(&s.subject, "subject", "", "subject `DN`, such as CN=mux.example.com,O=Example (default: CN=HOST)")
	s.addKey(c)
}

// addKey adds --key alone.
func (s *subjectFlags) addKey(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.key, "key", certgen.DefaultKeyType, "`TYPE` of key: "+strings.Join(keyTypeNames(), ", "))
	s.keyGiven = func() bool { return f.Changed("key") }
	complete(c, "key", keyTypeNames())
}

func keyTypeNames() []string {
	var names []string
	for _, t := range certgen.KeyTypes() {
		names = append(names, t.Name)
	}
	return names
}

// names are those of the certificate, the words of the command line first. For a
// server the first must be a host.
func (s *subjectFlags) names(words []string, server bool) (certgen.Names, error) {
	parse := certgen.ParseNames
	if server {
		parse = certgen.ParseServerNames
	}
	if names, err := parse(words); err != nil || len(s.sans) == 0 {
		return names, err
	}
	if _, err := certgen.ParseNames(s.sans); err != nil {
		return nil, err // with the position in its own word
	}
	return parse(append(slices.Clone(words), s.sans...))
}

// dn is the DER of the subject.
func (s *subjectFlags) dn(names certgen.Names) ([]byte, error) {
	if s.subject != "" {
		return certgen.ParseDN(s.subject)
	}
	return certgen.DefaultSubject(names)
}

// fill takes from a template what the flags leave open.
func (s *subjectFlags) fill(t *template.Template) {
	if t.Key != "" && !s.keyGiven() {
		s.key, s.keyGiven = t.Key, func() bool { return true }
	}
}

// content is what a certificate for a key says: that of the template, with the
// subject of the flags.
func (s *subjectFlags) content(t *template.Template, pub crypto.PublicKey, names certgen.Names) (certgen.Content, error) {
	c, err := t.Content(pub, names)
	if err == nil && (s.subject != "" || c.Subject == nil) {
		c.Subject, err = s.dn(c.Names)
	}
	return c, err
}

// keyType chooses the type of key that all the programs of --for know. The
// program that is documented with RSA alone comes back, if there is one.
func (s *subjectFlags) keyType(consumers []pkcs12x.Consumer) (keyType string, onlyRSA *pkcs12x.Consumer, err error) {
	if !slices.Contains(keyTypeNames(), s.key) {
		return "", nil, &Failure{
			Status: StatusUsage, Hint: didYouMean(s.key, keyTypeNames()),
			Err: fmt.Errorf("--key %q: %w", s.key, certgen.ErrKeyType),
		}
	}
	keyType = s.key
	if i := slices.IndexFunc(consumers, func(c pkcs12x.Consumer) bool { return c.OnlyRSA }); i >= 0 {
		onlyRSA = &consumers[i]
		if !s.keyGiven() {
			keyType = rsaKey
		}
	}
	for _, c := range consumers {
		if keyType == "ed25519" && len(c.Missing([]pkcs12x.Feature{pkcs12x.KeyEd25519})) > 0 {
			return "", nil, &Failure{
				Status: StatusUsage, Hint: "take a key that it reads: --key " + certgen.DefaultKeyType,
				Err: fmt.Errorf("--for: %s is not known to read %s", c.Title, pkcs12x.KeyEd25519.Title()),
			}
		}
	}
	return keyType, onlyRSA, nil
}
