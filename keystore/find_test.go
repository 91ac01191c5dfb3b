package keystore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// storeOf makes a store with entries of the given kinds; "k:mux" is a
// private-key entry, "t:ca" a trusted certificate, "s:pw" a secret key.
func storeOf(words ...string) *keystore.Store {
	kinds := map[string]keystore.Kind{"k": pkcs12x.PrivateKey, "t": pkcs12x.TrustedCertificate, "s": pkcs12x.SecretKey, "c": pkcs12x.PlainCertificate}
	s := &keystore.Store{Path: "mux.p12"}
	for _, w := range words {
		kind, alias, _ := strings.Cut(w, ":")
		s.Entries = append(s.Entries, &keystore.Entry{Alias: alias, Kind: kinds[kind]})
	}
	return s
}

func TestAliasIsFoundWithoutCase(t *testing.T) {
	s := storeOf("k:Mux", "t:ca", "t:ÄRGER")
	for _, tt := range []struct{ ask, want string }{
		{"Mux", "Mux"},
		{"mux", "Mux"},
		{"MUX", "Mux"},
		{"CA", "ca"},
		{"ärger", "ÄRGER"},
	} {
		e, err := s.Find(tt.ask)
		if err != nil || e.Alias != tt.want {
			t.Errorf("%q: %v, %v", tt.ask, e, err)
		}
	}
}

func TestUnknownAliasSaysWhatThereIs(t *testing.T) {
	s := storeOf("k:mux.example.com", "t:my ca", "t:“quoted”", "t:root-1", "t:")
	for _, tt := range []struct{ ask, near, hint string }{
		{"'mux.example.com'", "mux.example.com", `the alias is "mux.example.com"; the difference is in quotes, dashes or blanks`},
		{" mux.example.com ", "mux.example.com", `the alias is "mux.example.com"; the difference is in quotes, dashes or blanks`},
		{"“my ca”", "my ca", `the alias is "my ca"; the difference is in quotes, dashes or blanks`},
		{"myca", "my ca", `the alias is "my ca"; the difference is in quotes, dashes or blanks`},
		{"my\u00a0ca", "my ca", `the alias is "my ca"; the difference is in quotes, dashes or blanks`},
		{"quoted", "“quoted”", `the alias is "“quoted”"; the difference is in quotes, dashes or blanks`},
		{"ROOT–1", "root-1", `the alias is "root-1"; the difference is in quotes, dashes or blanks`},
		{"mux.exmaple.com", "mux.example.com", `did you mean "mux.example.com"?`},
		{"tomcat", "", ""},
		{"''", "", ""},
	} {
		_, err := s.Find(tt.ask)
		e, ok := errors.AsType[*keystore.NoAliasError](err)
		if !ok || e.Near != tt.near || e.Hint() != tt.hint || e.Alias != tt.ask || len(e.Have) != 5 {
			t.Errorf("%q: %#v", tt.ask, err)
			continue
		}
		want := fmt.Sprintf("looking up alias %q in mux.p12: there is no such entry, only %s", tt.ask, `"mux.example.com", "my ca", "“quoted”", "root-1", ""`)
		if err.Error() != want {
			t.Errorf("the error says\n%s, want\n%s", err, want)
		}
	}
	_, err := storeOf().Find("mux")
	if err == nil || err.Error() != `looking up alias "mux" in mux.p12: it has no entries` {
		t.Errorf("empty store: %v", err)
	}
}

// Names out of a file must not move the cursor, nor fill the screen.
func TestErrorsAreSafeToPrint(t *testing.T) {
	words := []string{"t:\x1b[2J", "t:a\nb"}
	for i := range 100 {
		words = append(words, fmt.Sprintf("t:ca%d", i))
	}
	_, err := storeOf(words...).Find("mux")
	if strings.ContainsAny(err.Error(), "\x1b\n") || !strings.HasSuffix(err.Error(), " and 90 more") {
		t.Errorf("the error says %q", err)
	}
}

func TestPrivateKeyRule(t *testing.T) {
	for _, tt := range []struct {
		name  string
		store *keystore.Store
		ask   string
		want  string // alias, or the error
	}{
		{"the only one", storeOf("t:ca", "k:mux", "s:pw"), "", "mux"},
		{"by alias", storeOf("k:a", "k:b"), "B", "b"},
		{"several", storeOf("k:a", "t:ca", "k:b"), "", `choosing the private key in mux.p12: it has 2, so an alias is needed: "a", "b"`},
		{"none", storeOf("t:a", "t:b", "s:c"), "", `looking for a private-key entry in mux.p12: there is none, only a secret-key entry, 2 trusted-certificate entries`},
		{"empty", storeOf(), "", `looking for a private-key entry in mux.p12: there is none, only an empty store`},
		{"another kind", storeOf("t:ca", "k:mux"), "ca", `using "ca" in mux.p12: it is a trusted-certificate entry, not a private-key entry`},
		{"unknown", storeOf("k:mux"), "tomcat", `looking up alias "tomcat" in mux.p12: there is no such entry, only "mux"`},
	} {
		e, err := tt.store.PrivateKey(tt.ask)
		var got string
		if err != nil {
			got = err.Error()
		} else {
			got = e.Alias
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	var ambiguous *keystore.AmbiguousAliasError
	if _, err := storeOf("k:a", "k:b").PrivateKey(""); !errors.As(err, &ambiguous) || len(ambiguous.Have) != 2 {
		t.Errorf("error is %#v", err)
	}
	locked := storeOf("t:ca")
	locked.Locked = []error{pkcs12x.ErrLocked}
	if _, err := locked.PrivateKey(""); !errors.Is(err, keystore.ErrNoPassword) {
		t.Errorf("locked store: %v", err)
	}
	locked.Locked = []error{fmt.Errorf("%w: RC5", pkcs12x.ErrUnsupported)}
	if _, err := locked.PrivateKey("mux"); !errors.Is(err, pkcs12x.ErrUnsupported) {
		t.Errorf("store in an unknown cipher: %v", err)
	}
}
