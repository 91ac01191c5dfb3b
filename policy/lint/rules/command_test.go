package rules

import (
	"testing"

	"muxkey/policy/lint/syntax"
)

// TestOptions holds how options of commands are read: each line has what a match
// finds between « and ».
func TestOptions(t *testing.T) {
	anything := func(v syntax.Value) bool { return true }
	rest := func(want string) func(*syntax.Command, []syntax.Word) *syntax.Word {
		return func(c *syntax.Command, rest []syntax.Word) *syntax.Word {
			for i, w := range Operands(c, rest) {
				if w.Text == want {
					return &Operands(c, rest)[i]
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		match *Match
		file  string
		text  string
	}{
		{Flag("curl", "-k"), "x.sh", "curl «-fks» https://x «-k»"},
		{Flag("curl", "-k"), "x.sh", "curl -ok -Hk -uk:x -dk -o -k --key k -X -k -- -k"},
		{Flag("curl", "-k"), "x.sh", "curl -d @x \\\n  -sS «-Lkv»"},
		{Flag("curl", "--insecure"), "x.sh", "curl «--insecure» --data --insecure"},
		{Flag("ssh", "-A"), "x.sh", "ssh -oA=b -p 22 «-vA» host"},
		{Flag("kubectl", "--insecure-skip-tls-verify"), "x.sh", "kubectl «--insecure-skip-tls-verify=true» get --insecure-skip-tls-verify=false"},
		{Flag("tool", "-insecure"), "x.sh", "tool «-insecure» -insecure=false"},
		{Flag("iwr", "-SkipCertificateCheck"), "x.ps1", "iwr «-skipcertificatecheck» x\niwr «-SkipCertificateCheck:$true»\niwr -SkipCertificateCheck:$false"},
		{FlagIs("pip", Some, "--trusted-host"), "x.sh", "pip install «--trusted-host» h «--trusted-host=h»"},
		{FlagIs("curl", Exactly("1.0"), "--tls-max"), "x.sh", "curl «--tls-max» 1.0 --tls-max 1.2 «--tls-max=1.0»"},
		{FlagIs("psql", anything, "-v"), "x.sh", "psql «-v» a=b «-vx=y»"},
		{FlagIs("tool", False, "--verify"), "x.sh", "tool «--verify=${V:-false}» --verify=$V"},
		{Args(rest("false"), "git", "config"), "x.sh", "git -C dir -c a=b config --global http.sslVerify «false»"},
		{Args(rest("false"), "git", "config"), "x.sh", "git commit -m config false"},
		{Args(rest("x"), "tool", "sub"), "x.sh", "tool --flag sub «x»; tool --flag value sub «x»; tool --flag=value other sub x"},
		{Args(rest("y"), "kubectl", "get"), "x.sh", "kubectl --context get get «y»"},
	} {
		text, want := unmarked(c.text)
		f := syntax.Parse(c.file, syntax.Detect(c.file, nil), []byte(text))
		var got []syntax.Span
		c.match.Find(f, func(h Hit) { got = append(got, h.Span) })
		if show(text, got) != show(text, want) {
			t.Errorf("in %s\nfound  %s\nwanted %s", text, show(text, got), show(text, want))
		}
	}
}
