package rules

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// aged is a keystore with one certificate that lives for so many days, of which
// some are left.
func aged(days, left int, e *Expect) *Subject {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c := inspect.Certificate{
		NotBefore: now.AddDate(0, 0, left-days), NotAfter: now.AddDate(0, 0, left).Add(-time.Second), DaysLeft: left - 1, Expired: left <= 0,
		Fingerprints: inspect.Hashes{SHA256: "00"}, PublicKey: inspect.PublicKey{Algorithm: "EC"},
	}
	return &Subject{
		Facts:  &inspect.Target{Entries: []inspect.Entry{{Alias: "mux", Kind: pkcs12x.PrivateKey, Key: &inspect.Key{}, Chain: []inspect.Certificate{c}}}},
		Store:  &keystore.Store{Entries: []*keystore.Entry{{Alias: "mux", Kind: pkcs12x.PrivateKey, Chain: []*keystore.Certificate{{}}}}},
		Expect: e, Now: now,
	}
}

func TestExpiresSoon(t *testing.T) {
	for _, tt := range []struct {
		days, left, warn, fail int
		usual                  bool
		want                   finding.Severity
		text                   string
	}{
		{397, 32, 30, 14, true, "", ""},
		{397, 31, 30, 14, true, finding.Medium, "the certificate expires on 2026-12-23, in 30 days; warn-days is 30"},
		{397, 16, 30, 14, true, finding.Medium, "warn-days is 30"},
		{397, 15, 30, 14, true, finding.High, "in 14 days; fail-days is 14"},
		{397, 1, 30, 14, true, finding.High, "in 0 days; fail-days is 14"},
		{397, 0, 30, 14, true, "", ""}, // it has expired
		// What lives for 47 days is found in the last 15, and grave in the last 7.
		{47, 17, 30, 14, true, "", ""},
		{47, 16, 30, 14, true, finding.Medium, "warn-days is 15"},
		{47, 8, 30, 14, true, finding.High, "fail-days is 7"},
		{47, 31, 30, 14, false, finding.Medium, "warn-days is 30"}, // who says 30 means it
		{397, 5, 0, 0, false, "", ""},
		{397, 5, 30, 0, false, finding.Medium, "warn-days is 30"},
	} {
		s := aged(tt.days, tt.left, &Expect{WarnDays: tt.warn, FailDays: tt.fail, UsualDays: tt.usual})
		got := Fault{}
		if list := expiresSoon(context.Background(), s); len(list) > 0 {
			got = list[0]
		}
		if got.Text == "" && tt.want != "" || got.Text != "" && got.Severity != tt.want || !strings.Contains(got.Text, tt.text) {
			t.Errorf("%+v: %q, %s", tt, got.Text, got.Severity)
		}
	}
}

func TestLifetime(t *testing.T) {
	day := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	for seconds, want := range map[int]int{86_400*200 - 1: 200, 86_400 * 200: 201, 0: 1} {
		c := Certificate{Certificate: &inspect.Certificate{NotBefore: day, NotAfter: day.Add(time.Duration(seconds) * time.Second)}}
		if got := c.lifetime(); got != want {
			t.Errorf("%d seconds are %d days, want %d", seconds, got, want)
		}
	}
	end := Certificate{Certificate: &inspect.Certificate{NotBefore: day, NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}}
	if got := end.lifetime(); got < 2_900_000 {
		t.Errorf("until the end of time there are %d days", got)
	}
}

func TestPublicDays(t *testing.T) {
	for day, want := range map[string]int{
		"2026-03-14T23:59:59Z": 398, "2026-03-15T00:00:00Z": 200, "2027-03-14T23:59:59Z": 200, "2027-03-15T00:00:00Z": 100,
		"2029-03-14T23:59:59Z": 100, "2029-03-15T00:00:00Z": 47, "2040-01-01T00:00:00Z": 47,
	} {
		begins, err := time.Parse(time.RFC3339, day)
		if got := publicDays(begins); err != nil || got != want {
			t.Errorf("%s: %d days, want %d", day, got, want)
		}
	}
}

func TestNoName(t *testing.T) {
	for name, want := range map[string]string{
		"mux.example.com": "", "*.example.com": "", "*": "", "*.com": "", "MUX.Example.COM": "", "xn--mx-xka.example": "", "mux": "", "a_b.example.com": "",
		"*.*.example.com": "wildcard", "a*.example.com": "wildcard", "a.*.example.com": "wildcard", "mux.example.com.": "dot", "": "empty", "mux..example.com": "empty label",
		"192.0.2.1": "kind IP", "2001:db8::1": "kind IP", "mux.example.com:443": "port", "https://mux": "://", "mux example": "blank", "müx.example": "xn--",
		"mux.example.1": "number", strings.Repeat("a", 64) + ".example": "63",
	} {
		if got := noName(name); (got == "") != (want == "") || want != "://" && !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestReserved(t *testing.T) {
	for address, want := range map[string]bool{
		"10.1.2.3": true, "172.16.0.1": true, "172.32.0.1": false, "192.168.0.1": true, "127.0.0.1": true, "169.254.1.1": true, "100.64.0.1": true,
		"192.0.2.1": true, "224.0.0.1": true, "0.0.0.0": true, "255.255.255.255": true, "9.9.9.9": false, "::1": true, "fe80::1": true, "fd00::1": true,
		"2001:db8::1": true, "::ffff:10.0.0.1": true, "2620:fe::fe": false,
	} {
		if got := reserved(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}
