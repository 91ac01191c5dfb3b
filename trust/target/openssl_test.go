package target_test

import (
	"bytes"
	"crypto/x509/pkix"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/trust"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

// ca is the anchor of a CA with a key of its own.
func ca(t *testing.T, name string) *trust.Anchor {
	t.Helper()
	return newIssuer(t).anchor(pkix.Name{CommonName: name}, true)
}

func writeFiles(t *testing.T, id string, j target.Job) []target.File {
	t.Helper()
	to, ok := target.Targets().Get(id)
	if !ok {
		t.Fatalf("there is no target %s", id)
	}
	files, err := to.Write(t.Context(), j)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return files
}

// readBack reads what a target has written.
func readBack(t *testing.T, files []target.File) *trust.Set {
	t.Helper()
	var b trust.Builder
	for _, f := range files {
		if err := source.Bytes(t.Context(), &b, source.Input{Name: "bundle", Entry: f.Path, Data: f.Data}); err != nil {
			t.Fatal(err)
		}
	}
	return b.Set()
}

func byName(s *trust.Set) map[string]trust.Terms {
	out := map[string]trust.Terms{}
	for _, a := range s.Anchors {
		out[a.Name()] = a.Terms
	}
	return out
}

// What OpenSSL and p11-kit keep of trust is there again when the bundle is a source.
func TestTermsAreKept(t *testing.T) {
	all := slices.Sorted(slices.Values(trust.Purposes()))
	terms := map[string]trust.Terms{
		"plain":            {},
		"servers":          {Only: []trust.Purpose{trust.Server}},
		"servers not mail": {Only: []trust.Purpose{trust.Client, trust.Server}, Rejected: []trust.Purpose{trust.Email}},
	}
	said := map[string]trust.Terms{ // what p11-kit alone can say
		"names":         {Permitted: trust.Names{DNS: []string{"example.com", "example.net"}, IP: []string{"10.0.0.0/8", "2001:db8::/32"}}},
		"domains alone": {Permitted: trust.Names{DNS: []string{"example.com"}}},
		"network alone": {Permitted: trust.Names{IP: []string{"192.0.2.0/24"}}},
		"until": {DistrustAfter: map[trust.Purpose]time.Time{
			trust.Server: time.Date(2025, 4, 15, 23, 59, 59, 0, time.UTC),
			trust.Email:  time.Date(2055, 1, 1, 0, 0, 0, 0, time.UTC),
		}},
	}
	rejected := map[string]trust.Terms{
		"rejected":          {Only: []trust.Purpose{}, Rejected: all},
		"not for servers":   {Only: []trust.Purpose{}, Rejected: []trust.Purpose{trust.Server}},
		"for mail, not TLS": {Only: []trust.Purpose{trust.Email}, Rejected: []trust.Purpose{trust.Client, trust.Server}},
	}
	// Trust for what the bundle is not for does not go into it.
	want := map[string]trust.Terms{
		"rejected":          {Only: []trust.Purpose{}, Rejected: all},
		"not for servers":   {Only: []trust.Purpose{}, Rejected: all},
		"for mail, not TLS": {Only: []trust.Purpose{}, Rejected: []trust.Purpose{trust.Client, trust.Server}},
	}
	for id, lists := range map[string][]map[string]trust.Terms{
		"openssl-trusted": {terms},
		"p11-kit":         {terms, said},
		"rhel":            {terms, said},
	} {
		j := target.Job{Set: &trust.Set{}, Purposes: []trust.Purpose{trust.Server}}
		expected := map[string]trust.Terms{}
		for _, list := range lists {
			for name, terms := range list {
				a := ca(t, name)
				a.Terms = terms
				j.Set.Anchors = append(j.Set.Anchors, a)
				expected[name] = terms
			}
		}
		for name, terms := range rejected {
			a := ca(t, name)
			a.Terms = terms
			j.Rejected = append(j.Rejected, a)
			expected[name] = want[name]
		}
		files := writeFiles(t, id, j)
		if id == "rhel" {
			files = slices.DeleteFunc(files, func(f target.File) bool {
				if strings.HasPrefix(f.Path, "blocklist/") {
					name := strings.ReplaceAll(strings.TrimSuffix(path.Base(f.Path), ".pem"), "-", " ")
					if terms, ok := rejected[name]; !ok || !terms.None() {
						t.Errorf("%s is rejected", name)
					}
					delete(expected, name)
					return true
				}
				return false
			})
		}
		set := readBack(t, files)
		if diff := cmp.Diff(expected, byName(set)); diff != "" || len(set.Findings) > 0 || len(set.Skipped) > 0 {
			t.Errorf("%s: %s %v %v", id, diff, set.Findings, set.Skipped)
		}
	}
}

// p11-kit staples terms to keys, so those of cross-certificates are joined: none is
// trusted for more than its source said.
func TestOneKeyOneTerms(t *testing.T) {
	key := newIssuer(t)
	cross := func(name string) *trust.Anchor { return key.anchor(pkix.Name{CommonName: name}, true) }
	wide, narrow := cross("wide"), cross("narrow")
	narrow.Terms = trust.Terms{Only: []trust.Purpose{trust.Server}, Permitted: trust.Names{DNS: []string{"example.com"}}}
	wide.Terms = trust.Terms{Only: []trust.Purpose{trust.Email, trust.Server}}
	mail := ca(t, "mail")
	mail.Terms.Only = []trust.Purpose{trust.Email}
	set := readBack(t, writeFiles(t, "p11-kit", target.Job{Set: &trust.Set{Anchors: []*trust.Anchor{wide, narrow, mail}}}))
	want := map[string]trust.Terms{"wide": narrow.Terms, "narrow": narrow.Terms, "mail": mail.Terms}
	if diff := cmp.Diff(want, byName(set)); diff != "" {
		t.Error(diff)
	}

	// Where nothing is left to both, they are trusted for nothing, and not for all.
	other := cross("other")
	other.Terms.Only = []trust.Purpose{trust.Code}
	set = readBack(t, writeFiles(t, "p11-kit", target.Job{Set: &trust.Set{Anchors: []*trust.Anchor{narrow, other}}}))
	if len(set.Anchors) != 0 || len(set.Skipped) != 2 {
		t.Errorf("%+v", byName(set))
	}
}

// Whatever an anchor is called, and however it is made, it is there again when the
// bundle is a source, and the files have names that every system takes.
func TestOddAnchorsInFiles(t *testing.T) {
	set := setOf(append(odd(newIssuer(t)), ca(t, "../up"), ca(t, `quo"te % \ x`)))
	for _, id := range []string{"pem", "openssl-dir", "openssl-trusted", "der", "pkcs7", "rhel", "p11-kit", "uefi"} {
		j := target.Job{Set: set, Comments: true}
		files := writeFiles(t, id, j)
		seen := map[string]bool{}
		for _, f := range files {
			if lower := strings.ToLower(f.Path); seen[lower] || strings.ContainsAny(f.Path, `\ "`) || strings.Contains(f.Path, "..") {
				t.Errorf("%s: file %q", id, f.Path)
			} else {
				seen[lower] = true
			}
		}
		back := readBack(t, files)
		if len(back.Anchors) != len(set.Anchors) || len(back.Skipped) > 0 || len(back.Findings) > 0 {
			t.Errorf("%s: %d anchors, %v, %v", id, len(back.Anchors), back.Skipped, back.Findings)
		}
		for i, f := range writeFiles(t, id, j) {
			if f.Path != files[i].Path || !bytes.Equal(f.Data, files[i].Data) {
				t.Errorf("%s: %q is another one the second time", id, f.Path)
			}
		}
	}
}

// One certificate that OpenSSL does not read would take the whole file with it, so
// it is left out and told.
func TestWhatOpenSSLRefuses(t *testing.T) {
	good, i := ca(t, "good"), newIssuer(t)
	bad := i.parse(bytes.ReplaceAll(ca(t, "bad \u00e9 bad").Raw, []byte("\u00e9"), []byte("\xff\xff")))
	for _, id := range []string{"pem", "openssl-dir", "openssl-trusted"} {
		to, _ := target.Targets().Get(id)
		j := target.Job{Set: setOf([]*trust.Anchor{good, bad}), Rejected: []*trust.Anchor{bad}}
		if back := readBack(t, writeFiles(t, id, j)); len(back.Anchors) != 1 || back.Anchors[0].SHA256 != good.SHA256 {
			t.Errorf("%s: %d anchors", id, len(back.Anchors))
		}
		if losses := to.Losses(target.Job{Set: setOf([]*trust.Anchor{good, bad})}); len(losses) != 1 || !strings.Contains(losses[0].What, "OpenSSL") {
			t.Errorf("%s: %v", id, losses)
		}
		if _, err := to.Write(t.Context(), target.Job{Set: setOf([]*trust.Anchor{bad})}); err == nil {
			t.Errorf("%s: a bundle of nothing", id)
		}
	}
}

// Certificates of one name are counted up under its hashes, and each file has one.
func TestHashedDirectory(t *testing.T) {
	var set trust.Set
	for range 3 {
		set.Anchors = append(set.Anchors, ca(t, "twin"))
	}
	ends := map[string]int{}
	for _, f := range writeFiles(t, "openssl-dir", target.Job{Set: &set}) {
		if len(f.Path) != len("01234567.0") || bytes.Count(f.Data, []byte("BEGIN CERTIFICATE")) != 1 {
			t.Errorf("%s has %q", f.Path, f.Data)
		}
		ends[path.Ext(f.Path)]++
	}
	if diff := cmp.Diff(map[string]int{".0": 2, ".1": 2, ".2": 2}, ends); diff != "" {
		t.Error(diff)
	}
}
