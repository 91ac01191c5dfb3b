package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func rust() []Rule {
	yes := Literal("true")
	no := Literal("false")
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-RUST-001", Title: "Rust client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the call. " + bundle + "add its certificates with add_root_certificate (RootCertStore::add).",
				References: []string{"https://docs.rs/reqwest/latest/reqwest/struct.ClientBuilder.html", "https://docs.rs/native-tls/latest/native_tls/struct.TlsConnectorBuilder.html", "https://docs.rs/openssl/latest/openssl/ssl/struct.SslVerifyMode.html"},
			},
			Match: []*Match{
				Call([]string{
					"danger_accept_invalid_certs", "tls_danger_accept_invalid_certs", "dangerous_accept_invalid_certs", "with_danger_accept_invalid_certs", "accept_invalid_certs",
					"disable_verification", "set_no_tls_verify", "allow_invalid_certificates", "tls_allow_invalid_certificates", "set_accept_invalid_certs",
				}, yes).In("rust").Or("false"),
				Call([]string{".ssl_verify_peer", ".proxy_ssl_verify_peer", ".verify_ssl", ".tls_verify"}, no).In("rust").Or("true"),
				Call([]string{"set_verify", "set_verify_callback"}, Dotted("SslVerifyMode.NONE", "SSL_VERIFY_NONE")).In("rust").Without("SslAcceptor"),
				Call([]string{".trust_cert"}).In("rust").Using("tiberius"),
				Field(yes, "accept_invalid_certs", "danger_accept_invalid_certs", "allow_invalid_certificates", "insecure_skip_verify", "insecure_skip_tls_verify").In("rust").Or("false"),
				Constant("DANGER_ACCEPT_INVALID_CERTS").In("rust"),
				Call([]string{"cert_validation", ".cert_validation"}, Dotted("CertificateValidation.None")).In("rust"),
			},
			Bad: []Example{
				{"client.rs", "fn f() {\n    let c = reqwest::Client::builder()\n        .danger_accept_invalid_certs(«true»)\n        .build()?;\n}\n"},
				{"client.rs", "fn f() {\n    let mut b = TlsConnector::builder();\n    b.danger_accept_invalid_certs(«true»);\n    let t = TlsParameters::builder(host).dangerous_accept_invalid_certs(«true»).build()?;\n}\n"},
				{"client.rs", "fn f() {\n    builder.set_verify(«SslVerifyMode::NONE»);\n    ctx.set_verify(«openssl::ssl::SslVerifyMode::NONE»);\n}\n"},
				{"client.rs", "fn f() {\n    easy.ssl_verify_peer(«false»)?;\n    let t = TlsConfig::builder().disable_verification(«true»).build();\n}\n"},
				{"client.rs", "fn f() {\n    let r = Request::get(url).ssl_options(SslOption::«DANGER_ACCEPT_INVALID_CERTS»);\n}\n"},
				{"kube.rs", "fn f() {\n    config.accept_invalid_certs = «true»;\n    let c = Config { accept_invalid_certs: «true», ..d };\n}\n"},
				{"db.rs", "use tiberius::Config;\nfn f() {\n    config.«trust_cert»();\n}\n"},
			},
			Good: []Example{
				{"client.rs", "fn f() {\n    let c = reqwest::Client::builder().danger_accept_invalid_certs(false).build()?;\n    let d = builder.danger_accept_invalid_certs(opts.insecure);\n    // .danger_accept_invalid_certs(true)\n    /* nested /* .danger_accept_invalid_certs(true) */ */\n    let s = \".danger_accept_invalid_certs(true)\";\n    let r = r#\"x.danger_accept_invalid_certs(true)\"#;\n}\n"},
				{"client.rs", "/// Like `danger_accept_invalid_certs(true)`.\npub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {\n    self.accept = accept;\n    self\n}\n"},
				{"client.rs", "pub struct Options {\n    pub accept_invalid_certs: bool,\n}\n"},
				{"server.rs", "fn f() {\n    let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls())?;\n    acceptor.set_verify(SslVerifyMode::NONE);\n}\n"},
				{"client.rs", "fn f() {\n    builder.set_verify(SslVerifyMode::PEER);\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUST-002", Title: "Rust client does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Remove the call. If only an address is known, give the name with resolve(); otherwise let the certificate be issued with the right names.",
				References: []string{"https://docs.rs/reqwest/latest/reqwest/struct.ClientBuilder.html", "https://docs.rs/openssl/latest/openssl/ssl/struct.ConnectConfiguration.html"},
			},
			Match: []*Match{
				Call([]string{"danger_accept_invalid_hostnames", "tls_danger_accept_invalid_hostnames", "dangerous_accept_invalid_hostnames", "with_danger_skip_domain_validation", "allow_invalid_hostnames", "tls_allow_invalid_hostnames"}, yes).In("rust").Or("false"),
				Call([]string{".ssl_verify_host", ".verify_hostname", ".set_verify_hostname"}, no).In("rust").Or("true"),
				Constant("DANGER_ACCEPT_INVALID_HOSTS").In("rust"),
			},
			Bad: []Example{
				{"client.rs", "fn f() {\n    let c = reqwest::Client::builder().danger_accept_invalid_hostnames(«true»).build()?;\n    let s = connector.configure()?.verify_hostname(«false»);\n}\n"},
			},
			Good: []Example{
				{"client.rs", "fn f() {\n    let c = reqwest::Client::builder().danger_accept_invalid_hostnames(false).build()?;\n    // .danger_accept_invalid_hostnames(true)\n    let s = connector.configure()?.verify_hostname(true);\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUST-003", Title: "Rust client checks certificates by code of its own", Severity: finding.Low, CWE: 295,
				Why:        "Code that checks certificates itself is easily wrong, and the way to it is what examples use to switch all checks off. Where it says yes to everything, whoever is in between reads and changes all.",
				Fix:        "Use rustls with a RootCertStore, or rustls-platform-verifier. For a private CA make the file with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://docs.rs/rustls/latest/rustls/client/danger/index.html"},
			},
			Match: []*Match{
				rustVerifier(false).In("rust"),
				rustVerifier(true).In("rust").As(finding.High, "Rust client takes any certificate: its verifier says yes to everything"),
			},
			Bad: []Example{
				{"client.rs", "fn f() {\n    let config = ClientConfig::builder()\n        .«dangerous»()\n        .with_custom_certificate_verifier(Arc::new(Pinned::new(pin)))\n        .with_no_client_auth();\n}\n"},
				{"client.rs", "fn f() {\n    config.«dangerous»().set_certificate_verifier(Arc::new(NoVerify));\n}\n\nimpl ServerCertVerifier for NoVerify {\n    fn verify_server_cert(&self, _end: &CertificateDer<'_>, _now: UnixTime) -> Result<ServerCertVerified, Error> {\n        Ok(ServerCertVerified::assertion())\n    }\n}\n"},
			},
			Good: []Example{
				{"client.rs", "fn f() {\n    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();\n    // config.dangerous().set_certificate_verifier(v);\n}\n"},
				{"lib.rs", "impl ClientConfig {\n    pub fn dangerous(&mut self) -> DangerousClientConfig<'_> {\n        DangerousClientConfig { cfg: self }\n    }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUST-004", Title: "Rust program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Set the minimum to TLS 1.2. Peers that speak nothing newer must be updated first.",
				References: []string{"https://docs.rs/native-tls/latest/native_tls/enum.Protocol.html", "https://docs.rs/reqwest/latest/reqwest/tls/struct.Version.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Call([]string{".min_tls_version", ".min_protocol_version", ".max_protocol_version", ".set_min_proto_version", ".set_max_proto_version", ".tls_version_min", ".max_tls_version"}, rustOldTLS).In("rust"),
			},
			Bad: []Example{
				{"client.rs", "fn f() {\n    let c = reqwest::Client::builder().min_tls_version(«Version::TLS_1_0»).build()?;\n    b.min_protocol_version(«Some(Protocol::Tlsv10)»);\n    ctx.set_min_proto_version(«Some(SslVersion::TLS1)»)?;\n}\n"},
			},
			Good: []Example{
				{"client.rs", "fn f() {\n    let c = reqwest::Client::builder().min_tls_version(Version::TLS_1_2).build()?;\n    b.min_protocol_version(Some(Protocol::Tlsv12));\n    // b.min_protocol_version(Some(Protocol::Sslv3));\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUST-005", Title: "Rust program takes any SSH host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Compare the key with a known_hosts file (russh::keys::check_known_hosts), or with the one that the server's owner gives out.",
				References: []string{"https://docs.rs/russh/latest/russh/client/trait.Handler.html"},
			},
			Match: []*Match{rustHostKey().In("rust")},
			Bad: []Example{
				{"ssh.rs", "impl client::Handler for Client {\n    type Error = russh::Error;\n    async fn check_server_key(&mut self, _key: &PublicKey) -> Result<bool, Self::Error> {\n        «Ok(true)»\n    }\n}\n"},
			},
			Good: []Example{
				{"ssh.rs", "impl client::Handler for Client {\n    async fn check_server_key(&mut self, key: &PublicKey) -> Result<bool, Self::Error> {\n        Ok(key == &self.known)\n    }\n}\n"},
			},
		},
	}
}

// rustOldTLS is a protocol before TLS 1.2 in the words of reqwest, native-tls and
// openssl, also in Some(...).
func rustOldTLS(v syntax.Value) bool {
	text := strings.ReplaceAll(v.Text, " ", "")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "Some("), ")")
	return slices.Contains([]string{"TLS_1_0", "TLS_1_1", "Sslv3", "Tlsv10", "Tlsv11", "SSL3", "TLS1", "TLS1_1"}, text[strings.LastIndexByte(text, ':')+1:])
}

