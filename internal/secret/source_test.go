package secret

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/internal/console"
)

const hunter2 = "hunter2"

func TestSpecsThatNameNoSource(t *testing.T) {
	for _, tt := range []struct{ spec, want string }{
		{"", "the source is empty; a password comes from env:NAME, file:PATH, fd:N, stdin, prompt or pass:TEXT"},
		{hunter2, "this names no source (a password itself goes behind pass:); a password comes from"},
		{"evn:" + hunter2, "this names no source (did you mean env?); a password comes from"},
		{"PASS:" + hunter2, "did you mean pass?"},
		{"hunter2:x", "this names no source; a password"},
		{"env", "env is written env:NAME"},
		{"env:", "env: names no variable"},
		{"file:", "file: names no file"},
		{"stdin:" + hunter2, "stdin is written stdin"},
		{"prompt:" + hunter2, "prompt is written prompt"},
		{"pass", "pass is written pass:TEXT"},
		{"fd", "fd is written fd:N"},
		{"fd:", "not the number of a file descriptor"},
		{"fd:" + hunter2, "not the number of a file descriptor"},
		{"fd:-1", "not the number of a file descriptor"},
		{"fd:70000", "not the number of a file descriptor"},
		{"fd:1", "file descriptors 1 and 2 are for output"},
		{"fd:2", "file descriptors 1 and 2 are for output"},
	} {
		_, err := Parse(tt.spec)
		spec, ok := errors.AsType[*SpecError](err)
		if !ok {
			t.Errorf("%q: %v is no SpecError", tt.spec, err)
			continue
		}
		if !strings.Contains(spec.Error(), tt.want) {
			t.Errorf("%q: %q does not say %q", tt.spec, spec, tt.want)
		}
		if strings.Contains(spec.Error(), hunter2) {
			t.Errorf("%q: the error shows the password: %q", tt.spec, spec)
		}
	}
}

func TestFormsCanBeParsed(t *testing.T) {
	for _, f := range Forms() {
		spec := strings.Replace(f.Spec, ":N", ":3", 1)
		if _, err := Parse(spec); err != nil || f.Description == "" {
			t.Errorf("%q (%q): %v", f.Spec, f.Description, err)
		}
	}
	if len(Forms()) != 6 {
		t.Errorf("%d forms", len(Forms()))
	}
}

// read gets a password by spec; the empty spec stands for the zero Source.
func read(t *testing.T, env *console.Env, spec string) (Password, error) {
	t.Helper()
	return source(t, spec).Read(t.Context(), env, "password for a.p12")
}

func source(t *testing.T, spec string) Source {
	t.Helper()
	if spec == "" {
		return Source{}
	}
	s, err := Parse(spec)
	if err != nil {
		t.Fatalf("%q: %v", spec, err)
	}
	return s
}

func TestEverySourceGivesThePassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(path, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ spec, want, origin string }{
		{"env:STORE_PW", "from env", "$STORE_PW"},
		{"file:" + path, "from file", "the file " + path},
		{"fd:3", "from fd", "file descriptor 3"},
		{"fd:0", "from stdin", "standard input"},
		{"stdin", "from stdin", "standard input"},
		{"prompt", "from prompt", "the prompt"},
		{"pass:from: the argument", "from: the argument", "the command line"},
		{"pass:", "", "the command line"},
		{"", "from default", "$MUXKEY_PASSWORD"},
	} {
		env, d := console.Test()
		d.Vars["STORE_PW"] = "from env"
		d.Vars["MUXKEY_PASSWORD"] = "from default"
		d.FDs[3] = bytes.NewBufferString("from fd\n")
		d.In.WriteString("from stdin\n")
		d.Answers = []string{"from prompt"}
		p, err := read(t, env, tt.spec)
		if err != nil || p.Reveal() != tt.want || p.Origin() != tt.origin {
			t.Errorf("%q: %q from %q, %v", tt.spec, p.Reveal(), p.Origin(), err)
		}
		if asked := strings.Join(d.Questions, "|"); (asked == "password for a.p12") != (tt.spec == "prompt") {
			t.Errorf("%q: asked %q", tt.spec, asked)
		}
		if d.Out.Len()+d.Err.Len() > 0 {
			t.Errorf("%q: said %q %q", tt.spec, d.Out, d.Err)
		}
	}
}

