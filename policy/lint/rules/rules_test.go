package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muxkey/policy/lint/syntax"
)

// unmarked takes the marks out of an example, and returns where they were.
func unmarked(text string) (string, []syntax.Span) {
	var out strings.Builder
	var spans []syntax.Span
	for _, r := range text {
		switch r {
		case '«':
			spans = append(spans, syntax.Span{Start: out.Len(), End: -1})
		case '»':
			spans[len(spans)-1].End = out.Len()
		default:
			out.WriteRune(r)
		}
	}
	return out.String(), spans
}

// found is what a rule finds in an example, by its places.
func found(t *testing.T, r Rule, e Example, text string) []syntax.Span {
	t.Helper()
	language := syntax.Detect(e.File, []byte(text))
	if language == "" {
		t.Fatalf("no language has files like %s", e.File)
	}
	f := syntax.Parse(e.File, language, []byte(text))
	for _, p := range f.Problems {
		t.Errorf("%s is not understood: %v", e.File, p.Err)
	}
	var spans []syntax.Span
	hinted := func(literal string) bool {
		return !slices.ContainsFunc(strings.Split(literal, "&"), func(part string) bool { return !literally(text, part) })
	}
	languages := syntax.Languages()
	l, _ := languages.Get(language)
	for _, m := range r.Match {
		for _, f := range append([]*syntax.File{f}, f.Inner...) {
			if !m.Covers(f.Path, f.Language) {
				continue
			}
			m.Find(f, func(h Hit) {
				for i, wanted := range [][]string{m.Literals, m.Also, m.InCode} {
					if (i < 2 || l.Code) && wanted != nil && !slices.ContainsFunc(wanted, hinted) {
						t.Errorf("the match found %q, and none of its literals %q is in the file", text[h.Span.Start:h.Span.End], wanted)
					}
				}
				if !slices.Contains(spans, h.Span) {
					spans = append(spans, h.Span)
				}
			})
		}
	}
	slices.SortFunc(spans, func(a, b syntax.Span) int { return a.Start - b.Start })
	return spans
}

// literally tells whether a literal is in a text.
func literally(text, literal string) bool {
	literal, end := strings.CutSuffix(literal, "$")
	literal, begin := strings.CutPrefix(literal, "^")
	pattern := strings.Join(strings.Split(regexp.QuoteMeta(literal), ""), "[-_.]*")
	pattern = strings.ReplaceAll(pattern, `\[-_.]*`, `\`)
	if begin {
		pattern = `(^|[^a-z]|[\\-][a-z]|%.[a-z])` + pattern
	}
	if end {
		pattern += "([^a-z]|$)"
	}
	return regexp.MustCompile("(?i)" + pattern).MatchString(text)
}

func show(text string, spans []syntax.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, fmt.Sprintf("%d-%d %q", s.Start, s.End, text[s.Start:s.End]))
	}
	return strings.Join(out, ", ")
}

// TestExamples lets each rule see its own examples.
func TestExamples(t *testing.T) {
	for r := range All().All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			for i, e := range r.Bad {
				t.Run(fmt.Sprintf("bad %d %s", i+1, strings.ReplaceAll(e.File, "/", "|")), func(t *testing.T) {
					text, want := unmarked(e.Text)
					if got := found(t, r, e, text); !slices.Equal(got, want) {
						t.Errorf("in\n%s\nfound  %s\nwanted %s", text, show(text, got), show(text, want))
					}
				})
			}
			for i, e := range r.Good {
				t.Run(fmt.Sprintf("good %d %s", i+1, strings.ReplaceAll(e.File, "/", "|")), func(t *testing.T) {
					if got := found(t, r, e, e.Text); len(got) > 0 {
						t.Errorf("in\n%s\nfound %s", e.Text, show(e.Text, got))
					}
				})
			}
		})
	}
}

// TestRulesAreWhole holds what each rule must say of itself.
func TestRulesAreWhole(t *testing.T) {
	ordinary := ordinaryWords()
	id := regexp.MustCompile(`^MUX-[A-Z0-9]+-[0-9]{3}$`)
	names := syntax.Languages()
	for r := range All().All() {
		complain := func(format string, args ...any) { t.Errorf(r.ID+": "+format, args...) }
		if !id.MatchString(r.ID) {
			complain("the ID is not like MUX-GROUP-001")
		}
		if r.Title == "" || r.Why == "" || r.Fix == "" || r.CWE == 0 || r.Severity == "" {
			complain("title, severity, CWE, why or fix is missing")
		}
		if strings.HasSuffix(r.Title, ".") || !strings.HasSuffix(r.Why, ".") || !strings.HasSuffix(r.Fix, ".") {
			complain("the title is no sentence, why and fix are")
		}
		said := []string{r.Title}
		for _, m := range r.Match {
			said = append(said, m.Text)
		}
		for _, text := range said {
			first, _, _ := strings.Cut(text, " ")
			if strings.HasSuffix(text, ".") || first != strings.ToLower(first) && slices.Contains(ordinary, strings.ToLower(first)) {
				complain("%q ends like a sentence, or begins like one with a word that is no name", text)
			}
		}
		if len(r.References) == 0 || len(r.Bad) == 0 || len(r.Good) == 0 || len(r.Match) == 0 {
			complain("references, examples or matches are missing")
		}
		for _, ref := range r.References {
			if !strings.HasPrefix(ref, "https://") {
				complain("the reference %q is no https address", ref)
			}
		}
		for _, e := range r.Bad {
			if !strings.Contains(e.Text, "«") {
				complain("a bad example marks no place:\n%s", e.Text)
			}
		}
		for i, m := range r.Match {
			if len(m.Literals) == 0 {
				complain("match %d has no literals: every file would be taken apart", i)
			}
			for _, l := range append(slices.Clone(m.Literals), m.InCode...) {
				if first, _, _ := strings.Cut(l, "&"); len(strings.Trim(first, "^$")) < 3 || strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(l)) != l {
					complain("match %d: the literal %q is too short, or not in lower case without - _ .", i, l)
				}
			}
			for _, l := range m.Languages {
				if _, ok := names.Get(l); !ok {
					complain("match %d: there is no language %q", i, l)
				}
			}
		}
	}
}

// ordinaryWords are words that begin a text and are no name of anything.
func ordinaryWords() []string {
	return strings.Fields("a an the in on at of its it this that these those there what who where when with without no not all any some one two only every " +
		"server servers client clients certificate certificates password passwords key keys package packages image images gems logs mail programs program browser app development connection connections")
}
