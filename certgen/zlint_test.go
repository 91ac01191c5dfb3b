package certgen_test

import (
	"crypto/x509"
	"math/big"
	"slices"
	"strings"
	"testing"

	zcrypto "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"

	"muxkey/certgen"
	"muxkey/certgen/template"
)

// publicOnly are the sources of zlint whose rules hold for the public web, for
// mail and for browsers' root programmes: they ask for policies, logs and
// addresses that a private CA does not have.
var publicOnly = []lint.LintSource{
	lint.CABFBaselineRequirements, lint.CABFEVGuidelines, lint.CABFSMIMEBaselineRequirements, lint.CABFCSBaselineRequirements,
	lint.MozillaRootStorePolicy, lint.AppleRootStorePolicy, lint.ChromeRootStorePolicy,
}

// zlinted returns the errors and warnings of zlint, but for those of the sources.
func zlinted(t *testing.T, der []byte, without []lint.LintSource) []string {
	t.Helper()
	cert, err := zcrypto.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := lint.GlobalRegistry().Filter(lint.FilterOptions{ExcludeSources: without})
	if err != nil {
		t.Fatal(err)
	}
	return findings(t, zlint.LintCertificateEx(cert, rules), 20)
}

// findings are the errors and warnings of a run in which that many rules apply at
// least.
func findings(t *testing.T, run *zlint.ResultSet, least int) []string {
	t.Helper()
	applied := 0
	var out []string
	for name, r := range run.Results {
		if r.Status >= lint.Pass {
			applied++
		}
		if r.Status >= lint.Warn {
			out = append(out, name+" "+r.Details)
		}
	}
	if applied < least {
		t.Errorf("only %d rules applied", applied)
	}
	slices.Sort(out)
	return out
}

// signings are all the ways in which a CA signs, by the type of its key.
func signings() map[string]certgen.Signing {
	out := map[string]certgen.Signing{}
	for _, kt := range certgen.KeyTypes() {
		out[kt.Name] = certgen.Signing{}
		if strings.HasPrefix(kt.Name, "rsa-") {
			out[kt.Name+" pss"] = certgen.Signing{PSS: true}
		}
	}
	return out
}

// A CA of each type of key signs with it, with RSASSA-PSS as well, itself, a CA
// below it, a server, a self-signed one, and its list of revoked certificates.
func TestZlintFindsNothingInWhatEachKeySigns(t *testing.T) {
	text := []byte("subject: O=Example, C=DE\nkeyUsage: [digitalSignature]\nextKeyUsage: [serverAuth, clientAuth]\nsans: [chat.example.com]\n" +
		"policies: [{oid: 1.3.6.1.4.1.55555.1}]\ncrls: ['http://example.com/ca.crl']\nextensions: [{oid: 1.3.6.1.5.5.7.1.24, hex: '3003020105'}]\n")
	t.Parallel()
	for what, signing := range signings() {
		keyType, _, _ := strings.Cut(what, " ")
		a := newAuthority(t, keyType, year, signing)
		plan := must(template.Parse(text))
		pub := mustKey(t, keyType).Public()
		content := must(plan.Content(pub, mustNames(t, "mux.example.com")))
		below := serverContent(t, "mux.example.com")
		below.Subject = must(certgen.ParseDN("CN=mux.example.com"))
		own := must(certgen.CreateRoot(seeded(5), mustKey(t, keyType), content.SelfSigned(), year, signing))
		for part, der := range map[string][]byte{
			"root": a.root.Certificate().Raw, "intermediate": a.sub.Certificate().Raw, "self-signed from a template": own,
			"server":          must(a.root.Issue(seeded(5), now, mustKey(t, "ec-p256").Public(), below, year)),
			"from a template": must(a.root.Issue(seeded(6), now, pub, content, year)),
		} {
			for _, finding := range zlinted(t, der, publicOnly) {
				t.Errorf("%s, %s: %s", what, part, finding)
			}
		}
		// The baseline requirements want a list of a public CA made anew within ten days.
		week := certgen.CRLUpdate{ThisUpdate: now, NextUpdate: now.AddDate(0, 0, 7)}
		week.Old = mustCRL(t, a.root, week)
		week.Add = []certgen.Revocation{{Serial: big.NewInt(17), Time: now, Reason: 1}, {Serial: big.NewInt(18), Time: now}}
		crl, err := zcrypto.ParseRevocationList(mustCRL(t, a.root, week).Raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range findings(t, zlint.LintRevocationList(crl), 5) {
			t.Errorf("%s, CRL: %s", what, finding)
		}
	}
}

func TestZlintFindsNothing(t *testing.T) {
	check := func(what string, der []byte, without []lint.LintSource, known ...string) {
		t.Helper()
		for _, finding := range zlinted(t, der, without) {
			if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(finding, k) }) {
				t.Errorf("%s: %s", what, finding)
			}
		}
	}
	a := newAuthority(t, "ec-p256", year, certgen.Signing{})
	check("root", a.root.Certificate().Raw, publicOnly)
	check("intermediate", a.sub.Certificate().Raw, publicOnly)
	check("self-signed", mustSelfSign(t, certgen.Request{}).Raw, publicOnly)
	for _, kt := range certgen.KeyTypes() {
		for _, p := range certgen.Profiles() {
			ca, pub := a.sub, mustKey(t, kt.Name).Public()
			c := p.Content(pub)
			c.Subject = must(certgen.ParseDN("CN=mux.example.com"))
			if p.Hosts {
				c.Names = mustNames(t, "mux.example.com", "*.example.com", "10.0.0.1")
			}
			if p.CA {
				ca = a.root
				c.Constraints = must(certgen.ParseConstraints([]string{"example.com"}, []string{"bad.example.com"})).ForServers()
			}
			der, err := ca.Issue(seeded(5), now, pub, c, year)
			if err != nil {
				t.Fatal(err)
			}
			check(kt.Name+" "+p.Name, der, publicOnly)

			// With what only a public CA has, the baseline requirements hold, too.
			if kt.Name != "rsa-2048" && kt.Name != "ec-p256" || p.Name != "server" && p.Name != "ca" {
				continue
			}
			c.Policies = []certgen.Policy{{OID: must(x509.ParseOID("2.23.140.1.2.1"))}} // domain-validated
			c.CRLs, c.OCSP, c.Issuers = []string{"http://crl.example.com/ca.crl"}, []string{"http://ocsp.example.com"}, []string{"http://example.com/ca.cer"}
			if p.CA {
				c.Subject = must(certgen.ParseDN("CN=Example Sub CA,O=Example,C=DE"))
				c.ExtKeyUsage = must(certgen.ParseProfile("server")).ExtKeyUsage()
			} else {
				c.Names = mustNames(t, "mux.example.com", "*.example.com") // the address is of a private network
			}
			v := year
			v.NotAfter = now.AddDate(0, 0, 90)
			if der, err = ca.Issue(seeded(5), now, pub, c, v); err != nil {
				t.Fatal(err)
			}
			check(kt.Name+" "+p.Name+" as of a public CA", der, nil,
				"w_ext_subject_key_identifier_not_recommended_subscriber", // OpenSSL's strict mode and Java's keytool expect one
				"w_subject_common_name_included",                          // some consumers show nothing else
				"e_cabf_ecc_allowed_key_usages",                           // digitalSignature, which is asked of subscribers, is missed in CAs
			)
		}
	}
}
