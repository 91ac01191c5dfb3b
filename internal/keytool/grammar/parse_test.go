package grammar

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

func levelOf(t *testing.T, number string) level.Level {
	t.Helper()
	l, err := level.Parse(number)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLaunch is about the options of the JVM; the words on stderr are those of
// the JVMs of JDK 17 and 25.
func TestLaunch(t *testing.T) {
	tests := []struct {
		name        string
		args        []string
		environment map[string]string
		properties  map[string]string
		command     string
		stderr      string
	}{
		{
			name: "options stand anywhere", args: []string{"-J-Da=1", "-list", "-J-Xmx64m", "-alias", "-J-Db=x=y", "mine", "-J-Dc"},
			properties: map[string]string{"a": "1", "b": "x=y", "c": ""}, command: "-list",
		},
		{
			name: "the last of one property counts", args: []string{"-list", "-J-Da=1", "-J-Da=2"},
			properties: map[string]string{"a": "2"}, command: "-list",
		},
		{
			name: "the environment", args: []string{"-list", "-J-Da=line", "-J-Dd=line"},
			environment: map[string]string{"JAVA_TOOL_OPTIONS": "-Da=tool -Db='x y' -Xmx1g", "_JAVA_OPTIONS": " -Dd=\"last\"one ", "JDK_JAVA_OPTIONS": "-Da=no"},
			properties:  map[string]string{"a": "line", "b": "x y", "d": "lastone"}, command: "-list",
			stderr: "Picked up JAVA_TOOL_OPTIONS: -Da=tool -Db='x y' -Xmx1g\nPicked up _JAVA_OPTIONS:  -Dd=\"last\"one \n",
		},
		{
			name: "nothing but an option of the JVM is nothing at all", args: []string{"-J-Da=1"},
			properties: map[string]string{"a": "1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			around := around(&out, &stderr)
			around.LookupEnv = func(name string) (string, bool) { value, ok := tt.environment[name]; return value, ok }
			c, err := Parse(tt.args, levelOf(t, "21"), around)
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(c.Properties, tt.properties) || c.Command != tt.command || stderr.String() != tt.stderr {
				t.Errorf("properties %v, command %q, stderr %q", c.Properties, c.Command, stderr.String())
			}
			if c.Help != (tt.command == "") {
				t.Errorf("help is %v", c.Help)
			}
		})
	}
	_, err := Parse([]string{"-list", "-J", "-Xmx1g"}, levelOf(t, "21"), around(nil, nil))
	if launch, ok := errors.AsType[*LaunchError](err); !ok || launch.Message != "Error: The -J option should not be followed by a space." {
		t.Errorf("-J alone gives %v", err)
	}
}

// TestLevels is about what differs between the levels that no JDK here measures.
func TestLevels(t *testing.T) {
	tests := []struct {
		line  string
		level string
		want  string // of an error, or a command
	}{
		{"-list|-delete", "8", "-delete"},
		{"-list|-delete", "11", "java.lang.Exception: Only one command is allowed: both -list and -delete were specified."},
		{"-list|-cacerts", "8", "Illegal option:  -cacerts"},
		{"-list|-cacerts", "11", "-list"},
		{"-list|-conf|conf/all", "8", "Illegal option:  -conf"},
		{"-list|-addprovider|SUN", "8", "Illegal option:  -addprovider"},
		{"-h", "8", "Illegal option:  -h"},
		{"-?", "8", "Illegal option:  -?"},
		{"--help", "8", ""},
		{"-h", "11", ""},
		{"-genkeypair|-groupname|x", "8", "Illegal option:  -groupname"},
		{"-genkeypair|-groupname|x", "11", "-genkeypair"},
		{"-genkeypair|-signer|x", "11", "Illegal option:  -signer"},
		{"-genkeypair|-signer|x", "17", "-genkeypair"},
		{"-showinfo|-tls", "11", "Illegal option:  -showinfo"},
		{"-list|-tls", "11", "Illegal option:  -tls"},
		{"-showinfo|-tls", "17", "-showinfo"},
		{"-version", "17", "Illegal option:  -version"},
		{"-version", "21", "-version"},
		{"-list|-providerarg", "8", "Command option -providerarg needs an argument."},
		{"-list|-dest", "8", "java.lang.ArrayIndexOutOfBoundsException: 2"},
		{"-list|-dest", "11", "java.lang.ArrayIndexOutOfBoundsException: Index 2 out of bounds for length 2"},
		{"-list|-providerclass|a.B", "8", "java.lang.ClassNotFoundException: a.B"},
		{"-list|-providerclass|a.B|-providerarg|x", "8", "java.lang.ClassNotFoundException: a.B"},
		{"-list|-provider|sun.security.provider.Sun", "8", "-list"},
		{"-list|-providerclass|sun.security.ec.SunEC", "21", `java.lang.Exception: Provider "sun.security.ec.SunEC" not found`},
		{"-list|-debug|-foo", "8", "Illegal option:  -foo"},
	}
	for _, tt := range tests {
		t.Run(tt.level+" "+tt.line, func(t *testing.T) {
			var out, stderr bytes.Buffer
			c, err := Parse(strings.Split(tt.line, "|"), levelOf(t, tt.level), around(&out, &stderr))
			got := c.Command
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(c.Warnings) > 0 {
				t.Errorf("it warns: %q", c.Warnings)
			}
			if tt.level == "8" && out.Len() > 0 {
				t.Errorf("level 8 prints %q", out.String())
			}
		})
	}
}

// TestHelpByLevel looks at the texts of levels that no JDK here measures; their
// tables are from the sources of those JDKs.
func TestHelpByLevel(t *testing.T) {
	tests := []struct {
		level, command string
		has, hasNot    []string
	}{
		{"8", "", []string{" -storepasswd        Changes", "Use \"keytool -command_name -help\" for usage of command_name\n"}, []string{"-showinfo", "-version", "-conf", "-keyclone"}},
		{"8", "-certreq", []string{
			"keytool -certreq [OPTION]...\n", " -dname <dname>                  distinguished name\n",
			" -providerclass <providerclass>  provider class name\n -providerarg <arg>              provider argument\n",
			"Use \"keytool -help\" for all available commands\n",
		}, []string{"-ext", "-addprovider"}},
		{"8", "-genkeypair", []string{" -destalias <destalias> ", " -validity <valDays> "}, []string{"-groupname", "-signer"}},
		{"8", "-gencrl", []string{" -ext <value> ", " -file <filename> "}, nil},
		{"11", "", []string{"Use the -conf <url> option"}, []string{"-showinfo", "-version"}},
		{"11", "-genkeypair", []string{" -groupname <name> ", " -destalias <alias> ", " -addprovider <name> "}, []string{"-signer"}},
		{"11", "-printcert", []string{" -jarfile <file> "}, []string{"-keystore", "-trustcacerts"}},
		{"17", "-genkeypair", []string{" -signer <alias> "}, []string{"-destalias"}},
		{"21", "", []string{" -version            Prints the program version\n"}, nil},
	}
	for _, tt := range tests {
		text := Help(levelOf(t, tt.level), tt.command)
		for _, want := range tt.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s %s has no %q:\n%s", tt.level, tt.command, want, text)
			}
		}
		for _, unwanted := range tt.hasNot {
			if strings.Contains(text, unwanted) {
				t.Errorf("%s %s has %q:\n%s", tt.level, tt.command, unwanted, text)
			}
		}
	}
}

