package startdate_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"muxkey/internal/keytool/startdate"
)

// Measured with java.util.GregorianCalendar of JDK 17.0.21 and 25.0.3, doing what
// keytool does.
func TestParse(t *testing.T) {
	for _, tt := range []struct{ zone, now, value, want string }{
		{"Europe/Berlin", "2026-03-28T01:30:00Z", "+1d", "2026-03-29T00:30:00Z"},
		{"Europe/Berlin", "2026-03-28T01:30:00Z", "+24H", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-03-28T01:30:00Z", "+2d", "2026-03-30T00:30:00Z"},
		{"Europe/Berlin", "2026-02-28T01:30:00Z", "+1m", "2026-03-28T01:30:00Z"},
		{"Europe/Berlin", "2026-02-28T01:30:00Z", "+1m+1d", "2026-03-29T00:30:00Z"},
		{"Europe/Berlin", "2025-03-29T01:30:00Z", "+1y", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-10-24T00:30:00Z", "+1d", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "2026-10-26T01:30:00Z", "-1d", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-09-25T00:30:00Z", "+1m", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-11-25T01:30:00Z", "-1m", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2025-10-25T00:30:00Z", "+1y", "2026-10-25T01:30:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+1m", "2026-02-28T12:00:00Z"},
		{"UTC", "2024-02-29T12:00:00Z", "+1y", "2025-02-28T12:00:00Z"},
		{"UTC", "2024-02-29T12:00:00Z", "-1y", "2023-02-28T12:00:00Z"},
		{"UTC", "2026-03-31T12:00:00Z", "-1m", "2026-02-28T12:00:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+1m+1m", "2026-03-28T12:00:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+13m", "2027-02-28T12:00:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "-14m", "2024-11-30T12:00:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+8000y", "+10026-01-31T12:00:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+2147483647S", "2094-02-18T15:14:07Z"},
		{"America/New_York", "2026-03-07T07:30:00Z", "+1d", "2026-03-08T06:30:00Z"},
		{"America/New_York", "2026-02-08T07:30:00Z", "+1m", "2026-03-08T07:30:00Z"},
		{"America/New_York", "2026-10-01T05:30:00Z", "+1m", "2026-11-01T06:30:00Z"},
		{"Australia/Lord_Howe", "2026-09-03T15:45:00Z", "+1m", "2026-10-03T15:45:00Z"},
		{"Asia/Kolkata", "2026-01-31T12:00:00Z", "+1m+5M", "2026-02-28T12:05:00Z"},
		{"Europe/Berlin", "2026-01-28T01:30:00Z", "2026/03/29 02:30:00", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-01-28T01:30:00Z", "2026/03/29", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-01-28T01:30:00Z", "2026/10/25", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-01-28T01:30:00Z", "2026/10/25 02:30:00", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-07-28T01:30:00Z", "2026/10/25 02:30:00", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-03-29T04:30:00Z", "02:30:00", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-10-25T04:30:00Z", "02:30:00", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "2026-10-24T22:30:00Z", "02:30:00", "2026-10-25T01:30:00Z"},
		{"UTC", "2026-01-31T12:34:56Z", "2026/02/30", "2026-03-02T12:34:56Z"},
		{"UTC", "2026-01-31T12:34:56Z", "2026/13/45", "2027-02-14T12:34:56Z"},
		{"UTC", "2026-01-31T12:34:56Z", "25:61:61", "2026-02-01T02:02:01Z"},
		{"UTC", "2026-01-31T12:34:56Z", "9999/12/31 23:59:59", "9999-12-31T23:59:59Z"},
		{"America/New_York", "2026-01-31T12:34:56Z", "2026/03/08 02:30:00", "2026-03-08T07:30:00Z"},
		{"America/New_York", "2026-01-31T12:34:56Z", "2026/11/01 01:30:00", "2026-11-01T06:30:00Z"},
		{"Europe/Berlin", "2026-01-31T12:34:56Z", "1900/01/01 00:00:00", "1899-12-31T23:00:00Z"},
		{"America/New_York", "2026-01-31T12:34:56Z", "2060/07/01 00:00:00", "2060-07-01T04:00:00Z"},
		{"UTC", "2026-01-31T12:34:56.789Z", "10:00:00", "2026-01-31T10:00:00Z"},
		{"UTC", "2026-01-31T12:34:56.789Z", "2027/01/01", "2027-01-01T12:34:56.789Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+0d-1S+00002M", "2026-01-31T12:01:59Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+2147483647H", "+247009-11-09T19:00:00Z"},
		{"UTC", "2026-01-31T12:00:00Z", "+2147483647d", "+5881636-08-10T12:00:00Z"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := startdate.Parse(tt.value, now, zone)
		if err != nil {
			t.Errorf("%s: %v", tt.value, err)
			continue
		}
		form := "2006-01-02T15:04:05.999Z07:00"
		if got.Year() > 9999 { // as ISO 8601 has years of more digits
			form = "+" + form
		}
		if got := got.UTC().Format(form); got != tt.want {
			t.Errorf("%s after %s in %s: got %s, want %s", tt.value, tt.now, tt.zone, got, tt.want)
		}
	}
}

// Measured with keytool -genkeypair of JDK 17.0.21 and 25.0.3.
func TestParseRefuses(t *testing.T) {
	const illegal = "java.io.IOException: Illegal startdate value"
	for _, tt := range []struct{ value, want string }{
		{"", illegal},
		{"+", illegal},
		{"+1", illegal},
		{"+d", illegal},
		{"1d", illegal},
		{"+1w", illegal},
		{"+1D", illegal},
		{"+1d ", illegal},
		{"+1d1d", illegal},
		{"2026-01-01", illegal},
		{"2026/01/01 10:00", illegal},
		{"2026/01/01T10:00:00", illegal},
		{"2026/0a/01", illegal},
		{"2026/01/01 10:00:0x", illegal},
		{"10:00-00", illegal},
		{"äääää", illegal},
		{"+2147483648S", `java.lang.NumberFormatException: For input string: "2147483648"`},
		{"+99999999999", `java.lang.NumberFormatException: For input string: "99999999999"`},
	} {
		got, err := startdate.Parse(tt.value, time.Unix(0, 0), time.UTC)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, %v; want %s", tt.value, got, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"+1y-2m+3d-4H+5M-6S", "2026/01/31 10:00:00", "2026/13/45", "10:00:00", "-2147483647d"} {
		f.Add(seed)
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 3, 29, 1, 59, 59, 0, zone)
	f.Fuzz(func(t *testing.T, value string) {
		if got, err := startdate.Parse(value, now, zone); err == nil && got.Location() != zone {
			t.Errorf("%q is in the zone %s", value, got.Location())
		}
	})
}
