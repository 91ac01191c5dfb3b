package rules

import "muxkey/internal/finding"

func perlCode() []Rule {
	no := Any(Literal("0", "0x00", "undef"), Exactly("0", ""))
	none := Any(Dotted("SSL_VERIFY_NONE"), Literal("0", "0x00", "0x0", "undef", "SSL_VERIFY_NONE()"), Exactly("0", "none"))
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PERL-101", Title: "Perl client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the option. " + bundle + "name it as SSL_ca_file, or in PERL_LWP_SSL_CA_FILE.",
				References: []string{"https://metacpan.org/pod/IO::Socket::SSL", "https://metacpan.org/pod/HTTP::Tiny#TLS/SSL-SUPPORT", "https://metacpan.org/pod/Mojo::UserAgent#insecure"},
			},
			Match: []*Match{
				Field(none, "SSL_verify_mode", "verify_mode").In("perl").Hinting("verifymode"),
				Field(no, "verify_SSL", "verify_ssl", "sslverify", "SSL_verifycn_scheme_none").In("perl").Or("1"),
				Call([]string{".insecure"}, Literal("1")).In("perl").Using("Mojo", "UserAgent", "Mojo::UserAgent", "ua", "$ua").Or("0"),
				FieldWhere(Exactly("none"), calledLike("Net.LDAPS.new", "Net.LDAP.new", "start_tls", "Net.LDAPS"), "verify").In("perl"),
				Option("setopt", no, "CURLOPT_SSL_VERIFYPEER").In("perl").Or("1"),
				Field(no, "mysql_ssl_verify_server_cert").In("perl").Or("1"),
			},
			Bad: []Example{
				{"fetch.pl", "my $s = IO::Socket::SSL->new(PeerAddr => $host, SSL_verify_mode => «SSL_VERIFY_NONE»);\nmy $t = IO::Socket::SSL->new(PeerAddr => $host, SSL_verify_mode => «0x00»);\n"},
				{"fetch.pl", "my $ua = LWP::UserAgent->new(\n    ssl_opts => {\n        SSL_verify_mode => «IO::Socket::SSL::SSL_VERIFY_NONE»,\n    },\n);\n$ua->ssl_opts(SSL_verify_mode => «0»);\n"},
				{"fetch.pl", "my $http = HTTP::Tiny->new(verify_SSL => «0»);\n"},
				{"fetch.pl", "use Mojo::UserAgent;\nmy $ua = Mojo::UserAgent->new;\n$ua->insecure(«1»);\n"},
				{"fetch.pl", "$curl->setopt(CURLOPT_SSL_VERIFYPEER, «0»);\n"},
			},
			Good: []Example{
				{"fetch.pl", "my $ua = LWP::UserAgent->new(ssl_opts => { SSL_verify_mode => SSL_VERIFY_PEER });\nmy $http = HTTP::Tiny->new(verify_SSL => 1);\n# SSL_verify_mode => 0\nprint \"SSL_verify_mode => 0\";\n$ua->insecure(0);\n"},
				{"Doc.pm", "package Doc;\n\n=head1 SYNOPSIS\n\n  HTTP::Tiny->new(verify_SSL => 0);\n\n=cut\n\n1;\n"},
				{"fetch.pl", "die if $opts{verify_SSL} == 0;\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PERL-102", Title: "Perl client does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Remove the option. If the name in the certificate is another one, give that as SSL_verifycn_name.",
				References: []string{"https://metacpan.org/pod/LWP::UserAgent#ssl_opts", "https://metacpan.org/pod/IO::Socket::SSL"},
			},
			Match: []*Match{
				Field(no, "verify_hostname").In("perl").Or("1"),
				Field(Exactly("none"), "SSL_verifycn_scheme").In("perl"),
				Option("setopt", no, "CURLOPT_SSL_VERIFYHOST").In("perl").Or("2"),
			},
			Bad: []Example{
				{"fetch.pl", "my $ua = LWP::UserAgent->new(ssl_opts => { verify_hostname => «0» });\n$ua->ssl_opts('verify_hostname', 1);\nmy $s = IO::Socket::SSL->new(SSL_verifycn_scheme => '«none»');\n"},
				{"fetch.pl", "$ua->ssl_opts(verify_hostname => «0»);\n$ua->{ssl_opts}{verify_hostname} = «0»;\n"},
			},
			Good: []Example{
				{"fetch.pl", "my $ua = LWP::UserAgent->new(ssl_opts => { verify_hostname => 1 });\n# verify_hostname => 0\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PERL-103", Title: "Perl program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Remove the option, or set it to 'TLSv1_2'. Peers that speak nothing newer must be updated first.",
				References: []string{"https://metacpan.org/pod/IO::Socket::SSL", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{Field(Exactly("SSLv2", "SSLv3", "TLSv1", "TLSv1_1", "TLSv11"), "SSL_version").In("perl")},
			Bad: []Example{
				{"fetch.pl", "my $s = IO::Socket::SSL->new(PeerAddr => $host, SSL_version => '«SSLv3»');\n"},
			},
			Good: []Example{
				{"fetch.pl", "my $s = IO::Socket::SSL->new(PeerAddr => $host, SSL_version => 'SSLv23:!SSLv3:!SSLv2');\n# SSL_version => 'SSLv3'\n"},
			},
		},
	}
}
