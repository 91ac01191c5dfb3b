package inspect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"muxkey/chain"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// Remark is one thing worth knowing about a store.
type Remark struct {
	// Code is the name of the rule, which never changes: "expired", "no-san".
	Code     string           `json:"code"`
	Severity finding.Severity `json:"severity"`
	// Alias of the entry it is about; missing when it is about the file.
	Alias string `json:"alias,omitempty"`
	Text  string `json:"text"` // for people; may change its wording
}

// rule is one kind of remark. One of the three functions is set; it returns the
// text, or "" when there is nothing to remark.
type rule struct {
	code        string
	severity    finding.Severity
	doc         string // what the remark means, for any store
	store       func(v *view) string
	entry       func(v *view, e *entryView) string
	certificate func(v *view, c *certificateView) string
}

// view is what rules look at.
type view struct {
	*Target
	store *keystore.Store
	now   time.Time
}

type entryView struct {
	*Entry
	source *keystore.Entry
}

type certificateView struct {
	*Certificate
	entry *entryView
	depth int // place in the chain, 0 for the leaf
}

// leaf tells that the certificate is shown by somebody, not one that others are
// checked with. Roots of version 1 cannot say that they are a CA.
func (c *certificateView) leaf() bool {
	if c.depth > 0 {
		return false
	}
	return c.entry.Kind == pkcs12x.PrivateKey || !c.CA && (c.Version == 3 || !c.SelfSigned)
}

// soon is when an expiry is worth a remark, in days.
const soon = 30

