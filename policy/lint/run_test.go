package lint

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"muxkey/internal/finding"
	"muxkey/policy/lint/rules"
	"muxkey/policy/lint/syntax"
)

// places are what was found, as file:line:column.
func placesOf(list []finding.Finding, dir string) []string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(f.Where, filepath.ToSlash(dir)+"/"), f.Place.Line, f.Place.Column))
	}
	return out
}

func reasons(list []Unread, dir string) map[string]string {
	out := map[string]string{}
	for _, u := range list {
		out[strings.TrimPrefix(u.Path, filepath.ToSlash(dir)+"/")] = u.Reason
	}
	return out
}

func run1(t *testing.T, l *Linter, o Options) Result {
	t.Helper()
	result, err := l.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func wideText(text string, little bool) string {
	out := []byte{0xfe, 0xff}
	if little {
		out = []byte{0xff, 0xfe}
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if little {
			out = append(out, byte(u), byte(u>>8))
		} else {
			out = append(out, byte(u>>8), byte(u))
		}
	}
	return string(out)
}

// TestEncodings: whatever a file is encoded in, columns count characters.
func TestEncodings(t *testing.T) {
	for name, content := range map[string]string{
		"utf8": "x\näöü marker\n", "bom": "\ufeffx\näöü marker\n", "latin1": "x\n\xe4\xf6\xfc marker\n", "mixed": "x\nä\xf6ü marker\n",
		"le": wideText("x\näöü marker\n", true), "be": wideText("x\r\näöü marker\r\n", false), "cut short": wideText("x\näöü marker\n", true) + "a",
		"surrogate": "\xff\xfex\x00\n\x00\x00\xd8b\x00c\x00 \x00" + wideText("marker", true)[2:],
	} {
		dir := tree(t, map[string]string{"a.txt": content})
		result := run1(t, marker(), Options{Paths: []string{dir}})
		if got := placesOf(result.Findings, dir); !slices.Equal(got, []string{"a.txt:2:5"}) || len(result.Unread) > 0 {
			t.Errorf("%s: found %q, not read: %v", name, got, result.Unread)
		}
		if name == "latin1" && result.Findings[0].Place.Snippet != "äöü marker" {
			t.Errorf("the line is %q", result.Findings[0].Place.Snippet)
		}
	}
}

// TestNotRead: nothing is passed over in silence.
func TestNotRead(t *testing.T) {
	long := strings.Repeat("a line of some text\n", 1000)
	dir := tree(t, map[string]string{
		"binary.properties": "a=b\x00marker", "binary.conf": "\x00marker", "picture.png": "\x89PNG\x00marker",
		"late.txt":  strings.Repeat("x", headSize) + "\x00marker\n",
		"large.txt": long + "marker\n", "large-without.txt": long, "large-wide.txt": wideText(long, true), "large.png": "\x00" + long,
		"over.txt": long + "mar" + strings.Repeat("-", spare) + "ker",
		"ok.txt":   "marker\n",
	})
	sparse := filepath.Join(dir, "sparse.log")
	if err := os.WriteFile(sparse, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<30); err != nil {
		t.Fatal(err)
	}
	zeros := filepath.Join(dir, "zeros.yaml")
	if err := os.WriteFile(zeros, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(zeros, 1<<30); err != nil {
		t.Fatal(err)
	}
	result := run1(t, marker(), Options{Paths: []string{dir}, MaxSize: 10_000})
	want := map[string]string{
		"binary.properties": "it is binary, whatever its name says",
		"binary.conf":       "it is binary, whatever its name says",
		"zeros.yaml":        "it is binary, whatever its name says",
		"large.txt":         "it has 20007 bytes and words that rules look for, and files of more than 10000 are not taken apart",
		"over.txt":          "it has 282150 bytes and words that rules look for, and files of more than 10000 are not taken apart",
		"large-wide.txt":    "it has 40002 bytes of UTF-16, and files of more than 10000 are not taken apart",
		"sparse.log":        "it has 1073741824 bytes, and files of more than 268435456 are not read",
	}
	if got := reasons(result.Unread, dir); !reflect.DeepEqual(got, want) {
		t.Errorf("not read: %v\nwanted %v", got, want)
	}
	if got := placesOf(result.Findings, dir); !slices.Equal(got, []string{"late.txt:1:8194", "ok.txt:1:1"}) {
		t.Errorf("found %q", got)
	}
	if result.Files != 3 || result.Binary != 2 {
		t.Errorf("%d files and %d binary ones", result.Files, result.Binary)
	}
}

// TestUnreadable: files and directories that may not be opened.
func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := tree(t, map[string]string{"a.txt": "", "shut/b.txt": "", "c.txt": ""})
	for _, name := range []string{"a.txt", "shut"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "shut"), 0o700) }) //nolint:gosec // to be removed
	result := run1(t, marker(), Options{Paths: []string{dir}})
	if got, want := reasons(result.Unread, dir), map[string]string{"a.txt": "permission denied", "shut": "permission denied"}; !reflect.DeepEqual(got, want) {
		t.Errorf("not read: %v", got)
	}
}

