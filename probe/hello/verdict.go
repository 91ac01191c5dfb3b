package hello

// Grade is how strong something is. Their order is that of strength.
type Grade uint8

// The grades, the worst first.
const (
	Insecure    Grade = iota // broken, or without one of the things that TLS is for
	Weak                     // no attack of today reads it, but standards say to leave it
	Secure                   // nothing is said against it
	Recommended              // what standards say to use
)

// String is the grade in one word.
func (g Grade) String() string {
	return [...]string{"insecure", "weak", "secure", "recommended"}[min(g, Recommended)]
}

// Verdict is a grade, and what speaks against a better one.
type Verdict struct {
	Grade   Grade
	Reasons []string // the worst first; none for Secure and Recommended
}

// against lowers the grade, and keeps the reasons in order of their weight.
func (v *Verdict) against(g Grade, reason string) {
	if g < v.Grade {
		v.Grade = g
		v.Reasons = append([]string{reason}, v.Reasons...)
	} else {
		v.Reasons = append(v.Reasons, reason)
	}
}
