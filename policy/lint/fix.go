package lint

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/internal/safefile"
	"muxkey/policy/lint/syntax"
)

// repair is how a hit can be mended.
func repair(f *syntax.File, h hit) *finding.Repair {
	with := cmp.Or(h.Replace, h.by.Replace)
	switch {
	case with != nil:
		return &finding.Repair{Start: h.Span.Start, End: h.Span.End, With: *with}
	case h.by.Remove:
		return removal(f, h.Span)
	}
	return nil
}

// removal takes a word of a command away, with the blanks before it; where it
// stands alone on its line, with a line break that is escaped or as the item of a
// list, the line goes. Elsewhere, in a list within brackets for one, it cannot
// simply go.
func removal(f *syntax.File, span syntax.Span) *finding.Repair {
	text := f.Text
	start := bytes.LastIndexByte(text[:span.Start], '\n') + 1
	end, next := len(text), len(text)
	if i := bytes.IndexByte(text[span.End:], '\n'); i >= 0 {
		end, next = span.End+i, span.End+i+1
	}
	before, after := strings.TrimSpace(string(text[start:span.Start])), strings.TrimSpace(string(text[span.End:end]))
	switch {
	case before == "" && (after == "\\" || after == "`" || after == "^") && start > 0:
		return &finding.Repair{Start: start, End: next}
	case f.Language == "yaml" && strings.Trim(before, `"'`) == "-" && strings.Trim(after, `"'`) == "":
		return &finding.Repair{Start: start, End: next}
	}
	blanks := span.Start
	for blanks > start && (text[blanks-1] == ' ' || text[blanks-1] == '\t') {
		blanks--
	}
	if blanks == span.Start || blanks == start || span.End < len(text) && !bytes.ContainsAny(text[span.End:span.End+1], " \t\r\n;|&)") {
		return nil
	}
	return &finding.Repair{Start: blanks, End: span.End}
}

// Fixed is a file that can be mended.
type Fixed struct {
	Path          string
	Before, After []byte
	Mended        []finding.Finding
}

// Unfixed is a finding with a repair that was not made, and why.
type Unfixed struct {
	Finding finding.Finding
	Err     error
}

// Fix mends findings in the files where they are, as far as they can be mended.
// Nothing is written: see [Fixed.Write]. A file is left as it is when it is not
// what was judged any more, or when after the repair a rule would find what it
// did not find before.
func (l *Linter) Fix(ctx context.Context, list []finding.Finding) (fixed []Fixed, left []Unfixed) {
	byFile := map[string][]finding.Finding{}
	var files []string
	for _, f := range list {
		if f.Repair == nil {
			continue
		}
		if byFile[f.Place.File] == nil {
			files = append(files, f.Place.File)
		}
		byFile[f.Place.File] = append(byFile[f.Place.File], f)
	}
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		done, err := l.fixFile(file, byFile[file])
		if err != nil {
			for _, f := range byFile[file] {
				left = append(left, Unfixed{f, err})
			}
			continue
		}
		fixed = append(fixed, done)
	}
	return fixed, left
}

// The reasons for which a file is not mended.
var (
	ErrEncoding = errors.New("it is not plain UTF-8")
	ErrChanged  = errors.New("it has changed since it was judged")
	ErrNewFault = errors.New("the repair would not do: a rule still finds something there")
)

func (l *Linter) fixFile(path string, list []finding.Finding) (Fixed, error) {
	before, err := os.ReadFile(path) //nolint:gosec // the user named it, or a directory above it
	if err != nil {
		return Fixed{}, cause(err)
	}
	if text, binary := decoded(before); binary || !bytes.Equal(text, before) || !bytes.Equal(utf8Text(text), before) {
		return Fixed{}, ErrEncoding
	}
	old := l.Text(path, before).Findings
	for _, f := range list {
		if !slices.ContainsFunc(old, func(o finding.Finding) bool { return o.Rule == f.Rule && *o.Place == *f.Place }) {
			return Fixed{}, ErrChanged
		}
	}
	slices.SortFunc(list, func(a, b finding.Finding) int { return cmp.Compare(b.Repair.Start, a.Repair.Start) })
	after := bytes.Clone(before)
	end := len(after) + 1 // of what is not changed yet; two repairs may be one
	for _, f := range list {
		if f.Repair.End > end {
			continue
		}
		end = f.Repair.Start
		after = slices.Replace(after, f.Repair.Start, f.Repair.End, []byte(f.Repair.With)...)
	}
	fresh := l.Text(path, after)
	if len(fresh.Findings) > len(old)-len(list) {
		return Fixed{}, ErrNewFault
	}
	return Fixed{Path: path, Before: before, After: after, Mended: list}, nil
}

// Write replaces the file, which keeps its mode and owner.
func (f Fixed) Write(ctx context.Context) error {
	return safefile.Edit(ctx, f.Path, safefile.Options{Replace: true}, func(old io.Reader) ([]byte, error) {
		now, err := io.ReadAll(old)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(now, f.Before) {
			return nil, ErrChanged
		}
		return f.After, nil
	})
}
