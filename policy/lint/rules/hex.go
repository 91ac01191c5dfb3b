package rules

import "muxkey/internal/finding"

func hex() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-HEX-001", Title: "Hex takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that runs while building, and they come from whoever answers.",
				Fix:        "Remove the setting. If a mirror's or proxy's CA is a private one, put it into a bundle with `muxkey trust build --from system ca.pem -o ca-bundle.pem` and name that in `HEX_CACERTS_PATH`.",
				References: []string{"https://hexdocs.pm/hex/Mix.Tasks.Hex.Config.html"},
			},
			Match: []*Match{
				Env(True, "HEX_UNSAFE_HTTPS").Or("0"),
				SetBy(True, []string{"mix", "rebar3"}, "unsafe_https").Or("false"),
			},
			Bad: []Example{
				{"build.sh", "export HEX_UNSAFE_HTTPS=«1»\nmix hex.config unsafe_https «true»\n"},
			},
			Good: []Example{
				{"build.sh", "export HEX_UNSAFE_HTTPS=0 HEX_CACERTS_PATH=ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HEX-002", Title: "Hex does not check the signature of its registry", Severity: finding.Medium, CWE: 347,
				Why:        "A mirror, or someone on the way, can offer other versions and other checksums.",
				Fix:        "Remove the setting; give the key of an own repository with `mix hex.repo add NAME URL --public-key FILE`.",
				References: []string{"https://hexdocs.pm/hex/Mix.Tasks.Hex.Config.html"},
			},
			Match: []*Match{
				Env(True, "HEX_UNSAFE_REGISTRY", "HEX_NO_VERIFY_REPO_ORIGIN").Or("0"),
				SetBy(True, []string{"mix"}, "unsafe_registry", "no_verify_repo_origin").Or("false"),
			},
			Bad: []Example{
				{"build.sh", "export HEX_UNSAFE_REGISTRY=«1»\n"},
			},
			Good: []Example{
				{"build.sh", "export HEX_UNSAFE_REGISTRY=0\n"},
			},
		},
	}
}
