package keytool_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/console"
	"muxkey/internal/keytool"
	"muxkey/internal/keytool/differ"
	"muxkey/internal/peer"
)

// A call is one of keytool whose answers by the JDKs are kept, under its name.
type call struct {
	name  string
	args  []string
	stdin string
}

// ours runs Main at a level.
func (c call) ours(t *testing.T, level string) differ.Result {
	t.Helper()
	var out, errs bytes.Buffer
	env := &console.Env{
		In: strings.NewReader(c.stdin), Out: &out, Err: &errs, Now: time.Now, Rand: rand.Reader,
		LookupEnv: func(name string) (string, bool) {
			value, ok := map[string]string{console.VarKeytoolLevel: level, "TZ": "UTC"}[name]
			return value, ok
		},
	}
	status := keytool.Main(context.Background(), c.args, env)
	return differ.Result{Status: status, Stdout: out.String(), Stderr: errs.String()}
}

// record is what is kept of a call.
func (c call) record(r differ.Result) string {
	return fmt.Sprintf("=== %s: %d\n%s--- stderr\n%s", c.name, r.Status, r.Stdout, r.Stderr)
}

// matches holds what we say against the answers that are kept in a file of testdata.
// otherwise, which may be nil, tells of a call that it may be answered otherwise.
func matches(t *testing.T, file, level string, calls []call, otherwise func(call) bool) {
	t.Helper()
	for i, want := range kept(t, file, len(calls)) {
		c := calls[i]
		got := strings.TrimPrefix(c.record(c.ours(t, level)), "=== ")
		if diff := cmp.Diff(want, got); diff != "" && (otherwise == nil || !otherwise(c)) {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// kept are the answers in a file of testdata.
func kept(t *testing.T, file string, calls int) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(string(data), "=== ")[1:]
	if len(answers) != calls {
		t.Fatalf("%s has %d calls, not %d", file, len(answers), calls)
	}
	return answers
}

// measured holds a file of testdata against the JDK of a level, which works in dir.
// With MEASURE=1 it writes the file.
func measured(t *testing.T, file, level, dir string, calls []call) {
	t.Helper()
	home := jdks(t)[level]
	if home == "" {
		t.Skipf("JDK %s is not installed", level)
	}
	env := append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "JAVA_HOME="+home)
	d, err := differ.StartDriver(t.Context(), home, dir, t.TempDir(), env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	var got strings.Builder
	for _, c := range calls {
		r, err := d.Run(t.Context(), c.args, c.stdin)
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(c.record(r))
	}
	if os.Getenv("MEASURE") != "" {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Error(diff)
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
