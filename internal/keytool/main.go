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
	"os"
	"strings"

	"muxkey/internal/console"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/grammar"
	"muxkey/internal/keytool/level"
)

// The exit statuses of keytool; it has no others.
const (
	statusDone   = 0
	statusFailed = 1
)

// Main runs keytool with the arguments behind its name and returns the exit
// status: 0, or 1 for every failure.
func Main(ctx context.Context, args []string, env *console.Env) int {
	word, _ := env.LookupEnv(console.VarKeytoolLevel)
	l, err := level.Parse(word)
	if err != nil {
		fmt.Fprintf(env.Err, "keytool: %s: %v\n", console.VarKeytoolLevel, err)
		return statusFailed
	}
	call, err := grammar.Parse(args, l, grammar.Surroundings{LookupEnv: env.LookupEnv, ReadFile: os.ReadFile})
	t := newTool(env, l, call)
	if err == nil {
		err = t.run(ctx)
	}
	if errors.Is(err, errGivenUp) {
		err = nil
	}
	if usage, ok := errors.AsType[*grammar.UsageError](err); ok {
		fmt.Fprintf(env.Err, "%s\n\n%s", usage.Message, grammar.Help(l, usage.Command))
		return statusFailed
	}
	if err != nil {
		t.complain(err)
	}
	t.warn()
	if err != nil {
		return statusFailed
	}
	return statusDone
}

// run does what the command line asks for.
func (t *tool) run(ctx context.Context) error {
	if t.call.Help {
		fmt.Fprint(t.err, grammar.Help(t.level, t.call.Command))
		return nil
	}
	c, ok := commands()[t.call.Command]
	if !ok {
		return fmt.Errorf("%s is no command", t.call.Command)
	}
	if err := t.checkOptions(); err != nil {
		return err
	}
	if c.use != useNone {
		ask := func() error { return nil }
		if c.ask != nil {
			ask = func() error { return c.ask(t) }
		}
		if err := t.openStore(ctx, c.use, ask); err != nil {
			return err
		}
	}
	if err := c.run(ctx, t); err != nil {
		return err
	}
	t.adviseMigration(c.use)
	t.reportKept()
	return nil
}

// warn prints the block of warnings, which comes after everything but the
// complaint of a failure.
func (t *tool) warn() {
	if len(t.warnings) == 0 || t.call.NoWarn {
		return
	}
	fmt.Fprintf(t.err, "\nWarning:\n%s\n", strings.Join(t.warnings, "\n"))
}

// complain says why the run failed, where keytool does: on stdout.
func (t *tool) complain(err error) {
	e := exception.Of(err)
	fmt.Fprintln(t.out, "keytool error: "+e.Error())
	if t.call != nil && t.call.Verbose {
		// Java prints where in its source it was thrown; the first line of that.
		fmt.Fprintln(t.out, e.Error())
	}
}
