package verify

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/chain"
	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

var integrity = Check{
	ID: "integrity", Doc: "Is the file whole, and is the password right?",
	Run: func(s Subject) []Result {
		i := s.Store.Integrity
		switch {
		case s.Store.Verified && i != nil:
			return one(Pass, "the password is right, and the file is whole ("+integrityOf(i)+")")
		case s.Store.Format != "pkcs12":
			return nil
		default:
			return one(Warning, "the file has no integrity check: nobody can tell whether it was changed")
		}
	},
}

func integrityOf(i *pkcs12x.Integrity) string {
	if i.Iterations > 1 {
		return fmt.Sprintf("%s, %d iterations", i.Name, i.Iterations)
	}
	return i.Name
}

var keyFits = Check{
	ID: "key", Doc: "Does the private key open, and does it belong to the certificate?",
	Run: func(s Subject) []Result {
		k := s.Entry.Key
		if k.PKCS8 == nil {
			return one(Fail, fmt.Sprintf("the private key does not open: %v", k.Err))
		}
		if len(s.Entry.Chain) == 0 {
			return one(Fail, "the private key has no certificate; a server cannot use it")
		}
		kind := inspect.Describe(s.Entry.Chain[0], s.Now).PublicKey.Type
		switch match, known := k.Matches(s.Entry.Chain[0]); {
		case match:
			return one(Pass, "the private key ("+kind+") belongs to the certificate")
		case known:
			return one(Fail, "the private key ("+kind+") does not belong to the certificate")
		default:
			return one(Warning, "whether the private key ("+kind+") belongs to the certificate cannot be told: its algorithm is not known here")
		}
	},
}

var chainOrder = Check{
	ID: "order", Doc: "Do the certificates stand in order: leaf, intermediates, root?",
	Run: func(s Subject) []Result {
		i := chain.Misplaced(s.Store.Sequence)
		if i == 0 {
			return nil
		}
		return one(Fail, fmt.Sprintf("certificate %d of the file (%s) is not the issuer of the one before it; servers send them as they stand",
			i+1, Name(s.Store.Sequence[i])))
	},
}

var chainWhole = Check{
	ID: "chain", Doc: "Is the chain whole, and does each certificate come from the next?",
	Run: func(s Subject) []Result {
		list := s.Entry.Chain
		if len(list) == 0 {
			return nil
		}
		for i := 1; i < len(list); i++ {
			if why := cmp.Or(NoCA(list[i-1], list[i]), NotSigned(list[i-1], list[i])); why != "" {
				return one(Fail, why)
			}
		}
		last := list[len(list)-1]
		if last.SelfIssued() {
			return one(Pass, length(list)+", ending in the root "+Name(last))
		}
		if anchored(last, s) {
			return one(Pass, length(list)+", under the trusted root "+certgen.FormatDN(last.RawIssuer))
		}
		return one(Fail, Missing(last))
	},
}

// Missing says that a chain ends with a certificate whose issuer is not there.
func Missing(last *keystore.Certificate) string {
	return fmt.Sprintf("the issuer of %s is missing: %s", Name(last), certgen.FormatDN(last.RawIssuer))
}

func length(chain []*keystore.Certificate) string {
	if len(chain) == 1 {
		return "1 certificate"
	}
	return fmt.Sprintf("%d certificates in order", len(chain))
}

// maySign tells whether a certificate is that of a CA (RFC 5280 sections 4.2.1.3
// and 4.2.1.9). Roots of version 1 are passed over, as clients do.
func maySign(c *keystore.Certificate) bool {
	x := c.X509
	if x == nil || x.Version < 3 {
		return true
	}
	return x.BasicConstraintsValid && x.IsCA && (x.KeyUsage == 0 || x.KeyUsage&x509.KeyUsageCertSign != 0)
}

// NoCA says of one link of a chain that the issuer is no CA; empty when it is.
func NoCA(child, issuer *keystore.Certificate) string {
	if maySign(issuer) {
		return ""
	}
	return fmt.Sprintf("%s has signed %s, but is no CA", Name(issuer), Name(child))
}

