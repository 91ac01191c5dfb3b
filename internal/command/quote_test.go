package command

import (
	"os/exec"
	"testing"
)

// A shell must give back what was quoted.
func TestQuote(t *testing.T) {
	for _, text := range []string{"", "plain", "/a/b-c_d.pem", "two words", "it's", `"$HOME" \ ; | & *`, "line\nbreak", "ä€"} {
		out, err := exec.Command("sh", "-c", "printf %s "+Quote(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("Quote(%q) = %s, which a shell reads as %q (%v)", text, Quote(text), out, err)
		}
	}
	if Quote("a/b.pem") != "a/b.pem" {
		t.Error("a plain word got quotes")
	}
}
