package source_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/source"
)

func der(t testing.TB) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(one))
	if block == nil {
		t.Fatal("the certificate of the tests is none")
	}
	return block.Bytes
}

func armored(raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func inUTF16(text string) string {
	out := []byte("\xff\xfe")
	for _, c := range utf16.Encode([]rune(text)) {
		out = append(out, byte(c), byte(c>>8))
	}
	return string(out)
}

// Octets behind a certificate are no part of it: it stays the same anchor, and
// what was left out is told.
func TestOctetsBehindACertificate(t *testing.T) {
	want, err := trust.Parse(der(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"PEM":            armored(append(der(t), "junk"...)),
		"DER":            string(append(der(t), "junk"...)),
		"DER in base64":  base64.StdEncoding.EncodeToString(append(der(t), "junk"...)),
		"PEM, and sound": one + armored(append(der(t), "junk"...)),
	} {
		set, err := read(t, data)
		if err != nil || len(set.Anchors) != 1 || set.Anchors[0].SHA256 != want.SHA256 || !bytes.Equal(set.Anchors[0].Raw, want.Raw) {
			t.Errorf("%s: %v, %+v", name, err, set.Anchors)
			continue
		}
		if f := set.Findings; len(f) != 1 || f[0].Rule != "trailing-bytes" || f[0].Severity != finding.Medium || !strings.Contains(f[0].Text, "4 octets") {
			t.Errorf("%s: found %+v", name, f)
		}
	}
}

// Text comes in other encodings, and with the line ends of other systems.
func TestTextOfOtherSystems(t *testing.T) {
	for name, text := range map[string]string{
		"UTF-16":                     inUTF16(one),
		"UTF-16, with CRLF":          inUTF16(strings.ReplaceAll(one, "\n", "\r\n")),
		"CR":                         strings.ReplaceAll(one, "\n", "\r"),
		"CR, behind a comment":       strings.ReplaceAll("# root\n"+one, "\n", "\r"),
		"CR here, LF there":          strings.ReplaceAll(one, "\n", "\r") + one,
		"blanks within the lines":    strings.ReplaceAll(one, "AgIUcPuv", "AgIU \tcPuv"),
		"a mark of UTF-8 in between": "# a\n" + one + "\xef\xbb\xbf" + one,
	} {
		set, err := read(t, text)
		if err != nil || len(set.Anchors) != 1 || len(set.Skipped)+len(set.Findings) != 0 {
			t.Errorf("%s: %v, %+v", name, err, set)
		}
	}
	// Nothing follows on the padding of base64.
	cut := strings.Index(one, "==") // it is there
	if set, err := read(t, one[:cut+2]+"\nAAAA"+one[cut+2:]); cut < 0 || err != nil || len(set.Anchors) != 0 || len(set.Findings) != 1 {
		t.Errorf("base64 goes on behind its end: %v, %+v", err, set)
	}
	// What is lost for its line ends is told.
	set, err := read(t, one+strings.ReplaceAll(one, "\n", "")+"\n"+one)
	if err != nil || len(set.Anchors) != 1 || len(set.Findings) != 1 || !strings.Contains(set.Findings[0].Text, "line 12 is lost: its first line goes on") {
		t.Errorf("on one line: %v, %+v", err, set)
	}
}

func TestPrivateKeyInOtherEncodings(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
	for name, text := range map[string]string{
		"CR":         strings.ReplaceAll(one+key, "\n", "\r"),
		"no end":     one + "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n",
		"one line":   one + "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----\n",
		"OpenPGP":    one + "-----BEGIN PGP PRIVATE KEY BLOCK-----\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n",
		"in a block": strings.Replace(one, "\n", "\n"+key, 1),
	} {
		var found *source.PrivateKeyError
		if _, err := read(t, text); !errors.As(err, &found) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that is something else is named as what it is.
func TestSomethingElse(t *testing.T) {
	for what, text := range map[string]string{
		"an HTML page":  "<!DOCTYPE html>\n<html><body>Sign in to download ca.crt</body></html>",
		"an empty file": "",
		"PEM block":     "these are our roots\n",
	} {
		var format *keystore.FormatError
		if _, err := read(t, text); !errors.As(err, &format) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestKeysInAStoreThatTrustsOthers(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "keystore", "jks", "testdata", "keytool.jks"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := read(t, string(data))
	if err != nil || len(set.Anchors) != 1 || set.Anchors[0].Name() != "root ca" {
		t.Fatalf("%v, %+v", err, set)
	}
	if len(set.Skipped) != 2 || set.Skipped[0].Origin.Entry != "mux" || !strings.Contains(set.Skipped[0].Why, "private-key") {
		t.Errorf("skipped %+v", set.Skipped)
	}
}

// Hostile files end soon and take little: 2 seconds on two processors, and
// 256 MiB.
func TestHostileFiles(t *testing.T) {
	size := pkcs12x.DefaultLimits().Size - 4<<10
	fill := func(text string) string { return strings.Repeat(text, size/len(text)) }
	begin, end := "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
	for name, text := range map[string]string{
		"beginnings":             fill(begin),
		"ends":                   begin + end + fill(end),
		"empty blocks":           fill(begin + end),
		"blocks of other kinds":  one + fill("-----BEGIN X-----\n-----END X-----\n"),
		"one line":               begin + strings.Repeat("A", size-200),
		"one line in a block":    begin + strings.Repeat("A", size-200) + "\n" + end,
		"blanks in a block":      begin + strings.Repeat("A ", size/2-200) + "\n" + end,
		"marks that begin":       begin + strings.Repeat("-----BEGIN ", size/11-200),
		"50,000 blocks, garbage": strings.Repeat(begin+"MIIB"+strings.Repeat("AAAA", 70)+"\n"+end, 50_000),
		"lone CRs":               begin + strings.Repeat("\r", size-200),
		"a name without end":     begin + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("\x30\x84\x00\xff\xff\xff"), size/8-200)) + "\n" + end,
	} {
		took, grown, set, err := measured(t, text)
		t.Logf("%s: took %v, at most %d MiB, %v", name, took, grown>>20, err)
		if took > 4*time.Second || grown > 256<<20 {
			t.Errorf("%s: took %v, at most %d MiB", name, took, grown>>20)
		}
		if refused := map[string]bool{"beginnings": true, "ends": true, "empty blocks": true, "blocks of other kinds": true, "50,000 blocks, garbage": true}[name]; refused != (err != nil) {
			t.Errorf("%s: error %v", name, err)
		}
		if errors.As(err, new(*pkcs12x.LimitError)) {
			t.Errorf("%s: it is over the limit, which tests nothing", name)
		}
		if err == nil && len(set.Skipped)+len(set.Findings) == 0 {
			t.Errorf("%s: nothing is said of it", name)
		}
	}
}

func measured(t *testing.T, text string) (took time.Duration, grown uint64, set *trust.Set, err error) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	now := func() uint64 { metrics.Read(sample); return sample[0].Value.Uint64() }
	runtime.GC()
	before := now()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		largest := before
		for {
			select {
			case <-stop:
				most <- max(largest, now()) - before
				return
			case <-time.After(time.Millisecond):
				largest = max(largest, now())
			}
		}
	}()
	start := time.Now()
	set, err = read(t, text)
	took = time.Since(start)
	close(stop)
	return took, <-most, set, err
}

// The default limit refuses a large bundle with the size that it is over, also of
// one that comes by a pipe; a higher one reads it.
func TestSizeLimit(t *testing.T) {
	text := strings.Repeat(one, 100)
	file := filepath.Join(t.TempDir(), "large.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	limits := pkcs12x.DefaultLimits()
	limits.Size = len(text) - 1
	for name, open := range map[string]func(*trust.Builder, source.Options) error{
		"file": func(b *trust.Builder, o source.Options) error { return source.Path(t.Context(), b, file, o) },
		"stream": func(b *trust.Builder, o source.Options) error {
			return source.Bytes(t.Context(), b, source.Input{Name: "x", Data: []byte(text), Options: o})
		},
	} {
		var b trust.Builder
		var limit *pkcs12x.LimitError
		if err := open(&b, source.Options{Limits: limits}); !errors.As(err, &limit) || limit.Limit != "bytes" || len(b.Set().Anchors) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		more := limits
		more.Size++
		if err := open(&b, source.Options{Limits: more}); err != nil || len(b.Set().Anchors) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
