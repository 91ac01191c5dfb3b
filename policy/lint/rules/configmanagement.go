package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func configManagement() []Rule {
	salt := []string{"salt/*", "salt/*/*", "*salt*", "*.sls", "minion", "master", "minion.d/*", "master.d/*", "minion*.conf", "master*.conf", "cloud.providers.d/*"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CONFIGMANAGEMENT-001", Title: "configuration management takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "What is fetched is run as root on every machine. Who answers in place of the server owns them all.",
				Fix:        "Remove it, and give the tool the CA: `ssl_ca_file` in Chef, `ca_bundle` in Salt, the system's trust store for Packer. For a private one: `muxkey trust build ca.pem --target pem -o ca.pem`, or `--target debian` and `--target rhel` for the system.",
				References: []string{"https://docs.chef.io/config_rb_client/", "https://docs.saltproject.io/en/latest/ref/configuration/master.html", "https://developer.hashicorp.com/packer/integrations/hashicorp/vsphere"},
			},
			Match: []*Match{
				// Chef
				Find([]string{"sslverifymode", "verifyapicert"}, chefSwitches),
				Key(OneOf(":verify_none", "verify_none"), "ssl_verify_mode").In("yaml", "json", "ini", "toml").Or(":verify_peer"),
				FlagIs("knife", OneOf("none"), "--node-ssl-verify-mode"),
				Flag("knife", "--no-node-verify-api-cert", "--node-ssl-verify-mode=none"),
				// Salt
				Key(False, "verify_ssl").At(salt...).In("yaml", "conf", "ini").Or("True"),
				// Packer
				Key(True, "insecure_connection").In("hcl", "json").Or("false"),
				Key(True, "insecure_skip_tls_verify").In("hcl", "json").At("*.pkr.hcl", "*.pkr.json", "*packer*", "*packer*/*").Or("false"),
			},
			Bad: []Example{
				{"kitchen.yml", "provisioner:\n  client_rb:\n    ssl_verify_mode: «verify_none»\n"},
				{"salt/minion.yaml", "backend: requests\nverify_ssl: «False»\n"},
				{"build.pkr.json", "{\"builders\": [{\"type\": \"vsphere-iso\", \"insecure_connection\": «true»}]}\n"},
				{"client.rb", "chef_server_url 'https://chef.example.com'\nssl_verify_mode :«verify_none»\nverify_api_cert «false»\n"},
				{"build.pkr.hcl", "source \"proxmox-iso\" \"a\" {\n  insecure_skip_tls_verify = «true»\n}\n"},
				{"boot.sh", "knife bootstrap 10.0.0.5 «--no-node-verify-api-cert»\n"},
			},
			Good: []Example{
				{"kitchen.yml", "client_rb:\n  ssl_verify_mode: verify_peer\n"},
				{"salt/minion.yaml", "# verify_ssl: False\nverify_ssl: True\n"},
				{"build.pkr.json", "{\"builders\": [{\"insecure_connection\": false}]}\n"},
				{"policy.rb", "if config[:ssl_verify_mode] == :verify_none\n  warn\nend\n"},
				{"other.yaml", "verify_ssl: false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CONFIGMANAGEMENT-002", Title: "configuration management lets every machine in", Severity: finding.High, CWE: 287,
				Why:        "Whoever reaches the master gets a certificate or an accepted key without being asked, and with it the secrets meant for machines.",
				Fix:        "Remove it, and accept keys by hand, by a list (`autosign.conf`, `autosign_file`) that names machines, or by a script that checks a token.",
				References: []string{"https://docs.saltproject.io/en/latest/ref/configuration/master.html#auto-accept", "https://www.puppet.com/docs/puppet/8/ssl_autosign.html"},
			},
			Match: []*Match{
				Key(True, "open_mode", "auto_accept").At(salt...).In("yaml", "conf", "ini").Or("False"),
				Key(True, "autosign").At("puppet.conf*").Or("false"),
			},
			Bad: []Example{
				{"salt/master.yaml", "open_mode: «True»\nauto_accept: «True»\n"},
				{"puppet.conf", "[master]\nautosign = «true»\n"},
			},
			Good: []Example{
				{"salt/master.yaml", "open_mode: False\n#auto_accept: True\n"},
				{"puppet.conf", "[master]\nautosign = /etc/puppetlabs/puppet/autosign.conf\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CONFIGMANAGEMENT-003", Title: "Puppet does not ask whether a certificate was revoked", Severity: finding.Medium, CWE: 299,
				Why:        "A machine that was taken out of service, or its stolen key, stays as good as before.",
				Fix:        "Remove the line; the default checks the whole chain.",
				References: []string{"https://www.puppet.com/docs/puppet/8/configuration.html#certificate-revocation"},
			},
			Match: []*Match{
				Key(False, "certificate_revocation").At("puppet.conf*"),
			},
			Bad:  []Example{{"puppet.conf", "[agent]\ncertificate_revocation = «false»\n"}},
			Good: []Example{{"puppet.conf", "[agent]\ncertificate_revocation = chain\n"}},
		},
	}
}

// chefSwitches finds "ssl_verify_mode :verify_none" and "verify_api_cert false",
// as client.rb and knife.rb have them: a name, then its value. What assigns, in
// hashes and arguments, is for the rules of Ruby.
func chefSwitches(f *syntax.File, report func(Hit)) {
	for i, t := range f.Tokens {
		name := strings.Trim(t.Text, ":'\"")
		if name != "ssl_verify_mode" && name != "verify_api_cert" {
			continue
		}
		for j := i + 1; j < min(i+3, len(f.Tokens)); j++ {
			v := f.Tokens[j]
			text := strings.TrimLeft(v.Text, ":")
			if name == "ssl_verify_mode" && text == "verify_none" || name == "verify_api_cert" && text == "false" {
				report(Hit{Span: v.Span})
				break
			}
			if v.Text != ":" {
				break
			}
		}
	}
}
