package jks_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/internal/peer"
	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

// keytool runs it with arguments that are separated by blanks.
func keytool(t *testing.T, path, args string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), path, strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Errorf("keytool %s: %s", args, out)
	}
	return string(out)
}

// keytool reads what is written here: it lists it, changes the passwords of
// both kinds of key, which it can only when it opens them, and that is read
// here again.
func TestKeytoolReadsAndChangesWhatIsWritten(t *testing.T) {
	path := peer.Program(t, "keytool")
	source := parse(t, "keytool.jks")
	mux := entry(t, source, "mux")
	open, err := source.UnlockKey(t.Context(), mux, password)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{"AES": make([]byte, 32), "DES": []byte("\x01\x23\x45\x67\x89\xab\xcd\xef"), "HmacSHA256": []byte("0123456789")}
	for _, tt := range []struct {
		format  jks.Format
		version int
	}{{jks.JKS, 1}, {jks.JKS, 2}, {jks.JCEKS, 1}, {jks.JCEKS, 2}} {
		sealed, err := tt.format.SealPrivateKey(noise(), open.Private.PKCS8, "own-secret", jks.DefaultIterations)
		if err != nil {
			t.Fatal(err)
		}
		created := time.Date(2001, 2, 3, 12, 0, 0, 0, time.UTC)
		f := &jks.File{Format: tt.format, Version: tt.version, Entries: []*jks.Entry{
			{Alias: "grün € 😀", Kind: pkcs12x.TrustedCertificate, Created: created, Chain: mux.Chain[2:]},
			{Alias: "mux", Kind: pkcs12x.PrivateKey, Created: created, Sealed: sealed, Chain: mux.Chain},
		}}
		aliases := []string{"mux"}
		if tt.format == jks.JCEKS {
			for algorithm, key := range secrets {
				sealed, err := jks.SealSecretKey(noise(), algorithm, key, "own-secret", jks.DefaultIterations)
				if err != nil {
					t.Fatal(err)
				}
				alias := strings.ToLower(algorithm)
				f.Entries = append(f.Entries, &jks.Entry{Alias: alias, Kind: pkcs12x.SecretKey, Created: created, Sealed: sealed})
				aliases = append(aliases, alias)
			}
		}
		data, err := f.Encode(password)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "keystore")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		store := " -keystore " + file + " -storetype " + string(tt.format) + " -storepass changeit"
		list := keytool(t, path, "-J-Dfile.encoding=UTF-8 -J-Dsun.stdout.encoding=UTF-8 -list"+store)
		for _, want := range []string{"mux, Feb 3, 2001, PrivateKeyEntry", "grün € 😀, Feb 3, 2001, trustedCertEntry"} {
			if !strings.Contains(list, want) {
				t.Errorf("%v: no %q in %s", tt, want, list)
			}
		}
		if chain := keytool(t, path, "-list -v -alias mux"+store); !strings.Contains(chain, "Certificate chain length: 3") {
			t.Errorf("%v: %s", tt, chain)
		}
		for _, alias := range aliases {
			keytool(t, path, "-keypasswd -keypass own-secret -new new-secret -alias "+alias+store)
		}
		if data, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		back, err := jks.Parse(data, pkcs12x.DefaultLimits())
		if err != nil || back.Verify(password) != nil || len(back.Entries) != len(f.Entries) {
			t.Fatalf("%v: %+v, %v", tt, back, err)
		}
		for i, r := range back.UnlockAll(t.Context(), "new-secret") {
			e := back.Entries[i]
			switch {
			case r.Err != nil:
				t.Errorf("%v: %s: %v", tt, e.Alias, r.Err)
			case e.Kind == pkcs12x.PrivateKey && string(r.Key.Private.PKCS8) != string(open.Private.PKCS8):
				t.Errorf("%v: another private key", tt)
			case e.Kind == pkcs12x.SecretKey && string(r.Key.Secret) != string(secrets[r.Key.Algorithm]):
				t.Errorf("%v: %s: another secret key", tt, e.Alias)
			}
			if e.Kind == pkcs12x.TrustedCertificate && (e.Alias != "grün € 😀" || !e.Created.Equal(created)) {
				t.Errorf("%v: %s: created %v", tt, e.Alias, e.Created)
			}
		}
	}
}
