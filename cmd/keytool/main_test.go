package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"muxkey/internal/console"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keytool": func() { os.Exit(run(console.System())) }})
}

// TestScript runs the stories of testdata/script. What keytool does is told in those of
// cmd/muxkey.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", ContinueOnError: true})
}

// TestLean holds the program to what it is there for: it starts sooner and is smaller,
// because nothing of the native commands is in it.
func TestLean(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := string(out)
	if !strings.Contains(packages, "muxkey/internal/keytool\n") {
		t.Fatalf("%q", packages)
	}
	for _, no := range []string{"muxkey/cmd\n", "muxkey/policy", "muxkey/inventory", "github.com/spf13", "github.com/zmap", "github.com/goccy", "github.com/mholt", "github.com/klauspost", "mvdan.cc"} {
		if strings.Contains(packages, no) {
			t.Errorf("%s is in it", strings.TrimSpace(no))
		}
	}
}