// rules lists what is remarked, in the order of the report.
func rules() []rule {
	return []rule{
		{code: "expired", severity: finding.High, doc: "the certificate that is shown to others has expired", certificate: ofLeaf(true, expired)},
		{code: "expired", severity: finding.Medium, doc: "another certificate has expired", certificate: ofLeaf(false, expired)},
		{code: "not-yet-valid", severity: finding.High, doc: "the certificate that is shown to others is not valid yet", certificate: ofLeaf(true, notYetValid)},
		{code: "not-yet-valid", severity: finding.Medium, doc: "another certificate is not valid yet", certificate: ofLeaf(false, notYetValid)},
		{code: "expires-soon", severity: finding.Medium, doc: fmt.Sprintf("a certificate expires within %d days", soon), certificate: expiresSoon},
		{code: "key-mismatch", severity: finding.High, doc: "the private key does not belong to the certificate", entry: keyMismatch},
		{code: "key-without-certificate", severity: finding.Medium, doc: "the private key has no certificate", entry: keyWithoutCertificate},
		{code: "key-password-differs", severity: finding.Medium, doc: "the key has another password than the store", entry: keyPasswordDiffers},
		{code: "key-unsupported", severity: finding.Medium, doc: "the key cannot be decrypted, whatever the password", entry: keyUnsupported},
		{code: "key-opaque", severity: finding.Info, doc: "keys of this algorithm can be shown and copied, but not used", entry: keyOpaque},
		{code: "weak-key", severity: finding.High, doc: "the key of a certificate is too short, or DSA", certificate: weakCertificateKey},
		{code: "weak-key", severity: finding.High, doc: "a key that has no certificate is too short, or DSA", entry: weakEntryKey},
		{code: "weak-signature", severity: finding.High, doc: "a certificate is signed with MD2, MD4, MD5 or SHA-1", certificate: weakSignature},
		{code: "self-signed-leaf", severity: finding.Info, doc: "the certificate is self-signed: each client must be told to trust it", certificate: selfSignedLeaf},
		{code: "no-san", severity: finding.High, doc: "the certificate is for servers and has no subject alternative name", certificate: noSAN},
		{code: "x509-v1", severity: finding.Medium, doc: "a certificate is of version 1 or 2 and cannot say what it is for", certificate: oldVersion},
		{code: "chain-incomplete", severity: finding.Medium, doc: "the issuer of the certificate, which says where that can be had, is not in the file", entry: chainIncomplete(true)},
		{code: "chain-incomplete", severity: finding.Info, doc: "the issuer of the certificate is not in the file", entry: chainIncomplete(false)},
		{code: "chain-order", severity: finding.Medium, doc: "the certificates of a PEM file stand in an order that servers should not send", store: chainOrder},
		{code: "certificate-unparsable", severity: finding.Medium, doc: "a certificate breaks the rules of its encoding; some programs refuse it", certificate: unparsable},
		{code: "csr-signature", severity: finding.High, doc: "the signature of the CSR is wrong", entry: badCSRSignature},
		{code: "crl-outdated", severity: finding.Medium, doc: "the CRL should have been replaced", entry: outdatedCRL},
		{code: "alias-empty", severity: finding.Medium, doc: "the alias is empty", entry: aliasEmpty},
		{code: "alias-quotes", severity: finding.Medium, doc: "the alias has quotes, or dashes that no keyboard has", entry: aliasQuotes},
		{code: "alias-blanks", severity: finding.Medium, doc: "the alias has blanks at its ends, or characters that cannot be seen", entry: aliasBlanks},
		{code: "alias-control", severity: finding.Medium, doc: "the alias has control characters", entry: aliasControl},
		{code: "alias-case", severity: finding.Info, doc: "Java lists the alias in another spelling", entry: aliasCase},
		{code: "alias-duplicate", severity: finding.Medium, doc: "another entry has the same name; Java shows only the last of them", entry: aliasDuplicate},
		{code: "distrusted", severity: finding.Medium, doc: "NSS is told never to trust the certificate, whoever issued it", entry: distrusted},
		{code: "not-trusted-by-java", severity: finding.Medium, doc: "certificates lack the attribute without which Java shows no entry for them", store: notTrustedByJava},
		{code: "key-hidden-from-java", severity: finding.Medium, doc: "Java shows no entry for the key", entry: keyHiddenFromJava},
		{code: "several-keys", severity: finding.Info, doc: "there is more than one private key", store: severalKeys},
		{code: "no-entries", severity: finding.Medium, doc: "the store is empty", store: noEntries},
		{code: "published-password", severity: finding.Medium, doc: "a private or secret key stands under a password that is in public documentation", store: publishedPassword(true)},
		{code: "published-password", severity: finding.Info, doc: "the password of a store without keys is in public documentation", store: publishedPassword(false)},
		{code: "wrong-password", severity: finding.Medium, doc: "the password given for all files is not that of this one", store: wrongPassword},
		{code: "locked", severity: finding.Info, doc: "a part of the file was not decrypted", store: lockedParts},
		{code: "no-mac", severity: finding.Medium, doc: "the file has no MAC: a change may go unseen", store: noMAC},
		{code: "mac-unsupported", severity: finding.Medium, doc: "the MAC cannot be checked", store: macUnsupported},
		{code: "keys-in-the-open", severity: finding.Medium, doc: "a private key is not encrypted", store: keysInTheOpen},
		{code: "weak-encryption", severity: finding.Medium, doc: "a key is encrypted so that it can be had without the password", store: weakEncryption(true)},
		{code: "weak-encryption", severity: finding.Info, doc: "certificates are encrypted so that they can be read without the password", store: weakEncryption(false)},
		{code: "few-iterations", severity: finding.Medium, doc: fmt.Sprintf("the key derivation takes fewer than %d iterations", fewest), store: fewIterations},
		{code: "signed-store", severity: finding.Info, doc: "a signature stands in place of the MAC; it is not checked", store: signedStore},
		{code: "trailing-bytes", severity: finding.Info, doc: "bytes stand behind the end of the content", store: trailingBytes},
		{code: "skipped", severity: finding.Info, doc: "parts of the file are no entries and were passed over", store: skippedParts},
	}
}

