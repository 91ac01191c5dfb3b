// Package glob matches paths with patterns as git does.
package glob

import "strings"

// Match matches a path as git's wildmatch does with WM_PATHNAME: "*" and "?"
// stop at slashes, "**" does not where it is a whole element. It takes the time
// of the product of both lengths, whatever the pattern; going back at each star,
// as matchers do, takes as long as a hostile pattern wants.
func Match(glob, path string) bool {
	// reached[i]: the part of the path up to i is matched by the pattern so far.
	reached := make([]bool, len(path)+1)
	reached[0] = true
	next := make([]bool, len(path)+1)
	for i := 0; i < len(glob); {
		clear(next)
		var matches func(byte) bool
		switch c := glob[i]; c {
		case '*':
			stars := len(glob[i:]) - len(strings.TrimLeft(glob[i:], "*"))
			// Git compares the plain beginning first and hands over the rest, so
			// that stars right behind it stand at a beginning as well.
			before, rest := i == strings.IndexAny(glob, `*?[\`) || glob[i-1] == '/', glob[i+stars:]
			whole := stars > 1 && before && (rest == "" || rest[0] == '/')
			i += stars
			switch {
			case whole && rest == "": // "a/**": everything below
				some := false
				for k := range next {
					some = some || reached[k]
					next[k] = some
				}
			case whole: // "**/" or "/**/": any number of directories, also none
				i++
				some := false
				for k := range next {
					next[k] = reached[k] || some && path[k-1] == '/'
					some = some || reached[k]
				}
			default:
				some := false
				for k := range next {
					if k > 0 && path[k-1] == '/' {
						some = false
					}
					some = some || reached[k]
					next[k] = some
				}
			}
			reached, next = next, reached
			continue
		case '?':
			i++
			matches = func(b byte) bool { return b != '/' }
		case '[':
			set, n, ok := parseClass(glob[i:])
			if !ok {
				return false // git matches nothing with such a pattern
			}
			i += n
			matches = func(b byte) bool { return b != '/' && set(b) }
		default:
			if c == '\\' {
				if i++; i == len(glob) {
					return false
				}
				c = glob[i]
			}
			i++
			matches = func(b byte) bool { return b == c }
		}
		for k := range len(path) { // bytes
			next[k+1] = reached[k] && matches(path[k])
		}
		reached, next = next, reached
	}
	return reached[len(path)]
}

// parseClass reads "[a-z]", "[!a-z]", "[[:digit:]]", and returns its length.
func parseClass(s string) (set func(byte) bool, n int, ok bool) {
	var in [256]bool
	i := 1
	not := i < len(s) && (s[i] == '!' || s[i] == '^')
	if not {
		i++
	}
	for first := true; ; first = false {
		if i >= len(s) {
			return nil, 0, false
		}
		if s[i] == ']' && !first {
			break
		}
		if name, found := strings.CutPrefix(s[i:], "[:"); found {
			name, _, found = strings.Cut(name, ":]")
			test, known := classes(name)
			if !found || !known {
				return nil, 0, false
			}
			for b := range in {
				in[b] = in[b] || test(byte(b)) //nolint:gosec // below 256
			}
			i += len(name) + 4
			continue
		}
		low, size := classByte(s[i:])
		if size == 0 {
			return nil, 0, false
		}
		i += size
		in[low] = true // also of a range that is the wrong way round
		high := low
		if i+1 < len(s) && s[i] == '-' && s[i+1] != ']' {
			if high, size = classByte(s[i+1:]); size == 0 {
				return nil, 0, false
			}
			i += 1 + size
		}
		for b := int(low); b <= int(high); b++ {
			in[b] = true
		}
	}
	return func(b byte) bool { return in[b] != not }, i + 1, true
}

func classByte(s string) (b byte, size int) {
	switch {
	case s[0] != '\\':
		return s[0], 1
	case len(s) > 1:
		return s[1], 2
	}
	return 0, 0
}

// classes are those of POSIX, for ASCII.
func classes(name string) (func(byte) bool, bool) {
	between := func(pairs ...byte) func(byte) bool {
		return func(b byte) bool {
			for i := 0; i < len(pairs); i += 2 {
				if b >= pairs[i] && b <= pairs[i+1] {
					return true
				}
			}
			return false
		}
	}
	set, ok := map[string]func(byte) bool{
		"alnum": between('0', '9', 'A', 'Z', 'a', 'z'), "alpha": between('A', 'Z', 'a', 'z'), "blank": between(' ', ' ', '\t', '\t'),
		"cntrl": between(0, 31, 127, 127), "digit": between('0', '9'), "graph": between('!', '~'), "lower": between('a', 'z'),
		"print": between(' ', '~'), "punct": between('!', '/', ':', '@', '[', '`', '{', '~'), "space": between(' ', ' ', '\t', '\r'),
		"upper": between('A', 'Z'), "xdigit": between('0', '9', 'A', 'F', 'a', 'f'),
	}[name]
	return set, ok
}
