package keytool_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// making reads the calls of testdata/making.calls.
func making(t *testing.T) (calls []call) {
	t.Helper()
	data, err := os.ReadFile("testdata/making.calls")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "-") {
			continue
		}
		c := call{name: line}
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

// makingLevels are the levels that the calls were measured with.
func makingLevels() []string { return []string{"17", "21", "25"} }

// TestMaking holds what is said of new keys, requests, certificates and lists
// against what the JDKs have said: testdata/README.md.
func TestMaking(t *testing.T) {
	calls := making(t)
	for _, level := range makingLevels() {
		t.Run(level, func(t *testing.T) {
			file := absolute(t, "testdata/making."+level+".txt")
			t.Chdir(t.TempDir())
			matches(t, file, level, calls, nil)
		})
	}
}

// TestMakingMeasured holds the files of TestMaking against the JDKs that are here.
func TestMakingMeasured(t *testing.T) {
	calls := making(t)
	for _, level := range makingLevels() {
		t.Run(level, func(t *testing.T) {
			measured(t, absolute(t, "testdata/making."+level+".txt"), level, t.TempDir(), calls)
		})
	}
}
