package console

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// openTerminal opens the console, whatever the streams are.
func openTerminal() (in, out *os.File, err error) {
	if in, err = os.OpenFile("CONIN$", os.O_RDWR, 0); err != nil {
		return nil, nil, err
	}
	if out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0); err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, out, nil
}

// understandsANSI asks the console to obey ANSI sequences, which those before
// Windows 10 do not.
func understandsANSI(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	return windows.GetConsoleMode(console, &mode) == nil &&
		windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// openFD fails: programs on Windows inherit handles, whose numbers nobody who
// types a command line can know.
func openFD(fd int) (io.ReadCloser, error) {
	return nil, fmt.Errorf("open file descriptor %d: %w", fd, errors.ErrUnsupported)
}

// holdSuspend does nothing: a console has no Ctrl-Z that stops a program.
func holdSuspend() (release func()) { return func() {} }
