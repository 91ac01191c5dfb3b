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
