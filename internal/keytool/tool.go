package keytool

import (
	"bufio"
	"io"
	"time"

	"muxkey/internal/console"
	"muxkey/internal/keytool/grammar"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/store"
)

// tool is one run of keytool.
type tool struct {
	env   *console.Env
	level level.Level
	call  *grammar.Call
	// zone is that in which dates are printed and read.
	zone *time.Location

	in       *bufio.Reader
	out, err io.Writer

	// store is the keystore of the command line, for commands that use one.
	store *store.Store
	// ca is cacerts, where -trustcacerts lets it count.
	ca *store.Store
	// data is the file that store was read from or written to.
	data []byte
	// passwordless tells that store needs no password and gets none.
	passwordless bool
	// source is what -importkeystore reads. replaces tells that it is the file of
	// the keystore itself, and kept is the name under which that was kept.
	source   sourceStore
	replaces bool
	kept     string
	// newStorePass is what -storepasswd has been given; nil for other commands.
	newStorePass *string

	// warnings are printed at the end, one below the other.
	warnings []string
}

// stdinBuffer is that of Java's System.in. What it has taken in is lost to the
// program that reads the same pipe next, as with keytool.
const stdinBuffer = 8192

func newTool(env *console.Env, l level.Level, call *grammar.Call) *tool {
	t := &tool{
		warnings: call.Warnings,
		env:      env, level: l, call: call,
		in: bufio.NewReaderSize(env.In, stdinBuffer), out: env.Out, err: env.Err,
	}
	t.zone = t.localZone()
	return t
}

// text is what an option says, or the other where it was not given.
func text(option *string, other string) string {
	if option == nil {
		return other
	}
	return *option
}
