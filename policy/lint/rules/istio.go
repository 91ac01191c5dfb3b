package rules

import "muxkey/internal/finding"

func istio() []Rule {
	rule := []string{"DestinationRule"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ISTIO-001", Title: "Istio takes any certificate from a service", Severity: finding.High, CWE: 295,
				Why:        "The sidecar opens TLS to whoever answers for the host of the rule, and checks nothing. Somebody in between reads and changes the traffic.",
				Fix:        "Remove the line, and give the CA with `credentialName` or `caCertificates`, and the names with `subjectAltNames`. For a private CA: `muxkey trust build ca.pem --target kubernetes-secret -o ca.yaml`.",
				References: []string{"https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings"},
			},
			Match: []*Match{
				KeyOf(True, rule, "tls.insecureSkipVerify").Or("false"),
			},
			Bad: []Example{
				{"rule.yaml", "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nspec:\n  host: db.example.com\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n      insecureSkipVerify: «true»\n"},
			},
			Good: []Example{
				{"rule.yaml", "kind: DestinationRule\nspec:\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n      insecureSkipVerify: false\n"},
				{"crd.yaml", "kind: CustomResourceDefinition\nspec:\n  names:\n    kind: DestinationRule\n  tls:\n    insecureSkipVerify:\n      type: boolean\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ISTIO-002", Title: "Istio sends in plain text", Severity: finding.Medium, CWE: 319,
				Why:        "The traffic of the rule leaves the pod without encryption. Whoever sees the network between the nodes reads and changes it.",
				Fix:        "Write `mode: ISTIO_MUTUAL` for services in the mesh, `SIMPLE` with `caCertificates` for others.",
				References: []string{"https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings-TLSmode"},
			},
			Match: []*Match{
				KeyOf(OneOf("DISABLE"), rule, "tls.mode"),
			},
			Bad: []Example{
				{"rule.yaml", "kind: DestinationRule\nspec:\n  trafficPolicy:\n    tls:\n      mode: «DISABLE»\n"},
			},
			Good: []Example{
				{"rule.yaml", "kind: DestinationRule\nspec:\n  trafficPolicy:\n    tls:\n      mode: ISTIO_MUTUAL\n---\nkind: Sidecar\nspec:\n  tls:\n    mode: DISABLE\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ISTIO-003", Title: "Istio lets plain text in", Severity: finding.Low, CWE: 319,
				Why:        "A workload that takes plain text takes it from anybody, with no identity behind it. PERMISSIVE is meant for the days of a migration.",
				Fix:        "Write `mode: STRICT` when all its clients have a sidecar.",
				References: []string{"https://istio.io/latest/docs/reference/config/security/peer_authentication/"},
			},
			Match: []*Match{
				KeyOf(OneOf("DISABLE", "PERMISSIVE"), []string{"PeerAuthentication"}, "mtls.mode", "portLevelMtls.mode"),
				Within("portLevelMtls", OneOf("DISABLE", "PERMISSIVE"), "mode").In("yaml", "json").Hinting("portlevelmtls"),
			},
			Bad: []Example{
				{"peer.yaml", "kind: PeerAuthentication\nspec:\n  mtls:\n    mode: «PERMISSIVE»\n  portLevelMtls:\n    8080:\n      mode: «DISABLE»\n"},
			},
			Good: []Example{
				{"peer.yaml", "kind: PeerAuthentication\nspec:\n  mtls:\n    mode: STRICT\n"},
			},
		},
	}
}
