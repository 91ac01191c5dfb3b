package acme

import (
	"context"
	"encoding/base64"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"time"

	rfc8555 "github.com/mholt/acmez/v3/acme"

	"muxkey/certgen"
	"muxkey/internal/command"
)

// DNS01 has a command set a TXT record (RFC 8555 section 8.4). It proves host
// names, and it alone those with a wildcard.
type DNS01 struct {
	// Hook is the command and its first arguments; no shell comes between. It is
	// run with "present", NAME and VALUE after them to set the record, and with
	// "cleanup", NAME and VALUE to take it away. A name with a wildcard and the
	// name below it have the same NAME and different VALUEs at the same time. A
	// VALUE may begin with "-".
	//
	// Its environment is that of the program, with ACME_ACTION, ACME_RECORD (the
	// NAME), ACME_VALUE and ACME_NAME (the name to be proved) added. It should
	// end when the record can be seen, with status 0.
	Hook []string
	// Hide are variables that the hook is not to see: those with passwords.
	Hide []string
	// Wait is how long to wait after all records are set, until they can be seen
	// everywhere.
	Wait time.Duration
	// Timeout ends one run of the hook; 0 means 2 minutes.
	Timeout time.Duration
}

// Type returns "dns-01".
func (DNS01) Type() string { return rfc8555.ChallengeTypeDNS01 }

// RFC 8738 section 7.
func (DNS01) proves(id identifier) bool { return id.Kind == certgen.DNS }

// record is the name of the TXT record for a name.
func record(name string) string { return "_acme-challenge." + strings.TrimPrefix(name, "*.") }

// HookError says that the command for dns-01 failed.
type HookError struct {
	Hook   []string // with its arguments
	Output string   // the last that it said, on either stream
	Err    error
}

func (e *HookError) Error() string {
	s := "DNS hook"
	if len(e.Hook) > 0 {
		s += " " + strings.Join(e.Hook, " ")
	}
	s += ": " + e.Err.Error()
	if e.Output != "" {
		s += "; it said: " + strings.Join(strings.FieldsFunc(e.Output, func(r rune) bool { return r == '\n' || r == '\r' }), " | ")
	}
	return s
}

// Unwrap returns Err.
func (e *HookError) Unwrap() error { return e.Err }

// ErrNoHook means that DNS01 has no command.
var ErrNoHook = errors.New("there is no command")

func (d DNS01) check() error {
	if len(d.Hook) == 0 {
		return &HookError{Err: ErrNoHook}
	}
	if _, err := exec.LookPath(d.Hook[0]); err != nil {
		return &HookError{Hook: d.Hook, Err: err}
	}
	return nil
}

func (d DNS01) solve(ctx context.Context, proofs []proof, say func(string, ...any)) (func(context.Context) error, error) {
	var set []proof
	undo := func(ctx context.Context) error {
		var errs []error
		for _, p := range slices.Backward(set) {
			errs = append(errs, d.run(ctx, "cleanup", p))
		}
		return errors.Join(errs...)
	}
	for _, p := range proofs {
		say("setting the DNS record %s", record(p.id.Value))
		set = append(set, p) // before the run: what fails may have done half of it
		if err := d.run(ctx, "present", p); err != nil {
			return undo, err
		}
	}
	if d.Wait > 0 {
		say("waiting %s until the DNS records can be seen everywhere", d.Wait)
	}
	return undo, wait(ctx, d.Wait)
}

func (d DNS01) run(ctx context.Context, action string, p proof) error {
	digest := p.digest()
	value := base64.RawURLEncoding.EncodeToString(digest[:])
	argv := append(slices.Clone(d.Hook), action, record(p.id.Value), value)
	err := command.Run(ctx, argv, command.Options{
		Hide:    d.Hide,
		Env:     []string{"ACME_ACTION=" + action, "ACME_RECORD=" + record(p.id.Value), "ACME_VALUE=" + value, "ACME_NAME=" + p.id.Value},
		Timeout: d.Timeout,
	})
	if failed, ok := errors.AsType[*command.Error](err); ok {
		return &HookError{Hook: argv, Output: failed.Output, Err: failed.Err}
	}
	return err
}
