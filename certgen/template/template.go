// Package template reads what certificates are to say from a file, for people
// who issue many: JSON or YAML, as docs/schema/template.json has it.
//
// It is apart from certgen, so that certgen stays free of YAML.
package template

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/certgen"
)

// Template is the content of certificates and of requests for them. A field that
// is not there is left to the profile.
type Template struct {
	Profile string `json:"profile,omitempty"` // a name of certgen.ProfileNames; "server" when empty
	Key     string `json:"key,omitempty"`     // a name of certgen.KeyTypes
	Days    int    `json:"days,omitempty"`    // lifetime; 0 takes the profile's
	// PSS asks for RSASSA-PSS signatures by RSA keys.
	PSS bool `json:"pss,omitempty"`
	// Subject is a distinguished name. One without commonName gets that of the
	// host in front.
	Subject string `json:"subject,omitempty"`
	// SANs are alternative names besides those that a certificate is made for.
	SANs        []string `json:"sans,omitempty"`
	KeyUsage    []string `json:"keyUsage,omitempty"`    // in place of the profile's; "keyCertSign"
	ExtKeyUsage []string `json:"extKeyUsage,omitempty"` // in place of the profile's; names or OIDs
	// PathLen is how many CAs may stand below one of the profile ca; nil is none.
	PathLen    *int        `json:"pathLen,omitempty"`
	Permit     []string    `json:"permit,omitempty"`  // name constraints of the profile ca
	Exclude    []string    `json:"exclude,omitempty"` // the same
	Policies   []Policy    `json:"policies,omitempty"`
	CRLs       []string    `json:"crls,omitempty"`    // URLs of the issuer's CRL
	OCSP       []string    `json:"ocsp,omitempty"`    // URLs of the issuer's OCSP responder
	Issuers    []string    `json:"issuers,omitempty"` // URLs of the issuer's certificate
	Extensions []Extension `json:"extensions,omitempty"`

	// What the fields above are, read.
	parsed certgen.Content
}

// Policy is a certificate policy.
type Policy struct {
	OID string `json:"oid"`
	CPS string `json:"cps,omitempty"` // the URL of the practice statement
}

// Extension is one that stands in the certificate as it is given, in place of
// what the other fields make of the same OID.
type Extension struct {
	OID      string `json:"oid"`
	Critical bool   `json:"critical,omitempty"`
	Hex      string `json:"hex"` // the value, one DER element
}

// FieldError says what is wrong with a field of a template.
type FieldError struct {
	Path string // "extensions[1].oid"; empty for the whole
	Line int    // 1-based
	Why  string
	Hint string // what to write instead; may be empty
	Err  error  // of certgen; may be nil
}

func (e *FieldError) Error() string {
	path := e.Path
	if path == "" {
		path = "template"
	}
	return fmt.Sprintf("line %d: %s: %s", e.Line, path, e.Why)
}

func (e *FieldError) Unwrap() error { return e.Err }

// maxSize bounds a template, in octets. The YAML parser takes the square of what
// it reads.
const maxSize = 32 << 10

// Parse reads a template: JSON when it begins with a brace, else YAML without
// anchors, tags and merge keys. The error joins a *FieldError for each field
// that is wrong, at most ten.
func Parse(data []byte) (*Template, error) {
	if len(data) > maxSize {
		return nil, &FieldError{Line: 1, Why: fmt.Sprintf("more than %d octets", maxSize)}
	}
	root, err := readTree(data)
	if err != nil {
		return nil, err
	}
	t := &Template{}
	d := &decoder{}
	d.object("", root, t.fields(d))
	if err := d.err(); err != nil {
		return nil, err
	}
	return t, nil
}

