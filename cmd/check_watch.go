package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/policy/check"
)

// watchFlags are those of muxkey check for who stays.
type watchFlags struct {
	on     bool
	every  time.Duration
	listen string
}

func (f *watchFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.on, "watch", false, "stay, and check again when a file changes or time has passed")
	flags.DurationVar(&f.every, "every", time.Hour, "with --watch: check again after this `TIME`")
	flags.StringVar(&f.listen, "listen", "", "with --watch: serve /metrics and /healthz at `[HOST]:PORT`; HOST is 127.0.0.1 unless given")
}

func (f *watchFlags) check() error {
	switch {
	case !f.on && f.listen != "":
		return wrongUsage(errors.New("--listen is for --watch"))
	case f.on && f.every < time.Second:
		return wrongUsage(errors.New("--every is less than a second"))
	}
	return nil
}

// look is how often files are looked at for changes.
const look = 2 * time.Second

// watched is what the server shows.
type watched struct {
	at      time.Time // when it was made
	metrics []byte
	err     error // why there is nothing newer
}

// runCheckWatch checks until the context ends. What is wrong at the beginning is an
// error; later it is said, and what was known stays.
func runCheckWatch(ctx context.Context, env *console.Env, format report.Format, o checkOptions) error {
	if slices.Contains(o.targets, stdin) {
		return wrongUsage(errors.New("--watch checks again and again, and standard input can be read once"))
	}
	if err := o.reports.check("check", format); err != nil {
		return err
	}
	var state atomic.Pointer[watched]
	if o.watch.listen != "" {
		stop, err := serveMetrics(ctx, env, o.watch, &state)
		if err != nil {
			return err
		}
		defer stop()
	}
	var last []string
	for first := true; ; first = false {
		result, sum, err := o.once(ctx, env)
		now := env.Now()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && first:
			return err
		case err != nil:
			old := state.Load()
			state.Store(&watched{old.at, old.metrics, err})
			_, _ = fmt.Fprintf(env.Err, "%s: %v\n", program, err)
		default:
			text, err := metricsOf(result, env)
			if err != nil {
				return err
			}
			state.Store(&watched{now, text, nil})
			if err := o.reports.write(ctx, env, checkedDocument(result)); err != nil {
				_, _ = fmt.Fprintf(env.Err, "%s: %v\n", program, err) // the next one may succeed
			}
			if found := foundIn(result); first || !slices.Equal(found, last) {
				last = found
				if err := o.reports.put(env, format, checkedDocument(result)); err != nil {
					return err
				}
			}
		}
		if err := o.wait(ctx, env, sum); err != nil {
			return err
		}
	}
}

// foundIn tells whether two reports say the same, but for the days that are left.
func foundIn(r *check.Report) []string {
	var out []string
	for _, t := range r.Targets {
		out = append(out, t.Name, string(t.Status))
	}
	for _, f := range r.All() {
		out = append(out, f.Fingerprint)
	}
	return out
}

// once reads the policy and checks. The sum is that of the state before.
func (o *checkOptions) once(ctx context.Context, env *console.Env) (*check.Report, [32]byte, error) {
	policy, options, err := o.prepare(env)
	if err != nil {
		return nil, [32]byte{}, err
	}
	sum, err := check.State(ctx, policy, options)
	if err != nil {
		return nil, sum, err
	}
	result, err := check.Run(ctx, policy, options)
	return result, sum, err
}

// wait ends when it is time to check again.
func (o *checkOptions) wait(ctx context.Context, env *console.Env, before [32]byte) error {
	until := time.NewTimer(o.watch.every)
	defer until.Stop()
	tick := time.NewTicker(min(look, o.watch.every))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-until.C:
			return nil
		case <-tick.C:
			policy, options, err := o.prepare(env)
			if err != nil {
				continue // it is said when it is time
			}
			if now, err := check.State(ctx, policy, options); err == nil && now != before {
				return nil
			}
		}
	}
}

func metricsOf(r *check.Report, env *console.Env) ([]byte, error) {
	f, err := report.Find("prometheus")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = f.Report(&b, checkedDocument(r), options(env))
	return b.Bytes(), err
}

// serveMetrics serves what was found last. The function ends it.
func serveMetrics(ctx context.Context, env *console.Env, f watchFlags, state *atomic.Pointer[watched]) (func(), error) {
	host, port, err := net.SplitHostPort(f.listen)
	if err != nil {
		return nil, wrongUsage(fmt.Errorf("--listen %q is no address such as :9790", f.listen))
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port))
	if err != nil {
		return nil, &Failure{Status: StatusNetwork, Err: fmt.Errorf("listening on %s: %w", f.listen, err)}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		s := state.Load()
		if s == nil {
			http.Error(w, "nothing was checked yet", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(s.metrics)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		s := state.Load()
		switch {
		case s == nil:
			http.Error(w, "nothing was checked yet", http.StatusServiceUnavailable)
		case s.err != nil:
			http.Error(w, s.err.Error(), http.StatusServiceUnavailable)
		case env.Now().Sub(s.at) > 2*f.every+time.Minute:
			http.Error(w, "nothing was checked since "+s.at.UTC().Format(time.RFC3339), http.StatusServiceUnavailable)
		default:
			_, _ = fmt.Fprintln(w, "checked", s.at.UTC().Format(time.RFC3339))
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = server.Serve(l) }()
	_, _ = fmt.Fprintf(env.Err, "serving http://%s/metrics and /healthz\n", l.Addr())
	return func() { _ = server.Close() }, nil
}
