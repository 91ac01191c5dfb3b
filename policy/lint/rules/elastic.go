package rules

import (
	"slices"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func elastic() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ELASTIC-001", Title: "a part of the Elastic Stack takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Passwords or API keys, and all documents, go to whoever answers. Agents also take their orders from there.",
				Fix:        "Write full, and name the CA in `certificate_authorities`, in Python in `ca_certs`. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/security-settings", "https://www.elastic.co/docs/reference/fleet/agent-command-reference", "https://www.elastic.co/docs/reference/logstash/plugins/plugins-outputs-elasticsearch", "https://elasticsearch-py.readthedocs.io/en/latest/api/elasticsearch.html"},
			},
			Match: []*Match{
				KeyWhere(notServerSide, OneOf("none"), "ssl.verification_mode", "ssl_verification_mode", "ssl.verificationMode").Hinting("verificationmode").If(ofElastic).Or("full"),
				Pair(OneOf("none"), "ssl.verification_mode").Or("full"),
				Key(False, "ssl_certificate_verification").If(spelt("ssl_certificate_verification")).Or("true"),
				Key(False, "elasticsearch.ssl.verify").Or("true"),
				Key(False, "verify_certs").In("yaml", "ini", "toml", "json", "env", "conf").If(ofElastic).Or("true"),
				Assign(False, "verify_certs").If(ofElastic).Or("True"),
				Key(True, "ssl_no_validate").Or("false"),
				Flags([]string{"elastic-agent", "metricbeat", "filebeat"}, "--insecure", "-i", "--fleet-server-es-insecure").Hinting("elasticagent"),
				Env(True, "FLEET_INSECURE", "FLEET_SERVER_ELASTICSEARCH_INSECURE", "KIBANA_FLEET_INSECURE").Gone(),
			},
			Bad: []Example{
				{"elasticsearch.yml", "xpack.security.transport.ssl.verification_mode: «none»\n"},
				{"kibana.yml", "elasticsearch.ssl.verificationMode: «none»\n"},
				{"filebeat.yml", "output.elasticsearch:\n  hosts: [\"https://es.example.com:9200\"]\n  ssl:\n    verification_mode: «none»\n"},
				{"opensearch_dashboards.yml", "opensearch.ssl.verificationMode: «none»\n"},
				{"kibana.env", "ELASTICSEARCH_SSL_VERIFICATIONMODE=«none»\n"},
				{"logstash.conf", "output {\n  elasticsearch {\n    hosts => [\"https://es.example.com:9200\"]\n    ssl_verification_mode => \"«none»\"\n  }\n  elasticsearch {\n    ssl_certificate_verification => «false»\n  }\n}\n"},
				{"beat.sh", "filebeat -e -E output.elasticsearch.ssl.verification_mode=«none»\n"},
				{"agent.sh", "elastic-agent install --url=https://fleet.example.com:8220 «--insecure»\n"},
				{"agent.yaml", "env:\n  - name: FLEET_INSECURE\n    value: \"«true»\"\n"},
				{"search.py", "es = Elasticsearch(url, verify_certs=«False»)\n"},
				{"curator.yml", "client:\n  use_ssl: True\n  ssl_no_validate: «True»\n"},
				{"elastalert.yaml", "es_host: es.example.com\nverify_certs: «False»\n"},
			},
			Good: []Example{
				{"elasticsearch.yml", "xpack.security.transport.ssl.verification_mode: full\n# xpack.security.http.ssl.verification_mode: none\nxpack.security.http.ssl.client_authentication: none\n"},
				{"logstash.conf", "input {\n  beats {\n    ssl_verify_mode => \"none\"\n  }\n}\n"},
				{"search.py", "es = Elasticsearch(url, ca_certs='ca.pem', verify_certs=True)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ELASTIC-002", Title: "a part of the Elastic Stack or of OpenSearch does not look at the name in a certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the server. Each node or client that has one of the same CA can stand in for it.",
				Fix:        "Write full (true), and have the certificates issued for the names and addresses of the nodes.",
				References: []string{"https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/security-settings", "https://docs.opensearch.org/latest/security/configuration/tls/"},
			},
			Match: []*Match{
				Key(False, "ssl.transport.enforce_hostname_verification", "shield.ssl.hostname_verification").Hinting("enforcehostnameverification", "shield").With("hostname").Or("true"),
				Assign(False, "ssl_assert_hostname").Or("True"),
				KeyWhere(notServerSide, OneOf("certificate"), "ssl.verification_mode", "ssl_verification_mode", "ssl.verificationMode").Hinting("verificationmode").If(ofElastic).As(finding.Info, "the chain is checked, the name is not").Or("full"),
			},
			Bad: []Example{
				{"opensearch.yml", "plugins.security.ssl.transport.enforce_hostname_verification: «false»\n"},
				{"elasticsearch.yml", "xpack.security.transport.ssl.verification_mode: «certificate»\n"},
				{"search.py", "es = Elasticsearch(url, ssl_assert_hostname=«False»)\n"},
			},
			Good: []Example{
				{"opensearch.yml", "plugins.security.ssl.transport.enforce_hostname_verification: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ELASTIC-003", Title: "Elasticsearch or OpenSearch in plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Documents and passwords are read and changed on the way. With security switched off as a whole nobody is asked for a password either.",
				Fix:        "Write true, and give the nodes certificates.",
				References: []string{"https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/security-settings", "https://docs.opensearch.org/latest/security/configuration/disable-enable-security/"},
			},
			Match: []*Match{
				Key(False, "xpack.security.http.ssl.enabled", "xpack.security.transport.ssl.enabled", "xpack.security.enabled", "plugins.security.ssl.http.enabled", "opendistro_security.ssl.http.enabled", "searchguard.ssl.http.enabled").Hinting("xpack", "pluginssecurity", "opendistro", "searchguard", "plugins:").With("security", "searchguard"),
				Key(True, "plugins.security.disabled").Or("false"),
				Env(True, "DISABLE_SECURITY_PLUGIN"),
			},
			Bad: []Example{
				{"elasticsearch.yml", "xpack.security.enabled: true\nxpack.security.http.ssl:\n  enabled: «false»\n"},
				{"compose.yaml", "services:\n  es:\n    environment:\n      - xpack.security.enabled=«false»\n  os:\n    environment:\n      - DISABLE_SECURITY_PLUGIN=«true»\n"},
				{"opensearch.yml", "plugins.security.disabled: «true»\n"},
			},
			Good: []Example{
				{"elasticsearch.yml", "xpack.security.enabled: true\nxpack.security.http.ssl.enabled: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ELASTIC-004", Title: "the Elastic Stack speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `[TLSv1.3, TLSv1.2]`, or remove the line.",
				References: []string{"https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/security-settings", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "ssl.supported_protocols", "ssl_supported_protocols", "ssl.enabled_protocols").Hinting("supportedprotocols", "enabledprotocols").In("yaml", "conf").If(either(inPath("elastic", "kibana", "beat", "logstash", "opensearch", "agent"), mentions("xpack", "elasticsearch", "opensearch"))),
			},
			Bad: []Example{
				{"elasticsearch.yml", "xpack.security.http.ssl.supported_protocols: [TLSv1.2, «TLSv1.1»]\n"},
				{"filebeat.yml", "output.elasticsearch:\n  ssl.supported_protocols: [«TLSv1.0», TLSv1.2]\n"},
			},
			Good: []Example{
				{"filebeat.yml", "output.elasticsearch:\n  ssl.supported_protocols: [TLSv1.2, TLSv1.3]\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ELASTIC-005", Title: "the warning about unchecked certificates is switched off", Severity: finding.Info, CWE: 778,
				Why:        "The client says nothing more about what it does not check, so nobody thinks of it again.",
				Fix:        "Remove it together with what it warns of.",
				References: []string{"https://elasticsearch-py.readthedocs.io/en/latest/api/elasticsearch.html"},
			},
			Match: []*Match{
				Assign(False, "ssl_show_warn").Gone(),
				Key(False, "ssl_show_warn").Gone(),
			},
			Bad:  []Example{{"search.py", "es = Elasticsearch(url, ssl_show_warn=«False»)\n"}},
			Good: []Example{{"search.py", "es = Elasticsearch(url, ssl_show_warn=True)\n"}},
		},
	}
}

// ofElastic tells whether a file speaks of the Elastic Stack or of OpenSearch.
// Others have keys of the same names.
func ofElastic(f *syntax.File, h Hit) bool {
	return inPath("elast", "kibana", "beat", "logstash", "opensearch")(f, h) ||
		mentions("elastic", "opensearch", "xpack", "kibana", "logstash", "filebeat", "metricbeat", "eshost", "fleet")(f, h)
}

// notServerSide leaves out what programs ask of those that connect to them.
func notServerSide(s *syntax.Setting) bool {
	parts := pathParts(s)
	return !slices.Contains(parts, "input") && !slices.Contains(parts, "fleet-server") && !slices.Contains(parts, "listeners")
}
