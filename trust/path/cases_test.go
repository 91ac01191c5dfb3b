package path_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
	"muxkey/trust"
)

// pair is a certificate with its key.
type pair struct {
	*x509.Certificate
	key crypto.Signer
}

const day = 24 * time.Hour

var rsa1024 = sync.OnceValue(func() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
})

// forge makes certificates that no sound program makes.
type forge struct {
	t      testing.TB
	now    time.Time
	serial int64
}

func (f *forge) key() crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	return k
}

// make makes a certificate of a template, signed by parent, or by itself where
// that is nil.
func (f *forge) make(template *x509.Certificate, key crypto.Signer, parent *pair) *pair {
	f.t.Helper()
	f.serial++
	template.SerialNumber = big.NewInt(f.serial)
	if template.NotBefore.IsZero() {
		template.NotBefore = f.now.Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = f.now.Add(30 * day)
	}
	if !template.IsCA {
		pathLen(-1)(template) // CreateCertificate refuses others
	}
	by := parent
	if by == nil {
		by = &pair{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.Certificate, key.Public(), by.key)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.parsed(der, key)
}

func (f *forge) parsed(der []byte, key crypto.Signer) *pair {
	f.t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		f.t.Fatal(err)
	}
	return &pair{c, key}
}

func with(changes []func(*x509.Certificate), c *x509.Certificate) *x509.Certificate {
	for _, change := range changes {
		change(c)
	}
	return c
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}}, IsCA: true, BasicConstraintsValid: true, MaxPathLen: -1,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func (f *forge) root(name string, changes ...func(*x509.Certificate)) *pair {
	f.t.Helper()
	return f.make(with(changes, caTemplate(name)), f.key(), nil)
}

func (f *forge) ca(parent *pair, name string, changes ...func(*x509.Certificate)) *pair {
	f.t.Helper()
	return f.make(with(changes, caTemplate(name)), f.key(), parent)
}

func (f *forge) leaf(parent *pair, changes ...func(*x509.Certificate)) *pair {
	f.t.Helper()
	return f.leafOf(f.key(), parent, changes...)
}

func (f *forge) leafOf(key crypto.Signer, parent *pair, changes ...func(*x509.Certificate)) *pair {
	f.t.Helper()
	return f.make(with(changes, &x509.Certificate{
		Subject: pkix.Name{CommonName: "mux.example.com"}, DNSNames: []string{"mux.example.com"}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}), key, parent)
}

// version1 makes a certificate anew without version and extensions.
func (f *forge) version1(c, parent *pair) *pair {
	f.t.Helper()
	in, tbs := cryptobyte.String(c.RawTBSCertificate), cryptobyte.String(nil)
	var parts []byte
	if !in.ReadASN1(&tbs, cbasn1.SEQUENCE) || !tbs.SkipOptionalASN1(cbasn1.Tag(0).ContextSpecific().Constructed()) {
		f.t.Fatal("no certificate")
	}
	for range 6 { // serial number, algorithm, issuer, validity, subject, key
		var part cryptobyte.String
		var tag cbasn1.Tag
		if !tbs.ReadAnyASN1Element(&part, &tag) {
			f.t.Fatal("no certificate")
		}
		parts = append(parts, part...)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(parts) })
	signed := b.BytesOrPanic()
	sum := sha256.Sum256(signed)
	signature, err := parent.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		f.t.Fatal(err)
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(signed)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}) // ecdsa-with-SHA256
		})
		b.AddASN1BitString(signature)
	})
	return f.parsed(out.BytesOrPanic(), c.key)
}

// Changes of templates.
type change = func(*x509.Certificate)

func dated(from, until time.Time) change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, until }
}

func (f *forge) expired() change { return dated(f.now.Add(-20*day), f.now.Add(-10*day)) }

func usages(u ...x509.ExtKeyUsage) change { return func(c *x509.Certificate) { c.ExtKeyUsage = u } }

func keyUsage(u x509.KeyUsage) change { return func(c *x509.Certificate) { c.KeyUsage = u } }

func sha1(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }

func pathLen(n int) change {
	return func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = n, n == 0 }
}

func named(cn string, hosts ...string) change {
	return func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = cn, hosts }
}

func address(ip string) change {
	return func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP(ip)} }
}

