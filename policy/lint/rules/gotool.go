package rules

import "muxkey/internal/finding"

func gotool() []Rule {
	program := []string{"go"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GOTOOL-001", Title: "Go fetches modules from any server", Severity: finding.Medium, CWE: 295,
				Why:        "For these modules Go checks no certificate, and falls back to http. Who answers decides what is built, unless the checksum is known already.",
				Fix:        "Remove the setting, and give the server's CA to the system: `muxkey trust build ca.pem --target debian -o ca` or `--target rhel`. For modules that must not be asked for in public, `GOPRIVATE` is right.",
				References: []string{"https://go.dev/ref/mod#environment-variables", "https://go.dev/ref/mod#private-module-privacy"},
			},
			Match: []*Match{
				Env(Not(Empty), "GOINSECURE"),
				SetBy(Not(Empty), program, "GOINSECURE"),
				EnvFlags([]string{"GOFLAGS"}, "-insecure", "--insecure"),
				Args(optionAmong("-insecure", "--insecure"), "go", "get").Hinting("insecure$").With("go get", `"get"`, "'get'", "- get").Gone(),
			},
			Bad: []Example{
				{"build.sh", "export GOINSECURE=«git.example.com/*»\ngo env -w GOINSECURE=«git.example.com»\ngo get «-insecure» git.example.com/a\n"},
				{"Dockerfile", "FROM golang:1.26\nENV GOINSECURE=\"«*.example.com»\"\nENV GOFLAGS=\"-mod=mod «-insecure»\"\n"},
			},
			Good: []Example{
				{"build.sh", "export GOPRIVATE=git.example.com GONOPROXY=git.example.com\nexport GOINSECURE=\nexport GOINSECURE=$HOSTS\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GOTOOL-002", Title: "Go does not compare modules with the public checksums", Severity: finding.Low, CWE: 345,
				Why:        "A proxy or a server can give out other code than everybody else gets, the first time a module is fetched.",
				Fix:        "Remove the setting; name modules of your own in `GOPRIVATE`, which leaves the check on for all others.",
				References: []string{"https://go.dev/ref/mod#checksum-database"},
			},
			Match: []*Match{
				Env(OneOf("off"), "GOSUMDB"),
				SetBy(OneOf("off"), program, "GOSUMDB"),
				Env(Exactly("*"), "GONOSUMDB", "GONOSUMCHECK"),
				Env(Exactly("1"), "GONOSUMCHECK"),
			},
			Bad: []Example{
				{"build.sh", "export GOSUMDB=«off»\ngo env -w GOSUMDB=«off»\nGONOSUMDB='«*»' go build\n"},
			},
			Good: []Example{
				{"build.sh", "export GOSUMDB=sum.golang.org GONOSUMDB=git.example.com GOPRIVATE=git.example.com\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GOTOOL-003", Title: "Go fetches modules from a proxy without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Modules can be changed on the way. The checksum database guards those that it knows, and no others.",
				Fix:        "Write https in the address of the proxy.",
				References: []string{"https://go.dev/ref/mod#goproxy-protocol"},
			},
			Match: []*Match{
				Env(plainHTTP, "GOPROXY"),
				SetBy(plainHTTP, program, "GOPROXY"),
			},
			Bad: []Example{
				{"build.sh", "export GOPROXY=«http://goproxy.example.com,direct»\n"},
			},
			Good: []Example{
				{"build.sh", "export GOPROXY=https://proxy.golang.org,direct\nexport GOPROXY=http://localhost:3000\n"},
			},
		},
	}
}
