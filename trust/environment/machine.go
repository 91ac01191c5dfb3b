package environment

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Machine is what is looked at.
type Machine struct {
	// LookupEnv reads a variable of the environment.
	LookupEnv func(name string) (string, bool)
	// Command finds a program by its name; "" when it is not there.
	Command func(name string) string
	// Run returns what a program prints. It does not see the variables to hide.
	Run func(ctx context.Context, hide []string, argv ...string) (string, error)

	mu    sync.Mutex
	known map[string]content
}

// patience is for one program that is asked for its settings.
const patience = 10 * time.Second

// Local is this machine, with its variables from the caller.
func Local(lookup func(string) (string, bool)) *Machine {
	return &Machine{
		LookupEnv: lookup,
		Command: func(name string) string {
			path, err := exec.LookPath(name)
			if err != nil {
				return ""
			}
			return path
		},
		Run: func(ctx context.Context, hide []string, argv ...string) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			c := exec.CommandContext(ctx, argv[0], argv[1:]...)
			c.WaitDelay = time.Second
			c.Env = slices.DeleteFunc(c.Environ(), func(entry string) bool {
				name, _, _ := strings.Cut(entry, "=")
				return slices.Contains(hide, name)
			})
			out, err := c.Output()
			return string(out), err
		},
	}
}

func (m *Machine) env(name string) string {
	v, _ := m.LookupEnv(name)
	return v
}

// unseen stands for a list within a program.
const unseen = "-"

func always(context.Context, *Machine) string { return unseen }

// variable reads the first of some variables that is not empty: most programs take
// one that is empty for none.
func variable(names ...string) func(context.Context, *Machine) string {
	return func(_ context.Context, m *Machine) string {
		for _, name := range names {
			if v := m.env(name); v != "" {
				return v
			}
		}
		return ""
	}
}

// curlFile is SSL_CERT_FILE, which curl before 8.2 does not look at where there is
// SSL_CERT_DIR (issue 11325 of curl).
func curlFile(ctx context.Context, m *Machine) string {
	file := m.env("SSL_CERT_FILE")
	if file == "" || m.env("SSL_CERT_DIR") == "" {
		return file
	}
	out, _ := m.Run(ctx, nil, "curl", "--version")
	words := strings.Fields(out)
	if len(words) < 2 || older(words[1], 8, 2) {
		return ""
	}
	return file
}

// older tells whether a version is before another one.
func older(version string, major, minor int) bool {
	a, rest, _ := strings.Cut(version, ".")
	b, _, _ := strings.Cut(rest, ".")
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return x < major || x == major && y < minor
}

// property reads a system property out of a variable that holds options of Java;
// of several the last counts.
func property(name, property string) func(context.Context, *Machine) string {
	return func(_ context.Context, m *Machine) string {
		value := ""
		for _, word := range options(m.env(name)) {
			if v, ok := strings.CutPrefix(word, "-D"+property+"="); ok {
				value = v
			}
		}
		return value
	}
}

// options parts words at blanks, and takes quotes away.
func options(text string) []string {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}

func (m *Machine) hasOption(variable, option string) bool {
	return slices.Contains(options(m.env(variable)), option)
}

// nodeSystem is the system's file where Node.js is told to look at it and can:
// the flag came with 22.15 and 23.8, the variable with 22.19 and 24.6.
func nodeSystem(ctx context.Context, m *Machine) string {
	const flag = "--use-system-ca"
	byFlag := m.hasOption("NODE_OPTIONS", flag)
	if m.env("NODE_USE_SYSTEM_CA") != "1" && !byFlag {
		return ""
	}
	out, err := m.Run(ctx, []string{"NODE_OPTIONS"}, "node", "-p", `process.version`)
	version := strings.TrimPrefix(strings.TrimSpace(out), "v")
	if err != nil || older(version, 22, 19) || !older(version, 23, 0) && older(version, 24, 6) {
		return ""
	}
	return place(systemFile...)(ctx, m)
}

// ask runs a program for one of its settings; what fails, or prints "null" or
// "undefined", has none.
func ask(hide []string, argv ...string) func(context.Context, *Machine) string {
	return func(ctx context.Context, m *Machine) string {
		if m.Command(argv[0]) == "" {
			return ""
		}
		out, err := m.Run(ctx, hide, argv...)
		out = strings.TrimSpace(out)
		if err != nil || out == "null" || out == "undefined" || strings.Contains(out, "\n") {
			return ""
		}
		return out
	}
}

