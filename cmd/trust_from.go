package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/internal/report"
	"muxkey/trust"
)

// liveFlags name servers whose certificates are to be trusted as they are shown.
type liveFlags struct {
	from []string
	yes  bool // without a question
}

// add adds the flags of a command after which the certificates are trusted.
func (l *liveFlags) add(c *cobra.Command) {
	l.addLook(c)
	c.Flags().BoolVar(&l.yes, "yes", false, "trust the certificates without a question")
}

// addLook adds them for a command that only looks.
func (l *liveFlags) addLook(c *cobra.Command) {
	c.Flags().StringArrayVar(&l.from, "from", nil, "take what vouches for the server at `ADDRESS`: HOST:PORT, or PROTOCOL+starttls://HOST")
	l.yes = true
}

// endpoints parses the addresses before anything is done.
func (l *liveFlags) endpoints() ([]dial.Endpoint, error) {
	var list []dial.Endpoint
	for _, text := range l.from {
		e, err := dial.ParseEndpoint(text)
		if err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		list = append(list, e)
	}
	return list, nil
}

// live adds what vouches for the server at an endpoint, after a person has seen it.
// Nobody can tell from a connection alone whether that is the server that was
// meant.
func (l *liveFlags) live(ctx context.Context, env *console.Env, b *trust.Builder, at dial.Endpoint) error {
	name := at.Host
	if net.ParseIP(name) != nil {
		name = "" // addresses have no place in SNI (RFC 6066 section 3)
	}
	shown, err := dial.Certificates(ctx, at, name)
	if err != nil {
		return &Failure{Status: StatusNetwork, Err: fmt.Errorf("--from: %w", err)}
	}
	top := vouching(shown)
	a, err := trust.Parse(top.Raw)
	if err != nil {
		return fmt.Errorf("--from %s: %w", at, err)
	}
	a.Origins = []trust.Origin{{Source: at.String()}}
	s := shownSection(at, shown, top)
	for _, f := range (&trust.Set{Anchors: []*trust.Anchor{a}}).Judge(env.Now()) {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: %s", f.Severity, f.Text))
	}
	if l.yes {
		err = tell(env, s)
	} else {
		err = confirmed(ctx, env, s, "Compare the fingerprint with the one that the server's administrator gave you. Trust the certificate?", "nothing was trusted")
	}
	if err != nil {
		return err
	}
	b.Add(a)
	return nil
}

// vouching is the highest certificate of the path that the signatures make from
// the server's own: what a server shows besides vouches for nothing.
func vouching(shown []*x509.Certificate) *x509.Certificate {
	top := shown[0]
	for range shown[1:] {
		if bytes.Equal(top.RawIssuer, top.RawSubject) {
			break
		}
		next := top
		for _, c := range shown {
			if bytes.Equal(c.RawSubject, top.RawIssuer) && hasSigned(c, top) {
				next = c
				break
			}
		}
		if next == top {
			break
		}
		top = next
	}
	return top
}

// hasSigned tells whether an issuer's key has signed a certificate. A signature that
// Go does not check any more, SHA-1 for one, is taken by its name.
func hasSigned(issuer, c *x509.Certificate) bool {
	err := issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	var old x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &old) || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}

// shownSection is the chain of a server, and which of it would be trusted.
func shownSection(at dial.Endpoint, shown []*x509.Certificate, top *x509.Certificate) report.Section {
	s := report.Section{Title: "Certificates that " + at.String() + " shows", Columns: []string{"", "Subject", "Issuer", "Until", "SHA-256"}}
	for _, c := range shown {
		mark := ""
		if c == top {
			mark = "trust"
		}
		sum := sha256.Sum256(c.Raw)
		s.Rows = append(s.Rows, report.Row{Cells: []string{
			mark, certgen.FormatDN(c.RawSubject), certgen.FormatDN(c.RawIssuer), c.NotAfter.UTC().Format(time.DateOnly), hex.EncodeToString(sum[:]),
		}})
	}
	what := "the last of the path from the server's certificate, which another CA has issued; a root that the server does not show would be the better anchor"
	switch self := bytes.Equal(top.RawIssuer, top.RawSubject); {
	case self && top == shown[0]:
		what = "the server's own certificate, which is self-signed"
	case self:
		what = "the root of the path from the server's certificate"
	case top == shown[0]:
		what = "the server's own certificate, as the server shows none that has issued it"
	}
	s.Notes = []string{"Would be trusted: " + certgen.FormatDN(top.RawSubject) + ", " + what + "."}
	return s
}
