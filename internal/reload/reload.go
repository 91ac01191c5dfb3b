// Package reload tells a server that its files have changed: by a command, a
// signal, or a request to an address of it.
package reload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"muxkey/internal/command"
)

// Target is a way to tell a server. The zero Target is none.
type Target struct {
	argv    []string
	signal  syscall.Signal
	name    string // of the signal
	pidFile string
	url     *url.URL
}

// SpecError says why a text names no way to tell a server.
type SpecError struct{ Reason string }

func (e *SpecError) Error() string { return e.Reason }

// Parse reads a way to tell a server in one of three forms: "signal:HUP:FILE"
// for a signal to the process whose number is in the file, an address that
// begins with "https://" or "http://", or else a command as command.Split takes
// it. The error is a *SpecError or a *command.SplitError.
func Parse(text string) (Target, error) {
	if rest, ok := strings.CutPrefix(text, "signal:"); ok {
		return parseSignal(rest)
	}
	if strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://") {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" { // the error would repeat a password in it
			return Target{}, &SpecError{"the address to tell the server at is no URL"}
		}
		return Target{url: u}, nil
	}
	argv, err := command.Split(text)
	return Target{argv: argv}, err
}

func parseSignal(text string) (Target, error) {
	name, pidFile, ok := strings.Cut(text, ":")
	if !ok || pidFile == "" {
		return Target{}, &SpecError{"a signal is written signal:HUP:FILE, where FILE holds the number of the process"}
	}
	name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
	number, ok := signalNumber(name)
	if !ok {
		return Target{}, &SpecError{fmt.Sprintf("there is no signal %q here", name)}
	}
	return Target{signal: number, name: name, pidFile: pidFile}, nil
}

// String is the way in words, for people; a password in an address is left out.
func (t Target) String() string {
	switch {
	case t.url != nil:
		return t.url.Redacted()
	case t.pidFile != "":
		return "signal " + t.name + " to the process in " + t.pidFile
	default:
		return strings.Join(t.argv, " ")
	}
}

// Options say how a server is told.
type Options struct {
	// Hide are variables that a command is not to see: those with passwords.
	Hide []string
	// Proxy returns the proxy for an address, nil for none. Without the function
	// there is none.
	Proxy func(*url.URL) (*url.URL, error)
	// UserAgent is what the program calls itself at an address.
	UserAgent string
}

// Error says that a server could not be told.
type Error struct {
	Target  Target
	Network bool // it is an address, and could not be reached or did not agree
	Err     error
}

func (e *Error) Error() string {
	text := e.Err.Error()
	if failed, ok := errors.AsType[*command.Error](e.Err); ok {
		text = failed.Reason()
	}
	return e.Target.String() + ": " + text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Tell tells the server. It says nothing about what the server makes of it. The
// error is an *Error.
func (t Target) Tell(ctx context.Context, opts Options) error {
	var err error
	switch {
	case t.url != nil:
		err = t.post(ctx, opts)
	case t.pidFile != "":
		err = t.kill()
	default:
		err = command.Run(ctx, t.argv, command.Options{Hide: opts.Hide})
	}
	if err != nil {
		return &Error{t, t.url != nil, err}
	}
	return nil
}

// kill sends the signal. The file must hold the number of one process: 0 and
// negative numbers stand for groups of them (POSIX kill).
func (t Target) kill() error {
	f, err := os.Open(t.pidFile)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	const most = 100
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return err
	}
	pid, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 32)
	if err != nil || pid < 1 {
		return errors.New("there is no number of a process in the file")
	}
	p, err := os.FindProcess(int(pid))
	if err != nil {
		return err
	}
	if err := p.Signal(t.signal); err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	return nil
}

// post sends an empty request. Redirects are not followed: what is told must be
// what was named.
func (t Target) post(ctx context.Context, opts Options) error {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url.String(), http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", opts.UserAgent)
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext, DisableKeepAlives: true}
	if opts.Proxy != nil {
		transport.Proxy = func(r *http.Request) (*url.URL, error) { return opts.Proxy(r.URL) }
	}
	client := http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err // it repeats the address
		}
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 == 2 {
		return nil
	}
	const most = 500
	said, _ := io.ReadAll(io.LimitReader(answer.Body, most))
	err = fmt.Errorf("the answer is %s", answer.Status)
	if text := strings.Join(strings.Fields(string(said)), " "); text != "" {
		err = fmt.Errorf("%w; it says: %s", err, text)
	}
	return err
}
