package text

import (
	"fmt"
	"time"
)

// Date is a time as Java's Date.toString gives it: EEE MMM dd HH:mm:ss zzz yyyy.
func (p Printer) Date(t time.Time) string {
	t = t.In(p.Zone)
	return fmt.Sprintf("%s %d", t.Format("Mon Jan 02 15:04:05 MST"), t.Year())
}
