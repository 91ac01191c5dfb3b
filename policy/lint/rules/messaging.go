package rules

import (
	"slices"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func messaging() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MESSAGING-001", Title: "a messaging client, or a bridge between brokers, takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client logs in to whoever answers for the broker, sends its messages there, and does what messages from there say.",
				Fix:        "Remove it, and name the CA: `ca_file` in NATS, `--cafile` and `bridge_cafile` in Mosquitto, `tlsTrustCertsFilePath` in Pulsar. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://docs.nats.io/running-a-nats-service/configuration/securing_nats/tls", "https://mosquitto.org/man/mosquitto-conf-5.html", "https://mosquitto.org/man/mosquitto_sub-1.html", "https://pulsar.apache.org/docs/next/security-tls-transport/", "https://docs.emqx.com/en/emqx/latest/network/overview.html"},
			},
			Match: []*Match{
				// NATS
				Key(True, "tls.insecure").At("*nats*", "*nats*/*").Hinting("insecure"),
				// Mosquitto, Paho
				Key(True, "bridge_insecure").Or("false"),
				Flags([]string{"mosquitto_sub", "mosquitto_pub", "mosquitto_rr"}, "--insecure").Gone(),
				Call([]string{".tls_insecure_set"}, True),
				Key(True, "tls_insecure").In("yaml", "ini", "toml", "json").If(mentions("mqtt")).Or("false"),
				Key(False, "mqtt.reject_unauthorized").In("yaml", "json").Or("true"),
				Env(False, "ZIGBEE2MQTT_CONFIG_MQTT_REJECT_UNAUTHORIZED").Or("true"),
				// Pulsar
				Key(True, "tlsAllowInsecureConnection", "tls_allow_insecure_connection", "brokerClientTlsAllowInsecureConnection").Or("false"),
				Assign(True, "tls_allow_insecure_connection", "TLSAllowInsecureConnection", "tlsAllowInsecureConnection").Or("false"),
				Call([]string{".allowTlsInsecureConnection", ".tlsAllowInsecureConnection"}, True),
				Flags([]string{"pulsar-admin", "pulsar-perf", "pulsarctl", "pulsar-client", "pulsar"}, "--tls-allow-insecure", "--allow-insecure-connection").Hinting("tlsallowinsecure", "allowinsecureconnection"),
				// EMQX as a client; its listeners have "listeners" in front
				KeyWhere(noListener, OneOf("verify_none"), "ssl.verify").In("hocon", "conf", "yaml").If(either(inPath("emqx"), mentions("emqx", "mqtt"))).Hinting("verifynone").Or("verify_peer"),
				// RocketMQ
				Key(True, "tls.test.mode.enable").As(finding.Medium, "in its test mode RocketMQ makes a certificate of its own and trusts every other").Or("false"),
			},
			Bad: []Example{
				{"nats/cluster.yaml", "leafnodes:\n  remotes:\n    - url: tls://hub.example.com\n      tls:\n        insecure: «true»\n"},
				{"mosquitto.conf", "connection hub\naddress hub.example.com:8883\nbridge_insecure «true»\n"},
				{"sub.sh", "mosquitto_sub -h mq.example.com -p 8883 --cafile ca.pem «--insecure» -t '#'\n"},
				{"home.yaml", "mqtt:\n  broker: mq.example.com\n  tls_insecure: «true»\n"},
				{"zigbee2mqtt.yaml", "mqtt:\n  server: mqtts://mq.example.com\n  reject_unauthorized: «false»\n"},
				{"pulsar.properties", "tlsAllowInsecureConnection=«true»\n"},
				{"app.py", "client = pulsar.Client(url, tls_allow_insecure_connection=«True»)\nmq.tls_insecure_set(«True»)\n"},
				{"App.java", "class App { void f() { PulsarClient.builder().serviceUrl(u).allowTlsInsecureConnection(«true»).build(); } }\n"},
				{"admin.sh", "pulsar-admin «--tls-allow-insecure» clusters list\n"},
				{"emqx.yaml", "bridges:\n  mqtt:\n    hub:\n      ssl:\n        enable: true\n        verify: «verify_none»\n"},
			},
			Good: []Example{
				{"nats/server.yaml", "tls:\n  ca_file: ca.pem\n  verify: false\n  insecure: false\n"},
				{"mosquitto.conf", "#bridge_insecure true\nbridge_cafile /etc/ca.pem\nrequire_certificate false\n"},
				{"pulsar.properties", "tlsAllowInsecureConnection=false\n"},
				{"emqx.yaml", "listeners:\n  ssl:\n    default:\n      ssl:\n        verify: verify_none\n"},
				{"app.py", "mq.tls_insecure_set(False)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MESSAGING-002", Title: "a messaging client does not look at the name in a certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the broker. Each client that has one of the same CA can stand in for it.",
				Fix:        "Write true, and have the brokers' certificates issued for the names that clients call.",
				References: []string{"https://pulsar.apache.org/docs/next/security-tls-transport/#hostname-verification"},
			},
			Match: []*Match{
				Key(False, "tlsEnableHostnameVerification", "tlsHostnameVerificationEnabled", "tls_validate_hostname").Or("true"),
				Assign(False, "tls_validate_hostname", "TLSValidateHostname").Or("True"),
				Call([]string{".enableTlsHostnameVerification", ".setHttpsHostnameVerificationEnabled"}, False),
			},
			Bad: []Example{
				{"pulsar.properties", "tlsEnableHostnameVerification=«false»\n"},
				{"app.py", "client = pulsar.Client(url, tls_validate_hostname=«False»)\n"},
				{"App.java", "class App { void f() { b.enableTlsHostnameVerification(«false»); o.setHttpsHostnameVerificationEnabled(«false»); } }\n"},
			},
			Good: []Example{
				{"pulsar.properties", "tlsEnableHostnameVerification=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MESSAGING-003", Title: "a message broker speaks what is broken, or plain text beside TLS", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks, and a port that takes plain text as well lets clients send their passwords in it. Who stands in between can press both sides down to the worst that they share.",
				Fix:        "Write `tls_version tlsv1.2` in Mosquitto, and `allow_non_tls: false` in NATS.",
				References: []string{"https://mosquitto.org/man/mosquitto-conf-5.html", "https://docs.nats.io/running-a-nats-service/configuration/securing_nats/tls", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Key(Old, "bridge_tls_version", "tls_version").At("*mosquitto*", "*mosquitto*/*", "*mosquitto*/*/*"),
				FlagsAre([]string{"mosquitto_sub", "mosquitto_pub", "mosquitto_rr"}, Old, "--tls-version"),
				Key(True, "allow_non_tls").At("*nats*", "*nats*/*").Or("false"),
			},
			Bad: []Example{
				{"mosquitto.conf", "listener 8883\ntls_version «tlsv1.1»\nconnection hub\nbridge_tls_version «tlsv1»\n"},
				{"sub.sh", "mosquitto_sub -h mq.example.com «--tls-version» tlsv1 -t a\n"},
				{"nats.yaml", "allow_non_tls: «true»\n"},
			},
			Good: []Example{
				{"mosquitto.conf", "listener 8883\ntls_version tlsv1.2\n"},
			},
		},
	}
}

// noListener tells whether a setting is not for connections that come in.
func noListener(s *syntax.Setting) bool {
	return !slices.Contains(pathParts(s), "listeners")
}
