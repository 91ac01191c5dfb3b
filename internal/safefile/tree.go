package safefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrForeign means that a directory that was to be replaced has files in it that
// nobody said may go.
var ErrForeign = errors.New("it has files in it that were not written with it")

// TreeFile is one file of a directory.
type TreeFile struct {
	Path string // below the directory, with slashes
	Data []byte
	Mode fs.FileMode // zero means 0644
}

// WriteTree makes a directory with files in it, whole or not at all: it is
// written under another name beside and takes its own when it is complete.
// Without replace there must be nothing at path. With it, a directory that is
// there is replaced if each file in it is among old, paths as in TreeFile. Errors
// are *Error.
func WriteTree(ctx context.Context, path string, files []TreeFile, replace bool, old []string) (err error) {
	op := "create"
	defer func() {
		if err != nil {
			if known, ok := errors.AsType[*Error](err); !ok || known.Path != path {
				err = &Error{Op: op, Path: path, Err: err}
			}
		}
	}()
	switch _, statErr := os.Lstat(path); {
	case errors.Is(statErr, fs.ErrNotExist):
	case statErr != nil:
		return statErr
	case !replace:
		return ErrExists
	default:
		op = "replace"
		if err := onlyThese(path, old); err != nil {
			return err
		}
	}
	draft, err := os.MkdirTemp(filepath.Dir(path), ".muxkey-*.tmp")
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoDirectory
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	fresh := filepath.Join(draft, "new")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.Join(fresh, filepath.FromSlash(f.Path))
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return &fs.PathError{Op: "write", Path: f.Path, Err: fs.ErrInvalid}
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := writeSynced(name, f); err != nil {
			return err
		}
	}
	if op == "create" {
		return os.Rename(fresh, path)
	}
	// A directory cannot be renamed over one that has files in it. Between the two
	// steps there is none; a process that dies there leaves the old one in the draft.
	aside := filepath.Join(draft, "old")
	if err := os.Rename(path, aside); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(err, os.Rename(aside, path))
	}
	return nil
}

func writeSynced(name string, f TreeFile) (err error) {
	mode := f.Mode
	if mode == 0 {
		mode = 0o644
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(f.Data); err != nil {
		return err
	}
	return file.Sync()
}

// onlyThese fails when path is no directory, or has other files in it.
func onlyThese(path string, old []string) error {
	known := map[string]bool{}
	for _, name := range old {
		known[name] = true
	}
	return filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == path && !d.IsDir():
			return ErrExists
		case d.IsDir():
			return nil
		}
		below := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(name, path), string(filepath.Separator)))
		if !known[below] {
			return &Error{Op: "replace", Path: path, Err: fmt.Errorf("%w: %s", ErrForeign, below)}
		}
		return nil
	})
}
