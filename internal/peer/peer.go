// Package peer finds the other programs that tests meet: the consumers that must
// accept what is made here, and the tools whose word is compared with ours.
package peer

import (
	"os"
	"os/exec"
	"testing"
)

// Program is the path of a program. Without it the test is skipped by its name;
// where MUXKEY_INTEROP is "require", as in CI, a missing one is a failure. With
// -short nobody is met unless they are required.
func Program(t testing.TB, name string) string {
	t.Helper()
	required := os.Getenv("MUXKEY_INTEROP") == "require"
	if testing.Short() && !required {
		t.Skipf("-short: it meets %s", name)
	}
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case required:
		t.Fatalf("%s is not installed", name)
	default:
		t.Skipf("%s is not installed", name)
	}
	return ""
}
