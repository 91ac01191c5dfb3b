package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"muxkey/internal/finding"
)

func TestParseShard(t *testing.T) {
	if shard, shards, err := ParseShard("2/10"); shard != 2 || shards != 10 || err != nil {
		t.Errorf("%d of %d, %v", shard, shards, err)
	}
	for _, text := range []string{"", "2", "0/10", "11/10", "-1/10", "2/10/3", "2/10001", "a/b", "2/", "9999999999999999999/9999999999999999999"} {
		if _, _, err := ParseShard(text); err == nil {
			t.Errorf("%q is a part", text)
		}
	}
}

// Nothing in a report is believed.
func TestParseReport(t *testing.T) {
	const head = `{"schemaVersion": 1, "failOn": "high", `
	for _, tt := range []struct{ text, err string }{
		{head + `"targets": []}`, ""},
		{"\ufeff" + head + `"targets": [{"name": "a", "kind": "file", "status": "unchecked"}], "more": 1}`, ""},
		{head + `"targets": []} {}`, "invalid character"},
		{head + `"targets": null}`, "it has no targets"},
		{head + `"targets": [{"name": "a", "kind": "robot"}]}`, `the target "a" is a "robot"`},
		{head + `"targets": [{"kind": "file", "findings": [{"rule": "X", "severity": "grave"}]}]}`, `a finding of X has the severity "grave"`},
		{head + `"targets": [], "findings": [{"rule": "X"}]}`, `the severity ""`},
		{head + `"targets": [], "shard": "3/2"}`, `"3/2" is no part`},
		{head + `"targets": [], "at": "yesterday"}`, "parsing time"},
		{`{"schemaVersion": 1, "failOn": "", "targets": []}`, `failOn is ""`},
		{`{"schemaVersion": 2}`, "version 2"},
		{`{}`, "no schemaVersion"},
		{`[]`, "it is no report"},
		{``, "unexpected end"},
		{strings.Repeat("[", 100_000), "exceeded max depth"},
	} {
		r, err := ParseReport(strings.NewReader(tt.text))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%.80s: %v, want %q", tt.text, err, tt.err)
		}
		if err == nil && len(r.Targets) > 0 && (len(r.Targets[0].Reasons) == 0 || r.Targets[0].Findings == nil || r.Targets[0].Certificates == nil) {
			t.Errorf("%+v", r.Targets[0])
		}
	}
	if _, err := parseReport(endless{}, 1<<20); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a report without an end: %v", err)
	}
}

// endless is a file of blanks without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestMerge(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	expired := finding.Finding{Rule: "MUX-POLICY-001", Severity: finding.Low, Where: "muxkey.yaml", Text: "expired"}
	part := func(shard string, late time.Duration, targets ...Checked) *Report {
		return &Report{
			SchemaVersion: 1, At: at.Add(late), Policy: "muxkey.yaml", Shard: shard, FailOn: "medium", Targets: targets,
			Findings: []finding.Finding{expired}, Summary: Counts{Suppressed: 1, Known: 2, Gone: 5}, Custom: []CustomRule{{ID: "OWN-1"}},
		}
	}
	file := func(name string, position int) Checked {
		return Checked{Name: name, Kind: File, Status: OK, Position: position}
	}
	server := Checked{Name: "tls://a", Kind: Endpoint, Position: 1}
	bad := file("bad.p12", 2)
	bad.Findings = []finding.Finding{{Rule: "X", Severity: finding.Low}}
	r, err := Merge([]*Report{part("2/2", time.Minute, file("c", 4), server, bad), part("1/2", 0, file("b", 3), file("a1", 1), file("a2", 1))}, MergeOptions{FailOn: "low"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range r.Targets {
		names = append(names, c.Name)
		if c.Position != 0 {
			t.Errorf("%+v", c)
		}
	}
	want := Counts{Targets: 6, OK: 5, Failed: 1, Suppressed: 2, Known: 4, Gone: 3}
	if got := strings.Join(names, " "); got != "a1 a2 bad.p12 b c tls://a" || r.Summary != want || !r.At.Equal(at) || r.Shard != "" || len(r.Findings) != 1 || len(r.Custom) != 1 || !r.Failed() {
		t.Errorf("%s; %+v", got, r)
	}
	r, err = Merge([]*Report{part("2/3", 0)}, MergeOptions{Unread: []Checked{Unreadable("x.json", errors.New("it is a picture"))}})
	if err != nil || r.Summary.Unchecked != 3 || r.Targets[0].Name != "shard 1/3" || r.Targets[2].Reasons[0] != "it is a picture" {
		t.Errorf("%v, %+v", err, r)
	}
	other := part("2/2", 0)
	other.FailOn = "high"
	for what, list := range map[string][]*Report{
		"nothing": nil, "twice": {part("1/2", 0), part("1/2", 0)}, "of others": {part("1/2", 0), part("3/3", 0)},
		"some of all": {part("1/2", 0), part("", 0)}, "two thresholds": {part("1/2", 0), other},
	} {
		if _, err := Merge(list, MergeOptions{}); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	r, err = Merge([]*Report{part("", 0, file("a", 0)), part("", 0, file("b", 0))}, MergeOptions{})
	if err != nil || r.Summary.Targets != 2 || r.Summary.Gone != 10 {
		t.Errorf("%v, %+v", err, r)
	}
}

// Whatever is read as a report can be put together, and what comes of that is a
// report again.
func FuzzParseReport(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":1,"failOn":"low","shard":"1/2","targets":[{"name":"a","kind":"file","fleet":{"keys":[{"sha256":"00"}],"serials":[{"issuer":"i"}]},"findings":[{"rule":"X","severity":"low"}]}]}`))
	f.Add([]byte(`{"schemaVersion":1,"failOn":"never","targets":[],"findings":null}`))
	policy, err := ParsePolicy(nil, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReport(bytes.NewReader(data))
		if err != nil {
			return
		}
		merged, err := Merge([]*Report{r}, MergeOptions{Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(merged)
		if err != nil {
			return // a year beyond 9999
		}
		if _, err := ParseReport(bytes.NewReader(text)); err != nil {
			t.Errorf("%v: %s", err, text)
		}
	})
}
