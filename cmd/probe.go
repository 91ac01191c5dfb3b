package cmd

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/probe"
	"muxkey/trust"
	"muxkey/trust/path"
	"muxkey/trust/source"
)

type probeOptions struct {
	hosts []string
	list  string

	via           []string
	proxyPassword passwordFlag
	ipv4, ipv6    bool
	timeout       time.Duration
	retries       int
	rate          float64
	parallel      int

	host           string
	noSNI          bool
	alpn           []string
	clientStore    string
	clientAlias    string
	clientPassword passwordFlag

	trust         string
	trustPassword passwordFlag
	as            string

	quick, matrix bool
	save          string
	force         bool
	compare       string
	alias         string
	password      passwordFlag
	limits        limitFlags
}

// The port of a HOST without one.
const standardPort = "443"

func newProbeCmd(env *console.Env) *cobra.Command {
	o := probeOptions{}
	c := &cobra.Command{
		Use:   "probe HOST[:PORT]...",
		Short: "Look at live servers: certificates, trust, name, and what they speak",
		Long: `Connect to servers as a client does, and show which certificates they send,
whether a client trusts them and finds its host in them, and what they speak.
A server is HOST (port 443), HOST:PORT, a URL such as ldaps://HOST, or where
TLS begins with STARTTLS PROTOCOL+starttls://HOST[:PORT]. "-" is a list on
standard input, one server a line. PROTOCOL is one of

  ` + wrapped(strings.Join(dial.Protocols(), ", ")) + `

Of one server all is shown. Which versions, cipher suites and groups it accepts
takes some dozens of connections, and whether it resumes sessions up to three.
--quick makes one connection only; that is also all that each of several
servers gets without --matrix. Nothing is sent under TLS.

The exit status is 0 when every server is trusted and has the right name, 1 when
one is not, and 7 when one cannot be reached or does not speak TLS.`,
		Example: `  muxkey probe mux.example.com
  muxkey probe 10.0.0.5:8443 --host mux.example.com --trust ca.pem
  muxkey probe smtp+starttls://mail.example.com --via socks5://bastion:1080
  muxkey probe --servers hosts.txt --parallel 50 --json
  muxkey probe mux.example.com --quick --compare keystore.p12 --save chain.pem`,
		RunE: func(c *cobra.Command, args []string) error {
			o.hosts = args
			return runProbe(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.list, "servers", "", "read the servers from `FILE`, one a line")
	f.StringVar(&o.host, "host", "", "the `NAME` to ask for and to find in the certificate, where it is not that of the address")
	f.BoolVar(&o.noSNI, "no-sni", false, "name no host, as very old clients do")
	f.StringSliceVar(&o.alpn, "alpn", nil, "offer `PROTOCOLS` under TLS, such as h2,http/1.1")
	f.StringVar(&o.trust, "trust", "system", "the trust bundle or trust store (`FILE`) of the client, or "+placeWords())
	o.trustPassword.addAs(c, "trust-password", "the trust store's password")
	f.StringVar(&o.as, "as", string(path.Standard), "go by the rules of a `CLIENT`: "+strings.Join(clientNames(), ", "))
	complete(c, "as", clientNames())
	f.StringVar(&o.clientStore, "client-keystore", "", "show a certificate to servers that ask for one: that of the keystore `FILE`")
	f.StringVar(&o.clientAlias, "client-alias", "", "`NAME` of its entry (may be left out when there is only one private key)")
	o.clientPassword.addAs(c, "client-password", "the password of the client's keystore")
	f.StringVar(&o.compare, "compare", "", "compare with what the keystore `FILE` has")
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry to compare with")
	o.password.add(c, "the password of the keystore to compare with")
	f.StringVar(&o.save, "save", "", "write the certificates that the server shows to `FILE`, as PEM")
	f.BoolVar(&o.force, "force", false, "overwrite an existing file")
	f.BoolVar(&o.matrix, "matrix", false, "find out all that is accepted (default: for one server)")
	f.BoolVar(&o.quick, "quick", false, "make one connection only")
	f.StringArrayVar(&o.via, "via", nil, "go through the proxy `URL`; several are gone through in order: "+strings.Join(dial.ProxySchemes(), ", "))
	o.proxyPassword.addAs(c, "proxy-password", "the password of the proxies that have a user")
	f.BoolVarP(&o.ipv4, "ipv4", "4", false, "use IPv4 addresses only")
	f.BoolVarP(&o.ipv6, "ipv6", "6", false, "use IPv6 addresses only")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "wait no longer than this `TIME` for each connection and each handshake")
	f.IntVar(&o.retries, "retries", 0, "try again `N` times when the network fails, after longer and longer pauses")
	f.Float64Var(&o.rate, "rate", 0, "make no more than `N` connections a second, to all servers together")
	f.IntVar(&o.parallel, "parallel", 32, "look at `N` servers at the same time")
	o.limits.add(c)
	return c
}

// placeWords are those that stand for a bundle of this system.
func placeWords() string { return strings.Join(source.Places().Names(), ", ") }

// probed is the JSON of muxkey probe.
type probed struct {
	SchemaVersion int            `json:"schemaVersion"`
	Servers       []probe.Server `json:"servers"` // in the order in which they were named
	probeTail
}

// probeTail is known when all servers are.
type probeTail struct {
	Summary probeSummary `json:"summary"`
}

// probeSummary counts the servers.
type probeSummary struct {
	Servers int `json:"servers"` // all of them
	OK      int `json:"ok"`      // trusted and named right, and as the keystore has it where one was given
	Refused int `json:"refused"` // not so
	Failed  int `json:"failed"`  // without a connection, or without TLS
}

// server is one to look at.
type server struct {
	text string
	at   dial.Endpoint
	err  error // of the text
}

// looked is what became of it.
type looked struct {
	server
	result *probe.Server
	err    error
}

func runProbe(ctx context.Context, env *console.Env, format report.Format, o probeOptions) error {
	servers, err := o.servers(env)
	if err != nil {
		return err
	}
	one := len(servers) == 1
	if o.save != "" && !one {
		return wrongUsage(errors.New("--save is for one server"))
	}
	if o.save != "" {
		if err := safefile.Check(o.save, safefile.Options{Replace: o.force}); err != nil {
			return err
		}
	}
	how, err := o.options(ctx, env)
	if err != nil {
		return err
	}
	how.Matrix = o.matrix || one && !o.quick
	how.Resume = how.Matrix
	compare, err := o.keystore(ctx, env)
	if err != nil {
		return err
	}
	look := func(ctx context.Context, s server) looked {
		l := looked{server: s, err: s.err}
		if s.err != nil {
			l.result = probe.Unreadable(s.text, s.err)
			return l
		}
		if l.result, l.err = probe.Probe(ctx, s.at, how); l.err == nil && compare != nil {
			l.result.Compared, l.err = probe.Compare(l.result.Presented, compare, o.alias)
		}
		return l
	}
	all, err := o.report(ctx, env, format, servers, look)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if o.save != "" && len(all.first.result.Presented) > 0 {
		if err := o.write(ctx, all.first.result); err != nil {
			return err
		}
	}
	return all.verdict(one)
}

// servers are those of the command line and of the lists.
func (o *probeOptions) servers(env *console.Env) ([]server, error) {
	var out []server
	add := func(text string) {
		at, err := dial.ParseHost(text, standardPort)
		out = append(out, server{text, at, err})
	}
	for _, text := range o.hosts {
		if text == stdin {
			if err := eachLine(env.In, add); err != nil {
				return nil, fmt.Errorf("reading the list on %s: %w", inputName, err)
			}
			continue
		}
		if add(text); out[len(out)-1].err != nil {
			return nil, out[len(out)-1].err
		}
	}
	if o.list != "" {
		in, done, err := o.openList(env)
		if err != nil {
			return nil, err
		}
		defer done()
		if err := eachLine(in, add); err != nil {
			return nil, fmt.Errorf("reading the list %s: %w", o.list, err)
		}
	}
	if len(out) == 0 {
		return nil, wrongUsage(errors.New("there is no server: HOST[:PORT]..., or --servers FILE"))
	}
	return out, nil
}

func (o *probeOptions) openList(env *console.Env) (io.Reader, func(), error) {
	if o.list == stdin {
		return env.In, func() {}, nil
	}
	f, err := os.Open(o.list)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the list %s: %w", o.list, plainPath(err))
	}
	return f, func() { _ = f.Close() }, nil // it was only read
}

