// Package lint finds every place in files that tells software to trust anything:
// any certificate, any host name, no encryption, protocols of old, and passwords
// that lie about. The rules are values of package rules, and see the facts of
// package syntax; here is what happens around them: how a tree is walked, what is
// read, which files are worth taking apart, and what a hit becomes.
//
// Whatever is not read or not understood is named with the reason. A file of
// which nothing is said was looked at whole.
package lint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"
)

// Linter applies a choice of rules. It may be used by several goroutines.
type Linter struct {
	all    []rules.Rule // to know their names
	policy Policy
	// index is made for the first file.
	index func() *index
	// patience is how long a file may take to be taken apart and judged.
	patience time.Duration
}

// New returns a linter for those of some rules that the policy chooses.
func New(list []rules.Rule, policy Policy) *Linter {
	l := &Linter{all: list, policy: policy, patience: patience}
	l.index = sync.OnceValue(func() *index {
		chosen := slices.DeleteFunc(slices.Clone(list), func(r rules.Rule) bool { return !policy.chooses(r.ID) })
		return newIndex(chosen)
	})
	return l
}

// Outcome is what came of one file.
type Outcome struct {
	// Findings are in the order of reports.
	Findings []finding.Finding
	// Problems are places that were not understood.
	Problems []syntax.Problem
	// Suppressed is how many findings a suppression has taken away.
	Suppressed int
}

// Text judges one file by its path and its text, which is UTF-8. What goes wrong
// in a parser or a rule is among the problems.
func (l *Linter) Text(path string, text []byte) Outcome {
	x := l.index()
	language := x.table.Detect(path, text[:min(len(text), headSize)])
	matches := x.worth(path, language, text)
	if len(matches) == 0 {
		return Outcome{}
	}
	return l.judge(name{path, path}, language, text, matches)
}

// index knows which matches a file is worth taking apart for.
type index struct {
	table  *syntax.Table
	filter *filter
	// matches are those of all rules, and wanting those that a literal is the
	// first of.
	matches []match
	wanting [][]want
}

// want is a match that wants a literal, and others with it.
type want struct {
	match int   // its place
	also  []int // of which all must be there
	// one are groups of which one must be there, unless there are none; code those
	// in programming languages.
	one, code [][]int
	// inner are literals of which one stands in every file that holds another one
	// of a name that the match is for; none: any name will do.
	inner []int
}

type match struct {
	*rules.Match
	rule *rules.Rule
}

func newIndex(list []rules.Rule) *index {
	list = append(list, rules.Rule{Match: []*rules.Match{marks()}})
	x := &index{table: syntax.NewTable()}
	var literals []string
	known := map[string]int{}
	id := func(literal string) int {
		at, ok := known[literal]
		if !ok {
			at = len(literals)
			known[literal] = at
			literals, x.wanting = append(literals, literal), append(x.wanting, nil)
		}
		return at
	}
	ids := func(group string) (out []int) {
		for part := range strings.SplitSeq(group, "&") {
			out = append(out, id(part))
		}
		return out
	}
	for i := range list {
		for k := range list[i].Match {
			m := match{list[i].Match[k], &list[i]}
			var one [][]int
			for _, group := range m.Also {
				one = append(one, ids(group))
			}
			var inner []int
			for _, pattern := range m.Files {
				literal := plainest(pattern)
				if literal == "" {
					inner = nil
					break
				}
				inner = append(inner, id(literal))
			}
			var code [][]int
			for _, group := range m.InCode {
				code = append(code, ids(group))
			}
			for _, alternative := range m.Literals {
				w := want{match: len(x.matches), one: one, code: code, inner: inner}
				group := ids(alternative)
				w.also = group[1:]
				x.wanting[group[0]] = append(x.wanting[group[0]], w)
			}
			x.matches = append(x.matches, m)
		}
	}
	x.filter = newFilter(literals)
	return x
}

// worth returns the matches that cover a file and may find something in it.
func (x *index) worth(path, language string, text []byte) []match {
	if language == "" {
		return nil
	}
	found := x.filter.hits(len(x.wanting))
	x.filter.scan(text, found)
	return x.wanted(path, language, found)
}

// wanted returns the matches that cover a file and want one of the literals in
// it, in the order of the rules. Where there may be files in the file, these may
// be what a match covers.
func (x *index) wanted(path, language string, found hits) []match {
	holds, code := x.table.Holds(language), x.table.Code(language)
	var places []int
	for id := range found.all {
		for _, w := range x.wanting[id] {
			m := x.matches[w.match]
			if !found.have(w.also) || !found.haveGroup(w.one) || code && !found.haveGroup(w.code) || !holds && len(m.Languages) > 0 && !slices.Contains(m.Languages, language) {
				continue
			}
			if m.Covers(path, language) || holds && (len(w.inner) == 0 || found.haveOne(w.inner)) {
				places = append(places, w.match)
			}
		}
	}
	slices.Sort(places)
	var out []match
	for _, i := range slices.Compact(places) {
		out = append(out, x.matches[i])
	}
	return out
}

// plainest is the longest part of a pattern for paths without wildcards and
// slashes, as a literal; empty when it is not worth looking for.
func plainest(pattern string) string {
	longest := ""
	for part := range strings.FieldsFuncSeq(pattern, func(r rune) bool { return strings.ContainsRune(`*?[]\\/`, r) }) {
		if part = squeezed(part); len(part) > len(longest) {
			longest = part
		}
	}
	if len(longest) < 3 {
		return ""
	}
	return longest
}

// The bounds on one file.
const (
	// patience: real files take milliseconds.
	patience = 5 * time.Second
	// mostFindings is for the files of people who want to be a burden.
	mostFindings = 10_000
)

