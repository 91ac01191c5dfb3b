package syntax

import (
	"strings"
	"testing"
	"time"
)

// whole checks what holds for every file: all places are in the text, and it takes
// no time that grows faster than the text (four seconds are for busy machines).
func whole(t *testing.T, language, text string) {
	t.Helper()
	start := time.Now()
	f := Parse("x", language, []byte(text))
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("%d bytes took %v", len(text), took)
	}
	in := func(s Span, what string) {
		if s.Start < 0 || s.End < s.Start || s.End > len(text) {
			t.Fatalf("the place of %s, %v, is not within %d", what, s, len(text))
		}
	}
	for _, f := range append([]*File{f}, f.Inner...) {
		for _, p := range f.Problems {
			in(p.Span, p.Err.Error())
		}
		for _, s := range f.Settings {
			if len(s.Path) == 0 || s.Block == 0 {
				t.Fatalf("a setting without path or block: %+v", s)
			}
			in(s.Key, "key "+s.Path[len(s.Path)-1])
			in(s.Value.Span, "value "+s.Value.Text)
		}
		for _, c := range f.Commands {
			in(c.Span, "command "+c.Name)
			for _, w := range c.Words {
				in(w.Span, "word "+w.Text)
			}
		}
		for _, u := range f.URLs {
			in(u.Span, "address "+u.Host)
			in(u.Password.Span, "password of "+u.Host)
		}
	}
}

func fuzzLanguage(f *testing.F, language string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 1<<14 {
			whole(t, language, text)
		}
	})
}

func FuzzYAML(f *testing.F) {
	fuzzLanguage(f, "yaml",
		"a: b\nc:\n- d: 'e''f'\n  g: \"h\\u0041\\\n   i\"\n- [j, {k: l}]\n",
		"run: |-2\n   curl -k \\\n     x\n\n  {{- if .x }}\n   y: >+\n z\n",
		"&a !t x: *a\n? y\n: z\n--- # c\n%TAG\n...\n\tq: r\n",
		"env:\n- {name: A, value: '0'}\n- B=c\ncommand: [sh, -c]\nargs: ['curl -k x']\n",
		"a: {{ .x | default \"d\" }}\r\n{{ if }}\r\nb: {% x %}\r\n",
		"write_files:\n- path: /etc/a.properties\n  content: |\n    x=y\nruncmd:\n- [curl, -k]\n",
	)
}

func FuzzShell(f *testing.F) {
	fuzzLanguage(f, "shell",
		"O='-k -s' A=(x \"y z\")\ncurl $O \"${A[@]}\" \\\n https://u:p@h/?a=b\n",
		"sudo -u x env A=b timeout -s 9 5 bash -lc \"curl \\\"-k\\\" $X\"\n",
		"cat <<-'E' >/etc/a.properties\n\tb=c\n\tE\necho -e 'x=1\\ny' | tee -a .env\nprintf '%s\\n' a > b.ini\n",
		"if x; then\n ( y\nfi fi\ncurl -k z\n{{ if }}\n${{ x }} $[[ y ]]\n",
		"ssh -p 1 h 'curl -k x' ; docker run -it -e A=b img sh -c 'wget x'; eval \"$(x)\"; python3 - <<E\nprint(1)\nE\n",
		"a=$'\\n' b=`c` d=$((1+2)) [[ -z $x ]] && kubectl exec p -- curl -k x\r\n",
	)
}

func FuzzDockerfile(f *testing.F) {
	fuzzLanguage(f, "dockerfile",
		"# escape=`\nFROM a\nENV A=b C=\"d e\" F=g\\ h `\n # c\n I=j\nENV K l\nARG M=${N:-o}\n",
		"RUN --mount=x a && \\\n\n# c\n b\nCMD [\"sh\", \"-c\", \"x\"]\nSHELL [\"pwsh\"]\nRUN iwr -X\nHEALTHCHECK --x=y CMD curl -k z\nONBUILD ENV a b\n",
		"COPY <<E <<\"F\" /etc/a.ini\n[x]\ny=z\nE\nb\nF\nRUN <<E\nx\nE\nRUN python <<E",
	)
}

