package syntax

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// parseXML takes the attributes and the texts of elements.
func parseXML(p *parser, s source) {
	d := xml.NewDecoder(strings.NewReader(s.text))
	d.Strict = false
	var path []string
	var blocks []int
	for {
		before := int(d.InputOffset())
		token, err := d.RawToken()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				p.problem(s.span(before, len(s.text)), err)
			}
			return
		}
		after := int(d.InputOffset())
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path[:len(path):len(path)], t.Name.Local)
			block := p.block()
			blocks = append(blocks, block)
			rest := before
			for _, a := range t.Attr {
				i := strings.Index(s.text[rest:after], a.Name.Local)
				if i < 0 {
					continue
				}
				key := rest + i
				open := strings.IndexAny(s.text[key:after], `"'`)
				if open < 0 {
					continue
				}
				from := key + open + 1
				to := from + strings.IndexByte(s.text[from:after], s.text[from-1])
				if to < from {
					continue
				}
				rest = to + 1
				p.setting(Setting{
					Path: append(path[:len(path):len(path)], "@"+a.Name.Local), Key: s.span(key, key+len(a.Name.Local)), Block: block,
					Value: Value{Text: a.Value, Form: Quoted, Span: s.span(from, to)},
				}, s.slice(from, to))
			}
		case xml.EndElement:
			if len(path) > 0 {
				path, blocks = path[:len(path)-1], blocks[:len(blocks)-1]
			}
		case xml.CharData:
			from, to := before, after
			for from < to && strings.ContainsRune(" \t\r\n", rune(s.text[from])) {
				from++
			}
			for to > from && strings.ContainsRune(" \t\r\n", rune(s.text[to-1])) {
				to--
			}
			if from < to && len(path) > 0 {
				p.setting(Setting{
					Path: path, Key: s.span(before, before), Block: blocks[len(blocks)-1],
					Value: Value{Text: strings.TrimSpace(string(t)), Span: s.span(from, to)},
				}, s.slice(from, to))
			}
		}
	}
}
