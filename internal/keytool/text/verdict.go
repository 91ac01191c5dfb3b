package text

import (
	"slices"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// Verdict is what java.security has to say of an algorithm or a key.
type Verdict int

// The verdicts, the mildest first.
const (
	Fine Verdict = iota
	Weak
	Disabled
)

// mark is what is printed behind a name.
func (v Verdict) mark() string { return []string{"", " (weak)", " (disabled)"}[v] }

// Context is what a constraint may ask for besides the name.
type Context struct {
	// Usage is what the certificate is for.
	Usage level.Usage
	// JDKCA tells that its chain ends at a certificate of cacerts.
	JDKCA bool
	// Key is the key that constraints on size are held against; nil for none.
	Key *Key
}

// Judge returns the verdict over an algorithm of signatures, or over a key when
// name is its algorithm and Key is set. denied is the day from which on that
// algorithm may not sign JARs, where that was the reason.
func Judge(l level.Level, name string, ctx Context) (v Verdict, denied string) {
	if c, ok := forbids(l.Disabled, name, ctx); ok {
		return Disabled, c.DenyAfter
	}
	if _, ok := forbids(l.Legacy, name, ctx); ok {
		return Weak, ""
	}
	return Fine, ""
}

// JudgeKey returns the verdict over a key.
func JudgeKey(l level.Level, k Key, ctx Context) Verdict {
	if l.FewCurves && k.Curve != "" && k.Curve != "secp256r1" && k.Curve != "secp384r1" && k.Curve != "secp521r1" {
		return Disabled
	}
	ctx.Key = &k
	v, _ := Judge(l, k.Algorithm, ctx)
	return v
}

// JudgeName returns the verdict over an algorithm by its name alone, for what is no
// certificate.
func JudgeName(l level.Level, name string) Verdict {
	parts := append(elements(name), name)
	named := func(list []level.Constraint) bool {
		return slices.ContainsFunc(list, func(c level.Constraint) bool {
			return c.KeyBelow == 0 && !c.JDKCA && c.Usage == level.AnyUsage && slices.Contains(parts, c.Algorithm)
		})
	}
	switch {
	case named(l.Disabled):
		return Disabled
	case named(l.Legacy):
		return Weak
	}
	return Fine
}

// forbids returns the first constraint that holds.
func forbids(list []level.Constraint, name string, ctx Context) (level.Constraint, bool) {
	parts := append(elements(name), name)
	holds := func(c level.Constraint) bool {
		switch {
		case !slices.ContainsFunc(parts, func(p string) bool { return strings.EqualFold(p, c.Algorithm) }):
			return false
		case c.JDKCA && !ctx.JDKCA, c.Usage != level.AnyUsage && c.Usage != ctx.Usage:
			return false
		case c.KeyBelow > 0:
			return ctx.Key != nil && strings.EqualFold(ctx.Key.Algorithm, c.Algorithm) && ctx.Key.Bits >= 0 && ctx.Key.Bits < c.KeyBelow
		}
		return true
	}
	i := slices.IndexFunc(list, holds)
	if i < 0 {
		return level.Constraint{}, false
	}
	return list[i], true
}

// elements are the algorithms in the name of one: what stands between slashes,
// "with", "and" and "in", hashes without their hyphen. Java splits so, whatever
// the words are part of; but "padding" stays whole.
func elements(name string) []string {
	var list []string
	for part := range strings.SplitSeq(name, "/") {
		list = append(list, split(part)...)
	}
	for i, e := range list {
		if rest, ok := strings.CutPrefix(e, "SHA-"); ok {
			list[i] = "SHA" + rest
		}
	}
	return list
}

func split(part string) []string {
	lower := strings.ToLower(part)
	var list []string
	start := 0
	for i := 0; i < len(lower); i++ {
		for _, word := range []string{"with", "and", "in"} {
			if strings.HasPrefix(lower[i:], word) && (word != "in" || !strings.HasSuffix(lower[:i], "padd")) {
				list = append(list, part[start:i])
				start = i + len(word)
				i = start - 1
				break
			}
		}
	}
	list = append(list, part[start:])
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// UsageOf is what a certificate is for, as constraints see it: the first of code
// signing, client, server and time stamping that its extended key usages name.
func UsageOf(c *Certificate, l level.Level) (level.Usage, error) {
	list, err := c.ExtendedKeyUsage()
	if err != nil {
		if l.StrictUsage {
			err = exception.Wrap(exception.CertificateParsing, exception.Of(err).Message, err)
		} else {
			err = nil // to the older ones the extension is not there
		}
		return level.AnyUsage, err
	}
	for _, u := range []struct {
		oid   string
		usage level.Usage
	}{
		{"1.3.6.1.5.5.7.3.3", level.SignedJAR},
		{"1.3.6.1.5.5.7.3.2", level.AnyUsage},
		{"1.3.6.1.5.5.7.3.1", level.TLSServer},
		{"1.3.6.1.5.5.7.3.8", level.SignedJAR},
	} {
		if slices.Contains(list, u.oid) {
			return u.usage, nil
		}
	}
	return level.AnyUsage, nil
}
