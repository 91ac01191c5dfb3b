// Package keytool is the front end that stands in for OpenJDK's keytool: its
// grammar, its questions and its words, over the packages that the native
// commands are made of. It has no cryptography, no file formats and no writing of
// files of its own.
//
// A command is one function in one file and one row of commands. What differs
// between JDKs is in package level, and what has the form of Java's exceptions in
// package exception.
package keytool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"muxkey/internal/console"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/grammar"
	"muxkey/internal/keytool/level"
	"muxkey/pkcs12x"
)

// The exit statuses of keytool; it has no others.
const (
	statusDone   = 0
	statusFailed = 1
)

// Main runs keytool with the arguments behind its name and returns the exit
// status: 0, or 1 for every failure. Output that could not be written is one, which
// the JDK's does not notice, but not where nobody reads any more: scripts pipe lists
// into grep -q.
func Main(ctx context.Context, args []string, env *console.Env) int {
	out := console.NewOutput(env.Out)
	inner := *env
	inner.Out = out
	status := run(ctx, args, &inner)
	err := out.Err()
	if err == nil || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.EBADF) {
		return status
	}
	fmt.Fprintf(env.Err, "keytool: writing to standard output: %v\n", err)
	return statusFailed
}

func run(ctx context.Context, args []string, env *console.Env) int {
	word, _ := env.LookupEnv(console.VarKeytoolLevel)
	l, err := level.Parse(word)
	if err != nil {
		fmt.Fprintf(env.Err, "keytool: %s: %v\n", console.VarKeytoolLevel, err)
		return statusFailed
	}
	explained := len(args) > 0 && args[0] == explainOption
	if explained {
		args = args[1:]
	}
	around := surroundings(ctx, env)
	around.Unread = explained
	call, err := grammar.Parse(args, l, around)
	t := newTool(env, l, call)
	if explained && err == nil {
		t.explain()
		return statusDone
	}
	defer t.advise()()
	if err == nil {
		err = t.run(ctx)
	}
	if err == nil || errors.Is(err, errGivenUp) {
		t.warn()
		return statusDone
	}
	t.fail(err)
	return statusFailed
}

// run does what the command line asks for.
func (t *tool) run(ctx context.Context) error {
	if t.call.Help {
		fmt.Fprint(t.err, grammar.Help(t.level, t.call.Command))
		return nil
	}
	// A keystore may be read twice, and its key opened after that. What is remembered
	// of a hostile one ends with the run, a few hundred octets for each key opened.
	ctx = pkcs12x.Remember(ctx)
	c, ok := commands()[t.call.Command]
	if !ok {
		return fmt.Errorf("%s is no command", t.call.Command)
	}
	if t.call.Command == "-printcert" && t.level.KeystoreAlone {
		c.use = useNone
	}
	if t.call.CACerts {
		path := t.cacerts()
		t.call.Keystore = &path
	}
	if err := t.openStore(ctx, c); err != nil {
		return err
	}
	if err := t.loadCACerts(ctx); err != nil {
		return err
	}
	if err := c.run(ctx, t); err != nil {
		return err
	}
	if err := t.adviseMigration(ctx, c.use); err != nil {
		return err
	}
	t.reportKept()
	return nil
}

// warn prints the block of warnings, which comes after everything else.
func (t *tool) warn() {
	if len(t.warnings) == 0 || t.call.NoWarn {
		return
	}
	fmt.Fprintf(t.err, "\nWarning:\n%s\n", strings.Join(t.warnings, "\n"))
}

// fail says why the run failed: of a command line on stderr with the help behind
// it, of anything else on stdout.
func (t *tool) fail(err error) {
	if launch, ok := errors.AsType[*grammar.LaunchError](err); ok {
		fmt.Fprintln(t.err, launch.Message)
		return
	}
	if usage, ok := errors.AsType[*grammar.UsageError](err); ok {
		fmt.Fprintf(t.err, "%s\n%s", usage.Message, grammar.Help(t.level, usage.Command))
		if !t.call.Debug {
			t.warnLate()
			return
		}
		err = exception.New(exception.Runtime, "NO BIG ERROR, SORRY")
	}
	e := exception.Of(err)
	fmt.Fprintln(t.out, "keytool error: "+e.Error())
	// Of Java's stack traces there is the first line: the others say where in its
	// source it was thrown.
	if t.call.Verbose {
		fmt.Fprintln(t.out, e.Error())
	}
	if t.call.Debug {
		t.warn()
		fmt.Fprintln(t.err, "Exception in thread \"main\" "+e.Error())
		return
	}
	t.warnLate()
}

// warnLate is warn for a run that fails.
func (t *tool) warnLate() {
	if t.level.LateWarnings {
		t.warn()
	}
}
