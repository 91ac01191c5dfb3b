package safefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

func put(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %.60q, %v; want %.60q", filepath.Base(path), got, err, want)
	}
}

// wantFiles checks that a directory holds these names and no draft.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the directory holds %q, want %q", got, want)
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func TestANewFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	for _, opts := range []Options{{}, {Replace: true}} {
		if err := Check(path, opts); err != nil {
			t.Errorf("check: %v", err)
		}
		wantFiles(t, dir)
		if err := Write(t.Context(), path, []byte("new"), opts); err != nil {
			t.Fatal(err)
		}
		wantContent(t, path, "new")
		wantFiles(t, dir, "a.p12")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheLongestName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 255))
	if err := Write(t.Context(), path, []byte("new"), Options{}); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "new")
}

// Every refusal is the same from Check and from Write, says why, names the path
// as it was given, and leaves the directory as it was.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name    string
		make    func(t *testing.T, dir string)
		path    string
		replace bool
		is      error
		op      string
	}{
		{"exists", nil, "old", false, ErrExists, "write"},
		{"exists as a directory", nil, "sub", false, ErrDirectory, "write"},
		{"directory", nil, "sub", true, ErrDirectory, "write"},
		{"missing directory", nil, "missing/new", false, ErrNoDirectory, "write"},
		{"missing directory, replace", nil, "missing/new", true, ErrNoDirectory, "write"},
		{"missing directory itself", nil, "missing/", false, ErrNoDirectory, "write"},
		{"below a file", nil, "old/new", false, nil, "write"},
		{"no name", nil, "", true, nil, "write"},
		{"name too long", nil, strings.Repeat("n", 300), false, nil, "write"},
		{"symbolic link", func(t *testing.T, dir string) { symlink(t, "old", filepath.Join(dir, "link")) }, "link", false, ErrExists, "write"},
		{"dangling link", func(t *testing.T, dir string) { symlink(t, "gone", filepath.Join(dir, "link")) }, "link", false, ErrExists, "write"},
		{"dangling link, replace", func(t *testing.T, dir string) { symlink(t, "gone", filepath.Join(dir, "link")) }, "link", true, ErrDangling, "write"},
		{"link to a directory", func(t *testing.T, dir string) { symlink(t, "sub", filepath.Join(dir, "link")) }, "link", true, ErrDirectory, "write"},
		{"link to itself", func(t *testing.T, dir string) { symlink(t, "link", filepath.Join(dir, "link")) }, "link", true, nil, "write"},
		{"hard link", func(t *testing.T, dir string) {
			if err := os.Link(filepath.Join(dir, "old"), filepath.Join(dir, "other")); err != nil {
				t.Skipf("no hard links here: %v", err)
			}
		}, "old", true, ErrHardLink, "replace"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.is == nil && runtime.GOOS == "windows" {
				t.Skip("Windows refuses it with other words")
			}
			dir := t.TempDir()
			put(t, filepath.Join(dir, "old"), "old", 0o644)
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			if tt.make != nil {
				tt.make(t, dir)
			}
			before := listing(t, dir)
			t.Chdir(dir)
			opts := Options{Replace: tt.replace}
			checked, written := Check(tt.path, opts), Write(t.Context(), tt.path, []byte("new"), opts)
			e, ok := errors.AsType[*Error](written)
			if !ok {
				t.Fatalf("%v is no *Error", written)
			}
			if checked == nil || checked.Error() != written.Error() {
				t.Errorf("check said %v, write %v", checked, written)
			}
			if tt.is != nil && !errors.Is(written, tt.is) {
				t.Errorf("%v is not %v", written, tt.is)
			}
			if e.Path != tt.path || e.Op != tt.op || strings.Contains(e.Error(), ".tmp") {
				t.Errorf("op %q, path %q: %v", e.Op, e.Path, e)
			}
			if after := listing(t, dir); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

// listing tells names, modes, link targets and contents.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&s, "%s %v %v", e.Name(), info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&s, " %q", content)
		} else if target, err := os.Readlink(path); err == nil {
			s.WriteString(" -> " + target)
		}
		s.WriteByte('\n')
	}
	return s.String()
}