// fields are the keys of a template.
func (t *Template) fields(d *decoder) []field {
	c := &t.parsed
	c.PathLen = 0
	urls := func(name string, to, content *[]string) field {
		return field{name, func(path string, v value) {
			d.list(path, v, to, func(at string, v value, word string) {
				if d.url(at, v, word) {
					*content = append(*content, word)
				}
			})
		}}
	}
	constraints := func(name string, to *[]string, content *[]certgen.Constraint) field {
		return field{name, func(path string, v value) {
			d.list(path, v, to, func(at string, v value, word string) {
				constraint, err := certgen.ParseConstraint(word)
				d.check(at, v, err)
				*content = append(*content, constraint)
			})
		}}
	}
	return []field{
		{"profile", func(path string, v value) {
			d.text(path, v, &t.Profile)
			d.oneOf(path, v, t.Profile, certgen.ProfileNames())
		}},
		{"key", func(path string, v value) {
			d.text(path, v, &t.Key)
			var names []string
			for _, k := range certgen.KeyTypes() {
				names = append(names, k.Name)
			}
			d.oneOf(path, v, t.Key, names)
		}},
		{"days", func(path string, v value) { d.integer(path, v, &t.Days, 1, maxDays) }},
		{"pss", func(path string, v value) { d.boolean(path, v, &t.PSS) }},
		{"subject", func(path string, v value) {
			if d.text(path, v, &t.Subject) {
				_, err := certgen.ParseDN(t.Subject)
				d.check(path, v, err)
			}
		}},
		{"sans", func(path string, v value) {
			d.list(path, v, &t.SANs, func(at string, v value, word string) {
				names, err := certgen.ParseNames([]string{word})
				d.check(at, v, err)
				c.Names = append(c.Names, names...)
			})
		}},
		{"keyUsage", func(path string, v value) {
			d.list(path, v, &t.KeyUsage, func(at string, v value, word string) {
				d.oneOf(at, v, word, certgen.KeyUsageNames(^x509.KeyUsage(0)))
				usage, _ := certgen.ParseKeyUsage([]string{word})
				c.KeyUsage |= usage
			})
		}},
		{"extKeyUsage", func(path string, v value) {
			d.list(path, v, &t.ExtKeyUsage, func(at string, v value, word string) {
				id, err := certgen.ParseExtKeyUsage(word)
				if err == nil && !slices.Contains(certgen.ExtKeyUsageNames(), word) && !isOID(word) {
					err = fmt.Errorf("%w %q: names are written as in %s", certgen.ErrUsage, word, certgen.ExtKeyUsageName(id))
				}
				if err != nil {
					d.add(&FieldError{Path: at, Line: v.line, Why: err.Error(), Hint: nearest(word, certgen.ExtKeyUsageNames()), Err: err})
				}
				c.ExtKeyUsage = append(c.ExtKeyUsage, id)
			})
		}},
		{"pathLen", func(path string, v value) {
			n := 0
			if d.integer(path, v, &n, 0, maxPathLen) {
				t.PathLen, c.PathLen = &n, n
			}
		}},
		constraints("permit", &t.Permit, &c.Constraints.Permitted),
		constraints("exclude", &t.Exclude, &c.Constraints.Excluded),
		{"policies", func(path string, v value) {
			d.items(path, v, func(at string, v value) {
				var p Policy
				policy := certgen.Policy{}
				ok := d.object(at, v, []field{
					{"oid", func(at string, v value) {
						if d.text(at, v, &p.OID) {
							policy.OID = d.oid(at, v, p.OID)
						}
					}},
					{"cps", func(at string, v value) {
						if d.text(at, v, &p.CPS) {
							d.url(at, v, p.CPS)
						}
					}},
				}, "oid")
				if ok && slices.ContainsFunc(t.Policies, func(q Policy) bool { return q.OID == p.OID }) {
					d.fail(at, v, "", "policy %s is there twice", p.OID)
				}
				policy.CPS = p.CPS
				t.Policies, c.Policies = append(t.Policies, p), append(c.Policies, policy)
			})
		}},
		urls("crls", &t.CRLs, &c.CRLs),
		urls("ocsp", &t.OCSP, &c.OCSP),
		urls("issuers", &t.Issuers, &c.Issuers),
		{"extensions", func(path string, v value) {
			d.items(path, v, func(at string, v value) {
				var e Extension
				var x pkix.Extension
				ok := d.object(at, v, []field{
					{"oid", func(at string, v value) {
						if d.text(at, v, &e.OID) {
							x.Id = d.shortOID(at, v, e.OID)
						}
					}},
					{"critical", func(at string, v value) { d.boolean(at, v, &e.Critical) }},
					{"hex", func(at string, v value) {
						if d.text(at, v, &e.Hex) {
							x.Value = d.der(at, v, e.Hex)
						}
					}},
				}, "oid", "hex")
				if ok && slices.ContainsFunc(t.Extensions, func(q Extension) bool { return q.OID == e.OID }) {
					d.fail(at, v, "", "extension %s is there twice", e.OID)
				}
				x.Critical = e.Critical
				t.Extensions, c.Extensions = append(t.Extensions, e), append(c.Extensions, x)
			})
		}},
	}
}

