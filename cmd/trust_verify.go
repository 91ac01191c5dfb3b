package cmd

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/path"
)

type trustVerifyOptions struct {
	from          sourceFlags
	trustPassword passwordFlag
	server        string
	alias         string
	hosts         []string
	as            string
	crls          []string
	ocsp          bool
	at            string
}

func newTrustVerifyCmd(env *console.Env) *cobra.Command {
	o := trustVerifyOptions{}
	c := &cobra.Command{
		Use:   "verify BUNDLE STORE|HOST:PORT",
		Short: "Would a client with this bundle accept that server, and if not, why?",
		Long: `Check the certificates of a keystore, or those that a live server shows, as a
client with the bundle would: along every path from the server's certificate to
an anchor of the bundle, each rule at each certificate, with the reason where it
does not hold. The exit status is 1 when no path is accepted.

The host is that of HOST:PORT; of a keystore it is each name of its certificate.
The rules are those of RFC 5280 and RFC 9525, and what the sources of the bundle
say of their anchors. --as goes by the rules of one kind of client instead:
Go's crypto/x509, OpenSSL 3 (curl, Python, Ruby, PHP), Java 17. Beneath, each of
them has its own line.

--crl looks into revocation lists; the server's certificate must then be covered
by one. --ocsp asks the responders that the certificates name, over the network.`,
		Example: `  muxkey trust verify ca.pem keystore.p12
  muxkey trust verify truststore.jks mux.example.com:443 --as java
  muxkey trust verify ca.pem 10.0.0.5:8443 --host mux.example.com --at +30d
  muxkey trust verify ca.pem keystore.p12 --crl ca.crl --json`,
		Args: takes("BUNDLE", "STORE|HOST:PORT"),
		RunE: func(c *cobra.Command, args []string) error {
			o.from.sources, o.server = args[:1], args[1]
			return runTrustVerify(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	o.from.add(c, string(trust.Server))
	o.trustPassword.addAs(c, "trust-password", "the trust store's password, where it is not that of --password")
	f.StringVar(&o.alias, "alias", "", "`NAME` of the entry (may be left out when there is only one private key)")
	f.StringArrayVar(&o.hosts, "host", nil, "the `HOST` name that clients connect to")
	f.StringVar(&o.as, "as", string(path.Standard), "go by the rules of a `CLIENT`: "+strings.Join(clientNames(), ", "))
	complete(c, "as", clientNames())
	f.StringArrayVar(&o.crls, "crl", nil, "revocation list (`FILE`) to look into")
	f.BoolVar(&o.ocsp, "ocsp", false, "ask the OCSP responders that the certificates name")
	f.StringVar(&o.at, "at", "", "the `TIME` for which it is to hold: 2026-12-31, RFC 3339, or +30d from now (default: now)")
	return c
}

func clientNames() []string {
	var names []string
	for _, c := range path.Clients() {
		names = append(names, string(c))
	}
	return names
}

// trustVerified is the JSON of muxkey trust verify.
type trustVerified struct {
	SchemaVersion int           `json:"schemaVersion"`
	Bundle        string        `json:"bundle"`  // as it was given
	Server        string        `json:"server"`  // the keystore or address, as it was given
	Purpose       trust.Purpose `json:"purpose"` // of the certificate
	Hosts         []string      `json:"hosts"`   // the names that were asked for
	At            time.Time     `json:"at"`      // RFC 3339, the time for which the answer holds
	path.Verdict
	Clients  []clientVerdict   `json:"clients"`  // the verdicts by the rules of all, without OCSP
	Findings []finding.Finding `json:"findings"` // what is wrong with the bundle as a file
}

// clientVerdict is the verdict of one kind of client.
type clientVerdict struct {
	Client   path.Client `json:"client"`
	Accepted bool        `json:"accepted"` // there is a path that it accepts
	Why      string      `json:"why"`      // the verdict in one sentence, for people
}

func runTrustVerify(ctx context.Context, env *console.Env, format report.Format, o trustVerifyOptions) error {
	q, err := o.question(ctx, env)
	if err != nil {
		return err
	}
	passwords, err := o.from.password.keyring(env, false)
	if err != nil {
		return err
	}
	name := ""
	if len(q.Hosts) > 0 {
		name = q.Hosts[0]
	}
	q.Presented, err = presented(ctx, env, o.server, o.alias, name, passwords, o.from.limits.limits())
	if err != nil {
		return err
	}
	if len(q.Hosts) == 0 && q.Purpose == trust.Server {
		if q.Hosts, err = o.ownHosts(q.Presented[0]); err != nil {
			return err
		}
	}
	bundle, err := o.bundle(ctx, env)
	if err != nil {
		return err
	}
	q.Bundle = path.NewBundle(bundle)
	verdict, err := path.Check(ctx, q)
	if err != nil {
		return fmt.Errorf("checking %s: %w", o.server, err)
	}
	v := trustVerified{
		SchemaVersion: schemaVersion, Bundle: o.from.sources[0], Server: o.server, Purpose: q.Purpose, Hosts: append([]string{}, q.Hosts...), At: q.At.UTC(),
		Verdict: *verdict, Findings: append([]finding.Finding{}, bundle.Findings...),
	}
	q.OCSP = nil
	for _, client := range path.Clients() {
		q.Client = client
		each, err := path.Check(ctx, q)
		if err != nil {
			return fmt.Errorf("checking %s: %w", o.server, err)
		}
		v.Clients = append(v.Clients, clientVerdict{client, each.Accepted, each.Why})
	}
	if err := show(env, format, v.document()); err != nil {
		return err
	}
	if !v.Accepted {
		return errFound
	}
	return nil
}

// question is what the flags ask.
func (o *trustVerifyOptions) question(ctx context.Context, env *console.Env) (path.Question, error) {
	q := path.Question{At: env.Now(), Client: path.Client(o.as)}
	if !slices.Contains(path.Clients(), q.Client) {
		return q, &Failure{StatusUsage, didYouMean(o.as, clientNames()), fmt.Errorf("--as %q is no client whose rules are known", o.as)}
	}
	if len(o.from.purposes) != 1 || !slices.Contains(purposeNames(), o.from.purposes[0]) {
		return q, wrongUsage(fmt.Errorf("--purpose must be one of %s", strings.Join(purposeNames(), ", ")))
	}
	q.Purpose = trust.Purpose(o.from.purposes[0])
	if len(o.hosts) > 0 && q.Purpose != trust.Server {
		return q, wrongUsage(fmt.Errorf("--host is about servers, and --purpose about %s", q.Purpose))
	}
	for _, host := range o.hosts {
		names, err := certgen.ParseServerNames([]string{host})
		if err != nil {
			return q, fmt.Errorf("--host: %w", err)
		}
		q.Hosts = append(q.Hosts, names[0].Value)
	}
	if o.at != "" {
		var err error
		if q.At, err = certgen.ParseTime(o.at, env.Now()); err != nil {
			return q, wrongUsage(fmt.Errorf("--at: %w", err))
		}
	}
	for _, file := range o.crls {
		lists, err := readCRLs(ctx, file, o.from.limits.limits())
		if err != nil {
			return q, fmt.Errorf("--crl: %w", err)
		}
		q.CRLs = append(q.CRLs, lists...)
	}
	if o.ocsp {
		q.OCSP = responder(env)
	}
	return q, nil
}

func readCRLs(ctx context.Context, file string, limits pkcs12x.Limits) ([]*x509.RevocationList, error) {
	st, err := keystore.Open(ctx, file, keystore.Options{Limits: limits})
	if err != nil {
		return nil, err
	}
	var lists []*x509.RevocationList
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
	if len(lists) == 0 {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("%s holds no revocation list", file)}
	}
	return lists, nil
}

// ownHosts are the names to ask for when none are given.
func (o *trustVerifyOptions) ownHosts(leaf *pkcs12x.Certificate) ([]string, error) {
	at, ok := endpointOf(o.server)
	if !ok {
		return hostsOf(leaf), nil
	}
	names, err := certgen.ParseServerNames([]string{at.Host})
	if err != nil {
		return nil, err
	}
	return []string{names[0].Value}, nil
}

// bundle reads what the client trusts, for whatever purpose: why an anchor is not
// for this one is a part of the answer.
func (o *trustVerifyOptions) bundle(ctx context.Context, env *console.Env) (*trust.Set, error) {
	from := o.from
	from.purposes = nil
	if o.trustPassword.given() {
		from.password = o.trustPassword
	}
	g, err := from.gather(ctx, env)
	if err != nil {
		return nil, err
	}
	if len(g.set.Anchors) == 0 {
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("the trust bundle %s holds no certificate to trust", from.sources[0])}
	}
	return g.set, nil
}

// mostPaths are shown to people; all are in the JSON.
const mostPaths = 3

// document shows the answer, then the paths: the one that is accepted, or those
// that come nearest to it.
func (v trustVerified) document() report.Document {
	answer, tone := "refused", report.Bad
	if v.Accepted {
		answer, tone = "accepted", report.Good
	}
	head := report.Section{Title: v.Server, Fields: []report.Field{
		{Name: "Verdict", Value: answer, Tone: tone},
		{Name: "Why", Value: v.Why},
		{Name: "Bundle", Value: v.Bundle},
		{Name: "Rules", Value: v.Client.Title()},
	}}
	if len(v.Hosts) > 0 {
		head.Fields = append(head.Fields, report.Field{Name: "Hosts", Value: strings.Join(v.Hosts, ", ")})
	}
	head.Fields = append(head.Fields, report.Field{Name: "At", Value: v.At.Format(time.RFC3339)})
	if v.Cut != "" {
		head.Notes = append(head.Notes, "The search was cut short: "+v.Cut+".")
	}
	sections := []report.Section{head}
	shown := 0
	for i, p := range v.Paths {
		if i == mostPaths || i > 0 && v.Accepted {
			break
		}
		shown++
		sections = append(sections, pathSection(fmt.Sprintf("Path %d of %d", i+1, len(v.Paths)), p))
	}
	if n := len(v.Paths) - shown; n > 0 {
		sections[len(sections)-1].Notes = []string{fmt.Sprintf("... and %d more paths; --json has them all.", n)}
	}
	clients := report.Section{Title: "By the rules of", Columns: []string{"Client", "Verdict", "Why"}}
	for _, c := range v.Clients {
		row := report.Row{Cells: []string{c.Client.Title(), "refuses", c.Why}, Tone: report.Bad}
		if c.Accepted {
			row = report.Row{Cells: []string{c.Client.Title(), "accepts", c.Why}, Tone: report.Good}
		}
		clients.Rows = append(clients.Rows, row)
	}
	sections = append(sections, clients)
	return report.Document{Value: v, Sections: append(sections, filled(findingsSection(v.Findings))...)}
}

// outcomes are the words and tones for what a rule has found.
var outcomes = map[path.Ruling]struct {
	word string
	tone report.Tone
}{
	path.Pass: {"ok", report.Good}, path.Fail: {"FAILED", report.Bad}, path.Unknown: {"UNKNOWN", report.Bad},
	path.Ignored: {"ignored", report.Warn}, path.Skipped: {"skipped", report.Warn},
}

// pathSection is a path as a tree: the certificate of the server, and above it,
// each deeper than the one before, those that lead to the anchor.
func pathSection(title string, p path.Path) report.Section {
	s := report.Section{Title: title + ": refused", Columns: []string{"Result", "Rule", "Certificate and finding"}}
	if p.Accepted {
		s.Title = title + ": accepted"
	}
	for i, c := range p.Certificates {
		prefix := strings.Repeat("   ", i)
		if i > 0 {
			prefix = strings.Repeat("   ", i-1) + "└─ "
		}
		s.Rows = append(s.Rows, report.Row{Cells: []string{"", "", fmt.Sprintf("%s%s (%s: %s)", prefix, c.Subject, c.Role, c.From)}})
		for _, step := range shortened(c.Steps) {
			o := outcomes[step.Outcome]
			s.Rows = append(s.Rows, report.Row{Cells: []string{o.word, step.Rule, strings.Repeat("   ", i) + step.Text}, Tone: o.tone})
		}
	}
	return s
}

// shortened leaves out all but the first few of many hosts that are all right.
func shortened(steps []path.Step) []path.Step {
	const most = 3
	var out []path.Step
	hosts := 0
	for _, s := range steps {
		if s.Rule == "host" && s.Outcome == path.Pass {
			if hosts++; hosts > most {
				continue
			}
		}
		out = append(out, s)
	}
	if hosts > most {
		i := slices.IndexFunc(out, func(s path.Step) bool { return s.Rule == "host" && s.Outcome == path.Pass })
		out = slices.Insert(out, i+most, path.Step{Rule: "host", Outcome: path.Pass, Text: fmt.Sprintf("and for %d more", hosts-most)})
	}
	return out
}
