package explain

import (
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"

	"muxkey/internal/keytool/grammar"
	"muxkey/internal/keytool/level"
)

func call(t *testing.T, number string, args ...string) (*grammar.Call, level.Level) {
	t.Helper()
	l, err := level.Parse(number)
	if err != nil {
		t.Fatal(err)
	}
	c, err := grammar.Parse(args, l, grammar.Surroundings{
		LookupEnv: func(string) (string, bool) { return "", false },
		ReadFile:  func(string) ([]byte, error) { return nil, io.ErrUnexpectedEOF },
		Unread:    true, Out: io.Discard, Err: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

func around(there ...string) Surroundings {
	return Surroundings{
		Keystore: "/home/u/.keystore", CACerts: "/jdk/cacerts",
		Exists: func(path string) bool { return slices.Contains(there, path) },
	}
}

// TestCall is about what interop-keytool-explain.txtar does not run: odd words,
// sources of passwords, and what has no equivalent.
func TestCall(t *testing.T) {
	tests := []struct {
		args  string // with | between them
		there []string
		want  []string
	}{
		{
			"-list|-keystore|it's mine|-storepass:env|PW", nil,
			[]string{`muxkey inspect 'it'\''s mine' --password env:PW`},
		},
		{"-list|-keystore|-x", nil, []string{"muxkey inspect ./-x"}},
		{"-list|-storepass:FILE|a b", nil, []string{"muxkey inspect /home/u/.keystore --password 'file:a b'"}},
		{
			"-list|-cacerts|-storepass:file|https://h/p", nil,
			[]string{"# Put the password of -storepass into the environment variable STOREPASS.", "muxkey inspect /jdk/cacerts --password env:STOREPASS"},
		},
		{"-list|-storepass|x|-storepass:env|PW", nil, []string{"muxkey inspect /home/u/.keystore --password env:PW"}},
		{
			"-list|-storepass:env|PW|-deststorepass|x", nil,
			[]string{"# Put the password of -storepass into the environment variable STOREPASS.", "muxkey inspect /home/u/.keystore --password env:STOREPASS"},
		},
		{"-delete|-alias|$(rm x)\n;", nil, []string{"muxkey delete /home/u/.keystore --alias '$(rm x)\n;'"}},
		{"-changealias|-alias|-a", nil, []string{"# keytool asks for the new alias: put it in the place of NEW.", "muxkey alias rename /home/u/.keystore ./-a NEW"}},
		{"-printcert|-sslserver|h:1", nil, []string{"muxkey probe h:1 --quick"}},
		{"-exportcert|-file|f", []string{"f"}, []string{"muxkey export /home/u/.keystore --alias mykey --as der -o f --force"}},
		{
			"-genkeypair|-keyalg|RSA|-keysize|1024|-dname|CN=h.example", nil,
			[]string{
				"# muxkey makes no RSA keys of that size: it has ec-p256, ec-p384, ec-p521, rsa-2048, rsa-3072, rsa-4096 and ed25519.",
				"muxkey create h.example --key ec-p256 --days 90 --alias mykey --subject CN=h.example -o /home/u/.keystore",
			},
		},
		{
			"-genkeypair|-dname|CN=h.example|-keystore|k.p12", nil,
			[]string{
				"# keytool needs -keyalg; muxkey makes keys of ec-p256 without --key.",
				"muxkey create h.example --key ec-p256 --days 90 --alias mykey --subject CN=h.example -o k.p12",
			},
		},
		{
			"-genkeypair|-keyalg|EdDSA|-dname|CN=Duke D|-startdate|2026/12/31", nil,
			[]string{
				"# A certificate of muxkey is for hosts: put the name of one in the place of HOST.",
				"muxkey create HOST --key ed25519 --days 90 --alias mykey --subject 'CN=Duke D' --not-before 2026-12-31 -o /home/u/.keystore",
			},
		},
		{
			"-genkeypair|-keyalg|EC|-dname|CN=Duke D|-ext|san=dns:a,email:d@a,uri:http://a/|-ext|1.2.3=00|-ext|eku=clientAuth|-startdate|-1d|-keystore|k.p12", nil,
			[]string{
				"# The extensions 1.2.3 are for a template: muxkey create --template FILE.",
				"muxkey create dns:a --key ec-p384 --days 90 --alias mykey --subject 'CN=Duke D' --san email:d@a --san uri:http://a/ --usage client --not-before -1d -o k.p12",
			},
		},
		{
			"-gencert|-infile|r|-ext|honored=all|-sigalg|SHA1withRSA|-rfc", nil,
			[]string{
				"# -sigalg SHA1withRSA: muxkey signs with the algorithm that fits the key: SHA-256 and up, never SHA-1.",
				"muxkey sign r --ca /home/u/.keystore --ca-alias mykey --days 90 --honor all --as pem -o -",
			},
		},
		{"-help|-list", nil, []string{"muxkey help"}},
		{"-identitydb", nil, []string{"# -identitydb has no equivalent in muxkey."}},
		{
			"-importcert|-file|c|-storetype|jks|-keystore|trust", nil,
			[]string{"muxkey import trust.jks c --alias mykey", "mv trust.jks trust"},
		},
		{"-importcert|-file|c|-storetype|jks|-keystore|trust", []string{"trust"}, []string{"muxkey import trust c --alias mykey"}},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			c, l := call(t, "21", strings.Split(tt.args, "|")...)
			if got := Call(c, l, around(tt.there...)); !slices.Equal(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestEveryCommand has an explanation for each of keytool's commands.
func TestEveryCommand(t *testing.T) {
	l, err := level.Parse("25")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(grammar.Help(l, "")) {
		if !strings.HasPrefix(line, " -") {
			continue
		}
		n++
		if name := strings.Fields(line)[0]; explanations()[name] == nil {
			t.Errorf("%s has none", name)
		}
	}
	if n < 15 {
		t.Errorf("the help has %d commands", n)
	}
}

func TestAdvice(t *testing.T) {
	tests := []struct {
		level, args string
		want        []string // beginnings
	}{
		{"21", "-genkeypair|-keyalg|EC|-dname|CN=a|-ext|san=dns:a|-storepass:env|P", nil},
		{"21", "-genkeypair|-keyalg|EC|-dname|CN=a|-storepass:env|P", []string{"clients find the name"}},
		{"21", "-genkeypair|-keyalg|EC|-dname|CN=a|-ext|bc:c", nil},
		{"17", "-genkeypair|-keyalg|RSA|-ext|san=dns:a", []string{"the default of 2048"}},
		{"21", "-genkeypair|-keyalg|rsa|-keysize|1024|-ext|san=dns:a|-sigalg|SHA1withRSA", []string{"RSA keys of less", "signatures with"}},
		{"8", "-genkeypair|-ext|san=dns:a", []string{"TLS has no DSA", "JKS and JCEKS"}},
		{"21", "-list|-storepass|hunter22", []string{"a password on the command line"}},
		{"21", "-list|-storepass|changeit", []string{"a password on the command line", "the password stands"}},
		{"21", "-list|-storepass:file|f", nil},
		{"21", "-import|-noprompt|-trustcacerts|-file|f", []string{"-noprompt trusts"}},
		{"21", "-importkeystore|-deststoretype|jks|-srckeystore|x", []string{"JKS and JCEKS"}},
		{"21", "-genkeypair|-keyalg|EC|-ext|san=dns:a|-validity|3650", []string{"clients of Apple"}},
		{"21", "-genkeypair|-keyalg|EC|-ext|san=dns:a|-storepass|abcdefgh|-keypass|hgfedcba", []string{"a password on", "the keys of a PKCS12"}},
		{"21", "-help", nil},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			c, l := call(t, tt.level, strings.Split(tt.args, "|")...)
			got := Advice(c, l, around())
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, text := range got {
				if !strings.HasPrefix(text, tt.want[i]) {
					t.Errorf("got %q, want %q", text, tt.want[i])
				}
				if strings.Contains(text, "hunter22") || strings.Contains(text, "changeit") {
					t.Errorf("the password is in %q", text)
				}
			}
		})
	}
}

// FuzzCall explains whatever keytool takes, and has a shell's grammar read it: each
// line that is no comment is calls of known programs, and no password is there.
func FuzzCall(f *testing.F) {
	f.Add("-genkeypair\n-keyalg\nEC\n-dname\nCN=a b'c\n-ext\nsan=dns:x\n-alias\n$(x)")
	f.Add("-importkeystore\n-srckeystore\n`a`\n-srcstorepass\nqZ7#kkpassword\n-alias\n\\\n-destalias\n;")
	f.Add("-list\n-alias\n#x\n-keystore\n~/a")
	f.Add("-gencrl\n-id\n1:2\n-id\nx\n-alias\n\"")
	f.Fuzz(func(t *testing.T, lines string) {
		if strings.Contains(lines, "\x00") || !utf8.ValidString(lines) {
			return // no argument has the one, and the parser here takes no other
		}
		l, err := level.Parse("")
		if err != nil {
			t.Fatal(err)
		}
		c, err := grammar.Parse(strings.Split(lines, "\n"), l, grammar.Surroundings{
			LookupEnv: func(string) (string, bool) { return "", false },
			ReadFile:  func(string) ([]byte, error) { return nil, io.ErrUnexpectedEOF },
			Unread:    true, Out: io.Discard, Err: io.Discard,
		})
		if err != nil {
			return
		}
		script := strings.Join(Call(c, l, around()), "\n") + "\n"
		Advice(c, l, around())
		file, err := syntax.NewParser().Parse(strings.NewReader(script), "")
		if err != nil {
			t.Fatalf("%v\n%s", err, script)
		}
		syntax.Walk(file, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CmdSubst, *syntax.ParamExp, *syntax.Redirect, *syntax.ArithmExp, *syntax.ProcSubst:
				t.Errorf("the shell finds a %T in\n%s", n, script)
			case *syntax.CallExpr:
				if len(n.Args) > 0 && !slices.Contains([]string{"muxkey", "mv", "rm"}, n.Args[0].Lit()) {
					t.Errorf("the shell calls %q in\n%s", n.Args[0].Lit(), script)
				}
			}
			return true
		})
		if strings.Contains(script, "qZ7#kkpassword") && strings.Count(lines, "qZ7#kkpassword") == 1 && c.SrcStorePass != nil && *c.SrcStorePass == "qZ7#kkpassword" {
			t.Errorf("the password is in\n%s", script)
		}
	})
}
