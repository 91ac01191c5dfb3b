package safefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
)

func countLinks(f *os.File) (uint64, error) {
	var info windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info)
	return uint64(info.NumberOfLinks), err
}

// adopt gives a draft the access-control list of the old file, in which Windows
// keeps what modes are elsewhere. With Exact it has that of its directory.
func adopt(d *os.File, target string, _ fs.FileInfo, opts Options) error {
	if opts.Exact {
		return nil
	}
	sd, err := windows.GetNamedSecurityInfo(target, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return err
	}
	list, _, err := sd.DACL()
	if err != nil {
		return err
	}
	control, _, err := sd.Control()
	if err != nil {
		return err
	}
	// Whether the directory's list counts as well is a property of its own.
	what := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.UNPROTECTED_DACL_SECURITY_INFORMATION)
	if control&windows.SE_DACL_PROTECTED != 0 {
		what = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	}
	return windows.SetNamedSecurityInfo(d.Name(), windows.SE_FILE_OBJECT, what, nil, nil, list, nil)
}

// lockFile is a file beside target, because a locked file cannot be read by
// others, nor replaced while it is open.
func lockFile(target string) (name string, flag int) {
	dir, base := filepath.Split(target)
	return filepath.Join(dir, "."+base+".lock"), os.O_RDWR | os.O_CREATE
}

// unlocked takes the lock file away. That fails while another edit has it open,
// which then takes it away itself.
func unlocked(name string) { _ = os.Remove(name) }

func inUse(err error) bool { return errors.Is(err, windows.ERROR_SHARING_VIOLATION) }

// rename is patient for half a second, because no open file can be replaced and
// virus scanners and indexers open every new file for a moment.
func rename(from, to string) error {
	err := os.Rename(from, to)
	for pause := time.Millisecond; pause < 500*time.Millisecond; pause *= 2 {
		if !inUse(err) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			break
		}
		time.Sleep(pause)
		err = os.Rename(from, to)
	}
	return err
}

// hold and reap do nothing. A draft is closed before it takes its name, as
// no open file can be renamed, and in between it would look abandoned.
func hold(string) (release func(), ok bool) { return func() {}, true }

func reap(string) {}
