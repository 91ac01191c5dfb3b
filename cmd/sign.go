package cmd

import (
	"context"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/inspect"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

type signOptions struct {
	csr         string
	issuer      issuerFlags
	life        lifetimeFlags
	constraints constraintFlags
	sans        []string
	subject     string
	honor       []string
	out         string
	as          string
	force       bool
	dryRun      bool
}

func newSignCmd(env *console.Env) *cobra.Command {
	o := signOptions{}
	c := &cobra.Command{
		Use:   "sign CSR --ca STORE",
		Short: "Issue a certificate from a request, with a CA of your own",
		Long: `Issue a certificate from a certificate request (CSR), in PEM or DER, and write
it with its chain as PEM to standard output or to a file.

What the certificate is for is said by --usage or --template, not by the
request: names and subject are taken over, all other wishes only where they ask
for less. What was left out is said, and --honor takes over what you name. A
name that the CA, or --permit, does not allow refuses the request as a whole.`,
		Example: `  muxkey sign mux.csr --ca ca.p12 -o mux.pem
  muxkey sign client.csr --ca ca.p12 --usage client --days 90 -o client.pem
  muxkey sign mux.csr --ca ca.p12 --san mux.example.com --san mux --dry-run
  muxkey sign mux.csr --ca ca.pem --signer "pkcs11:token=CA;object=root"
  muxkey sign - --ca ca.p12 --honor tlsFeature < mux.csr > mux.pem`,
		Args: takes("CSR"),
		RunE: func(c *cobra.Command, args []string) error {
			o.csr = args[0]
			return runSign(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	o.issuer.add(c, "intermediate")
	o.life.add(c, 0)
	f.StringArrayVar(&o.sans, "san", nil, "`NAME` for the certificate, in place of all that the request asks for; may be repeated")
	f.StringVar(&o.subject, "subject", "", "subject `DN` in place of that of the request")
	f.StringArrayVar(&o.honor, "honor", nil, "take over this `EXTENSION` as the request has it: an OID, a name such as keyUsage, or all; may be repeated")
	o.constraints.add(c, "refuse other names than these, and those of a CA below", "refuse these names")
	f.StringVarP(&o.out, "out", "o", stdin, "write to `FILE`; - is standard output")
	f.StringVar(&o.as, "as", "pem", "`FORM`: pem, der, p7b")
	f.BoolVar(&o.force, "force", false, "overwrite an existing file")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be issued, and issue nothing")
	complete(c, "as", []string{"pem", "der", "p7b"})
	complete(c, "honor", append([]string{honorAll}, inspect.ExtensionNames()...))
	return c
}

// signed is the JSON of muxkey sign.
type signed struct {
	SchemaVersion int            `json:"schemaVersion"`
	CSR           string         `json:"csr"`           // the file, as it was given
	Out           string         `json:"out,omitempty"` // the file that was written; "-" for standard output
	As            string         `json:"as"`            // the form, as --as names it
	DryRun        bool           `json:"dryRun"`        // nothing was issued
	Certificate   newCertificate `json:"certificate"`   // what it says
	Chain         []string       `json:"chain"`         // subjects of the certificates that were written behind it
	LeftOut       []leftOut      `json:"leftOut"`       // wishes of the request that were not granted
	Remarks       []string       `json:"remarks"`       // warnings for people; empty without any
}

// leftOut is a wish of a request that was not granted, or something that the
// certificate has without having been asked for.
type leftOut struct {
	OID       string `json:"oid"`             // of the extension
	Text      string `json:"text"`            // what was asked for, and why it is not there
	Added     bool   `json:"added,omitempty"` // it is no wish, and the certificate has it
	Dangerous bool   `json:"dangerous"`       // it would have given away rights of the CA
}

func runSign(ctx context.Context, env *console.Env, format report.Format, o signOptions) error {
	as, approval, t, err := o.check(env)
	if err != nil {
		return err
	}
	csr, err := o.read(ctx, env)
	if err != nil {
		return err
	}
	sign := func(err error) error { return fmt.Errorf("sign %s: %w", o.csr, err) }
	content, wishes, err := o.grant(csr, approval, t)
	if err != nil {
		return sign(err)
	}
	ca, err := o.issuer.ca.open(ctx, env)
	if err != nil {
		return err
	}
	ca.Signing = t.Signing()
	leaf, remarks, err := issue(ctx, env, ca, csr.PublicKey, content, &o.life, orElse(t.Days, approval.Profile.Days), o.dryRun)
	if err != nil {
		return sign(err)
	}
	if all := approval.Profile.ExtKeyUsage(); o.issuer.usage.template == "" && !approval.Profile.CA && len(content.ExtKeyUsage) < len(all) {
		remarks = append(remarks, "the request asks for less than --usage "+approval.Profile.Name+" would give")
	}
	v := signed{
		SchemaVersion: schemaVersion, CSR: o.csr, Out: o.out, As: o.as, DryRun: o.dryRun,
		Certificate: describe(leaf), Chain: []string{}, LeftOut: []leftOut{}, Remarks: remarks,
	}
	for _, w := range wishes {
		v.LeftOut = append(v.LeftOut, leftOut{w.OID, w.Text, w.Added, w.Dangerous})
	}
	blocks := []*pem.Block{{Type: "CERTIFICATE", Bytes: leaf.Raw}}
	for i, der := range above(ca, o.issuer.chain) {
		v.Chain = append(v.Chain, certgen.FormatDN(ca.Chain[i].RawSubject))
		blocks = append(blocks, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	data, err := as(blocks)
	if err != nil {
		return wrongUsage(sign(err))
	}
	switch {
	case o.dryRun:
		v.Out, v.Certificate = "", v.Certificate.planned()
	case o.out == stdin:
		if _, err := env.Out.Write(data); err != nil {
			return err
		}
		return o.tell(env, format, v)
	default:
		if err := safefile.Write(ctx, o.out, data, safefile.Options{Mode: 0o644, Replace: o.force}); err != nil {
			return err
		}
	}
	return show(env, format, o.document(env, v))
}

// check refuses what can be refused before anything is read.
func (o *signOptions) check(env *console.Env) (as func([]*pem.Block) ([]byte, error), a certgen.Approval, t *template.Template, err error) {
	if !o.issuer.ca.given() {
		return nil, a, nil, wrongUsage(errors.New("--ca names the CA that issues, and is needed"))
	}
	for _, e := range encodings {
		if e.name == o.as {
			as = e.encode
		}
	}
	if as == nil {
		return nil, a, nil, &Failure{StatusUsage, "one of: pem, der, p7b", fmt.Errorf("--as %q is no form to write in", o.as)}
	}
	if o.as == "der" && !o.issuer.chainGiven() {
		o.issuer.chain = "leaf" // it has room for one
	}
	if t, err = o.issuer.plan(); err != nil {
		return nil, a, nil, err
	}
	a = certgen.Approval{Profile: t.TheProfile(), PathLen: o.constraints.pathLength}
	if o.constraints.pathGiven() && !a.Profile.CA {
		return nil, a, nil, wrongUsage(errors.New("--path-length is for CAs: --usage ca"))
	}
	if a.Allowed, err = o.constraints.parse(); err != nil {
		return nil, a, nil, err
	}
	if len(o.sans) > 0 {
		if a.Names, err = certgen.ParseNames(o.sans); err != nil {
			return nil, a, nil, fmt.Errorf("--san: %w", err)
		}
	}
	if o.subject != "" {
		if a.Subject, err = certgen.ParseDN(o.subject); err != nil {
			return nil, a, nil, fmt.Errorf("--subject: %w", err)
		}
	}
	for _, word := range o.honor {
		id, err := extensionID(word)
		if err != nil {
			return nil, a, nil, err
		}
		if id == nil {
			a.HonorAll = true
		}
		a.Honor = append(a.Honor, id)
	}
	return as, a, t, o.checkFiles(env)
}

func (o *signOptions) checkFiles(env *console.Env) error {
	switch {
	case o.dryRun:
		return nil
	case o.out == stdin && o.as != "pem" && env.OutTTY:
		return &Failure{StatusUsage, "name a file with -o", errors.New("binary data is not written to a terminal")}
	case o.out == stdin:
		return nil
	case sameFile(o.out, o.csr):
		return wrongUsage(fmt.Errorf("--out and CSR are the same file, %s", o.out))
	}
	if err := o.issuer.ca.spare("--out", o.out); err != nil {
		return err
	}
	return safefile.Check(o.out, safefile.Options{Replace: o.force})
}

// honorAll is the word for all extensions.
const honorAll = "all"

// extensionID reads a word of --honor; nil stands for all.
func extensionID(word string) (asn1.ObjectIdentifier, error) {
	if word == honorAll {
		return nil, nil
	}
	text := word
	if id := inspect.ExtensionID(word); id != "" {
		text = id
	}
	var out asn1.ObjectIdentifier
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, &Failure{StatusUsage, didYouMean(word, append(inspect.ExtensionNames(), honorAll)), fmt.Errorf("--honor %q is neither an OID nor the name of an extension", word)}
		}
		out = append(out, int(n))
	}
	return out, nil
}

// read finds the request in the file.
func (o *signOptions) read(ctx context.Context, env *console.Env) (*certgen.CSR, error) {
	st, err := openPublic(ctx, env, o.csr, o.issuer.ca.limits)
	if err != nil {
		return nil, err
	}
	var found []*keystore.Entry
	have := map[keystore.Kind]int{}
	for _, e := range st.Entries {
		have[e.Kind]++
		if e.Kind == keystore.CSR {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return nil, &Failure{StatusInput, "make one with: muxkey csr HOST", &keystore.KindError{Path: o.csr, Want: keystore.CSR, Have: have}}
	case 1:
	default:
		return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("sign %s: there are %d requests in it; one is signed at a time", o.csr, len(found))}
	}
	csr, err := certgen.ParseCSR(found[0].Value)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", o.csr, err)
	}
	return csr, nil
}

// openPublic reads a file that holds nothing secret.
func openPublic(ctx context.Context, env *console.Env, target string, limits pkcs12x.Limits) (*keystore.Store, error) {
	opts := keystore.Options{Limits: limits}
	if target != stdin {
		return keystore.Open(ctx, target, opts)
	}
	data, err := readInput(env, opts)
	if err != nil {
		return nil, err
	}
	return keystore.Decode(ctx, inputName, data, opts)
}

// grant says what the certificate is to hold, and what it does not.
func (o *signOptions) grant(csr *certgen.CSR, a certgen.Approval, t *template.Template) (certgen.Content, []certgen.Wish, error) {
	constraints := a.Allowed
	if a.Profile.CA {
		a.Allowed = certgen.Constraints{} // they are for the certificates below
	}
	content, wishes, err := a.Grant(csr)
	if bad, ok := errors.AsType[*certgen.NameError](err); ok {
		return content, nil, &Failure{StatusInput, bad.Hint, err} // it is in the request, not on the command line
	}
	if errors.Is(err, certgen.ErrNoNames) {
		return content, nil, &Failure{StatusUsage, "name the host with --san HOST, or say what else it is for with --usage", err}
	}
	if err != nil {
		return content, nil, err
	}
	if o.issuer.usage.template != "" {
		granted := content
		if content, err = t.Content(csr.PublicKey, granted.Names); err != nil {
			return content, nil, err
		}
		if o.subject != "" || content.Subject == nil {
			content.Subject = granted.Subject
		}
		content.OtherNames = granted.OtherNames
		content.Extensions = slices.Concat(content.Extensions, granted.Extensions)
		if o.constraints.pathGiven() {
			content.PathLen = granted.PathLen
		}
	}
	if a.Profile.CA && !constraints.Empty() {
		content.Constraints = constraints.ForServers()
	}
	o.issuer.provider.fill(&content)
	return content, wishes, nil
}

// notes are the lines for people about what is not as the request has it.
func (v signed) notes() []string {
	var out []string
	for _, w := range v.LeftOut {
		word := "Left out: "
		switch {
		case w.Added:
			word = "Added: "
		case w.Dangerous:
			word = "Left out (dangerous): "
		}
		out = append(out, word+w.Text)
	}
	for _, r := range v.Remarks {
		out = append(out, "Note: "+r)
	}
	return out
}

// tell says to people, or to a program that asked for it, what standard output has
// no place for.
func (o *signOptions) tell(env *console.Env, format report.Format, v signed) error {
	notes := v.notes()
	if len(notes) == 0 && format.Name == report.Default {
		return nil
	}
	d := report.Document{Value: v, Sections: []report.Section{{Notes: notes}}}
	return format.Write(env.Err, d, report.Options{Colour: env.ErrColour})
}

func (o *signOptions) document(env *console.Env, v signed) report.Document {
	title := "Issued " + v.Out
	if v.DryRun {
		title = "Would issue (nothing was written)"
	}
	f := v.Certificate.fields(env.Now())
	f.add("Serial", v.Certificate.Serial)
	f.add("SHA-256", v.Certificate.SHA256)
	f.add("Issuer", v.Certificate.Issuer)
	f.add("Chain", strings.Join(v.Chain, " > "))
	sections := []report.Section{{Title: title, Fields: f, Notes: v.notes()}}
	if !v.DryRun && !v.Certificate.CA {
		sections = append(sections, report.Section{Notes: []string{"Next: send it to who has the key, and put it in there: muxkey import STORE " + command.Quote(v.Out)}})
	}
	return report.Document{Value: v, Sections: sections}
}
