package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "muxkey"

// layers are the packages of the program, the top first. Imports point
// downwards: a package may import those of lower lines only. "/..." stands for
// the packages below, which may import one another.
var layers = [][]string{
	{"cmd/muxkey", "cmd/keytool", "internal/gendocs", "internal/bench", "internal/layout", "internal/acme/pebble", "internal/signer/softhsm"},
	{"cmd"},
	{"internal/report", "internal/keytool/...", "internal/product", "internal/trap", "internal/client"},
	{"policy/..."},
	{"probe"},
	{"trust/...", "inspect", "inventory", "probe/hello"},
	{"keystore"},
	{"keystore/bcfks", "keystore/bks", "keystore/jks", "keystore/manifest", "keystore/nss", "chain"},
	{"keystore/javaio"},
	{"pkcs12x", "certgen/template", "certgen/jca"},
	{"internal/acme", "internal/reload"},
	{"certgen", "docs", "internal/dial", "internal/finding", "internal/safefile", "internal/secret"},
	{"internal/console"},
	{"internal/cel", "internal/glob", "internal/named", "internal/lazy", "internal/signer", "internal/sqlite", "internal/mutant", "internal/command", "internal/peer"},
}

// alone are packages that import nothing of ours: libraries of their own.
var alone = []string{"pkcs12x", "certgen", "certgen/jca", "docs", "internal/cel", "internal/safefile", "internal/console", "internal/glob", "internal/named", "internal/lazy", "internal/signer", "internal/sqlite", "internal/mutant", "internal/command", "internal/dial", "internal/peer", "probe/hello"}

// owners are the only packages that may import what is at the path or below it.
// What is not named here, anyone may import.
var owners = map[string][]string{
	"github.com/spf13":         {"cmd", "internal/gendocs"}, // cobra and pflag
	"github.com/clipperhouse":  {"internal/report"},
	"github.com/gofrs/flock":   {"internal/safefile"},
	"github.com/mholt/acmez":   {"internal/acme"},
	"github.com/klauspost":     {"inventory"},
	"github.com/cloudflare":    {"certgen/jca"},
	"github.com/miekg/pkcs11":  {"internal/signer"},
	"github.com/zmap":          {"policy/check/certlint"},
	"github.com/weppos":        {}, // third_party has it, for zcrypto
	"go.step.sm":               {"internal/signer"},
	"github.com/aws":           {"internal/signer"},
	"golang.org/x/term":        {"internal/console"},
	"go.yaml.in":               {"keystore/manifest", "policy/lint/syntax"},
	"mvdan.cc/sh":              {"policy/lint/syntax"},
	"C":                        {}, // the binary is static
	"plugin":                   {},
	"github.com/rogpeppe":      {"cmd"}, // testscript is for tests, diff for --fix --dry-run
	"github.com/google/go-cmp": {},      // for tests
	"cel.dev":                  {},      // for tests
}

// doors are what the outside of the program is reached by, and the packages that
// may use them. The name "*" stands for all of an import.
var doors = []struct {
	path    string
	names   []string
	allowed []string
}{
	{"os", []string{"Stdin", "Stdout", "Stderr", "Getenv", "LookupEnv", "Environ", "ExpandEnv"}, []string{"internal/console", "internal/bench", "internal/peer"}},
	{"os", []string{"Exit", "Args"}, []string{"cmd/muxkey", "cmd/keytool", "internal/bench"}},
	{"time", []string{"Now", "Since", "Until"}, []string{"internal/console", "internal/bench"}},
	{"crypto/rand", []string{"Reader", "Read", "Text"}, []string{"internal/console", "internal/bench"}},
	{"math/rand", []string{"*"}, []string{}},
	{"math/rand/v2", []string{"*"}, []string{"internal/console", "internal/safefile", "internal/mutant", "internal/keytool/differ"}}, // the double that tests get; names of drafts; mutants; sequences
	{"log", []string{"*"}, []string{}}, // errors are returned
	{"github.com/clipperhouse/displaywidth", []string{"*"}, []string{"internal/report/table.go"}},
}

// pkg is what "go list -json" says of a package.
type pkg struct {
	Dir            string
	ImportPath     string
	Name           string
	Imports        []string
	GoFiles        []string
	IgnoredGoFiles []string // those for other systems
}

func (p pkg) path() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

func TestImports(t *testing.T) {
	packages := list(t)
	for _, v := range imports(packages) {
		t.Error(v)
	}
	for _, p := range packages {
		for _, name := range append(slices.Clone(p.GoFiles), p.IgnoredGoFiles...) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			violations, err := uses(p.path(), name, source)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Error(v)
			}
		}
	}
}

