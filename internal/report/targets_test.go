package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/finding"
	"muxkey/policy/check"
)

// someTargets are reports of muxkey check, some with what strangers bring.
func someTargets() map[string]*Checked {
	at := someOptions.Now
	rules := []finding.Rule{
		{ID: "MUX-OPEN-001", Title: "a keystore does not open with its password", Severity: finding.High, CWE: 521, Why: "Nothing runs.", Fix: "Find it."},
		{ID: "MUX-DATE-001", Title: "a certificate expires soon", Severity: finding.Medium, Why: "Clients refuse it.", Fix: "muxkey renew STORE"},
	}
	leaf := check.Certified{
		Alias: "mux", Key: true, Subject: `CN=mux.example.com,OU=A\,B,O=Example,C=DE`, Issuer: "CN=Example CA,O=Example,C=DE",
		Serial: "00ff", SHA256: strings.Repeat("ab", 32), NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(0, 0, 9), DaysLeft: 9,
		Names: []string{"DNS:mux.example.com"}, KeyType: "EC P-256",
	}
	ca := check.Certified{
		Alias: "mux", Depth: 1, Subject: "CN=Example CA,O=Example,C=DE", Issuer: "CN=Example CA,O=Example,C=DE", Serial: "01",
		SHA256: strings.Repeat("cd", 32), NotBefore: at.AddDate(-5, 0, 0), NotAfter: at.AddDate(0, 0, -1), DaysLeft: -1, CA: true, KeyType: "RSA 4096",
	}
	twin := ca // another certificate of the same names and number
	twin.SHA256, twin.Alias = strings.Repeat("ef", 32), "other"
	hostile := leaf
	hostile.Alias, hostile.Subject, hostile.Issuer, hostile.Names, hostile.SHA256 = theirs, theirs, "=cmd()", []string{theirs}, strings.Repeat("12", 32)
	place := &finding.Location{File: "muxkey.yaml", Line: 3, Column: 3, EndLine: 3, EndColumn: 3}
	soon := finding.Finding{Rule: "MUX-DATE-001", Severity: finding.Medium, Where: "store.p12#mux", Text: "it expires on 2026-12-01, in 9 days", Place: place, Fingerprint: "0011"}
	late := soon
	late.Severity, late.Text = finding.High, "its CA has expired"
	low := soon
	low.Severity, low.Text, low.Where, low.Place, low.Fingerprint = finding.Low, theirs, theirs, nil, ""
	report := func(targets ...check.Checked) *Checked {
		r := &Checked{Rules: rules, Report: &check.Report{SchemaVersion: 1, At: at, Policy: "muxkey.yaml", FailOn: "medium", Targets: targets, Findings: []finding.Finding{}}}
		for _, t := range targets {
			r.Summary.Targets++
			switch t.Status {
			case check.OK:
				r.Summary.OK++
			case check.Failed:
				r.Summary.Failed++
			default:
				r.Summary.Unchecked++
			}
		}
		return r
	}
	good := check.Checked{Name: "good.p12", Kind: check.File, Status: check.OK, Format: "pkcs12", Place: place, Certificates: []check.Certified{leaf, ca, ca, twin}}
	bad := check.Checked{Name: "store.p12", Kind: check.File, Status: check.Failed, Place: place, Certificates: []check.Certified{leaf, ca}, Findings: []finding.Finding{late, soon, soon}}
	away := check.Checked{Name: "127.0.0.1:1", Kind: check.Endpoint, Status: check.Unchecked, Network: true, Reasons: []string{"connection refused"}}
	worst := check.Checked{Name: theirs, Kind: check.File, Status: check.Unchecked, Certificates: []check.Certified{hostile}, Reasons: []string{theirs, theirs}, Findings: []finding.Finding{low, low}}
	out := map[string]*Checked{
		"none": report(), "good": report(good), "some": report(good, bad, away), "away": report(good, away),
		"hostile": report(worst, worst, bad), "policy": report(good),
	}
	warned := bad
	warned.Findings = []finding.Finding{soon}
	out["warned"] = report(warned, away)
	expired := finding.Finding{Rule: "MUX-POLICY-001", Severity: finding.Medium, Where: "muxkey.yaml", Text: "a suppression has expired", Place: place, Fingerprint: "0055"}
	out["policy"].Findings = []finding.Finding{expired}
	return out
}

