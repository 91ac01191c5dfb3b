package safefile

import (
	"os"
	"os/exec"
	"testing"
)

const childVar = "MUXKEY_TEST_CHILD_DIR"

// inChild plays the part of the child process when the test binary was started
// by child, and does nothing in the test itself.
func inChild(play func(dir string)) {
	if dir := os.Getenv(childVar); dir != "" {
		play(dir)
		os.Exit(0)
	}
}

// child is a command that runs the present test again as another process, which
// gets as far as its inChild.
func child(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childVar+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}
