// Package verify says whether a key store will do for a server: whether the key
// fits the certificate, the chain is whole, the name and the dates hold.
//
// A check is a descriptor in one table; Entry runs all that apply, in order. To
// add one, write its function and its line in Checks.
package verify

import (
	"crypto/x509"
	"time"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// Outcome is the answer of one check. The strings are part of the JSON contract.
type Outcome string

// The outcomes.
const (
	Pass    Outcome = "pass"    // all is well
	Warning Outcome = "warning" // it works, and somebody should know
	Fail    Outcome = "fail"    // it does not work, or clients refuse it
)

// Result is what one check found.
type Result struct {
	Check   string  `json:"check"` // the ID of the check
	Outcome Outcome `json:"outcome"`
	Text    string  `json:"text"` // the finding, for people; may change its wording
}

// Subject is what is checked: a private-key entry, and what is expected of it.
type Subject struct {
	Store *keystore.Store
	Entry *keystore.Entry
	// Host is the name that clients connect to; empty: not checked.
	Host string
	// Trust are the anchors that clients have; nil: not checked against any,
	// and the chain is whole when it ends in a self-signed certificate or under
	// one of SystemRoots.
	Trust       []*keystore.Certificate
	SystemRoots func() (*x509.CertPool, error)
	// Consumers are programs that must be able to open the store.
	Consumers []pkcs12x.Consumer
	Now       time.Time
}

// Check is one question.
type Check struct {
	ID  string
	Doc string // what it asks
	// Run returns one result, several (one for each consumer), or none where
	// the question does not arise.
	Run func(Subject) []Result
}

// Checks lists all checks in the order in which they are run and shown.
func Checks() []Check {
	return []Check{
		integrity,
		keyFits,
		chainOrder,
		chainWhole,
		hostName,
		dates,
		strength,
		trusted,
		readers,
	}
}

// Entry runs all checks.
func Entry(s Subject) []Result {
	var out []Result
	for _, c := range Checks() {
		for _, r := range c.Run(s) {
			r.Check = c.ID
			out = append(out, r)
		}
	}
	return out
}

// Failed tells whether a check said no.
func Failed(results []Result) bool {
	for _, r := range results {
		if r.Outcome == Fail {
			return true
		}
	}
	return false
}

func one(o Outcome, text string) []Result { return []Result{{Outcome: o, Text: text}} }
