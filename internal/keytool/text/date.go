package text

import (
	"fmt"
	"time"
)

// Date is a time as Java's Date.toString gives it: EEE MMM dd HH:mm:ss zzz yyyy.
// Days before October 15, 1582 are those of the Julian calendar.
func (p Printer) Date(t time.Time) string {
	t = t.In(p.Zone)
	year, month, day := t.Date()
	if t.Before(time.Date(1582, time.October, 15, 0, 0, 0, 0, p.Zone)) {
		year, month, day = julian(t)
	}
	return fmt.Sprintf("%s %s %02d %s %d", t.Format("Mon"), month.String()[:3], day, t.Format("15:04:05 MST"), year)
}

// julian is the day of a time in the Julian calendar.
func julian(t time.Time) (year int, month time.Month, day int) {
	year, month, day = t.Date()
	// Of the days that only the Julian calendar has, each secular year adds one.
	century := year
	if month <= time.February {
		century--
	}
	behind := century/100 - century/400 - 2
	// February 29 of those years is March 1 here.
	shifted := time.Date(year, month, day-behind, 0, 0, 0, 0, time.UTC)
	if year%100 == 0 && year%400 != 0 && month == time.March && day-behind == 0 {
		return year, time.February, 29
	}
	return shifted.Date()
}
