// Package safefile is the one way in which the program writes files. A file
// holds either its old bytes or its new ones, whatever happens; nothing is
// overwritten unasked; and what is replaced keeps its permissions and owner.
//
//   - [Write] makes a file, or replaces one when told to.
//   - [Many] makes thousands of files.
//   - [Edit] reads a file, changes it and replaces it, while other edits wait.
//   - [Check] finds out beforehand whether Write would be refused.
//   - [Backups] lists what Options.Backup has kept.
//
// New bytes go to a draft in the same directory, are synced, and take the name
// in one step. A draft is called ".muxkey-*.tmp"; one stays behind only when the
// process is killed, and on Unix the next write in that directory takes it away.
//
// github.com/google/renameio/v2 was the alternative. It offers the draft and the
// rename, and this package would still need its own code for all the rest: it
// always replaces, keeps neither owner nor access-control list, follows no
// symbolic link, breaks hard links, and leaves Windows out.
package safefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Options say how a file is written.
type Options struct {
	// Mode is the permissions of a new file, less the umask: 0600 for what holds
	// a private key or a password, 0644 for certificates. Zero means 0600. On
	// Windows a new file has those of its directory.
	Mode fs.FileMode
	// Replace allows an existing file to be replaced. It keeps its permissions,
	// access-control list, owner and group.
	Replace bool
	// Exact gives a replaced file the permissions of Mode and no access-control
	// list, instead of its old ones: for a bare private key, which must not get
	// the 0644 of the certificate that it replaces.
	Exact bool
	// InPlace writes over the content of a file that cannot be replaced: it has
	// other names, another owner or a directory that takes no new files, or a file
	// system is mounted on it. It is for who stands in for a program that always
	// does so.
	InPlace bool
	// Backup, if not nil, has the file that is replaced kept under another name
	// beside it, and is told that name. See Backups.
	Backup func(name string)

	many *Many // nil outside of its Write
}

func (o Options) mode() fs.FileMode {
	if o.Mode == 0 {
		return 0o600
	}
	return o.Mode.Perm()
}

// Error says which file could not be written and why. Where one is returned,
// what was there before is untouched.
type Error struct {
	Op   string // "write", or as soon as that is known "create", "replace" or "lock"
	Path string // as the caller gave it
	Err  error  // one of the errors below, or what the operating system said
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// The reasons for which a file is not written, besides those of the operating
// system such as a full disk.
var (
	ErrExists      = errors.New("the file exists")
	ErrNoDirectory = errors.New("the directory for it does not exist")
	ErrDirectory   = errors.New("it is a directory")
	ErrNotRegular  = errors.New("it is a device, pipe or socket and no file")
	ErrDangling    = errors.New("it is a symbolic link to a file that does not exist")
	// ErrReadOnly: replacing a file takes no permission on the file, only on its
	// directory; who took the permission away will not have meant that.
	ErrReadOnly = errors.New("it is read-only")
	// ErrHardLink: the other names would keep the old content.
	ErrHardLink = errors.New("it has other names (hard links), which would keep the old content")
	// ErrOwner: replacing the file would hand it over to the current user, and
	// the server that reads it would be locked out.
	ErrOwner = errors.New("it belongs to another user or group, which only root could keep")
)

// Write makes the file at path with data as its content. Without
// Options.Replace it fails with ErrExists if there is anything at path, even a
// dangling symbolic link, and even if that appears while Write is at work. With
// it, a symbolic link is followed and its target replaced, after any Edit under
// way. Errors are *Error.
func Write(ctx context.Context, path string, data []byte, opts Options) error {
	for {
		target, there, err := locate(path, opts)
		switch {
		case err != nil:
			return failed("write", path, err)
		case !there:
			err = write(ctx, target, data, opts, false)
			if opts.Replace && errors.Is(err, ErrExists) {
				continue // it appeared meanwhile
			}
			return failed("create", path, err)
		}
		unlock, err := lock(ctx, target)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went away meanwhile
		}
		if err != nil {
			return failed("lock", path, err)
		}
		err = write(ctx, target, data, opts, true)
		if opts.InPlace && irreplaceable(err) {
			err = overwrite(ctx, target, data)
		}
		unlock()
		return failed("replace", path, err)
	}
}

