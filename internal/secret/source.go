// Package secret is where passwords come from: an environment variable, a file,
// an inherited file descriptor, standard input, a prompt, or the command line.
//
// Nothing here shows a password, and no error repeats what may be one: people
// type "--password hunter2" and "--password env:$PW". That is also why a
// [Source] is no flag value (pflag quotes a refused value in its message); a
// command takes the flag as a string and calls [Parse].
package secret

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"

	"muxkey/internal/console"
	"muxkey/internal/named"
)

// maxLine bounds the line that holds a password, in bytes. Nobody has one that
// long; a keystore given by mistake is longer.
const maxLine = 64 << 10

// Form is one way to name a source.
type Form struct {
	Spec        string // "env:NAME"
	Description string
}

// reader gets a password. It calls ask where the person is to be asked.
type reader func(ctx context.Context, env *console.Env, ask func() (Password, error)) (Password, error)

type way struct {
	Form
	// open makes a reader of what stands behind the colon. Its error is the
	// reason for a SpecError and must not repeat arg.
	open func(arg string) (reader, error)
}

// word is what stands before the colon.
func (w way) word() string {
	word, _, _ := strings.Cut(w.Spec, ":")
	return word
}

func ways() named.Set[way] {
	return named.New(way.word,
		way{Form{"env:NAME", "the value of the environment variable NAME"}, openEnv},
		way{Form{"file:PATH", "the first line of a file"}, openFile},
		way{Form{"fd:N", "the next line from the inherited file descriptor N"}, openFD},
		way{Form{"stdin", "the next line of standard input; asked for when that is a terminal"}, openStdin},
		way{Form{"prompt", "asked for on the terminal"}, openPrompt},
		way{Form{"pass:TEXT", "the text itself; unsafe on shared machines, where others see the command line"}, openText},
	)
}

// Forms returns the ways to name a source, for help and documentation.
func Forms() []Form {
	var forms []Form
	for w := range ways().All() {
		forms = append(forms, w.Form)
	}
	return forms
}

func listForms() string {
	var specs []string
	for _, f := range Forms() {
		specs = append(specs, f.Spec)
	}
	last := len(specs) - 1
	return strings.Join(specs[:last], ", ") + " or " + specs[last]
}

// ErrNone means that no source was named, $MUXKEY_PASSWORD is not set, and there
// is no terminal to ask on.
var ErrNone error = noneError{}

type noneError struct{}

func (noneError) Error() string {
	return "no password was given and there is no terminal to ask for one; name a source (" + listForms() + ") or set $" + console.VarPassword
}

// ErrMismatch means that the person typed two different new passwords.
var ErrMismatch = errors.New("the two passwords differ")

// ErrEmpty means that the password for something new is empty.
var ErrEmpty = errors.New("the new password is empty")

// SpecError says why a text names no source. It never repeats the text, which
// may be the password itself.
type SpecError struct{ Reason string }

func (e *SpecError) Error() string {
	return e.Reason + "; a password comes from " + listForms()
}

// SourceError says why a password could not be read. It wraps what the file
// system said, and console.ErrNoTerminal and the like.
type SourceError struct {
	Origin string // as Password.Origin
	Err    error
}

func (e *SourceError) Error() string {
	return fmt.Sprintf("read the password from %s: %v", e.Origin, e.Err)
}

// Unwrap returns Err.
func (e *SourceError) Unwrap() error { return e.Err }

// Source is a place a password can be read from. The zero Source is that of a
// command which was not told: $MUXKEY_PASSWORD, else a prompt, else ErrNone.
type Source struct {
	// A function, and no text, so that printing a Source shows nothing.
	read reader
}

