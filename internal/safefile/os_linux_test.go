package safefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// writeOnAFullDisk mounts a file system of 64 KiB, which nobody outside sees.
func writeOnAFullDisk(dir string) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		fmt.Print("skip: ", err)
		return
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		fmt.Print("skip: ", err)
		return
	}
	old := filepath.Join(dir, "old.p12")
	big := bytes.Repeat([]byte("x"), 128<<10)
	fmt.Println(Write(context.Background(), old, []byte("old"), Options{}))
	fmt.Println(Write(context.Background(), filepath.Join(dir, "new.p12"), big, Options{}))
	fmt.Println(Write(context.Background(), old, big, Options{Replace: true}))
	content, err := os.ReadFile(old)
	fmt.Printf("%s %v\n", content, err)
	entries, err := os.ReadDir(dir)
	fmt.Println(entries, err)
}

func TestAFullDisk(t *testing.T) {
	inChild(writeOnAFullDisk)
	dir := t.TempDir()
	cmd := child(t, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.Output()
	if err != nil || strings.HasPrefix(string(out), "skip") {
		t.Skipf("no file system can be mounted here: %s %v", out, err)
	}
	want := strings.NewReplacer("DIR", dir, "WHY", unix.ENOSPC.Error()).Replace(
		"<nil>\ncreate DIR/new.p12: WHY\nreplace DIR/old.p12: WHY\nold <nil>\n[- old.p12] <nil>\n")
	if string(out) != want {
		t.Errorf("it said:\n%swant:\n%s", out, want)
	}
}

// asNobody runs f without the rights of root. Only this thread loses them, and
// it ends with f.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so the thread is not used again
		const nobody = 65534
		err := unix.Setfsgid(nobody)
		if err == nil {
			err = unix.Setfsuid(nobody)
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// openDir is a directory that nobody can get at and write in.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "safefile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWithoutPermission(t *testing.T) {
	dir := openDir(t)
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o755); err != nil {
		t.Fatal(err)
	}
	readOnly, inside := filepath.Join(dir, "read-only"), filepath.Join(closed, "a.p12")
	put(t, readOnly, "old", 0o444)
	put(t, inside, "old", 0o666)
	if err := os.Chmod(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o755) })
	before := listing(t, dir)
	asNobody(t, func() {
		for _, tt := range []struct {
			path string
			opts Options
			is   error
			says string
		}{
			{readOnly, Options{Replace: true}, ErrReadOnly, "replace PATH: it is read-only"},
			{filepath.Join(closed, "new"), Options{}, os.ErrPermission, "create PATH: no file can be made in " + closed + ": permission denied"},
			{inside, Options{Replace: true}, os.ErrPermission, "replace PATH: no file can be made in " + closed + ": permission denied"},
		} {
			says := strings.Replace(tt.says, "PATH", tt.path, 1)
			for _, err := range []error{Check(tt.path, tt.opts), Write(t.Context(), tt.path, []byte("new"), tt.opts)} {
				if !errors.Is(err, tt.is) || err.Error() != says {
					t.Errorf("%v; want %s", err, says)
				}
			}
		}
		if err := Edit(t.Context(), readOnly, Options{}, appender("new")); !errors.Is(err, ErrReadOnly) {
			t.Errorf("edit: %v", err)
		}
	})
	if after := listing(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func TestUnreadableInputIsNoErrorOfTheOutput(t *testing.T) {
	dir := openDir(t)
	path := filepath.Join(dir, "a.p12")
	put(t, path, "old", 0o200)
	asNobody(t, func() {
		err := Edit(t.Context(), path, Options{}, appender("new"))
		if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, os.ErrPermission) {
			t.Errorf("edit: %v", err)
		}
	})
}

func owner(t *testing.T, path string) [2]uint32 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return [2]uint32{st.Uid, st.Gid}
}

func TestRootKeepsTheOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	path := filepath.Join(t.TempDir(), "a.p12")
	put(t, path, "old", 0o640)
	if err := os.Chown(path, 1234, 2345); err != nil {
		t.Skipf("this root cannot change owners: %v", err)
	}
	if err := Write(t.Context(), path, []byte("new"), Options{Replace: true}); err != nil {
		t.Fatal(err)
	}
	if err := Edit(t.Context(), path, Options{}, appender("er")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "newer\n")
	if got := owner(t, path); got != [2]uint32{1234, 2345} {
		t.Errorf("owner and group became %d", got)
	}
	wantMode(t, path, 0o640)
}

func TestAnOwnerThatCannotBeKept(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to make another user's file")
	}
	dir := openDir(t)
	path := filepath.Join(dir, "a.p12")
	put(t, path, "old", 0o666)
	before := listing(t, dir)
	asNobody(t, func() {
		opts := Options{Replace: true}
		for _, err := range []error{Check(path, opts), Write(t.Context(), path, []byte("new"), opts)} {
			if !errors.Is(err, ErrOwner) || !strings.Contains(err.Error(), "uid 0, gid 0") {
				t.Errorf("replaced another user's file: %v", err)
			}
		}
	})
	if after := listing(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// acl is a list in the kernel's form: version 2, then tag, permissions and id of
// each entry, little endian.
func acl(perm byte, mask byte) []byte {
	return []byte{
		2, 0, 0, 0,
		0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff, // the owner: rw-
		0x02, 0, perm, 0, 0xd2, 0x04, 0, 0, // user 1234
		0x04, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, // the group: ---
		0x10, 0, mask, 0, 0xff, 0xff, 0xff, 0xff, // mask
		0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, // others: ---
	}
}

const accessList, defaultList = "system.posix_acl_access", "system.posix_acl_default"

func getList(path string) []byte {
	buf := make([]byte, 1024)
	n, err := unix.Getxattr(path, accessList, buf)
	if err != nil {
		return nil
	}
	return buf[:n]
}

// One user more may read the keystore, the group may not. To the mode this looks
// as if the group might.
func TestAccessControlListIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.p12")
	put(t, path, "old", 0o600)
	if err := unix.Setxattr(path, accessList, acl(4, 4), 0); err != nil {
		t.Skipf("no access-control lists here: %v", err)
	}
	wantMode(t, path, 0o640)
	if err := Write(t.Context(), path, []byte("new"), Options{Replace: true}); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o640)
	if got := getList(path); !bytes.Equal(got, acl(4, 4)) {
		t.Errorf("the list became %x", got)
	}

	if err := Write(t.Context(), path, []byte("key"), Options{Replace: true, Exact: true}); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
	if got := getList(path); got != nil {
		t.Errorf("an exact file has the list %x", got)
	}
}

func TestInheritedListDoesNotReplaceTheMode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.p12")
	put(t, path, "old", 0o640)
	if err := unix.Setxattr(dir, defaultList, acl(6, 6), 0); err != nil {
		t.Skipf("no access-control lists here: %v", err)
	}
	if err := Write(t.Context(), path, []byte("new"), Options{Replace: true}); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o640)
	if got := getList(path); got != nil {
		t.Errorf("the file inherited the list %x", got)
	}
}
