//go:build unix

package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/gofrs/flock"
)

func countLinks(f *os.File) (uint64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return uint64(info.Sys().(*syscall.Stat_t).Nlink), nil //nolint:unconvert // its size differs between systems
}

// adopt gives a draft the owner, group, access-control list and permissions of
// the old file.
func adopt(d *os.File, target string, old fs.FileInfo, opts Options) error {
	info, err := d.Stat()
	if err != nil {
		return err
	}
	was, is := old.Sys().(*syscall.Stat_t), info.Sys().(*syscall.Stat_t)
	if was.Uid != is.Uid || was.Gid != is.Gid {
		if err := d.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return fmt.Errorf("%w (uid %d, gid %d)", ErrOwner, was.Uid, was.Gid)
		}
	}
	if err := adoptACL(d, target, opts.Exact); err != nil {
		return fmt.Errorf("keep its access-control list: %w", err)
	}
	mode := old.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
	if opts.Exact {
		mode = opts.mode()
	}
	return d.Chmod(mode) // after chown, which clears bits, and the list, whose mask are the group bits
}

func lockFile(target string) (name string, flag int) { return target, os.O_RDONLY }

func unlocked(string) {}

func inUse(error) bool { return false }

func rename(from, to string) error { return os.Rename(from, to) }

// hold locks a new draft until release. It says no when the draft is gone: an
// abandoned one looks the same before it is locked. Where there are no locks,
// nothing is ever found abandoned.
func hold(name string) (release func(), ok bool) {
	l := flock.New(name, flock.SetFlag(os.O_RDONLY))
	locked, err := l.TryLock()
	if err != nil {
		return func() {}, !errors.Is(err, fs.ErrNotExist)
	}
	if !locked {
		return nil, false
	}
	release = func() { _ = l.Unlock() }
	if current, err := isCurrent(l); err != nil || !current {
		release()
		return nil, false
	}
	return release, true
}

// reap removes a draft whose process is gone.
func reap(name string) {
	l := flock.New(name, flock.SetFlag(os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK))
	if locked, err := l.TryLock(); err != nil || !locked {
		return
	}
	// What is locked may be a finished file by now, or gone. If it is still a
	// draft, it is the one to remove: names are not used twice.
	if current, err := isCurrent(l); err == nil && current {
		_ = os.Remove(name)
	}
	_ = l.Unlock() // not before it is removed: its maker may be waiting to lock it
}
