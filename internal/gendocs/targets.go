package gendocs

import (
	"fmt"
	"strings"

	"muxkey/trust"
	anchors "muxkey/trust/source"
	"muxkey/trust/target"
)

// targetsPage tells what each target of muxkey trust build is, what it can say of
// an anchor, and how it is known that clients take it.
func targetsPage() []byte {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString(`# Targets of trust bundles

` + "`muxkey trust build SOURCE... --target NAME -o PATH`" + ` writes trust anchors in the form
that one kind of client takes; several targets are written side by side.

## What a form can say

Sources know more of an anchor than its certificate says: for what it is trusted, that
it must never be trusted, that what it issued after some day is not trusted, for which
names it may vouch. Where a form has no place for that, the build says so for each
anchor, and ` + "`--strict`" + ` refuses.

| Target | What it is | Clients | Purposes | Rejected | Distrust after | Names |
|---|---|---|---|---|---|---|
`)
	for t := range target.Targets().All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s | %s |\n", t.ID, t.ID, cell(t.Title), cell(t.Clients),
			yes(t.Says.Purposes), yes(t.Says.Rejected), yes(t.Says.DistrustAfter), yes(t.Says.Permitted))
	}
	b.WriteString("\n## How clients take it, and how that is known\n")
	for t := range target.Targets().All() {
		what := "a file"
		if t.Directory {
			what = "a directory"
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s: %s, called `%s` beside others.\n", t.ID, t.Title, what, t.Name)
		if len(t.Options) > 0 {
			var flags []string
			for _, o := range t.Options {
				flags = append(flags, "`--"+flagOf(o)+"`")
			}
			fmt.Fprintf(&b, "It heeds %s.\n", strings.Join(flags, ", "))
		}
		b.WriteString("\n")
		for i, step := range t.Use(t.Name, target.Job{Set: &trust.Set{}, Purposes: []trust.Purpose{trust.Server}, Hosts: []string{"mux.example.com"}, Name: "muxkey-trust", Password: "changeit"}) {
			fmt.Fprintf(&b, "%d. %s\n", i+1, step.Text)
			if step.Command != "" {
				shell := step.Shell
				if shell == "" {
					shell = "sh"
				}
				fmt.Fprintf(&b, "\n   ```%s\n   %s\n   ```\n\n", shell, strings.ReplaceAll(strings.TrimSuffix(step.Command, "\n"), "\n", "\n   "))
			}
		}
		fmt.Fprintf(&b, "\nProof: %s.\n", strings.TrimSuffix(t.Proof, "."))
	}
	b.WriteString(`
## What anchors are read from

What a file is, its content says.

| Source | What it is |
|---|---|
`)
	for k := range anchors.Kinds().All() {
		fmt.Fprintf(&b, "| %s | %s |\n", code(k.ID), cell(k.Title))
	}
	b.WriteString("\nA word in place of a path means what this machine has; a file of that name is `./system`.\n\n| Word | What it is | Where it is looked for |\n|---|---|---|\n")
	for p := range anchors.Places().All() {
		var paths []string
		for _, path := range p.Paths {
			paths = append(paths, code(path))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(p.Word), cell(p.Title), strings.Join(paths, ", "))
	}
	b.WriteString(`
## What is judged

High severity stops the build, medium with ` + "`--strict`" + `; ` + "`--accept RULE`" + ` puts up with either.

| Rule | Severity | What it means |
|---|---|---|
`)
	for _, r := range trust.Rules() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(r.ID), r.Severity, cell(r.Doc))
	}
	return []byte(b.String())
}

// flagOf is the flag that sets an option.
func flagOf(o target.Option) string {
	if o == target.Password { // --password is that of the sources
		return "new-password"
	}
	return string(o)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
