package cel

import (
	"strings"
	"unicode/utf8"
)

// The functions of the extension for strings, as cel-go and cel-java have them.
// Positions count characters.

func lowerASCII(s *state, _ *node, a []value) value {
	return s.ascii(a[0].s, 'A', 'Z')
}

func upperASCII(s *state, _ *node, a []value) value {
	return s.ascii(a[0].s, 'a', 'z')
}

// ascii changes the case of the letters between two.
func (s *state) ascii(text string, from, to byte) value {
	s.spend(len(text) / 8)
	out := []byte(text)
	for i, c := range out {
		if from <= c && c <= to {
			out[i] = c ^ 0x20
		}
	}
	return stringValue(string(out))
}

func trim(s *state, _ *node, a []value) value {
	s.spend(len(a[0].s) / 64)
	return stringValue(strings.TrimSpace(a[0].s))
}

// offset is the byte at which a character stands. ok is false behind the end.
func (s *state) offset(text string, at int64) (int, bool) {
	s.spend(len(text) / 64)
	if at < 0 || at > int64(len(text)) {
		return 0, false
	}
	i := 0
	for ; at > 0; at-- {
		if i == len(text) {
			return 0, false
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	return i, true
}

func outOfRange(n *node, at int64) value {
	return fail(n, "%s: there is no position %d", n.name, at)
}

func charAt(s *state, n *node, a []value) value {
	i, ok := s.offset(a[0].s, a[1].n)
	if !ok {
		return outOfRange(n, a[1].n)
	}
	_, size := utf8.DecodeRuneInString(a[0].s[i:])
	return stringValue(a[0].s[i : i+size])
}

func substring(s *state, n *node, a []value) value {
	text := a[0].s
	start, ok := s.offset(text, a[1].n)
	if !ok {
		return outOfRange(n, a[1].n)
	}
	if len(a) == 2 {
		return stringValue(text[start:])
	}
	end, ok := s.offset(text, a[2].n)
	if !ok || end < start {
		return outOfRange(n, a[2].n)
	}
	return stringValue(text[start:end])
}

func indexOf(s *state, n *node, a []value) value {
	text, sub := a[0].s, a[1].s
	from := int64(0)
	if len(a) == 3 {
		from = a[2].n
	}
	if from < 0 {
		return outOfRange(n, from)
	}
	start, ok := s.offset(text, from)
	if !ok && sub == "" {
		return intValue(int64(utf8.RuneCountInString(text)))
	}
	if !ok {
		return intValue(-1)
	}
	s.spend((len(text) + len(sub)) / 8)
	at := strings.Index(text[start:], sub)
	if at < 0 {
		return intValue(-1)
	}
	return intValue(from + int64(utf8.RuneCountInString(text[start:start+at])))
}

func lastIndexOf(s *state, n *node, a []value) value {
	text, sub := a[0].s, a[1].s
	s.spend((len(text) + len(sub)) / 8)
	length := int64(utf8.RuneCountInString(text))
	before := length // where the last one may begin
	if len(a) == 3 {
		before = a[2].n
		switch {
		case before < 0:
			return outOfRange(n, before)
		case before >= length && sub != "":
			return intValue(-1)
		}
		before = min(before, length)
	}
	end, _ := s.offset(text, before)
	at := strings.LastIndex(text[:min(len(text), end+len(sub))], sub)
	if at < 0 {
		return intValue(-1)
	}
	return intValue(int64(utf8.RuneCountInString(text[:at])))
}

func replace(s *state, _ *node, a []value) value {
	text, before, after := a[0].s, a[1].s, a[2].s
	count := strings.Count(text, before)
	if len(a) == 4 && a[3].n >= 0 {
		count = int(min(int64(count), a[3].n))
	}
	if !s.spend((len(text) + count*(1+len(after))) / 8) {
		return a[0]
	}
	return stringValue(strings.Replace(text, before, after, count))
}

func split(s *state, _ *node, a []value) value {
	limit := -1
	if len(a) == 3 {
		limit = int(max(-1, min(a[2].n, int64(len(a[0].s))+1)))
	}
	if !s.spend(4*strings.Count(a[0].s, a[1].s) + len(a[0].s)/64) {
		return a[0]
	}
	var list []value
	for _, part := range strings.SplitN(a[0].s, a[1].s, limit) {
		list = append(list, stringValue(part))
	}
	return listValue(list)
}

func joinTexts(s *state, n *node, a []value) value {
	between := ""
	if len(a) == 2 {
		if a[1].kind != String {
			return noOverload(n, a...)
		}
		between = a[1].s
	}
	if a[0].kind != List {
		return noOverload(n, a...)
	}
	var b strings.Builder
	for i, it := 0, s.items(a[0]); i < it.n; i++ {
		item := it.at(i)
		if item.kind != String {
			return noOverload(n, item)
		}
		if !s.spend(1 + (len(between)+len(item.s))/8) {
			break
		}
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(item.s)
	}
	return stringValue(b.String())
}
