package rules

import "muxkey/internal/finding"

func vagrant() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-VAGRANT-001", Title: "Vagrant takes boxes from any server", Severity: finding.High, CWE: 295,
				Why:        "A box is a whole machine that is run, and it comes from whoever answers.",
				Fix:        "Remove the switch. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that with `--cacert` or as `config.vm.box_download_ca_cert`.",
				References: []string{"https://developer.hashicorp.com/vagrant/docs/vagrantfile/machine_settings#config-vm-box_download_insecure", "https://developer.hashicorp.com/vagrant/docs/cli/box"},
			},
			Match: []*Match{
				Flags([]string{"vagrant"}, "--insecure").Hinting("vagrant").Gone(),
				Assign(True, "box_download_insecure").Or("false"),
			},
			Bad: []Example{
				{"up.sh", "vagrant box add «--insecure» https://mux.example.com/a.box\n"},
				{"Vagrantfile", "Vagrant.configure(\"2\") do |config|\n  config.vm.box_download_insecure = «true»\nend\n"},
			},
			Good: []Example{
				{"up.sh", "vagrant box add --cacert ca.pem https://mux.example.com/a.box\n"},
			},
		},
	}
}
