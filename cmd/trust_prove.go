package cmd

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"muxkey/internal/client"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/trust"
	"muxkey/trust/target"
)

type trustProveOptions struct {
	bundles       []string
	servers       []string
	with          []string
	alias         string
	host          string
	password      passwordFlag
	entryPassword passwordFlag
	trustPassword passwordFlag
	limits        limitFlags
}

func newTrustProveCmd(env *console.Env) *cobra.Command {
	o := trustProveOptions{}
	c := &cobra.Command{
		Use:   "prove BUNDLE...",
		Short: "Let the client programs of this machine connect with a bundle",
		Long: `Let every client program that is found on this machine connect to a server with
a trust bundle, and show which of them accept the server, which refuse it, and
why, in their own words.

The server of --server is a keystore, for which a TLS server is started on a
loopback address while the command runs, or the HOST:PORT of a live one. A
BUNDLE is what muxkey trust build has written, or the like of it. Its manifest
says for which clients it was made; without one its content does.

Nothing of the machine is changed, and what it trusts besides does not count:
the variables and settings of CAs and proxies are kept from the clients. Some
add the bundle to the public CAs that they bring along, as Node.js and browsers
do.

The exit status is 1 when a client refuses, or cannot read the bundle.`,
		Example: `  muxkey trust prove ca.pem --server keystore.p12
  muxkey trust prove bundles --server mux.example.com:443
  muxkey trust prove trust.jks --server keystore.p12 --with java`,
		Args: takes("BUNDLE..."),
		RunE: func(c *cobra.Command, args []string) error {
			o.bundles = args
			return runTrustProve(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.servers, string(target.Server), nil, "the keystores of servers, or the `HOSTS` of live ones with their ports")
	f.StringSliceVar(&o.with, "with", nil, "the `CLIENTS` that must connect: "+strings.Join(client.Clients().Names(), ", ")+" (default: all that are found)")
	complete(c, "with", client.Clients().Names())
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (may be left out when there is only one private key)")
	f.StringVar(&o.host, "host", "", "the `HOST` name that clients connect to (default: the first of the certificate, or that of --server)")
	o.password.add(c, "the password of the servers' keystores")
	o.entryPassword.addAs(c, entryPassword, "the key's password, where it has another than the keystore")
	o.trustPassword.addAs(c, "trust-password", "the password of the bundles (default: "+publicPassword+")")
	o.limits.add(c)
	return c
}

// proven is the JSON of muxkey trust prove.
type proven struct {
	SchemaVersion int          `json:"schemaVersion"`
	OK            bool         `json:"ok"`      // every client that was asked accepted every server
	Servers       []provenWith `json:"servers"` // as they were named
	Bundles       []provenOf   `json:"bundles"` // as they were named; those that a manifest lists each for itself
	Results       []provenBy   `json:"results"` // by server, client and bundle
	Missing       []notOnBoard `json:"missing"` // clients that take one of the bundles and are not on this machine
}

// provenWith is a server.
type provenWith struct {
	Server  string `json:"server"`  // as it was named
	Address string `json:"address"` // where the clients connected to
	Host    string `json:"host"`    // the name by which they did
}

// provenOf is a bundle.
type provenOf struct {
	Path   string `json:"path"`   // of the file or directory
	Target string `json:"target"` // the ID of the target that it was made for
}

// provenBy is what one client made of one bundle and one server.
type provenBy struct {
	Server string        `json:"server"` // as it was named
	Client string        `json:"client"` // its ID
	Bundle string        `json:"bundle"` // its path
	Target string        `json:"target"` // for which it was made
	Answer client.Answer `json:"verdict"`
	Reason client.Reason `json:"reason,omitempty"` // of a client that refused
	Says   string        `json:"says,omitempty"`   // the client's own words
}

// notOnBoard is a client that was not found.
type notOnBoard struct {
	Client string `json:"client"` // its ID
	Needs  string `json:"needs"`  // the program or file that is not there
}

func runTrustProve(ctx context.Context, env *console.Env, format report.Format, o trustProveOptions) error {
	if len(o.servers) == 0 {
		return wrongUsage(errors.New("--server names no server"))
	}
	bundles, err := o.provable()
	if err != nil {
		return err
	}
	v := proven{SchemaVersion: schemaVersion, OK: true, Servers: []provenWith{}, Bundles: bundles, Results: []provenBy{}, Missing: []notOnBoard{}}
	clients, err := o.clients(&v)
	if err != nil {
		return err
	}
	password := publicPassword
	if o.trustPassword.given() {
		passwords, err := o.trustPassword.keyring(env, false)
		if err != nil {
			return err
		}
		if password, err = passwords.password(o.bundles[0])(ctx); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop() // and with it the servers
	for _, name := range distinct(o.servers) {
		s, err := o.serve(ctx, env, name)
		if err != nil {
			return err
		}
		v.Servers = append(v.Servers, s)
	}
	var attempts []client.Attempt
	var by []client.Client
	for _, s := range v.Servers {
		for _, c := range clients {
			for _, b := range bundles {
				if c.Takes(b.Target) {
					v.Results = append(v.Results, provenBy{Server: s.Server, Client: c.ID, Bundle: b.Path, Target: b.Target})
					attempts = append(attempts, client.Attempt{Target: b.Target, Bundle: b.Path, Password: password, Address: s.Address, Host: s.Host})
					by = append(by, c)
				}
			}
		}
	}
	if len(attempts) == 0 {
		return errors.Join(show(env, format, v.document()), &Failure{Status: StatusInput, Err: errors.New("no client that is on this machine takes the bundle")})
	}
	tryAll(ctx, env, by, attempts, v.Results)
	if err := ctx.Err(); err != nil {
		return err
	}
	v.OK = !slices.ContainsFunc(v.Results, func(r provenBy) bool { return r.Answer != client.Accepted && r.Answer != client.Listed })
	if err := show(env, format, v.document()); err != nil || v.OK {
		return err
	}
	return errFound
}

// tryAll makes the attempts, as many at a time as there are processors: a Java and
// a browser keep one busy each.
func tryAll(ctx context.Context, env *console.Env, by []client.Client, attempts []client.Attempt, results []provenBy) {
	var next, finished atomic.Int64
	_, done := env.Progress(func() string {
		return fmt.Sprintf("%d of %d connections made", finished.Load(), len(attempts))
	})
	defer done()
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(attempts)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(attempts) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				r := by[i].Try(ctx, attempts[i])
				results[i].Answer, results[i].Reason, results[i].Says = r.Answer, r.Reason, r.Says
				finished.Add(1)
			}
		})
	}
	wait.Wait()
}