// eachLine gives the first word of each line that is neither empty nor a comment.
func eachLine(in io.Reader, take func(word string)) error {
	data, err := io.ReadAll(io.LimitReader(in, maxList+1))
	if err == nil && len(data) > maxList {
		err = fmt.Errorf("it is more than %d octets", maxList)
	}
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			take(words[0])
		}
	}
	return err
}

// options are how all servers are asked.
func (o *probeOptions) options(ctx context.Context, env *console.Env) (probe.Options, error) {
	out := probe.Options{NoSNI: o.noSNI, ALPN: o.alpn, Timeout: o.timeout, BundleName: o.trust, Client: path.Client(o.as), Now: env.Now, Rand: env.Rand}
	switch {
	case !slices.Contains(path.Clients(), out.Client):
		return out, &Failure{StatusUsage, didYouMean(o.as, clientNames()), fmt.Errorf("--as %q is no client whose rules are known", o.as)}
	case o.quick && o.matrix:
		return out, wrongUsage(errors.New("--quick and --matrix exclude each other"))
	case o.ipv4 && o.ipv6:
		return out, wrongUsage(errors.New("--ipv4 and --ipv6 exclude each other"))
	case o.timeout <= 0 || o.parallel < 1 || o.retries < 0 || o.rate < 0:
		return out, wrongUsage(errors.New("--timeout and --parallel must be more than nothing, and --retries and --rate not less"))
	}
	if o.host != "" {
		names, err := certgen.ParseServerNames([]string{o.host})
		if err != nil {
			return out, fmt.Errorf("--host: %w", err)
		}
		out.Host = names[0].Value
	}
	var err error
	if out.Dialer, err = o.dialer(ctx, env); err != nil {
		return out, err
	}
	if o.clientStore != "" {
		if out.Certificate, err = o.clientCertificate(ctx, env); err != nil {
			return out, err
		}
	}
	out.Bundle, err = o.bundle(ctx, env)
	return out, err
}

