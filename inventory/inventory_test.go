package inventory

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"muxkey/keystore"
)

// fixture is a file of the repository's testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// file is a member of an archive, or a file in a directory.
type file struct {
	name string
	data []byte
}

func zipped(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, f := range files {
		method := zip.Deflate
		if i%2 == 1 {
			method = zip.Store
		}
		out, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.data)), Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tree writes files into a new directory.
func tree(t testing.TB, files ...file) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// said is what a walk found, a line for each thing, with paths below dir.
func said(t testing.TB, dir string, o Options, targets ...Target) []string {
	t.Helper()
	if targets == nil {
		targets = []Target{{Path: dir}}
	}
	short := func(s string) string {
		return strings.ReplaceAll(filepath.ToSlash(strings.ReplaceAll(s, dir+string(filepath.Separator), "")), filepath.ToSlash(dir), ".")
	}
	lines := []string{}
	for line := range Walk(t.Context(), targets, o, func(_ context.Context, f Found) string {
		layer := ""
		if l := f.Layer; l != nil {
			layer = fmt.Sprintf(" [%s %d/%d]", l.Image, l.Number, l.Of)
		}
		switch {
		case f.Store != nil:
			if f.Store.Path != f.Path {
				t.Errorf("the store at %s says it is at %s", f.Path, f.Store.Path)
			}
			return short(f.Path) + layer + ": " + f.Store.Format
		case f.Err != nil:
			return short(f.Path) + layer + ": error: " + short(f.Err.Error())
		}
		return short(f.Path) + layer + ": skipped: " + f.Skipped
	}) {
		lines = append(lines, line)
	}
	return lines
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func recursive() Options { return Options{Recursive: true} }

func TestTree(t *testing.T) {
	p12, pem := fixture(t, "chain.p12"), fixture(t, "root.pem")
	script := append([]byte("#!/bin/sh\n"+strings.Repeat("# a long introduction\n", 5000)+"cat <<EOF\n"), pem...)
	dir := tree(
		t, file{"b/keystore.txt", p12}, file{"a/root", pem}, file{"a/notes", []byte("nothing")}, file{"a-b/x.pem", pem}, file{"empty", nil},
		file{"picture.p12", fixture(t, "picture.png")}, file{"install.sh", script}, file{"values.yaml", append([]byte("ca: |\n"), bytes.ReplaceAll(pem, []byte("\n"), []byte("\n    "))...)},
		file{"cut.p12", fixture(t, "truncated.p12")}, file{"login.keychain", []byte("kych")},
	)
	want(
		t, said(t, dir, recursive()), "a/root: pem", "a-b/x.pem: pem", "b/keystore.txt: pkcs12",
		"cut.p12: error: reading cut.p12: it is a PKCS#12 keystore, but damaged: an element says 2123 bytes where 1059 are left (cut short?)",
		"install.sh: pem", "login.keychain: error: reading login.keychain: it is a macOS keychain, which this version does not read", "values.yaml: pem",
	)
	// Programs have such texts in them. A file that begins as PEM is meant as one.
	source := "package x\n\nconst pem = `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`\n"
	code := tree(t, file{"a.go", []byte(source)}, file{"b.pem", []byte("\n-----BEGIN CERTIFICATE-----\nMIIB\n")})
	want(
		t, said(t, code, recursive()), "a.go: skipped: it is a text with parts of PEM in it: line 5: END CERTIFICATE without a BEGIN line (is the beginning missing?)",
		"b.pem: error: reading b.pem: it is a PEM file, but damaged: line 2: the CERTIFICATE block that begins here has no END line (cut short?)",
	)
	// One directory alone.
	want(t, said(t, filepath.Join(dir, "a"), Options{}), "root: pem")
	// What is left out is no reason to say that nothing is there.
	skip := func(names ...string) Options {
		return Options{Recursive: true, Skip: func(path string) bool { return slices.Contains(names, strings.TrimPrefix(path, dir+"/")) }}
	}
	want(t, said(t, filepath.Join(dir, "a"), skip("a/root")))
	want(t, said(t, dir, skip("a", "cut.p12", "login.keychain", "install.sh")), "a-b/x.pem: pem", "b/keystore.txt: pkcs12", "values.yaml: pem")
	// Where nothing is, that is said.
	bare := tree(t, file{"a", []byte("x")}, file{"b/c", []byte("x")})
	want(t, said(t, bare, recursive()), ".: error: inspect the directory .: none of its 2 files is a keystore, certificate or key")
	want(t, said(t, bare, Options{}), ".: error: inspect the directory .: none of its 1 files is a keystore, certificate or key")
	want(t, said(t, filepath.Join(bare, "a"), recursive()), ".: error: reading .: it is a text without any PEM block, not a keystore, certificate or key")
	want(t, said(t, filepath.Join(bare, "no-such"), recursive()), ".: error: reading .: no such file or directory")
}

// A manifest carries several stores, each with a name of its own.
func TestManifests(t *testing.T) {
	in := func(name string) string { return base64.StdEncoding.EncodeToString(fixture(t, name)) }
	secret := "apiVersion: v1\nkind: Secret\nmetadata:\n  name: mux\ndata:\n  keystore.p12: " + in("chain.p12") + "\n  password: " + base64.StdEncoding.EncodeToString([]byte("secret")) +
		"\n  broken.p12: " + in("truncated.p12") + "\n  tls.crt: " + in("root.pem") + "\n"
	dir := tree(t, file{"deploy/secret.yaml", []byte(secret)}, file{"all.tar", tarred(t, file{"secret.yaml", []byte(secret)})})
	at := func(path string) Target { return Target{Path: filepath.Join(dir, path)} }
	damaged := "it is a PKCS#12 keystore, but damaged: an element says 2123 bytes where 1059 are left (cut short?)"
	inSecret := func(at string) []string {
		return []string{at + "#keystore.p12: pkcs12", at + "#tls.crt: pem", at + ": error: reading " + at + "#broken.p12: " + damaged}
	}
	want(t, said(t, dir, recursive()), slices.Concat(inSecret("all.tar#secret.yaml"), inSecret("deploy/secret.yaml"))...)
	want(t, said(t, dir, Options{}, at("deploy/secret.yaml")), inSecret("deploy/secret.yaml")...)
	want(t, said(t, dir, Options{}, at("deploy/secret.yaml#tls.crt")), "deploy/secret.yaml#tls.crt: pem")
	want(t, said(t, dir, Options{}, at("all.tar#secret.yaml#tls.crt")), "all.tar#secret.yaml#tls.crt: pem")
}

// A database of NSS is two files, and one store.
func TestDatabases(t *testing.T) {
	unpacked := func(name string) []byte {
		packed, err := os.ReadFile(filepath.Join("../keystore/nss/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	certs, keys := unpacked("password-cert9.db.gz"), unpacked("password-key4.db.gz")
	dir := tree(t, file{"nss/cert9.db", certs}, file{"nss/key4.db", keys}, file{"alone/key4.db", keys}, file{"jar/nss.zip", zipped(t, file{"cert9.db", certs})})
	want(t, said(t, dir, recursive()), "alone/key4.db: nss", "jar/nss.zip#cert9.db: nss", "nss/cert9.db: nss")
	for f := range Walk(t.Context(), []Target{{Path: filepath.Join(dir, "nss")}}, recursive(), func(_ context.Context, f Found) Found { return f }) {
		if f.Store == nil || !slices.ContainsFunc(f.Store.Entries, func(e *keystore.Entry) bool { return e.Key != nil }) {
			t.Errorf("the keys beside it are not seen: %+v", f)
		}
	}
}

func TestArchives(t *testing.T) {
	p12, pem := fixture(t, "chain.p12"), fixture(t, "root.pem")
	jar := zipped(t, file{"z.pem", pem}, file{"META-INF/a.p12", p12}, file{"A.class", []byte("\xca\xfe\xba\xbe")})
	war := zipped(t, file{"WEB-INF/lib/stored.txt", []byte("x")}, file{"WEB-INF/lib/stored.jar", jar}, file{"WEB-INF/lib/packed.jar", jar}, file{"../../etc/escape.pem", pem})
	dir := tree(
		t, file{"app.war", war}, file{"backup.tar", tarred(t, file{"opt/app.war", war}, file{"opt/k.pem", pem}, file{"/etc/abs.pem", pem})},
		file{"backup.tar.gz", gzipped(t, tarred(t, file{"opt/app.war", war}, file{"k.pem", pem}))},
		file{"backup.tar.zst", zstded(t, tarred(t, file{"k.pem", pem}))},
		file{"cacerts.gz", gzipped(t, pem)}, file{"twice.pem.gz.gz", gzipped(t, gzipped(t, pem))}, file{"notes.gz", gzipped(t, []byte("x"))},
		file{"launch", append([]byte("#!/bin/sh\nexec java -jar $0\nexit\n"), jar...)}, file{"archive.xz", []byte("\xfd7zXZ\x00")},
	)
	inWar := func(at string) []string {
		return []string{
			at + "app.war#../../etc/escape.pem: pem", at + "app.war#WEB-INF/lib/packed.jar#META-INF/a.p12: pkcs12", at + "app.war#WEB-INF/lib/packed.jar#z.pem: pem",
			at + "app.war#WEB-INF/lib/stored.jar#META-INF/a.p12: pkcs12", at + "app.war#WEB-INF/lib/stored.jar#z.pem: pem",
		}
	}
	want(t, said(t, dir, recursive()), slices.Concat(
		inWar(""), []string{"archive.xz: skipped: it is an xz archive, which is not looked into"},
		inWar("backup.tar#opt/"), []string{"backup.tar#opt/k.pem: pem", "backup.tar#/etc/abs.pem: pem"},
		inWar("backup.tar.gz#opt/"), []string{"backup.tar.gz#k.pem: pem", "backup.tar.zst#k.pem: pem", "cacerts.gz#cacerts: pem"},
		[]string{"launch#META-INF/a.p12: pkcs12", "launch#z.pem: pem", "twice.pem.gz.gz#twice.pem.gz: pem"},
	)...)
	// Not asked to look into archives, a walk does not.
	want(t, said(t, dir, Options{}), ".: error: inspect the directory .: none of its 9 files is a keystore, certificate or key")
	// An archive, or a member of one, can be named.
	at := func(path string) Target { return Target{Path: filepath.Join(dir, path)} }
	want(t, said(t, dir, recursive(), at("app.war")), inWar("")...)
	want(t, said(t, dir, Options{}, at("app.war#WEB-INF/lib/packed.jar#z.pem")), "app.war#WEB-INF/lib/packed.jar#z.pem: pem")
	want(t, said(t, dir, Options{}, at("app.war#WEB-INF/lib/stored.jar")), inWar("")[3:]...)
	want(t, said(t, dir, Options{}, at("cacerts.gz#cacerts")), "cacerts.gz#cacerts: pem")
	want(t, said(t, dir, Options{}, at("app.war#WEB-INF")), "app.war#WEB-INF: error: reading app.war#WEB-INF: app.war has no such keystore, certificate or key in it: file does not exist")
	want(t, said(t, dir, recursive(), at("notes.gz")), "notes.gz: error: inspect the archive notes.gz: none of its 1 files is a keystore, certificate or key")
	want(t, said(t, dir, Options{}, at("app.war")), "app.war: error: reading app.war: it is a ZIP or JAR archive, not a keystore, certificate or key")
	want(t, said(t, dir, recursive(), Target{Path: "standard input", Data: jar}), "standard input#META-INF/a.p12: pkcs12", "standard input#z.pem: pem")
	want(t, said(t, dir, recursive(), Target{Path: "standard input", Data: pem}), "standard input: pem")
	want(t, said(t, dir, recursive(), at("archive.xz")), "archive.xz: error: reading archive.xz: it is an xz archive, which is not looked into")
	// No name of a member has become a path.
	if left, err := filepath.Glob(filepath.Join(dir, "..", "*.pem")); err != nil || left != nil {
		t.Errorf("%v, %v", left, err)
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestImages(t *testing.T) {
	pem := fixture(t, "root.pem")
	type object = map[string]any
	base, app := tarred(t, file{"etc/ssl/root.pem", pem}), gzipped(t, tarred(t, file{"opt/app.pem", pem}, file{"etc/ssl/.wh.root.pem", nil}))
	t.Run("docker save", func(t *testing.T) {
		manifest := asJSON(t, []object{
			{"Config": "0123456789abcdef.json", "RepoTags": []string{"app:1.0", "app:latest"}, "Layers": []string{"aa/layer.tar", "bb/layer.tar"}},
			{"Config": "fedcba98765432100.json", "RepoTags": nil, "Layers": []string{"aa/layer.tar", "cc/layer.tar"}},
		})
		dir := tree(t, file{"image.tar", tarred(t, file{"aa/layer.tar", base}, file{"bb/layer.tar", app}, file{"cc/layer.tar", base}, file{"extra.pem", pem}, file{"manifest.json", manifest})})
		want(
			t, said(t, dir, recursive()), "image.tar#aa/layer.tar#etc/ssl/root.pem [app:1.0 1/2]: pem", "image.tar#bb/layer.tar#opt/app.pem [app:1.0 2/2]: pem",
			"image.tar#cc/layer.tar#etc/ssl/root.pem [fedcba987654 2/2]: pem", "image.tar#extra.pem: pem",
		)
	})
	t.Run("OCI layout", func(t *testing.T) {
		ref := func(digest string, annotations object) object {
			return object{"digest": "sha256:" + digest, "annotations": annotations}
		}
		inner := asJSON(t, object{"manifests": []object{ref("m1", nil)}})
		index := asJSON(t, object{"manifests": []object{ref("i1", object{"io.containerd.image.name": "docker.io/library/app:2"}), ref("i1", nil), ref("none", nil)}})
		dir := tree(t, file{"image.tar", tarred(
			t, file{"blobs/sha256/l1", base}, file{"blobs/sha256/l2", zstded(t, tarred(t, file{"a.pem", pem}))},
			file{"blobs/sha256/i1", inner}, file{"blobs/sha256/m1", asJSON(t, object{"layers": []object{ref("l1", nil), ref("l2", nil)}})},
			file{"./index.json", index}, file{"oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		)})
		want(t, said(t, dir, recursive()), "image.tar#blobs/sha256/l1#etc/ssl/root.pem [docker.io/library/app:2 1/2]: pem", "image.tar#blobs/sha256/l2#a.pem [docker.io/library/app:2 2/2]: pem")
	})
	t.Run("a manifest of something else", func(t *testing.T) {
		for _, text := range []string{"", "[]", "{}", "[null]", `[{"Layers":["layer.tar","../layer.tar"]}]`, `{"manifests":[{"digest":"x"}]}`, "\x00"} {
			dir := tree(t, file{"x.tar", tarred(t, file{"manifest.json", []byte(text)}, file{"index.json", []byte(text)}, file{"k.pem", pem})})
			want(t, said(t, dir, recursive()), "x.tar#k.pem: pem")
		}
	})
}

// zeros is a reader without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Each hostile archive ends soon, with a word about it; what stands beside it is
// found.
func TestHostile(t *testing.T) {
	pem := fixture(t, "root.pem")
	packedZeros := func(n int64) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := io.CopyN(w, zeros{}, n); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	// A tar archive that goes on without end, but for the limit.
	header := tarred(t, file{"big", nil})[:512]
	endless := slices.Concat(header, header)
	lying := tarred(t, file{"a.p12", fixture(t, "chain.p12")}, file{"b.pem", pem})
	copy(lying[124:136], "77777777777\x00")
	sum := int64(8 * ' ')
	for i, c := range lying[:512] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	copy(lying[148:156], fmt.Sprintf("%06o\x00 ", sum))
	deep := pem
	for i := range 12 {
		deep = zipped(t, file{fmt.Sprintf("level%d.zip", i), deep})
	}
	var bombZip bytes.Buffer
	w := zip.NewWriter(&bombZip)
	for i := range 40 { // each begins as a keystore does
		out, err := w.Create(fmt.Sprintf("%02d.jks", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x00")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(out, zeros{}, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	locked := zipped(t, file{"a.pem", pem}, file{"b.pem", pem})
	for i := range locked { // the flag "encrypted" of each header
		if bytes.HasPrefix(locked[i:], []byte("PK\x03\x04")) {
			locked[i+6] |= 1
		}
		if bytes.HasPrefix(locked[i:], []byte("PK\x01\x02")) {
			locked[i+8] |= 1
		}
	}
	method := zipped(t, file{"a.pem", pem})
	for i := range method {
		if bytes.HasPrefix(method[i:], []byte("PK\x01\x02")) {
			method[i+10] = 14
		}
	}
	whole := zipped(t, file{"a.txt", []byte("a")}, file{"b.pem", pem}, file{"c.pem", pem})
	flipped := bytes.Clone(whole)
	flipped[bytes.Index(flipped, []byte("-----BEGIN"))+100] ^= 1

	tests := []struct {
		name string
		data []byte
		want []string
	}{
		{"endless.gz", packedZeros(16 << 20)[:8<<10], nil},
		{"endless.tar.gz", gzipped(t, bytes.Repeat(endless, 10_000)), []string{": skipped: it unpacks to more than 100 times its size, and the rest of it is not looked into"}},
		{"zeros.tar.gz", func() []byte {
			var tape bytes.Buffer
			z := gzip.NewWriter(&tape)
			w := tar.NewWriter(z)
			for _, name := range []string{"a", "b"} {
				if err := w.WriteHeader(&tar.Header{Name: name, Size: 6 << 20, Typeflag: tar.TypeReg}); err != nil {
					t.Fatal(err)
				}
				if _, err := io.CopyN(w, zeros{}, 6<<20); err != nil {
					t.Fatal(err)
				}
			}
			_, _ = w.Close(), z.Close()
			return tape.Bytes()
		}(), []string{": skipped: it unpacks to more than 100 times its size, and the rest of it is not looked into"}},
		{"lying.tar", lying, []string{"#a.p12: skipped: it has 8589934591 bytes, the limit is 18874368", ": error: reading lying.tar: it is a tar archive, but damaged: unexpected EOF"}},
		{"lying.tar.gz", gzipped(t, lying), []string{"#a.p12: skipped: it has 8589934591 bytes, the limit is 18874368", ": error: reading lying.tar.gz: it is a tar archive, but damaged: unexpected EOF"}},
		{"cut.tar", tarred(t, file{"a.p12", fixture(t, "chain.p12")})[:512+100], []string{": error: reading cut.tar: it is a tar archive, but damaged: unexpected EOF"}},
		{"cut.tar.gz", gzipped(t, tarred(t, file{"a.pem", pem}, file{"r", random(1 << 20)}, file{"b.pem", pem}))[:512<<10], []string{"#a.pem: pem", ": error: reading cut.tar.gz: it is a tar archive, but damaged: unexpected EOF"}},
		{"broken.tar.gz", append([]byte("\x1f\x8b\x08"), random(100)...), []string{": error: reading broken.tar.gz: it is a gzip archive, but damaged: "}},
		{"cut.zip", whole[:len(whole)-30], []string{": error: reading cut.zip: it is a ZIP or JAR archive, but damaged: the directory at its end is not there or broken (cut short?)"}},
		{"flipped.zip", flipped, []string{"#b.pem: error: reading flipped.zip#b.pem: it is a member of a ZIP archive, but damaged: zip: checksum error", "#c.pem: pem"}},
		{"deep.zip", deep, []string{"#level11.zip#level10.zip#level9.zip#level8.zip#level7.zip#level6.zip: skipped: archives in archives are followed to a depth of 6"}},
		{"bomb.zip", bombZip.Bytes(), []string{"#00.jks: jks", "#01.jks: jks", "#02.jks: jks", "#03.jks: jks", ": skipped: it unpacks to more than 100 times its size, and the rest of it is not looked into"}},
		{"locked.zip", locked, []string{": skipped: 2 of its members are encrypted"}},
		{"method.zip", method, []string{": skipped: 1 of its members are packed with method 14"}},
		{"noise.zst", append([]byte("\x28\xb5\x2f\xfd"), random(1000)...), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, file{tt.name, tt.data}, file{"zz.pem", pem})
			before := memory()
			start := time.Now()
			o := recursive()
			o.Limits = DefaultLimits()
			o.Limits.RatioFrom >>= 4 // so that small bombs are enough
			got := said(t, dir, o)
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("it took %v", took)
			}
			if grown := memory() - before; grown > 256<<20 {
				t.Errorf("it took %d MiB", grown>>20)
			}
			if len(got) == 0 || got[len(got)-1] != "zz.pem: pem" {
				t.Fatalf("what stands beside it is not found: %q", got)
			}
			got = got[:len(got)-1]
			if tt.want == nil {
				return // it only has to end
			}
			for i := range got {
				if i < len(tt.want) && strings.HasSuffix(tt.want[i], ": ") { // any reason
					got[i] = got[i][:min(len(got[i]), len(tt.name+tt.want[i]))]
				}
			}
			var lines []string
			for _, line := range tt.want {
				lines = append(lines, tt.name+line)
			}
			want(t, got, lines...)
		})
	}
}

func random(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	out := make([]byte, n)
	_, _ = r.Read(out) // never fails
	return out
}

// memory is what was ever asked of the system.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}

func TestLimits(t *testing.T) {
	pem := fixture(t, "root.pem")
	noise := random(64 << 10)
	dir := tree(t, file{"a.tar.gz", gzipped(t, tarred(t, file{"a.pem", pem}, file{"noise", noise}, file{"b.pem", pem}))})
	for name, tt := range map[string]struct {
		change func(*Limits)
		want   string
	}{
		"unpacked": {func(l *Limits) { l.Unpacked = 32 << 10 }, "it unpacks to more than 32768 bytes, and the rest of it is not looked into"},
		"ratio":    {func(l *Limits) { l.Ratio, l.RatioFrom = 1, 0 }, "it unpacks to more than 1 times its size, and the rest of it is not looked into"},
		"members":  {func(l *Limits) { l.Members = 2 }, "it has more than 2 members, and the rest of them is not looked into"},
	} {
		o := recursive()
		o.Limits = DefaultLimits()
		tt.change(&o.Limits)
		got := said(t, dir, o)
		if len(got) == 0 || got[len(got)-1] != "a.tar.gz: skipped: "+tt.want || len(got) > 2 {
			t.Errorf("%s: %q", name, got)
		}
	}
	// What needs to be put aside is bounded, and goes to a file above a size.
	inner := zipped(t, file{"a.pem", pem}, file{"noise", random(9 << 20)})
	dir = tree(t, file{"a.tar.gz", gzipped(t, tarred(t, file{"in.zip", inner}, file{"b.pem", pem}))})
	t.Setenv("TMPDIR", t.TempDir())
	want(t, said(t, dir, recursive()), "a.tar.gz#in.zip#a.pem: pem", "a.tar.gz#b.pem: pem")
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	o := recursive()
	o.Limits = DefaultLimits()
	o.Limits.Aside = 1 << 20
	want(t, said(t, dir, o), fmt.Sprintf("a.tar.gz#in.zip: skipped: it has %d bytes, and an archive in an archive may have 1048576", len(inner)), "a.tar.gz#b.pem: pem")
	// A file that is larger than a store may be.
	o = recursive()
	o.Open.Limits.Size, o.Open.Limits.Bags, o.Open.Limits.Depth = 100, 1000, 10
	want(t, said(t, tree(t, file{"a.pem", pem}, file{"b.zip", zipped(t, file{"c.pem", pem})}), o),
		fmt.Sprintf("a.pem: skipped: asks for %d bytes, the limit is 100", len(pem)), fmt.Sprintf("b.zip#c.pem: skipped: it has %d bytes, the limit is 100", len(pem)))
}

// Links, pipes, sockets and what may not be read.
func TestOddFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has other links, and no such files")
	}
	pem := fixture(t, "root.pem")
	outside := tree(t, file{"o.pem", pem}, file{"d/p.pem", pem})
	dir := tree(t, file{"a/k.pem", pem}, file{"z.pem", pem})
	for name, to := range map[string]string{
		"a/loop": "..", "self": "self", "nowhere": "no-such", "again.pem": "a/k.pem", "out.pem": filepath.Join(outside, "o.pem"), "out2.pem": "out.pem", "outdir": outside, "a/up": dir,
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err == nil {
		defer func() { _ = l.Close() }()
	}
	want(t, said(t, dir, recursive()), "a/k.pem: pem", "out.pem: pem", "z.pem: pem")
	// In one directory alone, a link is as good as a file.
	want(t, said(t, dir, Options{}), "again.pem: pem", "out.pem: pem", "out2.pem: pem", "z.pem: pem")
	// A link that was named is followed.
	want(t, said(t, dir, recursive(), Target{Path: filepath.Join(dir, "outdir", "d")}), "outdir/d/p.pem: pem")
	if os.Getuid() == 0 {
		return // root may read everything
	}
	if err := os.Chmod(filepath.Join(dir, "a"), 0); err != nil {
		t.Fatal(err)
	}
	want(t, said(t, dir, recursive()), "a: error: reading a: permission denied", "again.pem: pem", "out.pem: pem", "z.pem: pem")
}

// What the kernel makes up is no place for keystores, and some of it never ends.
func TestPseudoFileSystems(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has them")
	}
	for _, dir := range []string{"/proc", "/sys/kernel"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		want(t, said(t, dir, recursive()), ".: error: inspect the directory .: none of its 0 files is a keystore, certificate or key")
	}
}

// A password is tried on all that is found, and a wrong one is wrong only for
// what was named.
func TestPasswords(t *testing.T) {
	p12 := fixture(t, "chain.p12")
	dir := tree(t, file{"a.p12", p12}, file{"b.zip", zipped(t, file{"c.p12", p12})})
	for password, opened := range map[string]bool{"changeit": true, "wrong": false} {
		var asked []string
		o := recursive()
		o.Workers = 1
		o.Password = func(path string, named bool) func(context.Context) (string, error) {
			return func(context.Context) (string, error) {
				asked = append(asked, fmt.Sprint(filepath.Base(path), " ", named))
				return password, nil
			}
		}
		n := 0
		for f := range Walk(t.Context(), []Target{{Path: dir}}, o, func(_ context.Context, f Found) Found { return f }) {
			n++
			if f.Err != nil || f.Store.Verified != opened || f.Store.WrongPassword == opened {
				t.Errorf("%s with %s: %+v, %v", f.Path, password, f.Store, f.Err)
			}
		}
		if n != 2 || !slices.Equal(asked, []string{"a.p12 false", "b.zip#c.p12 false"}) {
			t.Errorf("%d stores, asked for %q", n, asked)
		}
		for _, name := range []string{"a.p12", "b.zip#c.p12"} {
			for f := range Walk(t.Context(), []Target{{Path: filepath.Join(dir, name)}}, o, func(_ context.Context, f Found) Found { return f }) {
				if errors.Is(f.Err, keystore.ErrPassword) == opened {
					t.Errorf("%s with %s: %v", name, password, f.Err)
				}
			}
		}
	}
}

// The order is that of the paths, however many workers there are and however
// long each takes.
func TestOrder(t *testing.T) {
	pem := fixture(t, "root.pem")
	var files []file
	for i := range 300 {
		files = append(files, file{fmt.Sprintf("%02d/%03d.pem", i%7, i), pem})
		if i%50 == 0 {
			files = append(files, file{fmt.Sprintf("%02d/%03d.zip", i%7, i), zipped(t, slices.Collect(func(yield func(file) bool) {
				for n := range 40 {
					yield(file{fmt.Sprintf("%02d.pem", n), pem})
				}
			})...)})
		}
	}
	dir := tree(t, files...)
	walk := func(workers int) []string {
		o := recursive()
		o.Workers = workers
		var out []string
		for path := range Walk(t.Context(), []Target{{Path: dir}}, o, func(_ context.Context, f Found) string {
			if workers > 1 {
				time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
			}
			return f.Path
		}) {
			out = append(out, path)
		}
		return out
	}
	one := walk(1)
	if len(one) != 300+6*40 || !slices.IsSorted(one) {
		t.Fatalf("%d paths, sorted: %v", len(one), slices.IsSorted(one))
	}
	for _, workers := range []int{2, 8} {
		if !slices.Equal(one, walk(workers)) {
			t.Errorf("%d workers give another order", workers)
		}
	}
}

// Who stops early, or is interrupted, leaves nothing running.
func TestEarlyEnd(t *testing.T) {
	pem := fixture(t, "root.pem")
	var files []file
	for i := range 200 {
		files = append(files, file{fmt.Sprintf("%03d.zip", i), zipped(t, file{"a.pem", pem}, file{"b.pem", pem}, file{"c.pem", pem})})
	}
	dir := tree(t, files...)
	before := runtime.NumGoroutine()
	look := func(_ context.Context, f Found) string { return f.Path }
	for range 20 {
		for range Walk(t.Context(), []Target{{Path: dir}}, recursive(), look) {
			break
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for range Walk(ctx, []Target{{Path: dir}}, recursive(), look) {
			if n++; n == 10 {
				cancel()
			}
		}
		cancel()
		if n > 10+results*ahead*runtime.GOMAXPROCS(0)*2 {
			t.Errorf("%d results after the interruption", n)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left, %d were there", runtime.NumGoroutine(), before)
}

func TestCounts(t *testing.T) {
	pem := fixture(t, "root.pem")
	o := recursive()
	o.Counts = &Counts{}
	said(t, tree(t, file{"a", []byte("x")}, file{"b.pem", pem}, file{"c.zip", zipped(t, file{"d.pem", pem}, file{"e", []byte("x")})}), o)
	if files, stores := o.Counts.Files.Load(), o.Counts.Stores.Load(); files != 4 || stores != 2 {
		t.Errorf("%d files, %d stores", files, stores)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	dir := tree(t, file{"a", []byte("x")})
	for path, is := range map[string]func(error) bool{
		dir:                        func(err error) bool { _, ok := errors.AsType[*EmptyError](err); return ok },
		filepath.Join(dir, "a"):    func(err error) bool { _, ok := errors.AsType[*keystore.FormatError](err); return ok },
		filepath.Join(dir, "none"): func(err error) bool { return errors.Is(err, fs.ErrNotExist) },
		filepath.Join(dir, "b#c"):  func(err error) bool { return errors.Is(err, fs.ErrNotExist) },
	} {
		for f := range Walk(t.Context(), []Target{{Path: path}}, recursive(), func(_ context.Context, f Found) Found { return f }) {
			if !is(f.Err) {
				t.Errorf("%s: %v", path, f.Err)
			}
		}
	}
}
