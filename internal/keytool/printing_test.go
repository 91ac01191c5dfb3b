package keytool_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/console"
	"muxkey/internal/keytool"
	"muxkey/internal/keytool/differ"
	"muxkey/internal/peer"
)

// ours runs Main at a level.
func ours(t *testing.T, level string, args []string) differ.Result {
	t.Helper()
	return oursWith(t, level, args, "")
}

// oursWith runs Main at a level with something on stdin.
func oursWith(t *testing.T, level string, args []string, stdin string) differ.Result {
	t.Helper()
	var out, errs bytes.Buffer
	env := &console.Env{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) {
			value, ok := map[string]string{console.VarKeytoolLevel: level, "TZ": "UTC"}[name]
			return value, ok
		},
	}
	status := keytool.Main(context.Background(), args, env)
	return differ.Result{Status: status, Stdout: out.String(), Stderr: errs.String()}
}

// record is what is kept of a call.
func record(name string, r differ.Result) string {
	return fmt.Sprintf("=== %s: %d\n%s--- stderr\n%s", name, r.Status, r.Stdout, r.Stderr)
}

// writeSpecimens writes the specimens to a directory of their own.
func writeSpecimens(t *testing.T) (dir string, files []string) {
	t.Helper()
	dir = t.TempDir()
	for _, s := range specimens() {
		name := s.name + ".der"
		if slices.Contains(files, name) {
			t.Fatalf("two specimens are called %s", s.name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), s.der, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	return dir, files
}

// levels are those that were measured.
func levels() []string { return []string{"8", "11", "17", "21", "25"} }

// TestPrinting holds what -printcert says of certificates of all kinds against
// what the JDKs have said: testdata/README.md.
func TestPrinting(t *testing.T) {
	for _, level := range levels() {
		t.Run(level, func(t *testing.T) {
			want, err := os.ReadFile("testdata/printcert." + level + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			dir, files := writeSpecimens(t)
			for _, f := range files {
				got.WriteString(record(f, ours(t, level, []string{"-printcert", "-file", filepath.Join(dir, f)})))
			}
			expected := strings.Split(string(want), "=== ")
			for i, call := range strings.Split(got.String(), "=== ") {
				name, _, _ := strings.Cut(call, ":")
				if diff := cmp.Diff(expected[i], call); diff != "" && !otherWords(level, name) {
					t.Errorf("%s: %s", name, diff)
				}
			}
		})
	}
}

// otherWords are specimens that cannot be read, of which 8 and 11 say the same in
// the words of an older reader of DER.
func otherWords(level, name string) bool {
	return (level == "8" || level == "11") && (strings.Contains(name, "-broken") || strings.HasPrefix(name, "name-"))
}

// TestPrintingMeasured holds the files of TestPrinting against the JDKs that are
// here. With MEASURE=1 it writes them.
func TestPrintingMeasured(t *testing.T) {
	homes := jdks(t)
	for _, level := range levels() {
		t.Run(level, func(t *testing.T) {
			if homes[level] == "" {
				t.Skipf("JDK %s is not installed", level)
			}
			measured, err := filepath.Abs("testdata/printcert." + level + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			env := append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "JAVA_HOME="+homes[level])
			dir, files := writeSpecimens(t)
			d, err := differ.StartDriver(t.Context(), homes[level], dir, t.TempDir(), env)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			var got strings.Builder
			for _, f := range files {
				r, err := d.Run(t.Context(), []string{"-printcert", "-file", f}, "")
				if err != nil {
					t.Fatal(err)
				}
				got.WriteString(record(f, r))
			}
			if os.Getenv("MEASURE") != "" {
				if err := os.WriteFile(measured, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(measured)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// jdks are the homes of the JDKs that are here, by their levels.
func jdks(t *testing.T) map[string]string {
	t.Helper()
	program, err := filepath.EvalSymlinks(peer.Program(t, "keytool"))
	if err != nil {
		t.Fatal(err)
	}
	homes := map[string]string{"17": filepath.Dir(filepath.Dir(program))}
	for _, level := range levels() {
		if home := os.Getenv("JAVA" + level + "_HOME"); home != "" {
			homes[level] = home
		}
		if found, err := filepath.Glob("/usr/lib/jvm/*-" + level + "-*/bin/javac"); err == nil && len(found) > 0 && homes[level] == "" {
			homes[level] = filepath.Dir(filepath.Dir(found[0]))
		}
	}
	return homes
}
