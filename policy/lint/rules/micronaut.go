package rules

import "muxkey/internal/finding"

func micronaut() []Rule {
	docs := "https://docs.micronaut.io/latest/guide/configurationreference.html"
	helidon := "https://helidon.io/docs/latest/config/io.helidon.common.tls.tls"
	dropwizard := "https://www.dropwizard.io/en/stable/manual/configuration.html"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MICRONAUT-001", Title: "a client of Micronaut, Helidon or Dropwizard takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The application gives its passwords and its users' data to whoever answers.",
				Fix:        "Remove it and name a trust store: `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{docs, helidon},
			},
			Match: []*Match{
				Key(True, "ssl.insecure-trust-all-certificates").Or("false"),
				Key(True, "tls.trust-all").In("yaml", "properties", "hocon", "env").If(not(mentions("quarkus"))).Hinting("trustall").Or("false"),
			},
			Bad: []Example{
				{"application.yml", "micronaut:\n  http:\n    client:\n      ssl:\n        insecure-trust-all-certificates: «true»\n    services:\n      a:\n        ssl:\n          insecureTrustAllCertificates: «true»\n"},
				{"helidon.yaml", "client:\n  tls:\n    trust-all: «true»\n"},
			},
			Good: []Example{
				{"application.yml", "micronaut:\n  http:\n    client:\n      ssl:\n        insecure-trust-all-certificates: any value\n"},
				{"application.yml", "micronaut:\n  http:\n    client:\n      ssl:\n        insecure-trust-all-certificates:\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MICRONAUT-002", Title: "a client of Helidon or Dropwizard does not look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server.",
				Fix:        "Remove it; the certificate must hold the name by which the server is reached, which `muxkey verify STORE --host NAME` tells.",
				References: []string{helidon, dropwizard},
			},
			Match: []*Match{
				Key(OneOf("NONE"), "tls.endpoint-identification-algorithm").In("yaml", "properties", "hocon", "env").Or("HTTPS"),
				Key(False, "tls.verifyHostname").In("yaml").If(spelt("verifyHostname")).Or("true"),
			},
			Bad: []Example{
				{"helidon.yaml", "client:\n  tls:\n    endpoint-identification-algorithm: «NONE»\n"},
				{"dropwizard.yml", "httpClient:\n  tls:\n    verifyHostname: «false»\n"},
			},
			Good: []Example{
				{"dropwizard.yml", "httpClient:\n  tls:\n    verifyHostname: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MICRONAUT-003", Title: "Micronaut or Dropwizard speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove it, or name `TLSv1.2` and `TLSv1.3`.",
				References: []string{docs, dropwizard},
			},
			Match: []*Match{
				Picked(oldProtocols, "micronaut.ssl.protocols", "micronaut.server.ssl.protocols", "client.ssl.protocols", "applicationConnectors.supportedProtocols", "adminConnectors.supportedProtocols", "tls.supportedProtocols").
					In("yaml", "properties", "env").Hinting("micronaut", "supportedprotocols"),
			},
			Bad: []Example{
				{"application.yml", "micronaut:\n  server:\n    ssl:\n      protocols: «TLSv1.1»\n"},
				{"dropwizard.yml", "server:\n  applicationConnectors:\n    - type: https\n      supportedProtocols: [«TLSv1», TLSv1.2]\n"},
			},
			Good: []Example{
				{"dropwizard.yml", "server:\n  applicationConnectors:\n    - type: https\n      supportedProtocols: [TLSv1.2]\n      excludedProtocols: [SSLv3, TLSv1]\n"},
			},
		},
	}
}
