package chain_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/pkcs12x"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world makes keys and certificates by name.
type world struct {
	t      testing.TB
	random *rand.ChaCha8
	keys   map[string]crypto.Signer
}

func newWorld(t testing.TB) *world {
	return &world{t, rand.NewChaCha8([32]byte{1}), map[string]crypto.Signer{}}
}

func (w *world) key(name string) crypto.Signer {
	if w.keys[name] == nil {
		key, err := certgen.GenerateKey(context.Background(), w.random, "ed25519")
		if err != nil {
			w.t.Fatal(err)
		}
		w.keys[name] = key
	}
	return w.keys[name]
}

func (w *world) spki(name string) []byte {
	der, err := x509.MarshalPKIXPublicKey(w.key(name).Public())
	if err != nil {
		w.t.Fatal(err)
	}
	return der
}

// cert has the key of its subject, and the signature of the issuer's. Parts of
// spec are "ca", "key=NAME", "by=NAME" (another signer), "path=N", "until=DAYS",
// "noid".
func (w *world) cert(subject, issuer string, spec ...string) *pkcs12x.Certificate {
	w.t.Helper()
	serial := rand.New(w.random).Int64()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial>>1 + 1<<61), Subject: pkix.Name{CommonName: subject}, BasicConstraintsValid: true, MaxPathLen: -1,
		NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 0, 90), IssuingCertificateURL: []string{"http://" + issuer + ".example/"},
	}
	if !slices.Contains(spec, "ca") {
		c.DNSNames = []string{subject + ".example.com", "*.wild.example.com"}
	}
	key, signer := subject, issuer
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}
	sum := func(name string) []byte { return []byte(fmt.Sprintf("%20s", name)) }
	c.SubjectKeyId, parent.SubjectKeyId = sum(subject), sum(issuer)
	for _, s := range spec {
		name, value, _ := strings.Cut(s, "=")
		n, _ := new(big.Int).SetString(value, 10)
		switch name {
		case "ca":
			c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
		case "key":
			key = value
		case "by":
			signer = value
		case "path":
			c.MaxPathLen, c.MaxPathLenZero = int(n.Int64()), n.Sign() == 0
		case "until":
			c.NotAfter = now.AddDate(0, 0, int(n.Int64()))
			c.NotBefore = c.NotAfter.AddDate(0, 0, -100)
		case "id":
			c.SubjectKeyId = sum(value)
		case "noid":
			c.SubjectKeyId, parent.SubjectKeyId = nil, nil
		}
	}
	der, err := x509.CreateCertificate(w.random, c, parent, w.key(key).Public(), w.key(signer))
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := pkcs12x.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func names(list []*pkcs12x.Certificate) string {
	var out []string
	for _, c := range list {
		out = append(out, c.X509.Subject.CommonName)
	}
	return strings.Join(out, " ")
}

type certs = []*pkcs12x.Certificate

