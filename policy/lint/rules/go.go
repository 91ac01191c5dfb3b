package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func golang() []Rule {
	yes := Literal("true")
	oldTLSWords := []string{"versionssl30", "versiontls10", "versiontls11", "0x30", "0x030", "768,", "769,", "770,", "768}", "769}", "770}", "768\n", "769\n", "770\n"}
	oldTLS := Any(Dotted("VersionSSL30", "VersionTLS10", "VersionTLS11"), Literal("0x0300", "0x0301", "0x0302", "0x300", "0x301", "0x302", "768", "769", "770"))
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GO-001", Title: "Go program takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the field. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and load that into RootCAs; if the name differs, set ServerName.",
				References: []string{"https://pkg.go.dev/crypto/tls#Config", "https://pkg.go.dev/crypto/tls#example-Config-VerifyConnection"},
			},
			Match: []*Match{
				FieldWhere(yes, func(f *syntax.File, s *syntax.Setting) bool { return !ownCheck(f, s) }, "InsecureSkipVerify").In("go").Or("false"),
				FieldWhere(yes, ownCheck, "InsecureSkipVerify").In("go").
					As(finding.Low, "Go program checks certificates by a function of its own"),
				Field(yes, "InsecureSkipTLSVerify", "InsecureSkipTLSverify", "InsecureSkipTLS", "SkipTLSVerify", "TLSSkipVerify", "InsecureTLS", "TLSInsecureSkipVerify", "InsecureTLSSkipVerify").In("go").Or("false"),
				FieldWhere(yes, func(_ *syntax.File, s *syntax.Setting) bool {
					return strings.HasSuffix(s.Callee, "TLSClientConfig") || strings.HasSuffix(s.Callee, "api.TLSConfig") ||
						len(s.Path) > 1 && s.Path[len(s.Path)-2] == "TLSClientConfig"
				}, "Insecure").In("go").Or("false").Hinting("tlsclientconfig", "tlsconfig"),
				Call([]string{"govmomi.NewClient"}, nil, nil, yes).In("go").Or("false"),
				Call([]string{"soap.NewClient"}, nil, yes).In("go").Using("vim25", "govmomi").Or("false"),
			},
			Bad: []Example{
				{"client.go", "package mux\n\nvar c = &tls.Config{InsecureSkipVerify: «true»}\n"},
				{"client.go", "package mux\n\nfunc f() {\n\tc := &http.Client{\n\t\tTransport: &http.Transport{\n\t\t\tTLSClientConfig: &tls.Config{\n\t\t\t\tMinVersion: tls.VersionTLS12,\n\t\t\t\tInsecureSkipVerify: /* for now */ «true»,\n\t\t\t},\n\t\t},\n\t}\n}\n"},
				{"client.go", "package mux\n\nfunc f() {\n\thttp.DefaultTransport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = «true»\n}\n"},
				{"client.go", "package mux\n\nfunc f() {\n\tcfg.InsecureSkipVerify = «!false»\n}\n"},
				{"client.go", "package mux\n\nconst skip = true\n\nvar c = tls.Config{InsecureSkipVerify: «skip»}\n"},
				{"client.go", "package mux\n\nvar c = tls.Config{InsecureSkipVerify: «true», VerifyConnection: func(tls.ConnectionState) error { return nil }}\n"},
				{"client.go", "package mux\n\nvar c = tls.Config{InsecureSkipVerify: «true», VerifyPeerCertificate: verifyChain}\n"},
				{"kube.go", "package mux\n\nvar c = rest.Config{Host: host, TLSClientConfig: rest.TLSClientConfig{Insecure: «true»}}\n"},
				{"kube.go", "package mux\n\nfunc f() {\n\tconfig.TLSClientConfig.Insecure = «true»\n\tcluster.InsecureSkipTLSVerify = «true»\n}\n"},
				{"vault.go", "package mux\n\nfunc f() {\n\tcfg.ConfigureTLS(&api.TLSConfig{Insecure: «true»})\n}\n"},
				{"clone.go", "package mux\n\nvar o = &git.CloneOptions{URL: u, InsecureSkipTLS: «true»}\n"},
				{"vsphere.go", "package mux\n\nfunc f() {\n\tc, err := govmomi.NewClient(ctx, u, «true»)\n}\n"},
			},
			Good: []Example{
				{"client.go", "package mux\n\nvar c = &tls.Config{InsecureSkipVerify: false, RootCAs: pool}\n"},
				{"client.go", "package mux\n\n// InsecureSkipVerify: true is what nobody should write.\n/* cfg.InsecureSkipVerify = true */\nvar c = &tls.Config{RootCAs: pool}\n"},
				{"client.go", "package mux\n\nvar doc = \"InsecureSkipVerify: true\"\n\nvar raw = `InsecureSkipVerify: true`\n"},
				{"client.go", "package mux\n\nvar c = &tls.Config{InsecureSkipVerify: !true}\n\nvar d = &tls.Config{InsecureSkipVerify: !opts.Verify}\n\nvar e = &tls.Config{InsecureSkipVerify: opts.Insecure}\n"},
				{"client.go", "package mux\n\ntype Options struct {\n\tInsecureSkipVerify bool `yaml:\"insecureSkipVerify\" default:\"true\"`\n}\n"},
				{"client.go", "package mux\n\nfunc f() {\n\tflag.BoolVar(&o.InsecureSkipVerify, \"insecure\", false, \"take any certificate\")\n\tif cfg.InsecureSkipVerify == true || cfg.InsecureSkipVerify {\n\t\tlog.Print(\"insecure\")\n\t}\n}\n"},
				{"client_test.go", "package mux\n\nfunc TestDefault(t *testing.T) {\n\tassert.Equal(t, true, cfg.InsecureSkipVerify)\n\tif cfg.InsecureSkipVerify != true {\n\t\tt.Fatal()\n\t}\n}\n"},
				{"client.go", "package mux\n\nvar o = Options{Insecure: true}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GO-002", Title: "Go program talks gRPC or telemetry in plaintext", Severity: finding.Medium, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Use credentials.NewClientTLSFromFile or credentials.NewTLS; for a private CA make the file with `muxkey trust build ca.pem -o ca-bundle.pem`. Where a service mesh encrypts, say so with a suppression.",
				References: []string{"https://pkg.go.dev/google.golang.org/grpc/credentials", "https://pkg.go.dev/google.golang.org/grpc/credentials/insecure"},
			},
			Match: []*Match{
				Call([]string{"grpc.WithInsecure"}).In("go").Without("bufconn", "unix"),
				grpcInsecure().In("go").Without("bufconn", "unix"),
				Call([]string{
					"otlptracegrpc.WithInsecure", "otlptracehttp.WithInsecure", "otlpmetricgrpc.WithInsecure", "otlpmetrichttp.WithInsecure",
					"otlploggrpc.WithInsecure", "otlploghttp.WithInsecure",
				}).In("go"),
			},
			Bad: []Example{
				{"dial.go", "package mux\n\nfunc f() {\n\tc, err := grpc.Dial(addr, grpc.«WithInsecure»())\n}\n"},
				{"dial.go", "package mux\n\nfunc f() {\n\tc, err := grpc.NewClient(addr,\n\t\tgrpc.WithTransportCredentials(insecure.«NewCredentials»()),\n\t)\n}\n"},
				{"otel.go", "package mux\n\nfunc f() {\n\te, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(\"otel.example.com:4317\"), otlptracegrpc.«WithInsecure»())\n}\n"},
			},
			Good: []Example{
				{"dial.go", "package mux\n\nfunc f() {\n\tc, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(cfg)))\n}\n"},
				{"dial_test.go", "package mux\n\nimport \"google.golang.org/grpc/test/bufconn\"\n\nfunc f() {\n\tc, err := grpc.NewClient(\"passthrough:///bufnet\", grpc.WithTransportCredentials(insecure.NewCredentials()))\n}\n"},
				{"dial.go", "package mux\n\nfunc f() {\n\tc, err := grpc.NewClient(\"unix:///run/mux.sock\", grpc.WithTransportCredentials(insecure.NewCredentials()))\n}\n"},
				{"dial.go", "package mux\n\n// grpc.WithInsecure() was deprecated.\nfunc WithInsecure() Option { return func(o *options) { o.insecure = true } }\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GO-003", Title: "Go program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Remove the field (Go's own minimum is TLS 1.2), or set it to tls.VersionTLS12. Peers that speak nothing newer must be updated first.",
				References: []string{"https://pkg.go.dev/crypto/tls#Config", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Field(oldTLS, "MinVersion").With(oldTLSWords...).In("go").Or("tls.VersionTLS12"),
				Field(oldTLS, "MaxVersion").With(oldTLSWords...).In("go"),
			},
			Bad: []Example{
				{"server.go", "package mux\n\nvar c = &tls.Config{MinVersion: «tls.VersionTLS10»}\n"},
				{"server.go", "package mux\n\nfunc f() {\n\tc.MinVersion = «tls.VersionSSL30»\n\tc.MaxVersion = «tls.VersionTLS11»\n}\n"},
				{"server.go", "package mux\n\nvar c = &tls.Config{MinVersion: «0x0301»}\n"},
			},
			Good: []Example{
				{"server.go", "package mux\n\nvar c = &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13}\n\nvar d = &tls.Config{MinVersion: 0x0303}\n"},
				{"server.go", "package mux\n\n// MinVersion: tls.VersionTLS10\nvar versions = map[string]uint16{\"1.0\": tls.VersionTLS10, \"1.2\": tls.VersionTLS12}\n\nfunc f() bool { return c.MinVersion == tls.VersionTLS10 }\n"},
				{"server.go", "package mux\n\nvar o = Options{MinVersion: \"0x0301\"}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GO-004", Title: "Go program offers weak ciphers", Severity: finding.Medium, CWE: 327,
				Why:        whyWeak,
				Fix:        "Remove the field CipherSuites, so that Go chooses, or leave only names with ECDHE and GCM or CHACHA20 in it.",
				References: []string{"https://pkg.go.dev/crypto/tls#InsecureCipherSuites"},
			},
			Match: []*Match{goWeakSuites().In("go")},
			Bad: []Example{
				{"server.go", "package mux\n\nvar c = &tls.Config{\n\tCipherSuites: []uint16{\n\t\ttls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\n\t\ttls.«TLS_RSA_WITH_RC4_128_SHA»,\n\t\ttls.«TLS_RSA_WITH_3DES_EDE_CBC_SHA»,\n\t},\n}\n"},
				{"server.go", "package mux\n\nfunc f() {\n\tcfg.CipherSuites = []uint16{tls.«TLS_ECDHE_ECDSA_WITH_RC4_128_SHA»}\n}\n"},
			},
			Good: []Example{
				{"server.go", "package mux\n\nvar c = &tls.Config{CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}\n"},
				{"names.go", "package mux\n\nvar names = map[uint16]string{tls.TLS_RSA_WITH_RC4_128_SHA: \"TLS_RSA_WITH_RC4_128_SHA\"}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GO-005", Title: "Go program takes any SSH host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Use knownhosts.New with a known_hosts file, or ssh.FixedHostKey with the server's key.",
				References: []string{"https://pkg.go.dev/golang.org/x/crypto/ssh#InsecureIgnoreHostKey", "https://pkg.go.dev/golang.org/x/crypto/ssh/knownhosts"},
			},
			Match: []*Match{
				Call([]string{"ssh.InsecureIgnoreHostKey", "gossh.InsecureIgnoreHostKey", "cryptossh.InsecureIgnoreHostKey", "xssh.InsecureIgnoreHostKey"}).In("go"),
				Callback([]string{"nil"}, "HostKeyCallback").In("go"),
			},
			Bad: []Example{
				{"ssh.go", "package mux\n\nvar c = &ssh.ClientConfig{HostKeyCallback: ssh.«InsecureIgnoreHostKey»()}\n"},
				{"ssh.go", "package mux\n\nvar c = &ssh.ClientConfig{\n\tUser: \"mux\",\n\tHostKeyCallback: «func(host string, remote net.Addr, key ssh.PublicKey) error {\n\t\treturn nil\n\t}»,\n}\n"},
			},
			Good: []Example{
				{"ssh.go", "package mux\n\nvar c = &ssh.ClientConfig{HostKeyCallback: ssh.FixedHostKey(key)}\n"},
				{"ssh.go", "package mux\n\nvar c = &ssh.ClientConfig{HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {\n\tif !known(host, key) {\n\t\treturn errUnknown\n\t}\n\treturn nil\n}}\n"},
				{"ssh.go", "package mux\n\n// ssh.InsecureIgnoreHostKey() takes any key.\nvar c = &ssh.ClientConfig{HostKeyCallback: callback}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GO-006", Title: "Go program writes the keys of its TLS connections to a file", Severity: finding.Medium, CWE: 532,
				Why:        "Whoever gets the file reads every connection that was recorded, now or later. The field is made for debugging.",
				Fix:        "Remove the field, or set it in debug builds alone.",
				References: []string{"https://pkg.go.dev/crypto/tls#Config"},
			},
			Match: []*Match{
				Field(func(v syntax.Value) bool {
					return v.Form != syntax.Null && v.Text != "nil" && !strings.HasSuffix(v.Text, ".KeyLogWriter") // a copy
				}, "KeyLogWriter").In("go"),
			},
			Bad: []Example{
				{"client.go", "package mux\n\nvar c = &tls.Config{KeyLogWriter: «file»}\n"},
				{"client.go", "package mux\n\nfunc f() {\n\tcfg.KeyLogWriter = «os.Stderr»\n}\n"},
			},
			Good: []Example{
				{"client.go", "package mux\n\n// KeyLogWriter: file\nvar c = &tls.Config{KeyLogWriter: nil}\n\nvar d = &tls.Config{KeyLogWriter: c.KeyLogWriter}\n"},
				{"client.go", "package mux\n\ntype Options struct {\n\tKeyLogWriter io.Writer\n}\n\nfunc f() bool { return c.KeyLogWriter != nil }\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GO-007", Title: "Go program may send mail in plaintext", Severity: finding.Medium, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Use mail.TLSMandatory, which ends the session when the server offers no STARTTLS.",
				References: []string{"https://pkg.go.dev/github.com/wneessen/go-mail#TLSPolicy"},
			},
			Match: []*Match{
				Call([]string{"WithTLSPolicy", "SetTLSPolicy", "WithTLSPortPolicy", "SetTLSPortPolicy"}, Dotted("NoTLS")).In("go"),
				Call([]string{"WithTLSPolicy", "SetTLSPolicy", "WithTLSPortPolicy", "SetTLSPortPolicy"}, Dotted("TLSOpportunistic")).In("go").
					As(finding.Low, "Go program sends mail in plaintext when the server offers no TLS"),
			},
			Bad: []Example{
				{"mail.go", "package mux\n\nfunc f() {\n\tc, err := mail.NewClient(host, mail.WithTLSPolicy(«mail.NoTLS»))\n}\n"},
				{"mail.go", "package mux\n\nfunc f() {\n\tc.SetTLSPolicy(«mail.TLSOpportunistic»)\n}\n"},
			},
			Good: []Example{
				{"mail.go", "package mux\n\nfunc f() {\n\tc.SetTLSPolicy(mail.TLSMandatory) // not mail.NoTLS\n\tif policy == mail.NoTLS {\n\t\treturn\n\t}\n}\n"},
			},
		},
	}
}

// ownCheck tells that a function which does more than to say yes stands beside
// InsecureSkipVerify.
func ownCheck(f *syntax.File, s *syntax.Setting) bool {
	o := sibling(f, s, "VerifyConnection", "VerifyPeerCertificate")
	return o != nil && o.Value.Text != "nil" && !onlyOutcome(f, o.Value.Tokens, "nil")
}

// grpcInsecure is insecure.NewCredentials, with the host where it is dialled.
func grpcInsecure() *Match {
	return &Match{Literals: []string{"newcredentials"}, Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			if c.Name != "insecure.NewCredentials" {
				continue
			}
			report(Hit{Span: c.Span, Host: dialled(f, c.Span)})
		}
	}}
}

// dialled is the host of the call around a place whose arguments name one.
func dialled(f *syntax.File, at syntax.Span) string {
	for _, c := range f.Calls {
		if !slices.Contains([]string{"grpc.Dial", "grpc.DialContext", "grpc.NewClient"}, c.Name) || len(c.Args) == 0 {
			continue
		}
		if last := c.Args[len(c.Args)-1].Value.Span; c.Span.Start > at.Start || last.End < at.End {
			continue
		}
		for _, a := range c.Args {
			if host, _, ok := strings.Cut(a.Value.Text, ":"); ok && a.Value.Form == syntax.Quoted {
				return host
			}
		}
	}
	return ""
}

// goWeakSuites are broken ciphers in a list of CipherSuites.
func goWeakSuites() *Match {
	return &Match{Literals: []string{"ciphersuites"}, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Path[len(s.Path)-1] != "CipherSuites" {
				continue
			}
			for _, t := range f.Tokens[s.Value.Tokens[0]:s.Value.Tokens[1]] {
				if t.Kind == syntax.Name && strings.HasPrefix(t.Text, "TLS_") && (strings.Contains(t.Text, "_RC4_") || strings.Contains(t.Text, "_3DES_")) {
					report(Hit{Span: t.Span})
				}
			}
		}
	}}
}
