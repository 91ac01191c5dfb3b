package gendocs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"
)

// lintGroups are the ecosystems in the order of the rules, each with its rules.
func lintGroups() (names []string, groups map[string][]rules.Rule) {
	groups = map[string][]rules.Rule{}
	add := func(r rules.Rule) {
		if groups[r.Group()] == nil {
			names = append(names, r.Group())
		}
		groups[r.Group()] = append(groups[r.Group()], r)
	}
	for r := range rules.All().All() {
		add(r)
	}
	for _, r := range lint.AllowRules() {
		add(rules.Rule{Rule: r})
	}
	slices.Sort(names)
	return names, groups
}

// rulePages are one page for each ecosystem, and one that lists them all.
func rulePages() map[string][]byte {
	names, groups := lintGroups()
	pages := map[string][]byte{}
	var index strings.Builder
	total := 0
	for _, name := range names {
		total += len(groups[name])
	}
	fmt.Fprintf(&index, "%s# Rules of muxkey lint\n\n%d rules in %d groups. `muxkey lint --explain ID` shows one of them; what can be set for them is in [the guide](../lint.md).\n", generated, total, len(names))
	for _, name := range names {
		fmt.Fprintf(&index, "\n## [%s](%s.md)\n\n| Rule | Severity | CWE | What it finds | Mends itself |\n| --- | --- | --- | --- | --- |\n", name, name)
		for _, r := range groups[name] {
			fmt.Fprintf(&index, "| [%s](%s.md#%s) | %s | %d | %s | %s |\n", r.ID, name, strings.ToLower(r.ID), r.Severity, r.CWE, cell(r.Title), mends(r))
		}
		pages["rules/"+name+".md"] = rulePage(name, groups[name])
	}
	index.WriteString("\n## Languages\n\nFiles are taken apart as what they are.\n\n| Language | What it is | Files |\n| --- | --- | --- |\n")
	for l := range syntax.Languages().All() {
		var files []string
		for _, list := range [][]string{l.Names, l.Paths} {
			for _, pattern := range list {
				files = append(files, code(pattern))
			}
		}
		for _, ext := range l.Extensions {
			files = append(files, code("*"+ext))
		}
		fmt.Fprintf(&index, "| %s | %s | %s |\n", l.Name, cell(l.Title), strings.Join(files, " "))
	}
	pages["rules/README.md"] = []byte(index.String())
	return pages
}

// mends tells how far --fix goes for a rule.
func mends(r rules.Rule) string {
	some, all := false, len(r.Match) > 0
	for _, m := range r.Match {
		if m.Replace != nil || m.Remove {
			some = true
		} else {
			all = false
		}
	}
	switch {
	case all:
		return "yes"
	case some:
		return "partly"
	}
	return ""
}

func rulePage(name string, list []rules.Rule) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# Rules of muxkey lint: %s\n", generated, name)
	for _, r := range list {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s, [CWE-%d](https://cwe.mitre.org/data/definitions/%d.html))\n\n%s\n\n%s\n", r.ID, r.Title, r.Severity, r.CWE, r.CWE, r.Why, r.Fix)
		ruleExamples(&b, "Found, at the place between « and »:", r.Bad)
		ruleExamples(&b, "Not found:", r.Good)
		b.WriteString("\n")
		for _, ref := range r.References {
			fmt.Fprintf(&b, "- <%s>\n", ref)
		}
	}
	return []byte(b.String())
}

func ruleExamples(b *strings.Builder, title string, list []rules.Example) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, e := range list {
		fence := "```"
		for strings.Contains(e.Text, fence) {
			fence += "`"
		}
		fmt.Fprintf(b, "\n%s:\n\n%s\n%s\n%s\n", code(e.File), fence, strings.TrimRight(e.Text, "\n"), fence)
	}
}

// lintSchema is the JSON schema of .muxkey.yaml. It lists every rule, so that
// editors can offer and explain them.
func lintSchema() ([]byte, error) {
	type object = map[string]any
	var words []object
	names, groups := lintGroups()
	for _, name := range names {
		words = append(words, object{"const": "MUX-" + strings.ToUpper(name), "description": fmt.Sprintf("all %d rules of %s", len(groups[name]), name)})
		for _, r := range groups[name] {
			words = append(words, object{"const": r.ID, "description": r.Title})
		}
	}
	var severities []string
	for _, s := range finding.Severities() {
		severities = append(severities, string(s))
	}
	list := func(of object, says string) object {
		return object{"type": "array", "items": of, "description": says}
	}
	rule := object{"$ref": "#/$defs/rule"}
	text := object{"type": "string", "minLength": 1}
	schema := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "The policy of muxkey, .muxkey.yaml",
		"type":    "object", "additionalProperties": false,
		"properties": object{
			"version": object{"const": 1, "description": "of this form"},
			"lint": object{
				"type": "object", "additionalProperties": false, "description": "for muxkey lint",
				"properties": object{
					"fail-on": object{"enum": append([]string{lint.Never}, severities...), "description": "the severity from which on the exit status is 1; medium without it"},
					"rules": object{
						"type": "object", "additionalProperties": false, "description": "which rules are applied",
						"properties": object{
							"only": list(rule, "these and no others"),
							"skip": list(rule, "not these"),
						},
					},
					"severities": object{
						"type": "object", "description": "severities in place of those of the rules; that of a rule goes before that of its group",
						"propertyNames": rule, "additionalProperties": object{"enum": severities},
					},
					"include":       list(text, "only files like one of these patterns (as in .gitignore, from the directory of this file)"),
					"exclude":       list(text, "no files like one of these patterns (as in .gitignore, from the directory of this file)"),
					"allowed-hosts": list(text, "names (*.lab.example.com), addresses and prefixes (10.0.0.0/8) for which a finding weighs one step less"),
					"baseline":      object{"type": "string", "minLength": 1, "description": "a file made with --write-baseline, from the directory of this file"},
				},
			},
		},
		"$defs": object{"rule": object{"anyOf": []object{{"oneOf": words}, {"type": "string", "pattern": "^(?i:(mux-)?[a-z0-9]+(-[0-9]{3})?)$"}}, "description": "the ID of a rule, or the group of its ID"}},
	}
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("make the schema of policies: %w", err)
	}
	return append(data, '\n'), nil
}
