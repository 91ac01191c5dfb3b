package certgen_test

import (
	"errors"
	"testing"
	"time"

	"muxkey/certgen"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 987654321, time.FixedZone("", 3600))

func TestLifetime(t *testing.T) {
	notBefore, notAfter, err := certgen.Lifetime(now, 397)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 1, 10, 55, 0, 0, time.UTC); notBefore != want {
		t.Errorf("begins at %v, want %v", notBefore, want)
	}
	// Both ends count: RFC 5280 section 4.1.2.5.
	if got := notAfter.Sub(notBefore) + time.Second; got != 397*24*time.Hour {
		t.Errorf("lasts %v, want 397 days", got)
	}
	for _, days := range []int{0, -1, 366*8000 + 1, 1 << 40, -1 << 40} {
		if _, _, err := certgen.Lifetime(now, days); !errors.Is(err, certgen.ErrLifetime) {
			t.Errorf("%d days: %v", days, err)
		}
	}
	if _, _, err := certgen.Lifetime(now, 1); err != nil {
		t.Errorf("one day: %v", err)
	}
}

func TestParseTime(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"2026-12-31", "2026-12-31T00:00:00Z"},
		{"2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z"},
		{"2026-12-31T23:59:59.9+02:00", "2026-12-31T21:59:59Z"},
		{"+30d", "2026-03-31T11:00:00Z"},
		{"-1h", "2026-03-01T10:00:00Z"},
		{"+90m", "2026-03-01T12:30:00Z"},
		{"+0d", "2026-03-01T11:00:00Z"},
		{"2026-02-29", ""},
		{"31.12.2026", ""},
		{"30d", ""},
		{"+d", ""},
		{"+-3d", ""},
		{"+3y", ""},
		{"+3", ""},
		{"+99999999999h", ""},
		{"", ""},
		{"now", ""},
	} {
		got, err := certgen.ParseTime(tt.in, now)
		if tt.want == "" {
			if !errors.Is(err, certgen.ErrTime) {
				t.Errorf("%q: got %v and error %v, want an ErrTime", tt.in, got, err)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%q: got %v and error %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-12-31", "2026-12-31T23:59:59Z", "2026-12-31T23:59:59.9+14:00", "+30d", "-1h", "+90m", "+2097151d", "-2097152d", "0000-01-01", "9999-12-31T23:59:59-23:59", "+d", "31.12.2026"} {
		f.Add(s)
	}
	now := time.Date(2025, time.March, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := certgen.ParseTime(s, now)
		if err != nil {
			if !errors.Is(err, certgen.ErrTime) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if got.Location() != time.UTC || got.Nanosecond() != 0 {
			t.Fatalf("%q became %v", s, got)
		}
		if y := got.Year(); y < 0 || y > 9999 {
			return // far away, and refused where it is used
		}
		if again, err := certgen.ParseTime(got.Format(time.RFC3339), now); err != nil || !again.Equal(got) {
			t.Fatalf("%q became %v, then %v, %v", s, got, again, err)
		}
	})
}
