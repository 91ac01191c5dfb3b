package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/finding"
)

// htmlFormat is one page that needs nothing else: no network, no script. Its parts
// open with the keyboard, and a screen reader finds headings, lists and labels.
var htmlFormat = Format{
	Name: "html", MIME: "text/html; charset=utf-8", Of: "lint",
	Description: "one HTML page that needs no network", findings: writeHTML,
}

//go:embed findings.html
var findingsPage string

type htmlPage struct {
	*Findings
	Made    string
	Version string
	Counts  []htmlCount
	Summary string
	Groups  []htmlFile
	Used    []finding.Rule
}

type htmlCount struct {
	Severity finding.Severity
	N        int
}

type htmlFile struct {
	File     string
	Worst    finding.Severity
	Findings []htmlFinding
}

type htmlFinding struct {
	finding.Finding
	At                     finding.Location
	Before, Marked, Behind string // the line, and the place in it
}

func writeHTML(w io.Writer, f *Findings, o Options) error {
	page := htmlPage{Findings: f, Made: o.Now.UTC().Format(time.RFC3339), Version: o.Version, Used: f.used(), Summary: sentence(f.counts())}
	for _, s := range slices.Backward(finding.Severities()) {
		c := htmlCount{Severity: s}
		for _, x := range f.List {
			if x.Severity == s {
				c.N++
			}
		}
		if c.N > 0 {
			page.Counts = append(page.Counts, c)
		}
	}
	for _, x := range f.List {
		at := location(x)
		if n := len(page.Groups); n == 0 || page.Groups[n-1].File != at.File {
			page.Groups = append(page.Groups, htmlFile{File: at.File})
		}
		g := &page.Groups[len(page.Groups)-1]
		line, column, end := marked(at)
		g.Findings = append(g.Findings, htmlFinding{
			Finding: x, At: at,
			Before: string(line[:column]), Marked: string(line[column:end]), Behind: string(line[end:]),
		})
		if g.Worst == "" || x.Severity.AtLeast(g.Worst) {
			g.Worst = x.Severity
		}
	}
	t, err := template.New("findings").Parse(findingsPage)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		return err
	}
	_, err = io.WriteString(w, tame(out.String()))
	return err
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
