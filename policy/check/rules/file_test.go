package rules_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"muxkey/internal/finding"
	"muxkey/policy/check/rules"
)

// What a group may do is worth a word where there is somebody in it.
func TestGroupOfFile(t *testing.T) {
	for _, tt := range []struct {
		mode    fs.FileMode
		private bool
		want    finding.Severity
	}{
		{0o664, false, finding.Low}, {0o664, true, ""}, {0o666, true, finding.High}, {0o644, false, ""},
	} {
		info, err := fstest.MapFS{"mux.pem": {Mode: tt.mode}}.Stat("mux.pem")
		if err != nil {
			t.Fatal(err)
		}
		rule, _ := rules.All().Get("MUX-FILE-002")
		found := rule.Subject(t.Context(), &rules.Subject{File: info, PrivateGroup: tt.private, Expect: &rules.Expect{}})
		var got finding.Severity
		for _, f := range found {
			if got = f.Severity; got == "" {
				got = rule.Severity
			}
		}
		if got != tt.want {
			t.Errorf("%04o, private group %v: severity %q, want %q", tt.mode, tt.private, got, tt.want)
		}
	}
}
