package rules

import "muxkey/internal/finding"

func swift() []Rule {
	yes := Literal("true")
	old := Any(
		Dotted(".TLSv10", ".TLSv11", ".tlsv1", ".tlsv11", ".tlsProtocol1", ".tlsProtocol11", ".sslProtocol3", ".sslProtocolAll", "kTLSProtocol1", "kTLSProtocol11", "kSSLProtocol3", ".tlsProtocol10"),
		Literal("TLSv10", "TLSv11", "kTLSProtocol1", "kTLSProtocol11", "kSSLProtocol3", "tls_protocol_version_TLSv10", "tls_protocol_version_TLSv11"),
	)
	yesToAll := []string{"complete(true)", "completion(true)", "completionHandler(true)", "callback(true)", "verifyComplete(true)", "handler(true)", "sec_protocol_verify_complete(true)", "$2(true)"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SWIFT-001", Title: "Swift app takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Let the system check, or check with SecTrustEvaluateWithError before the credential is used. A private CA reaches devices as a profile: `muxkey trust build ca.pem --target apple-mobileconfig -o ca.mobileconfig`.",
				References: []string{"https://developer.apple.com/documentation/foundation/performing-manual-server-trust-authentication", "https://github.com/Alamofire/Alamofire/blob/master/Documentation/AdvancedUsage.md#security"},
			},
			Match: []*Match{
				Call([]string{"DisabledTrustEvaluator"}).In("swift"),
				Sequence("disableEvaluation").In("swift").Using("ServerTrustPolicy", "ServerTrustPolicyManager", "Alamofire"),
				Call([]string{"completionHandler", "completion", "handler"}, Dotted(".useCredential"), Mentioning("URLCredential(trust")).In("swift").Hinting("usecredential").Without(trustChecks()...),
				CallbackOf([]string{"sec_protocol_options_set_verify_block"}, 1, yesToAll...).In("swift", "objc"),
				Call([]string{"sec_protocol_options_set_peer_authentication_required"}, nil, Literal("false", "NO")).In("swift", "objc"),
				Field(yes, "disableSSLCertValidation", "allowInvalidCertificates", "allowsInvalidSSLCertificate", "allowUntrustCACertificate", "allowUntrustedCertificates", "allowInvalidSSLCertificates").In("swift").Or("false"),
				Field(Literal("false"), "validatesCertificateChain", "validateCertificateChain").In("swift").Or("true"),
				Field(Dotted(".none"), "certificateVerification").In("swift").Or(".fullVerification"),
			},
			Bad: []Example{
				{"Net.swift", "let evaluators: [String: ServerTrustEvaluating] = [\"mux.example.com\": «DisabledTrustEvaluator»()]\n"},
				{"Net.swift", "let policies: [String: ServerTrustPolicy] = [\"mux.example.com\": .«disableEvaluation»]\n"},
				{"Net.swift", "func urlSession(_ session: URLSession, didReceive challenge: URLAuthenticationChallenge,\n    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void) {\n    completionHandler(.useCredential, «URLCredential(trust: challenge.protectionSpace.serverTrust!)»)\n}\n"},
				{"Net.swift", "sec_protocol_options_set_verify_block(options.securityProtocolOptions, «{ _, _, complete in\n    complete(true)\n}», queue)\n"},
				{"Socket.swift", "socket.disableSSLCertValidation = «true»\n"},
				{"Nio.swift", "var config = TLSConfiguration.makeClientConfiguration()\nconfig.certificateVerification = «.none»\n"},
			},
			Good: []Example{
				{"Net.swift", "func urlSession(_ session: URLSession, didReceive challenge: URLAuthenticationChallenge,\n    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void) {\n    var error: CFError?\n    guard SecTrustEvaluateWithError(trust, &error) else { return completionHandler(.cancelAuthenticationChallenge, nil) }\n    completionHandler(.useCredential, URLCredential(trust: trust))\n}\n"},
				{"Net.swift", "// let e = DisabledTrustEvaluator()\nlet e = PinnedCertificatesTrustEvaluator()\nlet s = \"DisabledTrustEvaluator()\"\ncompletionHandler(.performDefaultHandling, nil)\n"},
				{"Net.swift", "sec_protocol_options_set_verify_block(options, { _, trust, complete in\n    complete(evaluate(trust))\n}, queue)\n"},
				{"Nio.swift", "config.certificateVerification = .fullVerification\nsocket.disableSSLCertValidation = false\n"},
				{"Trust.swift", "public final class DisabledTrustEvaluator: ServerTrustEvaluating {\n    public init() {}\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SWIFT-002", Title: "Swift program does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Use .fullVerification, and keep validateHost. If the name differs, give the one that is in the certificate.",
				References: []string{"https://swiftpackageindex.com/apple/swift-nio-ssl/main/documentation/niossl/certificateverification"},
			},
			Match: []*Match{
				Field(Dotted(".noHostnameVerification"), "certificateVerification").In("swift").Or(".fullVerification"),
				Field(Literal("false"), "validateHost", "validatesDomainName").In("swift").Or("true"),
			},
			Bad: []Example{
				{"Nio.swift", "config.certificateVerification = «.noHostnameVerification»\n"},
				{"Net.swift", "let e = DefaultTrustEvaluator(validateHost: «false»)\n"},
			},
			Good: []Example{
				{"Net.swift", "let e = DefaultTrustEvaluator(validateHost: true)\n// validateHost: false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SWIFT-003", Title: "app allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Remove the setting, or set it to .TLSv12. Servers that speak nothing newer must be updated first.",
				References: []string{"https://developer.apple.com/documentation/foundation/urlsessionconfiguration/tlsminimumsupportedprotocolversion", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Field(old, "tlsMinimumSupportedProtocol", "tlsMinimumSupportedProtocolVersion", "tlsMaximumSupportedProtocol", "tlsMaximumSupportedProtocolVersion", "minimumTLSVersion", "TLSMinimumSupportedProtocol", "TLSMinimumSupportedProtocolVersion", "TLSMaximumSupportedProtocol", "TLSMaximumSupportedProtocolVersion").In("swift", "objc"),
				Call([]string{"sec_protocol_options_set_min_tls_protocol_version", "sec_protocol_options_set_max_tls_protocol_version", "SSLSetProtocolVersionMin", "SSLSetProtocolVersionMax"}, nil, old).In("swift", "objc", "c", "cpp"),
			},
			Bad: []Example{
				{"Net.swift", "config.tlsMinimumSupportedProtocolVersion = «.TLSv10»\nconfig.tlsMinimumSupportedProtocol = «.tlsProtocol1»\n"},
				{"Net.swift", "sec_protocol_options_set_min_tls_protocol_version(options, «.TLSv11»)\n"},
				{"Net.m", "void f(void) {\n    config.TLSMinimumSupportedProtocol = «kTLSProtocol1»;\n}\n"},
			},
			Good: []Example{
				{"Net.swift", "config.tlsMinimumSupportedProtocolVersion = .TLSv12\n// config.tlsMinimumSupportedProtocolVersion = .TLSv10\nif config.tlsMinimumSupportedProtocolVersion == .TLSv10 { fatalError() }\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SWIFT-004", Title: "Swift program takes any SSH host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Compare the key with the one that the server's owner gives out: .trustedKeys in Citadel, a delegate of your own in NIOSSH.",
				References: []string{"https://github.com/orlandos-nl/Citadel"},
			},
			Match: []*Match{
				Call([]string{"acceptAnything"}).In("swift"),
				Call([]string{"AcceptAllHostKeysDelegate"}).In("swift"),
			},
			Bad: []Example{
				{"Ssh.swift", "let client = try await SSHClient.connect(host: host, authenticationMethod: auth, hostKeyValidator: .«acceptAnything»(), reconnect: .never)\n"},
			},
			Good: []Example{
				{"Ssh.swift", "let client = try await SSHClient.connect(host: host, authenticationMethod: auth, hostKeyValidator: .trustedKeys(keys), reconnect: .never)\n// .acceptAnything()\n"},
			},
		},
	}
}

// trustChecks are the functions by which apps of Apple's systems check a chain, or
// compare a certificate with one that they know.
func trustChecks() []string {
	return []string{
		"SecTrustEvaluateWithError", "SecTrustEvaluate", "SecTrustEvaluateAsync", "SecTrustEvaluateAsyncWithError", "SecTrustCopyCertificateChain", "SecTrustGetCertificateAtIndex", "SecTrustCopyKey", "SecTrustCopyPublicKey",
	}
}
