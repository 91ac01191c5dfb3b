package certgen_test

import (
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
	"muxkey/internal/peer"
)

// What Refusal.By says of each verifier is what it does. The leaf hangs below an
// intermediate with the constraints; it is signed by a twin without them, for
// the CA itself would refuse.
func TestVerifiersRefuseWhatConstraintsRefuse(t *testing.T) {
	cases := []struct {
		permitted, excluded string // separated by blanks
		subject             string
		names               string
		refused             string // who
	}{
		{permitted: "example.com", names: "mux.example.com"},
		{permitted: "example.com", names: "example.com"},
		{permitted: "example.com", names: "*.example.com"},
		{permitted: "example.com", names: "mux.example.com other.org", refused: "Go OpenSSL Java"},
		{permitted: "example.com", names: "muxexample.com", refused: "Go OpenSSL Java"},
		{permitted: "example.com other.org", names: "mux.example.com other.org"},
		{permitted: "example.com", names: "mux.example.com 10.0.0.1"},
		{excluded: "bad.example.com", names: "mux.example.com"},
		{excluded: "bad.example.com", names: "x.bad.example.com", refused: "Go OpenSSL Java"},
		{excluded: "bad.example.com", names: "*.example.com", refused: "Go Java"},
		{permitted: "10.0.0.0/8", names: "10.1.2.3"},
		{permitted: "10.0.0.0/8", names: "11.1.2.3", refused: "Go OpenSSL Java"},
		{permitted: "10.0.0.0/8", names: "2001:db8::1", refused: "Go OpenSSL Java"},
		{permitted: "2001:db8::/32", names: "2001:db8::1"},
		{excluded: "ip:0.0.0.0/0", names: "10.0.0.1", refused: "Go OpenSSL Java"},
		{excluded: "ip:::/0", names: "2001:db8::1", refused: "Go OpenSSL Java"},
		{excluded: "dns:", names: "mux.example.com", refused: "Go OpenSSL Java"},
		{permitted: "10.0.0.0/8", excluded: "dns:", subject: "CN=10.1.2.3", names: "10.1.2.3", refused: "OpenSSL"},
		{permitted: "10.0.0.0/8", subject: "CN=11.1.2.3", names: "a@example.com", refused: "Java"},
		{permitted: "10.0.0.0/8", subject: "CN=11.1.2.3", names: "10.1.2.3"},
		{permitted: "10.0.0.0/8", subject: "CN=11.1.2.3", names: "mux.example.com", refused: "Java"},
		{permitted: "example.com", subject: "CN=mux.other.org", names: "10.1.2.3", refused: "OpenSSL Java"},
		{permitted: "email:example.com", names: "a@example.com"},
		{permitted: "email:example.com", names: "a@x.example.com", refused: "OpenSSL Java"},
		{permitted: "email:.example.com", names: "a@x.example.com"},
		{permitted: "email:.example.com", names: "a@example.com", refused: "Go OpenSSL Java"},
		{permitted: "a@example.com", names: "a@example.com"},
		{permitted: "a@example.com", names: "b@example.com", refused: "Go OpenSSL Java"},
		{permitted: "email:example.com", subject: "CN=a,emailAddress=a@other.org", names: "uri:https://example.com/", refused: "OpenSSL"},
		{permitted: "email:example.com", subject: "CN=a,emailAddress=a@other.org", refused: "OpenSSL Java"},
		{permitted: "uri:example.com", names: "https://example.com/a"},
		{permitted: "uri:example.com", names: "https://x.example.com/a", refused: "OpenSSL Java"},
		{permitted: "uri:.example.com", names: "https://x.example.com:8443/a"},
		{permitted: "uri:.example.com", names: "https://example.com/", refused: "Go OpenSSL Java"},
		{permitted: "uri:example.com", names: "https://10.0.0.1/", refused: "Go OpenSSL Java"},
		{permitted: "uri:example.com", names: "urn:example:mux", refused: "Go OpenSSL Java"},
		{permitted: "example.com", names: "mux.example.com urn:example:mux", refused: "Go"},
		{permitted: "example.com", names: "mux.example.com https://10.0.0.1/", refused: "Go"},
		{permitted: "O=Example", subject: "CN=a,O=Example", refused: "Go"},
		{permitted: "O=Example", subject: "CN=a,O=EXAMPLE", refused: "Go"},
		{permitted: "O=Example", subject: "CN=a,O=Other", refused: "Go OpenSSL Java"},
		{excluded: "O=Example", subject: "CN=a,O=Example", refused: "Go OpenSSL Java"},
		{permitted: "example.com", subject: "CN=mux.other.org", names: "a@example.com", refused: "OpenSSL Java"},
		{permitted: "example.com", subject: "CN=mux.other.org", names: "mux.example.com"},
		{permitted: "example.com", subject: "CN=John Doe"},
		{permitted: "example.com", subject: "CN=john.doe", refused: "OpenSSL Java"},
		{permitted: "example.com", subject: "CN=joe", refused: "Java"},
		{permitted: "example.com", subject: "CN=joe_doe"},
		{permitted: "example.com", subject: "CN=a_b.other.org", refused: "OpenSSL"},
		{permitted: "example.com", subject: "CN=*.other.org", refused: "Java"},
		{permitted: "example.com", subject: "CN=-a.other.org"},
		{permitted: "example.com", subject: "CN=1joe", refused: "Java"},
		{permitted: "example.com", subject: "CN=Jürgen"},
		{permitted: "example.com", subject: "CN=joe@other.org"},
		{permitted: "example.com", subject: "CN=mux", refused: "Java"},
		{permitted: "mux", subject: "CN=MUX"},
		{permitted: "dns:.example.com", names: "mux.example.com"},
		{permitted: "dns:.example.com", names: "example.com", refused: "Go OpenSSL Java"},
		{permitted: "example.com", names: "upn:a@corp mux.example.com"},
	}
	openssl, java := peer.Program(t, "openssl"), peer.Program(t, "java")
	if testing.Short() {
		t.Skip("the JVM is slow")
	}
	dir, start := t.TempDir(), time.Now()
	key := mustKey(t, "ec-p256")
	rootDER, err := certgen.CreateRoot(seeded(3), key, caContent(t, "CN=Root", 1), lasting(start), certgen.Signing{})
	root := parsed(t, rootDER, err)
	rootFile := writePEMAt(t, filepath.Join(dir, "root.pem"), root)
	ca, err := certgen.NewCA([]*x509.Certificate{root}, key)
	if err != nil {
		t.Fatal(err)
	}
	subKey := mustKey(t, "ec-p384")
	type outcome struct{ got map[string]string }
	var paths []string
	outcomes := make([]outcome, len(cases))
	for i, tt := range cases {
		content := caContent(t, "CN=Sub", 0)
		twin := parsed(t, must(ca.Issue(seeded(4), time.Now(), subKey.Public(), content, lasting(start))), nil)
		content.Constraints = rawConstraints(t, strings.Fields(tt.permitted), strings.Fields(tt.excluded))
		sub := parsed(t, must(ca.Issue(seeded(4), time.Now(), subKey.Public(), content, lasting(start))), nil)
		free, err := certgen.NewCA([]*x509.Certificate{twin, root}, subKey)
		if err != nil {
			t.Fatal(err)
		}
		leafContent := certgen.Content{Names: mustNames(t, strings.Fields(tt.names)...)}
		if tt.subject != "" {
			if leafContent.Subject, err = certgen.ParseDN(tt.subject); err != nil {
				t.Fatal(err)
			}
		} else {
			leafContent.Subject = must(certgen.ParseDN("CN=leaf"))
		}
		leaf := parsed(t, must(free.Issue(seeded(5), time.Now(), mustKey(t, "ed25519").Public(), leafContent, lasting(start))), nil)
		name := func(s string) string { return filepath.Join(dir, string(rune('A'+i/26))+string(rune('a'+i%26))+s) }
		subFile, leafFile := writePEMAt(t, name("sub.pem"), sub), writePEMAt(t, name("leaf.pem"), leaf)
		got := map[string]string{}
		roots, inter := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(root)
		inter.AddCert(sub)
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: inter, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			got["Go"] = err.Error()
		}
		if out, ok := run(t, openssl, "verify", "-CAfile", rootFile, "-untrusted", subFile, leafFile); !ok {
			got["OpenSSL"] = out
		}
		outcomes[i].got = got
		paths = append(paths, leafFile+","+subFile+","+rootFile)

		constrained, err := certgen.NewCA([]*x509.Certificate{sub, root}, subKey)
		if err != nil {
			t.Fatal(err)
		}
		some, err := constrained.Check(leafContent)
		by := refusers(some, err)
		if want := strings.Fields(tt.refused); !slices.Equal(by, want) {
			t.Errorf("%+v: we say that %v refuse, want %v (%v, %v)", tt, by, want, some, err)
		}
	}
	out, ok := run(t, java, append([]string{filepath.Join("testdata", "Validate.java")}, paths...)...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !ok || len(lines) != len(cases) {
		t.Fatalf("java: %s", out)
	}
	for i, tt := range cases {
		if lines[i] != "ok" {
			outcomes[i].got["Java"] = lines[i]
		}
		for _, v := range []string{"Go", "OpenSSL", "Java"} {
			why, refuses := outcomes[i].got[v]
			if want := slices.Contains(strings.Fields(tt.refused), v); want != refuses {
				t.Errorf("permitted %q, excluded %q, subject %q, names %q: refused by %s: %v (%s), want %v", tt.permitted, tt.excluded, tt.subject, tt.names, v, refuses, why, want)
			}
		}
	}
}

