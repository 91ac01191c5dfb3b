package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func c() []Rule {
	no := Literal("0", "0L", "0l", "0UL", "false", "FALSE", "False", "NO")
	yes := Literal("1", "1L", "true", "TRUE")
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	const setopt = "curl_easy_setopt"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-C-001", Title: "libcurl takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the call: libcurl checks by itself. " + bundle + "name it in CURLOPT_CAINFO.",
				References: []string{"https://curl.se/libcurl/c/CURLOPT_SSL_VERIFYPEER.html"},
			},
			Match: []*Match{
				Option(setopt, no, curlPeer()...).In("c", "cpp", "objc").Or("1L"),
				Option("setOpt", no, curlPeer()...).In("cpp").Or("1L"),
				Call([]string{"options.SslVerifyPeer", "curlpp.options.SslVerifyPeer"}, no).In("cpp").Or("true"),
			},
			Bad: []Example{
				{"fetch.c", "int f(CURL *c) {\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, «0L»);\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, «false»);\n    curl_easy_setopt(\n        c,\n        CURLOPT_PROXY_SSL_VERIFYPEER,\n        «0» /* for now */);\n    return 0;\n}\n"},
				{"fetch.cpp", "void f() {\n    curl_easy_setopt(m_curl.get(), CURLOPT_DOH_SSL_VERIFYPEER, «FALSE»);\n    request.setOpt(new curlpp::options::SslVerifyPeer(«false»));\n}\n"},
			},
			Good: []Example{
				{"fetch.c", "int f(CURL *c) {\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYSTATUS, 0L);\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, verify);\n    // curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);\n    /* curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L); */\n    puts(\"curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L)\");\n    return 0;\n}\n"},
				{"curl.h", "#define CURLOPT_SSL_VERIFYPEER 64\nCURLOPT(CURLOPT_SSL_VERIFYPEER, CURLOPTTYPE_LONG, 64),\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-002", Title: "libcurl does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Remove the call, or set the option to 2L. If only an address is known, give the name with CURLOPT_RESOLVE.",
				References: []string{"https://curl.se/libcurl/c/CURLOPT_SSL_VERIFYHOST.html"},
			},
			Match: []*Match{
				Option(setopt, no, curlHost()...).In("c", "cpp", "objc").Or("2L"),
				Option(setopt, yes, curlHost()...).In("c", "cpp", "objc").Or("2L").
					As(finding.Low, "libcurl is told to check the host name by a value that means less than 2 in some versions"),
				Call([]string{"options.SslVerifyHost", "curlpp.options.SslVerifyHost"}, no).In("cpp").Or("2"),
			},
			Bad: []Example{
				{"fetch.c", "int f(CURL *c) {\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, «0L»);\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, «1L»);\n    return 0;\n}\n"},
			},
			Good: []Example{
				{"fetch.c", "int f(CURL *c) {\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);\n    // CURLOPT_SSL_VERIFYHOST, 0L\n    return 0;\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-003", Title: "TLS library is told to take any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Ask for the check (SSL_VERIFY_PEER, MBEDTLS_SSL_VERIFY_REQUIRED) and for the name (SSL_set1_host). " + bundle + "load it with SSL_CTX_load_verify_locations, mbedtls_x509_crt_parse_file or gnutls_certificate_set_x509_trust_file.",
				References: []string{"https://docs.openssl.org/master/man3/SSL_CTX_set_verify/", "https://mbed-tls.readthedocs.io/en/latest/", "https://www.gnutls.org/manual/html_node/Verifying-a-certificate-in-the-context-of-TLS-session.html", "https://www.wolfssl.com/documentation/manuals/wolfssl/"},
			},
			Match: []*Match{
				Call([]string{"SSL_CTX_set_verify", "SSL_set_verify", "wolfSSL_CTX_set_verify", "wolfSSL_set_verify"}, nil, Any(Dotted("SSL_VERIFY_NONE", "WOLFSSL_VERIFY_NONE"), Literal("0"))).In("c", "cpp", "objc").If(notServer),
				CallbackOf([]string{"SSL_CTX_set_verify", "SSL_set_verify", "wolfSSL_CTX_set_verify"}, 2, "1", "true").In("c", "cpp", "objc").If(notServer),
				CallbackOf([]string{"SSL_CTX_set_cert_verify_callback"}, 1, "1", "true").In("c", "cpp", "objc").If(notServer),
				Call([]string{"mbedtls_ssl_conf_authmode", "ssl_set_authmode", "mbedtls_ssl_set_hs_authmode"}, nil, Dotted("MBEDTLS_SSL_VERIFY_NONE", "SSL_VERIFY_NONE")).In("c", "cpp").If(notServer),
				Call([]string{"mbedtls_ssl_conf_authmode"}, nil, Dotted("MBEDTLS_SSL_VERIFY_OPTIONAL")).In("c", "cpp").If(notServer).
					As(finding.Low, "mbedTLS goes on when the certificate is wrong, unless the program looks at the result"),
				Call([]string{"gnutls_certificate_set_verify_flags"}, nil, Mentioning("GNUTLS_VERIFY_DISABLE_CA_SIGN", "GNUTLS_VERIFY_ALLOW_BROKEN", "GNUTLS_VERIFY_DISABLE_TIME_CHECKS", "GNUTLS_VERIFY_ALLOW_SIGN_RSA_MD5")).In("c", "cpp"),
				Call([]string{"X509_STORE_CTX_set_error"}, nil, Dotted("X509_V_OK")).In("c", "cpp").
					As(finding.Low, "an error in a certificate is overwritten by OK"),
				Call([]string{"g_socket_client_set_tls_validation_flags"}, nil, no).In("c", "cpp"),
				Call([]string{"mosquitto_tls_insecure_set"}, nil, yes).In("c", "cpp").Or("false"),
				Call([]string{"amqp_ssl_socket_set_verify_peer", "amqp_ssl_socket_set_verify"}, nil, no).In("c", "cpp").Or("1"),
				valued("LDAP_OPT_X_TLS_NEVER", "REDIS_SSL_VERIFY_NONE").In("c", "cpp"),
				Field(yes, "weak_cert_validation").In("c", "cpp").Or("false"),
				Callback([]string{"0", "GIT_OK"}, "callbacks.certificate_check", "certificate_check").In("c", "cpp"),
			},
			Bad: []Example{
				{"client.c", "int f(void) {\n    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());\n    SSL_CTX_set_verify(ctx, «SSL_VERIFY_NONE», NULL);\n    SSL_set_verify(ssl, «SSL_VERIFY_NONE», NULL);\n    return 0;\n}\n"},
				{"client.c", "static int yes(int ok, X509_STORE_CTX *store)\n{\n    /* self-signed */\n    return 1;\n}\n\nint f(void) {\n    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, «yes»);\n    return 0;\n}\n"},
				{"client.cpp", "void f() {\n    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, «[](int ok, X509_STORE_CTX *s) { return 1; }»);\n}\n"},
				{"client.c", "int f(void) {\n    mbedtls_ssl_conf_authmode(&conf, «MBEDTLS_SSL_VERIFY_NONE»);\n    gnutls_certificate_set_verify_flags(cred, «GNUTLS_VERIFY_DISABLE_CA_SIGN | GNUTLS_VERIFY_ALLOW_SIGN_RSA_MD5»);\n    wolfSSL_CTX_set_verify(ctx, «WOLFSSL_VERIFY_NONE», 0);\n    X509_STORE_CTX_set_error(store, «X509_V_OK»);\n    return 0;\n}\n"},
				{"mqtt.c", "int f(void) {\n    mosquitto_tls_insecure_set(m, «true»);\n    int never = «LDAP_OPT_X_TLS_NEVER»;\n    return 0;\n}\n"},
			},
			Good: []Example{
				{"client.c", "int f(void) {\n    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);\n    SSL_CTX_set_verify(ctx, verify ? SSL_VERIFY_PEER : mode, cb);\n    // SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);\n    log(\"SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL)\");\n    return 0;\n}\n"},
				{"server.c", "int f(void) {\n    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());\n    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);\n    SSL_accept(ssl);\n    return 0;\n}\n"},
				{"ssl.h", "#define SSL_VERIFY_NONE 0x00\n# define MBEDTLS_SSL_VERIFY_NONE 0\nenum { MBEDTLS_SSL_VERIFY_NONE = 0 };\nvoid SSL_CTX_set_verify(SSL_CTX *ctx, int mode, SSL_verify_cb callback);\n"},
				{"client.c", "static int check(int ok, X509_STORE_CTX *store)\n{\n    if (!ok) log_error(store);\n    return ok;\n}\n\nint f(void) {\n    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, check);\n    return 0;\n}\n"},
				{"table.c", "static const struct { const char *name; int value; } modes[] = {\n    { \"never\", LDAP_OPT_X_TLS_NEVER },\n    { \"hard\", LDAP_OPT_X_TLS_HARD },\n};\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-004", Title: "C++ or Windows client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove it. On Windows and in Qt put a private CA into the system's store (`muxkey trust build ca.pem --target windows-sst`); elsewhere make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and load that.",
				References: []string{"https://learn.microsoft.com/en-us/windows/win32/winhttp/option-flags", "https://doc.qt.io/qt-6/qnetworkreply.html#ignoreSslErrors", "https://www.boost.org/doc/libs/latest/doc/html/boost_asio/overview/ssl.html"},
			},
			Match: []*Match{
				Constant(
					"SECURITY_FLAG_IGNORE_UNKNOWN_CA", "SECURITY_FLAG_IGNORE_CERT_CN_INVALID", "SECURITY_FLAG_IGNORE_CERT_DATE_INVALID", "SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE", "SECURITY_FLAG_IGNORE_ALL_CERT_ERRORS",
					"INTERNET_FLAG_IGNORE_CERT_CN_INVALID", "INTERNET_FLAG_IGNORE_CERT_DATE_INVALID", "SECURITY_FLAG_IGNORE_WRONG_USAGE",
				).In("c", "cpp", "objc"),
				Constant("SCH_CRED_MANUAL_CRED_VALIDATION", "ISC_REQ_MANUAL_CRED_VALIDATION").In("c", "cpp").Without("CertVerifyCertificateChainPolicy", "CertGetCertificateChain").
					As(finding.Medium, "Schannel checks no certificate, and this file checks none either"),
				noArguments("ignoreSslErrors").In("cpp"),
				Call([]string{"setPeerVerifyMode", ".setPeerVerifyMode"}, Dotted("VerifyNone")).In("cpp"),
				Call([]string{"setPeerVerifyMode", ".setPeerVerifyMode"}, Dotted("QueryPeer")).In("cpp").As(finding.Low, "Qt goes on when the certificate is wrong"),
				Call([]string{"set_verify_mode"}, Dotted("verify_none")).In("cpp").If(notServer),
				CallbackOf([]string{"set_verify_callback", "setVerifyCallback"}, 0, "true").In("cpp").If(notServer),
				Sequence("Context", "::", "VERIFY_NONE").In("cpp").Using("Poco", "HTTPSClientSession", "HTTPSStreamFactory", "SSLManager", "SecureStreamSocket"),
				Constant("AcceptCertificateHandler").In("cpp").Using("SSLManager", "initializeClient").Without("InvalidCertificateHandler"),
				Call([]string{".enable_server_certificate_verification", ".set_validate_certificates", ".set_verify_peer", ".setVerifyPeer", "VerifySsl", "ssl.VerifyPeer", "cpr.VerifySsl", ".set_verify_server_certs", ".SetVerifySsl"}, no).In("cpp").Or("true"),
				Field(no, "verifySSL", "bVerifyPeer", "verify_peer").In("cpp", "c").Or("true"),
				noArguments("setInsecure").In("cpp").Using("WiFiClientSecure", "WiFiClientSecure.h", "BearSSL", "NetworkClientSecure", "NetworkClientSecure.h"),
				Field(yes, "skip_server_cert_verify", "skip_server_certificate_verify", "tls_skip_verify").In("c", "cpp").Or("false"),
			},
			Bad: []Example{
				{"http.cpp", "void f() {\n    DWORD flags = «SECURITY_FLAG_IGNORE_UNKNOWN_CA» | SECURITY_FLAG_IGNORE_CERT_CN_INVALID;\n    InternetSetOption(h, INTERNET_OPTION_SECURITY_FLAGS, &flags, sizeof(flags));\n}\n"},
				{"http.cpp", "void f() {\n    reply->«ignoreSslErrors»();\n    socket.setPeerVerifyMode(«QSslSocket::VerifyNone»);\n}\n"},
				{"http.cpp", "void f() {\n    ctx.set_verify_mode(«boost::asio::ssl::verify_none»);\n    stream.set_verify_mode(«ssl::context::verify_none»);\n    stream.set_verify_callback(«[](bool, ssl::verify_context&) { return true; }»);\n}\n"},
				{"http.cpp", "void f() {\n    cli.enable_server_certificate_verification(«false»);\n    config.set_validate_certificates(«false»);\n    auto r = cpr::Get(url, cpr::VerifySsl(«false»));\n}\n"},
				{"poco.cpp", "void f() {\n    Context::Ptr c = new Poco::Net::Context(Poco::Net::Context::CLIENT_USE, \"\", \"\", \"\", Poco::Net::Context::«VERIFY_NONE»);\n}\n"},
				{"sketch.ino", "#include <WiFiClientSecure.h>\nWiFiClientSecure client;\nvoid setup() {\n    client.«setInsecure»();\n}\n"},
			},
			Good: []Example{
				{"flags.h", "#define SECURITY_FLAG_IGNORE_UNKNOWN_CA 0x00000100\n"},
				{"http.cpp", "void f() {\n    flags &= ~SECURITY_FLAG_IGNORE_UNKNOWN_CA;\n    // reply->ignoreSslErrors();\n    socket.setPeerVerifyMode(QSslSocket::VerifyPeer);\n    reply->ignoreSslErrors(expected);\n    ctx.set_verify_mode(ssl::verify_peer);\n}\n"},
				{"reply.cpp", "void Reply::ignoreSslErrors()\n{\n    d->ignore = true;\n}\n"},
				{"server.cpp", "void f() {\n    ssl::context ctx(ssl::context::tlsv12_server);\n    ctx.set_verify_mode(ssl::verify_none);\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-005", Title: "C or C++ client does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Leave the check on, and give the name that is in the certificate.",
				References: []string{"https://docs.espressif.com/projects/esp-idf/en/stable/esp32/api-reference/protocols/esp_tls.html", "https://libwebsockets.org/lws-api-doc-main/html/group__client.html", "https://www.gnutls.org/manual/html_node/Verifying-a-certificate-in-the-context-of-TLS-session.html"},
			},
			Match: []*Match{
				Field(yes, "skip_cert_common_name_check", "skip_common_name", "allow_invalid_hostname", "disable_hostname_validation").In("c", "cpp").Or("false"),
				Constant("LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK").In("c", "cpp"),
				Call([]string{"gnutls_session_set_verify_cert"}, nil, Literal("NULL", "nullptr", "0")).In("c", "cpp"),
				Call([]string{".enable_server_hostname_verification", ".set_check_call_host", "ssl.VerifyHost"}, no).In("cpp").Or("true"),
				Call([]string{"amqp_ssl_socket_set_verify_hostname"}, nil, no).In("c", "cpp").Or("1"),
			},
			Bad: []Example{
				{"esp.c", "void f(void) {\n    esp_http_client_config_t config = {\n        .url = URL,\n        .skip_cert_common_name_check = «true»,\n    };\n    config.skip_cert_common_name_check = «true»;\n}\n"},
				{"tls.c", "void f(void) {\n    gnutls_session_set_verify_cert(session, «NULL», 0);\n    i.ssl_connection = LCCSCF_USE_SSL | «LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK»;\n}\n"},
			},
			Good: []Example{
				{"tls.c", "void f(void) {\n    gnutls_session_set_verify_cert(session, host, 0);\n    config.skip_cert_common_name_check = false;\n    /* .skip_cert_common_name_check = true */\n}\n"},
				{"esp.h", "typedef struct {\n    bool skip_cert_common_name_check;\n} config_t;\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-006", Title: "C or C++ program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Use TLS_method() with SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION). Peers that speak nothing newer must be updated first.",
				References: []string{"https://docs.openssl.org/master/man3/SSL_CTX_set_min_proto_version/", "https://curl.se/libcurl/c/CURLOPT_SSLVERSION.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				noArguments(
					"SSLv2_method", "SSLv2_client_method", "SSLv3_method", "SSLv3_client_method", "SSLv3_server_method", "TLSv1_method", "TLSv1_client_method", "TLSv1_server_method",
					"TLSv1_1_method", "TLSv1_1_client_method", "TLSv1_1_server_method", "DTLSv1_method", "DTLSv1_client_method", "wolfSSLv3_client_method", "wolfTLSv1_client_method", "wolfTLSv1_1_client_method",
				).In("c", "cpp", "objc"),
				Call([]string{"SSL_CTX_set_min_proto_version", "SSL_set_min_proto_version", "SSL_CTX_set_max_proto_version", "SSL_set_max_proto_version"}, nil,
					Any(Dotted("SSL3_VERSION", "TLS1_VERSION", "TLS1_1_VERSION", "DTLS1_VERSION"), Literal("0x0300", "0x0301", "0x0302", "0x300", "0x301", "0x302"))).In("c", "cpp", "objc"),
				Option(setopt, Any(Dotted("CURL_SSLVERSION_SSLv2", "CURL_SSLVERSION_SSLv3", "CURL_SSLVERSION_TLSv1_0", "CURL_SSLVERSION_TLSv1_1"), Literal("2", "3", "4", "5", "2L", "3L", "4L", "5L")), "CURLOPT_SSLVERSION").In("c", "cpp", "objc"),
				Call([]string{".setProtocol", "setProtocol"}, Dotted("QSsl.SslV2", "QSsl.SslV3", "QSsl.TlsV1_0", "QSsl.TlsV1_1", "QSsl.TlsV1SslV3", "QSsl.TlsV1_0OrLater")).In("cpp"),
				Call([]string{"ssl.context", "ssl.context.context", "context"}, Dotted("context.sslv2", "context.sslv3", "context.tlsv1", "context.tlsv11", "context.sslv3_client", "context.tlsv1_client", "context.tlsv11_client")).In("cpp").Hinting("context"),
				Call([]string{"mbedtls_ssl_conf_min_version"}, nil, nil, Dotted("MBEDTLS_SSL_MINOR_VERSION_0", "MBEDTLS_SSL_MINOR_VERSION_1", "MBEDTLS_SSL_MINOR_VERSION_2")).In("c", "cpp"),
				Constant("WINHTTP_FLAG_SECURE_PROTOCOL_SSL2", "WINHTTP_FLAG_SECURE_PROTOCOL_SSL3", "WINHTTP_FLAG_SECURE_PROTOCOL_TLS1", "WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1").In("c", "cpp"),
			},
			Bad: []Example{
				{"tls.c", "int f(void) {\n    SSL_CTX *ctx = SSL_CTX_new(«TLSv1_method»());\n    SSL_CTX_set_min_proto_version(ctx, «TLS1_VERSION»);\n    curl_easy_setopt(c, CURLOPT_SSLVERSION, «CURL_SSLVERSION_SSLv3»);\n    return 0;\n}\n"},
				{"tls.cpp", "void f() {\n    config.setProtocol(«QSsl::TlsV1_0»);\n}\n"},
			},
			Good: []Example{
				{"tls.c", "int f(void) {\n    SSL_CTX *ctx = SSL_CTX_new(TLS_method());\n    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);\n    SSL_CTX_set_options(ctx, SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1);\n    curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);\n    // TLSv1_method();\n    return 0;\n}\n"},
				{"ssl.h", "const SSL_METHOD *TLSv1_method(void);\n# define TLS1_VERSION 0x0301\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-007", Title: "C or C++ program offers weak ciphers or renegotiation", Severity: finding.Medium, CWE: 327,
				Why:        whyWeak,
				Fix:        "Remove the call: the library's own list is a good one. Servers without secure renegotiation (RFC 5746) must be updated.",
				References: []string{"https://docs.openssl.org/master/man1/openssl-ciphers/", "https://docs.openssl.org/master/man3/SSL_CTX_set_options/"},
			},
			Match: []*Match{
				Call([]string{"SSL_CTX_set_cipher_list", "SSL_set_cipher_list", "wolfSSL_CTX_set_cipher_list"}, nil, quoted(weakCiphers)).In("c", "cpp", "objc"),
				Constant("SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION", "SSL_OP_LEGACY_SERVER_CONNECT").In("c", "cpp", "objc").If(switchedOn).As(finding.Low, "OpenSSL takes servers without secure renegotiation"),
			},
			Bad: []Example{
				{"tls.c", "int f(void) {\n    SSL_CTX_set_cipher_list(ctx, \"«ALL:eNULL»\");\n    SSL_CTX_set_options(ctx, «SSL_OP_LEGACY_SERVER_CONNECT»);\n    return 0;\n}\n"},
			},
			Good: []Example{
				{"tls.c", "int f(void) {\n    SSL_CTX_set_cipher_list(ctx, \"HIGH:!aNULL:!eNULL:!RC4\");\n    SSL_CTX_clear_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);\n    if (s->options & SSL_OP_LEGACY_SERVER_CONNECT) g();\n    if (!(s->options & SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION)) g();\n    table[] = {{SSL_OP_LEGACY_SERVER_CONNECT, SSL_TFLAG_INV}};\n    /* SSL_OP_LEGACY_SERVER_CONNECT */\n    return 0;\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-008", Title: "C++ program talks gRPC in plaintext", Severity: finding.Low, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Use grpc::SslCredentials; for a private CA make its pem_root_certs with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://grpc.io/docs/guides/auth/"},
			},
			Match: []*Match{
				Call([]string{"grpc.InsecureChannelCredentials", "grpc.InsecureServerCredentials", "InsecureChannelCredentials"}).In("cpp"),
			},
			Bad: []Example{
				{"rpc.cpp", "void f() {\n    auto ch = grpc::CreateChannel(addr, grpc::«InsecureChannelCredentials»());\n}\n"},
			},
			Good: []Example{
				{"rpc.cpp", "void f() {\n    auto ch = grpc::CreateChannel(addr, grpc::SslCredentials(options));\n    // grpc::InsecureChannelCredentials()\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-C-009", Title: "C or C++ client takes self-signed certificates", Severity: finding.Medium, CWE: 295,
				Why:        "Everybody can make a self-signed certificate with the server's name in it. The client cannot tell the server's from an attacker's.",
				Fix:        "Trust that one certificate, not all: put it into a bundle with `muxkey trust build server.pem -o ca-bundle.pem`, and load that as the client's CAs.",
				References: []string{"https://libwebsockets.org/lws-api-doc-main/html/group__client.html"},
			},
			Match: []*Match{
				Constant("LCCSCF_ALLOW_SELFSIGNED", "LCCSCF_ALLOW_INSECURE").In("c", "cpp"),
			},
			Bad: []Example{
				{"ws.c", "void f(void) {\n    i.ssl_connection = LCCSCF_USE_SSL | «LCCSCF_ALLOW_SELFSIGNED»;\n}\n"},
			},
			Good: []Example{
				{"ws.c", "void f(void) {\n    i.ssl_connection = LCCSCF_USE_SSL; /* no LCCSCF_ALLOW_SELFSIGNED */\n}\n"},
				{"ws.h", "enum lws_client_connect_ssl_connection_flags {\n    LCCSCF_USE_SSL = (1 << 0),\n    LCCSCF_ALLOW_SELFSIGNED = (1 << 1),\n};\n"},
			},
		},
	}
}

func curlPeer() []string {
	return []string{"CURLOPT_SSL_VERIFYPEER", "CURLOPT_PROXY_SSL_VERIFYPEER", "CURLOPT_DOH_SSL_VERIFYPEER"}
}

func curlHost() []string {
	return []string{"CURLOPT_SSL_VERIFYHOST", "CURLOPT_PROXY_SSL_VERIFYHOST", "CURLOPT_DOH_SSL_VERIFYHOST"}
}

// notServer tells that a file makes no TLS server, which may do without the
// certificates of its clients.
func notServer(f *syntax.File, _ Hit) bool {
	client := namesAny(f, "SSL_connect", "TLS_client_method", "SSLv23_client_method", "MBEDTLS_SSL_IS_CLIENT", "wolfSSL_connect", "BIO_do_connect")
	return client || !namesAny(f,
		"SSL_accept", "TLS_server_method", "SSLv23_server_method", "DTLS_server_method", "MBEDTLS_SSL_IS_SERVER", "wolfSSL_accept", "wolfTLS_server_method", "BIO_do_accept",
		"acceptor", "tlsv12_server", "tlsv13_server", "tls_server", "sslv23_server", "SSL_set_accept_state")
}

// noArguments is a function or a method that is called with nothing.
func noArguments(names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for _, call := range f.Calls {
			if name := call.Name[strings.LastIndexByte(call.Name, '.')+1:]; slices.Contains(names, name) && len(call.Args) == 0 {
				report(Hit{Span: call.Span})
			}
		}
	}}
}

// valued is anything that is set to one of some constants.
func valued(names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			if s := &f.Settings[i]; s.Origin == syntax.FromCode && slices.Contains(names, s.Value.Text) && s.Item == 0 {
				report(Hit{Span: s.Value.Span, Block: s.Block})
			}
		}
	}}
}

// switchedOn tells whether an option of OpenSSL is set where it stands: given to a
// function with "set" in its name, or joined to others with "|=".
func switchedOn(f *syntax.File, h Hit) bool {
	from := max(0, h.Span.Start-120)
	before := string(f.Text[from:h.Span.Start])
	if i := strings.LastIndexAny(before, ";{}"); i >= 0 {
		before = before[i+1:]
	}
	return strings.Contains(before, "set_options") || strings.Contains(before, "|=")
}
