package gendocs

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"muxkey/pkcs12x"
)

var update = flag.Bool("update", false, "write the files instead of comparing them")

const repo = "../.."

// What stands in docs/ must be what the program says, and nothing else may stand
// in the folders that are made from it.
func TestFresh(t *testing.T) {
	want, err := Files(os.DirFS(repo))
	if err != nil {
		t.Fatal(err)
	}
	docs := filepath.Join(repo, "docs")
	if *update {
		write(t, docs, want)
	}
	have := map[string][]byte{}
	for name := range want {
		read(t, docs, name, have)
	}
	for _, name := range generatedFiles(t, docs) {
		read(t, docs, name, have)
	}
	for _, name := range stale(want, have) {
		t.Errorf("docs/%s is not up to date; run make docs (-docs +program):\n%s", name, cmp.Diff(string(have[name]), string(want[name])))
	}
}

// stale names the files that differ, are missing, or have no origin.
func stale(want, have map[string][]byte) []string {
	names := map[string]bool{}
	for name, text := range want {
		if old, ok := have[name]; !ok || !bytes.Equal(old, text) {
			names[name] = true
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func read(t *testing.T, docs, name string, into map[string][]byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, name))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	into[name] = text
}

func write(t *testing.T, docs string, files map[string][]byte) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(docs, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range generatedFiles(t, docs) {
		if files[name] == nil {
			if err := os.Remove(filepath.Join(docs, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// generatedFiles lists what stands in the folders that are made whole.
func generatedFiles(t *testing.T, docs string) []string {
	t.Helper()
	var names []string
	for _, folder := range Folders() {
		found, err := fs.Glob(os.DirFS(docs), folder+"/*")
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	return names
}

func TestStale(t *testing.T) {
	a, b := []byte("a"), []byte("b")
	got := stale(map[string][]byte{"same": a, "changed": a, "missing": a}, map[string][]byte{"same": a, "changed": b, "orphan": a})
	if diff := cmp.Diff([]string{"changed", "missing", "orphan"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEverythingIsDocumented(t *testing.T) {
	files, err := Files(os.DirFS(repo))
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"reference/README.md": {"[muxkey version](version.md)", "`-f, --format FORMAT`"},
		"reference/man.md":    {"`-o, --out string`", "## Examples"},
		"man/muxkey.1":        {".SH \"EXIT STATUS\"", `.B "130"`, `.B "MUXKEY_PASSWORD"`, `muxkey\-version(1)`},
		"man/muxkey-man.1":    {`.B "\-o, \-\-out string"`, `muxkey man create | man \-l \-`},
		"json.md":             {"| `notAfter` | RFC 3339 time | yes |", "array of [Target](#target)", "| `no-san` | high |", "- `fail`: ", "- `csr`", "| `opens-in` |"},
		"exit-status.md":      {"| 4 | the password is wrong", "| `alias` | 5 |"},
		"environment.md":      {"| `MUXKEY_PASSWORD` |", "| yes |"},
		"consumers.md":        {"## Profiles", "| `modern-2023` |", "## Programs", "`java-17`"},
		"targets.md":          {"| [jks](#jks) |", "### debian", "update-ca-certificates", "| `pem` |", "| `compromised` | high |"},
		"rules/README.md":     {"| [MUX-CURL-001](curl.md#mux-curl-001) | high | 295 |", "| dockerfile |"},
		"rules/curl.md":       {"## MUX-CURL-001", "«-k»", "Not found:", "https://curl.se/"},
		"schema/muxkey.json":  {`"const": "MUX-CURL-001"`, `"allowed-hosts"`},
		"schema/check.json":   {`"const": "MUX-OPEN-001"`, `"fail-days"`, `"enum": [`},
		"checks/README.md":    {"| [MUX-OPEN-001](open.md#mux-open-001) | high | all |"},
		"checks/open.md":      {"## MUX-OPEN-001", "path: keystore.p12"},
		"checks/settings.md":  {"| `fail-days` | number |", "| `hosts` | list, or words in one text |"},
		"completion/_muxkey":  {"#compdef muxkey"},
	} {
		for _, part := range parts {
			if !strings.Contains(string(files[name]), part) {
				t.Errorf("%s does not say %q:\n%s", name, part, files[name])
			}
		}
	}
	for name, text := range files {
		if len(text) == 0 || text[len(text)-1] != '\n' {
			t.Errorf("%s is empty or does not end a line", name)
		}
	}
}

// The statuses are read from comments, so a constant without one must be noticed.
func TestExitStatuses(t *testing.T) {
	for source, wrong := range map[string]string{
		"package cmd\ntype Status int\nconst StatusDone Status = 0 // done\nconst x = 1\nconst y int = 2": "",
		"package cmd\ntype Status int\nconst StatusDone Status = 0":                                       "no comment",
		"package cmd\ntype Status int\nconst (\nStatusDone Status = 0 // done\nB Status = 1\n)":           "no comment",
		"package cmd\ntype Status int": "has none",
		"package cmd":                  "no type Status",
		"package":                      "expected",
	} {
		list, err := exitStatuses(fstest.MapFS{"cmd/failure.go": {Data: []byte(source)}})
		if wrong == "" && (err != nil || len(list) != 1 || list[0] != status{"0", "done"}) {
			t.Errorf("%q: got %v, %v", source, list, err)
		}
		if wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%q: got %v, %v, want an error with %q", source, list, err, wrong)
		}
	}
}

func TestEveryBasisIsExplained(t *testing.T) {
	for _, c := range pkcs12x.Consumers() {
		if !strings.Contains(string(consumersPage()), "\n- "+string(c.Basis)+": ") {
			t.Errorf("%s: nothing says what %q means", c.ID, c.Basis)
		}
	}
}

func TestRoff(t *testing.T) {
	r := &roff{}
	r.item("--out", "a\n.b\n'c\\d")
	r.blocks("A paragraph\nof two lines:\n  muxkey create \"x\"\n\nThe end.")
	const want = `.TP
.B "\-\-out"
a
\&.b
\&'c\ed
A paragraph
of two lines:
.PP
.RS 4
.nf
muxkey create "x"
.fi
.RE
.PP
The end.
`
	if diff := cmp.Diff(want, r.String()); diff != "" {
		t.Error(diff)
	}
}

// groff knows best whether the pages are right; it is there on most systems.
func TestGroff(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("groff is not installed")
	}
	files, err := Files(os.DirFS(repo))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if !strings.HasSuffix(name, ".1") {
			continue
		}
		c := exec.CommandContext(t.Context(), "groff", "-man", "-Tutf8", "-ww", "-z")
		c.Stdin = bytes.NewReader(text)
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// changed is the repository with one file changed.
type changed struct {
	fs.FS
	name, old, new string
}

func (c changed) Open(name string) (fs.File, error) {
	if name != c.name {
		return c.FS.Open(name)
	}
	text, err := fs.ReadFile(c.FS, name)
	if err != nil {
		return nil, err
	}
	if strings.Count(string(text), c.old) != 1 {
		return nil, fmt.Errorf("%s has %q not once", name, c.old)
	}
	return fstest.MapFS{name: {Data: []byte(strings.Replace(string(text), c.old, c.new, 1))}}.Open(name)
}

// Whatever joins the JSON must be described, or the page is not made.
func TestUndescribedJSON(t *testing.T) {
	const target = "// Target is one file.\ntype Target struct {\n"
	for _, c := range []struct{ name, old, new, wrong string }{
		{"inspect/inspect.go", target, target + "Mood string `json:\"mood\"`\n", "Target.Mood: nothing says what it means"},
		{"inspect/inspect.go", target, target + "Mood string\n", "Target.Mood: it has no name in JSON"},
		{"inspect/inspect.go", target, target + "Mood *string `json:\"mood\"` // today\n", "Target.Mood: it would be null"},
		{"inspect/inspect.go", target, target + "Mood any `json:\"mood\"` // today\n", "no word is known for a any"},
		{"inspect/inspect.go", target, target + "Mood map[string]int `json:\"mood\"` // today\n", "no word is known for a *ast.MapType"},
		{"inspect/inspect.go", target, "// Mood is one.\ntype Mood string\n" + target + "Mood Mood `json:\"mood\"`\n", "type Mood has no values"},
		{"inspect/inspect.go", target, "type Mood struct{ M int `json:\"m\"` }\n" + target, "Mood in inspect has JSON tags, and nothing says what writes it"},
		{"inspect/inspect.go", target, "// Result is one.\ntype Result struct{}\n" + target + "Mood Result `json:\"mood\"`\n", "both have a type Result"},
		{"policy/verify/check.go", "// the finding, for people; may change its wording", "", "Result.Text: nothing says what it means"},
		{"cmd/failure.go", `json:"hint,omitempty"`, `json:"advice,omitempty"`, "diagnosis.Hint: nothing says what it means"},
		{"cmd/verify.go", "type verified struct", "type proven struct", "cmd has no verified"},
		{"cmd/muxkey/testdata/script/export.txtar", "-- wrote.json --", "-- made.json --", "has no part wrote.json"},
	} {
		_, err := Files(changed{os.DirFS(repo), c.name, c.old, c.new})
		if err == nil || !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s with %q: %v, want an error with %q", c.name, c.new, err, c.wrong)
		}
	}
	if _, err := jsonPage(os.DirFS(repo), []string{"inspect", "juggle"}); err == nil || !strings.Contains(err.Error(), "muxkey juggle") {
		t.Errorf("a command that is not described: %v", err)
	}
	if _, err := jsonPage(os.DirFS(repo), []string{"inspect"}); err == nil || !strings.Contains(err.Error(), "there is no command create") {
		t.Errorf("a description without a command: %v", err)
	}
	if err := (list{title: "Checks", rows: [][]string{{"mood", ""}}}).write(new(strings.Builder)); err == nil {
		t.Error("a list with an empty meaning is written")
	}
}