func permitted(domains ...string) change {
	return func(c *x509.Certificate) { c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = domains, true }
}

func excluded(domains ...string) change {
	return func(c *x509.Certificate) { c.ExcludedDNSDomains, c.PermittedDNSDomainsCritical = domains, true }
}

func notCA(c *x509.Certificate) { c.IsCA = false }

func noConstraints(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }

// noKeyID makes a CA without a key identifier, which CreateCertificate makes for
// all that it knows to be one.
func noKeyID(c *x509.Certificate) {
	noConstraints(c)
	extension(asn1.ObjectIdentifier{2, 5, 29, 19}, []byte{0x30, 3, 1, 1, 0xff})(c)
}

// issuedBy names the key of an issuer that has the same name; CreateCertificate
// does so where the names differ.
func issuedBy(p *pair) change {
	return func(c *x509.Certificate) { c.AuthorityKeyId = p.SubjectKeyId }
}

func keyID(id ...byte) change { return func(c *x509.Certificate) { c.SubjectKeyId = id } }

// extension adds one that is critical.
func extension(oid asn1.ObjectIdentifier, value []byte) change {
	return func(c *x509.Certificate) {
		if slices.ContainsFunc(c.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(oid) }) {
			return // twice makes no certificate
		}
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oid, Critical: true, Value: value})
	}
}

var critical = extension(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, []byte{5, 0})

// explicitPolicy is policyConstraints with requireExplicitPolicy.
func explicitPolicy(skip byte) change {
	return extension(asn1.ObjectIdentifier{2, 5, 29, 36}, []byte{0x30, 3, 0x80, 1, skip})
}

func policy(arcs ...uint64) change {
	return func(c *x509.Certificate) {
		oid, err := x509.OIDFromInts(arcs)
		if err != nil {
			panic(err)
		}
		if !slices.ContainsFunc(c.Policies, oid.Equal) {
			c.Policies = append(c.Policies, oid)
		}
	}
}

// policies that stand for nothing.
var (
	gold   = policy(1, 3, 6, 1, 4, 1, 99999, 2, 1)
	silver = policy(1, 3, 6, 1, 4, 1, 99999, 2, 2)
	anyOne = policy(2, 5, 29, 32, 0)
)

// mapped is policyMappings from gold to silver.
func mapped(c *x509.Certificate) {
	type mapping struct{ Issuer, Subject asn1.ObjectIdentifier }
	value, err := asn1.Marshal([]mapping{{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 2, 1}, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 2, 2}}})
	if err != nil {
		panic(err)
	}
	extension(asn1.ObjectIdentifier{2, 5, 29, 33}, value)(c)
}

func inhibitAny(c *x509.Certificate) {
	extension(asn1.ObjectIdentifier{2, 5, 29, 54}, []byte{2, 1, 0})(c)
}

// as is a copy of a certificate with changes, to sign in its name.
func (p *pair) as(changes ...change) *pair {
	c := *p.Certificate
	return &pair{with(changes, &c), p.key}
}

// world is what a case is about.
type world struct {
	shown   []*pair // by the server, its own first
	trusted []*pair
	terms   trust.Terms // of all that is trusted
	host    string      // mux.example.com
}

