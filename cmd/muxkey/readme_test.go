package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pages are the files whose sessions are run.
var pages = []string{"../../README.md", "../../docs/ca.md", "../../docs/trust.md", "../../docs/lint.md", "../../docs/check.md", "../../docs/probe.md", "../../docs/keytool.md"}

// TestREADME runs what the README and the guides show. A block that is marked "console" is a
// session:
//
//	$ muxkey verify keystore.p12
//	muxkey: ...
//	[exit 4]
//
// All sessions of a file run in order in one shell and one directory. The lines below a
// command are what it prints, on either stream; "[exit N]" is its status when
// that is not 0; a line "..." stands for any lines. What differs from run to run
// is made the same on both sides first, see sameEveryRun. A block that needs a
// program which is not installed is skipped, or fails where peers are required.
//
// With -update what the files show is replaced where it is wrong.
func TestREADME(t *testing.T) {
	for _, path := range pages {
		t.Run(filepath.Base(path), func(t *testing.T) { runPage(t, path) })
	}
}

func runPage(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !*update {
		runSessions(t, path, string(text))
		return
	}
	sessions := slices.DeleteFunc(parseSessions(string(text)), func(s session) bool { return s.missingPeer() != "" })
	results, err := play(t, sessions)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(rewrite(string(text), sessions, results)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func runSessions(t *testing.T, path, text string) {
	t.Helper()
	sessions := parseSessions(text)
	if len(sessions) == 0 {
		t.Fatalf("%s has no console block", path)
	}
	var wanted []session
	for _, s := range sessions {
		if missing := s.missingPeer(); missing == "" {
			wanted = append(wanted, s)
		} else if interopRequired() {
			t.Errorf("%s:%d: %s", path, s.line, missing)
		} else {
			t.Run(fmt.Sprintf("line %d", s.line), func(t *testing.T) { t.Skip(missing) })
		}
	}
	results, err := play(t, wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range wanted {
		t.Run(fmt.Sprintf("line %d", s.line), func(t *testing.T) {
			for _, step := range s.steps {
				got := results[0]
				results = results[1:]
				if diff := step.compare(got); diff != "" {
					t.Errorf("%s:%d: $ %s\n%s", path, step.line, step.command, diff)
				}
			}
		})
	}
}

// session is a console block, step a command in it.
type session struct {
	line  int
	steps []step
}

type step struct {
	line    int // of the command; the last, when it has several
	command string
	shown   int // how many lines below it are shown
	output  []string
	status  int
}

type result struct {
	output []string
	status int
}

var exitLine = regexp.MustCompile(`^\[exit (\d+)\]$`)

func parseSessions(text string) []session {
	var sessions []session
	inside := false
	for i, line := range strings.Split(text, "\n") {
		if !inside {
			if inside = line == "```console"; inside {
				sessions = append(sessions, session{line: i + 1})
			}
			continue
		}
		s := &sessions[len(sessions)-1]
		last := len(s.steps) - 1
		command, isCommand := strings.CutPrefix(line, "$ ")
		more, isMore := strings.CutPrefix(line, "> ")
		switch {
		case line == "```":
			inside = false
		case isCommand:
			s.steps = append(s.steps, step{line: i + 1, command: command})
		case last < 0:
			s.steps = append(s.steps, step{line: i + 1, command: "false # the block begins with no command"})
		case isMore && s.steps[last].goesOn():
			s.steps[last].command += "\n" + more
			s.steps[last].line++
		default:
			s.steps[last].show(line)
		}
	}
	return sessions
}

// goesOn tells whether the next line belongs to the command as well: behind a
// backslash, and in a document that "EOF" ends.
func (s step) goesOn() bool {
	_, document, open := strings.Cut(s.command, "<<'EOF'")
	return strings.HasSuffix(s.command, `\`) || open && !strings.HasSuffix(document, "\nEOF")
}

// show takes a line below the command.
func (s *step) show(line string) {
	s.shown++
	if exit := exitLine.FindStringSubmatch(line); exit != nil {
		s.status, _ = strconv.Atoi(exit[1]) // it is digits
		return
	}
	s.output = append(s.output, line)
}

// assignment is a variable for one command.
var assignment = regexp.MustCompile(`^[A-Z_]+=`)

// missingPeer looks at the first word of each command, and behind each pipe.
func (s session) missingPeer() string {
	for _, step := range s.steps {
		command, _, _ := strings.Cut(step.command, "<<'EOF'")
		for part := range strings.SplitSeq(command, "|") {
			words := strings.Fields(part)
			for len(words) > 0 && assignment.MatchString(words[0]) {
				words = words[1:]
			}
			if len(words) == 0 {
				continue
			}
			switch words[0] {
			case "export", "cd", "umask": // the shell's own
			default:
				if missing := missingPeer(words[0]); missing != "" {
					return missing
				}
			}
		}
	}
	return ""
}

// play runs the steps in one shell, so that variables and directories stay.
func play(t *testing.T, sessions []session) ([]result, error) {
	t.Helper()
	const mark = "\x01end of step "
	var script strings.Builder
	steps := 0
	for _, s := range sessions {
		for _, step := range s.steps {
			fmt.Fprintf(&script, "{ %s\n} </dev/null\nprintf '%s%%d\\n' $?\n", step.command, mark)
			steps++
		}
	}
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), "sh", "-c", script.String())
	c.Dir = dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C.UTF-8", "TZ=UTC"}
	output, err := c.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	parts := strings.Split(string(output), mark)
	if len(parts) != steps+1 {
		return nil, fmt.Errorf("the shell ended after %d of %d commands:\n%s", len(parts)-1, steps, output)
	}
	results := make([]result, steps)
	for i := range results {
		// A part begins with the status of the step before it.
		_, text, _ := strings.Cut(parts[i], "\n")
		if i == 0 {
			text = parts[0]
		}
		if text = strings.TrimSuffix(text, "\n"); text != "" {
			results[i].output = strings.Split(text, "\n")
		}
		status, _, _ := strings.Cut(parts[i+1], "\n")
		if results[i].status, err = strconv.Atoi(status); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// rewrite shows the results where anything differs from them. It then shows all
// of one run, so that a fingerprint is the same in every session; only what is
// right and has "..." in it stays as it is.
func rewrite(text string, sessions []session, results []result) string {
	differs := false
	for i, step := range steps(sessions) {
		differs = differs || step.compare(results[i]) != ""
	}
	if !differs {
		return text
	}
	lines := strings.Split(text, "\n")
	var out []string
	done := 0
	for _, s := range sessions {
		for _, step := range s.steps {
			got := results[0]
			results = results[1:]
			out = append(out, lines[done:step.line]...)
			done = step.line
			if step.compare(got) == "" && slices.Contains(step.output, "...") {
				continue
			}
			done += step.shown
			out = append(out, got.output...)
			if got.status != 0 {
				out = append(out, fmt.Sprintf("[exit %d]", got.status))
			}
		}
	}
	return strings.Join(append(out, lines[done:]...), "\n")
}

func steps(sessions []session) []step {
	var out []step
	for _, s := range sessions {
		out = append(out, s.steps...)
	}
	return out
}

// compare says how a result differs from what the README shows, or nothing.
func (s step) compare(got result) string {
	if got.status != s.status || !alike(s.output, got.output) {
		show := func(lines []string, status int) string {
			return strings.Join(append(lines, fmt.Sprintf("[exit %d]", status)), "\n")
		}
		return "the README shows:\n" + show(s.output, s.status) + "\nand it prints:\n" + show(got.output, got.status)
	}
	return ""
}

func alike(want, got []string) bool {
	switch {
	case len(want) == 0:
		return len(got) == 0
	case want[0] == "...":
		return alike(want[1:], got) || len(got) > 0 && alike(want, got[1:])
	}
	return len(got) > 0 && sameEveryRun(want[0]) == sameEveryRun(got[0]) && alike(want[1:], got[1:])
}

// changing are the things that differ from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\b([0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}\b`), "HEX"},                                                                    // fingerprints and serials of other tools
	{regexp.MustCompile(`\b[0-9A-Fa-f]{16,}\b`), "HEX"},                                                                                       // those of ours
	{regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?( ?(Z|UTC))?)?\b`), "DATE"},                                              // RFC 3339, whole or in part
	{regexp.MustCompile(`\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?[A-Z][a-z]{2} [ \d]\d,? (\d{2}:\d{2}:\d{2} )?((UTC|GMT) )?\d{4}( GMT)?`), "DATE"}, // openssl, keytool
	{regexp.MustCompile(`[ \t]+$`), ""},
}

func sameEveryRun(line string) string {
	for _, c := range changing {
		line = c.pattern.ReplaceAllString(line, c.instead)
	}
	return line
}

// The runner itself: README-like files that must pass, and one change in them
// that must not.
func TestSessions(t *testing.T) {
	good, err := os.ReadFile("testdata/readme/good.md")
	if err != nil {
		t.Fatal(err)
	}
	runSessions(t, "testdata/readme/good.md", string(good))

	sessions := parseSessions(string(good))
	for _, change := range []struct{ old, instead string }{
		{`there is no command "vresion"`, `there is no command "version"`},
		{"hint: did you mean: muxkey version\n", ""},
		{"[exit 2]\n", ""},
		{"[exit 2]\n", "[exit 3]\n"},
		{"two\n", "two\nthree\n"},
		{"first\n...\nlast\n", "first\n"},
		{"second block\n", "first block\n"},
		{"serial HEX", "serial 0123"},
	} {
		bad := strings.Replace(string(good), change.old, change.instead, 1)
		if bad == string(good) {
			t.Errorf("%q does not occur", change.old)
			continue
		}
		changed := parseSessions(bad)
		results, err := play(t, changed)
		if err != nil {
			t.Fatal(err)
		}
		differs := false
		for _, s := range changed {
			for _, step := range s.steps {
				differs = differs || step.compare(results[0]) != ""
				results = results[1:]
			}
		}
		if !differs {
			t.Errorf("%q instead of %q was not noticed", change.instead, change.old)
		}
		if results, err = play(t, changed); err != nil {
			t.Fatal(err)
		}
		runSessions(t, "rewritten", rewrite(bad, changed, results))
	}
	if len(sessions) != 2 || len(parseSessions("```sh\n$ rm -r x\n```\n    $ ls\n")) != 0 {
		t.Errorf("%d blocks were read", len(sessions))
	}
	lost := []session{{steps: []step{{command: "no-such-peer | cat"}}}}
	if got := lost[0].missingPeer(); got != "no-such-peer is not installed" {
		t.Errorf("got %q", got)
	}
	if _, err := play(t, []session{{steps: []step{{command: "exit"}, {command: "true"}}}}); err == nil {
		t.Error("a shell that ends early was not noticed")
	}
	if matches, err := filepath.Glob("testdata/readme/*.md"); err != nil || len(matches) != 1 {
		t.Errorf("%v, %v: each file there must be tried", matches, err)
	}
}
