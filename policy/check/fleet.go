package check

import (
	"muxkey/policy/check/rules"
)

// fleet asks the rules about all targets together. A shard can be asked about its
// passwords alone; the rest is asked when the reports are put together.
func (r *run) fleet(results []result) {
	f := &rules.Fleet{Members: make([]rules.Member, len(results))}
	for i := range results {
		f.Members[i] = results[i].member
	}
	for _, rule := range r.rules {
		if rule.Fleet == nil || r.options.Shards > 0 && !rule.Secrets {
			continue
		}
		for _, s := range rule.Fleet(f) {
			places := s.Places
			if s.Once {
				places = places[:1]
			}
			for _, p := range places {
				r.take(&results[p.Member].checked, rule.Rule, rules.Fault{Alias: p.Alias, Text: s.Text(s.Others(f, p)), Severity: s.Severity, Key: s.Key})
			}
		}
	}
}
