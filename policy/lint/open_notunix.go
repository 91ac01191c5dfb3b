//go:build !unix

package lint

import (
	"io/fs"
	"os"
)

type descriptor struct {
	*os.File
	length int64
}

// openRegular opens a regular file, and no link.
func openRegular(path string) (readable, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return descriptor{f, info.Size()}, nil
}

func (d descriptor) size() int64 { return d.length }
