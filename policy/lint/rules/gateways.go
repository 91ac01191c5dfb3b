package rules

import "muxkey/internal/finding"

func gateways() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GATEWAYS-001", Title: "an API gateway takes any certificate from the services behind it", Severity: finding.High, CWE: 295,
				Why:        "The gateway sends requests, with the tokens in them, to whoever answers for the service. The encryption behind it protects nothing then.",
				Fix:        "Switch the check on, and give the gateway the CA: `ca_certificates` in Kong, `ca_certs` in KrakenD's `client_tls`, `ssl_trusted_certificate` in APISIX; Tyk takes the CAs of its system. For a private one: `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://developer.konghq.com/gateway/entities/service/", "https://apisix.apache.org/docs/apisix/admin-api/#upstream", "https://tyk.io/docs/tyk-oss-gateway/configuration/", "https://www.krakend.io/docs/service-settings/tls/", "https://docs.pingidentity.com/pinggateway/2024.9/reference/TrustAllManager.html"},
			},
			Match: []*Match{
				// Kong
				Key(False, "services.tls_verify", "konghq.com/tls-verify").In("yaml", "json").Or("true"),
				Key(False, "pg_ssl_verify", "cassandra_ssl_verify").Or("on"),
				Key(False, "nginx_proxy_proxy_ssl_verify").Or("on"),
				Pair(False, "tls_verify").If(mentions("/services")).Or("true"),
				// Kong and APISIX
				Within("plugin", False, "ssl_verify").In("yaml", "json").Or("true"),
				Key(False, "upstream.tls.verify", "upstreams.tls.verify", "etcd.tls.verify").In("yaml", "json").Hinting("upstream", "etcd").Or("true"),
				// Tyk
				Key(True, "ssl_insecure_skip_verify").If(not(inPath("oauth2"))).Or("false"),
				// KrakenD
				Key(True, "allow_insecure_connections").If(spelt("allow_insecure_connections")).Or("false"),
				// PingGateway
				Key(OneOf("TrustAllManager"), "trustManager.type", "trustManager").In("json"),
			},
			Bad: []Example{
				{"kong.yaml", "services:\n  - name: app\n    url: https://app.example.com\n    tls_verify: «false»\n    plugins:\n      - name: openid-connect\n        config:\n          ssl_verify: «false»\n"},
				{"kong.conf", "pg_ssl = on\npg_ssl_verify = «off»\n"},
				{"kong.env", "KONG_PG_SSL_VERIFY=«off»\n"},
				{"svc.yaml", "kind: Service\nmetadata:\n  annotations:\n    konghq.com/tls-verify: \"«false»\"\n"},
				{"setup.sh", "curl -X PATCH https://kong.example.com:8444/services/app -d tls_verify=«false»\n"},
				{"apisix/config.yaml", "deployment:\n  etcd:\n    tls:\n      verify: «false»\n"},
				{"route.json", "{\"plugins\": {\"forward-auth\": {\"ssl_verify\": «false»}}, \"upstream\": {\"scheme\": \"https\", \"tls\": {\"verify\": «false»}}}\n"},
				{"tyk.conf.json", "{\"proxy_ssl_insecure_skip_verify\": «true»}\n"},
				{"api.json", "{\"proxy\": {\"transport\": {\"ssl_insecure_skip_verify\": «true»}}}\n"},
				{"krakend.json", "{\"client_tls\": {\"allow_insecure_connections\": «true»}}\n"},
				{"ping.json", "{\"tls\": {\"type\": \"ClientTlsOptions\", \"config\": {\"trustManager\": {\"type\": \"«TrustAllManager»\"}}}}\n"},
			},
			Good: []Example{
				{"kong.yaml", "services:\n  - name: app\n    tls_verify: true\n    tls_verify_depth: 2\n    plugins:\n      - config: {ssl_verify: true}\n"},
				{"tyk.json", "{\"proxy_ssl_insecure_skip_verify\": false}\n"},
				{"krakend.json", "{\"client_tls\": {\"allow_insecure_connections\": false, \"ca_certs\": [\"ca.pem\"]}}\n"},
				{"schema.json", "{\"properties\": {\"allow_insecure_connections\": {\"type\": \"boolean\", \"default\": false}}}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GATEWAYS-002", Title: "an API gateway does not look at the name in a certificate", Severity: finding.High, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for any service. Who holds one for a host of their own can stand in for it.",
				Fix:        "Write STRICT, and have the certificates issued for the names that the gateway calls.",
				References: []string{"https://docs.pingidentity.com/pinggateway/2024.9/reference/TrustAllManager.html"},
			},
			Match: []*Match{
				Key(OneOf("ALLOW_ALL"), "hostnameVerifier").In("json"),
			},
			Bad:  []Example{{"ping.json", "{\"tls\": {\"config\": {\"hostnameVerifier\": \"«ALLOW_ALL»\"}}}\n"}},
			Good: []Example{{"ping.json", "{\"tls\": {\"config\": {\"hostnameVerifier\": \"STRICT\"}}}\n"}},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GATEWAYS-003", Title: "an API gateway takes the keys that check its tokens over plain text", Severity: finding.Medium, CWE: 319,
				Why:        "Who can change the answer gives the gateway keys of their own, and then makes tokens that it accepts.",
				Fix:        "Remove the line and fetch the keys by https.",
				References: []string{"https://www.krakend.io/docs/authorization/jwt-validation/"},
			},
			Match: []*Match{
				Key(True, "disable_jwk_security").Or("false"),
			},
			Bad:  []Example{{"krakend.json", "{\"auth/validator\": {\"jwk_url\": \"http://id.example.com/jwks\", \"disable_jwk_security\": «true»}}\n"}},
			Good: []Example{{"krakend.json", "{\"auth/validator\": {\"disable_jwk_security\": false}}\n"}},
		},
	}
}
