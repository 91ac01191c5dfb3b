package grammar

import (
	"fmt"
	"strconv"
	"strings"

	"muxkey/internal/keytool/level"
)

// Help is the text of -help: of a command, by its first name with its hyphen, or
// of all when that is empty.
func Help(l level.Level, command string) string {
	var b strings.Builder
	if c, ok := commandOf(l, command); ok {
		helpOf(&b, l, c)
	} else {
		b.WriteString("Key and Certificate Management Tool\n\nCommands:\n\n")
		for _, c := range commands() {
			if !c.hidden && within(l, c.since, 0) {
				fmt.Fprintf(&b, " %-20s%s\n", "-"+c.name, c.help)
			}
		}
	}
	b.WriteString("\n")
	switch {
	case l.OldCommandLine && command == "":
		b.WriteString("Use \"keytool -command_name -help\" for usage of command_name\n")
	case l.OldCommandLine:
		b.WriteString("Use \"keytool -help\" for all available commands\n")
	default:
		b.WriteString("Use \"keytool -?, -h, or --help\" for this help message\n")
		if command == "" {
			b.WriteString("Use \"keytool -command_name --help\" for usage of command_name.\n" +
				"Use the -conf <url> option to specify a pre-configured options file.\n")
		}
	}
	return b.String()
}

// helpOf writes the options of a command, the arguments in a column as wide as
// the widest.
func helpOf(b *strings.Builder, l level.Level, c command) {
	fmt.Fprintf(b, "keytool -%s [OPTION]...\n\n%s\n\nOptions:\n\n", c.name, c.help)
	type line struct{ indent, left, right string }
	var lines []line
	width := 0
	for word := range strings.FieldsSeq(c.options) {
		o, ok := listed(l, word)
		if !ok {
			continue
		}
		arg := o.arg
		if l.OldCommandLine && o.old != "" {
			arg = o.old
		}
		left, more, two := strings.Cut(strings.TrimRight("-"+o.name()+" "+arg, " "), "\n")
		right, moreRight, _ := strings.Cut(o.help, "\n")
		lines = append(lines, line{" ", left, right})
		width = max(width, len(left))
		if two {
			lines = append(lines, line{"   ", more, moreRight})
			width = max(width, len(more))
		}
	}
	for _, s := range lines {
		fmt.Fprintf(b, "%s%-*s  %s\n", s.indent, width, s.left, s.right)
	}
}

// listed returns the option that a word of a command's row names, if the word and
// the option have the level.
func listed(l level.Level, word string) (option, bool) {
	since, until := 0, 0
	key, bound, ok := strings.Cut(word, ">=")
	if ok {
		since, _ = strconv.Atoi(bound)
	}
	if key, bound, ok = strings.Cut(key, "<="); ok {
		until, _ = strconv.Atoi(bound)
	}
	if !within(l, since, until) {
		return option{}, false
	}
	for _, o := range options() {
		if o.key == key && within(l, o.since, o.until) {
			return o, true
		}
	}
	return option{}, false
}
