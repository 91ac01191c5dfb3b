package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// fleet is a repository with a policy for three keystores, of which one ends in five
// days. The password is in $STORE_PW.
func fleet(t *testing.T) string {
	t.Helper()
	t.Setenv("STORE_PW", "correct-horse")
	dir := t.TempDir()
	for host, days := range map[string]string{"mux": "397", "gms": "397", "old": "5"} {
		cmd := exec.Command("muxkey", "create", host+".example.com", "--days", days, "-o", host+".p12", "--password", "env:STORE_PW")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	write(t, filepath.Join(dir, "muxkey.yaml"), "defaults: {password: \"env:STORE_PW\", warn-days: 30}\ntargets: [{path: \"*.p12\"}]\n")
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func shows(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("there is no %q in:\n%s", w, text)
		}
	}
}

func TestCheckAction(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it builds the program")
	}
	action := readAction(t, "../../check")
	dir := fleet(t)
	ours, err := exec.LookPath("muxkey")
	if err != nil {
		t.Fatal(err)
	}
	with := func(inputs map[string]string) map[string]string {
		out := map[string]string{"muxkey": ours}
		maps.Copy(out, inputs)
		return out
	}
	values, output, failed := action.run(t, dir, with(map[string]string{"html-file": "check.html"}))
	if !failed {
		t.Errorf("it passes:\n%s", output)
	}
	shows(t, output, "::error file=muxkey.yaml,line=2,", "MUX-DATE-002", "old.p12", "| ")
	if sarif := read(t, dir, values["steps.check.outputs.sarif-file"]); !json.Valid([]byte(sarif)) || !strings.Contains(sarif, "MUX-DATE-002") {
		t.Errorf("no SARIF:\n%s", sarif)
	}
	shows(t, read(t, dir, "check.html"), "</html>")
	if _, output, failed := action.run(t, dir, with(map[string]string{"targets": "mux.p12 gms.p12"})); failed {
		t.Errorf("what is right fails:\n%s", output)
	}
	if _, output, failed := action.run(t, dir, with(map[string]string{"fail-on": "never"})); failed {
		t.Errorf("--fail-on never fails:\n%s", output)
	}
	if _, output, failed := action.run(t, dir, with(map[string]string{"fail-on": "never", "targets": "gone.p12"})); !failed {
		t.Errorf("what could not be checked passes:\n%s", output)
	}
	write(t, filepath.Join(dir, "other.yaml"), "targets: [{path: mux.p12}]\nno: such setting\n")
	_, output, failed = action.run(t, dir, with(map[string]string{"config": "other.yaml"}))
	if !failed {
		t.Error("a wrong policy passes")
	}
	shows(t, output, "line 2, column 1")
	if _, output, failed := action.run(t, dir, with(map[string]string{"targets": "$(touch pwned) ; touch pwned"})); !failed {
		t.Errorf("a target that is not there passes:\n%s", output)
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("what stood in an input was run")
	}
	// Built from the repository, as it is where nothing is installed. Its clock runs.
	_, output, _ = action.run(t, dir, map[string]string{"targets": "gone.p12"})
	shows(t, output, "gone.p12: ")
}

func TestCheckTemplate(t *testing.T) {
	dir := fleet(t)
	job := readTemplate(t, "../../templates/check.yml", "muxkey-check", nil)
	out, code := job.run(t, dir)
	if code != 1 {
		t.Errorf("status %d:\n%s", code, out)
	}
	shows(t, out, "MUX-DATE-002", "2 ok, 1 failed")
	shows(t, read(t, dir, job.Artifacts.Reports["codequality"]), `"check_name": "MUX-DATE-002"`, `"path": "muxkey.yaml"`)
	shows(t, read(t, dir, job.Artifacts.Reports["junit"]), `failures="1" errors="0"`)
	for _, path := range job.Artifacts.Paths {
		shows(t, read(t, dir, path), "</html>")
	}
	for _, test := range []struct {
		inputs map[string]string
		status int
	}{
		{map[string]string{"fail-on": "critical"}, 0},
		{map[string]string{"targets": "mux.p12 gms.p12"}, 0},
		{map[string]string{"targets": "mux.p12 gone.p12"}, 3},
		{map[string]string{"config": "nowhere.yaml"}, 3},
		{map[string]string{"flags": "--write-baseline known.json --fail-on never"}, 0},
		{map[string]string{"flags": "--baseline known.json"}, 0},
	} {
		if out, code := readTemplate(t, "../../templates/check.yml", "muxkey-check", test.inputs).run(t, dir); code != test.status {
			t.Errorf("%v: status %d:\n%s", test.inputs, code, out)
		}
	}
}

// manifest is an object of Kubernetes, as far as it says what is run.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Completions int
		Template    podTemplate
		JobTemplate struct {
			Spec struct{ Template podTemplate }
		} `yaml:"jobTemplate"`
	}
}

type podTemplate struct {
	Spec struct {
		Containers []struct {
			Command, Args []string
			Env           []struct{ Name, Value string }
			VolumeMounts  []struct {
				Name      string
				MountPath string `yaml:"mountPath"`
			} `yaml:"volumeMounts"`
		}
		Volumes []struct{ Name string }
	}
}

