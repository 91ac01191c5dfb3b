package keytool_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/keytool/differ"
)

// A call is a line of testdata/making.calls.
type call struct {
	line  string
	args  []string
	stdin string
}

// makingCalls reads the calls.
func makingCalls(t *testing.T) []call {
	t.Helper()
	data, err := os.ReadFile("testdata/making.calls")
	if err != nil {
		t.Fatal(err)
	}
	var calls []call
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "-") {
			continue
		}
		c := call{line: line}
		words, input, given := strings.Cut(line, " <<< ")
		for word := range strings.FieldsSeq(words) {
			c.args = append(c.args, strings.Trim(word, `"`))
		}
		if given {
			if c.stdin, err = strconv.Unquote(input); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		calls = append(calls, c)
	}
	if len(calls) < 100 {
		t.Fatalf("%d calls", len(calls))
	}
	return calls
}

// making are the levels that the calls were measured with.
func making() []string { return []string{"17", "21", "25"} }

// TestMaking holds what is said of new keys, requests, certificates and lists
// against what the JDKs have said: testdata/README.md.
func TestMaking(t *testing.T) {
	calls := makingCalls(t)
	for _, level := range making() {
		t.Run(level, func(t *testing.T) {
			want, err := os.ReadFile("testdata/making." + level + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			expected := strings.Split(string(want), "=== ")[1:]
			if len(expected) != len(calls) {
				t.Fatalf("%d calls were measured, of %d", len(expected), len(calls))
			}
			t.Chdir(t.TempDir())
			for i, c := range calls {
				got := strings.TrimPrefix(record(c.line, oursWith(t, level, c.args, c.stdin)), "=== ")
				if diff := cmp.Diff(expected[i], got); diff != "" {
					t.Errorf("%s: %s", c.line, diff)
				}
			}
		})
	}
}

// TestMakingMeasured holds the files of TestMaking against the JDKs that are here.
// With MEASURE=1 it writes them.
func TestMakingMeasured(t *testing.T) {
	homes := jdks(t)
	calls := makingCalls(t)
	for _, level := range making() {
		t.Run(level, func(t *testing.T) {
			if homes[level] == "" {
				t.Skipf("JDK %s is not installed", level)
			}
			measured, err := filepath.Abs("testdata/making." + level + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			env := append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "JAVA_HOME="+homes[level])
			d, err := differ.StartDriver(t.Context(), homes[level], t.TempDir(), t.TempDir(), env)
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
				got.WriteString(record(c.line, r))
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