// clients are those that are to connect and are there. Who is named must be.
func (o trustProveOptions) clients(v *proven) ([]client.Client, error) {
	all := client.Clients()
	var list []client.Client
	for _, id := range o.with {
		c, ok := all.Get(id)
		if !ok {
			return nil, &Failure{StatusUsage, didYouMean(id, all.Names()), fmt.Errorf("--with %q is no client", id)}
		}
		if _, err := c.Find(); err != nil {
			return nil, &Failure{StatusInput, "install it, or leave it out of --with", err}
		}
		if !slices.ContainsFunc(v.Bundles, func(b provenOf) bool { return c.Takes(b.Target) }) {
			return nil, wrongUsage(fmt.Errorf("--with %s takes none of the bundles, but those of %s", id, strings.Join(c.Targets, ", ")))
		}
		list = append(list, c)
	}
	if len(o.with) > 0 {
		return list, nil
	}
	for c := range all.All() {
		if !slices.ContainsFunc(v.Bundles, func(b provenOf) bool { return c.Takes(b.Target) }) {
			continue
		}
		_, err := c.Find()
		if missing, ok := errors.AsType[*client.NotFoundError](err); ok {
			v.Missing = append(v.Missing, notOnBoard{c.ID, strings.Join(missing.Missing, " or ")})
			continue
		}
		list = append(list, c)
	}
	return list, nil
}

// distinct leaves the first of those that are the same.
func distinct(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// provable are the bundles, with what they were made for.
func (o trustProveOptions) provable() ([]provenOf, error) {
	var out []provenOf
	for _, path := range distinct(o.bundles) {
		path = filepath.Clean(path)
		list, err := manifested(path)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			id, err := client.TargetOf(path)
			if err != nil {
				return nil, err
			}
			if id == "" {
				return nil, &Failure{StatusInput, "muxkey trust build makes bundles", fmt.Errorf("%s is no bundle that a client is known to take", path)}
			}
			list = []provenOf{{path, id}}
		}
		out = append(out, list...)
	}
	return out, nil
}

// manifested are the bundles of which the manifest beside a path tells; none when
// there is no manifest.
func manifested(path string) ([]provenOf, error) {
	data, err := os.ReadFile(path + manifestSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m trust.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("%s: it is no manifest: %w", path+manifestSuffix, err)}
	}
	var out []provenOf
	for _, b := range m.Bundles {
		local, err := filepath.Localize(b.Path)
		if err != nil {
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("%s: %q leads elsewhere", path+manifestSuffix, b.Path)}
		}
		out = append(out, provenOf{filepath.Join(filepath.Dir(path), local), b.Target})
	}
	return out, nil
}

