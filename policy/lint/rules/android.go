package rules

import (
	"slices"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func android() []Rule {
	docs := "https://developer.android.com/privacy-and-security/security-config"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ANDROID-001", Title: "an app for Android may talk without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Who shares a network with the phone reads what the app sends, and puts into the answers what they like.",
				Fix:        "Remove it. Where one device cannot do better, permit it in a `domain-config` for that name alone.",
				References: []string{docs, "https://developer.android.com/guide/topics/manifest/application-element#usesCleartextTraffic"},
			},
			Match: []*Match{
				Key(True, "base-config.@cleartextTrafficPermitted", "application.@usesCleartextTraffic").In("xml").Or("false"),
				Key(True, "domain-config.@cleartextTrafficPermitted").In("xml").As(finding.Low, "an app for Android may talk without TLS to some hosts").If(not(androidLoopback)).Or("false"),
			},
			Bad: []Example{
				{"res/xml/network_security_config.xml", "<network-security-config>\n  <base-config cleartextTrafficPermitted=\"«true»\"/>\n  <domain-config cleartextTrafficPermitted=\"«true»\"><domain includeSubdomains=\"true\">old.example.com</domain></domain-config>\n</network-security-config>\n"},
				{"AndroidManifest.xml", "<manifest xmlns:android=\"http://schemas.android.com/apk/res/android\"><application android:usesCleartextTraffic=\"«true»\"/></manifest>\n"},
			},
			Good: []Example{
				{"res/xml/network_security_config.xml", "<network-security-config>\n  <base-config cleartextTrafficPermitted=\"false\"/>\n  <!-- <base-config cleartextTrafficPermitted=\"true\"/> -->\n  <domain-config cleartextTrafficPermitted=\"true\"><domain>localhost</domain><domain>10.0.2.2</domain></domain-config>\n</network-security-config>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ANDROID-002", Title: "an app for Android trusts CAs that its user has installed", Severity: finding.Medium, CWE: 295,
				Why:        "Whoever gets a user to install a certificate, or manages the phone, reads what the app sends.",
				Fix:        "Trust `system`, and beside it the CA of your own servers: `muxkey trust build ca.pem --target android-config -o res`. Those of users belong into `debug-overrides`.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(OneOf("user"), "certificates.@src").In("xml").If(func(f *syntax.File, h Hit) bool { return !underDebug(f, h) }).Hinting("certificates"),
				Key(True, "certificates.@overridePins").In("xml").If(func(f *syntax.File, h Hit) bool { return !underDebug(f, h) }).Or("false"),
			},
			Bad: []Example{
				{"res/xml/network_security_config.xml", "<network-security-config>\n  <base-config><trust-anchors><certificates src=\"system\"/><certificates src=\"«user»\" overridePins=\"«true»\"/></trust-anchors></base-config>\n</network-security-config>\n"},
			},
			Good: []Example{
				{"res/xml/network_security_config.xml", "<network-security-config>\n  <debug-overrides><trust-anchors><certificates src=\"user\" overridePins=\"true\"/></trust-anchors></debug-overrides>\n  <base-config><trust-anchors><certificates src=\"system\"/></trust-anchors></base-config>\n</network-security-config>\n"},
			},
		},
	}
}

// underDebug tells whether a setting is among those for debuggable builds, which
// Android heeds nowhere else.
func underDebug(f *syntax.File, h Hit) bool {
	for _, s := range f.Settings {
		if s.Block == h.Block && slices.Contains(s.Path, "debug-overrides") {
			return true
		}
	}
	return false
}

// androidLoopback tells whether all the domains of the file are this machine, or
// the machine that an emulator runs on (10.0.2.2).
func androidLoopback(f *syntax.File, _ Hit) bool {
	found := false
	for _, s := range f.Settings {
		if s.Path[len(s.Path)-1] == "domain" {
			if !nearby(s.Value.Text) && s.Value.Text != "10.0.2.2" && s.Value.Text != "10.0.3.2" {
				return false
			}
			found = true
		}
	}
	return found
}
