package rules

import "muxkey/internal/finding"

// others are languages with a few rules each.
func others() []Rule {
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-R-001", Title: "R client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "give it as cainfo.",
				References: []string{"https://httr.r-lib.org/reference/config.html", "https://httr2.r-lib.org/reference/req_options.html", "https://jeroen.r-universe.dev/curl/doc/manual.html"},
			},
			Match: []*Match{
				Field(Literal("0", "0L", "FALSE", "F"), "ssl_verifypeer", "ssl.verifypeer").In("r").Or("TRUE"),
				Field(Literal("0", "0L", "FALSE", "F"), "ssl_verifyhost", "ssl.verifyhost").In("r").Or("2L").As("", "R client does not check the host name"),
			},
			Bad: []Example{
				{"fetch.R", "r <- GET(url, config(ssl_verifypeer = «0L»))\nset_config(config(ssl_verifypeer = «FALSE», ssl_verifyhost = «0»))\n"},
				{"fetch.R", "x <- getURL(url, ssl.verifypeer = «FALSE»)\ncurl::handle_setopt(h, ssl_verifypeer = «0»)\n"},
			},
			Good: []Example{
				{"fetch.R", "r <- GET(url, config(ssl_verifypeer = 1L, ssl_verifyhost = 2L))\n# config(ssl_verifypeer = 0L)\nx <- \"ssl_verifypeer = 0L\"\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HASKELL-001", Title: "Haskell client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Use False, or a TLSSettings with a CertificateStore. " + bundle + "read it with readCertificateStore.",
				References: []string{"https://hackage.haskell.org/package/crypton-connection/docs/Network-Connection.html", "https://hackage.haskell.org/package/HsOpenSSL/docs/OpenSSL-Session.html"},
			},
			Match: []*Match{
				Sequence("TLSSettingsSimple", "True").In("haskell").Or("False"),
				Field(Literal("True"), "settingDisableCertificateValidation").In("haskell").Or("False"),
				Sequence("contextSetVerificationMode", "", "VerifyNone").In("haskell"),
				Sequence("contextSetVerificationMode", "", "", ".", "VerifyNone").In("haskell"),
				Sequence("onServerCertificate", "=", `\`, "", "", "", "", "->", "return", "[", "]").In("haskell"),
			},
			Bad: []Example{
				{"Client.hs", "settings = mkManagerSettings (TLSSettingsSimple «True» False False) Nothing\n"},
				{"Client.hs", "settings = TLSSettingsSimple { settingDisableCertificateValidation = «True», settingDisableSession = False }\n"},
				{"Client.hs", "setup = SSL.contextSetVerificationMode ctx SSL.«VerifyNone»\n"},
			},
			Good: []Example{
				{"Client.hs", "settings = mkManagerSettings (TLSSettingsSimple False False False) Nothing\n-- TLSSettingsSimple True False False\n{- TLSSettingsSimple True False False -}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CLOJURE-001", Title: "Clojure client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. If the server's CA is a private one, make a trust store with `muxkey trust build ca.pem --target pkcs12 -o trust.p12`, and name that as :trust-store.",
				References: []string{"https://github.com/dakrone/clj-http#keystores-trust-stores", "https://github.com/http-kit/http-kit"},
			},
			Match: []*Match{
				Sequence("insecure? insecure-skip-verify? trust-all? :insecure? :trust-all?", "true").In("clojure").Hinting("insecure", "trustall").Or("false"),
			},
			Bad: []Example{
				{"client.clj", "(client/get url {:insecure? «true» :as :json})\n"},
			},
			Good: []Example{
				{"client.clj", "(client/get url {:insecure? false})\n; {:insecure? true}\n(println \":insecure? true\")\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JULIA-001", Title: "Julia client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "name it in JULIA_SSL_CA_ROOTS_PATH.",
				References: []string{"https://juliaweb.github.io/HTTP.jl/stable/client/", "https://github.com/JuliaLang/NetworkOptions.jl"},
			},
			Match: []*Match{
				Field(Literal("false"), "require_ssl_verification").In("julia").Or("true"),
				Env(Some, "JULIA_SSL_NO_VERIFY_HOSTS", "JULIA_NO_VERIFY_HOSTS"),
				Call([]string{"authmode!"}, nil, Dotted("MBEDTLS_SSL_VERIFY_NONE")).In("julia").Hinting("authmode"),
			},
			Bad: []Example{
				{"fetch.jl", "r = HTTP.get(url; require_ssl_verification = «false»)\n"},
				{"run.sh", "export JULIA_SSL_NO_VERIFY_HOSTS='«**.example.com»'\n"},
			},
			Good: []Example{
				{"fetch.jl", "r = HTTP.get(url; require_ssl_verification = true)\n# require_ssl_verification = false\n#= require_ssl_verification = false =#\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-VBA-001", Title: "VBA or script of Windows takes any certificate", Severity: finding.Medium, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. Put a private CA into the system's store: `muxkey trust build ca.pem --target windows-sst -o ca.sst`.",
				References: []string{"https://learn.microsoft.com/en-us/previous-versions/windows/desktop/ms763811(v=vs.85)", "https://learn.microsoft.com/en-us/windows/win32/winhttp/winhttprequestoption"},
			},
			Match: []*Match{
				Call([]string{"setOption", "SetOption"}, Any(Literal("2"), Dotted("SXH_OPTION_IGNORE_SERVER_SSL_CERT_ERROR_FLAGS")), Any(Literal("13056"), Dotted("SXH_SERVER_CERT_IGNORE_ALL_SERVER_ERRORS"))).With("setoption$").Hinting("13056", "sxhservercertignoreallservererrors"),
				Sequence("Option", "(", "4", ")", "=", "13056").Hinting("13056").With("xmlhttp", "winhttp"),
			},
			Bad: []Example{
				{"fetch.vbs", "Set http = CreateObject(\"MSXML2.ServerXMLHTTP.6.0\")\nhttp.setOption 2, «13056»\nhttp.setOption(2, «13056»)\n"},
				{"fetch.bas", "Set req = CreateObject(\"WinHttp.WinHttpRequest.5.1\")\nreq.Option(4) = «13056»\n"},
			},
			Good: []Example{
				{"fetch.vbs", "' http.setOption 2, 13056\nx = 13056\nhttp.setOption 3, 13056\nprice.setAmount 2, 13056\n"},
			},
		},
	}
}
