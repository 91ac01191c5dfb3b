package cmd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/acme"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
)

// acmeFlags name the ACME server that issues, and how names are proved to it.
type acmeFlags struct {
	directory  string
	roots      string
	account    string
	contact    []string
	agreeTerms bool
	eabKeyID   string
	eabKey     passwordFlag
	profile    string
	chain      string
	challenge  string
	listen     string
	dnsHook    string
	dnsWait    time.Duration
	changed    func(flag string) bool
}

// acmeAccount is the name of the account key's file, beside the keystore.
const acmeAccount = "acme-account.key"

// The types of challenge.
func challenges() []string {
	return []string{acme.HTTP01{}.Type(), acme.TLSALPN01{}.Type(), acme.DNS01{}.Type()}
}

// addServer has the flags that name the server alone.
func (a *acmeFlags) addServer(c *cobra.Command, doing string) {
	f := c.Flags()
	f.StringVar(&a.directory, "acme", "", doing+" the ACME server whose directory is at `URL`")
	f.StringVar(&a.roots, "acme-ca", "", "PEM `FILE` with the CAs of the ACME server's own certificate (default: the system's)")
}

func (a *acmeFlags) add(c *cobra.Command) {
	f := c.Flags()
	a.changed = f.Changed
	a.addServer(c, "have the certificate issued by")
	f.StringVar(&a.account, "acme-account", "", "`FILE` of the key of the ACME account, made when there is none (default: "+acmeAccount+" beside the keystore)")
	f.StringArrayVar(&a.contact, "contact", nil, "email `ADDRESS` for a new ACME account; may be repeated")
	f.BoolVar(&a.agreeTerms, "agree-terms", false, "agree to the ACME server's terms of service")
	f.StringVar(&a.eabKeyID, "eab-kid", "", "`ID` of the external account binding that the CA gave you")
	a.eabKey.addAs(c, "eab-key", "the HMAC key of --eab-kid")
	f.StringVar(&a.profile, "acme-profile", "", "`NAME` of a profile of the ACME server")
	f.StringVar(&a.chain, "acme-chain", "", "of several chains take the one with the CA of this common `NAME`")
	f.StringVar(&a.challenge, "challenge", "", "prove the names by `TYPE` "+strings.Join(challenges(), ", ")+" (default: http-01 with --listen, dns-01 with --dns-hook)")
	f.StringVar(&a.listen, "listen", "", "`ADDRESS` to listen on for the proof, such as :80")
	f.StringVar(&a.dnsHook, "dns-hook", "", "`COMMAND` that sets DNS records: COMMAND present|cleanup NAME VALUE")
	f.DurationVar(&a.dnsWait, "dns-wait", 0, "`TIME` to wait until DNS records are seen everywhere, such as 30s")
	complete(c, "challenge", challenges())
}

// given tells whether an ACME server is named.
func (a *acmeFlags) given() bool { return a.directory != "" }

// check refuses what can be seen to be wrong before any work.
func (a *acmeFlags) check() error {
	if !a.given() {
		for _, flag := range []string{
			"acme-ca", "acme-account", "contact", "agree-terms", "eab-kid", "eab-key", "acme-profile",
			"acme-chain", "challenge", "listen", "dns-hook", "dns-wait",
		} {
			if a.changed(flag) {
				return wrongUsage(fmt.Errorf("--%s is about the ACME server of --acme, and there is none", flag))
			}
		}
		return nil
	}
	if (a.eabKeyID != "") != a.eabKey.given() {
		return wrongUsage(errors.New("--eab-kid and --eab-key belong together"))
	}
	if _, _, err := net.SplitHostPort(a.listen); a.listen != "" && err != nil {
		hint := "write HOST:PORT, or :PORT"
		if _, err := strconv.ParseUint(a.listen, 10, 16); err == nil {
			hint = "--listen :" + a.listen
		}
		return &Failure{StatusUsage, hint, fmt.Errorf("--listen %q: an address to listen on has a port", a.listen)}
	}
	_, err := a.solvers(nil)
	return err
}

