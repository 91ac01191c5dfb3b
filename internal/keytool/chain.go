package keytool

import (
	"bytes"
	"fmt"
	"slices"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
)

// verified tells whether a certificate is signed with the key of another.
func verified(c, issuer *certtext.Certificate) bool {
	return verify(issuer.Key, c.Algorithm, c.TBS, c.Signature) == nil
}

// signedBy tells whether a certificate names another as its issuer and is signed
// with its key.
func signedBy(c, issuer *certtext.Certificate) bool {
	return dname.Same(c.Issuer, issuer.Subject) && verified(c, issuer)
}

// selfSigned tells whether a certificate is its own issuer.
func selfSigned(c *certtext.Certificate) bool { return signedBy(c, c) }

// issuer is a certificate that may have issued another, with its name in warnings.
type issuer struct {
	label string
	cert  *certtext.Certificate
}

// entries are the certificates of the entries of a keystore, the first of each.
// The form has the place of the alias.
func (t *tool) entries(s *store.Store, form string) ([]issuer, error) {
	var all []issuer
	for _, alias := range s.Aliases() {
		e, ok := s.Entry(alias)
		if !ok || len(e.Chain) == 0 {
			continue
		}
		c, err := t.certificate(e.Chain[0].Raw)
		if err != nil {
			return nil, err
		}
		all = append(all, issuer{fmt.Sprintf(form, alias), c})
	}
	return all, nil
}

// The labels of issuers that are found.
const (
	issuerInStore   = "Issuer <%s>"
	issuerInCACerts = "Issuer <%s> in cacerts"
)

// issuers are the certificates that a chain may be made of.
func (t *tool) issuers() ([]issuer, error) {
	all, err := t.entries(t.store, issuerInStore)
	if err != nil || t.ca == nil {
		return all, err
	}
	more, err := t.entries(t.ca, issuerInCACerts)
	return append(all, more...), err
}

// chainOf seeks a chain from a certificate, which comes first, up to one that is
// its own issuer. A certificate that is in the chain is not tried again.
func chainOf(c issuer, among []issuer, below ...issuer) (chain []issuer, ok bool) {
	below = append(slices.Clip(below), c)
	if selfSigned(c.cert) {
		return below, true
	}
	for _, candidate := range among {
		if contains(below, candidate.cert) || !signedBy(c.cert, candidate.cert) {
			continue
		}
		if chain, ok := chainOf(candidate, among, below...); ok {
			return chain, true
		}
	}
	return nil, false
}

func contains(chain []issuer, c *certtext.Certificate) bool {
	return slices.ContainsFunc(chain, func(i issuer) bool { return bytes.Equal(i.cert.Raw, c.Raw) })
}

// signerIn is the certificate of a keystore that vouches for another: that itself,
// or one whose key has signed it.
func (t *tool) signerIn(s *store.Store, c *certtext.Certificate, form string) (*issuer, error) {
	if _, ok := s.CertificateAlias(c.Raw); ok {
		return &issuer{cert: c}, nil
	}
	all, err := t.entries(s, form)
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		if verified(c, i.cert) {
			return &i, nil
		}
	}
	return nil, nil
}
