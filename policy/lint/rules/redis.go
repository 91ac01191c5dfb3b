package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func redis() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-REDIS-001", Title: "a Redis client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The client sends its password to whoever answers for the server, and takes sessions and cached data from there.",
				Fix:        "Write `ssl_cert_reqs=required` and `ssl_ca_certs`, in redis-cli `--cacert`. For a private CA: `muxkey trust build ca.pem --target pem -o redis-ca.pem`.",
				References: []string{"https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/", "https://redis.readthedocs.io/en/stable/examples/ssl_connection_examples.html", "https://redisson.pro/docs/configuration/"},
			},
			Match: []*Match{
				Flags([]string{"redis-cli", "valkey-cli", "redis-benchmark", "valkey-benchmark", "keydb-cli"}, "--insecure"),
				Key(noCertificate, "ssl_cert_reqs"),
				Assign(noCertificate, "ssl_cert_reqs"),
				Param([]string{"redis", "rediss"}, OneOf("NONE", "false"), "verifyPeer"),
				Key(OneOf("NONE"), "sslVerificationMode").In("yaml", "json", "properties").If(mentions("redis")).Or("STRICT"),
				Key(True, "redis_exporter_skip_tls_verification").Or("false"),
				Flags([]string{"redis_exporter", "redis-exporter"}, "--skip-tls-verification", "-skip-tls-verification"),
			},
			Bad: []Example{
				{"ping.sh", "redis-cli --tls «--insecure» -h cache.example.com ping\n"},
				{"app.env", "REDIS_URL=rediss://cache.example.com:6379/0?ssl_cert_reqs=«none»\nBROKER=rediss://cache.example.com/0?ssl_cert_reqs=«CERT_NONE»\n"},
				{"app.yaml", "cache:\n  ssl_cert_reqs: «None»\n"},
				{"redisson.yaml", "singleServerConfig:\n  address: rediss://cache.example.com:6379\nsslVerificationMode: «NONE»\n"},
				{"cache.py", "r = redis.Redis(host=h, ssl=True, ssl_cert_reqs=«None»)\ns = redis.Redis(host=h, ssl=True, ssl_cert_reqs='«none»')\n"},
				{"celery.py", "app.conf.broker_use_ssl = {'ssl_cert_reqs': «ssl.CERT_NONE»}\n"},
				{"exporter.env", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION=«true»\n"},
			},
			Good: []Example{
				{"app.env", "REDIS_URL=rediss://cache.example.com:6379/0?ssl_cert_reqs=required\nLOCAL=redis://localhost\n"},
				{"redis.conf", "tls-auth-clients no\n"},
				{"ping.sh", "redis-cli --tls --cacert ca.pem -h cache.example.com ping\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-REDIS-002", Title: "a Redis client does not look at the name in a certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Any certificate of a trusted CA is good for the server, and everybody can have one for a host of their own.",
				Fix:        "Remove it, and have the server's certificate issued for the name that clients call.",
				References: []string{"https://redis.readthedocs.io/en/stable/examples/ssl_connection_examples.html", "https://redisson.pro/docs/configuration/"},
			},
			Match: []*Match{
				Param([]string{"redis", "rediss"}, False, "ssl_check_hostname").Or("true"),
				Assign(False, "ssl_check_hostname").Or("True"),
				Key(False, "sslEnableEndpointIdentification").Or("true"),
				Key(OneOf("CA_ONLY"), "sslVerificationMode").In("yaml", "json", "properties").If(mentions("redis")).Or("STRICT"),
			},
			Bad: []Example{
				{"app.env", "REDIS_URL=rediss://cache.example.com:6379/0?ssl_check_hostname=«false»\n"},
				{"redisson.yaml", "singleServerConfig:\n  sslEnableEndpointIdentification: «false»\n"},
				{"cache.py", "r = redis.Redis(host=h, ssl=True, ssl_check_hostname=«False»)\n"},
			},
			Good: []Example{
				{"redisson.yaml", "singleServerConfig:\n  sslEnableEndpointIdentification: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-REDIS-003", Title: "Redis speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2 has known attacks and rests on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `tls-protocols \"TLSv1.2 TLSv1.3\"`.",
				References: []string{"https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "tls-protocols").At("*redis*", "*valkey*", "*redis*/*", "*valkey*/*"),
				Picked(brokenCiphers, "tls-ciphers").At("*redis*", "*valkey*", "*redis*/*", "*valkey*/*"),
			},
			Bad:  []Example{{"redis.conf", "tls-protocols \"«TLSv1.1» TLSv1.2\"\ntls-ciphers HIGH:«RC4»\n"}},
			Good: []Example{{"redis.conf", "tls-protocols \"TLSv1.2 TLSv1.3\"\n# tls-protocols \"TLSv1 TLSv1.1\"\n"}},
		},
	}
}

// noCertificate is what Python's clients take for "check nothing": none, None,
// CERT_NONE, ssl.CERT_NONE.
func noCertificate(v syntax.Value) bool {
	if OneOf("none", "cert_none", "ssl.cert_none")(v) {
		return true
	}
	return v.Form == syntax.Expression && strings.HasSuffix(v.Text, "CERT_NONE") || v.Form == syntax.Null && strings.EqualFold(v.Text, "none")
}
