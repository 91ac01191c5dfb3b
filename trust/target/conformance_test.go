package target_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

var updateSamples = flag.Bool("update", false, "rewrite the samples")

const storePassword = "changeit"

// oneWay are the targets that cannot be read back, with the reason.
var oneWay = map[string]string{
	"windows-powershell": "it is a program",
}

// bounded are the targets that must refuse ten thousand anchors, with a part of the
// error.
var bounded = map[string]string{
	"kubernetes-configmap": "holds at most", "kubernetes-secret": "holds at most", "trust-manager": "holds at most", "cluster-trust-bundle": "holds at most",
}

// Every target does what the fields of its descriptor say, with all that a
// certificate can have in it.
func TestConformance(t *testing.T) {
	names := map[string]string{}
	for to := range target.Targets().All() {
		if other, taken := names[strings.ToLower(to.Name)]; taken {
			t.Errorf("%s and %s are both written to %q", other, to.ID, to.Name)
		}
		names[strings.ToLower(to.Name)] = to.ID
		c := conformance{to}
		t.Run(to.ID, func(t *testing.T) {
			t.Parallel()
			t.Run("described", func(t *testing.T) { c.described(t) })
			t.Run("sample", func(t *testing.T) { c.sampled(t) })
			t.Run("edges", func(t *testing.T) {
				anchors := edgeAnchors(t)
				c.repeats(t, anchors)
				c.written(t, anchors)
			})
			t.Run("ten-thousand", func(t *testing.T) {
				if testing.Short() {
					t.Skip("-short leaves out what takes long")
				}
				c.written(t, manyAnchors(t, 10_000))
			})
			t.Run("losses", func(t *testing.T) { c.losses(t) })
		})
	}
}

// conformance is the suite for one target.
type conformance struct{ target.Target }

func (to conformance) described(t *testing.T) {
	for what, text := range map[string]string{"Title": to.Title, "Clients": to.Clients, "Name": to.Name, "Proof": to.Proof} {
		if strings.TrimSpace(text) == "" || strings.Contains(text, "\n") {
			t.Errorf("%s is %q", what, text)
		}
	}
	for _, need := range to.Needs {
		if !slices.Contains(to.Options, need) {
			t.Errorf("it needs %s, which has no effect", need)
		}
	}
	if to.Write == nil || to.Use == nil {
		t.Fatal("it has no Write or no Use")
	}
	const path = "some where/it's here"
	steps := to.Use(path, fullJob(nil, 1))
	named := false
	for _, s := range steps {
		if s.Text == "" || !strings.HasSuffix(s.Text, ".") && !strings.HasSuffix(s.Text, ":") {
			t.Errorf("the step %q is no sentence", s.Text)
		}
		if strings.Contains(s.Command, "it's here") && s.Shell == "" {
			t.Errorf("the path is not quoted in %s", s.Command)
		}
		named = named || strings.Contains(s.Command, "here")
	}
	if !named {
		t.Errorf("none of its %d steps says what to do with what was written", len(steps))
	}
}

// fullJob is one with all options, so that every target has what it needs.
func fullJob(anchors []*trust.Anchor, seed byte) target.Job {
	return target.Job{
		Set: &trust.Set{Anchors: anchors}, Purposes: []trust.Purpose{trust.Server}, Password: storePassword,
		Hosts: []string{"registry.example.com:5000"}, Name: "muxkey-trust", Namespace: "apps",
		Rand: mathrand.NewChaCha8([32]byte{seed}),
	}
}

