package rules

import "muxkey/internal/finding"

func yarn() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-YARN-001", Title: "Yarn takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring scripts that run while they are installed, and they come from whoever answers. Tokens for publishing are sent there as well.",
				Fix:        "Remove the setting. If the registry's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that as `httpsCaFilePath`.",
				References: []string{"https://yarnpkg.com/configuration/yarnrc#enableStrictSsl", "https://yarnpkg.com/configuration/yarnrc#httpsCaFilePath"},
			},
			Match: []*Match{
				Key(False, "enableStrictSsl").Or("true"),
				SetBy(False, []string{"yarn"}, "enableStrictSsl").Or("true"),
			},
			Bad: []Example{
				{".yarnrc.yml", "nodeLinker: node-modules\nenableStrictSsl: «false»\n"},
				{"Dockerfile", "FROM node:22\nENV YARN_ENABLE_STRICT_SSL=«false»\nRUN yarn config set enableStrictSsl «false»\n"},
			},
			Good: []Example{
				{".yarnrc.yml", "# enableStrictSsl: false\nenableStrictSsl: true\nhttpsCaFilePath: ./ca.pem\n"},
				{"build.sh", "yarn config get enableStrictSsl\nunset YARN_ENABLE_STRICT_SSL\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-YARN-002", Title: "Yarn fetches packages without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Packages from hosts of this list can be changed on the way, and what they bring is run.",
				Fix:        "Remove the list, and write https in the addresses of the registries.",
				References: []string{"https://yarnpkg.com/configuration/yarnrc#unsafeHttpWhitelist"},
			},
			Match: []*Match{
				Key(Some, "unsafeHttpWhitelist"),
				SetBy(Some, []string{"yarn"}, "unsafeHttpWhitelist"),
			},
			Bad: []Example{
				{".yarnrc.yml", "unsafeHttpWhitelist:\n  - «npm.example.com»\n  - \"«*.example.org»\"\n"},
				{"build.sh", "export YARN_UNSAFE_HTTP_WHITELIST=«npm.example.com»\n"},
			},
			Good: []Example{
				{".yarnrc.yml", "unsafeHttpWhitelist: []\nnpmRegistryServer: \"https://npm.example.com\"\n"},
			},
		},
	}
}
