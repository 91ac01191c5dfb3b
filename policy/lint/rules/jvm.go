package rules

import "muxkey/internal/finding"

func jvm() []Rule {
	docs := "https://docs.oracle.com/en/java/javase/21/security/java-secure-socket-extension-jsse-reference-guide.html"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-JVM-001", Title: "Java is told not to look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server. Who stands in between has one.",
				Fix:        "Remove the property. The certificate must hold the name by which the server is reached: `muxkey verify STORE --host NAME` tells, `muxkey renew` adds it.",
				References: []string{docs, "https://docs.oracle.com/en/java/javase/21/docs/api/java.net.http/module-summary.html", "https://www.oracle.com/java/technologies/javase/8u181-relnotes.html"},
			},
			Match: []*Match{
				Key(presentOrTrue, "jdk.internal.httpclient.disableHostnameVerification").Gone(),
				Key(True, "com.sun.jndi.ldap.object.disableEndpointIdentification", "org.jboss.security.ignoreHttpsHost").Or("false"),
			},
			Bad: []Example{
				{"run.sh", "java -Djdk.internal.httpclient.disableHostnameVerification=«true» -jar a.jar\n"},
				{"run.sh", "java -D«jdk.internal.httpclient.disableHostnameVerification» -jar a.jar\n"},
				{"app.env", "JAVA_TOOL_OPTIONS=-Xmx1g -Dcom.sun.jndi.ldap.object.disableEndpointIdentification=«true»\n"},
				{"Main.java", "class Main {\n  static { System.setProperty(\"jdk.internal.httpclient.disableHostnameVerification\", \"«true»\"); }\n}\n"},
			},
			Good: []Example{
				{"run.sh", "java -Djdk.internal.httpclient.disableHostnameVerification=false -jar a.jar\necho -Djdk.internal.httpclient.disableHostnameVerification=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JVM-002", Title: "Java takes renegotiation of the old, unsafe kind", Severity: finding.Medium, CWE: 300,
				Why:        "Who stands in between can put requests of their own before those of the client, or change the certificate in the middle of a connection.",
				Fix:        "Remove the property; bring the peer that needs it up to date.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(True, "sun.security.ssl.allowUnsafeRenegotiation", "jdk.tls.allowUnsafeServerCertChange").Or("false"),
				Key(True, "sun.security.ssl.allowLegacyHelloMessages").As(finding.Low, "Java talks to peers that know no safe renegotiation").Or("false"),
			},
			Bad: []Example{
				{"run.sh", "java -Dsun.security.ssl.allowUnsafeRenegotiation=«true» -jar a.jar\n"},
				{"setenv.sh", "CATALINA_OPTS=\"-Djdk.tls.allowUnsafeServerCertChange=«true»\"\n"},
			},
			Good: []Example{
				{"run.sh", "java -Dsun.security.ssl.allowUnsafeRenegotiation=false -jar a.jar\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JVM-003", Title: "Java speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove the property, or name `TLSv1.2,TLSv1.3`.",
				References: []string{docs},
			},
			Match: []*Match{
				Picked(oldProtocols, "jdk.tls.client.protocols", "jdk.tls.server.protocols", "https.protocols").Hinting("jdktlsclientprotocols", "jdktlsserverprotocols", "httpsprotocols"),
			},
			Bad: []Example{
				{"run.sh", "java -Dhttps.protocols=«TLSv1»,«TLSv1.1»,TLSv1.2 -jar a.jar\n"},
				{"jvm.options", "-Djdk.tls.client.protocols=«TLSv1»\n"},
			},
			Good: []Example{
				{"run.sh", "java -Dhttps.protocols=TLSv1.2,TLSv1.3 -Djdk.tls.client.protocols=TLSv1.2 -jar a.jar\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JVM-004", Title: "Java leaves out a part of the checks", Severity: finding.Low, CWE: 299,
				Why:        "Certificates that were revoked are taken. Without the name of the server in the greeting, servers with many names answer with the certificate of another one, which makes people switch off more.",
				Fix:        "Remove the property.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(False, "com.sun.net.ssl.checkRevocation", "jsse.enableSNIExtension").Or("true"),
			},
			Bad: []Example{
				{"run.sh", "java -Dcom.sun.net.ssl.checkRevocation=«false» -Djsse.enableSNIExtension=«false» -jar a.jar\n"},
			},
			Good: []Example{
				{"run.sh", "java -Dcom.sun.net.ssl.checkRevocation=true -jar a.jar\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JVM-005", Title: "the management port of a JVM is open without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Who reaches the port can load code into the program; who reads along gets the password for that.",
				Fix:        "Set `com.sun.management.jmxremote.ssl` and `.registry.ssl` to `true`, with a keystore: `muxkey create` makes one. Or bind the port to loopback with `com.sun.management.jmxremote.host=127.0.0.1`.",
				References: []string{"https://docs.oracle.com/en/java/javase/21/management/monitoring-and-management-using-jmx-technology.html"},
			},
			Match: []*Match{
				Key(False, "com.sun.management.jmxremote.ssl").If(not(anywhere(Beginning("127.", "localhost"), "com.sun.management.jmxremote.host"))).Or("true"),
			},
			Bad: []Example{
				{"run.sh", "java -Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.ssl=«false» -jar a.jar\n"},
			},
			Good: []Example{
				{"run.sh", "java -Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.host=127.0.0.1 -Dcom.sun.management.jmxremote.ssl=false -jar a.jar\n"},
			},
		},
	}
}
