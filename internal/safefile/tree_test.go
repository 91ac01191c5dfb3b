package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteTree(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bundle")
	first := []TreeFile{{Path: "a.pem", Data: []byte("a")}, {Path: "below/b.pem", Data: []byte("b")}}
	if err := WriteTree(t.Context(), path, first, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := WriteTree(t.Context(), path, first, false, nil); !errors.Is(err, ErrExists) {
		t.Errorf("a second time: %v, want ErrExists", err)
	}
	second := []TreeFile{{Path: "c.pem", Data: []byte("c")}}
	if err := WriteTree(t.Context(), path, second, true, []string{"a.pem"}); !errors.Is(err, ErrForeign) {
		t.Errorf("with a file that is not known: %v, want ErrForeign", err)
	}
	if _, err := os.Stat(filepath.Join(path, "below", "b.pem")); err != nil {
		t.Errorf("what was refused has changed the directory: %v", err)
	}
	if err := WriteTree(t.Context(), path, second, true, []string{"a.pem", "below/b.pem"}); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(path, "*"))
	if err != nil || len(names) != 1 || filepath.Base(names[0]) != "c.pem" {
		t.Errorf("the directory holds %q (%v), want c.pem alone", names, err)
	}
	escape := []TreeFile{{Path: "../out.pem", Data: []byte("x")}}
	if err := WriteTree(t.Context(), filepath.Join(dir, "other"), escape, false, nil); err == nil {
		t.Error("a path that leaves the directory was written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".muxkey-*")); len(left) > 0 {
		t.Errorf("drafts stay behind: %q", left)
	}
}
