package gendocs

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muxkey/internal/console"
)

// manPage writes the page of a command in the man macros (groff_man(7)). It has
// no date: the same program makes the same page on any day.
func manPage(c *cobra.Command, all []*cobra.Command, statuses []status) []byte {
	r := &roff{}
	r.macro("TH", strings.ToUpper(pageName(c)), "1", "", c.Root().Name(), c.Root().Name()+" manual")
	r.section("NAME")
	r.text(pageName(c) + ` - ` + strings.ToLower(c.Short[:1]) + c.Short[1:])
	r.section("SYNOPSIS")
	r.macro("B", c.CommandPath())
	r.text(strings.TrimPrefix(strings.TrimPrefix(synopsis(c), c.CommandPath()), " "))
	r.section("DESCRIPTION")
	r.blocks(c.Long)
	if c.Long == "" {
		r.text(c.Short + ".")
	}
	if c.HasAvailableSubCommands() {
		r.section("COMMANDS")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				r.item(sub.Name(), sub.Short)
			}
		}
	}
	own, global := flags(c)
	for _, list := range []struct {
		title string
		flags []*pflag.Flag
	}{{"OPTIONS", own}, {"OPTIONS OF EVERY COMMAND", global}} {
		if len(list.flags) > 0 {
			r.section(list.title)
		}
		for _, f := range list.flags {
			r.item(describe(f))
		}
	}
	if c.Example != "" {
		r.section("EXAMPLES")
		r.blocks(c.Example)
	}
	if !c.HasParent() {
		r.section("EXIT STATUS")
		for _, s := range statuses {
			r.item(s.number, s.doc)
		}
		r.section("ENVIRONMENT")
		for _, v := range console.Variables() {
			r.item(v.Name, v.Description)
		}
	}
	r.section("SEE ALSO")
	var others []string
	for _, other := range all {
		if other.Parent() == c || other == c.Parent() {
			others = append(others, pageName(other)+"(1)")
		}
	}
	r.text(strings.Join(others, ", "))
	return []byte(r.String())
}

// roff builds a manual page.
type roff struct{ strings.Builder }

func (r *roff) section(title string) { r.macro("SH", title) }

func (r *roff) macro(name string, args ...string) {
	r.WriteString("." + name)
	for _, arg := range args {
		r.WriteString(` "` + strings.ReplaceAll(escapeRoff(arg), `"`, `\(dq`) + `"`)
	}
	r.WriteByte('\n')
}

func (r *roff) item(tag, text string) {
	r.WriteString(".TP\n")
	r.macro("B", tag)
	r.text(text)
}

func (r *roff) blocks(text string) {
	for i, b := range blocks(text) {
		if i > 0 {
			r.WriteString(".PP\n")
		}
		if b.literal {
			r.WriteString(".RS 4\n.nf\n")
			r.text(dedent(b.text))
			r.WriteString(".fi\n.RE\n")
		} else {
			r.text(b.text)
		}
	}
}

func (r *roff) text(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = escapeRoff(line)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line // no request
		}
		r.WriteString(line + "\n")
	}
}

// escapeRoff keeps characters what they are: a bare hyphen becomes a typographic
// one, which cannot be pasted into a shell.
func escapeRoff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(text)
}
