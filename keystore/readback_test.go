package keystore

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"muxkey/pkcs12x"
)

// readBackSources have entries of each kind: private keys, certificates, a secret
// key. The first ones that a format can hold are taken.
var readBackSources = []string{
	"../pkcs12x/testdata/openssl-default.p12", "../pkcs12x/testdata/openssl-key-rsa.p12", "../pkcs12x/testdata/keytool-trust.p12",
	"testdata/chain.pem", "testdata/certificate-v1.der", "../pkcs12x/testdata/keytool-secret.p12",
}

func readBackEntries(t *testing.T) []*Entry {
	t.Helper()
	var entries []*Entry
	for _, file := range readBackSources {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		st, err := Decode(t.Context(), file, data, Options{Unlock: true, Password: func(context.Context) (string, error) { return "changeit", nil }})
		if err != nil {
			t.Fatal(err)
		}
		e := st.Entries[0]
		e.Alias = string(rune('a' + len(entries)))
		entries = append(entries, e)
	}
	return entries
}

// cloned are entries that can be changed without those they were made from.
func cloned(entries []*Entry) []*Entry {
	var out []*Entry
	for _, e := range entries {
		twin := *e
		twin.Chain = slices.Clone(e.Chain)
		if e.Key != nil {
			k := *e.Key
			twin.Key = &k
		}
		out = append(out, &twin)
	}
	return out
}

// What an encoder with a bug would make must be found, for each format: here the
// bug is in what it is compared with.
func TestReadingBackFindsWhatIsWrong(t *testing.T) {
	all := readBackEntries(t)
	for f := range Formats().All() {
		if f.Encode == nil {
			continue
		}
		t.Run(f.ID, func(t *testing.T) {
			held := slices.DeleteFunc(cloned(all), func(e *Entry) bool {
				return f.Refuses != nil && f.Refuses(e, Encoding{Profile: pkcs12x.Modern2023()}) != ""
			})
			if len(held) < 2 || len(held[0].Chain) == 0 {
				t.Fatalf("%s holds only %d of the entries", f.ID, len(held))
			}
			last := len(held) - 1
			enc := Encoding{Profile: pkcs12x.Modern2023(), Password: "sesame-street"}
			made := func(enc Encoding) []byte {
				data, err := Encode(t.Context(), rand.Reader, f.ID, cloned(held), enc)
				if err != nil {
					t.Fatal(err)
				}
				return data
			}
			data := made(enc)
			leaf := func(e *Entry) *Certificate { return e.Chain[0] }
			for _, bug := range []struct {
				name  string
				apply func(e []*Entry)
				named bool // it is about the names
				keys  bool // it is about keys
			}{
				{"two keys swapped", func(e []*Entry) { e[0].Key, e[1].Key = e[1].Key, e[0].Key }, true, true},
				{"another key", func(e []*Entry) { e[0].Key = newKey(t) }, false, true},
				{"a key with a flipped bit", func(e []*Entry) {
					p := bytes.Clone(e[0].Key.PKCS8)
					p[len(p)-1] ^= 1
					e[0].Key.PKCS8 = p
				}, false, true},
				{"another leaf", func(e []*Entry) { c := *leaf(e[0]); c.Raw = append(bytes.Clone(c.Raw), 0); e[0].Chain[0] = &c }, false, false},
				{"two leaves swapped", func(e []*Entry) { e[0].Chain, e[1].Chain = e[1].Chain, e[0].Chain }, true, false},
				{"a name that is lost", func(e []*Entry) { e[0].Alias = "lost" }, true, false},
				{"an entry that is lost", func(e []*Entry) { e[last].Chain = []*Certificate{{Raw: []byte("lost")}} }, false, false},
				{"content that is lost", func(e []*Entry) { e[last].Value = []byte("lost") }, false, false},
				{"another kind", func(e []*Entry) { e[last].Kind = pkcs12x.Opaque }, true, false},
				{"a locked key that was sealed anew", func(e []*Entry) { e[0].Key.PKCS8 = nil; e[0].Key.Shrouded = []byte("as it was") }, true, true},
			} {
				if bug.named && !f.KeepsAliases || bug.keys && held[0].Key == nil {
					continue
				}
				entries := cloned(held)
				bug.apply(entries)
				if err := f.readBack(t.Context(), data, entries, enc); err == nil {
					t.Errorf("%s is not found", bug.name)
				}
			}
			if err := f.readBack(t.Context(), data, cloned(held), enc); err != nil {
				t.Errorf("without a bug: %v", err)
			}
			if held[0].Key == nil {
				return
			}
			if err := f.readBack(t.Context(), data, cloned(held), Encoding{Password: "another"}); err == nil {
				t.Error("a wrong password is not found")
			}
			own := enc
			own.KeyPasswords = map[string]string{"a": "another-street"}
			if !f.KeepsAliases {
				return
			}
			if err := f.readBack(t.Context(), made(own), cloned(held), enc); err == nil {
				t.Error("a key under a wrong password is not found")
			}
		})
	}
}

func newKey(t *testing.T) *Key {
	t.Helper()
	data, err := os.ReadFile("testdata/key-pkcs8.der")
	if err != nil {
		t.Fatal(err)
	}
	k, err := pkcs12x.ParsePrivateKey(data)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