func TestFind(t *testing.T) {
	w := newWorld(t)
	leaf, sub, root := w.cert("mux", "sub"), w.cert("sub", "root", "ca"), w.cert("root", "root", "ca")
	other := w.cert("other", "sub")
	cross := w.cert("root", "old", "ca")
	old := w.cert("old", "old", "ca")
	expiredSub := w.cert("sub", "root", "ca", "until=-1")
	longerSub := w.cert("sub", "root", "ca", "until=99")
	foreignSub := w.cert("sub", "root", "ca", "key=foreign", "noid")
	placeholder := w.cert("mux", "mux")
	expired := w.cert("mux", "sub", "until=-5")
	tight := w.cert("root", "root", "ca", "path=0")
	host := func(words ...string) certgen.Names {
		n, err := certgen.ParseNames(words)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for what, tt := range map[string]struct {
		search  chain.Search
		chain   string
		trusted bool
		unused  string
		err     string
	}{
		"in order":                {chain.Search{Reply: certs{leaf, sub, root}}, "mux sub root", false, "", ""},
		"out of order":            {chain.Search{Reply: certs{root, sub, leaf}}, "mux sub root", false, "", ""},
		"twice":                   {chain.Search{Reply: certs{leaf, leaf, sub, sub, root}}, "mux sub root", false, "", ""},
		"the leaf alone":          {chain.Search{Reply: certs{leaf}, Pool: certs{sub, other, root}}, "mux sub root", false, "", ""},
		"below an anchor":         {chain.Search{Reply: certs{leaf}, Pool: certs{sub}, Anchors: certs{root, old}}, "mux sub root", true, "", ""},
		"an anchor in between":    {chain.Search{Reply: certs{leaf, sub, root}, Anchors: certs{sub}}, "mux sub", true, "root", ""},
		"with a foreign leaf":     {chain.Search{Reply: certs{other, leaf, sub, root}}, "mux sub root", false, "other", ""},
		"cross-signed, to a new":  {chain.Search{Reply: certs{leaf, sub, cross}, Anchors: certs{root}}, "mux sub root", true, "root", ""},
		"cross-signed, to an old": {chain.Search{Reply: certs{leaf, sub, cross}, Anchors: certs{old}, Pool: certs{root}}, "mux sub root old", true, "", ""},
		"cross-signed, no anchor": {chain.Search{Reply: certs{leaf, sub, cross, old, root}}, "mux sub root", false, "root old", ""},
		"one expired":             {chain.Search{Reply: certs{leaf, expiredSub, sub, root}}, "mux sub root", false, "sub", ""},
		"one that lasts longer":   {chain.Search{Reply: certs{leaf, sub, longerSub, root}}, "mux sub root", false, "sub", ""},
		"a namesake":              {chain.Search{Reply: certs{leaf, foreignSub, sub, root}}, "mux sub root", false, "sub", ""},
		"another key ID":          {chain.Search{Reply: certs{leaf, w.cert("sub", "root", "ca", "id=x"), root}}, "mux sub root", false, "", ""},
		"the right key ID":        {chain.Search{Reply: certs{leaf, w.cert("sub", "root", "ca", "id=x", "until=98"), sub, root}}, "mux sub root", false, "sub", ""},
		"a placeholder":           {chain.Search{Reply: certs{placeholder, leaf, sub, root}}, "mux sub root", false, "mux", ""},
		"the placeholder alone":   {chain.Search{Reply: certs{placeholder}}, "mux", false, "", ""},
		"an older one":            {chain.Search{Reply: certs{expired, leaf, sub, root}}, "mux sub root", false, "mux", ""},
		"names that it has":       {chain.Search{Reply: certs{leaf, sub, root}, Names: host("mux.example.com", "a.wild.example.com")}, "mux sub root", false, "", ""},

		"nothing":                {chain.Search{}, "", false, "", "no certificate in the reply"},
		"another key":            {chain.Search{Reply: certs{other, sub, root}}, "", false, "", "the reply is for another key: it certifies that of CN=other"},
		"CAs only":               {chain.Search{Reply: certs{sub, root}}, "", false, "", "certificates of CAs only"},
		"names that it lacks":    {chain.Search{Reply: certs{leaf, sub, root}, Names: host("mux.example.com", "chat.example.com", "a.b.wild.example.com")}, "mux sub root", false, "", "lacks chat.example.com, a.b.wild.example.com: it has mux.example.com"},
		"no root":                {chain.Search{Reply: certs{leaf, sub}}, "mux sub", false, "", "the issuer of CN=sub is missing: CN=root"},
		"no intermediate":        {chain.Search{Reply: certs{leaf}, Pool: certs{root}}, "mux", false, "", "the issuer of CN=mux is missing: CN=sub"},
		"only a namesake":        {chain.Search{Reply: certs{leaf}, Pool: certs{foreignSub, root}}, "mux", false, "", "another key: the signature is not by it"},
		"no room in the path":    {chain.Search{Reply: certs{leaf, sub, tight}}, "mux sub", false, "root", "path length"},
		"an issuer that is none": {chain.Search{SPKI: w.spki("below"), Reply: certs{w.cert("below", "mux"), leaf, sub, root}}, "below", false, "mux sub root", "it is not of a CA"},
		"a CA for a leaf":        {chain.Search{SPKI: w.spki("sub"), Reply: certs{sub, root}}, "", false, "", "CN=sub is the certificate of a CA"},
		"a CA for a CA":          {chain.Search{SPKI: w.spki("sub"), Reply: certs{root, sub}, CA: true}, "sub root", false, "", ""},
	} {
		s := tt.search
		s.Now = now
		if s.SPKI == nil {
			s.SPKI = w.spki("mux")
		}
		for range 4 { // the order means nothing
			r, err := s.Find()
			if err == nil && tt.err != "" || err != nil && (tt.err == "" || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("%s: %v", what, err)
			}
			if r == nil {
				r = &chain.Result{}
			}
			if names(r.Chain) != tt.chain || r.Trusted != tt.trusted {
				t.Errorf("%s: %q, trusted %v, want %q", what, names(r.Chain), r.Trusted, tt.chain)
			}
			for i := 1; i < len(r.Chain); i++ {
				if err := r.Chain[i-1].X509.CheckSignatureFrom(r.Chain[i].X509); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			unused := strings.Fields(names(r.Unused))
			slices.Sort(unused)
			want := strings.Fields(tt.unused)
			slices.Sort(want)
			if what != "cross-signed, to a new" && what != "twice" && !slices.Equal(unused, want) {
				t.Errorf("%s: unused %v, want %v", what, unused, want)
			}
			s.Reply = slices.Clone(s.Reply)
			rand.New(w.random).Shuffle(len(s.Reply), func(i, j int) { s.Reply[i], s.Reply[j] = s.Reply[j], s.Reply[i] })
		}
	}
	r, err := chain.Search{SPKI: w.spki("mux"), Reply: certs{leaf, sub}, Now: now}.Find()
	var missing *chain.MissingIssuerError
	if !errors.As(err, &missing) || missing.KeyID == "" || !slices.Equal(missing.URLs, []string{"http://root.example/"}) || r == nil {
		t.Errorf("%+v", missing)
	}
	if r, err = (chain.Search{SPKI: w.spki("mux"), Reply: certs{leaf, expiredSub, root}, Now: now}).Find(); err != nil || len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "CN=sub expired on 2026-02-28") {
		t.Errorf("%v, %v", r, err)
	}
}

// A certificate that Go cannot read has its place all the same.
func TestCurvesThatGoDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	unread := func(c *pkcs12x.Certificate) *pkcs12x.Certificate {
		// id-Ed448 in place of id-Ed25519: the key is then of the wrong length.
		der := bytes.ReplaceAll(c.Raw, []byte{0x06, 0x03, 0x2b, 0x65, 0x70}, []byte{0x06, 0x03, 0x2b, 0x65, 0x71})
		out, err := pkcs12x.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	leaf, sub, root := unread(w.cert("mux", "sub")), unread(w.cert("sub", "root", "ca")), unread(w.cert("root", "root", "ca"))
	r, err := chain.Search{SPKI: leaf.RawSPKI, Reply: certs{root, leaf, sub}, Now: now}.Find()
	if err != nil || len(r.Chain) != 3 || !bytes.Equal(r.Chain[1].Raw, sub.Raw) || len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "2 signatures cannot be checked") {
		t.Errorf("%+v, %v", r, err)
	}
}

