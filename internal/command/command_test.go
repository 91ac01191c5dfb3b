package command

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"systemctl reload nginx":       {"systemctl", "reload", "nginx"},
		"  a \t b\nc  ":                {"a", "b", "c"},
		`'/opt/my server/reload' -x`:   {"/opt/my server/reload", "-x"},
		`a "b c"'d e'f\ g`:             {"a", "b cd ef g"},
		`a "" ''`:                      {"a", "", ""},
		`"a\"b\\c\d\$e"`:               {`a"b\c\d$e`},
		`'a"b$c' \$ \' a~b a#b x=~/y`:  {`a"b$c`, "$", "'", "a~b", "a#b", "x=~/y"},
		`sh -c 'kill -HUP $(cat pid)'`: {"sh", "-c", "kill -HUP $(cat pid)"},
		"nginx -s reload # now":        nil,
		"kill -HUP $(cat pid)":         nil,
		`kill "$PID"`:                  nil,
		"a `b`":                        nil,
		"a | b":                        nil,
		"a; b":                         nil,
		"a && b":                       nil,
		"a > b":                        nil,
		"~/reload":                     nil,
		"rm *":                         nil,
		"a 'b":                         nil,
		`a "b\"`:                       nil,
		`a \`:                          nil,
		"":                             nil,
		" \t":                          nil,
	} {
		got, err := Split(text)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (want != nil) {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	_, err := Split("a | b")
	split, ok := errors.AsType[*SplitError](err)
	if !ok || !strings.Contains(split.Hint(), "sh -c") {
		t.Errorf("no hint: %v", err)
	}
}

// What Split makes of a text is what a shell makes of it. The shell has no
// programs to find and nothing but its own folder, in case Split lets a command
// through.
func FuzzSplit(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip(err)
	}
	for _, seed := range []string{"a b", `a "b c" 'd'`, `a\ b "\x\$"`, "a=b c~", "a#b", "é\\é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := Split(text)
		// A line end is the end of a command to a shell, and \r no blank.
		if err != nil || strings.ContainsAny(text, "\x00\r\n") || !utf8.ValidString(text) {
			return
		}
		c := exec.CommandContext(t.Context(), sh, "-c", `printf '%s\0' `+text)
		c.Dir, c.Env = t.TempDir(), []string{"PATH="}
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(words, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")); diff != "" {
			t.Errorf("%q (-ours +sh):\n%s", text, diff)
		}
	})
}

func TestRun(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	t.Setenv("HIDDEN", "s3cret")
	t.Setenv("SEEN", "seen")
	show := `echo "$HIDDEN-$SEEN-$EXTRA" >&2; exit 3`
	err = Run(t.Context(), []string{sh, "-c", show}, Options{Hide: []string{"HIDDEN"}, Env: []string{"EXTRA=extra"}})
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Output != "-seen-extra" || !strings.Contains(failed.Reason(), "exit status 3; it said: -seen-extra") {
		t.Errorf("got %v", err)
	}
	if err := Run(t.Context(), []string{sh, "-c", "read x; test -z $x"}, Options{}); err != nil {
		t.Errorf("there was something to read: %v", err)
	}
	// A command that starts another and ends is done.
	start := time.Now()
	if err := Run(t.Context(), []string{sh, "-c", "exec sleep 0"}, Options{}); err != nil || time.Since(start) > 4*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	start = time.Now()
	err = Run(t.Context(), []string{sh, "-c", "echo waiting; exec sleep 60"}, Options{Timeout: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "has not ended in 300ms; it said: waiting") || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, []string{sh, "-c", "exit"}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTail(t *testing.T) {
	var said tail
	for range 1000 {
		_, _ = said.Write([]byte("0123456789"))
	}
	_, _ = said.Write([]byte("end"))
	if n := len(said.text); n != 1000 || !strings.HasSuffix(string(said.text), "789end") {
		t.Errorf("%d bytes, %s", n, said.text[n-10:])
	}
}
