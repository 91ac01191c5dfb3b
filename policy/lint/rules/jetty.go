package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func jetty() []Rule {
	docs := "https://jetty.org/docs/jetty/12/operations-guide/protocols/index.html"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-JETTY-001", Title: "Jetty trusts any certificate", Severity: finding.Critical, CWE: 295,
				Why:        "As a client it talks to whoever answers. As a server that asks clients for certificates it lets in whoever shows any.",
				Fix:        "Remove it or set it to `false`, and name a trust store (`TrustStorePath`): `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(True, "Configure.trustAll", "New.trustAll").In("xml").Hinting("trustall").Or("false"),
				Key(True, "jetty.sslContext.trustAll").Or("false"),
			},
			Bad: []Example{
				{"etc/jetty-ssl-context.xml", "<Configure id=\"sslContextFactory\" class=\"org.eclipse.jetty.util.ssl.SslContextFactory$Client\">\n  <Set name=\"trustAll\">«true»</Set>\n</Configure>\n"},
				{"etc/jetty.xml", "<Configure><New><Set name=\"TrustAll\" type=\"boolean\">«true»</Set></New></Configure>\n"},
				{"start.d/ssl.ini", "jetty.sslContext.trustAll=«true»\n"},
			},
			Good: []Example{
				{"etc/jetty-ssl-context.xml", "<Configure><Set name=\"TrustAll\"><Property name=\"jetty.sslContext.trustAll\" default=\"false\"/></Set><Set name=\"SniRequired\">false</Set></Configure>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JETTY-002", Title: "Jetty as a client does not look at host names", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server that is called.",
				Fix:        "Remove it: `HTTPS` is the default of clients. For servers the empty value is the default, and right.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(Empty, "EndpointIdentificationAlgorithm").In("xml").If(mentions("sslcontextfactory$client")),
				Key(False, "jetty.ssl.sniHostCheck").As(finding.Low, "Jetty answers to names that its certificate does not hold").Or("true"),
			},
			Bad: []Example{
				{"etc/client.xml", "<Configure class=\"org.eclipse.jetty.util.ssl.SslContextFactory$Client\">\n  <Set name=\"«EndpointIdentificationAlgorithm»\"/>\n</Configure>\n"},
				{"etc/client.xml", "<Configure class=\"org.eclipse.jetty.util.ssl.SslContextFactory$Client\">\n  <Set name=\"EndpointIdentificationAlgorithm\"><«Null»/></Set>\n</Configure>\n"},
				{"start.d/ssl.ini", "jetty.ssl.sniHostCheck=«false»\n"},
			},
			Good: []Example{
				{"etc/jetty-ssl-context.xml", "<Configure class=\"org.eclipse.jetty.util.ssl.SslContextFactory$Server\">\n  <Set name=\"EndpointIdentificationAlgorithm\"/>\n</Configure>\n"},
				{"etc/client.xml", "<Configure class=\"org.eclipse.jetty.util.ssl.SslContextFactory$Client\">\n  <Set name=\"EndpointIdentificationAlgorithm\">HTTPS</Set>\n</Configure>\n"},
				{"start.d/ssl.ini", "jetty.sslContext.endpointIdentificationAlgorithm=\njetty.ssl.sniRequired=false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JETTY-003", Title: "Jetty serves SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.High, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said, and clients that could do better can be pushed down to them.",
				Fix:        "List `TLSv1.2` and `TLSv1.3` alone under `IncludeProtocols`, and leave `ExcludeProtocols` as it is.",
				References: []string{docs, gmsDocs},
			},
			Match: []*Match{
				Find([]string{"includeprotocols"}, func(f *syntax.File, report func(Hit)) {
					jettyLists(f, "IncludeProtocols", func(_ *syntax.Setting, items []*syntax.Setting) {
						for _, item := range items {
							if Old(item.Value) {
								report(Hit{Span: item.Value.Span})
							}
						}
					})
				}).In("xml"),
				Find([]string{"excludeprotocols"}, func(f *syntax.File, report func(Hit)) {
					jettyLists(f, "ExcludeProtocols", func(name *syntax.Setting, items []*syntax.Setting) {
						if len(items) == 0 {
							report(Hit{Span: name.Value.Span, Text: "Jetty's list of protocols that it refuses is emptied"})
						}
					})
				}).In("xml").If(not(schema)).As(finding.Medium, ""),
			},
			Bad: []Example{
				{"etc/jetty-ssl-context.xml", "<Configure>\n  <Set name=\"IncludeProtocols\"><Array type=\"String\"><Item>«TLSv1»</Item><Item>TLSv1.2</Item></Array></Set>\n  <Set name=\"«ExcludeProtocols»\"><Array type=\"String\"/></Set>\n</Configure>\n"},
				{"etc/jetty-ssl-context.xml", "<Configure><Call name=\"setIncludeProtocols\"><Arg><Array type=\"java.lang.String\"><Item>«SSLv3»</Item></Array></Arg></Call></Configure>\n"},
			},
			Good: []Example{
				{"security.xsd", "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:complexType name=\"ExcludeProtocols\"/></xs:schema>\n"},
				{"etc/jetty-ssl-context.xml", "<Configure>\n  <Set name=\"IncludeProtocols\"><Array type=\"String\"><Item>TLSv1.3</Item><Item>TLSv1.2</Item></Array></Set>\n  <Set name=\"ExcludeProtocols\"><Array type=\"String\"><Item>SSLv3</Item><Item>TLSv1</Item><Item>TLSv1.1</Item></Array></Set>\n  <Set name=\"Other\"/>\n</Configure>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JETTY-004", Title: "a password that Jetty is shipped with", Severity: finding.High, CWE: 1392,
				Why:        "Everybody knows it, also in its obfuscated form (`OBF:`), which anybody turns back. Whoever has the keystore has the private key.",
				Fix:        "Give the keystore another password, `muxkey password STORE`, and take it from a file that only Jetty reads.",
				References: []string{docs},
			},
			Match: []*Match{
				sample("storepwd", "keypwd", "OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4", "OBF:1u2u1wml1z7s1z7a1wnl1u2g"),
				Find([]string{"obf:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4", "obf:1u2u1wml1z7s1z7a1wnl1u2g", "storepwd", "keypwd"}, jettySamples).In("xml"),
			},
			Bad: []Example{
				{"start.d/ssl.ini", "jetty.sslContext.keyStorePassword=«OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4»\njetty.sslContext.keyManagerPassword=«keypwd»\n"},
				{"etc/jetty-ssl-context.xml", "<Configure><Set name=\"KeyStorePassword\"><Property name=\"jetty.sslContext.keyStorePassword\" default=\"«OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4»\"/></Set><Set name=\"KeyManagerPassword\">«keypwd»</Set></Configure>\n"},
			},
			Good: []Example{
				{"start.d/ssl.ini", "# jetty.sslContext.keyStorePassword=storepwd\njetty.sslContext.keyStorePassword=${KEYSTORE_PASSWORD}\n"},
			},
		},
	}
}

