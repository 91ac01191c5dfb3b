package keytool

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"

	"muxkey/internal/console"
	"muxkey/trust/source"
)

// property is a system property that the command line gives, or the other value.
func (t *tool) property(name, other string) string {
	if value, ok := t.call.Properties[name]; ok {
		return value
	}
	return other
}

// userHome is Java's user.home.
func (t *tool) userHome() string {
	home, _ := systemProperty(t.env, "user.home")
	return t.property("user.home", home)
}

// systemProperty returns a property that Java finds by itself, of those that
// scripts use.
func systemProperty(env *console.Env, name string) (value string, ok bool) {
	switch name {
	case "user.home":
		// The user database counts, whatever $HOME says.
		if u, err := user.Current(); err == nil && len(u.HomeDir) > 1 {
			return u.HomeDir, true
		}
		if home, ok := env.LookupEnv("HOME"); ok {
			return home, true
		}
		return "?", true // as Java has it for a user that nobody knows
	case "user.name":
		if u, err := user.Current(); err == nil {
			return u.Username, true
		}
		return "?", true
	case "user.dir":
		dir, err := os.Getwd()
		return dir, err == nil
	case "java.home":
		return env.LookupEnv("JAVA_HOME")
	case "java.io.tmpdir":
		if runtime.GOOS != "windows" {
			return "/tmp", true // whatever TMPDIR says
		}
		return os.TempDir(), true
	case "file.separator":
		return string(filepath.Separator), true
	case "path.separator":
		return string(filepath.ListSeparator), true
	case "line.separator":
		if runtime.GOOS == "windows" {
			return "\r\n", true
		}
		return "\n", true
	}
	return "", false
}

// cacerts is the trust store of the JDK that java.home or JAVA_HOME names, else
// the system's. Where there is none it is where Debian has it.
func (t *tool) cacerts() string {
	if home := t.property("java.home", ""); home != "" {
		return filepath.Join(home, "lib", "security", "cacerts")
	}
	if place, ok := source.Places().Get("java"); ok {
		if path, err := place.Find(t.env.LookupEnv); err == nil {
			return path
		}
	}
	if home, ok := t.env.LookupEnv("JAVA_HOME"); ok && home != "" {
		return filepath.Join(home, "lib", "security", "cacerts")
	}
	return "/etc/ssl/certs/java/cacerts"
}
