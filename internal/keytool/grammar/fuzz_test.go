package grammar

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// FuzzParse reads command lines, one argument a line, with one file that all
// names are of. Whatever comes, the answer is a call or an error that keytool
// could have given.
func FuzzParse(f *testing.F) {
	f.Add("-list\n-alias\nx", "", "25")
	f.Add("-conf\nc\n-list\n-storepass:file\nc", "keytool.list=-alias \"a b\" ${kt.dir}", "17")
	f.Add("-J-Dx=y\n-genkeypair\n-ext:x\nSAN=dns:a\n-keysize\n\u0665", "", "8")
	f.Add("-addprovider\nSunPKCS11\n-providerarg\nx\n-showinfo", "", "21")
	f.Fuzz(func(t *testing.T, lines, file, number string) {
		l, err := level.Parse(number)
		if err != nil {
			return
		}
		var out, stderr bytes.Buffer
		around := around(&out, &stderr)
		around.ReadFile = func(name string) ([]byte, error) {
			if name == "" {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return []byte(file), nil
		}
		call, err := Parse(strings.Split(lines, "\n"), l, around)
		if call == nil {
			t.Fatal("there is no call")
		}
		_, isUsage := errors.AsType[*UsageError](err)
		_, isLaunch := errors.AsType[*LaunchError](err)
		_, isException := errors.AsType[*exception.Exception](err)
		if err != nil && !isUsage && !isLaunch && !isException {
			t.Errorf("the error is a %T", err)
		}
		if err == nil && !call.Help {
			if _, ok := commandOf(l, call.Command); !ok {
				t.Errorf("%q is no command", call.Command)
			}
		}
		if Help(l, call.Command) == "" {
			t.Error("there is no help")
		}
	})
}

// FuzzConf reads files of -conf. What comes out is read again: a word in quotes,
// with its escapes, is the same word.
func FuzzConf(f *testing.F) {
	for _, name := range []string{"quotes", "escapes", "cont", "bad", "octal", "nested", "dollar", "latin"} {
		content, err := os.ReadFile("testdata/surroundings/conf/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		settings, err := properties(content)
		if err != nil {
			return
		}
		var out, stderr bytes.Buffer
		p := &parser{call: &Call{}, around: around(&out, &stderr)}
		for _, line := range settings {
			words, err := p.words(line)
			if err != nil {
				return
			}
			for _, word := range words {
				if strings.Contains(word, "${") {
					continue
				}
				quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(word) + `"`
				again, err := p.words(quoted)
				if err != nil || len(again) != 1 || again[0] != word {
					t.Errorf("%q was %q, and is %q when read again", quoted, word, again)
				}
			}
		}
	})
}
