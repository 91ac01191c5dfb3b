package rules

import "muxkey/internal/finding"

func apple() []Rule {
	docs := "https://developer.apple.com/documentation/bundleresources/information-property-list/nsapptransportsecurity"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-APPLE-001", Title: "an app for Apple's systems may talk without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Who shares a network with the device reads what the app sends, and puts into the answers what they like.",
				Fix:        "Remove the key. Where one host cannot do better, name it in `NSExceptionDomains`; for devices of the local network `NSAllowsLocalNetworking` is enough.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(True, "NSAllowsArbitraryLoads", "NSAllowsArbitraryLoadsInWebContent", "NSAllowsArbitraryLoadsForMedia"),
				Key(True, "NSExceptionAllowsInsecureHTTPLoads", "NSThirdPartyExceptionAllowsInsecureHTTPLoads", "NSTemporaryExceptionAllowsInsecureHTTPLoads").As(finding.Low, "an app for Apple's systems may talk to some hosts without TLS"),
			},
			Bad: []Example{
				{"Info.plist", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>\n<key>NSAppTransportSecurity</key><dict>\n<key>NSAllowsArbitraryLoads</key>\n<«true»/>\n</dict></dict></plist>\n"},
				{"app.json", "{\"ios\": {\"infoPlist\": {\"NSAppTransportSecurity\": {\"NSAllowsArbitraryLoads\": «true»}}}}\n"},
			},
			Good: []Example{
				{"Info.plist", "<plist version=\"1.0\"><dict>\n<key>NSAppTransportSecurity</key><dict>\n<key>NSAllowsArbitraryLoads</key><false/>\n<key>NSAllowsLocalNetworking</key><true/>\n<!-- <key>NSAllowsArbitraryLoads</key><true/> -->\n</dict></dict></plist>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-APPLE-002", Title: "an app for Apple's systems speaks TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said.",
				Fix:        "Remove the key: TLS 1.2 is what is asked for without it.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(OneOf("TLSv1.0", "TLSv1.1"), "NSExceptionMinimumTLSVersion", "NSThirdPartyExceptionMinimumTLSVersion", "NSTemporaryExceptionMinimumTLSVersion").Or("TLSv1.2"),
			},
			Bad: []Example{
				{"Info.plist", "<plist version=\"1.0\"><dict><key>NSExceptionDomains</key><dict><key>a.example.com</key><dict><key>NSExceptionMinimumTLSVersion</key><string>«TLSv1.0»</string></dict></dict></dict></plist>\n"},
			},
			Good: []Example{
				{"Info.plist", "<plist version=\"1.0\"><dict><key>NSExceptionMinimumTLSVersion</key><string>TLSv1.2</string></dict></plist>\n"},
			},
		},
	}
}