// serve starts a server for a keystore; a live one it looks at, so that one that is
// down is told once and not by every client.
func (o trustProveOptions) serve(ctx context.Context, env *console.Env, name string) (provenWith, error) {
	if _, err := os.Stat(name); err != nil {
		if at, e := dial.ParseEndpoint(name); e == nil {
			return o.live(ctx, name, at)
		}
	}
	passwords, err := o.password.keyring(env, false)
	if err != nil {
		return provenWith{}, err
	}
	st, err := openStore(ctx, env, name, passwords, keystore.Options{Limits: o.limits.limits()})
	if err != nil {
		return provenWith{}, err
	}
	entry, err := st.PrivateKey(o.alias)
	if err != nil {
		return provenWith{}, err
	}
	keys, err := passwords.orOwn(env, &o.entryPassword)
	if err != nil {
		return provenWith{}, err
	}
	if err := unlock(ctx, st, entry, keys); err != nil {
		return provenWith{}, keyError(st, entry, keys, err)
	}
	var key any
	if len(entry.Chain) > 0 {
		key, err = x509.ParsePKCS8PrivateKey(entry.Key.PKCS8)
	} else {
		err = errors.New("it has no certificate")
	}
	signer, ok := key.(crypto.Signer)
	if err == nil && !ok {
		err = fmt.Errorf("a key of type %T cannot sign", key)
	}
	host := o.host
	if err == nil && host == "" {
		host, err = hostOf(entry.Chain[0].Raw)
	}
	if err != nil {
		return provenWith{}, &Failure{Status: StatusInput, Err: fmt.Errorf("%s: no server can be started with the entry %q: %w", name, entry.Alias, err)}
	}
	var chain [][]byte
	for _, c := range entry.Chain {
		chain = append(chain, c.Raw)
	}
	server, err := client.Serve(ctx, chain, signer)
	if err != nil {
		return provenWith{}, &Failure{Status: StatusNetwork, Err: err}
	}
	return provenWith{name, server.Address, host}, nil
}

func (o trustProveOptions) live(ctx context.Context, called string, at dial.Endpoint) (provenWith, error) {
	if at.Protocol != "" {
		return provenWith{}, wrongUsage(fmt.Errorf("--server %s: the clients begin TLS at once, and know no STARTTLS", called))
	}
	host := cmp.Or(o.host, at.Host)
	name := host
	if net.ParseIP(host) != nil {
		name = "" // SNI has no word for it
	}
	if _, err := dial.Certificates(ctx, at, name); err != nil {
		return provenWith{}, &Failure{Status: StatusNetwork, Err: err}
	}
	return provenWith{called, at.Address(), host}, nil
}

// hostOf is a name for which the certificate of a server is good.
func hostOf(raw []byte) (string, error) {
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return "", err
	}
	switch {
	case len(c.DNSNames) > 0:
		if below, ok := strings.CutPrefix(c.DNSNames[0], "*."); ok {
			return "www." + below, nil
		}
		return c.DNSNames[0], nil
	case len(c.IPAddresses) > 0:
		return c.IPAddresses[0].String(), nil
	}
	return "", errors.New("its certificate names no host; say one with --host")
}

// document is the matrix for each server, what those said that did not accept, and
// who was not there.
func (v proven) document() report.Document {
	words := map[client.Answer]string{
		client.Accepted: "accepts", client.Refused: "REFUSES", client.Unloadable: "CANNOT READ IT", client.Listed: "lists it", client.Failed: "FAILED",
	}
	titles := client.Clients()
	var sections []report.Section
	why := report.Section{Title: "Why", Columns: []string{"Client", "Bundle", "Server", "What it says"}}
	for _, s := range v.Servers {
		m := report.Section{Title: fmt.Sprintf("%s as %s", s.Server, s.Host), Columns: []string{"Client"}}
		for _, b := range v.Bundles {
			m.Columns = append(m.Columns, b.Path+" ("+b.Target+")")
		}
		rows := map[string]*report.Row{}
		var order []string
		for _, r := range v.Results {
			if r.Server != s.Server {
				continue
			}
			c, _ := titles.Get(r.Client)
			row, ok := rows[r.Client]
			if !ok {
				row = &report.Row{Cells: make([]string, len(m.Columns)), Tone: report.Good}
				row.Cells[0] = c.Title
				rows[r.Client], order = row, append(order, r.Client)
			}
			for i, b := range v.Bundles {
				if b == (provenOf{r.Bundle, r.Target}) {
					row.Cells[i+1] = words[r.Answer]
				}
			}
			if r.Answer != client.Accepted && r.Answer != client.Listed {
				row.Tone = report.Bad
				why.Rows = append(why.Rows, report.Row{Cells: []string{c.Title, r.Bundle, s.Server, r.Says}, Tone: report.Bad})
			}
		}
		for _, id := range order {
			m.Rows = append(m.Rows, *rows[id])
		}
		for _, b := range v.Bundles {
			if !slices.ContainsFunc(v.Results, func(r provenBy) bool { return r.Bundle == b.Path && r.Target == b.Target }) {
				m.Notes = append(m.Notes, fmt.Sprintf("Nobody here takes %s (%s): nothing is proven of it.", b.Path, b.Target))
			}
		}
		sections = append(sections, m)
	}
	missing := report.Section{Title: "Not on this machine", Columns: []string{"Client", "What is not there"}}
	for _, n := range v.Missing {
		c, _ := titles.Get(n.Client)
		missing.Rows = append(missing.Rows, report.Row{Cells: []string{c.Title, n.Needs}})
	}
	for _, s := range []report.Section{why, missing} {
		if len(s.Rows) > 0 {
			sections = append(sections, s)
		}
	}
	return report.Document{Value: v, Sections: sections}
}
