package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"muxkey/internal/finding"
)

// junitFormat is the XML that test runners write and CI servers show (Jenkins's
// junit-10.xsd, GitLab's unit test reports). Each rule that found something in a
// file is a failed test case of that file; without any there is one that passes.
// Targets have a suite each: junitOfTargets.
var junitFormat = Format{
	Name: "junit", MIME: "application/xml", Of: findingCommands(),
	Description: "JUnit XML, for Jenkins, GitLab and others", findings: writeJUnit, checked: junitOfTargets,
}

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr,omitempty"` // not in the schema; GitLab reads it
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Error   *junitFailure `xml:"error,omitempty"`
		Skipped *junitSkipped `xml:"skipped,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

func writeJUnit(w io.Writer, f *Findings, _ Options) error {
	name := "muxkey " + f.Command
	all := junitSuites{Name: name}
	suite := func(file string) *junitSuite {
		if n := len(all.Suites); n > 0 && all.Suites[n-1].Name == file {
			return &all.Suites[n-1]
		}
		all.Suites = append(all.Suites, junitSuite{Name: file})
		return &all.Suites[len(all.Suites)-1]
	}
	for _, x := range f.List {
		at := location(x)
		s := suite(legal(at.File))
		s.Tests++
		s.Failures++
		s.Cases = append(s.Cases, junitCase{
			Class: legal(at.File), Time: "0", File: legal(at.File),
			// The place makes the names differ: GitLab drops those that do not.
			Name: fmt.Sprintf("%s %s:%d:%d", x.Rule, legal(at.File), at.Line, at.Column),
			Failure: &junitFailure{
				Message: legal(x.Text + lighter(x)), Type: string(x.Severity),
				Text: legal(fmt.Sprintf("%s:%d:%d\n%s\n\n%s", at.File, at.Line, at.Column, at.Snippet, f.rule(x.Rule).Fix)),
			},
		})
	}
	for _, u := range f.Unread {
		s := suite(legal(u.Path))
		s.Tests++
		s.Skipped++
		s.Cases = append(s.Cases, junitCase{Class: legal(u.Path), Name: "read " + legal(u.Path), Time: "0", Skipped: &junitSkipped{legal(u.Reason)}})
	}
	if len(f.List) == 0 {
		s := suite(name)
		s.Tests++
		s.Cases = append(s.Cases, junitCase{Class: name, Name: "nothing found in " + f.looked(), Time: "0"})
	}
	return all.write(w)
}

func (all junitSuites) write(w io.Writer) error {
	for _, s := range all.Suites {
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	}
	return writeXML(w, all)
}

// checkstyleFormat is the XML of Checkstyle, which most viewers of lint results read.
var checkstyleFormat = Format{
	Name: "checkstyle", MIME: "application/xml", Of: findingCommands(),
	Description: "Checkstyle XML, for Jenkins and review bots", findings: writeCheckstyle,
}

type (
	checkstyle struct {
		XMLName xml.Name         `xml:"checkstyle"`
		Version string           `xml:"version,attr"`
		Files   []checkstyleFile `xml:"file"`
	}
	checkstyleFile struct {
		Name   string            `xml:"name,attr"`
		Errors []checkstyleError `xml:"error"`
	}
	checkstyleError struct {
		Line     int    `xml:"line,attr"`
		Column   int    `xml:"column,attr"`
		Severity string `xml:"severity,attr"`
		Message  string `xml:"message,attr"`
		Source   string `xml:"source,attr"`
	}
)

func writeCheckstyle(w io.Writer, f *Findings, _ Options) error {
	all := checkstyle{Version: "10.0"}
	for _, x := range f.List {
		at := location(x)
		if n := len(all.Files); n == 0 || all.Files[n-1].Name != legal(at.File) {
			all.Files = append(all.Files, checkstyleFile{Name: legal(at.File)})
		}
		file := &all.Files[len(all.Files)-1]
		file.Errors = append(file.Errors, checkstyleError{
			Line: at.Line, Column: at.Column, Severity: checkstyleSeverity(x.Severity),
			Message: legal(x.Text + lighter(x)), Source: "muxkey." + x.Rule,
		})
	}
	return writeXML(w, all)
}

func checkstyleSeverity(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "info"
}

func writeXML(w io.Writer, v any) error {
	data, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

// legal makes of a text what XML 1.0 can hold: control characters have no form
// in it, not even an escaped one.
func legal(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			out[i] = '\uFFFD'
		}
	}
	return string(out)
}
