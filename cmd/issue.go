package cmd

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/internal/console"
)

// providerFlags are the addresses of what a CA provides, which stand in what it
// issues.
type providerFlags struct{ crls, ocsps, issuers []string }

func (p *providerFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&p.crls, "crl-url", nil, "`URL` of the CA's CRL, for the certificate; may be repeated")
	f.StringArrayVar(&p.ocsps, "ocsp-url", nil, "`URL` of the CA's OCSP responder; may be repeated")
	f.StringArrayVar(&p.issuers, "issuer-url", nil, "`URL` of the CA's own certificate; may be repeated")
}

func (p *providerFlags) given() bool { return len(p.crls)+len(p.ocsps)+len(p.issuers) > 0 }

func (p *providerFlags) check() error {
	for _, list := range []struct {
		flag string
		urls []string
	}{{"--crl-url", p.crls}, {"--ocsp-url", p.ocsps}, {"--issuer-url", p.issuers}} {
		for _, word := range list.urls {
			// Not by net/url alone: what clients fetch has the rules of a name. The
			// word is not repeated, as it may have a password in it.
			_, err := certgen.ParseNames([]string{"uri:" + word})
			if bad, ok := errors.AsType[*certgen.NameError](err); ok {
				return &Failure{StatusUsage, "write it as in http://example.com/ca.crl", fmt.Errorf("%s is no URL: %s", list.flag, bad.Why)}
			}
			if u, err := url.Parse(word); err != nil || u.Host == "" && u.Scheme != "ldap" {
				return &Failure{StatusUsage, "write it as in http://example.com/ca.crl", fmt.Errorf("%s %q has no host", list.flag, word)}
			}
		}
	}
	return nil
}

// fill puts the addresses into a certificate, in place of a template's.
func (p *providerFlags) fill(c *certgen.Content) {
	for _, list := range []struct {
		from []string
		to   *[]string
	}{{p.crls, &c.CRLs}, {p.ocsps, &c.OCSP}, {p.issuers, &c.Issuers}} {
		if len(list.from) > 0 {
			*list.to = list.from
		}
	}
}

// issuerFlags are those of the commands that have a CA issue for servers and
// clients.
type issuerFlags struct {
	ca         caFlags
	usage      usageFlags
	provider   providerFlags
	chain      string
	chainGiven func() bool
	limits     limitFlags
}

// add takes where the chain ends when nothing is said.
func (i *issuerFlags) add(c *cobra.Command, chain string) {
	f := c.Flags()
	i.ca.add(c)
	i.usage.add(c)
	i.provider.add(c)
	f.StringVar(&i.chain, "chain", chain, "how far the chain goes up from the certificate, `TO` its last: "+strings.Join(chainParts, ", "))
	complete(c, "chain", chainParts)
	i.chainGiven = func() bool { return f.Changed("chain") }
	i.limits.add(c)
}

// plan refuses what can be refused before anything is read, and says what is to be
// issued.
func (i *issuerFlags) plan() (*template.Template, error) {
	if err := i.ca.check(); err != nil {
		return nil, err
	}
	if !i.ca.given() && (i.provider.given() || i.chainGiven()) {
		return nil, wrongUsage(errors.New("--chain, --crl-url, --ocsp-url and --issuer-url are about the CA of --ca, and there is none"))
	}
	if !slices.Contains(chainParts, i.chain) {
		return nil, &Failure{StatusUsage, didYouMean(i.chain, chainParts), fmt.Errorf("--chain %q is no end for a chain", i.chain)}
	}
	if err := i.provider.check(); err != nil {
		return nil, err
	}
	i.ca.limits = i.limits.limits()
	return i.usage.plan()
}

// constraintFlags say what may be certified with a certificate, or by whom.
type constraintFlags struct {
	permit, exclude []string
	pathLength      int
	pathGiven       func() bool
}

func (k *constraintFlags) add(c *cobra.Command, permit, exclude string) {
	f := c.Flags()
	f.StringArrayVar(&k.permit, "permit", nil, permit+"; `NAMES` is example.com, 10.0.0.0/8, email:example.com, uri:.example.com or a DN; may be repeated")
	f.StringArrayVar(&k.exclude, "exclude", nil, exclude+"; `NAMES` in the same forms; may be repeated")
	f.IntVar(&k.pathLength, "path-length", 0, "let a CA have `N` CAs below it; -1 is any number")
	k.pathGiven = func() bool { return f.Changed("path-length") }
}

// parse reads them. An empty result permits everything.
func (k *constraintFlags) parse() (certgen.Constraints, error) {
	if k.pathLength < -1 {
		return certgen.Constraints{}, wrongUsage(fmt.Errorf("--path-length %d: it goes from 0, and -1 is any number", k.pathLength))
	}
	return certgen.ParseConstraints(k.permit, k.exclude)
}

// chainParts are how far the chain of a new certificate goes up, the words of
// --chain.
var chainParts = []string{"leaf", "intermediate", "root"}

// above are the certificates of a CA that go with what it issues.
func above(ca *certgen.CA, upTo string) [][]byte {
	var out [][]byte
	for _, c := range ca.Chain {
		isRoot := bytes.Equal(c.RawSubject, c.RawIssuer)
		if upTo == "leaf" || isRoot && upTo != "root" {
			break
		}
		out = append(out, c.Raw)
	}
	return out
}

