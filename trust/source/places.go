package source

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"muxkey/internal/named"
	"muxkey/trust"
)

// Place is a list of anchors that a system has, by a word instead of a path.
type Place struct {
	Word  string // "system"
	Title string
	// Paths are where it lies, the most likely first; the first that is there is
	// read. They may have wildcards, and begin with a variable of the environment.
	Paths []string
	// Password that it has where it has one.
	Password string
}

// Places lists them. A file of the same name is meant by "./system".
func Places() named.Set[Place] {
	return named.New(func(p Place) string { return p.Word },
		Place{
			Word: "system", Title: "the roots that this system trusts", Paths: []string{
				"$SSL_CERT_FILE",
				"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Gentoo
				"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
				"/etc/ssl/ca-bundle.pem",                            // openSUSE
				"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7 and later
				"/etc/ssl/cert.pem",                                 // Alpine, macOS, the BSDs
				"/usr/local/etc/ssl/cert.pem",                       // FreeBSD
			},
		},
		Place{
			Word: "mozilla", Title: "Mozilla's list of roots, as a package of this system has it", Paths: []string{
				"/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit",        // Fedora, RHEL
				"/usr/share/ca-certificates/trust-source/mozilla.trust.p11-kit", // Arch
				"/usr/share/pki/trust/ca-bundle.trust.p11-kit",                  // openSUSE
				"/usr/share/ca-certificates/mozilla",                            // Debian, Ubuntu, Alpine
			},
		},
		Place{
			Word: "java", Title: "the cacerts of Java: that of $JAVA_HOME, else the system's", Password: "changeit", Paths: []string{
				"$JAVA_HOME/lib/security/cacerts",
				"$JAVA_HOME/jre/lib/security/cacerts",   // Java 8
				"/etc/ssl/certs/java/cacerts",           // Debian
				"/etc/pki/java/cacerts",                 // Fedora, RHEL
				"/var/lib/ca-certificates/java-cacerts", // openSUSE
				"/usr/lib/jvm/default*/lib/security/cacerts",
				"/usr/lib/jvm/*/lib/security/cacerts",
				"/Library/Java/JavaVirtualMachines/*/Contents/Home/lib/security/cacerts",
			},
		},
	)
}

// Find returns the path of a place on this machine; lookup reads the environment.
// It fails with fs.ErrNotExist when the place is nowhere.
func (p Place) Find(lookup func(string) (string, bool)) (string, error) {
	for _, pattern := range p.Paths {
		set := true
		path := os.Expand(pattern, func(name string) string {
			value, _ := lookup(name)
			set = set && value != ""
			return value
		})
		if !set {
			continue
		}
		found := []string{path}
		if strings.Contains(pattern, "*") { // else a bracket in a variable is one
			if found, _ = filepath.Glob(path); len(found) == 0 {
				continue
			}
		}
		for _, name := range found {
			if _, err := os.Stat(name); err == nil {
				return name, nil
			}
		}
	}
	return "", fmt.Errorf("%s are nowhere on this machine: %w", p.Title, fs.ErrNotExist)
}

// Read adds the anchors of the place, which lies at path.
func (p Place) Read(ctx context.Context, b *trust.Builder, path string, o Options) error {
	if p.Password != "" {
		o.Password = func(string) func(context.Context) (string, error) {
			return func(context.Context) (string, error) { return p.Password, nil }
		}
	}
	return Path(ctx, b, path, o)
}
