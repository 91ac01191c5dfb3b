package example

import (
	"crypto/x509"
	"net"
)

// names sets the alternative names of a certificate that are hosts.
func names(hosts ...string) func(w *World) []Change {
	return func(*World) []Change {
		return []Change{func(t *x509.Certificate) { t.DNSNames = hosts }}
	}
}

// common sets the common name, and the hosts.
func common(name string, hosts ...string) func(w *World) []Change {
	return func(*World) []Change {
		return []Change{func(t *x509.Certificate) { t.Subject.CommonName, t.DNSNames = name, hosts }}
	}
}

func addresses(ips ...string) func(w *World) []Change {
	return func(*World) []Change {
		return []Change{func(t *x509.Certificate) {
			for _, ip := range ips {
				t.IPAddresses = append(t.IPAddresses, net.ParseIP(ip))
			}
		}}
	}
}

func nameExamples() []Example {
	const public = "profile: public-tls"
	list := []Example{
		certificateExample("MUX-NAME-001", true, "a certificate for another host", "hosts: www.example.com", plain),
		certificateExample("MUX-NAME-001", true, "a wildcard, and a host two labels below it", "hosts: a.b.example.com", names("*.example.com")),
		certificateExample("MUX-NAME-001", true, "a wildcard, and the domain itself", "hosts: example.com", names("*.example.com")),
		certificateExample("MUX-NAME-001", true, "an address that stands in a name for hosts, and no Java takes it", "hosts: 192.0.2.7\nclients: java", names("192.0.2.7")),
		certificateExample("MUX-NAME-001", false, "a certificate for both hosts, one by a wildcard", "hosts: [mux.example.com, www.example.org]", names("mux.example.com", "*.example.org")),
		certificateExample("MUX-NAME-001", false, "a certificate for an address", "hosts: 192.0.2.7", addresses("192.0.2.7")),
		{
			Rule: "MUX-NAME-001", Title: "a keystore with a certificate for each host", Policy: "path: keystore.p12\npassword: env:SECRET\nhosts: a.example.com b.example.com",
			Make: func(w *World) {
				ca := w.Root("Example CA")
				a, b := w.Server(ca, "a.example.com"), w.Server(ca, "b.example.com")
				w.Store("keystore.p12", "pkcs12", "secret", w.Entry("a", a.Key, a.chain()...), w.Entry("b", b.Key, b.chain()...))
			},
		},
		{
			Rule: "MUX-NAME-001", Bad: true, Title: "a server that shows a certificate for another host", Policy: "url: {url}\nhosts: www.example.com",
			Make: func(w *World) { w.Serve(w.Server(w.Root("Example CA"), "mux.example.com"), nil) },
		},

		{
			Rule: "MUX-NAME-001", Bad: true, Title: "a file with a CA where a server is expected", Policy: "path: mux.pem\nhosts: mux.example.com",
			Make: func(w *World) { w.PEM("mux.pem", w.Root("Example CA").Certificate) },
		},

		{
			Rule: "MUX-NAME-002", Bad: true, Title: "a certificate as openssl req -x509 makes it", Policy: "path: mux.pem",
			Make: func(w *World) { w.PEM("mux.pem", w.Root("mux.example.com", usage(0)).Certificate) },
		},
		certificateExample("MUX-NAME-002", true, "a certificate with its host in the common name alone", "", names()),
		certificateExample("MUX-NAME-002", false, "a certificate with its host among the alternative names", "", plain),
		certificateExample("MUX-NAME-002", false, "a certificate of a client without alternative names", "", func(*World) []Change {
			return []Change{purposes(x509.ExtKeyUsageClientAuth), func(t *x509.Certificate) { t.DNSNames = nil }}
		}),

		certificateExample("MUX-NAME-003", true, "the host of the common name is missing in the alternative names", "", common("www.example.com", "mux.example.com")),
		certificateExample("MUX-NAME-003", true, "the common name of a public certificate is no name of it", public, common("Example Mux", "mux.example.com")),
		certificateExample("MUX-NAME-003", false, "the common name is no host", "", common("Example Mux", "mux.example.com")),
		certificateExample("MUX-NAME-003", false, "the common name with an umlaut", "", common("müx.example.com", "xn--mx-xka.example.com")),
		certificateExample("MUX-NAME-003", false, "the common name in capital letters", "", common("MUX.example.com", "mux.example.com")),

		certificateExample("MUX-NAME-004", true, "a wildcard", "wildcards: false", names("*.example.com")),
		certificateExample("MUX-NAME-004", false, "no wildcard", "wildcards: false", plain),
		certificateExample("MUX-NAME-004", false, "a wildcard that nobody forbids", "", names("*.example.com")),

		certificateExample("MUX-NAME-005", true, "*.com", "", names("*.com")),
		certificateExample("MUX-NAME-005", true, "*.co.uk", "", names("*.co.uk")),
		certificateExample("MUX-NAME-005", true, "*", "", names("*")),
		certificateExample("MUX-NAME-005", false, "*.example.co.uk", "", names("*.example.co.uk")),
		certificateExample("MUX-NAME-005", false, "a wildcard of those who own a suffix", "", names("*.github.io")),

		certificateExample("MUX-NAME-006", true, "a URL as host name", "", names("https://mux.example.com/")),
		certificateExample("MUX-NAME-006", true, "a host name with a port", "", names("mux.example.com:8443")),
		certificateExample("MUX-NAME-006", true, "an address as host name", "", names("192.0.2.7")),
		certificateExample("MUX-NAME-006", true, "a wildcard within a label", "", names("mux*.example.com")),
		certificateExample("MUX-NAME-006", true, "a host name with a final dot", "", names("mux.example.com.")),
		certificateExample("MUX-NAME-006", false, "a wildcard, a name with an underscore, and one without a domain", "", names("*.example.com", "mux_1.example.com", "mux")),

		certificateExample("MUX-NAME-007", true, "a public certificate for a host of an internal domain", public, names("mux.corp.internal")),
		certificateExample("MUX-NAME-007", true, "a public certificate for a host without a domain", public, names("mux")),
		certificateExample("MUX-NAME-007", true, "a public certificate for a private address", public, addresses("10.0.0.7")),
		certificateExample("MUX-NAME-007", false, "a public certificate for public names and addresses", public, addresses("9.9.9.9", "2620:fe::fe")),
		certificateExample("MUX-NAME-007", false, "a certificate for an internal host", "", names("mux.corp.internal")),
	}
	return list
}