// dialer is the way to the servers.
func (o *probeOptions) dialer(ctx context.Context, env *console.Env) (dial.Dialer, error) {
	d := dial.Dialer{Timeout: o.timeout, Retries: o.retries, Backoff: 500 * time.Millisecond, Rand: env.Rand}
	switch {
	case o.ipv4:
		d.Family = dial.IPv4
	case o.ipv6:
		d.Family = dial.IPv6
	}
	if o.rate > 0 {
		d.Limiter = rate.NewLimiter(rate.Limit(o.rate), 1)
	}
	password := func() string { return "" }
	for i, text := range o.via {
		p, err := dial.ParseProxy(text)
		if err != nil {
			return d, fmt.Errorf("--via: %w", err)
		}
		if p.User != "" && i == slices.IndexFunc(o.via, func(v string) bool { q, err := dial.ParseProxy(v); return err == nil && q.User != "" }) {
			s, err := o.proxyPassword.source()
			if err != nil {
				return d, err
			}
			pw, err := s.Read(ctx, env, "password of "+p.String())
			if err != nil {
				return d, err
			}
			password = pw.Reveal
		}
		if p.User != "" {
			p.Password = password
		}
		d.Proxies = append(d.Proxies, p)
	}
	return d, nil
}

// bundle is what the client trusts.
func (o *probeOptions) bundle(ctx context.Context, env *console.Env) (*path.Bundle, error) {
	passwords, err := o.trustPassword.keyring(env, true)
	if err != nil {
		return nil, err
	}
	var b trust.Builder
	if err := (&sourceFlags{}).read(ctx, env, &b, o.trust, source.Options{Password: passwords.password, Limits: o.limits.limits()}); err != nil {
		return nil, fmt.Errorf("--trust: %w", passwords.explain(err))
	}
	set := b.Set()
	if len(set.Anchors) == 0 {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("the trust bundle %s holds no certificate to trust", o.trust)}
	}
	return path.NewBundle(set), nil
}

