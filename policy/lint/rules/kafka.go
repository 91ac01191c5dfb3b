package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func kafka() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-KAFKA-001", Title: "a Kafka client does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for a broker, and each client often has one of the same CA. Who holds one can stand in for every broker.",
				Fix:        "Write `https`, or remove the line, and have the brokers' certificates issued for the names in `advertised.listeners`.",
				References: []string{"https://kafka.apache.org/documentation/#producerconfigs_ssl.endpoint.identification.algorithm", "https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md"},
			},
			Match: []*Match{
				KeyWhere(notPassedOn, emptyOrNone, "ssl.endpoint.identification.algorithm").Or("https"),
				Find([]string{"sslendpointidentificationalgorithmconfig"}, kafkaConstant),
				Assign(endsWith("SslEndpointIdentificationAlgorithm.None"), "SslEndpointIdentificationAlgorithm"),
			},
			Bad: []Example{
				{"client.properties", "security.protocol=SSL\n«ssl.endpoint.identification.algorithm»=\n"},
				{"server.properties", "«listener.name.internal.ssl.endpoint.identification.algorithm»= \n"},
				{"compose.yaml", "services:\n  connect:\n    environment:\n      CONNECT_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM: \"« »\"\n"},
				{"app.yaml", "kafka:\n  properties:\n    ssl.endpoint.identification.algorithm: «none»\n"},
				{"P.java", "class P { void f(Properties props) { props.put(SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG, \"«none»\"); } }\n"},
				{"P.java", "class P { void f(Properties props) { props.put(«SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG», \"\"); } }\n"},
				{"P.cs", "var c = new ProducerConfig { SslEndpointIdentificationAlgorithm = «SslEndpointIdentificationAlgorithm.None» };\n"},
				{"list.sh", "kcat -b kafka.example.com:9093 -X ssl.endpoint.identification.algorithm=«none» -L\n"},
			},
			Good: []Example{
				{"client.properties", "ssl.endpoint.identification.algorithm=https\n#ssl.endpoint.identification.algorithm=\nssl.client.auth=none\n"},
				{"compose.yaml", "services:\n  connect:\n    environment:\n      CONNECT_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM:\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KAFKA-002", Title: "a Kafka client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client logs in to whoever answers for the broker, and sends its messages there.",
				Fix:        "Remove it, and name the CA with `ssl.ca.location`, in Java with `ssl.truststore.location`. For a private one: `muxkey trust build ca.pem --target pem -o kafka-ca.pem`, or `--target pkcs12 -o truststore.p12`.",
				References: []string{"https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md", "https://github.com/danielqsj/kafka_exporter"},
			},
			Match: []*Match{
				Key(False, "enable.ssl.certificate.verification").Or("true"),
				Assign(False, "EnableSslCertificateVerification").Or("true"),
				Flags([]string{"kafka_exporter", "kafka-exporter", ""}, "--tls.insecure-skip-tls-verify"),
			},
			Bad: []Example{
				{"client.properties", "enable.ssl.certificate.verification=«false»\n"},
				{"p.go", "package p\n\nvar c = kafka.ConfigMap{\"enable.ssl.certificate.verification\": «false»}\n"},
				{"list.sh", "kcat -b kafka.example.com:9093 -X security.protocol=ssl -X enable.ssl.certificate.verification=«false» -L\n"},
			},
			Good: []Example{
				{"client.properties", "enable.ssl.certificate.verification=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KAFKA-003", Title: "Kafka in plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Messages are read and changed on the way, and with SASL_PLAINTEXT and PLAIN the password too.",
				Fix:        "Write SSL, or SASL_SSL.",
				References: []string{"https://kafka.apache.org/documentation/#security_ssl"},
			},
			Match: []*Match{
				Key(OneOf("PLAINTEXT", "SASL_PLAINTEXT"), "security.protocol", "security.inter.broker.protocol", "inter.broker.listener.security.protocol").Hinting("plaintext").With("protocol"),
				Assign(endsWith("SecurityProtocol.Plaintext", "SecurityProtocol.SaslPlaintext"), "SecurityProtocol"),
				Find([]string{"plaintext://"}, plainListeners).As(finding.Low, "a listener of Kafka that speaks plain text"),
			},
			Bad: []Example{
				{"client.properties", "security.protocol=«SASL_PLAINTEXT»\n"},
				{"compose.yaml", "services:\n  kafka:\n    environment:\n      KAFKA_SECURITY_INTER_BROKER_PROTOCOL: «PLAINTEXT»\n      KAFKA_ADVERTISED_LISTENERS: «PLAINTEXT://kafka.example.com:9092»\n"},
				{"server.properties", "listeners=«SASL_PLAINTEXT://kafka.example.com:9092»,SSL://kafka.example.com:9093\n"},
			},
			Good: []Example{
				{"client.properties", "security.protocol=SASL_SSL\n"},
				{"server.properties", "listeners=PLAINTEXT_HOST://kafka.example.com:9092\nlistener.security.protocol.map=PLAINTEXT_HOST:SSL\n"},
				{"server.properties", "listeners=PLAINTEXT://kafka.example.com:9092\nlistener.security.protocol.map=PLAINTEXT:SSL\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KAFKA-004", Title: "ZooKeeper does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of the CA is good for any server of the quorum. Each client that holds one can join, and has all that Kafka keeps there.",
				Fix:        "Remove it, and have the servers' certificates issued for their names.",
				References: []string{"https://zookeeper.apache.org/doc/current/zookeeperAdmin.html"},
			},
			Match: []*Match{
				Key(False, "ssl.hostnameVerification", "ssl.quorum.hostnameVerification", "zookeeper.ssl.hostnameVerification").Or("true"),
				Key(False, "zookeeper.ssl.endpoint.identification.algorithm"),
			},
			Bad:  []Example{{"zoo.properties", "ssl.quorum.hostnameVerification=«false»\nssl.hostnameVerification=«false»\n"}},
			Good: []Example{{"zoo.properties", "ssl.quorum.hostnameVerification=true\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KAFKA-005", Title: "the servers of ZooKeeper speak plain text among them", Severity: finding.Medium, CWE: 319,
				Why:        "What the servers agree on is read and changed on the way, with the access rights of everything that is kept there.",
				Fix:        "Write `sslQuorum=true`, and `portUnification=false` when all servers have it.",
				References: []string{"https://zookeeper.apache.org/doc/current/zookeeperAdmin.html"},
			},
			Match: []*Match{
				Key(False, "sslQuorum").Or("true"),
				Key(True, "portUnification").At("zoo*").As(finding.Low, "servers without TLS are taken as well; that is meant for the days of a migration"),
			},
			Bad:  []Example{{"zoo.properties", "sslQuorum=«false»\nportUnification=«true»\n"}},
			Good: []Example{{"zoo.properties", "sslQuorum=true\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KAFKA-006", Title: "Kafka speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `ssl.enabled.protocols=TLSv1.2,TLSv1.3`.",
				References: []string{"https://kafka.apache.org/documentation/#brokerconfigs_ssl.enabled.protocols", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "ssl.enabled.protocols", "ssl.protocol").Hinting("sslenabledprotocols", "sslprotocol").If(either(inPath("kafka", "zoo", "server.properties", "client.properties", "producer", "consumer", "connect"), mentions("bootstrapservers", "kafka"))),
			},
			Bad:  []Example{{"kafka/server.properties", "ssl.enabled.protocols=TLSv1.2,«TLSv1.1»,«TLSv1»\nssl.protocol=«TLSv1»\n"}},
			Good: []Example{{"kafka/server.properties", "ssl.enabled.protocols=TLSv1.2,TLSv1.3\nssl.protocol=TLS\n"}},
		},
	}
}

// emptyOrNone is how the algorithm is switched off: Kafka's own clients take an
// empty one, librdkafka the word.
func emptyOrNone(v syntax.Value) bool { return Empty(v) || OneOf("none")(v) }

// notPassedOn leaves out a variable of a container that is named without a value:
// it comes from outside.
func notPassedOn(s *syntax.Setting) bool {
	return s.Origin != syntax.FromEnv || s.Value.Form != syntax.Null
}

// endsWith is an expression that ends with one of some names.
func endsWith(names ...string) Is {
	return func(v syntax.Value) bool {
		return slices.ContainsFunc(names, func(n string) bool { return lastParts(v.Text, n) })
	}
}

// kafkaConstant finds props.put(SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG, "").
func kafkaConstant(f *syntax.File, report func(Hit)) {
	for _, c := range f.Calls {
		if len(c.Args) != 2 || !strings.HasSuffix(c.Args[0].Value.Text, "SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG") {
			continue
		}
		if v := c.Args[1].Value; v.Form == syntax.Quoted && emptyOrNone(v) {
			span := v.Span
			if span.Start == span.End {
				span = c.Args[0].Value.Span
			}
			report(Hit{Span: span, Block: c.Block})
		}
	}
}

// plainListeners finds listeners whose name says plain text, unless the file maps
// that name to a protocol of its own.
func plainListeners(f *syntax.File, report func(Hit)) {
	mapped := anywhere(Containing("PLAINTEXT:SSL", "PLAINTEXT:SASL_SSL"), "listener.security.protocol.map")
	if mapped(f, Hit{}) {
		return
	}
	wanted := squeezed([]string{"listeners"})
	for i := range f.Settings {
		s := &f.Settings[i]
		if s.Origin == syntax.FromCode || !wanted.end(s) {
			continue
		}
		for _, w := range parts(s.Value, " \t\r\n,") {
			name, host, ok := strings.Cut(w.Text, "://")
			if ok && (strings.EqualFold(name, "PLAINTEXT") || strings.EqualFold(name, "SASL_PLAINTEXT")) {
				host, _, _ = strings.Cut(host, ":")
				report(Hit{Span: w.Span, Host: host, Block: s.Block})
			}
		}
	}
}