// NotSigned says of one link of a chain that the signature is not that of the
// issuer; empty when it is, or when that cannot be told here.
func NotSigned(child, issuer *keystore.Certificate) string {
	err := signedBy(child, issuer)
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s is not signed by %s: %v", Name(child), Name(issuer), err)
}

// signedBy checks one link. Algorithms that Go does not know, or no longer
// takes, are passed over: a verdict on them belongs to other checks.
func signedBy(child, issuer *keystore.Certificate) error {
	if child.X509 == nil || issuer.X509 == nil {
		return nil
	}
	err := issuer.X509.CheckSignature(child.X509.SignatureAlgorithm, child.X509.RawTBSCertificate, child.X509.Signature)
	if _, insecure := errors.AsType[x509.InsecureAlgorithmError](err); insecure || errors.Is(err, x509.ErrUnsupportedAlgorithm) {
		return nil
	}
	return err
}

// anchored tells whether a certificate comes from a root that is not in the
// store but that clients have.
func anchored(c *keystore.Certificate, s Subject) bool {
	for _, a := range s.Trust {
		if bytes.Equal(a.RawSubject, c.RawIssuer) && signedBy(c, a) == nil {
			return true
		}
	}
	if s.Trust != nil || s.SystemRoots == nil || c.X509 == nil {
		return false
	}
	roots, err := s.SystemRoots()
	if err != nil {
		return false
	}
	_, err = c.X509.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: s.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil
}

var hostName = Check{
	ID: "host", Doc: "Is the certificate for the host name?",
	Run: func(s Subject) []Result {
		if s.Host == "" || len(s.Entry.Chain) == 0 {
			return nil
		}
		leaf := s.Entry.Chain[0].X509
		if leaf == nil {
			return one(Fail, fmt.Sprintf("the certificate cannot be read: %v", s.Entry.Chain[0].Err))
		}
		names := append([]string{}, leaf.DNSNames...)
		for _, ip := range leaf.IPAddresses {
			names = append(names, ip.String())
		}
		if len(names) == 0 {
			return one(Fail, "the certificate has no subject alternative name, which clients want; its subject is "+Name(s.Entry.Chain[0]))
		}
		if leaf.VerifyHostname(s.Host) != nil {
			return one(Fail, s.Host+" is not among its names: "+strings.Join(names, ", "))
		}
		return one(Pass, s.Host+" is among its names")
	},
}

var dates = Check{
	ID: "dates", Doc: "Is every certificate of the chain valid today?",
	Run: func(s Subject) []Result {
		if len(s.Entry.Chain) == 0 {
			return nil
		}
		first := s.Entry.Chain[0]
		for _, c := range s.Entry.Chain {
			if s.Now.Before(c.NotBefore) {
				return one(Fail, fmt.Sprintf("%s is not valid before %s", Name(c), c.NotBefore.Format(time.RFC3339)))
			}
			if s.Now.After(c.NotAfter) {
				return one(Fail, fmt.Sprintf("%s expired on %s, %s ago", Name(c), c.NotAfter.Format(time.RFC3339), days(s.Now.Sub(c.NotAfter))))
			}
			if c.NotAfter.Before(first.NotAfter) {
				first = c
			}
		}
		left := first.NotAfter.Sub(s.Now)
		text := fmt.Sprintf("valid until %s, %s left", first.NotAfter.Format(time.RFC3339), days(left))
		if left < 30*24*time.Hour {
			return one(Warning, text)
		}
		return one(Pass, text)
	},
}

