package syntax

import (
	"path"
	"strings"
	"testing"
)

// TestTable holds what the index of the table takes for granted, and that it
// finds for each name the language that claims it.
func TestTable(t *testing.T) {
	table := NewTable()
	for l := range Languages().All() {
		for _, ending := range l.Extensions {
			if !strings.HasPrefix(ending, ".") || ending != strings.ToLower(ending) {
				t.Errorf("%s: the extension %q is not in lower case with a dot", l.Name, ending)
			}
			if got := table.Named("dir/File" + strings.ToUpper(ending)); got == "" {
				t.Errorf("%s: no language has *%s", l.Name, ending)
			}
		}
		for _, name := range append(append([]string{}, l.Names...), l.Paths...) {
			if name != strings.ToLower(name) {
				t.Errorf("%s: %q is not in lower case", l.Name, name)
			}
			if _, err := path.Match(name, ""); err != nil {
				t.Errorf("%s: %q is no pattern", l.Name, name)
			}
			if got := table.Named("dir/" + strings.ReplaceAll(name, "*", "some")); got == "" {
				t.Errorf("%s: no language has %s", l.Name, name)
			}
		}
	}
}

func TestDetect(t *testing.T) {
	table := NewTable()
	for _, c := range []struct{ file, head, want string }{
		{"deploy/values.YAML", "", "yaml"},
		{"Dockerfile", "", "dockerfile"},
		{"docker/Dockerfile.prod", "", "dockerfile"},
		{"syntax/dockerfile.go", "", "go"},
		{"syntax/makefile.go", "", "go"},
		{"src/Makefile.am", "", "makefile"},
		{".env.local", "", "env"},
		{"repo/.git/config", "", "ini"},
		{"config", "", ""},
		{"run", "#!/usr/bin/env -S FOO=1 bash -e\n", "shell"},
		{"run", "#!/bin/sh", "shell"},
		{"run", "# !/bin/sh", ""},
		{"templates/nginx.conf.j2", "", "conf"},
		{"templates/app.conf.erb", "[main]\na = b\n", "ini"},
		{"pages/index.js.erb", "", "erb"},
		{"templates/_helpers.tpl", "", ""},
		{"a.unknown", "", ""},
		{"", "", ""},
	} {
		if got := table.Detect(c.file, []byte(c.head)); got != c.want {
			t.Errorf("%q, %q: %q, wanted %q", c.file, c.head, got, c.want)
		}
	}
}

// TestNamedSlowly compares the index with the plain reading of the table.
func TestNamedSlowly(t *testing.T) {
	table := NewTable()
	slowly := func(file string) string {
		base := path.Base(file)
		for l := range Languages().All() {
			for _, name := range l.Names {
				if ok, _ := path.Match(name, base); ok {
					return l.Name
				}
			}
			for _, p := range l.Paths {
				if endsLike(file, p) {
					return l.Name
				}
			}
		}
		for l := range Languages().All() {
			for _, ending := range l.Extensions {
				if strings.HasSuffix(base, ending) {
					return l.Name
				}
			}
		}
		return ""
	}
	var names []string
	for l := range Languages().All() {
		names = append(names, l.Names...)
		names = append(names, l.Paths...)
		for _, e := range l.Extensions {
			names = append(names, "a"+e, e)
		}
	}
	for _, name := range names {
		name = strings.ReplaceAll(name, "?", "x")
		for _, n := range []string{strings.ReplaceAll(name, "*", "some"), strings.ReplaceAll(name, "*", ""), strings.ReplaceAll(name, "*", "a.b")} {
			for _, file := range []string{n, "etc/" + n, "x" + n, n + "x", "apache2/" + n, strings.TrimSuffix(n, "f")} {
				if got, want := table.Named(file), slowly(file); got != want {
					t.Errorf("%s: %q, wanted %q", file, got, want)
				}
			}
		}
	}
}

func BenchmarkNamed(b *testing.B) {
	table := NewTable()
	for b.Loop() {
		table.Named("root/go/pkg/mod/example.com/module@v1.2.3/internal/package/source_file.go")
	}
}
