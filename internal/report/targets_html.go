package report

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/policy/check"
)

//go:embed targets.css
var targetsStyle string

// What one page can show; what is left out is said.
const (
	mostRows   = 200 // certificates in the timeline
	mostChains = 30  // of one target
)

// htmlOfTargets is one page that needs no network and no script: the timeline is a
// table whose bars are drawn by its style, so that a screen reader has the dates
// and the keyboard the links.
func htmlOfTargets(w io.Writer, r *Checked, o Options) error {
	var m markup
	m.add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>muxkey check: %s</title>\n<style>\n", r.outcome())
	m.WriteString(findingsStyle + targetsStyle)
	m.add("</style>\n</head>\n<body>\n<header>\n<h1>muxkey check</h1>\n<p class=\"soft\">%s. As of %s, made with muxkey %s.", sentence(r.outcome()), r.At.UTC().Format(time.RFC3339), o.Version)
	if r.Policy != "" {
		m.add(" Policy: %s.", r.Policy)
	}
	m.WriteString("</p>\n")
	m.statuses(r)
	m.WriteString("</header>\n<main>\n")
	m.timeline(r)
	m.targets(r)
	if len(r.Findings) > 0 {
		m.WriteString("<h2>The policy</h2>\n<details open><summary><h3>Findings about the policy itself</h3></summary>\n")
		for _, f := range r.Findings {
			m.saidOf(f)
		}
		m.WriteString("</details>\n")
	}
	m.rules(r.used())
	m.WriteString("</main>\n</body>\n</html>\n")
	_, err := io.WriteString(w, tame(m.String()))
	return err
}

// statuses is a bar of what became of the targets, and its numbers.
func (m *markup) statuses(r *Checked) {
	var bar, list markup
	for _, s := range []struct {
		n           int
		class, what string
	}{{r.Summary.Failed, "failed", "failed"}, {r.Summary.Unchecked, "unchecked", "could not be checked"}, {r.Summary.OK, "ok", "ok"}} {
		if s.n > 0 {
			bar.add("<span class=\"%s\" style=\"flex: %s\"></span>", s.class, strconv.Itoa(s.n))
		}
		list.add("<li class=\"%s\"><b>%s</b> %s</li>", s.class, strconv.Itoa(s.n), s.what)
	}
	m.WriteString("<section aria-label=\"Targets by outcome\">\n<div class=\"bar\" aria-hidden=\"true\">" + bar.String() + "</div>\n<ul class=\"counts\">" + list.String() + "</ul>\n</section>\n")
}

// span is a certificate of the timeline, with the targets that show it.
type span struct {
	check.Certified
	where []string
}

// spans are the certificates that are shown, each once, the first to expire first.
func (r *Checked) spans() []*span {
	var out []*span
	known := map[string]*span{}
	for _, t := range r.Targets {
		for _, c := range shownBy(t) {
			s := known[c.SHA256]
			if s == nil {
				s = &span{Certified: c}
				known[c.SHA256] = s
				out = append(out, s)
			}
			s.where = append(s.where, t.Name)
		}
	}
	slices.SortStableFunc(out, func(a, b *span) int { return a.NotAfter.Compare(b.NotAfter) })
	return out
}

// timeline shows when certificates expire, on one scale.
func (m *markup) timeline(r *Checked) {
	spans := r.spans()
	if len(spans) == 0 {
		return
	}
	rows := spans[:min(len(spans), mostRows)]
	from, to := r.At.AddDate(0, -2, 0), r.At.AddDate(0, 3, 0)
	for _, s := range rows {
		if s.NotAfter.After(to) {
			to = s.NotAfter
		}
	}
	if far := r.At.AddDate(2, 0, 0); to.After(far) {
		to = far // what lasts longer runs out of the picture
	}
	at := func(t time.Time) string {
		share := min(max(float64(t.Sub(from))/float64(to.Sub(from)), 0), 1)
		return strconv.FormatFloat(100*share, 'f', 2, 64)
	}
	m.add("<h2>When certificates expire</h2>\n<table class=\"timeline\" style=\"--now: %s%%\">\n<caption class=\"soft\">The vertical line is the day of the report, %s; the bars end on %s.</caption>\n", at(r.At), r.At.Format(time.DateOnly), to.Format(time.DateOnly))
	m.WriteString("<thead><tr><th scope=\"col\">Certificate</th><th scope=\"col\">Expires</th><th scope=\"col\">Left</th><td class=\"track axis\" aria-hidden=\"true\">")
	last := -100.0
	for month := time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC); month.Before(to); month = month.AddDate(0, 1, 0) {
		place, _ := strconv.ParseFloat(at(month), 64)
		if today, _ := strconv.ParseFloat(at(r.At), 64); place-last < 22 || place > 86 || math.Abs(place-today) < 10 {
			continue
		}
		last = place
		m.add("<span style=\"left: %s%%\">%s</span>", at(month), month.Format("Jan 06"))
	}
	m.WriteString("</td></tr></thead>\n<tbody>\n")
	for _, s := range rows {
		class := []string{"soft", "ok", "soon", "late"}[toneOfDays(s.DaysLeft)]
		m.add("<tr><th scope=\"row\">%s<span class=\"soft where\">%s</span></th>", shortName(s.Certified), places(s.where))
		m.add("<td class=\"when\"><time datetime=\"%s\">%s</time></td><td class=\"left %s\">%s</td>", s.NotAfter.UTC().Format(time.RFC3339), s.NotAfter.UTC().Format(time.DateOnly), class, daysLeft(s.DaysLeft))
		start, _ := strconv.ParseFloat(at(s.NotBefore), 64)
		end, _ := strconv.ParseFloat(at(s.NotAfter), 64)
		m.add("<td class=\"track\" aria-hidden=\"true\"><i class=\"%s\" style=\"left: %s%%; width: %s%%\"></i></td></tr>\n", class, strconv.FormatFloat(start, 'f', 2, 64), strconv.FormatFloat(max(end-start, 0.4), 'f', 2, 64))
	}
	m.WriteString("</tbody>\n</table>\n")
	if more := len(spans) - len(rows); more > 0 {
		m.add("<p class=\"soft\">And %s more, which last longer.</p>\n", strconv.Itoa(more))
	}
}

