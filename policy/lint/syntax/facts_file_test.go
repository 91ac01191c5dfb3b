package syntax

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFacts holds what is found in the files of testdata/facts. What is expected
// stands in NAME.facts, in the form of facts.
func TestFacts(t *testing.T) {
	files, err := filepath.Glob("testdata/facts/*.facts")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			name := strings.TrimSuffix(file, ".facts")
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(facts(t, filepath.Base(name), string(text)), "\n") + "\n"
			if got == string(want) {
				return
			}
			g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
			for i := range min(len(g), len(w)) {
				if g[i] != w[i] {
					t.Errorf("fact %d\nfound  %s\nwanted %s", i+1, g[i], w[i])
					break
				}
			}
			t.Logf("all that was found:\n%s", got)
		})
	}
}
