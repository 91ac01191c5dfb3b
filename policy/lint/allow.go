package lint

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"
)

// The rules about suppressions themselves.
const (
	allowNoReason = "MUX-ALLOW-001"
	allowExpired  = "MUX-ALLOW-002"
	allowUnused   = "MUX-ALLOW-003"
	allowBroken   = "MUX-ALLOW-004"
)

// AllowRules are the rules about suppressions. They look at what the others have
// found, so they are no values of package rules.
func AllowRules() []finding.Rule {
	const why = "A suppression is a decision, and somebody will have to understand it later. "
	refs := []string{"https://cwe.mitre.org/data/definitions/1116.html"}
	return []finding.Rule{
		{
			ID: allowNoReason, Title: "a suppression gives no reason", Severity: finding.Medium, CWE: 1116, References: refs,
			Why: why + "Without a reason nobody can tell whether it still holds, so it has no effect.",
			Fix: "Say why, and until when if that is known: `muxkey:allow RULE until=2027-01-31 reason=\"...\"`.",
		},
		{
			ID: allowExpired, Title: "a suppression has expired", Severity: finding.Medium, CWE: 1116, References: refs,
			Why: why + "This one was made for a time that is over, and has no effect any more.",
			Fix: "Mend what it was made for and remove it, or decide anew and give it another date.",
		},
		{
			ID: allowUnused, Title: "a suppression suppresses nothing", Severity: finding.Low, CWE: 1116, References: refs,
			Why: why + "What it was made for is gone; left there it would hide the next one.",
			Fix: "Remove it. A suppression stands on the line of the finding, or alone on the line before.",
		},
		{
			ID: allowBroken, Title: "a suppression cannot be read", Severity: finding.Medium, CWE: 1116, References: refs,
			Why: why + "This one has no effect.",
			Fix: "Write it so: `muxkey:allow RULE until=2027-01-31 reason=\"...\"`, with rules of `muxkey lint --list-rules`.",
		},
	}
}

// marks lets the suppressions be seen of files in which no rule finds anything.
func marks() *rules.Match {
	return &rules.Match{Literals: []string{finding.Mark}, Find: func(*syntax.File, func(rules.Hit)) {}}
}

// allowance is a suppression in a file.
type allowance struct {
	finding.Allowance
	span  syntax.Span
	line  int // the first line that it is for, counted from 0
	last  int // a command that goes on behind a line break is one line
	used  bool
	wrong string // the rule about suppressions that finds it
	text  string // what is to be said of it then
}

// openers begin comments. A suppression in a string, or in prose about
// suppressions, is none.
func openers() []string {
	return []string{"#", "//", "--", ";", "<!--", "/*", "*", "%", "rem", "'", "::", "{-", "(*", `"""`, "{{/*", "{{!", `"//": "`, `"//":"`, `"$comment": "`, `"_comment": "`}
}

// allowances finds the suppressions of a file.
func allowances(text []byte) []allowance {
	var out []allowance
	mark := []byte(finding.Mark)
	line := 0
	for start := 0; start < len(text); line++ {
		end, next := len(text), len(text)
		if i := bytes.IndexByte(text[start:], '\n'); i >= 0 {
			end, next = start+i, start+i+1
		}
		if i := bytes.Index(text[start:end], mark); i >= 0 {
			before := strings.ToLower(strings.TrimSpace(string(text[start : start+i])))
			for _, o := range openers() {
				if !strings.HasSuffix(before, o) {
					continue
				}
				a := allowance{line: line, last: line, span: syntax.Span{Start: start + i, End: start + i + len(mark)}}
				if before == o { // alone on its line
					a.line, a.last = following(text, next, line+1)
				}
				var err error
				a.Allowance, err = finding.ParseAllowance(strings.TrimRight(string(text[start+i+len(mark):end]), "\r"))
				switch {
				case errors.Is(err, finding.ErrNoReason):
					a.wrong, a.text = allowNoReason, "this suppression gives no reason, and has no effect"
				case err != nil:
					a.wrong, a.text = allowBroken, "this suppression has no effect: "+err.Error()
				}
				out = append(out, a)
				break
			}
		}
		start = next
	}
	return out
}

