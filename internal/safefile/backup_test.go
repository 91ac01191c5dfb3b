package safefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// keepBackup is the option, and where the name goes.
func keepBackup(name *string) Options {
	return Options{Replace: true, Backup: func(n string) { *name = n }}
}

func TestBackupsAreNumberedAndNeverOverwritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	then := time.Date(2020, time.May, 4, 3, 2, 1, 0, time.UTC)
	put(t, path, "0", 0o640)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a.p12.bak", "a.p12.bak.2", "a.p12.bak.3"} {
		var name string
		err := Edit(t.Context(), path, keepBackup(&name), func(old io.Reader) ([]byte, error) {
			return []byte{byte('1' + i)}, nil
		})
		if err != nil || name != filepath.Join(dir, want) {
			t.Fatalf("kept as %q, %v; want %s", name, err, want)
		}
		wantContent(t, name, string(rune('0'+i)))
	}
	wantContent(t, path, "3")
	info, err := os.Stat(path + ".bak")
	if err != nil || !info.ModTime().Equal(then) {
		t.Errorf("%v, %v", info, err)
	}
	if info.Mode() != 0o640 && os.PathSeparator == '/' {
		t.Errorf("the backup has mode %v", info.Mode())
	}

	// A gap is not filled: the highest number is the newest.
	for _, gone := range []string{".bak", ".bak.2"} {
		if err := os.Remove(path + gone); err != nil {
			t.Fatal(err)
		}
	}
	put(t, path+".bak.02", "", 0o600)
	put(t, path+".bak.old", "", 0o600)
	put(t, path+".bak.99999999999999999999", "", 0o600)
	put(t, path+".bakery", "", 0o600)
	var name string
	if err := Write(t.Context(), path, []byte("4"), keepBackup(&name)); err != nil {
		t.Fatal(err)
	}
	got, err := Backups(path)
	if want := []string{path + ".bak.4", path + ".bak.3"}; err != nil || !slices.Equal(got, want) || name != want[0] {
		t.Errorf("backups are %q, %v, the last %q; want %q", got, err, name, want)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if again, err := Backups(path); err != nil || !slices.Equal(got, again) {
		t.Errorf("without the file: %q, %v", again, err)
	}
}

// A backup lies beside the file, wherever the link to it is.
func TestBackupBehindALink(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "store"), 0o755); err != nil {
		t.Fatal(err)
	}
	target, link := filepath.Join(dir, "store", "a.p12"), filepath.Join(dir, "link")
	put(t, target, "old", 0o600)
	symlink(t, target, link)
	var name string
	if err := Write(t.Context(), link, []byte("new"), keepBackup(&name)); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, "link", "store")
	wantFiles(t, filepath.Dir(target), "a.p12", "a.p12.bak")
	got, err := Backups(link)
	if err != nil || len(got) != 1 || !strings.HasSuffix(got[0], filepath.Join("store", "a.p12.bak")) {
		t.Errorf("%q, %v", got, err)
	}
}

// There is nothing to keep of a file that is new, and what cannot be kept is not
// replaced.
func TestNoBackupNoReplacement(t *testing.T) {
	dir := t.TempDir()
	name := "none"
	if err := Write(t.Context(), filepath.Join(dir, "new"), []byte("new"), keepBackup(&name)); err != nil || name != "none" {
		t.Errorf("%q, %v", name, err)
	}
	long := filepath.Join(dir, strings.Repeat("n", 254))
	put(t, long, "old", 0o600)
	err := Write(t.Context(), long, []byte("new"), keepBackup(&name))
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Op != "replace" || !strings.Contains(e.Error(), "keep the old file: ") || name != "none" {
		t.Errorf("kept as %q: %v", name, err)
	}
	wantContent(t, long, "old")
	if _, err := Backups(filepath.Join(dir, "missing", "a.p12")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("backups in a directory that is not there: %v", err)
	}
}

func TestConcurrentBackupsKeepEveryState(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	put(t, path, "", 0o600)
	const edits = 20
	var wg sync.WaitGroup
	for range edits {
		wg.Go(func() {
			var name string
			if err := Edit(t.Context(), path, keepBackup(&name), appender("x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	names, err := Backups(path)
	if err != nil || len(names) != edits {
		t.Fatalf("%d backups, %v", len(names), err)
	}
	for i, name := range names {
		wantContent(t, name, strings.Repeat("x\n", edits-1-i))
	}
}