func TestDefaultGoesFromVariableToPromptToError(t *testing.T) {
	env, d := console.Test()
	_, err := read(t, env, "")
	if !errors.Is(err, ErrNone) {
		t.Fatalf("nothing to go by: %v", err)
	}
	for _, f := range append(Forms(), Form{Spec: "$MUXKEY_PASSWORD"}) {
		if !strings.Contains(err.Error(), f.Spec) {
			t.Errorf("%q does not name %s", err, f.Spec)
		}
	}

	d.Vars["MUXKEY_PASSWORD"] = "" // a CI system without the secret
	if _, err := read(t, env, ""); !errors.Is(err, ErrNone) {
		t.Errorf("empty variable: %v", err)
	}
	d.Answers = []string{"typed"}
	if p, err := read(t, env, ""); err != nil || p.Reveal() != "typed" {
		t.Errorf("terminal: %q, %v", p.Reveal(), err)
	}
	if _, err := read(t, env, ""); !errors.Is(err, console.ErrNoAnswer) || errors.Is(err, ErrNone) {
		t.Errorf("closed terminal: %v", err)
	}
	d.Vars["MUXKEY_PASSWORD"] = "set"
	p, err := read(t, env, "")
	if err != nil || p.Reveal() != "set" {
		t.Errorf("variable: %q, %v", p.Reveal(), err)
	}
	if got := p.Oddities(); len(got) != 1 || !strings.Contains(got[0], "no other source was named") {
		t.Errorf("variable: oddities are %q", got)
	}
}

func TestSourcesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	missing := filepath.Join(dir, "missing")
	_, err := os.Stat(missing)
	errNoFile := errors.Unwrap(err).Error() // in the words of the system
	empty := write("empty", nil)
	binary := write("binary", []byte("\x30\x82\x00\x10\n"))
	long := write("long", bytes.Repeat([]byte("x"), maxLine+1))
	for _, tt := range []struct {
		spec, want string
		is         error
	}{
		{"file:" + missing, "read the password from the file " + missing + ": " + errNoFile, fs.ErrNotExist},
		{"file:~/pw", "write $HOME", fs.ErrNotExist},
		{"file:" + dir, "read the password from the file " + dir + ": ", nil},
		{"file:" + empty, "there is nothing in it", nil},
		{"file:" + binary, "it holds a NUL byte", nil},
		{"file:" + long, "its first line is longer than 65536 bytes", nil},
		{"stdin", "read the password from standard input: there is nothing in it", nil},
		{"fd:3", "read the password from file descriptor 3: it holds a NUL byte", nil},
		{"fd:4", "read the password from file descriptor 4: file does not exist", fs.ErrNotExist},
		{"fd:5", "longer than 65536 bytes", nil},
		{"env:" + hunter2, "read the password from the environment: the variable is not set; env: takes its name, without $", nil},
		{"prompt", "read the password from the prompt: there is no terminal to ask on", console.ErrNoTerminal},
	} {
		env, d := console.Test()
		d.FDs[3] = bytes.NewBufferString("a\x00b\n")
		d.FDs[5] = bytes.NewBuffer(bytes.Repeat([]byte("x"), 10*maxLine))
		_, err := read(t, env, tt.spec)
		if _, ok := errors.AsType[*SourceError](err); !ok {
			t.Errorf("%q: %v is no SourceError", tt.spec, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %q does not say %q", tt.spec, err, tt.want)
		}
		if tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%q: %v is not %v", tt.spec, err, tt.is)
		}
		if strings.Contains(err.Error(), hunter2) {
			t.Errorf("%q: the error shows what may be the password: %q", tt.spec, err)
		}
		if n := d.FDs[5].Len(); tt.spec == "fd:5" && n < 8*maxLine {
			t.Errorf("an endless line was read on to %d bytes before its end", n)
		}
	}
}

