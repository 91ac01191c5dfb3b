package certgen

import (
	"fmt"
	"strconv"
	"time"
)

// DefaultDays is the lifetime of a leaf certificate: a year and a month, one day
// under the 398 that browsers took from public CAs for years (CA/Browser Forum
// baseline requirements 6.3.2). Certificates from elsewhere may live longer;
// Apple's systems stop at 825 days (support.apple.com/103769).
const DefaultDays = 397

// backdate moves the beginning of a lifetime before now, because a client whose
// clock is slow refuses a certificate from its future. CAs backdate by an hour;
// the clocks inside one company are better than that.
const backdate = 5 * time.Minute

// Lifetime returns the dates of a certificate that lives for some days from
// about now: it begins five minutes before now and lasts the days to the second,
// both ends included (RFC 5280 section 4.1.2.5), so that 825 days are not more
// than 825 days to Apple's check.
func Lifetime(now time.Time, days int) (notBefore, notAfter time.Time, err error) {
	notBefore = now.UTC().Truncate(time.Second).Add(-backdate)
	// A day count beyond the last year would overflow, not just be late.
	if days < 1 || days > 366*lastYear {
		return time.Time{}, time.Time{}, fmt.Errorf("%w: %d days", ErrLifetime, days)
	}
	notAfter = notBefore.AddDate(0, 0, days).Add(-time.Second)
	return notBefore, notAfter, checkLifetime(notBefore, notAfter)
}

// The years that dates in certificates can have. RFC 5280 section 4.1.2.5 has
// UTCTime from 1950, and GeneralizedTime of four digits from 2050.
const (
	firstYear = 1950
	lastYear  = 9999
)

func checkLifetime(notBefore, notAfter time.Time) error {
	for _, t := range []time.Time{notBefore, notAfter} {
		if y := t.UTC().Year(); y < firstYear || y > lastYear {
			return fmt.Errorf("%w: the year %d is not between %d and %d", ErrLifetime, y, firstYear, lastYear)
		}
	}
	if !notAfter.After(notBefore) {
		return fmt.Errorf("%w: it ends at %s and begins at %s", ErrLifetime,
			notAfter.UTC().Format(time.RFC3339), notBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// ParseTime reads a point in time in one of three forms: RFC 3339
// ("2026-12-31T23:59:59Z"), a date, which is its first second in UTC
// ("2026-12-31"), or a distance from now in days, hours or minutes ("+30d",
// "-1h", "+90m"). The result is in UTC and whole seconds. Its error wraps
// ErrTime.
func ParseTime(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(time.Second), nil
		}
	}
	if t, ok := relative(s, now.UTC().Truncate(time.Second)); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf(
		"%w: %q (write 2026-12-31, 2026-12-31T23:59:59Z or +30d)", ErrTime, s)
}

func relative(s string, now time.Time) (time.Time, bool) {
	if len(s) < 3 || s[0] != '+' && s[0] != '-' || s[1] == '+' || s[1] == '-' {
		return time.Time{}, false
	}
	// 22 bits: two million hours still fit a time.Duration.
	n, err := strconv.ParseInt(s[:len(s)-1], 10, 22)
	if err != nil {
		return time.Time{}, false
	}
	switch s[len(s)-1] {
	case 'd':
		return now.AddDate(0, 0, int(n)), true
	case 'h':
		return now.Add(time.Duration(n) * time.Hour), true
	case 'm':
		return now.Add(time.Duration(n) * time.Minute), true
	}
	return time.Time{}, false
}
