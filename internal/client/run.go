package client

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// patience is for one attempt.
const patience = time.Minute

// run is a program on its way to be run.
type run struct {
	Attempt
	program  string
	ip, port string   // of Address; ip may be a name
	dir      string   // a directory of its own, which goes away
	args     []string // behind the program
	env      []string // besides what is kept of the environment
	etc      string   // a directory that is laid over /etc; empty for none
}

// sign is something that a program says, and what it means.
type sign struct {
	// pattern is a regular expression, compiled when it is needed. The words of its
	// first group are the client's reason; without a group it is the whole line.
	pattern string
	verdict Answer
	reason  Reason
}

// command is a client that is a program: prepare says how it is run, and the first
// sign that is found in what it says is the verdict.
func command(prepare func(ctx context.Context, r *run) error, signs ...sign) func(context.Context, string, Attempt) Result {
	return func(ctx context.Context, program string, a Attempt) Result {
		r, err := newRun(program, a)
		if err == nil {
			defer r.clean()
			err = prepare(ctx, r)
		}
		if err != nil {
			return Result{Answer: Failed, Says: oneLine(err.Error())}
		}
		said, err := r.exec(ctx)
		return verdict(said, err, signs)
	}
}

func newRun(program string, a Attempt) (*run, error) {
	r := &run{Attempt: a, program: program}
	var err error
	if r.ip, r.port, err = net.SplitHostPort(a.Address); err != nil {
		return nil, err
	}
	if a.Bundle != "" {
		if r.Bundle, err = filepath.Abs(a.Bundle); err != nil {
			return nil, err
		}
		if _, err := os.Stat(r.Bundle); err != nil {
			return nil, err
		}
	}
	if r.dir, err = os.MkdirTemp("", "muxkey-client-"); err != nil {
		return nil, err
	}
	return r, os.Mkdir(r.home(), 0o700)
}

func (r *run) clean() { _ = os.RemoveAll(r.dir) } // it lies where what is temporary lies

func (r *run) home() string { return filepath.Join(r.dir, "home") }

// url is where a client of HTTP is sent.
func (r *run) url() string { return "https://" + net.JoinHostPort(r.Host, r.port) + "/" }

// isIP tells whether the server is asked for by an address, which SNI has no word
// for (RFC 6066 section 3).
func (r *run) isIP() bool { return net.ParseIP(r.Host) != nil }

// file writes a file of the run and returns its path.
func (r *run) file(name string, data []byte) (string, error) {
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, data, 0o600)
}

// overEtc makes the run see files below /etc that are not there, or others than
// there are: content by path from /etc.
func (r *run) overEtc(files map[string][]byte) error {
	for path, data := range files {
		if _, err := r.file("etc/"+path, data); err != nil {
			return err
		}
	}
	r.etc = filepath.Join(r.dir, "etc")
	return filepath.WalkDir(r.etc, func(path string, d fs.DirEntry, err error) error { // programs may drop their rights
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755) //nolint:gosec // it is to look as /etc does
		}
		return os.Chmod(path, 0o644) //nolint:gosec // as above
	})
}

// ours begins the variables that the program itself heeds; its password is one.
const ours = "MUXKEY_"

// kept tells whether a variable of the environment is passed on. Those that say what
// is trusted, how it is verified, which proxy is between, or with which options a
// program runs are not.
func kept(name string) bool {
	upper := strings.ToUpper(name)
	if strings.HasPrefix(upper, ours) || strings.HasPrefix(upper, "GIT_") || strings.HasPrefix(upper, "XDG_") || strings.HasSuffix(upper, "_PROXY") {
		return false
	}
	return !slices.Contains([]string{
		"SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE", "OPENSSL_CONF", "SSLKEYLOGFILE",
		"CURL_CA_BUNDLE", "CURL_HOME", "CURL_SSL_BACKEND", "REQUESTS_CA_BUNDLE", "PIP_CERT", "AWS_CA_BUNDLE", "HTTPLIB2_CA_CERTS",
		"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
		"NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "NODE_OPTIONS", "NODE_TLS_REJECT_UNAUTHORIZED",
		"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH",
		"PYTHONSTARTUP", "PYTHONPATH", "PYTHONHTTPSVERIFY", "RUBYOPT", "RUBYLIB", "PHPRC", "PHP_INI_SCAN_DIR",
		"WGETRC", "SYSTEM_WGETRC", "P11_KIT_STRICT", "GNUTLS_SYSTEM_PRIORITY_FILE", "NSS_DEFAULT_DB_TYPE", "GODEBUG",
		"HOME", "LANGUAGE", "LC_ALL", "DISPLAY", "WAYLAND_DISPLAY",
	}, upper)
}

// exec runs the program to its end and returns what it said.
func (r *run) exec(ctx context.Context) ([]byte, error) {
	c, said := r.command(ctx)
	err := c.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return said.text, err
}

func (r *run) command(ctx context.Context) (*exec.Cmd, *head) {
	argv := append([]string{r.program}, r.args...)
	if r.etc != "" {
		argv = append(overlay(r.etc), argv...)
	}
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Dir = r.dir
	c.Env = slices.DeleteFunc(c.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return !kept(name)
	})
	// Messages are read, so they must be in English.
	c.Env = append(append(c.Env, "HOME="+r.home(), "LC_ALL=C"), r.env...)
	c.WaitDelay = 2 * time.Second
	said := &head{}
	c.Stdout, c.Stderr = said, said
	return c, said
}

// overlay is the beginning of a command that sees a directory laid over /etc. The
// mount is in a namespace of its own and ends with the command; who is not root
// becomes it in a user namespace.
func overlay(over string) []string {
	argv := []string{"unshare", "--mount"}
	if os.Getuid() != 0 {
		argv = append(argv, "--map-root-user")
	}
	return append(argv, "--", "sh", "-c", `mount -t overlay -o "lowerdir=$1:/etc" overlay /etc && shift && exec "$@"`, "sh", over)
}

// head keeps the beginning of what is written: pages can be long.
type head struct{ text []byte }

func (h *head) Write(p []byte) (int, error) {
	const most = 1 << 20
	h.text = append(h.text, p[:min(len(p), most-len(h.text))]...)
	return len(p), nil
}

// verdict reads what a program said.
func verdict(said []byte, err error, signs []sign) Result {
	for _, s := range signs {
		at := regexp.MustCompile("(?m)" + s.pattern).FindSubmatchIndex(said)
		if at == nil {
			continue
		}
		from, to := at[0], at[1]
		if len(at) > 2 && at[2] >= 0 {
			from, to = at[2], at[3]
		} else {
			from = bytes.LastIndexByte(said[:from], '\n') + 1
			if end := bytes.IndexByte(said[to:], '\n'); end >= 0 {
				to += end
			} else {
				to = len(said)
			}
		}
		return Result{s.verdict, s.reason, oneLine(string(said[from:to]))}
	}
	lines := strings.FieldsFunc(string(said), func(r rune) bool { return r == '\n' || r == '\r' })
	last := ""
	if len(lines) > 0 {
		last = oneLine(lines[len(lines)-1])
	}
	switch {
	case err == nil:
		last = cmp.Or(last, "it ended without a word")
	case last == "":
		last = err.Error()
	default:
		last = fmt.Sprintf("%v; it said: %s", err, last)
	}
	return Result{Answer: Failed, Says: last}
}

// oneLine is a text as it fits into a cell of a table.
func oneLine(text string) string {
	const most = 300
	words := strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " ")))
	text = strings.Join(words, " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " ..."
	}
	return text
}
