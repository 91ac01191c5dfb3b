package differ

// How to use it by hand:
//
//	go test ./internal/keytool/differ -run TestDifferential/17 -sequences 200 -seed 7 -v
//	go test ./internal/keytool/differ -run TestDifferential/25 -only 42 -seed 7 -v
//
// As many -sequences of -seed are run, or the one that -only names; the levels run side
// by side. -scripts DIR writes each that disagrees as a script with both answers below. -binary FILE is
// the program to judge; without it, it is built. -ours HOME judges the keytool of a
// JDK instead. `make keytool-diff N=2000` runs many.

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muxkey/internal/peer"
)

var (
	count   = flag.Uint64("sequences", 0, "run this many sequences; without it 25 with the JDK that must be there, and 6 with each other")
	seed    = flag.Uint64("seed", 1, "make the sequences from this number")
	only    = flag.Uint64("only", 0, "run the sequence of this number alone")
	drives  = flag.Uint64("drives", 0, "check the driver of each JDK with this many sequences; without it that of the JDK that must be there, with one")
	scripts = flag.String("scripts", "", "write sequences that disagree to this directory")
	update  = flag.Bool("update", false, "write the list of accepted differences to docs/keytool.md")
	program = flag.String("binary", "", "judge this program")
	other   = flag.String("ours", "", "judge the keytool of the JDK in this directory")
)

// always is the level of the JDK that must be there.
const always = "17"

// jdk is a JDK that is a judge.
type jdk struct{ level, home string }

// jdks are the levels that are judged, and where their JDKs are; one that is not
// there has no home. That of N is at JAVAN_HOME.
func jdks(t *testing.T) []jdk {
	keytool, err := filepath.EvalSymlinks(peer.Program(t, "keytool"))
	if err != nil {
		t.Fatal(err)
	}
	all := []jdk{{always, filepath.Dir(filepath.Dir(keytool))}}
	for _, number := range []string{"25", "21", "11", "8", "26"} {
		home := os.Getenv("JAVA" + number + "_HOME")
		found, err := filepath.Glob("/usr/lib/jvm/*-" + number + "-*/bin/javac")
		if err != nil {
			t.Fatal(err)
		}
		if home == "" && len(found) > 0 {
			home = filepath.Dir(filepath.Dir(found[0]))
		}
		all = append(all, jdk{number, home})
	}
	return all
}

// numbers are the first and the last sequence that are run.
func (j jdk) numbers() (first, last uint64) {
	switch {
	case *only != 0:
		return *only, *only
	case *count != 0:
		return 1, *count
	case j.level == always:
		return 1, 25
	}
	return 1, 6
}

// env is the environment of everything that meets a judge, which must be there.
func (j jdk) env(t *testing.T) []string {
	t.Helper()
	if j.home == "" {
		t.Skipf("JDK %s is not installed", j.level)
	}
	env := append(os.Environ(), "LC_ALL=C.UTF-8", "HOME=/nonexistent", "JAVA_HOME="+j.home, "MUXKEY_KEYTOOL_LEVEL="+j.level)
	return append(env, Variables()...)
}

// fixed are the top of the repository and the fixtures.
func fixed(t *testing.T) (repository string, names []string) {
	t.Helper()
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	names, err = Fixtures(repository)
	if err != nil {
		t.Fatal(err)
	}
	return repository, names
}

