package syntax

import "sort"

// source is a piece of text inside a file, with the way back to where each of
// its bytes stands. Text inside text (a script in a YAML block, a URL in a
// string with escapes) is taken apart by the same functions as whole files.
type source struct {
	text string
	// anchors are the points from which on inner and outer offsets run side by
	// side, ascending; nil means that the source is the file.
	anchors []anchor
}

type anchor struct{ inner, outer int }

// at is the place in the file of the byte at an offset.
func (s source) at(offset int) int {
	if len(s.anchors) == 0 {
		return offset
	}
	i := sort.Search(len(s.anchors), func(i int) bool { return s.anchors[i].inner > offset }) - 1
	a := s.anchors[max(i, 0)]
	return a.outer + offset - a.inner
}

// span is the place in the file of a range. Its end is one behind the last
// byte, so that an escape at the end of a range is not half of it.
func (s source) span(start, end int) Span {
	if end <= start {
		return Span{s.at(start), s.at(start)}
	}
	return Span{s.at(start), s.at(end-1) + 1}
}

// slice is a part of the source.
func (s source) slice(start, end int) source {
	part := source{text: s.text[start:end], anchors: []anchor{{0, s.at(start)}}}
	for _, a := range s.anchors {
		if a.inner > start && a.inner < end {
			part.anchors = append(part.anchors, anchor{a.inner - start, a.outer})
		}
	}
	return part
}

// builder puts a source together while escapes and indentation are taken away.
type builder struct {
	text    []byte
	anchors []anchor
}

// add appends bytes that come from the given place in the file.
func (b *builder) add(text string, outer int) {
	if text == "" {
		return
	}
	if n := len(b.anchors); n == 0 || b.anchors[n-1].outer+len(b.text)-b.anchors[n-1].inner != outer {
		b.anchors = append(b.anchors, anchor{len(b.text), outer})
	}
	b.text = append(b.text, text...)
}

func (b *builder) source(outer int) source {
	if len(b.anchors) == 0 {
		b.anchors = []anchor{{0, outer}}
	}
	return source{text: string(b.text), anchors: b.anchors}
}
