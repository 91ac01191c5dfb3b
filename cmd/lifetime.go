package cmd

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
)

// lifetimeFlags say when a new certificate is valid.
type lifetimeFlags struct {
	days      int
	notBefore string
	notAfter  string
	asked     func() bool // its end, by --days or --not-after
}

// add takes the days that --days stands at, or 0 when they go by something else.
func (l *lifetimeFlags) add(c *cobra.Command, days int) {
	f := c.Flags()
	usage := "lifetime in `DAYS`"
	if days == 0 {
		usage += " (default: what is usual for what it is made for, and not beyond the CA's)"
	}
	f.IntVar(&l.days, "days", days, usage)
	f.StringVar(&l.notBefore, "not-before", "", "first `TIME` of validity: 2026-12-31, RFC 3339, or +1d from now")
	f.StringVar(&l.notAfter, "not-after", "", "last `TIME` of validity, in the same forms")
	l.asked = func() bool { return f.Changed("days") || f.Changed("not-after") }
	exclusive(c, "days", "not-after")
}

func (l *lifetimeFlags) lifetime(now time.Time) (notBefore, notAfter time.Time, err error) {
	from := now
	if l.notBefore != "" {
		if from, err = certgen.ParseTime(l.notBefore, now); err != nil {
			return from, from, wrongUsage(fmt.Errorf("--not-before: %w", err))
		}
	}
	days := l.days
	if l.notAfter != "" {
		days = certgen.DefaultDays // any will do, the end comes below
	}
	notBefore, notAfter, err = certgen.Lifetime(from, days)
	if err != nil {
		return from, from, wrongUsage(fmt.Errorf("--days: %w", err))
	}
	if l.notBefore != "" {
		notAfter = notAfter.Add(from.Sub(notBefore))
		notBefore = from
	}
	if l.notAfter != "" {
		if notAfter, err = certgen.ParseTime(l.notAfter, now); err != nil {
			return from, from, wrongUsage(fmt.Errorf("--not-after: %w", err))
		}
	}
	if !notAfter.After(notBefore) {
		return from, from, wrongUsage(fmt.Errorf("the certificate would end (%s) before it begins (%s)",
			notAfter.Format(time.RFC3339), notBefore.Format(time.RFC3339)))
	}
	return notBefore, notAfter, nil
}

// within is the lifetime of what a CA issues: standard days when none are asked
// for, and then not beyond the CA's. What is asked for is not cut: the CA refuses
// it. The remark says what was cut.
func (l *lifetimeFlags) within(ca *certgen.CA, now time.Time, standard int) (certgen.Validity, string, error) {
	if !l.asked() {
		l.days = standard
	}
	notBefore, notAfter, err := l.lifetime(now)
	if err != nil {
		return certgen.Validity{}, "", err
	}
	v := certgen.Validity{NotBefore: notBefore, NotAfter: notAfter}
	inside, _ := ca.Clamp(v)
	if l.notBefore == "" { // the five minutes before now that nobody asked for
		v.NotBefore = inside.NotBefore
	}
	if l.asked() || inside.NotAfter.Equal(v.NotAfter) {
		return v, "", nil
	}
	remark := fmt.Sprintf("it ends with the CA, after %s in place of %s", days(inside.NotAfter.Sub(now)), days(v.NotAfter.Sub(now)))
	v.NotAfter = inside.NotAfter
	return v, remark, nil
}
