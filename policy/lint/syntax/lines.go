package syntax

import "strings"

// lines calls do with the range of each line of a text, without its line break.
func lines(text string, do func(start, end int)) {
	for start := 0; start < len(text); {
		end := len(text)
		next := end
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end, next = start+i, start+i+1
		}
		if end > start && text[end-1] == '\r' {
			do(start, end-1)
		} else {
			do(start, end)
		}
		start = next
	}
}

// trim narrows a range to what stands between blanks.
func trim(text string, start, end int) (int, int) {
	for start < end && (text[start] == ' ' || text[start] == '\t' || text[start] == '\f') {
		start++
	}
	for end > start && (text[end-1] == ' ' || text[end-1] == '\t' || text[end-1] == '\r' || text[end-1] == '\f') {
		end--
	}
	return start, end
}

// unquote narrows a range to what stands within quotes around the whole of it.
func unquote(text string, start, end int) (int, int, Form) {
	if end-start >= 2 && (text[start] == '"' || text[start] == '\'') && text[end-1] == text[start] {
		return start + 1, end - 1, Quoted
	}
	return start, end, Bare
}

// line is the range of the line that was looked at last. Many short words may
// stand on one long line, and its end is not to be looked for by each.
type line struct{ start, first, end int }

// at is the line of an offset.
func (l *line) at(text string, offset int) line {
	if offset < l.start || offset > l.end || l.end == 0 {
		l.start = strings.LastIndexByte(text[:offset], '\n') + 1
		l.end = lineEnd(text, offset)
		l.first, _ = trim(text, l.start, l.end)
	}
	return *l
}
