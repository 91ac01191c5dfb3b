package lint

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/finding"
	"muxkey/internal/peer"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"

	"muxkey/internal/glob"
)

// marker finds the word "marker" in whatever language.
func marker() *Linter {
	return New([]rules.Rule{{
		Rule: finding.Rule{ID: "MUX-TEST-001", Title: "marked", Severity: finding.High},
		Match: []*rules.Match{rules.Find([]string{"marker"}, func(f *syntax.File, report func(rules.Hit)) {
			text := strings.ToLower(string(f.Text))
			for at := 0; ; {
				i := strings.Index(text[at:], "marker")
				if i < 0 {
					return
				}
				report(rules.Hit{Span: syntax.Span{Start: at + i, End: at + i + 6}})
				at += i + 6
			}
		})},
	}}, Policy{})
}

// tree writes files; where no content is given they are marked.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if content == "" {
			content = "marker\n"
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read are the files below a directory in which the marker was found.
func read(t *testing.T, dir string, o Options) []string {
	t.Helper()
	o.Paths = append(o.Paths, dir)
	result, err := marker().Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range result.Findings {
		rel, err := filepath.Rel(dir, filepath.FromSlash(f.Where))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(out, filepath.ToSlash(rel)) {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	slices.Sort(out)
	return out
}

func TestIgnore(t *testing.T) {
	repository := map[string]string{".git/HEAD": "ref: refs/heads/main\n"}
	for _, c := range []struct {
		what    string
		files   map[string]string
		below   string // what is linted
		plain   bool   // no repository
		options Options
		want    []string
	}{
		{what: "outside of a repository git's patterns are any file's", plain: true, files: map[string]string{".gitignore": "a\n", "a": ""}, want: []string{"a"}},
		{what: ".ignore counts everywhere", plain: true, files: map[string]string{".ignore": "a\n", "a": "", "b": ""}, want: []string{"b"}},
		{what: "in a repository they count", files: map[string]string{".gitignore": "a\n", "a": "", "b": "", "c/a": ""}, want: []string{"b"}},
		{what: "--no-ignore", options: Options{NoIgnore: true}, files: map[string]string{".gitignore": "a\n", "a": "", "b": ""}, want: []string{"a", "b"}},
		{what: "exclude", files: map[string]string{".git/info/exclude": "/a\n", "a": "", "c/a": ""}, want: []string{"c/a"}},
		{what: "the settings of the repository itself are read, the rest of it is not", files: map[string]string{".git/config": "", ".git/hooks/x": "", "a": ""}, want: []string{".git/config", "a"}},
		{what: "patterns from above hold below", below: "x/y", files: map[string]string{".gitignore": "/x/y/a\n", "x/.gitignore": "b\n", "x/y/a": "", "x/y/b": "", "x/y/c": ""}, want: []string{"c"}},
		{what: "what is named is read", below: "build", files: map[string]string{".gitignore": "/build/\n", "build/a": ""}, want: []string{"a"}},
		{what: "a repository within does not obey the outer one", files: map[string]string{".gitignore": "a\n", "in/.git/HEAD": "x", "in/a": "", "a": ""}, want: []string{"in/a"}},
		{what: "a work tree elsewhere", files: map[string]string{"w/.git": "gitdir: ../.git/worktrees/w\n", ".git/worktrees/w/commondir": "../..\n", ".git/worktrees/w/HEAD": "x", ".git/info/exclude": "a\n", "w/a": "", "w/b": ""}, want: []string{"w/b"}},
		{what: ".ignore goes before .gitignore", files: map[string]string{".gitignore": "a\nsub\n", ".ignore": "!a\n", "a": "", "sub/b": ""}, want: []string{"a"}},
		{what: "CRLF and a byte order mark", files: map[string]string{".gitignore": "\ufeffa\r\nb\r\n", "a": "", "b": "", "c": ""}, want: []string{"c"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			files := map[string]string{}
			if !c.plain {
				maps.Copy(files, repository)
			}
			maps.Copy(files, c.files)
			dir := tree(t, files)
			if got := read(t, filepath.Join(dir, c.below), c.options); !slices.Equal(got, c.want) {
				t.Errorf("read %q, wanted %q", got, c.want)
			}
		})
	}
}

// TestIgnoreAsGit makes trees and patterns by chance, and asks git.
func TestIgnoreAsGit(t *testing.T) {
	git := peer.Program(t, "git")
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	name := func() string {
		return pick("a", "b", "ab", "ba", "a.b", "b.a", "aab", "a b", "A", "[a]", "é", "!a", "#b", "a-b", "x1")
	}
	part := func() string {
		return pick("a", "b", "ab", "*", "?", "**", "*.b", "a*", "*a*", "[ab]", "[!a]", "[^b]*", "[a-b]?", "[[:digit:]x]*", `\a`, `\*`, "[]a]", "[a", `a\ b`, "a b", "é", "x1", "[[:bogus:]]", "[b-a]", `[\]a]`, "***", "a**")
	}
	for round := range 40 {
		files := map[string]string{}
		taken := map[string]bool{}
		for range 25 {
			var path string
			for range 1 + r.IntN(3) {
				path += "/" + name()
			}
			path = path[1:]
			clash := taken[path]
			for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
				clash = clash || files[dir] != "" || func() bool { _, ok := files[dir]; return ok }()
			}
			if clash {
				continue
			}
			for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
				taken[dir] = true
			}
			files[path] = ""
		}
		patterns := func() string {
			var out strings.Builder
			for range 1 + r.IntN(6) {
				line := part()
				for range r.IntN(3) {
					line += "/" + part()
				}
				out.WriteString(pick("", "", "", "!", "/", "!/", `\`) + line + pick("", "", "", "/", "/**", " ", `\ `) + pick("\n", "\r\n"))
			}
			return out.String()
		}
		files[".gitignore"] = patterns()
		for dir := range taken {
			if r.IntN(3) == 0 {
				files[dir+"/.gitignore"] = patterns()
			}
		}
		dir := tree(t, files)
		run := func(args ...string) string {
			c := exec.CommandContext(t.Context(), git, append([]string{"-C", dir, "-c", "core.excludesFile="}, args...)...)
			c.Env = []string{"HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("git %q: %v: %s", args, err, out)
			}
			return string(out)
		}
		run("init", "-q")
		var want []string
		for path := range strings.SplitSeq(run("ls-files", "-z", "--others", "--exclude-standard"), "\x00") {
			if path != "" && filepath.Base(path) != ".gitignore" {
				want = append(want, path)
			}
		}
		slices.Sort(want)
		if got := read(t, dir, Options{}); !slices.Equal(got, want) {
			var said []string
			for name, content := range files {
				if content != "" {
					said = append(said, fmt.Sprintf("%s: %q", name, content))
				}
			}
			t.Fatalf("round %d: read %q\ngit reads %q\n%s", round, got, want, strings.Join(said, "\n"))
		}
	}
}

// TestGlobHostile: stars do not multiply.
func TestGlobHostile(t *testing.T) {
	glob.Match(strings.Repeat("*a", 500), strings.Repeat("a", 4000)+"b")
	glob.Match(strings.Repeat("**/", 300)+"b", strings.Repeat("a/", 2000))
}