// issue makes a certificate for a key, and says what there is to say about it.
// With dry it only tells what it would be: the signature is by another key.
func issue(ctx context.Context, env *console.Env, ca *certgen.CA, pub crypto.PublicKey, content certgen.Content, life *lifetimeFlags, standardDays int, dry bool) (*x509.Certificate, []string, error) {
	now := env.Now()
	if err := ca.Current(now); err != nil { // before its dates cut others to nothing
		return nil, nil, err
	}
	v, cut, err := life.within(ca, now, standardDays)
	if err != nil {
		return nil, nil, err
	}
	remarks := append([]string{}, remarksOnSigner(ca.Key)...)
	if cut != "" {
		remarks = append(remarks, cut)
	}
	refusals, err := ca.Check(content)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range refusals {
		remarks = append(remarks, fmt.Sprintf("%s (%s), which RFC 5280 permits", r.Sentence(), r.Why))
	}
	if dry {
		if ca, err = double(ctx, env, ca); err != nil {
			return nil, nil, err
		}
	}
	der, err := ca.Issue(env.Rand, now, pub, content, v)
	if err != nil {
		return nil, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return leaf, remarks, err
}

// double is the CA with another key, whose signatures nobody takes: what it makes
// shows what the CA would issue, and is no certificate.
func double(ctx context.Context, env *console.Env, ca *certgen.CA) (*certgen.CA, error) {
	key, err := certgen.GenerateKey(ctx, env.Rand, certgen.DefaultKeyType)
	if err != nil {
		return nil, err
	}
	own := *ca.Chain[0]
	own.PublicKey = key.Public()
	return &certgen.CA{Chain: append([]*x509.Certificate{&own}, ca.Chain[1:]...), Key: key}, nil
}

// newCertificate is the JSON of a certificate that was made.
type newCertificate struct {
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Serial      string    `json:"serial,omitempty"`    // hex; missing where nothing was issued
	Names       []sanName `json:"names"`               // subject alternative names
	CA          bool      `json:"ca"`                  // it may certify others
	PathLen     *int      `json:"pathLen,omitempty"`   // how many CAs may stand below it; missing without a bound
	ExtKeyUsage []string  `json:"extendedKeyUsage"`    // what it is for; empty for anything
	Permitted   []string  `json:"permitted,omitempty"` // names that may be certified below it
	Excluded    []string  `json:"excluded,omitempty"`  // names that may not
	Key         string    `json:"key"`                 // "EC P-256", "RSA 3072"
	NotBefore   time.Time `json:"notBefore"`           // the first moment of validity
	NotAfter    time.Time `json:"notAfter"`            // the last one
	SHA256      string    `json:"sha256,omitempty"`    // fingerprint of the certificate; missing where nothing was issued
}

// planned is a certificate of a dry run: what tells it from others will be other.
func (v newCertificate) planned() newCertificate {
	v.Serial, v.SHA256 = "", ""
	return v
}

func describe(c *x509.Certificate) newCertificate {
	content, _ := certgen.Renewal(c) // it was made here, so all of it can be read
	constraints, _ := certgen.ConstraintsOf(c)
	sum := sha256.Sum256(c.Raw)
	v := newCertificate{
		Subject: certgen.FormatDN(c.RawSubject), Issuer: certgen.FormatDN(c.RawIssuer), Serial: fmt.Sprintf("%x", c.SerialNumber),
		Names: []sanName{}, CA: content.CA, ExtKeyUsage: []string{}, Key: certgen.KeyTypeOf(c.PublicKey),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: hex.EncodeToString(sum[:]),
	}
	for _, n := range content.Names {
		v.Names = append(v.Names, sanName{string(n.Kind), n.Value})
	}
	for _, id := range content.ExtKeyUsage {
		v.ExtKeyUsage = append(v.ExtKeyUsage, certgen.ExtKeyUsageName(id))
	}
	if content.CA && content.PathLen >= 0 {
		v.PathLen = &content.PathLen
	}
	for _, k := range constraints.Permitted {
		v.Permitted = append(v.Permitted, k.String())
	}
	for _, k := range constraints.Excluded {
		v.Excluded = append(v.Excluded, k.String())
	}
	return v
}

// fields are the same for people.
func (v newCertificate) fields(now time.Time) fields {
	var f fields
	f.add("Subject", v.Subject)
	var names []string
	for _, n := range v.Names {
		names = append(names, n.Value)
	}
	f.add("Names", strings.Join(names, ", "))
	switch {
	case v.CA && v.PathLen == nil:
		f.add("CA", "with any number of CAs below it")
	case v.CA && *v.PathLen == 0:
		f.add("CA", "with no CA below it")
	case v.CA && *v.PathLen == 1:
		f.add("CA", "with one CA below it")
	case v.CA:
		f.add("CA", fmt.Sprintf("with %d CAs below it, one under the other", *v.PathLen))
	}
	f.add("For", strings.Join(v.ExtKeyUsage, ", "))
	f.add("Permitted", strings.Join(v.Permitted, ", "))
	f.add("Excluded", strings.Join(v.Excluded, ", "))
	f.add("Key", v.Key)
	f.add("Valid", validity(v.NotBefore, v.NotAfter, now))
	return f
}