// sampled compares what is written for two certificates with what a person has
// looked at.
func (to conformance) sampled(t *testing.T) {
	var anchors []*trust.Anchor
	for _, name := range []string{"root.pem", "other-root.pem"} {
		anchors = append(anchors, sampleRoot(t, name))
	}
	var got bytes.Buffer
	for _, f := range to.write(t, fullJob(anchors, 1)) {
		fmt.Fprintf(&got, "-- %s --\n", f.Path)
		if isPlainText(f.Data) {
			got.Write(f.Data)
		} else if slices.Contains(to.Options, target.Password) {
			got.WriteString("(a keystore)\n") // reading it back says more
		} else {
			fmt.Fprintf(&got, "(%d octets, SHA-256 %x)\n", len(f.Data), sha256.Sum256(f.Data))
		}
	}
	golden := filepath.Join("testdata", "samples", to.ID+".txt")
	if *updateSamples {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("it has no sample; go test ./trust/target -run Conformance -update makes one, for a person to look at: %v", err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("it writes\n%s\nand the sample is\n%s", &got, want)
	}
}

func isPlainText(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
}

func sampleRoot(t *testing.T, name string) *trust.Anchor {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	return parsedAnchor(t, block.Bytes)
}

func parsedAnchor(t *testing.T, der []byte) *trust.Anchor {
	t.Helper()
	a, err := trust.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// write makes the files and holds them to what is common to all targets.
func (to conformance) write(t *testing.T, j target.Job) []target.File {
	t.Helper()
	files, err := to.Write(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range files {
		switch {
		case to.Directory && (f.Path == "" || !fs.ValidPath(f.Path) || !filepath.IsLocal(filepath.FromSlash(f.Path))):
			t.Errorf("the path %q leads elsewhere", f.Path)
		case !to.Directory && f.Path != "":
			t.Errorf("it is one file, and has the path %q", f.Path)
		case strings.ContainsFunc(f.Path, func(r rune) bool { return r < '!' || r > '~' || strings.ContainsRune(`\"'<>|?*`, r) }):
			t.Errorf("some system does not take the path %q", f.Path)
		case seen[strings.ToLower(f.Path)]:
			t.Errorf("there are two files %q, but for case", f.Path)
		case len(f.Data) == 0:
			t.Errorf("the file %q is empty", f.Path)
		}
		seen[strings.ToLower(f.Path)] = true
	}
	if len(files) == 0 || !to.Directory && len(files) != 1 {
		t.Fatalf("it writes %d files", len(files))
	}
	return files
}

// repeats writes the same anchors several times.
func (to conformance) repeats(t *testing.T, anchors []*trust.Anchor) {
	first := to.write(t, fullJob(anchors, 1))
	same := slices.EqualFunc(first, to.write(t, fullJob(anchors, 1)), func(a, b target.File) bool {
		return a.Path == b.Path && a.Mode == b.Mode && bytes.Equal(a.Data, b.Data)
	})
	if !same {
		t.Error("the same anchors and random numbers make other bytes the second time")
	}
	same = slices.EqualFunc(first, to.write(t, fullJob(anchors, 2)), func(a, b target.File) bool {
		return a.Path == b.Path && bytes.Equal(a.Data, b.Data)
	})
	if !same && !slices.Contains(to.Options, target.Password) {
		t.Error("nothing is encrypted, and yet random numbers change the bytes")
	}
}

// written writes anchors and reads them back.
func (to conformance) written(t *testing.T, anchors []*trust.Anchor) {
	if says, ok := bounded[to.ID]; ok && len(anchors) >= 10_000 {
		if _, err := to.Write(t.Context(), fullJob(anchors, 1)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("ten thousand anchors: error %v, want %q", err, says)
		}
		return
	}
	start := time.Now()
	files := to.write(t, fullJob(anchors, 1))
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s for %d anchors", took, len(anchors))
	}
	if why := oneWay[to.ID]; why != "" {
		t.Logf("not read back: %s", why)
		return
	}
	want := fingerprintsOf(anchors)
	for _, a := range anchors {
		if to.Refuses == nil || to.Refuses(a) == "" {
			continue
		}
		delete(want, a.Fingerprint())
		if !slices.ContainsFunc(to.Losses(fullJob(anchors, 1)), func(l target.Loss) bool { return l.Anchor == a }) {
			t.Errorf("it leaves %q out and does not tell", a.Name())
		}
	}
	if got := to.readBack(t, files); !maps.Equal(got, want) {
		t.Errorf("%d anchors were written and %d are read back; lost: %v", len(want), len(got), lostAnchors(want, got, anchors))
	}
}

func fingerprintsOf(anchors []*trust.Anchor) map[string]bool {
	out := map[string]bool{}
	for _, a := range anchors {
		out[a.Fingerprint()] = true
	}
	return out
}

func lostAnchors(want, got map[string]bool, anchors []*trust.Anchor) (names []string) {
	for _, a := range anchors {
		if f := a.Fingerprint(); want[f] && !got[f] && len(names) < 5 {
			names = append(names, fmt.Sprintf("%.40q", a.Name()))
		}
	}
	return names
}

// readBack reads every file by itself; what is no bundle in a directory, such as a
// script, is passed over.
func (conformance) readBack(t *testing.T, files []target.File) map[string]bool {
	t.Helper()
	var b trust.Builder
	limits := pkcs12x.DefaultLimits()
	limits.Size = 64 << 20
	o := source.Options{Limits: limits, Password: func(string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return storePassword, nil }
	}}
	for i, f := range files {
		err := source.Bytes(t.Context(), &b, source.Input{Name: fmt.Sprint(i) + filepath.Ext(f.Path), Data: f.Data, Options: o})
		if format, ok := errors.AsType[*keystore.FormatError](err); ok && !format.Damaged && len(files) > 1 {
			continue
		}
		if err != nil {
			t.Fatalf("%s is not read back; add a kind to trust/source, or a line to oneWay that says why not: %v", f.Path, err)
		}
	}
	set, _ := b.Set().Select(trust.Selection{Purposes: []trust.Purpose{trust.Server}})
	return fingerprintsOf(set.Anchors)
}

// losses holds what a target says that it can say against what it writes: what it
// says must be seen in the bytes, and what it does not must be told as lost.
func (to conformance) losses(t *testing.T) {
	plain := fullJob([]*trust.Anchor{sampleRoot(t, "root.pem"), sampleRoot(t, "other-root.pem")}, 1)
	without := to.write(t, plain)
	if lost := to.Losses(plain); len(lost) > 0 {
		t.Errorf("it loses %v of anchors of which nothing is known", lost)
	}
	for _, term := range []struct {
		name string
		says bool
		set  func(j *target.Job)
	}{
		{"Purposes", to.Says.Purposes, func(j *target.Job) { j.Set.Anchors[0].Terms.Only = []trust.Purpose{trust.Email} }},
		{"DistrustAfter", to.Says.DistrustAfter, func(j *target.Job) {
			j.Set.Anchors[0].Terms.DistrustAfter = map[trust.Purpose]time.Time{trust.Server: time.Date(2025, 4, 15, 0, 0, 0, 0, time.UTC)}
		}},
		{"Permitted", to.Says.Permitted, func(j *target.Job) { j.Set.Anchors[0].Terms.Permitted = trust.Names{DNS: []string{"corp.example"}} }},
		{"Rejected", to.Says.Rejected, func(j *target.Job) {
			a := edgeWith(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Rejected"} })
			a.Terms.Rejected = []trust.Purpose{trust.Server}
			j.Rejected = []*trust.Anchor{a}
		}},
	} {
		j := fullJob([]*trust.Anchor{sampleRoot(t, "root.pem"), sampleRoot(t, "other-root.pem")}, 1)
		term.set(&j)
		lost := to.Losses(j)
		if told := len(lost) > 0; told == term.says {
			t.Errorf("Says.%s is %v, and as lost it tells %v", term.name, term.says, lost)
		}
		changed := !slices.EqualFunc(without, to.write(t, j), func(a, b target.File) bool { return a.Path == b.Path && bytes.Equal(a.Data, b.Data) })
		if changed != term.says {
			t.Errorf("Says.%s is %v, and that it changes what is written is %v", term.name, term.says, changed)
		}
	}
}

// edgeAnchors are certificates with all that makes trouble.
func edgeAnchors(t *testing.T) []*trust.Anchor {
	var out []*trust.Anchor
	for _, name := range []string{
		"Plain", "plain", "two\nlines", "a\x00b", `"double" 'single' \ back`, "<!-- & --> ]]>", "-----BEGIN CERTIFICATE-----",
		"Zürich 東京 \U0001f600", strings.Repeat("long ", 60), "../../etc/passwd", "CON", "$(reboot) `reboot` %PATH%", ": {yaml}", "  ", "-o", "a:b",
	} {
		out = append(out, edgeWith(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: name} }))
	}
	empty := edgeWith(t, func(*x509.Certificate) {})
	twins := []*trust.Anchor{
		edgeWith(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Twin"} }),
		edgeWith(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Twin"} }),
	}
	refused := edgeWith(t, func(c *x509.Certificate) { // RFC 5280 section 4.2: each extension once
		c.Subject = pkix.Name{CommonName: "Refused by Go"}
		e := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: []byte{5, 0}}
		c.ExtraExtensions = []pkix.Extension{e, e}
	})
	if refused.Unparsable == "" {
		t.Fatal("Go takes the certificate that it should refuse")
	}
	return append(append(out, empty, refused), twins...)
}

func edgeWith(t *testing.T, change func(*x509.Certificate)) *trust.Anchor {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return parsedAnchor(t, der)
}

// manyAnchors are certificates that differ in a number in their name; nobody checks the
// signature of an anchor.
func manyAnchors(t *testing.T, n int) []*trust.Anchor {
	t.Helper()
	const mark = "number 000000"
	der := edgeWith(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: mark} }).Raw
	out := make([]*trust.Anchor, n)
	for i := range out {
		out[i] = parsedAnchor(t, bytes.ReplaceAll(der, []byte(mark), fmt.Appendf(nil, "number %06d", i)))
	}
	return out
}