// solvers are the ways to prove names. The first that fits a name is taken.
func (a *acmeFlags) solvers(hide []string) ([]acme.Solver, error) {
	var hook []string
	if a.dnsHook != "" {
		var err error
		if hook, err = command.Split(a.dnsHook); err != nil {
			return nil, fmt.Errorf("--dns-hook: %w", err)
		}
	}
	byHTTP, byTLS := acme.HTTP01{Listen: a.listen}, acme.TLSALPN01{Listen: a.listen}
	byDNS := acme.DNS01{Hook: hook, Hide: hide, Wait: a.dnsWait}
	switch a.challenge {
	case byHTTP.Type():
		return []acme.Solver{byHTTP}, nil
	case byTLS.Type():
		return []acme.Solver{byTLS}, nil
	case byDNS.Type():
		return []acme.Solver{byDNS}, nil
	case "":
	default:
		return nil, &Failure{StatusUsage, didYouMean(a.challenge, challenges()), fmt.Errorf("--challenge: %q is no type of challenge", a.challenge)}
	}
	var out []acme.Solver
	if a.listen != "" || hook == nil {
		out = append(out, byHTTP)
	}
	if hook != nil {
		out = append(out, byDNS)
	}
	return out, nil
}

// server is the ACME server.
func (a *acmeFlags) server(env *console.Env) (acme.Server, error) {
	s := acme.Server{Directory: a.directory, Proxy: proxyOf(env), UserAgent: userAgent()}
	if a.roots == "" {
		return s, nil
	}
	text, err := readText(a.roots)
	if err != nil {
		return s, err
	}
	s.Roots = x509.NewCertPool()
	if !s.Roots.AppendCertsFromPEM(text) {
		return s, &Failure{Status: StatusInput, Err: fmt.Errorf("reading %s: there is no certificate in PEM in it", a.roots)}
	}
	return s, nil
}

// userAgent is what the program calls itself to servers.
func userAgent() string { return program + "/" + versionOf(debug.ReadBuildInfo()).Version }

// issuer has certificates issued by the server. The account key is beside the
// store unless it was named; hide are variables with passwords.
func (a *acmeFlags) issuer(store string, hide []string) issuer {
	return func(ctx context.Context, env *console.Env, w order) (answer, error) {
		request, err := certgen.CreateCSR(env.Rand, w.key, w.content.ForCSR(), w.signing)
		if err != nil {
			return answer{}, err
		}
		cfg := acme.Config{
			AccountKey: a.account, Contact: a.contact, AgreeTerms: a.terms(env),
			Profile: a.profile, Chain: a.chain, Replaces: w.replaces,
			Now: env.Now, Rand: env.Rand, Progress: progress(env),
		}
		if cfg.AccountKey == "" {
			cfg.AccountKey = filepath.Join(filepath.Dir(store), acmeAccount)
		}
		if cfg.Server, err = a.server(env); err != nil {
			return answer{}, err
		}
		if cfg.Solvers, err = a.solvers(hide); err != nil {
			return answer{}, err
		}
		if a.eabKeyID != "" {
			source, err := a.eabKey.source()
			if err != nil {
				return answer{}, err
			}
			text, err := source.Read(ctx, env, "HMAC key of the external account binding")
			if err != nil {
				return answer{}, err
			}
			cfg.EAB = &acme.EAB{KeyID: a.eabKeyID}
			if cfg.EAB.Key, err = acme.ParseEABKey(strings.TrimSpace(text.Reveal())); err != nil {
				return answer{}, fmt.Errorf("--eab-key: %w", err)
			}
		}
		got, err := acme.Order(ctx, cfg, request)
		if err != nil {
			return answer{}, err
		}
		var out answer
		for _, c := range got.Chain {
			out.chain = append(out.chain, c.Raw)
		}
		if got.Leftover != nil {
			out.remarks = append(out.remarks, "the certificate is good, but something was left behind: "+got.Leftover.Error())
		}
		return out, nil
	}
}

// terms asks for the agreement to the terms of service, where it was not given.
func (a *acmeFlags) terms(env *console.Env) func(context.Context, string) (bool, error) {
	return func(ctx context.Context, terms string) (bool, error) {
		if a.agreeTerms {
			return true, nil
		}
		yes, err := env.Prompter.Confirm(ctx, "The terms of service of the CA are at "+report.Printable(terms)+". Do you agree to them?")
		if errors.Is(err, console.ErrNoTerminal) {
			return false, nil
		}
		return yes, err
	}
}

// progress tells people what takes its time.
func progress(env *console.Env) func(string) {
	return func(text string) { _, _ = fmt.Fprintln(env.Err, line(text)) }
}

// secretVariables are those that programs which we start are not to see: those
// with passwords.
func secretVariables(flags ...*passwordFlag) []string {
	names := []string{console.VarPassword}
	for _, f := range flags {
		if name, ok := strings.CutPrefix(f.spec, "env:"); ok {
			names = append(names, name)
		}
	}
	return names
}