// RemarkKind is what can be remarked: a code, its severity, and what it means.
// A code that weighs differently by the certificate stands once for each.
type RemarkKind struct {
	Code     string
	Severity finding.Severity
	Doc      string
}

// RemarkKinds lists all remarks that there can be, in the order of the rules.
func RemarkKinds() []RemarkKind {
	var out []RemarkKind
	for _, r := range rules() {
		out = append(out, RemarkKind{r.code, r.severity, r.doc})
	}
	return out
}

// remarks runs all rules, the gravest first.
func remarks(s *keystore.Store, t *Target, now time.Time) []Remark {
	v := &view{Target: t, store: s, now: now}
	out := []Remark{}
	for _, r := range rules() {
		add := func(alias, text string) {
			if text != "" {
				out = append(out, Remark{r.code, r.severity, alias, text})
			}
		}
		if r.store != nil {
			add("", r.store(v))
			continue
		}
		for i := range t.Entries {
			e := &entryView{&t.Entries[i], s.Entries[i]}
			if r.entry != nil {
				add(e.Alias, r.entry(v, e))
				continue
			}
			for depth := range e.Chain {
				add(e.Alias, r.certificate(v, &certificateView{&e.Chain[depth], e, depth}))
			}
		}
	}
	grades := []finding.Severity{finding.High, finding.Medium, finding.Info}
	slices.SortStableFunc(out, func(a, b Remark) int {
		return slices.Index(grades, a.Severity) - slices.Index(grades, b.Severity)
	})
	return out
}

