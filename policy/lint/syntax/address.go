package syntax

import (
	"slices"
	"strings"
)

// addresses finds URLs and connection strings in a text, and their parameters.
func (p *parser) addresses(s source, key []string) {
	p.urls(s, key)
	if strings.IndexByte(s.text, '=') < 0 {
		p.dsn(s, key)
		return
	}
	p.dsn(s, key)
	p.descriptions(s)
	p.keywords(s)
}

// urls finds what has "://" in it, and the links of Sametime, which need none.
func (p *parser) urls(s source, key []string) {
	t := s.text
	for rest := 0; ; {
		i := strings.Index(t[rest:], "://")
		if i < 0 {
			break
		}
		colon := rest + i
		start := colon
		for start > rest && schemeByte(t[start-1]) {
			start--
		}
		for start < colon && !letter(t[start]) {
			start++
		}
		if start == colon {
			rest = colon + 3
			continue
		}
		end := addressEnd(t, colon+3)
		if strings.EqualFold(t[start:colon], "hclsametime") {
			p.sametime(s.slice(start, end), key)
		} else {
			// jdbc:mysql://, r2dbc:pool:postgresql://
			first := start
			for first > rest && (schemeByte(t[first-1]) || t[first-1] == ':') {
				first--
			}
			p.url(s, first, start, colon, end, key)
		}
		rest = end
	}
	for rest := 0; ; {
		i := indexFold(t[rest:], "hclsametime:")
		if i < 0 {
			return
		}
		start := rest + i
		rest = start + len("hclsametime:")
		if !strings.HasPrefix(t[rest:], "//") {
			end := addressEnd(t, rest)
			p.sametime(s.slice(start, end), key)
			rest = end
		}
	}
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// schemeByte tells what schemes are made of (RFC 3986 section 3.1).
func schemeByte(c byte) bool { return letter(c) || digit(c) || c == '+' || c == '-' || c == '.' }

// indexFold is strings.Index without regard to case, for a lower case text.
func indexFold(text, lower string) int {
	for i := 0; i+len(lower) <= len(text); i++ {
		j := strings.IndexByte(text[i:], ':')
		if j < 0 {
			return -1
		}
		// The texts that are looked for end in their only colon.
		i += j - len(lower) + 1
		if i >= 0 && strings.EqualFold(text[i:i+len(lower)], lower) {
			return i
		}
		i += len(lower) - 1
	}
	return -1
}

// addressEnd is where an address ends: at a blank, a quote or a bracket that it
// did not open, at a comma before the next one; not within a template.
func addressEnd(t string, from int) int {
	depth := 0
	end := from
	for end < len(t) {
		if n := placeholder(t[end:]); n > 0 {
			end += n
			continue
		}
		c := t[end]
		switch {
		case c <= ' ' || strings.IndexByte("\"'`<>\\|^", c) >= 0:
			return trimEnd(t, from, end)
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth < 0 {
				return trimEnd(t, from, end)
			}
		case c == ',':
			// The next address of a list; hosts and lists in parameters go on.
			next := end + 1
			for next < len(t) && schemeByte(t[next]) {
				next++
			}
			if next > end+1 && strings.HasPrefix(t[next:], "://") {
				return end
			}
		}
		end++
	}
	return trimEnd(t, from, end)
}

// trimEnd leaves out the punctuation of a sentence.
func trimEnd(t string, from, end int) int {
	for end > from && strings.IndexByte(".,:!", t[end-1]) >= 0 {
		end--
	}
	return end
}

// placeholder is the length of a template that a text begins with: ${X}, {{ x }},
// $(X), <%= x %>, #{x}, %{x}.
func placeholder(t string) int {
	for _, marks := range [][2]string{{"${{", "}}"}, {"{{", "}}"}, {"${", "}"}, {"$(", ")"}, {"<%", "%>"}, {"#{", "}"}, {"%{", "}"}} {
		if !strings.HasPrefix(t, marks[0]) {
			continue
		}
		if end := strings.Index(t[:min(len(t), 256)], marks[1]); end > 0 {
			return end + len(marks[1])
		}
	}
	return 0
}

// url takes one URL apart: scheme://user:password@host:port/path?a=b&c=d, or with
// parameters behind ';', as SQL Server and Derby write them. first is where the
// prefixes of its scheme begin.
func (p *parser) url(s source, first, start, colon, end int, key []string) {
	t := s.text
	u := URL{Scheme: strings.ToLower(t[start:colon]), Key: key}
	if prefix := strings.ToLower(t[first:start]); strings.HasPrefix(prefix, "jdbc:") || strings.HasPrefix(prefix, "r2dbc:") {
		for part := range strings.SplitSeq(prefix[strings.IndexByte(prefix, ':')+1:], ":") {
			switch part {
			case "", "log4jdbc", "p6spy", "tracing", "otel", "aws-wrapper", "wrapper", "pool", "jtds", "tc":
				continue
			}
			u.Scheme = part // jdbc:mysql:loadbalance://, jdbc:oracle:thin:@tcps://
			break
		}
	} else {
		first = start
	}
	if dialect, _, ok := strings.Cut(u.Scheme, "+"); ok && slices.Contains([]string{"postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle", "cockroachdb", "redshift"}, dialect) {
		u.Scheme = dialect // SQLAlchemy: postgresql+psycopg2
	}
	u.Span = s.span(first, end)
	rest := colon + 3
	authority := end
	for i := rest; i < end; {
		if n := placeholder(t[i:end]); n > 0 {
			i += n
			continue
		}
		if strings.IndexByte("/?#;", t[i]) >= 0 {
			authority = i
			break
		}
		i++
	}
	p.authority(&u, s, rest, authority)
	if strings.ContainsAny(strings.Trim(u.Host, "[]"), "[]()+\\*^") && u.Host != "*" && placeholder(u.Host) == 0 {
		return // a regular expression
	}
	params := end
	if i := strings.IndexAny(t[authority:end], "?;"); i >= 0 {
		params = authority + i
	}
	// jdbc:db2://host:50000/db:name=value;
	if i := strings.IndexByte(t[authority:params], ':'); u.Scheme == "db2" && i >= 0 && first < start {
		params = authority + i
	}
	u.Path = before(t[authority:params], "#")
	if !p.once(u.Span) {
		return
	}
	p.file.URLs = append(p.file.URLs, u)
	if params < end {
		p.params(s.slice(params+1, end), u.Scheme, u.Host)
	}
}

// authority takes user:password@host:port apart.
func (p *parser) authority(u *URL, s source, from, to int) {
	t := s.text
	if at := strings.LastIndexByte(t[from:to], '@'); at >= 0 {
		user, password, found := strings.Cut(t[from:from+at], ":")
		if n := placeholder(t[from:to]); n > len(user) && n <= at {
			// ${USER:-x}:password
			user, password, found = t[from:from+n], strings.TrimPrefix(t[from+n:from+at], ":"), strings.HasPrefix(t[from+n:from+at], ":")
		}
		u.User = user
		if found {
			start := from + at - len(password)
			u.Password = Value{Text: password, Span: s.span(start, from+at)}
			if strings.Contains(password, "%") {
				u.Password.Text = decoded(s.slice(start, from+at)).text
			}
			u.Password.recognise()
			if strings.Contains(password, "{{") || strings.Contains(password, "${") || strings.Contains(password, "$(") {
				u.Password.Form = Template
			}
		}
		from += at + 1
	}
	u.Host = t[from:to]
	// Of several hosts the one that is the furthest away.
	if placeholder(u.Host) == 0 && strings.Contains(u.Host, ",") {
		for host := range strings.SplitSeq(u.Host, ",") {
			u.Host = host
			if !strings.HasPrefix(host, "localhost") && !strings.HasPrefix(host, "127.") && !strings.HasPrefix(host, "[::1]") {
				break
			}
		}
	}
	if i := strings.LastIndexByte(u.Host, ':'); i >= 0 && !strings.HasSuffix(u.Host, "]") && !strings.HasSuffix(u.Host, "}") && !strings.HasSuffix(u.Host, ")") {
		u.Host, u.Port = u.Host[:i], u.Host[i+1:]
	}
}

// params takes name=value pairs between '&' and ';' apart, up to a fragment.
func (p *parser) params(s source, scheme, host string) {
	t := s.text
	if i := strings.IndexByte(t, '#'); i >= 0 && placeholder(t[i:]) == 0 {
		t = t[:i]
	}
	block := p.block()
	for from := 0; from <= len(t); {
		to := from
		for to < len(t) && t[to] != '&' && t[to] != ';' {
			to += max(placeholder(t[to:]), 1)
		}
		to = min(to, len(t))
		start := from
		from = to + 1
		for strings.HasPrefix(t[start:to], "?") {
			start++
		}
		name, raw, found := strings.Cut(t[start:to], "=")
		if name == "" || name == "amp" && !found {
			continue // &amp; parts them
		}
		value := s.slice(to-len(raw), to)
		v := Value{Text: raw, Span: value.span(0, len(raw))}
		if !found {
			v = Value{Form: Present, Span: s.span(start, to)}
		} else if strings.ContainsAny(raw, "%+") {
			plain := decoded(value)
			v.Text = strings.ReplaceAll(plain.text, "+", " ")
			if strings.Contains(plain.text, "://") && !strings.Contains(raw, "://") {
				p.urls(plain, nil) // an address in an address
			}
		}
		v.recognise()
		label := s.slice(start, start+len(name))
		if strings.Contains(name, "%") {
			label = decoded(label)
		}
		if !parameterName(label.text) {
			continue
		}
		p.keep(Setting{
			Path: []string{label.text}, Value: v, Key: label.span(0, len(label.text)), Origin: FromAddress, Block: block,
			Scheme: scheme, Host: host,
		})
	}
}

// parameterName tells whether a text can name a parameter.
func parameterName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !letter(c) && !digit(c) && strings.IndexByte("_-.:[]$*", c) < 0 {
			return false
		}
	}
	return name != ""
}

