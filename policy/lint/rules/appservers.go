package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func appservers() []Rule {
	weblogic := "https://docs.oracle.com/en/middleware/standalone/weblogic-server/14.1.1.0/secmg/identity_trust.html"
	names := "https://docs.oracle.com/en/middleware/standalone/weblogic-server/14.1.1.0/secmg/hostname_verification.html"
	liberty := "https://openliberty.io/docs/latest/reference/config/ssl.html"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-APPSERVERS-001", Title: "an application server does not look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server that is called. Who stands in between has one.",
				Fix:        "Remove it. The certificates of the servers must hold the names by which they are reached: `muxkey verify STORE --host NAME` tells.",
				References: []string{names, liberty},
			},
			Match: []*Match{
				Key(presentOrTrue, "weblogic.security.SSL.ignoreHostnameVerification", "weblogic.security.SSL.ignoreHostnameVerify").Or("false"),
				Key(True, "ssl.hostname-verification-ignored", "HostnameVerificationIgnored").Or("false"),
				Key(False, "ssl.@verifyHostname").In("xml").Or("true"),
				Key(False, "com.ibm.ssl.performURLHostNameVerification").Or("true"),
			},
			Bad: []Example{
				{"startWebLogic.sh", "JAVA_OPTIONS=\"${JAVA_OPTIONS} -Dweblogic.security.SSL.ignoreHostnameVerification=«true»\"\n"},
				{"config/config.xml", "<domain><server><name>a</name><ssl><hostname-verification-ignored>«true»</hostname-verification-ignored></ssl></server></domain>\n"},
				{"server.xml", "<server><ssl id=\"defaultSSLConfig\" verifyHostname=\"«false»\"/></server>\n"},
				{"ssl.client.props", "com.ibm.ssl.performURLHostNameVerification=«false»\n"},
			},
			Good: []Example{
				{"startWebLogic.sh", "# -Dweblogic.security.SSL.ignoreHostnameVerification=true\nJAVA_OPTIONS=\"-Dweblogic.security.SSL.ignoreHostnameVerification=false\"\n"},
				{"server.xml", "<server><ssl id=\"a\" verifyHostname=\"true\"/></server>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APPSERVERS-002", Title: "WebLogic runs with the certificates it is shipped with", Severity: finding.High, CWE: 321,
				Why:        "Their private keys are in every installation. Everybody can make a certificate that such a server or client trusts, and be such a server.",
				Fix:        "Use `CustomIdentityAndCustomTrust` with a keystore of your own (`muxkey create`) and a trust store: `muxkey trust build ca.pem --target jks -o trust.jks`.",
				References: []string{weblogic},
			},
			Match: []*Match{
				Key(Exactly("DemoTrust"), "weblogic.security.TrustKeyStore"),
				Key(Containing("DemoIdentity", "DemoTrust"), "key-stores").In("xml").As(finding.Medium, ""),
			},
			Bad: []Example{
				{"run.sh", "java -Dweblogic.security.TrustKeyStore=«DemoTrust» weblogic.Admin\n"},
				{"config/config.xml", "<domain><server><key-stores>«DemoIdentityAndDemoTrust»</key-stores></server></domain>\n"},
			},
			Good: []Example{
				{"config/config.xml", "<domain><server><key-stores>CustomIdentityAndCustomTrust</key-stores></server></domain>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APPSERVERS-003", Title: "an application server speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Name `TLSv1.2` and `TLSv1.3` alone.",
				References: []string{liberty, "https://docs.wildfly.org/35/WildFly_Elytron_Security.html", "https://docs.oracle.com/en/middleware/standalone/weblogic-server/14.1.1.0/secmg/ssl_version.html"},
			},
			Match: []*Match{
				Picked(oldProtocols, "ssl.@sslProtocol", "server-ssl-context.@protocols", "client-ssl-context.@protocols", "https-listener.@enabled-protocols").In("xml"),
				Key(OneOf("SSLv3", "TLSV1.0", "TLSV1.1", "TLSv1", "TLS1", "SSLv2Hello"), "weblogic.security.SSL.minimumProtocolVersion").Or("TLSv1.2"),
				Key(True, "@ssl2-enabled", "@ssl3-enabled", "@tls-enabled", "@tls11-enabled").In("xml").If(mentions("httplistener", "protocol")).Or("false"),
			},
			Bad: []Example{
				{"server.xml", "<server><ssl id=\"a\" sslProtocol=\"«TLSv1.1»\"/></server>\n"},
				{"standalone.xml", "<server><https-listener name=\"https\" socket-binding=\"https\" enabled-protocols=\"«TLSv1»,TLSv1.2\"/><server-ssl-context name=\"a\" protocols=\"«TLSv1.1»\"/></server>\n"},
				{"run.sh", "java -Dweblogic.security.SSL.minimumProtocolVersion=«TLSv1» weblogic.Server\n"},
				{"domain.xml", "<domain><protocol name=\"http-listener-2\"><ssl ssl3-enabled=\"«true»\" cert-nickname=\"s1as\"/></protocol></domain>\n"},
			},
			Good: []Example{
				{"standalone.xml", "<server><https-listener enabled-protocols=\"TLSv1.2,TLSv1.3\"/><server-ssl-context protocols=\"TLSv1.3 TLSv1.2\"/></server>\n"},
				{"server.xml", "<server><ssl id=\"a\" sslProtocol=\"TLSv1.2\"/></server>\n"},
			},
		},
	}
}

// presentOrTrue is a switch of a JVM that is on when its name alone is there.
func presentOrTrue(v syntax.Value) bool { return True(v) || v.Form == syntax.Present || Empty(v) }
