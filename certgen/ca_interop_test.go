package certgen_test

import (
	"crypto/x509"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
	"muxkey/internal/peer"
)

// Chains of every key type and profile, with constraints, path lengths and
// policies, hold before OpenSSL in its strict mode, GnuTLS, Java and keytool.
func TestOthersTakeOurChains(t *testing.T) {
	openssl, certtool, java := peer.Program(t, "openssl"), peer.Program(t, "certtool"), peer.Program(t, "java")
	if testing.Short() {
		t.Skip("the JVM is slow")
	}
	purposes := map[string]string{"server": "sslserver", "client": "sslclient", "mutual": "sslclient", "code": "any", "ca": "any"}
	dir, start := t.TempDir(), time.Now()
	var paths, what []string
	for _, kt := range certgen.KeyTypes() {
		for _, pss := range []bool{false, true} {
			if pss && kt.Name != "rsa-2048" {
				continue
			}
			s := certgen.Signing{PSS: pss}
			key, subKey := mustKey(t, kt.Name), mustKey(t, "ec-p384")
			c := caContent(t, "CN=Example Root, O=Example, C=DE", 2)
			der, err := certgen.CreateRoot(seeded(3), key, c, lasting(start), s)
			root := must(certgen.NewCA([]*x509.Certificate{parsed(t, der, err)}, key))
			root.Signing = s
			c = caContent(t, "CN=Example CA, O=Example, C=DE", 1)
			c.Constraints = must(certgen.ParseConstraints([]string{"example.com", "email:example.com"}, []string{"bad.example.com"})).ForServers()
			der, err = root.Issue(seeded(4), start, subKey.Public(), c, lasting(start))
			sub := must(certgen.NewCA([]*x509.Certificate{parsed(t, der, err), root.Certificate()}, subKey))
			base := filepath.Join(dir, kt.Name+map[bool]string{true: "-pss"}[pss])
			rootFile, subFile := writePEMAt(t, base+"-root.pem", root.Certificate()), writePEMAt(t, base+"-sub.pem", sub.Certificate())
			for _, p := range certgen.Profiles() {
				c := p.Content(mustKey(t, kt.Name).Public())
				c.Subject = must(certgen.ParseDN("CN=A leaf,O=Example")) // one word would be a host to Java
				if p.Hosts {
					c.Names = mustNames(t, "mux.example.com", "a@example.com")
				}
				c.Policies = []certgen.Policy{{OID: must(x509.ParseOID("1.3.6.1.4.1.55555.1")), CPS: "http://example.com/cps"}}
				c.CRLs, c.Issuers = []string{"http://example.com/ca.crl"}, []string{"http://example.com/ca.cer"}
				der, err := sub.Issue(seeded(5), start, mustKey(t, kt.Name).Public(), c, lasting(start))
				file := writePEMAt(t, base+"-"+p.Name+".pem", parsed(t, der, err))
				if out, ok := run(t, openssl, "verify", "-x509_strict", "-purpose", purposes[p.Name], "-CAfile", rootFile, "-untrusted", subFile, file); !ok {
					t.Errorf("%s: openssl: %s", file, out)
				}
				if p.CA {
					// Without purposes it may be a server, so that GnuTLS takes any
					// commonName for a host, and refuses it.
				} else if out, ok := run(t, certtool, "--verify", "--load-ca-certificate", rootFile, "--infile", bundle(t, file, subFile)); !ok {
					t.Errorf("%s: certtool: %s", file, out)
				}
				paths, what = append(paths, file+","+subFile+","+rootFile), append(what, file)
			}
		}
	}
	out, ok := run(t, java, append([]string{filepath.Join("testdata", "Validate.java")}, paths...)...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !ok || len(lines) != len(paths) {
		t.Fatalf("java: %s", out)
	}
	for i, line := range lines {
		if line != "ok" {
			t.Errorf("%s: java: %s", what[i], line)
		}
	}
}

// A CA without a path left, and one that is none, cannot be used behind our back:
// the verifiers refuse what hangs below.
func TestOthersHoldThePathLength(t *testing.T) {
	openssl, java := peer.Program(t, "openssl"), peer.Program(t, "java")
	if testing.Short() {
		t.Skip("the JVM is slow")
	}
	dir, start := t.TempDir(), time.Now()
	rootKey, subKey := mustKey(t, "ec-p256"), mustKey(t, "ec-p384")
	create := func(pathLen int) *x509.Certificate {
		der, err := certgen.CreateRoot(seeded(3), rootKey, caContent(t, "CN=Root", pathLen), lasting(start), certgen.Signing{})
		return parsed(t, der, err)
	}
	// The intermediate is issued under a root with room, and shown under one
	// without.
	wide, narrow := create(1), create(0)
	ca := must(certgen.NewCA([]*x509.Certificate{wide}, rootKey))
	der, err := ca.Issue(seeded(4), start, subKey.Public(), caContent(t, "CN=Sub", 0), lasting(start))
	sub := parsed(t, der, err)
	below := must(certgen.NewCA([]*x509.Certificate{sub, wide}, subKey))
	der, err = below.Issue(seeded(5), start, mustKey(t, "ed25519").Public(), serverContent(t, "mux.example.com"), lasting(start))
	leaf := writePEMAt(t, filepath.Join(dir, "leaf.pem"), parsed(t, der, err))
	subFile := writePEMAt(t, filepath.Join(dir, "sub.pem"), sub)
	wideFile, narrowFile := writePEMAt(t, filepath.Join(dir, "wide.pem"), wide), writePEMAt(t, filepath.Join(dir, "narrow.pem"), narrow)
	for file, want := range map[string]bool{wideFile: true, narrowFile: false} {
		if out, ok := run(t, openssl, "verify", "-CAfile", file, "-untrusted", subFile, leaf); ok != want {
			t.Errorf("%s: openssl: %s", file, out)
		}
	}
	if _, err := verifyUnder(narrow, sub, leaf); err == nil {
		t.Error("Go takes the chain")
	}
	// Java does not hold an anchor to its path length (RFC 5280 section 6.1.1
	// leaves it open); an intermediate it does, below.
	tight := parsed(t, must(ca.Issue(seeded(6), start, mustKey(t, "ec-p521").Public(), caContent(t, "CN=Tight", 0), lasting(start))), nil)
	twin := parsed(t, must(certgen.CreateRoot(seeded(7), mustKey(t, "ec-p521"), caContent(t, "CN=Tight", 1), lasting(start), certgen.Signing{})), nil)
	under := must(certgen.NewCA([]*x509.Certificate{twin}, mustKey(t, "ec-p521")))
	lower := parsed(t, must(under.Issue(seeded(8), start, subKey.Public(), caContent(t, "CN=Sub", 0), lasting(start))), nil)
	tightFile, lowerFile := writePEMAt(t, filepath.Join(dir, "tight.pem"), tight), writePEMAt(t, filepath.Join(dir, "lower.pem"), lower)
	out, ok := run(t, java, filepath.Join("testdata", "Validate.java"), leaf+","+subFile+","+wideFile, leaf+","+subFile+","+narrowFile,
		leaf+","+lowerFile+","+tightFile+","+wideFile)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !ok || len(lines) != 3 || lines[0] != "ok" || lines[1] != "ok" || lines[2] == "ok" {
		t.Errorf("java: %s", out)
	}
}

func verifyUnder(root, sub *x509.Certificate, leafFile string) ([][]*x509.Certificate, error) {
	leaf, err := readPEM(leafFile)
	if err != nil {
		return nil, err
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	between.AddCert(sub)
	return leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
}

// Constraints in a root bind OpenSSL and Go, but not Java, to which an anchor is a
// name and a key. Who wants them kept puts them into an intermediate as well.
func TestConstraintsOfARoot(t *testing.T) {
	openssl, java := peer.Program(t, "openssl"), peer.Program(t, "java")
	if testing.Short() {
		t.Skip("the JVM is slow")
	}
	dir, start, key := t.TempDir(), time.Now(), mustKey(t, "ec-p256")
	create := func(permit ...string) *x509.Certificate {
		c := caContent(t, "CN=Root", 0)
		c.Constraints = must(certgen.ParseConstraints(permit, nil))
		return parsed(t, must(certgen.CreateRoot(seeded(3), key, c, lasting(start), certgen.Signing{})), nil)
	}
	ca := must(certgen.NewCA([]*x509.Certificate{create()}, key))
	leaf := parsed(t, must(ca.Issue(seeded(4), start, mustKey(t, "ed25519").Public(), serverContent(t, "mux.example.com"), lasting(start))), nil)
	root := create("example.org")
	rootFile, leafFile := writePEMAt(t, filepath.Join(dir, "root.pem"), root), writePEMAt(t, filepath.Join(dir, "leaf.pem"), leaf)
	if out, ok := run(t, openssl, "verify", "-CAfile", rootFile, leafFile); ok || !strings.Contains(out, "permitted subtree violation") {
		t.Errorf("openssl: %s", out)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots}); err == nil {
		t.Error("Go takes it")
	}
	if out, ok := run(t, java, filepath.Join("testdata", "Validate.java"), leafFile+","+rootFile); !ok || strings.TrimSpace(out) != "ok" {
		t.Errorf("java holds the anchor to its constraints by now: %s", out)
	}
}