// TestLinks: links are followed where they are named; nothing is read twice, and
// nothing waits for a pipe.
func TestLinks(t *testing.T) {
	dir := tree(t, map[string]string{"real/a.txt": "", "other/b.txt": ""})
	for name, to := range map[string]string{"real/loop": ".", "real/up": "..", "real/b.txt": "../other/b.txt", "link": "real", "file": "other/b.txt", "real/nowhere": "missing"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	at := func(names ...string) (out []string) {
		for _, n := range names {
			out = append(out, filepath.Join(dir, n))
		}
		return out
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "real", "pipe.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ paths, want []string }{
		{at("."), []string{"other/b.txt", "real/a.txt"}},
		{at("link"), []string{"link/a.txt"}},
		{at("file", "real"), []string{"file", "real/a.txt"}},
		{at("real", "link", "real/a.txt", "real/loop"), []string{"real/a.txt"}},
		{at("real", ".", "other/b.txt"), []string{"other/b.txt", "real/a.txt"}},
	} {
		result := run1(t, marker(), Options{Paths: c.paths})
		var got []string
		for _, f := range result.Findings {
			got = append(got, strings.TrimPrefix(f.Where, dir+"/"))
		}
		if !slices.Equal(got, c.want) || len(result.Unread) > 0 {
			t.Errorf("%q: found %q, not read: %v", c.paths, got, result.Unread)
		}
	}
	if got := reasons(run1(t, marker(), Options{Paths: at("real/pipe.txt")}).Unread, dir); got["real/pipe.txt"] != "it is no regular file" {
		t.Errorf("a pipe that was named: %v", got)
	}
	if _, err := marker().Run(t.Context(), Options{Paths: at("real", "missing")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
}

// TestWorkers: the result is the same however many work.
func TestWorkers(t *testing.T) {
	files := map[string]string{}
	for i := range 400 {
		files[fmt.Sprintf("%d/%d/%d.txt", i%7, i%11, i)] = strings.Repeat("marker marker\n", i%5)
	}
	files["bad.yaml"], files["bad.json"] = "a: [marker\n", "{marker"
	dir := tree(t, files)
	first := run1(t, marker(), Options{Paths: []string{dir}, Workers: 1})
	if len(first.Findings) < 500 || first.Files < 390 {
		t.Fatalf("%d findings in %d files", len(first.Findings), first.Files)
	}
	for _, n := range []int{2, 3, 16} {
		if got := run1(t, marker(), Options{Paths: []string{dir}, Workers: n}); !reflect.DeepEqual(got, first) {
			t.Errorf("with %d workers it is not the same", n)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := marker().Run(ctx, Options{Paths: []string{dir}}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}

// TestFaults: a rule that panics or never ends takes nothing else with it.
func TestFaults(t *testing.T) {
	rule := func(id, literal string, find func(*syntax.File, func(rules.Hit))) rules.Rule {
		return rules.Rule{Rule: finding.Rule{ID: id, Severity: finding.High}, Match: []*rules.Match{rules.Find([]string{literal}, find)}}
	}
	stop := make(chan struct{})
	defer close(stop)
	l := New(append(marker().all,
		rule("MUX-TEST-002", "panics", func(f *syntax.File, _ func(rules.Hit)) { _ = f.Tokens[1<<40] }),
		rule("MUX-TEST-003", "endless", func(*syntax.File, func(rules.Hit)) { <-stop }),
		rule("MUX-TEST-004", "wildspans", func(_ *syntax.File, report func(rules.Hit)) {
			report(rules.Hit{Span: syntax.Span{Start: -5, End: 1 << 40}, Secret: syntax.Span{Start: 7, End: 3}})
			report(rules.Hit{Span: syntax.Span{Start: 1 << 40, End: 2}})
		}),
		rule("MUX-TEST-005", "toomany", func(f *syntax.File, report func(rules.Hit)) {
			for i := range 1_000_000 {
				report(rules.Hit{Span: syntax.Span{Start: i % len(f.Text), End: i%len(f.Text) + 1}})
			}
		}),
	), Policy{})
	l.patience = 2 * time.Second
	dir := tree(t, map[string]string{
		"panics.txt": "marker panics\n", "endless.txt": "endless\n", "spans.txt": "wild-spans", "many.txt": "toomany " + strings.Repeat("marker ", 20_000), "ok.txt": "marker\n",
	})
	result := run1(t, l, Options{Paths: []string{dir}})
	got := reasons(result.Unread, dir)
	for name, want := range map[string]string{
		"panics.txt": "a fault in muxkey: runtime error: index out of range", "endless.txt": "taking it apart takes more than 2s", "many.txt": "there are more than 10000 findings in it",
	} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s: %q, wanted %q", name, got[name], want)
		}
	}
	if p := placesOf(result.Findings, dir); !slices.Contains(p, "ok.txt:1:1") || !slices.Contains(p, "spans.txt:1:1") || len(p) > 2*mostFindings {
		t.Errorf("%d findings", len(p))
	}
}

func zipped(t *testing.T, method uint16, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: files[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func tarred(t *testing.T, packed bool, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		err := w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644, Format: tar.FormatPAX})
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !packed {
		return out.String()
	}
	var small bytes.Buffer
	g := gzip.NewWriter(&small)
	if _, err := g.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return small.String()
}

func TestArchives(t *testing.T) {
	jar := zipped(t, zip.Deflate, "META-INF/MANIFEST.MF", "x", "app.properties", "marker=1\n", "A.class", "\xca\xfe\xba\xbe\x00marker")
	war := zipped(t, zip.Deflate, "WEB-INF/lib/in.jar", jar, "WEB-INF/web.xml", "<a>marker</a>")
	boot := zipped(t, zip.Store, "BOOT-INF/lib/in.jar", jar)
	encrypted := []byte(zipped(t, zip.Deflate, "a.txt", "marker"))
	for _, magic := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(encrypted, []byte(magic)) + 6
		if magic == "PK\x01\x02" {
			at += 2
		}
		encrypted[at] |= 1
	}
	deep := jar
	for i := range 4 {
		deep = zipped(t, zip.Deflate, fmt.Sprintf("%d.zip", i), deep)
	}
	bomb := zipped(t, zip.Deflate, "bomb.txt", strings.Repeat("marker ", 1<<19), "bomb2.png", strings.Repeat("marker ", 1<<19))
	dir := tree(t, map[string]string{
		"a.jar": jar, "b.war": war, "c.jar": boot, "d.ear": zipped(t, zip.Deflate, "b.war", war),
		"chart.tgz":  tarred(t, true, "chart/values.yaml", "a: marker\n", "chart/charts/sub-1.tgz", tarred(t, true, "sub/values.yaml", "b:\n  c: marker\n")),
		"e.tar":      tarred(t, false, "./etc/a.conf", "marker\n", "in.zip", jar),
		"locked.zip": string(encrypted), "short.jar": war[:len(war)-30], "short.tgz": tarred(t, true, "a.txt", strings.Repeat("marker\n", 10000))[:100],
		"deep.zip": deep, "bomb.zip": bomb, "text.zip": "marker, no archive\n", "windows.zip": zipped(t, zip.Deflate, `dir\..\a.txt`, "marker"),
		"self.jar": "#!/bin/sh\nexec java -jar \"$0\"\n" + jar,
	})
	result := run1(t, marker(), Options{Paths: []string{dir}, Archives: true})
	want := []string{
		"a.jar!/app.properties:1:1", "b.war!/WEB-INF/lib/in.jar!/app.properties:1:1", "b.war!/WEB-INF/web.xml:1:4", "c.jar!/BOOT-INF/lib/in.jar!/app.properties:1:1",
		"chart.tgz!/chart/charts/sub-1.tgz!/sub/values.yaml:2:6", "chart.tgz!/chart/values.yaml:1:4", "d.ear!/b.war!/WEB-INF/lib/in.jar!/app.properties:1:1", "d.ear!/b.war!/WEB-INF/web.xml:1:4",
		"e.tar!/etc/a.conf:1:1", "e.tar!/in.zip!/app.properties:1:1", "self.jar!/app.properties:1:1", "text.zip:1:1", "windows.zip!/dir/../a.txt:1:1",
	}
	if got := placesOf(result.Findings, dir); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	unread := map[string]string{
		"locked.zip": "1 of its members are encrypted", "short.jar": "as an archive: the directory at its end is not there or broken (cut short?)",
		"short.tgz": "as an archive: unexpected EOF", "short.tgz!/a.txt": "unexpected EOF", "deep.zip!/3.zip!/2.zip!/1.zip": "archives in archives are followed to a depth of 3",
		"bomb.zip!/bomb.txt": "it has 3670016 bytes, and members of more than 2097152 are not read", "bomb.zip!/bomb2.png": "it has 3670016 bytes, and members of more than 2097152 are not read",
	}
	if got := reasons(result.Unread, dir); !reflect.DeepEqual(got, unread) {
		t.Errorf("not read: %v\nwanted %v", got, unread)
	}
	if again := run1(t, marker(), Options{Paths: []string{dir}, Archives: true, Workers: 8}); !reflect.DeepEqual(again, result) {
		t.Errorf("it is not the same again")
	}
	if plain := run1(t, marker(), Options{Paths: []string{dir}}); len(plain.Findings) != 1 || len(plain.Unread) != 0 {
		t.Errorf("without Archives: %q and %v", placesOf(plain.Findings, dir), plain.Unread)
	}
}

// TestArchiveBomb: what is unpacked is counted, also when it is only passed over.
func TestArchiveBomb(t *testing.T) {
	var files []string
	for i := range 8 {
		files = append(files, fmt.Sprintf("%d.bin", i), strings.Repeat("\x00", 16<<20))
	}
	dir := tree(t, map[string]string{"bomb.tar.gz": tarred(t, true, append(files, "a.txt", "marker\n")...)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	result := run1(t, marker(), Options{Paths: []string{dir}, Archives: true})
	runtime.ReadMemStats(&after)
	if got := reasons(result.Unread, dir); got["bomb.tar.gz"] != "as an archive: it unpacks to more than 100 times its size, and the rest of it is not looked into" {
		t.Errorf("not read: %v", got)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("it took %d bytes", used)
	}
}

func TestRead(t *testing.T) {
	result, err := marker().Read(t.Context(), "a/b.txt", strings.NewReader("x marker\n"), Options{})
	if err != nil || len(result.Findings) != 1 || result.Findings[0].Where != "a/b.txt" {
		t.Errorf("%v, %v", result, err)
	}
	result, err = marker().Read(t.Context(), "b.txt", strings.NewReader(strings.Repeat("marker\n", 1000)), Options{MaxSize: 100})
	if err != nil || len(result.Findings) != 0 || len(result.Unread) != 1 {
		t.Errorf("%v, %v", result, err)
	}
}