// judgeInTime is judge, given up after a while or when the context ends. A
// parser cannot be stopped from outside; one that was given up may run on, and
// keeps its text.
func (l *Linter) judgeInTime(ctx context.Context, n name, language string, text []byte, matches []match) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	done := make(chan Outcome, 1)
	go func() { done <- l.judge(n, language, text, matches) }()
	select {
	case out := <-done:
		return out, nil
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	}
}

// judge takes a file apart and lets the matches look at it.
func (l *Linter) judge(n name, language string, text []byte, matches []match) (out Outcome) {
	defer func() {
		// Files come from strangers, and there are many parsers and rules. One that
		// has a fault must not take the others' findings with it.
		if r := recover(); r != nil {
			out.Problems = append(out.Problems, syntax.Problem{Err: fmt.Errorf("a fault in muxkey: %v", r)})
		}
	}()
	f := l.index().table.Parse(n.shown, language, text)
	out.Problems = f.Problems
	j := judgement{Linter: l, file: f, name: n}
	for _, m := range matches {
		if m.Covers(f.Path, f.Language) {
			m.Find(f, func(h rules.Hit) { j.add(m, h) })
		}
		for _, inner := range f.Inner {
			if m.Covers(inner.Path, inner.Language) {
				m.Find(inner, func(h rules.Hit) { j.add(m, h) })
			}
		}
	}
	out.Findings = j.findings()
	out.Suppressed = j.suppressed
	if j.over {
		out.Problems = append(out.Problems, syntax.Problem{Err: fmt.Errorf("there are more than %d findings in it, and the rest is left out", mostFindings)})
	}
	return out
}

// judgement collects what is found in one file.
type judgement struct {
	*Linter
	file *syntax.File
	name name
	hits []hit
	over bool
	// guards are the conditional parts of a template.
	guards []syntax.Span

	suppressed int
}

type hit struct {
	rules.Hit
	by match
}

func (j *judgement) add(m match, h rules.Hit) {
	if len(j.hits) == 4*mostFindings { // several may be the same
		j.over = true
		return
	}
	h.Span = j.within(h.Span)
	h.Related = slices.Clone(h.Related)
	for i := range h.Related {
		h.Related[i] = j.within(h.Related[i])
	}
	j.hits = append(j.hits, hit{h, m})
}

// within is a range cut to the text.
func (j *judgement) within(s syntax.Span) syntax.Span {
	start := min(max(s.Start, 0), len(j.file.Text))
	return syntax.Span{Start: start, End: min(max(s.End, start), len(j.file.Text))}
}

func (h hit) severity() finding.Severity { return cmp.Or(h.by.Severity, h.by.rule.Severity) }

// findings makes findings of the hits. Where several matches of a rule have found
// the same place it is one finding, the heaviest.
func (j *judgement) findings() []finding.Finding {
	slices.SortStableFunc(j.hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End), cmp.Compare(a.by.rule.ID, b.by.rule.ID), b.severity().Compare(a.severity()))
	})
	j.hits = slices.CompactFunc(j.hits, func(a, b hit) bool { return a.Span == b.Span && a.by.rule.ID == b.by.rule.ID })
	j.yield()
	if len(j.hits) > mostFindings {
		j.hits, j.over = j.hits[:mostFindings], true
	}
	p := newPlaces(j.file, j.hits)
	if len(j.hits) > 0 && len(j.file.Tokens) == 0 {
		j.guards = guards(j.file.Text)
	}
	var out []finding.Finding
	for _, h := range j.hits {
		out = append(out, j.finding(p, h))
	}
	finding.Sort(out)
	return j.allow(p, out)
}

// yield takes away the hits of rules that yield, where one that they yield to has
// found something at the same place. The hits are in order.
func (j *judgement) yield() {
	for _, level := range []rules.Yield{rules.ToProducts, rules.ToAll} {
		var starts, ends []int // of the others; ends[i] is the last of those up to i
		for _, h := range j.hits {
			if h.by.rule.Yields < level {
				end := h.Span.End
				if n := len(ends); n > 0 {
					end = max(end, ends[n-1])
				}
				starts, ends = append(starts, h.Span.Start), append(ends, end)
			}
		}
		j.hits = slices.DeleteFunc(j.hits, func(h hit) bool {
			before, _ := slices.BinarySearch(starts, h.Span.End)
			return h.by.rule.Yields == level && before > 0 && ends[before-1] > h.Span.Start
		})
	}
}

// finding makes a finding of a hit: its place, its weight here, its fingerprint.
func (j *judgement) finding(p *places, h hit) finding.Finding {
	out := finding.Finding{
		Rule: h.by.rule.ID, Severity: h.severity(), Where: j.file.Path, Text: cmp.Or(h.Text, h.by.Text, h.by.rule.Title),
		Place: p.place(h.Span), Fingerprint: p.fingerprint(h.by.rule.ID, j.name.steady, h.Span),
	}
	if s, ok := j.policy.severity(out.Rule); ok {
		out.Severity = s
	}
	out.Repair = repair(j.file, h)
	for _, span := range h.Related {
		out.Related = append(out.Related, *p.place(span))
	}
	around := contexts(j.name.steady, h.Host, j.policy.AllowedHosts)
	i, _ := slices.BinarySearchFunc(j.guards, h.Span.Start, func(s syntax.Span, at int) int { return cmp.Compare(s.End, at+1) })
	if len(j.file.Tokens) > 0 && guarded(j.file.Text, h.Span.Start) || i < len(j.guards) && j.guards[i].Start <= h.Span.Start {
		around = append(around, "condition")
	}
	for _, c := range around {
		out.Context = append(out.Context, c)
		out.Severity = out.Severity.Lower()
	}
	return out
}
