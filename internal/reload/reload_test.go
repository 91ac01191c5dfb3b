//go:build unix

package reload

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"systemctl reload nginx":                "systemctl reload nginx",
		"sh -c 'kill -HUP 1'":                   "sh -c kill -HUP 1",
		"https://mux.example.com/reload?a=b":    "https://mux.example.com/reload?a=b",
		"http://admin:s3cret@localhost:8/":      "http://admin:xxxxx@localhost:8/",
		"":                                      "",
		"a | b":                                 "",
		"https://":                              "",
		"https://admin:s3cret@mux:port/":        "",
		"signal:":                               "",
		"signal:HUP":                            "",
		"signal:HUP:":                           "",
		"signal:NONE:/run/mux.pid":              "",
		"signal::/run/mux.pid":                  "",
		"httpsx://mux.example.com is a command": "httpsx://mux.example.com is a command",
	} {
		got, err := Parse(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"signal:HUP:/run/mux.pid", "signal:hup:/run/mux.pid", "signal:SIGHUP:/run/mux.pid"} {
		got, err := Parse(text)
		if err != nil || got.signal != syscall.SIGHUP || got.String() != "signal HUP to the process in /run/mux.pid" {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func tell(t *testing.T, text string) error {
	t.Helper()
	target, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return target.Tell(t.Context(), Options{UserAgent: "muxkey/test"})
}

func TestSignal(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	file := filepath.Join(t.TempDir(), "mux.pid")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(fmt.Sprintf(" %d\n", os.Getpid()))
	if err := tell(t, "signal:HUP:"+file); err != nil {
		t.Fatal(err)
	}
	select {
	case <-caught:
	case <-time.After(10 * time.Second):
		t.Error("no signal came")
	}
	// 0 and negative numbers would be whole groups of processes, -1 all there are:
	// should one get through, the signal is one that nobody minds.
	quiet := make(chan os.Signal, 1)
	signal.Notify(quiet, syscall.SIGWINCH)
	defer signal.Stop(quiet)
	for _, text := range []string{"", "0", "-1", fmt.Sprintf("-%d", os.Getpid()), "nginx", "4294967297", strings.Repeat(" ", 200) + "1"} {
		write(text)
		err := tell(t, "signal:WINCH:"+file)
		if e, ok := errors.AsType[*Error](err); !ok || e.Network || !strings.HasSuffix(err.Error(), ": there is no number of a process in the file") {
			t.Errorf("%q: %v", text, err)
		}
	}
	select {
	case <-quiet:
		t.Error("a signal came from a file without a number")
	default:
	}
	if err := tell(t, "signal:HUP:"+file+".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestPost(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.UserAgent())
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/reload", http.StatusTemporaryRedirect)
		case "/busy":
			http.Error(w, "come\nback "+strings.Repeat("later ", 1000), http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	if err := tell(t, s.URL+"/reload"); err != nil || len(asked) != 1 || asked[0] != "POST /reload muxkey/test" {
		t.Errorf("asked %q: %v", asked, err)
	}
	for path, want := range map[string]string{
		"/moved": "the answer is 307 Temporary Redirect",
		"/busy":  "the answer is 503 Service Unavailable; it says: come back later",
	} {
		err := tell(t, s.URL+path)
		e, ok := errors.AsType[*Error](err)
		if !ok || !e.Network || !strings.Contains(err.Error(), want) || len(err.Error()) > 800 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if len(asked) != 3 {
		t.Errorf("a redirect was followed: %q", asked)
	}
	s.Close()
	if err := tell(t, s.URL); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
}

func TestCommand(t *testing.T) {
	if err := tell(t, "sh -c 'exit 0'"); err != nil {
		t.Error(err)
	}
	err := tell(t, "sh -c 'echo no; exit 5'")
	if e, ok := errors.AsType[*Error](err); !ok || e.Network || err.Error() != "sh -c echo no; exit 5: exit status 5; it said: no" {
		t.Errorf("got %v", err)
	}
}