func places(list []string) string {
	const most = 3
	text := strings.Join(list[:min(len(list), most)], ", ")
	if more := len(list) - most; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// targets are those that need somebody, open, then the others.
func (m *markup) targets(r *Checked) {
	titles := map[check.TargetStatus]string{check.Failed: "Failed", check.Unchecked: "Could not be checked", check.OK: "As they should be"}
	last := check.TargetStatus("")
	for _, t := range r.worstFirst() {
		if t.Status != last {
			last = t.Status
			m.add("<h2>%s</h2>\n", titles[t.Status])
		}
		open := ""
		if t.Status != check.OK {
			open = " open"
		}
		m.WriteString("<details" + open + ">\n")
		m.add("<summary><h3>%s</h3> <span class=\"badge %s\">%s</span>", t.Name, string(t.Status), string(t.Status))
		if shown := shownBy(t); len(shown) > 0 {
			m.add(" <span class=\"soft\">%s</span>", daysLeft(shown[0].DaysLeft))
		}
		m.WriteString("</summary>\n")
		for _, f := range t.Findings {
			m.saidOf(f)
		}
		for _, reason := range t.Reasons {
			m.add("<div class=\"finding\"><p><span class=\"badge unchecked\">not checked</span> %s</p></div>\n", reason)
		}
		m.chains(t)
		m.WriteString("</details>\n")
	}
}

// saidOf is a finding with a link to what there is to do.
func (m *markup) saidOf(f finding.Finding) {
	m.add("<article class=\"finding\">\n<p><span class=\"badge %s\">%s</span> %s <a href=\"#%s\">%s</a></p>\n", string(f.Severity), string(f.Severity), f.Text, f.Rule, f.Rule)
	if f.Place != nil {
		m.add("<p class=\"soft\">%s, line %s</p>\n", f.Place.File, strconv.Itoa(f.Place.Line))
	}
	m.WriteString("</article>\n")
}

// chains draws the certificates of each entry from the leaf up.
func (m *markup) chains(t check.Checked) {
	if len(t.Certificates) == 0 {
		return
	}
	m.WriteString("<div class=\"finding\">\n")
	chains := 0
	for i, c := range t.Certificates {
		if c.Depth == 0 {
			if chains++; chains > mostChains {
				break
			}
			if c.Alias != "" {
				m.add("<p class=\"alias\">%s</p>\n", c.Alias)
			}
			m.WriteString("<ol class=\"chain\">\n")
		}
		class := []string{"soft", "ok", "soon", "late"}[toneOfDays(c.DaysLeft)]
		m.add("<li><b>%s</b> <span class=\"soft\">%s%s</span><br><span class=\"%s\">%s</span> <span class=\"soft\">until %s</span>", shortName(c), roleOf(c), keyOf(c), class, daysLeft(c.DaysLeft), c.NotAfter.UTC().Format(time.DateOnly))
		last := i+1 == len(t.Certificates) || t.Certificates[i+1].Depth == 0
		if last && c.Issuer != c.Subject {
			m.add("</li>\n<li class=\"outside\"><span class=\"soft\">issued by %s, which is not there</span>", c.Issuer)
		}
		m.WriteString("</li>\n")
		if last {
			m.WriteString("</ol>\n")
		}
	}
	entries := 0
	for _, c := range t.Certificates {
		if c.Depth == 0 {
			entries++
		}
	}
	if more := entries - mostChains; more > 0 {
		m.add("<p class=\"soft\">And %s more entries.</p>\n", strconv.Itoa(more))
	}
	m.WriteString("</div>\n")
}

func roleOf(c check.Certified) string {
	switch {
	case c.CA && c.Subject == c.Issuer && c.Depth > 0:
		return "root"
	case c.Depth > 0:
		return "intermediate"
	case c.Key:
		return "with its key"
	case c.CA:
		return "CA"
	}
	return "certificate"
}

func keyOf(c check.Certified) string {
	if c.KeyType == "" {
		return ""
	}
	return ", " + c.KeyType
}