// which names a certificate of a chain in a text.
func (c *certificateView) which() string {
	if c.depth == 0 {
		return "the certificate"
	}
	return fmt.Sprintf("certificate %d of the chain (%s)", c.depth+1, c.Subject)
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// ofLeaf limits a rule to leaves, or to all others.
func ofLeaf(leaf bool, f func(*view, *certificateView) string) func(*view, *certificateView) string {
	return func(v *view, c *certificateView) string {
		if c.leaf() != leaf {
			return ""
		}
		return f(v, c)
	}
}

func expired(_ *view, c *certificateView) string {
	if !c.Expired {
		return ""
	}
	return fmt.Sprintf("%s expired on %s", c.which(), c.NotAfter.Format(time.DateOnly))
}

func notYetValid(_ *view, c *certificateView) string {
	if !c.NotYetValid {
		return ""
	}
	return fmt.Sprintf("%s is not valid before %s", c.which(), c.NotBefore.Format(time.RFC3339))
}

func expiresSoon(_ *view, c *certificateView) string {
	if c.Expired || c.NotAfter.IsZero() || c.DaysLeft > soon {
		return ""
	}
	return fmt.Sprintf("%s expires in %s, on %s", c.which(), days(c.DaysLeft), c.NotAfter.Format(time.DateOnly))
}

// keyMismatch also finds the only key of a PEM file beside the certificate of
// another one: nothing else there says that they were meant for each other.
func keyMismatch(v *view, e *entryView) string {
	if v.Format == "pem" && e.Kind == pkcs12x.PrivateKey && len(e.Chain) == 0 && e.Key != nil && !e.Key.Locked && v.keys() == 1 &&
		slices.ContainsFunc(v.store.Sequence, func(c *keystore.Certificate) bool { return !isCA(c) }) {
		return "the private key belongs to no certificate of the file"
	}
	if e.Key == nil || e.Key.MatchesCertificate == nil || *e.Key.MatchesCertificate {
		return ""
	}
	return "the private key does not belong to the certificate"
}

// keyWithoutCertificate is silent when the certificate may be in a part of the
// file that is locked.
func keyWithoutCertificate(v *view, e *entryView) string {
	if len(v.Locked) > 0 || e.Key == nil || len(e.Chain) > 0 || keyMismatch(v, e) != "" || len(e.source.Key.Attributes) == 0 && e.JavaAlias == "" {
		return ""
	}
	return "the private key has no certificate"
}

func keyPasswordDiffers(v *view, e *entryView) string {
	if e.source.Key == nil || !errors.Is(e.source.Key.Err, keystore.ErrPassword) {
		return ""
	}
	return "the key has another password than the store"
}

func keyUnsupported(_ *view, e *entryView) string {
	if e.source.Key == nil || e.source.Key.PKCS8 != nil || !errors.Is(e.source.Key.Err, pkcs12x.ErrUnsupported) {
		return ""
	}
	return "the key cannot be decrypted, whatever the password: " + e.source.Key.Err.Error()
}

func keyOpaque(_ *view, e *entryView) string {
	if e.Key == nil || !e.Key.Opaque {
		return ""
	}
	return fmt.Sprintf("keys of this kind (%s) can be shown and copied, but not used", e.Key.Type)
}

func weakCertificateKey(_ *view, c *certificateView) string { return weakKey(&c.PublicKey, c.which()) }

func weakEntryKey(_ *view, e *entryView) string {
	switch {
	case e.CSR != nil:
		return weakKey(&e.CSR.PublicKey, "the CSR")
	case e.PublicKey != nil:
		return weakKey(e.PublicKey, "the public key")
	case e.Key != nil && len(e.Chain) == 0:
		return weakKey(&e.Key.PublicKey, "the private key")
	}
	return ""
}

// weakKey applies the bounds of NIST SP 800-131A: RSA and DSA below 2048 bits,
// curves below 224.
func weakKey(k *PublicKey, which string) string {
	switch {
	case k.Algorithm == "DSA":
		return fmt.Sprintf("%s has a DSA key, which no TLS client accepts any more", which)
	case strings.HasPrefix(k.Algorithm, "RSA") && k.Size > 0 && k.Size < 2048:
		return fmt.Sprintf("%s has an RSA key of %d bits; at least 2048 are needed", which, k.Size)
	case k.Algorithm == "EC" && k.Size > 0 && k.Size < 224:
		return fmt.Sprintf("%s has an EC key of %d bits; at least 224 are needed", which, k.Size)
	}
	return ""
}

func weakSignature(_ *view, c *certificateView) string {
	if !c.WeaklySigned() {
		return ""
	}
	return fmt.Sprintf("%s is signed with %s", c.which(), c.SignatureAlgorithm)
}

func selfSignedLeaf(_ *view, c *certificateView) string {
	root := c.CA && slices.Contains(c.KeyUsage, "keyCertSign") && len(c.ExtendedKeyUsage) == 0 && c.SANs.Empty()
	if !c.leaf() || !c.SelfSigned || root {
		return ""
	}
	return "the certificate is self-signed: each client must be told to trust it"
}

func noSAN(_ *view, c *certificateView) string {
	forServer := len(c.ExtendedKeyUsage) == 0 || slices.Contains(c.ExtendedKeyUsage, "serverAuth") || slices.Contains(c.ExtendedKeyUsage, "anyExtendedKeyUsage")
	authority := c.CA && slices.Contains(c.KeyUsage, "keyCertSign") // "openssl req -x509" makes a CA of every server
	if !c.leaf() || authority || !forServer || !c.SANs.Empty() {
		return ""
	}
	return "the certificate has no subject alternative name: TLS clients do not look at the common name any more"
}

func oldVersion(_ *view, c *certificateView) string {
	if c.Version >= 3 || !c.leaf() && c.SelfSigned {
		return ""
	}
	return fmt.Sprintf("%s is X.509 version %d and cannot say what it is for", c.which(), c.Version)
}

// chainIncomplete is about a leaf alone: else the root is left out rightly, as
// clients have it. An issuer that can be had from a URL is rarely a root.
func chainIncomplete(known bool) func(v *view, e *entryView) string {
	return func(v *view, e *entryView) string {
		if e.Kind != pkcs12x.PrivateKey || len(e.Chain) != 1 || e.Chain[0].SelfSigned || len(v.Locked) > 0 {
			return ""
		}
		if c := e.source.Chain[0].X509; known != (c != nil && len(c.IssuingCertificateURL) > 0) {
			return ""
		}
		return fmt.Sprintf("the issuer of the certificate is not in the file (%s)", e.Chain[0].Issuer)
	}
}

// chainOrder looks at PEM files with one leaf, which servers send as they are
// (RFC 8446 section 4.4.2: leaf first, each followed by its issuer). The order
// in other formats means nothing, and a file without a leaf, or with several,
// is a bundle.
func chainOrder(v *view) string {
	list := v.store.Sequence
	if v.Format != "pem" || len(list) < 2 {
		return ""
	}
	leaf := -1
	for i, c := range list {
		if isCA(c) {
			continue
		}
		if leaf >= 0 {
			return ""
		}
		leaf = i
	}
	if leaf > 0 {
		return fmt.Sprintf("the certificate of the server does not come first but as number %d", leaf+1)
	}
	if leaf == 0 {
		if i := chain.Misplaced(list); i > 0 {
			return fmt.Sprintf("certificate %d is not the issuer of the one before it: the chain is broken, out of order or has more than it needs", i+1)
		}
	}
	return ""
}

// isCA tells what may issue others; of version 1, what signs itself.
func isCA(c *keystore.Certificate) bool {
	facts := Certificate{}
	for _, e := range c.Extensions {
		if e.Id.String() == "2.5.29.19" {
			readBasicConstraints(&facts, e.Value)
		}
	}
	return facts.CA || c.Version < 3 && c.SelfIssued()
}

func unparsable(_ *view, c *certificateView) string {
	if c.ParseError == "" {
		return ""
	}
	return fmt.Sprintf("%s cannot be checked in full, and some programs refuse it: %s", c.which(), c.ParseError)
}

func badCSRSignature(_ *view, e *entryView) string {
	if e.CSR == nil || e.CSR.SignatureValid == nil || *e.CSR.SignatureValid {
		return ""
	}
	return "the signature of the CSR is wrong: it was changed, or made with another key"
}

func outdatedCRL(v *view, e *entryView) string {
	if e.CRL == nil || e.CRL.NextUpdate.IsZero() || !v.now.After(e.CRL.NextUpdate) {
		return ""
	}
	return fmt.Sprintf("the CRL was to be replaced by %s", e.CRL.NextUpdate.Format(time.DateOnly))
}

func aliasEmpty(_ *view, e *entryView) string {
	if e.Alias != "" {
		return ""
	}
	return "the alias is empty; few programs can address such an entry"
}

// aliasQuotes lets an apostrophe within pass: "Let's Encrypt".
func aliasQuotes(_ *view, e *entryView) string {
	const ascii = "\"'`"
	ends := strings.Trim(e.Alias, ascii) != e.Alias || strings.ContainsAny(e.Alias, "\"`")
	if !ends && !strings.ContainsAny(e.Alias, "´“”„‟‘’‚‛«»‹›‐‑‒–—―−") {
		return ""
	}
	return fmt.Sprintf("the alias %q carries quotes or dashes that a keyboard does not have, or that a shell takes away", e.Alias)
}

func aliasBlanks(_ *view, e *entryView) string {
	if strings.TrimSpace(e.Alias) == e.Alias && !strings.ContainsFunc(e.Alias, func(r rune) bool { return unicode.IsSpace(r) && r != ' ' || unicode.Is(unicode.Cf, r) }) {
		return ""
	}
	return fmt.Sprintf("the alias %q has blanks at its ends, or some that cannot be seen", e.Alias)
}

func aliasControl(_ *view, e *entryView) string {
	if !strings.ContainsFunc(e.Alias, unicode.IsControl) {
		return ""
	}
	return fmt.Sprintf("the alias %q has control characters", e.Alias)
}

func aliasCase(v *view, e *entryView) string {
	if v.Format != "pkcs12" || e.JavaAlias == "" || e.JavaAlias == e.Alias {
		return ""
	}
	return fmt.Sprintf("Java lists the alias as %q; programs that compare with case do not find %q", e.JavaAlias, e.Alias)
}

// aliasDuplicate is about what Java reads: in NSS and PEM several certificates of one
// subject share a name rightly.
func aliasDuplicate(v *view, e *entryView) string {
	name := ""
	if v.Format != "pkcs12" {
		return ""
	}
	for _, a := range e.Attributes {
		if a.Name == "friendlyName" && len(a.Values) > 0 {
			name = a.Values[0]
		}
	}
	if name == "" || strings.EqualFold(name, e.Alias) {
		return ""
	}
	return fmt.Sprintf("another entry has the name %q as well; Java shows only the last of them", name)
}

func distrusted(_ *view, e *entryView) string {
	if !strings.Contains(e.Trust, "p") {
		return ""
	}
	return "NSS never trusts the certificate for a part of its uses, whoever issued it (" + e.Trust + ")"
}

func notTrustedByJava(v *view) string {
	n := 0
	for _, e := range v.Entries {
		if e.Kind == pkcs12x.PlainCertificate {
			n++
		}
	}
	if v.Format != "pkcs12" || n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d entries are certificates without Java's attribute for trust: Java shows no entry for them", n, len(v.Entries))
}

func keyHiddenFromJava(v *view, e *entryView) string {
	if v.Format != "pkcs12" || e.Kind != pkcs12x.PrivateKey || e.JavaAlias != "" {
		return ""
	}
	if e.source.Key.Protection == nil {
		return "the key is not encrypted: Java shows no entry for it"
	}
	return "Java shows no entry for this key: another entry takes its name, or it has no localKeyID"
}

// keys counts the private keys.
func (v *view) keys() int {
	n := 0
	for _, e := range v.Entries {
		if e.Kind == pkcs12x.PrivateKey {
			n++
		}
	}
	return n
}

func severalKeys(v *view) string {
	n := v.keys()
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("there are %d private keys: many servers take the first one they meet, unless they are told an alias", n)
}

func noEntries(v *view) string {
	if len(v.Entries) > 0 || len(v.Locked) > 0 {
		return ""
	}
	return "the store is empty"
}

func lockedParts(v *view) string {
	for _, err := range v.store.Locked {
		if errors.Is(err, pkcs12x.ErrLocked) {
			return "a password is needed to see everything in it"
		}
	}
	if len(v.Locked) > 0 {
		return "some of it stays closed: " + v.Locked[0]
	}
	return ""
}

// publishedPassword names the source and not the password: who has the report
// need not have the keys.
func publishedPassword(withKeys bool) func(*view) string {
	return func(v *view) string {
		if v.PublishedPassword == "" || v.holdsKeys() != withKeys {
			return ""
		}
		for _, p := range keystore.PublishedPasswords() {
			if p.ID == v.PublishedPassword {
				return fmt.Sprintf("its password is a published one (%s: %s)", p.ID, p.Source)
			}
		}
		return ""
	}
}

// holdsKeys takes a part that is closed for one with keys.
func (v *view) holdsKeys() bool {
	return len(v.Locked) > 0 || slices.ContainsFunc(v.Entries, func(e Entry) bool { return e.Key != nil || e.Secret != nil })
}

func wrongPassword(v *view) string {
	if !v.WrongPassword {
		return ""
	}
	return "the password that was given does not open it"
}

func noMAC(v *view) string {
	if v.store.PKCS12 == nil || v.Integrity != nil || v.store.PKCS12.Signed {
		return ""
	}
	return "nothing vouches for the content: the file has no MAC, and a wrong password or a change may go unseen"
}

func macUnsupported(v *view) string {
	if v.Integrity == nil || v.Integrity.Unsupported == "" {
		return ""
	}
	return "the integrity check cannot be made: " + v.Integrity.Unsupported
}

func keysInTheOpen(v *view) string {
	for _, e := range v.store.Entries {
		if e.Key != nil && v.store.NoPassword {
			return "it holds keys and has no password: who can read its files has them"
		}
		if e.Kind == pkcs12x.PrivateKey && e.Key.PKCS8 != nil && e.Key.Protection == nil && v.Format == "pkcs12" {
			return "it holds a private key without encryption of its own"
		}
	}
	return ""
}

// brokenCiphers can be searched through in hours: they have 40 to 64 bits. RC4 with
// 128 is not one of them, as each file has a key stream of its own.
var brokenCiphers = []pkcs12x.Feature{
	pkcs12x.CipherSHA1RC2x40, pkcs12x.CipherSHA1RC4x40, pkcs12x.CipherPBES1, pkcs12x.CipherPBES2Legacy,
}

func broken(p *pkcs12x.Protection) bool {
	return p.Name == "PEM DES-CBC" || slices.ContainsFunc(p.Features, func(f pkcs12x.Feature) bool { return slices.Contains(brokenCiphers, f) })
}

// exposed tells whether a broken cipher gives away more than certificates: all keys
// that are not under a sound one of their own. What was not opened has the
// certificates where there are keys beside it.
func (v *view) exposed() bool {
	if len(v.store.Locked) > 0 && v.keys() == 0 {
		return true
	}
	for _, e := range v.store.Entries {
		switch {
		case e.Kind == pkcs12x.TrustedCertificate || e.Kind == pkcs12x.PlainCertificate:
		case e.Key == nil || e.Key.Protection == nil || broken(e.Key.Protection):
			return true
		}
	}
	return false
}

// weakEncryption weighs by what is under it: until 2020 most PKCS#12 files had their
// certificates, which are no secret, under RC2 with 40 bits.
func weakEncryption(keys bool) func(v *view) string {
	return func(v *view) string {
		i := slices.IndexFunc(v.store.Protections, func(p pkcs12x.Protection) bool { return broken(&p) })
		switch {
		case i < 0 || v.exposed() != keys:
			return ""
		case keys:
			return fmt.Sprintf("parts of it are encrypted with %s, which can be broken without the password", v.store.Protections[i].Name)
		}
		return fmt.Sprintf("its certificates are encrypted with %s, which can be broken without the password; no key is", v.store.Protections[i].Name)
	}
}

// fewest iterations that are worth calling a derivation; RFC 8018 section 4.2
// recommended 1,000 when computers were slower.
const fewest = 1000

func fewIterations(v *view) string {
	if v.store.NoPassword { // there is nothing to try
		return ""
	}
	check := func(what string, n int) string {
		times := "iterations"
		if n == 1 {
			times = "iteration"
		}
		return fmt.Sprintf("the %s takes %d %s only: passwords can be tried very fast", what, n, times)
	}
	if m := v.Integrity; m != nil && m.Iterations > 0 && m.Iterations < fewest {
		return check("integrity check", m.Iterations)
	}
	for _, p := range v.Protections {
		// A round of scrypt or bcrypt is worth thousands of others.
		if p.KDF != "scrypt" && p.KDF != "bcrypt" && p.Iterations > 0 && p.Iterations < fewest {
			return check("encryption "+p.Name, p.Iterations)
		}
	}
	return ""
}

func signedStore(v *view) string {
	if v.store.PKCS12 == nil || !v.store.PKCS12.Signed {
		return ""
	}
	return "a signature stands in place of the MAC; it is not checked"
}

func trailingBytes(v *view) string {
	if v.TrailingBytes == 0 {
		return ""
	}
	return fmt.Sprintf("%d bytes stand behind the end of the content", v.TrailingBytes)
}

func skippedParts(v *view) string {
	var what []string
	for _, part := range v.Skipped {
		if !slices.Contains(what, part.What) {
			what = append(what, part.What)
		}
	}
	if what == nil {
		return ""
	}
	return "passed over: " + strings.Join(what, ", ")
}
