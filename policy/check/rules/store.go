package rules

import (
	"context"
	"errors"

	"muxkey/internal/finding"
	"muxkey/keystore"
)

// storeRules are those about the file as a whole.
func storeRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-OPEN-001", Title: "a keystore does not open with its password", Severity: finding.High, CWE: 1188,
				Why: "The program that is given this password cannot start.",
				Fix: "Find the right password, or make the keystore anew; `muxkey verify STORE --password SOURCE` tells when it is right.",
			},
			Settings: []string{"password"},
			Subject:  wrongPassword,
		},
	}
}

func wrongPassword(_ context.Context, s *Subject) []Fault {
	if s.Err != nil && errors.Is(s.Err, keystore.ErrPassword) {
		return one("the password does not open it")
	}
	return nil
}
