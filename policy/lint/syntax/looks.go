package syntax

import (
	"bytes"
	"strings"

	"muxkey/internal/lazy"
)

// maxHead is how much of a file is looked at to tell its language.
const maxHead = 4 << 10

// headLines calls do with each line of the first bytes that is neither empty nor
// a comment.
func headLines(head []byte, do func(line string)) {
	head = head[:min(len(head), maxHead)]
	for line := range bytes.Lines(head) {
		text := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
		if text != "" && text[0] != '#' && text[0] != ';' && !strings.HasPrefix(text, "//") {
			do(text)
		}
	}
}

var (
	sectionLine  = lazy.Regexp(`^\[[^\[\]]+\]\s*([#;].*)?$`)
	assignedLine = lazy.Regexp(`^[\w.$/-]+( [\w.-]+)*\s*=([^>]|$)`)
	tablesLine   = lazy.Regexp(`^\[\[[^\[\]]+\]\]\s*(#.*)?$`)
	hoconLine    = lazy.Regexp(`^(include\s+("|required|file|classpath|url)|[\w."-]+\s*[=:{].*\$\{\??[\w.-]+\}|(akka|pekko|play|slick|lagom|alpakka|datastax-java-driver|ssl-config|esi|spark|kamon|cinnamon)(\.[\w.-]+)?\s*[={])`)
)

// looksXML tells markup from the tags that Apache and Fluentd put around
// directives: those have no attributes, and no tag follows them at once.
func looksXML(head []byte) bool {
	text := string(bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), maxHead)], []byte("\ufeff")), " \t\r\n"))
	if strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<!") {
		return true
	}
	tag, rest, found := strings.Cut(text, ">")
	return found && len(tag) > 1 && nameStart(tag[1]) && tag[0] == '<' &&
		(strings.Contains(tag, "=") || !strings.Contains(tag, " ") && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), "<"))
}

// looksINI tells lines of key = value from directives.
func looksINI(head []byte) bool {
	ini, conf := 0, 0
	headLines(head, func(line string) {
		switch {
		case sectionLine().MatchString(line):
			ini++
		case strings.HasSuffix(line, ";"), strings.HasSuffix(line, "{"), line[0] == '<', line[0] == '}':
			conf += 2
		case assignedLine().MatchString(line):
			ini++
		default:
			conf++
		}
	})
	return ini > conf && !looksTOML(head) && !looksHOCON(head)
}

// looksTOML knows TOML by its arrays of tables, which INI does not have.
func looksTOML(head []byte) bool {
	found := false
	headLines(head, func(line string) { found = found || tablesLine().MatchString(line) })
	return found
}

// looksHOCON knows HOCON by what only it has: includes of its kind, substitutions,
// and the names of the libraries that read it.
func looksHOCON(head []byte) bool {
	found, sections := false, false
	headLines(head, func(line string) {
		found = found || !strings.HasSuffix(line, ";") && hoconLine().MatchString(line)
		sections = sections || sectionLine().MatchString(line)
	})
	return found && !sections
}
