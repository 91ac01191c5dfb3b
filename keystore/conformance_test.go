package keystore_test

import (
	"bytes"
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muxkey/internal/mutant"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// sample is a file of a format, and what the format has room for besides
// entries, certificates and keys.
type sample struct {
	file     string // below this folder; it has a key where the format has keys
	password string // empty when nothing in it is protected
	keeps    string // when it is written: "dates", dates to the "seconds", "attributes"
	beside   string // the name of another file that belongs to it
	holds    string // of a file that carries a store: its format
	partly   bool   // the integrity check is of parts, and not of the whole file
}

// samples has one line for each format; the suite asks for nothing more.
var samples = map[string]sample{
	"pkcs12":     {file: "../pkcs12x/testdata/openssl-default.p12", password: fixturePassword, keeps: "attributes"},
	"jks":        {file: "jks/testdata/keytool.jks", password: fixturePassword, keeps: "dates"},
	"jceks":      {file: "jks/testdata/keytool.jceks", password: fixturePassword, keeps: "dates"},
	"bks":        {file: "bks/testdata/store.bks", password: fixturePassword, keeps: "dates"},
	"bks-v1":     {file: "bks/testdata/store-v1.bks", password: fixturePassword, keeps: "dates"},
	"uber":       {file: "bks/testdata/store.uber", password: fixturePassword, keeps: "dates"},
	"bcfks":      {file: "bcfks/testdata/default.bcfks", password: fixturePassword, keeps: "seconds"},
	"nss":        {file: "nss/testdata/password-key4.db.gz", password: "nss-secret-1", beside: "password-cert9.db.gz", partly: true},
	"kubernetes": {file: "testdata/secret.yaml", password: fixturePassword, holds: "pkcs12"},
	"pkcs7":      {file: "testdata/chain.p7b"},
	"pem":        {file: "testdata/server-encrypted.pem", password: fixturePassword},
	"der":        {file: "testdata/certificates.der"},
}

// TestConformance is what holds for every format, whichever it is.
func TestConformance(t *testing.T) {
	formats := keystore.Formats()
	for id := range samples {
		if _, ok := formats.Get(id); !ok {
			t.Errorf("there is a sample for the format %q, which is not registered", id)
		}
	}
	entries := allKindsOfEntry(t)
	for f := range formats.All() {
		t.Run(f.ID, func(t *testing.T) {
			if f.Decode == nil && f.Members == nil {
				t.Skip("it has no bytes of its own")
			}
			s, ok := samples[f.ID]
			if !ok {
				t.Fatalf("the format %q has no sample: add a line to samples in %s", f.ID, "conformance_test.go")
			}
			c := &conformance{format: f, sample: s, entries: entries, data: load(t, s.file)}
			t.Run("detection", c.detection)
			t.Run("wrong password", c.wrongPassword)
			t.Run("corruption", c.corruption)
			t.Run("without password", c.withoutPassword)
			t.Run("concurrency", c.concurrency)
			if f.Encode == nil {
				return
			}
			t.Run("round trip", c.roundTrip)
			t.Run("sample", c.sampleRoundTrip)
			t.Run("aliases", c.aliases)
			t.Run("opaque algorithm", c.opaqueAlgorithm)
		})
	}
}

type conformance struct {
	format  keystore.Format
	sample  sample
	data    []byte
	entries []*keystore.Entry
}

func load(t testing.TB, path string) []byte {
	t.Helper()
	file, err := mutant.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return file.Data
}

// open opens data as if it were the sample.
func (c *conformance) open(t *testing.T, data []byte, password string) (*keystore.Store, error) {
	t.Helper()
	return c.openWith(t, data, withPassword(password))
}

func (c *conformance) openWith(t *testing.T, data []byte, o keystore.Options) (*keystore.Store, error) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, strings.TrimSuffix(filepath.Base(name), ".gz"))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if c.sample.beside != "" {
		write(c.sample.beside, load(t, filepath.Join(filepath.Dir(c.sample.file), c.sample.beside)))
	}
	return keystore.Open(t.Context(), write(c.sample.file, data), o)
}

func (c *conformance) mustOpen(t *testing.T) *keystore.Store {
	t.Helper()
	st, err := c.open(t, c.data, c.sample.password)
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Entries) == 0 {
		t.Fatal("the sample has no entries")
	}
	return st
}