// Parse makes a Source of a text in one of the [Forms]. The error is a
// *SpecError. An empty text is an error too: it comes from a variable that a
// script forgot to set, and stands for no default.
func Parse(spec string) (Source, error) {
	word, arg, colon := strings.Cut(spec, ":")
	w, known := ways().Get(word)
	switch {
	case spec == "":
		return Source{}, &SpecError{"the source is empty"}
	case !known && !colon:
		return Source{}, &SpecError{"this names no source (a password itself goes behind pass:)"}
	case !known:
		reason := "this names no source"
		if near := ways().Nearest(word); near != "" {
			reason += " (did you mean " + near + "?)"
		}
		return Source{}, &SpecError{reason}
	case colon != strings.Contains(w.Spec, ":"):
		return Source{}, &SpecError{word + " is written " + w.Spec}
	}
	read, err := w.open(arg)
	if err != nil {
		return Source{}, &SpecError{err.Error()}
	}
	return Source{read}, nil
}

// Read gets the password of something that exists. The label says which
// password is meant when the person is asked: "password for keystore.p12".
// Errors are ErrNone and *SourceError.
func (s Source) Read(ctx context.Context, env *console.Env, label string) (Password, error) {
	return s.get(ctx, env, func() (Password, error) { return prompt(ctx, env, label) })
}

// ReadNew gets the password for something to be made. It is as Read, but a
// person is asked twice, with ErrMismatch when the answers differ, and an empty
// password is refused with ErrEmpty: it is a variable that was not set or a file
// that was not written, and what it would protect stands open.
func (s Source) ReadNew(ctx context.Context, env *console.Env, label string) (Password, error) {
	password, err := s.get(ctx, env, func() (Password, error) {
		first, err := prompt(ctx, env, label)
		if err != nil {
			return Password{}, err
		}
		second, err := prompt(ctx, env, label+", again")
		if err != nil {
			return Password{}, err
		}
		if first.Reveal() != second.Reveal() {
			return Password{}, ErrMismatch
		}
		return first, nil
	})
	if err == nil && password.Reveal() == "" {
		return Password{}, fmt.Errorf("%w (from %s)", ErrEmpty, password.Origin())
	}
	return password, err
}

func (s Source) get(ctx context.Context, env *console.Env, ask func() (Password, error)) (Password, error) {
	if s.read == nil {
		return readDefault(ctx, env, ask)
	}
	return s.read(ctx, env, ask)
}

// readDefault takes an empty $MUXKEY_PASSWORD as not set: CI systems define the
// variable with no value when the secret behind it is missing.
func readDefault(_ context.Context, env *console.Env, ask func() (Password, error)) (Password, error) {
	if value, _ := env.LookupEnv(console.VarPassword); value != "" {
		return newPassword("$"+console.VarPassword, []byte(value),
			"no other source was named")
	}
	password, err := ask()
	if errors.Is(err, console.ErrNoTerminal) {
		return Password{}, ErrNone
	}
	return password, err
}

func openEnv(name string) (reader, error) {
	if name == "" {
		return nil, errors.New("env: names no variable")
	}
	return func(_ context.Context, env *console.Env, _ func() (Password, error)) (Password, error) {
		value, ok := env.LookupEnv(name)
		if !ok {
			// The name is not repeated: behind env:$PW it is the password.
			return Password{}, &SourceError{"the environment", errors.New("the variable is not set; env: takes its name, without $")}
		}
		return newPassword("$"+name, []byte(value))
	}, nil
}

func openText(text string) (reader, error) {
	return func(context.Context, *console.Env, func() (Password, error)) (Password, error) {
		return newPassword("the command line", []byte(text))
	}, nil
}

func openPrompt(string) (reader, error) {
	return func(_ context.Context, _ *console.Env, ask func() (Password, error)) (Password, error) {
		return ask()
	}, nil
}

const originPrompt = "the prompt"

func prompt(ctx context.Context, env *console.Env, label string) (Password, error) {
	typed, err := env.Prompter.Password(ctx, label)
	if err != nil {
		return Password{}, &SourceError{originPrompt, err}
	}
	return newPassword(originPrompt, []byte(typed))
}

// openStdin: what is typed into a terminal would be shown there, so a terminal
// is asked without echo.
func openStdin(string) (reader, error) {
	return func(ctx context.Context, env *console.Env, ask func() (Password, error)) (Password, error) {
		if env.InTTY {
			return ask()
		}
		return readStream(ctx, "standard input", io.NopCloser(env.In))
	}, nil
}

