package cmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// view lays the facts of inspect out for people.
type view struct {
	full  bool
	now   time.Time
	below string // what the names of files begin with, and is not shown in lists
}

// fields collects the lines of a section and leaves empty ones out.
type fields []report.Field

func (f *fields) add(name, value string) { f.tone(name, value, report.Plain) }

func (f *fields) tone(name, value string, t report.Tone) {
	if value != "" {
		*f = append(*f, report.Field{Name: name, Value: value, Tone: t})
	}
}

// sections is everything about one file.
func (v view) sections(t inspect.Target) []report.Section {
	out := []report.Section{v.target(t)}
	for i, e := range t.Entries {
		out = append(out, v.entry(t, i, e)...)
	}
	if s := remarks(t.Remarks); len(s.Rows) > 0 {
		out = append(out, s)
	}
	if s := consumers(t.OpensIn); v.full && len(s.Rows) > 0 {
		out = append(out, s)
	}
	return out
}

func (v view) target(t inspect.Target) report.Section {
	var f fields
	f.add("Type", t.FormatTitle)
	if l := t.Layer; l != nil {
		f.add("Layer", fmt.Sprintf("%d of %d of the image %s", l.Number, l.Of, l.Image))
	}
	f.add("Entries", count(t.Entries))
	if t.Integrity != nil {
		name := t.Integrity.Name + ", " + rounds(t.Integrity.Iterations)
		checked, right := "not checked, as no password was given", "the password is right and the file is whole"
		if t.Integrity.KDF == "" { // a signature
			name, right = t.Integrity.Name, "right by the certificate beside it, so the file is whole"
		}
		tone := report.Warn
		if t.Verified {
			checked, tone = right, report.Good
		} else if t.Integrity.Unsupported != "" {
			checked = t.Integrity.Unsupported
		}
		f.tone("Integrity", name+"; "+checked, tone)
	} else if t.Format == "pkcs12" {
		f.tone("Integrity", "none", report.Warn)
	}
	for _, p := range t.Protections {
		text := p.Name
		if p.KDF != "" && p.Iterations > 0 {
			text += ", " + p.KDF + ", " + rounds(p.Iterations)
		}
		f.add("Protection", text)
	}
	for _, l := range t.Locked {
		f.tone("Locked part", lockedPart(l), report.Warn)
	}
	readers(&f, t.OpensIn)
	for _, s := range t.Skipped {
		if s.Line > 0 {
			s.What += fmt.Sprintf(" (line %d)", s.Line)
		}
		f.add("Skipped", s.What)
	}
	return report.Section{Title: t.Path, Fields: f}
}

// lockedPart says in plain words why a part of a file stayed closed.
func lockedPart(reason string) string {
	if reason == pkcs12x.ErrLocked.Error() {
		return "encrypted; a password is needed"
	}
	return reason
}

// readers says which programs open the file. In short that is a word for each
// family, such as "Java 8u301 and later".
func readers(f *fields, verdicts []inspect.OpensIn) {
	yes, no := summarize(verdicts)
	f.tone("Opens in", strings.Join(yes, ", "), report.Good)
	f.tone("Not in", strings.Join(no, ", "), report.Warn)
}

