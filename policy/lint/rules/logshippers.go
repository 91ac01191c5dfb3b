package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func logShippers() []Rule {
	fluent := []string{"*fluent*", "*fluent*/*", "*td-agent*", "*td-agent*/*", "*fluent*/*/*"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-LOGSHIPPERS-001", Title: "logs and metrics go to whoever answers", Severity: finding.High, CWE: 295,
				Why:        "The password or token, and everything that is logged, goes to somebody in between, who drops or changes what should not be seen.",
				Fix:        "Switch the check on and name the CA: `ca_file` in Fluentd, `tls.ca_file` in Fluent Bit and Vector, `tls_ca` in Telegraf, `CAFile` in NXLog. For a private one: `muxkey trust build ca.pem --target pem -o log-ca.pem`.",
				References: []string{"https://docs.fluentd.org/output/forward", "https://docs.fluentbit.io/manual/administration/transport-security", "https://vector.dev/docs/reference/configuration/sinks/http/#tls.verify_certificate", "https://github.com/influxdata/telegraf/blob/master/docs/TLS.md", "https://docs.nxlog.co/refman/current/om/ssl.html"},
			},
			Match: []*Match{
				// Fluentd
				KeyWhere(ofFluentd, False, "ssl_verify").In("conf").Or("true"),
				KeyWhere(ofFluentd, True, "tls_insecure_mode", "insecure_ssl", "insecure_tls", "tls_allow_self_signed_cert", "ssl_skip_verify").In("conf").Or("false"),
				Key(OneOf("none"), "tls_verify_mode", "ssl_verify_mode").At(fluent...).In("conf").If(inOutput).Or("peer"),
				// Fluent Bit
				KeyWhere(oneKey("tls.verify"), False, "tls.verify").Or("On"),
				Key(False, "tls.verify").In("yaml").If(mentions("fluentbit.fluent.io", "fluentbitfluentio")).Or("true"),
				// Vector
				KeyWhere(inBlock("sinks", "sources", "enrichment_tables", "transforms", "api"), False, "tls.verify_certificate").In("toml", "yaml", "json").Or("true"),
				// Telegraf
				KeyWhere(ofTelegraf, True, "insecure_skip_verify").In("toml").Or("false"),
				// NXLog
				Key(True, "AllowUntrusted", "HTTPSAllowUntrusted").In("conf").Or("FALSE"),
			},
			Bad: []Example{
				{"fluentd.conf", "<match **>\n  @type elasticsearch\n  scheme https\n  ssl_verify «false»\n</match>\n"},
				{"td-agent.conf", "<match app.**>\n  @type forward\n  transport tls\n  tls_insecure_mode «true»\n</match>\n"},
				{"fluentd.conf", "<match **>\n  @type http\n  tls_verify_mode «none»\n</match>\n"},
				{"fluent-bit.conf", "[OUTPUT]\n    Name   es\n    tls    On\n    tls.verify  «Off»\n"},
				{"fluent-bit.yaml", "pipeline:\n  outputs:\n    - name: es\n      tls: on\n      tls.verify: «off»\n"},
				{"vector.toml", "[sinks.es]\ntype = \"elasticsearch\"\ntls.verify_certificate = «false»\n"},
				{"telegraf.conf", "[[inputs.http]]\n  urls = [\"https://app.example.com/metrics\"]\n  insecure_skip_verify = «true»\n"},
				{"nxlog.conf", "<Output out>\n  Module om_ssl\n  AllowUntrusted «TRUE»\n</Output>\n"},
			},
			Good: []Example{
				{"fluentd.conf", "<match **>\n  @type elasticsearch\n  ssl_verify true\n  # ssl_verify false\n</match>\n"},
				{"fluent-bit.conf", "[OUTPUT]\n    Name   es\n    tls    On\n    tls.verify  On\n"},
				{"vector.toml", "[sinks.es]\ntls.verify_certificate = true\n"},
				{"telegraf.conf", "[[inputs.http]]\n  # insecure_skip_verify = true\n  insecure_skip_verify = false\n  tls_ca = \"ca.pem\"\n"},
				{"nginx.conf", "server {\n  location / {\n    proxy_ssl_verify off;\n  }\n}\n"},
				{"app.yaml", "client:\n  tls:\n    verify_certificate: false\n"},
				{"nats.yaml", "tls:\n  verify: false\n"},
				{"nginx.conf", "server {\n  proxy_ssl_verify off;\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-LOGSHIPPERS-002", Title: "a shipper of logs does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the server, and everybody can have one for a host of their own.",
				Fix:        "Remove it, and have the server's certificate issued for the name that is called.",
				References: []string{"https://docs.fluentd.org/output/forward", "https://vector.dev/docs/reference/configuration/sinks/http/#tls.verify_hostname"},
			},
			Match: []*Match{
				KeyWhere(ofFluentd, False, "tls_verify_hostname", "ssl_verify_hostname").In("conf").Or("true"),
				KeyWhere(inBlock("sinks", "sources", "enrichment_tables", "transforms", "api"), False, "tls.verify_hostname").In("toml", "yaml", "json").If(spelt("verify_hostname")).Or("true"),
			},
			Bad: []Example{
				{"fluentd.conf", "<match **>\n  @type forward\n  transport tls\n  tls_verify_hostname «false»\n</match>\n"},
				{"vector.yaml", "sinks:\n  es:\n    type: elasticsearch\n    tls:\n      verify_hostname: «false»\n"},
			},
			Good: []Example{
				{"vector.yaml", "sinks:\n  es:\n    tls:\n      verify_hostname: true\n"},
			},
		},
	}
}

// oneKey is for keys with a dot of their own, where others have one value within
// another.
func oneKey(name string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool { return strings.EqualFold(s.Path[len(s.Path)-1], name) }
}

// ofFluentd tells whether a setting stands in a block of Fluentd, and not in one
// of nginx, whose proxy_ssl_verify ends like its ssl_verify.
func ofFluentd(s *syntax.Setting) bool {
	return topBlock("match", "store", "filter", "source", "label", "system", "secondary", "server")(s) && !strings.HasPrefix(strings.ToLower(s.Path[len(s.Path)-1]), "proxy")
}

// ofTelegraf tells whether a setting is one of a plugin of Telegraf.
func ofTelegraf(s *syntax.Setting) bool {
	switch strings.ToLower(s.Path[0]) {
	case "inputs", "outputs", "processors", "aggregators", "secretstores":
		return true
	}
	return false
}

// inOutput leaves out what Fluentd asks of those that send to it.
func inOutput(f *syntax.File, h Hit) bool {
	for i := range f.Settings {
		if s := &f.Settings[i]; s.Block == h.Block && len(s.Path) > 0 && strings.EqualFold(s.Path[0], "source") {
			return false
		}
	}
	return true
}
