package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"muxkey/cmd"
	"muxkey/internal/acme/pebble"
	"muxkey/internal/console"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in the scripts")

func TestMain(m *testing.M) {
	if cmd.CalledKeytool(os.Args[0]) {
		muxkey()
	}
	testscript.Main(m, map[string]func(){"muxkey": muxkey, "pebble-hook": pebbleHook, "get-by-go": getByGo})
}

// The variables that the test's muxkey understands. They are read here, so the
// one that is shipped knows nothing of them.
const (
	clockVar = "CLOCK" // "system", or the time in RFC 3339; without it, noon on 1 March 2025 UTC
	leakVar  = "LEAKS" // the directory for reports of passwords that were shown
)

// muxkey is the program as the scripts and the README run it: the real one, with
// a clock that stands still and a watch on what it says.
func muxkey() {
	env := console.System()
	switch clock := os.Getenv(clockVar); clock {
	case "system":
	case "":
		now := time.Date(2025, time.March, 1, 12, 0, 0, 0, time.UTC)
		env.Now = func() time.Time { return now }
	default:
		now, err := time.Parse(time.RFC3339, clock)
		if err != nil {
			panic(err)
		}
		env.Now = func() time.Time { return now }
	}
	start := time.Now()
	var said, typed bytes.Buffer
	var prompted []string
	env.Out = io.MultiWriter(env.Out, &said)
	env.Err = io.MultiWriter(env.Err, &said)
	env.In = io.TeeReader(env.In, &typed)
	env.Prompter = listener{env.Prompter, &prompted}
	openFD := env.OpenFD
	env.OpenFD = func(fd int) (io.ReadCloser, error) {
		stream, err := openFD(fd)
		if err != nil {
			return nil, err
		}
		return overheard{io.TeeReader(stream, &typed), stream}, nil
	}

	status := run(env)

	if dir := os.Getenv(leakVar); dir != "" {
		if report := leaks(os.Args[1:], append(prompted, strings.Split(typed.String(), "\n")...), said.Bytes(), start); report != "" {
			if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(os.Getpid())), []byte(report), 0o600); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(status)
}

// listener is a Prompter that remembers the passwords that were typed.
type listener struct {
	console.Prompter
	heard *[]string
}

func (l listener) Password(ctx context.Context, label string) (string, error) {
	password, err := l.Prompter.Password(ctx, label)
	*l.heard = append(*l.heard, password)
	return password, err
}

// overheard is a stream of which a copy is kept.
type overheard struct {
	io.Reader
	io.Closer
}

// leaks says which passwords a command has shown, or written to a file that was
// not asked for as a password file; empty when none.
func leaks(args, heard []string, said []byte, start time.Time) string {
	found, files := passwords(args, os.LookupEnv, heard)
	for _, p := range found {
		if holds(said, p) {
			return fmt.Sprintf("muxkey %s showed the password %q:\n%s", strings.Join(args, " "), p, said)
		}
	}
	report := ""
	_ = filepath.WalkDir(os.Getenv("WORK"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // it went away, or cannot be entered: nothing was written there
		}
		info, err := d.Info()
		if err != nil || info.ModTime().Before(start) || slices.ContainsFunc(files, func(name string) bool {
			asked, err := os.Stat(name)
			return err == nil && os.SameFile(asked, info)
		}) {
			return nil //nolint:nilerr // as above
		}
		data, err := os.ReadFile(path)
		for _, p := range found {
			if err == nil && holds(data, p) {
				report = fmt.Sprintf("muxkey %s wrote the password %q to %s", strings.Join(args, " "), p, path)
			}
		}
		return nil
	})
	return report
}

// holds looks for a password as it is and in the forms in which it would be
// shown by accident.
func holds(data []byte, password string) bool {
	wide := make([]byte, 0, 2*len(password))
	for _, c := range []byte(password) {
		wide = append(wide, 0, c)
	}
	forms := [][]byte{
		[]byte(password), wide, []byte(hex.EncodeToString([]byte(password))),
		[]byte(base64.RawStdEncoding.EncodeToString([]byte(password))),
		[]byte(strings.Trim(fmt.Sprintf("%d", []byte(password)), "[]")),
	}
	return slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(data, form) })
}