func FuzzMakefile(f *testing.F) {
	fuzzLanguage(f, "makefile",
		"A := -k \\\n -s # c\nexport B = $(shell curl $(A) x)\nt: u ; curl -k v\n\t@-curl $(A) $$X $@ \\\n\t  y\n",
		".EXPORT_ALL_VARIABLES:\nexport\nt: X = y\ndefine a\nb\nendef\nA = $(A) ${A\n\tx $(A)\n",
	)
}

func FuzzPowerShell(f *testing.F) {
	fuzzLanguage(f, "powershell",
		"# c\n<# d #>\n$env:A = '0'\n[Net.X]::Y = {$true}\niwr -Uri \"a$b`n\" `\n -Skip:$true\n",
		"$h = @{ A = $true; 'B' = \"c\"\"d\" }\n@\"\nx\n\"@ | y\nSet-Item Env:A 1; & 'p q' -r; if ($x -eq 1) { curl.exe -k z }\n",
	)
}

func FuzzBatch(f *testing.F) {
	fuzzLanguage(f, "batch",
		"@echo off\r\nREM x\r\n:: y\r\nset A=1\r\nset \"B=c d\" & curl.exe -k ^\r\n  \"e^f\" || call x\r\n",
		"if not exist a (curl -k b) else set /p x=y\nfor %%i in (1 2) do curl %%i\nif \"%A%\"==\"b\" if c EQU d x ^",
	)
}

func FuzzMarkdown(f *testing.F) {
	fuzzLanguage(f, "markdown",
		"a\n```sh\ncurl -k x\n```\n~~~ {.yaml}\na: b\n~~~\n.. code-block:: python\n   :x: y\n\n   z(verify=False)\n\n[source,ini]\n----\na=b\n----\n```console\n$ a \\\n b\nc\n",
	)
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{
		"jdbc:mysql:x://u:p@h:1,[::1]:2/?a=b;c%3dd&amp;e", "(DESCRIPTION=(A=(B= c )))(D", "Server=a;Encrypt = 'b;c';d={e}", "u:p@tcp(h)/x?y", "hclsametime:a%40b%26c?d%3d", "-Da=\"b c\" -D", "h:1,ssl=x,a=b", "host=a sslmode='b c'", "${A:-b} {{ x | default 1 }}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 1<<14 {
			whole(t, "env", "X="+text)
			whole(t, "yaml", "x: |\n  "+strings.ReplaceAll(text, "\n", "\n  "))
		}
	})
}

