package syntax

// parseText takes a file in which only addresses and blocks of code count.
func parseText(p *parser, s source) { p.addresses(s, nil) }