// readManifests are the objects of a file that run something, by their names.
func readManifests(t *testing.T, name string) map[string]manifest {
	t.Helper()
	out := map[string]manifest{}
	for text := range strings.SplitSeq(read(t, "../../contrib/kubernetes", name), "\n---\n") {
		var m manifest
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		out[m.Metadata.Name] = m
	}
	return out
}

// run runs the container of a Pod here: what it mounts is below root.
func (p podTemplate) run(t *testing.T, root string, env ...string) (output string, status int) {
	t.Helper()
	c := p.Spec.Containers[0]
	here := func(text string) string {
		for _, m := range c.VolumeMounts {
			text = regexp.MustCompile(`(^|[ =])`+m.MountPath+`\b`).ReplaceAllString(text, "${1}"+root+m.MountPath)
		}
		return text
	}
	volumes := map[string]bool{}
	for _, v := range p.Spec.Volumes {
		volumes[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("there is no volume %s", m.Name)
		}
	}
	var words []string
	for _, word := range append(c.Command, c.Args...) {
		words = append(words, here(word))
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), env...)
	for _, e := range c.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	out, err := cmd.CombinedOutput()
	status, err = statusOf(err)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), status
}

// The Pods of the Jobs run here, one after the other, as a cluster runs them.
func TestKubernetesManifests(t *testing.T) {
	root := t.TempDir()
	stores := fleet(t)
	for _, dir := range []string{"etc/muxkey", "stores", "reports"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		for _, host := range []string{"mux", "gms"} {
			write(t, filepath.Join(root, "stores", host+strconv.Itoa(i)+".p12"), read(t, stores, host+".p12"))
		}
	}
	write(t, filepath.Join(root, "stores", "old.p12"), read(t, stores, "old.p12"))
	write(t, filepath.Join(root, "etc/muxkey/muxkey.yaml"), "defaults: {password: \"env:STORE_PW\", warn-days: 30}\ntargets: [{path: \""+root+"/stores/*.p12\"}]\n")

	cron := readManifests(t, "cronjob.yaml")["muxkey-check"]
	out, code := cron.Spec.JobTemplate.Spec.Template.run(t, root)
	if code != 1 {
		t.Errorf("status %d:\n%s", code, out)
	}
	shows(t, out, "60 ok", "1 failed", "MUX-DATE-002")

	shards := readManifests(t, "indexed-job.yaml")["muxkey-shards"]
	for i := range shards.Spec.Completions {
		out, code := shards.Spec.Template.run(t, root, "JOB_COMPLETION_INDEX="+strconv.Itoa(i))
		if code != 0 || strings.TrimSpace(out) != "" {
			t.Errorf("shard %d: status %d: %s", i, code, out)
		}
	}
	reports, err := filepath.Glob(filepath.Join(root, "reports", "*"))
	if err != nil || len(reports) != shards.Spec.Completions {
		t.Errorf("%d reports of %d, %v", len(reports), shards.Spec.Completions, err)
	}
	merge := readManifests(t, "merge-job.yaml")["muxkey-merge"]
	out, code = merge.Spec.Template.run(t, root)
	if code != 1 {
		t.Errorf("status %d:\n%s", code, out)
	}
	shows(t, out, "60 ok, 1 failed, 0 could not be checked", "MUX-DATE-002")
	shows(t, read(t, root, "reports/check.prom"), `muxkey_check_targets{status="ok"} 60`, `muxkey_check_targets{status="failed"} 1`)
	shows(t, read(t, root, "reports/check.html"), "</html>")

	// A part that could not run is tried again, and its old report is not taken for new.
	policy := read(t, root, "etc/muxkey/muxkey.yaml")
	write(t, filepath.Join(root, "etc/muxkey/muxkey.yaml"), policy+"no: such setting\n")
	if out, code := shards.Spec.Template.run(t, root, "JOB_COMPLETION_INDEX=3"); code == 0 {
		t.Errorf("a shard with a wrong policy is done:\n%s", out)
	}
	write(t, filepath.Join(root, "etc/muxkey/muxkey.yaml"), policy)
	out, code = merge.Spec.Template.run(t, root)
	if code == 0 {
		t.Errorf("a part is missing, and that passes:\n%s", out)
	}
	shows(t, out, "shard 4/10", "1 could not be checked")
}

// The unit runs its command here, in the directories of a test.
func TestSystemdUnit(t *testing.T) {
	unit := read(t, "../../contrib/systemd/muxkey-check.service")
	command := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(unit)
	if command == nil {
		t.Fatal("it starts nothing")
	}
	dir := fleet(t)
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "var/lib/muxkey"), 0o755); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(strings.NewReplacer("/usr/local/bin/muxkey", "muxkey", "/etc/muxkey", dir, "/var/lib/muxkey", filepath.Join(root, "var/lib/muxkey")).Replace(command[1]))
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if status, err := statusOf(err); status != 1 || err != nil {
		t.Errorf("status %d, %v:\n%s", status, err, out)
	}
	shows(t, string(out), "MUX-DATE-002")
	metrics := filepath.Join(root, "var/lib/muxkey/check.prom")
	shows(t, read(t, metrics), `muxkey_check_targets{status="failed"} 1`)
	// node_exporter is another user.
	if info, err := os.Stat(metrics); err != nil || info.Mode().Perm()&0o004 == 0 {
		t.Errorf("nobody else can read it: %v, %v", info, err)
	}
}
