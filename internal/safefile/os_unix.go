//go:build unix

package safefile

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
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
