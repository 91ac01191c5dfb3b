package rules

import "muxkey/internal/finding"

func monitoring() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MONITORING-001", Title: "an agent of monitoring takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Agents run with many rights and send keys and figures of the whole machine. Whoever answers for their server gets them, and where agents take orders, gives them.",
				Fix:        "Let the agent check: `skip_ssl_validation: false` and `tls_verify: true` (Datadog), `sslVerifyServerCert = true` (Splunk), `verify_server_cert=true` (Elastic APM). " + pemTrust + "`tls_ca_cert`, `sslRootCAPath` or `server_cert`.",
				References: []string{"https://docs.datadoghq.com/agent/configuration/agent-configuration-files/", "https://docs.splunk.com/Documentation/Splunk/latest/Admin/Serverconf", "https://www.elastic.co/guide/en/apm/agent/java/current/config-reporter.html"},
			},
			Match: []*Match{
				Key(True, "DD_SKIP_SSL_VALIDATION").Or("false"),
				Key(True, "skip_ssl_validation").In("yaml").At("datadog*.y*ml", "datadog/*").Or("false"),
				Key(False, "instances.tls_verify", "init_config.tls_verify").In("yaml").Or("true"),
				Key(False, "sslVerifyServerCert").In("ini", "conf").If(spelt("sslVerifyServerCert")).Or("true"),
				Key(False, "ELASTIC_APM_VERIFY_SERVER_CERT", "elastic.apm.verify_server_cert").Or("true"),
			},
			Bad: []Example{
				{"datadog.yaml", "api_key: ${DD_API_KEY}\nskip_ssl_validation: «true»\n"},
				{"conf.d/http_check.d/conf.yaml", "init_config:\ninstances:\n  - url: https://mux.example.com\n    tls_verify: «false»\n"},
				{"compose.env", "DD_SKIP_SSL_VALIDATION=«true»\nELASTIC_APM_VERIFY_SERVER_CERT=«false»\n"},
				{"etc/system/local/server.conf", "[sslConfig]\nsslVerifyServerCert = «false»\n"},
				{"run.sh", "java -Delastic.apm.verify_server_cert=«false» -jar a.jar\n"},
			},
			Good: []Example{
				{"etc/system/local/server.conf", "[sslConfig]\nsslVerifyServerCert = true\n"},
				{"datadog.yaml", "# skip_ssl_validation: true\nskip_ssl_validation: false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MONITORING-002", Title: "an agent of monitoring does not look at the host name", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of the same CA passes for the server. Where that CA is the one Splunk is shipped with, everybody has such a certificate.",
				Fix:        "Set `sslVerifyServerName = true`; the certificate of the server must hold its name, which `muxkey verify STORE --host NAME` tells.",
				References: []string{"https://docs.splunk.com/Documentation/Splunk/latest/Admin/Serverconf"},
			},
			Match: []*Match{
				Key(False, "sslVerifyServerName").In("ini", "conf").Or("true"),
			},
			Bad: []Example{
				{"etc/system/local/server.conf", "[sslConfig]\nsslVerifyServerName = «false»\n"},
			},
			Good: []Example{
				{"etc/system/local/server.conf", "[sslConfig]\nsslVerifyServerName = true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MONITORING-003", Title: "agents and servers of Zabbix talk without encryption", Severity: finding.Medium, CWE: 319,
				Why:        "Whoever can reach the agent, or stand in between, reads what it tells and can ask it themselves; where remote commands are allowed, they run.",
				Fix:        "Set `TLSConnect` and `TLSAccept` to `cert`, with `TLSCAFile`, `TLSCertFile` and `TLSKeyFile`, or to `psk`.",
				References: []string{"https://www.zabbix.com/documentation/current/en/manual/encryption"},
			},
			Match: []*Match{
				Key(OneOf("unencrypted"), "TLSConnect").Or("cert"),
				Key(Containing("unencrypted"), "TLSAccept"),
			},
			Bad: []Example{
				{"zabbix_agentd.conf", "Server=10.0.0.5\nTLSConnect=«unencrypted»\nTLSAccept=«unencrypted,psk»\n"},
			},
			Good: []Example{
				{"zabbix_agentd.conf", "# TLSConnect=unencrypted\nTLSConnect=cert\nTLSAccept=cert\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MONITORING-004", Title: "a check of a web page takes any certificate", Severity: finding.Low, CWE: 295,
				Why:        "The check stays green while somebody else answers, and when the certificate has run out. What the check logs in with is given to whoever answers.",
				Fix:        "Let the check look at the peer and its name (`verify_peer`, `verify_host`: `YES`).",
				References: []string{"https://www.zabbix.com/documentation/current/en/manual/web_monitoring"},
			},
			Match: []*Match{
				Key(False, "httptests.verify_peer", "httptests.verify_host", "httptest.verify_peer", "httptest.verify_host"),
			},
			Bad: []Example{
				{"template.yaml", "zabbix_export:\n  templates:\n    - httptests:\n        - name: a\n          verify_peer: '«NO»'\n"},
				{"template.xml", "<zabbix_export><httptests><httptest><name>a</name><verify_host>«0»</verify_host></httptest></httptests></zabbix_export>\n"},
			},
			Good: []Example{
				{"template.yaml", "zabbix_export:\n  templates:\n    - httptests:\n        - verify_peer: 'YES'\n"},
			},
		},
	}
}
