package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func browsers() []Rule {
	yes := Literal("true", "True", "TRUE", "1")
	switches := []string{
		"ignore-certificate-errors", "ignore-certificate-errors-spki-list", "ignore-urlfetcher-cert-requests", "allow-insecure-localhost", "ignore-ssl-errors",
	}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-BROWSER-001", Title: "browser takes any certificate", Severity: finding.Medium, CWE: 295,
				Why:        "What the browser shows, and what is typed or filled in, passes through whoever answers for the site. Test accounts and single sign-on cookies get lost this way, and broken certificates are found by the customers.",
				Fix:        "Remove the switch. Give the browser the CA: `muxkey trust build ca.pem --target nss -o nssdb` for Chromium on Linux, `--target chromium` or `--target firefox` for a policy.",
				References: []string{"https://playwright.dev/docs/api/class-browser#browser-new-context", "https://www.w3.org/TR/webdriver2/#capabilities", "https://pptr.dev/api/puppeteer.connectoptions"},
			},
			Match: []*Match{
				Flag("", flags(switches)...),
				switchText(switches),
				Field(yes, "ignoreHTTPSErrors", "ignoreHttpsErrors", "ignore_https_errors", "acceptInsecureCerts", "accept_insecure_certs", "acceptSslCerts", "accept_untrusted_certs",
					"AcceptInsecureCertificates", "AcceptInsecureCerts", "IgnoreHTTPSErrors", "ignoreCertificateErrors", "assume_untrusted_cert_issuer").Or("false"),
				Key(Exactly("true", "True"), "ignoreHTTPSErrors", "acceptInsecureCerts", "acceptSslCerts").In("json", "yaml", "toml", "xml", "properties").Or("false"),
				Call([]string{".setAcceptInsecureCerts", ".setIgnoreHTTPSErrors", ".SetIgnoreCertificateErrors", "security.SetIgnoreCertificateErrors", ".setAcceptUntrustedCertificates", ".acceptInsecureCerts", ".accept_insecure_certs"}, yes).Or("false"),
				Call([]string{".setCapability", ".set_capability", "SetCapability"}, Exactly("acceptInsecureCerts", "acceptSslCerts"), yes).Hinting("acceptinsecurecerts", "acceptsslcerts").Or("false"),
				Uses("ACCEPT_INSECURE_CERTS", "ACCEPT_SSL_CERTS").In("java", "kotlin", "groovy", "scala").As(finding.Info, "browser may take any certificate"),
				Call([]string{"chromedp.IgnoreCertErrors", ".ignoreCertificateErrors"}),
				FieldWhere(yes, calledLike("config"), "trusty").In("javascript").Using("rn-fetch-blob", "react-native-blob-util", "RNFetchBlob", "ReactNativeBlobUtil").Hinting("trusty"),
			},
			Bad: []Example{
				{"run.sh", "chromium --headless «--ignore-certificate-errors» https://mux.example.com\n"},
				{"browser.js", "const browser = await puppeteer.launch({ args: ['--no-sandbox', '«--ignore-certificate-errors»'] });\n"},
				{"browser.js", "const ctx = await browser.newContext({ ignoreHTTPSErrors: «true» });\n"},
				{"playwright.config.ts", "export default defineConfig({\n  use: {\n    ignoreHTTPSErrors: «true»,\n  },\n});\n"},
				{"main.js", "app.commandLine.appendSwitch('«ignore-certificate-errors»');\n"},
				{"browser.py", "options.add_argument(\"«--ignore-certificate-errors»\")\noptions.accept_insecure_certs = «True»\nctx = browser.new_context(ignore_https_errors=«True»)\n"},
				{"Browser.java", "class Browser {\n  void f() {\n    options.setAcceptInsecureCerts(«true»);\n    options.addArguments(\"«--ignore-certificate-errors»\");\n    caps.setCapability(\"acceptInsecureCerts\", «true»);\n  }\n}\n"},
				{"browser.rb", "caps = Selenium::WebDriver::Remote::Capabilities.chrome(accept_insecure_certs: «true»)\n"},
				{"wdio.json", "{\"capabilities\": {\"acceptInsecureCerts\": «true»}}\n"},
				{"browser.go", "package mux\n\nvar o = chromedp.Flag(\"«ignore-certificate-errors»\", true)\n"},
				{"blob.js", "import RNFetchBlob from 'rn-fetch-blob';\nRNFetchBlob.config({ trusty: «true» }).fetch('GET', url);\n"},
			},
			Good: []Example{
				{"browser.js", "const ctx = await browser.newContext({ ignoreHTTPSErrors: false });\n// ignoreHTTPSErrors: true\n/* args: ['--ignore-certificate-errors'] */\n"},
				{"browser.py", "options.accept_insecure_certs = False\n# options.add_argument('--ignore-certificate-errors')\nlog('started with --ignore-certificate-errors, which is wrong')\n"},
				{"run.sh", "echo chromium --ignore-certificate-errors\nchromium --ignore-certificate-errors=false https://mux.example.com\n"},
				{"main.js", "if (app.commandLine.hasSwitch('ignore-certificate-errors')) app.exit(1);\n"},
				{"types.ts", "interface Options {\n  ignoreHTTPSErrors: true | false;\n}\n"},
				{"browser.go", "package mux\n\nvar o = chromedp.Flag(\"ignore-certificate-errors\", false)\n"},
				{"config.js", "RNFetchBlob.config({ trusty: false });\nconst person = { trusty: true };\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BROWSER-002", Title: "Electron app takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the handler. Chromium takes CAs from the system: `muxkey trust build ca.pem --target windows-sst`, `apple-mobileconfig` or `nss` makes what each system needs.",
				References: []string{"https://www.electronjs.org/docs/latest/api/session#sessetcertificateverifyprocproc", "https://www.electronjs.org/docs/latest/api/app#event-certificate-error"},
			},
			Match: []*Match{
				CallbackOf([]string{".setCertificateVerifyProc"}, -1, "cb(0)", "callback(0)", "done(0)", "c(0)", "next(0)").In("javascript"),
				certificateError().In("javascript"),
			},
			Bad: []Example{
				{"main.js", "win.webContents.session.setCertificateVerifyProc(«(request, cb) => cb(0)»);\n"},
				{"main.js", "session.defaultSession.setCertificateVerifyProc(«(request, callback) => {\n  callback(0);\n}»);\n"},
				{"main.js", "app.on('certificate-error', (event, webContents, url, error, certificate, callback) => {\n  event.preventDefault();\n  callback(«true»);\n});\n"},
			},
			Good: []Example{
				{"main.js", "session.defaultSession.setCertificateVerifyProc((request, callback) => {\n  callback(request.hostname === 'mux.example.com' && pinned(request) ? 0 : -2);\n});\nsession.defaultSession.setCertificateVerifyProc(null);\n"},
				{"main.js", "app.on('certificate-error', (event, webContents, url, error, certificate, callback) => {\n  if (certificate.fingerprint === pin) {\n    event.preventDefault();\n    callback(true);\n  } else {\n    callback(false);\n  }\n});\n"},
				{"main.js", "app.on('certificate-error', (event, webContents, url, error, certificate, callback) => {\n  callback(false); // not true\n});\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BROWSER-003", Title: "browser runs scripts that came in plaintext", Severity: finding.Low, CWE: 319,
				Why:        "A script that came over HTTP can be changed on its way, and then acts for the page that came over HTTPS. All that the page may do is then the attacker's.",
				Fix:        "Remove the switch, and load everything over HTTPS.",
				References: []string{"https://www.electronjs.org/docs/latest/tutorial/security#8-do-not-enable-allowrunninginsecurecontent"},
			},
			Match: []*Match{
				Field(yes, "allowRunningInsecureContent").Or("false"),
				Flag("", "--allow-running-insecure-content"),
				switchText([]string{"allow-running-insecure-content"}),
			},
			Bad: []Example{
				{"main.js", "const win = new BrowserWindow({ webPreferences: { allowRunningInsecureContent: «true» } });\n"},
				{"browser.py", "options.add_argument('«--allow-running-insecure-content»')\n"},
				{"run.sh", "chromium «--allow-running-insecure-content» https://mux.example.com\n"},
			},
			Good: []Example{
				{"main.js", "const win = new BrowserWindow({ webPreferences: { allowRunningInsecureContent: false } });\n// allowRunningInsecureContent: true\n"},
			},
		},
	}
}