// consumers is the whole verdict, a row for each program.
func consumers(verdicts []inspect.OpensIn) report.Section {
	s := report.Section{Columns: []string{"Program", "Opens it", "What it cannot read"}}
	for _, o := range verdicts {
		row := report.Row{Cells: []string{o.Title, "yes"}, Tone: report.Good}
		if !o.Reads {
			var words []string
			for _, m := range o.Missing {
				words = append(words, pkcs12x.Feature(m).Title())
			}
			row = report.Row{Cells: []string{o.Title, "no", strings.Join(words, ", ")}, Tone: report.Warn}
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func rounds(n int) string {
	if n == 1 {
		return "1 iteration"
	}
	return strconv.Itoa(n) + " iterations"
}

// count says what kinds of entries there are: "1 private-key entry, 2
// certificates".
func count(entries []inspect.Entry) string {
	if len(entries) == 0 {
		return "none"
	}
	var kinds []keystore.Kind
	n := map[keystore.Kind]int{}
	for _, e := range entries {
		if n[e.Kind] == 0 {
			kinds = append(kinds, e.Kind)
		}
		n[e.Kind]++
	}
	var words []string
	for _, k := range kinds {
		words = append(words, fmt.Sprintf("%d %s", n[k], kindWord(k, n[k])))
	}
	return strings.Join(words, ", ")
}

// kindWord is a kind in the words of the field.
func kindWord(k keystore.Kind, n int) string {
	word := string(k)
	switch k {
	case pkcs12x.PrivateKey, pkcs12x.SecretKey, pkcs12x.TrustedCertificate:
		word += " entry"
	case keystore.CSR, pkcs12x.CRL:
		word = strings.ToUpper(word)
	case keystore.PublicKey:
		word = "public key"
	case pkcs12x.Opaque:
		word = "entry of unknown type"
	}
	switch {
	case n == 1:
		return word
	case strings.HasSuffix(word, "entry"):
		return strings.TrimSuffix(word, "y") + "ies"
	case strings.HasPrefix(word, "entry "):
		return "entries" + strings.TrimPrefix(word, "entry")
	}
	return word + "s"
}

// entry is one section, and one more for each issuer of its chain.
func (v view) entry(t inspect.Target, i int, e inspect.Entry) []report.Section {
	var f fields
	f.add("Kind", string(e.Kind))
	if e.JavaAlias == "" && t.Format == "pkcs12" {
		f.tone("In Java", "not listed", report.Warn)
	}
	if !e.Created.IsZero() {
		f.add("Created", e.Created.Format(time.DateOnly))
	}
	if k := e.Key; k != nil {
		text := k.Type
		if k.Opaque {
			text += " (carried, not understood)"
		}
		if k.Locked {
			text += " (" + k.Reason + ")"
		}
		f.add("Key", strings.TrimSpace(text))
		if m := k.MatchesCertificate; m != nil && !*m {
			f.tone("Key", "does not belong to the certificate", report.Bad)
		}
		if k.Protection != nil && v.full {
			f.add("Key protection", k.Protection.Name+", "+rounds(k.Protection.Iterations))
		}
	}
	if s := e.Secret; s != nil {
		text := s.Algorithm
		if s.Size > 0 {
			text += fmt.Sprintf(", %d bits", s.Size)
		}
		if s.Locked {
			text += " (" + s.Reason + ")"
		}
		f.add("Secret", strings.TrimSpace(strings.TrimPrefix(text, ", ")))
	}
	if e.PublicKey != nil {
		f.add("Public key", e.PublicKey.Type)
		f.add("SHA-256 of it", e.PublicKey.SHA256)
	}
	f.tone("NSS trust", trustWords(e.Trust), trustTone(e))
	f.add("Bag type", e.TypeOID)
	v.csr(&f, e.CSR)
	v.crl(&f, e.CRL)
	if v.full {
		for _, a := range e.Attributes {
			f.add("Attribute "+orElseText(a.Name, a.OID), strings.Join(a.Values, ", "))
		}
	}
	var out []report.Section
	if len(e.Chain) > 0 {
		v.certificate(&f, e.Chain[0])
	}
	title := fmt.Sprintf("%d. %s", i+1, e.Alias)
	if e.Alias == "" {
		title = fmt.Sprintf("%d. (an empty alias)", i+1)
	}
	out = append(out, report.Section{Title: title, Fields: f})
	for n, c := range e.Chain[min(1, len(e.Chain)):] {
		var f fields
		v.certificate(&f, c)
		out = append(out, report.Section{Title: fmt.Sprintf("%d.%d issuer", i+1, n+1), Fields: f})
	}
	return out
}

var trustWord = map[rune]string{
	'C': "CA for", 'T': "CA for clients of", 'P': "trusted for", 'p': "never trusted for", 'c': "CA without trust of its own for",
}

// trustWords are the letters of certutil with what they stand for.
func trustWords(letters string) string {
	groups := strings.Split(letters, ",")
	if len(groups) != 3 || letters == ",," {
		return ""
	}
	var words []string
	for i, area := range []string{"TLS", "mail", "code"} {
		for _, letter := range groups[i] {
			if word := trustWord[letter]; word != "" {
				words = append(words, word+" "+area)
			}
		}
	}
	if words == nil {
		return letters
	}
	return letters + " (" + strings.Join(words, ", ") + ")"
}

func trustTone(e inspect.Entry) report.Tone {
	switch {
	case strings.Contains(e.Trust, "p"):
		return report.Bad
	case strings.ContainsAny(e.Trust, "CTP"):
		return report.Good
	}
	return report.Plain
}

func orElseText(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

func (v view) certificate(f *fields, c inspect.Certificate) {
	f.add("Subject", orElseText(c.Subject, "(empty)"))
	if c.SelfSigned {
		f.add("Issuer", "itself (self-signed)")
	} else {
		f.add("Issuer", orElseText(c.Issuer, "(empty)"))
	}
	f.add("Names", strings.Join(slices.Concat(c.SANs.DNS, c.SANs.IP, c.SANs.Email, c.SANs.URI, c.SANs.Other), ", "))
	tone := report.Good
	switch {
	case c.Expired || c.NotYetValid:
		tone = report.Bad
	case c.DaysLeft < 30:
		tone = report.Warn
	}
	f.tone("Valid", validity(c.NotBefore, c.NotAfter, v.now), tone)
	f.add("Public key", c.PublicKey.Type)
	f.add("Signature", c.SignatureAlgorithm)
	f.add("Serial", c.Serial)
	f.add("SHA-256", c.Fingerprints.SHA256)
	f.add("SHA-1", c.Fingerprints.SHA1)
	if c.Version != 3 {
		f.tone("X.509 version", strconv.Itoa(c.Version), report.Warn)
	}
	if c.CA {
		text := "yes"
		if c.PathLen != nil {
			text += fmt.Sprintf(", path length %d", *c.PathLen)
		}
		f.add("CA", text)
	}
	f.add("Key usage", strings.Join(c.KeyUsage, ", "))
	f.add("Extended usage", strings.Join(c.ExtendedKeyUsage, ", "))
	f.tone("Not understood", c.ParseError, report.Warn)
	var names []string
	for _, e := range c.Extensions {
		name := orElseText(e.Name, e.OID)
		if e.Critical {
			name += " (critical)"
		}
		names = append(names, name)
		if v.full {
			f.add("Extension "+name, e.Value)
		}
	}
	if !v.full {
		f.add("Extensions", strings.Join(names, ", "))
	}
}

func (v view) csr(f *fields, r *inspect.CSR) {
	if r == nil {
		return
	}
	f.add("Subject", orElseText(r.Subject, "(empty)"))
	f.add("Wished names", strings.Join(slices.Concat(r.SANs.DNS, r.SANs.IP, r.SANs.Email, r.SANs.URI, r.SANs.Other), ", "))
	f.add("Public key", r.PublicKey.Type)
	f.add("Signature", r.SignatureAlgorithm)
	if ok := r.SignatureValid; ok != nil && !*ok {
		f.tone("Signature", "is wrong", report.Bad)
	}
	f.add("Key usage", strings.Join(r.KeyUsage, ", "))
	f.add("Extended usage", strings.Join(r.ExtendedKeyUsage, ", "))
	f.add("SHA-256", r.Fingerprints.SHA256)
	f.tone("Not understood", r.ParseError, report.Warn)
}

func (v view) crl(f *fields, l *inspect.CRL) {
	if l == nil {
		return
	}
	f.add("Issuer", l.Issuer)
	f.add("Made", l.ThisUpdate.Format(time.RFC3339))
	if !l.NextUpdate.IsZero() {
		tone := report.Good
		if v.now.After(l.NextUpdate) {
			tone = report.Bad
		}
		f.tone("Next", l.NextUpdate.Format(time.RFC3339), tone)
	}
	f.add("Number", l.Number)
	f.add("Signature", l.SignatureAlgorithm)
	f.add("Revoked", strconv.Itoa(l.RevokedCount))
	for _, r := range l.Revoked {
		f.add("Revoked", strings.TrimSpace(fmt.Sprintf("%s on %s %s", r.Serial, r.Date.Format(time.DateOnly), r.Reason)))
	}
	f.add("SHA-256", l.Fingerprints.SHA256)
}

func remarks(list []inspect.Remark) report.Section {
	s := report.Section{Columns: []string{"Remark", "Entry", "What"}}
	for _, r := range list {
		s.Rows = append(s.Rows, report.Row{Cells: []string{string(r.Severity), r.Alias, r.Text}, Tone: toneOf(r.Severity)})
	}
	return s
}

func toneOf(s finding.Severity) report.Tone {
	switch s {
	case finding.High:
		return report.Bad
	case finding.Medium:
		return report.Warn
	default:
		return report.Plain
	}
}

// validity says from when to when, and how long that still is.
func validity(from, to, now time.Time) string {
	text := from.UTC().Format(time.DateOnly) + " to " + to.UTC().Format(time.DateOnly)
	switch {
	case now.Before(from):
		return text + " (not yet valid)"
	case now.After(to):
		return text + " (expired " + days(now.Sub(to)) + " ago)"
	default:
		return text + " (" + days(to.Sub(now)) + " left)"
	}
}

// days rounds to whole days: a certificate made for 397 days a moment ago has
// 397 left.
func days(d time.Duration) string {
	n := int(d.Round(24*time.Hour) / (24 * time.Hour))
	if n == 1 {
		return "1 day"
	}
	return strconv.Itoa(n) + " days"
}