func TestReplaceFollowsSymbolicLinks(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"conf", "store"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(dir, "store", "a.p12")
	put(t, target, "old", 0o640)
	symlink(t, "a.p12", filepath.Join(dir, "store", "current"))
	link := filepath.Join(dir, "conf", "link")
	symlink(t, filepath.Join("..", "store", "current"), link)

	if err := Write(t.Context(), link, []byte("new"), Options{Replace: true}); err != nil {
		t.Fatal(err)
	}
	wantContent(t, target, "new")
	if err := Edit(t.Context(), link, Options{}, appender("edited")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, target, "newedited\n")
	if to, err := os.Readlink(link); err != nil || to != filepath.Join("..", "store", "current") {
		t.Errorf("the link became %q, %v", to, err)
	}
	wantFiles(t, filepath.Join(dir, "conf"), "link")
	wantFiles(t, filepath.Join(dir, "store"), "a.p12", "current")
}

// Of many that create one file at a time one succeeds, and its bytes stay.
func TestCreatingIsARaceWithOneWinner(t *testing.T) {
	for _, way := range []struct {
		name   string
		create func(path, content string) error
	}{
		{"write", func(path, content string) error {
			return Write(t.Context(), path, []byte(content), Options{})
		}},
		{"claim, for file systems without hard links", func(path, content string) error {
			d, err := newDraft(path, 0o600)
			if err != nil {
				return err
			}
			defer discard(d)
			if _, err := d.WriteString(content); err != nil {
				return err
			}
			_ = d.Close()
			return claim(d.Name(), path)
		}},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.p12")
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			wg.Go(func() { errs[i] = way.create(path, fmt.Sprintf("writer %d", i)) })
		}
		wg.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				t.Errorf("%s: writers %d and %d both made the file", way.name, winner, i)
			case err == nil:
				winner = i
			case !errors.Is(err, ErrExists):
				t.Errorf("%s: writer %d: %v", way.name, i, err)
			}
		}
		wantContent(t, path, fmt.Sprintf("writer %d", winner))
		wantFiles(t, dir, "a.p12")
	}
}

// With leave to replace, the others replace what the winner made.
func TestForcedCreationIsARaceThatNobodyLoses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := Write(t.Context(), path, []byte("whole"), Options{Replace: true}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantContent(t, path, "whole")
	wantFiles(t, dir, "a.p12")
}

func TestAFailedClaimIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	if err := claim(filepath.Join(dir, "no draft"), filepath.Join(dir, "a.p12")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("claimed for nothing: %v", err)
	}
	wantFiles(t, dir)
}

// appender is a change that adds a line.
func appender(line string) func(io.Reader) ([]byte, error) {
	return func(old io.Reader) ([]byte, error) {
		data, err := io.ReadAll(old)
		return append(data, line+"\n"...), err
	}
}

func appendLine(ctx context.Context, path, line string) {
	if err := Edit(ctx, path, Options{}, appender(line)); err != nil {
		panic(err)
	}
}

