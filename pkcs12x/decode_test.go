package pkcs12x

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const password = "changeit"

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fixtures lists all files in testdata with their passwords.
func fixtures(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.p12")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	out := map[string]string{}
	for _, p := range paths {
		name := filepath.Base(p)
		out[name] = password
		switch {
		case strings.Contains(name, "empty-password"):
			out[name] = ""
		case strings.Contains(name, "password-unicode"):
			out[name] = "grün€😀"
		}
	}
	return out
}

// summary is one line an entry: alias, Java's alias, kind, length of the chain,
// and what is wrong with the key.
func summary(st *Store) []string {
	var out []string
	for _, e := range st.Entries {
		line := fmt.Sprintf("%s/%s %s %d", e.Alias, e.JavaAlias, e.Kind, len(e.Chain))
		if e.Key != nil && e.Key.PKCS8 == nil {
			line += " locked"
		} else if e.Key != nil && e.Key.Err != nil {
			line += " opaque " + e.Key.Algorithm.String()
		}
		out = append(out, line)
	}
	return out
}

func TestDecodeFixtures(t *testing.T) {
	const chain = "mux/mux private-key 3"
	for _, test := range []struct {
		file, key, cert, mac string
		entries              []string
	}{
		{"openssl-default.p12", "", "PBES2 AES-256-CBC, PBKDF2-HMAC-SHA256, 2048", "HMAC-SHA256 2048", []string{chain}},
		{"openssl-legacy.p12", "PBE-SHA1-3DES", "PBE-SHA1-RC2-40, PKCS12-SHA1, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-pbes2-aes-128-cbc.p12", "", "PBES2 AES-128-CBC, PBKDF2-HMAC-SHA256, 2048", "HMAC-SHA256 2048", []string{chain}},
		{"openssl-pbes2-aes-192-cbc.p12", "", "PBES2 AES-192-CBC, PBKDF2-HMAC-SHA256, 2048", "HMAC-SHA256 2048", []string{chain}},
		{"openssl-pbes2-des-ede3-cbc.p12", "", "PBES2 3DES-CBC, PBKDF2-HMAC-SHA256, 2048", "HMAC-SHA256 2048", []string{chain}},
		{"openssl-pbes2-camellia-256-cbc.p12", "", "PBES2 Camellia-256-CBC, PBKDF2-HMAC-SHA256, 2048", "HMAC-SHA256 2048", []string{chain}},
		{"openssl-pbe-sha1-rc4-128.p12", "", "PBE-SHA1-RC4-128, PKCS12-SHA1, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-pbe-sha1-rc4-40.p12", "", "PBE-SHA1-RC4-40, PKCS12-SHA1, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-pbe-sha1-2des.p12", "", "PBE-SHA1-2DES, PKCS12-SHA1, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-pbe-sha1-rc2-128.p12", "", "PBE-SHA1-RC2-128, PKCS12-SHA1, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-pbe-md5-des.p12", "", "PBES1 MD5-DES, PBKDF1-MD5, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-pbe-sha1-des.p12", "", "PBES1 SHA1-DES, PBKDF1-SHA1, 2048", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-mac-sha1.p12", "", "", "HMAC-SHA1 2048", []string{chain}},
		{"openssl-mac-sha224.p12", "", "", "HMAC-SHA224 2048", []string{chain}},
		{"openssl-mac-sha384.p12", "", "", "HMAC-SHA384 2048", []string{chain}},
		{"openssl-mac-sha512.p12", "", "", "HMAC-SHA512 2048", []string{chain}},
		{"openssl-mac-sha512-256.p12", "", "", "HMAC-SHA512/256 2048", []string{chain}},
		{"openssl-mac-sha3-256.p12", "", "", "HMAC-SHA3-256 2048", []string{chain}},
		{"openssl-mac-blake2b512.p12", "", "", "HMAC-BLAKE2b-512 2048", []string{chain}},
		{"openssl-no-mac.p12", "", "", "none", []string{chain}},
		{"openssl-plain-certs.p12", "", "none", "HMAC-SHA256 2048", []string{chain}},
		{"openssl-plain.p12", "", "none", "HMAC-SHA256 2048", []string{"mux/ private-key 3"}},
		{"openssl-plain-no-mac.p12", "", "none", "none", []string{"mux/ private-key 3"}},
		{"openssl-iterations-1.p12", "", "PBES2 AES-256-CBC, PBKDF2-HMAC-SHA256, 1", "HMAC-SHA256 1", []string{chain}},
		{"openssl-certs-only.p12", "", "", "HMAC-SHA256 2048", []string{"1/ certificate 1", "2/ certificate 1"}},
		{"openssl-key-only.p12", "", "", "HMAC-SHA256 2048", []string{"1/1 private-key 0"}},
		{"openssl-empty-password.p12", "", "", "HMAC-SHA256 2048", []string{"1/1 private-key 1"}},
		{"openssl-password-unicode.p12", "", "", "HMAC-SHA256 2048", []string{"mux/mux private-key 1"}},
		{"openssl-legacy-password-unicode.p12", "", "", "HMAC-SHA1 2048", []string{"mux/mux private-key 1"}},
		{"keytool-25-legacy-password-unicode.p12", "PBE-SHA1-3DES", "PBE-SHA1-RC2-40, PKCS12-SHA1, 50000", "HMAC-SHA1 100000", []string{"mux/mux private-key 1"}},
		{"openssl-key-rsa.p12", "", "", "HMAC-SHA256 2048", []string{"rsa/rsa private-key 3"}},
		{"openssl-key-rsa-pss.p12", "", "", "HMAC-SHA256 2048", []string{"rsa-pss/rsa-pss private-key 3"}},
		{"openssl-key-p224.p12", "", "", "HMAC-SHA256 2048", []string{"p224/p224 private-key 3"}},
		{"openssl-key-p521.p12", "", "", "HMAC-SHA256 2048", []string{"p521/p521 private-key 3"}},
		{"openssl-key-ed25519.p12", "", "", "HMAC-SHA256 2048", []string{"ed25519/ed25519 private-key 3"}},
		{"openssl-key-ed448.p12", "", "", "HMAC-SHA256 2048", []string{"ed448/ed448 private-key 3 opaque 1.3.101.113"}},
		{"openssl-key-secp256k1.p12", "", "", "HMAC-SHA256 2048", []string{"secp256k1/secp256k1 private-key 3 opaque 1.2.840.10045.2.1"}},
		{"openssl-key-brainpool.p12", "", "", "HMAC-SHA256 2048", []string{"brainpool/brainpool private-key 3 opaque 1.2.840.10045.2.1"}},
		{"openssl-key-dsa.p12", "", "", "HMAC-SHA256 2048", []string{"dsa/dsa private-key 1 opaque 1.2.840.10040.4.1"}},
		{"keytool-17.p12", "PBES2 AES-256-CBC", "PBES2 AES-256-CBC, PBKDF2-HMAC-SHA256, 10000", "HMAC-SHA256 10000", []string{"mux/mux private-key 1", "second/second private-key 1"}},
		{"keytool-25.p12", "", "", "HMAC-SHA256 10000", []string{"mux/mux private-key 1"}},
		{"keytool-legacy.p12", "PBE-SHA1-3DES", "PBE-SHA1-RC2-40, PKCS12-SHA1, 50000", "HMAC-SHA1 100000", []string{"mux/mux private-key 1"}},
		{"keytool-trust.p12", "", "", "HMAC-SHA256 10000", []string{"Root/root trusted-certificate 1"}},
		{"keytool-passwordless.p12", "", "none", "none", []string{"root/root trusted-certificate 1"}},
		{"keytool-secret.p12", "", "", "HMAC-SHA256 10000", []string{"aes/aes secret-key 0", "mux/mux private-key 1"}},
		{"certtool-aes-256.p12", "", "", "", []string{"1/ crl 0", "mux/mux private-key 2"}},
		{"certtool-3des-pkcs12.p12", "PBE-SHA1-3DES", "", "", []string{"1/ crl 0", "mux/mux private-key 2"}},
		{"certtool-rc2-40.p12", "PBE-SHA1-RC2-40", "", "", []string{"1/ crl 0", "mux/mux private-key 2"}},
		{"certtool-arcfour.p12", "PBE-SHA1-RC4-128", "", "", []string{"1/ crl 0", "mux/mux private-key 2"}},
		{"pk12util-default.p12", "", "", "", []string{"mux/mux private-key 3"}},
		{"pk12util-aes.p12", "PBES2 AES-256-CBC", "PBES2 AES-128-CBC, PBKDF2-HMAC-SHA256, 600000", "HMAC-SHA256 600000", []string{"mux/mux private-key 3"}},
	} {
		t.Run(test.file, func(t *testing.T) {
			f, err := Parse(fixture(t, test.file), DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			st, err := f.Unlock(t.Context(), fixtures(t)[test.file])
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(st); !slices.Equal(got, test.entries) {
				t.Errorf("entries %q, want %q", got, test.entries)
			}
			if test.mac != "" {
				got := "none"
				if m := f.Integrity; m != nil {
					got = fmt.Sprintf("%s %d", m.Name, m.Iterations)
				}
				if got != test.mac {
					t.Errorf("MAC %q, want %q", got, test.mac)
				}
			}
			if test.cert != "" {
				got := "none"
				for _, s := range f.Safes {
					if p := s.Protection; p != nil {
						got = fmt.Sprintf("%s, %s, %d", p.Name, p.KDF, p.Iterations)
					}
				}
				if got != test.cert {
					t.Errorf("certificates under %q, want %q", got, test.cert)
				}
			}
			for _, e := range st.Entries {
				if e.Key != nil && test.key != "" && e.Key.Protection.Name != test.key {
					t.Errorf("key under %q, want %q", e.Key.Protection.Name, test.key)
				}
				if e.Kind != PrivateKey || len(e.Chain) == 0 {
					continue
				}
				if match, known := e.Key.Matches(e.Chain[0]); !match && (known || !strings.Contains(test.file, "ed448")) {
					t.Errorf("key %q does not match its leaf (known: %v)", e.Alias, known)
				}
			}
		})
	}
}

// The table above must not forget a fixture.
func TestWrongPasswords(t *testing.T) {
	for name, right := range fixtures(t) {
		f, err := Parse(fixture(t, name), DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tries := []string{right + "x", "Changeit", " "}
		if f.Integrity != nil && f.Integrity.Iterations > 100_000 {
			tries = tries[:1] // slow
		}
		for _, wrong := range tries {
			_, err := f.List(t.Context(), wrong)
			open := f.Integrity == nil && !slices.ContainsFunc(f.Safes, func(s Safe) bool { return s.Protection != nil })
			if !open && !errors.Is(err, ErrPassword) {
				t.Errorf("%s: password %q gave %v", name, wrong, err)
			}
		}
	}
}

func TestPeekShowsWhatStandsInTheOpen(t *testing.T) {
	for file, want := range map[string][]string{
		"openssl-default.p12":      {"mux/mux private-key 0 locked"},
		"openssl-plain-certs.p12":  {"mux/mux private-key 3 locked"},
		"keytool-passwordless.p12": {"root/root trusted-certificate 1"},
		"keytool-trust.p12":        nil,
	} {
		f, err := Parse(fixture(t, file), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if got := summary(f.Peek()); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

func TestListLeavesKeysShroudedAndUnlockKeyOpensOne(t *testing.T) {
	f, err := Parse(fixture(t, "keytool-17.p12"), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	st, err := f.List(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(st), []string{"mux/mux private-key 1 locked", "second/second private-key 1 locked"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	k := st.Entries[1].Key
	if err := f.UnlockKey(t.Context(), k, "wrong"); !errors.Is(err, ErrPassword) || k.Err == nil {
		t.Errorf("wrong key password gave %v", err)
	}
	if err := f.UnlockKey(t.Context(), k, password); err != nil {
		t.Fatal(err)
	}
	if match, known := k.Matches(st.Entries[1].Chain[0]); !match || !known {
		t.Errorf("the key does not match: %v %v", match, known)
	}
}

// Appendix A of RFC 9579 has three good files and three that must be refused.
// go-pkcs12 carries them as test data, so they are read from the module cache.
func TestRFC9579Vectors(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "software.sslmate.com/src/go-pkcs12").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"a1": nil, "a2": nil, "a3": nil, "a4": ErrPassword, "a5": ErrPassword, "a6": ErrDamaged,
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "rfc9579-"+name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var body strings.Builder
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
				body.WriteString(line)
			}
		}
		data, err := base64.StdEncoding.DecodeString(body.String())
		if err != nil {
			t.Fatal(err)
		}
		st, err := Decode(data, "1234")
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
		if want == nil && (st == nil || len(st.Entries) != 1 || len(st.Entries[0].Chain) != 1 || st.Entries[0].Key.Private == nil) {
			t.Errorf("%s: not the key and certificate of the RFC", name)
		}
	}
}

// Whatever is cut off or flipped, the answer is an error or a store, never a
// panic; and a flipped bit never passes the MAC.
func TestDamage(t *testing.T) {
	data := fixture(t, "openssl-iterations-1.p12")
	for n := range data {
		if st, err := Decode(data[:n], password); err == nil {
			t.Fatalf("cut to %d of %d bytes: %d entries and no error", n, len(data), len(st.Entries))
		} else if n > 40 && errors.Is(err, ErrNotPKCS12) {
			t.Fatalf("cut to %d bytes: %v, but it began as a PFX", n, err)
		}
	}
	f, err := Parse(data, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	start := bytes.Index(data, f.content)
	for i := start; i < start+len(f.content); i += 7 {
		flipped := bytes.Clone(data)
		flipped[i] ^= 4
		if _, err := Decode(flipped, password); err == nil {
			t.Fatalf("byte %d flipped inside the MAC: no error", i)
		}
	}
	for i := range data {
		flipped := bytes.Clone(data)
		flipped[i] ^= 1 << (i % 8)
		_, _ = Decode(flipped, password)
	}
}

func TestNotPKCS12(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("hello"), "PNG": []byte("\x89PNG\r\n\x1a\n0000"), "JKS": {0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2},
		"certificate": {0x30, 0x82, 0x01, 0x00, 0x30, 0x81, 0xf0}, "PKCS#8": {0x30, 0x10, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03},
	} {
		if _, err := Decode(data, ""); !errors.Is(err, ErrNotPKCS12) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrailingBytesAreCountedNotRefused(t *testing.T) {
	f, err := Parse(append(fixture(t, "openssl-default.p12"), 0, 0, 0), DefaultLimits())
	if err != nil || f.Trailing != 3 {
		t.Fatalf("trailing %d, %v", f.Trailing, err)
	}
	if _, err := f.List(t.Context(), password); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	for name := range fixtures(f) {
		f.Add(fixture(f, name), password)
	}
	limits := DefaultLimits()
	limits.Iterations, limits.Work, limits.Memory = 2048, 20_000, 1<<20
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		defer func() {
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(8<<20+256*len(data)) {
				t.Errorf("allocated %d bytes for %d", grown, len(data))
			}
		}()
		file, err := Parse(data, limits)
		if err != nil {
			return
		}
		file.Peek()
		file.Features()
		st, err := file.Unlock(t.Context(), password)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, e := range st.Entries {
			if alias := strings.ToLower(e.Alias); seen[alias] {
				t.Errorf("alias %q twice", e.Alias)
			} else {
				seen[alias] = true
			}
		}
	})
}

// TestSevenBits has a key that is derived as by JDK 25: from "grC<n", which is what
// seven bits of each octet of "grün" are.
func TestSevenBits(t *testing.T) {
	ctx := t.Context()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ShroudKey(ctx, rand.Reader, pkcs8, "grün", Encryption{Scheme: SchemeSHA1TripleDES, Iterations: 10, SaltLen: 8, SevenBits: true})
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]error{"grün": nil, "grC<n": nil, "grun": ErrPassword} {
		if _, err := UnshroudKey(ctx, sealed, password, DefaultLimits()); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}
