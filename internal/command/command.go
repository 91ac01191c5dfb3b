// Package command runs programs that a person has named on the command line,
// such as the one that tells a server to read its keystore again.
//
// No shell comes between: Split parts the words, and what only a shell could do
// is refused by name instead of being passed on as a word.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// SplitError says why a text is no command.
type SplitError struct {
	Text string
	Why  string
}

func (e *SplitError) Error() string { return fmt.Sprintf("%q is no command: %s", e.Text, e.Why) }

// Hint is what to write instead, empty where that is plain.
func (e *SplitError) Hint() string {
	if e.Why == whyShell {
		return "give it to a shell by name: sh -c 'COMMANDS'"
	}
	return ""
}

const whyShell = "pipes, variables, patterns and redirections are a shell's, and none is run"

// Split parts a command into words as a POSIX shell would: at blanks, with
// '...', "..." and \ to keep characters as they are (POSIX 2.2). Nothing is
// expanded: a word with $ ` * ? [ | & ; < > ( ) ~ # outside of quotes, where a
// shell would do something of its own with it, is a *SplitError. Handing all of
// it to "sh -c" was the alternative; then a path with a blank or a $ in it
// means something else than it says.
func Split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			end()
		case r == '\'' || r == '"':
			length := closing(runes[i+1:], r)
			if length < 0 {
				return nil, &SplitError{text, "a quote is not closed"}
			}
			quoted, err := unescape(runes[i+1:i+1+length], r)
			if err != nil {
				return nil, &SplitError{text, err.Error()}
			}
			word.WriteString(quoted)
			inWord = true
			i += length + 1
		case r == '\\':
			if i++; i == len(runes) {
				return nil, &SplitError{text, `there is nothing behind the last \`}
			}
			word.WriteRune(runes[i])
			inWord = true
		case strings.ContainsRune("$`*?[|&;<>()", r), !inWord && (r == '~' || r == '#'):
			return nil, &SplitError{text, whyShell}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	end()
	if len(words) == 0 {
		return nil, &SplitError{text, "it is empty"}
	}
	return words, nil
}

// closing is the number of characters before the quote that closes, negative
// where there is none. A \ protects in "..." alone.
func closing(runes []rune, quote rune) int {
	for i := 0; i < len(runes); i++ {
		switch {
		case runes[i] == quote:
			return i
		case runes[i] == '\\' && quote == '"':
			i++
		}
	}
	return -1
}

// unescape is what stands between quotes.
func unescape(runes []rune, quote rune) (string, error) {
	if quote == '\'' {
		return string(runes), nil
	}
	var out strings.Builder
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\' && strings.ContainsRune("\"\\$`", runes[i+1]):
			i++
			out.WriteRune(runes[i])
		case r == '$' || r == '`':
			return "", errors.New(whyShell)
		default:
			out.WriteRune(r)
		}
	}
	return out.String(), nil
}

// Options say how a command is run.
type Options struct {
	// Hide are variables of the program's environment that the command is not to
	// see: those with passwords.
	Hide []string
	// Env are variables for it besides, "NAME=value".
	Env []string
	// Timeout ends it; 0 means 2 minutes.
	Timeout time.Duration
}

// Error says that a command failed.
type Error struct {
	Argv   []string
	Output string // the last that it said, on either stream
	Err    error  // of package exec, or that time is up
}

func (e *Error) Error() string { return strings.Join(e.Argv, " ") + ": " + e.Reason() }

// Reason is the error without the command.
func (e *Error) Reason() string {
	s := e.Err.Error()
	if e.Output != "" {
		s += "; it said: " + strings.Join(strings.FieldsFunc(e.Output, func(r rune) bool { return r == '\n' || r == '\r' }), " | ")
	}
	return s
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Run runs a command to its end, with nothing to read. When the context or the
// time ends, the command is interrupted and, five seconds later, killed. What it
// has started itself and left running does not keep Run. The error is an *Error.
func Run(ctx context.Context, argv []string, opts Options) error {
	const patience, mercy = 2 * time.Minute, 5 * time.Second
	limit := opts.Timeout
	if limit == 0 {
		limit = patience
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it has not ended in %s", limit))
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Env = slices.DeleteFunc(c.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(opts.Hide, name)
	})
	c.Env = append(c.Env, opts.Env...)
	c.Cancel = func() error {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			return c.Process.Kill() // Windows knows no other way
		}
		return nil
	}
	c.WaitDelay = mercy
	said := &tail{}
	c.Stdout, c.Stderr = said, said
	err := c.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &Error{Argv: argv, Output: strings.TrimSpace(string(said.text)), Err: err}
}

// tail keeps the end of what is written.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 1000
	t.text = append(t.text, p...)
	if extra := len(t.text) - most; extra > 0 {
		t.text = t.text[extra:]
	}
	return len(p), nil
}