func (w world) presented(t testing.TB) []*pkcs12x.Certificate {
	t.Helper()
	var out []*pkcs12x.Certificate
	for _, p := range w.shown {
		c, err := pkcs12x.ParseCertificate(p.Raw)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

func (w world) anchors(t testing.TB) *trust.Set {
	t.Helper()
	s := &trust.Set{} // in this order, which is that of the file
	for _, p := range w.trusted {
		a, err := trust.Parse(p.Raw)
		if err != nil {
			t.Fatal(err)
		}
		a.Terms = w.terms
		s.Anchors = append(s.Anchors, a)
	}
	return s
}

// worldCase is a server and a bundle, and the clients that refuse the server.
type worldCase struct {
	name string
	rule string // that is at stake; empty when all is well
	make func(f *forge) world
	// refused are the clients that refuse, in the order of Clients.
	refused string
}

const everybody = "standard go openssl java"

// simple is a root, a CA below it and a leaf below that.
func simple(f *forge, root, ca, leaf []change) world {
	r := f.root("Root", root...)
	c := f.ca(r, "CA", ca...)
	return world{shown: []*pair{f.leaf(c, leaf...), c}, trusted: []*pair{r}}
}

func alone(f *forge, changes ...change) world {
	c := f.root("mux.example.com", append([]change{named("mux.example.com", "mux.example.com"), keyUsage(x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature), usages(x509.ExtKeyUsageServerAuth)}, changes...)...)
	return world{shown: []*pair{c}, trusted: []*pair{c}}
}

func at(host string, w world) world {
	w.host = host
	return w
}

func under(terms trust.Terms, w world) world {
	w.terms = terms
	return w
}

type made = func(f *forge) world

func leafCase(changes ...change) made {
	return func(f *forge) world { return simple(f, nil, nil, changes) }
}

func caCase(changes ...change) made {
	return func(f *forge) world { return simple(f, nil, changes, nil) }
}

func rootCase(changes ...change) made {
	return func(f *forge) world { return simple(f, changes, nil, nil) }
}

func hostCase(host string, changes ...change) made {
	return func(f *forge) world { return at(host, simple(f, nil, nil, changes)) }
}

var worldCases = []worldCase{
	{"all is well", "", leafCase(), ""},
	{"self-signed", "", func(f *forge) world { return alone(f) }, ""},
	{"the root is sent along, and the order is wrong", "", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.shown = []*pair{w.shown[0], w.trusted[0], w.shown[1]}
		return w
	}, ""},
	{"the intermediate is missing", "issuer", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.shown = w.shown[:1]
		return w
	}, everybody},
	{"another root", "issuer", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted = []*pair{f.root("Other")}
		return w
	}, everybody},
	{"self-signed and not trusted", "issuer", func(f *forge) world {
		w := alone(f)
		w.trusted = []*pair{f.root("Other")}
		return w
	}, everybody},
	{"a root of the same name with another key", "signature", func(f *forge) world {
		w := simple(f, []change{noKeyID}, nil, nil)
		w.trusted = []*pair{f.root("Root", noKeyID)}
		return w
	}, everybody},
	{"twins, the right one first", "", func(f *forge) world {
		w := simple(f, []change{noKeyID}, nil, nil)
		w.trusted = []*pair{w.trusted[0], f.root("Root", noKeyID)}
		return w
	}, ""},
	{"twins without key identifiers, the right one last", "signature", func(f *forge) world {
		w := simple(f, []change{noKeyID}, nil, nil)
		w.trusted = []*pair{f.root("Root", noKeyID), w.trusted[0]}
		return w
	}, "openssl"},
	{"twins with key identifiers", "", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted = []*pair{f.root("Root"), w.trusted[0]}
		return w
	}, ""},
	{"the name of the issuer in another string type", "issuer-name", func(f *forge) world {
		r := f.root("Root")
		c := f.ca(r, "CA")
		value, err := asn1.MarshalWithParams("CA", "utf8")
		if err != nil {
			f.t.Fatal(err)
		}
		other, err := asn1.Marshal(pkix.RDNSequence{
			{{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Example"}},
			{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{FullBytes: value}}},
		})
		if err != nil {
			f.t.Fatal(err)
		}
		leaf := f.leaf(c.as(func(c *x509.Certificate) { c.RawSubject = other }))
		return world{shown: []*pair{leaf, c}, trusted: []*pair{r}}
	}, "go"},
	{"other key identifiers", "key-identifiers", func(f *forge) world {
		r := f.root("Root")
		c := f.ca(r, "CA")
		return world{shown: []*pair{f.leaf(c.as(keyID(1, 2, 3))), c}, trusted: []*pair{r}}
	}, "openssl"},
	{"a CA that is self-issued and names no key", "issuer", func(f *forge) world {
		r := f.root("Root")
		old := f.ca(r, "CA")
		rolled := f.ca(old, "CA")
		return world{shown: []*pair{f.leaf(rolled), rolled, old}, trusted: []*pair{r}}
	}, "openssl"},
	{"an intermediate is trusted", "self-signed-anchor", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted = []*pair{w.shown[1]}
		w.shown = w.shown[:1]
		return w
	}, "openssl"},
	{"an intermediate is trusted for servers", "", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted = []*pair{w.shown[1]}
		w.shown = w.shown[:1]
		return under(trust.Terms{Only: []trust.Purpose{trust.Server}}, w)
	}, ""},
	{"an intermediate is trusted for clients", "trusted-for", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted = w.shown[1:]
		return under(trust.Terms{Only: []trust.Purpose{trust.Client}}, w)
	}, "standard openssl"},
	{"a leaf is trusted for servers", "self-signed-anchor", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted, w.shown = w.shown[:1], w.shown[:1]
		return under(trust.Terms{Only: []trust.Purpose{trust.Server}}, w)
	}, "openssl"},
	{"an intermediate is trusted, and its root as well", "", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted = []*pair{w.shown[1], w.trusted[0]}
		w.shown = w.shown[:1]
		return w
	}, ""},
	{"a leaf is trusted", "self-signed-anchor", func(f *forge) world {
		w := simple(f, nil, nil, nil)
		w.trusted, w.shown = w.shown[:1], w.shown[:1]
		return w
	}, "openssl"},
	{"trusted for clients", "trusted-for", func(f *forge) world {
		return under(trust.Terms{Only: []trust.Purpose{trust.Client}}, simple(f, nil, nil, nil))
	}, "standard openssl"},
	{"rejected for servers", "trusted-for", func(f *forge) world {
		return under(trust.Terms{Rejected: []trust.Purpose{trust.Server}}, simple(f, nil, nil, nil))
	}, "standard openssl"},
	{"distrusted since yesterday", "distrust-after", func(f *forge) world {
		return under(trust.Terms{DistrustAfter: map[trust.Purpose]time.Time{trust.Server: f.now.Add(-day)}}, simple(f, nil, nil, nil))
	}, "standard"},
	{"distrusted from tomorrow", "", func(f *forge) world {
		return under(trust.Terms{DistrustAfter: map[trust.Purpose]time.Time{trust.Server: f.now.Add(day)}}, simple(f, nil, nil, nil))
	}, ""},
	{"trusted for other names", "scope", func(f *forge) world {
		return under(trust.Terms{Permitted: trust.Names{DNS: []string{"example.org"}}}, simple(f, nil, nil, nil))
	}, "standard"},
	{"trusted for its names", "", func(f *forge) world {
		return under(trust.Terms{Permitted: trust.Names{DNS: []string{"example.com"}}}, simple(f, nil, nil, nil))
	}, ""},
	{"trusted for a network", "scope", func(f *forge) world {
		return under(trust.Terms{Permitted: trust.Names{IP: []string{"10.0.0.0/8"}}}, simple(f, nil, nil, nil))
	}, "standard"},

	{"leaf expired", "dates", func(f *forge) world { return simple(f, nil, nil, []change{f.expired()}) }, everybody},
	{"leaf of tomorrow", "dates", func(f *forge) world {
		return simple(f, nil, nil, []change{dated(f.now.Add(day), f.now.Add(2*day))})
	}, everybody},
	{"intermediate expired", "dates", func(f *forge) world { return simple(f, nil, []change{f.expired()}, nil) }, everybody},
	{"root expired", "dates", func(f *forge) world { return simple(f, []change{f.expired()}, nil, nil) }, "standard go openssl"},
	{"self-signed and expired", "dates", func(f *forge) world { return alone(f, f.expired()) }, "standard go openssl"},
	{"an expired root and its renewal", "", func(f *forge) world {
		r := f.root("Root", f.expired())
		renewed := f.make(caTemplate("Root"), r.key, nil)
		c := f.ca(r, "CA")
		return world{shown: []*pair{f.leaf(c), c}, trusted: []*pair{r, renewed}}
	}, ""},
	{"cross-signed by a root that has expired", "", func(f *forge) world {
		old, r := f.root("Old", f.expired()), f.root("Root")
		cross := f.make(caTemplate("Root"), r.key, old)
		c := f.ca(r, "CA")
		return world{shown: []*pair{f.leaf(c), c, cross}, trusted: []*pair{old, r}}
	}, ""},

	{"leaf with an unknown critical extension", "critical-extensions", leafCase(critical), everybody},
	{"intermediate with an unknown critical extension", "critical-extensions", caCase(critical), everybody},
	{"root with an unknown critical extension", "critical-extensions", rootCase(critical), "standard go openssl"},
	{"self-signed with an unknown critical extension", "critical-extensions", func(f *forge) world { return alone(f, critical) }, "standard go openssl"},

	{"intermediate is no CA", "ca", caCase(notCA), everybody},
	{"intermediate does not say that it is a CA", "ca", caCase(noConstraints), everybody},
	{"root is no CA", "ca", rootCase(notCA), everybody},
	{"root does not say that it is a CA", "ca", rootCase(noConstraints), "standard go java"},
	{"root does not say anything", "ca", rootCase(noConstraints, keyUsage(0)), everybody},
	{"root of version 1", "", func(f *forge) world {
		r := f.root("Root", noKeyID)
		r = f.version1(r, r)
		c := f.ca(r, "CA")
		return world{shown: []*pair{f.leaf(c), c}, trusted: []*pair{r}}
	}, ""},
	{"intermediate of version 1", "ca", func(f *forge) world {
		r := f.root("Root")
		c := f.version1(f.ca(r, "CA"), r)
		return world{shown: []*pair{f.leaf(c), c}, trusted: []*pair{r}}
	}, everybody},
	{"intermediate may not sign certificates", "key-usage", caCase(keyUsage(x509.KeyUsageDigitalSignature)), everybody},
	{"root may not sign certificates", "key-usage", rootCase(keyUsage(x509.KeyUsageDigitalSignature)), everybody},
	{"no key usage", "", func(f *forge) world {
		return simple(f, []change{keyUsage(0)}, []change{keyUsage(0)}, []change{keyUsage(0)})
	}, ""},
	{"path length of an intermediate", "path-length", func(f *forge) world {
		r := f.root("Root")
		one := f.ca(r, "One", pathLen(0))
		two := f.ca(one, "Two")
		return world{shown: []*pair{f.leaf(two), two, one}, trusted: []*pair{r}}
	}, everybody},
	{"path length of a root", "path-length", rootCase(pathLen(0)), "standard go openssl"},
	{"path length that suffices", "", rootCase(pathLen(1)), ""},
	{"path length and a CA that is self-issued", "path-length", func(f *forge) world {
		r := f.root("Root")
		old := f.ca(r, "CA", pathLen(0))
		rolled := f.ca(old, "CA", issuedBy(old))
		return world{shown: []*pair{f.leaf(rolled), rolled, old}, trusted: []*pair{r}}
	}, "go"},

	{"leaf for clients", "extended-key-usage", leafCase(usages(x509.ExtKeyUsageClientAuth)), everybody},
	{"leaf for anything", "extended-key-usage", leafCase(usages(x509.ExtKeyUsageAny)), "openssl"},
	{"leaf without purpose", "", leafCase(usages()), ""},
	{"intermediate for clients", "extended-key-usage", caCase(usages(x509.ExtKeyUsageClientAuth)), "standard go openssl"},
	{"root for clients", "extended-key-usage", rootCase(usages(x509.ExtKeyUsageClientAuth)), "standard go openssl"},
	{"self-signed for clients", "extended-key-usage", func(f *forge) world { return alone(f, usages(x509.ExtKeyUsageClientAuth)) }, "standard go openssl"},
	{"leaf that signs certificates alone", "usage", leafCase(keyUsage(x509.KeyUsageCertSign)), "standard openssl java"},
	{"leaf that enciphers keys alone", "usage", leafCase(keyUsage(x509.KeyUsageKeyEncipherment)), "java"},
	{"self-signed that signs certificates alone", "usage", func(f *forge) world { return alone(f, keyUsage(x509.KeyUsageCertSign)) }, "standard openssl"},

	{"names within constraints", "", caCase(permitted("example.com")), ""},
	{"names outside of constraints", "name-constraints", caCase(permitted("example.org")), everybody},
	{"names that are excluded", "name-constraints", caCase(excluded("example.com")), everybody},
	{"names outside of the root's constraints", "name-constraints", rootCase(permitted("example.org")), "standard go openssl"},
	{"constraints and a CA that is self-issued", "name-constraints", func(f *forge) world {
		r := f.root("Root")
		one := f.ca(r, "CA", permitted("example.com"))
		two := f.ca(one, "CA", named("CA", "example.org"), issuedBy(one))
		return world{shown: []*pair{f.leaf(two), two, one}, trusted: []*pair{r}}
	}, "go"},

	{"a policy is asked for, and there is none", "policies", caCase(explicitPolicy(0), gold), "standard go java"},
	{"a policy is asked for, and it is there", "", func(f *forge) world {
		return simple(f, nil, []change{explicitPolicy(0), gold}, []change{gold})
	}, ""},
	{"a policy is asked for, and it is another", "policies", func(f *forge) world {
		return simple(f, nil, []change{explicitPolicy(0), gold}, []change{silver})
	}, "standard go java"},
	{"a policy is asked for, and any will do", "", func(f *forge) world {
		return simple(f, nil, []change{explicitPolicy(0), anyOne}, []change{silver})
	}, ""},
	{"a policy is asked for, and it is mapped", "", func(f *forge) world {
		return simple(f, nil, []change{explicitPolicy(0), gold, mapped}, []change{silver})
	}, ""},
	{"a policy is asked for, and any is inhibited", "policies", func(f *forge) world {
		return simple(f, nil, []change{explicitPolicy(0), gold, inhibitAny}, []change{anyOne})
	}, "standard go java"},
	{"a policy is asked for further down", "", caCase(explicitPolicy(5)), ""},

	{"another host", "host", hostCase("www.example.com"), everybody},
	{"host in capital letters", "", hostCase("mux.example.com", named("a", "MUX.Example.com")), ""},
	{"common name alone", "host", hostCase("mux.example.com", named("mux.example.com")), "standard go"},
	{"common name beside an address", "host", hostCase("mux.example.com", named("mux.example.com"), address("127.0.0.1")), "standard go"},
	{"common name beside a host", "host", hostCase("mux.example.com", named("mux.example.com", "www.example.com")), everybody},
	{"address", "", hostCase("127.0.0.1", address("127.0.0.1")), ""},
	{"another address", "host", hostCase("127.0.0.1", address("127.0.0.2")), everybody},
	{"address as a common name", "host", hostCase("127.0.0.1", named("127.0.0.1")), everybody},
	{"address as a host", "host", hostCase("127.0.0.1", named("a", "127.0.0.1")), everybody},
	{"wildcard", "", hostCase("mux.example.com", named("a", "*.example.com")), ""},
	{"wildcard for two labels", "host", hostCase("a.mux.example.com", named("a", "*.example.com")), everybody},
	{"wildcard for none", "host", hostCase("example.com", named("a", "*.example.com")), everybody},
	{"wildcard below a top-level domain", "host", hostCase("example.com", named("a", "*.com")), "openssl"},
	{"wildcard in a part of a label", "host", hostCase("mux.example.com", named("a", "m*.example.com")), "standard go"},
	{"wildcard at the end of a label", "host", hostCase("mux.example.com", named("a", "*x.example.com")), "standard go"},
	{"wildcard in the second label", "host", hostCase("mux.example.com", named("a", "mux.*.com")), "standard go openssl"},
	{"wildcard for an internationalised label", "", hostCase("xn--mx-yka.example.com", named("a", "*.example.com")), ""},

	{"leaf signed with SHA-1", "weak-signature", leafCase(sha1), "standard go openssl"},
	{"intermediate signed with SHA-1", "weak-signature", caCase(sha1), "standard go openssl"},
	{"root signed with SHA-1", "", rootCase(sha1), ""},
	{"leaf with an RSA key of 1024 bits", "weak-key", func(f *forge) world {
		r := f.root("Root")
		return world{shown: []*pair{f.leafOf(rsa1024(), r)}, trusted: []*pair{r}}
	}, "standard openssl"},
	{"root with an RSA key of 1024 bits", "weak-key", func(f *forge) world {
		r := f.make(caTemplate("Root"), rsa1024(), nil)
		return world{shown: []*pair{f.leaf(r)}, trusted: []*pair{r}}
	}, "standard openssl"},
}

func newForge(t testing.TB) *forge {
	return &forge{t: t, now: time.Now().Truncate(time.Second)}
}

func (w worldCase) world(f *forge) world {
	out := w.make(f)
	if out.host == "" {
		out.host = "mux.example.com"
	}
	return out
}
