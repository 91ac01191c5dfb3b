package keytool_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// levels are those that were measured.
func levels() []string { return []string{"8", "11", "17", "21", "25"} }

// printing writes the specimens to dir, and has a call of -printcert for each.
func printing(t *testing.T, dir string) (calls []call) {
	t.Helper()
	for _, s := range specimens() {
		name := s.name + ".der"
		if slices.ContainsFunc(calls, func(c call) bool { return c.name == name }) {
			t.Fatalf("two specimens are called %s", s.name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), s.der, 0o600); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, call{name: name, args: []string{"-printcert", "-file", name}})
	}
	return calls
}

// TestPrinting holds what -printcert says of certificates of all kinds against
// what the JDKs have said: testdata/README.md.
func TestPrinting(t *testing.T) {
	for _, level := range levels() {
		t.Run(level, func(t *testing.T) {
			file := absolute(t, "testdata/printcert."+level+".txt")
			t.Chdir(t.TempDir())
			// 8 and 11 say the same of what cannot be read in the words of an older
			// reader of DER.
			otherWords := func(c call) bool {
				return (level == "8" || level == "11") && (strings.Contains(c.name, "-broken") || strings.HasPrefix(c.name, "name-"))
			}
			matches(t, file, level, printing(t, "."), otherWords)
		})
	}
}

// TestPrintingMeasured holds the files of TestPrinting against the JDKs that are here.
func TestPrintingMeasured(t *testing.T) {
	for _, level := range levels() {
		t.Run(level, func(t *testing.T) {
			dir := t.TempDir()
			measured(t, absolute(t, "testdata/printcert."+level+".txt"), level, dir, printing(t, dir))
		})
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
