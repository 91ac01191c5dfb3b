package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func dotnet() []Rule {
	langs := []string{"csharp", "vb"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-DOTNET-001", Title: ".NET code takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Whoever can put themselves between this program and its server shows a certificate of their own making, and reads and changes everything. Nothing fails and nothing is logged.",
				Fix:        "Remove it, and let the machine trust the CA: `muxkey trust build ca.pem --target windows-sst -o ca.sst` on Windows, `--target debian` or `--target rhel` on Linux.",
				References: []string{"https://learn.microsoft.com/en-us/dotnet/fundamentals/code-analysis/quality-rules/ca5359", "https://learn.microsoft.com/en-us/dotnet/api/system.net.http.httpclienthandler.dangerousacceptanyservercertificatevalidator"},
			},
			Match: []*Match{
				Accepts("ServerCertificateValidationCallback", "ServerCertificateCustomValidationCallback", "RemoteCertificateValidationCallback", "VerifyServerCertificate", "CertificateValidationCallback", "UserCertificateValidationCallback", "SslStream", "CertificateValidationHandler", "ValidateServerCertificate").In(langs...),
				Find([]string{"icertificatepolicy"}, func(f *syntax.File, report func(Hit)) {
					for _, fn := range methods(f, "CheckValidationResult", []int{4}, "ICertificatePolicy") {
						if got, ok := comesTo(f, fn); ok && got == "true" {
							report(Hit{Span: fn.name})
						}
					}
				}).In("csharp"),
				Constant("DangerousAcceptAnyServerCertificateValidator").In(langs...),
				Find([]string{"x509certificatevalidationmode", "x509certificatevalidator"}, func(f *syntax.File, report func(Hit)) {
					for i, t := range f.Tokens {
						if t.Text == "None" && i > 1 && (f.Tokens[i-2].Text == "X509CertificateValidationMode" || f.Tokens[i-2].Text == "X509CertificateValidator") && !compared(f, i-2, i) {
							report(Hit{Span: t.Span})
						}
					}
				}).In(langs...),
				Key(OneOf("None"), "@certificateValidationMode").In("xml"),
				Assign(Literal("true", "True"), "AllowUntrustedCertificates", "IgnoreCertificateChainErrors", "ValidateAnyCertificate", "AllowInsecureTls").In(langs...).Or("false"),
				Call([]string{".WithAllowUntrustedCertificates", ".WithIgnoreCertificateChainErrors"}).In(langs...),
			},
			Bad: []Example{
				{"Net.cs", "ServicePointManager.ServerCertificateValidationCallback = «delegate { return true; }»;\nServicePointManager.ServerCertificateValidationCallback += «(sender, cert, chain, errors) => true»;\nServicePointManager.ServerCertificateValidationCallback = «new RemoteCertificateValidationCallback(\n    (s, c, ch, e) =>\n    {\n        return true;\n    })»;\n"},
				{"Net.cs", "var handler = new HttpClientHandler\n{\n    ServerCertificateCustomValidationCallback = «(m, c, ch, e) => (((true)))»\n};\nvar any = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.«DangerousAcceptAnyServerCertificateValidator» };\n"},
				{"Net.cs", "class Net {\n  static bool Any(object sender, X509Certificate c, X509Chain chain, SslPolicyErrors errors)\n  {\n    Console.WriteLine(errors);\n    return true;\n  }\n  static bool Other(object s, X509Certificate c, X509Chain ch, SslPolicyErrors e) => true;\n  void A() {\n    client.ServerCertificateValidationCallback = «Any»;\n    var s = new SslStream(stream, false, «new RemoteCertificateValidationCallback(Other)»);\n    var t = new SslStream(stream, false, «(a, b, c, d) => true», null);\n  }\n}\n"},
				{"Net.cs", "class Lax : ICertificatePolicy {\n  public bool «CheckValidationResult»(ServicePoint p, X509Certificate c, WebRequest r, int problem) { return true; }\n}\n"},
				{"Net.cs", "client.ClientCredentials.ServiceCertificate.SslCertificateAuthentication = new X509ServiceCertificateAuthentication\n{\n    CertificateValidationMode = X509CertificateValidationMode.«None»\n};\n"},
				{"Net.vb", "Module Net\n    Sub Main()\n        ServicePointManager.ServerCertificateValidationCallback = «Function(s, c, ch, e) True»\n        ServicePointManager.ServerCertificateValidationCallback = «AddressOf Any»\n    End Sub\n\n    Function Any(s As Object, c As X509Certificate, ch As X509Chain, e As SslPolicyErrors) As Boolean\n        Return True\n    End Function\nEnd Module\n"},
				{"web.config", "<configuration><system.serviceModel><authentication certificateValidationMode=\"«None»\" /></system.serviceModel></configuration>\n"},
			},
			Good: []Example{
				{"Net.cs", "ServicePointManager.ServerCertificateValidationCallback = (s, c, ch, e) => false;\nServicePointManager.ServerCertificateValidationCallback = (s, c, ch, e) => e == SslPolicyErrors.None;\nServicePointManager.ServerCertificateValidationCallback = old;\nServicePointManager.ServerCertificateValidationCallback = null;\nhandler.ServerCertificateCustomValidationCallback = (m, c, ch, e) =>\n{\n    if (e != SslPolicyErrors.None)\n    {\n        return false;\n    }\n    return true;\n};\n// handler.ServerCertificateCustomValidationCallback = (m, c, ch, e) => true;\nhandler.Filter = (a, b) => true;\nif (mode == X509CertificateValidationMode.None) { throw new Exception(); }\n"},
				{"Net.cs", "class Net {\n  bool Check(object s, X509Certificate c, X509Chain ch, SslPolicyErrors e) { Verify(c); return true; }\n  void A() { client.ServerCertificateValidationCallback = Check; }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DOTNET-002", Title: ".NET speaks SSL, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have known breaks, and an attacker in between can hold both ends to the oldest one that is allowed. What is sent can then be read.",
				Fix:        "Leave the choice to the system (`SecurityProtocolType.SystemDefault`, `SslProtocols.None`), or name `Tls12` and `Tls13` alone.",
				References: []string{"https://learn.microsoft.com/en-us/dotnet/framework/network-programming/tls", "https://learn.microsoft.com/en-us/dotnet/fundamentals/code-analysis/quality-rules/ca5364"},
			},
			Match: []*Match{
				Find([]string{"securityprotocoltype", "sslprotocols"}, func(f *syntax.File, report func(Hit)) {
					for i := 2; i < len(f.Tokens); i++ {
						t := f.Tokens[i]
						if f.Tokens[i-1].Text != "." || t.Kind != syntax.Name {
							continue
						}
						broken := false
						switch f.Tokens[i-2].Text {
						case "SecurityProtocolType":
							broken = t.Text == "Ssl3" || t.Text == "Tls" || t.Text == "Tls11"
						case "SslProtocols":
							broken = t.Text == "Ssl2" || t.Text == "Ssl3" || t.Text == "Tls" || t.Text == "Tls11" || t.Text == "Default"
						}
						if broken && !compared(f, i-2, i) {
							report(Hit{Span: t.Span})
						}
					}
				}).In(langs...),
				Key(True, "DontEnableSchUseStrongCrypto", "DontEnableSystemDefaultTlsVersions").Or("false"),
				Find([]string{"dontenableschusestrongcrypto=true", "dontenablesystemdefaulttlsversions=true"}, func(f *syntax.File, report func(Hit)) {
					for i := range f.Settings {
						s := &f.Settings[i]
						if s.Path[len(s.Path)-1] == "@value" && len(s.Path) > 1 && s.Path[len(s.Path)-2] == "AppContextSwitchOverrides" &&
							Containing("DontEnableSchUseStrongCrypto=true", "DontEnableSystemDefaultTlsVersions=true")(s.Value) {
							report(Hit{Span: s.Value.Span})
						}
					}
				}).In("xml"),
			},
			Bad: []Example{
				{"Net.cs", "ServicePointManager.SecurityProtocol = SecurityProtocolType.«Ssl3» | SecurityProtocolType.«Tls» | SecurityProtocolType.Tls12;\nServicePointManager.SecurityProtocol |= SecurityProtocolType.«Tls11»;\nssl.AuthenticateAsClient(host, null, SslProtocols.«Default», false);\nAppContext.SetSwitch(\"Switch.System.Net.DontEnableSchUseStrongCrypto\", «true»);\n"},
				{"Net.vb", "ServicePointManager.SecurityProtocol = SecurityProtocolType.«Tls» Or SecurityProtocolType.Tls12\n"},
				{"app.config", "<configuration><runtime><AppContextSwitchOverrides value=\"«Switch.System.Net.DontEnableSchUseStrongCrypto=true»\"/></runtime></configuration>\n"},
			},
			Good: []Example{
				{"Net.cs", "ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls12 | SecurityProtocolType.Tls13;\nServicePointManager.SecurityProtocol &= ~SecurityProtocolType.Ssl3;\nServicePointManager.SecurityProtocol &= ~(SecurityProtocolType.Ssl3 | SecurityProtocolType.Tls);\nif (p == SecurityProtocolType.Tls) { }\nif (p.HasFlag(SecurityProtocolType.Tls11)) { }\nvar none = SslProtocols.None;\nswitch (p) { case SslProtocols.Tls: break; }\n"},
				{"app.config", "<configuration><runtime><AppContextSwitchOverrides value=\"Switch.System.Net.DontEnableSchUseStrongCrypto=false\"/></runtime></configuration>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DOTNET-003", Title: ".NET sends mail without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "The message and the account's password go over the network as they are, for anybody on the way to read.",
				Fix:        "Set `EnableSsl = true`. A private CA must be trusted by the machine: `muxkey trust build ca.pem --target windows-sst -o ca.sst`, or `--target debian` on Linux.",
				References: []string{"https://learn.microsoft.com/en-us/dotnet/api/system.net.mail.smtpclient.enablessl"},
			},
			Match: []*Match{
				Assign(Literal("false", "False"), "EnableSsl").In(langs...).Using("SmtpClient").Or("true"),
				Key(False, "smtp.network.@enableSsl").In("xml").Hinting("enablessl").Or("true"),
			},
			Bad: []Example{
				{"Mail.cs", "var client = new SmtpClient(\"mail.example.com\", 25)\n{\n    EnableSsl = «false»,\n    Credentials = c\n};\nclient.EnableSsl = «false»;\n"},
				{"web.config", "<configuration><system.net><mailSettings><smtp><network host=\"mail.example.com\" enableSsl=\"«false»\"/></smtp></mailSettings></system.net></configuration>\n"},
			},
			Good: []Example{
				{"Mail.cs", "var client = new SmtpClient(\"mail.example.com\", 587) { EnableSsl = true };\n// client.EnableSsl = false;\nclient.EnableSsl = config.Tls;\nif (client.EnableSsl == false) { }\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DOTNET-004", Title: ".NET does not ask whether certificates were revoked", Severity: finding.Info, CWE: 299,
				Why:        "A certificate whose key was stolen is taken until it expires, although its CA has called it back. It matters where certificates live long.",
				Fix:        "Set it to true where the CA's lists can be reached, or use certificates that live for days.",
				References: []string{"https://learn.microsoft.com/en-us/dotnet/fundamentals/code-analysis/quality-rules/ca5399"},
			},
			Match: []*Match{
				Assign(Literal("false", "False"), "CheckCertificateRevocationList").In(langs...).Or("true"),
				Assign(Dotted("X509RevocationMode.NoCheck"), "RevocationMode", "CertificateRevocationCheckMode").In(langs...),
			},
			Bad: []Example{
				{"Net.cs", "ServicePointManager.CheckCertificateRevocationList = «false»;\nchain.ChainPolicy.RevocationMode = «X509RevocationMode.NoCheck»;\n"},
			},
			Good: []Example{
				{"Net.cs", "ServicePointManager.CheckCertificateRevocationList = true;\nchain.ChainPolicy.RevocationMode = X509RevocationMode.Online;\n"},
			},
		},
	}
}

// compared tells whether a constant is compared, asked for or taken away: a == x,
// x != a, ~x, &= ~(x | y), HasFlag(x), case x.
func compared(f *syntax.File, first, last int) bool {
	text := func(i int) string {
		if i < 0 || i >= len(f.Tokens) {
			return ""
		}
		return f.Tokens[i].Text
	}
	for first >= 2 && text(first-1) == "." {
		first -= 2 // System.Net.SecurityProtocolType
	}
	switch text(last + 1) {
	case "==", "!=", "=>", "<>":
		return true
	}
	switch text(first - 1) {
	case "==", "!=", "~", "case", "Case", "is", "Not", "<>":
		return true
	case "(":
		return text(first-2) == "~" || text(first-2) == "HasFlag" || text(first-2) == "Not"
	case "|", "Or":
		// The first one of a row says what is done with it.
		for first > 3 && (text(first-1) == "|" || text(first-1) == "Or") {
			first -= 2
			for first >= 2 && text(first-1) == "." {
				first -= 2
			}
		}
		return text(first-1) == "(" && (text(first-2) == "~" || text(first-2) == "HasFlag")
	}
	return false
}
