package finding

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Mark begins a suppression in a comment:
//
//	muxkey:allow MUX-CURL-001 until=2027-01-31 reason="the lab's proxy has no certificate"
const Mark = "muxkey:allow"

// Allowance is a suppression: the rules that may find something on a line, why,
// and until when.
type Allowance struct {
	// Rules are IDs, or groups of them (MUX-CURL, or curl).
	Rules  []string
	Until  time.Time // the last day, at midnight UTC; zero: for good
	Reason string
}

// ErrNoReason is the error of a suppression that does not say why.
var ErrNoReason = errors.New("it gives no reason: reason=\"...\"")

// ParseAllowance reads what stands behind the mark. What follows the reason, such
// as the end of a comment, does not count. A reason may be in quotes that are
// escaped, as they are in a string of JSON.
func ParseAllowance(text string) (Allowance, error) {
	var a Allowance
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " \t")
		word, after, _ := strings.Cut(rest, " ")
		name, value, isOption := strings.Cut(word, "=")
		switch {
		case rest == "" || name == "" || strings.HasPrefix(word, "-->") || strings.HasPrefix(word, "*/"):
			return a, a.check()
		case !isOption && len(a.Rules) == 0:
			for id := range strings.SplitSeq(word, ",") {
				if id != "" {
					a.Rules = append(a.Rules, id)
				}
			}
		case isOption && name == "until":
			day, err := time.Parse(time.DateOnly, strings.Trim(value, `"'`))
			if err != nil {
				return a, fmt.Errorf("until=%s is no date such as 2027-01-31", value)
			}
			a.Until = day
		case isOption && name == "reason":
			a.Reason = quoted(rest[len("reason="):])
			return a, a.check()
		default:
			return a, fmt.Errorf("%q is neither until= nor reason=", word)
		}
		rest = after
	}
}

func (a Allowance) check() error {
	switch {
	case len(a.Rules) == 0:
		return errors.New("it names no rule")
	case strings.TrimSpace(a.Reason) == "":
		return ErrNoReason
	}
	return nil
}

// quoted is a text in quotes, or the rest of the line without any.
func quoted(s string) string {
	s = strings.TrimPrefix(s, `\`)
	s = strings.Replace(s, "&quot;", `"`, 2)
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return strings.TrimSpace(s)
	}
	text, _, _ := strings.Cut(s[1:], s[:1])
	return strings.TrimSuffix(text, `\`)
}

// Expired tells whether its last day is over.
func (a Allowance) Expired(now time.Time) bool {
	return !a.Until.IsZero() && !now.Before(a.Until.AddDate(0, 0, 1))
}
