package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func tomcat() []Rule {
	docs := "https://tomcat.apache.org/tomcat-10.1-doc/config/http.html"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TOMCAT-001", Title: "Tomcat serves SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said, and clients that could do better can be pushed down to them.",
				Fix:        "Write `protocols=\"TLSv1.2+TLSv1.3\"` in `SSLHostConfig`, or nothing: that is the default of today.",
				References: []string{docs},
			},
			Match: []*Match{
				Picked(tomcatProtocols, "SSLHostConfig.@protocols", "Connector.@sslEnabledProtocols", "Connector.@protocols").In("xml").Hinting("sslhostconfig", "sslenabledprotocols"),
				Key(OneOf("SSL", "SSLv2", "SSLv3", "TLSv1", "TLSv1.1"), "Connector.@sslProtocol", "SSLHostConfig.@sslProtocol").In("xml").Or("TLS"),
			},
			Bad: []Example{
				{"conf/server.xml", "<Server><Service><Connector port=\"8443\" SSLEnabled=\"true\" sslProtocol=\"«SSLv3»\" sslEnabledProtocols=\"«TLSv1»,«TLSv1.1»,TLSv1.2\"/></Service></Server>\n"},
				{"conf/server.xml", "<Server><Connector port=\"8443\"><SSLHostConfig protocols=\"«TLSv1»+TLSv1.2\"/></Connector></Server>\n"},
				{"conf/server.xml", "<Server><Connector port=\"8443\"><SSLHostConfig protocols=\"«all»\"/></Connector></Server>\n"},
			},
			Good: []Example{
				{"conf/server.xml", "<Server><!-- <Connector sslProtocol=\"SSLv3\"/> --><Connector sslProtocol=\"TLS\" sslEnabledProtocols=\"TLSv1.2,TLSv1.3\"><SSLHostConfig protocols=\"TLSv1.2+TLSv1.3\" certificateVerification=\"none\"/></Connector></Server>\n"},
				{"conf/server.xml", "<Server><Connector><SSLHostConfig protocols=\"all,-TLSv1,-TLSv1.1,-SSLv3\"/></Connector></Server>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TOMCAT-002", Title: "Tomcat takes certificates of clients that nobody vouches for", Severity: finding.High, CWE: 295,
				Why:        "The certificate is asked for and not checked. An application that believes the name in it lets anybody in as anybody.",
				Fix:        "Write `certificateVerification=\"required\"` with `truststoreFile`: `muxkey trust build client-ca.pem --target pkcs12 -o clients.p12` makes one. Where no certificates of clients are wanted write `none`.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(OneOf("optionalNoCA", "optional_no_ca"), "SSLHostConfig.@certificateVerification", "Connector.@SSLVerifyClient").In("xml").Or("required"),
			},
			Bad: []Example{
				{"conf/server.xml", "<Server><Connector><SSLHostConfig certificateVerification=\"«optionalNoCA»\"/></Connector></Server>\n"},
			},
			Good: []Example{
				{"conf/server.xml", "<Server><Connector><SSLHostConfig certificateVerification=\"none\"/></Connector><Connector><SSLHostConfig certificateVerification=\"required\"/></Connector></Server>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TOMCAT-003", Title: "Tomcat offers cipher suites that protect nothing", Severity: finding.Medium, CWE: 327,
				Why:        "Suites with NULL, anon, RC4, DES or EXPORT in their name do not encrypt, do not tell who is there, or are broken within hours.",
				Fix:        "Remove `ciphers`: the default is good. In a list of your own write `!aNULL:!eNULL:!RC4:!3DES` behind it.",
				References: []string{docs},
			},
			Match: []*Match{
				Picked(brokenCiphers, "SSLHostConfig.@ciphers", "Connector.@ciphers", "SSLHostConfig.@cipherSuites").In("xml").Hinting("sslhostconfig", "connector"),
			},
			Bad: []Example{
				{"conf/server.xml", "<Server><Connector ciphers=\"TLS_RSA_WITH_AES_128_CBC_SHA,«SSL_RSA_WITH_RC4_128_MD5»\"/></Server>\n"},
			},
			Good: []Example{
				{"conf/server.xml", "<Server><Connector><SSLHostConfig ciphers=\"HIGH:!aNULL:!eNULL:!RC4:!DES:!MD5\"/></Connector></Server>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TOMCAT-004", Title: "Tomcat's AJP port asks nobody for a secret", Severity: finding.Medium, CWE: 306,
				Why:        "AJP is plain and believes what it is told: who reaches the port is whatever user they say, and on old versions reads the files of applications.",
				Fix:        "Set `secret` to what the proxy sends too, remove `secretRequired=\"false\"`, and bind the port to an address that only the proxy reaches. Better, let the proxy speak HTTPS.",
				References: []string{"https://tomcat.apache.org/tomcat-10.1-doc/config/ajp.html"},
			},
			Match: []*Match{
				Key(False, "Connector.@secretRequired").In("xml").Or("true"),
			},
			Bad: []Example{
				{"conf/server.xml", "<Server><Connector protocol=\"AJP/1.3\" address=\"0.0.0.0\" port=\"8009\" secretRequired=\"«false»\"/></Server>\n"},
			},
			Good: []Example{
				{"conf/server.xml", "<Server><Connector protocol=\"AJP/1.3\" address=\"::1\" port=\"8009\" secret=\"${ajp.secret}\"/></Server>\n"},
			},
		},
	}
}

// tomcatProtocols is oldProtocols for lists with a plus sign between the names.
func tomcatProtocols(v syntax.Value) []syntax.Span {
	v.Text = strings.ReplaceAll(v.Text, "+", ",")
	return oldProtocols(v)
}
