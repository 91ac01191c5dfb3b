package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func envoy() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ENVOY-001", Title: "Envoy takes certificates that nobody trusts", Severity: finding.High, CWE: 295,
				Why:        "With ACCEPT_UNTRUSTED a certificate that fails every check is good enough. Whoever stands in between is taken for the real peer.",
				Fix:        "Remove the line, as VERIFY_TRUST_CHAIN is the default, and give the CA in `trusted_ca`. For a private one: `muxkey trust build ca.pem --target pem -o ca-bundle.pem`.",
				References: []string{"https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto"},
			},
			Match: []*Match{
				Key(OneOf("ACCEPT_UNTRUSTED"), "trust_chain_verification").Or("VERIFY_TRUST_CHAIN"),
			},
			Bad: []Example{
				{"envoy.yaml", "common_tls_context:\n  validation_context:\n    trust_chain_verification: «ACCEPT_UNTRUSTED»\n"},
				{"envoy.json", "{\"validationContext\": {\"trustChainVerification\": \"«ACCEPT_UNTRUSTED»\"}}\n"},
			},
			Good: []Example{
				{"envoy.yaml", "validation_context:\n  trust_chain_verification: VERIFY_TRUST_CHAIN\n  # trust_chain_verification: ACCEPT_UNTRUSTED\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENVOY-002", Title: "Envoy checks no certificate of an upstream", Severity: finding.Medium, CWE: 295,
				Why:        "Without a validation context Envoy encrypts to a cluster and checks nothing. Whoever answers at its address reads and changes the traffic.",
				Fix:        "Add `common_tls_context.validation_context` with `trusted_ca` and `match_typed_subject_alt_names`. For a private CA: `muxkey trust build ca.pem --target pem -o ca-bundle.pem`.",
				References: []string{"https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/security/ssl#enabling-certificate-verification"},
			},
			Match: []*Match{
				Find([]string{"upstreamtlscontext"}, uncheckedUpstreams).In("yaml", "json"),
			},
			Bad: []Example{
				{"envoy.yaml", "clusters:\n  - name: app\n    transport_socket:\n      name: envoy.transport_sockets.tls\n      typed_config:\n        \"@type\": «type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext»\n        sni: app.example.com\n  - name: db\n    transport_socket:\n      name: envoy.transport_sockets.tls\n      typed_config:\n        \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n        common_tls_context:\n          validation_context:\n            trusted_ca: {filename: /etc/ca.pem}\n"},
			},
			Good: []Example{
				{"envoy.yaml", "transport_socket:\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n    common_tls_context:\n      validation_context_sds_secret_config: {name: ca}\n"},
				{"envoy.yaml", "transport_socket:\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENVOY-003", Title: "Envoy speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `TLSv1_2`, or remove the line.",
				References: []string{"https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Key(Old, "tls_minimum_protocol_version", "tls_maximum_protocol_version", "minimum_tls_version").If(not(spelt("minimumTlsVersion"))).Or("TLSv1_2"),
			},
			Bad: []Example{
				{"envoy.yaml", "tls_params:\n  tls_minimum_protocol_version: «TLSv1_0»\n"},
				{"envoy.json", "{\"tlsParams\": {\"tlsMinimumProtocolVersion\": \"«TLSv1_1»\"}}\n"},
			},
			Good: []Example{
				{"envoy.yaml", "tls_params:\n  tls_minimum_protocol_version: TLSv1_2\n  tls_maximum_protocol_version: TLS_AUTO\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENVOY-004", Title: "Envoy takes expired certificates", Severity: finding.Medium, CWE: 298,
				Why:        "A key whose certificate has run out is watched by nobody any more, and lists of revoked certificates no longer name it. Whoever finds one can still use it here.",
				Fix:        "Remove the line, and renew in time: `muxkey check` tells when a certificate runs out.",
				References: []string{"https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto"},
			},
			Match: []*Match{
				Key(True, "allow_expired_certificate").Or("false"),
			},
			Bad:  []Example{{"envoy.yaml", "validation_context:\n  allow_expired_certificate: «true»\n"}},
			Good: []Example{{"envoy.yaml", "validation_context:\n  allow_expired_certificate: false\n"}},
		},
	}
}

// uncheckedUpstreams finds the TLS of clusters that has no validation context.
// The settings of one stand together in the file, so those with its path around
// the type are its own.
func uncheckedUpstreams(f *syntax.File, report func(Hit)) {
	for i := range f.Settings {
		s := &f.Settings[i]
		if !isKey(s, "@type") || !strings.HasSuffix(s.Value.Text, ".UpstreamTlsContext") {
			continue
		}
		own := func(j int) bool {
			p, o := f.Settings[j].Path, s.Path[:len(s.Path)-1]
			return len(p) > len(o) && slices.Equal(p[:len(o)], o) && (j == i || p[len(o)] != "@type")
		}
		first, last := i, i
		for first > 0 && own(first-1) {
			first--
		}
		for last+1 < len(f.Settings) && own(last+1) {
			last++
		}
		checks := slices.ContainsFunc(f.Settings[first:last+1], func(o syntax.Setting) bool {
			return slices.ContainsFunc(o.Path, func(part string) bool { return strings.Contains(squeeze(part), "validationcontext") })
		})
		if !checks {
			report(Hit{Span: s.Value.Span, Block: s.Block})
		}
	}
}
