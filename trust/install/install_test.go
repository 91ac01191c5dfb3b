package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/safefile"
	"muxkey/trust"
	"muxkey/trust/source"
)

// anchor is one whose certificate was made for these tests with openssl req -x509.
func anchor(t *testing.T) *trust.Anchor {
	t.Helper()
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
	var b trust.Builder
	if err := source.Bytes(t.Context(), &b, source.Input{Name: "one", Data: []byte(one)}); err != nil {
		t.Fatal(err)
	}
	return b.Set().Anchors[0]
}

// Whatever an anchor is called, its name is good everywhere, and known again.
func TestNames(t *testing.T) {
	for label, want := range map[string]string{
		"Example CA":                "muxkey-example-ca-0102030000000000",
		"../../etc/passwd":          "muxkey-etc-passwd-0102030000000000",
		"a:b (c), d\n\x00e":         "muxkey-a-b-c-d-e-0102030000000000",
		"Ünï":                       "muxkey-n-0102030000000000",
		"日本":                        "muxkey-0102030000000000",
		"-":                         "muxkey-0102030000000000",
		strings.Repeat("long.", 60): "muxkey-" + strings.Repeat("long.", 7) + "long-0102030000000000",
		"0123456789abcdef":          "muxkey-0123456789abcdef-0102030000000000",
	} {
		a := &trust.Anchor{Label: label, SHA256: [32]byte{1, 2, 3}}
		name := Name(a)
		if name != want {
			t.Errorf("%q: %s, want %s", label, name, want)
		}
		for _, as := range []string{name, name + ".crt", "debian:" + name + ".pem"} {
			if !(Entry{as, a.SHA256}).Ours() {
				t.Errorf("%s is not known again", as)
			}
			if (Entry{as, [32]byte{9}}).Ours() {
				t.Errorf("%s is taken for the name of another certificate", as)
			}
		}
	}
	for _, name := range []string{"example-ca", "muxkey.crt", "muxkey-example.crt", "x-muxkey-0102030000000000", "muxkey-A-0102030000000000", "muxkey-0102030000000000.txt"} {
		if (Entry{name, [32]byte{1, 2, 3}}).Ours() {
			t.Errorf("%s is taken for a name of ours", name)
		}
	}
}

func TestPlans(t *testing.T) {
	one, two, three := &trust.Anchor{SHA256: [32]byte{1}}, &trust.Anchor{SHA256: [32]byte{2}}, &trust.Anchor{SHA256: [32]byte{3}}
	have := []Entry{{Name(one), one.SHA256}, {"theirs", two.SHA256}}
	actions := func(plan []Change) (out []Action) {
		for _, c := range plan {
			out = append(out, c.Action)
		}
		return out
	}
	all := []*trust.Anchor{one, two, three}
	var s Store
	if got := actions(s.Add(have, all)); !slices.Equal(got, []Action{Kept, Kept, Added}) {
		t.Error(got)
	}
	if got := actions(s.Remove(have, all)); !slices.Equal(got, []Action{Deleted, Kept, Absent}) {
		t.Error(got)
	}
	if got := s.RemoveAll(have); len(got) != 1 || got[0].Name != Name(one) {
		t.Error(got)
	}
}

