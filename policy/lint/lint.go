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
	var out Outcome
	for _, r := range l.rules {
		for _, m := range r.Match {
			if !m.Covers(path, language) {
				continue
			}
			if f == nil {
				f = syntax.Parse(path, language, text)
			}
			m.Find(f, func(h rules.Hit) { out.Findings = append(out.Findings, l.finding(f, r, m, h)) })
		}
	}
	finding.Sort(out.Findings)
	if f != nil {
		out.Problems = f.Problems
	}
	return out
}

// finding makes a finding of a hit: its place, its weight here, its fingerprint.
func (l *Linter) finding(f *syntax.File, r rules.Rule, m rules.Match, h rules.Hit) finding.Finding {
	out := finding.Finding{Rule: r.ID, Severity: r.Severity, Where: f.Path, Text: r.Title, Place: place(f, h)}
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

// place counts lines and columns.
func place(f *syntax.File, h rules.Hit) *finding.Location {
	at := func(offset int) (line, column, start int) {
		before := f.Text[:offset]
		start = bytes.LastIndexByte(before, '\n') + 1
		return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1, start
	}
	p := finding.Location{File: f.Path}
	var start int
	p.Line, p.Column, start = at(h.Span.Start)
	p.EndLine, p.EndColumn, _ = at(h.Span.End)
	end := len(f.Text)
	if i := bytes.IndexByte(f.Text[start:], '\n'); i >= 0 {
		end = start + i
	}
	line := bytes.TrimRight(f.Text[start:min(end, start+snippetLimit)], "\r")
	if from, to := h.Secret.Start-start, min(h.Secret.End-start, len(line)); to > from && from >= 0 {
		line = covered(line, from, to)
	}
	p.Snippet = strings.ToValidUTF8(string(line), "\uFFFD")
	return &p
}

// covered is a line with a secret in it replaced, letter by letter, so that
// the columns behind it stay right.
func covered(line []byte, from, to int) []byte {
	stars := bytes.Repeat([]byte("*"), utf8.RuneCount(line[from:to]))
	return append(append(bytes.Clone(line[:from]), stars...), line[to:]...)
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
