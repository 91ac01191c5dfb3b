package keytool

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/dial"
	"muxkey/internal/keytool/exception"
	certtext "muxkey/internal/keytool/text"
	"muxkey/internal/keytool/uri"
)

// serverTimeout bounds an attempt to reach a TLS server. The JDK waits for as long
// as the system does.
const serverTimeout = 2 * time.Minute

// printServer prints the certificates that a TLS server shows.
func (t *tool) printServer(ctx context.Context, server string) error {
	const scheme = "https://"
	switch _, ok := uri.Parse(scheme + server); {
	case server == "":
		return exception.New(exception.URISyntax, fmt.Sprintf("Expected authority at index %d: %s", len(scheme), scheme))
	case !ok:
		return exception.New(exception.URISyntax, fmt.Sprintf("Illegal character in authority at index %d: %s", len(scheme), scheme+server))
	}
	if port, err := strconv.Atoi(server[strings.LastIndexByte(server, ':')+1:]); err == nil && port > 0xffff {
		return exception.New(exception.IllegalArgument, fmt.Sprintf("port out of range:%d", port))
	}
	at, err := dial.ParseHost(server, "443")
	if err != nil {
		return exception.Wrap(exception.Plain, noServerCertificate, err)
	}
	d := dial.Dialer{Timeout: serverTimeout}
	if address := t.proxy("https", at.Host); address != nil {
		p, err := dial.ParseProxy(address.String())
		if err != nil {
			return exception.Wrap(exception.Plain, noServerCertificate, err)
		}
		d.Proxies = []dial.Proxy{p}
	}
	name := at.Host
	if net.ParseIP(name) != nil || !strings.Contains(name, ".") {
		name = "" // Java names no host in SNI that has no dot
	}
	shown, err := d.Certificates(ctx, at, name)
	if err != nil {
		return exception.Wrap(exception.Plain, noServerCertificate, err)
	}
	return t.printPresented(shown)
}

const noServerCertificate = "No certificate from the SSL server"

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
