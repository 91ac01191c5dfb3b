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

const (
	frontDefault = "default"
	frontSample  = "sample"
	frontBetween = "interception"
)

// fronts are known by the names that the products give to what they make themselves.
func fronts() []front {
	return []front{
		{frontDefault, "Traefik", "CN=TRAEFIK DEFAULT CERT"},
		{frontDefault, "ingress-nginx", "CN=Kubernetes Ingress Controller Fake Certificate"},
		{frontDefault, "Citrix ADC", "CN=default "},
		{frontDefault, "BIG-IP", "O=MyCompany"},
		{frontDefault, "Plesk", "CN=Plesk,"},
		{frontDefault, "Plesk", "CN=Parallels Panel,"},
		{frontDefault, "FortiGate", "CN=FortiGate,"},
		{frontSample, "a system's snake oil", "CN=snakeoil"},
		{frontSample, "a host that was not configured", "CN=localhost.localdomain"},
		{frontSample, "a host that was not configured", "CN=localhost"},
		{frontSample, "a sample configuration", "CN=example.com"},
		{frontSample, "a sample configuration of OpenSSL", "O=Internet Widgits Pty Ltd"},
		{frontBetween, "mitmproxy", "CN=mitmproxy"},
		{frontBetween, "Burp", "CN=PortSwigger CA"},
		{frontBetween, "Charles", "CN=Charles Proxy CA"},
		{frontBetween, "Fiddler", "CN=DO_NOT_TRUST_FiddlerRoot"},
		{frontBetween, "Zscaler", "O=Zscaler Inc."},
		{frontBetween, "Netskope", "goskope.com"},
		{frontBetween, "Cisco Umbrella", "CN=Cisco Umbrella"},
		{frontBetween, "FortiGate", "O=Fortinet"},
		{frontBetween, "Sophos", "CN=Sophos SSL CA"},
		{frontBetween, "Kaspersky", "CN=Kaspersky Anti-Virus Personal Root"},
		{frontBetween, "ESET", "CN=ESET SSL Filter CA"},
		{frontBetween, "Avast", "CN=Avast Web/Mail Shield"},
		{frontBetween, "Bitdefender", "CN=Bitdefender Personal CA"},
		{frontBetween, "AdGuard", "CN=Adguard Personal CA"},
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
			if f.kind == frontSample {
				word += ","
			}
			return strings.Contains(dn, word)
		}
		switch {
		case f.kind == frontBetween && has(subject):
			return &Front{frontDefault, f.product, "this is a certificate of " + f.product + " itself"}
		case f.kind == frontBetween && (has(issuer) || has(last)):
			return &Front{f.kind, f.product, "this certificate was made by " + f.product + ", which opens the connection on its way"}
		case f.kind == frontDefault && has(subject):
			return &Front{f.kind, f.product, "this is the certificate that " + f.product + " shows for a host that it has none for"}
		case f.kind == frontSample && has(subject) && list[0].SelfIssued():
			return &Front{f.kind, f.product, "this is the self-signed certificate of " + f.product}
		}
	}
	return nil
}