func writtenTargets(t *testing.T, format string, r *Checked) string {
	t.Helper()
	f, err := Find(format)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := f.Report(&out, Document{Value: r.Report, Checked: r}, someOptions); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every format that shows targets, or the findings of them, writes any of them, says
// what could not be checked, and tells of a full disk.
func TestTargetFormats(t *testing.T) {
	n := 0
	for f := range Formats().All() {
		if f.checked == nil && f.findings == nil {
			continue
		}
		n++
		for name, r := range someTargets() {
			text := writtenTargets(t, f.Name, r)
			if name == "away" && f.Name != "ics" && !strings.Contains(text, "127.0.0.1:1") {
				t.Errorf("%s does not say what could not be checked:\n%s", f.Name, text)
			}
			if strings.ContainsAny(text, "\x00\x1b") || !slices.Contains([]string{"html", "junit", "checkstyle"}, f.Name) && strings.Contains(text, "\u202e") {
				t.Errorf("%s, %s: a character that steers got through", f.Name, name)
			}
			if !utf8.ValidString(text) {
				t.Errorf("%s, %s: it is no UTF-8", f.Name, name)
			}
			for room := 0; room < len(text); room += 1 + len(text)/20 {
				if err := f.Report(&full{room: room}, Document{Value: r.Report, Checked: r}, someOptions); !errors.Is(err, errFull) {
					t.Fatalf("%s, %s: the disk was full after %d bytes, and the error is %v", f.Name, name, room, err)
				}
			}
		}
	}
	if n < 14 {
		t.Errorf("there are %d formats for targets", n)
	}
	if f, _ := Find("ics"); f.Takes(Document{}) || f.Takes(Document{Findings: &Findings{}}) {
		t.Error("a calendar of nothing")
	}
}

func TestJSONLines(t *testing.T) {
	var types []string
	lines := bufio.NewScanner(strings.NewReader(writtenTargets(t, "jsonl", someTargets()["hostile"])))
	for lines.Scan() {
		var v struct {
			Type    string
			Name    string
			Summary *check.Counts
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if (v.Name == "") != (v.Type == "summary") || (v.Summary == nil) != (v.Type == "target") {
			t.Errorf("%s", lines.Text())
		}
		types = append(types, v.Type)
	}
	if diff := cmp.Diff([]string{"target", "target", "target", "summary"}, types); diff != "" {
		t.Error(diff)
	}
}

func TestCSV(t *testing.T) {
	text := writtenTargets(t, "csv", someTargets()["some"])
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 8 || strings.Count(text, "\r\n") != 8 {
		t.Errorf("there are %d rows:\n%s", len(rows), text)
	}
	if left := slices.Index(rows[0], "daysLeft"); rows[2][left] != "-1" || rows[7][left] != "" || rows[7][0] != "127.0.0.1:1" {
		t.Errorf("%v", rows)
	}
	// No cell of theirs is a formula.
	rows, err = csv.NewReader(strings.NewReader(writtenTargets(t, "csv", someTargets()["hostile"]))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`^-\d+$`)
	found := false
	for _, row := range rows {
		for _, cell := range row {
			found = found || cell == "'=cmd()"
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && !number.MatchString(cell) {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	if !found {
		t.Error("the formula is not there at all")
	}
}

// What a reader of the text format takes (github.com/prometheus/docs,
// exposition_formats.md); promtool has its say in a story.
func TestPrometheus(t *testing.T) {
	line := regexp.MustCompile(`^[a-z_0-9]+(\{([a-zA-Z_]+="([^"\\]|\\["\\n])*",?)+\})? -?\d+$`)
	for name, r := range someTargets() {
		text := writtenTargets(t, "prometheus", r)
		if text == "" || text[len(text)-1] != '\n' {
			t.Errorf("%s: the last line has no end", name)
		}
		series, family := map[string]bool{}, map[string]bool{}
		for x := range strings.Lines(text) {
			x = strings.TrimSuffix(x, "\n")
			if help, ok := strings.CutPrefix(x, "# HELP "); ok {
				metric, _, _ := strings.Cut(help, " ")
				if family[metric] {
					t.Errorf("%s: %s begins twice", name, metric)
				}
				family[metric] = true
			}
			if strings.HasPrefix(x, "#") {
				continue
			}
			key := x[:strings.LastIndexByte(x, ' ')]
			if !line.MatchString(x) || series[key] || !family[strings.SplitN(x, "{", 2)[0]] && !family[key] {
				t.Errorf("%s: %s", name, x)
			}
			series[key] = true
		}
		if openMetrics := writtenTargets(t, "openmetrics", r); openMetrics != text+"# EOF\n" {
			t.Errorf("%s: OpenMetrics is something else:\n%s", name, openMetrics)
		}
	}
	text := writtenTargets(t, "prometheus", someTargets()["some"])
	const labels = `issuer_C="DE",issuer_O="Example",issuer_CN="Example CA",subject_C="DE",subject_O="Example"`
	for _, want := range []string{
		`x509_cert_not_after{filename="store.p12",filepath="store.p12",serial_number="255",` + labels + `,subject_OU="A,B",subject_CN="mux.example.com"} 1796126400`,
		`x509_cert_expired{filename="good.p12",filepath="good.p12",serial_number="1",` + labels + `,subject_CN="Example CA"} 1`,
		`x509_cert_expired{filename="good.p12",filepath="good.p12",serial_number="1",` + labels + `,subject_CN="Example CA",discriminator="efefefef"} 1`,
		`x509_cert_error{filename="127.0.0.1:1",filepath="127.0.0.1:1"} 1`,
		`x509_read_errors 1`,
		`muxkey_check_timestamp_seconds 1795348800`,
		`muxkey_check_targets{status="unchecked"} 1`,
		`muxkey_check_findings{severity="medium"} 2`,
		`muxkey_check_target_status{target="store.p12",kind="file",status="failed"} 1`,
		`muxkey_check_target_not_after_seconds{target="store.p12",kind="file"} 1795262400`,
		`muxkey_check_leaf_not_after_seconds{target="store.p12",alias="mux"} 1796126400`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
}

func TestNagios(t *testing.T) {
	data := regexp.MustCompile(`^([a-z]+|'[^'=|]+')=-?\d+(;\d*){0,4}$`)
	field := regexp.MustCompile(`'[^']*'=\S+|\S+`)
	for _, tt := range []struct {
		name   string
		status int
		begins string
	}{
		{"none", NagiosUnknown, "MUXKEY UNKNOWN - 0 ok, 0 failed, 0 not checked |targets=0"},
		{"good", NagiosOK, "MUXKEY OK - 1 ok, 0 failed, 0 not checked |targets=1"},
		{"away", NagiosUnknown, "MUXKEY UNKNOWN - 1 ok, 0 failed, 1 not checked; 127.0.0.1:1: not checked: conne… |"},
		{"warned", NagiosWarning, "MUXKEY WARNING - 0 ok, 1 failed, 1 not checked; store.p12#mux: it expires on 20… |"},
		{"some", NagiosCritical, "MUXKEY CRITICAL - 1 ok, 1 failed, 1 not checked; store.p12#mux: its CA has expi… |"},
		{"policy", NagiosWarning, "MUXKEY WARNING - 1 ok, 0 failed, 0 not checked; muxkey.yaml: a suppression has … |"},
		{"hostile", NagiosCritical, "MUXKEY CRITICAL - "},
	} {
		r := someTargets()[tt.name]
		text := writtenTargets(t, "nagios", r)
		first, _, _ := strings.Cut(text, "\n")
		said, perf, _ := strings.Cut(first, "|")
		if NagiosStatus(r) != tt.status || !strings.HasPrefix(first, tt.begins) || utf8.RuneCountInString(said) > 81 || strings.Count(text, "|") != 1 || len(text) > 4096 {
			t.Errorf("%s: %d: %s", tt.name, NagiosStatus(r), text)
		}
		for _, f := range field.FindAllString(perf, -1) {
			if !data.MatchString(f) {
				t.Errorf("%s: %q is no performance data", tt.name, f)
			}
		}
	}
	if perf := writtenTargets(t, "nagios", someTargets()["some"]); !strings.Contains(perf, " failed=1;;0;0;3 unchecked=1;;0;0;3 ") || !strings.Contains(perf, " 'days store.p12, alias mux'=9\n") {
		t.Error(perf)
	}
	many := someTargets()["some"]
	for i := range 500 {
		c := many.Targets[1]
		c.Name = fmt.Sprintf("store-%d.p12", i)
		many.Targets = append(many.Targets, c)
	}
	if text := writtenTargets(t, "nagios", many); len(text) > 4096 || len(text) < 3500 || !regexp.MustCompile(`\n\.\.\. and \d+ more\n$`).MatchString(text) {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
	many.FailOn = check.Never
	many.Summary.Unchecked = 0
	if NagiosStatus(many) != NagiosOK {
		t.Error("--fail-on never fails")
	}
}

func TestCalendar(t *testing.T) {
	text := writtenTargets(t, "ics", someTargets()["some"])
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	if n := strings.Count(unfolded, "\r\nBEGIN:VEVENT\r\n"); n != 3 || strings.Count(unfolded, "BEGIN:VALARM") != 6 {
		t.Errorf("there are %d events:\n%s", n, unfolded)
	}
	for _, want := range []string{
		"UID:" + strings.Repeat("ab", 32) + "@muxkey", "DTSTAMP:20261122T120000Z", "DTSTART:20261201T120000Z", "SUMMARY:mux.example.com expires",
		`DESCRIPTION:Subject: CN=mux.example.com\,OU=A\\\,B\,O=Example\,C=DE\n`, `\nIn: good.p12\, alias mux\nIn: store.p12\, alias mux`, "TRIGGER:-P30D",
	} {
		if !strings.Contains(unfolded, "\r\n"+want) && !strings.Contains(unfolded, want) {
			t.Errorf("there is no %s in\n%s", want, unfolded)
		}
	}
	if hostile := strings.ReplaceAll(writtenTargets(t, "ics", someTargets()["hostile"]), "\r\n ", ""); strings.Count(hostile, "BEGIN:VEVENT\r\n") != 3 {
		t.Error(hostile)
	}
	// Folding tears no character, whatever comes before it.
	for n := range 80 {
		var out strings.Builder
		(&calendar{&writer{w: &out}}).line(strings.Repeat("x", n) + strings.Repeat("€", 60))
		for line := range strings.SplitSeq(out.String(), "\r\n") {
			if len(line) > 75 || !utf8.ValidString(line) {
				t.Fatalf("%d: %q", n, line)
			}
		}
	}
}

// junitSchema is what may stand in what: the elements and attributes of Jenkins's
// junit-10.xsd (the xUnit plugin checks files with it), and the attribute file,
// which GitLab reads.
var junitSchema = map[string]struct {
	children, attributes []string
	required             int // the first so many attributes
}{
	"testsuites": {[]string{"testsuite"}, []string{"name", "tests", "failures", "errors", "time"}, 0},
	"testsuite":  {[]string{"testcase", "properties", "system-out", "system-err"}, []string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "file"}, 4},
	"testcase":   {[]string{"failure", "error", "skipped", "system-out", "system-err"}, []string{"name", "classname", "time", "group", "file"}, 1},
	"failure":    {nil, []string{"message", "type"}, 0},
	"error":      {nil, []string{"message", "type"}, 0},
	"skipped":    {nil, []string{"message", "type"}, 0},
	"system-out": {},
}

func checkJUnit(t *testing.T, name, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	var open []string
	cases := map[string]bool{}
	for {
		token, err := d.Token()
		if token == nil {
			if len(open) > 0 || err == nil {
				t.Errorf("%s: %v", name, err)
			}
			return
		}
		switch e := token.(type) {
		case xml.StartElement:
			rule, known := junitSchema[e.Name.Local]
			if !known || len(open) > 0 && !slices.Contains(junitSchema[open[len(open)-1]].children, e.Name.Local) || len(open) == 0 && e.Name.Local != "testsuites" {
				t.Errorf("%s: %s may not stand in %v", name, e.Name.Local, open)
			}
			values := map[string]string{}
			for _, a := range e.Attr {
				values[a.Name.Local] = a.Value
				if !slices.Contains(rule.attributes, a.Name.Local) {
					t.Errorf("%s: %s has no attribute %s", name, e.Name.Local, a.Name.Local)
				}
			}
			for _, a := range rule.attributes[:rule.required] {
				if _, ok := values[a]; !ok {
					t.Errorf("%s: %s lacks %s", name, e.Name.Local, a)
				}
			}
			if e.Name.Local == "testcase" {
				id := values["classname"] + "\x00" + values["name"]
				if cases[id] {
					t.Errorf("%s: %q is there twice, and GitLab drops one", name, id)
				}
				cases[id] = true
			}
			open = append(open, e.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func TestJUnitSchema(t *testing.T) {
	for name, r := range someTargets() {
		checkJUnit(t, name, writtenTargets(t, "junit", r))
	}
	for name, f := range someFindings() {
		if name != "hostile" { // two findings at one place
			checkJUnit(t, name, written(t, "junit", f))
		}
	}
	var all junitSuites
	if err := xml.Unmarshal([]byte(writtenTargets(t, "junit", someTargets()["some"])), &all); err != nil {
		t.Fatal(err)
	}
	if all.Tests != 6 || all.Failures != 3 || all.Errors != 1 || len(all.Suites) != 3 || all.Suites[0].Failures != 0 || all.Suites[2].Cases[0].Error.Message != "connection refused" {
		t.Errorf("%+v", all)
	}
	below := someTargets()["some"]
	below.FailOn = "high"
	if err := xml.Unmarshal([]byte(writtenTargets(t, "junit", below)), &all); err != nil {
		t.Fatal(err)
	}
	if c := all.Suites[len(all.Suites)-2].Cases[2]; c.Failure != nil || !strings.Contains(c.Out, "in 9 days") {
		t.Errorf("what is below --fail-on fails: %+v", c)
	}
}

// What GitLab asks of a code quality report (docs.gitlab.com: Code Quality).
const codeQuality = `{
	"type": "array", "items": {
		"type": "object", "required": ["description", "check_name", "fingerprint", "severity", "location"], "properties": {
			"description": {"type": "string", "minLength": 1}, "check_name": {"type": "string", "minLength": 1},
			"fingerprint": {"type": "string", "minLength": 1}, "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
			"location": {
				"type": "object", "required": ["path", "positions"], "properties": {
					"path": {"type": "string", "minLength": 1, "pattern": "^[^/.]|^[.][^/]|^/"},
					"positions": {"type": "object", "required": ["begin"], "properties": {
						"begin": {"type": "object", "required": ["line"], "properties": {"line": {"type": "integer", "minimum": 1}}}}}}}}}}`

func TestGitLabSchema(t *testing.T) {
	valid := schemaOf(t, codeQuality)
	for name, r := range someTargets() {
		text := writtenTargets(t, "gitlab", r)
		if err := valid(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		var issues []gitlabIssue
		if err := json.Unmarshal([]byte(text), &issues); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, x := range issues {
			if seen[x.Fingerprint] {
				t.Errorf("%s: GitLab drops the second of fingerprint %s", name, x.Fingerprint)
			}
			seen[x.Fingerprint] = true
		}
	}
	if valid(strings.Replace(writtenTargets(t, "gitlab", someTargets()["some"]), "critical", "grave", 1)) == nil {
		t.Error("any severity is valid")
	}
}

// What could not be checked is a finding to viewers of findings, and each is at a
// line of a file.
func TestAsFindings(t *testing.T) {
	r := someTargets()["some"]
	r.Targets[1].Findings[0].Place = nil
	r.Targets[1].Place = nil
	var got []string
	for _, f := range r.AsFindings().List {
		got = append(got, fmt.Sprintf("%s:%d %s %s %s", f.Place.File, f.Place.Line, f.Severity, f.Rule, f.Text))
	}
	want := []string{
		"muxkey.yaml:1 high MUX-UNCHECKED-001 127.0.0.1:1: connection refused",
		"muxkey.yaml:3 medium MUX-DATE-001 store.p12#mux: it expires on 2026-12-01, in 9 days",
		"muxkey.yaml:3 medium MUX-DATE-001 store.p12#mux: it expires on 2026-12-01, in 9 days",
		"store.p12:1 high MUX-DATE-001 store.p12#mux: its CA has expired",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// GitHub takes so many results and no more; the heaviest are kept, and the file
// says that some are missing.
func TestSARIFLimit(t *testing.T) {
	f := someFindings()["some"]
	for i := range mostResults {
		x := f.List[1]
		x.Fingerprint = strconv.Itoa(i)
		f.List = append(f.List, x)
	}
	f.List = append(f.List, f.List[0])
	var log sarifLog
	if err := json.Unmarshal([]byte(written(t, "sarif", f)), &log); err != nil {
		t.Fatal(err)
	}
	high := 0
	prints := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		high += int(truth(r.Properties.Severity == finding.High))
		prints[r.PartialFingerprints["primaryLocationLineHash"]] = true
	}
	said := log.Runs[0].Invocations[0].Notifications
	if n := len(log.Runs[0].Results); n != mostResults || high != 2 || len(prints) != n || len(said) != 1 || !strings.HasPrefix(said[0].Message.Text, "3 findings are not in this file") {
		t.Errorf("%d results, %d of them high, %d fingerprints: %+v", n, high, len(prints), said)
	}
}

func TestShortName(t *testing.T) {
	for _, tt := range []struct{ subject, name, want string }{
		{"CN=mux.example.com,O=Example", "", "mux.example.com"},
		{`CN=a\,b,O=Example`, "", "a,b"},
		{"", "DNS:a.example.com", "DNS:a.example.com"},
		{"O=Example", "", "O=Example"},
		{"CN=" + strings.Repeat("x", 70), "", "CN=" + strings.Repeat("x", 70)}, // longer than the standard allows
	} {
		c := check.Certified{Subject: tt.subject}
		if tt.name != "" {
			c.Names = []string{tt.name}
		}
		if got := shortName(c); got != tt.want {
			t.Errorf("%s: %q", tt.subject, got)
		}
	}
	if len((&Checked{Report: &check.Report{Targets: []check.Checked{{Certificates: []check.Certified{{NotAfter: time.Time{}}}}}}}).expiries()) != 0 {
		t.Error("a date that nobody knows is in the calendar")
	}
}
