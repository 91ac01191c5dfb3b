package rules

import "muxkey/internal/finding"

func node() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-NODE-001", Title: "Node.js takes any certificate, in the whole program", Severity: finding.High, CWE: 295,
				Why:        "Every connection of the program, and of all its libraries, goes to whoever answers. No code that asks for checks gets them.",
				Fix:        "Remove the variable. If a server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem --target node -o ca` and name that in `NODE_EXTRA_CA_CERTS`.",
				References: []string{"https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue", "https://nodejs.org/api/cli.html#node_extra_ca_certsfile"},
			},
			Match: []*Match{
				// Node compares with the text 0: false, no and 1 switch nothing off.
				Env(Exactly("0"), "NODE_TLS_REJECT_UNAUTHORIZED").Or("1"),
			},
			Bad: []Example{
				{"start.sh", "export NODE_TLS_REJECT_UNAUTHORIZED=«0»\nNODE_TLS_REJECT_UNAUTHORIZED='«0»' node server.js\n"},
				{"Dockerfile", "FROM node:22\nENV NODE_TLS_REJECT_UNAUTHORIZED «0»\n"},
				{"Dockerfile", "FROM node:22\nENV NODE_ENV=production NODE_TLS_REJECT_UNAUTHORIZED=\"«0»\"\n"},
				{"compose.yaml", "services:\n  web:\n    environment:\n      - NODE_TLS_REJECT_UNAUTHORIZED=«0»\n"},
				{"deploy.yaml", "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - name: NODE_TLS_REJECT_UNAUTHORIZED\n              value: \"«0»\"\n"},
				{"package.json", "{\"scripts\": {\"start\": \"cross-env NODE_TLS_REJECT_UNAUTHORIZED=«0» node server.js\", \"dev\": \"NODE_TLS_REJECT_UNAUTHORIZED=«0» vite\"}}\n"},
				{"server.js", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = \"«0»\";\nprocess.env['NODE_TLS_REJECT_UNAUTHORIZED'] = «0»;\n"},
				{".env", "NODE_TLS_REJECT_UNAUTHORIZED=«0»\n"},
				{"run.ps1", "$env:NODE_TLS_REJECT_UNAUTHORIZED = \"«0»\"\n"},
				{"run.bat", "set NODE_TLS_REJECT_UNAUTHORIZED=«0»\r\n"},
			},
			Good: []Example{
				{"start.sh", "export NODE_TLS_REJECT_UNAUTHORIZED=1\nunset NODE_TLS_REJECT_UNAUTHORIZED\nexport NODE_TLS_REJECT_UNAUTHORIZED=false\n"},
				{"start.sh", "export MY_NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_TLS_REJECT_UNAUTHORIZED_X=0\n"},
				{"server.js", "if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') { throw new Error(); }\ndelete process.env.NODE_TLS_REJECT_UNAUTHORIZED;\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NODE-002", Title: "Node.js speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS 1.0 and 1.1 have breaks that let someone on the way read or change what is sent. Node.js takes TLS 1.2 or later by itself.",
				Fix:        "Remove the option. The other side must speak TLS 1.2 first; `muxkey probe` shows what it speaks.",
				References: []string{"https://nodejs.org/api/cli.html#--tls-min-v10", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Flags([]string{"node", "nodejs", ""}, "--tls-min-v1.0", "--tls-min-v1.1", "--tls-max-v1.0", "--tls-max-v1.1").Gone(),
				EnvFlags([]string{"NODE_OPTIONS"}, "--tls-min-v1.0", "--tls-min-v1.1"),
			},
			Bad: []Example{
				{"start.sh", "node «--tls-min-v1.0» server.js\nexport NODE_OPTIONS='--max-old-space-size=512 «--tls-min-v1.1»'\n"},
			},
			Good: []Example{
				{"start.sh", "node --tls-min-v1.2 server.js\nexport NODE_OPTIONS=--tls-max-v1.3\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NODE-003", Title: "Deno takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The program, and the code that it imports by address, come from and talk to whoever answers.",
				Fix:        "Remove the option. If a server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and give it with `--cert ca-bundle.pem` or in `DENO_CERT`.",
				References: []string{"https://docs.deno.com/runtime/reference/cli/run/"},
			},
			Match: []*Match{
				FlagsAny([]string{"deno", ""}, "--unsafely-ignore-certificate-errors").Gone(),
			},
			Bad: []Example{
				{"start.sh", "deno run --allow-net «--unsafely-ignore-certificate-errors» main.ts\ndeno run «--unsafely-ignore-certificate-errors=mux.example.com» main.ts\n"},
				{"Dockerfile", "FROM denoland/deno\nCMD [\"deno\", \"run\", \"«--unsafely-ignore-certificate-errors»\", \"main.ts\"]\n"},
			},
			Good: []Example{
				{"start.sh", "deno run --allow-net --cert ca.pem main.ts\n# deno run --unsafely-ignore-certificate-errors\n"},
			},
		},
	}
}
