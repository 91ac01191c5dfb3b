package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/inspect"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// replyFlags are for the part of import that takes what a CA sent for a key in
// the store.
type replyFlags struct {
	caCerts   []string
	fetch     bool
	accept    []string
	asTrusted bool
}

// acceptances are the words of --accept: what is refused in a reply unless it is
// named.
var acceptances = []struct{ name, doc string }{
	{"names", "a certificate without all the names that were asked for"},
	{"ca", "the certificate of a CA"},
	{"incomplete", "a chain without its end"},
}

func acceptanceNames() []string {
	var names []string
	for _, a := range acceptances {
		names = append(names, a.name)
	}
	return names
}

func (r *replyFlags) add(c *cobra.Command) {
	var docs []string
	for _, a := range acceptances {
		docs = append(docs, a.name+" ("+a.doc+")")
	}
	f := c.Flags()
	f.StringArrayVar(&r.caCerts, "ca-certs", nil, "`FILE` with certificates of the CA, to complete and vouch for a reply; may be repeated")
	f.BoolVar(&r.fetch, "fetch-issuers", false, "fetch issuers that are missing from where the certificates say")
	f.StringSliceVar(&r.accept, "accept", nil, "install a reply in spite of `WHAT`: "+strings.Join(docs, ", "))
	f.BoolVar(&r.asTrusted, "as-trusted", false, "take certificates to be trusted, also those for a key in the store")
	complete(c, "accept", acceptanceNames())
}

func (r *replyFlags) check() error {
	for _, word := range r.accept {
		if !slices.Contains(acceptanceNames(), word) {
			return &Failure{StatusUsage, didYouMean(word, acceptanceNames()), fmt.Errorf("--accept %q is nothing that a reply is refused for", word)}
		}
	}
	return nil
}

// installed is what import did with a reply.
type installed struct {
	changes []change
	remarks []string
}

// install puts what a CA sent into the entry whose key it certifies. It returns
// nil where the entries that are imported are no reply.
func (o importOptions) install(ctx context.Context, env *console.Env, st *keystore.Store, entries []*keystore.Entry) (*installed, error) {
	reply, ok := certificatesAlone(entries)
	if !ok || o.reply.asTrusted {
		return nil, nil //nolint:nilnil // that it is no reply is no error
	}
	about := "installing " + strings.Join(o.files, ", ") + " in " + o.store
	e, err := o.pending(st, reply)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	if e == nil {
		return nil, nil //nolint:nilnil // as above
	}
	result, err := o.findChain(ctx, env, st, e, reply)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	if sameChain(e.Chain, result.Chain) {
		return &installed{changes: []change{{e.Alias, "skip", "it has this certificate and chain already"}}}, nil
	}
	if result.Complete && !result.Trusted {
		if err := o.confirmRoot(ctx, env, result.Chain[len(result.Chain)-1]); err != nil {
			return nil, err
		}
	}
	done := &installed{remarks: result.Remarks}
	if n := len(result.Unused); n > 0 {
		done.remarks = append(done.remarks, fmt.Sprintf("%d of the certificates sent have no place in the chain and were left out", n))
	}
	leaf := result.Chain[0]
	text := fmt.Sprintf("by the certificate from %s, valid until %s", certgen.FormatDN(leaf.RawIssuer), leaf.NotAfter.UTC().Format(time.DateOnly))
	if len(e.Chain) > 0 && !isSelfSigned(e.Chain[0]) {
		text += ", in place of the one until " + e.Chain[0].NotAfter.UTC().Format(time.DateOnly)
	}
	done.changes = append(done.changes, change{e.Alias, "replace", text})
	for _, c := range result.Chain[1:] {
		done.changes = append(done.changes, change{e.Alias, "add", "to the chain: " + certgen.FormatDN(c.RawSubject)})
	}
	e.Chain, e.Created = result.Chain, env.Now()
	return done, nil
}

// certificatesAlone are the certificates of entries that have nothing else.
func certificatesAlone(entries []*keystore.Entry) (list []*keystore.Certificate, ok bool) {
	for _, e := range entries {
		if e.Key != nil || len(e.Chain) == 0 {
			return nil, false
		}
		list = append(list, e.Chain...)
	}
	return list, len(list) > 0
}

