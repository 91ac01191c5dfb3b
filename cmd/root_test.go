package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muxkey/internal/console"
)

// run is a run of the program with words as its arguments.
func run(t *testing.T, words ...string) (status Status, out, err string) {
	t.Helper()
	env, d := console.Test()
	status = Status(Main(t.Context(), words, env))
	return status, d.Out.String(), d.Err.String()
}

func TestWrongUsage(t *testing.T) {
	for _, tt := range []struct {
		args       string
		says, hint string
	}{
		{"vresion", `there is no command "vresion"`, "did you mean: muxkey version"},
		{"frobnicate", `there is no command "frobnicate"`, "muxkey --help"},
		{"vresion --password pass:s3cret-word", `there is no command "vresion"`, "did you mean: muxkey version"},
		{"help vresion", `there is no command "vresion"`, "did you mean: muxkey version"},
		{"man vresion", `there is no command "vresion"`, "did you mean: muxkey version"},
		{"man version --out d", "--out writes all pages; leave COMMAND out", "muxkey man --help"},
		{"version --jsn", "there is no flag --jsn", "did you mean --json?"},
		{"version --frobnicate", "there is no flag --frobnicate", "muxkey version --help"},
		{"version -ps3cret-word", "there is no flag -p", "muxkey version --help"},
		{"version ---s3cret-word", "a flag is written --name or --name=value", "muxkey version --help"},
		{"version --format", "--format needs a value", "muxkey version --help"},
		{"version -f", "--format needs a value", "muxkey version --help"},
		{"version -f yml", `--format: there is no report format "yml"; there are table, json, yaml, cbom, sarif, junit, checkstyle, github, gitlab, markdown, html, jsonl, csv, prometheus, openmetrics, nagios, ics (did you mean yaml?)`, "muxkey version --help"},
		{"version --json=perhaps", `--json "perhaps": invalid syntax`, "muxkey version --help"},
		{"version -f yaml --json", "--format and --json both choose the form of the report", "muxkey version --help"},
		{"version one s3cret-word", "version takes no arguments, and there are 2", "muxkey version --help"},
		{"completion", "completion needs SHELL", "muxkey completion --help"},
		{"completion bash s3cret-word", "completion takes SHELL and no more, and there are 2 arguments", "muxkey completion --help"},
		{"completion fihs", `there is no completion for the shell "fihs"`, "did you mean fish?"},
		{"completion elvish", `there is no completion for the shell "elvish"`, "there are bash, zsh, fish, powershell"},
	} {
		args := strings.Fields(tt.args)
		want := "muxkey: " + tt.says + "\nhint: " + tt.hint + "\n"
		status, out, text := run(t, args...)
		if strings.HasSuffix(tt.args, " --json") {
			want = text // JSON
		}
		if status != StatusUsage || out != "" || text != want {
			t.Errorf("%s: status %d, output %q, and\n%swant\n%s", tt.args, status, out, text, want)
		}
		status, out, text = run(t, append([]string{"--json"}, args...)...)
		if strings.Contains(text, "s3cret") {
			t.Errorf("%s: shows what may be a password: %s", tt.args, text)
		}
		if strings.Contains(tt.args, "--json=") {
			continue
		}
		var got struct {
			SchemaVersion int
			Error         diagnosis
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("--json %s: status %d, output %q, and no JSON: %s", tt.args, status, out, text)
			continue
		}
		if got.SchemaVersion != 1 || got.Error.Status != StatusUsage || got.Error.Kind != "usage" || got.Error.Message == "" {
			t.Errorf("--json %s: got %+v", tt.args, got)
		}
	}
}

