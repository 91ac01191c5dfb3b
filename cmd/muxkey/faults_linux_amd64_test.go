package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"muxkey/keystore"
)

const faultsPassword = "sesame-street"

// An attempt is one way to write a keystore, in a directory that has store.p12
// with the alias "old".
type attempt struct {
	name string
	args []string
	file string // what is written
	// aliases of the file afterwards; before, they are "old", or there is none.
	aliases []string
	isNew   bool
	backup  bool
}

var attempts = []attempt{
	{"edit", []string{"alias", "rename", "store.p12", "old", "new"}, "store.p12", []string{"new"}, false, false},
	{"edit with a backup", []string{"alias", "copy", "store.p12", "old", "new", "--backup"}, "store.p12", []string{"old", "new"}, false, true},
	{"convert", []string{"convert", "store.p12", "-o", "fresh.p12"}, "fresh.p12", []string{"old"}, true, false},
	{"create", []string{"create", "new.example.com", "--alias", "new", "-o", "store.p12", "--force"}, "store.p12", []string{"new"}, false, false},
	{"create anew", []string{"create", "new.example.com", "--alias", "new", "-o", "fresh.p12"}, "fresh.p12", []string{"new"}, true, false},
	{"merge", []string{"merge", "store.p12", "-o", "store.jks", "--force"}, "store.jks", []string{"old"}, true, false},
}

// someAttempts are all of them where time does not matter, and else the one with
// the most calls.
func someAttempts() []attempt {
	if interopRequired() {
		return attempts
	}
	return attempts[1:2]
}

// scene is a directory in which attempts are made again and again.
type scene struct {
	t      *testing.T
	binary string
	dir    string
	store  []byte
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, binary: filepath.Join(t.TempDir(), "muxkey")}
	// The program itself: the one of the stories is a test, with calls of its own.
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.dir = t.TempDir()
	if status, said := s.run("create", "mux.example.com", "--alias", "old", "-o", "store.p12", "--iterations", "1000"); status != 0 {
		t.Fatal(said)
	}
	s.store = s.read("store.p12")
	return s
}

func (s *scene) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), s.binary, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"MUXKEY_PASSWORD=" + faultsPassword, "GOMAXPROCS=2"}
	return cmd
}

func (s *scene) run(args ...string) (status int, said string) {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	status, err = statusOf(err)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, string(out)
}

func (s *scene) read(name string) []byte {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return data
}

