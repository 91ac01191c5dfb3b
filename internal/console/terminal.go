package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// terminal asks on the controlling terminal of the process.
type terminal struct {
	dumb bool // TERM=dumb: it does not know the sequence that erases a line
}

func (t terminal) Password(ctx context.Context, label string) (string, error) {
	after := "\r\x1b[K"
	if t.dumb {
		after = "\n"
	}
	return ask(ctx, label+": ", after, func(in *os.File) (string, error) {
		password, err := term.ReadPassword(int(in.Fd()))
		defer clear(password)
		return string(password), err
	})
}

func (t terminal) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := ask(ctx, question+" [y/N] ", "", func(in *os.File) (string, error) {
		return readLine(in)
	})
	return agrees(answer), err
}

// agrees says whether an answer to Confirm means yes.
func agrees(answer string) bool {
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true
	}
	return false
}

// ask shows a question, reads the answer and writes after behind it.
func ask(ctx context.Context, question, after string, read func(in *os.File) (string, error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	in, out, err := openTerminal()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	if !understandsANSI(out) && after != "" {
		after = "\n"
	}
	hangUp := func() {
		_ = in.Close()
		_ = out.Close()
	}
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		hangUp()
		return "", fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	defer holdSuspend()()
	if _, err := io.WriteString(out, printable(question)); err != nil {
		hangUp()
		return "", fmt.Errorf("ask on the terminal: %w", err)
	}

	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := read(in)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		_, _ = io.WriteString(out, after)
		hangUp()
		if errors.Is(a.err, io.EOF) {
			return "", ErrNoAnswer
		}
		if a.err != nil {
			return "", fmt.Errorf("ask on the terminal: %w", a.err)
		}
		return a.text, nil
	case <-ctx.Done():
		// A read from a terminal cannot be called off on every system. It stays
		// behind, and so do the files, while the program ends; only the echo
		// must be put back.
		_ = term.Restore(int(in.Fd()), before)
		_, _ = io.WriteString(out, "\n")
		return "", ctx.Err()
	}
}

// readLine reads up to the end of a line and not a byte more.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case n == 1:
			line = append(line, one[0])
		case err != nil:
			return "", err
		}
	}
}

// printable replaces what could steer a terminal. Labels carry file names and
// aliases, which strangers choose.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
