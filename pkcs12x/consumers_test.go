package pkcs12x

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// declaredFeatures reads the constants from features.go, so that one which is
// added there and forgotten in the table of titles is found.
func declaredFeatures(t *testing.T) []Feature {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "features.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []Feature
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, Feature(s))
		}
		return true
	})
	if len(list) < 30 {
		t.Fatalf("only %d features found in features.go", len(list))
	}
	return list
}

func TestEveryFeatureHasATitle(t *testing.T) {
	declared := declaredFeatures(t)
	all := AllFeatures()
	for _, f := range declared {
		if !slices.Contains(all, f) {
			t.Errorf("%s has no title", f)
		}
	}
	titles := map[string]bool{}
	for _, f := range all {
		if !slices.Contains(declared, f) {
			t.Errorf("%s has a title and is no feature", f)
		}
		if titles[f.Title()] || f.Title() == "" {
			t.Errorf("the title %q of %s is not its own", f.Title(), f)
		}
		titles[f.Title()] = true
	}
	if got := Feature("new").Title(); got != "new" {
		t.Errorf("the title of an unknown feature is %q", got)
	}
}

func TestConsumersAreSound(t *testing.T) {
	names, titles := map[string]string{}, map[string]bool{}
	var families []string
	for _, c := range Consumers() {
		for _, n := range append([]string{c.ID}, c.Aliases...) {
			if other, taken := names[bareName(n)]; taken {
				t.Errorf("%s and %s are both called %q", other, c.ID, n)
			}
			if n != strings.ToLower(n) {
				t.Errorf("%q is not in lower case", n)
			}
			names[bareName(n)] = c.ID
		}
		if titles[c.Title] || c.Title == "" {
			t.Errorf("%s: the title %q is not its own", c.ID, c.Title)
		}
		titles[c.Title] = true
		if last := len(families) - 1; last < 0 || families[last] != c.Family {
			if slices.Contains(families, c.Family) {
				t.Errorf("%s stands apart from its family %s", c.ID, c.Family)
			}
			families = append(families, c.Family)
		}
		if c.Family == "" || c.Source == "" || strings.TrimSpace(c.Notes) == "" && c.Basis == Reported {
			t.Errorf("%s: no family, source or notes", c.ID)
		}
		if !slices.Contains([]Basis{Measured, FromSource, FromVendor, Reported, Inferred}, c.Basis) {
			t.Errorf("%s: basis %q", c.ID, c.Basis)
		}
		if len(c.Reads) == 0 || !slices.Equal(c.Reads, union(c.Reads)) {
			t.Errorf("%s: Reads is empty, or holds a feature twice or out of order: %v", c.ID, c.Reads)
		}
		for _, f := range []Feature{CipherUnknown, PRFUnknown, MACUnknown} {
			if slices.Contains(c.Reads, f) {
				t.Errorf("%s reads %s, which is a bag of unlike things", c.ID, f)
			}
		}
	}
	if len(names) < 150 {
		t.Errorf("only %d names", len(names))
	}
}

// A later release reads all that an earlier one did, except where OpenSSL 3
// moved old ciphers to a provider and Bouncy Castle set a limit.
func TestFamiliesOnlyLearn(t *testing.T) {
	forgot := map[string][]Feature{
		"openssl-3.0":        {CipherPBES2Legacy, CipherSHA1RC2x128, CipherSHA1RC2x40, CipherSHA1RC4x128, CipherSHA1RC4x40, CipherPBES1},
		"nodejs-18":          {CipherPBES2Legacy, CipherSHA1RC2x128, CipherSHA1RC2x40, CipherSHA1RC4x128, CipherSHA1RC4x40, CipherPBES1},
		"bouncy-castle-1.78": {IterationsOver5Million},
	}
	var before Consumer
	for _, c := range Consumers() {
		if c.Family == before.Family {
			if lost := c.Missing(before.Reads); !slices.Equal(lost, forgot[c.ID]) {
				t.Errorf("%s lost %v since %s", c.ID, lost, before.ID)
			}
		}
		before = c
	}
}