func TestPasswordFiles(t *testing.T) {
	for _, tt := range []struct{ name, content, want, oddity string }{
		{"line feed", "s3cret\n", "s3cret", ""},
		{"CRLF", "s3cret\r\n", "s3cret", ""},
		{"no line end", "s3cret", "s3cret", ""},
		{"carriage return alone stays", "s3cret\r", "s3cret\r", "control characters"},
		{"only one line end is cut", "s3cret\n\n", "s3cret", "a second line, which was ignored"},
		{"second line", "s3cret\nother\n", "s3cret", "a second line, which was ignored"},
		{"empty first line", "\ns3cret\n", "", "the password is empty"},
		{"blank at the end", "s3cret \n", "s3cret ", "ends with a blank"},
		{"tab at the front", "\ts3cret\n", "\ts3cret", "begins with a blank"},
		{"UTF-8", "pässwort\n", "pässwort", "outside ASCII"},
		{"byte-order mark", "\ufeffs3cret\n", "s3cret", "begins with a byte-order mark"},
		{"Latin-1", "p\xe4sswort\n", "pässwort", "read as Windows-1252 (Latin-1)"},
		{"Windows-1252", "10\x80\x9f\n", "10€Ÿ", "read as Windows-1252 (Latin-1)"},
		{"PowerShell", "\xff\xfes\x003\x00c\x00\xac\x20\r\x00\n\x00", "s3c€", "the file is UTF-16"},
		{"big-endian", "\xfe\xff\x00s\xd8\x3d\xde\x00\x00\n", "s😀", "the file is UTF-16"},
		{"longest line", strings.Repeat("x", maxLine), strings.Repeat("x", maxLine), ""},
		{"long second line", "s3cret\n" + strings.Repeat("x", 2*maxLine), "s3cret", "a second line"},
	} {
		path := filepath.Join(t.TempDir(), "pw")
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		env, _ := console.Test()
		p, err := read(t, env, "file:"+path)
		if err != nil || p.Reveal() != tt.want {
			t.Errorf("%s: read %.40q, %v", tt.name, p.Reveal(), err)
		}
		odd := strings.Join(p.Oddities(), "; ")
		if !strings.Contains(odd, tt.oddity) || (odd == "") != (tt.oddity == "") {
			t.Errorf("%s: oddities are %q, want %q", tt.name, odd, tt.oddity)
		}
	}
}

// Two passwords and the data can all come from one stream, as with the shell's
// read.
func TestStreamsAreReadNoFartherThanTheLine(t *testing.T) {
	for _, spec := range []string{"stdin", "fd:3"} {
		env, d := console.Test()
		d.FDs[3] = d.In
		d.In.WriteString("store password\r\nkey password\n-----BEGIN")
		for _, want := range []string{"store password", "key password"} {
			if p, err := read(t, env, spec); err != nil || p.Reveal() != want {
				t.Errorf("%s: read %q, %v; want %q", spec, p.Reveal(), err, want)
			}
		}
		if rest, _ := io.ReadAll(env.In); string(rest) != "-----BEGIN" {
			t.Errorf("%s: what follows is %q", spec, rest)
		}
	}
}

func TestStdinOnATerminalIsAskedWithoutEcho(t *testing.T) {
	env, d := console.Test()
	env.InTTY = true
	d.Answers = []string{"typed"}
	d.In.WriteString("echoed\n")
	if p, err := read(t, env, "stdin"); err != nil || p.Reveal() != "typed" {
		t.Errorf("read %q, %v", p.Reveal(), err)
	}
}

func TestNewPasswordsAreAskedTwice(t *testing.T) {
	ask := func(spec string, answers ...string) (Password, []string, error) {
		env, d := console.Test()
		d.Answers = answers
		d.Vars["EMPTY"] = ""
		d.Vars["FULL"] = "full"
		d.In.WriteString("\n")
		p, err := source(t, spec).ReadNew(t.Context(), env, "password for new.p12")
		return p, d.Questions, err
	}
	p, asked, err := ask("", "s3cret", "s3cret")
	if err != nil || p.Reveal() != "s3cret" {
		t.Errorf("same twice: %q, %v", p.Reveal(), err)
	}
	if got := strings.Join(asked, "|"); got != "password for new.p12|password for new.p12, again" {
		t.Errorf("asked %q", got)
	}
	if _, _, err := ask("prompt", "s3cret", "s3crte"); !errors.Is(err, ErrMismatch) {
		t.Errorf("mistyped: %v", err)
	}
	if _, _, err := ask("prompt", "s3cret"); !errors.Is(err, console.ErrNoAnswer) {
		t.Errorf("given up: %v", err)
	}
	if p, asked, err := ask("env:FULL", "unused"); err != nil || p.Reveal() != "full" || len(asked) > 0 {
		t.Errorf("from a variable: %q, asked %q, %v", p.Reveal(), asked, err)
	}
	for _, spec := range []string{"env:EMPTY", "pass:", "stdin", "prompt"} {
		if _, _, err := ask(spec, "", ""); !errors.Is(err, ErrEmpty) {
			t.Errorf("%s: an empty new password: %v", spec, err)
		}
	}
}

type stuck struct{ release chan struct{} }

func (s stuck) Read([]byte) (int, error) {
	<-s.release
	return 0, io.EOF
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	env, _ := console.Test()
	release := make(chan struct{})
	defer close(release)
	env.In = stuck{release}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := source(t, "stdin").Read(ctx, env, "x")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stuck stream: %v", err)
	}
}
