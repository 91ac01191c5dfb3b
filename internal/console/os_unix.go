//go:build unix

package console

import (
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// openTerminal opens the controlling terminal, whatever the streams are.
func openTerminal() (in, out *os.File, err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	return tty, tty, err
}

func understandsANSI(*os.File) bool { return true }

// openFD opens a copy of the descriptor, so that closing the copy cannot take
// away a descriptor that is the runtime's own: when nothing was inherited as
// descriptor 3, the runtime may have put its poller there.
func openFD(fd int) (io.ReadCloser, error) {
	name := fmt.Sprintf("file descriptor %d", fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	if stat.Mode&unix.S_IFMT == 0 { // a poller or another thing that is no file
		return nil, &os.PathError{Op: "open", Path: name, Err: unix.EBADF}
	}
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(dup), name), nil
}

// holdSuspend keeps Ctrl-Z from stopping the program at a prompt: the shell
// would switch the echo on, and after fg the password would be seen. The result
// lets it stop again.
func holdSuspend() (release func()) {
	signal.Ignore(unix.SIGTSTP)
	return func() { signal.Reset(unix.SIGTSTP) }
}
