package certlint

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/weppos/publicsuffix-go/publicsuffix"
	"github.com/zmap/zlint/v3/lint"

	"muxkey/certgen"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func seeded(seed byte) *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{seed}) }

func key() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), seeded(1))) }

// issued is a certificate of a server as a public CA would issue it, with a change.
func issued(change func(*x509.Certificate)) []byte { return issuedFor(key().Public(), change) }

func issuedFor(public crypto.PublicKey, change func(*x509.Certificate)) []byte {
	ca := &x509.Certificate{Subject: pkix.Name{CommonName: "Example CA", Organization: []string{"Example"}, Country: []string{"DE"}}, SubjectKeyId: []byte{1, 2, 3, 4}}
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte("\x01234567890123456")), NotBefore: now, NotAfter: now.AddDate(0, 0, 90),
		DNSNames: []string{"mux.example.com"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, Policies: []x509.OID{must(x509.OIDFromInts([]uint64{2, 23, 140, 1, 2, 1}))},
		CRLDistributionPoints: []string{"http://crl.example.com/ca.crl"}, IssuingCertificateURL: []string{"http://example.com/ca.cer"},
	}
	change(c)
	return must(x509.CreateCertificate(seeded(2), c, ca, public, key()))
}

func none(*x509.Certificate) {}

func TestSources(t *testing.T) {
	all := lint.GlobalRegistry().CertificateLints()
	for _, s := range all.Sources() {
		// A source of which there are lints of lists or responses alone has no title.
		if _, ok := Sources().Get(string(s)); !ok && len(all.BySource(s)) > 0 {
			t.Errorf("%s is not among the sources", s)
		}
	}
	for s := range Sources().All() {
		if l := must(New(s.Name)); len(l.lints) == 0 || s.Title == "" {
			t.Errorf("%s has no lints, or no title", s.Name)
		}
	}
	if n := len(must(New(Sources().Names()...)).lints); n < 350 || n != len(all.Lints()) {
		t.Errorf("all sources together have %d lints of %d", n, len(all.Lints()))
	}
}

func TestNew(t *testing.T) {
	l := must(New("e_ca_common_name_missing", "CABF_BR", "CABF_BR", "e_ca_common_name_missing"))
	if want := len(must(New("CABF_BR")).lints); len(l.lints) != want {
		t.Errorf("%d lints, want each of %d once", len(l.lints), want)
	}
	for name, near := range map[string]string{"CABF-BR": `did you mean "CABF_BR"?`, "e_ca_comon_name_missing": `did you mean "e_ca_common_name_missing"?`, "": "", "Unknown": "", "RFC6960": "RFC6962"} {
		_, err := New("RFC5280", name)
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), near) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestLint(t *testing.T) {
	days := func(year, n int) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.NotBefore = time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC)
			c.NotAfter = c.NotBefore.AddDate(0, 0, n)
		}
	}
	names := func(names ...string) func(*x509.Certificate) { return func(c *x509.Certificate) { c.DNSNames = names } }
	all := strings.Join(Sources().Names(), " ")
	for _, tt := range []struct {
		what    string
		der     []byte
		sources string
		want    string // status, source and lint of each
	}{
		{"nothing wrong", issued(none), all, "notice Apple w_ct_sct_policy_count_unsatisfied\nwarn RFC5280 w_ext_subject_key_identifier_missing_sub_cert"},
		{"nothing wrong", issued(none), "CABF_BR", ""},
		{"800 days", issued(days(2026, 800)), "Apple", "error Apple e_tls_server_cert_valid_time_longer_than_398_days\nnotice Apple w_ct_sct_policy_count_unsatisfied\nwarn Apple w_tls_server_cert_valid_time_longer_than_397_days"},
		{"800 days, when that was allowed", issued(days(2017, 800)), "Apple", ""},
		{"no names at all", issued(names()), "RFC5280", "error RFC5280 e_subject_empty_without_san\nwarn RFC5280 w_ext_subject_key_identifier_missing_sub_cert"},
		{"a name of the house", issued(names("mux.corp.internal")), "CABF_BR", "error CABF_BR e_dnsname_not_valid_tld"},
		{"wildcard of a suffix", issued(names("*.co.uk")), "CABF_BR", "notice CABF_BR n_dnsname_wildcard_left_of_public_suffix"},
		{"wildcard of a company's suffix", issued(names("*.github.io")), "CABF_BR", ""},
		{"underscore below", issued(names("a_b.example.com")), "CABF_BR", "error CABF_BR e_underscore_not_permissible_in_dnsname\nwarn CABF_BR w_dnsname_underscore_in_trd"},
		{"underscore in what was registered", issued(names("a_b.co.uk")), "e_dnsname_underscore_in_sld", "error CABF_BR e_dnsname_underscore_in_sld"},
		{"primes side by side", issuedFor(&rsa.PublicKey{N: closePrimes(), E: 65537}, none), "Community", "error Community e_rsa_fermat_factorization"},
	} {
		var got []string
		for _, r := range must(must(New(strings.Fields(tt.sources)...)).Lint(tt.der)) {
			got = append(got, string(r.Status)+" "+r.Source+" "+r.Lint)
			if r.Citation == "" || r.Description == "" {
				t.Errorf("%s: %+v", tt.what, r)
			}
		}
		if g := strings.Join(got, "\n"); g != tt.want {
			t.Errorf("%s by %s:\n%s\nwant:\n%s", tt.what, tt.sources, g, tt.want)
		}
	}
}

