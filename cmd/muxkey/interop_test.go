package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	peers "muxkey/internal/peer"
)

// The names under which muxkey says that Java lists the entries of a store are
// those under which keytool lists them, for stores of every writer. Whether Java
// 17 opens a store at all is as the table of programs says.
func TestAliasesAsKeytoolLists(t *testing.T) {
	keytool := peers.Program(t, "keytool")
	passwords := map[string]string{"openssl-empty-password.p12": ""}
	// Stores that keytool does not open, and why.
	closed := map[string]string{
		"keytool-25-legacy-password-unicode.p12": notASCII,
		"openssl-legacy-password-unicode.p12":    notASCII,
		"openssl-password-unicode.p12":           notASCII,
		"openssl-mac-blake2b512.p12":             "Java has no such MAC",
		"openssl-mac-sha3-256.p12":               "Java has no such MAC for PKCS#12",
		"openssl-pbe-sha1-2des.p12":              "Java has no such cipher",
		"openssl-pbe-sha1-des.p12":               "Java has no such cipher",
		"openssl-pbes2-aes-192-cbc.p12":          "Java knows AES with 128 and 256 bits",
		"openssl-pbes2-camellia-256-cbc.p12":     "Java has no such cipher",
		"openssl-pbes2-des-ede3-cbc.p12":         "Java knows 3DES in its older form only",
	}
	// Stores that keytool opens, and the table does not say so.
	beyond := map[string]string{
		"openssl-pbe-md5-des.p12":  "Java knows this one of the ciphers that the table has as one",
		"openssl-plain.p12":        "Java passes over keys in the open, so it reads nothing of use",
		"openssl-plain-no-mac.p12": "the same",
	}
	stores, err := filepath.Glob("../../pkcs12x/testdata/*.p12")
	if err != nil || len(stores) == 0 {
		t.Fatalf("no stores found: %v", err)
	}
	version, err := exec.CommandContext(t.Context(), keytool, "-J-version").CombinedOutput()
	if err != nil {
		t.Fatalf("keytool -J-version: %v: %s", err, version)
	}
	is17 := strings.Contains(string(version), `version "17`)

	for _, path := range stores {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			password, ok := passwords[name]
			if !ok {
				password = "changeit"
			}
			if closed[name] == notASCII {
				t.Skip(notASCII)
			}
			ours := inspected(t, path, password)
			reason, shut := closed[name]
			if _, ok := beyond[name]; is17 && ours.reads17 == (shut || ok) {
				t.Errorf("the table of programs says that Java 17 reads it: %v", ours.reads17)
			}
			if shut {
				t.Skip("keytool does not open it: " + reason)
			}
			// The quick compiler is soonest done with little work, and slow at much.
			jvm := "-J-XX:TieredStopAtLevel=1"
			if ours.iterations > 100_000 {
				jvm = "-J-XX:+UseSerialGC"
			}
			theirs := keytoolAliases(t, path, password, jvm)
			if diff := cmp.Diff(theirs, ours.aliases); diff != "" {
				t.Errorf("aliases (-keytool +muxkey):\n%s", diff)
			}
		})
	}
}

const notASCII = "keytool takes passwords in printable ASCII only for PKCS#12"

// facts are what muxkey says of a store that Java can judge.
type facts struct {
	aliases    []string // the names for Java, sorted
	reads17    bool     // whether Java 17 reads it
	iterations int      // of the integrity check
}

func inspected(t *testing.T, path, password string) (f facts) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "muxkey", "inspect", path, "--json", "--password", "pass:"+password).Output()
	if err != nil {
		t.Fatalf("muxkey inspect: %v", err)
	}
	var report struct {
		Targets []struct {
			Integrity struct{ Iterations int }
			Entries   []struct{ JavaAlias string }
			OpensIn   []struct {
				ID    string
				Reads bool
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil || len(report.Targets) != 1 {
		t.Fatalf("%v in %s", err, out)
	}
	target := report.Targets[0]
	f.iterations = target.Integrity.Iterations
	for _, e := range target.Entries {
		if e.JavaAlias != "" {
			f.aliases = append(f.aliases, e.JavaAlias)
		}
	}
	for _, o := range target.OpensIn {
		f.reads17 = f.reads17 || o.ID == "java-17" && o.Reads
	}
	slices.Sort(f.aliases)
	return f
}

// keytoolAliases are the names that keytool lists, sorted.
func keytoolAliases(t *testing.T, path, password, jvm string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "keytool", jvm, "-J-Duser.language=en",
		"-list", "-rfc", "-keystore", path, "-storetype", "PKCS12", "-storepass", password).CombinedOutput()
	if err != nil {
		t.Fatalf("keytool -list: %v: %s", err, out)
	}
	var aliases []string
	for line := range strings.Lines(string(out)) {
		if alias, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "Alias name: "); ok {
			aliases = append(aliases, alias)
		}
	}
	slices.Sort(aliases)
	return aliases
}
