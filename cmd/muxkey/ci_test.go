package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// dangerous is a repository in which something is to be found.
func dangerous(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fetch.sh"), []byte("#!/bin/sh\ncurl --insecure https://mux.example.com/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// self is a directory with this program in it, called muxkey.
func self(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "muxkey"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// action is a composite action of GitHub.
type action struct {
	dir     string
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, Shell, Run string
			Env            map[string]string
		}
	}
}

func readAction(t *testing.T, dir string) action {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	if a.dir, err = filepath.Abs(dir); err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs the steps as a runner does: each expression becomes what it stands for,
// and outputs go to the next step. The output has the summary behind it.
func (a action) run(t *testing.T, dir string, inputs map[string]string) (values map[string]string, output string, failed bool) {
	t.Helper()
	temp := t.TempDir()
	values = map[string]string{"github.action_path": a.dir, "runner.temp": temp}
	for name, in := range a.Inputs {
		values["inputs."+name] = in.Default
		if v, ok := inputs[name]; ok {
			values["inputs."+name] = v
		}
	}
	expression := regexp.MustCompile(`\$\{\{\s*([a-z0-9_.-]+)\s*\}\}`)
	for _, step := range a.Runs.Steps {
		if expression.MatchString(step.Run) {
			t.Fatalf("the step %s has an expression in its script, where it would be run", step.ID)
		}
		out := filepath.Join(temp, "output")
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GITHUB_OUTPUT="+out, "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"))
		for name, v := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+expression.ReplaceAllStringFunc(v, func(e string) string {
				v, ok := values[expression.FindStringSubmatch(e)[1]]
				if !ok {
					t.Errorf("nothing sets %s", e)
				}
				return v
			}))
		}
		text, err := cmd.CombinedOutput()
		output += string(text)
		lines, _ := os.ReadFile(out) // missing where a step has none
		for line := range strings.Lines(string(lines)) {
			name, v, _ := strings.Cut(strings.TrimSpace(line), "=")
			values["steps."+step.ID+".outputs."+name] = v
		}
		if err != nil {
			failed = true
			break
		}
	}
	summary, _ := os.ReadFile(filepath.Join(temp, "summary"))
	return values, output + string(summary), failed
}

func TestGitHubAction(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it builds the program")
	}
	action := readAction(t, "../..")
	run := action.run
	dir := dangerous(t)
	values, output, failed := run(t, dir, nil)
	if !failed || !strings.Contains(output, "::error file=fetch.sh,line=2,") || !strings.Contains(output, "| `fetch.sh:2:6` | high |") {
		t.Errorf("failed %v:\n%s", failed, output)
	}
	sarif, err := os.ReadFile(filepath.Join(dir, values["steps.lint.outputs.sarif-file"]))
	if err != nil || !json.Valid(sarif) || !strings.Contains(string(sarif), "MUX-CURL-001") {
		t.Errorf("%v\n%s", err, sarif)
	}
	if _, output, failed := run(t, dir, map[string]string{"fail-on": "never", "paths": "fetch.sh"}); failed {
		t.Errorf("--fail-on never fails:\n%s", output)
	}
	if _, output, failed := run(t, dir, map[string]string{"paths": "$(touch pwned) ; touch pwned"}); !failed {
		t.Errorf("a path that is not there passes:\n%s", output)
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("what stood in an input was run")
	}
}

// job is one of GitLab CI/CD.
type job struct {
	Variables map[string]string
	Script    []string
	Artifacts struct {
		Paths   []string
		Reports map[string]string
	}
}

// readTemplate is the job of a component, with some inputs.
func readTemplate(t *testing.T, path, name string, inputs map[string]string) job {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header, body, ok := strings.Cut(string(data), "\n---\n")
	if !ok {
		t.Fatal("there is no header with inputs")
	}
	var spec struct {
		Spec struct {
			Inputs map[string]struct{ Default *string }
		}
	}
	if err := yaml.Unmarshal([]byte(header), &spec); err != nil {
		t.Fatal(err)
	}
	for name, in := range spec.Spec.Inputs {
		value := "given"
		if in.Default != nil {
			value = *in.Default
		}
		if v, ok := inputs[name]; ok {
			value = v
		}
		body = strings.ReplaceAll(body, fmt.Sprintf("$[[ inputs.%s ]]", name), fmt.Sprintf("%q", value))
	}
	if strings.Contains(body, "$[[") {
		t.Fatalf("an input has no header:\n%s", body)
	}
	var jobs map[string]job
	if err := yaml.Unmarshal([]byte(body), &jobs); err != nil {
		t.Fatal(err)
	}
	return jobs[name]
}

// run runs the script in a shell as a runner's does, and returns its output and status.
func (j job) run(t *testing.T, dir string, env ...string) (output string, status int) {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", strings.Join(j.Script, "\n"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	for name, v := range j.Variables {
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	out, err := cmd.CombinedOutput()
	status, err = statusOf(err)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), status
}

func TestGitLabTemplate(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it builds the program")
	}
	job := readTemplate(t, "../../templates/lint.yml", "muxkey-lint", nil)
	dir := dangerous(t)
	out, code := job.run(t, dir, "PATH="+self(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
	if code != 1 {
		t.Errorf("status %d:\n%s", code, out)
	}
	var issues []struct {
		Fingerprint string
		Location    struct{ Path string }
	}
	report, err := os.ReadFile(filepath.Join(dir, job.Artifacts.Reports["codequality"]))
	if err != nil || json.Unmarshal(report, &issues) != nil || len(issues) != 1 || issues[0].Location.Path != "fetch.sh" || issues[0].Fingerprint == "" {
		t.Errorf("%v\n%s", err, report)
	}
	if junit, err := os.ReadFile(filepath.Join(dir, job.Artifacts.Reports["junit"])); err != nil || !strings.Contains(string(junit), `failures="1"`) {
		t.Errorf("%v\n%s", err, junit)
	}
}
