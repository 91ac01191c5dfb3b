package keytool

import (
	"fmt"

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
// its own issuer. No certificate is tried twice, so that authorities which have all
// signed each other cost no more than their pairs.
func chainOf(c issuer, among []issuer) (chain []issuer, ok bool) {
	tried := map[string]bool{}
	var climb func(c issuer) bool
	climb = func(c issuer) bool {
		tried[string(c.cert.Raw)] = true
		chain = append(chain, c)
		if selfSigned(c.cert) {
			return true
		}
		for _, next := range among {
			if !tried[string(next.cert.Raw)] && signedBy(c.cert, next.cert) && climb(next) {
				return true
			}
		}
		chain = chain[:len(chain)-1]
		return false
	}
	ok = climb(c)
	return chain, ok
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