// The sample is its own format's under whatever name, and no other format is as
// sure; garbage is nobody's, whatever its name says.
func (c *conformance) detection(t *testing.T) {
	inside := cmp.Or(c.sample.holds, c.format.ID)
	if st := c.mustOpen(t); st.Format != inside {
		t.Errorf("the sample is taken for %s", st.Format)
	}
	head := c.data[:min(len(c.data), 64<<10)]
	own := c.format.Detect(head)
	for other := range keystore.Formats().All() {
		if other.ID != c.format.ID && other.Detect(head) >= own {
			t.Errorf("%s is as sure of the sample as %s", other.ID, c.format.ID)
		}
		for _, extension := range other.Extensions {
			st, err := keystore.Decode(t.Context(), "sample"+extension, c.data, keystore.Options{})
			if err == nil && st.Format != inside {
				t.Errorf("as a file *%s it is taken for %s", extension, st.Format)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, extension := range c.format.Extensions {
		for size := range 40 {
			garbage := make([]byte, size*size*4)
			for i := range garbage {
				garbage[i] = byte(random.Uint32())
			}
			st, err := keystore.Decode(t.Context(), "garbage"+extension, garbage, withPassword("x"))
			e, ok := errors.AsType[*keystore.FormatError](err)
			if st != nil || !ok || e.Damaged || e.Unread {
				t.Errorf("%d octets of garbage in a file *%s: %v, %v", len(garbage), extension, st, err)
			}
		}
	}
}

func (c *conformance) wrongPassword(t *testing.T) {
	if c.sample.password == "" {
		t.Skip("nothing in it is protected")
	}
	for _, wrong := range []string{"wrong", "", c.sample.password + " ", strings.ToUpper(c.sample.password), "\x00", "ü€😀", strings.Repeat("w", 10_000)} {
		if st, err := c.open(t, c.data, wrong); !errors.Is(err, keystore.ErrPassword) || st != nil {
			t.Errorf("%.20q: %v, %v", wrong, st, err)
		}
	}
}

// documented tells whether an error is one of those that Open promises.
func documented(err error) bool {
	_, format := errors.AsType[*keystore.FormatError](err)
	_, limit := errors.AsType[*pkcs12x.LimitError](err)
	return format || limit || errors.Is(err, keystore.ErrPassword) || errors.Is(err, pkcs12x.ErrUnsupported)
}

// One octet is changed, at many places. Where an integrity check over the whole
// file comes out right, nothing else may come out but what was there. Where there
// are checks of the parts alone, some may be missing or closed, and no key may be
// another.
func (c *conformance) corruption(t *testing.T) {
	intact := c.mustOpen(t)
	before, keys := contentOf(intact), keysOf(intact)
	random := rand.New(rand.NewPCG(3, 4))
	refused, unverified, same, less := 0, 0, 0, 0
	flips := 150
	if start := worked(); contentOf(c.mustOpen(t)) == before && worked()-start > 20*time.Millisecond {
		flips = 40
	}
	for i := range flips {
		at := i * len(c.data) / flips
		data := bytes.Clone(c.data)
		data[at] ^= byte(1 + random.IntN(255))
		st, err := c.open(t, data, c.sample.password)
		switch {
		case err != nil && !documented(err):
			t.Errorf("octet %d: undocumented error %v", at, err)
		case err != nil:
			refused++
		case !st.Verified:
			unverified++
		case contentOf(st) == before:
			same++
		case c.sample.partly && !slices.ContainsFunc(keysOf(st), func(k string) bool { return !slices.Contains(keys, k) }):
			less++
		default:
			t.Errorf("octet %d: %02x instead of %02x gives\n%s\ninstead of\n%s", at, data[at], c.data[at], contentOf(st), before)
		}
	}
	t.Logf("of %d files %d were refused, %d not verified, %d the same, %d have lost a part", flips, refused, unverified, same, less)
	if refused+unverified+less == 0 {
		t.Error("no change was noticed")
	}
}

// contentOf tells everything that matters of a store.
func contentOf(st *keystore.Store) string {
	var b strings.Builder
	for _, e := range st.Entries {
		fmt.Fprintf(&b, "%s %q %x", e.Kind, e.Alias, e.Value)
		for _, c := range e.Chain {
			fmt.Fprintf(&b, " %x", c.Raw)
		}
		if e.Key != nil {
			fmt.Fprintf(&b, " %x", e.Key.PKCS8)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// keysOf are the keys that are open.
func keysOf(st *keystore.Store) []string {
	var keys []string
	for _, e := range st.Entries {
		if e.Key != nil && e.Key.PKCS8 != nil {
			keys = append(keys, string(e.Key.PKCS8))
		}
	}
	return keys
}

// The same octets are opened, and the same entries written, by many at a time;
// make race looks on.
func (c *conformance) concurrency(t *testing.T) {
	want := contentOf(c.mustOpen(t))
	held := c.held(c.entries)
	if len(held) > 3 {
		held = held[:3]
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			st, err := c.open(t, c.data, c.sample.password)
			if err != nil || contentOf(st) != want {
				t.Errorf("another content, or %v", err)
			}
		})
	}
	if c.format.Encode != nil {
		for range 2 {
			wg.Go(func() {
				if _, err := c.encode(t, held); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func (c *conformance) encoding() keystore.Encoding {
	return keystore.Encoding{Profile: pkcs12x.Modern2023().WithIterations(1000, 1000), Password: "sesame-street"}
}

func (c *conformance) encode(t *testing.T, entries []*keystore.Entry) (*keystore.Store, error) {
	t.Helper()
	enc := c.encoding()
	data, err := keystore.Encode(t.Context(), crand.Reader, c.format.ID, entries, enc)
	if err != nil {
		return nil, err
	}
	return keystore.Decode(t.Context(), "made", data, withPassword(enc.Password))
}

// held are the entries that the format has a place for.
func (c *conformance) held(entries []*keystore.Entry) []*keystore.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e *keystore.Entry) bool {
		return c.format.Refuses != nil && c.format.Refuses(e, c.encoding()) != ""
	})
}

// allKindsOfEntry are open, and have aliases of their own.
func allKindsOfEntry(t *testing.T) []*keystore.Entry {
	t.Helper()
	var entries []*keystore.Entry
	kinds := map[keystore.Kind]bool{}
	for _, file := range []string{
		"../pkcs12x/testdata/openssl-default.p12", "../pkcs12x/testdata/openssl-key-rsa.p12", "../pkcs12x/testdata/openssl-key-ed25519.p12",
		"../pkcs12x/testdata/openssl-key-ed448.p12", "../pkcs12x/testdata/keytool-17.p12",
		"../pkcs12x/testdata/keytool-trust.p12", "../pkcs12x/testdata/keytool-secret.p12", "testdata/certificate-v1.der",
		"jks/testdata/keytool.jks", "testdata/crl.pem", "testdata/request.pem", "testdata/public-ec.pem",
	} {
		for _, e := range open(t, file, withPassword(fixturePassword)).Entries {
			if e.Key != nil && e.Key.PKCS8 == nil {
				continue // under a password of its own
			}
			e.Alias = fmt.Sprintf("entry-%02d", len(entries))
			kinds[e.Kind] = true
			entries = append(entries, e)
		}
	}
	if len(kinds) < 7 {
		t.Fatalf("the entries are of the kinds %v only", kinds)
	}
	return entries
}

func (c *conformance) roundTrip(t *testing.T) {
	held := c.held(c.entries)
	if len(held) < 3 {
		t.Fatalf("it holds %d of %d entries", len(held), len(c.entries))
	}
	c.compare(t, held)
	for _, e := range held { // also each alone
		if e.Key == nil { // which costs a derivation
			c.compare(t, []*keystore.Entry{e})
		}
	}
	if refused := len(c.entries) - len(held); refused > 0 {
		_, err := c.encode(t, c.entries)
		if e, ok := errors.AsType[*keystore.UnsupportedEntriesError](err); !ok || len(e.Aliases) != refused {
			t.Errorf("it cannot hold %d entries, and says %v", refused, err)
		}
	}
}

// The sample itself can be written again, and is the same then.
func (c *conformance) sampleRoundTrip(t *testing.T) {
	c.compare(t, c.held(c.mustOpen(t).Entries))
}

// compare writes entries and compares what is read with them.
func (c *conformance) compare(t *testing.T, entries []*keystore.Entry) {
	t.Helper()
	st, err := c.encode(t, entries)
	if err != nil {
		t.Error(err)
		return
	}
	if !c.format.KeepsAliases {
		// What belongs together is found out anew, so all that can be said is that
		// everything is there.
		want, got := pieces(entries), pieces(st.Entries)
		if !slices.Equal(want, got) {
			t.Errorf("%d pieces became %d", len(want), len(got))
		}
		return
	}
	if len(st.Entries) != len(entries) {
		t.Errorf("%d entries became %d: %q", len(entries), len(st.Entries), st.Aliases())
	}
	for _, want := range entries {
		got, err := st.Find(want.Alias)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := c.difference(want, got); diff != "" {
			t.Errorf("%s %q: %s", want.Kind, want.Alias, diff)
		}
	}
}

// pieces are the certificates, keys and other contents of entries, each once.
func pieces(entries []*keystore.Entry) []string {
	var out []string
	for _, e := range entries {
		for _, c := range e.Chain {
			out = append(out, string(c.Raw))
		}
		if e.Key != nil {
			out = append(out, string(e.Key.PKCS8))
		}
		if e.Value != nil {
			out = append(out, string(e.Value))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// difference says what an entry has lost on its way; empty when nothing that the
// format keeps.
func (c *conformance) difference(want, got *keystore.Entry) string {
	switch {
	case got.Kind != want.Kind:
		return "it became a " + string(got.Kind)
	case !strings.EqualFold(got.Alias, want.Alias):
		return "its alias became " + got.Alias
	case !slices.EqualFunc(got.Chain, want.Chain, func(a, b *keystore.Certificate) bool { return bytes.Equal(a.Raw, b.Raw) }):
		return fmt.Sprintf("its chain of %d became one of %d, or another", len(want.Chain), len(got.Chain))
	case !bytes.Equal(got.Value, want.Value):
		return "its content changed"
	case (want.Key == nil) != (got.Key == nil):
		return "its key came or went"
	case strings.Contains(c.sample.keeps, "dates") && !want.Created.IsZero() && !got.Created.Equal(want.Created.Truncate(time.Millisecond)),
		strings.Contains(c.sample.keeps, "seconds") && !want.Created.IsZero() && !got.Created.Equal(want.Created.Truncate(time.Second)):
		return fmt.Sprintf("its date became %v", got.Created)
	}
	switch {
	case want.Key == nil:
	case want.Key.PKCS8 == nil:
		if !bytes.Equal(want.Key.Shrouded, got.Key.Shrouded) {
			return "its locked key changed"
		}
	default:
		a, errA := want.Key.Secret()
		b, errB := got.Key.Secret()
		if errA != nil || errB != nil || !bytes.Equal(a, b) || !want.Key.Algorithm.Equal(got.Key.Algorithm) {
			return "its key changed"
		}
		if want.Kind == pkcs12x.PrivateKey && !bytes.Equal(want.Key.PKCS8, got.Key.PKCS8) {
			return "what is around its key changed"
		}
	}
	if strings.Contains(c.sample.keeps, "attributes") {
		for _, lists := range [][2][]keystore.Attribute{{want.Attributes, got.Attributes}, {attributesOfKey(want), attributesOfKey(got)}, {attributesOfLeaf(want), attributesOfLeaf(got)}} {
			for _, a := range lists[0] {
				if !slices.ContainsFunc(lists[1], func(b keystore.Attribute) bool { return a.ID.Equal(b.ID) }) {
					return "it lost the attribute " + a.ID.String()
				}
			}
		}
	}
	return ""
}

func attributesOfKey(e *keystore.Entry) []keystore.Attribute {
	if e.Key == nil {
		return nil
	}
	return e.Key.Attributes
}

func attributesOfLeaf(e *keystore.Entry) []keystore.Attribute {
	if len(e.Chain) == 0 {
		return nil
	}
	return e.Chain[0].Attributes
}

// hostileAliases are what an alias can be, and should not be in a path, a
// terminal, or a shell.
var hostileAliases = []string{
	"grün € 😀", "日本語", "نعم", "Mux", "../../etc/passwd", `..\..\windows`, "/", "-o", "$(reboot)", "a\tb\r\nc", "\x1b]0;owned\a", "nul\x00nul",
	" blank ", "\u202egnp.exe", "e\u0301", "é", strings.Repeat("n", 1000), strings.Repeat("😀", 300), "ß", "İstanbul", "\u0130", "x\u212a",
}

// Whatever its alias, an entry is found again under it and holds what it held,
// or is refused; two that Java would take for one do not become one silently.
func (c *conformance) aliases(t *testing.T) {
	if !c.format.KeepsAliases {
		t.Skip("the format has no aliases, or does not keep them")
	}
	var certificate *keystore.Entry
	for _, e := range c.held(c.entries) {
		if e.Key == nil && len(e.Chain) == 1 {
			certificate = e
		}
	}
	if certificate == nil {
		t.Fatal("it holds no certificate")
	}
	named := func(alias string) *keystore.Entry {
		e := *certificate
		e.Alias = alias
		return &e
	}
	check := func(aliases ...string) error {
		var entries []*keystore.Entry
		for _, alias := range aliases {
			entries = append(entries, named(alias))
		}
		st, err := c.encode(t, entries)
		if err != nil {
			return err
		}
		for _, alias := range aliases {
			got, err := st.Find(alias)
			if err != nil {
				t.Errorf("%.20q: %v", alias, err)
				continue
			}
			if diff := c.difference(named(got.Alias), got); diff != "" { // case may have changed
				t.Errorf("%.20q: %s", alias, diff)
			}
		}
		return nil
	}
	if err := check(hostileAliases...); err != nil {
		t.Errorf("aliases are refused: %v", err)
	}
	if err := check(""); err != nil {
		t.Logf("the empty alias is refused: %v", err)
	}
	for _, twins := range [][2]string{{"mux", "mux"}, {"Mux", "mUX"}, {"GRÜN", "grün"}} {
		_, err := c.encode(t, []*keystore.Entry{named(twins[0]), named(twins[1])})
		if !errors.Is(err, pkcs12x.ErrDuplicateAlias) {
			t.Errorf("%q: %v", twins, err)
		}
	}
}

// A key whose algorithm nobody knows is listed, and carried to the octet.
func (c *conformance) opaqueAlgorithm(t *testing.T) {
	info, err := asn1.Marshal(struct {
		Version   int
		Algorithm struct{ ID asn1.ObjectIdentifier }
		Key       []byte
	}{Algorithm: struct{ ID asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 7}}, Key: []byte("of another world")})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pkcs12x.ParsePrivateKey(info)
	if err != nil {
		t.Fatal(err)
	}
	e := &keystore.Entry{Alias: "opaque", Kind: pkcs12x.PrivateKey, Key: key, Chain: c.entries[0].Chain[:1]}
	if len(c.held([]*keystore.Entry{e})) == 0 {
		t.Skip("it holds no such key")
	}
	st, err := c.encode(t, []*keystore.Entry{e})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(st.Entries, func(e *keystore.Entry) bool { return e.Key != nil })
	if i < 0 {
		t.Fatalf("the key is not listed: %v", summary(st))
	}
	got := st.Entries[i].Key
	if !bytes.Equal(got.PKCS8, info) || got.Private != nil || !errors.Is(got.Err, pkcs12x.ErrUnsupported) || !got.Algorithm.Equal(key.Algorithm) {
		t.Errorf("it became %+v", got)
	}
}

// Without a password what stands in the open is listed, nothing is claimed to
// have been checked, and no key is open.
func (c *conformance) withoutPassword(t *testing.T) {
	if c.sample.password == "" {
		t.Skip("nothing in it is protected")
	}
	st, err := c.openWith(t, c.data, keystore.Options{
		Unlock: true, Password: func(context.Context) (string, error) { return "", keystore.ErrNoPassword },
	})
	if err != nil {
		t.Fatal(err)
	}
	if st.Verified {
		t.Error("it is verified")
	}
	for _, e := range st.Entries {
		if e.Key != nil && (e.Key.PKCS8 != nil || e.Key.Err == nil) {
			t.Errorf("the key of %q: %+v", e.Alias, e.Key)
		}
	}
}
