package rules

import "muxkey/internal/finding"

func dart() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-DART-001", Title: "Dart client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the callback. If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem`, and give that to SecurityContext.setTrustedCertificates.",
				References: []string{"https://api.dart.dev/dart-io/HttpClient/badCertificateCallback.html", "https://api.dart.dev/dart-io/SecureSocket/connect.html"},
			},
			Match: []*Match{
				Callback([]string{"true"}, "badCertificateCallback", "onBadCertificate", "onBadCert", "validateCertificate").In("dart"),
				Field(Dotted("allowBadCertificates"), "onBadCertificate").In("dart"),
				Field(Literal("true"), "allowBadCertificates", "allowSelfSigned", "acceptBadCertificate", "ignoreBadCertificate", "ignoreBadCertificates", "trustSelfSigned", "allowLegacyUnsafeRenegotiation").In("dart").Or("false"),
			},
			Bad: []Example{
				{"client.dart", "void main() {\n  final client = HttpClient();\n  client.badCertificateCallback = «(X509Certificate cert, String host, int port) => true»;\n}\n"},
				{"client.dart", "final client = HttpClient()\n  ..connectionTimeout = timeout\n  ..badCertificateCallback = «((cert, host, port) => true)»;\n"},
				{"client.dart", "void main() {\n  client.badCertificateCallback =\n      «(cert, host, port) {\n    // self-signed\n    return true;\n  }»;\n}\n"},
				{"socket.dart", "final s = await SecureSocket.connect(host, port, onBadCertificate: «(_) => true»);\n"},
				{"client.dart", "bool _any(X509Certificate cert, String host, int port) {\n  return true;\n}\n\nvoid main() {\n  client.badCertificateCallback = «_any»;\n}\n"},
			},
			Good: []Example{
				{"client.dart", "void main() {\n  client.badCertificateCallback = (cert, host, port) => false;\n  client.badCertificateCallback = (cert, host, port) => host == 'localhost';\n  client.badCertificateCallback = (cert, host, port) {\n    if (cert.sha1 == pin) {\n      return true;\n    }\n    return false;\n  };\n  client.badCertificateCallback = null;\n  // client.badCertificateCallback = (cert, host, port) => true;\n  print('badCertificateCallback = (cert, host, port) => true');\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DART-002", Title: "Dart client talks in plaintext", Severity: finding.Low, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Use ChannelCredentials.secure, SslMode.verifyFull; for a private CA make the file with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://pub.dev/documentation/grpc/latest/grpc/ChannelCredentials-class.html", "https://pub.dev/documentation/postgres/latest/postgres/SslMode.html"},
			},
			Match: []*Match{
				Call([]string{"ChannelCredentials.insecure"}).In("dart"),
				Field(Dotted("SslMode.disable"), "sslMode").In("dart"),
			},
			Bad: []Example{
				{"rpc.dart", "final channel = ClientChannel(host, options: ChannelOptions(credentials: ChannelCredentials.«insecure»()));\nfinal s = ConnectionSettings(sslMode: «SslMode.disable»);\n"},
			},
			Good: []Example{
				{"rpc.dart", "final channel = ClientChannel(host, options: ChannelOptions(credentials: ChannelCredentials.secure()));\n// ChannelCredentials.insecure()\n"},
			},
		},
	}
}