func list(t *testing.T) []pkg {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-json=Dir,ImportPath,Name,Imports,GoFiles,IgnoredGoFiles", "./...")
	c.Dir = "../.."
	var stderr bytes.Buffer
	c.Stderr = &stderr
	output, err := c.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	packages, err := decode(output)
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

// decode refuses a list that is empty or of another module: over nothing every
// rule holds.
func decode(output []byte) ([]pkg, error) {
	var packages []pkg
	seen := map[string]bool{}
	for dec := json.NewDecoder(bytes.NewReader(output)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages = append(packages, p)
		seen[p.path()] = true
	}
	for _, must := range []string{"cmd/muxkey", "cmd", "pkcs12x"} {
		if !seen[must] {
			return nil, fmt.Errorf("go list names %d packages, and not %s", len(packages), must)
		}
	}
	return packages, nil
}

// level is the line of layers that a package stands in, and the tree there that
// it belongs to.
func level(p string) (line int, tree string, ok bool) {
	for i, names := range layers {
		for _, name := range names {
			if above, ok := strings.CutSuffix(name, "/..."); ok && (p == above || strings.HasPrefix(p, above+"/")) {
				return i, above, true
			}
			if p == name {
				return i, "", true
			}
		}
	}
	return 0, "", false
}

// imports returns what is wrong with the imports of the packages.
func imports(packages []pkg) []string {
	var wrong []string
	for _, p := range packages {
		from, tree, ok := level(p.path())
		if !ok {
			wrong = append(wrong, p.path()+" has no place in the table of layers")
			continue
		}
		for _, imported := range p.Imports {
			for prefix, allowed := range owners {
				if strings.HasPrefix(imported+"/", prefix+"/") && !slices.Contains(allowed, p.path()) {
					wrong = append(wrong, fmt.Sprintf("%s imports %s, which only %v may", p.path(), imported, allowed))
				}
			}
			ours, ok := strings.CutPrefix(imported, module+"/")
			if !ok {
				continue
			}
			to, toTree, _ := level(ours)
			switch {
			case slices.Contains(alone, p.path()):
				wrong = append(wrong, fmt.Sprintf("%s imports %s, but is to stand alone", p.path(), ours))
			case to < from, to == from && (tree == "" || tree != toTree):
				wrong = append(wrong, fmt.Sprintf("%s imports %s, which is not below it", p.path(), ours))
			}
		}
	}
	return wrong
}

// uses returns what is wrong inside a file.
func uses(in, name string, source []byte) ([]string, error) {
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, path.Join(in, name), source, 0)
	if err != nil {
		return nil, err
	}
	imported := map[string]string{} // path by the name it has in the file
	var wrong []string
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		local := path.Base(p)
		if local == "v2" {
			local = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if local == "." {
			wrong = append(wrong, fmt.Sprintf("%s: imports %s without its name", files.Position(spec.Pos()), p))
		}
		imported[local] = p
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				wrong = append(wrong, fmt.Sprintf("%s: has an init function", files.Position(n.Pos())))
			}
		case *ast.File:
			for _, pos := range compiled(n) {
				wrong = append(wrong, fmt.Sprintf("%s: compiles an expression at every start, which lazy.Regexp does not", files.Position(pos)))
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok || x.Obj != nil { // not the name of an import
				return true
			}
			for _, d := range doors {
				if d.path == imported[x.Name] && (d.names[0] == "*" || slices.Contains(d.names, n.Sel.Name)) &&
					!slices.Contains(d.allowed, in) && !slices.Contains(d.allowed, path.Join(in, name)) {
					wrong = append(wrong, fmt.Sprintf("%s: uses %s.%s, which only %v may", files.Position(n.Pos()), d.path, n.Sel.Name, d.allowed))
				}
			}
		}
		return true
	})
	return wrong, nil
}

// compiled are the variables of a package that begin as a compiled expression.
func compiled(file *ast.File) []token.Pos {
	var at []token.Pos
	for _, d := range file.Decls {
		vars, ok := d.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, spec := range vars.Specs {
			for _, v := range spec.(*ast.ValueSpec).Values {
				if call, ok := v.(*ast.CallExpr); ok {
					if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "MustCompile" {
						at = append(at, v.Pos())
					}
				}
			}
		}
	}
	return at
}