// Every group answers an unknown word with the nearest right one; cobra would
// print help and exit with 0.
func TestGroups(t *testing.T) {
	env, d := console.Test()
	root := New(env)
	group := &cobra.Command{Use: "trust", Args: knownWord, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	group.AddCommand(&cobra.Command{Use: "add", Run: func(*cobra.Command, []string) {}})
	root.AddCommand(group)
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.HasAvailableSubCommands() {
			root.SetArgs(append(strings.Fields(words(c)), "xyzzy"))
			if f, ok := errors.AsType[*Failure](root.Execute()); !ok || f.Status != StatusUsage {
				t.Errorf("%s xyzzy is no usage error, and printed %s", c.CommandPath(), d.Out)
			}
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(root)
	if err := unknownWord(group, "ad").Error(); err != `there is no command "trust ad"` {
		t.Error(err)
	}
}

// A start makes only the command that it is for, which has to be the same command
// as in the whole tree.
func TestOneCommandOfTheTree(t *testing.T) {
	env, _ := console.Test()
	made := map[string]bool{}
	for _, group := range commandGroups() {
		for _, c := range group.commands {
			made[c.name] = true
			only := alone([]string{c.name, "help"})
			if c.asksOthers != (only == "") {
				t.Errorf("%s: made alone: %t", c.name, only != "")
			}
			if only == "" {
				continue
			}
			root := newRoot(env, only)
			if n := len(root.Commands()); n != 1 {
				t.Errorf("%s: %d commands are made", c.name, n)
			}
			if diff := cmp.Diff(outline(New(env), c.name), outline(root, c.name)); diff != "" {
				t.Errorf("%s differs (-in the tree +alone):\n%s", c.name, diff)
			}
		}
	}
	for _, c := range New(env).Commands() {
		if !made[c.Name()] {
			t.Errorf("%s is in the tree under another name", c.Name())
		}
	}
	for _, words := range []string{"", "--json version", "-f create", "vresion", "help version", "__complete version"} {
		if only := alone(strings.Fields(words)); only != "" {
			t.Errorf("%q makes %s alone", words, only)
		}
	}
}

// outline is what the help shows of a command and of those below it.
func outline(root *cobra.Command, name string) []string {
	found, _, err := root.Find([]string{name})
	if err != nil || found == root {
		return []string{"there is no " + name}
	}
	var out []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		out = append(out, c.CommandPath(), c.GroupID, c.Long, c.UsageString())
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(found)
	return out
}

func TestHelpAndVersion(t *testing.T) {
	_, help, _ := run(t)
	for _, args := range []string{"", "help", "--help", "-h"} {
		if status, out, err := run(t, strings.Fields(args)...); status != StatusDone || out != help || err != "" {
			t.Errorf("muxkey %s: status %d, output %q, error %q", args, status, out, err)
		}
	}
	_, usage, _ := run(t, "version", "--help")
	if status, out, err := run(t, "help", "version"); status != StatusDone || out != usage || err != "" {
		t.Errorf("muxkey help version: status %d, output\n%swant\n%s, error %q", status, out, usage, err)
	}
	for _, format := range []string{"table", "json", "yaml"} {
		_, version, _ := run(t, "version", "-f", format)
		if status, out, err := run(t, "--version", "-f", format); status != StatusDone || out != version || err != "" {
			t.Errorf("muxkey --version -f %s: status %d, output %q, error %q", format, status, out, err)
		}
		if !strings.Contains(version, "linux") && !strings.Contains(version, "/") {
			t.Errorf("version -f %s tells no platform: %q", format, version)
		}
	}
}

// A full disk must not look like success, whoever writes.
func TestFullDisk(t *testing.T) {
	for _, args := range []string{"", "help version", "version", "--version --json", "completion zsh", "man"} {
		env, d := console.Test()
		env.Out = brokenWriter{}
		status := Main(t.Context(), strings.Fields(args), env)
		if status != int(StatusOutput) || !strings.Contains(d.Err.String(), "writing to standard output: the disk is full") {
			t.Errorf("muxkey %s: status %d, error %q", args, status, d.Err)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestInterrupted(t *testing.T) {
	env, d := console.Test()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status := Main(ctx, []string{"man", "--out", t.TempDir()}, env); status != int(StatusInterrupted) {
		t.Errorf("status %d, error %q", status, d.Err)
	}
}

// Cobra's own checks have no typed errors, and are wrong usage all the same.
func TestRequiredFlag(t *testing.T) {
	env, _ := console.Test()
	root := New(env)
	c := &cobra.Command{Use: "new", RunE: func(*cobra.Command, []string) error { return nil }}
	c.Flags().String("must", "", "")
	if err := c.MarkFlagRequired("must"); err != nil {
		t.Fatal(err)
	}
	root.AddCommand(c)
	started := markStart(root)
	root.SetArgs([]string{"new"})
	if err := root.Execute(); err == nil || *started {
		t.Errorf("error %v, started %v", err, *started)
	}
	root.SetArgs([]string{"new", "--must", "x"})
	if err := root.Execute(); err != nil || !*started {
		t.Errorf("error %v, started %v", err, *started)
	}
}

func TestCommandsAreDocumented(t *testing.T) {
	env, _ := console.Test()
	root := New(env)
	flags := map[string]*pflag.Flag{}
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the short text is missing, or ends with a full stop", c.CommandPath())
		}
		if c.HasParent() && !c.Parent().HasParent() && c.GroupID == "" {
			t.Errorf("%s stands in no group of the help", c.CommandPath())
		}
		if strings.Contains(c.Name(), "-") {
			t.Errorf("%s: the manual page of a name with a hyphen could be that of another command", c.CommandPath())
		}
		if !c.Runnable() {
			t.Errorf("%s does nothing, which cobra answers with help and status 0", c.CommandPath())
		}
		for line := range strings.SplitSeq(c.Long+"\n"+c.Example, "\n") {
			if len([]rune(line)) > 80 {
				t.Errorf("%s: longer than 80 columns: %s", c.CommandPath(), line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s has no description", c.CommandPath(), f.Name)
			}
			// A flag means the same in every command, so it has one letter and
			// one type; it may be repeatable in some.
			first, ok := flags[f.Name]
			if !ok {
				flags[f.Name] = f
			} else if diff := cmp.Diff([]string{first.Shorthand, strings.TrimSuffix(first.Value.Type(), "Array")}, []string{f.Shorthand, strings.TrimSuffix(f.Value.Type(), "Array")}); diff != "" {
				t.Errorf("%s: --%s is not what it is elsewhere:\n%s", c.CommandPath(), f.Name, diff)
			}
		})
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(root)
	if len(flags) < 4 {
		t.Errorf("only %d flags were looked at", len(flags))
	}
}

func TestJSONIsAskedFor(t *testing.T) {
	for args, want := range map[string]bool{
		"":                            false,
		"version":                     false,
		"version --json":              true,
		"--json version":              true,
		"version -f json":             true,
		"version -fjson":              true,
		"version --format=json":       true,
		"version -f yaml":             false,
		"version --wrong -f json":     true,
		"version --wrong x --json":    true,
		"version --json=false":        false,
		"version -- --json":           false,
		"create --wrong=1 -x --json ": true,
	} {
		if got := wantsJSON(strings.Fields(args)); got != want {
			t.Errorf("%q: %v, want %v", args, got, want)
		}
	}
}