// closePrimes is a modulus that Fermat's method takes apart at once.
func closePrimes() *big.Int {
	p := prime(new(big.Int).SetBit(big.NewInt(0x5eed), 511, 1))
	return new(big.Int).Mul(p, prime(p))
}

// prime is the first above n.
func prime(n *big.Int) *big.Int {
	p := new(big.Int).SetBit(n, 0, 1)
	for p.Add(p, big.NewInt(2)); !p.ProbablyPrime(20); {
		p.Add(p, big.NewInt(2))
	}
	return p
}

// What certgen makes for a private server is as RFC 5280 has it.
func TestLintOfOurOwn(t *testing.T) {
	der := must(certgen.SelfSigned(seeded(3), certgen.Request{
		Key: key(), Names: must(certgen.ParseNames([]string{"mux.example.com"})), NotBefore: now, NotAfter: now.AddDate(0, 0, 90),
	}))
	if found := must(must(New("RFC5280", "RFC5480", "RFC8813", "Community")).Lint(der)); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

func TestLintRefuses(t *testing.T) {
	l := must(New("RFC5280"))
	good := issued(none)
	many := issued(func(c *x509.Certificate) { c.DNSNames = slices.Repeat([]string{"a.example.com"}, MaxSize/15) })
	for _, tt := range []struct {
		what string
		der  []byte
		want error
	}{
		{"nothing", nil, ErrParse},
		{"an empty sequence", []byte{0x30, 0}, ErrParse},
		{"half of it", good[:len(good)/2], ErrParse},
		{"something behind it", append(slices.Clone(good), 0), ErrParse},
		{"a text", []byte("-----BEGIN CERTIFICATE-----"), ErrParse},
		{"a validity of other bytes", bytes.Replace(good, []byte("261122120000Z"), []byte("2611221200xxZ"), 1), ErrParse},
		{"too large", many, ErrLimit},
		{"too large a key", hostileKey(MaxKey, MaxExponent), ErrLimit},
		{"too large an exponent", hostileKey(256, MaxExponent+1), ErrLimit},
	} {
		if found, err := l.Lint(tt.der); !errors.Is(err, tt.want) || found != nil {
			t.Errorf("%s: %v, %v", tt.what, found, err)
		}
	}
}

// hostileKey is a certificate that calls itself self-signed, with an RSA key of which
// the modulus and the exponent have so many bytes.
func hostileKey(size, exponent int) []byte {
	huge := bytes.Repeat([]byte{0x7f}, size)
	public := must(asn1.Marshal([]*big.Int{new(big.Int).SetBytes(huge), new(big.Int).SetBytes(huge[:exponent])}))
	signature := append([]byte{0x7e}, huge[1:]...) // less than the modulus
	return selfIssued(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue, public, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, signature)
}

// hostileDSA is one with a DSA key of which all numbers have so many bytes.
func hostileDSA(size int) []byte {
	huge := new(big.Int).SetBytes(bytes.Repeat([]byte{0xf7}, size))
	less := new(big.Int).Sub(huge, big.NewInt(2))
	parameters := asn1.RawValue{FullBytes: must(asn1.Marshal([]*big.Int{huge, huge, less}))}
	return selfIssued(asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, parameters, must(asn1.Marshal(less)),
		asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 2}, must(asn1.Marshal([]*big.Int{less, less})))
}

func selfIssued(key asn1.ObjectIdentifier, parameters asn1.RawValue, public []byte, signed asn1.ObjectIdentifier, signature []byte) []byte {
	bits := func(b []byte) asn1.BitString { return asn1.BitString{Bytes: b, BitLength: 8 * len(b)} }
	name := pkix.Name{CommonName: "self"}.ToRDNSequence()
	return must(asn1.Marshal([]any{
		[]any{
			asn1.RawValue{FullBytes: []byte{0xa0, 3, 2, 1, 2}},
			1,
			[]any{signed},
			name,
			[]any{now, now.AddDate(1, 0, 0)},
			name,
			[]any{[]any{key, parameters}, bits(public)},
		},
		[]any{signed},
		bits(signature),
	}))
}