// The rules themselves: what they are there to catch they must catch.
func TestRules(t *testing.T) {
	for _, tt := range []struct {
		from, to, wrong string
	}{
		{"cmd/muxkey", "muxkey/cmd", ""},
		{"cmd", "muxkey/policy/verify", ""},
		{"cmd", "github.com/spf13/cobra", ""},
		{"policy/check", "muxkey/policy", ""},
		{"keystore", "muxkey/keystore/jks", ""},
		{"keystore", "logging.example/log", ""},
		{"internal/secret", "muxkey/internal/console", ""},
		{"pkcs12x", "crypto/x509", ""},
		{"keystore", "muxkey/cmd", "not below it"},
		{"keystore/jks", "muxkey/keystore", "not below it"},
		{"inspect", "muxkey/trust", "not below it"},
		{"trust", "muxkey/policy/verify", "not below it"},
		{"internal/secret", "muxkey/internal/safefile", "not below it"},
		{"pkcs12x", "muxkey/internal/named", "stand alone"},
		{"certgen", "muxkey/internal/named", "stand alone"},
		{"internal/utils", "fmt", "no place"},
		{"keystore", "muxkey/internal/utils", "not below it"},
		{"inspect", "github.com/spf13/cobra", "only [cmd"},
		{"inspect", "github.com/spf13/pflag", "only [cmd"},
		{"cmd", "github.com/clipperhouse/displaywidth", "only [internal/report]"},
		{"keystore", "C", "only []"},
		{"pkcs12x", "github.com/rogpeppe/go-internal/testscript", "only [cmd]"},
		{"cmd", "github.com/google/go-cmp/cmp", "only []"},
		{"internal/cel", "cel.dev/cel-go/cel", "only []"},
	} {
		got := strings.Join(imports([]pkg{{ImportPath: module + "/" + tt.from, Imports: []string{tt.to}}}), "\n")
		if (got == "") != (tt.wrong == "") || !strings.Contains(got, tt.wrong) {
			t.Errorf("%s imports %s: got %q, want %q", tt.from, tt.to, got, tt.wrong)
		}
	}
	for _, tt := range []struct {
		file, source, wrong string
	}{
		{"internal/console/a.go", `import "os"; var _ = os.Stdin`, ""},
		{"cmd/muxkey/main.go", `import "os"; func main() { os.Exit(0) }`, ""},
		{"internal/report/table.go", `import "github.com/clipperhouse/displaywidth"; var _ = displaywidth.Rune`, ""},
		{"keystore/a.go", `import "os"; var _ = os.Open`, ""},
		{"keystore/a.go", `type t struct{ Now int }; func (t) init() {}; func f(time t) int { return time.Now }`, ""},
		{"keystore/a.go", `import "os"; var _ = os.Stdin`, "os.Stdin"},
		{"keystore/a.go", `import system "os"; var _ = system.Getenv`, "os.Getenv"},
		{"keystore/a_windows.go", `import "os"; func f() { os.Exit(1) }`, "os.Exit"},
		{"cmd/a.go", `import "os"; var _ = os.Args`, "os.Args"},
		{"cmd/a.go", `import "time"; func f() { _ = time.Now() }`, "time.Now"},
		{"cmd/a.go", `import "time"; func f() { _ = time.Since(time.Time{}) }`, "time.Since"},
		{"certgen/a.go", `import "crypto/rand"; var _ = rand.Reader`, "crypto/rand.Reader"},
		{"certgen/a.go", `import "math/rand/v2"; var _ = rand.N[int]`, "math/rand/v2.N"},
		{"keystore/a.go", `import "log"; var _ = log.Println`, "only []"},
		{"certgen/a.go", `import . "os"`, "without its name"},
		{"certgen/a.go", `func init() {}`, "init"},
		{"certgen/a.go", `import "regexp"; var a, b = 1, regexp.MustCompile("a")`, "at every start"},
		{"certgen/a.go", `import "regexp"; func f() { var a = regexp.MustCompile("a"); _ = a }`, ""},
		{"internal/report/json.go", `import "github.com/clipperhouse/displaywidth"; var _ = displaywidth.Rune`, "only [internal/report/table.go]"},
	} {
		wrong, err := uses(path.Dir(tt.file), path.Base(tt.file), []byte("package p; "+tt.source))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(wrong, "\n")
		if (got == "") != (tt.wrong == "") || !strings.Contains(got, tt.wrong) {
			t.Errorf("%s: %s: got %q, want %q", tt.file, tt.source, got, tt.wrong)
		}
	}
	for _, output := range []string{"", `{"ImportPath":"muxkey/cmd"}`, `{"ImportPath":"other/cmd"}{"ImportPath":"other/cmd/muxkey"}{"ImportPath":"other/pkcs12x"}`, "{"} {
		if got, err := decode([]byte(output)); err == nil {
			t.Errorf("%q was taken for the list of all packages: %v", output, got)
		}
	}
}
