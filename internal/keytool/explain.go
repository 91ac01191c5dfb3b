package keytool

import (
	"fmt"
	"os"
	"path/filepath"

	"muxkey/internal/console"
	"muxkey/internal/keytool/explain"
)

// explainOption has a call explained instead of carried out. keytool has no option
// of that name, and it is one as the first argument only.
const explainOption = "--explain"

// explain prints the commands of muxkey that do what the call does.
func (t *tool) explain() {
	for _, line := range explain.Call(t.call, t.level, t.explainSurroundings()) {
		fmt.Fprintln(t.out, line)
	}
}

// advise looks at the call and returns what says at the end what is better done
// otherwise, to those who have asked for advice. It has looked by then: the call
// may make the file that it depends on.
func (t *tool) advise() func() {
	if wanted, _ := t.env.LookupEnv(console.VarAdvice); wanted != "1" {
		return func() {}
	}
	around := t.explainSurroundings()
	texts := explain.Advice(t.call, t.level, around)
	if len(texts) == 0 {
		return func() {}
	}
	lines := explain.Call(t.call, t.level, around)
	return func() {
		fmt.Fprintln(t.err, "\nAdvice:")
		for _, text := range texts {
			fmt.Fprintln(t.err, "- "+text)
		}
		fmt.Fprintln(t.err, "With muxkey:")
		for _, line := range lines {
			fmt.Fprintln(t.err, "  "+line)
		}
	}
}

func (t *tool) explainSurroundings() explain.Surroundings {
	return explain.Surroundings{
		Keystore: filepath.Join(t.userHome(), ".keystore"),
		CACerts:  t.cacerts(),
		Exists: func(path string) bool {
			_, err := os.Stat(path)
			return err == nil
		},
	}
}
