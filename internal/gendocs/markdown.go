package gendocs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muxkey/cmd"
	"muxkey/internal/console"
	"muxkey/pkcs12x"
)

// generated stands at the top of every Markdown file that is made here.
const generated = "<!-- Made by \"make docs\" from the program. Changes here are lost. -->\n\n"

// markdownName is the file of a command; that of the program itself is what a
// forge shows for the folder.
func markdownName(c *cobra.Command) string {
	if !c.HasParent() {
		return "README.md"
	}
	return strings.TrimPrefix(pageName(c), c.Root().Name()+"-") + ".md"
}

func referencePage(c *cobra.Command) []byte {
	var b strings.Builder
	b.WriteString(generated)
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n```\n%s\n```\n", c.CommandPath(), c.Short, synopsis(c))
	for _, part := range blocks(c.Long) {
		if part.literal {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", dedent(part.text))
		} else {
			fmt.Fprintf(&b, "\n%s\n", escapeMarkdown(part.text))
		}
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n## Commands\n\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "- [%s](%s): %s\n", sub.CommandPath(), markdownName(sub), escapeMarkdown(sub.Short))
			}
		}
	}
	own, global := flags(c)
	for _, list := range []struct {
		title string
		flags []*pflag.Flag
	}{{"Flags", own}, {"Flags of every command", global}} {
		if len(list.flags) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| Flag | What it does |\n|---|---|\n", list.title)
		for _, f := range list.flags {
			typed, does := describe(f)
			fmt.Fprintf(&b, "| %s | %s |\n", code(typed), cell(does))
		}
	}
	if c.Example != "" {
		fmt.Fprintf(&b, "\n## Examples\n\n```\n%s\n```\n", dedent(c.Example))
	}
	b.WriteString("\n## See also\n\n")
	if c.HasParent() {
		fmt.Fprintf(&b, "- [%s](%s)\n", c.Parent().CommandPath(), markdownName(c.Parent()))
	}
	b.WriteString("- [Exit statuses](../exit-status.md)\n- [Environment](../environment.md)\n")
	return []byte(b.String())
}

// synopsis is how the command is called.
func synopsis(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND [flags]"
	}
	return c.UseLine()
}

func exitStatusPage(statuses []status) []byte {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString(`# Exit statuses

They mean the same in every command. With ` + "`-f nagios`" + ` muxkey is a plugin of Nagios, and
ends with [the statuses of plugins](check-reports.md#nagios). ` + "`muxkey keytool`" + ` has those of
keytool: 0, and 1 for every failure.

| Status | Meaning |
|---|---|
`)
	for _, s := range statuses {
		fmt.Fprintf(&b, "| %s | %s |\n", s.number, cell(s.doc))
	}
	b.WriteString(`
## Errors

An error is one line on standard error: what was being done, to what, and why it
failed. A line that begins with ` + "`hint:`" + ` may follow, with what mends it. With
` + "`--json`" + ` or ` + "`-f json`" + ` the error is [JSON](json.md#errors), also on standard error; its ` + "`kind`" + `
is one of these words:

| Kind | Status | Meaning |
|---|---|---|
`)
	for _, k := range cmd.Kinds() {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", code(k.Name), k.Status, cell(k.Doc))
	}
	return []byte(b.String())
}

func environmentPage() []byte {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString(`# Environment

These variables mean something to muxkey by themselves. Others are read only where
a flag names them, as ` + "`--password env:NAME`" + ` does.

| Variable | What it does | Secret |
|---|---|---|
`)
	for _, v := range console.Variables() {
		secret := "no"
		if v.Sensitive {
			secret = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(v.Name), cell(v.Description), secret)
	}
	return []byte(b.String())
}

// bases explain by whose word a row of the table stands.
var bases = []struct {
	basis pkcs12x.Basis
	doc   string
}{
	{pkcs12x.Measured, "files of every scheme were given to the program"},
	{pkcs12x.FromSource, "it stands in the source of the program"},
	{pkcs12x.FromVendor, "its maker says so"},
	{pkcs12x.Reported, "its users say so in public"},
	{pkcs12x.Inferred, "it follows from another row"},
}

// consumersPage tells who reads what, since when, and by whose word.
func consumersPage() []byte {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString(`# Who reads which keystore

A PKCS#12 file can be protected in many ways, and no program reads all of them. When
one cannot, it often says that the password is wrong. ` + "`muxkey create --for`" + ` takes the
strongest profile that all the named programs read, and ` + "`muxkey verify --for`" + ` says
whether they read a file that is there.

## Profiles

| Profile | What it is | Who reads it |
|---|---|---|
`)
	profiles := pkcs12x.Profiles()
	for _, p := range profiles {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(p.Name), cell(p.Title), cell(p.Reads))
	}
	b.WriteString(`
## Programs

A row holds from the version that it names up to the next row. "no" means that the
program is not known to read keystores of that profile. How it is known:

`)
	for _, basis := range bases {
		fmt.Fprintf(&b, "- %s: %s\n", basis.basis, basis.doc)
	}
	b.WriteString("\n| Program | Name for `--for` |")
	for _, p := range profiles {
		fmt.Fprintf(&b, " %s |", p.Name)
	}
	b.WriteString(" Known |\n|---|---|" + strings.Repeat("---|", len(profiles)) + "---|\n")
	for _, c := range pkcs12x.Consumers() {
		var names []string
		for _, name := range append([]string{c.ID}, c.Aliases...) {
			names = append(names, code(name))
		}
		fmt.Fprintf(&b, "| %s | %s |", cell(c.Title), strings.Join(names, ", "))
		for _, p := range profiles {
			reads := "yes"
			if len(c.Missing(p.Features())) > 0 {
				reads = "no"
			}
			fmt.Fprintf(&b, " %s |", reads)
		}
		fmt.Fprintf(&b, " %s |\n", c.Basis)
	}
	b.WriteString("\n## What they read, and by whose word\n")
	family := ""
	for _, group := range alikes(pkcs12x.Consumers()) {
		if group[0].Family != family {
			family = group[0].Family
			fmt.Fprintf(&b, "\n### %s\n\n", escapeMarkdown(family))
		}
		var who, what []string
		for _, c := range group {
			who = append(who, c.Title)
		}
		for _, f := range group[0].Reads {
			what = append(what, f.Title())
		}
		fmt.Fprintf(&b, "- **%s**: %s\n", escapeMarkdown(strings.Join(who, ", ")), escapeMarkdown(strings.Join(what, ", ")))
		for _, c := range group {
			fmt.Fprintf(&b, "  - %s (%s: %s)", escapeMarkdown(c.Title), c.Basis, escapeMarkdown(c.Source))
			if c.Notes != "" {
				fmt.Fprintf(&b, ": %s", escapeMarkdown(c.Notes))
			}
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}

// alikes groups neighbours of one family that read the same.
func alikes(consumers []pkcs12x.Consumer) [][]pkcs12x.Consumer {
	var groups [][]pkcs12x.Consumer
	for i, c := range consumers {
		if i > 0 && c.Family == consumers[i-1].Family && slices.Equal(c.Reads, consumers[i-1].Reads) {
			last := len(groups) - 1
			groups[last] = append(groups[last], c)
			continue
		}
		groups = append(groups, []pkcs12x.Consumer{c})
	}
	return groups
}

func dedent(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll("\n"+strings.TrimRight(text, "\n"), "\n  ", "\n"), "\n")
}

// escapeMarkdown keeps a plain text plain.
func escapeMarkdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`", "[", `\[`).Replace(text)
}

// cell is a plain text for a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(escapeMarkdown(text))
}

// code shows a word as it is typed.
func code(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }
