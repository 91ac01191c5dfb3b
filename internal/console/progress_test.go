package console

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// view is a terminal that both streams lead to.
type view struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *view) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *view) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor lets the progress show itself.
func (s *view) waitFor(t *testing.T, text string) {
	t.Helper()
	for range 500 {
		if strings.Contains(s.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q is not shown, but %q", text, s.String())
}

func TestProgress(t *testing.T) {
	const erase = "\r\x1b[K"
	env, _ := Test()
	s := &view{}
	env.Out, env.Err, env.OutTTY, env.ErrWidth = s, s, true, 20
	out, done := env.Progress(func() string { return "12 files \x1b[31m of too many to show" })
	if s.String() != "" {
		t.Errorf("shown at once: %q", s.String())
	}
	s.waitFor(t, erase+"12 files \ufffd[31m of ")
	if strings.Contains(s.String(), "too") {
		t.Errorf("longer than the line: %q", s.String())
	}
	if _, err := out.Write([]byte("a row\n")); err != nil {
		t.Fatal(err)
	}
	done()
	// The line is out of the way before anything is written, and at the end.
	if !strings.Contains(s.String(), erase+"a row\n") || !strings.HasSuffix(s.String(), erase) && !strings.HasSuffix(s.String(), "a row\n") {
		t.Errorf("%q", s.String())
	}
	before := s.String()
	time.Sleep(3 * progressEvery)
	if s.String() != before {
		t.Error("it goes on when it is done")
	}
}

// Output that goes elsewhere has no part of it, and nobody gets a line who has no
// terminal for it.
func TestProgressApart(t *testing.T) {
	env, _ := Test()
	s, file := &view{}, &view{}
	env.Out, env.Err, env.ErrWidth = file, s, 20
	out, done := env.Progress(func() string { return "1 file" })
	s.waitFor(t, "1 file")
	if _, err := out.Write([]byte("a row\n")); err != nil {
		t.Fatal(err)
	}
	done()
	if file.String() != "a row\n" || !strings.HasSuffix(s.String(), "\r\x1b[K") {
		t.Errorf("%q, %q", file.String(), s.String())
	}
	env.ErrWidth = 0
	out, done = env.Progress(func() string { t.Error("asked"); return "" })
	if out != env.Out {
		t.Error("the output is wrapped for nothing")
	}
	done()
}
