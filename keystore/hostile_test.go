package keystore_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the digest of JKS
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/mutant"
	"muxkey/keystore"
	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

var mutants = flag.Int("mutants", 30, "how many mutants to make of each fixture, and fewer of those that take long")

// The bounds of every case: 2 seconds on two processors, and 256 MiB.
const (
	maxTime  = 2 * 2 * time.Second
	maxBytes = 256 << 20
)

// Mutants of every fixture of every format end soon, take little, and give an
// error of the documented kinds or a store that holds together. What an integrity
// check would stop at the door is let in: the digest of JKS is made to fit, and
// PKCS#12 comes without its MAC as well.
func TestMutantsOfFixtures(t *testing.T) {
	files, err := mutant.Files("testdata/*", "*/testdata/*", "../pkcs12x/testdata/*", "../testdata/*")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	formats := map[string]int{}
	cases, refused, slowest, largest := 0, 0, time.Duration(0), uint64(0)
	for _, f := range files {
		h := fnv.New64a()
		_, _ = h.Write([]byte(filepath.ToSlash(f.Name)))
		maker := mutant.New(h.Sum64(), files)
		intact := []mutant.File{f}
		if plain, ok := withoutMAC(f.Data); ok {
			intact = append(intact, mutant.File{Name: f.Name + " without its MAC", Data: plain})
		}
		for _, f := range intact {
			spent := time.Duration(0)
			for made := 0; made < *mutants/len(intact) && (made < 3 || spent < time.Duration(*mutants)*2*time.Millisecond); made++ {
				data, how := maker.Make(f.Data)
				data = withDigest(data)
				st, took, grown, err := measured(t, data)
				spent += took
				cases++
				slowest, largest = max(slowest, took), max(largest, grown)
				what := fmt.Sprintf("%s: %s", f.Name, how)
				if took > maxTime {
					t.Errorf("%s: took %v", what, took)
				}
				if grown > maxBytes {
					t.Errorf("%s: allocated %d MiB", what, grown>>20)
				}
				if err != nil {
					refused++
					if !documented(err) || st != nil {
						t.Errorf("%s: undocumented error %v, store %v", what, err, st)
					}
					continue
				}
				formats[st.Format]++
				if why := flaw(st); why != "" {
					t.Errorf("%s: %s", what, why)
				}
			}
		}
	}
	t.Logf("%d mutants: %d refused, read as %v; the slowest took %v, the largest allocated %d KiB", cases, refused, formats, slowest, largest>>10)
	if refused == 0 || refused == cases {
		t.Error("not all of them can have been refused, or read")
	}
	for f := range keystore.Formats().All() {
		if f.Decode != nil && formats[f.ID] == 0 {
			t.Errorf("no mutant was read as %s; has the format fixtures below testdata?", f.ID)
		}
	}
}

// The largest files that are read by default, of the things that are smallest for
// what they become: time and memory hold, at any moment.
func TestLargestFiles(t *testing.T) {
	size := pkcs12x.DefaultLimits().Size
	certificate := load(t, "testdata/certificate.der")
	text, _, _ := bytes.Cut(load(t, "testdata/chain.pem"), []byte("-----END CERTIFICATE-----\n"))
	text = append(text, "-----END CERTIFICATE-----\n"...)
	of := func(unit []byte) []byte { return bytes.Repeat(unit, size/len(unit)) }
	bundle, err := keystore.EncodePKCS7([][]byte{of(certificate)[:(size/len(certificate)-1)*len(certificate)]})
	if err != nil {
		t.Fatal(err)
	}
	for _, large := range []mutant.File{
		{Name: "certificates in DER", Data: of(certificate)},
		{Name: "certificates in PEM", Data: of(text)},
		{Name: "certificates in PKCS#7", Data: bundle},
		{Name: "blocks of unknown types", Data: of([]byte("-----BEGIN A-----\n-----END A-----\n"))},
		{Name: "one long line", Data: append([]byte("-----BEGIN CERTIFICATE-----"), of([]byte("A"))[27:]...)},
		{Name: "UTF-16", Data: append([]byte("\xff\xfe"), of([]byte("-\x00A\x00\n\x00"))[6:]...)},
		{Name: "a manifest of many values", Data: manyValues(size / 30)}, // more has more parts than are read
		{Name: "a manifest of nested lists", Data: append([]byte("kind: Secret\ndata: "), of([]byte("["))[20:]...)},
		{Name: "a manifest in JSON", Data: append([]byte(`{"kind": "Secret", "data": {"a": [`), of([]byte("{},"))[40:]...)},
		{Name: "one chain in JKS", Data: chainInJKS(certificate, size)},
	} {
		runtime.GC()
		stop := peakOfHeap()
		st, took, _, err := measured(t, large.Data)
		grown := stop()
		if err == nil && len(st.Entries) == 0 || err != nil && !documented(err) {
			t.Errorf("%s: %v", large.Name, err)
		}
		t.Logf("%s, %d MiB: took %v, at most %d MiB, error %v", large.Name, len(large.Data)>>20, took, grown>>20, err)
		if took > maxTime || grown > maxBytes {
			t.Errorf("%s: took %v, at most %d MiB", large.Name, took, grown>>20)
		}
	}
}

