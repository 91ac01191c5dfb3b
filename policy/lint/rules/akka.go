package rules

import "muxkey/internal/finding"

func akka() []Rule {
	docs := "https://github.com/lightbend/ssl-config/blob/main/documentation/src/main/paradox/LooseSSL.md"
	play := "https://www.playframework.com/documentation/3.0.x/LooseSSL"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-AKKA-001", Title: "Akka, Pekko or Play takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Clients of the application give passwords and data to whoever answers.",
				Fix:        "Remove it and name a trust store in `ssl-config.trustManager.stores`: `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{docs, play},
			},
			Match: []*Match{
				Key(True, "loose.acceptAnyCertificate").Or("false"),
			},
			Bad: []Example{
				{"application.conf", "play.ws.ssl.loose.acceptAnyCertificate = «true»\n"},
				{"application.conf", "akka {\n  ssl-config {\n    loose {\n      acceptAnyCertificate = «on» // not for long\n    }\n  }\n}\n"},
				{"run.sh", "java -Dplay.ws.ssl.loose.acceptAnyCertificate=«true» -jar a.jar\n"},
			},
			Good: []Example{
				{"application.conf", "play.ws.ssl.loose.acceptAnyCertificate = false\n# play.ws.ssl.loose.acceptAnyCertificate = true\n// ssl-config.loose.acceptAnyCertificate = true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-AKKA-002", Title: "Akka, Pekko or Play does not look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server.",
				Fix:        "Remove it; the certificate must hold the name by which the server is reached, which `muxkey verify STORE --host NAME` tells.",
				References: []string{docs, "https://doc.akka.io/libraries/akka-core/current/remoting-artery.html#remote-tls"},
			},
			Match: []*Match{
				Key(True, "loose.disableHostnameVerification").Or("false"),
				Key(False, "ssl-engine.hostname-verification", "config-ssl-engine.hostname-verification").Or("on"),
			},
			Bad: []Example{
				{"application.conf", "ssl-config.loose.disableHostnameVerification = «yes»\npekko.remote.artery.ssl.config-ssl-engine.hostname-verification = «off»\n"},
			},
			Good: []Example{
				{"application.conf", "ssl-config.loose.disableSNI = true\nakka.remote.artery.ssl.config-ssl-engine.hostname-verification = on\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-AKKA-003", Title: "Akka, Pekko or Play takes broken algorithms and old handshakes", Severity: finding.Medium, CWE: 327,
				Why:        "Versions and suites that are known to be broken let in who stands in between.",
				Fix:        "Remove it; bring the peer that needs it up to date.",
				References: []string{docs, play},
			},
			Match: []*Match{
				Key(True, "loose.allowWeakProtocols", "loose.allowWeakCiphers", "loose.allowUnsafeRenegotiation").Or("false"),
				Key(True, "loose.allowLegacyHelloMessages").As(finding.Low, "").Or("false"),
				Picked(oldProtocols, "ssl-config.protocol", "ssl-config.enabledProtocols", "ws.ssl.protocol", "ws.ssl.enabledProtocols").In("hocon").Hinting("sslconfig", "enabledprotocols", "playws"),
			},
			Bad: []Example{
				{"application.conf", "play.ws.ssl {\n  loose {\n    allowWeakProtocols = «true»\n    allowWeakCiphers = «true»\n    allowLegacyHelloMessages = «true»\n  }\n  enabledProtocols = [\"TLSv1.2\", \"«TLSv1»\"]\n}\n"},
			},
			Good: []Example{
				{"application.conf", "play.ws.ssl.loose.allowWeakCiphers = false\nplay.ws.ssl.enabledProtocols = [\"TLSv1.2\"]\n"},
			},
		},
	}
}
