// Package startdate reads the value of -startdate as keytool does: offsets from
// now, or a date, a time or both in the local zone.
package startdate

import (
	"strconv"
	"strings"
	"time"

	"muxkey/internal/keytool/exception"
)

// Parse returns the time that a value of -startdate stands for: offsets such as
// "-1d+2H", "2026/01/31", "10:00:00", or date and time with a blank between. What a
// date or a time leaves open is that of now, and numbers beyond their range run
// over into the next field. All is counted in zone, and in the Gregorian calendar
// also for the centuries before it, where Java takes the Julian one. An error is an
// [exception.Exception] with Java's words.
func Parse(value string, now time.Time, zone *time.Location) (time.Time, error) {
	now = now.In(zone)
	if strings.HasPrefix(value, "+") || strings.HasPrefix(value, "-") {
		return offsets(value, now)
	}
	date, clock, ok := split(value)
	year, month, day := now.Date()
	hour, minute, second := now.Clock()
	nanos := now.Nanosecond()
	if ok && date != "" {
		var numbers [3]int
		numbers, ok = fields(date, "0000/00/00", '/')
		year, month, day = numbers[0], time.Month(numbers[1]), numbers[2]
	}
	if ok && clock != "" {
		var numbers [3]int
		numbers, ok = fields(clock, "00:00:00", ':')
		hour, minute, second, nanos = numbers[0], numbers[1], numbers[2], 0
	}
	if !ok {
		return time.Time{}, illegal()
	}
	return wall(time.Date(year, month, day, hour, minute, second, nanos, time.UTC), zone), nil
}

func illegal() error { return exception.New(exception.IO, "Illegal startdate value") }

// split tells date and time by their lengths.
func split(value string) (date, clock string, ok bool) {
	switch len(value) {
	case len("0000/00/00 00:00:00"):
		return value[:10], value[11:], value[10] == ' '
	case len("0000/00/00"):
		return value, "", true
	case len("00:00:00"):
		return "", value, true
	}
	return "", "", false
}

// fields reads the three numbers of a text that has digits and separators where
// the pattern has them.
func fields(text, pattern string, separator byte) (numbers [3]int, ok bool) {
	at := 0
	for i := range len(pattern) {
		digit := text[i] >= '0' && text[i] <= '9'
		switch {
		case pattern[i] == separator && text[i] == separator:
			at++
		case pattern[i] == separator || !digit:
			return numbers, false
		default:
			numbers[at] = numbers[at]*10 + int(text[i]-'0')
		}
	}
	return numbers, true
}

// offsets adds what a row of signed numbers with units says, one by one.
func offsets(value string, t time.Time) (time.Time, error) {
	for value != "" {
		sign := 1
		switch value[0] {
		case '+':
		case '-':
			sign = -1
		default:
			return time.Time{}, illegal()
		}
		rest := strings.TrimLeft(value[1:], "0123456789")
		digits := value[1 : len(value)-len(rest)]
		if digits == "" {
			return time.Time{}, illegal()
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil {
			return time.Time{}, exception.Wrap("java.lang.NumberFormatException", `For input string: "`+digits+`"`, err)
		}
		if rest == "" {
			return time.Time{}, illegal()
		}
		var ok bool
		if t, ok = add(t, sign*int(n), rest[0]); !ok {
			return time.Time{}, illegal()
		}
		value = rest[1:]
	}
	return t, nil
}

// add counts years, months and days in the calendar and smaller units in seconds.
func add(t time.Time, n int, unit byte) (sum time.Time, ok bool) {
	switch unit {
	case 'y':
		return addMonths(t, 12*n), true
	case 'm':
		return addMonths(t, n), true
	case 'd':
		return addDays(t, n), true
	case 'H':
		return addSeconds(t, 3600*n), true
	case 'M':
		return addSeconds(t, 60*n), true
	case 'S':
		return addSeconds(t, n), true
	}
	return time.Time{}, false
}

// addSeconds is not by time.Duration, which ends after 292 years.
func addSeconds(t time.Time, n int) time.Time {
	return time.Unix(t.Unix()+int64(n), int64(t.Nanosecond())).In(t.Location())
}

// addDays keeps the time on the clock where it exists. Where the clock jumps over
// it the result is before the jump.
func addDays(t time.Time, n int) time.Time {
	sum := addSeconds(t, n*24*3600)
	_, before := t.Zone()
	_, after := sum.Zone()
	return addSeconds(sum, before-after)
}

// addMonths keeps the day of the month, but ends at the last one.
func addMonths(t time.Time, n int) time.Time {
	year, month, day := t.Date()
	first := time.Date(year, month+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return wall(first.AddDate(0, 0, min(day, last)-1), t.Location())
}

// wall is the time at which the clocks of a zone show what utc does: of two such
// times the later one, and where the clock jumps over it, that with the offset from
// before the jump. [time.Date] leaves both open.
func wall(utc time.Time, zone *time.Location) time.Time {
	near := time.Date(utc.Year(), utc.Month(), utc.Day(), utc.Hour(), utc.Minute(), utc.Second(), utc.Nanosecond(), zone)
	start, end := near.ZoneBounds()
	around := []time.Time{near}
	if !start.IsZero() {
		around = append(around, start.Add(-1))
	}
	if !end.IsZero() {
		around = append(around, end)
	}
	var latest, shown time.Time
	for _, a := range around {
		_, offset := a.Zone()
		t := addSeconds(utc, -offset).In(zone)
		if latest.IsZero() || t.After(latest) {
			latest = t
		}
		if _, o := t.Zone(); o == offset && (shown.IsZero() || t.After(shown)) {
			shown = t
		}
	}
	if !shown.IsZero() {
		return shown
	}
	return latest
}