// manyValues is a Kubernetes Secret.
func manyValues(size int) []byte {
	out := []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata:\n")
	for i := 0; len(out) < size-30; i++ {
		out = fmt.Appendf(out, "  k%d: QQ==\n", i)
	}
	return out
}

// chainInJKS is a store with one key and a chain as long as fits.
func chainInJKS(certificate []byte, size int) []byte {
	one := binary.BigEndian.AppendUint32([]byte("\x00\x05X.509"), uint32(len(certificate))) //nolint:gosec // it is short
	one = append(one, certificate...)
	n := (size - 100) / len(one)
	out := []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01" + "\x00\x00\x00\x01\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x01x")
	out = binary.BigEndian.AppendUint32(out, uint32(n)) //nolint:gosec // below 2^32
	return withDigest(append(append(out, bytes.Repeat(one, n)...), make([]byte, sha1.Size)...))
}

// peakOfHeap watches how much more memory is in use than now, until stop, which
// tells the most that was seen.
func peakOfHeap() (stop func() uint64) {
	read := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, done, result := read(), make(chan struct{}), make(chan uint64)
	go func() {
		most := before
		for {
			select {
			case <-done:
				result <- max(most, read()) - before
				return
			case <-time.After(5 * time.Millisecond):
				most = max(most, read())
			}
		}
	}()
	return func() uint64 { close(done); return <-result }
}

// measured opens data, and tells the time and all that was allocated, which is
// more than what was held at a time.
func measured(t *testing.T, data []byte) (st *keystore.Store, took time.Duration, grown uint64, err error) {
	t.Helper()
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	start := worked()
	st, err = keystore.Decode(t.Context(), "mutant", data, withPassword(fixturePassword))
	took = worked() - start
	metrics.Read(sample)
	return st, took, sample[0].Value.Uint64() - before, err
}

// flaw says what does not hold together in a store.
func flaw(st *keystore.Store) string {
	if _, ok := keystore.Formats().Get(st.Format); !ok {
		return "it is of the unknown format " + st.Format
	}
	seen := map[string]bool{}
	for _, e := range st.Entries {
		alias := strings.ToLower(e.Alias)
		switch {
		case seen[alias]:
			return fmt.Sprintf("the alias %q is there twice", e.Alias)
		case e.Alias == "":
			return "an entry has no alias"
		case e.Kind == "":
			return fmt.Sprintf("%q has no kind", e.Alias)
		case e.Kind == pkcs12x.PrivateKey && e.Key == nil, (e.Kind == pkcs12x.PlainCertificate || e.Kind == pkcs12x.TrustedCertificate) && len(e.Chain) != 1:
			return fmt.Sprintf("%q is a %s without what makes it one", e.Alias, e.Kind)
		case e.Key != nil && e.Key.PKCS8 == nil && e.Key.Err == nil:
			return fmt.Sprintf("the key of %q is locked, and nothing says why", e.Alias)
		}
		seen[alias] = true
		if got, err := st.Find(e.Alias); err != nil || got != e {
			return fmt.Sprintf("%q is not found", e.Alias)
		}
	}
	return ""
}

// withoutMAC takes the MAC off a PKCS#12 file.
func withoutMAC(data []byte) ([]byte, bool) {
	in := cryptobyte.String(data)
	var body, version, content, mac cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Element(&version, cbasn1.INTEGER) ||
		!body.ReadASN1Element(&content, cbasn1.SEQUENCE) || !body.ReadASN1Element(&mac, cbasn1.SEQUENCE) || !pkcs12x.Detect(data) {
		return nil, false
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(version)
		b.AddBytes(content)
	})
	return b.BytesOrPanic(), true
}

// withDigest gives a JKS or JCEKS file the digest that fits its content.
func withDigest(data []byte) []byte {
	if _, ok := jks.Detect(data); !ok || len(data) < sha1.Size {
		return data
	}
	h := sha1.New() //nolint:gosec // the format has no other
	for _, c := range []byte(fixturePassword) {
		h.Write([]byte{0, c})
	}
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(data[:len(data)-sha1.Size])
	return h.Sum(data[:len(data)-sha1.Size])
}
