package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func traefik() []Rule {
	// Traefik's own source, and what is made with it, has structures of the same names.
	configuration := []string{"yaml", "json", "toml", "ini", "conf", "env", "properties", "shell", "dockerfile", "makefile", "hcl", "xml", "powershell", "batch", "markdown"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TRAEFIK-001", Title: "Traefik takes any certificate from the servers behind it", Severity: finding.High, CWE: 295,
				Why:        "Traefik sends requests, with the cookies and passwords in them, to whoever answers for the service. The encryption behind it protects nothing then.",
				Fix:        "Remove it, and name the CA in `rootCAs` and the name in the certificate in `serverName` of the transport. For a private CA: `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://doc.traefik.io/traefik/routing/overview/#transport-configuration", "https://doc.traefik.io/traefik/routing/services/#serverstransport_1"},
			},
			Match: []*Match{
				Within("serversTransport", True, "insecureSkipVerify").In(configuration...).Or("false"),
				KeyOf(True, []string{"ServersTransport", "ServersTransportTCP"}, "spec.insecureSkipVerify", "spec.tls.insecureSkipVerify").Or("false"),
				Key(True, "forwardAuth.tls.insecureSkipVerify").In(configuration...).Or("false"),
				Within("providers", True, "tls.insecureSkipVerify").In("toml", "yaml").At("*traefik*", "*traefik*/*").Or("false"),
				Whole(True, "insecureSkipVerify").In(configuration...).At("*traefik*", "*traefik*/*").Or("false"),
				Pair(True, "serversTransport.insecureSkipVerify", "forwardauth.tls.insecureSkipVerify").In(configuration...),
				Find([]string{"insecureskipverify"}, traefikLabels).In(configuration...),
			},
			Bad: []Example{
				{"traefik.yml", "serversTransport:\n  insecureSkipVerify: «true»\n"},
				{"dynamic.toml", "[http.serversTransports.app]\n  insecureSkipVerify = «true»\n"},
				{"transport.yaml", "apiVersion: traefik.io/v1alpha1\nkind: ServersTransport\nmetadata:\n  name: app\nspec:\n  insecureSkipVerify: «true»\n"},
				{"auth.yaml", "http:\n  middlewares:\n    auth:\n      forwardAuth:\n        tls:\n          insecureSkipVerify: «true»\n"},
				{"compose.yaml", "services:\n  app:\n    labels:\n      - traefik.http.middlewares.auth.forwardauth.tls.insecureskipverify=«true»\n"},
				{"run.sh", "traefik --serversTransport.insecureSkipVerify=«true» --providers.docker\n"},
				{"etc/traefik.toml", "insecureSkipVerify = «true»\n"},
				{"values.yaml", "additionalArguments:\n  - --serversTransport.insecureSkipVerify=«true»\n"},
				{"docker.env", "TRAEFIK_SERVERSTRANSPORT_INSECURESKIPVERIFY=«true»\n"},
			},
			Good: []Example{
				{"traefik.yml", "serversTransport:\n  insecureSkipVerify: false\n  rootCAs:\n    - ca.pem\n"},
				{"traefik.yml", "api:\n  insecure: true\n# serversTransport:\n#   insecureSkipVerify: true\n"},
				{"crd.yaml", "kind: CustomResourceDefinition\nspec:\n  insecureSkipVerify:\n    type: boolean\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TRAEFIK-002", Title: "Traefik speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `minVersion: VersionTLS12`, or remove the line.",
				References: []string{"https://doc.traefik.io/traefik/https/tls/#minimum-tls-version", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Within("tls.options", OneOf("VersionTLS10", "VersionTLS11", "VersionSSL30"), "minVersion").In(configuration...).Hinting("versiontls10", "versiontls11", "versionssl30").Or("VersionTLS12"),
				KeyOf(OneOf("VersionTLS10", "VersionTLS11", "VersionSSL30"), []string{"TLSOption"}, "spec.minVersion").Or("VersionTLS12"),
			},
			Bad: []Example{
				{"dynamic.yaml", "tls:\n  options:\n    default:\n      minVersion: «VersionTLS10»\n"},
				{"option.yaml", "apiVersion: traefik.io/v1alpha1\nkind: TLSOption\nspec:\n  minVersion: «VersionTLS11»\n"},
			},
			Good: []Example{
				{"dynamic.yaml", "tls:\n  options:\n    default:\n      minVersion: VersionTLS12\n"},
			},
		},
	}
}

// traefikLabels finds the labels of containers that tell Traefik so, where they
// are a mapping with a key of many parts.
func traefikLabels(f *syntax.File, report func(Hit)) {
	for i := range f.Settings {
		s := &f.Settings[i]
		if name := strings.ToLower(s.Path[len(s.Path)-1]); strings.HasPrefix(name, "traefik.") && strings.HasSuffix(name, ".insecureskipverify") &&
			!strings.Contains(name, "forwardauth") && !strings.Contains(name, "serverstransport") && True(s.Value) {
			report(Hit{Span: s.Value.Span, Block: s.Block})
		}
	}
}
