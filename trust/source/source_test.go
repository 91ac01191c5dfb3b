package source_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/internal/finding"
	"muxkey/trust"
	"muxkey/trust/source"
)

// one certificate, made for these tests with openssl req -x509.
const one = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUcPuvhxPSrHHUV3nhXsV418ssFmcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLc291cmNlIHRlc3QwIBcNMjYxMTIyMTQwNTA2WhgPMjEyNjEw
MjkxNDA1MDZaMBYxFDASBgNVBAMMC3NvdXJjZSB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEx59hM1aEoeMinLJI2UX/MJP714CWpcOgGMCmsncJsCL0EtB7
JlZmQvRRd+hZkn9CDzJ9En7gvVF25EBdsBYcz6NTMFEwHQYDVR0OBBYEFOPNRW+Z
lul0DuaS0FvWTVCjhQSzMB8GA1UdIwQYMBaAFOPNRW+Zlul0DuaS0FvWTVCjhQSz
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgeR8+b74mmr9/ZI9e
hagaZ9uR3YvT8lOCXNs1mCi86rgCIQC7S3QPhBGibhUBp0EqnBHJCFBXWN0MJQh+
vxSnk4Elgw==
-----END CERTIFICATE-----
`

func read(t *testing.T, data string) (*trust.Set, error) {
	t.Helper()
	var b trust.Builder
	err := source.Bytes(t.Context(), &b, source.Input{Name: "bundle.pem", Data: []byte(data)})
	return b.Set(), err
}

// What mail gateways and editors do to text does not matter.
func TestPEMAsItComes(t *testing.T) {
	mangled := map[string]string{
		"as it is":           one,
		"CRLF":               strings.ReplaceAll(one, "\n", "\r\n"),
		"no end of line":     strings.TrimSpace(one),
		"blanks at the ends": strings.ReplaceAll(one, "\n", "  \n"),
		"a mark of UTF-8":    "\xef\xbb\xbf" + one,
		"text around":        "Dear admin,\n\n" + one + "\nregards",
		"attributes":         "Bag Attributes\n    friendlyName: x\n" + one,
		"the old label":      strings.ReplaceAll(one, " CERTIFICATE", " X509 CERTIFICATE"),
		"twice":              one + one,
	}
	for name, text := range mangled {
		set, err := read(t, text)
		if err != nil || len(set.Anchors) != 1 || len(set.Skipped) > 0 || set.Anchors[0].Name() != "source test" {
			t.Errorf("%s: %v, %+v", name, err, set)
		}
	}
}

// What is lost of a bundle is counted and listed, with its line.
func TestBrokenBlocks(t *testing.T) {
	body := strings.Split(one, "\n")
	for name, tt := range map[string]struct{ text, entry, why string }{
		"base64":       {strings.Replace(one, body[2], "!!", 1), "line 1", "base64"},
		"no end":       {strings.Join(body[:4], "\n") + "\n", "line 1", "no end"},
		"no beginning": {strings.Join(body[3:], "\n"), "", "no beginning"},
		"other end":    {strings.Replace(one, "END CERTIFICATE", "END X509 CRL", 1), "line 1", "ends as"},
		"cut short":    {body[0] + "\n" + body[1] + "\n" + "-----END CERTIFICATE-----\n", "line 1", "no certificate"},
		"empty":        {body[0] + "\n-----END CERTIFICATE-----\n", "line 1", "no certificate"},
	} {
		set, err := read(t, tt.text+one)
		if err != nil || len(set.Anchors) != 1 || len(set.Skipped) != 1 || len(set.Findings) != 1 {
			t.Errorf("%s: %v, %+v", name, err, set)
			continue
		}
		skip, found := set.Skipped[0], set.Findings[0]
		if !strings.Contains(skip.Why, tt.why) || !strings.Contains(skip.Origin.Entry, tt.entry) || found.Rule != "damaged-block" || found.Severity != finding.High {
			t.Errorf("%s: %+v, %+v", name, skip, found)
		}
	}
	set, err := read(t, one+strings.ReplaceAll(one, "CERTIFICATE", "X509 CRL"))
	if err != nil || len(set.Skipped) != 1 || set.Skipped[0].Why != "it is a X509 CRL" || len(set.Findings) != 0 {
		t.Errorf("beside a CRL: %v, %+v", err, set)
	}
}

func TestPrivateKeyIsRefused(t *testing.T) {
	for _, label := range []string{"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"} {
		_, err := read(t, one+"-----BEGIN "+label+"-----\nAAAA\n-----END "+label+"-----\n")
		var key *source.PrivateKeyError
		if !errors.As(err, &key) || key.Line != strings.Count(one, "\n")+1 {
			t.Errorf("%s: %v", label, err)
		}
	}
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.pem", one)
	put("b.crt", one)
	put("README", "these are our roots")
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	var b trust.Builder
	if err := source.Path(t.Context(), &b, dir, source.Options{}); err != nil {
		t.Fatal(err)
	}
	set := b.Set()
	if len(set.Anchors) != 1 || len(set.Anchors[0].Origins) != 2 || set.Anchors[0].Origins[1].Entry != "b.crt" {
		t.Errorf("anchors %+v", set.Anchors)
	}
	var skipped []string
	for _, s := range set.Skipped {
		skipped = append(skipped, s.Origin.Entry+": "+s.Why)
	}
	want := "README: it is a text without any PEM block, below: it is a directory, link: it is a link to nothing"
	if got := strings.Join(skipped, ", "); got != want {
		t.Errorf("skipped %s", got)
	}
}

func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "jdk")
	if err := os.MkdirAll(filepath.Join(home, "lib", "security"), 0o700); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(home, "lib", "security", "cacerts")
	if err := os.WriteFile(store, []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	java, _ := source.Places().Get("java")
	lookup := func(name string) (string, bool) { return home, name == "JAVA_HOME" }
	if path, err := java.Find(lookup); err != nil || path != store {
		t.Errorf("found %q, %v", path, err)
	}
	nowhere := source.Place{Word: "x", Paths: []string{"$UNSET/etc", "$UNSET" + store, filepath.Join(dir, "none*")}} // which is there, without the variable
	if _, err := nowhere.Find(func(string) (string, bool) { return "", false }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want fs.ErrNotExist", err)
	}
}

// A bracket in a variable is no wildcard, and of wildcards the first file counts.
func TestPlacesWithBrackets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]c")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"two.pem", "one.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(one), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(name string) (string, bool) { return dir, name == "DIR" }
	if path, err := (source.Place{Paths: []string{"$DIR/two.pem"}}).Find(lookup); err != nil || path != filepath.Join(dir, "two.pem") {
		t.Errorf("%q, %v", path, err)
	}
	if path, err := (source.Place{Paths: []string{filepath.Dir(dir) + "/*/*.pem"}}).Find(lookup); err != nil || path != filepath.Join(dir, "one.pem") {
		t.Errorf("%q, %v", path, err)
	}
}

func FuzzBytes(f *testing.F) {
	f.Add([]byte(one))
	f.Add([]byte(strings.ReplaceAll(one, "\n", "\r\n") + "-----BEGIN CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b trust.Builder
		if err := source.Bytes(t.Context(), &b, source.Input{Name: "x", Data: data}); err != nil {
			return
		}
		for _, a := range b.Set().Anchors {
			if a.Name() == "" || len(a.Origins) == 0 {
				t.Errorf("anchor %+v", a)
			}
		}
	})
}
