package rules

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/check/weakkey"
	"muxkey/trust"
)

// keyRules are those about keys: those of certificates, and those that have none.
func keyRules() []Rule {
	const (
		baseline = "https://cabforum.org/working-groups/server/baseline-requirements/requirements/"
		rekey    = "Make a new key and certificate with `muxkey renew STORE --rekey`, and have the old certificate revoked."
		broken   = "Whoever has the certificate can compute its private key, speak for the server, and read what was encrypted to it."
	)
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-001", Title: "a key is of a type that the policy does not allow", Severity: finding.Medium, CWE: 327,
				Why: "Not everything that must read it does, or it is not what was agreed on.",
				Fix: "Make a key of another type: `muxkey renew STORE --rekey --key ec-p256`.",
			},
			Settings: []string{"key-types"},
			Subject:  keyType,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-002", Title: "a key is too short", Severity: finding.High, CWE: 326,
				Why:        "Current clients refuse RSA keys below 2048 bits, and all DSA keys. What is below 1024 bits is computed in days.",
				Fix:        "Make a longer one: `muxkey renew STORE --rekey --key rsa-3072`, or an EC key, which is faster as well: `--key ec-p256`.",
				References: []string{"https://csrc.nist.gov/pubs/sp/800/131/a/r2/final", baseline},
			},
			Settings: []string{"min-rsa", "min-ec"},
			Subject:  keySize,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-003", Title: "the public exponent of an RSA key is weak", Severity: finding.Medium, CWE: 326,
				Why:        "With an exponent of 1 nothing is encrypted at all, and everybody can sign; with 3 and other small ones each mistake in the padding gives messages and signatures away. Go and Windows refuse what is longer than 32 bits.",
				Fix:        rekey,
				References: []string{"https://csrc.nist.gov/pubs/sp/800/56/b/r2/final", baseline},
			},
			Subject: exponent,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-004", Title: "the modulus of an RSA key has a small factor", Severity: finding.Critical, CWE: 326,
				Why:        broken + " It was made by a broken program, or was damaged.",
				Fix:        rekey,
				References: []string{baseline, "https://csrc.nist.gov/pubs/sp/800/89/final"},
			},
			Subject: weakModulus(func(n *big.Int) string {
				if p := weakkey.SmallFactor(n); p > 0 {
					return fmt.Sprintf("it is divisible by %d", p)
				}
				return ""
			}),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-005", Title: "an RSA key was made by a chip whose keys can be computed (ROCA)", Severity: finding.Critical, CWE: 338,
				Why:        broken + " Cards and TPMs with Infineon's library of 2012 to 2017 choose primes of a form that gives them away.",
				Fix:        "Update the firmware of the card or TPM, or make the key outside of it. " + rekey,
				References: []string{"https://nvd.nist.gov/vuln/detail/CVE-2017-15361", "https://crocs.fi.muni.cz/public/papers/rsa_ccs17"},
			},
			Subject: weakModulus(func(n *big.Int) string {
				if weakkey.ROCA(n) {
					return "it has the form of those that Infineon's library made"
				}
				return ""
			}),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-006", Title: "the primes of an RSA key are so close that they are found", Severity: finding.Critical, CWE: 338,
				Why:        broken + " Printers and other devices have made such keys.",
				Fix:        "Update the program or the device that made it. " + rekey,
				References: []string{"https://nvd.nist.gov/vuln/detail/CVE-2022-26320", "https://fermatattack.secvuln.info/"},
			},
			Subject: weakModulus(func(n *big.Int) string {
				if n.Bit(0) == 1 && weakkey.CloseFactors(n) {
					return "Fermat's method finds its factors within a hundred steps"
				}
				return ""
			}),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-007", Title: "a key is one that others have", Severity: finding.Critical, CWE: 321,
				Why: "Its private half is published, stands in every copy of a product, or is in the hands of those who listen in: each of them can speak for the server.",
				Fix: rekey,
			},
			Subject: publicKeys,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-KEY-008", Title: "a public certificate has a key that browsers do not take", Severity: finding.High, CWE: 327,
				Why:        "Public CAs certify RSA keys of whole octets and EC keys on P-256, P-384 and P-521 alone, and browsers know no others.",
				Fix:        "Make one of those: `muxkey renew STORE --rekey --key ec-p256`.",
				References: []string{baseline},
			},
			Profiles: []Profile{PublicTLS},
			Subject:  keyOfBrowsers,
		},
	}
}

