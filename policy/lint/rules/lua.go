package rules

import "muxkey/internal/finding"

func lua() []Rule {
	no := Literal("false", "0", "nil")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-LUA-001", Title: "Lua client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Ask for the check: verify = \"peer\" (LuaSec), ssl_verify = true (OpenResty). If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem`, and name it as cafile, or in lua_ssl_trusted_certificate.",
				References: []string{"https://github.com/brunoos/luasec/wiki", "https://github.com/ledgetech/lua-resty-http#connect", "https://github.com/openresty/lua-nginx-module#tcpsocksslhandshake"},
			},
			Match: []*Match{
				Field(Exactly("none"), "verify").In("lua").Using("ssl", "ssl.https", "https", "newcontext", "wrap").Hinting("verify"),
				Field(Literal("false", "0"), "ssl_verify", "ssl_verifypeer", "verify_ssl", "tls_verify").In("lua").Or("true"),
				Call([]string{"sslhandshake"}, nil, nil, Literal("false")).In("lua").Or("true"),
				Call([]string{".setopt_ssl_verifypeer", "setopt_ssl_verifypeer"}, no).In("lua").Or("true"),
				Option("setopt", no, "OPT_SSL_VERIFYPEER", "curl.OPT_SSL_VERIFYPEER").In("lua").Or("true"),
			},
			Bad: []Example{
				{"fetch.lua", "local https = require(\"ssl.https\")\nlocal r = https.request{ url = url, verify = \"«none»\" }\n"},
				{"fetch.lua", "local params = {\n  mode = \"client\",\n  protocol = \"any\",\n  verify = '«none»',\n}\nlocal ssl = require('ssl')\nlocal c = ssl.wrap(s, params)\n"},
				{"fetch.lua", "local res, err = httpc:request_uri(url, {\n  method = \"GET\",\n  ssl_verify = «false»,\n})\nlocal ok = sock:sslhandshake(nil, host, «false»)\n"},
				{"fetch.lua", "c:setopt_ssl_verifypeer(«false»)\n"},
			},
			Good: []Example{
				{"fetch.lua", "local res = httpc:request_uri(url, { ssl_verify = true })\n-- ssl_verify = false\n--[[ ssl_verify = false ]]\nlocal s = \"ssl_verify = false\"\nif conf.ssl_verify == false then error() end\n"},
				{"fetch.lua", "local ssl = require('ssl')\nlocal c = ssl.wrap(s, { mode = \"client\", verify = \"peer\", cafile = \"ca.pem\" })\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-LUA-002", Title: "Lua client does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Set ssl_verifyhost to 2, or remove it.",
				References: []string{"https://github.com/Lua-cURL/Lua-cURLv3"},
			},
			Match: []*Match{
				Field(Literal("false", "0"), "ssl_verifyhost").In("lua").Or("2"),
				Call([]string{"setopt_ssl_verifyhost"}, no).In("lua").Or("2"),
				Option("setopt", no, "OPT_SSL_VERIFYHOST", "curl.OPT_SSL_VERIFYHOST").In("lua").Or("2"),
			},
			Bad: []Example{
				{"fetch.lua", "local c = curl.easy{ url = url, ssl_verifyhost = «0» }\nc:setopt_ssl_verifyhost(«0»)\n"},
			},
			Good: []Example{
				{"fetch.lua", "local c = curl.easy{ url = url, ssl_verifyhost = 2 } -- not 0\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-LUA-003", Title: "Lua program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Set protocol to \"tlsv1_2\", or to \"any\" with options for what to leave out. Peers that speak nothing newer must be updated first.",
				References: []string{"https://github.com/brunoos/luasec/wiki", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{Field(Exactly("sslv2", "sslv3", "tlsv1", "tlsv1_1"), "protocol", "ssl_protocol").In("lua")},
			Bad: []Example{
				{"fetch.lua", "local params = { mode = \"client\", protocol = \"«tlsv1»\" }\n"},
			},
			Good: []Example{
				{"fetch.lua", "local params = { mode = \"client\", protocol = \"tlsv1_2\", options = {\"all\", \"no_sslv3\"} } -- not \"tlsv1\"\n"},
			},
		},
	}
}
