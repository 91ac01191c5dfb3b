package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/internal/reload"
	"muxkey/internal/safefile"
)

// reloadFlags say how servers learn of a new certificate, and where to see that
// they did.
type reloadFlags struct {
	ways    []string
	probes  []string
	timeout time.Duration
	told    func(flag string) bool

	targets   []reload.Target
	endpoints []dial.Endpoint
}

// patience is how long a server has to serve the new certificate.
const patience = 30 * time.Second

func (r *reloadFlags) add(c *cobra.Command) {
	f := c.Flags()
	r.told = f.Changed
	f.StringArrayVar(&r.ways, "reload", nil, "tell the server: `COMMAND`, signal:HUP:PIDFILE, or an https:// address to POST to; may be repeated")
	f.StringArrayVar(&r.probes, "probe", nil, "wait until `HOST:PORT` serves the new certificate, else put the old keystore back; with STARTTLS smtp+starttls://HOST:PORT; may be repeated")
	f.DurationVar(&r.timeout, "probe-timeout", patience, "`TIME` that the server has to serve it")
}

// check reads the flags.
func (r *reloadFlags) check() error {
	r.targets, r.endpoints = nil, nil
	for _, way := range r.ways {
		t, err := reload.Parse(way)
		if err != nil {
			return fmt.Errorf("--reload: %w", err)
		}
		r.targets = append(r.targets, t)
	}
	for _, address := range r.probes {
		e, err := dial.ParseEndpoint(address)
		if err != nil {
			return fmt.Errorf("--probe %w", err)
		}
		r.endpoints = append(r.endpoints, e)
	}
	switch {
	case r.told("probe-timeout") && len(r.probes) == 0:
		return wrongUsage(errors.New("--probe-timeout is about --probe, and there is none"))
	case r.timeout <= 0:
		return wrongUsage(errors.New("--probe-timeout leaves no time"))
	}
	return nil
}

// tell tells the servers, in order. Variables to hide are those with passwords.
func (r *reloadFlags) tell(ctx context.Context, env *console.Env, hide []string) error {
	opts := reload.Options{Hide: hide, Proxy: proxyOf(env), UserAgent: userAgent()}
	for _, t := range r.targets {
		progress(env)("telling the server: " + t.String())
		if err := t.Tell(ctx, opts); err != nil {
			status := StatusFound
			if e, ok := errors.AsType[*reload.Error](err); ok && e.Network {
				status = StatusNetwork
			}
			return &Failure{Status: status, Err: fmt.Errorf("telling the server failed: %w", err)}
		}
	}
	return nil
}

// served waits until each address serves the certificate.
func (r *reloadFlags) served(ctx context.Context, env *console.Env, leaf *x509.Certificate) error {
	for _, at := range r.endpoints {
		progress(env)("looking for the new certificate at " + at.String())
		if err := r.wait(ctx, at, leaf); err != nil {
			return err
		}
	}
	return nil
}

// wait looks again and again. A server may serve both certificates for a while,
// as the old one of its processes end; one look that shows the new one is
// enough.
func (r *reloadFlags) wait(ctx context.Context, at dial.Endpoint, leaf *x509.Certificate) error {
	const pause = 250 * time.Millisecond
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	var last error
	for {
		shown, err := dial.Certificates(limited, at, nameAt(at.Host, leaf))
		switch {
		case err == nil && bytes.Equal(shown[0].Raw, leaf.Raw):
			return nil
		case err == nil:
			last = &Failure{Status: StatusFound, Err: fmt.Errorf("%s serves the certificate %x, and not the new one, %x", at, shown[0].SerialNumber.Bytes(), leaf.SerialNumber.Bytes())}
		case last == nil || limited.Err() == nil && !errors.Is(err, context.DeadlineExceeded): // the last look may have been cut short
			last = &Failure{Status: StatusNetwork, Err: err}
		}
		select {
		case <-limited.Done():
			if err := ctx.Err(); err != nil {
				return err
			}
			f, _ := errors.AsType[*Failure](last)
			f.Err = fmt.Errorf("after %s, %w", r.timeout, f.Err)
			return f
		case <-time.After(pause):
		}
	}
}

// nameAt is the name to ask the server at a host for: the host itself where the
// certificate is for it, else the first host name of the certificate.
func nameAt(host string, leaf *x509.Certificate) string {
	if net.ParseIP(host) == nil && leaf.VerifyHostname(host) == nil {
		return host
	}
	for _, name := range leaf.DNSNames {
		if !strings.HasPrefix(name, "*.") {
			return name
		}
	}
	if net.ParseIP(host) == nil {
		return host
	}
	return "" // addresses have no place in SNI (RFC 6066 section 3)
}