func openFD(arg string) (reader, error) {
	fd, err := strconv.ParseUint(arg, 10, 16)
	switch {
	case err != nil:
		return nil, errors.New("what stands behind fd: is not the number of a file descriptor")
	case fd == 0:
		return openStdin("")
	case fd <= 2:
		return nil, errors.New("file descriptors 1 and 2 are for output")
	}
	origin := fmt.Sprintf("file descriptor %d", fd)
	return func(ctx context.Context, env *console.Env, _ func() (Password, error)) (Password, error) {
		stream, err := env.OpenFD(int(fd))
		if err != nil {
			return Password{}, &SourceError{origin, plain(err)}
		}
		return readStream(ctx, origin, stream)
	}, nil
}

// readStream takes one line and not a byte more, as the shell's read does: what
// follows is the next password, or the data. No buffered reader can promise
// that.
func readStream(ctx context.Context, origin string, stream io.ReadCloser) (Password, error) {
	line, err := await(ctx, func() ([]byte, error) {
		defer func() { _ = stream.Close() }()
		line := make([]byte, 0, maxLine+1) // it must not grow: that leaves copies behind
		for one := make([]byte, 1); len(line) <= maxLine; {
			n, err := stream.Read(one)
			switch {
			case n == 1 && one[0] == '\n':
				return bytes.TrimSuffix(line, []byte("\r")), nil
			case n == 1:
				line = append(line, one[0])
			case errors.Is(err, io.EOF) && len(line) > 0:
				return line, nil
			case errors.Is(err, io.EOF):
				return nil, errNothing
			case err != nil:
				return nil, err
			}
		}
		return nil, errLong()
	})
	if err != nil {
		return Password{}, &SourceError{origin, plain(err)}
	}
	return newPassword(origin, line)
}

var errNothing = errors.New("there is nothing in it")

func errLong() error { return fmt.Errorf("its first line is longer than %d bytes", maxLine) }

func openFile(path string) (reader, error) {
	if path == "" {
		return nil, errors.New("file: names no file")
	}
	return func(ctx context.Context, _ *console.Env, _ func() (Password, error)) (Password, error) {
		origin := "the file " + path
		data, err := await(ctx, func() ([]byte, error) { // opening a FIFO waits for its writer
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer func() { _ = f.Close() }()
			buffer := make([]byte, maxLine+2) // io.ReadAll would leave copies behind
			n, err := io.ReadFull(f, buffer)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return buffer[:n], err
		})
		defer clear(data)
		switch {
		case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(path, "~"):
			err = fmt.Errorf("%w (the shell leaves a ~ behind file: as it is; write $HOME)", plain(err))
		case err == nil && len(data) == 0:
			err = errNothing
		}
		if err != nil {
			return Password{}, &SourceError{origin, plain(err)}
		}

		var notes []string
		if text, ok := fromUTF16(data); ok {
			data = text
			notes = append(notes, "the file is UTF-16, as Windows PowerShell writes it, and was converted")
		} else if text, ok := bytes.CutPrefix(data, []byte("\xEF\xBB\xBF")); ok {
			data = text
			notes = append(notes, "the file begins with a byte-order mark, which was left out")
		}
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		switch {
		case !ended && len(data) > maxLine:
			return Password{}, &SourceError{origin, errLong()}
		case len(rest) > 0:
			notes = append(notes, "the file has a second line, which was ignored")
		}
		if ended {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		return newPassword(origin, line, notes...)
	}, nil
}

// fromUTF16 converts text that begins with a UTF-16 byte-order mark to UTF-8.
func fromUTF16(data []byte) ([]byte, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		order = binary.BigEndian
	default:
		return nil, false
	}
	var units []uint16
	for pair := data[2:]; len(pair) >= 2; pair = pair[2:] {
		units = append(units, order.Uint16(pair))
	}
	return []byte(string(utf16.Decode(units))), true
}

// plain takes the name of the operation and the path off an error, which the
// SourceError around it says already.
func plain(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// await returns what f returns, or the context's error when that ends first.
// Then f goes on by itself, since no read can be called off, and its result is
// dropped.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
