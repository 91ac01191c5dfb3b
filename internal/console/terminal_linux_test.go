package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childVar makes the test binary play a program that asks on its controlling
// terminal while its streams are pipes.
const childVar = "MUXKEY_TEST_ASK"

func TestMain(m *testing.M) {
	if what := os.Getenv(childVar); what != "" {
		child(what)
		return
	}
	os.Exit(m.Run())
}

func child(what string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var answer any
	var err error
	switch p := System().Prompter; what {
	case "password":
		answer, err = p.Password(ctx, "store password")
	case "confirm":
		answer, err = p.Confirm(ctx, "replace it?")
	case "facts":
		env := System()
		answer = []any{env.InTTY, env.OutTTY, env.ErrTTY, env.OutColour, env.ErrColour, env.Width}
	}
	fmt.Printf("%v|%v|%v", answer, err, errors.Is(err, ErrNoTerminal))
}

// screen is a pseudo terminal: what the person types goes into master, what
// the person sees is in seen.
type screen struct {
	master *os.File
	slave  *os.File
	mu     sync.Mutex
	seen   bytes.Buffer
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	s := &screen{master: master, slave: slave}
	go func() {
		buf := make([]byte, 1024)
		for {
			n, err := master.Read(buf)
			s.mu.Lock()
			s.seen.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

func (s *screen) echo(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

func (s *screen) waitFor(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for range 1000 {
		if ready() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s; the screen shows %q", what, s.text())
}

// start runs a child whose controlling terminal is the screen and whose streams
// are pipes.
func (s *screen) start(t *testing.T, what string, env ...string) (cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	out = new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childVar+"="+what)...)
	cmd.Stdin = strings.NewReader("not for the prompt\n")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if s != nil {
		cmd.ExtraFiles = []*os.File{s.slave}
		cmd.SysProcAttr.Setctty, cmd.SysProcAttr.Ctty = true, 3
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

func TestPasswordPromptHidesAndErases(t *testing.T) {
	for _, tt := range []struct{ term, after string }{
		{"xterm", "store password: \r\x1b[K"},
		{"dumb", "store password: \r\n"},
	} {
		s := newScreen(t)
		cmd, out := s.start(t, "password", "TERM="+tt.term)
		s.waitFor(t, "the prompt", func() bool { return strings.HasSuffix(s.text(), ": ") && !s.echo(t) })
		if _, err := s.master.WriteString("s3cret pässword\n"); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != "s3cret pässword|<nil>|false" {
			t.Errorf("%s: the program got %q", tt.term, got)
		}
		s.waitFor(t, "the end of the prompt", func() bool { return s.text() == tt.after })
		if !s.echo(t) {
			t.Errorf("%s: the terminal was left without echo", tt.term)
		}
	}
}

func TestConfirmAsks(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"y\n", "true|<nil>|false"},
		{"\n", "false|<nil>|false"},
		{"\x04", "false|no answer was given|false"}, // ^D
	} {
		s := newScreen(t)
		cmd, out := s.start(t, "confirm")
		s.waitFor(t, "the question", func() bool { return strings.HasSuffix(s.text(), "replace it? [y/N] ") })
		if _, err := s.master.WriteString(tt.typed); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != tt.want {
			t.Errorf("%q: the program got %q", tt.typed, got)
		}
	}
}

func TestInterruptedPromptGivesTheEchoBack(t *testing.T) {
	s := newScreen(t)
	cmd, out := s.start(t, "password")
	s.waitFor(t, "the prompt", func() bool { return strings.HasSuffix(s.text(), ": ") && !s.echo(t) })
	if _, err := s.master.WriteString("s3c\x03"); err != nil { // ^C
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "|context canceled|false" {
		t.Errorf("the program got %q", got)
	}
	if !s.echo(t) {
		t.Error("the terminal was left without echo")
	}
	if strings.Contains(s.text(), "s3c") {
		t.Errorf("the password was shown: %q", s.text())
	}
}

// The output is on the terminal, the other streams are pipes.
func TestSystemTellsTerminalsFromPipes(t *testing.T) {
	s := newScreen(t)
	if err := unix.IoctlSetWinsize(int(s.slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: 132}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{childVar + "=facts", "TERM=xterm"}
	cmd.Stdin = strings.NewReader("")
	cmd.Stdout, cmd.Stderr = s.slave, new(bytes.Buffer)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	s.waitFor(t, "the facts", func() bool {
		return s.text() == "[false true false true false 132]|<nil>|false"
	})
}

// The runtime's poller may have the number that was not inherited.
func TestOpenFDTakesNoPoller(t *testing.T) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if _, err := System().OpenFD(fd); !errors.Is(err, unix.EBADF) {
		t.Errorf("opened a poller: %v", err)
	}
}

func TestNobodyToAsk(t *testing.T) {
	var s *screen
	cmd, out := s.start(t, "password")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "|there is no terminal to ask on: ") || !strings.HasSuffix(got, "|true") {
		t.Errorf("the program got %q", got)
	}
}