// rustVerifier finds where rustls is given a verifier. With a file that has one
// which only says yes, all of them are taken for it.
func rustVerifier(sayYes bool) *Match {
	return &Match{Literals: []string{"dangerous"}, Find: func(f *syntax.File, report func(Hit)) {
		body, ok := declared(f, "verify_server_cert")
		empty := ok && !slices.ContainsFunc(body, func(t syntax.Token) bool {
			return slices.Contains([]string{"if", "match", "?", "Err", "verify_server_cert"}, t.Text)
		})
		if empty != sayYes {
			return
		}
		for _, c := range f.Calls {
			if name := c.Name[strings.LastIndexByte(c.Name, '.')+1:]; name == "dangerous" && len(c.Args) == 0 && c.Name != name {
				report(Hit{Span: syntax.Span{Start: c.Span.End - len(name), End: c.Span.End}})
			}
		}
	}}
}

// rustHostKey finds a russh handler that believes every key.
func rustHostKey() *Match {
	return &Match{Literals: []string{"checkserverkey"}, Find: func(f *syntax.File, report func(Hit)) {
		body, ok := declared(f, "check_server_key")
		if !ok || len(body) != 4 || body[0].Text != "Ok" || body[2].Text != "true" {
			return
		}
		report(Hit{Span: syntax.Span{Start: body[0].Span.Start, End: body[3].Span.End}})
	}}
}
