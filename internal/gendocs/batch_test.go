package gendocs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/cmd"
)

// The guide is written by hand, and its table of columns must be that of the
// program.
func TestBatchColumns(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repo, "docs/batch.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := "| Column | What it holds |\n|---|---|\n"
	for c := range cmd.Columns().All() {
		want += "| `" + c.Name + "` | " + c.Doc + " |\n"
	}
	if cmd.Columns().Len() == 0 || !strings.Contains(string(text), "\n"+want+"\n") {
		t.Errorf("docs/batch.md does not have this table of columns:\n%s", want)
	}
}
