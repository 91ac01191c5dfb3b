package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// judge is the keytool that the stories of the front end are held against: they
// must be true of it as well. A JVM takes half a second for each call, so this is
// done by hand, with -run TestScript/keytool.
var judge = flag.String("judge", "", "the JDK's keytool, to which the stories are told in place of muxkey")

// The variables of the stories about the front end.
const (
	standInVar = "KEYTOOL" // the directory in which muxkey is called keytool
	jdkVar     = "JDK"     // that of the JDK's own
)

// standIn is a directory in which this program is called keytool.
func standIn(t *testing.T) string {
	t.Helper()
	program := *judge
	if program == "" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		program = self
	}
	dir := t.TempDir()
	if err := os.Symlink(program, filepath.Join(dir, "keytool")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// judged is a condition of stories: that they are told to the judge.
func judged(condition string) (bool, error) {
	if condition != "judged" {
		return false, fmt.Errorf("there is no condition %q", condition)
	}
	return *judge != "", nil
}

// jdk is the directory of the JDK's keytool, if there is one.
func jdk() string {
	path, err := exec.LookPath("keytool")
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// keytoolPasswords are those in the arguments of keytool. One that is also part of
// another argument may well be shown.
func keytoolPasswords(args []string, lookupEnv func(string) (string, bool)) (found []string) {
	var others []string
	for i := 0; i < len(args); i++ {
		option, source, _ := strings.Cut(strings.ToLower(args[i]), ":")
		isPassword := strings.HasPrefix(option, "-") && (strings.HasSuffix(option, "pass") && !strings.HasSuffix(option, "importpass") || option == "-new")
		if !isPassword || i+1 == len(args) {
			others = append(others, args[i])
			continue
		}
		i++
		switch source {
		case "":
			found = append(found, args[i])
		case "env":
			value, _ := lookupEnv(args[i])
			found = append(found, value)
		}
	}
	return slices.DeleteFunc(found, func(password string) bool {
		return slices.ContainsFunc(others, func(arg string) bool { return strings.Contains(arg, password) })
	})
}

func TestKeytoolPasswords(t *testing.T) {
	lookupEnv := func(name string) (string, bool) { return "of-" + name, true }
	for _, tt := range []struct{ line, want string }{
		{"-list -keystore store.p12 -storepass sesame-street", "sesame-street"},
		{"keytool -LIST --storePass sesame-street -KEYPASS:env PW", "sesame-street of-PW"},
		{"-storepasswd -storepass:env OLD -new newer-street", "of-OLD newer-street"},
		{"-importpass -alias sesame-street -storepass:file pw", ""},
		{"-genkeypair -dname CN=sesame-street -storepass sesame-street -keypass other-street", "other-street"},
		{"-list -storepass", ""},
	} {
		if got := strings.Join(keytoolPasswords(strings.Fields(tt.line), lookupEnv), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.line, got, tt.want)
		}
	}
}
