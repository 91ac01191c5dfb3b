// Package softhsm sets up tokens of SoftHSM, a PKCS#11 module that keeps its keys
// in files. It is for tests alone.
package softhsm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const tool = "softhsm2-util"

// ConfVar is the variable that names SoftHSM's configuration. The module reads it
// when it is loaded, in the process that loads it.
const ConfVar = "SOFTHSM2_CONF"

// module finds SoftHSM's library; Debian, Fedora, Alpine, Homebrew and FreeBSD
// keep it in places of their own.
func module() string {
	for _, path := range []string{
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
		"/opt/homebrew/lib/softhsm/libsofthsm2.so",
		"/usr/local/lib/softhsm/libsofthsm2.so",
	} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// Missing says what is not there, and is empty when all is.
func Missing() string {
	if _, err := exec.LookPath(tool); err != nil {
		return tool + " is not installed"
	}
	if module() == "" {
		return "libsofthsm2.so is not installed"
	}
	return ""
}

// HSM is a place with tokens.
type HSM struct {
	Conf   string // the value for ConfVar
	Module string // the path of the library
}

// New makes a place in a directory.
func New(dir string) (*HSM, error) {
	tokens := filepath.Join(dir, "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return nil, err
	}
	h := &HSM{Conf: filepath.Join(dir, "softhsm2.conf"), Module: module()}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens)
	return h, os.WriteFile(h.Conf, []byte(text), 0o600)
}

// AddToken makes a token. Its security officer's PIN is the same as the user's.
func (h *HSM) AddToken(ctx context.Context, label, pin string) error {
	c := exec.CommandContext(ctx, tool, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", pin)
	c.Env = append(c.Environ(), ConfVar+"="+h.Conf)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", tool, err, out)
	}
	return nil
}
