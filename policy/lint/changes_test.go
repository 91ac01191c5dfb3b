package lint

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/peer"
)

// TestChangedSince: a branch that changes lines, renames, deletes and adds, while
// the branch that it left goes on.
func TestChangedSince(t *testing.T) {
	program := peer.Program(t, "git")
	utf16 := func(text string) string {
		out := "\xff\xfe"
		for _, c := range []byte(text) {
			out += string([]byte{c, 0})
		}
		return out
	}
	long := strings.Repeat("x", 200_000)
	dir := tree(t, map[string]string{
		"same": "marker\n", "lines": "marker 1\nmarker 2\nmarker 3\nmarker 4\n", "renamed": "marker\nb\nc\nd\ne\nf\n", "gone": "marker\n",
		"long": "a\n" + long + "\nmarker\n", "wide": utf16("a\nmarker\nb\n"), "dir/deep": "marker\n", "plus": "a\nb\n",
	})
	run := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), program, append([]string{"-C", dir, "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgSign=false"}, args...)...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("init", "-q", "-b", "main")
	run("add", ".")
	run("commit", "-q", "-m", "one")
	run("checkout", "-q", "-b", "work")
	write("lines", "marker 1\nmarker 2 changed\nmarker 3\nmarker 4\nmarker 5\n")
	run("mv", "renamed", `new "name" é	tab`)
	run("rm", "-q", "gone")
	write("long", "a\n"+long+"y\nmarker\nmarker new\n")
	write("wide", utf16("a\nmarker\nmarker new\nb\n"))
	write("plus", "a\n++ b/same\n@@ -1 +1 @@\nmarker\nb\n")
	run("add", ".")
	run("commit", "-q", "-m", "two")
	run("checkout", "-q", "main")
	write("same", "marker\nmarker of main\n")
	run("commit", "-q", "-a", "-m", "three")
	run("checkout", "-q", "work")
	write("dir/deep", "marker\nmarker not committed\n")
	write("dir/unknown", "marker\n")
	write("ignored", "marker\n")
	write(".gitignore", "ignored\n")

	lint := func(o Options) []string {
		t.Helper()
		result, err := marker().Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range result.Findings {
			rel, _ := filepath.Rel(dir, f.Where)
			out = append(out, fmt.Sprintf("%s:%d", rel, f.Place.Line))
		}
		return out
	}
	want := []string{"dir/deep:2", "dir/unknown:1", "lines:2", "lines:5", "long:4", "plus:4", "wide:3"}
	for _, paths := range [][]string{{dir}, {filepath.Join(dir, "lines"), dir}} {
		if got := lint(Options{Paths: paths, Since: "main"}); !slices.Equal(got, want) {
			t.Errorf("%q: found %q, wanted %q", paths, got, want)
		}
	}
	if got := lint(Options{Paths: []string{filepath.Join(dir, "dir")}, Since: "main"}); !slices.Equal(got, want[:2]) {
		t.Errorf("below dir: found %q", got)
	}
	for since, says := range map[string]string{"nowhere": "there is no such revision", "--output=/tmp/x": "that is no revision"} {
		_, err := marker().Run(t.Context(), Options{Paths: []string{dir}, Since: since})
		if g, ok := errors.AsType[*GitError](err); !ok || !strings.Contains(g.Error(), says) {
			t.Errorf("%s: %v, wanted %q", since, err, says)
		}
	}
	if _, err := marker().Run(t.Context(), Options{Paths: []string{t.TempDir()}, Since: "main"}); err == nil || !strings.Contains(err.Error(), "git says: not a git repository") {
		t.Errorf("outside of a repository: %v", err)
	}
}
