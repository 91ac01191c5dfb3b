package nss

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Trust is what a certificate is trusted for.
type Trust struct {
	// Issuer and Serial name the certificate; both in DER, Serial with its tag.
	Issuer, Serial []byte

	ServerAuth, ClientAuth, EmailProtection, CodeSigning Level

	hash     []byte
	standard bool // an object of PKCS#11, not of NSS
	object   *object
}

// Level is how far a certificate is trusted for one purpose.
type Level int

// The levels.
const (
	// Unset and MustVerify leave it to the issuer.
	Unset Level = iota
	MustVerify
	// Distrusted is never to be trusted, whoever issued it.
	Distrusted
	// ValidCA may issue, but is no trust anchor.
	ValidCA
	// TrustedPeer is trusted itself, TrustedCA as well for what it issued.
	TrustedPeer
	TrustedCA
)

// Trusted tells whether the level makes a trust anchor.
func (l Level) Trusted() bool { return l == TrustedPeer || l == TrustedCA }

// levels are the values in the database: of NSS, in objects of its own class, and
// of PKCS#11 3.2 in those of the standard.
func levels(standard bool) map[uint32]Level {
	if standard {
		return map[uint32]Level{1: TrustedPeer, 2: TrustedCA, 3: Distrusted, 4: MustVerify}
	}
	return map[uint32]Level{0xce534351: TrustedPeer, 0xce534352: TrustedCA, 0xce534353: MustVerify, 0xce53435a: Distrusted, 0xce53435b: ValidCA}
}

// purposes are the attributes for each purpose in the two kinds of object.
var purposes = []struct {
	nss, standard uint32
	level         func(*Trust) *Level
}{
	{0xce536358, 0x62c, func(t *Trust) *Level { return &t.ServerAuth }},
	{0xce536359, 0x62d, func(t *Trust) *Level { return &t.ClientAuth }},
	{0xce53635b, 0x62f, func(t *Trust) *Level { return &t.EmailProtection }},
	{0xce53635a, 0x62e, func(t *Trust) *Level { return &t.CodeSigning }},
}

func trustOf(o *object) *Trust {
	t := &Trust{Issuer: o.attributes[attrIssuer], Serial: o.attributes[attrSerial], object: o, standard: o.class() == classTrust}
	t.hash = o.attributes[t.hashAttribute()]
	known := levels(t.standard)
	for _, p := range purposes {
		*p.level(t) = known[o.number(t.attribute(p.nss, p.standard))]
	}
	return t
}

func (t *Trust) attribute(nss, standard uint32) uint32 {
	if t.standard {
		return standard
	}
	return nss
}

func (t *Trust) hashAttribute() uint32 { return t.attribute(attrCertSHA1, attrCertHash) }

// Flags are the settings in the letters of certutil: three groups for TLS, mail
// and code. C and T mark a trusted CA for servers and for clients, P a trusted
// peer, p a distrusted one, c a CA that is no anchor; u, a private key that
// belongs to it, is added where key is set.
func (t *Trust) Flags(key bool) string {
	tls := t.ServerAuth.letters() + clientLetters(t.ClientAuth)
	groups := []string{tls, t.EmailProtection.letters(), t.CodeSigning.letters()}
	for i, g := range groups {
		var out strings.Builder
		for _, letter := range "cpCTPu" { // the order of certutil
			has := slices.Contains([]rune(g), letter)
			switch letter {
			case 'c':
				has = has && !slices.ContainsFunc([]rune(g), func(r rune) bool { return r == 'C' || r == 'T' })
			case 'p':
				has = has && !slices.Contains([]rune(g), 'P')
			case 'u':
				has = key
			}
			if has {
				out.WriteRune(letter)
			}
		}
		groups[i] = out.String()
	}
	return groups[0] + "," + groups[1] + "," + groups[2]
}

func (l Level) letters() string {
	return map[Level]string{Distrusted: "p", ValidCA: "c", TrustedPeer: "P", TrustedCA: "C"}[l]
}

func clientLetters(l Level) string {
	if l == TrustedCA {
		return "T"
	}
	return l.letters()
}

// CheckTrust checks the signatures over those settings of a certificate that make
// it trusted; without them NSS does not trust it. File.Login comes first. Errors:
// pkcs12x.ErrDamaged when one is wrong or missing, pkcs12x.ErrLocked,
// *pkcs12x.LimitError.
func (f *File) CheckTrust(ctx context.Context, t *Trust) error {
	signed := []uint32{}
	for _, p := range purposes {
		if p.level(t).Trusted() {
			signed = append(signed, t.attribute(p.nss, p.standard))
		}
	}
	if len(signed) > 0 && len(t.hash) > 0 {
		signed = append(signed, t.hashAttribute())
	}
	for _, attribute := range signed {
		if err := f.verify(ctx, "cert", t.object.handle, t.object.handle, attribute, t.object.attributes[attribute]); err != nil {
			return fmt.Errorf("the signature over what it is trusted for: %w", err)
		}
	}
	return nil
}
