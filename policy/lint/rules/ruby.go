package rules

import "muxkey/internal/finding"

func ruby() []Rule {
	none := OneOf("0", "none", "verify_none", ":none", "OpenSSL::SSL::VERIFY_NONE")
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-001", Title: "RubyGems or Bundler takes gems from any server", Severity: finding.High, CWE: 295,
				Why:        "Gems bring code that runs while they are installed, and they come from whoever answers.",
				Fix:        "Remove the setting. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem --target ruby -o ca` and name that: `bundle config set ssl_ca_cert FILE`, or `:ssl_ca_cert: FILE` in `.gemrc`.",
				References: []string{"https://bundler.io/man/bundle-config.1.html", "https://guides.rubygems.org/command-reference/#gem-environment"},
			},
			Match: []*Match{
				Key(none, ":ssl_verify_mode", "BUNDLE_SSL_VERIFY_MODE").Or("1"),
				Env(none, "BUNDLE_SSL_VERIFY_MODE").Or("1"),
				SetBy(none, []string{"bundle", "bundler"}, "ssl_verify_mode").Or("1"),
			},
			Bad: []Example{
				{".gemrc", ":sources:\n  - https://gems.example.com/\n:ssl_verify_mode: «0»\n"},
				{".bundle/config", "---\nBUNDLE_SSL_VERIFY_MODE: \"«0»\"\n"},
				{"build.sh", "bundle config set --global ssl_verify_mode «0»\nbundle config ssl_verify_mode «0»\nexport BUNDLE_SSL_VERIFY_MODE=«0»\n"},
			},
			Good: []Example{
				{".gemrc", "# :ssl_verify_mode: 0\n:ssl_verify_mode: 1\n:ssl_ca_cert: /etc/ssl/ca.pem\n"},
				{"build.sh", "bundle config get ssl_verify_mode\nbundle config unset ssl_verify_mode\nbundle config set ssl_ca_cert ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RUBY-002", Title: "gems are fetched without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Gems bring code that runs while they are installed, and someone on the way can change them.",
				Fix:        "Write https in the address of the source.",
				References: []string{"https://guides.rubygems.org/security/"},
			},
			Match: []*Match{
				FlagsAre([]string{"gem"}, plainHTTP, "--add", "-a", "--source", "-s", "--clear-sources").Hinting("gem$&http://"),
				Key(plainHTTP, ":sources").At(".gemrc", "gemrc").Hinting("http://"),
			},
			Bad: []Example{
				{"build.sh", "gem sources «--add» http://gems.example.com/\ngem sources «-a» http://gems.example.com/\ngem install mux «--source» http://gems.example.com/\n"},
				{".gemrc", ":sources:\n  - «http://gems.example.com/»\n"},
			},
			Good: []Example{
				{"build.sh", "gem sources --add https://gems.example.com/\ngem sources --remove http://rubygems.org/\ngem sources -a http://localhost:8808/\n"},
			},
		},
	}
}