func sameChain(a, b []*keystore.Certificate) bool {
	return slices.EqualFunc(a, b, func(x, y *keystore.Certificate) bool { return bytes.Equal(x.Raw, y.Raw) })
}

// pending finds the entry that a reply is for: the one that --alias names, or
// the one with the key of one of the certificates. A certificate that a CA issued
// to somebody, and that fits no key though one waits for such, is most likely
// the wrong file; to trust it takes --as-trusted.
func (o importOptions) pending(st *keystore.Store, reply []*keystore.Certificate) (*keystore.Entry, error) {
	var waiting []*keystore.Entry
	var match *keystore.Entry
	for _, e := range st.Entries {
		if e.Kind != pkcs12x.PrivateKey || len(e.Chain) == 0 || o.alias != "" && !strings.EqualFold(e.Alias, o.alias) {
			continue
		}
		if isSelfSigned(e.Chain[0]) || o.alias != "" {
			waiting = append(waiting, e)
		}
		fits := slices.ContainsFunc(reply, func(c *keystore.Certificate) bool { return bytes.Equal(c.RawSPKI, e.Chain[0].RawSPKI) })
		switch {
		case fits && match == nil:
			match = e
		case fits:
			return nil, &keystore.AmbiguousAliasError{Path: o.store, Want: "the entry of the key", Have: []string{match.Alias, e.Alias}}
		}
	}
	if match != nil {
		return match, nil
	}
	if _, err := st.Find(o.alias); o.alias != "" && err != nil {
		for _, e := range st.Entries {
			if e.Kind == pkcs12x.PrivateKey && len(e.Chain) > 0 && slices.ContainsFunc(reply, func(c *keystore.Certificate) bool { return bytes.Equal(c.RawSPKI, e.Chain[0].RawSPKI) }) {
				return nil, &Failure{StatusAlias, "leave out --alias, and the entry of the key is found; to trust these certificates instead: --as-trusted", err}
			}
		}
	}
	issued := slices.ContainsFunc(reply, func(c *keystore.Certificate) bool { return !isSelfSigned(c) && (c.X509 == nil || !c.X509.IsCA) })
	if len(waiting) == 0 || o.alias == "" && !issued {
		return nil, nil //nolint:nilnil // there is nothing that it could be for
	}
	e := waiting[0]
	_, err := chain.Search{SPKI: e.Chain[0].RawSPKI, Reply: reply}.Find()
	return nil, &Failure{
		StatusInput, "install what the CA sent for this key; to trust these certificates instead: --as-trusted, under another alias",
		fmt.Errorf("the key of %q: %w", e.Alias, err),
	}
}

// findChain builds the chain from all that is at hand.
func (o importOptions) findChain(ctx context.Context, env *console.Env, st *keystore.Store, e *keystore.Entry, reply []*keystore.Certificate) (*chain.Result, error) {
	s := chain.Search{SPKI: e.Chain[0].RawSPKI, Reply: reply, CA: slices.Contains(o.reply.accept, "ca"), Now: env.Now()}
	if e.Chain[0].X509 != nil && !slices.Contains(o.reply.accept, "names") {
		wanted, _ := certgen.Renewal(e.Chain[0].X509)
		s.Names = wanted.Names
	}
	for _, other := range st.Entries {
		if st.IsAnchor(other) {
			s.Anchors = append(s.Anchors, other.Chain...)
		} else {
			s.Pool = append(s.Pool, other.Chain...)
		}
	}
	named, err := o.caCertificates(ctx, env)
	if err != nil {
		return nil, err
	}
	for _, c := range named {
		if isSelfSigned(c) {
			s.Anchors = append(s.Anchors, c) // whoever names a root vouches for it
		} else {
			s.Pool = append(s.Pool, c)
		}
	}
	s.Anchors = append(s.Anchors, systemRoots(ctx, env)...)
	result, err := s.Find()
	for range maxFetched {
		missing, ok := errors.AsType[*chain.MissingIssuerError](err)
		if !ok || !o.reply.fetch {
			break
		}
		more, fetchErr := fetchIssuers(ctx, env, missing.URLs)
		if fetchErr != nil {
			return nil, fetchErr
		}
		if len(more) == 0 {
			break
		}
		s.Pool = append(s.Pool, more...)
		result, err = s.Find()
	}
	return o.judge(result, err)
}

