package gendocs

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/check"
	checkexample "muxkey/policy/check/example"
	"muxkey/policy/check/rules"
	"muxkey/trust"
	"muxkey/trust/path"
)

// checkPages are one page for each group of the rules of muxkey check, one that
// lists them all, and one with the settings of a policy.
func checkPages(repo fs.FS) (map[string][]byte, error) {
	pages := map[string][]byte{}
	var names []string
	groups := map[string][]rules.Rule{}
	for r := range rules.All().All() {
		if groups[r.Group()] == nil {
			names = append(names, r.Group())
		}
		groups[r.Group()] = append(groups[r.Group()], r)
	}
	var index strings.Builder
	fmt.Fprintf(&index, "%s# Rules of muxkey check\n\n%d rules in %d groups. `muxkey check --explain ID` shows one of them; [settings](settings.md) says what a policy can set for them, and [the guide](../check.md) how.\n", generated, rules.All().Len(), len(names))
	for _, name := range names {
		fmt.Fprintf(&index, "\n## [%s](%s.md)\n\n| Rule | Severity | Profiles | What it finds | Settings |\n| --- | --- | --- | --- | --- |\n", name, name)
		for _, r := range groups[name] {
			fmt.Fprintf(&index, "| [%s](%s.md#%s) | %s | %s | %s | %s |\n", r.ID, name, strings.ToLower(r.ID), r.Severity, r.For(), cell(r.Title), settingsOf(r))
		}
		pages["checks/"+name+".md"] = checkPage(name, groups[name])
	}
	pages["checks/README.md"] = []byte(index.String())
	settings, err := settingsPage(repo)
	pages["checks/settings.md"] = settings
	return pages, err
}

func settingsOf(r rules.Rule) string {
	var names []string
	for _, s := range r.Settings {
		names = append(names, code(s))
	}
	return strings.Join(names, " ")
}

func checkPage(name string, list []rules.Rule) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# Rules of muxkey check: %s\n", generated, name)
	for _, r := range list {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s", r.ID, r.Title, r.Severity)
		if r.CWE != 0 {
			fmt.Fprintf(&b, ", [CWE-%d](https://cwe.mitre.org/data/definitions/%d.html)", r.CWE, r.CWE)
		}
		fmt.Fprintf(&b, ")\n\n%s\n\n%s\n\nProfiles: %s.", r.Why, r.Fix, r.For())
		if len(r.Settings) > 0 {
			fmt.Fprintf(&b, " Settings: %s.", settingsOf(r))
		}
		b.WriteString("\n")
		checkExamples(&b, "Found:", r.ID, true)
		checkExamples(&b, "Not found:", r.ID, false)
		for i, ref := range r.References {
			if i == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- <%s>\n", ref)
		}
	}
	return []byte(b.String())
}

func checkExamples(b *strings.Builder, title, id string, bad bool) {
	fmt.Fprintf(b, "\n%s\n\n", title)
	for _, e := range checkexample.All() {
		if e.Rule == id && e.Bad == bad {
			fmt.Fprintf(b, "- %s\n\n  ```yaml\n  %s\n  ```\n", e.Title, strings.ReplaceAll(strings.TrimSpace(e.Policy), "\n", "\n  "))
		}
	}
}

// policyTypes are the parts of a policy, by the name of the type in package check.
func policyTypes() []struct{ name, key, title string } {
	return []struct{ name, key, title string }{
		{"policyFile", "", "The policy"},
		{"Settings", "defaults", "Settings, in `defaults`, in a profile, and at a target or a service"},
		{"Target", "targets", "An item of `targets`"},
		{"Service", "services", "An item of `services`"},
		{"Custom", "checks", "An item of `checks`"},
		{"Allowance", "allow", "An item of `allow`"},
	}
}

// settingsPage lists all that may stand in a policy.
func settingsPage(repo fs.FS) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# What may stand in muxkey.yaml\n\n[The guide](../check.md) shows how it is used; [the schema](../schema/check.json) tells an editor.\n", generated)
	src := &source{repo: repo}
	in, err := src.load("policy/check")
	if err != nil {
		return nil, fmt.Errorf("read the settings of a policy: %w", err)
	}
	for _, t := range policyTypes() {
		fmt.Fprintf(&b, "\n## %s\n\n| Name | Form | What it is |\n| --- | --- | --- |\n", t.title)
		fields, err := yamlFields(in, t.name)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(f.name), formOf(f), cell(f.doc))
		}
	}
	return []byte(b.String()), nil
}

// yamlField is a setting as the source declares it.
type yamlField struct {
	name, doc string
	expr      ast.Expr
}

// yamlFields are the settings of a type that have a name of their own.
func yamlFields(in *sourcePackage, name string) ([]yamlField, error) {
	t := in.find(name)
	if t == nil {
		return nil, fmt.Errorf("read the settings of a policy: policy/check has no type %s", name)
	}
	body, ok := t.expr.(*ast.StructType)
	if !ok {
		return nil, fmt.Errorf("read the settings of a policy: %s is no struct", name)
	}
	var out []yamlField
	for _, f := range body.Fields.List {
		if f.Tag == nil {
			continue
		}
		text, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, err
		}
		key, _, _ := strings.Cut(reflect.StructTag(text).Get("yaml"), ",")
		if key == "" {
			continue
		}
		doc := unstopped(without(comment(f), f.Names[0].Name))
		if doc == "" {
			return nil, fmt.Errorf("read the settings of a policy: nothing says what %s of %s means: it has no comment", key, name)
		}
		out = append(out, yamlField{key, doc, f.Type})
	}
	return out, nil
}

