package keytool

import (
	"fmt"
	"strings"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
)

// The labels of what a warning is about.
const (
	labelCertificate          = "The certificate"
	labelGeneratedCertificate = "The generated certificate"
	labelRequest              = "The certificate request"
	labelGeneratedRequest     = "The generated certificate request"
	labelCRL                  = "The CRL"
	labelGeneratedCRL         = "The generated CRL"
	labelGeneratedSecretKey   = "The generated secret key"
	labelInput                = "The input"
	labelIssuer               = "The issuer"
	labelReply                = "Reply"
	labelTimestamper          = "The TSA certificate"
)

// printer prints in the run's level and zone.
func (t *tool) printer() certtext.Printer {
	return certtext.Printer{Level: t.level, Zone: t.zone}
}

// certificate reads a certificate as Java does.
func (t *tool) certificate(raw []byte) (*certtext.Certificate, error) {
	return certtext.ParseCertificate(raw, t.level)
}

// certificates reads those of an entry.
func (t *tool) certificates(e *store.Entry) ([]*certtext.Certificate, error) {
	chain := make([]*certtext.Certificate, len(e.Chain))
	for i, c := range e.Chain {
		var err error
		if chain[i], err = t.certificate(c.Raw); err != nil {
			return nil, err
		}
	}
	return chain, nil
}

// trusted tells whether a certificate is one that nobody need vouch for: an entry
// of its own in the keystore, or with -trustcacerts in cacerts.
func (t *tool) trusted(raw []byte) bool {
	if t.ca != nil {
		if _, ok := t.ca.CertificateAlias(raw); ok {
			return true
		}
	}
	if t.store == nil {
		return false
	}
	alias, ok := t.store.CertificateAlias(raw)
	return ok && t.store.Is(alias, store.TrustedCertEntry)
}

// warnCertificate warns of what is weak in a certificate that stands alone.
func (t *tool) warnCertificate(label string, c *certtext.Certificate) error {
	usage, err := certtext.UsageOf(c, t.level)
	if err != nil {
		return err
	}
	t.judge(label, c, certtext.Context{Usage: usage})
	return nil
}

// warnChain warns of what is weak in a chain. Certificates of a chain of several
// are named by their place.
func (t *tool) warnChain(label string, chain []*certtext.Certificate) error {
	for i := range chain {
		if err := t.warnLink(oneOf(label, i, len(chain)), chain, i, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// oneOf is the label of one of several.
func oneOf(label string, i, n int) string {
	if n == 1 {
		return label
	}
	return fmt.Sprintf("%s #%d of %d", label, i+1, n)
}

// warnLink warns of one certificate of a chain. What it is for counts only at the
// beginning of the chain, where leaf is true, and if it is not a CA.
func (t *tool) warnLink(label string, chain []*certtext.Certificate, i int, leaf bool) error {
	c := chain[i]
	ctx := certtext.Context{JDKCA: t.endsAtJDK(chain)}
	if leaf && c.PathLength() == -1 {
		usage, err := certtext.UsageOf(c, t.level)
		if err != nil {
			return err
		}
		ctx.Usage = usage
	}
	t.judge(label, c, ctx)
	return nil
}

// endsAtJDK tells whether a chain ends below a CA that came with the JDK, as
// cacerts marks them. It looks only where -trustcacerts has had cacerts read.
func (t *tool) endsAtJDK(chain []*certtext.Certificate) bool {
	if t.ca == nil || len(chain) == 0 {
		return false
	}
	last := chain[len(chain)-1]
	for _, alias := range t.ca.Aliases() {
		if !strings.Contains(alias, " [jdk") {
			continue
		}
		if e, ok := t.ca.Entry(alias); ok && len(e.Chain) > 0 && dname.Same(e.Chain[0].RawSubject, last.Issuer) {
			return true
		}
	}
	return false
}

func (t *tool) judge(label string, c *certtext.Certificate, ctx certtext.Context) {
	if !t.trusted(c.Raw) {
		t.judgeSignature(label, c.SignatureName, ctx)
	}
	t.judgeKey(label, c.Key, ctx)
}

// warnSigned warns of what is weak in something signed by a key that is no
// certificate of the store: a request, or a CRL with its issuer's key.
func (t *tool) warnSigned(label, signature string, key certtext.Key, usage level.Usage) {
	ctx := certtext.Context{Usage: usage}
	t.judgeSignature(label, signature, ctx)
	t.judgeKey(label, key, ctx)
}

func (t *tool) judgeSignature(label, name string, ctx certtext.Context) {
	switch verdict, denied := certtext.Judge(t.level, name, ctx); {
	case denied != "":
		t.warning("%s uses the %s signature algorithm which is considered a security risk and cannot be used to sign JARs after %s.", label, name, denied)
	case verdict == certtext.Disabled:
		t.warning("%s uses the %s signature algorithm which is considered a security risk and is disabled.", label, name)
	case verdict == certtext.Weak:
		t.warning("%s uses the %s signature algorithm which is considered a security risk.%s", label, name, when(t.level.Deadline, " This algorithm will be disabled in a future update.", ""))
	}
}

func (t *tool) judgeKey(label string, key certtext.Key, ctx certtext.Context) {
	switch certtext.JudgeKey(t.level, key, ctx) {
	case certtext.Disabled:
		t.warning("%s uses a %s key which is considered a security risk and is disabled.", label, key.Name(t.level))
	case certtext.Weak:
		t.warning("%s uses a %s key which is considered a security risk.%s", label, key.Name(t.level),
			when(t.level.SizeDeadline, " This key size will be disabled in a future update.", " It will be disabled in a future update."))
	}
}

// warnSecretKey warns of a secret key, or its protection, that is legacy.
func (t *tool) warnSecretKey(label, algorithm string) {
	if !t.level.JudgesSecrets {
		return
	}
	if verdict, _ := certtext.Judge(level.Level{Printing: level.Printing{Legacy: t.level.Legacy}}, algorithm, certtext.Context{}); verdict != certtext.Fine {
		t.warning("%s uses the %s algorithm which is considered a security risk.", label, algorithm)
	}
}

func when(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

func (t *tool) warning(format string, a ...any) {
	t.warnings = append(t.warnings, fmt.Sprintf(format, a...))
}

// warnNow prints what there is to warn of before a question.
func (t *tool) warnNow() {
	if len(t.warnings) > 0 && !t.call.NoWarn {
		t.warn()
		fmt.Fprintln(t.err)
	}
	t.warnings = nil
}
