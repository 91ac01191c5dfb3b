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
	return fmt.Sprintf("%s %s %02d %s %s %d", t.Format("Mon"), month.String()[:3], day, t.Format("15:04:05"), p.zoneName(t), year)
}

// zoneName is what Java calls the zone of a time: where tzdata has but a number,
// the JDKs have names of their own, or put GMT before it.
func (p Printer) zoneName(t time.Time) string {
	names := cldrZoneName
	if p.Level.OwnZoneNames {
		names = ownZoneName
	}
	if standard, daylight, ok := names(t.Location().String()); ok {
		if summer(t) {
			return daylight
		}
		return standard
	}
	name, offset := t.Zone()
	switch {
	case name != "" && name[0] != '+' && name[0] != '-':
		return name
	case offset == 0:
		return "GMT"
	}
	return "GMT" + t.Format("-07:00")
}

// summer tells whether Java counts a time as one of daylight saving. In Ireland and
// Morocco tzdata may have it the other way round: less daylight in winter.
func summer(t time.Time) bool {
	switch t.Location().String() {
	case "Eire", "Europe/Dublin", "Africa/Casablanca", "Africa/El_Aaiun":
		_, offset := t.Zone()
		return offset > 0
	}
	return t.IsDST()
}

// julian is the day of a time in the Julian calendar, by Richards' algorithm
// (Explanatory Supplement to the Astronomical Almanac, 3rd edition, 15.11.3).
func julian(t time.Time) (year int, month time.Month, day int) {
	const secondsOfDay, epoch = 86400, 2440588 // the Julian day number of 1970-01-01
	_, offset := t.Zone()
	noon := t.Unix() + int64(offset) + epoch*secondsOfDay // positive from the year -4712 on
	e := 4*(int(noon/secondsOfDay)+1401) + 3
	h := 5*(e%1461/4) + 2
	month = time.Month((h/153+2)%12 + 1)
	return e/1461 - 4716 + (14-int(month))/12, month, h%153/5 + 1
}
