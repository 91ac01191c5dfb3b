package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

// likePrometheus tells whether a file speaks of Prometheus or of what has its
// settings: Alertmanager, Loki, Mimir, Tempo, Thanos, VictoriaMetrics and others.
func likePrometheus(f *syntax.File, h Hit) bool {
	return inPath("prom", "scrape", "alert", "monitor", "loki", "mimir", "tempo", "cortex", "thanos", "blackbox", "alloy", "agent")(f, h) ||
		mentions("prometheus", "scrape", "remotewrite", "servicemonitor", "podmonitor", "alertmanager", "relabel", "jobname", "promtail", "storegateway", "ingester", "querier", "vmagent", "victoriametrics", "blackbox")(f, h)
}

const pemTrust = "If the peer's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that as "

func prometheus() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PROM-001", Title: "Prometheus or one of its kind takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Tokens and passwords for scraping, alerts and remote writing go to whoever answers. Figures can be made up, and alerts be kept back.",
				Fix:        "Remove `insecure_skip_verify`, or set it to `false`. " + pemTrust + "`ca_file`, with `server_name` where the name differs.",
				References: []string{"https://prometheus.io/docs/prometheus/latest/configuration/configuration/#tls_config", "https://prometheus-operator.dev/docs/api-reference/api/"},
			},
			Match: []*Match{
				Key(True, "tls_config.insecure_skip_verify").In("yaml", "json", "hcl").If(likePrometheus).Or("false"),
				Key(True, "tls_insecure_skip_verify").In("yaml").If(both(spelt("tls_insecure_skip_verify"), likePrometheus)).Or("false"),
			},
			Bad: []Example{
				{"prometheus.yml", "scrape_configs:\n  - job_name: a\n    scheme: https\n    tls_config:\n      insecure_skip_verify: «true»\n"},
				{"monitor.yaml", "kind: ServiceMonitor\nspec:\n  endpoints:\n    - port: https\n      tlsConfig:\n        insecureSkipVerify: «true»\n"},
				{"config.alloy", "prometheus.scrape \"a\" {\n  tls_config {\n    insecure_skip_verify = «true»\n  }\n}\n"},
				{"mimir.yaml", "querier:\n  store_gateway_client:\n    tls_enabled: true\n    tls_insecure_skip_verify: «true»\n"},
			},
			Good: []Example{
				{"prometheus.yml", "tls_config:\n  ca_file: /etc/ca.pem\n  insecure_skip_verify: false\n#  insecure_skip_verify: true\n"},
				{"crd.yaml", "tlsConfig:\n  properties:\n    insecureSkipVerify:\n      type: boolean\n      default: false\n"},
				{"chart.yaml", "tls_config:\n  insecure_skip_verify: {{ .Values.insecure }}\n"},
				{"app.yaml", "backend:\n  tls_config:\n    insecure_skip_verify: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PROM-002", Title: "Prometheus or one of its kind speaks TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove `min_version`, or set it to `TLS12`.",
				References: []string{"https://prometheus.io/docs/prometheus/latest/configuration/configuration/#tls_config", "https://prometheus.io/docs/prometheus/latest/configuration/https/"},
			},
			Match: []*Match{
				Key(Exactly("TLS10", "TLS11"), "tls_config.min_version", "tls_config.max_version", "tls_server_config.min_version", "tls_server_config.max_version").Or("TLS12"),
			},
			Bad: []Example{
				{"prometheus.yml", "scrape_configs:\n  - job_name: a\n    tls_config:\n      min_version: «TLS10»\n"},
				{"web-config.yml", "tls_server_config:\n  cert_file: a.pem\n  min_version: «TLS11»\n"},
			},
			Good: []Example{
				{"prometheus.yml", "tls_config:\n  min_version: TLS12\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PROM-003", Title: "Alertmanager sends mail without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "The password for the mail server and the alerts themselves can be read on the way.",
				Fix:        "Remove `smtp_require_tls` (`require_tls` of a receiver), or set it to `true`, which is the default.",
				References: []string{"https://prometheus.io/docs/alerting/latest/configuration/"},
			},
			Match: []*Match{
				Key(False, "smtp_require_tls", "email_configs.require_tls", "emailConfigs.requireTLS").Or("true"),
			},
			Bad: []Example{
				{"alertmanager.yml", "global:\n  smtp_smarthost: mail.example.com:587\n  smtp_require_tls: «false»\nreceivers:\n  - name: a\n    email_configs:\n      - to: a@example.com\n        require_tls: «false»\n"},
			},
			Good: []Example{
				{"alertmanager.yml", "global:\n  smtp_require_tls: true\n"},
			},
		},
	}
}
