package rules

import "muxkey/internal/finding"

func activemq() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ACTIVEMQ-001", Title: "a JMS client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client logs in to whoever answers for the broker, and sends its messages there.",
				Fix:        "Remove it, and name a trust store: `trustStorePath` in Artemis, `transport.trustStoreLocation` in Qpid JMS. For a private CA: `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{"https://activemq.apache.org/components/artemis/documentation/latest/configuring-transports.html", "https://qpid.apache.org/releases/qpid-jms-2.5.0/docs/index.html", "https://docs.tibco.com/pub/ems/10.1.0/doc/html/api/javadoc/com/tibco/tibjms/TibjmsSSL.html"},
			},
			Match: []*Match{
				KeyWhere(scheme("tcp", "amqp", "amqps", "amqpws", "amqpwss", "ssl", "failover", "artemis", "jgroups", "udp", "vm", "netty"), True, "trustAll", "transport.trustAll").Or("false"),
				Key(False, "com.tibco.tibjms.ssl.enable_verify_host").Or("true"),
				Key(OneOf("false", "disable", "disabled", "no"), "ssl_verify_host").At("factories.conf*", "routes.conf*", "bridges.conf*", "tibems*", "*tibco*/*", "*ems*/*"),
				Flags([]string{"tibemsadmin", "tibemsadmin64", "tibemsd", "tibemsd64"}, "-ssl_noverifyhost").Gone(),
			},
			Bad: []Example{
				{"broker.xml", "<connectors><connector name=\"b\">tcp://b.example.com:61617?sslEnabled=true;trustAll=«true»</connector></connectors>\n"},
				{"app.properties", "url=amqps://mq.example.com:5671?transport.trustAll=«true»\n"},
				{"routes.conf", "[EMS-2]\n  url = ssl://ems.example.com:7243\n  ssl_verify_host = «disabled»\n"},
				{"jndi.properties", "com.tibco.tibjms.ssl.enable_verify_host=«false»\n"},
				{"admin.sh", "tibemsadmin -server ssl://ems.example.com:7243 «-ssl_noverifyhost»\n"},
			},
			Good: []Example{
				{"application.properties", "spring.activemq.packages.trust-all=true\n"},
				{"broker.xml", "<connectors><connector name=\"b\">tcp://b.example.com:61617?sslEnabled=true;trustStorePath=t.p12</connector></connectors>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ACTIVEMQ-002", Title: "a JMS client does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the broker. Each client that has one of the same CA can stand in for it.",
				Fix:        "Remove it, and have the broker's certificate issued for the name that clients call.",
				References: []string{"https://activemq.apache.org/components/classic/documentation/ssl-transport-reference", "https://activemq.apache.org/components/artemis/documentation/latest/configuring-transports.html"},
			},
			Match: []*Match{
				Key(False, "socket.verifyHostName", "transport.verifyHostName").Hinting("verifyhostname").Or("true"),
				KeyWhere(scheme("tcp", "amqp", "amqps", "amqpws", "amqpwss", "ssl", "failover", "artemis", "netty"), False, "verifyHost", "verifyHostName").Or("true"),
				Key(False, "com.tibco.tibjms.ssl.enable_verify_hostname").Or("true"),
				Key(OneOf("false", "disable", "disabled", "no"), "ssl_verify_hostname").At("factories.conf*", "routes.conf*", "bridges.conf*", "tibems*", "*tibco*/*", "*ems*/*"),
				Flags([]string{"tibemsadmin", "tibemsadmin64", "tibemsd", "tibemsd64"}, "-ssl_noverifyhostname").Gone(),
			},
			Bad: []Example{
				{"app.properties", "spring.activemq.broker-url=failover:(ssl://mq.example.com:61617?socket.verifyHostName=«false»)\n"},
				{"broker.xml", "<networkConnector uri=\"static:(ssl://b.example.com:61617?socket.verifyHostName=«false»&amp;wireFormat.maxInactivityDuration=0)\"/>\n"},
				{"app.properties", "url=tcp://mq.example.com:61617?sslEnabled=true&verifyHost=«false»\n"},
				{"app.properties", "url=amqps://mq.example.com:5671?transport.verifyHost=«false»\n"},
			},
			Good: []Example{
				{"app.properties", "url=tcp://mq.example.com:61617?sslEnabled=true&verifyHost=true\n"},
				{"broker.xml", "<transportConnector uri=\"ssl://0.0.0.0:61617?needClientAuth=false\"/>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ACTIVEMQ-003", Title: "a message broker speaks what is broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL, TLS before 1.2 and some ciphers have known attacks. Who stands in between can press both sides down to the worst that they share.",
				Fix:        "Write `TLSv1.2,TLSv1.3`, and remove what switches old ciphers of IBM MQ on.",
				References: []string{"https://activemq.apache.org/components/artemis/documentation/latest/configuring-transports.html", "https://www.ibm.com/docs/en/ibm-mq/9.3?topic=messages-deprecated-cipherspecs", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				KeyWhere(scheme("tcp", "amqp", "amqps", "ssl", "nio+ssl", "amqp+ssl", "mqtt+ssl", "stomp+ssl", "auto+ssl", "auto+nio+ssl", "https"), Old, "enabledProtocols", "transport.enabledProtocols", "socket.enabledProtocols"),
				Env(Some, "AMQ_SSL_V3_ENABLE", "AMQ_SSL_WEAK_CIPHER_ENABLE").Gone(),
			},
			Bad: []Example{
				{"broker.xml", "<acceptor name=\"a\">tcp://0.0.0.0:61617?sslEnabled=true;enabledProtocols=«TLSv1,TLSv1.2»</acceptor>\n"},
				{"mq.env", "AMQ_SSL_V3_ENABLE=«1»\n"},
			},
			Good: []Example{
				{"broker.xml", "<acceptor name=\"a\">tcp://0.0.0.0:61617?sslEnabled=true;enabledProtocols=TLSv1.2,TLSv1.3</acceptor>\n"},
			},
		},
	}
}