// What is as large as it may be takes no longer than a hostile file may.
func TestLintIsBounded(t *testing.T) {
	l := must(New(Sources().Names()...))
	var names []string
	for i := 0; len(names)*24 < MaxSize-2000; i++ {
		names = append(names, fmt.Sprintf("xn--%05d.a_b.example.com", i)[:22])
	}
	for what, der := range map[string][]byte{
		"key":   hostileKey(MaxKey-100, MaxExponent),
		"DSA":   hostileDSA(MaxKey/4 - 30),
		"names": issued(func(c *x509.Certificate) { c.DNSNames = names }),
	} {
		start := time.Now()
		found, err := l.Lint(der)
		took := time.Since(start)
		t.Logf("%s: %d bytes, %d findings in %v", what, len(der), len(found), took)
		if err != nil || took > 2*time.Second && !testing.Short() {
			t.Errorf("%s: %v after %v", what, err, took)
		}
		for _, r := range found {
			if len(r.Details) > maxDetails {
				t.Errorf("%s: %s has details of %d bytes", what, r.Lint, len(r.Details))
			}
		}
	}
}

// Several goroutines share a linter, and all get the same.
func TestLintTogether(t *testing.T) {
	l := must(New(Sources().Names()...))
	der := issued(none)
	want := must(l.Lint(der))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := must(l.Lint(der)); !slices.Equal(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	all.Wait()
}

// What is behind zlint's names is a list of suffixes that costs nothing at the
// start. What it has to answer is what github.com/weppos/publicsuffix-go v0.50.3
// answers; but for the suffixes of .kh and .vn, of which the lists are not equally
// old, all names made of the rules of its list were compared.
func TestPublicSuffixes(t *testing.T) {
	for name, want := range map[string]string{
		"example.com": "|example|com", "WWW.Example.COM": "www|example|com", "a.b.example.co.uk": "a.b|example|co.uk",
		"*.co.uk": "|*|co.uk", "*.com": "|*|com", "a.xn--p1ai": "|a|xn--p1ai",
		"foo.bar.ck": "|foo|bar.ck", "a.www.ck": "a|www|ck", "www.ck": "|www|ck", // a wildcard, and its exception
		"x.github.io": "x|github|io", "github.io": "|github|io", // private
		"s3.dualstack.us-east-1.amazonaws.com": "s3.dualstack.us-east-1|amazonaws|com", "io.noc.ruhr-uni-bochum.de": "io.noc|ruhr-uni-bochum|de", // private within private
		"mux.corp.internal": "mux|corp|internal", "10.0.0.1": "10.0|0|1", "a..com": "a||com", " .de": "| |de", // no list has them
		"": "name is blank", ".com": "name .com starts with a dot", "com": "com is a suffix", "CO.UK": "co.uk is a suffix", "localhost": "localhost is a suffix", "com.": "com. is a suffix", "foo.ck": "foo.ck is a suffix",
	} {
		got, err := publicsuffix.ParseFromListWithOptions(publicsuffix.DefaultList, name, &publicsuffix.FindOptions{IgnorePrivate: true, DefaultRule: publicsuffix.DefaultRule})
		switch {
		case err != nil && err.Error() != want:
			t.Errorf("%q: %v, want %s", name, err, want)
		case err == nil && got.TRD+"|"+got.SLD+"|"+got.TLD != want:
			t.Errorf("%q: %+v, want %s", name, got, want)
		}
	}
	for _, tt := range []struct {
		name    string
		options publicsuffix.FindOptions
		want    string
	}{
		{"x.github.io", publicsuffix.FindOptions{}, "github.io"},
		{"mux.corp.internal", publicsuffix.FindOptions{}, ""},
	} {
		got, err := publicsuffix.ParseFromListWithOptions(publicsuffix.DefaultList, tt.name, &tt.options)
		if tt.want == "" && err == nil || tt.want != "" && (err != nil || got.TLD != tt.want) {
			t.Errorf("%s: %+v, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

// FuzzLint holds that whatever is linted neither hangs nor panics.
func FuzzLint(f *testing.F) {
	f.Add(issued(none))
	f.Add(hostileKey(64, 3))
	l := must(New(Sources().Names()...))
	f.Fuzz(func(t *testing.T, der []byte) {
		start := time.Now()
		found, err := l.Lint(der)
		if err != nil && !errors.Is(err, ErrParse) && !errors.Is(err, ErrLimit) {
			t.Error(err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		for _, r := range found {
			if !utf8.ValidString(r.Details) || len(r.Details) > maxDetails {
				t.Errorf("%+v", r)
			}
		}
	})
}

func BenchmarkLint(b *testing.B) {
	der := issued(none)
	for _, names := range [][]string{{}, {"RFC5280"}, {"CABF_BR"}, {"RFC5280", "CABF_BR"}, Sources().Names()} {
		l := must(New(names...))
		b.Run(fmt.Sprintf("%d sources", len(names)), func(b *testing.B) {
			for b.Loop() {
				must(l.Lint(der))
			}
		})
	}
}
