package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func conan() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CONAN-001", Title: "Conan takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Recipes are programs that run while building, and they come from whoever answers. Passwords are sent there as well.",
				Fix:        "Remove the switch. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that as `core.net.http:cacert_path` in `global.conf`.",
				References: []string{"https://docs.conan.io/2/reference/commands/remote.html", "https://docs.conan.io/2/reference/config_files/remotes.html"},
			},
			Match: []*Match{
				Args(conanRemote, "conan", "remote").Hinting("conan"),
				Key(False, "remotes.verify_ssl").At("remotes.json").Or("true"),
			},
			Bad: []Example{
				{"build.sh", "conan remote add own https://conan.example.com «--insecure»\nconan remote update own «--insecure»\nconan remote add own https://conan.example.com «False»\n"},
				{".conan2/remotes.json", "{\"remotes\": [{\"name\": \"own\", \"url\": \"https://conan.example.com\", \"verify_ssl\": «false»}]}\n"},
			},
			Good: []Example{
				{"build.sh", "conan remote add own https://conan.example.com\nconan remote add own https://conan.example.com True\n"},
			},
		},
	}
}

// conanRemote is --insecure of Conan 2, or the third operand of Conan 1.
func conanRemote(c *syntax.Command, rest []syntax.Word) *syntax.Word {
	if found := optionAmong("--insecure")(c, rest); found != nil {
		return found
	}
	if words := Operands(c, rest); len(words) > 3 && words[0].Text == "add" && (words[3].Text == "False" || words[3].Text == "false") {
		return &words[3]
	}
	return nil
}