// decoded is a text without its percent escapes.
func decoded(s source) source {
	if strings.IndexByte(s.text, '%') < 0 {
		return s
	}
	var b builder
	done := 0
	for i := 0; i+2 < len(s.text); i++ {
		if s.text[i] != '%' {
			continue
		}
		r, ok := hexRune(s.text, i+1, 2)
		if !ok {
			continue
		}
		b.append(s.slice(done, i))
		at := s.span(i, i+3)
		b.escape(string([]byte{byte(r)}), at.Start, at.End-at.Start)
		done = i + 3
		i += 2
	}
	b.append(s.slice(done, len(s.text)))
	return b.source(s.at(0))
}

// sametime takes a link that sets up a client of Sametime. In the configuration of
// its server the separators are percent escapes, and the client reads these before
// it parts the parameters, other than RFC 3986 has it. The slashes may be left out.
func (p *parser) sametime(s source, key []string) {
	plain := decoded(s)
	t := plain.text
	u := URL{Scheme: "hclsametime", Key: key, Span: s.span(0, len(s.text))}
	from := len("hclsametime:")
	if strings.HasPrefix(t[min(from, len(t)):], "//") {
		from += 2
	}
	from = min(from, len(t))
	authority := len(t)
	if i := strings.IndexAny(t[from:], "/?"); i >= 0 {
		authority = from + i
	}
	// The user may hold an escaped '@' of its own, so that the userinfo is taken
	// from the text as it stands.
	if raw := s.text[min(from, len(s.text)):]; strings.ContainsAny(raw, "/?") || !strings.Contains(raw, "%2") {
		end := len(raw)
		if i := strings.IndexAny(raw, "/?"); i >= 0 {
			end = i
		}
		p.authority(&u, s, min(from, len(s.text)), min(from, len(s.text))+end)
	} else {
		p.authority(&u, plain, from, authority)
	}
	params := len(t)
	if i := strings.IndexByte(t[authority:], '?'); i >= 0 {
		params = authority + i
	}
	u.Path = t[authority:params]
	if !p.once(u.Span) {
		return
	}
	p.file.URLs = append(p.file.URLs, u)
	if params < len(t) {
		p.params(plain.slice(params+1, len(t)), u.Scheme, u.Host)
	}
}