const (
	maxDays    = 366 * 9999 // as certgen.Lifetime has it
	maxPathLen = 100
)

// url takes what an address in a certificate can be.
func (d *decoder) url(path string, v value, word string) bool {
	u, err := url.Parse(word)
	switch {
	case err != nil || !strings.Contains(word, "://") || u.Host == "" && u.Scheme != "ldap", strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' }):
		d.fail(path, v, "write it as in http://example.com/ca.crl", "no URL")
	case u.User != nil:
		d.fail(path, v, "a certificate is no place for credentials", "a URL with a user name")
	default:
		return true
	}
	return false
}

// der takes one DER element.
func (d *decoder) der(path string, v value, text string) []byte {
	value, err := hex.DecodeString(text)
	in := cryptobyte.String(value)
	if err != nil || !in.ReadAnyASN1Element(new(cryptobyte.String), new(cbasn1.Tag)) || !in.Empty() {
		d.fail(path, v, "write the octets of the extension's value in hexadecimal, as in 30030201ff", "no DER value")
		return nil
	}
	return value
}

// shortOID reads an OID that encoding/asn1 can hold, which extensions need.
func (d *decoder) shortOID(path string, v value, text string) asn1.ObjectIdentifier {
	id := d.oid(path, v, text)
	der, err := id.MarshalBinary()
	if err != nil || text == "" {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(der) })
	whole, err := b.Bytes()
	in := cryptobyte.String(whole)
	var out asn1.ObjectIdentifier
	if err != nil || !in.ReadASN1ObjectIdentifier(&out) {
		d.fail(path, v, "", "a component over 2147483647")
	}
	return out
}

// TheProfile is the profile of the template.
func (t *Template) TheProfile() certgen.Profile {
	for _, p := range certgen.Profiles() {
		if p.Name == t.Profile {
			return p
		}
	}
	return certgen.Profiles()[0]
}

// Signing is how requests and roots of the template are signed.
func (t *Template) Signing() certgen.Signing { return certgen.Signing{PSS: t.PSS} }

// Content is what a certificate for a key and names says: that of the profile,
// with what the template has in place of it. Names of the template come after
// the given ones. Without a subject it is left to certgen.DefaultSubject, and so
// is a commonName.
func (t *Template) Content(pub crypto.PublicKey, names certgen.Names) (certgen.Content, error) {
	p := t.TheProfile()
	c := p.Content(pub)
	c.Names = slices.Clone(names)
	for _, n := range t.parsed.Names {
		if !slices.ContainsFunc(names, func(have certgen.Name) bool { return have.Kind == n.Kind && have.Value == n.Value }) {
			c.Names = append(c.Names, n)
		}
	}
	if t.parsed.KeyUsage != 0 {
		c.KeyUsage = t.parsed.KeyUsage
	}
	if t.parsed.ExtKeyUsage != nil {
		c.ExtKeyUsage = t.parsed.ExtKeyUsage
	}
	c.PathLen = t.parsed.PathLen
	c.Constraints, c.Policies = t.parsed.Constraints, t.parsed.Policies
	c.CRLs, c.OCSP, c.Issuers = t.parsed.CRLs, t.parsed.OCSP, t.parsed.Issuers
	c.Extensions = t.parsed.Extensions
	if t.Subject == "" {
		return c, nil
	}
	var err error
	if c.Subject, err = t.subject(c.Names); err != nil {
		return certgen.Content{}, err
	}
	return c, nil
}

func (t *Template) subject(names certgen.Names) ([]byte, error) {
	own, err := certgen.ParseDN(t.Subject)
	if err != nil || certgen.CommonName(own) != "" || len(names) == 0 {
		return own, err
	}
	host, err := certgen.DefaultSubject(names)
	if err != nil {
		return nil, err
	}
	// An RFC 4514 string has the most specific part first.
	return certgen.ParseDN(certgen.FormatDN(host) + "," + certgen.FormatDN(own))
}
