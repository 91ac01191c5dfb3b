package inventory

import "golang.org/x/sys/unix"

// pseudo tells whether a directory belongs to a file system that is not kept
// anywhere: the kernel makes its content while it is read, and some of it has no
// end.
func pseudo(path string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) != nil {
		return false
	}
	switch int64(fs.Type) { //nolint:unconvert // it differs by architecture
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC,
		unix.BPF_FS_MAGIC, unix.SECURITYFS_MAGIC, unix.SELINUX_MAGIC, unix.EFIVARFS_MAGIC, unix.PSTOREFS_MAGIC, unix.DEVPTS_SUPER_MAGIC:
		return true
	}
	return false
}