// once tells whether a place is met for the first time. A word of a command is
// also part of the command that carries it.
func (p *parser) once(at Span) bool {
	if p.seen[at] {
		return false
	}
	if p.seen == nil {
		p.seen = map[Span]bool{}
	}
	p.seen[at] = true
	return true
}

// dsn finds the addresses of Go's driver for MySQL:
// user:password@tcp(host:port)/name?tls=skip-verify.
func (p *parser) dsn(s source, key []string) {
	t := s.text
	for rest := 0; ; {
		i := strings.Index(t[rest:], "@tcp(")
		if i < 0 {
			return
		}
		at := rest + i
		shut := strings.IndexByte(t[at:], ')')
		if shut < 0 {
			return
		}
		rest = at + shut + 1
		start := at
		for start > 0 && t[start-1] > ' ' && strings.IndexByte("\"'`<>=,(", t[start-1]) < 0 {
			start--
		}
		end := addressEnd(t, rest)
		u := URL{Scheme: "mysql", Key: key, Span: s.span(start, end)}
		inner := s.slice(0, at+1)
		p.authority(&u, inner, start, at+1)
		u.Host = t[at+len("@tcp(") : rest-1]
		if host, port, ok := strings.Cut(u.Host, ":"); ok {
			u.Host, u.Port = host, port
		}
		path, _, found := strings.Cut(t[rest:end], "?")
		u.Path = path
		if !p.once(u.Span) {
			rest = end
			continue
		}
		p.file.URLs = append(p.file.URLs, u)
		if found {
			p.params(s.slice(rest+len(path)+1, end), u.Scheme, u.Host)
		}
		rest = end
	}
}

