package rules

import "muxkey/internal/finding"

// The rules about a policy itself. They are asked by package check, which alone
// knows it.
const (
	LiteralPassword = "MUX-POLICY-001"
	ExpiredAllow    = "MUX-POLICY-002"
	UnusedAllow     = "MUX-POLICY-003"
)

func policyRules() []Rule {
	return []Rule{
		{Rule: finding.Rule{
			ID: LiteralPassword, Title: "a password stands in the policy", Severity: finding.High, CWE: 798,
			Why:        "Whoever can read the repository, or a log of it, can open the keystore.",
			Fix:        "Make a new password with `muxkey password STORE --generate-password FILE`, and name its source: `env:NAME` for a secret of the pipeline, or `file:PATH` for a file that is not in the repository.",
			References: []string{"https://cwe.mitre.org/data/definitions/798.html"},
		}},
		{Rule: finding.Rule{
			ID: ExpiredAllow, Title: "a suppression has expired", Severity: finding.Medium, CWE: 672,
			Why: "What was to be put up with for a time is still there.",
			Fix: "Mend what it was for, or agree on another day and write it into `until`.",
		}},
		{Rule: finding.Rule{
			ID: UnusedAllow, Title: "a suppression suppresses nothing", Severity: finding.Low, CWE: 1164,
			Why: "It would hide the next finding of its kind, which nobody has agreed to.",
			Fix: "Take it out of `allow`.",
		}},
	}
}
