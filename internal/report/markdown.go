package report

import (
	"fmt"
	"io"
	"strings"
)

// markdownFormat is for summaries of CI jobs, merge requests and tickets.
var markdownFormat = Format{
	Name: "markdown", MIME: "text/markdown; charset=utf-8", Of: findingCommands(),
	Description: "Markdown, for job summaries and merge requests", findings: writeMarkdown, checked: markdownOfTargets,
}

func writeMarkdown(w io.Writer, f *Findings, _ Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# muxkey %s\n\n%s in %s.\n", f.Command, sentence(f.counts()), f.looked())
	if len(f.List) > 0 {
		b.WriteString("\n| Place | Severity | Rule | Finding |\n| --- | --- | --- | --- |\n")
		for _, x := range f.List {
			at := location(x)
			fmt.Fprintf(&b, "| %s | %s | [%s](#%s) | %s |\n", markdownCode(fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column)),
				x.Severity, x.Rule, strings.ToLower(x.Rule), markdownCell(x.Text+lighter(x)))
		}
		b.WriteString("\n## What to do\n")
		for _, r := range f.used() {
			fmt.Fprintf(&b, "\n### %s\n\n%s. %s\n", r.ID, r.Title, r.Why)
			if r.Fix != "" {
				fmt.Fprintf(&b, "\n%s\n", r.Fix)
			}
		}
	}
	if len(f.Unread) > 0 {
		b.WriteString("\n## Not read\n\n| File | Reason |\n| --- | --- |\n")
		for _, u := range f.Unread {
			fmt.Fprintf(&b, "| %s | %s |\n", markdownCode(u.Path), markdownCell(u.Reason))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// markdownCell is a text in a cell: nothing in it makes markup, a cell or a line.
func markdownCell(s string) string {
	var b strings.Builder
	for _, r := range Printable(s) {
		if strings.ContainsRune("\\`*_{}[]<>|#~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// markdownCode is a text in a code span: the fence is longer than any run of
// backquotes in it (CommonMark 6.1), and a bar would end the cell.
func markdownCode(s string) string {
	s = strings.ReplaceAll(Printable(s), "|", "\\|")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}
