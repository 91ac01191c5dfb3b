package safefile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// draftFile is a draft that is being written. Its lock tells sweep that somebody
// is at work on it.
type draftFile struct {
	*os.File
	release func()
}

// draft makes the empty file beside target that is to become it, with the
// permissions that it will have.
func draft(target string, opts Options, replace bool) (*draftFile, error) {
	opts.many.sweep(target)
	if !replace {
		return newDraft(target, opts.mode())
	}
	old, err := inspect(target)
	if err != nil {
		return nil, err
	}
	d, err := newDraft(target, 0o600)
	if err != nil {
		return nil, err
	}
	if err := adopt(d.File, target, old, opts); err != nil {
		discard(d)
		return nil, err
	}
	return d, nil
}

// The names of drafts have 16 hexadecimal digits between these. They are short
// for the sake of targets whose names are nearly as long as names may be.
const draftPrefix, draftSuffix = ".muxkey-", ".tmp"

func newDraft(target string, mode fs.FileMode) (*draftFile, error) {
	dir := filepath.Dir(target)
	for {
		// Not os.CreateTemp, which ignores the umask.
		name := filepath.Join(dir, fmt.Sprintf("%s%016x%s", draftPrefix, rand.Uint64(), draftSuffix))
		d, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("no file can be made in %s: %w", dir, plain(err))
		}
		if release, ok := hold(name); ok {
			return &draftFile{d, release}, nil
		}
		_ = d.Close() // another process has swept it away before it was locked
	}
}

// discard removes a draft. After the draft has taken its final name it does
// nothing but end the lock.
func discard(d *draftFile) {
	_ = d.Close()
	_ = os.Remove(d.Name())
	d.release()
}

// sweep removes what killed processes have left in the directory of target:
// drafts that nobody holds, and second names of target itself, which it has when
// its creator was killed between the two halves of place. It does what it can.
func sweep(target string) {
	dir, err := os.Open(filepath.Dir(target))
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(-1)
	_ = dir.Close()
	var own fs.FileInfo
	for _, name := range names {
		if len(name) != len(draftPrefix)+16+len(draftSuffix) || !strings.HasPrefix(name, draftPrefix) || !strings.HasSuffix(name, draftSuffix) {
			continue
		}
		path := filepath.Join(filepath.Dir(target), name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if own == nil {
			own, _ = os.Lstat(target) // nil for what is not there, which is the same file as none
		}
		if os.SameFile(info, own) {
			_ = os.Remove(path)
		} else {
			reap(path)
		}
	}
}

// inspect refuses what a replacement would harm.
func inspect(target string) (fs.FileInfo, error) {
	// Opening asks what no mode tells: access-control lists, immutable files,
	// read-only mounts, who we are.
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, ErrReadOnly
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	links, err := countLinks(f)
	if err != nil {
		return nil, err
	}
	if links > 1 {
		return nil, ErrHardLink
	}
	return f.Stat()
}

// place gives a draft the name of target, which must be free. A hard link fails
// when it is not, on every system and in one step. File systems without hard
// links (FAT, some network shares) get the second way: claim the name with an
// empty file, then rename over one's own claim.
//
// renameat2(2) with RENAME_NOREPLACE and its kin would do it alone, but they are
// different on each system and lack on some.
func place(draft, target string) error {
	err := os.Link(draft, target)
	switch {
	case err == nil:
		_ = os.Remove(draft)
		return nil
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	}
	return claim(draft, target)
}

func claim(draft, target string) error {
	empty, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	if err != nil {
		return err
	}
	_ = empty.Close()
	if err := rename(draft, target); err != nil {
		_ = os.Remove(target)
		return err
	}
	return nil
}

// syncDirectory makes the new name last through a power failure. Where that
// fails (no permission to read the directory; Windows, which needs no such
// thing) the file is whole all the same and only its durability is in doubt, so
// it is no reason to report a failure.
func syncDirectory(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