func days(d time.Duration) string {
	n := int(d.Round(24*time.Hour) / (24 * time.Hour))
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// The least sizes in bits that browsers and current JDKs take.
const (
	minRSA = 2048
	minEC  = 256
)

var strength = Check{
	ID: "strength", Doc: "Are keys and signatures strong enough for current clients?",
	Run: func(s Subject) []Result {
		if len(s.Entry.Chain) == 0 {
			return nil
		}
		for _, c := range s.Entry.Chain {
			if why := weakness(inspect.Describe(c, s.Now), c.SelfIssued()); why != "" {
				return one(Fail, Name(c)+": "+why)
			}
		}
		facts := inspect.Describe(s.Entry.Chain[0], s.Now)
		text := facts.PublicKey.Type + ", " + facts.SignatureAlgorithm
		if leaf := s.Entry.Chain[0].X509; (leaf == nil || leaf.PublicKey == nil) && !strings.HasPrefix(facts.PublicKey.Algorithm, "RSA") {
			return one(Warning, text+": nothing is known here of its strength")
		}
		return one(Pass, text)
	},
}

func weakness(c inspect.Certificate, selfIssued bool) string {
	k := c.PublicKey
	switch {
	case strings.HasPrefix(k.Algorithm, "RSA") && k.Size > 0 && k.Size < minRSA:
		return fmt.Sprintf("RSA key of %d bits, at least %d are needed", k.Size, minRSA)
	case k.Algorithm == "EC" && k.Size > 0 && k.Size < minEC:
		return fmt.Sprintf("EC key of %d bits, at least %d are needed", k.Size, minEC)
	case k.Algorithm == "DSA":
		return "DSA key, which TLS clients no longer take"
	}
	for _, hash := range []string{"MD2", "MD4", "MD5", "SHA1"} {
		if strings.HasPrefix(c.SignatureAlgorithm, hash) && !selfIssued { // nobody checks the signature of a root
			return "signed with " + c.SignatureAlgorithm + ", which clients refuse"
		}
	}
	return ""
}

var trusted = Check{
	ID: "trust", Doc: "Would a client with the trust bundle accept the server?",
	Run: func(s Subject) []Result {
		if s.Trust == nil || len(s.Entry.Chain) == 0 {
			return nil
		}
		leaf := s.Entry.Chain[0]
		if leaf.X509 == nil {
			return one(Fail, fmt.Sprintf("the certificate cannot be read: %v", leaf.Err))
		}
		roots, issuers := x509.NewCertPool(), x509.NewCertPool()
		for _, a := range s.Trust {
			if a.X509 != nil {
				roots.AddCert(a.X509)
			}
		}
		for _, c := range s.Entry.Chain[1:] {
			if c.X509 != nil {
				issuers.AddCert(c.X509)
			}
		}
		_, err := leaf.X509.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: issuers, CurrentTime: s.Now,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		if err != nil {
			return one(Fail, "a client with this trust bundle would refuse the server: "+err.Error())
		}
		return one(Pass, "a client with this trust bundle accepts the server")
	},
}

var readers = Check{
	ID: "opens-in", Doc: "Can the named programs open the file?",
	Run: func(s Subject) []Result {
		var out []Result
		for _, c := range s.Consumers {
			if s.Store.Format != "pkcs12" {
				out = append(out, Result{Outcome: Warning, Text: "nothing is known of " + c.Title + " and files that are not PKCS#12"})
				continue
			}
			if missing := Unread(c, s.Store); missing != "" {
				out = append(out, Result{Outcome: Fail, Text: "the password is right, but " + c.Title + " cannot read " + missing})
				continue
			}
			out = append(out, Result{Outcome: Pass, Text: c.Title + " reads it"})
		}
		return out
	},
}

// Unread says what of a PKCS#12 file a program is not known to read, for people;
// empty when it reads all of it.
func Unread(c pkcs12x.Consumer, st *keystore.Store) string { return titles(c.Missing(st.Features)) }

func titles(features []pkcs12x.Feature) string {
	var words []string
	for _, f := range features {
		words = append(words, f.Title())
	}
	return strings.Join(words, ", ")
}

// Name is the subject of a certificate, or its serial number where it has none.
func Name(c *keystore.Certificate) string {
	if dn := certgen.FormatDN(c.RawSubject); dn != "" {
		return dn
	}
	return "serial number " + c.Serial.Text(16)
}
