package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

// Rules for switches with names that say what they do, in products that no other
// rule knows. They yield to those that know more.
func anyProduct() []Rule {
	trustAll := []string{
		"insecure_skip_verify", "insecure_skip_tls_verify", "insecure_skip_ssl_verify", "insecure_tls_skip_verify", "tls_insecure_skip_verify", "ssl_insecure_skip_verify",
		"skip_tls_verify", "skip_ssl_verify", "tls_skip_verify", "ssl_skip_verify", "skip_tls_verification", "skip_ssl_verification", "skip_ssl_validation", "skip_tls_validation",
		"skip_cert_verification", "skip_certificate_verification", "skip_cert_verify", "skip_certificate_verify", "skip_cert_check", "skip_certificate_check", "skip_cert_validation", "skip_certificate_validation",
		"no_ssl_verify", "no_tls_verify", "ssl_no_verify", "tls_no_verify", "no_verify_ssl", "no_verify_tls", "no_check_certificate", "no_check_cert", "no_cert_check", "no_verify_certificate",
		"disable_ssl_verification", "disable_ssl_verify", "disable_ssl_validation", "disable_tls_verification", "disable_tls_verify", "disable_tls_validation", "disable_certificate_verification",
		"disable_cert_verification", "disable_certificate_validation", "disable_cert_validation", "disable_ssl_certificate_validation", "disable_ssl_certificate_verification", "disable_certificate_check", "disable_cert_check", "disable_ssl_check",
		"ignore_ssl_errors", "ignore_tls_errors", "ignore_https_errors", "ignore_ssl_certificate", "ignore_ssl_certificates", "ignore_ssl_verification", "ignore_certificate_errors", "ignore_cert_errors", "ignore_ssl_certificate_errors",
		"ignore_certificates", "ignore_certificate", "ignore_certs", "ignore_invalid_certificates", "ignore_invalid_certs", "ignore_invalid_cert", "ignore_invalid_certificate",
		"accept_invalid_certs", "accept_invalid_certificates", "accept_invalid_cert", "accept_invalid_certificate", "accept_all_certs", "accept_all_certificates", "accept_any_cert", "accept_any_certificate",
		"accept_insecure_certs", "accept_insecure_certificates", "accept_untrusted_certs", "accept_untrusted_certificates", "allow_invalid_certs", "allow_invalid_certificates", "allow_invalid_cert", "allow_invalid_certificate",
		"allow_insecure_ssl", "allow_insecure_tls", "allow_insecure_https", "allow_untrusted_ssl", "allow_untrusted_certs", "allow_untrusted_certificates", "allow_untrusted_cert", "allow_untrusted_certificate", "allow_unverified_ssl", "allow_any_certificate",
		"ssl_insecure", "tls_insecure", "insecure_ssl", "insecure_tls", "insecure_https", "ssl_trust_all", "tls_trust_all", "trust_all_certs", "trust_all_certificates", "trust_all_ssl", "trust_any_cert", "trust_any_certificate", "trust_all_hosts", "trust_server_certificate",
	}
	verify := []string{
		"ssl_verify", "tls_verify", "verify_ssl", "verify_tls", "https_verify", "verify_https", "ssl_verification", "tls_verification", "ssl_validation", "validate_ssl", "validate_tls", "verify_ssl_cert", "verify_ssl_certs", "verify_tls_cert", "verify_tls_certs",
		"verify_ssl_certificate", "verify_ssl_certificates", "verify_tls_certificate", "verify_tls_certificates", "verify_cert", "verify_certs", "verify_certificate", "verify_certificates", "verify_server_cert", "verify_server_certificate", "verify_peer_certificate",
		"ssl_cert_verify", "ssl_cert_verification", "ssl_certificate_verify", "ssl_certificate_verification", "tls_cert_verify", "tls_certificate_verification", "cert_verification", "certificate_verification", "certificate_validation", "cert_validation",
		"ssl_verify_peer", "tls_verify_peer", "ssl_verifypeer", "ssl_check_cert", "ssl_check_certificate", "check_ssl_certificate", "check_certificate", "validate_certificate", "validate_certificates", "validate_certs", "validate_ssl_certificate", "validate_ssl_certificates", "validate_server_certificate",
		"strict_ssl", "enable_strict_ssl", "reject_unauthorized", "enable_ssl_verification", "enable_certificate_validation", "ssl_validate", "server_certificate_validation", "verify_remote_certificate", "verify_ca_cert",
	}
	skipHost := []string{
		"skip_hostname_verification", "skip_host_verify", "skip_host_verification", "skip_hostname_check", "disable_hostname_verification", "disable_hostname_check", "disable_hostname_validation", "disable_host_verification", "ignore_hostname", "ignore_host_name", "ignore_hostname_verification",
		"ssl_allow_invalid_hostnames", "allow_invalid_hostnames", "allow_invalid_hostname", "accept_invalid_hostnames", "no_verify_hostname", "no_hostname_verification", "allow_any_hostname", "insecure_skip_hostname_verification", "ssl_ignore_hostname", "no_check_hostname",
	}
	checkHost := []string{
		"verify_hostname", "verify_host_name", "verify_hostnames", "check_hostname", "hostname_verification", "hostname_verification_enabled", "ssl_check_hostname", "ssl_verify_host", "tls_verify_host", "ssl_verifyhost", "validate_hostname", "enable_hostname_verification",
		"enforce_hostname_verification", "ssl_hostname_verification", "host_name_verification", "ssl_assert_hostname", "verify_host", "server_hostname_verification",
	}
	configuration := []string{"env", "properties", "ini", "json", "yaml", "xml", "toml", "hcl", "hocon", "dockerfile", "shell", "powershell", "batch", "makefile"}
	const fix = "Let it check. " + pemTrust + "whatever the product takes: see `muxkey trust build --help` for the forms."
	refs := []string{"https://cwe.mitre.org/data/definitions/295.html", "https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ANY-001", Title: "something is told to take any certificate", Severity: finding.High, CWE: 295,
				Why:        "It talks to whoever answers and gives them what it was given: passwords, tokens, data. Nobody notices when the answer comes from somebody else.",
				Fix:        fix,
				References: refs,
			},
			Yields: ToAll,
			Match: []*Match{
				Key(True, trustAll...).If(not(otherDomain)),
				Key(False, verify...).In(configuration...).If(not(otherDomain)).If(not(servers)),
				Key(True, "trust_all", "skip_verify").If(not(otherDomain)),
				Key(OneOf("none", "verify_none", "cert_none", "ssl.CERT_NONE", "CERT_NONE", "noverify", "skip-verify", "insecure"),
					"ssl_verify_mode", "tls_verify_mode", "verification_mode", "ssl_cert_reqs", "ssl_verification", "tls_verification", "server_cert_verification").In(configuration...).If(not(otherDomain)),
				Key(OneOf("none", "noverify"), "ssl_verify", "tls_verify", "verify_ssl", "verify_tls").In(configuration...).If(not(otherDomain)),
				flagEnding(dashed(trustAll)...),
			},
			Bad: []Example{
				{"app.yaml", "backend:\n  url: https://api.example.com\n  insecureSkipVerify: «true»\nmail:\n  ssl_verify: «off»\n  tls:\n    verificationMode: full\n"},
				{"app.properties", "upstream.trust-all-certs=«true»\nclient.ssl.verification=«none»\n"},
				{"app.toml", "[client]\ndisable_ssl_verification = «true»\n"},
				{"app.env", "MYAPP_TLS_SKIP_VERIFY=«1»\nMYAPP_VERIFY_SSL=«false»\n"},
				{"app.json", "{\"http\": {\"rejectUnauthorized\": «false», \"acceptInvalidCerts\": «true»}}\n"},
				{"login.yaml", "oidc:\n  issuer:\n    insecureSkipVerify: «true»\nemail:\n  ssl_verify: «false»\n"},
				{"run.sh", "mytool «--tls-skip-verify» --url https://a.example.com\n"},
			},
			Good: []Example{
				{"app.yaml", "plugins-verification-mode: none\ninsecureSkipVerify: false\nssl_verify: /etc/ca.pem\nverify_ssl: \"{{ x }}\"\nactivemq:\n  packages:\n    trust_all: true\njwt:\n  skip_verify: true\nsaml:\n  verify_certificate: false\n"},
				{"schema.yaml", "properties:\n  insecureSkipVerify:\n    type: boolean\n    description: when true nothing is checked\n"},
				{"app.env", "VERIFY_SSL_REQUIRED=false\nXINSECURE_SKIP_VERIFYX=1\n"},
				{"run.sh", "mytool --tls-skip-verify=false\necho --tls-skip-verify\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ANY-002", Title: "something is told not to look at host names", Severity: finding.High, CWE: 297,
				Why:        "Any certificate that a trusted CA has given to anybody passes for the server. Who stands in between has one.",
				Fix:        "Let it check; the certificate must hold the name by which the server is reached, which `muxkey verify STORE --host NAME` tells.",
				References: []string{"https://cwe.mitre.org/data/definitions/297.html", "https://www.rfc-editor.org/rfc/rfc9525"},
			},
			Yields: ToAll,
			Match: []*Match{
				Key(True, skipHost...),
				Key(False, checkHost...).In(configuration...).If(not(otherDomain)),
				Key(OneOf("none", "any", "allow_all", "allowall", "allow-all", "noop", "disabled"), "hostname_verifier", "hostname_verification", "hostname_verification_policy", "hostname_verification_algorithm", "endpoint_identification_algorithm").Hinting("hostnameverif", "endpointidentification"),
				flagEnding(dashed(skipHost)...),
			},
			Bad: []Example{
				{"app.yaml", "client:\n  ssl:\n    verify-hostname: «false»\n    hostnameVerifier: «ALLOW_ALL»\n"},
				{"app.env", "MYAPP_SSL_CHECK_HOSTNAME=«no»\n"},
				{"app.properties", "client.disableHostnameVerification=«true»\n"},
			},
			Good: []Example{
				{"app.yaml", "client:\n  ssl:\n    verify-hostname: true\n    hostnameVerifier: default\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ANY-003", Title: "something takes certificates that vouch for themselves", Severity: finding.Medium, CWE: 295,
				Why:        "Everybody can make such a certificate for any name within a second. Unless the one that is meant is pinned, this is the same as no check.",
				Fix:        "Trust that one certificate, or better the CA that signs it. " + pemTrust + "whatever the product takes.",
				References: refs,
			},
			Yields: ToAll,
			Match: []*Match{
				Key(True, "trust_self_signed", "trust_self_signed_certificates", "trust_self_signed_certs", "accept_self_signed", "accept_self_signed_certs", "accept_self_signed_certificates", "allow_self_signed", "allow_self_signed_cert", "allow_self_signed_certs", "allow_self_signed_certificate", "allow_self_signed_certificates", "self_signed_allowed", "ignore_self_signed", "trust_self_signed_cert"),
				flagEnding("accept-self-signed", "allow-self-signed", "allow-self-signed-certs", "trust-self-signed"),
			},
			Bad: []Example{
				{"dropwizard.yml", "httpClient:\n  tls:\n    trustSelfSignedCertificates: «true»\n"},
				{"app.env", "ALLOW_SELF_SIGNED=«1»\n"},
			},
			Good: []Example{
				{"app.yaml", "trustSelfSignedCertificates: false\nself_signed: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ANY-004", Title: "something speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said, and peers that could do better can be pushed down to them.",
				Fix:        "Name TLS 1.2 and 1.3, or leave the choice to the library.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8996", "https://cwe.mitre.org/data/definitions/327.html"},
			},
			Yields: ToAll,
			Match: []*Match{
				Key(oldVersion, "tls_min_version", "min_tls_version", "tls_minimum_version", "minimum_tls_version", "ssl_min_version", "min_ssl_version", "ssl_minimum_version", "tls_min_protocol", "ssl_min_protocol", "tls_min_protocol_version", "tls_minimum_protocol_version",
					"tls_max_version", "max_tls_version", "ssl_max_version", "tls.min_version", "ssl.min_version", "tls.minVersion", "ssl.minVersion", "tls_version", "ssl_version"),
				Picked(oldProtocols, "ssl_protocol", "ssl_protocols", "tls_protocol", "tls_protocols", "tls_versions", "ssl_versions", "ssl_enabled_protocols", "tls_enabled_protocols", "ssl.supported_protocols", "tls.supported_protocols").In("env", "properties", "ini", "json", "yaml", "xml", "toml", "hcl", "hocon"),
			},
			Bad: []Example{
				{"app.yaml", "tls:\n  min_version: «TLSv1.0»\nssl_protocols: [\"«TLSv1»\", \"TLSv1.2\"]\n"},
				{"app.env", "MYAPP_TLS_MIN_VERSION=«1.1»\n"},
			},
			Good: []Example{
				{"app.yaml", "tls:\n  min_version: TLSv1.2\nversion: 1.0\nssl_protocols: [TLSv1.2, TLSv1.3]\n"},
				{"app.env", "MYAPP_TLS_MIN_VERSION=1.2\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ANY-005", Title: "a warning about certificates is silenced", Severity: finding.Info, CWE: 778,
				Why:        "The program says on every call that it checks nothing, and nobody sees it any more.",
				Fix:        "Let the program check; the warning goes by itself.",
				References: []string{"https://urllib3.readthedocs.io/en/stable/advanced-usage.html#tls-warnings", "https://nodejs.org/api/cli.html#node_no_warnings1"},
			},
			Match: []*Match{
				Env(Containing("ignore:Unverified", "InsecureRequestWarning"), "PYTHONWARNINGS"),
				Env(Exactly("ignore"), "PYTHONWARNINGS").If(mentions("verify=false", "verifyssl", "insecure")),
				Env(Exactly("1"), "NODE_NO_WARNINGS").If(mentions("nodetlsrejectunauthorized", "strictssl")),
			},
			Bad: []Example{
				{"app.env", "PYTHONWARNINGS=«ignore:Unverified HTTPS request»\n"},
				{"run.sh", "export NODE_NO_WARNINGS=«1»\nexport NODE_TLS_REJECT_UNAUTHORIZED=0\n"},
			},
			Good: []Example{
				{"app.env", "PYTHONWARNINGS=ignore\nNODE_NO_WARNINGS=1\n"},
			},
		},
	}
}

// otherDomain tells that the words around a place speak of signatures, tokens or
// classes, which share their words with switches of TLS that do not say so; that the name says the
// opposite ("skip_tls_verify" ends like "tls_verify"); or that it is one, or looks
// like one, whose meaning another rule knows better.
func otherDomain(f *syntax.File, h Hit) bool {
	s := settingOf(f, h)
	if s == nil {
		return false
	}
	path, last := squeeze(strings.Join(s.Path, ".")), squeeze(s.Path[len(s.Path)-1])
	transport := strings.Contains(last, "tls") || strings.Contains(last, "ssl") || strings.Contains(last, "https") || last == "insecureskipverify"
	if !transport && slices.ContainsFunc([]string{"jwt", "saml", "gpg", "pgp", "signature", "packages", "oidc", "csrf", "captcha", "email", "webhooksecret", "cosign", "notary", "token", "issuer", "audience"}, func(w string) bool { return strings.Contains(path, w) }) {
		return true
	}
	if slices.ContainsFunc([]string{"nodetlsrejectunauthorized", "dockertlsverify", "gitsslnoverify", "vaultskipverify", "npmconfigstrictssl"}, func(w string) bool { return strings.Contains(last, w) }) {
		return true
	}
	if n := len(s.Path); last == "verificationmode" && slices.Contains(s.Path, "server") || n > 1 && last == "verify" && strings.EqualFold(s.Path[n-2], "tls") {
		return true // a server says what it wants of clients
	}
	if strings.HasSuffix(last, "verificationmode") {
		return !strings.Contains(path, "ssl") && !strings.Contains(path, "tls") && !strings.Contains(path, "cert")
	}
	return False(s.Value) && slices.ContainsFunc([]string{"skip", "insecure", "disable", "ignore", "nocheck", "noverify", "nossl", "notls"}, func(w string) bool { return strings.Contains(last, w) })
}

// servers tells that a block is that of a server, which has a key of its own and
// says here what it wants of clients.
func servers(f *syntax.File, h Hit) bool {
	s := settingOf(f, h)
	return s != nil && len(squeeze(s.Path[len(s.Path)-1])) <= len("verifyssl") && beside(Some, "key_file", "keyfile", "key", "ssl_key", "private_key", "cert_file", "certfile", "listen", "bind")(f, h)
}

// dashed are keys as options of programs have them.
func dashed(keys []string) []string {
	var out []string
	for _, k := range keys {
		out = append(out, strings.ReplaceAll(k, "_", "-"))
	}
	return out
}

// oldVersion is a version below TLS 1.2, also as a bare number.
func oldVersion(v syntax.Value) bool {
	return Old(v) || OneOf("1.0", "1.1", "10", "11", "TLS 1.0", "TLS 1.1", "TLS1.0", "TLS1.1", "VersionTLS10", "VersionTLS11", "TLS_1_0", "TLS_1_1")(v)
}
