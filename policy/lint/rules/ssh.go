package rules

import (
	"regexp"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func ssh() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SSH-001", Title: "ssh takes any host key", Severity: finding.Medium, CWE: 322,
				Why:        "Whoever answers gets the password or the forwarded agent, and the commands and files that are sent.",
				Fix:        "Write `yes`, and give the keys of the hosts in a `known_hosts` file, or sign host keys with a CA. `accept-new` takes unknown keys once, and refuses changed ones.",
				References: []string{"https://man.openbsd.org/ssh_config#StrictHostKeyChecking", "https://docs.ansible.com/ansible/latest/reference_appendices/config.html#host-key-checking"},
			},
			Match: []*Match{
				Key(OneOf("no", "off"), "StrictHostKeyChecking").Or("accept-new"),
				inside(`(?i)StrictHostKeyChecking(?:=|\s+)["']?(no|off)\b`, "stricthostkeychecking"),
				Env(False, "ANSIBLE_HOST_KEY_CHECKING", "ANSIBLE_SSH_HOST_KEY_CHECKING").Or("True"),
				Key(False, "defaults.host_key_checking", "ssh_connection.host_key_checking", "ansible_host_key_checking", "ansible_ssh_host_key_checking").Or("True"),
			},
			Bad: []Example{
				{"deploy.sh", "ssh -o StrictHostKeyChecking=«no» a@mux.example.com uptime\nscp -oStrictHostKeyChecking=«no» a mux.example.com:\nssh -o 'StrictHostKeyChecking «no»' mux.example.com\nrsync -e 'ssh -o StrictHostKeyChecking=«no»' a mux.example.com:\n"},
				{"deploy.sh", "export GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=«no»'\ngit config core.sshCommand \"ssh -o StrictHostKeyChecking=«no»\"\nexport ANSIBLE_HOST_KEY_CHECKING=«False»\n"},
				{".ssh/config", "Host *.example.com\n  StrictHostKeyChecking «no»\n"},
				{"ansible.cfg", "[defaults]\nhost_key_checking = «False»\n"},
				{"group_vars/all.yml", "ansible_ssh_common_args: '-o StrictHostKeyChecking=«no»'\n"},
				{"deploy.sh", "cat >> ~/.ssh/config <<EOF\nHost *\n  StrictHostKeyChecking «no»\nEOF\necho 'StrictHostKeyChecking «no»' >> ~/.ssh/config\n"},
				{"Dockerfile", "FROM debian:13\nRUN echo \"StrictHostKeyChecking «no»\" >> /etc/ssh/ssh_config\n"},
			},
			Good: []Example{
				{"deploy.sh", "ssh -o StrictHostKeyChecking=yes mux.example.com\nssh -o StrictHostKeyChecking=accept-new mux.example.com\nssh -o CheckHostIP=no mux.example.com\nssh -o StrictHostKeyChecking=$CHECK mux.example.com\n"},
				{".ssh/config", "# StrictHostKeyChecking no\nHost *\n  StrictHostKeyChecking ask\n  CheckHostIP no\n"},
				{"ansible.cfg", "[defaults]\nhost_key_checking = True\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SSH-002", Title: "ssh forgets the host keys that it saw", Severity: finding.Low, CWE: 322,
				Why:        "A key that has changed is never noticed, since none is kept.",
				Fix:        "Name a file with the keys of the hosts in place of `/dev/null`.",
				References: []string{"https://man.openbsd.org/ssh_config#UserKnownHostsFile"},
			},
			Match: []*Match{
				Key(Listing("/dev/null", "NUL"), "UserKnownHostsFile").Or("~/.ssh/known_hosts"),
				inside(`(?i)UserKnownHostsFile(?:=|\s+)["']?(/dev/null)\b`, "userknownhostsfile"),
			},
			Bad: []Example{
				{"deploy.sh", "ssh -o UserKnownHostsFile=«/dev/null» mux.example.com\n"},
				{".ssh/config", "Host *\n  UserKnownHostsFile «/dev/null»\n"},
			},
			Good: []Example{
				{".ssh/config", "Host *\n  UserKnownHostsFile ~/.ssh/own\n"},
			},
		},
	}
}

// inside is a pattern within the words of commands and the values of settings,
// with its first group as the place.
func inside(pattern string, hints ...string) *Match {
	re := regexp.MustCompile(pattern)
	return Find(hints, func(f *syntax.File, report func(Hit)) {
		seen := map[syntax.Span]bool{}
		find := func(span syntax.Span) {
			if span.Start < 0 || span.End > len(f.Text) || seen[span] {
				return
			}
			seen[span] = true
			for _, m := range re.FindAllSubmatchIndex(f.Text[span.Start:span.End], -1) {
				report(Hit{Span: syntax.Span{Start: span.Start + m[2], End: span.Start + m[3]}})
			}
		}
		for i := range f.Commands {
			for _, w := range f.Commands[i].Words {
				find(w.Span)
			}
		}
		for i := range f.Settings {
			if v := f.Settings[i].Value; v.Form == syntax.Bare || v.Form == syntax.Quoted {
				find(v.Span)
			}
		}
	})
}
