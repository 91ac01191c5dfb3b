package keytool

import (
	"os/user"
	"path/filepath"

	"muxkey/trust/source"
)

// property is a system property that the command line gives, or the other value.
func (t *tool) property(name, other string) string {
	if value, ok := t.call.Properties[name]; ok {
		return value
	}
	return other
}

// userHome is Java's user.home: that of the user database, whatever $HOME says.
func (t *tool) userHome() string {
	home := "?" // as Java has it for a user that nobody knows
	if u, err := user.Current(); err == nil && u.HomeDir != "" {
		home = u.HomeDir
	}
	return t.property("user.home", home)
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
