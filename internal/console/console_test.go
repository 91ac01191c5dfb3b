package console

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestColourOnlyWhereAPersonLooks(t *testing.T) {
	type vars map[string]string
	for _, tt := range []struct {
		name     string
		terminal bool
		vars     vars
		want     bool
	}{
		{"terminal", true, vars{"TERM": "xterm-256color"}, true},
		{"terminal without TERM", true, vars{}, true},
		{"pipe", false, vars{"TERM": "xterm"}, false},
		{"dumb terminal", true, vars{"TERM": "dumb"}, false},
		{"NO_COLOR", true, vars{"NO_COLOR": "1"}, false},
		{"NO_COLOR of any value", true, vars{"NO_COLOR": "0"}, false},
		{"empty NO_COLOR", true, vars{"NO_COLOR": ""}, true},
		{"forced pipe", false, vars{"CLICOLOR_FORCE": "1"}, true},
		{"forced dumb terminal", true, vars{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, true},
		{"force set to 0", false, vars{"CLICOLOR_FORCE": "0"}, false},
		{"empty force", false, vars{"CLICOLOR_FORCE": ""}, false},
		{"NO_COLOR beats force", true, vars{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
	} {
		lookup := func(name string) (string, bool) {
			value, ok := tt.vars[name]
			return value, ok
		}
		if got := colour(tt.terminal, lookup); got != tt.want {
			t.Errorf("%s: colour is %v", tt.name, got)
		}
	}
}

// Every variable that the code names by a constant is in the table that the
// documentation is made from.
func TestVariablesAreAllDeclared(t *testing.T) {
	source, err := os.ReadFile("console.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, v := range Variables() {
		if v.Description == "" {
			t.Errorf("%s has no description", v.Name)
		}
		// The address of a proxy may have a password in it.
		if v.Sensitive != (strings.Contains(v.Name, "PASSWORD") || strings.HasPrefix(v.Name, "HTTP")) {
			t.Errorf("%s: sensitive is %v", v.Name, v.Sensitive)
		}
		declared = append(declared, v.Name)
	}
	named := regexp.MustCompile(`(?m)^\t[vV]ar\w+ += "([A-Z_]+)"`).FindAllSubmatch(source, -1)
	if len(named) != len(declared) || len(named) == 0 {
		t.Errorf("%d constants, %d variables declared", len(named), len(declared))
	}
	for _, m := range named {
		if !slices.Contains(declared, string(m[1])) {
			t.Errorf("%s is read and not declared", m[1])
		}
	}
}

func TestSystemUnderGoTest(t *testing.T) {
	t.Setenv("MUXKEY_TEST_VARIABLE", "here")
	env := System()
	if got, ok := env.LookupEnv("MUXKEY_TEST_VARIABLE"); !ok || got != "here" {
		t.Errorf("variable is %q, %v", got, ok)
	}
	if d := time.Since(env.Now()); d < 0 || d > time.Minute {
		t.Errorf("clock is off by %v", d)
	}
	a, b := make([]byte, 32), make([]byte, 32)
	for _, p := range [][]byte{a, b} {
		if _, err := io.ReadFull(env.Rand, p); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Equal(a, b) {
		t.Error("randomness repeats")
	}
}

func TestOpenFDReadsOnAndLeavesTheDescriptorOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "two lines")
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	fd := int(f.Fd())
	for _, want := range []string{"one", "two"} {
		r, err := System().OpenFD(fd)
		if errors.Is(err, errors.ErrUnsupported) {
			t.Skip("no file descriptors on this system")
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readLine(r); got != want || err != nil {
			t.Errorf("read %q, %v; want %q", got, err, want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.Stat(); err != nil {
		t.Errorf("the descriptor was closed: %v", err)
	}
	for _, fd := range []int{-1, 9999} {
		if _, err := System().OpenFD(fd); err == nil || !strings.Contains(err.Error(), "file descriptor") {
			t.Errorf("opening %d: %v", fd, err)
		}
	}
}

func TestLabelsCannotSteerTheTerminal(t *testing.T) {
	if got := printable("password for a\x1b[2Jb\u202e.p12\n"); got != "password for a\ufffd[2Jb\ufffd.p12\ufffd" {
		t.Errorf("label became %q", got)
	}
	if got := printable("Schlüssel für 例え"); got != "Schlüssel für 例え" {
		t.Errorf("label became %q", got)
	}
}

func TestReadLineStopsAtTheLineEnd(t *testing.T) {
	for _, tt := range []struct {
		in, line, rest string
		err            error
	}{
		{"yes\nmore", "yes", "more", nil},
		{"yes\r\nmore", "yes", "more", nil},
		{"\n", "", "", nil},
		{"cut off", "", "", io.EOF},
		{"", "", "", io.EOF},
	} {
		r := strings.NewReader(tt.in)
		line, err := readLine(r)
		rest, _ := io.ReadAll(r)
		if line != tt.line || string(rest) != tt.rest || !errors.Is(err, tt.err) {
			t.Errorf("%q: line %q, rest %q, %v", tt.in, line, rest, err)
		}
	}
}

func TestDoubleAnswersInOrder(t *testing.T) {
	env, d := Test()
	ctx := t.Context()
	if _, err := env.Prompter.Password(ctx, "x"); !errors.Is(err, ErrNoTerminal) {
		t.Errorf("without answers: %v", err)
	}
	if len(d.Questions) != 0 {
		t.Errorf("asked %q on no terminal", d.Questions)
	}

	d.Answers = []string{"s3cret", "YES", "n", ""}
	if got, err := env.Prompter.Password(ctx, "store password"); got != "s3cret" || err != nil {
		t.Errorf("password is %q, %v", got, err)
	}
	for i, want := range []bool{true, false, false} {
		if got, err := env.Prompter.Confirm(ctx, "sure?"); got != want || err != nil {
			t.Errorf("answer %d is %v, %v", i, got, err)
		}
	}
	if _, err := env.Prompter.Confirm(ctx, "really?"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("after the last answer: %v", err)
	}
	want := []string{"store password", "sure?", "sure?", "sure?", "really?"}
	if !slices.Equal(d.Questions, want) {
		t.Errorf("questions were %q", d.Questions)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := env.Prompter.Password(ended, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestDoubleIsTheSameInEveryRun(t *testing.T) {
	var bytes [2][64]byte
	for i := range bytes {
		env, _ := Test()
		if _, err := io.ReadFull(env.Rand, bytes[i][:]); err != nil {
			t.Fatal(err)
		}
	}
	if bytes[0] != bytes[1] {
		t.Error("randomness differs between two Envs")
	}
	if slices.Equal(bytes[0][:32], bytes[0][32:]) {
		t.Error("randomness repeats")
	}

	env, d := Test()
	d.Time = d.Time.Add(time.Hour)
	if got := env.Now().Format(time.RFC3339); got != "2025-03-01T13:00:00Z" {
		t.Errorf("clock shows %s", got)
	}
	d.FDs[3] = d.In
	d.In.WriteString("content")
	r, err := env.OpenFD(3)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(r); string(got) != "content" {
		t.Errorf("descriptor 3 holds %q", got)
	}
	if _, err := env.OpenFD(4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("descriptor 4: %v", err)
	}
}

func TestNoTerminal(t *testing.T) {
	if _, err := (NoTerminal{}).Password(t.Context(), "x"); !errors.Is(err, ErrNoTerminal) {
		t.Errorf("password: %v", err)
	}
	if yes, err := (NoTerminal{}).Confirm(t.Context(), "x"); yes || !errors.Is(err, ErrNoTerminal) {
		t.Errorf("confirm: %v, %v", yes, err)
	}
}