// reset puts the directory back to where it was.
func (s *scene) reset() {
	s.t.Helper()
	for _, name := range s.files() {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "store.p12"), s.store, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) files() []string {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (s *scene) aliases(data []byte) ([]string, error) {
	password := func(context.Context) (string, error) { return faultsPassword, nil }
	st, err := keystore.Decode(s.t.Context(), "x", data, keystore.Options{Password: password, Unlock: true})
	if err != nil {
		return nil, err
	}
	for _, e := range st.Entries {
		if e.Key == nil || e.Key.PKCS8 == nil || !st.Verified {
			return nil, fmt.Errorf("the entry %q does not open", e.Alias)
		}
	}
	return st.Aliases(), nil
}

// trace makes an attempt with faults.
func (s *scene) trace(a attempt, at func(int, sysCall) fault) (syscall.WaitStatus, string) {
	s.t.Helper()
	said, err := os.Create(filepath.Join(s.t.TempDir(), "said"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = said.Close() }()
	cmd := s.command(a.args...)
	cmd.Stdout, cmd.Stderr = said, said
	status, err := traced(cmd, at)
	skipUntraced(s.t, err)
	text, err := os.ReadFile(said.Name())
	if err != nil {
		s.t.Fatal(err)
	}
	return status, string(text)
}

// state finds the file of an attempt as it was or as it should become; any
// other state is an error.
func (s *scene) state(a attempt) (done bool, err error) {
	if got := s.read("store.p12"); a.file != "store.p12" && !bytes.Equal(got, s.store) {
		return false, fmt.Errorf("the source has changed")
	}
	data := s.read(a.file)
	switch {
	case a.isNew && data == nil, !a.isNew && bytes.Equal(data, s.store):
		return false, nil
	}
	aliases, err := s.aliases(data)
	if err == nil && !slices.Equal(aliases, a.aliases) {
		err = fmt.Errorf("its aliases are %q", aliases)
	}
	if err != nil {
		return false, fmt.Errorf("%s is neither as it was nor as it should be: %w", a.file, err)
	}
	if kept := s.read(a.file + ".bak"); a.backup && !bytes.Equal(kept, s.store) {
		return false, fmt.Errorf("the backup is not the old file")
	}
	return true, nil
}

// calls that change something, without which the tests below would look at
// nothing.
func mustOccur(t *testing.T, a attempt, calls []sysCall) {
	t.Helper()
	for _, name := range []string{"openat", "flock", "write", "fsync", "close", "unlinkat"} {
		if !slices.ContainsFunc(calls, func(c sysCall) bool { return c.name == name }) {
			t.Errorf("%s: there was no call of %s, only %v", a.name, name, calls)
		}
	}
}

// Wherever an attempt is killed, the file is the old or the new one, and opens;
// no lock stays that would keep the next edit waiting; and the next write clears
// away what was left.
func TestKilledAtEverySystemCall(t *testing.T) {
	s := newScene(t)
	for _, a := range someAttempts() {
		t.Run(a.name, func(t *testing.T) {
			s.t = t
			s.reset()
			var calls []sysCall
			if status, said := s.trace(a, func(_ int, c sysCall) fault { calls = append(calls, c); return fault{} }); status.ExitStatus() != 0 {
				t.Fatal(said)
			}
			if done, err := s.state(a); err != nil || !done {
				t.Fatal("it does not do what it should")
			}
			mustOccur(t, a, calls)
			left, before, after := 0, 0, 0
			for n := 0; ; n++ {
				s.reset()
				if status, _ := s.trace(a, func(i int, _ sysCall) fault { return fault{kill: i == n} }); status.Exited() {
					break // it was done before
				}
				done, err := s.state(a)
				if err != nil {
					t.Errorf("killed at call %d: %v", n, err)
				}
				if done {
					after++
				} else {
					before++
				}
				if slices.ContainsFunc(s.files(), func(name string) bool { return strings.HasSuffix(name, ".tmp") }) {
					left++
				}
				next := a.args
				if a.isNew {
					next = append(slices.Clone(a.args), "--force")
				} else if done {
					next = []string{"alias", "rename", a.file, "new", "newer"}
				}
				if status, said := s.run(next...); status != 0 {
					t.Errorf("killed at call %d: the next write fails: %s", n, said)
				}
				for _, name := range s.files() {
					if strings.HasSuffix(name, ".tmp") {
						t.Errorf("killed at call %d: the next write leaves %s", n, name)
					}
				}
			}
			t.Logf("killed at %d calls: the old file was there %d times, the new one %d times, a draft was left %d times", before+after, before, after, left)
			if before == 0 || after == 0 || left == 0 {
				t.Error("not all of that can have happened")
			}
		})
	}
}

// Whatever call that changes something fails, and whyever, the exit status tells
// the truth, and nothing is left.
func TestEverySystemCallFails(t *testing.T) {
	s := newScene(t)
	changes := []string{"write", "pwrite", "fsync", "rename", "renameat", "linkat", "fchmod", "fchown", "ftruncate", "utimensat", "close", "copy_file_range", "sendfile", "splice", "unlinkat"}
	for _, a := range someAttempts() {
		for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EINTR} {
			t.Run(a.name+" "+unix.ErrnoName(errno), func(t *testing.T) {
				s.t = t
				reported := 0
				for n := 0; ; n++ {
					s.reset()
					at, hit := 0, sysCall{}
					status, said := s.trace(a, func(_ int, c sysCall) fault {
						if !slices.Contains(changes, c.name) && (c.name != "openat" || c.flag&syscall.O_CREAT == 0) {
							return fault{}
						}
						at++
						if at != n+1 {
							return fault{}
						}
						hit = c
						return fault{err: errno}
					})
					if hit.name == "" {
						break
					}
					where := fmt.Sprintf("%s, number %d of those, fails", hit.name, n)
					done, err := s.state(a)
					switch {
					case err != nil:
						t.Errorf("%s: %v", where, err)
					case !status.Exited():
						t.Errorf("%s: it ends with %v: %s", where, status, said)
					case status.ExitStatus() == 0 && !done:
						t.Errorf("%s: it says that it is done: %s", where, said)
					case status.ExitStatus() != 0 && done && !strings.Contains(said, "standard output"):
						t.Errorf("%s: it says that it is not done: %s", where, said)
					case status.ExitStatus() != 0 && status.ExitStatus() != 6 && status.ExitStatus() != 3:
						t.Errorf("%s: exit status %d: %s", where, status.ExitStatus(), said)
					case status.ExitStatus() != 0 && errno == syscall.EINTR && hit.name != "close":
						t.Errorf("%s: a call that was interrupted was not made again: %s", where, said)
					}
					if status.ExitStatus() == 6 {
						reported++
					}
					if hit.name != "unlinkat" && slices.ContainsFunc(s.files(), func(name string) bool {
						return strings.HasSuffix(name, ".tmp") || !done && strings.Contains(name, ".bak")
					}) {
						t.Errorf("%s: it leaves %q", where, s.files())
					}
				}
				if reported == 0 && errno != syscall.EINTR {
					t.Error("no failure was reported")
				}
			})
		}
	}
}
