package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/internal/mutant"
)

// The program itself, given mutants of every fixture: it ends soon, takes little
// memory, and says with its exit status that it has read the file (0), that it
// cannot (3), or that the password is wrong (4), as one that is damaged looks.
// The readers are tried with many more in package keystore.
func TestMutantsThroughTheProgram(t *testing.T) {
	files, err := mutant.Files("../../testdata/*", "../../keystore/testdata/*", "../../keystore/*/testdata/*", "../../pkcs12x/testdata/*")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	number := 120
	if interopRequired() {
		number = 600
	}
	maker := mutant.New(1, files)
	path := filepath.Join(t.TempDir(), "mutant")
	statuses := map[int]int{}
	var slowest time.Duration
	var largest int64
	for i := range number {
		file := files[i%len(files)]
		data, how := maker.Make(file.Data)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		c := exec.CommandContext(ctx, "muxkey", "inspect", path, "--json", "--password", "pass:changeit")
		var stderr bytes.Buffer
		c.Stderr = &stderr
		status, err := statusOf(c.Run())
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		took := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
		memory := peakMemory(c.ProcessState)
		slowest, largest = max(slowest, took), max(largest, memory)
		statuses[status]++
		what := filepath.Base(file.Name) + ": " + how
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			t.Errorf("%s: it hangs", what)
		case !slices.Contains([]int{0, 3, 4}, status), strings.Contains(stderr.String(), "goroutine "):
			t.Errorf("%s: exit status %d: %.500s", what, status, stderr.Bytes())
		case status != 0 && !strings.Contains(stderr.String(), `"message"`):
			t.Errorf("%s: exit status %d, and no error: %.500s", what, status, stderr.Bytes())
		case took > 2*2*time.Second: // on two processors
			t.Errorf("%s: took %v", what, took)
		case memory > 256<<20:
			t.Errorf("%s: took %d MiB", what, memory>>20)
		}
	}
	t.Logf("exit statuses %v; the slowest took %v, the largest %d MiB", statuses, slowest, largest>>20)
	if statuses[0] == 0 || statuses[3] == 0 || statuses[4] == 0 {
		t.Errorf("the exit statuses are %v only", statuses)
	}
}
