package syntax

import (
	"net/url"
	"strings"
)

// addresses finds URLs in a text, and their parameters.
func (p *parser) addresses(s source, key []string) {
	rest := 0
	for {
		i := strings.Index(s.text[rest:], "://")
		if i < 0 {
			return
		}
		colon := rest + i
		start := colon
		for start > rest && (isName(s.text[start-1:start]) || strings.ContainsRune("+-.", rune(s.text[start-1]))) && s.text[start-1] != '_' {
			start--
		}
		end := colon + 3
		for end < len(s.text) && !strings.ContainsRune(" \t\r\n\"'`<>\\|^", rune(s.text[end])) {
			end++
		}
		rest = end
		if start == colon {
			continue
		}
		p.address(s, start, colon, end, key)
	}
}

// address takes one URL apart: scheme://user:password@host:port/path?a=b&c=d, or
// with parameters behind ';', as SQL Server and Derby write them.
func (p *parser) address(s source, start, colon, end int, key []string) {
	u := URL{Scheme: strings.ToLower(s.text[start:colon]), Span: s.span(start, end), Key: key}
	rest := colon + 3
	authority := end
	if i := strings.IndexAny(s.text[rest:end], "/?#;"); i >= 0 {
		authority = rest + i
	}
	if at := strings.LastIndexByte(s.text[rest:authority], '@'); at >= 0 {
		user, password, found := strings.Cut(s.text[rest:rest+at], ":")
		u.User = user
		if found {
			u.Password = Value{Text: password, Span: s.span(rest+len(user)+1, rest+at)}
			u.Password.recognise()
		}
		rest += at + 1
	}
	u.Host = s.text[rest:authority]
	if i := strings.LastIndexByte(u.Host, ':'); i >= 0 && !strings.HasSuffix(u.Host, "]") {
		u.Host, u.Port = u.Host[:i], u.Host[i+1:]
	}
	params := strings.IndexAny(s.text[authority:end], "?;")
	path := end
	if params >= 0 {
		path = authority + params
	}
	u.Path = s.text[authority:path]
	p.file.URLs = append(p.file.URLs, u)
	if params < 0 {
		return
	}
	block := p.block()
	for from := path + 1; from <= end; {
		to := end
		if i := strings.IndexAny(s.text[from:end], "&;#"); i >= 0 {
			to = from + i
		}
		name, value, found := strings.Cut(s.text[from:to], "=")
		if name = strings.TrimPrefix(name, "amp;"); name != "" {
			v := Value{Text: value, Span: s.span(to-len(value), to)}
			if !found {
				v.Form = Present
			} else if plain, err := url.QueryUnescape(value); err == nil {
				v.Text = plain
			}
			v.recognise()
			p.file.Settings = append(p.file.Settings, Setting{
				Path: []string{name}, Value: v, Key: s.span(to-len(value)-len(name)-1, to-len(value)-1), Origin: FromAddress, Block: block,
				Scheme: u.Scheme, Host: u.Host,
			})
		}
		from = to + 1
	}
}