// Check does everything that [Write] would do short of writing the data, leaves
// nothing behind, and returns the same errors. It lets a command refuse before
// long work or a question for a password.
func Check(path string, opts Options) error {
	target, there, err := locate(path, opts)
	if err != nil {
		return failed("write", path, err)
	}
	op := "create"
	if there {
		op = "replace"
	}
	d, err := draft(target, opts, there)
	if err != nil {
		return failed(op, path, err)
	}
	discard(d)
	return nil
}

// Edit replaces the file at path by what change makes of it. Between the reading
// and the writing no other Edit, or Write with Replace, of this program gets at
// the file: they wait for an advisory lock. It waits for its own turn until the
// context ends. A symbolic link is followed. Of the options only Backup counts.
//
// An error of change is returned as it is, and the file stays untouched, as it
// does when change returns nil. A file that cannot be read is an
// *fs.PathError, one that cannot be written an *Error.
func Edit(ctx context.Context, path string, opts Options, change func(old io.Reader) ([]byte, error)) error {
	target, there, err := locate(path, Options{Replace: true})
	switch {
	case errors.Is(err, ErrNoDirectory), err == nil && !there:
		return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	case err != nil:
		return failed("write", path, err)
	}
	unlock, err := lock(ctx, target)
	if err != nil {
		if _, unreadable := errors.AsType[*fs.PathError](err); unreadable {
			return err
		}
		return failed("lock", path, err)
	}
	defer unlock()

	old, err := os.Open(target)
	if err != nil {
		return err
	}
	data, err := change(old)
	_ = old.Close() // before the replacement: Windows replaces no open file
	if err != nil || data == nil {
		return err
	}
	return failed("replace", path, write(ctx, target, data, Options{Replace: true, Backup: opts.Backup}, true))
}

// failed makes an *Error, whose reason no longer has the paths that the
// operating system's errors carry: they are those of drafts.
func failed(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Path: path, Err: plain(err)}
}

func plain(err error) error {
	if e, ok := err.(*fs.PathError); ok { //nolint:errorlint // only the outermost: what wraps one says more
		return e.Err
	}
	if e, ok := err.(*os.LinkError); ok { //nolint:errorlint // as above
		return e.Err
	}
	return err
}

// locate follows path to the file that is to be written and says whether there
// is one.
func locate(path string, opts Options) (target string, there bool, err error) {
	if path == "" {
		return "", false, errors.New("the file name is empty")
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
			return "", false, ErrNoDirectory
		}
		return path, false, nil
	case err != nil:
		return "", false, err
	case info.IsDir():
		return "", false, ErrDirectory
	case !opts.Replace:
		return "", false, ErrExists
	}
	target = path
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err = filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			return "", false, ErrDangling
		}
		if err != nil {
			return "", false, err
		}
		if info, err = os.Stat(target); err != nil {
			return "", false, err
		}
	}
	switch {
	case info.IsDir():
		return "", false, ErrDirectory
	case !info.Mode().IsRegular(): // opening a pipe would wait for its other end
		return "", false, ErrNotRegular
	}
	return target, true, nil
}

// write fills a draft and lets it take the name of target. The file that is
// replaced must be locked.
func write(ctx context.Context, target string, data []byte, opts Options, replace bool) error {
	d, err := draft(target, opts, replace)
	if err != nil {
		return err
	}
	defer discard(d)
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := d.Write(data); err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		return err
	}
	if err := d.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !replace {
		err = place(d.Name(), target)
	} else {
		err = swap(d.Name(), target, opts.Backup)
	}
	if err != nil {
		return err
	}
	opts.many.sync(filepath.Dir(target))
	return nil
}

// swap gives a draft the name of target, whose old content is kept if kept is
// not nil.
func swap(draft, target string, kept func(name string)) error {
	if kept == nil {
		return rename(draft, target)
	}
	name, err := backUp(target)
	if err != nil {
		return fmt.Errorf("keep the old file: %w", plain(err))
	}
	if err := rename(draft, target); err != nil {
		_ = os.Remove(name) // target is still what it was
		return err
	}
	kept(name)
	return nil
}
