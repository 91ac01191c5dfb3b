package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/dial"
	"muxkey/internal/secret"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/check/certlint"
	"muxkey/policy/check/rules"
	"muxkey/trust"
	"muxkey/trust/path"
	"muxkey/trust/source"
)

// plan is what is to be done with a target: its settings, as they were meant.
type plan struct {
	*Settings
	expect  *rules.Expect
	timeout time.Duration
	dialer  dial.Dialer // the way to a server
	matrix  bool        // of a server all that it accepts is asked
	line    int         // where the policy or the inventory names it; 0 for the command line
	column  int
	file    string
}

// standards are what a profile expects where a policy does not say.
func standards(p rules.Profile) rules.Expect {
	e := rules.Expect{Profile: p, Purpose: trust.Server, WarnDays: 30, FailDays: 14, MinRSA: 2048, MinEC: 256, MinIterations: 1000, MinTLS: tls.VersionTLS12}
	if p == rules.CA {
		// A CA is renewed long before the certificates under it end.
		e.Purpose, e.WarnDays, e.FailDays = "", 365, 90
	}
	switch p {
	case rules.Internal, rules.MutualTLS:
		e.Purpose = "" // some are of servers, some of clients
	case rules.PublicTLS:
		e.SCTs = rules.SCTsOfBrowsers
	}
	return e
}

// resolver reads what settings name, each file once.
type resolver struct {
	policy   *Policy
	password func(ctx context.Context, source, label string) (string, error)
	place    func(word string) (string, error) // of "system" and the like
	ask      path.Responder
	bundles  map[string]*path.Bundle
	linters  map[string]*certlint.Linter
	lists    map[string][]*x509.RevocationList
}

// below is a path of the policy, as it is from here.
func (p *Policy) below(name string) string {
	if p.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.Dir, name)
}

// source is where a password comes from; a file is relative to the policy, and {dir}
// is the directory of the target as it is from here.
func (p *Policy) source(spec, target string) string {
	base := filepath.Base(target)
	out := strings.NewReplacer("{name}", strings.TrimSuffix(base, filepath.Ext(base)), "{dir}", filepath.Dir(target)).Replace(spec)
	if file, ok := strings.CutPrefix(out, "file:"); ok && !strings.HasPrefix(spec, "file:{dir}") {
		return "file:" + p.below(file)
	}
	return out
}

// base is the built-in profile that one of a policy stands on; "" when it stands on
// itself, by whatever way.
func (p *Policy) base(name string) rules.Profile {
	for range len(p.profiles) + 1 {
		node := p.profiles[name]
		if node == nil {
			return rules.Profile(name)
		}
		var s Settings
		if yaml.NodeToValue(node, &s) != nil || s.Profile == "" {
			return rules.Internal
		}
		name = s.Profile
	}
	return ""
}

