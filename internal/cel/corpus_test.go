package cel_test

import (
	_ "embed"
	"strings"
)

//go:embed testdata/expressions.txt
var expressions string

// corpus are expressions at the edges: of testdata, one a line.
func corpus() []string {
	var all []string
	for line := range strings.Lines(expressions) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	// What does not stand on a line of its own.
	return append(all,
		"1 + // a comment\n 2", "// only a comment\n\"x\"", "'''two\nlines'''", "\"\"\"a\r\nb\"\"\"", "'two\nlines'",
		"\t\f\r\n 1", "\"a\\\nb\"", "'''a\\\nb'''", "1 // end", "", " ", "'\x00'", "\"tab\there\"", "r'''a\\\nb'''",
	)
}
