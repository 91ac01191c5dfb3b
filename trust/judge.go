package trust

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"muxkey/certgen"
	"muxkey/internal/finding"
)

// Rule is something that speaks against an anchor, or that is worth knowing
// before it is trusted.
type Rule struct {
	ID       string
	Severity finding.Severity
	Doc      string // what it means, for any anchor
	// anchor returns the text, or "" when there is nothing to say.
	anchor func(j *judgement, a *judged) string
}

// judged is an anchor, and the hashes by which others are found.
type judged struct {
	*Anchor
	subject, key [32]byte // of the name, and of the SubjectPublicKeyInfo
	names        []name   // in the subject, once it is judged
}

// name is an attribute of a subject.
type name struct {
	telling bool // it is the common name or the organisation
	text    string
}

// judgement is what the rules look at.
type judgement struct {
	now         time.Time
	subjects    map[[32]byte]*pair
	keys        map[[32]byte]*pair
	known       map[[32]byte]Compromised // by the hash of the key
	development []Development
}

// pair is an anchor of a name or key, and the first one after it that differs in
// what a rule asks for. All others need not be kept: a hundred thousand of one name
// would be looked through a hundred thousand times.
type pair struct{ first, other *judged }

// Rules lists what is judged, in the order of the reports. The severities say
// what becomes of a bundle: an error refuses it, a warning only when asked to be
// strict.
func Rules() []Rule {
	return []Rule{
		{"compromised", finding.High, "its private key is public, or it was made to listen in", compromised},
		{"weak-key", finding.High, "its key is so short that others can sign with it, or of a kind that no client takes", func(_ *judgement, a *judged) string {
			return prefixed("it has ", a.WeakKey)
		}},
		{"development", finding.Medium, "it is of a program for developers or testers: its key is where others get at it, or nobody looks after it", development},
		{"name-control", finding.Medium, "a name in it has a NUL or another control character, with which it looks like another one", nameControl},
		{"expired", finding.Medium, "clients refuse it", expired},
		{"not-yet-valid", finding.Medium, "clients refuse it as yet", notYetValid},
		{"leaf", finding.Medium, "a certificate that another one has issued and that is no CA is trusted by some clients and refused by others", leaf},
		{"not-ca", finding.Medium, "a self-signed certificate without CA:TRUE is taken as an anchor by some clients and refused by others", notCA},
		{"no-cert-sign", finding.Medium, "it is a CA whose key usage does not let it sign certificates", noCertSign},
		{"not-root", finding.Info, "it is a CA that another one has issued; OpenSSL needs the partial-chain flag to stop at it", notRoot},
		{"weak-signature", finding.Medium, "it is signed with MD2, MD5 or SHA-1, and not by itself", func(_ *judgement, a *judged) string {
			if a.SelfIssued() { // nobody checks the signature of a trust anchor
				return ""
			}
			return prefixed("it is ", a.WeakSignature)
		}},
		{"unparsable", finding.Medium, "it breaks the rules of its encoding; programs made with Go refuse it", func(_ *judgement, a *judged) string {
			return prefixed("Go refuses it: ", a.Unparsable)
		}},
		{"same-subject", finding.Medium, "another anchor has the same name and another key; some clients try only one of them", sameSubject},
		{"same-key", finding.Info, "another anchor has the same key: they are cross-certificates, or one renews the other", sameKey},
		{"constrained", finding.Info, "it may vouch for some names only; Java and some others do not hold an anchor to that", func(_ *judgement, a *judged) string {
			if len(a.Constrained) == 0 {
				return ""
			}
			return fmt.Sprintf("its name constraints are %v", a.Constrained)
		}},
	}
}

// Judge says what speaks against each anchor as of now, and what is worth knowing
// of it.
func (s *Set) Judge(now time.Time) []finding.Finding { return slices.Concat(s.JudgeEach(now)...) }

// JudgeEach is Judge by the places of the anchors in the set.
func (s *Set) JudgeEach(now time.Time) [][]finding.Finding {
	return s.judge(now, KnownCompromised(), KnownDevelopment())
}

func (s *Set) judge(now time.Time, known []Compromised, development []Development) [][]finding.Finding {
	j := &judgement{
		now: now, development: development,
		subjects: map[[32]byte]*pair{}, keys: map[[32]byte]*pair{}, known: map[[32]byte]Compromised{},
	}
	for _, c := range known {
		if key, ok := ParseFingerprint(c.Key); ok {
			j.known[key] = c
		}
	}
	list := make([]judged, len(s.Anchors))
	for i, anchor := range s.Anchors {
		a := &list[i]
		*a = judged{Anchor: anchor, subject: sha256.Sum256(anchor.Subject), key: sha256.Sum256(anchor.SPKI)}
		enter(j.subjects, a.subject, a, func(first *judged) bool { return first.key != a.key })
		enter(j.keys, a.key, a, func(*judged) bool { return true })
	}
	// The rules only look, so each core takes a part.
	size := len(list)/runtime.GOMAXPROCS(0) + 1
	found := make([][]finding.Finding, len(list))
	var wait sync.WaitGroup
	for at := 0; at < len(list); at += size {
		end := min(at+size, len(list))
		wait.Go(func() { j.apply(list[at:end], found[at:end]) })
	}
	wait.Wait()
	return found
}