func flags(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "--" + n
	}
	return out
}

// switchText is a switch of Chromium as a text in source code, alone: in a list
// of arguments, or given to a function that sets it.
func switchText(names []string) *Match {
	var hints []string
	for _, n := range names {
		hints = append(hints, squeeze(n))
	}
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		for i, t := range f.Tokens {
			if t.Kind != syntax.String {
				continue
			}
			name, value, _ := strings.Cut(strings.TrimLeft(t.Text, "-"), "=")
			if !slices.Contains(names, name) || value == "false" || value == "0" {
				continue
			}
			if i >= 2 && f.Tokens[i-1].Text == "(" && slices.ContainsFunc([]string{"has", "get", "remove", "delete", "log", "print", "echo", "includes", "contains", "equal", "expect", "indexOf"}, func(word string) bool {
				return strings.Contains(strings.ToLower(f.Tokens[i-2].Text), strings.ToLower(word))
			}) {
				continue
			}
			if i+2 < len(f.Tokens) && f.Tokens[i+1].Text == "," && slices.Contains([]string{"false", "False", "0"}, f.Tokens[i+2].Text) {
				continue
			}
			report(Hit{Span: t.Span})
		}
	}}
}

// certificateError finds the handler of Electron's event that has no condition,
// and says yes.
func certificateError() *Match {
	return &Match{Literals: []string{"certificateerror"}, Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			if len(c.Args) < 2 || c.Args[0].Value.Text != "certificate-error" {
				continue
			}
			body := f.Tokens[c.Args[1].Value.Tokens[0]:c.Args[1].Value.Tokens[1]]
			if slices.ContainsFunc(body, func(t syntax.Token) bool {
				return slices.Contains([]string{"if", "switch", "?", "&&", "||", "case"}, t.Text)
			}) {
				continue
			}
			for i, t := range body {
				if t.Text == "true" && i > 1 && body[i-1].Text == "(" && body[i-2].Kind == syntax.Name {
					report(Hit{Span: t.Span})
				}
			}
		}
	}}
}
