package store

import (
	"strconv"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// tie gives the keys their certificates and those their issuers.
func (v *view) tie() error {
	if len(v.keys) == 0 || len(v.certs) == 0 {
		return nil
	}
	leaves := newLeaves(v.certs)
	issuers := newIssuers(v.certs)
	left := maxLinks
	for _, k := range v.keys {
		if leaf := leaves.of(k); leaf != nil {
			k.chain = issuers.chain(leaf)
			if left -= len(k.chain); left < 0 {
				return exception.New(exception.IO, "more than "+strconv.Itoa(maxLinks)+" certificates in the chains of all keys")
			}
		}
	}
	return nil
}

// Java has no bound for these; a file of many keys that share one long chain would
// fill the memory.
const (
	maxLinks = 200_000
	maxChain = 1_000
)

// leaves finds the certificates of keys.
type leaves struct {
	byBoth, byID, byName map[string]*certificate
}

func newLeaves(certs []*certificate) *leaves {
	l := &leaves{map[string]*certificate{}, map[string]*certificate{}, map[string]*certificate{}}
	for _, c := range certs {
		if c.trusted {
			continue
		}
		if c.id != nil {
			l.byID[string(c.id)] = c
		}
		if !c.named {
			continue
		}
		name := anyCase(c.name)
		l.byName[name] = c
		if both := string(c.id) + "\x00" + name; c.id != nil && l.byBoth[both] == nil {
			l.byBoth[both] = c
		}
	}
	return l
}

// of is that with the key's localKeyID and name, else the last with its localKeyID,
// else the last with its name.
func (l *leaves) of(k *record) *certificate {
	name := anyCase(k.name)
	if c := l.byBoth[string(k.id)+"\x00"+name]; c != nil {
		return c
	}
	if c := l.byID[string(k.id)]; c != nil {
		return c
	}
	return l.byName[name]
}

// anyCase is the same for names that String.equalsIgnoreCase calls equal.
func anyCase(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// issuers finds the issuers of certificates by their subjects.
type issuers struct {
	bySubject map[string]*sameSubject
	canonical map[string]string // of encoded names
}

// sameSubject are the certificates of one subject.
type sameSubject struct {
	first   *certificate
	byKeyID map[string]*certificate // the first of each
	without *certificate            // the last that has no key identifier
}

func newIssuers(certs []*certificate) *issuers {
	l := &issuers{map[string]*sameSubject{}, map[string]string{}}
	for _, c := range certs {
		subject := l.key(c.RawSubject)
		s := l.bySubject[subject]
		if s == nil {
			s = &sameSubject{first: c, byKeyID: map[string]*certificate{}}
			l.bySubject[subject] = s
		}
		if id := string(c.SubjectKeyID); c.SubjectKeyID == nil {
			s.without = c
		} else if s.byKeyID[id] == nil {
			s.byKeyID[id] = c
		}
	}
	return l
}

// key is the same for names that Java calls equal.
func (l *issuers) key(name []byte) string {
	if key, ok := l.canonical[string(name)]; ok {
		return key
	}
	key, ok := dname.Canonical(name)
	if !ok {
		key = string(name)
	}
	l.canonical[string(name)] = key
	return key
}

// of is the issuer whose key identifier is the one wanted, else one that has none;
// where none is wanted, the first.
func (l *issuers) of(child *certificate) *certificate {
	s := l.bySubject[l.key(child.RawIssuer)]
	switch {
	case s == nil:
		return nil
	case child.AuthorityKeyID == nil:
		return s.first
	case s.byKeyID[string(child.AuthorityKeyID)] != nil:
		return s.byKeyID[string(child.AuthorityKeyID)]
	}
	return s.without
}

// chain follows the issuers up to a certificate that has signed itself, or as far
// as they are there.
func (l *issuers) chain(leaf *certificate) (out []*pkcs12x.Certificate) {
	seen := map[string]bool{}
	for c := leaf; len(out) < maxChain; {
		seen[string(c.Raw)] = true
		out = append(out, c.Certificate)
		next := l.of(c)
		if next == nil || seen[string(next.Raw)] || l.selfSigned(c) { // signatures take longest
			break
		}
		c = next
	}
	return out
}

// maxChecked bounds the public keys whose signatures are checked, in octets: one of
// RSA with a million bits takes seconds. Those of ML-DSA-87 have 2614.
const maxChecked = 2700

// selfSigned tells whether a certificate is its own issuer.
func (l *issuers) selfSigned(c *certificate) bool {
	if l.key(c.RawIssuer) != l.key(c.RawSubject) {
		return false
	}
	if c.self == nil {
		is := len(c.RawSPKI) > maxChecked || signedItself(c.Certificate)
		c.self = &is
	}
	return *c.self
}

// signedItself checks a signature. One of an algorithm that the JDK lacks, too, is no
// good.
func signedItself(c *pkcs12x.Certificate) bool {
	key, err := jca.ParsePublicKey(c.RawSPKI)
	return err == nil && jca.Verify(c.Raw, key) == nil
}
