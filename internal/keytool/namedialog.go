package keytool

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/grammar"
)

// unknown is the answer to a question of the dialog that nobody has answered.
const unknown = "Unknown"

// nameQuestions are those of the dialog with what they ask for, in their order.
func nameQuestions() [][2]string {
	return [][2]string{
		{"CN", "What is your first and last name?"},
		{"OU", "What is the name of your organizational unit?"},
		{"O", "What is the name of your organization?"},
		{"L", "What is the name of your City or Locality?"},
		{"ST", "What is the name of your State or Province?"},
		{"C", "What is the two-letter country code for this unit?"},
	}
}

// nameDialog asks for a name until somebody says that it is right. An answer that is
// left out is the one before.
func (t *tool) nameDialog() (dname.Name, error) {
	questions := nameQuestions()
	answers := make([]string, len(questions))
	for i := range answers {
		answers[i] = unknown
	}
	defer func() {
		if !t.env.InTTY {
			_, _ = t.in.Discard(t.in.Buffered()) // as answer does
		}
	}()
	for range retries + 1 {
		if t.level.NameHeader {
			fmt.Fprintln(t.err, "Enter the distinguished name. Provide a single dot (.) to leave a sub-component empty or press ENTER to use the default value in braces.")
		}
		var name dname.Name
		for i, q := range questions {
			var err error
			if answers[i], err = t.component(q[1], answers[i]); err != nil {
				return nil, err
			}
			if t.level.NameHeader && answers[i] == "." {
				continue
			}
			rdn, err := dname.Plain(q[0], answers[i])
			if err != nil {
				return nil, err
			}
			name = append(dname.Name{rdn}, name...)
		}
		if len(name) == 0 {
			fmt.Fprintln(t.err, "At least one field must be provided. Enter again.")
			continue
		}
		reply, err := t.component(fmt.Sprintf("Is %s correct?", name), "no")
		if err != nil {
			return nil, err
		}
		if grammar.Same(reply, "yes") || grammar.Same(reply, "y") {
			fmt.Fprintln(t.err)
			return name, nil
		}
	}
	return nil, exception.New(exception.Runtime, "Too many retries, program terminated")
}

// component asks one question of the dialog.
func (t *tool) component(question, other string) (string, error) {
	shown := other
	if t.level.NameHeader && other == "." {
		shown = ""
	}
	fmt.Fprintf(t.err, "%s\n  [%s]:  ", question, shown)
	line, err := t.in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", exception.Wrap(exception.IO, reason(err), err)
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if grammar.Same(line, "") {
		return other, nil
	}
	return line, nil
}
