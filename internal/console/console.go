// Package console is the program's only door to its surroundings: streams,
// terminal, environment variables, clock and randomness. Commands get them as an
// [Env] and reach for nothing else, so that a test can stand in for all of it
// with [Test].
package console

// The rules of the user interface that this file implements:
//
//   - Data goes to Out. What is said to people goes to Err.
//   - Colour appears only where a person looks: on a terminal that is not
//     TERM=dumb. NO_COLOR (not empty) takes it away and wins over
//     CLICOLOR_FORCE, which gives it everywhere; see no-color.org and
//     bixense.com/clicolors.
//   - Questions go to the controlling terminal and are answered there, so that
//     In, Out and Err can all be pipes. An answer to a password prompt is never
//     shown, and the prompt is erased once it is answered.
//   - Where there is no terminal nothing is asked and nothing is guessed: the
//     caller gets ErrNoTerminal and names the flag to give instead.

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// Env is what a command may know of and do to its surroundings.
type Env struct {
	In       io.Reader
	Out, Err io.Writer

	// InTTY, OutTTY and ErrTTY say which of the streams are terminals.
	InTTY, OutTTY, ErrTTY bool
	// OutColour and ErrColour say which of the streams take ANSI colours.
	OutColour, ErrColour bool
	// Width is that of Out's terminal in columns; 0 when it is none or does not
	// say.
	Width int
	// ErrWidth is that of Err's terminal; 0 when it is none, or cannot replace a
	// line.
	ErrWidth int

	// LookupEnv reads an environment variable. Those that mean something to the
	// program itself are in [Variables].
	LookupEnv func(name string) (string, bool)
	Now       func() time.Time
	// Rand is a source of cryptographic randomness.
	Rand     io.Reader
	Prompter Prompter
	// OpenFD opens a file descriptor that the program was started with. Closing
	// the reader leaves the descriptor itself open, and reading from it moves
	// the descriptor's own position: a second OpenFD reads on from there.
	OpenFD func(fd int) (io.ReadCloser, error)
}

// Prompter asks the person at the terminal. Both methods return ErrNoTerminal
// where nobody is there, ErrNoAnswer when the person closes the input, and the
// context's error when that ends first.
type Prompter interface {
	// Password asks for a secret and returns it as typed, without the line end.
	Password(ctx context.Context, label string) (string, error)
	// Confirm asks a question whose answer is yes only if the person says so.
	Confirm(ctx context.Context, question string) (bool, error)
}

// The ways in which a question gets no answer.
var (
	ErrNoTerminal = errors.New("there is no terminal to ask on")
	ErrNoAnswer   = errors.New("no answer was given")
)

// NoTerminal is the Prompter of a program that nobody watches.
type NoTerminal struct{}

// Password returns ErrNoTerminal.
func (NoTerminal) Password(context.Context, string) (string, error) { return "", ErrNoTerminal }

// Confirm returns ErrNoTerminal.
func (NoTerminal) Confirm(context.Context, string) (bool, error) { return false, ErrNoTerminal }

// Variable is an environment variable that the program reads of itself.
type Variable struct {
	Name        string
	Description string
	Sensitive   bool // the value is a secret
}

// The names of the environment variables; [Variables] says what they do.
const (
	VarPassword   = "MUXKEY_PASSWORD"
	VarHTTPProxy  = "HTTP_PROXY"
	VarHTTPSProxy = "HTTPS_PROXY"
	VarNoProxy    = "NO_PROXY"
	// VarKeytoolLevel and VarAdvice are for the keytool front end.
	VarKeytoolLevel = "MUXKEY_KEYTOOL_LEVEL"
	VarAdvice       = "MUXKEY_ADVICE"
	varNoColour     = "NO_COLOR"
	varForceColour  = "CLICOLOR_FORCE"
	varTerminal     = "TERM"
)

// Variables returns every environment variable that means something to the
// program without being named on the command line. The documentation is made
// from it.
func Variables() []Variable {
	return []Variable{
		{Name: VarPassword, Description: "the password, where a command needs one and was not told where to get it; empty counts as not set", Sensitive: true},
		{Name: VarHTTPSProxy, Description: "the proxy for ACME servers and other https addresses; also in small letters", Sensitive: true},
		{Name: VarHTTPProxy, Description: "the proxy for http addresses; also in small letters", Sensitive: true},
		{Name: VarNoProxy, Description: "hosts and networks that are reached without a proxy, with commas between; also in small letters"},
		{Name: VarKeytoolLevel, Description: "which JDK the keytool front end is like: 8, 11, 17, 21 (the default) or 25"},
		{Name: VarAdvice, Description: "when 1: the keytool front end says what is better done otherwise, and how"},
		{Name: varNoColour, Description: "when not empty: no colour anywhere"},
		{Name: varForceColour, Description: "when neither empty nor 0: colour also where the output is not a terminal"},
		{Name: varTerminal, Description: "when dumb: no colour, and prompts are not erased"},
	}
}

// System returns the Env of the running process.
func System() *Env {
	env := &Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTTY:     term.IsTerminal(int(os.Stdin.Fd())),
		OutTTY:    term.IsTerminal(int(os.Stdout.Fd())),
		ErrTTY:    term.IsTerminal(int(os.Stderr.Fd())),
		LookupEnv: os.LookupEnv,
		Now:       time.Now,
		Rand:      rand.Reader,
		OpenFD:    openFD,
	}
	env.OutColour = colour(env.OutTTY && understandsANSI(os.Stdout), os.LookupEnv)
	env.ErrColour = colour(env.ErrTTY && understandsANSI(os.Stderr), os.LookupEnv)
	env.Prompter = terminal{dumb: dumb(os.LookupEnv)}
	if env.OutTTY {
		// A terminal that does not tell its size leaves Width at 0.
		env.Width, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	if env.ErrTTY && understandsANSI(os.Stderr) && !dumb(os.LookupEnv) {
		env.ErrWidth, _, _ = term.GetSize(int(os.Stderr.Fd()))
	}
	return env
}

// colour decides whether a stream gets colour; capable says that it is a
// terminal which can show it.
func colour(capable bool, lookup func(string) (string, bool)) bool {
	if off, _ := lookup(varNoColour); off != "" {
		return false
	}
	if force, _ := lookup(varForceColour); force != "" && force != "0" {
		return true
	}
	return capable && !dumb(lookup)
}

func dumb(lookup func(string) (string, bool)) bool {
	name, _ := lookup(varTerminal)
	return name == "dumb"
}
