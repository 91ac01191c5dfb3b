package lint

import (
	"bytes"
	"strings"

	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

// A line that asks something, one that goes on with what a line above asked, one
// where a function begins, and the words by which programs let people choose.
var (
	asks   = lazy.Regexp(`^(?:[})\]]+\s*)?(?:else\s+)?(?:if|elif|elsif|elseif|unless|when|case|guard)\b`)
	goesOn = lazy.Regexp(`^(?:[})\]]+\s*)?(?:else\b|then\b|[)\]]|&&|\|\||and\b|or\b|\{)`)
	begins = lazy.Regexp(`^(?:func|def|fn|function|sub|class|impl|public|private|protected|static|async)\b`)
	behind = lazy.Regexp(`\b(?:if|unless)\b`)
	choice = lazy.Regexp(`(?i)insecure|skip|verif|unsafe|ignore|trust|strict|self_?signed|reject|validat|danger|auto_?tls|no_?check|check_?(?:cert|host|ssl|tls)`)
)

// guarded tells whether a place in source code is reached only when a condition
// holds that speaks of just this: if opts.Insecure { ... = true }. It goes by how
// lines are indented, as all languages are alike in that, and looks no further
// than the function around.
func guarded(text []byte, at int) bool {
	const farthest = 60 // lines
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	end := len(text)
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		end = at + i
	}
	line := bytes.TrimSpace(text[start:end])
	if asks().Match(line) && choice().Match(bytes.TrimSpace(text[start:at])) {
		return true
	}
	if i := behind().FindIndex(text[at:end]); i != nil && choice().Match(text[at+i[0]:end]) {
		return true // "... = 0 if $insecure;"
	}
	depth, open := indent(text[start:end]), false
	for n := 0; n < farthest && start > 0; n++ {
		end = start - 1
		start = bytes.LastIndexByte(text[:end], '\n') + 1
		line := bytes.TrimSpace(text[start:end])
		if len(line) == 0 {
			continue
		}
		d := indent(text[start:end])
		if d > depth || d == depth && !open {
			continue
		}
		switch {
		case asks().Match(line):
			if choice().Match(line) {
				return true
			}
			open = false
		case goesOn().Match(line):
			open = true // of an "if" above
		case begins().Match(line):
			return false
		default:
			if d == depth {
				continue // what stands in the branch before "else"
			}
			open = false
		}
		depth = d
	}
	return false
}

// statement is one of a template that begins, turns or ends what is conditional.
var statement = lazy.Regexp(`\{[{%][-~+]?\s*(if|unless|with|range|for|block|define|macro|elseif|elsif|elif|else|end[a-z]*)\b([^}%]*)`)

// guards are the ranges of a template that make it into the file only when a
// condition holds that speaks of just this: {{ if .Values.insecure }}. They are in
// order and do not overlap.
func guards(text []byte) []syntax.Span {
	type branch struct {
		start int
		on    bool
	}
	var open []branch
	var out []syntax.Span
	ends := func(b branch, at int) {
		if b.on {
			out = append(out, syntax.Span{Start: b.start, End: at})
		}
	}
	for _, m := range statement().FindAllSubmatchIndex(text, -1) {
		word, on := string(text[m[2]:m[3]]), choice().Match(text[m[4]:m[5]])
		last := len(open) - 1
		switch {
		case !strings.HasPrefix(word, "e"):
			open = append(open, branch{m[1], on})
		case last < 0:
		case strings.HasPrefix(word, "end"):
			ends(open[last], m[0])
			open = open[:last]
		default: // the branch behind "else" hangs on the same question
			ends(open[last], m[0])
			open[last] = branch{m[1], open[last].on || on}
		}
	}
	for _, b := range open {
		ends(b, len(text))
	}
	return merged(out, len(text))
}

// indent counts the blanks before a line; a tab is eight.
func indent(line []byte) int {
	n := 0
	for _, b := range line {
		switch b {
		case ' ':
			n++
		case '\t':
			n += 8
		default:
			return n
		}
	}
	return n
}