// shortest is the length from which on a password is looked for in the output;
// shorter ones would be found by chance.
const shortest = 6

// passwords finds the passwords that a command line is about: those that its
// arguments hold or name, $MUXKEY_PASSWORD, $HSM_PIN, and what was typed or came
// through a descriptor; and the files that passwords may be in.
func passwords(args []string, lookupEnv func(string) (string, bool), heard []string) (found, files []string) {
	firstLine := func(s string) string {
		line, _, _ := strings.Cut(s, "\n")
		return strings.TrimSuffix(line, "\r")
	}
	flag := ""
	for _, arg := range args {
		before := flag
		flag = arg
		if name, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(name, "--") {
			before, arg = name, value
		}
		kind, rest, _ := strings.Cut(arg, ":")
		switch kind {
		case "pass":
			found = append(found, rest)
		case "env":
			value, _ := lookupEnv(rest)
			found = append(found, value)
		case "file":
			text, _ := os.ReadFile(rest) // where there is none, none can be shown
			found, files = append(found, firstLine(string(text))), append(files, rest)
		case "stdin", "fd", "prompt":
			found = append(found, heard...)
		}
		if before == "--generate-password" {
			text, _ := os.ReadFile(arg)
			found, files = append(found, firstLine(string(text))), append(files, arg)
		}
	}
	if cmd.CalledKeytool(os.Args[0]) || len(args) > 0 && args[0] == "keytool" {
		found = append(found, keytoolPasswords(args, lookupEnv)...)
	}
	for _, name := range []string{console.VarPassword, pinVar} {
		value, _ := lookupEnv(name)
		found = append(found, value)
	}
	return slices.DeleteFunc(found, func(p string) bool { return len(p) < shortest }), files
}

// TestScript runs the stories. testdata/script/README.md says how to write one.
func TestScript(t *testing.T) {
	stories, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatalf("no stories found: %v", err)
	}
	if testing.Short() && !interopRequired() {
		all := len(stories)
		stories = slices.DeleteFunc(stories, func(path string) bool { return strings.HasPrefix(filepath.Base(path), "interop-") })
		t.Logf("-short leaves out %d stories that meet other programs", all-len(stories))
	}
	fixtures, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	called := standIn(t)
	leaks := t.TempDir()
	t.Cleanup(func() { // after the stories, which run in parallel
		for _, report := range leaked(t, leaks) {
			t.Error(report)
		}
	})
	testscript.Run(t, testscript.Params{
		Files:               stories,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands(),
		Condition:           judged,
		Setup: func(e *testscript.Env) error {
			e.Setenv("FIXTURES", fixtures)
			e.Setenv("JARS", jars)
			e.Setenv(standInVar, called)
			e.Setenv(jdkVar, jdk())
			e.Setenv("HOOKS", filepath.Join(fixtures, "../.pre-commit-hooks.yaml"))
			e.Setenv(leakVar, leaks)
			e.Values[tKey{}] = e.T()
			return nil
		},
	})
}

func leaked(t *testing.T, dir string) []string {
	t.Helper()
	reports, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, path := range reports {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// commands are those that the stories have besides testscript's.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "peer": peer, "pebble": startPebble, "pack": pack, "softhsm": startSoftHSM, "free-port": freePort, "serve": serve}
}

// freePort sets a variable to a port of the loopback address on which nobody
// listens at the moment.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: free-port VARIABLE")
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Check(l.Close())
}

// tKey is the key under which a story keeps its test.
type tKey struct{}

// exits runs a program that must end with that very status. testscript's own "!"
// takes any but 0.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARGUMENT...]: %v", err)
	}
	got, err := statusOf(ts.Exec(args[1], args[2:]...))
	if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func statusOf(err error) (int, error) {
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // *exec.ExitError is never wrapped
		return exit.ExitCode(), nil
	}
	return 0, err
}

// peer ends a story that needs a program or library which is not there:
// skipped by its name, or failed where all peers are required.
func peer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: peer NAME...")
	}
	for _, name := range args {
		switch missing := missingPeer(name); {
		case missing == "":
		case interopRequired():
			ts.Fatalf("%s", missing)
		default:
			ts.Value(tKey{}).(testscript.T).Skip(missing)
		}
	}
}