// jettyLists calls do for each list of strings that is set by a name, with or
// without "set" before it.
func jettyLists(f *syntax.File, name string, do func(name *syntax.Setting, items []*syntax.Setting)) {
	for i := range f.Settings {
		n := &f.Settings[i]
		last := len(n.Path) - 1
		if n.Path[last] != "@name" || !strings.EqualFold(strings.TrimPrefix(n.Value.Text, "set"), name) {
			continue
		}
		var items []*syntax.Setting
		for j := i + 1; j < len(f.Settings); j++ {
			s := &f.Settings[j]
			if len(s.Path) == last+1 && s.Path[last] == "@name" && slices.Equal(s.Path[:last], n.Path[:last]) {
				break // the next one of its kind
			}
			if len(s.Path) > last && slices.Equal(s.Path[:last], n.Path[:last]) && s.Path[len(s.Path)-1] == "Item" {
				items = append(items, s)
			}
		}
		do(n, items)
	}
}

// schema tells whether an XML file says what others may hold.
func schema(f *syntax.File, _ Hit) bool { return strings.HasSuffix(base(f), ".xsd") }

// jettySamples finds the passwords as texts and defaults of elements.
func jettySamples(f *syntax.File, report func(Hit)) {
	is := Exactly("storepwd", "keypwd", "OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4", "OBF:1u2u1wml1z7s1z7a1wnl1u2g")
	for _, s := range f.Settings {
		if is(s.Value) {
			report(Hit{Span: s.Value.Span, Secret: s.Value.Span})
		}
	}
}