// descriptions finds the addresses of Oracle Net: (DESCRIPTION=(ADDRESS=...)...).
func (p *parser) descriptions(s source) {
	t := s.text
	for rest := 0; ; {
		i := strings.Index(t[rest:], "(")
		if i < 0 {
			return
		}
		start := rest + i
		rest = start + 1
		if name := strings.TrimLeft(t[rest:min(len(t), rest+40)], " \t\r\n"); !hasPrefixFold(name, "description") {
			continue
		}
		end := min(matching(t, rest, '(', ')')+1, len(t))
		if !p.once(s.span(start, end)) {
			rest = end
			continue
		}
		p.description(s.slice(start, end))
		rest = end
	}
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// description takes the settings of one, with their path in brackets.
func (p *parser) description(s source) {
	var path []string
	block, host := p.block(), ""
	first := len(p.file.Settings)
	for i := 0; i < len(s.text); i++ {
		switch s.text[i] {
		case '(':
			end := i + 1
			for end < len(s.text) && strings.IndexByte("=()", s.text[end]) < 0 {
				end++
			}
			if end == len(s.text) || s.text[end] != '=' || len(path) > 20 {
				return
			}
			from, to := i+1, end
			for from < to && blank(s.text[from]) {
				from++
			}
			for to > from && blank(s.text[to-1]) {
				to--
			}
			path = append(slices.Clip(path), s.text[from:to])
			at := end + 1
			for at < len(s.text) && blank(s.text[at]) {
				at++
			}
			i = at - 1
			if at < len(s.text) && s.text[at] != '(' {
				stop := at + max(strings.IndexAny(s.text[at:], "()"), 0)
				last := stop
				for last > at && blank(s.text[last-1]) {
					last--
				}
				v := Value{Text: s.text[at:last], Span: s.span(at, last)}
				v.recognise()
				if strings.EqualFold(path[len(path)-1], "host") && host == "" {
					host = v.Text
				}
				p.keep(Setting{
					Path: path, Value: v, Key: s.span(from, to), Origin: FromAddress, Block: block, Scheme: "oracle",
				})
				i = stop - 1
			}
		case ')':
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
	for i := first; i < len(p.file.Settings); i++ {
		p.file.Settings[i].Host = host
	}
}

// keywords finds connection strings, which are the whole of a text: pairs between
// ';' (ADO, ODBC, PDO), blanks (libpq) or commas (StackExchange.Redis).
func (p *parser) keywords(s source) {
	if len(s.text) > 4096 {
		return
	}
	switch t := s.text; {
	case strings.IndexByte(t, ';') > 0:
		p.connection(s, ';', "", hosts, []string{
			"driver", "dsn", "provider", "initialcatalog", "database", "dbname", "userid", "uid", "trustedconnection", "integratedsecurity",
			"defaultendpointsprotocol", "accountname", "endpoint", "blobendpoint", "sharedaccesskeyname", "trustservercertificate", "sslmode",
		})
	case strings.Contains(t, "sslmode") || strings.Contains(t, "host=") || strings.Contains(t, "gssencmode"):
		p.connection(s, ' ', "postgresql", hosts, []string{"dbname", "sslmode", "hostaddr", "gssencmode", "sslnegotiation"})
	case strings.Contains(t, ",") && (hasPairFold(t, "ssl=") || hasPairFold(t, "abortconnect=") || hasPairFold(t, "allowadmin=")):
		p.connection(s, ',', "redis", nil, []string{"ssl", "abortconnect", "allowadmin", "password"})
	}
}

// hosts are the names under which the host stands, blanks left out.
var hosts = []string{"server", "datasource", "host", "hostname", "address", "addr", "networkaddress", "servername", "hostaddr"}

func hasPairFold(text, pair string) bool { return strings.Contains(strings.ToLower(text), pair) }

// connection takes a connection string apart, when all of it has that form and at
// least one of the names is known.
func (p *parser) connection(s source, separator byte, scheme string, hosts, known []string) {
	type pair struct {
		name       string
		label      Span
		value      Value
		start, end int
	}
	t := s.text
	var pairs []pair
	host, sure := "", false
	for from := 0; from < len(t); {
		for from < len(t) && (blank(t[from]) || t[from] == separator) {
			from++
		}
		if from >= len(t) {
			break
		}
		equals := from
		for equals < len(t) && t[equals] != '=' && t[equals] != separator {
			equals++
		}
		if equals >= len(t) || t[equals] != '=' {
			if separator == ',' && len(pairs) == 0 {
				if host == "" {
					host = before(t[from:equals], ":") // the hosts come first
				}
				from = equals
				continue
			}
			return
		}
		nameFrom, nameTo := from, equals
		for nameTo > nameFrom && blank(t[nameTo-1]) {
			nameTo--
		}
		// PDO: mysql:host=h; Perl: DBI:mysql:database=x
		if i := strings.LastIndexByte(t[nameFrom:nameTo], ':'); i >= 0 && len(pairs) == 0 {
			words := strings.Split(strings.ToLower(t[nameFrom:nameFrom+i]), ":")
			scheme = words[len(words)-1]
			nameFrom += i + 1
		}
		name := strings.ReplaceAll(t[nameFrom:nameTo], " ", "")
		if !parameterName(name) || len(name) > 64 {
			return
		}
		at := equals + 1
		for at < len(t) && blank(t[at]) && separator != ' ' {
			at++
		}
		end := at
		v := Value{}
		if at < len(t) && strings.IndexByte("'\"{", t[at]) >= 0 && placeholder(t[at:]) == 0 {
			quote := t[at]
			if quote == '{' {
				quote = '}'
			}
			end = at + 1
			for end < len(t) && t[end] != quote {
				end++
			}
			v = Value{Text: t[at+1 : min(end, len(t))], Form: Quoted, Span: s.span(at+1, min(end, len(t)))}
			end = min(end+1, len(t))
			for end < len(t) && t[end] != separator {
				end++
			}
		} else {
			for end < len(t) && t[end] != separator && (separator != ' ' || !blank(t[end])) {
				end += max(placeholder(t[end:]), 1)
			}
			end = min(end, len(t))
			last := end
			for last > at && blank(t[last-1]) {
				last--
			}
			v = Value{Text: t[at:last], Span: s.span(at, last)}
		}
		v.recognise()
		lower := strings.ToLower(name)
		if slices.Contains(hosts, lower) && host == "" {
			host = v.Text
			if _, after, ok := strings.Cut(host, ":"); ok && hasPrefixFold(host, "tcp:") {
				host = after
			}
			host = before(before(before(host, ","), "\\"), ":")
			sure = true
		}
		sure = sure || slices.Contains(known, lower)
		pairs = append(pairs, pair{name, s.span(nameFrom, nameTo), v, nameFrom, end})
		from = end
	}
	// Two pairs are no accident; one may be what is added to others.
	if !sure || len(pairs) < 2 && (separator != ' ' || pairs[0].name != "sslmode") {
		return
	}
	if !p.once(s.span(pairs[0].start, pairs[len(pairs)-1].end)) {
		return
	}
	block := p.block()
	for _, pair := range pairs {
		p.keep(Setting{
			Path: []string{pair.name}, Value: pair.value, Key: pair.label, Origin: FromAddress, Block: block, Scheme: scheme, Host: host,
		})
	}
}
