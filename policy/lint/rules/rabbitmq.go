package rules

import (
	"slices"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func rabbitmq() []Rule {
	schemes := []string{"amqps", "amqp"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-RABBITMQ-001", Title: "RabbitMQ, or a client of it, takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The password and all messages go to whoever answers for the broker, for the other cluster, or for the directory that is asked for logins.",
				Fix:        "Write `verify_peer` and name the CA in `cacertfile`; in Java give `useSslProtocol` an SSLContext with a trust store. For a private CA: `muxkey trust build ca.pem --target pem -o ca.pem`, for Java `--target pkcs12 -o truststore.p12`.",
				References: []string{"https://www.rabbitmq.com/docs/ssl", "https://www.rabbitmq.com/docs/uri-query-parameters", "https://www.rabbitmq.com/docs/ldap", "https://www.rabbitmq.com/client-libraries/java-api-guide#tls"},
			},
			Match: []*Match{
				Param(schemes, OneOf("verify_none"), "verify").Hinting("verifynone").Or("verify_peer"),
				KeyWhere(asClient, OneOf("verify_none"), "ssl_options.verify", "https.peer_verification", "tls.verify").In("ini", "conf", "properties", "hocon", "yaml").Hinting("verifynone").Or("verify_peer"),
				Flags([]string{"rabbitmqadmin"}, "--ssl-insecure", "-k"),
				Find([]string{"usesslprotocol"}, javaTrustsAll).In("java", "kotlin", "scala", "groovy"),
			},
			Bad: []Example{
				{"app.env", "BROKER=amqps://app@mq.example.com:5671/app?verify=«verify_none»\n"},
				{"rabbitmq.conf", "auth_ldap.servers.1 = ldap.example.com\nauth_ldap.ssl_options.verify = «verify_none»\nauth_oauth2.https.peer_verification = «verify_none»\n"},
				{"queues.sh", "rabbitmqadmin --ssl «--ssl-insecure» list queues\n"},
				{"Mq.java", "class Mq { void f() { factory.«useSslProtocol»(); } }\n"},
				{"Mq.java", "class Mq { void f() { factory.useSslProtocol(\"«TLSv1.2»\"); } }\n"},
			},
			Good: []Example{
				{"rabbitmq.conf", "listeners.ssl.default = 5671\nssl_options.verify = verify_peer\nmanagement.ssl.verify = verify_none\nauth_ldap.ssl_options.verify = verify_peer\n"},
				{"rabbitmq.conf", "ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n"},
				{"Mq.java", "class Mq { void f() { factory.useSslProtocol(context); factory.enableHostnameVerification(); } }\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RABBITMQ-002", Title: "RabbitMQ, or a client of it, does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the broker. Each client that has one of the same CA can stand in for it.",
				Fix:        "Remove it, and have the broker's certificate issued for the name that clients call.",
				References: []string{"https://www.rabbitmq.com/docs/ssl#peer-verification", "https://www.rabbitmq.com/docs/oauth2", "https://www.rabbitmq.com/docs/management-cli"},
			},
			Match: []*Match{
				Param(schemes, OneOf("disable"), "server_name_indication"),
				Key(OneOf("none"), "https.hostname_verification", "ssl_options.hostname_verification").In("ini", "conf", "properties", "hocon").Or("wildcard"),
				Flags([]string{"rabbitmqadmin"}, "--ssl-disable-hostname-verification"),
			},
			Bad: []Example{
				{"app.env", "BROKER=amqps://app@mq.example.com/app?verify=verify_peer&server_name_indication=«disable»\n"},
				{"rabbitmq.conf", "auth_oauth2.https.hostname_verification = «none»\n"},
				{"queues.sh", "rabbitmqadmin --ssl «--ssl-disable-hostname-verification» list queues\n"},
			},
			Good: []Example{
				{"rabbitmq.conf", "auth_oauth2.https.hostname_verification = wildcard\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RABBITMQ-003", Title: "RabbitMQ speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `ssl_options.versions.1 = tlsv1.3` and `ssl_options.versions.2 = tlsv1.2` alone.",
				References: []string{"https://www.rabbitmq.com/docs/ssl#tls-versions", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				KeyWhere(numbered("versions"), Old, "versions.1", "versions.2", "versions.3", "versions.4", "versions.5").Hinting("versions").In("ini", "conf", "properties", "hocon"),
			},
			Bad:  []Example{{"rabbitmq.conf", "ssl_options.versions.1 = tlsv1.2\nssl_options.versions.2 = «tlsv1.1»\n"}},
			Good: []Example{{"rabbitmq.conf", "ssl_options.versions.1 = tlsv1.3\nssl_options.versions.2 = tlsv1.2\n"}},
		},
	}
}

// numbered is for keys that have another one in front of their number.
func numbered(name string) func(*syntax.Setting) bool {
	return func(s *syntax.Setting) bool { return slices.Contains(pathParts(s), name) }
}

// asClient tells whether a setting of RabbitMQ is for connections that it opens.
// Those of its listeners say only that no client certificate is wanted.
func asClient(s *syntax.Setting) bool {
	first := pathParts(s)[0]
	return slices.Contains([]string{"auth_ldap", "auth_http", "auth_oauth2", "cluster_formation", "log", "shovel", "federation"}, first)
}

// javaTrustsAll finds useSslProtocol() and useSslProtocol("TLSv1.2") of RabbitMQ's
// Java client, which take a trust manager that trusts everybody.
func javaTrustsAll(f *syntax.File, report func(Hit)) {
	for _, c := range f.Calls {
		if !lastParts(c.Name, ".useSslProtocol") {
			continue
		}
		switch {
		case len(c.Args) == 0:
			span := c.Span
			span.Start = span.End - len("useSslProtocol")
			report(Hit{Span: span, Block: c.Block})
		case len(c.Args) == 1 && c.Args[0].Value.Form == syntax.Quoted:
			report(Hit{Span: c.Args[0].Value.Span, Block: c.Block})
		}
	}
}
