package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func otel() []Rule {
	tls := "https://github.com/open-telemetry/opentelemetry-collector/blob/main/config/configtls/README.md"
	collector := mentions("exporters", "receivers", "opentelemetry", "otlp", "jaeger")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-OTEL-001", Title: "telemetry goes to whoever shows any certificate", Severity: finding.High, CWE: 295,
				Why:        "Traces and logs hold addresses, names and often tokens, and the exporter's own credentials go first. Who stands in between has all of it.",
				Fix:        "Remove `insecure_skip_verify`. " + pemTrust + "`ca_file`.",
				References: []string{tls, "https://www.jaegertracing.io/docs/latest/"},
			},
			Match: []*Match{
				KeyWhere(ofCollector, True, "tls.insecure_skip_verify", "tls_settings.insecure_skip_verify").In("yaml", "json", "hcl").If(spelt("insecure_skip_verify")).Or("false"),
				Key(True, "tls.skip-host-verify").Or("false"),
				flagEnding("tls.skip-host-verify").Gone(),
			},
			Bad: []Example{
				{"collector.yaml", "exporters:\n  otlp:\n    endpoint: otel.example.com:4317\n    tls:\n      insecure_skip_verify: «true»\n"},
				{"deploy.yaml", "args:\n  - «--reporter.grpc.tls.skip-host-verify»\n  - --reporter.grpc.tls.enabled=true\n"},
				{"jaeger.env", "ES_TLS_SKIP_HOST_VERIFY=«true»\n"},
			},
			Good: []Example{
				{"collector.yaml", "exporters:\n  otlp:\n    tls:\n      insecure_skip_verify: false\n      ca_file: /etc/ca.pem\n"},
				{"schema.json", "{\"exporters\": {\"tls\": {\"insecure_skip_verify\": {\"type\": \"boolean\"}}}}\n"},
				{"traefik.yml", "tracing:\n  otlp:\n    http:\n      tls:\n        insecureSkipVerify: true\nproviders:\n  consul:\n    tls:\n      insecureSkipVerify: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OTEL-002", Title: "telemetry goes out without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Traces and logs hold addresses, names and often tokens. Who is on the way reads them, and can add their own.",
				Fix:        "Remove `insecure`, or set it to `false`, and use an `https` endpoint. It does no harm to a collector on the same machine.",
				References: []string{tls, "https://opentelemetry.io/docs/specs/otel/protocol/exporter/"},
			},
			Match: []*Match{
				Find([]string{"insecure$"}, otelInsecure).With("exporters"),
				Env(True, "OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_LOGS_INSECURE", "OTEL_EXPORTER_OTLP_SPAN_INSECURE", "OTEL_EXPORTER_OTLP_METRIC_INSECURE").Or("false"),
			},
			Bad: []Example{
				{"collector.yaml", "exporters:\n  otlp:\n    endpoint: otel.example.com:4317\n    tls:\n      insecure: «true»\n"},
				{"app.env", "OTEL_EXPORTER_OTLP_INSECURE=«true»\n"},
			},
			Good: []Example{
				{"collector.yaml", "exporters:\n  otlp:\n    tls:\n      insecure: false\n"},
				{"other.yaml", "registry:\n  tls:\n    insecure: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OTEL-003", Title: "a collector speaks TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove `min_version`, or set it to `\"1.2\"`.",
				References: []string{tls},
			},
			Match: []*Match{
				Key(Exactly("1.0", "1.1"), "tls.min_version", "tls.max_version").In("yaml", "json").If(collector).Hinting("minversion", "maxversion").Or("1.2"),
			},
			Bad: []Example{
				{"collector.yaml", "receivers:\n  otlp:\n    protocols:\n      grpc:\n        tls:\n          min_version: \"«1.0»\"\n"},
			},
			Good: []Example{
				{"collector.yaml", "receivers:\n  otlp:\n    protocols:\n      grpc:\n        tls:\n          min_version: \"1.2\"\n"},
			},
		},
	}
}

// ofCollector tells whether a setting is of a component of a collector, or of
// Alloy, which is made of the same ones.
func ofCollector(s *syntax.Setting) bool {
	return inBlock("exporters", "receivers", "connectors", "processors", "extensions", "otelcol")(s)
}

// otelInsecure finds exporters without TLS, and the host that each one sends to.
func otelInsecure(f *syntax.File, report func(Hit)) {
	for _, s := range f.Settings {
		n := len(s.Path)
		if n < 4 || s.Path[n-1] != "insecure" || s.Path[n-2] != "tls" || !slices.Contains(s.Path, "exporters") || !True(s.Value) {
			continue
		}
		host := ""
		for _, e := range f.Settings {
			if len(e.Path) == n-1 && e.Path[n-2] == "endpoint" && slices.Equal(e.Path[:n-2], s.Path[:n-2]) {
				host = e.Value.Text
				if _, rest, ok := strings.Cut(host, "://"); ok {
					host = rest
				}
				if i := strings.LastIndexByte(host, ':'); i >= 0 {
					host = host[:i]
				}
			}
		}
		report(Hit{Span: s.Value.Span, Host: host, Block: s.Block})
	}
}

// flagEnding is a switch, of whatever program, whose name ends like this behind
// dashes or a dot.
func flagEnding(ends ...string) *Match {
	return &Match{Literals: literals(ends), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			for _, w := range f.Commands[i].Words {
				name, value, given := strings.Cut(w.Text, "=")
				if !strings.HasPrefix(name, "-") || given && !True(syntax.Value{Text: value}) {
					continue
				}
				bare := strings.TrimLeft(name, "-")
				if slices.ContainsFunc(ends, func(end string) bool {
					return bare == end || strings.HasSuffix(bare, "."+end) || strings.HasSuffix(bare, "-"+end)
				}) {
					report(Hit{Span: w.Span})
				}
			}
		}
	}}
}
