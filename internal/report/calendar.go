package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muxkey/policy/check"
)

// calendarFormat has one event for each expiry (RFC 5545), with reminders thirty
// days and seven days before. A certificate has one event wherever it stands, and
// the same UID in every file, so that a program that subscribes to the file, or
// imports it again, has it once.
var calendarFormat = Format{
	Name: "ics", MIME: "text/calendar; charset=utf-8", Of: checkCommands(),
	Description: "calendar with an event for each expiry", checked: writeCalendar,
}

// expiry is a certificate, and the places where it stands.
type expiry struct {
	check.Certified
	places []string
}

// expiries are the distinct certificates, by the day on which they end.
func (r *Checked) expiries() []*expiry {
	var out []*expiry
	byHash := map[string]*expiry{}
	for _, t := range r.Targets {
		for _, c := range t.Certificates {
			if c.NotAfter.IsZero() {
				continue // its dates could not be read
			}
			e := byHash[c.SHA256]
			if e == nil {
				e = &expiry{Certified: c}
				byHash[c.SHA256] = e
				out = append(out, e)
			}
			if at := standsIn(t.Name, c); len(e.places) == 0 || e.places[len(e.places)-1] != at {
				e.places = append(e.places, at)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *expiry) int { return a.NotAfter.Compare(b.NotAfter) })
	return out
}

func writeCalendar(w io.Writer, r *Checked, o Options) error {
	c := &calendar{out: &writer{w: w}}
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:" + calendarText("-//muxkey//"+o.Version+"//EN"))
	c.line("CALSCALE:GREGORIAN")
	c.line("METHOD:PUBLISH")
	c.line("X-WR-CALNAME:Certificates that expire")
	for _, e := range r.expiries() {
		c.event(e, r.At)
	}
	c.line("END:VCALENDAR")
	return c.out.err
}

type calendar struct{ out *writer }

// event has no end: it takes place at one moment (RFC 5545 section 3.6.1).
func (c *calendar) event(e *expiry, at time.Time) {
	const most = 20 // a CA stands in thousands of stores
	summary := fmt.Sprintf("%s expires", shortName(e.Certified))
	places := e.places[:min(len(e.places), most)]
	text := []string{"Subject: " + Printable(e.Subject), "Issuer: " + Printable(e.Issuer), "Serial: " + Printable(e.Serial), "SHA-256: " + Printable(e.SHA256)}
	for _, p := range places {
		text = append(text, "In: "+Printable(p))
	}
	if n := len(e.places) - len(places); n > 0 {
		text = append(text, fmt.Sprintf("and in %s more", count(n, "place")))
	}
	c.line("BEGIN:VEVENT")
	c.line("UID:" + calendarText(Printable(e.SHA256)) + "@muxkey")
	c.line("DTSTAMP:" + calendarTime(at))
	c.line("DTSTART:" + calendarTime(e.NotAfter))
	c.line("SUMMARY:" + calendarText(Printable(summary)))
	c.line("LOCATION:" + calendarText(Printable(places[0])))
	c.line("DESCRIPTION:" + calendarText(strings.Join(text, "\n")))
	c.line("TRANSP:TRANSPARENT")
	for _, days := range []int{30, 7} {
		c.line("BEGIN:VALARM")
		c.line("ACTION:DISPLAY")
		c.line(fmt.Sprintf("TRIGGER:-P%dD", days))
		c.line("DESCRIPTION:" + calendarText(Printable(fmt.Sprintf("%s in %d days", summary, days))))
		c.line("END:VALARM")
	}
	c.line("END:VEVENT")
}

// line writes a content line, folded so that none has more than 75 octets, and no
// character is torn (section 3.1).
func (c *calendar) line(s string) {
	const most = 75
	room := most
	for len(s) > room {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		c.out.write(s[:cut], "\r\n ")
		s, room = s[cut:], most-1
	}
	c.out.write(s, "\r\n")
}

// calendarText is a value of type TEXT (section 3.3.11).
func calendarText(s string) string {
	if !strings.ContainsAny(s, "\\;,\n") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

func calendarTime(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