// TestURLs is about passwords in files that are named by a URL.
func TestURLs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("s3cret\r\nmore\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	around := around(&out, &stderr)
	around.ReadURL = func(url string) ([]byte, error) {
		if url != "https://example.com/p" {
			return nil, errors.New("no such page")
		}
		return []byte("remote\n"), nil
	}
	for name, want := range map[string]string{
		path: "s3cret", "file:" + path: "s3cret", "file://" + path: "s3cret", "FILE://localhost" + path: "s3cret",
		"https://example.com/p": "remote", "http://example.com/p": "java.io.IOException: no such page", "ftps:x": "Cannot find file: ftps:x",
		"file:" + path + "x": "java.io.FileNotFoundException: " + path + "x (No such file or directory)",
	} {
		c, err := Parse([]string{"-list", "-storepass:file", name}, levelOf(t, "21"), around)
		got := ptr(c.StorePass)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", name, got, want)
		}
	}
}

func ptr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// TestCACertsWarning is about the path of the JDK's own trust store, which is
// mentioned at once, and under the one name of the option only.
func TestCACertsWarning(t *testing.T) {
	for args, want := range map[string]string{
		"-list|-keystore|/cacerts":                  "Warning: use -cacerts option to access cacerts keystore\n",
		"-list|-keystore|/cacerts|-keystore|/other": "Warning: use -cacerts option to access cacerts keystore\n",
		"-list|-destkeystore|/cacerts":              "",
		"-list|-keystore|/other":                    "",
	} {
		var out, stderr bytes.Buffer
		around := around(&out, &stderr)
		around.IsCACerts = func(_ *Call, path string) bool { return path == "/cacerts" }
		if _, err := Parse(strings.Split(args, "|"), levelOf(t, "21"), around); err != nil {
			t.Fatal(err)
		}
		if stderr.String() != want {
			t.Errorf("%s says %q", args, stderr.String())
		}
	}
}

// TestPKCS11 refuses to go on without a token that was asked for.
func TestPKCS11(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p11.cfg")
	if err := os.WriteFile(path, []byte("name=x\nlibrary=/x.so\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	_, err := Parse([]string{"-list", "-addprovider", "SunPKCS11", "-providerarg", path}, levelOf(t, "21"), around(&out, &stderr))
	if e := exception.Of(err); e.Class != "java.security.ProviderException" || !strings.Contains(e.Message, "--signer pkcs11:") {
		t.Errorf("a token gives %v", err)
	}
}

// TestSecrets are the options that take :env and :file, and the only ones.
func TestSecrets(t *testing.T) {
	var secrets []string
	for _, o := range options() {
		if isPassword(o.name()) {
			secrets = append(secrets, o.name())
		}
	}
	want := []string{"destkeypass", "deststorepass", "keypass", "new", "signerkeypass", "srckeypass", "srcstorepass", "storepass"}
	if slices.Sort(secrets); !slices.Equal(secrets, want) {
		t.Errorf("the passwords are %q", secrets)
	}
}
