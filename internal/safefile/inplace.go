package safefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// irreplaceable tells that a file could not be replaced because of where or whose
// it is, while its content may well be written over. EBUSY is a mount point, such
// as a single file that is mounted into a container.
func irreplaceable(err error) bool {
	return errors.Is(err, ErrHardLink) || errors.Is(err, ErrOwner) ||
		errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY)
}

// overwrite puts data in the place of what target holds. If that fails, the old
// content is written back over blocks that the file has already, so that a full
// disk loses nothing. Only the death of the process half-way does.
func overwrite(ctx context.Context, target string, data []byte) (err error) {
	f, err := os.OpenFile(target, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	old, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := fill(f, data); err != nil {
		if lost := fill(f, old); lost != nil {
			return fmt.Errorf("%w; and the old content could not be written back: %w", plain(err), plain(lost))
		}
		return err
	}
	return nil
}

func fill(f *os.File, data []byte) error {
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	if err := f.Truncate(int64(len(data))); err != nil {
		return err
	}
	return f.Sync()
}
