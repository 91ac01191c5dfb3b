package rules

import (
	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

func quarkus() []Rule {
	registry := "https://quarkus.io/guides/tls-registry-reference"
	oidc := "https://quarkus.io/guides/security-oidc-configuration-properties-reference"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-QUARKUS-001", Title: "a Quarkus application takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The application gives its passwords and its users' data to whoever answers. Who stands in between of it and the identity provider can be any user.",
				Fix:        "Remove it and name a trust store (`quarkus.tls.trust-store.p12.path`): `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{registry, oidc},
			},
			Match: []*Match{
				Within("quarkus.", True, "trust-all").If(not(developing)).Hinting("trustall").Or("false"),
				Within("quarkus.", True, "trust-all").If(developing).Hinting("trustall").As(finding.Medium, "").Or("false"),
				Within("quarkus.", OneOf("none"), "tls.verification").If(not(developing)).Hinting("quarkus&verification$").Or("required"),
				Within("quarkus.", OneOf("none"), "tls.verification").If(developing).Hinting("quarkus&verification$").As(finding.Medium, "").Or("required"),
			},
			Bad: []Example{
				{"application.properties", "quarkus.tls.trust-all=«true»\nquarkus.tls.\"named\".trust-all=«true»\nquarkus.oidc.tls.verification=«none»\nquarkus.mailer.trust-all=«true»\n%dev.quarkus.tls.trust-all=«true»\n"},
				{"application.yaml", "quarkus:\n  tls:\n    trust-all: «true»\n"},
				{"app.env", "QUARKUS_TLS_TRUST_ALL=«true»\n"},
			},
			Good: []Example{
				{"application.properties", "quarkus.tls.trust-all=false\nquarkus.oidc.tls.verification=required\n# quarkus.tls.trust-all=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-QUARKUS-002", Title: "a Quarkus application does not look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server.",
				Fix:        "Remove it; the certificate must hold the name by which the server is reached, which `muxkey verify STORE --host NAME` tells.",
				References: []string{registry, "https://quarkus.io/guides/rest-client"},
			},
			Match: []*Match{
				Within("quarkus.", OneOf("NONE", ""), "hostname-verification-algorithm").Or("HTTPS"),
				Within("quarkus.rest-client", False, "verify-host").Or("true"),
				Within("quarkus.", Containing("NoopHostnameVerifier"), "hostname-verifier"),
				Key(Containing("NoopHostnameVerifier"), "mp-rest/hostnameVerifier").Hinting("noophostnameverifier"),
				Within("quarkus.", OneOf("certificate-validation"), "tls.verification").Hinting("quarkus&verification$").Or("required"),
			},
			Bad: []Example{
				{"application.properties", "quarkus.tls.hostname-verification-algorithm=«NONE»\nquarkus.rest-client.\"x\".verify-host=«false»\nquarkus.rest-client.x.hostname-verifier=«io.quarkus.restclient.NoopHostnameVerifier»\nquarkus.oidc.tls.verification=«certificate-validation»\n"},
			},
			Good: []Example{
				{"application.properties", "quarkus.tls.hostname-verification-algorithm=HTTPS\nquarkus.rest-client.x.verify-host=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-QUARKUS-003", Title: "a Quarkus application speaks TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove it: TLS 1.2 and 1.3 are the default.",
				References: []string{registry},
			},
			Match: []*Match{
				Picked(oldProtocols, "tls.protocols", "http.ssl.protocols").In("properties", "yaml", "env").If(mentions("quarkus")).Hinting("quarkus"),
			},
			Bad: []Example{
				{"application.properties", "quarkus.tls.protocols=«TLSv1.1»,TLSv1.2\nquarkus.http.ssl.protocols=«TLSv1»\n"},
			},
			Good: []Example{
				{"application.properties", "quarkus.tls.protocols=TLSv1.3\n"},
			},
		},
	}
}

var profile = lazy.Regexp(`(?i)(?:^|\n)\s*"?%(?:dev|test)[.":]`)

// developing tells whether a place is in a profile that only developers use:
// "%dev.key=value".
func developing(f *syntax.File, h Hit) bool {
	start := h.Span.Start
	for start > 0 && f.Text[start-1] != '\n' {
		start--
	}
	return profile().Match(f.Text[start:h.Span.Start])
}
