package jar

import (
	"bytes"
	"strings"
)

// manifest is a manifest or a signature file.
type manifest struct {
	raw      []byte
	main     section
	sections map[string]section
	order    []string // of the names of sections
}

// section is a group of lines and the empty line behind it.
type section struct {
	raw []byte
	// attributes have names in upper case.
	attributes map[string]string
}

// parseManifest reads what has the form of a manifest; lines that have not are
// passed over.
func parseManifest(data []byte) manifest {
	m := manifest{raw: data, sections: map[string]section{}}
	first := true
	for len(data) > 0 {
		n := sectionEnd(data)
		s := section{raw: data[:n], attributes: attributes(data[:n])}
		data = data[n:]
		if first {
			m.main, first = s, false
			continue
		}
		name, ok := s.attributes["NAME"]
		if !ok {
			continue
		}
		if _, twice := m.sections[name]; !twice {
			m.order = append(m.order, name)
		}
		m.sections[name] = s
	}
	return m
}

// sectionEnd is the length of a section with its empty line.
func sectionEnd(data []byte) int {
	for i := 0; i < len(data); {
		n, line := lineEnd(data[i:])
		i += n
		if line == 0 {
			return i
		}
	}
	return len(data)
}

// lineEnd is the length of a line with its end and without.
func lineEnd(data []byte) (n, line int) {
	line = bytes.IndexAny(data, "\r\n")
	switch {
	case line < 0:
		return len(data), len(data)
	case data[line] == '\r' && line+1 < len(data) && data[line+1] == '\n':
		return line + 2, line
	}
	return line + 1, line
}

// attributes joins continued lines and splits them at the colon.
func attributes(data []byte) map[string]string {
	var lines []string
	for len(data) > 0 {
		n, length := lineEnd(data)
		line := string(data[:length])
		data = data[n:]
		if rest, ok := strings.CutPrefix(line, " "); ok && len(lines) > 0 {
			lines[len(lines)-1] += rest
		} else {
			lines = append(lines, line)
		}
	}
	out := map[string]string{}
	for _, line := range lines {
		if key, value, ok := strings.Cut(line, ": "); ok {
			out[strings.ToUpper(key)] = value
		}
	}
	return out
}