func TestLayouts(t *testing.T) {
	for _, tt := range []struct {
		there []string
		want  string
	}{
		{[]string{"/etc/ca-certificates.conf"}, "/usr/local/share/ca-certificates"},
		{[]string{"/usr/share/ca-certificates"}, "/usr/local/share/ca-certificates"},
		{[]string{"/etc/alpine-release", "/etc/ca-certificates.conf"}, "/usr/local/share/ca-certificates"},
		{[]string{"/etc/pki/ca-trust/source"}, "/etc/pki/ca-trust/source/anchors"},
		{[]string{"/usr/share/pki/trust", "/etc/pki/trust/anchors"}, "/etc/pki/trust/anchors"},
		{[]string{"/etc/ca-certificates/trust-source", "/usr/share/ca-certificates"}, "/etc/ca-certificates/trust-source/anchors"},
		{[]string{"/etc/ssl"}, ""},
	} {
		root := t.TempDir()
		for _, path := range tt.there {
			if err := os.MkdirAll(filepath.Join(root, path), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		s, err := System(root, nil)
		if tt.want == "" {
			if !errors.Is(err, ErrNoLayout) {
				t.Errorf("%v: %v", tt.there, err)
			}
			continue
		}
		if err != nil || s.Path != filepath.Join(root, tt.want) {
			t.Errorf("%v: %s, %v", tt.there, s.Path, err)
		}
	}
}

// An image must not lead to the files of the machine that it lies on.
func TestInside(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	for from, to := range map[string]string{"out": other, "up": "..", "gone": "/nonexistent", "in": "."} {
		if err := os.Symlink(to, filepath.Join(root, from)); err != nil {
			t.Fatal(err)
		}
	}
	for path, ok := range map[string]bool{
		"": true, "a/b": true, "in/a": true, "out": false, "out/a/b": false, "up": false, "up/a": false, "gone": false, "gone/a": false,
	} {
		if err := Inside(root, filepath.Join(root, path)); ok != (err == nil) || !ok && !errors.Is(err, ErrOutside) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "etc/pki/ca-trust/source"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(root, "etc/pki/ca-trust/source/anchors")); err != nil {
		t.Fatal(err)
	}
	if _, err := System(root, nil); !errors.Is(err, ErrOutside) {
		t.Errorf("%v, want ErrOutside", err)
	}
}

// A system that does not take the files in is left as it was.
func TestRefresh(t *testing.T) {
	a := anchor(t)
	dir := filepath.Join(t.TempDir(), "anchors")
	conf := filepath.Join(t.TempDir(), "ca-certificates.conf")
	if err := os.WriteFile(conf, []byte("mozilla/x.crt"), 0o600); err != nil {
		t.Fatal(err)
	}
	var ran []string
	var told string
	var fail error
	s := system{Layout{Refresh: []string{"refresh", "now"}, Undo: debianUndo(conf)}, dir, func(_ context.Context, argv ...string) error {
		ran = argv
		if len(argv) == 3 {
			text, err := os.ReadFile(argv[2])
			if err != nil {
				return err
			}
			told = string(text)
		}
		return fail
	}}
	names := func() []string {
		entries, err := s.list(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range entries {
			if !e.Ours() {
				t.Errorf("%s is not ours", e.Name)
			}
			out = append(out, e.Name)
		}
		return out
	}
	name := Name(a) + extension
	add := []Change{{Action: Added, Name: name, Anchor: a}}
	remove := []Change{{Action: Deleted, Name: name, Anchor: a}}

	fail = errors.New("no")
	var refused *RefreshError
	if err := s.apply(t.Context(), add); !errors.As(err, &refused) || len(names()) != 0 {
		t.Errorf("%v, and there are %q", err, names())
	}
	fail = nil
	if err := s.apply(t.Context(), add); err != nil || !slices.Equal(names(), []string{name}) || !slices.Equal(ran, []string{"refresh", "now"}) {
		t.Errorf("%v, ran %q, and there are %q", err, ran, names())
	}
	var exists *safefile.Error
	if err := s.apply(t.Context(), add); !errors.As(err, &exists) || len(names()) != 1 {
		t.Errorf("%v, and there are %q", err, names())
	}
	fail = errors.New("no")
	if err := s.apply(t.Context(), remove); !errors.As(err, &refused) || len(names()) != 1 {
		t.Errorf("%v, and there are %q", err, names())
	}
	fail = nil
	if err := s.apply(t.Context(), remove); err != nil || len(names()) != 0 {
		t.Errorf("%v, and there are %q", err, names())
	}
	if want := "mozilla/x.crt\n!" + name + "\n"; told != want || ran[0] != "update-ca-certificates" || ran[1] != "--certsconf" {
		t.Errorf("ran %q with %q", ran, told)
	}
	if _, err := os.Stat(ran[2]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the configuration stays: %v", err)
	}
}

// What certutil does is looked at; when it fails, what was done is taken back.
func TestNSS(t *testing.T) {
	a := anchor(t)
	dir := filepath.Join(t.TempDir(), "db")
	var ran []string
	var fail string
	n := nss{dir, func(_ context.Context, argv ...string) error {
		ran = append(ran, strings.Join(argv[5:], " "))
		if fail != "" && strings.Contains(ran[len(ran)-1], fail) {
			return errors.New("it says no")
		}
		return nil
	}}
	twice := []Change{{Action: Added, Name: "one", Anchor: a}, {Action: Added, Name: "two", Anchor: a}}
	fail = "two"
	var failed *CertutilError
	if err := n.apply(t.Context(), twice); !errors.As(err, &failed) || len(ran) != 4 || ran[0] != "-N --empty-password" || ran[3] != "-D -n one" {
		t.Errorf("%v, ran %q", err, ran)
	}
	fail = ""
	if err := n.apply(t.Context(), twice); !errors.As(err, &failed) || !strings.Contains(err.Error(), "one was not taken") {
		t.Errorf("%v", err)
	}
	n.run = func(ctx context.Context, _ ...string) error { return Command(ctx, "muxkey-no-such-program") }
	if err := n.apply(t.Context(), twice); !errors.Is(err, ErrNoCertutil) {
		t.Errorf("%v", err)
	}
}
