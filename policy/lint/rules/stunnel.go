package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func stunnel() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-STUNNEL-001", Title: "stunnel takes any certificate from the server", Severity: finding.High, CWE: 295,
				Why:        "As a client stunnel checks no certificate unless it is told to. Whoever stands in between reads and changes what goes through the tunnel.",
				Fix:        "Write `verifyChain = yes`, `CAfile = ca.pem` and `checkHost = NAME`. For a private CA make the file with `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://www.stunnel.org/static/stunnel.html"},
			},
			Match: []*Match{
				Find([]string{"client"}, uncheckedTunnels).At("*stunnel*", "*stunnel*/*", "*stunnel*/*/*"),
			},
			Bad: []Example{
				{"stunnel.conf", "[ldaps]\nclient = «yes»\naccept = 127.0.0.1:389\nconnect = ldap.example.com:636\n"},
				{"stunnel.conf", "client = yes\n[ldaps]\nverify = «0»\naccept = 389\nconnect = ldap.example.com:636\n"},
				{"etc/stunnel/mail.conf", "client = yes\nverifyChain = «no»\n[smtp]\nconnect = mail.example.com:465\n"},
			},
			Good: []Example{
				{"stunnel.conf", "[ldaps]\nclient = yes\nverifyChain = yes\nCAfile = ca.pem\ncheckHost = ldap.example.com\n"},
				{"stunnel.conf", "client = yes\nverify = 2\nCAfile = ca.pem\n[ldaps]\nconnect = ldap.example.com:636\n"},
				{"stunnel.conf", "cert = site.pem\n[https]\nverify = 0\naccept = 443\nconnect = 80\n"},
				{"stunnel.conf", "[a]\nclient = yes\nPSKsecrets = keys.txt\n"},
				{"stunnel.conf", "[a]\nclient = no\n; client = yes\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STUNNEL-002", Title: "stunnel does not look at the name in a certificate", Severity: finding.Low, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the server. With public CAs among them everybody has one.",
				Fix:        "Add `checkHost = NAME` (or `checkIP`), or `verifyPeer = yes` with the very certificate in `CAfile`.",
				References: []string{"https://www.stunnel.org/static/stunnel.html"},
			},
			Match: []*Match{
				Key(True, "verifyChain").At("*stunnel*", "*stunnel*/*", "*stunnel*/*/*").
					If(both(anywhere(True, "client"), not(anywhere(anyValue, "checkHost", "checkIP", "checkEmail", "verifyPeer")))),
			},
			Bad: []Example{
				{"stunnel.conf", "client = yes\nverifyChain = «yes»\nCAfile = ca.pem\n[ldaps]\nconnect = ldap.example.com:636\n"},
			},
			Good: []Example{
				{"stunnel.conf", "client = yes\nverifyChain = yes\ncheckHost = ldap.example.com\n"},
				{"stunnel.conf", "verifyChain = yes\n[https]\naccept = 443\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STUNNEL-003", Title: "stunnel speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `sslVersionMin = TLSv1.2`.",
				References: []string{"https://www.stunnel.org/static/stunnel.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Key(Old, "sslVersion", "sslVersionMin", "sslVersionMax").At("*stunnel*", "*stunnel*/*", "*stunnel*/*/*"),
				Key(OneOf("-NO_SSLv2", "-NO_SSLv3", "-NO_TLSv1", "-NO_TLSv1.1"), "options").At("*stunnel*", "*stunnel*/*", "*stunnel*/*/*").Hinting("nosslv", "notlsv"),
			},
			Bad: []Example{
				{"stunnel.conf", "sslVersion = «TLSv1»\noptions = «-NO_SSLv3»\n"},
			},
			Good: []Example{
				{"stunnel.conf", "sslVersion = TLSv1.2\nsslVersionMin = TLSv1.2\noptions = NO_SSLv3\n; sslVersion = SSLv3\n"},
			},
		},
	}
}

// uncheckedTunnels finds services of stunnel that are clients and check nothing.
// What stands before the first section is the default of all.
func uncheckedTunnels(f *syntax.File, report func(Hit)) {
	global := f.Settings
	if i := slices.IndexFunc(f.Settings, func(s syntax.Setting) bool { return len(s.Path) > 1 }); i >= 0 {
		global = f.Settings[:i]
	}
	services := [][]syntax.Setting{global}
	for from := len(global); from < len(f.Settings); {
		to := from
		for to < len(f.Settings) && f.Settings[to].Block == f.Settings[from].Block {
			to++
		}
		services = append(services, f.Settings[from:to])
		from = to
	}
	for i, service := range services {
		both := slices.Concat(global, service)
		if i == 0 {
			if len(services) > 1 {
				continue
			}
			both = global
		}
		client, ok := inForce(both, "client")
		if _, psk := inForce(both, "PSKsecrets"); !ok || !True(client.Value) || psk {
			continue
		}
		at := client.Value.Span
		checked := false
		for _, name := range []string{"verify", "verifyChain", "verifyPeer"} {
			s, ok := inForce(both, name)
			switch {
			case !ok:
			case False(s.Value): // also verify = 0
				at = s.Value.Span
			default:
				checked = true
			}
		}
		if !checked {
			report(Hit{Span: at})
		}
	}
}

// inForce is the last setting of a name, as the last one counts.
func inForce(list []syntax.Setting, name string) (syntax.Setting, bool) {
	for _, s := range slices.Backward(list) {
		if strings.EqualFold(s.Path[len(s.Path)-1], name) {
			return s, true
		}
	}
	return syntax.Setting{}, false
}
