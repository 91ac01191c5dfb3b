package grammar

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// around is what testdata/measure/measure.sh had around keytool.
func around(out, err *bytes.Buffer) Surroundings {
	return Surroundings{
		LookupEnv: func(name string) (string, bool) {
			value, ok := map[string]string{"KT_SECRET": "s3cret", "KT_EMPTY": "", "KT_UTF8": "grün"}[name]
			return value, ok
		},
		ReadFile: os.ReadFile,
		Property: func(name string) (string, bool) {
			value, ok := map[string]string{"kt.dir": "/some/dir", "kt.empty": "", "file.separator": "/"}[name]
			return value, ok
		},
		Out: out, Err: err,
	}
}

// TestMeasured holds what the parser makes of each command line in
// testdata/measure/lines.txt against what keytool made of it.
func TestMeasured(t *testing.T) {
	base := records(t, "17")
	if len(base) < 800 {
		t.Fatalf("there are %d lines only", len(base))
	}
	for _, number := range []string{"17", "25"} {
		t.Run(number, func(t *testing.T) {
			own := records(t, number)
			l := levelOf(t, number)
			t.Chdir("testdata/surroundings")
			for line, record := range base {
				if other, ok := own[line]; ok {
					record = other
				}
				compare(t, l, line, record)
			}
		})
	}
}

// records returns what was measured, by its command lines.
func records(t *testing.T, number string) map[string]string {
	t.Helper()
	content, err := os.ReadFile("testdata/measure/" + number + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for record := range strings.SplitSeq(strings.TrimSuffix(string(content), "\n"), "\n\n") {
		line, _, _ := strings.Cut(record, "\n")
		line, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			t.Fatalf("%q begins no record", line)
		}
		all[line] = record
	}
	return all
}

// compare holds one line against its record. A line that was carried out and has
// passed all checks went on to things that are not the parser's.
func compare(t *testing.T, l level.Level, line, record string) {
	t.Helper()
	var out, stderr bytes.Buffer
	arguments, carried := strings.CutPrefix(line, "! ")
	p := &parser{call: newCall(), level: l, around: around(&out, &stderr)}
	err := p.parse(words(arguments))
	understood := err == nil && !p.call.Help
	state := dump(p.call) // before a check fills in
	if understood && carried {
		err = p.check()
		if err == nil {
			if strings.Contains(record, "status") && !strings.Contains(record, "keytool error: java.lang.Exception: Keystore ") && !strings.Contains(record, "java.io.FileNotFoundException") {
				t.Errorf("$ %s\nis let through; keytool:\n%s", line, record)
			}
			return
		}
	}
	got := "$ " + line + "\n" + said(l, p.call, err, &out, &stderr)
	if understood {
		got += state
	}
	if got := strings.TrimSuffix(got, "\n"); got != record {
		t.Errorf("got:\n%s\nkeytool:\n%s", got, record)
	}
}

// said is what a run prints of what became of its command line.
func said(l level.Level, call *Call, err error, out, stderr *bytes.Buffer) string {
	status := 0
	usage, isUsage := errors.AsType[*UsageError](err)
	switch {
	case isUsage:
		fmt.Fprintf(stderr, "%s\n%s\n", usage.Message, helpMark(l, usage.Command))
		if call.Debug {
			fmt.Fprintln(out, "keytool error: java.lang.RuntimeException: NO BIG ERROR, SORRY")
		}
	case err != nil:
		fmt.Fprintln(out, "keytool error: "+exception.Of(err).Error())
	case call.Help:
		fmt.Fprintln(stderr, helpMark(l, call.Command))
	}
	if err != nil {
		status = 1
	}
	if len(call.Warnings) > 0 && !call.NoWarn {
		fmt.Fprintf(stderr, "\nWarning:\n%s\n", strings.Join(call.Warnings, "\n"))
	}
	text := prefixed("out ", out.String()) + prefixed("err ", stderr.String())
	if status != 0 {
		text += "status 1\n"
	}
	return text
}

func helpMark(_ level.Level, command string) string {
	if command == "" {
		return "{help}"
	}
	return "{help " + command + "}"
}

func prefixed(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	return b.String()
}

