package rules

import (
	"testing"

	"muxkey/policy/lint/syntax"
)

// TestRelated: what a name stands for is reported where it is used, with the
// place where it is set; likewise functions that are given by name.
func TestRelated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, file, text, found, related string }{
		{"MUX-GO-001", "net.go", "package mux\n\nconst lax = true\n\nvar c = &tls.Config{InsecureSkipVerify: lax}\n", "lax", "true"},
		{"MUX-JAVA-001", "Net.java", "class Net {\n  static final boolean LAX = true;\n  void a() { options.setTrustAll(LAX); }\n}\n", "LAX", "true"},
		{"MUX-JAVA-002", "Net.java", "class Net {\n  boolean any(String h, SSLSession s) { return true; }\n  void a() { c.setHostnameVerifier(this::any); }\n}\n", "this::any", "any"},
	} {
		r, ok := All().Get(c.rule)
		if !ok {
			t.Fatalf("there is no rule %s", c.rule)
		}
		f := syntax.Parse(c.file, syntax.Detect(c.file, nil), []byte(c.text))
		text := func(s syntax.Span) string { return c.text[s.Start:s.End] }
		hits := 0
		for _, m := range r.Match {
			if !m.Covers(f.Path, f.Language) {
				continue
			}
			m.Find(f, func(h Hit) {
				hits++
				if text(h.Span) != c.found || len(h.Related) != 1 || text(h.Related[0]) != c.related {
					t.Errorf("%s found %q, related %v", c.rule, text(h.Span), h.Related)
				}
			})
		}
		if hits != 1 {
			t.Errorf("%s has %d hits in\n%s", c.rule, hits, c.text)
		}
	}
}

// TestAlwaysTrue holds what is a function that says yes to everything, and what
// only looks like one.
func TestAlwaysTrue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		yes  []string
		no   []string
	}{
		{
			"a.cs",
			[]string{"(a, b) => true", "delegate { return true; }", "(a) => { Console.WriteLine(a); return (true); }", "(_, __) => { if (x) { return true; } return !false; }"},
			[]string{"(a, b) => false", "(a) => a.Ok", "a => { if (a == 1) { return false; } return true; }", "a => { Check(a); return true; }", "a => { throw new X(); }", "true", "f"},
		},
		{
			"a.kt",
			[]string{"{ _, _ -> true }", "HostnameVerifier { h, s -> true }", "fun(h: String): Boolean { return true }"},
			[]string{"{ h, _ -> h == x }", "{ true && x() }", "{ _ -> error(1); true }"},
		},
		{"a.py", []string{"lambda *a: True", "lambda a, b: (True)"}, []string{"lambda a: a", "lambda a: not a", "lambda: None"}},
		{"a.rs", []string{"|_| Ok(())", "|_, b| { println!(\"{}\", b); true }"}, []string{"|c| check(c)", "|_| Err(x)"}},
		{"a.js", []string{"() => true", "function (a) { return !0; }", "async (a, b) => { console.log(a); return true }"}, []string{"() => {}", "a => a", "() => ({ a: true })"}},
		{"a.rb", []string{"lambda { |a, b| true }", "proc { true }", "->(a) { true }"}, []string{"lambda { |a| a }", "-> { false }"}},
		{"a.cpp", []string{"[](auto a, int b) { return 1; }", "[&](bool ok) -> bool { return true; }"}, []string{"[](bool ok, auto& c) { return ok; }"}},
		{"a.ex", []string{"fn _, _ -> true end"}, []string{"fn a, _ -> a end"}},
		{"a.php", []string{"function ($a) { return true; }", "fn($a) => true"}, []string{"function ($a) { return $a; }"}},
	} {
		for want, list := range map[bool][]string{true: c.yes, false: c.no} {
			for _, text := range list {
				whole := "x.check = " + text + "\n"
				switch c.file {
				case "a.php":
					whole = "<?php\n$x->check = " + text + ";\n"
				case "a.cs", "a.cpp", "a.rs", "a.js":
					whole = "x.check = " + text + ";\n"
				case "a.ex":
					whole = "check = " + text + "\n"
				}
				f := syntax.Parse(c.file, syntax.Detect(c.file, nil), []byte(whole))
				if len(f.Settings) == 0 {
					t.Errorf("%s: nothing is set in %s", c.file, whole)
					continue
				}
				if got := AlwaysTrue(f, f.Settings[0].Value); got != want {
					t.Errorf("%s: %s: %v", c.file, text, got)
				}
			}
		}
	}
}
