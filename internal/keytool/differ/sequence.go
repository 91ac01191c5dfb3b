package differ

import (
	"fmt"
	"strings"
)

// Step is one call of keytool, or what a script does between two of them.
type Step struct {
	Args  []string // behind the name of keytool; nil: Shell
	Stdin string
	From  string // the file that is stdin instead
	To    string // the file that stdout goes to
	Shell string // a line for sh
}

// String is the step as a line of a script.
func (s Step) String() string {
	if s.Args == nil {
		return s.Shell
	}
	var b strings.Builder
	if s.Stdin != "" && s.From == "" {
		fmt.Fprintf(&b, "printf '%%b' %s | ", quote(strings.NewReplacer("\\", "\\\\", "\n", "\\n").Replace(s.Stdin)))
	}
	b.WriteString(`"$KEYTOOL"`)
	for _, arg := range s.Args {
		b.WriteString(" " + quote(arg))
	}
	switch {
	case s.From != "":
		b.WriteString(" <" + s.From)
	case s.Stdin == "":
		b.WriteString(" </dev/null")
	}
	if s.To != "" {
		b.WriteString(" >" + s.To)
	}
	return b.String()
}

func quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,:/@%+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Sequence is what a script does in a directory of its own, where "fx" leads to
// the fixtures.
type Sequence struct {
	Seed, Number uint64 // it is made again from these
	Steps        []Step
	Passwords    []string // of the stores that it leaves behind, whichever has which
}

// Script is the sequence for sh, in which $REPO is the top of the repository and
// $KEYTOOL the keytool to run.
func (s Sequence) Script() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# Sequence %d of seed %d. Run it in an empty directory.\n: \"${KEYTOOL:=keytool}\" \"${REPO:?is the top of the repository}\"\n", s.Number, s.Seed)
	b.WriteString("export LC_ALL=C.UTF-8")
	for _, v := range Variables() {
		b.WriteString(" " + quote(v))
	}
	b.WriteString("\nmkdir fx home\n")
	for _, f := range fixtures() {
		fmt.Fprintf(&b, "ln -s \"$REPO/%s\" fx/%s\n", f.folder, f.name)
	}
	for i, step := range s.Steps {
		fmt.Fprintf(&b, "\n# %d\n%s\n", i+1, step)
		if step.Args != nil {
			b.WriteString("echo \"= $?\"\n")
		}
	}
	return b.String()
}

// Variables are the environment variables that passwords are read from, and the
// zone that dates are printed in, which has summer time.
func Variables() []string {
	return []string{"TZ=America/New_York", "PW=changeit", "PW2=secret12", "PWSHORT=abc", "PWEMPTY=", "PWNAME=pässwörd"}
}

type fixture struct{ name, folder string }

// fixtures are the folders of the repository that sequences read from.
func fixtures() []fixture {
	return []fixture{
		{"p12", "pkcs12x/testdata"},
		{"ks", "keystore/testdata"},
		{"jks", "keystore/jks/testdata"},
		{"pki", "testdata"},
		{"odd", "internal/keytool/differ/testdata"},
	}
}