// dump writes a call as Measure.java writes what keytool has understood.
func dump(c *Call) string {
	var b strings.Builder
	fmt.Fprintln(&b, "command "+c.Command)
	for name := range strings.FieldsSeq("alias destalias keystore srckeystore storetype srcstoretype storepass srcstorepass keypass srckeypass destkeypass signerkeypass new keyalg keysize groupname sigalg dname startdate validity signer file infile outfile sslserver jarfile ext id providername srcprovidername providerpath addprovider providerclass v rfc noprompt nowarn debug tls cacerts trustcacerts protected srcprotected") {
		var value string
		switch field := target(c, name).(type) {
		case **string:
			if *field != nil {
				value = quote(**field)
			}
		case *bool:
			if *field {
				value = "yes"
			}
		case **int:
			if *field != nil && **field != -1 {
				value = strconv.Itoa(**field)
			}
		case **int64:
			if *field != nil && **field != 90 {
				value = strconv.FormatInt(**field, 10)
			}
		case *[]string:
			var all []string
			for _, s := range *field {
				all = append(all, quote(s))
			}
			value = strings.Join(all, " ")
		case *[]Provider:
			value = dumpProviders(*field, "-"+name)
		}
		if value != "" {
			fmt.Fprintln(&b, name+" "+value)
		}
	}
	return b.String()
}

// dumpProviders writes them sorted and each once, as the set that keytool keeps.
func dumpProviders(providers []Provider, option string) string {
	var all []string
	for _, p := range providers {
		if p.Option != option {
			continue
		}
		text := quote(p.Name)
		if p.Arg != nil {
			text += "=" + quote(*p.Arg)
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

func quote(s string) string {
	return "<" + strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + ">"
}

// words splits a line of lines.txt.
func words(line string) []string {
	if line == "" {
		return nil
	}
	all := strings.Split(line, "|")
	for i, word := range all {
		// The escapes are those of Go; a pair of surrogates is what JSON has.
		if strings.Contains(word, `\`) {
			all[i] = unescapeWord(word)
		}
	}
	return all
}

func unescapeWord(word string) string {
	var units []rune
	text, err := unescape([]rune(word))
	if err != nil {
		return string(units)
	}
	return text
}

// TestHelp holds all help texts against keytool's.
func TestHelp(t *testing.T) {
	for _, number := range []string{"17", "25"} {
		content, err := os.ReadFile("testdata/measure/" + number + "-help.txt")
		if err != nil {
			t.Fatal(err)
		}
		l, err := level.Parse(number)
		if err != nil {
			t.Fatal(err)
		}
		texts := strings.Split("\n"+string(content), "\n-- ")[1:]
		if len(texts) < 20 {
			t.Fatalf("%s has %d texts", number, len(texts))
		}
		for _, text := range texts {
			name, want, _ := strings.Cut(text, " --\n")
			if name == "all" {
				name = ""
			}
			if got := Help(l, name); got != want && got != want+"\n" {
				t.Errorf("%s: help of %s:\n%s\nkeytool:\n%s", number, cmp.Or(name, "all"), got, want)
			}
		}
	}
}

// TestFold holds every character of the basic plane against the collator's word
// for what it is equal to.
func TestFold(t *testing.T) {
	content, err := os.ReadFile("testdata/measure/collator.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[rune]string{}
	for line := range strings.Lines(string(content)) {
		switch f := strings.Fields(line); f[0] {
		case "ign":
			first, last, _ := strings.Cut(f[1], "-")
			for r := hex(t, first); r <= hex(t, last); r++ {
				want[r] = ""
			}
		case "eq":
			for _, code := range f[2:] {
				want[hex(t, code)] = f[1]
			}
		}
	}
	if len(want) < 500 {
		t.Fatalf("the table has %d characters", len(want))
	}
	for r := range rune(0x10000) {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		w, ok := want[r]
		if !ok {
			w = string(r)
		}
		if got := fold(string(r)); got != w {
			t.Errorf("%U folds to %q, and for the collator to %q", r, got, w)
		}
	}
}

func hex(t *testing.T, digits string) rune {
	t.Helper()
	code, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return rune(code)
}

// TestTargets finds an option for every field of a call that options set.
func TestTargets(t *testing.T) {
	var c Call
	reached := map[any]bool{}
	for _, o := range options() {
		reached[target(&c, o.name())] = true
	}
	for _, name := range []string{"nowarn", "debug", "help"} {
		reached[target(&c, name)] = true
	}
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		switch name := v.Type().Field(i).Name; name {
		case "Command", "Warnings", "Properties", "Sources":
		default:
			if !reached[v.Field(i).Addr().Interface()] {
				t.Errorf("no option sets %s", name)
			}
		}
	}
}