// following are the lines of the first command, or the first line, from one on
// that is not blank and holds no suppression: several may stand above one line.
func following(text []byte, start, line int) (first, last int) {
	first = -1
	for start < len(text) {
		end, next := len(text), len(text)
		if i := bytes.IndexByte(text[start:], '\n'); i >= 0 {
			end, next = start+i, start+i+1
		}
		t := bytes.TrimSpace(text[start:end])
		if first < 0 && len(t) > 0 && !bytes.Contains(t, []byte(finding.Mark)) {
			first = line
		}
		if first >= 0 && (len(t) == 0 || t[len(t)-1] != '\\' && t[len(t)-1] != '`') {
			break
		}
		start = next
		line++
	}
	if first < 0 {
		first = line
	}
	return first, line
}

// allow takes away what is suppressed, and adds what is to be said of the
// suppressions.
func (j *judgement) allow(p *places, list []finding.Finding) []finding.Finding {
	if !bytes.Contains(j.file.Text, []byte(finding.Mark)) {
		return list
	}
	all := allowances(j.file.Text)
	if len(all) > mostAllowances {
		all = all[:mostAllowances]
	}
	byLine := map[int][]*allowance{}
	for i := range all {
		a := &all[i]
		for line := a.line; line <= a.last && a.wrong == ""; line++ {
			byLine[line] = append(byLine[line], a)
		}
	}
	var out []finding.Finding
	for _, f := range list {
		suppressed := false
		for line := f.Place.Line - 1; line < f.Place.EndLine && !suppressed; line++ {
			for _, a := range byLine[line] {
				if !slices.ContainsFunc(a.Rules, func(word string) bool { return finding.Means(f.Rule, word) }) {
					continue
				}
				a.used = true
				suppressed = suppressed || !a.Expired(j.policy.Now)
			}
		}
		if suppressed {
			j.suppressed++
		} else {
			out = append(out, f)
		}
	}
	say := func(a *allowance, id, text string) {
		for _, r := range AllowRules() {
			if r.ID == id && j.policy.chooses(id) {
				rule := rules.Rule{Rule: r}
				out = append(out, j.finding(p, hit{rules.Hit{Span: a.span, Text: text}, match{&rules.Match{}, &rule}}))
			}
		}
	}
	for i := range all {
		a := &all[i]
		switch {
		case a.wrong != "":
			say(a, a.wrong, a.text)
		case j.unknown(a.Rules) != "":
			say(a, allowBroken, "this suppression is for "+j.unknown(a.Rules)+", and there is no such rule")
		case a.used && a.Expired(j.policy.Now):
			say(a, allowExpired, "this suppression has expired on "+a.Until.Format(time.DateOnly))
		case !a.used && j.applied(a.Rules):
			say(a, allowUnused, "this suppression suppresses nothing: "+strings.Join(a.Rules, ", ")+" does not find anything there")
		}
	}
	finding.Sort(out)
	return out
}

// mostAllowances is for the files of people who want to be a burden.
const mostAllowances = 1000

// unknown is the first of some words that names no rule and no group of rules.
func (j *judgement) unknown(words []string) string {
	all := ids(j.all)
	for _, word := range words {
		if !slices.ContainsFunc(all, func(id string) bool { return finding.Means(id, word) }) {
			return word
		}
	}
	return ""
}

// applied tells whether all rules were applied that a suppression is for. Of a
// rule that was not, nobody knows whether it would have found something.
func (j *judgement) applied(words []string) bool {
	for _, word := range words {
		for _, id := range ids(j.all) {
			if finding.Means(id, word) && !j.policy.chooses(id) {
				return false
			}
		}
	}
	return true
}