func missingPeer(name string) string {
	switch name {
	case "pebble":
		return pebble.Missing()
	case "softhsm":
		return missingSoftHSM()
	}
	if _, err := exec.LookPath(name); err == nil {
		return ""
	}
	for _, library := range []string{filepath.Join(jars, name+".jar"), filepath.Join("/usr/lib/python3/dist-packages", name), filepath.Join("/usr/share/perl5", name)} {
		if _, err := os.Stat(library); err == nil {
			return ""
		}
	}
	return name + " is not installed"
}

// jars is where Debian keeps Java libraries (its Java policy, chapter 2). Those of
// its Python and its Perl have their places as well.
const jars = "/usr/share/java"

func interopRequired() bool { return os.Getenv("MUXKEY_INTEROP") == "require" }

// The harness itself: what it is there to catch it must catch.
func TestHarness(t *testing.T) {
	unknown := `"beside" is unknown`
	if missing := pebble.Missing(); missing != "" {
		unknown = "SKIP: " + missing
	}
	noTokens := ""
	if missing := missingSoftHSM(); missing != "" {
		noTokens = "SKIP: " + missing
	}
	for _, tt := range []struct {
		name, script, fails string
		require             bool
	}{
		{"right status", "exits 2 muxkey frobnicate\nstderr 'no command'\n", "", false},
		{"wrong status", "exits 3 muxkey frobnicate\n", "exit status 2, want 3", false},
		{"success", "exits 3 muxkey version\n", "exit status 0, want 3", false},
		{"no such program", "exits 127 muxkey-frobnicate\n", "executable file not found", false},
		{"implicit run", "muxkey version\n", "RequireExplicitExec", false},
		{"peer", "peer sh\nexec sh -c true\n", "", false},
		{"missing peer", "peer sh no-such-peer\nexec false\n", "SKIP: no-such-peer is not installed", false},
		{"missing peer, required", "peer sh no-such-peer\n", "no-such-peer is not installed", true},
		{"pebble", "peer pebble\npebble eab profile=short:6h alternates=1 blocked=no.example\nexists $ACME_CA $ACME_ROOT\nexec pebble-hook present a.example v\n", "", false},
		{"pebble's options", "peer pebble\npebble beside=me\n", unknown, false},
		{"pebble's hook", "! exec pebble-hook present a.example\nstderr usage\n", "", false},
		{"softhsm", "peer softhsm\nsofthsm CA\nexists $SOFTHSM2_CONF $HSM_MODULE\n", noTokens, false},
		{"softhsm without a token", "softhsm\n", "usage: softhsm", false},
		{"leak of a PIN", "env HSM_PIN=s3cret-word\nexits 2 muxkey s3cret-word\n", "showed", false},
		{"leak", "exits 2 muxkey s3cret-word --password pass:s3cret-word\n", `showed the password "s3cret-word"`, false},
		{"leak from the environment", "env MUXKEY_PASSWORD=s3cret-word\nexits 2 muxkey s3cret-word\n", "showed", false},
		{"leak from a file", "exits 2 muxkey s3cret-word --password=file:pw\n-- pw --\ns3cret-word\n", "showed", false},
		{"leak of a generated one", "exits 2 muxkey s3cret-word --generate-password pw\n-- pw --\ns3cret-word\n", "showed", false},
		{"leak of a generated one behind =", "exits 2 muxkey s3cret-word --generate-password=pw\n-- pw --\ns3cret-word\n", "showed", false},
		{"leak into a file", "env MUXKEY_PASSWORD=s3cret-word\nexec muxkey create mux.example.com -o x.p12\nexec muxkey secret import x.p12 key --alias a --type hmac-sha256\nexec muxkey secret export x.p12 --alias a -o out\n-- key --\ns3cret-word\n", "wrote the password", false},
		{"leak through a descriptor", "exec sh -c 'muxkey create s3cret-word.example --password fd:3 3<pw'\n-- pw --\ns3cret-word\n", "showed", false},
		{"leak in another form", "exits 2 muxkey 7333637265742d776f7264 --password pass:s3cret-word\n", "showed", false},
		{"a password file is none", "exec muxkey create mux.example.com --generate-password=pw\n", "", false},
		{"leak through a variable", "env PW=s3cret-word\nexits 2 muxkey s3cret-word --password env:PW\n", "showed", false},
		{"no leak", "env MUXKEY_PASSWORD=s3cret-word\nexits 2 muxkey frobnicate --password pass:s3cret-too\n", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.require {
				t.Setenv("MUXKEY_INTEROP", "require")
			} else {
				t.Setenv("MUXKEY_INTEROP", "")
			}
			file := filepath.Join(t.TempDir(), "story.txtar")
			if err := os.WriteFile(file, []byte(tt.script), 0o600); err != nil {
				t.Fatal(err)
			}
			leaks := t.TempDir()
			got := inner{}
			func() {
				defer func() {
					if r := recover(); r != nil && r != errEndOfStory { //nolint:errorlint // the very value
						panic(r)
					}
				}()
				testscript.RunT(&got, testscript.Params{
					Files: []string{file}, RequireExplicitExec: true,
					Cmds: commands(),
					Setup: func(e *testscript.Env) error {
						e.Setenv(leakVar, leaks)
						e.Values[tKey{}] = e.T()
						return nil
					},
				})
			}()
			for _, report := range leaked(t, leaks) {
				got.failed = true
				fmt.Fprintln(&got.log, report)
			}
			if !strings.Contains(got.log.String(), tt.fails) || got.failed != (tt.fails != "" && !strings.HasPrefix(tt.fails, "SKIP")) {
				t.Errorf("failed: %v, want %q in:\n%s", got.failed, tt.fails, got.log.String())
			}
		})
	}
}

