package probe

import (
	"strings"

	"muxkey/certgen"
	"muxkey/pkcs12x"
)

// front is a certificate by which a box is known. Word stands in the subject of the
// first certificate, or in the issuer of the last where the box makes certificates
// for the names of others.
type front struct{ kind, product, word string }

// The kinds of Front.
const (
	FrontDefault = "default"      // a reverse proxy that knows no such host
	FrontSample  = "sample"       // a certificate that comes with a product
	FrontBetween = "interception" // a box on the way that opens the connection
)

// fronts are known by the names that the products give to what they make themselves.
func fronts() []front {
	return []front{
		{FrontDefault, "Traefik", "CN=TRAEFIK DEFAULT CERT"},
		{FrontDefault, "ingress-nginx", "CN=Kubernetes Ingress Controller Fake Certificate"},
		{FrontDefault, "Citrix ADC", "CN=default "},
		{FrontDefault, "BIG-IP", "O=MyCompany"},
		{FrontDefault, "Plesk", "CN=Plesk,"},
		{FrontDefault, "Plesk", "CN=Parallels Panel,"},
		{FrontDefault, "FortiGate", "CN=FortiGate,"},
		{FrontSample, "a system's snake oil", "CN=snakeoil"},
		{FrontSample, "a host that was not configured", "CN=localhost.localdomain"},
		{FrontSample, "a host that was not configured", "CN=localhost"},
		{FrontSample, "a sample configuration", "CN=example.com"},
		{FrontSample, "a sample configuration of OpenSSL", "O=Internet Widgits Pty Ltd"},
		{FrontBetween, "mitmproxy", "CN=mitmproxy"},
		{FrontBetween, "Burp", "CN=PortSwigger CA"},
		{FrontBetween, "Charles", "CN=Charles Proxy CA"},
		{FrontBetween, "Fiddler", "CN=DO_NOT_TRUST_FiddlerRoot"},
		{FrontBetween, "Zscaler", "O=Zscaler Inc."},
		{FrontBetween, "Netskope", "goskope.com"},
		{FrontBetween, "Cisco Umbrella", "CN=Cisco Umbrella"},
		{FrontBetween, "FortiGate", "O=Fortinet"},
		{FrontBetween, "Sophos", "CN=Sophos SSL CA"},
		{FrontBetween, "Kaspersky", "CN=Kaspersky Anti-Virus Personal Root"},
		{FrontBetween, "ESET", "CN=ESET SSL Filter CA"},
		{FrontBetween, "Avast", "CN=Avast Web/Mail Shield"},
		{FrontBetween, "Bitdefender", "CN=Bitdefender Personal CA"},
		{FrontBetween, "AdGuard", "CN=Adguard Personal CA"},
	}
}

// frontOf knows what answers in the place of a server.
func frontOf(list []*pkcs12x.Certificate) *Front {
	subject := certgen.FormatDN(list[0].RawSubject) + ","
	issuer := certgen.FormatDN(list[0].RawIssuer) + ","
	last := certgen.FormatDN(list[len(list)-1].RawIssuer) + ","
	for _, f := range fronts() {
		has := func(dn string) bool {
			word := f.word
			if f.kind == FrontSample {
				word += ","
			}
			return strings.Contains(dn, word)
		}
		switch {
		case f.kind == FrontBetween && has(subject):
			return &Front{FrontDefault, f.product, "this is a certificate of " + f.product + " itself"}
		case f.kind == FrontBetween && (has(issuer) || has(last)):
			return &Front{f.kind, f.product, "this certificate was made by " + f.product + ", which opens the connection on its way"}
		case f.kind == FrontDefault && has(subject):
			return &Front{f.kind, f.product, "this is the certificate that " + f.product + " shows for a host that it has none for"}
		case f.kind == FrontSample && has(subject) && list[0].SelfIssued():
			return &Front{f.kind, f.product, "this is the self-signed certificate of " + f.product}
		}
	}
	return nil
}