// maxFetched is how many issuers are fetched for one chain.
const maxFetched = 8

// judge turns what is wrong with a chain into an error with its way out, unless
// it was accepted.
func (o importOptions) judge(result *chain.Result, err error) (*chain.Result, error) {
	if missing, ok := errors.AsType[*chain.MissingIssuerError](err); ok {
		if slices.Contains(o.reply.accept, "incomplete") {
			result.Remarks = append(result.Remarks, missing.Error())
			return result, nil
		}
		hint := "give the missing certificates with --ca-certs FILE, or install it as it is with --accept incomplete"
		if len(missing.URLs) > 0 && !o.reply.fetch {
			hint = "fetch it with --fetch-issuers (from " + strings.Join(missing.URLs, ", ") + "), or give it with --ca-certs FILE"
		}
		return nil, &Failure{StatusInput, hint, err}
	}
	if _, ok := errors.AsType[*chain.ChangedError](err); ok {
		return nil, &Failure{StatusInput, "have the reply sent again, as a file that no mail program changes", err}
	}
	if _, ok := errors.AsType[*chain.MissingNamesError](err); ok {
		return nil, &Failure{StatusInput, "have the CA issue it again, or install it as it is with --accept names", err}
	}
	if _, ok := errors.AsType[*chain.CAError](err); ok {
		return nil, &Failure{StatusInput, "the file is perhaps that of the CA itself, not the one for the server; --accept ca installs it", err}
	}
	return result, err
}

// caCertificates reads the files of --ca-certs.
func (o importOptions) caCertificates(ctx context.Context, env *console.Env) ([]*keystore.Certificate, error) {
	passwords, err := o.sourcePassword.keyring(env, true)
	if err != nil {
		return nil, err
	}
	var list []*keystore.Certificate
	for _, file := range o.reply.caCerts {
		st, err := openStore(ctx, env, file, passwords, keystore.Options{Limits: o.edit.limits.limits()})
		if err != nil {
			return nil, err
		}
		for _, e := range st.Entries {
			list = append(list, e.Chain...)
		}
	}
	return list, nil
}

// confirmRoot asks before a root becomes part of a chain for which nobody
// vouches: neither the store, nor the system, nor --ca-certs.
func (o importOptions) confirmRoot(ctx context.Context, env *console.Env, root *keystore.Certificate) error {
	if o.yes || o.edit.dryRun {
		return nil
	}
	facts := inspect.Describe(root, env.Now())
	s := report.Section{Title: "The chain ends in a root that nothing here vouches for", Columns: []string{"Subject", "Until", "SHA-256"}}
	s.Rows = []report.Row{{Cells: []string{facts.Subject, facts.NotAfter.Format(time.DateOnly), facts.Fingerprints.SHA256}}}
	return confirmed(ctx, env, s, "Compare the fingerprint with the one that the CA gave you. Install the reply?", "nothing was imported")
}

// confirmed shows a table to people and asks about it. What stands in refused is
// the error of those who say no.
func confirmed(ctx context.Context, env *console.Env, s report.Section, question, refused string) error {
	if err := tell(env, s); err != nil {
		return err
	}
	yes, err := env.Prompter.Confirm(ctx, question)
	if errors.Is(err, console.ErrNoTerminal) {
		return &Failure{StatusUsage, "compare the fingerprints, and confirm with --yes", errors.New("a certificate is trusted only after a look at its fingerprint, and there is no terminal to ask on")}
	}
	if err != nil {
		return err
	}
	if !yes {
		return &Failure{Status: StatusFound, Err: errors.New(refused)}
	}
	return nil
}

// tell shows a table to people, beside what goes to programs.
func tell(env *console.Env, s report.Section) error {
	table, err := report.Find(report.Default)
	if err != nil {
		return err
	}
	return table.Write(env.Err, report.Document{Sections: []report.Section{s}}, report.Options{Width: env.Width, Colour: env.ErrColour})
}
