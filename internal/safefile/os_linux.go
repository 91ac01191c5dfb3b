package safefile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// adoptACL gives a draft the POSIX access-control list of the old file, or none.
// In a file with a list the group bits of the mode are the list's mask, so the
// mode without the list would give the group what only named users had. And a
// draft that inherited a list from its directory must lose it.
func adoptACL(d *os.File, target string, none bool) error {
	const list = "system.posix_acl_access"
	value := make([]byte, 64<<10) // XATTR_SIZE_MAX
	n, err := unix.Getxattr(target, list, value)
	switch {
	case err == nil && !none:
		return unix.Fsetxattr(int(d.Fd()), list, value[:n], 0)
	case err != nil && !absent(err):
		return err
	}
	if err := unix.Fremovexattr(int(d.Fd()), list); err != nil && !absent(err) {
		return err
	}
	return nil
}

// absent says that there is no list, or that the file system knows none.
func absent(err error) bool {
	return errors.Is(err, unix.ENODATA) || errors.Is(err, errors.ErrUnsupported)
}
