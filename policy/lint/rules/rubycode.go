package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func rubyCode() []Rule {
	no := Literal("false", "nil")
	none := Any(Dotted("VERIFY_NONE"), Exactly("none", ":none", "verify_none", ":verify_none"), Literal("0"))
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-101", Title: "Ruby client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option: Ruby checks by itself. " + bundle + "name it as ca_file (ssl_ca_file), or in SSL_CERT_FILE.",
				References: []string{"https://docs.ruby-lang.org/en/master/Net/HTTP.html", "https://ruby-doc.org/stdlib/libdoc/openssl/rdoc/OpenSSL/SSL/SSLContext.html", "https://lostisland.github.io/faraday/#/customization/ssl-options"},
			},
			Match: []*Match{
				FieldWhere(none, func(f *syntax.File, s *syntax.Setting) bool { return !rubyServer(f) }, "verify_mode", "openssl_verify_mode", "ssl_verify_mode", "ssl_verify", "sslverify", "tls_verify_mode").In("ruby"),
				Call([]string{"ssl_verify_mode"}, none).In("ruby"),
				Call([]string{".set_verify_mode", ".verify_mode="}, none).In("ruby").Hinting("verifymode"),
				Field(Any(no, none), "verify_ssl", "ssl_verify_peer", "ssl_verifypeer", "verify_peer", "ssl_verify", "verify_certificate", "verify_certificates").In("ruby").Or("true"),
				Field(no, "ssl.verify", "proxy_ssl.verify").In("ruby").Hinting("ssl").Or("true"),
				FieldWhere(no, httpVerify, "verify").In("ruby").Using("HTTParty", "Faraday", "HTTPX", "RestClient", "HTTP", "Typhoeus", "Excon").Or("true"),
			},
			Bad: []Example{
				{"fetch.rb", "http = Net::HTTP.new(uri.host, 443)\nhttp.use_ssl = true\nhttp.verify_mode = «OpenSSL::SSL::VERIFY_NONE»\n"},
				{"fetch.rb", "Net::HTTP.start(host, 443, :use_ssl => true, :verify_mode => «OpenSSL::SSL::VERIFY_NONE») { |http| http.get('/') }\n"},
				{"fetch.rb", "http.verify_mode = «0»\nctx.verify_mode=«OpenSSL::SSL::VERIFY_NONE»\n"},
				{"fetch.rb", "conn = Faraday.new(url, ssl: { verify: «false» })\nconn = Faraday.new(url, :ssl => { :verify => «false» })\n"},
				{"fetch.rb", "HTTParty.get(url,\n  headers: h,\n  verify: «false»)\n"},
				{"fetch.rb", "RestClient::Request.execute(method: :get, url: url, verify_ssl: «false»)\nRestClient::Resource.new(url, verify_ssl: «OpenSSL::SSL::VERIFY_NONE»)\n"},
				{"fetch.rb", "Excon.defaults[:ssl_verify_peer] = «false»\nExcon.get(url, ssl_verify_peer: «false»)\nTyphoeus.get(url, ssl_verifypeer: «false»)\n"},
				{"fetch.rb", "URI.open(url, ssl_verify_mode: «OpenSSL::SSL::VERIFY_NONE»)\nopen(url, {ssl_verify_mode: «OpenSSL::SSL::VERIFY_NONE»})\n"},
				{"config/environments/production.rb", "Rails.application.configure do\n  config.action_mailer.smtp_settings = {\n    address: 'mail.example.com',\n    openssl_verify_mode: '«none»',\n  }\nend\n"},
				{"client.rb", "chef_server_url 'https://chef.example.com'\nssl_verify_mode :«verify_none»\n"},
				{"patch.rb", "OpenSSL::SSL::SSLContext::DEFAULT_PARAMS[:verify_mode] = «OpenSSL::SSL::VERIFY_NONE»\n"},
			},
			Good: []Example{
				{"fetch.rb", "http.verify_mode = OpenSSL::SSL::VERIFY_PEER\nhttp.verify_mode = verify ? OpenSSL::SSL::VERIFY_PEER : OpenSSL::SSL::VERIFY_NONE\n"},
				{"fetch.rb", "# http.verify_mode = OpenSSL::SSL::VERIFY_NONE\n=begin\nhttp.verify_mode = OpenSSL::SSL::VERIFY_NONE\n=end\nputs 'http.verify_mode = OpenSSL::SSL::VERIFY_NONE'\n"},
				{"token.rb", "claims = JWT.decode(token, nil, false)\nJWT.decode(token, key, verify: false)\nrow = { verify: false }\n"},
				{"fetch.rb", "raise if http.verify_mode == OpenSSL::SSL::VERIFY_NONE\nraise unless http.verify_mode != OpenSSL::SSL::VERIFY_NONE\n"},
				{"server.rb", "server = OpenSSL::SSL::SSLServer.new(tcp, ctx)\nctx.verify_mode = OpenSSL::SSL::VERIFY_NONE\n"},
				{"fetch.rb", "Faraday.new(url, ssl: { verify: true, ca_file: 'ca.pem' })\nExcon.defaults[:ssl_verify_peer] = true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-102", Title: "Ruby client does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Remove the option. If only an address is known, connect to it with ipaddr= and keep the name.",
				References: []string{"https://docs.ruby-lang.org/en/master/Net/HTTP.html"},
			},
			Match: []*Match{
				Field(Literal("false"), "verify_hostname", "ssl_verify_hostname").In("ruby").Or("true"),
				Field(Literal("0", "false"), "ssl_verifyhost", "ssl_verify_host").In("ruby").Or("2"),
			},
			Bad: []Example{
				{"fetch.rb", "http.verify_hostname = «false»\n"},
				{"fetch.rb", "conn = Faraday.new(url, ssl: { verify_hostname: «false» })\nTyphoeus.get(url, ssl_verifyhost: «0»)\n"},
			},
			Good: []Example{
				{"fetch.rb", "http.verify_hostname = true\n# http.verify_hostname = false\nTyphoeus.get(url, ssl_verifyhost: 2)\n"},
				{"fetch.rb", "def get(url, verify_hostname: false)\nend\n"},
				{"fetch.rb", "expect(options).to eq(verify_hostname: nil)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-103", Title: "Ruby program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Remove the setting, or set min_version to OpenSSL::SSL::TLS1_2_VERSION. Peers that speak nothing newer must be updated first.",
				References: []string{"https://ruby-doc.org/stdlib/libdoc/openssl/rdoc/OpenSSL/SSL/SSLContext.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Field(Exactly("SSLv2", "SSLv3", "TLSv1", "TLSv1_1", ":SSLv2", ":SSLv3", ":TLSv1", ":TLSv1_1", "SSLv3_client", "TLSv1_client", ":SSLv3_client", ":TLSv1_client"), "ssl_version").In("ruby"),
				Field(Any(Dotted("SSL3_VERSION", "TLS1_VERSION", "TLS1_1_VERSION"), Exactly(":SSL3", ":TLS1", ":TLS1_1", "SSL3", "TLS1", "TLS1_1")), "min_version", "max_version").In("ruby"),
				Call([]string{"SSLContext.new"}, Exactly("SSLv3", "TLSv1", "TLSv1_1", ":SSLv3", ":TLSv1", ":TLSv1_1")).In("ruby"),
			},
			Bad: []Example{
				{"fetch.rb", "http.ssl_version = :«TLSv1»\nNet::HTTP.start(host, 443, ssl_version: :«SSLv3»)\n"},
				{"fetch.rb", "ctx.min_version = «OpenSSL::SSL::TLS1_VERSION»\nctx.max_version = :«TLS1_1»\n"},
				{"fetch.rb", "ctx = OpenSSL::SSL::SSLContext.new(:«TLSv1»)\n"},
			},
			Good: []Example{
				{"fetch.rb", "http.ssl_version = :TLSv1_2\nctx.min_version = OpenSSL::SSL::TLS1_2_VERSION\nctx.options |= OpenSSL::SSL::OP_NO_TLSv1\n# http.ssl_version = :TLSv1\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-104", Title: "Ruby program takes any SSH host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Set verify_host_key to :always, and give a known_hosts file with user_known_hosts_file.",
				References: []string{"https://net-ssh.github.io/net-ssh/Net/SSH.html"},
			},
			Match: []*Match{
				Field(Any(Exactly(":never", "never", ":accept_new_or_local_tunnel"), no), "verify_host_key").In("ruby"),
				FieldWhere(no, calledLike("SSH.start", "SFTP.start", "SCP.start"), "paranoid").In("ruby"),
			},
			Bad: []Example{
				{"ssh.rb", "Net::SSH.start(host, user, verify_host_key: :«never») { |ssh| ssh.exec!('ls') }\nNet::SSH.start(host, user, :paranoid => «false»)\n"},
			},
			Good: []Example{
				{"ssh.rb", "Net::SSH.start(host, user, verify_host_key: :always)\n# verify_host_key: :never\nperson = { paranoid: false }\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-105", Title: "Ruby application talks in plaintext", Severity: finding.Medium, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Set config.force_ssl = true; behind a proxy that ends TLS also config.assume_ssl = true. For mail, set enable_starttls: :always.",
				References: []string{"https://guides.rubyonrails.org/configuring.html#config-force-ssl", "https://guides.rubyonrails.org/action_mailer_basics.html"},
			},
			Match: []*Match{
				Field(no, "config.force_ssl").In("ruby").At("production.rb", "config/*.rb", "application.rb").Or("true"),
				Field(no, "enable_starttls", "enable_starttls_auto").In("ruby").As(finding.Low, "Ruby application sends mail in plaintext"),
			},
			Bad: []Example{
				{"config/environments/production.rb", "Rails.application.configure do\n  config.force_ssl = «false»\nend\n"},
				{"config/environments/production.rb", "config.action_mailer.smtp_settings = { address: host, enable_starttls_auto: «false» }\n"},
			},
			Good: []Example{
				{"config/environments/production.rb", "Rails.application.configure do\n  config.force_ssl = true\n  # config.force_ssl = false\nend\n"},
				{"config/environments/development.rb", "config.force_ssl = false\n"},
			},
		},
	}
}

// rubyServer tells that a file makes a server, which asks for no certificates of
// its clients.
func rubyServer(f *syntax.File) bool {
	return namesAny(f, "SSLServer", "TCPServer", "WEBrick", "Puma")
}