// A reply that was damaged on its way is never installed, wherever the bit is that
// was lost: also where Go cannot read what is left.
func TestEveryDamagedBitIsSeen(t *testing.T) {
	w := newWorld(t)
	leaf, sub, root := w.cert("mux", "sub"), w.cert("sub", "root", "ca"), w.cert("root", "root", "ca")
	unread, changed := 0, 0
	for i := range 8 * len(leaf.Raw) {
		der := bytes.Clone(leaf.Raw)
		der[i/8] ^= 1 << (i % 8)
		c, err := pkcs12x.ParseCertificate(der)
		if err != nil {
			continue
		}
		r, err := chain.Search{SPKI: w.spki("mux"), Reply: certs{c, sub, root}, Now: now}.Find()
		if err == nil {
			t.Errorf("bit %d of octet %d: taken, with %v", i%8, i/8, r.Remarks)
		}
		if missing, ok := errors.AsType[*chain.MissingIssuerError](err); ok && c.X509 == nil && missing.Issuer == "CN=sub" {
			t.Errorf("bit %d of octet %d: cannot be read, and is not said to be changed", i%8, i/8)
		}
		if _, ok := errors.AsType[*chain.ChangedError](err); ok {
			if changed++; !errors.Is(err, certgen.ErrSignature) {
				t.Error(err)
			}
			if c.X509 == nil {
				unread++
			}
		}
	}
	if changed < 1000 || unread < 100 {
		t.Errorf("%d were seen, of which Go reads %d not", changed, unread)
	}
}

// Certificates that sign one another in every way end in time.
func TestCyclesAndCrowdsEnd(t *testing.T) {
	w := newWorld(t)
	var pool certs
	for i := range 14 {
		for j := range 14 {
			if i != j {
				pool = append(pool, w.cert(fmt.Sprintf("ca%d", i), fmt.Sprintf("ca%d", j), "ca", "noid"))
			}
		}
	}
	for i := range 500 {
		pool = append(pool, w.cert("ca0", "ca1", "ca", "noid", fmt.Sprintf("key=k%d", i%20)))
	}
	leaf := w.cert("mux", "ca0", "noid")
	start := time.Now()
	r, err := chain.Search{SPKI: w.spki("mux"), Reply: certs{leaf}, Pool: pool, Now: now}.Find()
	var missing *chain.MissingIssuerError
	if !errors.As(err, &missing) || len(r.Chain) < 2 {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func FuzzFind(f *testing.F) {
	w := newWorld(f)
	all := certs{w.cert("mux", "sub"), w.cert("sub", "root", "ca"), w.cert("root", "root", "ca"), w.cert("root", "sub", "ca"), w.cert("sub", "sub", "ca", "path=0")}
	f.Add([]byte{0, 1, 2, 3, 4}, uint8(3))
	f.Add([]byte{3, 4, 1, 0}, uint8(4))
	f.Fuzz(func(t *testing.T, order []byte, split uint8) {
		var list certs
		for _, i := range order[:min(len(order), 40)] {
			list = append(list, all[int(i)%len(all)])
		}
		n := min(int(split), len(list))
		r, err := chain.Search{SPKI: w.spki("mux"), Reply: list[:n], Pool: list[n:], Now: now}.Find()
		if err == nil && (len(r.Chain) == 0 || !bytes.Equal(r.Chain[0].Raw, all[0].Raw)) {
			t.Errorf("%v: %s", order, names(r.Chain))
		}
	})
}