// heldKey is a key of a subject, wherever it stands.
type heldKey struct {
	alias, which string
	facts        *inspect.PublicKey
	spki         []byte   // SubjectPublicKeyInfo; nil where it is not known
	used         bool     // not only trusted
	n, e         *big.Int // of an RSA key; else nil
}

// keys are those of the certificates, and of what has none.
func (s *Subject) keys() []heldKey {
	if s.keysHeld == nil {
		list := s.listKeys()
		for i := range list {
			list[i].n, list[i].e, _ = weakkey.ParseRSA(list[i].spki)
		}
		s.keysHeld = &list
	}
	return *s.keysHeld
}

func (s *Subject) listKeys() []heldKey {
	var out []heldKey
	for _, c := range s.Certificates() {
		out = append(out, heldKey{alias: c.Entry.Alias, which: c.which() + " has", facts: &c.PublicKey, spki: c.Source.RawSPKI, used: c.must(s) || c.Depth > 0})
	}
	for _, e := range s.Entries() {
		switch {
		case e.CSR != nil:
			k := heldKey{alias: e.Alias, which: "the CSR has", facts: &e.CSR.PublicKey, used: true}
			if r, err := x509.ParseCertificateRequest(e.Source.Value); err == nil {
				k.spki = r.RawSubjectPublicKeyInfo
			}
			out = append(out, k)
		case e.PublicKey != nil:
			out = append(out, heldKey{alias: e.Alias, which: "there is", facts: e.PublicKey, spki: e.Source.Value, used: true})
		case e.Kind == pkcs12x.PrivateKey && e.Key != nil && (len(e.Chain) == 0 || e.Key.SHA256 != e.Chain[0].PublicKey.SHA256):
			out = append(out, heldKey{alias: e.Alias, which: "there is", facts: &e.Key.PublicKey, spki: publicHalf(e.Source), used: true})
		}
	}
	return out
}

// publicHalf is that of a private key; nil where the key is locked or of a kind
// that is not known here.
func publicHalf(e *keystore.Entry) []byte {
	if e.Key == nil || e.Key.Public() == nil {
		return nil
	}
	spki, err := x509.MarshalPKIXPublicKey(e.Key.Public())
	if err != nil {
		return nil
	}
	return spki
}

// eachKey asks a question of keys; a fault without a text is none.
func (s *Subject) eachKey(ask func(k heldKey) Fault) []Fault {
	var out []Fault
	for _, k := range s.keys() {
		if f := ask(k); f.Text != "" {
			f.Alias, f.Key, f.Text = k.alias, k.facts.SHA256, k.which+" "+f.Text
			out = append(out, f)
		}
	}
	return out
}

// Means tells whether a key is meant by a word of key-types: its family or its
// curve.
func Means(word string, k *inspect.PublicKey) bool {
	return strings.EqualFold(word, k.Algorithm) || k.Curve != "" && strings.EqualFold(word, k.Curve)
}

func keyType(_ context.Context, s *Subject) []Fault {
	if len(s.Expect.KeyTypes) == 0 {
		return nil
	}
	return s.eachKey(func(k heldKey) Fault {
		if k.facts.Algorithm == "" || slices.ContainsFunc(s.Expect.KeyTypes, func(w string) bool { return Means(w, k.facts) }) {
			return Fault{}
		}
		return Fault{Text: fmt.Sprintf("a key of type %s; key-types has %s", k.facts.Type, strings.Join(s.Expect.KeyTypes, ", "))}
	})
}

// The bounds of NIST SP 800-131A, below which a key is weak whatever a policy says.
const (
	leastRSA = 2048
	leastEC  = 224
)

