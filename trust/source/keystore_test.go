package source_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/source"
)

func fixture(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "keystore"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// storeWith is a JKS with what is left of the entries of another.
func storeWith(t *testing.T, change func([]*keystore.Entry) []*keystore.Entry) []byte {
	t.Helper()
	password := func(context.Context) (string, error) { return "changeit", nil }
	st, err := keystore.Decode(t.Context(), "x.jks", fixture(t, "jks", "testdata", "keytool.jks"), keystore.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	data, err := keystore.Encode(t.Context(), rand.Reader, "jks", change(st.Entries), keystore.Encoding{Password: "changeit"})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What a keystore stands for: the certificates that it trusts; where there is
// none, or where that is asked for, the issuers of its keys.
func TestWhatAKeystoreStandsFor(t *testing.T) {
	all := func(list []*keystore.Entry) []*keystore.Entry { return list }
	keys := func(list []*keystore.Entry) []*keystore.Entry {
		return slices.DeleteFunc(list, func(e *keystore.Entry) bool { return e.Kind != pkcs12x.PrivateKey })
	}
	mux := func(length int) func(list []*keystore.Entry) []*keystore.Entry {
		return func(list []*keystore.Entry) []*keystore.Entry {
			list = slices.DeleteFunc(list, func(e *keystore.Entry) bool { return e.Alias != "mux" })
			list[0].Chain = list[0].Chain[:length]
			return list
		}
	}
	for name, tt := range map[string]struct {
		entries    func([]*keystore.Entry) []*keystore.Entry
		keyIssuers bool
		anchors    string
		skipped    string
	}{
		"trusted and keys":              {all, false, "root ca", "mux other"},
		"trusted and keys, the issuers": {all, true, "mux other", ""},
		"keys alone":                    {keys, false, "mux other", ""},
		"a leaf without its issuer":     {mux(1), false, "", "mux"},
		"a leaf and an intermediate":    {mux(2), false, "mux", ""},
		"a key without a certificate":   {mux(0), false, "", "mux"},
	} {
		var b trust.Builder
		err := source.Bytes(t.Context(), &b, source.Input{Name: "x.jks", Data: storeWith(t, tt.entries), Options: source.Options{KeyIssuers: tt.keyIssuers}})
		set := b.Set()
		var anchors, skipped []string
		for _, a := range set.Anchors {
			for _, o := range a.Origins {
				anchors = append(anchors, o.Entry)
			}
		}
		for _, s := range set.Skipped {
			skipped = append(skipped, s.Origin.Entry)
		}
		slices.Sort(anchors)
		if got := strings.Join(anchors, " "); err != nil || got != tt.anchors || strings.Join(skipped, " ") != tt.skipped {
			t.Errorf("%s: %v, anchors %q, skipped %q", name, err, got, skipped)
		}
	}
}

// A private key in a file that everybody reads is a mistake, also where package
// keystore finds it; who asks for the issuer of a key knows that it is there.
func TestPrivateKeyInPublicFiles(t *testing.T) {
	for _, name := range []string{"server.pem", "key-pkcs8.der", "key-rsa-pkcs1.pem"} {
		in := source.Input{Name: name, Data: fixture(t, "testdata", name)}
		var b trust.Builder
		if err := source.Bytes(t.Context(), &b, in); !errors.As(err, new(*source.PrivateKeyError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := source.Input{Name: "server.pem", Data: fixture(t, "testdata", "server.pem"), Options: source.Options{KeyIssuers: true}}
	var b trust.Builder
	if err := source.Bytes(t.Context(), &b, in); err != nil || len(b.Set().Anchors) != 1 {
		t.Errorf("the issuer of a key in PEM: %v, %+v", err, b.Set())
	}
}
