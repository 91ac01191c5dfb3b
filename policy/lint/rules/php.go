package rules

import "muxkey/internal/finding"

func php() []Rule {
	composer := []string{"composer", "composer.phar", "composer2", "php"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-001", Title: "Composer fetches without TLS, or from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that runs while they are installed, and they come from whoever answers or change on the way.",
				Fix:        "Remove the setting. If a repository's CA is a private one, put it into a bundle with `muxkey trust build ca.pem --target php -o ca` and name that as `config.cafile`.",
				References: []string{"https://getcomposer.org/doc/06-config.md#disable-tls", "https://getcomposer.org/doc/06-config.md#cafile"},
			},
			Match: []*Match{
				Key(True, "config.disable-tls").Or("false"),
				SetBy(True, composer, "disable-tls").Or("false"),
				Flags(composer, "--disable-tls").Gone(),
				Key(False, "ssl.verify_peer", "ssl.verify_peer_name").At("composer.json", "composer/config.json", "composer/auth.json", ".composer/config.json").Or("true"),
				Key(True, "ssl.allow_self_signed").At("composer.json", "composer/config.json", ".composer/config.json").Or("false"),
			},
			Bad: []Example{
				{"composer.json", "{\"require\": {\"php\": \">=8.2\"}, \"config\": {\"disable-tls\": «true»}}\n"},
				{"build.sh", "composer config -g -- disable-tls «true»\ncomposer config --global disable-tls «true»\nphp composer-setup.php «--disable-tls»\n"},
				{"composer.json", "{\"repositories\": [{\"type\": \"composer\", \"url\": \"https://php.example.com\", \"options\": {\"ssl\": {\"verify_peer\": «false», \"allow_self_signed\": «true»}}}]}\n"},
			},
			Good: []Example{
				{"composer.json", "{\"config\": {\"disable-tls\": false, \"secure-http\": true, \"cafile\": \"ca.pem\"}}\n"},
				{"build.sh", "composer config -g --unset disable-tls\ncomposer config -g disable-tls false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PHP-002", Title: "Composer may fetch without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Packages from an http address can be changed on the way, and what they bring is run.",
				Fix:        "Remove `secure-http`, and write https in the addresses of the repositories.",
				References: []string{"https://getcomposer.org/doc/06-config.md#secure-http"},
			},
			Match: []*Match{
				Key(False, "config.secure-http").Or("true"),
				SetBy(False, composer, "secure-http").Or("true"),
			},
			Bad: []Example{
				{"composer.json", "{\"config\": {\"secure-http\": «false»}}\n"},
				{"build.sh", "composer config -g secure-http «false»\n"},
			},
			Good: []Example{
				{"composer.json", "{\"config\": {\"secure-http\": true}}\n"},
			},
		},
	}
}
