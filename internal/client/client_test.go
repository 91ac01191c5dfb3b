package client

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/trust/target"
)

func TestClientsAreSound(t *testing.T) {
	titles := map[string]bool{}
	for c := range Clients().All() {
		if c.Title == "" || titles[c.Title] || c.try == nil || len(c.Targets) == 0 {
			t.Errorf("%s: the title %q is not its own, or it takes nothing", c.ID, c.Title)
		}
		titles[c.Title] = true
		for _, id := range c.Targets {
			if _, ok := target.Targets().Get(id); !ok {
				t.Logf("%s takes %q, which is no target yet", c.ID, id)
			}
		}
	}
}

func TestFind(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, tt := range []struct {
		client Client
		want   string
	}{
		{Client{ID: "built-in"}, ""},
		{Client{ID: "a", Programs: []string{"no-such-program", "nor-this"}}, "a: no-such-program is not on this machine"},
		{Client{ID: "b", Needs: []string{"/no/such.jar"}}, "b: /no/such.jar is not on this machine"},
	} {
		_, err := tt.client.Find()
		if got := errorText(err); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.client.ID, got, tt.want)
		}
		if _, ok := errors.AsType[*NotFoundError](err); ok != (tt.want != "") {
			t.Errorf("%s: the error is a %T", tt.client.ID, err)
		}
	}
	if got := (Client{ID: "a", Programs: []string{"no-such-program"}, try: goClient.try}).Try(t.Context(), Attempt{}); got.Answer != Failed {
		t.Errorf("a program that is not there: %+v", got)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestVerdict(t *testing.T) {
	signs := []sign{
		{`^refused: (.*name.*)`, Refused, WrongName},
		{`^refused: (.*)`, Refused, Other},
		{`hello`, Listed, ""},
		{`^accepted()$`, Accepted, ""},
	}
	for _, tt := range []struct {
		said string
		err  error
		want Result
	}{
		{"accepted\n", nil, Result{Accepted, "", ""}},
		{"noise\nrefused: the name is wrong\r\naccepted\n", nil, Result{Refused, WrongName, "the name is wrong"}},
		{"refused: too old", errors.New("exit status 1"), Result{Refused, Other, "too old"}},
		{"one\n well,\x1b hello there \nthree", nil, Result{Listed, "", "well, hello there"}},
		{"", nil, Result{Failed, "", "it ended without a word"}},
		{"", errors.New("exit status 9"), Result{Failed, "", "exit status 9"}},
		{"a\nb\n", errors.New("exit status 9"), Result{Failed, "", "exit status 9; it said: b"}},
	} {
		if got := verdict([]byte(tt.said), tt.err, signs); got != tt.want {
			t.Errorf("%q: got %+v, want %+v", tt.said, got, tt.want)
		}
	}
	if got := oneLine(strings.Repeat("é", 1000)); len(got) > 310 || !strings.HasSuffix(got, "é ...") {
		t.Errorf("a long line is cut to %q", got)
	}
}

// What the environment says of CAs, proxies and passwords must not reach a client.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "https_proxy", "HTTPS_PROXY", "MUXKEY_PASSWORD", "GIT_SSL_NO_VERIFY", "JAVA_TOOL_OPTIONS", "NODE_OPTIONS", "HOME"} {
		if kept(name) {
			t.Errorf("%s is passed on", name)
		}
	}
	for _, name := range []string{"PATH", "JAVA_HOME", "TMPDIR", "SystemRoot"} {
		if !kept(name) {
			t.Errorf("%s is taken away", name)
		}
	}
}

// A run leaves nothing behind, also when time is up.
func TestRunEnds(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errTooLate)
	defer cancel()
	start := time.Now()
	got := command(func(_ context.Context, r *run) error {
		r.args = []string{"-c", "echo begun; sleep 30"}
		return nil
	})(ctx, sh, Attempt{Address: "127.0.0.1:1"})
	if got.Answer != Failed || !strings.Contains(got.Says, "did not end") || time.Since(start) > 10*time.Second {
		t.Errorf("got %+v after %s", got, time.Since(start))
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind: %v", left, err)
	}
}

// The proxy leads to one server alone, whatever it is called.
func TestProxy(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_, _ = conn.Write([]byte("hello"))
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	r := &run{Attempt: Attempt{Address: l.Addr().String(), Host: "mux.example.com"}, port: port}
	address, err := r.proxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for want, answer := range map[string]string{"mux.example.com:" + port: "hello", "www.example.com:443": "403 Forbidden"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte("CONNECT " + want + " HTTP/1.1\r\nHost: " + want + "\r\n\r\n"))
		got := make([]byte, 0, 200)
		for buf := make([]byte, 100); ; {
			n, err := conn.Read(buf)
			got = append(got, buf[:n]...)
			if err != nil {
				break
			}
		}
		if !strings.Contains(string(got), answer) {
			t.Errorf("%s: %q", want, got)
		}
		_ = conn.Close()
	}
}

func TestTargetOf(t *testing.T) {
	dir := t.TempDir()
	for path, data := range map[string]string{
		"pem":                     "# a\n-----BEGIN CERTIFICATE-----\n",
		"openssl-trusted":         "-----BEGIN TRUSTED CERTIFICATE-----\n",
		"p11-kit":                 "[p11-kit-object-v1]\n-----BEGIN CERTIFICATE-----\n",
		"jks":                     "\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x00",
		"jceks":                   "\xce\xce\xce\xce\x00\x00\x00\x02\x00\x00\x00\x00",
		"nss":                     "SQLite format 3\x00",
		"chromium":                `{"CACertificates": []}`,
		"":                        "hello",
		"openssl-dir/0a1b2c3d.0":  "x",
		"debian/Example-Root.crt": "x",
		"firefox/policies.json":   "{}",
		"rhel/anchors/root.pem":   "x",
		"empty/README":            "x",
	} {
		want, _, isDir := strings.Cut(path, "/")
		file := filepath.Join(dir, filepath.FromSlash(path))
		if path == "" {
			file = filepath.Join(dir, "text")
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if isDir {
			file = filepath.Join(dir, want)
		}
		if want == "empty" {
			want = ""
		}
		if got, err := TargetOf(file); err != nil || got != want {
			t.Errorf("%s is of %q: %v", path, got, err)
		}
	}
	if _, err := TargetOf(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