func keySize(_ context.Context, s *Subject) []Fault {
	return s.eachKey(func(k heldKey) Fault {
		of := func(least, want int, setting string) Fault {
			f := Fault{Text: fmt.Sprintf("a key of type %s; %s is %d", k.facts.Type, setting, want)}
			switch {
			case k.facts.Size == 0 || k.facts.Size >= max(want, least):
				return Fault{}
			case k.facts.Size >= least:
				f.Severity = finding.Medium
			case k.facts.Size < want && k.facts.Size < least/2:
				f.Severity = finding.Critical
			}
			if k.facts.Size >= want {
				f.Text = fmt.Sprintf("a key of type %s; at least %d bits are needed", k.facts.Type, least)
			}
			return f
		}
		switch {
		case k.facts.Algorithm == "DSA":
			return Fault{Text: fmt.Sprintf("a key of type %s, which no TLS client takes any more", k.facts.Type)}
		case strings.HasPrefix(k.facts.Algorithm, "RSA"):
			return of(leastRSA, s.Expect.MinRSA, "min-rsa")
		case k.facts.Algorithm == "EC":
			return of(leastEC, s.Expect.MinEC, "min-ec")
		}
		return Fault{}
	})
}

func exponent(_ context.Context, s *Subject) []Fault {
	usual := big.NewInt(65537)
	return s.eachKey(func(k heldKey) Fault {
		e := k.e
		switch {
		case e == nil:
			return Fault{}
		case e.Sign() <= 0, e.Bit(0) == 0, e.Cmp(big.NewInt(1)) == 0:
			return Fault{Text: fmt.Sprintf("an RSA key with the public exponent %v, with which it protects nothing", e), Severity: finding.Critical}
		case e.Cmp(usual) < 0:
			f := Fault{Text: fmt.Sprintf("an RSA key with the public exponent %v; 65537 is usual", e)}
			if !k.used { // roots of old, whose mistakes in padding are long mended
				f.Severity = finding.Info
			}
			return f
		case e.BitLen() > 31:
			return Fault{Text: fmt.Sprintf("an RSA key with a public exponent of %d bits; programs made with Go take 31", e.BitLen())}
		}
		return Fault{}
	})
}

// weakModulus asks a question of each modulus.
func weakModulus(why func(n *big.Int) string) func(context.Context, *Subject) []Fault {
	return func(_ context.Context, s *Subject) []Fault {
		return s.eachKey(func(k heldKey) Fault {
			if k.n == nil || k.n.Cmp(big.NewInt(1)) <= 0 {
				return Fault{}
			}
			text := why(k.n)
			if text == "" {
				return Fault{}
			}
			return Fault{Text: fmt.Sprintf("a key of type %s that can be computed: %s", k.facts.Type, text)}
		})
	}
}

// compromised are the keys that others have, by their hashes.
var compromised = sync.OnceValue(func() map[string]trust.Compromised {
	out := map[string]trust.Compromised{}
	for _, c := range trust.KnownCompromised() {
		out[c.Key] = c
	}
	return out
})

func publicKeys(_ context.Context, s *Subject) []Fault {
	return s.eachKey(func(k heldKey) Fault {
		c, ok := compromised()[k.facts.SHA256]
		if !ok || !k.used { // MUX-BUNDLE-001 has those that are trusted
			return Fault{}
		}
		return Fault{Text: fmt.Sprintf("the key of %s: %s (%s)", c.Name, c.Why, c.Source)}
	})
}

func keyOfBrowsers(_ context.Context, s *Subject) []Fault {
	return s.eachKey(func(k heldKey) Fault {
		switch {
		case k.facts.Algorithm == "RSA" && k.facts.Size%8 == 0, slices.Contains([]string{"P-256", "P-384", "P-521"}, k.facts.Curve), k.facts.Algorithm == "":
			return Fault{}
		}
		return Fault{Text: fmt.Sprintf("a key of type %s, which public CAs do not certify", k.facts.Type)}
	})
}
