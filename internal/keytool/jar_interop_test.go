package keytool_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muxkey/internal/keytool/differ"
	"muxkey/internal/peer"
)

// pack makes a JAR of the files of another one, with others in place of some.
func pack(t *testing.T, path, from string, files map[string]string, drop string) {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	add := func(name string, data []byte) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{drop: true}
	if from != "" {
		r, err := zip.OpenReader(from)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		for _, f := range r.File {
			if seen[f.Name] {
				continue
			}
			seen[f.Name] = true
			if text, ok := files[f.Name]; ok {
				add(f.Name, []byte(text))
				continue
			}
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			var data bytes.Buffer
			if _, err := data.ReadFrom(in); err != nil {
				t.Fatal(err)
			}
			add(f.Name, data.Bytes())
		}
	}
	for name, text := range files {
		if !seen[name] {
			add(name, []byte(text))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestJarMeasured holds -printcert -jarfile against JDK 17: JARs that jarsigner has
// signed, once and twice, and that were changed afterwards.
func TestJarMeasured(t *testing.T) {
	program, err := filepath.EvalSymlinks(peer.Program(t, "keytool"))
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Dir(filepath.Dir(program))
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), filepath.Join(home, "bin", name), args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	env := append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "JAVA_HOME="+home)
	d, err := differ.StartDriver(t.Context(), home, dir, t.TempDir(), env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	store := []string{"-keystore", at("s.p12"), "-storepass", "changeit"}
	for _, args := range [][]string{
		{"-genkeypair", "-alias", "ca", "-keyalg", "RSA", "-dname", "CN=CA", "-ext", "bc"},
		{"-genkeypair", "-alias", "rsa", "-keyalg", "RSA", "-keysize", "1024", "-sigalg", "SHA1withRSA", "-dname", "CN=R", "-signer", "ca", "-ext", "eku=codeSigning"},
		{"-genkeypair", "-alias", "ec", "-keyalg", "EC", "-dname", "CN=E"},
		{"-genkeypair", "-alias", "ed", "-keyalg", "Ed25519", "-dname", "CN=D"},
	} {
		if r, err := d.Run(t.Context(), append(args, store...), ""); err != nil || r.Status != 0 {
			t.Fatal(err, r)
		}
	}
	pack(t, at("plain.jar"), "", map[string]string{"a.txt": "a", "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\n\r\n"}, "")
	for _, alias := range []string{"rsa", "ec", "ed"} {
		run("jarsigner", append(store, "-signedjar", at(alias+".jar"), at("plain.jar"), alias)...)
	}
	run("jarsigner", append(store, "-signedjar", at("twice.jar"), at("rsa.jar"), "ec")...)
	pack(t, at("more.jar"), at("rsa.jar"), map[string]string{"b.txt": "b"}, "")
	pack(t, at("changed.jar"), at("rsa.jar"), map[string]string{"a.txt": "b"}, "")
	pack(t, at("main.jar"), at("rsa.jar"), map[string]string{"META-INF/MANIFEST.MF": "Manifest-Version: 2.0\r\n\r\n"}, "")
	pack(t, at("file.jar"), at("rsa.jar"), map[string]string{"META-INF/RSA.SF": "Signature-Version: 1.0\r\n\r\n"}, "")
	pack(t, at("block.jar"), at("rsa.jar"), map[string]string{"META-INF/RSA.RSA": "garbage"}, "")
	pack(t, at("no-file.jar"), at("rsa.jar"), nil, "META-INF/RSA.SF")
	pack(t, at("no-manifest.jar"), at("rsa.jar"), nil, "META-INF/MANIFEST.MF")
	for _, name := range []string{
		"plain", "rsa", "ec", "ed", "twice", "more", "changed", "main", "file", "block", "no-file", "no-manifest",
	} {
		for _, more := range [][]string{nil, {"-rfc"}} {
			args := append([]string{"-printcert", "-jarfile", at(name + ".jar")}, more...)
			want, err := d.Run(t.Context(), args, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, call{args: args}.ours(t, "17")); diff != "" {
				t.Errorf("%v: %s", args, diff)
			}
		}
	}
}
