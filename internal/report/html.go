package report

import (
	_ "embed"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/finding"
)

// htmlFormat is one page that needs nothing else: no network, no script. Its parts
// open with the keyboard, and a screen reader finds headings, lists and labels.
//
// html/template was the alternative. It calls methods by name, for which the
// linker must keep those of the whole program: 7 MB.
var htmlFormat = Format{
	Name: "html", MIME: "text/html; charset=utf-8", Of: findingCommands(),
	Description: "one HTML page that needs no network", findings: writeHTML, checked: htmlOfTargets,
}

//go:embed findings.css
var findingsStyle string

// markup is HTML that is being put together. Whatever does not come from here is
// escaped on its way in.
type markup struct{ strings.Builder }

// add writes a format whose arguments are texts.
func (m *markup) add(format string, texts ...string) {
	escaped := make([]any, len(texts))
	for i, t := range texts {
		escaped[i] = html.EscapeString(t)
	}
	fmt.Fprintf(&m.Builder, format, escaped...)
}

func writeHTML(w io.Writer, f *Findings, o Options) error {
	var m markup
	summary := sentence(f.counts())
	m.add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>muxkey %s: %s</title>\n<style>\n", f.Command, summary)
	m.WriteString(findingsStyle)
	m.add("</style>\n</head>\n<body>\n<header>\n<h1>muxkey %s</h1>\n<p class=\"soft\">%s in %s", f.Command, summary, f.looked())
	if n := len(f.Unread); n > 0 {
		m.add(", %s not read", strconv.Itoa(n))
	}
	m.add(". Made %s with muxkey %s.</p>\n", o.Now.UTC().Format(time.RFC3339), o.Version)
	for _, note := range f.Notes {
		m.add("<p class=\"soft\">%s</p>\n", note)
	}
	m.WriteString("</header>\n<main>\n")
	m.bySeverity(f)
	m.byFile(f)
	m.rules(f.used())
	m.unread(f.Unread)
	m.WriteString("</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, tame(m.String()))
	return err
}

// bySeverity is a bar of the severities, and the numbers that it stands for.
func (m *markup) bySeverity(f *Findings) {
	if len(f.List) == 0 {
		m.WriteString("<p>Nothing was found.</p>\n")
		return
	}
	var bar, list markup
	for _, s := range slices.Backward(finding.Severities()) {
		n := 0
		for _, x := range f.List {
			if x.Severity == s {
				n++
			}
		}
		if n > 0 {
			bar.add("<span class=\"%s\" style=\"flex: %s\"></span>", string(s), strconv.Itoa(n))
			list.add("<li class=\"%s\"><b>%s</b> %s</li>", string(s), strconv.Itoa(n), string(s))
		}
	}
	m.WriteString("<section aria-label=\"Findings by severity\">\n<div class=\"bar\" aria-hidden=\"true\">" + bar.String() + "</div>\n<ul class=\"counts\">" + list.String() + "</ul>\n</section>\n")
}

func (m *markup) byFile(f *Findings) {
	if len(f.List) > 0 {
		m.WriteString("<h2>Findings</h2>\n")
	}
	for rest := f.List; len(rest) > 0; {
		file := location(rest[0]).File
		n := 0
		for n < len(rest) && location(rest[n]).File == file {
			n++
		}
		worst := string(finding.Worst(rest[:n]))
		m.add("<details open>\n<summary><h3>%s</h3> <span class=\"badge %s\">%s</span> <span class=\"soft\">%s</span></summary>\n", file, worst, worst, strconv.Itoa(n))
		for _, x := range rest[:n] {
			m.finding(x)
		}
		m.WriteString("</details>\n")
		rest = rest[n:]
	}
}

func (m *markup) finding(x finding.Finding) {
	m.add("<article class=\"finding\">\n<p><span class=\"badge %s\">%s</span> %s <a href=\"#%s\">%s</a>", string(x.Severity), string(x.Severity), x.Text, x.Rule, x.Rule)
	for _, c := range x.Context {
		m.add(" <span class=\"soft\">(%s)</span>", c)
	}
	m.WriteString("</p>\n")
	at := location(x)
	place := fmt.Sprintf("line %d, column %d", at.Line, at.Column)
	if at.Snippet == "" {
		m.add("<p class=\"soft\">%s</p>\n</article>\n", place)
		return
	}
	line, from, to := marked(at)
	m.add("<pre tabindex=\"0\" aria-label=\"%s\"><span class=\"ln\">%s</span>%s<mark>%s</mark>%s</pre>\n</article>\n",
		place, strconv.Itoa(at.Line), strings.TrimLeft(string(line[:from]), " \t"), string(line[from:to]), string(line[to:]))
}

func (m *markup) rules(list []finding.Rule) {
	if len(list) > 0 {
		m.WriteString("<h2>What to do</h2>\n")
	}
	for _, r := range list {
		m.add("<details id=\"%s\" open>\n<summary><h3>%s: %s</h3> <span class=\"badge %s\">%s</span></summary>\n<div class=\"finding\">", r.ID, r.ID, r.Title, string(r.Severity), string(r.Severity))
		if r.Why != "" {
			m.WriteString("<p>" + prose(r.Why) + "</p>")
		}
		if r.Fix != "" {
			m.WriteString("<p><strong>Instead:</strong> " + prose(r.Fix) + "</p>")
		}
		if r.CWE != 0 {
			m.add("<p class=\"soft\">CWE-%s</p>", strconv.Itoa(r.CWE))
		}
		for _, ref := range r.References {
			m.add("<p><a href=\"%s\" rel=\"noreferrer\">%s</a></p>", ref, ref)
		}
		m.WriteString("</div>\n</details>\n")
	}
}

func (m *markup) unread(list []Unread) {
	if len(list) == 0 {
		return
	}
	m.WriteString("<h2>Not read</h2>\n<table><thead><tr><th scope=\"col\">File</th><th scope=\"col\">Reason</th></tr></thead><tbody>\n")
	for _, u := range list {
		m.add("<tr><td>%s</td><td>%s</td></tr>\n", u.Path, u.Reason)
	}
	m.WriteString("</tbody></table>\n")
}

// prose is a text of a rule in HTML: what stands between backquotes is code.
func prose(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(html.EscapeString(s), "`") {
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		b.WriteString(part)
	}
	return b.String()
}

// tame replaces what could steer a viewer, or hide in plain sight.
func tame(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || strconv.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
