package certgen_test

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	zcrypto "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"

	"muxkey/certgen"
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
	results := zlint.LintCertificateEx(cert, rules).Results
	applied := 0
	var out []string
	for name, r := range results {
		if r.Status >= lint.Pass {
			applied++
		}
		if r.Status >= lint.Warn {
			out = append(out, name+" "+r.Details)
		}
	}
	if applied < 20 {
		t.Errorf("only %d rules applied", applied)
	}
	slices.Sort(out)
	return out
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
