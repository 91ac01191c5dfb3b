package lint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"
)

// places turns ranges of bytes into places for people: lines, columns, the line
// itself with its secrets covered.
type places struct {
	file    *syntax.File
	starts  []int          // of the lines
	secrets []syntax.Span  // in order; they do not overlap
	equal   map[string]int // how often a fingerprint was given
	hashed  int            // the number of the line, from 1, that has the hash
	hash    [sha256.Size]byte
	// at is the last offset whose column was asked for, on its line. Findings come
	// in order, so that a long line with many of them is counted once.
	at, line0, column0 int
}

func newPlaces(f *syntax.File, found []hit) *places {
	p := &places{file: f, starts: []int{0}, equal: map[string]int{}, line0: -1}
	for at := 0; ; {
		i := bytes.IndexByte(f.Text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
		p.starts = append(p.starts, at)
	}
	p.secrets = p.findSecrets(found)
	return p
}

// characters is how many there are in a part of the text.
func (p *places) characters(from, to int) int {
	return utf8.RuneCount(p.file.Text[from:to])
}

// column is that of an offset in a line, from 1.
func (p *places) column(line, offset int) int {
	if line != p.line0 || offset < p.at {
		p.line0, p.at, p.column0 = line, p.starts[line], 1
	}
	p.column0 += p.characters(p.at, offset)
	p.at = offset
	return p.column0
}

// line is the number of the line of an offset, from 0.
func (p *places) line(offset int) int {
	i, exact := slices.BinarySearch(p.starts, offset)
	if !exact {
		i--
	}
	return i
}

// bounds are those of a line without its line break.
func (p *places) bounds(line int) (start, end int) {
	start, end = p.starts[line], len(p.file.Text)
	if line+1 < len(p.starts) {
		end = p.starts[line+1] - 1
	}
	return start, start + len(bytes.TrimRight(p.file.Text[start:end], "\r"))
}

func (p *places) place(span syntax.Span) *finding.Location {
	first, last := p.line(span.Start), p.line(span.End)
	out := &finding.Location{File: p.file.Path, Line: first + 1, EndLine: last + 1, Column: p.column(first, span.Start)}
	if out.EndColumn = out.Column + p.characters(span.Start, span.End); last > first {
		out.EndColumn = 1 + p.characters(p.starts[last], span.End)
	}
	start, end := p.bounds(first)
	from, to := window(p.file.Text, start, end, span)
	out.Snippet = strings.ToValidUTF8(p.covered(from, to), "\uFFFD")
	if from > start {
		out.SnippetColumn = out.Column - p.characters(from, span.Start)
	}
	return out
}

// snippetLimit is how much of a line is shown, in bytes.
const snippetLimit = 400

// window is the part of a line around what was found.
func window(text []byte, start, end int, span syntax.Span) (from, to int) {
	if end-start <= snippetLimit {
		return start, end
	}
	found := min(span.End, end) - span.Start
	from = max(start, span.Start-max(0, snippetLimit-found)/2)
	to = min(end, from+snippetLimit)
	from = max(start, min(from, to-snippetLimit))
	for from < to && !utf8.RuneStart(text[from]) {
		from++
	}
	for to > from && to < end && !utf8.RuneStart(text[to]) {
		to--
	}
	return from, to
}

// covered is a part of the text in which each letter of a secret is a star, so
// that the columns behind it stay right.
func (p *places) covered(from, to int) string {
	var out strings.Builder
	i, _ := slices.BinarySearchFunc(p.secrets, from, func(s syntax.Span, from int) int {
		if s.End <= from {
			return -1
		}
		return 1
	})
	for ; i < len(p.secrets) && p.secrets[i].Start < to; i++ {
		s := syntax.Span{Start: max(p.secrets[i].Start, from), End: min(p.secrets[i].End, to)}
		out.Write(p.file.Text[from:s.Start])
		out.WriteString(strings.Repeat("*", p.characters(s.Start, s.End)))
		from = s.End
	}
	out.Write(p.file.Text[from:to])
	return out.String()
}

// fingerprint is the same wherever in a file a line moves, and however it is
// indented: it is made of the rule, the file and the words of the line. Secrets
// are left out, as a fingerprint is published and a short secret can be guessed
// from it. Equal lines are told apart by counting them.
//
// The lines around it could take part as well. Then a change next to a known
// finding would make it a new one, which is what baselines are there to prevent.
func (p *places) fingerprint(rule, path string, span syntax.Span) string {
	what := fmt.Sprintf("%s\x00%s\x00%x", rule, path, p.words(p.line(span.Start)))
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", what, p.equal[what]))
	p.equal[what]++
	return hex.EncodeToString(sum[:16])
}

// words is a hash of the words of a line. That of the last line is kept: all that
// a program has packed may be one line, with thousands of findings.
func (p *places) words(line int) [sha256.Size]byte {
	if p.hashed != line+1 {
		start, end := p.bounds(line)
		p.hashed, p.hash = line+1, sha256.Sum256([]byte(strings.Join(strings.Fields(p.covered(start, end)), " ")))
	}
	return p.hash
}

// secretNames end the names of what nobody else should read.
func secretNames() []string {
	return []string{"password", "passwd", "passphrase", "secret", "pwd", "token", "apikey", "accesskey", "secretkey", "privatekey", "credentials", "storepass", "keypass"}
}

// findSecrets are the places that a report must not show: those that rules name,
// passwords in addresses, values of settings and options that are called so. A
// line with a finding may hold them beside it; other lines are not shown.
func (p *places) findSecrets(found []hit) []syntax.Span {
	var shown []int
	for _, h := range found {
		shown = append(shown, p.line(h.Span.Start))
		for _, r := range h.Related {
			shown = append(shown, p.line(r.Start))
		}
	}
	slices.Sort(shown)
	hidden := func(at syntax.Span) bool {
		i, _ := slices.BinarySearch(shown, p.line(at.Start))
		return i == len(shown) || p.starts[shown[i]] > at.End
	}
	var out []syntax.Span
	add := func(v syntax.Value) {
		if v.Span.End > v.Span.Start && v.Form != syntax.Template && !rules.True(v) && !rules.False(v) {
			out = append(out, v.Span)
		}
	}
	for _, h := range found {
		out = append(out, h.Secret)
	}
	names := secretNames()
	called := func(name string) bool {
		name = squeezed(name)
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(name, n) })
	}
	for _, f := range append([]*syntax.File{p.file}, p.file.Inner...) {
		for _, u := range f.URLs {
			add(u.Password)
		}
		for i := range f.Settings {
			if s := &f.Settings[i]; len(s.Path) > 0 && !hidden(s.Value.Span) && called(s.Path[len(s.Path)-1]) {
				add(s.Value)
			}
		}
		for i := range f.Commands {
			words := f.Commands[i].Words
			if hidden(f.Commands[i].Span) {
				continue
			}
			for k, w := range words {
				option, value, joined := strings.Cut(w.Text, "=")
				switch {
				case !strings.HasPrefix(option, "-") || !called(option) && option != "-u" && option != "--user":
				case joined:
					add(syntax.Value{Text: value, Span: syntax.Span{Start: w.Span.End - len(value), End: w.Span.End}})
				case k+1 < len(words) && !words[k+1].Variable && !strings.HasPrefix(words[k+1].Text, "-"):
					next := words[k+1]
					if option == "-u" || option == "--user" { // curl -u name:password
						_, value, ok := strings.Cut(next.Text, ":")
						if !ok {
							continue
						}
						next.Text, next.Span.Start = value, next.Span.End-len(value)
					}
					add(syntax.Value{Text: next.Text, Span: next.Span})
				}
			}
		}
	}
	return merged(out, len(p.file.Text))
}

// merged sorts spans and joins those that overlap.
func merged(list []syntax.Span, size int) []syntax.Span {
	slices.SortFunc(list, func(a, b syntax.Span) int { return a.Start - b.Start })
	var out []syntax.Span
	for _, s := range list {
		s.Start, s.End = max(s.Start, 0), min(s.End, size)
		switch last := len(out) - 1; {
		case s.End <= s.Start:
		case last >= 0 && s.Start <= out[last].End:
			out[last].End = max(out[last].End, s.End)
		default:
			out = append(out, s)
		}
	}
	return out
}

// squeezed takes away what the styles of writing a key differ in.
func squeezed(key string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(ignorable, r) {
			return -1
		}
		return r
	}, strings.ToLower(key))
}