func (j *judgement) apply(list []judged, out [][]finding.Finding) {
	var names []name
	rules := Rules()
	for i := range list {
		a := &list[i]
		names = names[:0]
		for id, text := range certgen.NameAttributes(a.Subject) {
			names = append(names, name{id.EqualASN1OID(oidCommonName) || id.EqualASN1OID(oidOrganization), text})
		}
		a.names = names
		for _, r := range rules {
			if text := r.anchor(j, a); text != "" {
				out[i] = append(out[i], finding.Finding{Rule: r.ID, Severity: r.Severity, Where: a.Name(), Text: text})
			}
		}
	}
}

func enter(pairs map[[32]byte]*pair, hash [32]byte, a *judged, differs func(first *judged) bool) {
	switch p := pairs[hash]; {
	case p == nil:
		pairs[hash] = &pair{first: a}
	case p.other == nil && differs(p.first):
		p.other = a
	}
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func compromised(j *judgement, a *judged) string {
	c, ok := j.known[a.key]
	if !ok {
		return ""
	}
	return fmt.Sprintf("it has the key of %s: %s (%s)", c.Name, c.Why, c.Source)
}

// nameControl looks for characters that make a name look like another one, or end
// it early for programs written in C. Unicode has those that turn the direction of
// text around among the others of format.
func nameControl(_ *judgement, a *judged) string {
	odd := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
	say := func(what, text string) string {
		i := strings.IndexFunc(text, odd)
		if i < 0 {
			return ""
		}
		r, _ := utf8.DecodeRuneInString(text[i:])
		return fmt.Sprintf("its %s has the control character U+%04X in it: %q", what, r, text)
	}
	for _, n := range a.names {
		if why := say("subject", n.text); why != "" {
			return why
		}
	}
	if a.SelfIssued() {
		return ""
	}
	for _, text := range certgen.NameAttributes(a.Issuer) {
		if why := say("issuer", text); why != "" {
			return why
		}
	}
	return ""
}

func expired(j *judgement, a *judged) string {
	if !j.now.After(a.NotAfter) {
		return ""
	}
	return "it expired on " + a.NotAfter.UTC().Format(time.DateOnly)
}

func notYetValid(j *judgement, a *judged) string {
	if !j.now.Before(a.NotBefore) {
		return ""
	}
	return "it is not valid before " + a.NotBefore.UTC().Format(time.DateOnly)
}

func leaf(_ *judgement, a *judged) string {
	if a.CA || a.SelfIssued() {
		return ""
	}
	return "it is no CA, and was issued by another one: its issuer would be the better anchor"
}

// notCA leaves out certificates of versions 1 and 2, which cannot say it.
func notCA(_ *judgement, a *judged) string {
	switch {
	case a.CA || !a.SelfIssued():
		return ""
	case a.Version < 3:
		return fmt.Sprintf("it is of version %d and cannot say that it is a CA", a.Version)
	}
	return "it is self-signed and not marked as a CA"
}

func noCertSign(_ *judgement, a *judged) string {
	const certSign = 1 << 5 // x509.KeyUsageCertSign
	if !a.CA || a.KeyUsage == 0 || a.KeyUsage&certSign != 0 {
		return ""
	}
	return "its key usage does not allow it to sign certificates"
}

func notRoot(_ *judgement, a *judged) string {
	if !a.CA || a.SelfIssued() {
		return ""
	}
	return "it is an intermediate CA: OpenSSL, curl and Python accept it as an anchor only with the flag for partial chains, or with its root beside it"
}

func sameSubject(j *judgement, a *judged) string {
	p := j.subjects[a.subject]
	if p.other == nil {
		return ""
	}
	other := p.first
	if other.key == a.key {
		other = p.other
	}
	return "another anchor has the same subject and another key: " + other.Fingerprint()[:16]
}

func sameKey(j *judgement, a *judged) string {
	p := j.keys[a.key]
	if p.other == nil {
		return ""
	}
	other := p.first
	if other == a {
		other = p.other
	}
	return "another anchor has the same key: " + other.Name() + " " + other.Fingerprint()[:16]
}
