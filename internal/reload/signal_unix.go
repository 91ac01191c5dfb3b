//go:build unix

package reload

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func signalNumber(name string) (syscall.Signal, bool) {
	s := unix.SignalNum("SIG" + name)
	return s, s != 0
}