// A bare family name means its weakest maintained release, so what it reads all
// the later ones must read.
func TestBareNamesAreSafe(t *testing.T) {
	for bare, family := range map[string]string{
		"java": "Java", "openssl": "OpenSSL", "windows": "Windows", "macos": "macOS", "ios": "iOS", "android": "Android",
		"nss": "NSS", "gnutls": "GnuTLS", "nodejs": "Node.js", "bouncy-castle": "Bouncy Castle", "sametime": "HCL Sametime",
	} {
		weakest, ok := ConsumerByID(bare)
		if !ok || weakest.Family != family {
			t.Errorf("%s is %q", bare, weakest.ID)
			continue
		}
		p, err := StrongestFor(bare)
		if err != nil {
			t.Error(err)
		}
		seen := false
		for _, c := range Consumers() {
			seen = seen || c.ID == weakest.ID
			if missing := c.Missing(p.Features()); seen && c.Family == family && len(missing) > 0 {
				t.Errorf("%s gets %s, of which %s cannot read %v", bare, p.Name, c.ID, missing)
			}
		}
	}
}

func TestConsumerByID(t *testing.T) {
	for typed, id := range map[string]string{
		"java-17": "java-17", "java17": "java-17", "Java 17": "java-17", "JDK17": "java-17", "java_17": "java-17",
		"java": "java-8", "java8": "java-8", "Java 1.8": "java-8", "java18": "java-17", "java-19": "java-17", "java24": "java-21",
		"openssl3": "openssl-3.0", "openssl-3.2": "openssl-3.0", "OpenSSL3.6": "openssl-3.5", "openssl1.0.2": "openssl-1.0",
		"windows2016": "windows-server-2016", "Windows Server 2012 R2": "windows-8.1", "windows": "windows-server-2016",
		"sametime": "sametime-12", "twc": "teamwork-cloud", "gms": "genesys-gms-java-8", "firefox": "nss-3.101",
		"golang.org/x/crypto/pkcs12": "go-x-crypto", "node20": "nodejs-18", ".NET": "dotnet", "windows8.1": "windows-8.1",
	} {
		if c, ok := ConsumerByID(typed); !ok || c.ID != id {
			t.Errorf("%q is %q, want %q", typed, c.ID, id)
		}
	}
	for _, typed := range []string{"", "-", "java-171", "jav", "windows-95"} {
		if c, ok := ConsumerByID(typed); ok {
			t.Errorf("%q is %q", typed, c.ID)
		}
	}
}

func TestStrongestFor(t *testing.T) {
	for names, want := range map[string]string{
		"":                           "modern-2023",
		"java17":                     "modern-2023",
		"java":                       "modern-2023",
		"java-8-before-301":          "legacy-3des",
		"java26,openssl3.4":          "modern-2026",
		"java26,openssl3.3":          "modern-2023",
		"java26,windows2016":         "legacy-3des",
		"windows2016":                "legacy-3des",
		"windows-10":                 "modern-2023",
		"macos-14,java-26":           "legacy-3des",
		"macos,ios,windows-11":       "modern-2023",
		"nss,gnutls-3.8.6,go-pkcs12": "modern-2026",
		"openssl-fips":               "modern-2026",
		"teamwork-cloud":             "modern-2023",
		"genesys-gms":                "legacy-3des",
		"sametime-12":                "legacy-3des", // HCL's own instructions come to legacy-rc2, which is weaker
		"sametime-truststore,java17": "legacy-3des",
		"sametime-11,openssl3":       "legacy-3des",
		"java-17,java-17":            "modern-2023",
		"x-crypto,node-forge,python-cryptography": "legacy-3des",
	} {
		var ids []string
		if names != "" {
			ids = strings.Split(names, ",")
		}
		p, err := StrongestFor(ids...)
		if err != nil || p.Name != want {
			t.Errorf("%q: %q, %v; want %q", names, p.Name, err, want)
		}
	}
}

