//go:build unix

package safefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func umask(t *testing.T, mask int) {
	t.Helper()
	old := syscall.Umask(mask)
	t.Cleanup(func() { syscall.Umask(old) })
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("%s has mode %v, want %v", filepath.Base(path), info.Mode(), want)
	}
}

func TestModeOfANewFile(t *testing.T) {
	for _, tt := range []struct {
		umask      int
		mode, want fs.FileMode
	}{
		{0o022, 0o600, 0o600},
		{0o022, 0o644, 0o644},
		{0o022, 0, 0o600},
		{0o077, 0o644, 0o600}, // a person who wants privacy gets it
		{0, 0o600, 0o600},
	} {
		umask(t, tt.umask)
		path := filepath.Join(t.TempDir(), "a.p12")
		if err := Write(t.Context(), path, []byte("new"), Options{Mode: tt.mode}); err != nil {
			t.Fatal(err)
		}
		wantMode(t, path, tt.want)
	}
}

func TestModeOfAReplacedFile(t *testing.T) {
	umask(t, 0o077)
	for _, tt := range []struct {
		old  fs.FileMode
		opts Options
		want fs.FileMode
	}{
		{0o600, Options{Replace: true, Mode: 0o644}, 0o600},
		{0o640, Options{Replace: true}, 0o640},
		{0o666, Options{Replace: true}, 0o666},
		{0o644, Options{Replace: true, Exact: true, Mode: 0o600}, 0o600},
		{0o644, Options{Replace: true, Exact: true}, 0o600},
		{0o600, Options{Replace: true, Exact: true, Mode: 0o644}, 0o644},
	} {
		path := filepath.Join(t.TempDir(), "a.p12")
		put(t, path, "old", tt.old)
		if err := Write(t.Context(), path, []byte("new"), tt.opts); err != nil {
			t.Fatal(err)
		}
		wantContent(t, path, "new")
		wantMode(t, path, tt.want)
	}
}

func TestPipesAndDevicesAreRefusedWithoutWaiting(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	symlink(t, pipe, filepath.Join(dir, "link"))
	for _, path := range []string{pipe, filepath.Join(dir, "link"), os.DevNull} {
		done := make(chan error, 2)
		go func() {
			done <- Write(t.Context(), path, []byte("new"), Options{Replace: true})
			done <- Edit(t.Context(), path, Options{}, appender("new"))
		}()
		for range 2 {
			select {
			case err := <-done:
				if !errors.Is(err, ErrNotRegular) {
					t.Errorf("%s: %v", path, err)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: waits for the other end", path)
			}
		}
	}
}

// writeUnderAFileSizeLimit is a full disk for everybody, root or not: the kernel
// stops the write in the middle.
func writeUnderAFileSizeLimit(dir string) {
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		panic(err)
	}
	big := bytes.Repeat([]byte("x"), 8192)
	fmt.Println(Write(context.Background(), filepath.Join(dir, "new.p12"), big, Options{}))
	fmt.Println(Write(context.Background(), filepath.Join(dir, "old.p12"), big, Options{Replace: true}))
	fmt.Println(Edit(context.Background(), filepath.Join(dir, "old.p12"), Options{}, appender(string(big))))
}

func TestAWriteThatBreaksOffLeavesWhatWas(t *testing.T) {
	inChild(writeUnderAFileSizeLimit)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "old.p12"), "old", 0o640)
	before := listing(t, dir)
	out, err := child(t, dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("DIR", dir, "WHY", syscall.EFBIG.Error()).Replace(
		"create DIR/new.p12: WHY\nreplace DIR/old.p12: WHY\nreplace DIR/old.p12: WHY\n")
	if string(out) != want {
		t.Errorf("it said:\n%swant:\n%s", out, want)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// A process that is killed leaves its draft. The next write takes it away, and
// leaves alone what somebody is at work on, and what is no draft.
func TestDraftsOfKilledProcessesAreSweptAway(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	put(t, path, "old", 0o600)
	at := func(name string) string { return filepath.Join(dir, name) }
	put(t, at(".muxkey-0123456789abcdef.tmp"), "half a file", 0o600)
	put(t, at(".muxkey-mine.tmp"), "another's", 0o600)
	if err := os.Mkdir(at(".muxkey-0000000000000001.tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at(".muxkey-0000000000000002.tmp"), 0o600); err != nil {
		t.Fatal(err)
	}
	symlink(t, path, at(".muxkey-0000000000000003.tmp"))
	busy, err := newDraft(at("b.p12"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	// The second name of a file whose creator was killed before it was done.
	if err := os.Link(path, at(".muxkey-fedcba9876543210.tmp")); err != nil {
		t.Skipf("no hard links here: %v", err)
	}

	if err := Edit(t.Context(), path, Options{}, appender("new")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "oldnew\n")
	want := []string{
		".muxkey-0000000000000001.tmp", ".muxkey-0000000000000002.tmp", ".muxkey-0000000000000003.tmp",
		".muxkey-mine.tmp", filepath.Base(busy.Name()), "a.p12",
	}
	slices.Sort(want)
	wantFiles(t, dir, want...)
	discard(busy)
}

// A draft that is swept away between its making and its lock is made again.
func TestADraftIsNotSweptAwayByOthers(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				if err := Write(t.Context(), filepath.Join(dir, fmt.Sprint(i)), []byte("x"), Options{Replace: true}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantFiles(t, dir, "0", "1", "2", "3", "4", "5", "6", "7")
}

func TestInPlaceWritesWhatCannotBeReplaced(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "store"), filepath.Join(dir, "other")
	if err := os.WriteFile(path, []byte("a longer old content"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), path, []byte("new"), Options{Replace: true}); !errors.Is(err, ErrHardLink) {
		t.Fatalf("without InPlace: %v", err)
	}
	if err := Write(t.Context(), path, []byte("new"), Options{Replace: true, InPlace: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, other} {
		if got, err := os.ReadFile(name); err != nil || string(got) != "new" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// overwriteUnderAFileSizeLimit is that in place. The limit holds for what the test's own
// log is written to as well, so that it is set in a process of its own.
func overwriteUnderAFileSizeLimit(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		panic(err)
	}
	fmt.Println(overwrite(context.Background(), filepath.Join(dir, "store"), bytes.Repeat([]byte("new"), 10_000)))
}

// A write that breaks off half-way puts back what was there.
func TestInPlacePutsTheOldContentBack(t *testing.T) {
	inChild(overwriteUnderAFileSizeLimit)
	dir := t.TempDir()
	old := strings.Repeat("old", 1000)
	put(t, filepath.Join(dir, "store"), old, 0o600)
	out, err := child(t, dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), syscall.EFBIG.Error()) {
		t.Errorf("it said: %s", out)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "store")); err != nil || string(got) != old {
		t.Errorf("the file has %d octets, %v", len(got), err)
	}
}
