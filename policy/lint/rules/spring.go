package rules

import "muxkey/internal/finding"

func spring() []Rule {
	boot := "https://docs.spring.io/spring-boot/appendix/application-properties/index.html"
	gateway := "https://docs.spring.io/spring-cloud-gateway/reference/appendix.html"
	config := "https://docs.spring.io/spring-cloud-config/docs/current/reference/html/"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SPRING-001", Title: "a Spring application takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The application gives its passwords and its users' data to whoever answers. A configuration server that is told to do so takes its settings from them as well.",
				Fix:        "Remove it, and name a trust store in an SSL bundle (`spring.ssl.bundle.jks.NAME.truststore.location`): `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{boot, gateway, config},
			},
			Match: []*Match{
				Within("spring.cloud.", True, "skip-ssl-validation").Or("false"),
				Key(True, "cloudfoundry.skip-ssl-validation").Or("false"),
				Key(True, "httpclient.ssl.use-insecure-trust-manager").Or("false"),
				Within("spring.", False, "ssl.validate-server-certificate").Or("true"),
				Key(OneOf("*"), "spring.mail.properties.mail.smtp.ssl.trust", "spring.mail.properties.mail.smtps.ssl.trust"),
			},
			Bad: []Example{
				{"application.yml", "spring:\n  cloud:\n    config:\n      server:\n        git:\n          uri: https://git.example.com/config\n          skipSslValidation: «true»\n    gateway:\n      httpclient:\n        ssl:\n          useInsecureTrustManager: «true»\n"},
				{"application.properties", "spring.rabbitmq.ssl.validate-server-certificate=«false»\nmanagement.cloudfoundry.skip-ssl-validation=«true»\nspring.mail.properties.mail.smtp.ssl.trust=«*»\n"},
				{"app.env", "SPRING_CLOUD_GATEWAY_HTTPCLIENT_SSL_USEINSECURETRUSTMANAGER=«true»\n"},
			},
			Good: []Example{
				{"application.yml", "spring:\n  cloud:\n    gateway:\n      httpclient:\n        ssl:\n          use-insecure-trust-manager: false\n  activemq:\n    packages:\n      trust-all: true\n  kafka:\n    consumer:\n      properties:\n        spring.json.trusted.packages: \"*\"\n"},
				{"application.properties", "spring.mail.properties.mail.smtp.ssl.trust=mail.example.com\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SPRING-002", Title: "a Spring application does not look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server.",
				Fix:        "Set it to `true`; the certificate must hold the name by which the server is reached, which `muxkey verify STORE --host NAME` tells.",
				References: []string{boot},
			},
			Match: []*Match{
				Within("spring.", False, "ssl.verify-hostname").Or("true"),
				Within("spring.mail.properties", False, "ssl.checkserveridentity").Or("true"),
			},
			Bad: []Example{
				{"application.yml", "spring:\n  rabbitmq:\n    ssl:\n      enabled: true\n      verify-hostname: «false»\n"},
				{"application.properties", "spring.mail.properties.mail.smtp.ssl.checkserveridentity=«false»\n"},
				{"app.env", "SPRING_RABBITMQ_SSL_VERIFYHOSTNAME=«false»\n"},
			},
			Good: []Example{
				{"application.yml", "spring:\n  rabbitmq:\n    ssl:\n      verify-hostname: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SPRING-003", Title: "a Spring application serves without TLS", Severity: finding.Low, CWE: 319,
				Why:        "What users send can be read and changed on the way, unless a proxy on the same machine speaks TLS for it.",
				Fix:        "Set `server.ssl.enabled=true` and `server.ssl.bundle`, with a keystore: `muxkey create HOST -o keystore.p12`.",
				References: []string{boot},
			},
			Match: []*Match{
				Key(False, "server.ssl.enabled").At("application*.y*ml", "application*.properties", "bootstrap*.y*ml", "bootstrap*.properties").Or("true"),
				Env(False, "SERVER_SSL_ENABLED").Or("true"),
			},
			Bad: []Example{
				{"application.yml", "server:\n  port: 8080\n  ssl:\n    enabled: «false»\n"},
				{"app.env", "SERVER_SSL_ENABLED=«false»\n"},
			},
			Good: []Example{
				{"application.yml", "server:\n  ssl:\n    enabled: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SPRING-004", Title: "a Spring application speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove it, or name `TLSv1.2,TLSv1.3`.",
				References: []string{boot},
			},
			Match: []*Match{
				Picked(oldProtocols, "server.ssl.enabled-protocols", "server.ssl.protocol", "options.enabled-protocols", "spring.rabbitmq.ssl.algorithm", "management.server.ssl.enabled-protocols").
					In("properties", "yaml", "env", "hocon", "json").Hinting("enabledprotocols", "serverssl", "server", "rabbitmqssl", "rabbitmq"),
			},
			Bad: []Example{
				{"application.yml", "server:\n  ssl:\n    enabled-protocols: «TLSv1.1»,TLSv1.2\nspring:\n  ssl:\n    bundle:\n      jks:\n        web:\n          options:\n            enabled-protocols: [«TLSv1», TLSv1.2]\n"},
				{"application.properties", "server.ssl.protocol=«TLSv1»\n"},
			},
			Good: []Example{
				{"application.yml", "server:\n  ssl:\n    protocol: TLS\n    enabled-protocols: TLSv1.2,TLSv1.3\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SPRING-005", Title: "a configuration server does not check the key of the host it clones from", Severity: finding.Medium, CWE: 322,
				Why:        "Whoever answers for the Git server decides what all applications are configured with.",
				Fix:        "Set `strictHostKeyChecking: true`, with `hostKey` or a `knownHostsFile`.",
				References: []string{config},
			},
			Match: []*Match{
				Within("spring.cloud.config", False, "strictHostKeyChecking").Or("true"),
			},
			Bad: []Example{
				{"application.yml", "spring:\n  cloud:\n    config:\n      server:\n        git:\n          uri: git@git.example.com:config\n          strictHostKeyChecking: «false»\n"},
			},
			Good: []Example{
				{"application.yml", "spring:\n  cloud:\n    config:\n      server:\n        git:\n          strict-host-key-checking: true\n"},
			},
		},
	}
}
