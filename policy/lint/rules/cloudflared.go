package rules

import "muxkey/internal/finding"

func cloudflared() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUDFLARED-001", Title: "a Cloudflare tunnel takes any certificate from its origin", Severity: finding.High, CWE: 295,
				Why:        "The tunnel hands requests to whoever answers for the origin, and passes on what comes back as if it were the real one's.",
				Fix:        "Remove it, and name the CA in `caPool` and the name in the certificate in `originServerName`. For a private CA: `muxkey trust build ca.pem --target pem -o origin-ca.pem`.",
				References: []string{"https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/configure-tunnels/origin-configuration/#notlsverify"},
			},
			Match: []*Match{
				Key(True, "noTLSVerify").Or("false"),
				Flag("cloudflared", "--no-tls-verify").Gone(),
			},
			Bad: []Example{
				{"cloudflared/config.yml", "tunnel: app\ningress:\n  - hostname: app.example.com\n    service: https://10.0.0.1\n    originRequest:\n      noTLSVerify: «true»\n"},
				{"run.sh", "cloudflared tunnel «--no-tls-verify» --url https://10.0.0.1\n"},
				{"tunnel.env", "NO_TLS_VERIFY=«true»\n"},
			},
			Good: []Example{
				{"cloudflared/config.yml", "originRequest:\n  noTLSVerify: false\n  caPool: /etc/ca.pem\n"},
			},
		},
	}
}
