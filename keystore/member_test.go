package keystore_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
)

func encode64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// secret is a manifest with the values given, in base64.
func secret(name string, values ...string) string {
	text := "apiVersion: v1\nkind: Secret\nmetadata:\n  name: " + name + "\ndata:\n"
	for i := 0; i < len(values); i += 2 {
		text += "  " + values[i] + ": " + encode64([]byte(values[i+1])) + "\n"
	}
	return text
}

func TestMembersOfAManifest(t *testing.T) {
	p12 := fixture(t, "../../pkcs12x/testdata/openssl-default.p12")
	jks := fixture(t, "store.jks")
	certs := blocks(t, "chain.pem")
	server := blocks(t, "server.pem")
	for _, tt := range []struct {
		name, text string
		want       []string // path, format and number of entries
	}{
		{"one", secret("mux", "keystore.p12", p12, "password", fixturePassword), []string{"x#keystore.p12 pkcs12 1"}},
		{"several", secret("mux", "keystore.jks", jks, "ca.crt", certs[2]), []string{"x#keystore.jks jks 1", "x#ca.crt pem 1"}},
		{"a pair", secret("mux", "ca.crt", certs[2], "tls.crt", certs[0]+certs[1], "tls.key", server[0]), []string{"x#ca.crt pem 1", "x#tls pem 1"}},
		{"a pair whose name is taken", secret("mux", "tls.crt", certs[0], "tls.key", server[0], "tls", "x"), []string{"x#tls.crt pem 1", "x#tls.key pem 1"}},
		{"two keys are no pair", secret("mux", "tls.crt", server[0]+certs[0], "tls.key", server[0]), []string{"x#tls.crt pem 1", "x#tls.key pem 1"}},
		{"objects", secret("a", "k.p12", p12) + "---\n" + secret("b", "k.p12", p12, "tls.crt", certs[0], "tls.key", server[0]), []string{"x#a/k.p12 pkcs12 1", "x#b/k.p12 pkcs12 1", "x#b/tls pem 1"}},
		{"objects without stores do not count", secret("a", "k.p12", p12) + "---\n" + secret("b", "note", "hello"), []string{"x#k.p12 pkcs12 1"}},
		{"namespaces", secret("a\n  namespace: one", "k.p12", p12) + "---\n" + secret("a\n  namespace: two", "k.p12", p12), []string{"x#one/a/k.p12 pkcs12 1", "x#two/a/k.p12 pkcs12 1"}},
		{"kinds", secret("a", "c.crt", certs[0]) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbinaryData:\n  c.crt: " + encode64([]byte(certs[0])) + "\n", []string{"x#secret/a/c.crt pem 1", "x#configmap/a/c.crt pem 1"}},
		{"the same twice", secret("a", "c.crt", certs[0]) + "---\n" + secret("a", "c.crt", certs[1]), []string{"x#1/c.crt pem 1", "x#2/c.crt pem 1"}},
		{"text in a ConfigMap", "apiVersion: v1\nkind: ConfigMap\ndata:\n  ca.pem: |\n    # root\n    " + strings.ReplaceAll(certs[2], "\n", "\n    ") + "\n  a: b\n", []string{"x#ca.pem pem 1"}},
		{"base64 of base64", secret("a", "k.p12", encode64([]byte(p12))), []string{"x#k.p12 pkcs12 1"}},
		{"a manifest in base64", encode64([]byte(secret("a", "k.p12", p12))), []string{"x#k.p12 pkcs12 1"}},
		{"a manifest in UTF-16", inUTF16(secret("a", "k.p12", p12)), []string{"x#k.p12 pkcs12 1"}},
	} {
		stores, err := keystore.DecodeAll(t.Context(), "x", []byte(tt.text), withPassword(fixturePassword))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, s := range stores {
			got = append(got, s.Path+" "+s.Format+" "+string(rune('0'+len(s.Entries))))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAMemberIsNamed(t *testing.T) {
	certs := blocks(t, "chain.pem")
	two := []byte(secret("a", "k.crt", certs[0], "note", "hello") + "---\n" + secret("b", "k.crt", certs[1], "l.crt", certs[2]))
	for _, tt := range []struct {
		member, path string
		have         []string // of the error
	}{
		{"a/k.crt", "x#a/k.crt", nil},
		{"secret/b/k.crt", "x#b/k.crt", nil},
		{"1/k.crt", "x#a/k.crt", nil},
		{"l.crt", "x#b/l.crt", nil},
		{"k.crt", "", []string{"a/k.crt", "b/k.crt"}},
		{"", "", []string{"a/k.crt", "b/k.crt", "b/l.crt"}},
		{"m.crt", "", []string{"a/k.crt", "b/k.crt", "b/l.crt"}},
	} {
		s, err := keystore.Decode(t.Context(), "x", two, keystore.Options{Member: tt.member})
		e, wrong := errors.AsType[*keystore.MemberError](err)
		switch {
		case tt.have == nil && (err != nil || s.Path != tt.path):
			t.Errorf("%q: %v, %+v", tt.member, err, s)
		case tt.have != nil && (!wrong || !slices.Equal(e.Have, tt.have) || e.Hint() == ""):
			t.Errorf("%q: %#v", tt.member, err)
		}
	}
	if _, err := keystore.Decode(t.Context(), "x", two, keystore.Options{Member: "note"}); err == nil || !strings.Contains(err.Error(), "reading x#a/note: it is a text") {
		t.Errorf("a value that is no store: %v", err)
	}
	if _, err := keystore.Decode(t.Context(), "x", []byte(certs[0]), keystore.Options{Member: "a"}); err == nil || !strings.Contains(err.Error(), "carries no other files") {
		t.Errorf("a file that is a store itself: %v", err)
	}
}

func TestManifestsThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		damaged          bool
	}{
		{"no store", secret("a", "note", "hello"), "it is a Kubernetes manifest: nothing that it carries is a keystore, certificate or key", false},
		{"a template", secret("a", "note", "hello") + "  {{ if x }}\n", "but no YAML (a template?): line ", false},
		{"PEM where base64 belongs", "apiVersion: v1\nkind: Secret\ndata:\n  ca.crt: |\n    " + strings.ReplaceAll(blocks(t, "chain.pem")[0], "\n", "\n    "), "x#ca.crt: it is a part of a Kubernetes manifest, but damaged: it is not in base64", true},
	} {
		_, err := keystore.DecodeAll(t.Context(), "x", []byte(tt.text), keystore.Options{})
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			err = several.Unwrap()[0]
		}
		e, ok := errors.AsType[*keystore.FormatError](err)
		if !ok || e.Damaged != tt.damaged || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	bad := secret("a", "a.crt", "-----BEGIN CERTIFICATE-----\nQUFB\n-----END CERTIFICATE-----\n", "b.crt", blocks(t, "chain.pem")[0])
	stores, err := keystore.DecodeAll(t.Context(), "x", []byte(bad), keystore.Options{})
	if err == nil || !strings.Contains(err.Error(), "x#a.crt") || len(stores) != 1 || stores[0].Path != "x#b.crt" {
		t.Errorf("one damaged, one not: %v, %v", stores, err)
	}
}

// The manifests are made by hand, as people make them.
func TestMembersAreWrittenBack(t *testing.T) {
	p12 := fixture(t, "../../pkcs12x/testdata/openssl-default.p12")
	certs := blocks(t, "chain.pem")
	server := blocks(t, "server.pem")
	enc := keystore.Encoding{Password: fixturePassword, Profile: legacy(t)}
	edit := func(text, member string, change func(*keystore.Store)) (string, error) {
		s, err := keystore.Decode(t.Context(), "x", []byte(text), keystore.Options{
			Member: member, Unlock: true, Password: func(context.Context) (string, error) { return fixturePassword, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		out, err := s.Rewrite(t.Context(), rand.Reader, enc)
		return string(out), err
	}
	const head = "# kept\napiVersion: v1\nkind: Secret\nmetadata: {name: a}   # here, too\ndata:\n"
	text := head + "  k.p12: " + encode64([]byte(p12)) + " # the store\n  other: QUFB\n"
	got, err := edit(text, "", rename("mux", "new"))
	if err != nil || !strings.HasPrefix(got, head+"  k.p12: MII") || !strings.HasSuffix(got, " # the store\n  other: QUFB\n") || got == text {
		t.Errorf("PKCS#12: %v\n%s", err, got)
	}
	s, err := keystore.Decode(t.Context(), "x", []byte(got), withPassword(fixturePassword))
	if err != nil || !slices.Equal(s.Aliases(), []string{"new"}) {
		t.Errorf("PKCS#12, read again: %v, %v", s, err)
	}

	// A pair: only what has changed is written.
	crt, key := "# my certificates\n"+certs[0]+"# its issuer\n"+certs[1]+"# end", "# secret!\n"+server[0]
	text = head + "  tls.key: \"" + encode64([]byte(key)) + "\"\n  tls.crt: |\n" + "    " + strings.ReplaceAll(strings.TrimSpace(base64Lines([]byte(crt), 60, "\n")), "\n", "\n    ") + "\n  z: QUFB\n"
	if got, err = edit(text, "tls", func(*keystore.Store) {}); err != nil || got != text {
		t.Errorf("a pair that was not changed: %v\n%s", err, got)
	}
	got, err = edit(text, "tls", rename("1", "mux"))
	if err != nil {
		t.Fatal(err)
	}
	bag := "Bag Attributes\n    friendlyName: mux\n"
	for member, want := range map[string]string{
		"tls.crt": strings.Replace(crt, certs[0], bag+certs[0], 1),
		"tls.key": strings.Replace(key, server[0], bag+server[0], 1),
	} {
		if data := value(t, got, member); data != want {
			t.Errorf("%s is\n%s", member, data)
		}
	}
	if !strings.Contains(got, "\n  z: QUFB\n") || !strings.Contains(got, "tls.crt: |\n    I") || !strings.Contains(got, "tls.key: \"") {
		t.Errorf("the styles have changed:\n%s", got)
	}

	// What comes new goes where it belongs.
	fresh := open(t, "testdata/key-ec-parameters.pem", keystore.Options{}).Entries[0]
	fresh.Alias = "fresh"
	got, err = edit(text, "tls", func(s *keystore.Store) {
		enc.Password = ""
		s.Entries = append(s.Entries, fresh, &keystore.Entry{Alias: "root", Kind: "trusted-certificate", Chain: open(t, "testdata/chain.pem", keystore.Options{}).Entries[2].Chain})
	})
	if err != nil {
		t.Fatal(err)
	}
	if data := value(t, got, "tls.crt"); data != crt+"\nBag Attributes\n    friendlyName: root\n"+certs[2] {
		t.Errorf("tls.crt is\n%s", data)
	}
	if data := value(t, got, "tls.key"); !strings.HasPrefix(data, key+"Bag Attributes\n    friendlyName: fresh\n-----BEGIN PRIVATE KEY-----\n") || strings.Contains(data, "CERTIFICATE") {
		t.Errorf("tls.key is\n%s", data)
	}
	if _, err = edit(text, "tls", func(s *keystore.Store) {
		s.Entries = []*keystore.Entry{fresh}
	}); err == nil || !strings.Contains(err.Error(), "nothing would be left in tls.crt") {
		t.Errorf("a pair without certificates: %v", err)
	}
	if _, err = edit("apiVersion: v1\nkind: Secret\ndata:\n  a: &x "+encode64([]byte(p12))+"\n  b: *x\n", "a", rename("mux", "new")); err == nil || !strings.Contains(err.Error(), "anchor") {
		t.Errorf("a shared value: %v", err)
	}
}

// value reads one value back, with nothing of the package under test but the
// name.
func value(t *testing.T, manifest, key string) string {
	t.Helper()
	var lines []string
	found := false
	for line := range strings.SplitSeq(manifest, "\n") {
		name, rest, ok := strings.Cut(line, ": ")
		if ok && strings.HasPrefix(line, "  ") {
			found = name == "  "+key
			line = strings.Trim(rest, "|\"")
		}
		if found {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(lines, ""))
	if err != nil {
		t.Fatalf("%s: %v in\n%s", key, err, manifest)
	}
	return string(data)
}

func TestReplaceMember(t *testing.T) {
	certs := blocks(t, "chain.pem")
	server := blocks(t, "server.pem")
	text := secret("a", "k.crt", certs[0], "note", "hello", "tls.crt", certs[0], "tls.key", server[0])
	got, err := keystore.ReplaceMember("x", []byte(text), "note", []byte("bye"))
	if err != nil || string(got) != strings.Replace(text, encode64([]byte("hello")), encode64([]byte("bye")), 1) {
		t.Errorf("%v\n%s", err, got)
	}
	got, err = keystore.ReplaceMember("x", []byte(text), "tls", []byte(server[0]+certs[2]))
	if err != nil || value(t, string(got), "tls.crt") != certs[2] || value(t, string(got), "tls.key") != server[0] {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err = keystore.ReplaceMember("x", []byte(text), "nothing", nil); err == nil {
		t.Error("a member that is not there was replaced")
	}
}

func TestSplitMember(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b#c", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string][2]string{
		"a.yaml#k.p12": {"a.yaml", "k.p12"},
		"a.yaml#n/k":   {"a.yaml", "n/k"},
		"a.yaml":       {"a.yaml", ""},
		"a.yaml#":      {"a.yaml#", ""},
		"b#c":          {"b#c", ""},
		"b#c#d":        {"b#c", "d"},
		"b#d":          {"b", "d"},
		"nothing#d":    {"nothing#d", ""},
		"#d":           {"#d", ""},
	} {
		file, member := keystore.SplitMember(filepath.Join(dir, path))
		if file != filepath.Join(dir, want[0]) || member != want[1] {
			t.Errorf("%s: %q, %q", path, file, member)
		}
	}
	file, member := keystore.SplitMember(dir + "#x")
	if file != dir+"#x" || member != "" {
		t.Errorf("a directory: %q, %q", file, member)
	}
}

func TestDirectoryAsAStore(t *testing.T) {
	certs := blocks(t, "chain.pem")
	server := blocks(t, "server.pem")
	write := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			if target, ok := strings.CutPrefix(text, "-> "); ok {
				if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, tt := range []struct {
		name    string
		files   map[string]string
		want    []string
		skipped []string
	}{
		{
			"trust anchors with the links of c_rehash, a bundle and other files",
			map[string]string{
				"Root.pem": certs[2], "CA.crt": certs[1], "0a1b2c3d.0": "-> Root.pem", "00000000.0": "-> CA.crt", "99999999.0": "-> nowhere",
				"all.pem": strings.Join(certs, ""), "README": "text", "list.crl": fixture(t, "crl.pem"), "store.jks": fixture(t, "store.jks"),
			},
			[]string{"trusted-certificate CA (1)", "trusted-certificate Root (1)", "trusted-certificate all (1)", "crl list"},
			[]string{"store.jks: a JKS keystore"},
		},
		{
			"a key and its chain in files of their own",
			map[string]string{"tls.key": server[0], "tls.crt": certs[0], "ca.crt": certs[1] + certs[2]},
			[]string{"private-key tls (3)"},
			nil,
		},
		{
			"an encrypted key",
			map[string]string{"a.key": blocks(t, "server-encrypted.pem")[0], "b.der": fixture(t, "certificate.der"), "dh.pem": certs[2] + fixture(t, "dh-parameters.pem")},
			nil,
			[]string{"dh.pem: DH PARAMETERS"},
		},
	} {
		s, err := keystore.OpenDirectory(t.Context(), write(tt.files), withPassword(fixturePassword))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := summary(s); tt.want != nil && !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
		var skipped []string
		for _, part := range s.Skipped {
			skipped = append(skipped, part.What)
		}
		if !slices.Equal(skipped, tt.skipped) || s.Format != "directory" {
			t.Errorf("%s: format %s, skipped %q", tt.name, s.Format, skipped)
		}
		for _, e := range s.Entries {
			if e.Key != nil && e.Key.PKCS8 == nil {
				t.Errorf("%s: %q is locked: %v", tt.name, e.Alias, e.Key.Err)
			}
		}
		if _, err := s.Rewrite(t.Context(), rand.Reader, keystore.Encoding{}); err == nil {
			t.Errorf("%s: it was written", tt.name)
		}
	}
	for name, files := range map[string]map[string]string{
		"nothing in it":    {"README": "text"},
		"a damaged file":   {"a.pem": certs[0], "b.pem": certs[1][:200]},
		"empty":            {},
		"the NSS of later": {"cert9.db": "SQLite format 3\x00", "a.pem": certs[0]},
	} {
		if s, err := keystore.OpenDirectory(t.Context(), write(files), keystore.Options{}); err == nil {
			t.Errorf("%s: %q", name, summary(s))
		}
	}
}