// plan makes of settings what is expected. The error is a *PolicyError, or that of
// a file that is named.
func (r *resolver) plan(ctx context.Context, s Settings, line, column int) (*plan, error) {
	wrong := func(format string, args ...any) (*plan, error) {
		return nil, &PolicyError{File: r.policy.File, Line: line, Column: column, Reason: fmt.Sprintf(format, args...)}
	}
	for _, source := range s.sources() {
		if *source.spec == "" {
			continue
		}
		if _, err := secret.Parse(*source.spec); err != nil {
			return wrong("%s: %v", source.name, err)
		}
	}
	e := standards(r.policy.base(s.Profile))
	p := &plan{Settings: &s, expect: &e, line: line, column: column}
	e.UsualDays = s.WarnDays == nil && s.FailDays == nil
	e.Alias, e.Wildcards, e.KeyTypes, e.ClientCertificate = s.Alias, s.Wildcards, s.KeyTypes, s.ClientCert
	for _, n := range []struct {
		have *int
		to   *int
	}{{s.WarnDays, &e.WarnDays}, {s.FailDays, &e.FailDays}, {s.MaxDays, &e.MaxDays}, {s.MinRSA, &e.MinRSA}, {s.MinEC, &e.MinEC}, {s.SCTs, &e.SCTs}, {s.MinIterations, &e.MinIterations}} {
		if n.have != nil {
			*n.to = *n.have
		}
	}
	if s.RenewAfter != nil {
		if e.RenewAfter = *s.RenewAfter; e.RenewAfter < 0 || e.RenewAfter > 1 {
			return wrong("renew-after %v is no share of a lifetime, such as 0.67", e.RenewAfter)
		}
	}
	for _, host := range s.Hosts {
		names, err := certgen.ParseServerNames([]string{host})
		if err != nil {
			return wrong("hosts: %v", err)
		}
		e.Hosts = append(e.Hosts, names[0].Value)
	}
	if s.Purpose != "" {
		if e.Purpose = trust.Purpose(s.Purpose); !slices.Contains(trust.Purposes(), e.Purpose) {
			return wrong("purpose %q is none of %v", s.Purpose, trust.Purposes())
		}
	}
	for _, c := range s.Clients {
		if !slices.Contains(path.Clients(), path.Client(c)) {
			return wrong("clients: %q is none of %v", c, path.Clients())
		}
		e.Clients = append(e.Clients, path.Client(c))
	}
	for _, word := range s.KeyTypes {
		if !slices.ContainsFunc(inspect.KeyWords(), func(w string) bool { return strings.EqualFold(w, word) }) {
			return wrong("key-types: %q is neither a kind of key, such as RSA, EC and Ed25519, nor a curve, such as P-256", word)
		}
	}
	if len(s.ZLint) > 0 {
		key := strings.Join(s.ZLint, " ")
		if e.Linter = r.linters[key]; e.Linter == nil {
			linter, err := certlint.New(s.ZLint...)
			if err != nil {
				return wrong("zlint: %v", err)
			}
			e.Linter = linter
			if r.linters == nil {
				r.linters = map[string]*certlint.Linter{}
			}
			r.linters[key] = e.Linter
		}
	}
	for _, id := range s.For {
		c, ok := pkcs12x.ConsumerByID(id)
		if !ok {
			return wrong("for: no program %q is known", id)
		}
		e.Consumers = append(e.Consumers, c)
	}
	for _, pin := range s.Pins {
		pin = strings.ToLower(strings.ReplaceAll(pin, ":", ""))
		if len(pin) != 64 || strings.Trim(pin, "0123456789abcdef") != "" {
			return wrong("pins: %q is no SHA-256 in hex", pin)
		}
		e.Pins = append(e.Pins, pin)
	}
	if s.Mode != "" {
		n, err := strconv.ParseUint(string(s.Mode), 8, 9)
		if err != nil {
			return wrong("mode %q is none, such as 0640", s.Mode)
		}
		mode := fs.FileMode(n)
		e.Mode = &mode
	}
	if s.MinTLS != "" {
		versions := map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
		if e.MinTLS = versions[s.MinTLS]; e.MinTLS == 0 {
			return wrong("min-tls %q is none of 1.0, 1.1, 1.2, 1.3", s.MinTLS)
		}
	}
	switch e.OCSP = rules.OCSP(s.OCSP); e.OCSP {
	case rules.OCSPNone, rules.OCSPStaple:
	case rules.OCSPAsk:
		e.Responder = r.ask
	default:
		return wrong("ocsp %q is neither staple nor ask", s.OCSP)
	}
	if s.Timeout != "" {
		var err error
		if p.timeout, err = time.ParseDuration(s.Timeout); err != nil || p.timeout <= 0 {
			return wrong("timeout %q is no time, such as 10s", s.Timeout)
		}
	}
	p.matrix = s.MinTLS != "" || e.Profile == rules.PublicTLS
	var err error
	if p.dialer, err = r.dialer(ctx, s); err != nil {
		return wrong("via: %v", err)
	}
	if e.CRLs, err = r.revocations(ctx, s.CRLs); err != nil {
		return nil, err
	}
	e.Bundle, err = r.bundle(ctx, s)
	return p, err
}

// dialer is the way to a server.
func (r *resolver) dialer(ctx context.Context, s Settings) (dial.Dialer, error) {
	var d dial.Dialer
	for _, text := range s.Via {
		p, err := dial.ParseProxy(text)
		if err != nil {
			return d, err
		}
		if p.User != "" {
			password, err := r.password(ctx, r.policy.source(s.ProxyPassword, ""), "password of "+p.String())
			if err != nil {
				return d, err
			}
			p.Password = func() string { return password }
		}
		d.Proxies = append(d.Proxies, p)
	}
	return d, nil
}

// bundle reads what the other side trusts.
func (r *resolver) bundle(ctx context.Context, s Settings) (*path.Bundle, error) {
	if len(s.Trust) == 0 {
		return nil, nil //nolint:nilnil // nothing is expected
	}
	key := strings.Join(s.Trust, "\x00")
	if b, ok := r.bundles[key]; ok {
		return b, nil
	}
	var builder trust.Builder
	for _, word := range s.Trust {
		file, own := r.policy.below(word), s.TrustPassword
		if place, ok := source.Places().Get(word); ok {
			var err error
			if file, err = r.place(word); err != nil {
				return nil, err
			}
			if own == "" && place.Password != "" {
				own = "pass:" + place.Password
			}
		}
		o := source.Options{Password: func(name string) func(context.Context) (string, error) {
			return func(ctx context.Context) (string, error) {
				if own == "" {
					return "", keystore.ErrNoPassword
				}
				return r.password(ctx, r.policy.source(own, file), "password for "+name)
			}
		}}
		if err := source.Path(ctx, &builder, file, o); err != nil {
			return nil, err
		}
	}
	b := path.NewBundle(builder.Set())
	r.bundles[key] = b
	return b, nil
}

// revocations reads lists of revoked certificates.
func (r *resolver) revocations(ctx context.Context, files []string) ([]*x509.RevocationList, error) {
	var out []*x509.RevocationList
	for _, file := range files {
		lists, ok := r.lists[file]
		if !ok {
			st, err := keystore.Open(ctx, r.policy.below(file), keystore.Options{})
			if err != nil {
				return nil, err
			}
			for _, e := range st.Entries {
				if e.Kind != pkcs12x.CRL {
					continue
				}
				list, err := x509.ParseRevocationList(e.Value)
				if err != nil {
					return nil, &keystore.FormatError{Path: file, What: "a revocation list", Damaged: true, Err: err}
				}
				lists = append(lists, list)
			}
			r.lists[file] = lists
		}
		out = append(out, lists...)
	}
	return out, nil
}
