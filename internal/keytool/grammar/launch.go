package grammar

import (
	"fmt"
	"strings"
)

// LaunchError is a command line with which no JVM starts. It goes to stderr, with
// nothing behind it.
type LaunchError struct{ Message string }

func (e *LaunchError) Error() string { return e.Message }

// launch does what the launcher of keytool and the JVM do to a command line: it
// takes the options for the JVM out, wherever they stand, and keeps the system
// properties they define. The environment has options too; those of
// _JAVA_OPTIONS win, and those of JAVA_TOOL_OPTIONS yield. JDK_JAVA_OPTIONS is for
// the command java alone. All other options of a JVM mean nothing here.
func (p *parser) launch(args []string) ([]string, error) {
	var rest, options []string
	for _, argument := range args {
		option, ok := strings.CutPrefix(argument, "-J")
		switch {
		case !ok:
			rest = append(rest, argument)
		case option == "":
			return nil, &LaunchError{Message: "Error: The -J option should not be followed by a space."}
		default:
			options = append(options, option)
		}
	}
	options = append(p.picked("JAVA_TOOL_OPTIONS"), options...)
	options = append(options, p.picked("_JAVA_OPTIONS")...)
	for _, option := range options {
		if property, ok := strings.CutPrefix(option, "-D"); ok {
			name, value, _ := strings.Cut(property, "=")
			p.call.Properties[name] = value
		}
	}
	return rest, nil
}

// picked returns the options of an environment variable, and says on stderr that
// they are used as the JVM does. Quotes group and are dropped; nothing escapes.
func (p *parser) picked(variable string) []string {
	text, ok := p.around.LookupEnv(variable)
	if !ok {
		return nil
	}
	fmt.Fprintf(p.around.Err, "Picked up %s: %s\n", variable, text)
	var options []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case strings.ContainsRune(" \t\n\v\f\r", r):
			if inWord {
				options = append(options, word.String())
				word.Reset()
			}
			inWord = false
		default:
			inWord = true
			if r == '"' || r == '\'' {
				quote = r
			} else {
				word.WriteRune(r)
			}
		}
	}
	if inWord {
		options = append(options, word.String())
	}
	return options
}
