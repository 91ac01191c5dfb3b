package rules

import "muxkey/internal/finding"

func openvpn() []Rule {
	files := []string{"*.ovpn", "*.ovpn.*", "*openvpn*", "*openvpn*/*", "*openvpn*/*/*"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-OPENVPN-001", Title: "an OpenVPN client takes any certificate of its CA for the server", Severity: finding.Medium, CWE: 297,
				Why:        "Every client has a certificate of the same CA. Without a look at what a certificate is for, each of them can play the server for the others.",
				Fix:        "Add `remote-cert-tls server` and `verify-x509-name NAME name`. The server's certificate needs the extended key usage serverAuth: `muxkey check` tells whether it has it.",
				References: []string{"https://openvpn.net/community-resources/reference-manual-for-openvpn-2-6/", "https://openvpn.net/community-docs/how-to.html"},
			},
			Match: []*Match{
				Whole(anyValue, "client", "tls-client").At(files...).
					If(not(anywhere(anyValue, "remote-cert-tls", "verify-x509-name", "ns-cert-type", "remote-cert-eku", "tls-remote", "peer-fingerprint", "tls-verify"))),
			},
			Bad: []Example{
				{"office.ovpn", "«client»\ndev tun\nremote vpn.example.com 1194\nca ca.pem\n"},
				{"etc/openvpn/office.conf", "«tls-client»\nremote vpn.example.com\n"},
			},
			Good: []Example{
				{"office.ovpn", "client\nremote vpn.example.com 1194\nremote-cert-tls server\n"},
				{"office.ovpn", "client\nremote vpn.example.com 1194\nverify-x509-name vpn.example.com name\n"},
				{"etc/openvpn/server.conf", "port 1194\nserver 10.8.0.0 255.255.255.0\nclient-to-client\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OPENVPN-002", Title: "OpenVPN speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. The keys of the tunnel are agreed on over it.",
				Fix:        "Write `tls-version-min 1.2`.",
				References: []string{"https://openvpn.net/community-resources/reference-manual-for-openvpn-2-6/", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(having("1.0", "1.1"), "tls-version-min", "tls-version-max").At(files...),
			},
			Bad:  []Example{{"office.ovpn", "tls-version-min «1.0»\n"}, {"office.ovpn", "tls-version-min «1.1» or-highest\n"}},
			Good: []Example{{"office.ovpn", "tls-version-min 1.2\n;tls-version-min 1.0\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OPENVPN-003", Title: "OpenVPN sends in plain text, or with what is as good as that", Severity: finding.High, CWE: 319,
				Why:        "Without a cipher everybody on the way reads what is in the tunnel, without authentication everybody can change it.",
				Fix:        "Remove the line, or write `data-ciphers AES-256-GCM:CHACHA20-POLY1305` and `auth SHA256`.",
				References: []string{"https://openvpn.net/community-resources/reference-manual-for-openvpn-2-6/"},
			},
			Match: []*Match{
				Key(OneOf("none"), "cipher", "auth", "data-ciphers", "ncp-ciphers", "data-ciphers-fallback").At(files...).Hinting("cipher", "auth"),
				Picked(brokenCiphers, "tls-cipher").At(files...).As(finding.Medium, "the TLS with which the keys of the tunnel are agreed on may take ciphers that give no protection"),
				Key(OneOf("BF-CBC", "DES-CBC", "DES-EDE3-CBC", "DES-EDE-CBC", "RC2-CBC", "RC2-40-CBC", "RC2-64-CBC", "CAST5-CBC", "DESX-CBC"), "cipher", "data-ciphers-fallback").At(files...).
					As(finding.Medium, "a cipher with blocks of 64 bits gives the content of long sessions away").Hinting("cipher"),
			},
			Bad: []Example{
				{"office.ovpn", "cipher «none»\nauth «none»\n"},
				{"office.ovpn", "cipher «BF-CBC»\ntls-cipher DEFAULT:«@SECLEVEL=0»\n"},
			},
			Good: []Example{
				{"office.ovpn", "data-ciphers AES-256-GCM\ncipher AES-256-CBC\nauth SHA256\n# cipher none\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OPENVPN-004", Title: "an OpenVPN server lets clients in without a certificate", Severity: finding.Low, CWE: 287,
				Why:        "A password alone opens the tunnel then, and passwords are guessed, reused and phished.",
				Fix:        "Write `verify-client-cert require`, and give each client a certificate.",
				References: []string{"https://openvpn.net/community-resources/reference-manual-for-openvpn-2-6/"},
			},
			Match: []*Match{
				Key(OneOf("none", "optional"), "verify-client-cert").At(files...).Or("require"),
				Key(True, "client-cert-not-required").At(files...),
			},
			Bad:  []Example{{"openvpn/server.conf", "verify-client-cert «none»\n"}, {"openvpn/server.conf", "«client-cert-not-required»\n"}},
			Good: []Example{{"openvpn/server.conf", "verify-client-cert require\n"}},
		},
	}
}
