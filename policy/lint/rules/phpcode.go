package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func phpCode() []Rule {
	no := Any(Literal("false", "FALSE", "False", "0"), Exactly("0", ""))
	yes := Literal("true", "TRUE", "True", "1")
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	const peer, host = "CURLOPT_SSL_VERIFYPEER", "CURLOPT_SSL_VERIFYHOST"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-101", Title: "PHP's curl takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "name it in CURLOPT_CAINFO, or in curl.cainfo of php.ini.",
				References: []string{"https://www.php.net/manual/en/function.curl-setopt.php", "https://curl.se/libcurl/c/CURLOPT_SSL_VERIFYPEER.html"},
			},
			Match: []*Match{
				Option("curl_setopt", no, peer, "CURLOPT_PROXY_SSL_VERIFYPEER", "CURLOPT_DOH_SSL_VERIFYPEER").In("php").Or("true"),
				Option(".setopt", no, peer, "CURLOPT_PROXY_SSL_VERIFYPEER").In("php").Or("true"),
				Option(".setOpt", no, peer, "CURLOPT_PROXY_SSL_VERIFYPEER").In("php").Or("true"),
				Option(".setOption", no, peer, "CURLOPT_PROXY_SSL_VERIFYPEER").In("php").Or("true"),
				Field(no, peer, "CURLOPT_PROXY_SSL_VERIFYPEER", "CURLOPT_DOH_SSL_VERIFYPEER").In("php").Or("true"),
			},
			Bad: []Example{
				{"fetch.php", "<?php\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, «false»);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, «0»);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, '«0»');\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, «FALSE»);\n"},
				{"fetch.php", "<?php\ncurl_setopt(\n    $ch,\n    CURLOPT_SSL_VERIFYPEER,\n    «false» // for now\n);\n"},
				{"fetch.php", "<?php\ncurl_setopt(value: «false», option: CURLOPT_SSL_VERIFYPEER, handle: $ch);\n"},
				{"fetch.php", "<?php\ncurl_setopt_array($ch, [\n    CURLOPT_URL => $url,\n    CURLOPT_SSL_VERIFYPEER => «false»,\n]);\ncurl_setopt_array($ch, array(CURLOPT_SSL_VERIFYPEER => «0»));\n"},
				{"fetch.php", "<?php\n$options[CURLOPT_SSL_VERIFYPEER] = «false»;\n"},
				{"page.phtml", "<p>CURLOPT_SSL_VERIFYPEER, false</p>\n<?php curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, «false») ?>\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, true);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, $verify);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYPEER, !false);\n"},
				{"fetch.php", "<?php\n// curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);\n# curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);\n/* CURLOPT_SSL_VERIFYPEER => false */\n$s = 'curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);';\n"},
				{"fetch.php", "<?php\nlog_option(CURLOPT_SSL_VERIFYPEER, false);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYSTATUS, false);\ndefine('CURLOPT_SSL_VERIFYPEER', 64);\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-102", Title: "PHP's curl does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Set CURLOPT_SSL_VERIFYHOST to 2, or remove the option; if only an address is known, give the name with CURLOPT_RESOLVE.",
				References: []string{"https://www.php.net/manual/en/function.curl-setopt.php", "https://curl.se/libcurl/c/CURLOPT_SSL_VERIFYHOST.html"},
			},
			Match: []*Match{
				Option("curl_setopt", no, host, "CURLOPT_PROXY_SSL_VERIFYHOST").In("php").Or("2"),
				Option(".setopt", no, host).In("php").Or("2"),
				Option(".setOpt", no, host).In("php").Or("2"),
				Option(".setOption", no, host).In("php").Or("2"),
				Field(no, host, "CURLOPT_PROXY_SSL_VERIFYHOST").In("php").Or("2"),
				Option("curl_setopt", Any(yes, Exactly("1")), host).In("php").Or("2").As(finding.Low, "PHP's curl is told to check the host name by a value that libcurl no longer takes"),
				Field(Any(yes, Exactly("1")), host).In("php").Or("2").As(finding.Low, "PHP's curl is told to check the host name by a value that libcurl no longer takes"),
			},
			Bad: []Example{
				{"fetch.php", "<?php\ncurl_setopt($ch, CURLOPT_SSL_VERIFYHOST, «0»);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYHOST, «false»);\ncurl_setopt($ch, CURLOPT_SSL_VERIFYHOST, «1»);\n"},
				{"fetch.php", "<?php\n$options = [CURLOPT_SSL_VERIFYHOST => «0»];\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\ncurl_setopt($ch, CURLOPT_SSL_VERIFYHOST, 2);\n$options = [CURLOPT_SSL_VERIFYHOST => 2];\n// CURLOPT_SSL_VERIFYHOST, 0\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-103", Title: "PHP stream takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the options: PHP checks by itself. " + bundle + "name it as 'cafile', or in openssl.cafile of php.ini.",
				References: []string{"https://www.php.net/manual/en/context.ssl.php"},
			},
			Match: []*Match{
				Field(no, "verify_peer").In("php").Or("true"),
				Call([]string{"stream_context_set_option"}, nil, nil, Exactly("verify_peer"), no).In("php").Hinting("verifypeer").Or("true"),
			},
			Bad: []Example{
				{"mail.php", "<?php\n$mail->SMTPOptions = [\n    'ssl' => [\n        'verify_peer' => «false»,\n        'verify_peer_name' => false,\n    ],\n];\n"},
				{"fetch.php", "<?php\n$ctx = stream_context_create(array('ssl' => array(\"verify_peer\" => «0»)));\nstream_context_set_option($ctx, 'ssl', 'verify_peer', «false»);\n"},
				{"config.php", "<?php\nreturn ['mailers' => ['smtp' => ['verify_peer' => «false»]]];\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\n$ctx = stream_context_create(['ssl' => ['verify_peer' => true, 'cafile' => 'ca.pem']]);\n// 'verify_peer' => false\n$ctx = ['verify_peer' => $verify, 'verify_peer' => env('MAIL_VERIFY_PEER', true)];\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-104", Title: "PHP stream does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Remove the option, or give the name of the certificate as 'peer_name'.",
				References: []string{"https://www.php.net/manual/en/context.ssl.php"},
			},
			Match: []*Match{
				Field(no, "verify_peer_name").In("php").Or("true"),
				Call([]string{"stream_context_set_option"}, nil, nil, Exactly("verify_peer_name"), no).In("php").Hinting("verifypeername").Or("true"),
			},
			Bad: []Example{
				{"fetch.php", "<?php\n$ctx = stream_context_create(['ssl' => ['verify_peer_name' => «false»]]);\n"},
				{"fetch.php", "<?php\nstream_context_set_option($ctx, 'ssl', 'verify_peer_name', «false»);\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\n$ctx = stream_context_create(['ssl' => ['verify_peer_name' => true, 'peer_name' => 'mux.example.com']]);\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-105", Title: "PHP stream takes self-signed certificates", Severity: finding.Medium, CWE: 295,
				Why:        "Everybody can make a self-signed certificate with the server's name in it. The client cannot tell the server's from an attacker's.",
				Fix:        "Trust that one certificate, not all: put it into a bundle with `muxkey trust build server.pem -o ca-bundle.pem`, and name that as 'cafile'.",
				References: []string{"https://www.php.net/manual/en/context.ssl.php"},
			},
			Match: []*Match{Field(yes, "allow_self_signed").In("php").Or("false")},
			Bad: []Example{
				{"fetch.php", "<?php\n$ctx = stream_context_create(['ssl' => ['allow_self_signed' => «true»]]);\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\n$ctx = stream_context_create(['ssl' => ['allow_self_signed' => false]]);\n// 'allow_self_signed' => true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-106", Title: "PHP HTTP client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "name that: 'verify' => 'ca-bundle.pem' (Guzzle), 'cafile' (Symfony), 'sslcertificates' (WordPress).",
				References: []string{"https://docs.guzzlephp.org/en/stable/request-options.html#verify", "https://symfony.com/doc/current/reference/configuration/framework.html#verify-peer", "https://developer.wordpress.org/reference/classes/wp_http/request/"},
			},
			Match: []*Match{
				FieldWhere(no, httpVerify, "verify").In("php").Using("GuzzleHttp", "Guzzle", "Client", "Http", "HttpClient", "Requests", "WpOrg", "guzzle", "client", "Buzz", "$client", "$guzzle", "$http", "PendingRequest", "withOptions").Or("true"),
				Field(no, "sslverify", "sslverifypeer", "ssl_verify", "verify_ssl", "sslverifyname", "verifyssl", "ssl_verify_peer", "verifySsl").In("php").Or("true"),
				Field(no, "verify_host").In("php").Or("true"),
				Call([]string{"withoutVerifying"}).In("php"),
				Call([]string{"Request.verifyPeer", "Request.verifyHost", ".verifyPeer", ".verifyHost", ".setVerifyPeer", ".setVerifyHost", ".setSslVerify", ".disableSslVerification"}, no).In("php").Or("true"),
				Call([]string{"add_filter"}, Exactly("https_ssl_verify", "https_local_ssl_verify"), Exactly("__return_false")).In("php").Hinting("httpssslverify", "httpslocalsslverify"),
			},
			Bad: []Example{
				{"fetch.php", "<?php\nuse GuzzleHttp\\Client;\n$client = new Client(['base_uri' => $url, 'verify' => «false»]);\n"},
				{"fetch.php", "<?php\n$response = Http::«withoutVerifying»()->get($url);\n"},
				{"plugin.php", "<?php\n$response = wp_remote_get($url, array('timeout' => 5, 'sslverify' => «false»));\nadd_filter('https_ssl_verify', '«__return_false»');\n"},
				{"fetch.php", "<?php\nUnirest\\Request::verifyPeer(«false»);\n"},
				{"fetch.php", "<?php\n$client = HttpClient::create(['verify_host' => «false»]);\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\nuse GuzzleHttp\\Client;\n$client = new Client(['verify' => '/etc/ssl/ca.pem']);\n$client = new Client(['verify' => $verify]);\n$client = new Client(['verify' => true]);\n// 'verify' => false\n"},
				{"plugin.php", "<?php\n$response = wp_remote_get($url, array('sslverify' => true));\n"},
				{"token.php", "<?php\n$row = ['verify' => false];\n$ok = JWT::decode($token, $key, ['verify' => false]);\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-107", Title: "PHP program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Remove the option, or name CURL_SSLVERSION_TLSv1_2, STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT. Peers that speak nothing newer must be updated first.",
				References: []string{"https://www.php.net/manual/en/function.curl-setopt.php", "https://www.php.net/manual/en/function.stream-socket-enable-crypto.php", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Option("curl_setopt", Any(Dotted("CURL_SSLVERSION_SSLv2", "CURL_SSLVERSION_SSLv3", "CURL_SSLVERSION_TLSv1_0", "CURL_SSLVERSION_TLSv1_1"), Literal("2", "3", "4", "5")), "CURLOPT_SSLVERSION").In("php"),
				Field(Any(Dotted("CURL_SSLVERSION_SSLv2", "CURL_SSLVERSION_SSLv3", "CURL_SSLVERSION_TLSv1_0", "CURL_SSLVERSION_TLSv1_1"), Literal("2", "3", "4", "5")), "CURLOPT_SSLVERSION").In("php"),
				Constant("STREAM_CRYPTO_METHOD_SSLv2_CLIENT", "STREAM_CRYPTO_METHOD_SSLv3_CLIENT", "STREAM_CRYPTO_METHOD_TLSv1_0_CLIENT", "STREAM_CRYPTO_METHOD_TLSv1_1_CLIENT",
					"STREAM_CRYPTO_METHOD_SSLv3_SERVER", "STREAM_CRYPTO_METHOD_TLSv1_0_SERVER", "STREAM_CRYPTO_METHOD_TLSv1_1_SERVER").In("php"),
			},
			Bad: []Example{
				{"fetch.php", "<?php\ncurl_setopt($ch, CURLOPT_SSLVERSION, «3»);\ncurl_setopt($ch, CURLOPT_SSLVERSION, «CURL_SSLVERSION_TLSv1_0»);\n$options = [CURLOPT_SSLVERSION => «CURL_SSLVERSION_SSLv3»];\n"},
				{"fetch.php", "<?php\nstream_socket_enable_crypto($fp, true, «STREAM_CRYPTO_METHOD_TLSv1_0_CLIENT»);\n"},
			},
			Good: []Example{
				{"fetch.php", "<?php\ncurl_setopt($ch, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);\ncurl_setopt($ch, CURLOPT_SSLVERSION, 6);\nstream_socket_enable_crypto($fp, true, STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT);\n// CURL_SSLVERSION_SSLv3\n$old = $value === \\STREAM_CRYPTO_METHOD_TLSv1_0_CLIENT || $value === STREAM_CRYPTO_METHOD_TLSv1_1_CLIENT;\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-108", Title: "PHP database or directory client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "name it: PDO::MYSQL_ATTR_SSL_CA, mysqli_ssl_set, LDAP_OPT_X_TLS_CACERTFILE.",
				References: []string{"https://www.php.net/manual/en/ref.pdo-mysql.php", "https://www.php.net/manual/en/mysqli.real-connect.php", "https://www.php.net/manual/en/function.ldap-set-option.php"},
			},
			Match: []*Match{
				Field(no, "MYSQL_ATTR_SSL_VERIFY_SERVER_CERT", "ATTR_SSL_VERIFY_SERVER_CERT").In("php").Or("true"),
				Constant("MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT").In("php"),
				Call([]string{"ldap_set_option"}, nil, Dotted("LDAP_OPT_X_TLS_REQUIRE_CERT"), Any(Dotted("LDAP_OPT_X_TLS_NEVER", "LDAP_OPT_X_TLS_ALLOW"), Literal("0"))).In("php").Hinting("ldapoptxtlsrequirecert"),
			},
			Bad: []Example{
				{"db.php", "<?php\n$pdo = new PDO($dsn, $user, $pass, [PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => «false»]);\n"},
				{"db.php", "<?php\nmysqli_real_connect($m, $host, $user, $pass, $db, 3306, null, «MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT»);\n"},
				{"directory.php", "<?php\nldap_set_option(null, LDAP_OPT_X_TLS_REQUIRE_CERT, «LDAP_OPT_X_TLS_NEVER»);\n"},
			},
			Good: []Example{
				{"db.php", "<?php\n$pdo = new PDO($dsn, $user, $pass, [PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true, PDO::MYSQL_ATTR_SSL_CA => $ca]);\n"},
				{"directory.php", "<?php\nldap_set_option(null, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_HARD);\n// LDAP_OPT_X_TLS_NEVER\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-109", Title: "PHP program talks in plaintext", Severity: finding.Low, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Remove the line: PHPMailer uses STARTTLS where the server has it, and WordPress sends logins over HTTPS.",
				References: []string{"https://github.com/PHPMailer/PHPMailer/wiki/Troubleshooting", "https://developer.wordpress.org/advanced-administration/security/https/"},
			},
			Match: []*Match{
				Field(no, "SMTPAutoTLS").In("php").Or("true"),
				Call([]string{"define"}, Exactly("FORCE_SSL_ADMIN"), no).In("php").Hinting("forcessladmin").Or("true"),
			},
			Bad: []Example{
				{"mail.php", "<?php\n$mail->SMTPAutoTLS = «false»;\n"},
				{"wp-config.php", "<?php\ndefine('FORCE_SSL_ADMIN', «false»);\n"},
			},
			Good: []Example{
				{"mail.php", "<?php\n$mail->SMTPAutoTLS = true;\n// $mail->SMTPAutoTLS = false;\n"},
				{"wp-config.php", "<?php\ndefine('FORCE_SSL_ADMIN', true);\n"},
			},
		},
	}
}

// Option is a call that sets an option of a handle: the name of the option is one
// argument, and its value another, wherever they stand.
func Option(call string, is Is, names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			if !lastParts(c.Name, call) {
				continue
			}
			option, value := -1, -1
			for i, a := range c.Args {
				switch {
				case a.Name == "value":
					value = i
				case Dotted(names...)(a.Value), curlOption(names...)(a.Value) && a.Value.Form == syntax.Quoted:
					option = i
				}
			}
			if option < 0 {
				continue
			}
			if value < 0 {
				value = option + 1
			}
			if value < len(c.Args) && is(c.Args[value].Value) {
				report(Hit{Span: c.Args[value].Value.Span, Block: c.Block})
			}
		}
	}}
}
