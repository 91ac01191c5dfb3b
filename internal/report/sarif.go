package report

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"muxkey/internal/finding"
)

// sarifFormat is SARIF 2.1.0 (OASIS, errata 01). Besides what the standard asks
// for it has what GitHub's code scanning shows: help in Markdown,
// security-severity, tags and partial fingerprints.
var sarifFormat = Format{
	Name: "sarif", MIME: "application/sarif+json", Of: findingCommands(),
	Description: "SARIF 2.1.0, for code scanning and editors", findings: writeSARIF,
}

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool              sarifTool         `json:"tool"`
		AutomationDetails sarifID           `json:"automationDetails"`
		ColumnKind        string            `json:"columnKind"`
		Invocations       []sarifInvocation `json:"invocations"`
		Results           []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string          `json:"id"`
		Name                 string          `json:"name"`
		ShortDescription     sarifText       `json:"shortDescription"`
		FullDescription      sarifText       `json:"fullDescription"`
		Help                 sarifText       `json:"help"`
		HelpURI              string          `json:"helpUri,omitempty"`
		DefaultConfiguration sarifLevel      `json:"defaultConfiguration"`
		Properties           sarifRuleTraits `json:"properties"`
	}
	sarifRuleTraits struct {
		Tags             []string `json:"tags"`
		Precision        string   `json:"precision"`
		SecuritySeverity string   `json:"security-severity"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           *int              `json:"ruleIndex,omitempty"`
		Level               string            `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		Fixes               []sarifFix        `json:"fixes,omitempty"`
		Properties          sarifResultTraits `json:"properties"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifArtifact      `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifBytes `json:"deletedRegion"`
		InsertedContent *sarifText `json:"insertedContent,omitempty"`
	}
	sarifBytes struct {
		Offset int `json:"byteOffset"`
		Length int `json:"byteLength"`
	}
	sarifResultTraits struct {
		Severity finding.Severity `json:"severity"`
		Context  []string         `json:"context,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn"`
		EndLine     int        `json:"endLine"`
		EndColumn   int        `json:"endColumn"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
)

// mostResults is how many GitHub takes (docs.github.com: SARIF support).
const mostResults = 25_000

func writeSARIF(w io.Writer, f *Findings, o Options) error {
	run := sarifRun{
		Tool:              sarifTool{sarifDriver{Name: "muxkey", Version: o.Version, Rules: []sarifRule{}}},
		AutomationDetails: sarifID{"muxkey-" + f.Command + "/"},
		ColumnKind:        "unicodeCodePoints",
		Invocations:       []sarifInvocation{{ExecutionSuccessful: true}},
		Results:           []sarifResult{},
	}
	index := map[string]int{}
	for _, r := range f.used() {
		index[r.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(r))
	}
	list, left := heaviest(f.List, mostResults)
	prints := fingerprints(list)
	for n, x := range list {
		i := index[x.Rule]
		result := sarifResult{
			RuleID: x.Rule, RuleIndex: &i, Level: sarifLevelOf(x.Severity),
			Message:    sarifText{Text: clip(x.Text+lighter(x)+". "+f.rule(x.Rule).Fix, 1000)},
			Locations:  []sarifLocation{sarifPlace(location(x))},
			Properties: sarifResultTraits{Severity: x.Severity, Context: x.Context},
		}
		for _, r := range x.Related {
			place := sarifPlace(r)
			place.Message = &sarifText{Text: "belongs to it"}
			result.RelatedLocations = append(result.RelatedLocations, place)
		}
		if r := x.Repair; r != nil {
			change := sarifReplacement{DeletedRegion: sarifBytes{r.Start, r.End - r.Start}}
			if r.With != "" {
				change.InsertedContent = &sarifText{Text: r.With}
			}
			result.Fixes = []sarifFix{{
				Description: sarifText{Text: "Put the safe value there"},
				Changes:     []sarifChange{{sarifArtifact{sarifURI(location(x).File)}, []sarifReplacement{change}}},
			}}
		}
		result.PartialFingerprints = map[string]string{"primaryLocationLineHash": prints[n], "muxkey/v1": prints[n]}
		run.Results = append(run.Results, result)
	}
	for _, u := range f.Unread {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{
			Level: "warning", Message: sarifText{Text: "not read: " + u.Reason},
			Locations: []sarifLocation{{PhysicalLocation: sarifPhysical{ArtifactLocation: sarifArtifact{sarifURI(u.Path)}}}},
		})
	}
	if left > 0 {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{
			Level: "warning", Message: sarifText{Text: fmt.Sprintf("%d findings are not in this file, the lightest: it holds %d", left, mostResults)},
		})
	}
	return writeJSON(w, Document{Value: sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}}, Options{})
}

func ruleOf(r finding.Rule) sarifRule {
	out := sarifRule{
		ID: r.ID, Name: strings.ReplaceAll(strings.ToLower(r.ID), "-", "_"),
		ShortDescription:     sarifText{Text: r.Title},
		FullDescription:      sarifText{Text: clip(strings.TrimSpace(r.Title+". "+r.Why), 1000)},
		Help:                 sarifText{Text: strings.TrimSpace(r.Title + "\n\n" + r.Why + "\n\n" + r.Fix), Markdown: helpOf(r)},
		DefaultConfiguration: sarifLevel{sarifLevelOf(r.Severity)},
		Properties:           sarifRuleTraits{Tags: []string{"security"}, Precision: "high", SecuritySeverity: securitySeverity(r.Severity)},
	}
	if r.CWE != 0 {
		// As GitHub writes them, with three digits at least.
		number := strconv.Itoa(r.CWE)
		out.Properties.Tags = append(out.Properties.Tags, "external/cwe/cwe-"+strings.Repeat("0", max(3-len(number), 0))+number)
	}
	if len(r.References) > 0 {
		out.HelpURI = r.References[0]
	}
	return out
}

// helpOf is what a viewer shows beside a finding.
func helpOf(r finding.Rule) string {
	var b strings.Builder
	b.WriteString("# " + r.Title + "\n")
	for _, part := range []struct{ title, text string }{{"Why", r.Why}, {"What to do", r.Fix}} {
		if part.text != "" {
			b.WriteString("\n## " + part.title + "\n\n" + part.text + "\n")
		}
	}
	if len(r.References) > 0 {
		b.WriteString("\n## References\n\n")
		for _, ref := range r.References {
			b.WriteString("- <" + ref + ">\n")
		}
	}
	return b.String()
}

func sarifPlace(at finding.Location) sarifLocation {
	region := sarifRegion{StartLine: at.Line, StartColumn: at.Column, EndLine: at.EndLine, EndColumn: at.EndColumn}
	if at.Snippet != "" {
		region.Snippet = &sarifText{Text: at.Snippet}
	}
	return sarifLocation{PhysicalLocation: sarifPhysical{ArtifactLocation: sarifArtifact{sarifURI(at.File)}, Region: &region}}
}

// sarifURI is a path as a relative reference (RFC 3986).
func sarifURI(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "./"), "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	parts[0] = strings.ReplaceAll(parts[0], ":", "%3A") // it would be a scheme
	return strings.Join(parts, "/")
}

func sarifLevelOf(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "note"
}

// securitySeverity is a number in the middle of GitHub's ranges: critical from
// 9.0, high from 7.0, medium from 4.0, low below.
func securitySeverity(s finding.Severity) string {
	switch s {
	case finding.Critical:
		return "9.5"
	case finding.High:
		return "8.0"
	case finding.Medium:
		return "5.5"
	case finding.Low:
		return "3.0"
	}
	return "1.0"
}
