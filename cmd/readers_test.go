package cmd

import (
	"slices"
	"strings"
	"testing"

	"muxkey/inspect"
	"muxkey/pkcs12x"
)

// The short verdict stands on names of the consumer table.
func TestMainFamiliesExist(t *testing.T) {
	for _, family := range mainFamilies {
		if !slices.ContainsFunc(pkcs12x.Consumers(), func(c pkcs12x.Consumer) bool { return c.Family == family }) {
			t.Errorf("no consumer is of the family %q", family)
		}
	}
}

func TestSummarize(t *testing.T) {
	for _, tt := range []struct {
		profile string
		yes, no string
	}{
		{"modern-2023", "Java 8u301 and later, OpenSSL 1.0 and later, GnuTLS 3.7.1 and later", "Java before 8u301 and 11.0.12, up to OpenSSL 0.9.8, up to GnuTLS 3.6"},
		{"legacy-rc2", "Java before 8u301 and 11.0.12, Java 8u301 and later, up to OpenSSL 1.1.1", "OpenSSL 3.0 and later"},
	} {
		p, ok := pkcs12x.ProfileByName(tt.profile)
		if !ok {
			t.Fatal(tt.profile)
		}
		var verdicts []inspect.OpensIn
		for _, v := range pkcs12x.Readers(p.Features()) {
			verdicts = append(verdicts, inspect.OpensIn{ID: v.Consumer.ID, Title: v.Consumer.Title, Reads: v.Reads})
		}
		yes, no := summarize(verdicts)
		if got := strings.Join(yes, ", "); !strings.HasPrefix(got, tt.yes) {
			t.Errorf("%s opens in %q, want %q first", tt.profile, got, tt.yes)
		}
		if got := strings.Join(no, ", "); !strings.HasPrefix(got, tt.no) {
			t.Errorf("%s does not open in %q, want %q first", tt.profile, got, tt.no)
		}
	}
}
