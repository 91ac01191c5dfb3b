package inspect

// RuleCodes lists the codes of all rules, for the test that each has a case.
func RuleCodes() []string {
	var out []string
	for _, r := range rules() {
		out = append(out, r.code)
	}
	return out
}
