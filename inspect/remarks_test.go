package inspect_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

func pkcs8(t *testing.T, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// pair is a private-key entry with a good chain: leaf and CA.
func pair(t *testing.T, change func(*x509.Certificate)) *keystore.Entry {
	t.Helper()
	authority := template("Example CA", ca)
	return &keystore.Entry{
		Alias: "mux", JavaAlias: "mux", Kind: pkcs12x.PrivateKey, Key: keyIn(t, keyOf("mux")),
		Chain: []*keystore.Certificate{
			issue(t, template("mux.example.com", change), keyOf("mux"), authority, keyOf("ca")),
			issue(t, authority, keyOf("ca"), nil, nil),
		},
	}
}

func keyIn(t *testing.T, key crypto.PrivateKey) *keystore.Key {
	t.Helper()
	k, err := pkcs12x.ParsePrivateKey(pkcs8(t, key))
	if err != nil {
		t.Fatal(err)
	}
	k.Protection = &pkcs12x.Protection{Name: "PBES2 AES-256-CBC", KDF: "PBKDF2-HMAC-SHA256", Iterations: 10000}
	return k
}

func certificateEntry(kind keystore.Kind, c *keystore.Certificate) *keystore.Entry {
	e := &keystore.Entry{Alias: "ca", Kind: kind, Chain: []*keystore.Certificate{c}}
	if kind == pkcs12x.TrustedCertificate {
		e.JavaAlias = "ca"
	}
	return e
}

// p12 is a PKCS#12 store without fault around some entries.
func p12(entries ...*keystore.Entry) *keystore.Store {
	return &keystore.Store{
		Path: "mux.p12", Format: "pkcs12", PKCS12: &pkcs12x.File{}, Verified: true, Entries: entries,
		Integrity: &pkcs12x.Integrity{Name: "HMAC-SHA256", Iterations: 10000},
	}
}

func pem(entries ...*keystore.Entry) *keystore.Store {
	s := &keystore.Store{Path: "mux.pem", Format: "pem", Entries: entries}
	for _, e := range entries {
		s.Sequence = append(s.Sequence, e.Chain...)
	}
	return s
}

func withAlias(e *keystore.Entry, alias string) *keystore.Entry {
	e.Alias, e.JavaAlias = alias, strings.ToLower(alias)
	return e
}

func TestRemarks(t *testing.T) {
	weakRSA, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakEC, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	expired := func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -3) }
	root := func(change func(*x509.Certificate)) *keystore.Certificate {
		return issue(t, template("Root", func(c *x509.Certificate) {
			ca(c)
			if change != nil {
				change(c)
			}
		}), keyOf("root"), nil, nil)
	}
	// The Go library makes no certificates of version 1.
	asVersion1 := func(c *keystore.Certificate) *keystore.Certificate {
		c.Version, c.Extensions = 1, nil
		return c
	}
	seen := map[string]bool{}
	for _, tt := range []struct {
		name  string
		store *keystore.Store
		want  []string // "severity code alias"
	}{
		{"a good store", p12(pair(t, nil)), nil},
		{"a good trust store", p12(certificateEntry(pkcs12x.TrustedCertificate, root(nil))), nil},
		{"expired", p12(pair(t, expired)), []string{"high expired mux"}},
		{"a root that has expired", p12(certificateEntry(pkcs12x.TrustedCertificate, root(expired))), []string{"medium expired ca"}},
		{"a server's certificate that has expired", pem(certificateEntry(pkcs12x.PlainCertificate, pair(t, expired).Chain[0])), []string{"high expired ca"}},
		{"not valid yet", p12(pair(t, func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 1) })), []string{"high not-yet-valid mux"}},
		{"31 days left", p12(pair(t, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, 31) })), nil},
		{"30 days left", p12(pair(t, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, 30) })), []string{"medium expires-soon mux"}},
		{"another key", func() *keystore.Store {
			e := pair(t, nil)
			e.Key = keyIn(t, keyOf("another"))
			return p12(e)
		}(), []string{"high key-mismatch mux"}},
		{
			"a key alone", p12(&keystore.Entry{Alias: "mux", JavaAlias: "mux", Kind: pkcs12x.PrivateKey, Key: keyIn(t, keyOf("mux"))}),
			[]string{"medium key-without-certificate mux"},
		},
		{"a key alone in PEM, where it belongs", pem(&keystore.Entry{Alias: "1", Kind: pkcs12x.PrivateKey, Key: keyIn(t, keyOf("mux"))}), nil},
		{"a key with another password", func() *keystore.Store {
			e := pair(t, nil)
			e.Key = &keystore.Key{Shrouded: []byte{0}, Protection: e.Key.Protection, Err: keystore.ErrPassword}
			return p12(e)
		}(), []string{"medium key-password-differs mux"}},
		{"a key in an unknown cipher", func() *keystore.Store {
			e := pair(t, nil)
			e.Key = &keystore.Key{Shrouded: []byte{0}, Protection: e.Key.Protection, Err: fmt.Errorf("%w: RC5", pkcs12x.ErrUnsupported)}
			return p12(e)
		}(), []string{"medium key-unsupported mux"}},
		{"Ed448", pem(&keystore.Entry{Alias: "1", Kind: pkcs12x.PrivateKey, Key: open(t, "../keystore/testdata/ed448.pem").Entries[0].Key}), []string{"info key-opaque 1"}},
		{"RSA 1024", pem(&keystore.Entry{Alias: "1", Kind: pkcs12x.PrivateKey, Key: keyIn(t, weakRSA)}), []string{"high weak-key 1"}},
		{"P-224 is the least", pem(&keystore.Entry{Alias: "1", Kind: pkcs12x.PrivateKey, Key: keyIn(t, weakEC)}), nil},
		{"a certificate for RSA 1024", pem(certificateEntry(pkcs12x.PlainCertificate,
			issue(t, template("a.example.com", nil), weakRSA, template("CA", ca), keyOf("ca")))), []string{"high weak-key ca"}},
		{"MD5", pem(certificateEntry(pkcs12x.PlainCertificate, resigned(t, pair(t, nil).Chain[0], 4))), []string{"high weak-signature ca"}},
		{"SHA-1", pem(certificateEntry(pkcs12x.PlainCertificate, resigned(t, pair(t, nil).Chain[0], 5))), []string{"high weak-signature ca"}},
		{"SHA-256", pem(certificateEntry(pkcs12x.PlainCertificate, resigned(t, pair(t, nil).Chain[0], 11))), nil},
		{"RSASSA-PSS without parameters means SHA-1", pem(certificateEntry(pkcs12x.PlainCertificate, resigned(t, pair(t, nil).Chain[0], 10))), []string{"high weak-signature ca"}},
		{"MD5 on a root does no harm", pem(certificateEntry(pkcs12x.PlainCertificate, resigned(t, root(nil), 4))), nil},
		{"self-signed", p12(&keystore.Entry{
			Alias: "mux", JavaAlias: "mux", Kind: pkcs12x.PrivateKey, Key: keyIn(t, keyOf("mux")),
			Chain: []*keystore.Certificate{issue(t, template("mux.example.com", nil), keyOf("mux"), nil, nil)},
		}), []string{"info self-signed-leaf mux"}},
		{"no SAN", p12(pair(t, func(c *x509.Certificate) { c.DNSNames = nil })), []string{"high no-san mux"}},
		{"a client needs no SAN", p12(pair(t, func(c *x509.Certificate) {
			c.DNSNames, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})), nil},
		{"a CA needs no SAN", p12(pair(t, ca)), nil},
		{"self-signed with the flags of a CA, as openssl req makes it, needs one", p12(&keystore.Entry{
			Alias: "mux", JavaAlias: "mux", Kind: pkcs12x.PrivateKey, Key: keyIn(t, keyOf("mux")),
			Chain: []*keystore.Certificate{issue(t, template("mux.example.com", func(c *x509.Certificate) {
				c.IsCA, c.DNSNames, c.KeyUsage, c.ExtKeyUsage = true, nil, 0, nil
			}), keyOf("mux"), nil, nil)},
		}), []string{"high no-san mux", "info self-signed-leaf mux"}},
		{
			"the key of another certificate", pem(certificateEntry(pkcs12x.PlainCertificate, pair(t, nil).Chain[0]), &keystore.Entry{Alias: "2", Kind: pkcs12x.PrivateKey, Key: keyIn(t, keyOf("other"))}),
			[]string{"high key-mismatch 2"},
		},
		{"version 1", pem(certificateEntry(pkcs12x.PlainCertificate, asVersion1(pair(t, nil).Chain[0]))), []string{"high no-san ca", "medium x509-v1 ca"}},
		{"a root of version 1", pem(certificateEntry(pkcs12x.PlainCertificate, asVersion1(root(nil)))), nil},
		{"the issuer is missing", func() *keystore.Store {
			e := pair(t, nil)
			e.Chain = e.Chain[:1]
			return p12(e)
		}(), []string{"info chain-incomplete mux"}},
		{"the issuer is missing, and can be had", func() *keystore.Store {
			e := pair(t, func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.example.com/issuing.crt"} })
			e.Chain = e.Chain[:1]
			return p12(e)
		}(), []string{"medium chain-incomplete mux"}},
		{"the root may be missing", func() *keystore.Store {
			sub := template("Sub CA", ca)
			e := pair(t, nil)
			e.Chain = []*keystore.Certificate{
				issue(t, template("mux.example.com", nil), keyOf("mux"), sub, keyOf("sub")),
				issue(t, sub, keyOf("sub"), template("Root", ca), keyOf("root")),
			}
			return p12(e)
		}(), nil},
		{"a chain in order", pem(pair(t, nil)), nil},
		{"a chain that begins with the CA", func() *keystore.Store {
			s := pem(pair(t, nil))
			slices.Reverse(s.Sequence)
			return s
		}(), []string{"medium chain-order"}},
		{"the order in PKCS#7 means nothing", func() *keystore.Store {
			s := pem(pair(t, nil))
			s.Format = "pkcs7"
			slices.Reverse(s.Sequence)
			return s
		}(), nil},
		{"a chain with a certificate too many", func() *keystore.Store {
			s := pem(pair(t, nil))
			s.Sequence = append(s.Sequence, root(nil))
			return s
		}(), []string{"medium chain-order"}},
		{"a bundle has no order", pem(certificateEntry(pkcs12x.PlainCertificate, root(nil)), certificateEntry(pkcs12x.PlainCertificate, pair(t, nil).Chain[1])), nil},
		{"a certificate that Go refuses", func() *keystore.Store {
			c := root(nil)
			c.X509, c.Err = nil, fmt.Errorf("x509: unsupported elliptic curve")
			return p12(certificateEntry(pkcs12x.TrustedCertificate, c))
		}(), []string{"medium certificate-unparsable ca"}},
		{"a CSR that was changed", func() *keystore.Store {
			s := open(t, "../keystore/testdata/request.der")
			raw := []byte(strings.Replace(string(s.Entries[0].Value), "mux.", "fux.", 1))
			s.Entries[0].Value = raw
			return s
		}(), []string{"high csr-signature 1"}},
		{"an old CRL", open(t, "../keystore/testdata/crl.der"), []string{"medium crl-outdated 1"}},
		{"no alias", p12(withAlias(pair(t, nil), "")), []string{"medium alias-empty", "medium key-hidden-from-java"}},
		{"typographic quotes", p12(withAlias(pair(t, nil), "“mux”")), []string{"medium alias-quotes “mux”"}},
		{"quotes that a shell takes away", p12(withAlias(pair(t, nil), "'mux'")), []string{"medium alias-quotes 'mux'"}},
		{"an apostrophe is fine", p12(withAlias(pair(t, nil), "let's encrypt")), nil},
		{"a typographic dash", p12(withAlias(pair(t, nil), "mux–1")), []string{"medium alias-quotes mux–1"}},
		{"a blank at the end", p12(withAlias(pair(t, nil), "mux ")), []string{"medium alias-blanks mux "}},
		{"a blank that is none", p12(withAlias(pair(t, nil), "mux\u00a0key")), []string{"medium alias-blanks mux\u00a0key"}},
		{"a blank inside is fine", p12(withAlias(pair(t, nil), "mux key")), nil},
		{"a control character", p12(withAlias(pair(t, nil), "mux\x1b")), []string{"medium alias-control mux\x1b"}},
		{"upper case", p12(withAlias(pair(t, nil), "Mux")), []string{"info alias-case Mux"}},
		{"upper case matters to Java alone", pem(func() *keystore.Entry { e := pair(t, nil); e.Alias, e.JavaAlias = "Mux", ""; return e }()), nil},
		{"a name that is taken", p12(func() *keystore.Entry {
			e := withAlias(pair(t, nil), "mux-2")
			e.Key.Attributes = []keystore.Attribute{friendlyName("mux")}
			return e
		}()), []string{"medium alias-duplicate mux-2"}},
		{"certificates that Java does not list", p12(certificateEntry(pkcs12x.PlainCertificate, root(nil))), []string{"medium not-trusted-by-java"}},
		{"a key in the open", p12(func() *keystore.Entry {
			e := pair(t, nil)
			e.JavaAlias, e.Key.Protection = "", nil
			return e
		}()), []string{"medium key-hidden-from-java mux", "medium keys-in-the-open"}},
		{"two keys", p12(pair(t, nil), withAlias(pair(t, nil), "other")), []string{"info several-keys"}},
		{"nothing", p12(), []string{"medium no-entries"}},
		{"locked", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Locked = []error{pkcs12x.ErrLocked}
			return s
		}(), []string{"info locked"}},
		{"no MAC", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Integrity = nil
			return s
		}(), []string{"medium no-mac"}},
		{"a MAC that nobody can check", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Integrity.Err = fmt.Errorf("%w: GOST", pkcs12x.ErrUnsupported)
			return s
		}(), []string{"medium mac-unsupported"}},
		{"certificates under RC2-40", withProtection(p12(pair(t, nil)), "PBE-SHA1-RC2-40", "PKCS12-SHA1", 2048, pkcs12x.CipherSHA1RC2x40), []string{"info weak-encryption"}},
		{"what is closed beside a key, under RC2-40", func() *keystore.Store {
			s := withProtection(p12(pair(t, nil)), "PBE-SHA1-RC2-40", "PKCS12-SHA1", 2048, pkcs12x.CipherSHA1RC2x40)
			s.Locked = []error{pkcs12x.ErrLocked}
			return s
		}(), []string{"info locked", "info weak-encryption"}},
		{"RC4 with 128 bits will do", withProtection(p12(pair(t, nil)), "PBE-SHA1-RC4-128", "PKCS12-SHA1", 2048, pkcs12x.CipherSHA1RC4x128), nil},
		{"a key under DES", keysUnder(withProtection(p12(pair(t, nil)), "PBES1 MD5-DES", "PBKDF1-MD5", 2048, pkcs12x.CipherPBES1)), []string{"medium weak-encryption"}},
		{"3DES will do", withProtection(p12(pair(t, nil)), "PBE-SHA1-3DES", "PKCS12-SHA1", 2048, pkcs12x.CipherSHA1TripleDES), nil},
		{"3DES in PBES2 will do", withProtection(p12(pair(t, nil)), "PBES2 3DES-CBC", "PBKDF2-HMAC-SHA1", 2048, pkcs12x.CipherPBES2TripleDES), nil},
		{"RC2-128 will do", withProtection(p12(pair(t, nil)), "PBE-SHA1-RC2-128", "PKCS12-SHA1", 2048, pkcs12x.CipherSHA1RC2x128), nil},
		{"DES in PEM", keysUnder(withProtection(pem(pair(t, nil)), "PEM DES-CBC", "MD5", 1)), []string{"medium weak-encryption", "medium few-iterations"}},
		{"one iteration", withProtection(p12(pair(t, nil)), "PBES2 AES-256-CBC", "PBKDF2-HMAC-SHA256", 1), []string{"medium few-iterations"}},
		{"few iterations of scrypt are many", withProtection(p12(pair(t, nil)), "PBES2 AES-256-CBC", "scrypt", 512), nil},
		{"one iteration of the MAC", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Integrity.Iterations = 1
			return s
		}(), []string{"medium few-iterations"}},
		{"no password in NSS", func() *keystore.Store {
			s := withProtection(p12(pair(t, nil)), "PBES2 AES-256-CBC", "PBKDF2-HMAC-SHA256", 1)
			s.Format, s.PKCS12, s.NoPassword = "nss", nil, true
			return s
		}(), []string{"medium keys-in-the-open"}},
		{"never trusted by NSS", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Format, s.PKCS12, s.Trust = "nss", nil, map[*keystore.Entry]keystore.NSSTrust{s.Entries[0]: {Flags: "pu,u,u"}}
			return s
		}(), []string{"medium distrusted mux"}},
		{"trusted by NSS", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Format, s.PKCS12, s.Trust = "nss", nil, map[*keystore.Entry]keystore.NSSTrust{s.Entries[0]: {Flags: "CTPcu,u,u"}}
			return s
		}(), nil},
		{"signed", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Integrity, s.PKCS12 = nil, &pkcs12x.File{Signed: true}
			return s
		}(), []string{"info signed-store"}},
		{"bytes behind the end", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Trailing = 3
			return s
		}(), []string{"info trailing-bytes"}},
		{"a published password", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Published = "java"
			return s
		}(), []string{"medium published-password"}},
		{"a published password, and no keys", func() *keystore.Store {
			s := p12(certificateEntry(pkcs12x.TrustedCertificate, pair(t, nil).Chain[1]))
			s.Published = "java"
			return s
		}(), []string{"info published-password"}},
		{"a password that is not known any more", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.Published = "no such row"
			return s
		}(), nil},
		{"the password of other files", func() *keystore.Store {
			s := p12(pair(t, nil))
			s.WrongPassword = true
			return s
		}(), []string{"medium wrong-password"}},
		{"other parts", func() *keystore.Store {
			s := pem(pair(t, nil))
			s.Skipped = []keystore.Skipped{{What: "DH PARAMETERS", Line: 1}, {What: "DH PARAMETERS", Line: 9}}
			return s
		}(), []string{"info skipped"}},
	} {
		remarks := inspect.Inspect(tt.store, now).Remarks
		var got []string
		for _, r := range remarks {
			line := string(r.Severity) + " " + r.Code
			if r.Alias != "" {
				line += " " + r.Alias
			}
			got = append(got, line)
			seen[r.Code] = true
			if r.Text == "" || strings.ContainsFunc(r.Text, func(c rune) bool { return c < ' ' }) {
				t.Errorf("%s: the remark says %q", tt.name, r.Text)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: remarks are %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, code := range inspect.RuleCodes() {
		if !seen[code] {
			t.Errorf("no case has the remark %s", code)
		}
	}
}

// keysUnder has the keys under the protection of the store.
func keysUnder(s *keystore.Store) *keystore.Store {
	for _, e := range s.Entries {
		e.Key.Protection = &s.Protections[0]
	}
	return s
}

func withProtection(s *keystore.Store, name, kdf string, iterations int, features ...pkcs12x.Feature) *keystore.Store {
	s.Protections = []pkcs12x.Protection{{Name: name, KDF: kdf, Iterations: iterations, Features: features}}
	return s
}

func friendlyName(name string) keystore.Attribute {
	var b cryptobyte.Builder
	b.AddASN1(12, func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
	return keystore.Attribute{ID: pkcs12x.OIDFriendlyName, Values: [][]byte{b.BytesOrPanic()}}
}

// resigned gives a certificate another signature algorithm of RSA: the last
// number of 1.2.840.113549.1.1.n. Go no longer signs with the old ones.
func resigned(t *testing.T, c *keystore.Certificate, n byte) *keystore.Certificate {
	t.Helper()
	in := cryptobyte.String(c.Raw)
	var body, tbs cryptobyte.String
	if !in.ReadASN1(&body, 0x30) || !body.ReadASN1Element(&tbs, 0x30) || !body.SkipASN1(0x30) {
		t.Fatal("no certificate")
	}
	var b cryptobyte.Builder
	b.AddASN1(0x30, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddBytes([]byte{0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, n, 5, 0})
		b.AddBytes(body)
	})
	out := *c
	out.Raw, out.X509, out.Err = b.BytesOrPanic(), nil, nil
	return &out
}

func TestKeyThatDoesNotMatchIsDescribedItself(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := pair(t, nil)
	e.Key = keyIn(t, k)
	got := inspect.Inspect(p12(e), now).Entries[0]
	equal(t, "key", got.Key.Type, "EC P-384")
	equal(t, "key of the certificate", got.Chain[0].PublicKey.Type, "Ed25519")
	equal(t, "match", *got.Key.MatchesCertificate, false)
}

func TestGravestRemarksComeFirst(t *testing.T) {
	s := p12(withAlias(pair(t, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) }), "Mux "))
	var got []finding.Severity
	for _, r := range inspect.Inspect(s, now).Remarks {
		got = append(got, r.Severity)
	}
	if want := []finding.Severity{finding.High, finding.Medium, finding.Info}; !slices.Equal(got, want) {
		t.Errorf("severities are %v", got)
	}
}
