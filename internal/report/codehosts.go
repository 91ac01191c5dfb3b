package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"muxkey/internal/finding"
)

// githubFormat are workflow commands, which GitHub shows beside the lines of a
// pull request (docs.github.com: Workflow commands). It shows ten of each sort
// for a step, so the heaviest come first.
var githubFormat = Format{
	Name: "github", MIME: "text/plain; charset=utf-8", Of: findingCommands(),
	Description: "annotations of GitHub Actions", findings: writeGitHub,
}

func writeGitHub(w io.Writer, f *Findings, _ Options) error {
	const most = 10
	var b strings.Builder
	shown := map[string]int{}
	list := slices.Clone(f.List)
	slices.SortStableFunc(list, func(a, b finding.Finding) int {
		return slices.Index(finding.Severities(), b.Severity) - slices.Index(finding.Severities(), a.Severity)
	})
	for _, x := range list {
		at := location(x)
		level := map[string]string{"error": "error", "warning": "warning", "note": "notice"}[sarifLevelOf(x.Severity)]
		shown[level]++
		fmt.Fprintf(&b, "::%s file=%s,line=%d,endLine=%d,col=%d,endColumn=%d,title=%s::%s\n", level,
			githubProperty(strings.TrimPrefix(at.File, "./")), at.Line, at.EndLine, at.Column, at.EndColumn,
			githubProperty(x.Rule+" ("+string(x.Severity)+")"), githubData(x.Text+lighter(x)+". "+f.rule(x.Rule).Fix))
	}
	for _, level := range []string{"error", "warning", "notice"} {
		if n := shown[level]; n > most {
			fmt.Fprintf(&b, "%d annotations of level %s; GitHub shows the first %d of a step\n", n, level, most)
		}
	}
	fmt.Fprintf(&b, "%s in %s", f.counts(), f.looked())
	if n := len(f.Unread); n > 0 {
		fmt.Fprintf(&b, ", %d not read", n)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

func githubData(s string) string {
	return tame(strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s))
}

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(s))
}

// gitlabFormat is a code quality report (docs.gitlab.com: Code Quality), of which
// a merge request shows what is new.
var gitlabFormat = Format{
	Name: "gitlab", MIME: "application/json", Of: findingCommands(),
	Description: "code quality report of GitLab", findings: writeGitLab,
}

type (
	gitlabIssue struct {
		Description string         `json:"description"`
		Check       string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitlabLocation `json:"location"`
	}
	gitlabLocation struct {
		Path      string          `json:"path"`
		Positions gitlabPositions `json:"positions"`
	}
	gitlabPositions struct {
		Begin gitlabPosition `json:"begin"`
		End   gitlabPosition `json:"end"`
	}
	gitlabPosition struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
)

func writeGitLab(w io.Writer, f *Findings, _ Options) error {
	out := []gitlabIssue{}
	severities := map[finding.Severity]string{
		finding.Info: "info", finding.Low: "minor", finding.Medium: "major", finding.High: "critical", finding.Critical: "blocker",
	}
	prints := fingerprints(f.List)
	for i, x := range f.List {
		at := location(x)
		out = append(out, gitlabIssue{
			Description: x.Text + lighter(x) + ". " + f.rule(x.Rule).Fix, Check: x.Rule, Fingerprint: prints[i], Severity: severities[x.Severity],
			Location: gitlabLocation{strings.TrimPrefix(at.File, "./"), gitlabPositions{gitlabPosition{at.Line, at.Column}, gitlabPosition{at.EndLine, at.EndColumn}}},
		})
	}
	return writeJSON(w, Document{Value: out}, Options{})
}