// errChanged means that a file is no longer the one that was written.
var errChanged = errors.New("somebody else has changed it since")

// putBack gives a store its old content again, unless it is no longer what was
// written, and keeps what it replaces: that is a good certificate, even though a
// server did not take it.
func putBack(ctx context.Context, file string, done rewritten, backup string) (kept string, err error) {
	err = safefile.Edit(ctx, file, safefile.Options{Backup: func(name string) { kept = name }}, func(now io.Reader) ([]byte, error) {
		data, err := io.ReadAll(io.LimitReader(now, int64(len(done.new))+1))
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(data, done.new) {
			return nil, errChanged
		}
		return done.old, nil
	})
	if err == nil && backup != "" {
		_ = os.Remove(backup) // the same again
	}
	return kept, err
}

// given tells whether there is a server to tell or to watch.
func (r *reloadFlags) given() bool { return len(r.ways)+len(r.probes) > 0 }

// untold is the file that stands beside a keystore from before it gets a
// certificate until the servers know of that. A run that is killed in between
// leaves it behind, and the next one, which finds nothing to renew, knows by it
// that something is left to do. To ask the servers every day what they serve was
// the alternative: it takes a probe, and a server that is down would look like
// one that knows nothing.
func untold(file string, leaf *x509.Certificate) string {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	sum := sha256.Sum256(leaf.Raw)
	return fmt.Sprintf("%s.untold-%x", file, sum[:8])
}

// isUntold tells whether a run was ended before the servers knew of what is in
// the keystore.
func isUntold(file string, leaf *x509.Certificate) bool {
	_, err := os.Lstat(untold(file, leaf))
	return err == nil
}

// promise makes the file of untold, where there is anybody to tell.
func (r *reloadFlags) promise(ctx context.Context, file string, leaf *x509.Certificate) error {
	if !r.given() {
		return nil
	}
	const text = "The servers have yet to be told of a new certificate: the next \"muxkey renew\" with --reload or --probe does it.\n"
	return safefile.Write(ctx, untold(file, leaf), []byte(text), safefile.Options{Replace: true})
}

// kept takes the file of untold away.
func (r *reloadFlags) kept(file string, leaf *x509.Certificate) {
	if r.given() {
		_ = os.Remove(untold(file, leaf)) // if it stays, servers are told once more
	}
}

// resume does what a run that was killed did not come to. What the keystore was
// before is not put back, as nobody knows any more which backup that is.
func (r *reloadFlags) resume(ctx context.Context, env *console.Env, file string, leaf *x509.Certificate, hide []string) error {
	progress(env)("a run was ended before the server knew of the certificate in " + file)
	err := r.tell(ctx, env, hide)
	if err == nil {
		err = r.served(ctx, env, leaf)
	}
	if err == nil {
		r.kept(file, leaf)
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		f.Err = fmt.Errorf("%w; the new certificate stays in %s, and the next run tries again", f.Err, file)
		if list, err := backupsOf(file); err == nil && len(list) > 0 {
			f.Hint = "to have the old one back: muxkey rollback " + command.Quote(file)
		}
	}
	return err
}

// announce tells the servers of a new certificate and sees that they serve it.
// When they do not, the old store comes back, and they are told again.
func (r *reloadFlags) announce(ctx context.Context, env *console.Env, file string, done rewritten, leaf *x509.Certificate, backup string, hide []string) error {
	err := r.tell(ctx, env, hide)
	if err == nil {
		err = r.served(ctx, env, leaf)
	}
	if err == nil {
		r.kept(file, leaf)
		return nil
	}
	if ctx.Err() != nil {
		// Nobody knows what the server would have done, and it cannot be told of
		// the old one any more.
		progress(env)("interrupted: the new certificate is in " + file + ", and the next run tells the server; muxkey rollback " + command.Quote(file) + " puts the old one back")
		return ctx.Err()
	}
	f, _ := errors.AsType[*Failure](err)
	kept, back := putBack(ctx, file, done, backup)
	if back != nil {
		f.Err = fmt.Errorf("%w; and the old keystore could not be put back: %w", f.Err, back)
		f.Status = max(f.Status, StatusOutput)
		return f
	}
	r.kept(file, leaf) // there is nothing to tell any more
	f.Err = fmt.Errorf("%w; the old keystore is back, and the one with the new certificate is %s", f.Err, kept)
	f.Hint = "when the server takes it: muxkey rollback " + command.Quote(file)
	progress(env)("the old keystore is back")
	if again := r.tell(ctx, env, hide); again != nil {
		f.Err = fmt.Errorf("%w; and then: %w", f.Err, again)
	}
	return f
}
