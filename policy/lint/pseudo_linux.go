package lint

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// pseudo tells whether a directory is the top of a file system that is not kept
// anywhere.
func pseudo(path string) bool {
	switch filepath.Base(path) {
	case "proc", "sys", "dev":
	default:
		return false // one question for each directory adds up
	}
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) != nil {
		return false
	}
	switch int64(fs.Type) { //nolint:unconvert // it differs by architecture
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC:
		return true
	}
	return false
}
