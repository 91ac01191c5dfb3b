package keytool_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/keytool/level"
	certtext "muxkey/internal/keytool/text"
	"muxkey/internal/peer"
)

// TestInteropDebug holds Java's own form of certificates of all kinds against Java.
func TestInteropDebug(t *testing.T) {
	java := peer.Program(t, "java")
	l, err := level.Parse("17")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"-Duser.timezone=UTC", "-Dfile.encoding=UTF-8", absolute(t, "testdata/Show.java")}
	want := map[string]string{}
	for _, s := range specimens() {
		if s.name == "version-2" || s.name == "trailing" { // see Debug; what is behind a certificate is for its callers
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, s.name), s.der, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, s.name)
		text := "refused"
		if c, err := certtext.ParseCertificate(s.der, l); err == nil {
			text = certtext.Printer{Level: l, Zone: time.UTC}.Debug(c)
		}
		want[s.name] = text + "\n"
	}
	show := exec.CommandContext(t.Context(), java, args...)
	show.Dir, show.Stderr = dir, os.Stderr
	show.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := show.Output()
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Split(string(out), "=== ")[1:]
	if len(shown) != len(want) {
		t.Fatalf("%d certificates, not %d", len(shown), len(want))
	}
	for _, s := range shown {
		name, text, _ := strings.Cut(s, "\n")
		if diff := cmp.Diff(text, want[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
