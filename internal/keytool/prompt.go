package keytool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"muxkey/internal/console"
	"muxkey/internal/keytool/exception"
)

// attempts is how often keytool asks for a password.
const attempts = 3

// errGivenUp ends a run, with status 0, after too many answers that would not do.
// keytool has said so by then.
var errGivenUp = errors.New("too many failures")

// password reads a password: from the terminal without echo, else one line of
// stdin. A carriage return before the line end does not count. The end of input
// is the empty password, as in keytool.
func (t *tool) password(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(t.err, prompt)
	if t.env.InTTY {
		answer, err := t.env.Prompter.Password(ctx, "")
		if errors.Is(err, console.ErrNoAnswer) {
			return "", nil
		}
		return answer, err
	}
	if _, err := t.in.Peek(1); errors.Is(err, io.EOF) && !t.level.OpenInput {
		// The JDK warns where nothing is there to be read yet, which at its speed
		// means that nothing comes.
		fmt.Fprint(t.err, "[WARNING: Input may be visible on screen] ")
	}
	line, err := t.line()
	// Java takes each octet for a character, so that a password beyond ASCII is
	// another one than on the command line.
	password := make([]rune, len(line))
	for i := range len(line) {
		password[i] = rune(line[i])
	}
	return string(password), err
}

// line reads up to the next line end or the end of input.
func (t *tool) line() (string, error) {
	answer, err := t.in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", exception.Wrap(exception.IO, err.Error(), err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(answer, "\n"), "\r"), nil
}

// answer reads the answer to a question that is no password. ok is false at the
// end of input. keytool reads each answer through a buffer of its own, which
// takes all that a pipe holds with it: a second question in one run finds nothing.
func (t *tool) answer(prompt string) (answer string, ok bool, err error) {
	fmt.Fprint(t.err, prompt)
	line, err := t.in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, exception.Wrap(exception.IO, err.Error(), err)
	}
	ok = line != ""
	if !t.env.InTTY {
		if _, err := t.in.Discard(t.in.Buffered()); err != nil {
			return "", false, err
		}
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), ok, nil
}

// retries is how often a question that is no password is asked again.
const retries = 20

// confirm asks until the answer is yes or no; no answer is no.
func (t *tool) confirm(prompt string) (bool, error) {
	for range retries + 1 {
		answer, answered, err := t.answer(prompt)
		if err == nil && !answered && t.level.OldCommandLine {
			err = t.nullPointer("")
		}
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "", "n", "no":
			return false, nil
		case "y", "yes":
			return true, nil
		}
		fmt.Fprintln(t.err, "Wrong answer, try again")
	}
	return false, exception.New(exception.Runtime, "Too many retries, program terminated")
}
