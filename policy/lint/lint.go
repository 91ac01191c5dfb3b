// Package lint finds every place in files that tells software to trust anything:
// any certificate, any host name, no encryption, protocols of old, and passwords
// that lie about. The rules are values of package rules, and see the facts of
// package syntax; here is what happens around them, from the bytes of a file to
// its findings.
package lint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"
)

// Linter applies a choice of rules. It may be used by several goroutines.
type Linter struct {
	rules  []rules.Rule
	policy Policy
}

// New returns a linter for some rules.
func New(list []rules.Rule, policy Policy) *Linter {
	return &Linter{rules: list, policy: policy}
}

// Policy is what a team has decided.
type Policy struct {
	// AllowedHosts are names and addresses for which a finding weighs less.
	AllowedHosts []string
}

// Outcome is what came of one file.
type Outcome struct {
	Findings []finding.Finding
	// Problems are places that were not understood.
	Problems []syntax.Problem
}

// Text judges one file by its path and its text, which is UTF-8.
func (l *Linter) Text(path string, text []byte) Outcome {
	language := syntax.Detect(path, text[:min(len(text), 256)])
	if language == "" {
		return Outcome{}
	}
	var f *syntax.File
	var hits []hit
	for _, r := range l.rules {
		for _, m := range r.Match {
			if !m.Covers(path, language) {
				continue
			}
			if f == nil {
				f = syntax.Parse(path, language, text)
			}
			m.Find(f, func(h rules.Hit) { hits = append(hits, hit{r, m, h}) })
		}
	}
	if f == nil {
		return Outcome{}
	}
	out := Outcome{Problems: f.Problems}
	var secrets []syntax.Span
	for _, h := range hits {
		secrets = append(secrets, h.Secret)
	}
	for i, h := range hits {
		if !said(hits, i) {
			out.Findings = append(out.Findings, l.finding(f, h.rule, h.match, h.Hit, secrets))
		}
	}
	finding.Sort(out.Findings)
	return out
}

// hit is a place with the rule that found it.
type hit struct {
	rule  rules.Rule
	match rules.Match
	rules.Hit
}

// said tells that nothing is left to say of a hit: the same rule has found the
// place before, or another one has to which its own yields.
func said(hits []hit, i int) bool {
	h := hits[i]
	for j, other := range hits {
		if other.rule.ID == h.rule.ID && other.Span == h.Span && j < i {
			return true
		}
		if h.rule.Yields && !other.rule.Yields && other.Span.Start < h.Span.End && h.Span.Start < other.Span.End {
			return true
		}
	}
	return false
}

// finding makes a finding of a hit: its place, its weight here, its fingerprint.
func (l *Linter) finding(f *syntax.File, r rules.Rule, m rules.Match, h rules.Hit, secrets []syntax.Span) finding.Finding {
	out := finding.Finding{Rule: r.ID, Severity: r.Severity, Where: f.Path, Text: r.Title, Place: place(f, h.Span, secrets)}
	if m.Severity != "" {
		out.Severity = m.Severity
	}
	if m.Text != "" {
		out.Text = m.Text
	}
	if h.Text != "" {
		out.Text = h.Text
	}
	for _, c := range contexts(f.Path, h.Host, l.policy.AllowedHosts) {
		out.Context = append(out.Context, c)
		out.Severity = out.Severity.Lower()
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", r.ID, f.Path, strings.Join(strings.Fields(out.Place.Snippet), " ")))
	out.Fingerprint = hex.EncodeToString(sum[:16])
	return out
}

// snippetLimit is how much of a line is shown, in bytes.
const snippetLimit = 400

// place counts lines and columns. Secrets are covered, whichever rule found them.
func place(f *syntax.File, span syntax.Span, secrets []syntax.Span) *finding.Location {
	at := func(offset int) (line, column, start int) {
		before := f.Text[:offset]
		start = bytes.LastIndexByte(before, '\n') + 1
		return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1, start
	}
	p := finding.Location{File: f.Path}
	var start int
	p.Line, p.Column, start = at(span.Start)
	p.EndLine, p.EndColumn, _ = at(span.End)
	end := len(f.Text)
	if i := bytes.IndexByte(f.Text[start:], '\n'); i >= 0 {
		end = start + i
	}
	line := bytes.TrimRight(f.Text[start:min(end, start+snippetLimit)], "\r")
	line = covered(line, start, secrets)
	p.Snippet = strings.ToValidUTF8(string(line), "\uFFFD")
	return &p
}

// covered is a line with the secrets in it replaced, letter by letter, so that
// the columns behind them stay right. The line begins at start in its file.
func covered(line []byte, start int, secrets []syntax.Span) []byte {
	var out []byte
	for i := 0; i < len(line); {
		_, size := utf8.DecodeRune(line[i:])
		if slices.ContainsFunc(secrets, func(s syntax.Span) bool { return s.Start <= start+i && start+i < s.End }) {
			out = append(out, '*')
		} else {
			out = append(out, line[i:i+size]...)
		}
		i += size
	}
	return out
}

// contexts are the reasons for which a finding weighs less where it stands.
func contexts(path, host string, allowed []string) []string {
	var out []string
	lower := "/" + strings.ToLower(path)
	for _, c := range []struct {
		name  string
		parts []string
	}{
		{"test", []string{"/test/", "/tests/", "/testdata/", "/__tests__/", "/spec/", "/fixtures/", "/mocks/", "_test.", ".test.", ".spec.", "/test_", "/e2e/", "/integration/"}},
		{"documentation", []string{"/doc/", "/docs/", "/documentation/", "/example/", "/examples/", "/sample/", "/samples/", ".md", ".rst", ".adoc", "readme"}},
	} {
		for _, part := range c.parts {
			if strings.Contains(lower, part) {
				out = append(out, c.name)
				break
			}
		}
		if len(out) > 0 {
			break // one step down is enough for a path
		}
	}
	switch {
	case host == "":
	case loopback(host):
		out = append(out, "loopback")
	default:
		for _, a := range allowed {
			if strings.EqualFold(a, host) {
				out = append(out, "allowed host")
				break
			}
		}
	}
	return out
}

// loopback tells whether nobody can stand between a program and that host.
func loopback(host string) bool {
	host = strings.Trim(strings.ToLower(host), "[]")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