func TestDifferential(t *testing.T) {
	t.Parallel()
	repository, names := fixed(t)
	program := built(t)
	for _, judge := range jdks(t) {
		t.Run(judge.level, func(t *testing.T) {
			env := judge.env(t)
			t.Parallel()
			pair := &Pair{Repository: repository, Env: env, Reference: drive(t, judge.home, "reference", env)}
			if *other != "" {
				pair.Ours = drive(t, *other, "ours", env)
			} else {
				pair.Ours = NewProgram(program, mkdir(t, "ours"), env)
			}
			first, last := judge.numbers()
			began := time.Now()
			twin := sync.OnceValue(func() *Driver { return drive(t, judge.home, "twin", env) })
			steps, undecided := 0, 0
			accepts, groups := map[string]int{}, map[string][]*Disagreement{}
			for n := first; n <= last; n++ {
				s := Generate(*seed, n, names)
				steps += len(s.Steps)
				if *only != 0 {
					t.Logf("%s", s.Script())
				}
				d, err := pair.Run(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				if d == nil {
					continue
				}
				if a, ok := accepted(d); ok {
					accepts[a.Reason]++
					write(t, judge.level+"-accepted", d)
				} else if wavers(t, pair, twin(), d) {
					undecided++
					t.Logf("the reference disagrees with itself in %s", d)
				} else {
					groups[d.key()] = append(groups[d.key()], d)
					write(t, judge.level, d)
				}
			}
			bad := report(t, groups)
			for _, reason := range slices.Sorted(maps.Keys(accepts)) {
				bad += accepts[reason]
				t.Logf("%d times: %s", accepts[reason], reason)
			}
			total := int(last-first+1) - undecided
			if total == bad && *only == 0 {
				t.Error("no sequence agrees")
			}
			t.Logf("%d of %d sequences agree, %.2f %%; %d steps, %.1f s", total-bad, total, 100*float64(total-bad)/float64(total), steps, time.Since(began).Seconds())
		})
	}
}

// wavers tells whether the reference disagrees with itself where it disagrees with us,
// as it does where the hashes of random keys decide. Half the time it may agree by
// chance.
func wavers(t *testing.T, p *Pair, twin *Driver, d *Disagreement) bool {
	twins := *p
	twins.Ours = twin
	for range 8 {
		again, err := twins.Run(t.Context(), d.Sequence)
		if err != nil {
			t.Fatal(err)
		}
		if again != nil && again.Step == d.Step && (again.Where == d.Where || d.Step == 0) {
			return true
		}
	}
	return false
}

// TestDriver holds the keytool that runs many times in one JVM against the one that
// people run.
func TestDriver(t *testing.T) {
	t.Parallel()
	repository, names := fixed(t)
	for _, judge := range jdks(t) {
		t.Run(judge.level, func(t *testing.T) {
			env := judge.env(t)
			last := *drives
			switch {
			case last != 0:
			case judge.level == always:
				last = 1
			default:
				t.Skipf("the driver of JDK %s is checked with -drives N alone", judge.level)
			}
			t.Parallel()
			keytool := NewProgram(filepath.Join(judge.home, "bin", "keytool"), mkdir(t, "ours"), env)
			keytool.First = []string{"-J-XX:TieredStopAtLevel=1"} // half the time of so short a run
			pair := &Pair{Repository: repository, Env: env, Reference: drive(t, judge.home, "reference", env), Ours: keytool}
			calls := 0
			for n := range last {
				s := Generate(*seed, n, names)
				calls += len(s.Steps)
				d, err := pair.Run(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				if d != nil {
					t.Error(d)
				}
			}
			if calls < 5 {
				t.Errorf("%d calls say little", calls)
			}
		})
	}
}

// report says of each kind of disagreement how many there are, the first in full,
// and returns how many there are of all.
func report(t *testing.T, groups map[string][]*Disagreement) int {
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b string) int { return len(groups[b]) - len(groups[a]) })
	bad := 0
	for _, k := range keys {
		bad += len(groups[k])
		var numbers []string
		for _, d := range groups[k] {
			numbers = append(numbers, fmt.Sprint(d.Sequence.Number))
		}
		t.Errorf("%d times (%s): %s", len(numbers), strings.Join(numbers[:min(8, len(numbers))], " "), groups[k][0])
	}
	return bad
}

// TestAccepted holds the list in docs/keytool.md against the differences that are
// accepted; -update writes it.
func TestAccepted(t *testing.T) {
	const path, begin, end = "../../../docs/keytool.md", "<!-- differ -->\n", "<!-- /differ -->\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the list", path)
	}
	var list strings.Builder
	for _, a := range Accepted() {
		if len(a.Call) == 0 && a.Reference+a.Ours == "" {
			t.Errorf("everything is accepted because %q", a.Reason)
		}
		list.WriteString("- " + a.Reason + "\n")
	}
	want := before + begin + list.String() + end + after
	switch {
	case want == string(page):
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not up to date: go test ./internal/keytool/differ -run Accepted -update", path)
	}
}

// TestAcceptedCalls holds that a difference is accepted after the call that it is of,
// and after no other.
func TestAcceptedCalls(t *testing.T) {
	empty := Step{Args: []string{"-geN-keypair", "-dname", ""}}
	named := Step{Args: []string{"-genkeypair", "-dname", "CN=a"}}
	request := Step{Args: []string{"-certreq", "-dname", ""}}
	for _, tt := range []struct {
		steps []Step
		step  int
		want  bool
	}{
		{[]Step{empty, named}, 2, true},
		{[]Step{named, empty}, 0, true},
		{[]Step{named, empty}, 1, false},
		{[]Step{named, request}, 2, false},
	} {
		d := &Disagreement{Sequence: Sequence{Steps: tt.steps}, Step: tt.step, What: "reference: x\n     ours: y"}
		if _, got := accepted(d); got != tt.want {
			t.Errorf("%v, step %d: %v", tt.steps, tt.step, got)
		}
	}
}

// key is the same for disagreements that have one cause, in most cases.
func (d *Disagreement) key() string {
	return d.Where + "\n" + regexp.MustCompile(`[0-9A-Fa-f:]{4,}|\d+|f\d+\.\w+`).ReplaceAllString(d.What, "#")
}

func write(t *testing.T, level string, d *Disagreement) {
	if *scripts == "" {
		return
	}
	if err := os.MkdirAll(*scripts, 0o755); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("level%s-seed%d-%d.sh", level, d.Sequence.Seed, d.Sequence.Number)
	text := d.Sequence.Script() + "\n# " + strings.ReplaceAll(d.String(), "\n", "\n# ") + "\n"
	if err := os.WriteFile(filepath.Join(*scripts, name), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func drive(t *testing.T, home, name string, env []string) *Driver {
	t.Helper()
	d, err := StartDriver(context.WithoutCancel(t.Context()), home, mkdir(t, name), t.TempDir(), env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// built is our program under the name keytool.
func built(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(*program)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if *program == "" {
		path = filepath.Join(dir, "muxkey")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "muxkey/cmd/muxkey")
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, output)
		}
	}
	link := filepath.Join(dir, "keytool")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	return link
}
