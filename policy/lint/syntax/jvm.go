package syntax

// parseJVM takes a file of options for a JVM: several on a line, and comments
// that begin with '#'. In the jvm.options of Elasticsearch the versions of Java
// may stand before an option, which are none of our business.
func parseJVM(p *parser, s source) {
	lines(s.text, func(start, end int) {
		start, end = trim(s.text, start, end)
		if start < end && s.text[start] != '#' {
			p.options(s.slice(start, end))
		}
	})
}