// clientCertificate is what servers get that ask for one.
func (o *probeOptions) clientCertificate(ctx context.Context, env *console.Env) (*tls.Certificate, error) {
	passwords, err := o.clientPassword.keyring(env, false)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, env, o.clientStore, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return nil, err
	}
	e, err := st.PrivateKey(o.clientAlias)
	if err != nil {
		return nil, err
	}
	if err := unlock(ctx, st, e, passwords); err != nil {
		return nil, keyError(st, e, passwords, err)
	}
	var key crypto.Signer
	if e.Key != nil {
		key = e.Key.Signer()
	}
	if key == nil || len(e.Chain) == 0 {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("%s: the key of %q, or its certificate, cannot be used in TLS here", o.clientStore, e.Alias)}
	}
	out := &tls.Certificate{PrivateKey: key}
	for _, c := range e.Chain {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out, nil
}

// keystore is that to compare with; nil without one.
func (o *probeOptions) keystore(ctx context.Context, env *console.Env) (*keystore.Store, error) {
	if o.compare == "" {
		return nil, nil //nolint:nilnil // nothing is to be compared
	}
	passwords, err := o.password.keyring(env, true)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, env, o.compare, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return nil, err
	}
	if o.alias != "" {
		_, err = st.Find(o.alias)
	}
	return st, err
}

// write saves the certificates.
func (o *probeOptions) write(ctx context.Context, r *probe.Server) error {
	var b bytes.Buffer
	for _, c := range r.Presented {
		fmt.Fprintf(&b, "# %s\n", report.Printable(certgen.FormatDN(c.RawSubject)))
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return err
		}
	}
	return safefile.Write(ctx, o.save, b.Bytes(), safefile.Options{Mode: 0o644, Replace: o.force})
}

// probeTally counts the servers, and keeps the first.
type probeTally struct {
	probed // but for the servers, which are written as they come
	first  looked
	other  error // that is none of the network
}

func (t *probeTally) add(l looked) {
	sum := &t.Summary
	if sum.Servers == 0 {
		t.first = l
	}
	sum.Servers++
	switch {
	case l.result.Problem != nil:
		sum.Failed++
	case l.err != nil && t.other == nil:
		t.other = l.err
		sum.Refused++
	case !l.result.OK() || l.result.Compared != nil && !l.result.Compared.Same:
		sum.Refused++
	default:
		sum.OK++
	}
}

// verdict is the exit status of all.
func (t *probeTally) verdict(one bool) error {
	sum := t.Summary
	switch {
	case t.other != nil:
		return t.other
	case sum.Failed > 0 && one:
		return &Failure{Status: StatusNetwork, Err: t.first.err}
	case sum.Failed > 0:
		return &Failure{Status: StatusNetwork, Err: fmt.Errorf("probing: no TLS with %s of %d", plural(sum.Failed, "server"), sum.Servers)}
	case sum.Refused > 0:
		return errFound
	}
	return nil
}

// report shows the servers in their order, while others are still looked at.
func (o *probeOptions) report(ctx context.Context, env *console.Env, format report.Format, servers []server, look func(context.Context, server) looked) (*probeTally, error) {
	t := &probeTally{probed: probed{SchemaVersion: schemaVersion}}
	var done atomic.Int64
	out, end := env.Progress(func() string { return fmt.Sprintf("%d of %s", done.Load(), plural(len(servers), "server")) })
	defer end()
	one := len(servers) == 1
	stream := report.Stream{
		Head: map[string]int{"schemaVersion": t.SchemaVersion}, List: "servers", Err: ctx.Err,
		Items: func(yield func(report.Item) bool) {
			for l := range inOrder(ctx, len(servers), o.parallel, func(ctx context.Context, i int) looked {
				l := look(ctx, servers[i])
				done.Add(1)
				return l
			}) {
				t.add(l)
				item := report.Item{Value: l.result}
				if one {
					item.Sections = probeSections(l.result)
				} else {
					item.Row = probeRow(l)
				}
				if !yield(item) {
					return
				}
			}
		},
		Tail: func() report.Document {
			d := report.Document{Value: t.probeTail}
			if !one {
				d.Sections = []report.Section{probeSummarySection(t.Summary)}
			}
			return d
		},
	}
	if !one {
		stream.Columns = probeColumns()
	}
	return t, format.Stream(out, stream, options(env))
}
