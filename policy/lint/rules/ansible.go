package rules

import (
	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

func ansible() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ANSIBLE-001", Title: "a task of Ansible takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "What is fetched is installed with all rights, on every machine of the play, whoever sent it. Passwords that a module logs in with go the same way.",
				Fix:        "Remove it, or set it to `true`. Install the CA on the machines first: `muxkey trust build ca.pem --target debian -o DIR` (or `rhel`), or give `ca_path` where the module has it.",
				References: []string{"https://docs.ansible.com/ansible/latest/collections/ansible/builtin/uri_module.html", "https://docs.ansible.com/ansible/latest/collections/ansible/builtin/get_url_module.html", "https://docs.ansible.com/ansible/latest/reference_appendices/config.html"},
			},
			Match: []*Match{
				Key(False, "validate_certs").In("yaml", "ini", "json", "env", "shell", "dockerfile").Or("true"),
				Find([]string{"validatecerts"}, ansibleArguments).In("yaml"),
				Find([]string{"validatecerts"}, ansibleDefaults).In("yaml").As(finding.Low, "a task of Ansible takes any certificate unless a variable says otherwise"),
				Env(True, "ANSIBLE_GALAXY_IGNORE").Or("false"),
				Key(True, "galaxy.ignore_certs").In("ini").Or("false"),
			},
			Bad: []Example{
				{"tasks/main.yml", "- name: fetch\n  get_url:\n    url: https://mux.example.com/a.rpm\n    validate_certs: «no»\n- uri:\n    url: https://mux.example.com\n    validate_certs: \"«n»\"\n"},
				{"tasks/main.yml", "- get_url: url=https://mux.example.com/a dest=/tmp/a validate_certs=«no»\n"},
				{"tasks/main.yml", "- uri:\n    url: https://mux.example.com\n    validate_certs: \"«{{ check | default('no') }}»\"\n"},
				{"group_vars/all.yml", "ansible_httpapi_validate_certs: «false»\n"},
				{"install.sh", "export ANSIBLE_GALAXY_IGNORE=«true»\nexport VMWARE_VALIDATE_CERTS=«no»\n"},
			},
			Good: []Example{
				{"tasks/main.yml", "- uri:\n    url: https://mux.example.com\n    validate_certs: \"{{ check }}\"\n- uri:\n    validate_certs: yes\n- package:\n    name: validate_certs\n# validate_certs: no\n- uri:\n    validate_certs: \"{{ check | default(true) }}\"\n- yum_repository:\n    sslverify: true\n"},
				{"tasks/main.yml", "- name: do not write validate_certs=no\n  debug:\n    msg: never set validate_certs=no\n"},
			},
		},
	}
}

var (
	ansibleArgument = lazy.Regexp(`(?i)(?:^|\s)(?:[a-z0-9_]+_)?validate_certs=["']?(no|false|off|n|0)["']?(?:\s|$)`)
	ansibleWords    = lazy.Regexp(`^\s*\w+=`)
	ansibleDefault  = lazy.Regexp(`(?i)\|\s*(?:default|d)\(\s*["']?(?:no|false|off|n|0)["']?\s*[,)]`)
)

// ansibleArguments finds validate_certs=no among arguments that are given to a
// module in one line.
func ansibleArguments(f *syntax.File, report func(Hit)) {
	for _, s := range f.Settings {
		text := string(f.Text[s.Value.Span.Start:s.Value.Span.End])
		if !ansibleWords().MatchString(text) {
			continue
		}
		for _, at := range ansibleArgument().FindAllStringSubmatchIndex(text, -1) {
			report(Hit{Span: syntax.Span{Start: s.Value.Span.Start + at[2], End: s.Value.Span.Start + at[3]}})
		}
	}
}

// ansibleDefaults finds templates that fall back to not checking.
func ansibleDefaults(f *syntax.File, report func(Hit)) {
	wanted := squeezed([]string{"validate_certs"})
	for _, s := range f.Settings {
		if wanted.end(&s) && s.Value.Form == syntax.Template && ansibleDefault().MatchString(s.Value.Text) {
			report(Hit{Span: s.Value.Span})
		}
	}
}