// refusers lists who refuses at least one name.
func refusers(some []certgen.Refusal, err error) []string {
	if e, ok := errors.AsType[*certgen.NotPermittedError](err); ok {
		some = append(slices.Clone(some), e.Refused...)
	}
	var out []string
	for _, v := range []string{"Go", "OpenSSL", "Java"} {
		if slices.ContainsFunc(some, func(r certgen.Refusal) bool { return slices.Contains(r.By, v) }) {
			out = append(out, v)
		}
	}
	return out
}

// rawConstraints takes what ParseConstraint refuses, too.
func rawConstraints(t *testing.T, permitted, excluded []string) certgen.Constraints {
	t.Helper()
	parse := func(words []string) []certgen.Constraint {
		var out []certgen.Constraint
		for _, w := range words {
			c, err := certgen.ParseConstraint(w)
			if kind, value, _ := strings.Cut(w, ":"); err != nil && (value == "" || value[0] == '.') {
				c, err = certgen.Constraint{Kind: certgen.NameKind(kind), Value: value}, nil
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, c)
		}
		return out
	}
	return certgen.Constraints{Permitted: parse(permitted), Excluded: parse(excluded)}
}

func TestParseConstraints(t *testing.T) {
	for word, want := range map[string]string{
		"example.com": "dns:example.com", "Bücher.example": "dns:xn--bcher-kva.example", "dns:localhost": "dns:localhost",
		"10.0.0.0/8": "ip:10.0.0.0/8", "10.0.0.1": "ip:10.0.0.1/32", "2001:db8::/32": "ip:2001:db8::/32", "ip:::/0": "ip:::/0",
		"email:Example.com": "email:example.com", "email:.example.com": "email:.example.com", "a@example.com": "email:a@example.com",
		"uri:.example.com": "uri:.example.com", "O=Example, C=DE": "dn:O=Example,C=DE", "dn:O=Example": "dn:O=Example",
	} {
		got, err := certgen.ParseConstraint(word)
		if err != nil || got.String() != want {
			t.Errorf("%s: %v, %v, want %s", word, got, err, want)
		}
		if again, err := certgen.ParseConstraint(got.String()); err != nil || again.String() != want {
			t.Errorf("%s again: %v, %v", got, again, err)
		}
	}
	for _, word := range []string{"", "dns:", ".example.com", "*.example.com", "10.0.0.1/8", "10.0.0.0/33", "a b", "uri:https://example.com", "email:@", "O=", "ip:mux"} {
		if got, err := certgen.ParseConstraint(word); err == nil {
			t.Errorf("%q: %v", word, got)
		}
	}
	if got := must(certgen.ParseConstraints([]string{"10.0.0.0/8", "example.com"}, nil)).ForServers(); len(got.Excluded) != 0 {
		t.Errorf("addresses are spoken of: %v", got)
	}
}

func FuzzParseConstraint(f *testing.F) {
	for _, s := range []string{"example.com", "10.0.0.0/8", "email:.example.com", "dn:O=Example", "uri:.a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := certgen.ParseConstraint(s); err == nil {
			if again, err := certgen.ParseConstraint(c.String()); err != nil || again.Value != c.Value {
				t.Errorf("%q is %v, and that is %v, %v", s, c, again, err)
			}
			_, _ = certgen.Constraints{Permitted: []certgen.Constraint{c}}.Check(nil, mustNames(t, "mux.example.com", "https://a/"))
		}
	})
}