// formOf is the form of a setting for people.
func formOf(f yamlField) string {
	switch t := f.expr.(type) {
	case *ast.StarExpr:
		return formOf(yamlField{expr: t.X})
	case *ast.ArrayType:
		return "list"
	case *ast.MapType:
		return "map"
	case *ast.StructType:
		return "map"
	case *ast.Ident:
		switch t.Name {
		case "words":
			return "list, or words in one text"
		case "bool":
			return "true or false"
		case "int":
			return "number"
		case "float64":
			return "share"
		case "string", "literal":
			return "text"
		}
	}
	return "map"
}

// checkSchema is the JSON schema of muxkey.yaml.
func checkSchema(repo fs.FS) ([]byte, error) {
	src := &source{repo: repo}
	in, err := src.load("policy/check")
	if err != nil {
		return nil, fmt.Errorf("make the schema of policies: %w", err)
	}
	s := schemaWriter{in: in}
	defs := map[string]any{"rule": ruleWords()}
	for _, t := range policyTypes()[1:] {
		own, err := s.object(t.name)
		if err != nil {
			return nil, err
		}
		if t.name == "Target" || t.name == "Service" {
			settings, err := s.object("Settings")
			if err != nil {
				return nil, err
			}
			maps.Copy(own["properties"].(map[string]any), settings["properties"].(map[string]any))
		}
		defs[t.name] = own
	}
	top, err := s.object("policyFile")
	if err != nil {
		return nil, err
	}
	top["$schema"], top["title"], top["$defs"] = "https://json-schema.org/draft/2020-12/schema", "The policy of muxkey check, muxkey.yaml", defs
	data, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("make the schema of policies: %w", err)
	}
	return append(data, '\n'), nil
}

func ruleWords() map[string]any {
	type object = map[string]any
	var words []object
	groups := map[string]bool{}
	for r := range rules.All().All() {
		if group := "MUX-" + strings.ToUpper(r.Group()); !groups[group] {
			groups[group] = true
			words = append(words, object{"const": group, "description": "all rules of " + r.Group()})
		}
		words = append(words, object{"const": r.ID, "description": r.Title})
	}
	return object{"anyOf": []object{{"oneOf": words}, {"type": "string", "minLength": 1}}, "description": "the ID of a rule, or the group of its ID"}
}

type schemaWriter struct{ in *sourcePackage }

func (s schemaWriter) object(name string) (map[string]any, error) {
	fields, err := yamlFields(s.in, name)
	if err != nil {
		return nil, err
	}
	properties := map[string]any{}
	for _, f := range fields {
		of := s.of(f)
		of["description"] = f.doc
		properties[f.name] = of
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}, nil
}

// of is the schema of a setting.
func (s schemaWriter) of(f yamlField) map[string]any {
	type object = map[string]any
	if words := wordsOf(f.name); words != nil {
		if t, ok := f.expr.(*ast.Ident); ok && t.Name == "string" {
			return object{"enum": words}
		}
	}
	if f.name == "version" {
		return object{"const": 1}
	}
	ref := func(name string) object { return object{"$ref": "#/$defs/" + name} }
	switch t := f.expr.(type) {
	case *ast.StarExpr:
		return s.of(yamlField{f.name, f.doc, t.X})
	case *ast.ArrayType:
		return object{"type": "array", "items": s.of(yamlField{"", "", t.Elt})}
	case *ast.MapType:
		if f.name == "severities" {
			return object{"type": "object", "propertyNames": ref("rule"), "additionalProperties": object{"enum": severityWords()}}
		}
		return object{"type": "object", "additionalProperties": s.of(yamlField{"", "", t.Value})}
	case *ast.StructType: // rules
		list := object{"anyOf": []object{{"type": "array", "items": ref("rule")}, {"type": "string"}}}
		return object{"type": "object", "additionalProperties": false, "properties": object{"only": list, "skip": list}}
	case *ast.Ident:
		switch t.Name {
		case "words":
			item := object{"type": "string", "minLength": 1}
			if f.name == "rules" {
				item = ref("rule")
			}
			if words := wordsOf(f.name); words != nil {
				item = object{"enum": words}
			}
			return object{"anyOf": []object{{"type": "array", "items": item}, {"type": "string", "minLength": 1}}}
		case "bool":
			return object{"type": "boolean"}
		case "int":
			return object{"type": "integer", "minimum": 0}
		case "float64":
			return object{"type": "number", "minimum": 0, "maximum": 1}
		case "string":
			return object{"type": "string", "minLength": 1}
		case "literal":
			return object{"type": []string{"string", "integer"}}
		case "layer":
			return ref("Settings")
		}
		return ref(t.Name)
	}
	return object{}
}

func severityWords() []string {
	var out []string
	for _, s := range finding.Severities() {
		out = append(out, string(s))
	}
	return out
}

// wordsOf are the words that a setting takes; nil for any.
func wordsOf(name string) []string {
	var out []string
	switch name {
	case "severity":
		return severityWords()
	case "fail-on":
		return append([]string{check.Never}, severityWords()...)
	case "purpose":
		for _, p := range trust.Purposes() {
			out = append(out, string(p))
		}
	case "clients":
		for _, c := range path.Clients() {
			out = append(out, string(c))
		}
	case "ocsp":
		out = []string{string(rules.OCSPStaple), string(rules.OCSPAsk)}
	case "min-tls":
		out = []string{"1.0", "1.1", "1.2", "1.3"}
	case "each":
		out = []string{"target", "entry", "certificate"}
	}
	return slices.Clip(out)
}
