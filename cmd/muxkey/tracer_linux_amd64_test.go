package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The tests of this file's neighbour let a program die, or fail, at one system
// call after the other. strace has fault injection, but it counts calls for each
// thread by itself, and Go moves its work between threads as it likes, so that
// nobody can say which calls of the program were reached. This tracer counts
// over all threads. It is for amd64 because a call is made to fail by changing
// registers.

// sysCall is a system call that a traced program makes on files.
type sysCall struct {
	name string
	flag uint64 // openat: its flags
}

// fileCalls are the calls through which the program gets at files.
var fileCalls = map[uint64]string{
	unix.SYS_OPENAT: "openat", unix.SYS_READ: "read", unix.SYS_PREAD64: "pread", unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite",
	unix.SYS_CLOSE: "close", unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync", unix.SYS_FTRUNCATE: "ftruncate",
	unix.SYS_RENAME: "rename", unix.SYS_RENAMEAT: "renameat", unix.SYS_RENAMEAT2: "renameat2",
	unix.SYS_LINK: "link", unix.SYS_LINKAT: "linkat", unix.SYS_UNLINK: "unlink", unix.SYS_UNLINKAT: "unlinkat",
	unix.SYS_CHMOD: "chmod", unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHMODAT: "fchmodat", unix.SYS_CHOWN: "chown", unix.SYS_FCHOWN: "fchown",
	unix.SYS_UTIMENSAT: "utimensat", unix.SYS_FLOCK: "flock", unix.SYS_FCNTL: "fcntl", unix.SYS_FSTAT: "fstat", unix.SYS_NEWFSTATAT: "newfstatat",
	unix.SYS_STATX: "statx", unix.SYS_LSEEK: "lseek", unix.SYS_GETDENTS64: "getdents", unix.SYS_READLINKAT: "readlinkat",
	unix.SYS_GETXATTR: "getxattr", unix.SYS_FSETXATTR: "fsetxattr", unix.SYS_FREMOVEXATTR: "fremovexattr",
	unix.SYS_COPY_FILE_RANGE: "copy_file_range", unix.SYS_SENDFILE: "sendfile", unix.SYS_SPLICE: "splice",
	unix.SYS_FALLOCATE: "fallocate", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_SYMLINKAT: "symlinkat",
}

// fault is what befalls a call. With none of its fields set it is let through.
type fault struct {
	kill bool          // the process is killed before the call
	err  syscall.Errno // the call is not made, and fails with this
}

// errNoTrace means that processes cannot be traced here, as in some containers.
var errNoTrace = errors.New("processes cannot be traced here (ptrace)")

// traced runs a program to its end and asks at about each of its calls on files,
// which are numbered from 0 over all threads.
func traced(cmd *exec.Cmd, at func(n int, c sysCall) fault) (status syscall.WaitStatus, err error) {
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w: %w", errNoTrace, err)
	}
	defer func() { _ = cmd.Process.Release() }() // it is waited for here
	pid := cmd.Process.Pid
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return 0, err
	}
	const options = syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		_ = cmd.Process.Kill()
		return 0, fmt.Errorf("%w: %w", errNoTrace, err)
	}
	count, inside, failing := 0, map[int]bool{}, map[int]syscall.Errno{}
	for tid := pid; ; {
		signal := 0
		switch stop := status.StopSignal(); {
		case !status.Stopped():
		case stop == syscall.SIGTRAP|0x80 && inside[tid]:
			inside[tid] = false
			if e := failing[tid]; e != 0 {
				delete(failing, tid)
				if err := setRegister(tid, func(r *syscall.PtraceRegs) { r.Rax = uint64(-int64(e)) }); err != nil { //nolint:gosec // so the kernel returns errors
					return 0, err
				}
			}
		case stop == syscall.SIGTRAP|0x80:
			inside[tid] = true
			var r syscall.PtraceRegs
			if err := syscall.PtraceGetRegs(tid, &r); err != nil {
				break // it has been killed meanwhile
			}
			name, ok := fileCalls[r.Orig_rax]
			if !ok {
				break
			}
			c := sysCall{name: name}
			if name == "openat" {
				c.flag = r.Rdx
			}
			f := at(count, c)
			count++
			switch {
			case f.kill:
				_ = syscall.Kill(pid, syscall.SIGKILL)
			case f.err != 0:
				failing[tid] = f.err
				r.Orig_rax = ^uint64(0) // no such call, so that nothing is done
				if err := syscall.PtraceSetRegs(tid, &r); err != nil {
					return 0, err
				}
			}
		case stop == syscall.SIGTRAP, stop == syscall.SIGSTOP: // a new thread, or the exec
		default:
			signal = int(stop)
		}
		if status.Stopped() {
			_ = syscall.PtraceSyscall(tid, signal) // fails for one that was killed
		}
		if tid, err = syscall.Wait4(-pid, &status, syscall.WALL, nil); err != nil {
			return 0, err
		}
		if tid == pid && (status.Exited() || status.Signaled()) {
			return status, nil
		}
	}
}

func setRegister(tid int, change func(*syscall.PtraceRegs)) error {
	var r syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &r); err != nil {
		return err
	}
	change(&r)
	return syscall.PtraceSetRegs(tid, &r)
}

// A program whose calls are known.
func TestTracer(t *testing.T) {
	dir := t.TempDir()
	run := func(at func(int, sysCall) fault) syscall.WaitStatus {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "mkdir", "made")
		cmd.Dir = dir
		status, err := traced(cmd, at)
		skipUntraced(t, err)
		return status
	}
	calls := 0
	if status := run(func(n int, _ sysCall) fault { calls = n + 1; return fault{} }); status.ExitStatus() != 0 || calls == 0 {
		t.Errorf("status %v after %d calls", status, calls)
	}
	if status := run(func(n int, _ sysCall) fault { return fault{kill: n == calls-1} }); status.Signal() != syscall.SIGKILL {
		t.Errorf("not killed: %v", status)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

func skipUntraced(t *testing.T, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errNoTrace) && !interopRequired():
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
}
