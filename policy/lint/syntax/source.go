package syntax

import "sort"

// source is a piece of text inside a file, with the way back to where each of
// its bytes stands. Text inside text (a script in a YAML block, a URL in a
// string with escapes) is taken apart by the same functions as whole files.
type source struct {
	text string
	// from is where the text begins in that of which the anchors speak; where
	// there are none, in the file.
	from int
	// anchors are the points from which on inner and outer offsets run side by
	// side, ascending.
	anchors []anchor
}

// anchor is such a point. What follows an escape, up to the next anchor, stands
// for some other bytes of the file, width of them.
type anchor struct {
	inner, outer int
	escape       bool
	width        int
}

// anchor is the one that an offset belongs to, and the offset behind it.
func (s source) anchor(offset int) (anchor, int) {
	offset += s.from
	if len(s.anchors) == 0 {
		return anchor{}, offset
	}
	i := sort.Search(len(s.anchors), func(i int) bool { return s.anchors[i].inner > offset }) - 1
	a := s.anchors[max(i, 0)]
	return a, offset - a.inner
}

// at is the place in the file of the byte at an offset.
func (s source) at(offset int) int {
	a, behind := s.anchor(offset)
	switch {
	case !a.escape:
		return a.outer + behind
	case offset == len(s.text) && behind > 0:
		return a.outer + a.width
	}
	return a.outer
}

// span is the place in the file of a range. Its end is one behind the last
// byte, or behind the whole of an escape.
func (s source) span(start, end int) Span {
	if end <= start {
		return Span{s.at(start), s.at(start)}
	}
	a, behind := s.anchor(end - 1)
	out := Span{s.at(start), a.outer + behind + 1}
	if a.escape {
		out.End = a.outer + a.width
	}
	if out.End < out.Start {
		// A text that was put together out of order: its last piece.
		out.Start = a.outer
	}
	return out
}

// slice is a part of the source.
func (s source) slice(start, end int) source {
	return source{text: s.text[start:end], from: s.from + start, anchors: s.anchors}
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
	if n := len(b.anchors); n == 0 || b.anchors[n-1].escape || b.anchors[n-1].outer+len(b.text)-b.anchors[n-1].inner != outer {
		b.anchors = append(b.anchors, anchor{inner: len(b.text), outer: outer})
	}
	b.text = append(b.text, text...)
}

// escape appends text for which the file has some other bytes, width of them.
func (b *builder) escape(text string, outer, width int) {
	if text == "" {
		return
	}
	b.anchors = append(b.anchors, anchor{len(b.text), outer, true, width})
	b.text = append(b.text, text...)
}

// append adds a source as it is.
func (b *builder) append(s source) {
	if len(s.anchors) == 0 {
		b.add(s.text, s.from)
		return
	}
	first := sort.Search(len(s.anchors), func(i int) bool { return s.anchors[i].inner > s.from }) - 1
	for i := max(first, 0); i < len(s.anchors) && s.anchors[i].inner < s.from+len(s.text); i++ {
		a, end := s.anchors[i], s.from+len(s.text)
		if i+1 < len(s.anchors) {
			end = min(end, s.anchors[i+1].inner)
		}
		start := max(a.inner, s.from)
		if text := s.text[start-s.from : end-s.from]; a.escape {
			b.escape(text, a.outer, a.width)
		} else {
			b.add(text, a.outer+start-a.inner)
		}
	}
}

// source is what was put together. The place of nothing is outer.
func (b *builder) source(outer int) source {
	if len(b.anchors) == 0 {
		b.anchors = []anchor{{outer: outer}}
	}
	return source{text: string(b.text), anchors: b.anchors}
}