func TestStrongestForSaysWhyNot(t *testing.T) {
	_, err := StrongestFor("java-17", "jaav-8")
	if unknown, ok := errors.AsType[*UnknownConsumerError](err); !ok || unknown.ID != "jaav-8" {
		t.Errorf("unknown name: %v", err)
	}
	_, err = StrongestFor("openssl-fips", "java")
	none, ok := errors.AsType[*NoProfileError](err)
	if !ok || len(none.Consumers) != 2 || none.Consumers[1].ID != "java-8" || none.Best[0].Name != "modern-2026" {
		t.Fatalf("no common profile: %v", err)
	}
	if want := "no one profile is read by all: openssl-fips reads modern-2026 at best, java-8 reads modern-2023 at best"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	e := &NoProfileError{Consumers: []Consumer{{ID: "abacus"}}, Best: []Profile{{}}}
	if want := "no one profile is read by all: abacus reads none of them at best"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	// What reads files in the open alone is not given one.
	if p, ok := strongest([]Consumer{{ID: "abacus", Reads: Passwordless().Features()}}); ok {
		t.Errorf("a consumer without encryption gets %s", p.Name)
	}
}

// The programs that were given a file of every profile, and what came of it.
func TestMeasuredVerdicts(t *testing.T) {
	const all = "modern-2026 modern-2023 legacy-3des legacy-rc2 passwordless"
	for id, want := range map[string]string{
		"java-8":                 "modern-2023 legacy-3des legacy-rc2 passwordless",
		"java-11":                "modern-2023 legacy-3des legacy-rc2 passwordless",
		"java-17":                "modern-2023 legacy-3des legacy-rc2 passwordless",
		"java-21":                "modern-2023 legacy-3des legacy-rc2 passwordless",
		"java-25":                "modern-2023 legacy-3des legacy-rc2 passwordless",
		"java-25.0.5":            all,
		"java-26":                all,
		"openssl-1.0":            "modern-2023 legacy-3des legacy-rc2",
		"openssl-1.1.1":          "modern-2023 legacy-3des legacy-rc2",
		"openssl-3.0":            "modern-2023 legacy-3des",
		"openssl-3.5":            "modern-2026 modern-2023 legacy-3des passwordless",
		"openssl-3-legacy":       "modern-2023 legacy-3des legacy-rc2 passwordless",
		"gnutls-3.7":             "modern-2023 legacy-3des legacy-rc2",
		"gnutls-3.8.6":           "modern-2026 modern-2023 legacy-3des legacy-rc2",
		"nss-3.71":               "modern-2023 legacy-3des legacy-rc2",
		"nss-3.101":              "modern-2026 modern-2023 legacy-3des legacy-rc2",
		"nodejs-18":              "modern-2023 legacy-3des",
		"bouncy-castle-1.68":     "modern-2023 legacy-3des legacy-rc2",
		"bouncy-castle-1.86":     "modern-2026 modern-2023 legacy-3des legacy-rc2",
		"go-x-crypto":            "legacy-3des legacy-rc2",
		"go-pkcs12-0.5":          "modern-2023 legacy-3des legacy-rc2",
		"go-pkcs12-0.6":          "modern-2026 modern-2023 legacy-3des legacy-rc2",
		"python-cryptography-48": all,
	} {
		c, ok := ConsumerByID(id)
		if !ok || c.Basis != Measured {
			t.Errorf("%s is not there, or not measured", id)
		}
		var got []string
		for _, p := range Profiles() {
			if len(c.Missing(p.Features())) == 0 {
				got = append(got, p.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s reads %v, want %s", id, got, want)
		}
	}
}

func TestReaders(t *testing.T) {
	verdict := func(features []Feature, id string) Verdict {
		list := Readers(features)
		i := slices.IndexFunc(list, func(v Verdict) bool { return v.Consumer.ID == id })
		if len(list) != len(Consumers()) || i < 0 {
			t.Fatalf("%d verdicts, %s at %d", len(list), id, i)
		}
		return list[i]
	}
	if v := verdict(LegacyRC2().Features(), "java-17"); !v.Reads || v.Missing != nil {
		t.Errorf("java-17 on legacy-rc2: %v, missing %v", v.Reads, v.Missing)
	}
	if v := verdict(LegacyRC2().Features(), "openssl-3.0"); v.Reads || !slices.Equal(v.Missing, []Feature{CipherSHA1RC2x40}) {
		t.Errorf("openssl-3.0 on legacy-rc2: %v, missing %v", v.Reads, v.Missing)
	}
	if v := verdict(Modern2023().Features(), "windows-server-2016"); v.Reads || !slices.Equal(v.Missing, []Feature{CipherAES256, PRFSHA256, MACSHA256}) {
		t.Errorf("windows-server-2016 on modern-2023: %v, missing %v", v.Reads, v.Missing)
	}
	for _, v := range Readers([]Feature{CipherUnknown}) {
		if v.Reads {
			t.Errorf("%s reads a cipher nobody knows", v.Consumer.ID)
		}
	}
	for _, v := range Readers(nil) {
		if !v.Reads {
			t.Errorf("%s cannot read what asks for nothing", v.Consumer.ID)
		}
	}
}

func TestProfilesInOrder(t *testing.T) {
	var names []string
	taken := map[string]bool{}
	for _, p := range Profiles() {
		names = append(names, p.Name)
		for _, n := range append([]string{p.Name}, p.Aliases...) {
			got, ok := ProfileByName(strings.ToUpper(n))
			if taken[n] || !ok || got.Name != p.Name {
				t.Errorf("the name %q is %q, want %q", n, got.Name, p.Name)
			}
			taken[n] = true
		}
		if p.Title == "" || p.Reads == "" {
			t.Errorf("%s: no title, or no word on who reads it", p.Name)
		}
	}
	if got, want := strings.Join(names, " "), "modern-2026 modern-2023 legacy-3des legacy-rc2 passwordless"; got != want {
		t.Errorf("profiles %s, want %s", got, want)
	}
	if p, ok := ProfileByName(DefaultProfile); !ok || p.Name != Modern2023().Name {
		t.Errorf("the default is %q", p.Name)
	}
	if p, ok := ProfileByName("modern-1999"); ok {
		t.Errorf("modern-1999 is %q", p.Name)
	}
}

// The table judges a profile by its Features before a file is there, and the
// file by what Parse finds in it: the two must agree.
func TestProfileFeaturesAreThoseOfItsFiles(t *testing.T) {
	key := newEntry(t, "mux")
	for _, p := range Profiles() {
		entries := []*Entry{key}
		if p.Key.Scheme == SchemeNone {
			entries = []*Entry{{Alias: "root", Kind: TrustedCertificate, Chain: key.Chain}}
		}
		data, err := fast(p).Encode(t.Context(), dice(), password, entries)
		if err != nil {
			t.Fatal(err)
		}
		file, err := Parse(data, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		var set featureSet
		set.add(file.Features()...)
		if st, err := file.List(t.Context(), password); err != nil {
			t.Error(err)
		} else {
			set.add(st.Features...)
		}
		if got, want := union(set.list), union(p.Features()); !slices.Equal(got, want) {
			t.Errorf("%s: a file has %v, the profile says %v", p.Name, got, want)
		}
	}
}

func TestWithIterations(t *testing.T) {
	p := Modern2023().WithIterations(7, 11)
	if p.Key.Iterations != 7 || p.Cert.Iterations != 7 || p.MAC.Iterations != 11 {
		t.Errorf("got %d, %d, %d", p.Key.Iterations, p.Cert.Iterations, p.MAC.Iterations)
	}
	if q := p.WithIterations(0, -1); q.Key != p.Key || q.Cert != p.Cert || q.MAC != p.MAC {
		t.Errorf("counts below 1 changed %v to %v", p, q)
	}
	java, _ := ConsumerByID("java")
	for _, p := range []Profile{LegacyRC2().WithIterations(5_000_001, 0), Modern2026().WithIterations(0, 5_000_001)} {
		if !slices.Contains(p.Features(), IterationsOver5Million) || !slices.Contains(java.Missing(p.Features()), IterationsOver5Million) {
			t.Errorf("%s with more than 5,000,000 iterations: %v", p.Name, p.Features())
		}
	}
	for _, p := range []Profile{LegacyRC2().WithIterations(5_000_000, 5_000_000), Passwordless().WithIterations(5_000_001, 5_000_001)} {
		if slices.Contains(p.Features(), IterationsOver5Million) {
			t.Errorf("%s: %v", p.Name, p.Features())
		}
	}
}
