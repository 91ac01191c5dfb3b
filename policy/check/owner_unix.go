//go:build unix

package check

import (
	"io/fs"
	"syscall"
)

// private tells whether the group of a file has nobody in it but the owner: that of
// root, or one that has the number of the owner, as useradd makes one for each.
func private(info fs.FileInfo) bool {
	of, ok := info.Sys().(*syscall.Stat_t)
	return ok && (of.Gid == 0 || of.Gid == of.Uid)
}
