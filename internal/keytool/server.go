package keytool

import (
	"crypto/x509"
	"fmt"

	certtext "muxkey/internal/keytool/text"
)

// printPresented prints the certificates of a server. One that cannot be printed
// is passed over.
func (t *tool) printPresented(shown []*x509.Certificate) error {
	var chain []*certtext.Certificate
	for _, x := range shown {
		c, err := t.certificate(x.Raw)
		if err != nil {
			return err
		}
		chain = append(chain, c)
	}
	for i, c := range chain {
		if t.call.RFC {
			if err := t.show(c); err != nil {
				return err
			}
		} else {
			text, err := t.printer().Certificate(c, t.trusted(c.Raw))
			fmt.Fprintf(t.out, "Certificate #%d\n====================================\n", i)
			if err != nil {
				continue
			}
			fmt.Fprintln(t.out, text)
		}
		if err := t.warnLink(oneOf(labelCertificate, i, len(chain)), chain, i, i == 0); err != nil {
			return err
		}
	}
	return nil
}
