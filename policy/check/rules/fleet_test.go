package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muxkey/internal/finding"
)

// fleetOf has a member for each set of names, all with one key.
func fleetOf(names ...string) *Fleet {
	f := &Fleet{}
	for i, n := range names {
		f.Members = append(f.Members, Member{Name: fmt.Sprint(i), Keys: []KeyUse{{SHA256: "k", Type: "EC P-256", Names: n}}})
	}
	return f
}

func TestSharedKeys(t *testing.T) {
	for _, tt := range []struct {
		name  string
		names []string
		want  int // places
	}{
		{"one name", []string{"DNS:a", "DNS:a"}, 0},
		{"a key file without a certificate", []string{"DNS:a", ""}, 0},
		{"two names", []string{"DNS:a", "DNS:b"}, 2},
		{"bound together by a third", []string{"DNS:a", "DNS:b", "DNS:b\nDNS:a"}, 0},
		{"bound together step by step", []string{"DNS:a", "DNS:b", "DNS:c\nDNS:b", "DNS:c\nDNS:a"}, 0},
		{"localhost binds nothing", []string{"DNS:a\nDNS:localhost", "DNS:b\nDNS:localhost"}, 2},
		{"localhost alone", []string{"DNS:localhost", "DNS:localhost"}, 0},
		{"two services of two files each", []string{"DNS:a", "DNS:a", "DNS:b", "DNS:b"}, 4},
	} {
		n := 0
		for _, s := range sharedKeys(fleetOf(tt.names...)) {
			n += len(s.Places)
		}
		if n != tt.want {
			t.Errorf("%s: %d places, want %d", tt.name, n, tt.want)
		}
	}
}

func TestOthers(t *testing.T) {
	f := fleetOf("a", "b", "c", "d", "e", "f")
	for at, want := range map[int]string{0: "1, 2, 3 and 2 more", 1: "0, 2, 3 and 2 more", 5: "0, 1, 2 and 2 more"} {
		s := sharedKeys(f)[at]
		if got := s.Others(f, s.Places[0]); got != want {
			t.Errorf("others of %d: %q, want %q", at, got, want)
		}
	}
	// Only those of other services are others.
	f = fleetOf("a", "a", "b")
	s := sharedKeys(f)[0]
	if got := s.Others(f, s.Places[0]); len(s.Places) != 2 || got != "2" {
		t.Errorf("others are %q", got)
	}
	all := Spread{Places: []Place{{0, ""}, {1, "x"}, {2, ""}}}
	if got := all.Others(f, all.Places[0]); got != "1#x, 2" {
		t.Errorf("others are %q", got)
	}
}

// A renewal is found where the old one is, and names where the new one is.
func TestForgotten(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	member := func(name, sum string, from int, server bool) Member {
		return Member{Name: name, Server: server, Serials: []SerialUse{{
			Issuer: "CN=CA", Serial: sum, SHA256: sum, Names: "DNS:a", Algorithm: "EC", NotBefore: day(from), NotAfter: day(from + 100),
		}}}
	}
	got := forgotten(&Fleet{Members: []Member{member("old", "1", 0, true), member("twin", "2", 75, false), member("new", "3", 80, false)}})
	if len(got) != 1 || len(got[0].Places) != 1 || got[0].Places[0].Member != 0 || got[0].Severity != "medium" {
		t.Fatalf("%+v", got)
	}
	if text := got[0].Text("new"); !strings.Contains(text, "ends on 2026-04-11") || !strings.Contains(text, "until 2026-06-30, is in new") {
		t.Error(text)
	}
}

// Issuers of one name that have each a key of their own are not one that has lost
// count.
func TestSharedSerials(t *testing.T) {
	for _, tt := range []struct {
		keys [2]string
		want finding.Severity
	}{{[2]string{"a", "b"}, finding.Low}, {[2]string{"a", "a"}, ""}, {[2]string{"a", ""}, ""}} {
		f := &Fleet{}
		for i, key := range tt.keys {
			f.Members = append(f.Members, Member{Name: fmt.Sprint(i), Serials: []SerialUse{{Issuer: "CN=kubernetes", Serial: "00", SHA256: fmt.Sprint(i), IssuerKey: key}}})
		}
		if got := sharedSerials(f); len(got) != 1 || got[0].Severity != tt.want {
			t.Errorf("issuers with the keys %q: %+v, want the severity %q", tt.keys, got, tt.want)
		}
	}
}

// A hundred thousand targets with one key and one password take no more than a
// look at each.
func TestLargeFleet(t *testing.T) {
	f := &Fleet{}
	for i := range 100_000 {
		f.Members = append(f.Members, Member{
			Name: fmt.Sprint(i), Password: "p", Keys: []KeyUse{{SHA256: "k", Names: fmt.Sprint("DNS:", i)}},
			Serials: []SerialUse{{Issuer: "CN=CA", Serial: "1", SHA256: fmt.Sprint(i), Names: fmt.Sprint("DNS:", i)}},
		})
	}
	start, n := time.Now(), 0
	for _, r := range fleetRules() {
		for _, s := range r.Fleet(f) {
			for _, p := range s.Places {
				n += len(s.Text(s.Others(f, p)))
			}
		}
	}
	if took := time.Since(start); n == 0 || took > 10*time.Second {
		t.Errorf("%d characters in %v", n, took)
	}
}
