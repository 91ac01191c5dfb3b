package acme

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"slices"
	"strings"

	rfc8555 "github.com/mholt/acmez/v3/acme"

	"muxkey/certgen"
)

// choose takes one of the chains to the certificate and holds it against the
// request.
func (o *order) choose(chains []rfc8555.Certificate, csr *x509.CertificateRequest, ids []identifier) ([]*x509.Certificate, *Window, error) {
	var first, chosen []*x509.Certificate
	var renewal *Window
	var there []string
	for i, c := range chains {
		chain, err := o.parse(c.ChainPEM)
		if err == nil {
			err = o.fits(chain[0], csr, ids)
		}
		if err != nil {
			return nil, nil, err
		}
		if i == 0 {
			first, renewal = chain, newWindow(c.RenewalInfo)
		}
		if chosen == nil && has(chain, o.cfg.Chain) {
			chosen = chain
		}
		there = append(there, top(chain))
	}
	switch {
	case first == nil:
		return nil, nil, o.conn.strange("it sends no certificate")
	case o.cfg.Chain == "" || chosen == nil:
		chosen = first
	}
	if o.cfg.Chain != "" && !has(chosen, o.cfg.Chain) {
		o.say("no chain of the server has %q; taken is that of %s", o.cfg.Chain, strings.Join(slices.Compact(there), ", out of those of "))
	}
	return chosen, renewal, nil
}

// top is the name of the CA that a chain leads to.
func top(chain []*x509.Certificate) string {
	return certgen.FormatDN(chain[len(chain)-1].RawIssuer)
}

// has says whether a CA of that common name is in the chain, or the one that it
// leads to.
func has(chain []*x509.Certificate, cn string) bool {
	return slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return strings.EqualFold(c.Issuer.CommonName, cn) })
}

func (o *order) parse(text []byte) ([]*x509.Certificate, error) {
	const most = 20
	var chain []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, o.conn.strange(fmt.Sprintf("between the certificates is a %q", block.Type))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, o.conn.strange(err.Error())
		}
		if chain = append(chain, c); len(chain) > most {
			return nil, o.conn.strange("the chain is too long")
		}
	}
	if len(chain) == 0 {
		return nil, o.conn.strange("it sends no certificate")
	}
	return chain, nil
}

// fits refuses a certificate that is not the one that was asked for.
func (o *order) fits(leaf *x509.Certificate, csr *x509.CertificateRequest, ids []identifier) error {
	key, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !key.Equal(csr.PublicKey) {
		return o.conn.strange("the certificate is for another key")
	}
	for _, id := range ids {
		if id.Kind == certgen.IP {
			ip := net.ParseIP(id.Value)
			ok = slices.ContainsFunc(leaf.IPAddresses, ip.Equal)
		} else {
			ok = slices.ContainsFunc(leaf.DNSNames, func(name string) bool { return strings.EqualFold(name, id.Value) })
		}
		if !ok {
			return o.conn.strange("the certificate does not have the name " + id.Value)
		}
	}
	return nil
}
