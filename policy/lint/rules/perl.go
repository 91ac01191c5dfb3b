package rules

import "muxkey/internal/finding"

func perl() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PERL-001", Title: "Perl takes any certificate, in the whole program", Severity: finding.High, CWE: 295,
				Why:        "Every request that LWP or HTTP::Tiny makes goes to whoever answers, in all modules of the program.",
				Fix:        "Remove the variable. If a server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that in `PERL_LWP_SSL_CA_FILE`, or in `SSL_CERT_FILE` for HTTP::Tiny.",
				References: []string{"https://metacpan.org/pod/LWP::UserAgent#ENVIRONMENT", "https://metacpan.org/pod/HTTP::Tiny#SSL-SUPPORT"},
			},
			Match: []*Match{
				Env(OneOf("0", ""), "PERL_LWP_SSL_VERIFY_HOSTNAME").Or("1"),
				Env(Exactly("1"), "PERL_HTTP_TINY_SSL_INSECURE_BY_DEFAULT").Or("0"),
			},
			Bad: []Example{
				{"run.sh", "export PERL_LWP_SSL_VERIFY_HOSTNAME=«0»\nPERL_HTTP_TINY_SSL_INSECURE_BY_DEFAULT=«1» perl run.pl\n"},
				{"run.pl", "use LWP::UserAgent;\n$ENV{PERL_LWP_SSL_VERIFY_HOSTNAME} = «0»;\n$ENV{'PERL_LWP_SSL_VERIFY_HOSTNAME'} = «0»;\n"},
			},
			Good: []Example{
				{"run.sh", "export PERL_LWP_SSL_VERIFY_HOSTNAME=1\nunset PERL_HTTP_TINY_SSL_INSECURE_BY_DEFAULT\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PERL-002", Title: "Perl uses a library that knows no names of hosts", Severity: finding.Medium, CWE: 297,
				Why:        "Net::SSL does not compare the name in a certificate with the one that was called. Anyone with a certificate of their own can answer.",
				Fix:        "Remove the setting, so that IO::Socket::SSL is taken.",
				References: []string{"https://metacpan.org/pod/Net::SSL", "https://metacpan.org/pod/Net::HTTPS"},
			},
			Match: []*Match{Env(OneOf("Net::SSL"), "PERL_NET_HTTPS_SSL_SOCKET_CLASS").Or("IO::Socket::SSL")},
			Bad: []Example{
				{"run.sh", "export PERL_NET_HTTPS_SSL_SOCKET_CLASS=«Net::SSL»\n"},
			},
			Good: []Example{
				{"run.sh", "export PERL_NET_HTTPS_SSL_SOCKET_CLASS=IO::Socket::SSL\n"},
			},
		},
	}
}
