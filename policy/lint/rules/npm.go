package rules

import "muxkey/internal/finding"

func npm() []Rule {
	programs := []string{"npm", "npx", "pnpm", "pnpx", "yarn", "bower", "apm", "lerna", "cnpm"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-NPM-001", Title: "npm, pnpm, Yarn or Bower takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring scripts that run while they are installed, and they come from whoever answers. Tokens for publishing are sent there as well.",
				Fix:        "Remove the setting. If the registry's CA, or that of a proxy, is a private one, put it into a bundle with `muxkey trust build ca.pem --target node -o ca` and name that as `cafile` in `.npmrc`, or in `NODE_EXTRA_CA_CERTS`.",
				References: []string{"https://docs.npmjs.com/cli/v10/using-npm/config#strict-ssl", "https://docs.npmjs.com/cli/v10/using-npm/config#cafile", "https://pnpm.io/npmrc#strict-ssl"},
			},
			Match: []*Match{
				Key(False, "strict-ssl").If(not(onePart("enable_strict_ssl"))).Or("true"),
				SetBy(False, programs, "strict-ssl", "strictSsl").Or("true"),
				FlagsAre(programs, False, "--strict-ssl").Gone(),
				Flags(programs, "--no-strict-ssl").Gone(),
			},
			Bad: []Example{
				{".npmrc", "registry=https://npm.example.com/\nstrict-ssl=«false»\n"},
				{".npmrc", "strict-ssl = \"«false»\"\n"},
				{".yarnrc", "registry \"https://npm.example.com/\"\nstrict-ssl «false»\n"},
				{".bowerrc", "{\"directory\": \"lib\", \"strict-ssl\": «false»}\n"},
				{"build.sh", "npm config set strict-ssl «false»\nnpm config set strict-ssl=«false» --global\nnpm c set \"strict-ssl\"  \"«false»\"\nnpm set strict-ssl «false»\n"},
				{"build.sh", "pnpm config set strict-ssl «false»\nyarn config set strict-ssl «false» -g\nnpm install «--strict-ssl=false»\nnpm ci «--no-strict-ssl»\n"},
				{"Dockerfile", "FROM node:22\nENV NPM_CONFIG_STRICT_SSL=«false»\nRUN npm config set strict-ssl «0» && npm ci\n"},
				{"compose.yaml", "services:\n  web:\n    environment:\n      - npm_config_strict_ssl=«false»\n"},
			},
			Good: []Example{
				{".npmrc", "#strict-ssl=false\n; strict-ssl=false\nstrict-ssl=true\ncafile=/etc/ssl/ca.pem\n"},
				{"build.sh", "npm config get strict-ssl || false\nnpm config set strict-ssl true || false\nnpm config delete strict-ssl\n"},
				{"build.sh", "export MY_NPM_CONFIG_STRICT_SSLX=false\necho npm config set strict-ssl false\n"},
				{"build.sh", "npm config set strict-ssl \"$STRICT\"\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NPM-002", Title: "VS Code takes extensions and updates from any server behind a proxy", Severity: finding.Medium, CWE: 295,
				Why:        "Extensions run with all rights of the one who edits. With this setting nobody checks from whom they come.",
				Fix:        "Remove the setting, and give the proxy's CA to the system: `muxkey trust build ca.pem --target debian -o ca` (or rhel, windows-powershell, apple-mobileconfig).",
				References: []string{"https://code.visualstudio.com/docs/setup/network#_troubleshooting"},
			},
			Match: []*Match{Key(False, "http.proxyStrictSSL").Or("true")},
			Bad: []Example{
				{".vscode/settings.json", "{\n  // for the proxy\n  \"http.proxyStrictSSL\": «false»\n}\n"},
				{".devcontainer/devcontainer.json", "{\"customizations\": {\"vscode\": {\"settings\": {\"http.proxyStrictSSL\": «false»}}}}\n"},
			},
			Good: []Example{
				{".vscode/settings.json", "{\n  // \"http.proxyStrictSSL\": false\n  \"http.proxyStrictSSL\": true\n}\n"},
			},
		},
	}
}