// inner is a test within the test, which may fail.
type inner struct {
	log    strings.Builder
	failed bool
}

var errEndOfStory = errors.New("end of story")

func (i *inner) Skip(args ...any) {
	fmt.Fprintln(&i.log, append([]any{"SKIP:"}, args...)...)
	panic(errEndOfStory)
}
func (i *inner) Fatal(args ...any)                      { i.Log(args...); i.FailNow() }
func (i *inner) Parallel()                              {}
func (i *inner) Log(args ...any)                        { fmt.Fprintln(&i.log, args...) }
func (i *inner) FailNow()                               { i.failed = true; panic(errEndOfStory) }
func (i *inner) Run(_ string, story func(testscript.T)) { story(i) }
func (i *inner) Verbose() bool                          { return true }

// Each exit status must have a story that reaches it.
func TestStoriesReachEveryStatus(t *testing.T) {
	stories, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	reached := map[cmd.Status]string{
		cmd.StatusDone:        "every exec",
		cmd.StatusInterrupted: "TestInterrupt",
	}
	for _, story := range stories {
		text, err := os.ReadFile(story)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^exits (\d+) `).FindAllSubmatch(text, -1) {
			status, err := strconv.Atoi(string(match[1]))
			if err != nil {
				t.Fatal(err)
			}
			reached[cmd.Status(status)] = story
		}
	}
	for _, k := range cmd.Kinds() {
		if reached[k.Status] == "" {
			t.Errorf("no story reaches status %d, as for: %s", k.Status, k.Doc)
		}
	}
}

// Ctrl-C ends the program with status 130 wherever it is; here it waits for a
// password.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the test knows how much a pipe takes on Linux")
	}
	for _, sig := range []os.Signal{os.Interrupt} {
		c := exec.CommandContext(t.Context(), "muxkey", "create", "mux.example.com", "--password", "stdin")
		c.Dir = t.TempDir()
		var stderr bytes.Buffer
		c.Stderr = &stderr
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// A pipe takes 64 KiB. More has been written only when the program is
		// reading, and by then it listens to signals.
		if _, err := in.Write(make([]byte, 64<<10+4096)); err != nil {
			t.Fatalf("%v: %s", err, stderr.Bytes())
		}
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if status, err := statusOf(c.Wait()); err != nil || status != 130 {
			t.Errorf("%v: status %d, %v: %s", sig, status, err, stderr.Bytes())
		}
		if left, err := os.ReadDir(c.Dir); err != nil || len(left) > 0 {
			t.Errorf("%v: left behind %v, %v", sig, left, err)
		}
	}
}