// TestHostile takes what was made to cost time or memory, or to exhaust a stack.
func TestHostile(t *testing.T) {
	const size = 1 << 16
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for _, c := range []struct{ language, name, text string }{
		{"yaml", "lists in brackets", fill("[")},
		{"yaml", "mappings in brackets", fill("{a: ")},
		{"yaml", "lists", fill("- ")},
		{"yaml", "indentation", func() string {
			var b strings.Builder
			for i := range 1400 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String()
		}()},
		{"yaml", "long paths", strings.Repeat("{aaaaaaaa: ", 90) + fill("a,")},
		{"yaml", "aliases", "a: &a [x]\n" + fill("b: &b [*a, *a]\n")},
		{"yaml", "keys", fill("a:\n")},
		{"yaml", "anchors", fill("&a ")},
		{"yaml", "quotes", fill("\"")},
		{"yaml", "open quotes", fill("a: \"\n")},
		{"yaml", "question marks", fill("? ")},
		{"yaml", "folded lines", "a: >\n" + fill("  x\n\n")},
		{"yaml", "plain lines", "a: " + fill("x\n ")},
		{"yaml", "plain lines in brackets", "[" + fill("x\n ")},
		{"yaml", "blank lines", "a: x" + fill("\n")},
		{"yaml", "escapes", "a: \"" + fill("\\n") + "\""},
		{"yaml", "templates", fill("{{ x }}\n")},
		{"yaml", "open templates", fill("{{ ")},
		{"yaml", "documents", fill("---\n")},
		{"yaml", "strays", "a: b\n" + fill("  c: d\n e\n")},
		{"yaml", "script lines", "script:\n" + fill("- curl -k x\n")},
		{"yaml", "block keys", "x:\n" + fill(" a: |\n  b\n")},
		{"shell", "brackets", fill("(")},
		{"shell", "braces", fill("{ ")},
		{"shell", "substitutions", fill("$(")},
		{"shell", "arithmetic", fill("$((")},
		{"shell", "backquotes", fill("`\\`")},
		{"shell", "quotes and substitutions", fill("\"$(")},
		{"shell", "conditions", fill("if ")},
		{"shell", "negations", fill("! ")},
		{"shell", "minus", "((" + fill("-") + "1))"},
		{"shell", "expansions", fill("${a:-")},
		{"shell", "faults", fill("fi\n")},
		{"shell", "heredocs", fill("cat <<A\n")},
		{"shell", "pipes", fill("a|")},
		{"shell", "words", "curl " + fill("-k ")},
		{"shell", "assignments", fill("a=b\n")},
		{"shell", "variables", "A='" + strings.Repeat("-k ", 1000) + "'\n" + fill("curl $A\n")},
		{"shell", "wrappers", fill("sudo ")},
		{"shell", "scripts in scripts", fill("sh -c ") + "x"},
		{"shell", "escapes", fill("\\\n")},
		{"shell", "echoes", fill("echo a=b >> .env\n")},
		{"dockerfile", "lines", "RUN a " + fill("\\\n")},
		{"dockerfile", "heredocs", fill("RUN <<A\n")},
		{"dockerfile", "marks", "RUN " + fill("<<A ")},
		{"dockerfile", "pairs", "ENV " + fill("a=b ")},
		{"dockerfile", "triggers", fill("ONBUILD ")},
		{"makefile", "variables", "A = " + fill("$(A)") + "\nt:\n" + fill("\t$(A)\n")},
		{"makefile", "brackets", fill("$(")},
		{"makefile", "shells", "a = " + fill("$(shell ")},
		{"makefile", "shells in recipes", "a:\n\t" + fill("$(shell ")},
		{"makefile", "doubling", "A = " + strings.Repeat("x", 1000) + "\nB = " + strings.Repeat("$(A)", 60) + "\nC = " + strings.Repeat("$(B)", 60) + "\nt:\n" + strings.Repeat("\t$(C)\n", 1000)},
		{"powershell", "brackets", fill("(")},
		{"powershell", "blocks", fill("$a={")},
		{"powershell", "types", fill("[")},
		{"powershell", "strings", fill("@\"\n")},
		{"powershell", "substitutions", fill("$(")},
		{"powershell", "words", fill("a ")},
		{"batch", "brackets", fill("(")},
		{"batch", "conditions", fill("if a==b ")},
		{"batch", "sets", fill("set a=b&")},
		{"batch", "lines", fill("^\n")},
		{"markdown", "fences", fill("```\n")},
		{"markdown", "scripts", fill("```sh\na\n```\n")},
		{"env", "addresses", "X=" + fill("a://")},
		{"env", "hosts", "X=a://" + fill("a,")},
		{"env", "parameters", "X=a://b?" + fill("a=%3d&")},
		{"env", "addresses in addresses", "X=a://b?c=" + fill("a%3a%2f%2fb%3fc%3d")},
		{"env", "descriptions", "X=" + fill("(DESCRIPTION=")},
		{"env", "drivers", "X=" + fill("@tcp(a)")},
		{"env", "options", "X=" + fill("-Da=b ")},
		{"env", "links", "X=" + fill("hclsametime:")},
		{"env", "templates", "X=" + fill("a://${")},
	} {
		t.Run(c.language+" "+c.name, func(t *testing.T) {
			whole(t, c.language, c.text)
		})
	}
}
