package syntax

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// sound fails for facts whose places cannot be.
func sound(t *testing.T, f *File) {
	t.Helper()
	check := func(what string, s Span) {
		if s.Start < 0 || s.Start > s.End || s.End > len(f.Text) {
			t.Fatalf("%s is at %v in a text of %d bytes", what, s, len(f.Text))
		}
	}
	for _, s := range f.Settings {
		check("the value of "+strings.Join(s.Path, "/"), s.Value.Span)
		check("the key "+strings.Join(s.Path, "/"), s.Key)
		if len(s.Path) == 0 {
			t.Fatal("a setting has no name")
		}
		if s.Block == 0 {
			t.Fatalf("%q stands in no block", s.Path)
		}
		if s.Origin == FromFile && s.Value.Form == Bare && s.Value.Text != "" && s.Value.Span.Start == s.Value.Span.End {
			t.Fatalf("%q = %q is nowhere", s.Path, s.Value.Text)
		}
	}
	for _, c := range f.Commands {
		check("the command "+c.Name, c.Span)
		for _, w := range c.Words {
			check("the word "+w.Text, w.Span)
		}
	}
	for _, u := range f.URLs {
		check("an address", u.Span)
		check("a password", u.Password.Span)
	}
	for _, p := range f.Problems {
		check("a problem", p.Span)
	}
	for _, inner := range f.Inner {
		sound(t, inner)
	}
}

// samples are small files in each language of configuration, and where their
// parsers have to decide.
var samples = map[string][]string{
	"env":        {"A=b # c\nexport B=\"x\\n\ny\" # z\nC='lit'\nD: v\nE=\"\n", "A=${B:-c}\n", "A=\"\\"},
	"properties": {"a.b = c,\\\n  d\r\n! x\nk\\u0041\\ :v\\\n", "a=\\u00g\n", "\\\n\\\n"},
	"ini":        {"[a \"b\"]\nk = \"v # x\" ; c\n  more\nflag\n", "[Service]\nEnvironment=\"A=b c\" D=e\nExecStart=-/bin/sh -c 'curl -k' \\\n  x\n", "//h/:_a=b\n[\n]=\n\"a\"=dword:1\n"},
	"conf":       {"http {\n server { listen 1 ssl;\n x \"a\n b\"; }\n}\n", "<A \"b\">\nk v \\\n w\n</A>\n", "A::B \"c\";\n{\n}\n}\n", "frontend f\n bind x verify none\n", "a = b\n c\n[x]\n; y\n"},
	"json":       {`{"a": [1, {"b": null,},], // c` + "\n" + `'d': "\u0041\ud83d\ude00", e: {{ .x }} /* y */}`, "{\"a\":1}\n{\"a\":2}\n", `["\`},
	"xml":        {`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c>">]><a b='&amp;&#x41;' c=d><!-- e --><f>g<![CDATA[h]]></f><i/></a>`, `<plist><dict><key>a</key><true/><key>b</key><array><string>c</string></array></dict></plist>`, `<p><name>a</name><value>b</value></p></q><`},
	"toml":       {"a.\"b\" = 'c'\n[d]\ne = [1, # f\n \"g\\u0041\"]\n[[h]]\ni = { j = true }\nk = \"\"\"\nl \\\n  m\"\"\"\nbad\n", "a = \"\"\"\"b\"\"\"\"\"\n"},
	"hcl":        {"a \"b\" {\n c = \"${d[\"e\"]}\" # f\n g = <<-H\n  i\n H\n j = [1, { k : v }]\n l = m ? n : o\n}\n", "a = jsonencode({b = [\"c\"]})\n", "a = {for x in y : x => z}\n(b) = 1\n"},
	"hocon":      {"include \"a\"\nb.c = d, e { f: [1\n2], g += h }\n\"i.j\" = ${?k} // l\nm = \"\"\"n\"\"\"\"\n", "{a=b c \"d\"}\n", "a { b"},
}

func fuzz(f *testing.F, language, name string) {
	f.Helper()
	for _, s := range samples[language] {
		f.Add(s)
	}
	table := NewTable()
	f.Fuzz(func(t *testing.T, text string) { sound(t, table.Parse(name, language, []byte(text))) })
}

func FuzzEnv(f *testing.F)        { fuzz(f, "env", ".env") }
func FuzzProperties(f *testing.F) { fuzz(f, "properties", "a.properties") }
func FuzzINI(f *testing.F)        { fuzz(f, "ini", "a.ini") }
func FuzzGitConfig(f *testing.F)  { fuzz(f, "ini", ".gitconfig") }
func FuzzUnit(f *testing.F)       { fuzz(f, "ini", "a.service") }
func FuzzConf(f *testing.F)       { fuzz(f, "conf", "a.conf") }
func FuzzJSON(f *testing.F)       { fuzz(f, "json", "package.json") }
func FuzzXML(f *testing.F)        { fuzz(f, "xml", "a.xml") }
func FuzzTOML(f *testing.F)       { fuzz(f, "toml", "a.toml") }
func FuzzHCL(f *testing.F)        { fuzz(f, "hcl", "a.tf") }
func FuzzHOCON(f *testing.F)      { fuzz(f, "hocon", "application.conf") }

// TestHostileConfiguration has files that are small and cost much where a parser
// looks at a byte more than a few times, or keeps more than it read.
func TestHostileConfiguration(t *testing.T) {
	const size = 1 << 17
	patterns := []string{"\r\n\t"}
	for c := byte(' '); c < 0x7f; c++ {
		patterns = append(patterns, string(c))
	}
	patterns = append(patterns,
		"=\"", "a='", "a=\"\n", "a='\n", "a=\\\n", "\\u", "a.", "a.b={", "{a=", "{\"a\":", "[{", "[[a]]\n", "[a.b.c]\n", "a=[", "a={", "a=\"\"\"", "${", "a=${", "{{", "<%",
		"<a>", "<a ", "<a b=\"", "<!--", "<![CDATA[", "<!DOCTYPE [", "</a>", "&a", "&amp;", "<a/>", "<plist><dict>", "a {\n", "a;", "A::", "a \"b\" ", "<<A\n", "a=<<-A\n", "a=jsonencode(", "/*", "//",
		"\"", "\" ", "' ", "\\\"", "[s]\nk=v\n", "k=v\n  w\n", "Environment=A=b ", "ExecStart=a ", "://", "a://b ", "-Da=b ", "\u00e9", "\xff", "a:\n", "a=(", "include a\n", "x(a=\"b\") ", "a[", "a=1,", "a = b\n",
	)
	table := NewTable()
	for language := range samples {
		t.Run(language, func(t *testing.T) {
			for _, pattern := range patterns {
				text := []byte(strings.Repeat(pattern, size/len(pattern)))
				// A busy machine gets a second try.
				for try := 1; ; try++ {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					start := time.Now()
					f := table.Parse("a", language, text)
					took := time.Since(start)
					runtime.ReadMemStats(&after)
					if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; (took > time.Second || grown > 128) && try == 2 {
						t.Errorf("128 KiB of %q took %s and %d MiB for %d facts", pattern, took.Round(time.Millisecond), grown, len(f.Settings))
					} else if took > time.Second && try == 1 {
						continue
					}
					sound(t, f)
					break
				}
			}
		})
	}
}