// place is the first path that is there.
func place(paths ...string) func(context.Context, *Machine) string {
	return func(context.Context, *Machine) string {
		for _, path := range paths {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
		return ""
	}
}

// opensslPlace is where OpenSSL looks by itself: a name in its own directory, or
// what is usual where that is not known.
func opensslPlace(name string, usual []string) func(context.Context, *Machine) string {
	return func(ctx context.Context, m *Machine) string {
		out := ask(nil, "openssl", "version", "-d")(ctx, m)
		if _, quoted, ok := strings.Cut(out, `"`); ok {
			path := filepath.Join(strings.TrimSuffix(quoted, `"`), name)
			if _, err := os.Stat(path); err == nil {
				return path
			}
			return ""
		}
		return place(usual...)(ctx, m)
	}
}

// expand puts variables into a path; ok is false when one of them is not set.
func (m *Machine) expand(path string) (expanded string, ok bool) {
	ok = true
	expanded = os.Expand(path, func(name string) string {
		v := m.env(name)
		ok = ok && v != ""
		return v
	})
	return expanded, ok
}

// maxSettings is the size from which on a file is none of settings.
const maxSettings = 1 << 20

// setting reads a key out of the first of some files that has it: lines "key =
// value", "key: value" or "key value", under a section "[name]" where one is named.
func setting(section, key string, files ...string) func(context.Context, *Machine) string {
	return func(_ context.Context, m *Machine) string {
		for _, file := range files {
			path, ok := m.expand(file)
			if !ok {
				continue
			}
			if v := readSetting(path, section, func(k string) bool { return k == key }); v != "" {
				return v
			}
		}
		return ""
	}
}

// wgetrc reads a setting of wget, which does not see case, dashes and underscores.
func wgetrc(key string) func(context.Context, *Machine) string {
	clean := strings.NewReplacer("-", "", "_", "")
	return func(_ context.Context, m *Machine) string {
		own := "$HOME/.wgetrc"
		if m.env("WGETRC") != "" {
			own = "$WGETRC"
		}
		for _, file := range []string{own, "/etc/wgetrc"} {
			path, ok := m.expand(file)
			if !ok {
				continue
			}
			if v := readSetting(path, "", func(k string) bool { return strings.EqualFold(clean.Replace(k), key) }); v != "" {
				return v
			}
		}
		return ""
	}
}

// awsConfig reads ca_bundle of the profile in use.
func awsConfig(ctx context.Context, m *Machine) string {
	file := "$HOME/.aws/config"
	if m.env("AWS_CONFIG_FILE") != "" {
		file = "$AWS_CONFIG_FILE"
	}
	section := "default"
	for _, name := range []string{"AWS_DEFAULT_PROFILE", "AWS_PROFILE"} {
		if v := m.env(name); v != "" && v != "default" {
			section = "profile " + v
		}
	}
	return setting(section, "ca_bundle", file)(ctx, m)
}

// readSetting returns the last value of a key in a file.
func readSetting(path, section string, isKey func(string) bool) (value string) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSettings {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it was only read
	in := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' && strings.HasSuffix(line, "]") {
			in = strings.TrimSpace(line[1 : len(line)-1])
			continue
		}
		line = strings.TrimPrefix(line, "--") // of curl
		end := strings.IndexAny(line, " \t=:")
		if in != section || end < 0 || !isKey(line[:end]) {
			continue
		}
		value = strings.TrimSpace(strings.TrimLeft(line[end:], " \t=:"))
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
	}
	return value
}

// javaHome is a file among the security files of the Java that is found first.
func javaHome(name string) func(context.Context, *Machine) string {
	return func(_ context.Context, m *Machine) string {
		home := m.env("JAVA_HOME")
		if java := m.Command("java"); java != "" { // the one that is started
			if file, err := filepath.EvalSymlinks(java); err == nil {
				home = filepath.Dir(filepath.Dir(file))
			}
		}
		for _, folder := range []string{"lib/security", "jre/lib/security"} { // the other one of Java 8
			path := filepath.Join(home, folder, name)
			if _, err := os.Stat(path); home != "" && err == nil {
				return path
			}
		}
		return ""
	}
}

// split parts a list of directories, as OpenSSL and Go take them.
func split(value string) []string {
	if runtime.GOOS == "windows" {
		return []string{value}
	}
	return filepath.SplitList(value)
}

var errNoPEM = errors.New("it is no PEM file")