func TestConcurrentEditsAreAllFound(t *testing.T) {
	inChild(func(dir string) {
		for i := range 10 {
			appendLine(context.Background(), filepath.Join(dir, "a.p12"), fmt.Sprintf("process %d edit %d", os.Getpid(), i))
		}
	})
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	put(t, path, "", 0o600)
	var wg sync.WaitGroup
	var want []string
	for i := range 50 {
		line := fmt.Sprintf("goroutine %d", i)
		want = append(want, line)
		wg.Go(func() { appendLine(t.Context(), path, line) })
	}
	for range 3 {
		cmd := child(t, dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			want = append(want, fmt.Sprintf("process %d edit %d", cmd.Process.Pid, i))
		}
		wg.Go(func() {
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d of %d lines are there:\n%s", len(got), len(want), content)
	}
	wantFiles(t, dir, "a.p12")
}

// holdEdit starts an edit and returns when it has the lock; finish lets it end.
func holdEdit(t *testing.T, path, line string) (finish func()) {
	t.Helper()
	has, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- Edit(context.Background(), path, Options{}, func(old io.Reader) ([]byte, error) {
			close(has)
			<-release
			return appender(line)(old)
		})
	}()
	<-has
	return func() {
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Who opened the file just before it was replaced, and locks it just after, has
// the lock of a file that nobody reads any more. That takes microseconds that no
// test can hit, so this asks the check itself.
func TestALockOnAReplacedFileIsNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.p12")
	put(t, path, "old", 0o600)
	l := flock.New(path)
	if err := l.Lock(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Unlock() }()
	if current, err := isCurrent(l); err != nil || !current {
		t.Errorf("before: %v, %v", current, err)
	}
	put(t, path+".new", "new", 0o600)
	if err := os.Rename(path+".new", path); err != nil {
		t.Skipf("an open file cannot be replaced here: %v", err)
	}
	if current, err := isCurrent(l); err != nil || current {
		t.Errorf("after: %v, %v", current, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := isCurrent(l); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the name: %v", err)
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	put(t, path, "", 0o600)
	finish := holdEdit(t, path, "first")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for name, err := range map[string]error{
		"edit":  Edit(ctx, path, Options{}, appender("second")),
		"write": Write(ctx, path, []byte("second"), Options{Replace: true}),
	} {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Op != "lock" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantContent(t, path, "")
	finish()
	wantContent(t, path, "first\n")
}

// A forced write is not lost to the edit that was under way.
func TestReplacingWaitsForTheEditUnderWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.p12")
	put(t, path, "", 0o600)
	finish := holdEdit(t, path, "edited")
	done := make(chan error)
	go func() { done <- Write(context.Background(), path, []byte("forced"), Options{Replace: true}) }()
	select {
	case err := <-done:
		t.Errorf("the write did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
		finish()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	wantContent(t, path, "forced")
}

func TestAnEditThatGivesUpTouchesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	put(t, path, "old", 0o644)
	before := listing(t, dir)

	wrong := errors.New("wrong password")
	if err := Edit(t.Context(), path, Options{}, func(io.Reader) ([]byte, error) { return []byte("half"), wrong }); err != wrong { //nolint:errorlint // as it is, says the contract
		t.Errorf("the change's error became %v", err)
	}
	if err := Edit(t.Context(), path, Options{}, func(io.Reader) ([]byte, error) { return nil, nil }); err != nil {
		t.Errorf("no change: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Edit(ctx, path, Options{}, func(io.Reader) ([]byte, error) { cancel(); return []byte("new"), nil })
	if _, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if err := Write(ctx, filepath.Join(dir, "b.p12"), []byte("new"), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}

	if err := Edit(t.Context(), path, Options{}, func(io.Reader) ([]byte, error) { return []byte{}, nil }); err != nil {
		t.Errorf("to nothing: %v", err)
	}
	wantContent(t, path, "")
}

// What cannot be read is an error of the input, not of the output.
func TestEditOfWhatIsNotThere(t *testing.T) {
	for _, name := range []string{"missing", filepath.Join("missing", "a.p12")} {
		err := Edit(t.Context(), filepath.Join(t.TempDir(), name), Options{}, appender("x"))
		if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Somebody who reads while the file is replaced gets all of one content.
func TestReadersSeeTheOldOrTheNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.p12")
	a, b := bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 1<<19)
	put(t, path, string(a), 0o600)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			got, err := os.ReadFile(path)
			if err != nil && runtime.GOOS == "windows" {
				continue // it keeps readers out for the moment of the replacement
			}
			if err != nil || !bytes.Equal(got, a) && !bytes.Equal(got, b) {
				t.Errorf("read %d bytes that are neither, %v", len(got), err)
				return
			}
			time.Sleep(time.Millisecond) // Windows replaces no open file
		}
	})
	for i := range 20 {
		content := a
		if i%2 == 0 {
			content = b
		}
		if err := Write(t.Context(), path, content, Options{Replace: true}); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}
