package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"muxkey/internal/finding"
)

// Rule is something that speaks against an anchor, or that is worth knowing
// before it is trusted.
type Rule struct {
	ID       string
	Severity finding.Severity
	Doc      string // what it means, for any anchor
	// anchor returns the text, or "" when there is nothing to say.
	anchor func(j *judgement, a *Anchor) string
}

// judgement is what the rules look at.
type judgement struct {
	now      time.Time
	subjects map[[32]byte][]*Anchor // by the hash of the name
	keys     map[[32]byte][]*Anchor // by the hash of the SubjectPublicKeyInfo
	known    map[string]Compromised // by either hash, in hex
}

// Rules lists what is judged, in the order of the reports. The severities say
// what becomes of a bundle: an error refuses it, a warning only when asked to be
// strict.
func Rules() []Rule {
	return []Rule{
		{"compromised", finding.Error, "its private key is public, or it was made to listen in", compromised},
		{"weak-key", finding.Error, "its key is so short that others can sign with it, or of a kind that no client takes", func(_ *judgement, a *Anchor) string {
			return prefixed("it has ", a.WeakKey)
		}},
		{"expired", finding.Warning, "clients refuse it", expired},
		{"not-yet-valid", finding.Warning, "clients refuse it as yet", notYetValid},
		{"leaf", finding.Warning, "a certificate that another one has issued and that is no CA is trusted by some clients and refused by others", leaf},
		{"not-ca", finding.Warning, "a self-signed certificate without CA:TRUE is taken as an anchor by some clients and refused by others", notCA},
		{"no-cert-sign", finding.Warning, "it is a CA whose key usage does not let it sign certificates", noCertSign},
		{"not-root", finding.Info, "it is a CA that another one has issued; OpenSSL needs the partial-chain flag to stop at it", notRoot},
		{"weak-signature", finding.Warning, "it is signed with MD2, MD5 or SHA-1, and not by itself", func(_ *judgement, a *Anchor) string {
			if a.SelfIssued() { // nobody checks the signature of a trust anchor
				return ""
			}
			return prefixed("it is ", a.WeakSignature)
		}},
		{"unparsable", finding.Warning, "it breaks the rules of its encoding; programs made with Go refuse it", func(_ *judgement, a *Anchor) string {
			return prefixed("Go refuses it: ", a.Unparsable)
		}},
		{"same-subject", finding.Warning, "another anchor has the same name and another key; some clients try only one of them", sameSubject},
		{"same-key", finding.Info, "another anchor has the same key: they are cross-certificates, or one renews the other", sameKey},
		{"constrained", finding.Info, "it may vouch for some names only; Java and some others do not hold an anchor to that", func(_ *judgement, a *Anchor) string {
			if len(a.Constrained) == 0 {
				return ""
			}
			return fmt.Sprintf("its name constraints are %v", a.Constrained)
		}},
	}
}

// Judge says what speaks against each anchor as of now, and what is worth knowing
// of it.
func (s *Set) Judge(now time.Time) []finding.Finding {
	j := &judgement{now: now, subjects: map[[32]byte][]*Anchor{}, keys: map[[32]byte][]*Anchor{}, known: map[string]Compromised{}}
	for _, c := range KnownCompromised() {
		j.known[c.Certificate], j.known[c.Key] = c, c
	}
	delete(j.known, "")
	for _, a := range s.Anchors {
		subject, key := sha256.Sum256(a.Subject), sha256.Sum256(a.SPKI)
		j.subjects[subject] = append(j.subjects[subject], a)
		j.keys[key] = append(j.keys[key], a)
	}
	var out []finding.Finding
	rules := Rules()
	for _, a := range s.Anchors {
		for _, r := range rules {
			if text := r.anchor(j, a); text != "" {
				out = append(out, finding.Finding{Rule: r.ID, Severity: r.Severity, Where: a.Name(), Text: text})
			}
		}
	}
	return out
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func compromised(j *judgement, a *Anchor) string {
	key := sha256.Sum256(a.SPKI)
	for _, hash := range []string{a.Fingerprint(), hex.EncodeToString(key[:])} {
		if c, ok := j.known[hash]; ok {
			return "it is " + c.Name + ": " + c.Why
		}
	}
	return ""
}

func expired(j *judgement, a *Anchor) string {
	if !j.now.After(a.NotAfter) {
		return ""
	}
	return "it expired on " + a.NotAfter.UTC().Format(time.DateOnly)
}

func notYetValid(j *judgement, a *Anchor) string {
	if !j.now.Before(a.NotBefore) {
		return ""
	}
	return "it is not valid before " + a.NotBefore.UTC().Format(time.DateOnly)
}

func leaf(_ *judgement, a *Anchor) string {
	if a.CA || a.SelfIssued() {
		return ""
	}
	return "it is no CA, and was issued by another one: its issuer would be the better anchor"
}

// notCA leaves out certificates of versions 1 and 2, which cannot say it.
func notCA(_ *judgement, a *Anchor) string {
	switch {
	case a.CA || !a.SelfIssued():
		return ""
	case a.Version < 3:
		return fmt.Sprintf("it is of version %d and cannot say that it is a CA", a.Version)
	}
	return "it is self-signed and not marked as a CA"
}

func noCertSign(_ *judgement, a *Anchor) string {
	const certSign = 1 << 5 // x509.KeyUsageCertSign
	if !a.CA || a.KeyUsage == 0 || a.KeyUsage&certSign != 0 {
		return ""
	}
	return "its key usage does not allow it to sign certificates"
}

func notRoot(_ *judgement, a *Anchor) string {
	if !a.CA || a.SelfIssued() {
		return ""
	}
	return "it is an intermediate CA: OpenSSL, curl and Python accept it as an anchor only with the flag for partial chains, or with its root beside it"
}

func sameSubject(j *judgement, a *Anchor) string {
	for _, other := range j.subjects[sha256.Sum256(a.Subject)] {
		if string(other.SPKI) != string(a.SPKI) {
			return "another anchor has the same subject and another key: " + other.Fingerprint()[:16]
		}
	}
	return ""
}

func sameKey(j *judgement, a *Anchor) string {
	for _, other := range j.keys[sha256.Sum256(a.SPKI)] {
		if other != a {
			return "another anchor has the same key: " + other.Name() + " " + other.Fingerprint()[:16]
		}
	}
	return ""
}
