package rules

import (
	"bytes"
	"fmt"
	"slices"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// tls are the profiles of what is shown to others. The profile of CAs is asked for
// what matters there, and for nothing else.
func tls() []Profile { return []Profile{Internal, PublicTLS, MutualTLS} }

// which names a certificate of a chain in a text.
func (c Certificate) which() string {
	if c.Depth == 0 {
		return "the certificate"
	}
	return fmt.Sprintf("certificate %d of the chain (%s)", c.Depth+1, c.Subject)
}

// above is the next one of the chain where it is the issuer by its name, else nil.
func (c Certificate) above() *inspect.Certificate {
	next := c.Depth + 1
	if next >= len(c.Entry.Chain) || !bytes.Equal(c.Source.RawIssuer, c.Entry.Source.Chain[next].RawSubject) {
		return nil
	}
	return &c.Entry.Chain[next]
}

// extension returns an extension by its name in inspect, or nil.
func (c Certificate) extension(name string) *inspect.Extension {
	i := slices.IndexFunc(c.Extensions, func(e inspect.Extension) bool { return e.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Extensions[i]
}

// serves tells whether the extended key usage allows a purpose: where there is
// none it allows all.
func serves(c *inspect.Certificate, p trust.Purpose) bool {
	return len(c.ExtendedKeyUsage) == 0 || slices.Contains(c.ExtendedKeyUsage, p.ExtKeyUsage()) || slices.Contains(c.ExtendedKeyUsage, anyPurpose)
}

const anyPurpose = "anyExtendedKeyUsage"

// purpose is what a certificate that is shown is for: what is expected, or what it
// says where the profile leaves that open.
func (s *Subject) purpose(c Certificate) trust.Purpose {
	switch {
	case s.Expect.Purpose != "" || s.Expect.Profile == CA:
		return s.Expect.Purpose
	case s.Server != nil || s.Expect.Profile == Internal && len(s.Expect.Hosts) > 0:
		return trust.Server
	case s.Expect.Profile == Internal && !c.forTLS():
		return ""
	case serves(c.Certificate, trust.Server):
		return trust.Server
	}
	return trust.Client
}

// forTLS tells whether a certificate can be meant for TLS. Those that sign documents
// and code, or encrypt mail, stand beside them in keystores and archives.
func (c Certificate) forTLS() bool {
	handshakes := func(u string) bool { return u == "digitalSignature" || u == "keyEncipherment" || u == "keyAgreement" }
	switch {
	case len(c.ExtendedKeyUsage) > 0:
		return serves(c.Certificate, trust.Server) || serves(c.Certificate, trust.Client)
	case len(c.KeyUsage) > 0 && !slices.ContainsFunc(c.KeyUsage, handshakes):
		return false
	}
	return c.Entry.Kind == pkcs12x.PrivateKey || len(c.SANs.DNS)+len(c.SANs.IP) > 0 || isHost(certgen.CommonName(c.Source.RawSubject))
}

// ofServer tells whether a certificate is that of a server, though it says that it
// is of a CA: "openssl req -x509" makes such, and so does muxkey, as
// some clients trust no others.
// With keyCertSign it may as well be a CA, so its names have to be those of a host:
// the CAs of kubeadm are for DNS:kubernetes, and that of minica for serverAuth.
func (c Certificate) ofServer() bool {
	names, server := len(c.SANs.DNS)+len(c.SANs.IP) > 0, slices.Contains(c.ExtendedKeyUsage, trust.Server.ExtKeyUsage())
	host := isHost(certgen.CommonName(c.Source.RawSubject))
	switch {
	case !c.SelfSigned: // an issuing CA may be for servers, but has no host for a name
		return server && names
	case c.CA && slices.Contains(c.KeyUsage, "keyCertSign"):
		return server && (names || host) || len(c.SANs.IP) > 0 || slices.ContainsFunc(c.SANs.DNS, isHost)
	}
	return names || server || len(c.KeyUsage) == 0 && host
}

// shown tells whether it is shown to others, and not only trusted.
func (c Certificate) shown(s *Subject) bool {
	return c.Depth == 0 && (s.Server != nil || c.Entry.Kind == pkcs12x.PrivateKey || c.ofServer() || !c.CA && (c.Version == 3 || !c.SelfSigned))
}

// must tells whether clients need the certificate to be valid: not one at the top
// of a chain, which they have of their own or do not need, and not one that is
// only trusted.
func (c Certificate) must(s *Subject) bool {
	return c.shown(s) || c.Depth > 0 && !c.SelfSigned
}

// Servers are those of Shown that are to be taken by the clients of a server. The
// certificate of a CA in a keystore is not one of them.
func (s *Subject) Servers() []Certificate {
	return slices.DeleteFunc(s.Shown(), func(c Certificate) bool {
		root := c.CA && !c.ofServer() && (c.SelfSigned || c.SANs.Empty()) && len(c.ExtendedKeyUsage) == 0
		return s.purpose(c) != trust.Server || root && s.Server == nil
	})
}

// authorities are the certificates that others are checked with: those above others
// in a chain, and those of CAs that are not only trusted.
func (s *Subject) authorities() []Certificate {
	return slices.DeleteFunc(slices.Clone(s.Certificates()), func(c Certificate) bool {
		if s.Expect.Profile == CA {
			return !c.CA && c.Depth == 0 && c.Entry.Kind != pkcs12x.PrivateKey
		}
		return c.Depth == 0 && (!c.CA || !c.must(s))
	})
}

// issues tells whether clients check others with the certificate. The top of a
// chain they have of their own; a server that has signed its own certificate is
// trusted itself.
func (c Certificate) issues(s *Subject) bool {
	return s.Expect.Profile == CA || c.Depth > 0 && !c.SelfSigned
}

// eachOf asks a question of certificates; a fault without a text is none.
func eachOf(list []Certificate, ask func(c Certificate) Fault) []Fault {
	var out []Fault
	for _, c := range list {
		if f := ask(c); f.Text != "" {
			f.Alias, f.Key = c.Entry.Alias, c.Fingerprints.SHA256
			out = append(out, f)
		}
	}
	return out
}
