package bcfks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"muxkey/keystore/bcfks"
	"muxkey/pkcs12x"
)

const (
	password = "changeit"
	own      = "own-secret"
	unicode  = "grün€😀"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parse reads a fixture and opens it.
func parse(t testing.TB, name, password string) *bcfks.File {
	t.Helper()
	f, err := bcfks.Parse(fixture(t, name), pkcs12x.DefaultLimits())
	if err == nil {
		err = f.Open(t.Context(), password)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

func entry(t testing.TB, f *bcfks.File, alias string) *bcfks.Entry {
	t.Helper()
	i := slices.IndexFunc(f.Entries, func(e *bcfks.Entry) bool { return e.Alias == alias })
	if i < 0 {
		t.Fatalf("no entry %q", alias)
	}
	return f.Entries[i]
}

func unlock(t testing.TB, e *bcfks.Entry, password string) *pkcs12x.Key {
	t.Helper()
	k, err := e.Unlock(t.Context(), password, pkcs12x.DefaultLimits())
	if err != nil {
		t.Fatalf("%s: %v", e.Alias, err)
	}
	return k
}

// noise is repeatable randomness.
func noise() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{}) }

func TestStoresOfBouncyCastle(t *testing.T) {
	for _, tt := range []struct{ file, protection, kdf, key, mac string }{
		{"default.bcfks", "BCFKS AES-256-CCM", "PBKDF2-HMAC-SHA512 51200", "BCFKS AES-256-CCM", "HMAC-SHA512 PBKDF2-HMAC-SHA512 51200"},
		{"def.bcfks", "BCFKS AES-256-CCM", "PBKDF2-HMAC-SHA512 51200", "BCFKS AES-256-CCM", "HMAC-SHA512 PBKDF2-HMAC-SHA512 51200"},
		{"kwp.bcfks", "BCFKS AES-256-KWP", "PBKDF2-HMAC-SHA512 4096", "BCFKS AES-256-KWP", "HMAC-SHA512 PBKDF2-HMAC-SHA512 4096"},
		{"sha3.bcfks", "BCFKS AES-256-CCM", "PBKDF2-HMAC-SHA3-512 2048", "BCFKS AES-256-CCM", "HMAC-SHA3-512 PBKDF2-HMAC-SHA3-512 2048"},
		{"scrypt.bcfks", "BCFKS AES-256-KWP", "scrypt 1024", "BCFKS AES-256-KWP", "HMAC-SHA3-512 scrypt 1024"},
	} {
		f := parse(t, tt.file, password)
		if p := f.Protection; p.Name != tt.protection || fmt.Sprintf("%s %d", p.KDF, p.Iterations) != tt.kdf || p.Err != nil {
			t.Errorf("%s: %+v", tt.file, p)
		}
		if m := f.Integrity; fmt.Sprintf("%s %s %d", m.Name, m.KDF, m.Iterations) != tt.mac || m.Err != nil || !f.Verified || f.Signed {
			t.Errorf("%s: %+v", tt.file, m)
		}
		mux, other, root := entry(t, f, "Mux"), entry(t, f, "other"), entry(t, f, "root ca")
		if len(f.Entries) != 3 || mux.Kind != pkcs12x.PrivateKey || len(mux.Chain) != 3 || mux.Protected ||
			root.Kind != pkcs12x.TrustedCertificate || !bytes.Equal(root.Chain[0], mux.Chain[2]) || root.Protection(pkcs12x.DefaultLimits()) != nil {
			t.Errorf("%s: %+v, %+v", tt.file, mux, root)
		}
		if y := mux.Created.Year(); y < 2026 || !mux.Created.Equal(mux.Modified) || f.Created.Year() != y {
			t.Errorf("%s: made %s, changed %s, store made %s", tt.file, mux.Created, mux.Modified, f.Created)
		}
		if p := mux.Protection(pkcs12x.DefaultLimits()); p.Name != tt.key || p.KDF != "PBKDF2-HMAC-SHA512" || p.Iterations != 51200 || !bcfks.OwnProtection(p.Name) {
			t.Errorf("%s: the key's %+v", tt.file, p)
		}
		leaf, err := pkcs12x.ParseCertificate(mux.Chain[0])
		if err != nil {
			t.Fatal(err)
		}
		results := f.UnlockAll(t.Context(), password)
		for i, e := range f.Entries {
			r := results[i]
			switch e {
			case mux:
				if match, known := r.Key.Matches(leaf); !match || !known {
					t.Errorf("%s: another key: %+v", tt.file, r)
				}
			case other:
				if !errors.Is(r.Err, pkcs12x.ErrPassword) {
					t.Errorf("%s: the key of another password: %+v", tt.file, r)
				}
			default:
				if r != (bcfks.Result{}) {
					t.Errorf("%s: %+v", tt.file, r)
				}
			}
		}
		if unlock(t, other, own).Signer() == nil {
			t.Errorf("%s: no signer", tt.file)
		}
		again, _ := bcfks.Parse(fixture(t, tt.file), pkcs12x.DefaultLimits())
		if err := again.Open(t.Context(), "wrong"); !errors.Is(err, pkcs12x.ErrPassword) || again.Entries != nil || again.Verified {
			t.Errorf("%s: %v", tt.file, err)
		}
	}
}

func TestSecretKeys(t *testing.T) {
	f := parse(t, "secret.bcfks", password)
	want := map[string]string{
		"aes": "2.16.840.1.101.3.4.1", "desede": "1.3.14.3.2.17", "hmacsha1": "1.2.840.113549.2.7", "hmacsha256": "1.2.840.113549.2.9",
		"hmacsha512": "1.2.840.113549.2.11", "seed": "1.2.410.200004.1.4", "camellia": "1.2.392.200011.61.1.1.1.4",
		"aria": "1.2.410.200046.1.1.2", "own": "2.16.840.1.101.3.4.1",
	}
	for i, r := range f.UnlockAll(t.Context(), password) {
		e := f.Entries[i]
		if e.Alias == "own" {
			if !errors.Is(r.Err, pkcs12x.ErrPassword) {
				t.Error(r.Err)
			}
			r.Key, r.Err = unlock(t, e, own), nil
		}
		if r.Err != nil || e.Kind != pkcs12x.SecretKey || r.Key.Algorithm.String() != want[e.Alias] {
			t.Fatalf("%s: %+v", e.Alias, r)
		}
		raw, err := r.Key.Secret()
		for n, b := range raw {
			if int(b) != n {
				t.Errorf("%s: octet %d is %d", e.Alias, n, b)
			}
		}
		if err != nil || len(raw) < 16 {
			t.Errorf("%s: %d octets, %v", e.Alias, len(raw), err)
		}
		delete(want, e.Alias)
	}
	if len(want) != 0 {
		t.Errorf("not there: %v", want)
	}
}

func TestKeysThatWereEncryptedBefore(t *testing.T) {
	f := parse(t, "protected.bcfks", password)
	private, secret, foreign := entry(t, f, "private"), entry(t, f, "secret"), entry(t, f, "foreign")
	if !private.Protected || private.Kind != pkcs12x.PrivateKey || len(private.Chain) != 3 || unlock(t, private, own).Signer() == nil {
		t.Errorf("%+v", private)
	}
	if raw, err := unlock(t, secret, own).Secret(); !secret.Protected || secret.Kind != pkcs12x.SecretKey || len(raw) != 32 || err != nil {
		t.Errorf("%+v, %v", secret, err)
	}
	_, err := foreign.Unlock(t.Context(), own, pkcs12x.DefaultLimits())
	if p := foreign.Protection(pkcs12x.DefaultLimits()); !errors.Is(err, pkcs12x.ErrUnsupported) || !errors.Is(p.Err, pkcs12x.ErrUnsupported) ||
		bcfks.OwnProtection(p.Name) || p.Name != "algorithm 1.2.840.113549.1.12.1.3" {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestNamesAndPasswordsOutsideASCII(t *testing.T) {
	var got []string
	for _, e := range parse(t, "aliases.bcfks", unicode).Entries {
		got = append(got, e.Alias)
	}
	slices.Sort(got)
	if want := []string{"", "MUX", "Mux", "grün € 😀", "mux", "nul\x00nul"}; !slices.Equal(got, want) {
		t.Errorf("aliases are %q, want %q", got, want)
	}
	if f := parse(t, "empty.bcfks", ""); len(f.Entries) != 0 || !f.Verified {
		t.Errorf("%+v", f)
	}
}

// Signed stores have no password; the signature is checked by the certificate
// beside it.
func TestSignatures(t *testing.T) {
	for _, tt := range []struct {
		file, name string
		verified   bool
	}{
		{"signed-ecdsa.bcfks", "signature SHA512withECDSA", true},
		{"signed-ecdsa-sha3.bcfks", "signature SHA3-512withECDSA", true},
		{"signed-rsa.bcfks", "signature SHA512withRSA", true},
		{"signed-rsa-sha3.bcfks", "signature SHA3-512withRSA", true},
		{"signed-bare.bcfks", "signature SHA512withECDSA", false},
		{"signed-dsa.bcfks", "signature SHA512withDSA", false},
	} {
		f := parse(t, tt.file, "")
		if !f.Signed || f.Verified != tt.verified || f.Integrity.Name != tt.name || errors.Is(f.Integrity.Err, pkcs12x.ErrUnsupported) == tt.verified {
			t.Errorf("%s: verified %t, %+v", tt.file, f.Verified, f.Integrity)
		}
		if unlock(t, entry(t, f, "Mux"), password).Signer() == nil {
			t.Errorf("%s: no key", tt.file)
		}
		again, _ := bcfks.Parse(fixture(t, tt.file), pkcs12x.DefaultLimits())
		if err := again.Open(t.Context(), "wrong"); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%s: %v", tt.file, err)
		}
		data := fixture(t, tt.file)
		data[400] ^= 1 // in the encrypted content
		f, err := bcfks.Parse(data, pkcs12x.DefaultLimits())
		if tt.verified && !errors.Is(err, pkcs12x.ErrDamaged) || !tt.verified && !errors.Is(f.Open(t.Context(), ""), pkcs12x.ErrPassword) {
			t.Errorf("%s: changed content: %v", tt.file, err)
		}
	}
}

// Content in the open is there without a password, and the MAC still says
// whether it is whole. What is not understood is carried.
func TestContentInTheOpen(t *testing.T) {
	f, err := bcfks.Parse(fixture(t, "open.bcfks"), pkcs12x.DefaultLimits())
	if err != nil || f.Protection != nil || f.Verified || f.Comment != "on the whole" {
		t.Fatalf("%+v, %v", f, err)
	}
	made, changed := time.Unix(1700000000, 0).UTC(), time.Unix(1710000000, 0).UTC()
	root, pbe, broken := entry(t, f, "root ca"), entry(t, f, "pbe"), entry(t, f, "broken")
	if root.Comment != "a comment" || !root.Created.Equal(made) || !root.Modified.Equal(changed) || !f.Created.Equal(made) || !f.Modified.Equal(changed) {
		t.Errorf("%+v", root)
	}
	if pbe.Kind != pkcs12x.Opaque || pbe.Type != 5 || len(pbe.Data) == 0 || pbe.Sealed != nil || broken.Kind != pkcs12x.TrustedCertificate {
		t.Errorf("%+v, %+v", pbe, broken)
	}
	if err := f.Open(t.Context(), "wrong"); !errors.Is(err, pkcs12x.ErrPassword) {
		t.Error(err)
	}
	if err := f.Open(t.Context(), password); err != nil || !f.Verified {
		t.Error(err)
	}
	if raw, err := unlock(t, entry(t, f, "aes"), password).Secret(); len(raw) != 32 || err != nil {
		t.Errorf("%x, %v", raw, err)
	}
	if out, err := f.Encode(t.Context(), noise(), password); err != nil || !bytes.Contains(out, []byte("on the whole")) {
		t.Errorf("written again, it is not in the open: %v", err)
	}
}

// What is read and written again is the same, in the algorithms it had.
func TestRoundTrip(t *testing.T) {
	for _, file := range []string{
		"default.bcfks", "kwp.bcfks", "sha3.bcfks", "scrypt.bcfks", "secret.bcfks", "protected.bcfks", "open.bcfks", "aliases.bcfks", "empty.bcfks",
	} {
		secret := map[string]string{"aliases.bcfks": unicode, "empty.bcfks": ""}
		pw, ok := secret[file]
		if !ok {
			pw = password
		}
		f := parse(t, file, pw)
		out, err := f.Encode(t.Context(), noise(), "another")
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(out) != len(fixture(t, file)) || bytes.Equal(out, fixture(t, file)) {
			t.Errorf("%s: %d octets, were %d", file, len(out), len(fixture(t, file)))
		}
		back, err := bcfks.Parse(out, pkcs12x.DefaultLimits())
		if err == nil {
			err = back.Open(t.Context(), "another")
		}
		if err != nil || !back.Verified || len(back.Entries) != len(f.Entries) || fmt.Sprint(back.Integrity) != fmt.Sprint(f.Integrity) || fmt.Sprint(back.Protection) != fmt.Sprint(f.Protection) || back.Comment != f.Comment || !back.Created.Equal(f.Created) {
			t.Errorf("%s: %v, %+v", file, err, back)
			continue
		}
		for i, e := range f.Entries {
			if want, got := fmt.Sprintf("%+v", e), fmt.Sprintf("%+v", back.Entries[i]); got != want {
				t.Errorf("%s: %s, want %s", file, got, want)
			}
		}
	}
}

func TestWhatIsSealedHereOpensHere(t *testing.T) {
	source := parse(t, "default.bcfks", password)
	key := unlock(t, entry(t, source, "Mux"), password)
	for _, cipher := range []bcfks.Cipher{bcfks.CCM, bcfks.KWP, ""} {
		a := bcfks.DefaultAlgorithms()
		a.Cipher = cipher
		private, err := a.SealPrivateKey(t.Context(), noise(), key.PKCS8, unicode)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := a.SealSecretKey(t.Context(), noise(), []int{2, 16, 840, 1, 101, 3, 4, 1}, []byte("0123456789abcdef"), unicode)
		if err != nil {
			t.Fatal(err)
		}
		e := &bcfks.Entry{Kind: pkcs12x.PrivateKey, Sealed: private}
		if got := unlock(t, e, unicode); !bytes.Equal(got.PKCS8, key.PKCS8) {
			t.Errorf("%s: another key", cipher)
		}
		if want := "BCFKS " + string(cipher); cipher != "" && e.Protection(pkcs12x.DefaultLimits()).Name != want {
			t.Errorf("%+v", e.Protection(pkcs12x.DefaultLimits()))
		}
		// One password gives another key for another purpose.
		if _, err := (&bcfks.Entry{Kind: pkcs12x.SecretKey, Sealed: private}).Unlock(t.Context(), unicode, pkcs12x.DefaultLimits()); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Error(err)
		}
		raw, err := unlock(t, &bcfks.Entry{Kind: pkcs12x.SecretKey, Sealed: secret}, unicode).Secret()
		if err != nil || string(raw) != "0123456789abcdef" {
			t.Errorf("%s: %q, %v", cipher, raw, err)
		}
	}
}

func TestWhatTheFormatCannotHold(t *testing.T) {
	for name, e := range map[string]*bcfks.Entry{
		"a key that is not sealed":     {Kind: pkcs12x.PrivateKey},
		"a secret that is not sealed":  {Kind: pkcs12x.SecretKey},
		"no certificate":               {Kind: pkcs12x.TrustedCertificate},
		"a certificate without trust":  {Kind: pkcs12x.PlainCertificate, Chain: [][]byte{{0x30, 0}}},
		"a CRL":                        {Kind: pkcs12x.CRL},
		"more than AES-CCM can handle": {Kind: pkcs12x.TrustedCertificate, Chain: [][]byte{make([]byte, 1<<24)}},
	} {
		f := &bcfks.File{Algorithms: bcfks.DefaultAlgorithms(), Entries: []*bcfks.Entry{e}}
		if _, err := f.Encode(t.Context(), noise(), password); !errors.Is(err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := bcfks.DefaultAlgorithms()
	if _, err := a.SealSecretKey(t.Context(), noise(), []int{1, 2, 3}, nil, password); !errors.Is(err, pkcs12x.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := a.SealPrivateKey(t.Context(), bytes.NewReader(make([]byte, 70)), []byte{1}, password); err == nil {
		t.Error("a nonce from nowhere")
	}
	if _, err := (&bcfks.File{Algorithms: a}).Encode(t.Context(), bytes.NewReader(make([]byte, 70)), password); err == nil {
		t.Error("a salt from nowhere")
	}
}

func TestDetect(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bcfks")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		if data := fixture(t, filepath.Base(file)); !bcfks.Detect(data) || !bcfks.Detect(data[:100]) {
			t.Errorf("%s is not recognised", file)
		}
	}
	others, err := filepath.Glob("../../*/testdata/*")
	if err != nil || len(others) < 60 {
		t.Fatalf("%d other files, %v", len(others), err)
	}
	for _, file := range others {
		if data, err := os.ReadFile(file); err == nil && bcfks.Detect(data) {
			t.Errorf("%s is taken for BCFKS", file)
		}
	}
}

// Every prefix is refused, and named as what it is.
func TestTruncated(t *testing.T) {
	for _, file := range []string{"default.bcfks", "signed-ecdsa.bcfks", "open.bcfks"} {
		data := fixture(t, file)
		for n := range data {
			if _, err := bcfks.Parse(data[:n], pkcs12x.DefaultLimits()); !errors.Is(err, pkcs12x.ErrDamaged) {
				t.Fatalf("%s cut to %d octets: %v", file, n, err)
			}
		}
		f, err := bcfks.Parse(append(data, "behind"...), pkcs12x.DefaultLimits())
		if err != nil || f.Trailing != 6 {
			t.Errorf("%s: %d octets behind, %v", file, f.Trailing, err)
		}
	}
}

// No bit of a file can change without notice: it is an error, or nothing vouches
// for the content any longer and that is said.
func TestFlippedBits(t *testing.T) {
	data := fixture(t, "sha3.bcfks")
	for i := 0; i < 8*len(data); i += 37 {
		broken := bytes.Clone(data)
		broken[i/8] ^= 1 << (i % 8)
		f, err := bcfks.Parse(broken, pkcs12x.DefaultLimits())
		if err == nil {
			err = f.Open(t.Context(), password)
		}
		limit, over := errors.AsType[*pkcs12x.LimitError](err)
		switch {
		case errors.Is(err, pkcs12x.ErrDamaged), errors.Is(err, pkcs12x.ErrPassword), over && limit.Limit == "iterations":
		case errors.Is(err, pkcs12x.ErrUnsupported), err == nil && !f.Verified && f.Integrity.Err != nil:
		default:
			t.Errorf("bit %d of octet %d: %v", i%8, i/8, err)
		}
	}
}

// tlv is an element; parts are octets or other elements.
func tlv(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	n := len(body)
	if n < 0x80 {
		return append([]byte{tag, byte(n)}, body...)
	}
	length := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for length[0] == 0 {
		length = length[1:]
	}
	return append(append([]byte{tag, byte(0x80 | len(length))}, length...), body...)
}

var (
	hmacSHA512 = tlv(0x30, tlv(0x06, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0b}), tlv(0x05))
	idPBES2    = tlv(0x06, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d})
	idKWP      = tlv(0x06, []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x30})
	idCCM      = tlv(0x06, []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2f})
	today      = tlv(0x18, []byte("20260101120000Z"))
)

func pbkdf2(iterations []byte, length ...byte) []byte {
	var size []byte
	if length != nil {
		size = tlv(0x02, length)
	}
	return tlv(0x30, tlv(0x06, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c}),
		tlv(0x30, tlv(0x04, []byte("saltsalt")), tlv(0x02, iterations), size, hmacSHA512))
}

func scrypt(n, r, p []byte) []byte {
	return tlv(0x30, tlv(0x06, []byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b}),
		tlv(0x30, tlv(0x04, []byte("saltsalt")), tlv(0x02, n), tlv(0x02, r), tlv(0x02, p), tlv(0x02, []byte{64})))
}

func encrypted(derivation, cipher []byte, content int) []byte {
	return tlv(0x30, tlv(0x30, idPBES2, tlv(0x30, derivation, cipher)), tlv(0x04, make([]byte, content)))
}

func mac(derivation []byte) []byte {
	return tlv(0x30, hmacSHA512, derivation, tlv(0x04, make([]byte, 64)))
}

func inTheOpen(version byte, algorithm []byte, entries ...[]byte) []byte {
	return tlv(0x30, tlv(0x02, []byte{version}), algorithm, today, today, tlv(0x30, entries...))
}

var (
	once  = []byte{1}
	kwp   = tlv(0x30, idKWP)
	good  = mac(pbkdf2(once, 64))
	plain = encrypted(pbkdf2(once, 32), kwp, 16)
)

func TestHostileFiles(t *testing.T) {
	damaged, unsupported, wrong := pkcs12x.ErrDamaged, pkcs12x.ErrUnsupported, pkcs12x.ErrPassword
	ccm := func(nonce int, tag ...byte) []byte {
		var icv []byte
		if tag != nil {
			icv = tlv(0x02, tag)
		}
		return tlv(0x30, idCCM, tlv(0x30, tlv(0x04, make([]byte, nonce)), icv))
	}
	object := func(number byte, parts ...[]byte) []byte {
		return tlv(0x30, append([][]byte{tlv(0x02, []byte{number}), tlv(0x0c, []byte("a"))}, parts...)...)
	}
	bag := object(0, today, today, tlv(0x04))
	for name, tt := range map[string]struct {
		data []byte
		want error  // or
		over string // the limit
	}{
		"nothing":                         {nil, damaged, ""},
		"an empty sequence":               {tlv(0x30), damaged, ""},
		"content alone":                   {tlv(0x30, plain), damaged, ""},
		"a third part":                    {tlv(0x30, plain, good, good), damaged, ""},
		"content of three":                {tlv(0x30, tlv(0x30, tlv(0x30, idPBES2), tlv(0x04), tlv(0x04)), good), damaged, ""},
		"a wrong MAC":                     {tlv(0x30, plain, good), wrong, ""},
		"no iterations":                   {tlv(0x30, plain, mac(pbkdf2([]byte{0}, 64))), damaged, ""},
		"iterations below zero":           {tlv(0x30, plain, mac(pbkdf2([]byte{0xff}, 64))), damaged, ""},
		"2^31 iterations":                 {tlv(0x30, plain, mac(pbkdf2([]byte{0x7f, 0xff, 0xff, 0xff}, 64))), nil, "iterations"},
		"2^79 iterations":                 {tlv(0x30, plain, mac(pbkdf2(append([]byte{0x7f}, make([]byte, 9)...), 64))), nil, "iterations"},
		"4,000,000 iterations of SHA-512": {tlv(0x30, plain, mac(pbkdf2([]byte{0x3d, 0x09, 0x00}, 64))), nil, "hash calls"},
		"no key length":                   {tlv(0x30, plain, mac(pbkdf2(once))), damaged, ""},
		"a short MAC key":                 {tlv(0x30, plain, mac(pbkdf2(once, 1))), damaged, ""},
		"a long MAC key":                  {tlv(0x30, plain, mac(pbkdf2(once, 0x7f, 0xff))), damaged, ""},
		"a MAC of an unknown algorithm":   {tlv(0x30, plain, tlv(0x30, tlv(0x30, idKWP), pbkdf2(once, 64), tlv(0x04))), wrong, ""},
		"a derivation that is not known":  {tlv(0x30, plain, mac(tlv(0x30, idKWP))), wrong, ""},
		"scrypt over 1 GiB":               {tlv(0x30, plain, mac(scrypt([]byte{0x00, 0x80, 0, 0}, []byte{8}, once))), nil, "bytes of memory for scrypt"},
		"scrypt whose p is r":             {tlv(0x30, plain, mac(scrypt([]byte{0x40, 0}, []byte{16}, once))), nil, "hash calls"},
		"scrypt with r below zero":        {tlv(0x30, plain, mac(scrypt([]byte{4}, []byte{0xff}, once))), damaged, ""},
		"scrypt with N of no power":       {tlv(0x30, plain, mac(scrypt([]byte{5}, []byte{1}, once))), damaged, ""},
		"a signature of nothing":          {tlv(0x30, plain, tlv(0xa0)), damaged, ""},
		"a signature without a value":     {tlv(0x30, plain, tlv(0xa0, tlv(0x30, hmacSHA512))), damaged, ""},
		"an unknown signature":            {tlv(0x30, plain, tlv(0xa0, tlv(0x30, hmacSHA512, tlv(0x03, []byte{0})))), wrong, ""},
		"a signature, 2^31 iterations":    {tlv(0x30, encrypted(pbkdf2([]byte{0x7f, 0xff, 0xff, 0xff}, 32), kwp, 16), tlv(0xa0, tlv(0x30, hmacSHA512, tlv(0x03, []byte{0})))), nil, "iterations"},
		"an AES key of 20 octets":         {signedBy(encrypted(pbkdf2(once, 20), kwp, 16)), damaged, ""},
		"a wrapping of 8 octets":          {signedBy(encrypted(pbkdf2(once, 32), kwp, 8)), damaged, ""},
		"a wrapping of 17 octets":         {signedBy(encrypted(pbkdf2(once, 32), kwp, 17)), damaged, ""},
		"AES-CCM without parameters":      {signedBy(encrypted(pbkdf2(once, 32), tlv(0x30, idCCM), 16)), damaged, ""},
		"AES-CCM, a nonce of 6":           {signedBy(encrypted(pbkdf2(once, 32), ccm(6), 16)), damaged, ""},
		"AES-CCM, a nonce of 14":          {signedBy(encrypted(pbkdf2(once, 32), ccm(14), 16)), damaged, ""},
		"AES-CCM, no tag":                 {signedBy(encrypted(pbkdf2(once, 32), ccm(12, 0), 16)), damaged, ""},
		"AES-CCM, an odd tag":             {signedBy(encrypted(pbkdf2(once, 32), ccm(12, 9), 16)), damaged, ""},
		"AES-CCM, a tag of 18":            {signedBy(encrypted(pbkdf2(once, 32), ccm(12, 18), 16)), damaged, ""},
		"AES-CCM, less than the tag":      {signedBy(encrypted(pbkdf2(once, 32), ccm(12, 16), 15)), damaged, ""},
		"AES-CCM, the tag by default":     {signedBy(encrypted(pbkdf2(once, 32), ccm(12), 11)), damaged, ""},
		"AES-CCM, too much for its nonce": {signedBy(encrypted(pbkdf2(once, 32), ccm(13, 8), 1<<16+8)), damaged, ""},
		"AES-CCM, wrong":                  {signedBy(encrypted(pbkdf2(once, 32), ccm(12), 12)), wrong, ""},
		"a cipher that is not known":      {signedBy(encrypted(pbkdf2(once, 32), tlv(0x30, idPBES2), 16)), unsupported, ""},
		"version 2":                       {tlv(0x30, inTheOpen(2, hmacSHA512), good), unsupported, ""},
		"another MAC inside":              {tlv(0x30, inTheOpen(1, tlv(0x30, idKWP)), good), damaged, ""},
		"no list":                         {tlv(0x30, tlv(0x30, tlv(0x02, once), hmacSHA512, today, today), good), damaged, ""},
		"an entry of nothing":             {tlv(0x30, inTheOpen(1, hmacSHA512, tlv(0x30)), good), damaged, ""},
		"an entry without a date":         {tlv(0x30, inTheOpen(1, hmacSHA512, object(0, tlv(0x04))), good), damaged, ""},
		"an entry without content":        {tlv(0x30, inTheOpen(1, hmacSHA512, object(0, today, today)), good), damaged, ""},
		"a comment that is a number":      {tlv(0x30, inTheOpen(1, hmacSHA512, object(0, today, today, tlv(0x04), tlv(0x02, once))), good), damaged, ""},
		"100,000 entries":                 {tlv(0x30, inTheOpen(1, hmacSHA512, bytes.Repeat(bag, 100_000)), good), nil, "entries and certificates"},
		"100,000 certificates": {tlv(0x30, inTheOpen(1, hmacSHA512, object(1, today, today,
			tlv(0x04, tlv(0x30, tlv(0x30), tlv(0x30, bytes.Repeat([]byte{0x30, 0}, 100_000)))))), good), nil, "entries and certificates"},
		"more than 18 MiB": {make([]byte, 19<<20), nil, "bytes"},
	} {
		begin := time.Now()
		f, err := bcfks.Parse(tt.data, pkcs12x.DefaultLimits())
		if err == nil {
			err = f.Open(t.Context(), password)
		}
		limit, over := errors.AsType[*pkcs12x.LimitError](err)
		if tt.over == "" && !errors.Is(err, tt.want) || tt.over != "" && (!over || limit.Limit != tt.over) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}

// signedBy puts content under a signature that is not checked, so that it is
// decrypted.
func signedBy(content []byte) []byte {
	return tlv(0x30, content, tlv(0xa0, tlv(0x30, hmacSHA512, tlv(0x03, []byte{0}))))
}

// The keys of a file share one budget with its MAC and encryption.
func TestWorkIsBoundedInAll(t *testing.T) {
	f, err := bcfks.Parse(fixture(t, "default.bcfks"), pkcs12x.Limits{
		Size: 1 << 20, Iterations: 60_000, Bags: 100, Work: 2*2*4*51200 + 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Open(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	for i, r := range f.UnlockAll(t.Context(), password) {
		limit, over := errors.AsType[*pkcs12x.LimitError](r.Err)
		if key := f.Entries[i].Kind == pkcs12x.PrivateKey; key != over || key && limit.Limit != "hash calls" {
			t.Errorf("%s: %v", f.Entries[i].Alias, r.Err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	again, _ := bcfks.Parse(fixture(t, "default.bcfks"), pkcs12x.DefaultLimits())
	if err := again.Open(ctx, password); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.bcfks")
	if err != nil || len(files) < 15 {
		f.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		f.Add(fixture(f, filepath.Base(file)), password)
	}
	f.Add(fixture(f, "aliases.bcfks"), unicode)
	f.Add(fixture(f, "signed-rsa.bcfks"), "")
	for _, cipher := range []bcfks.Cipher{bcfks.CCM, bcfks.KWP} { // cheap ones, that open within the limits
		cheap := &bcfks.File{Algorithms: bcfks.DefaultAlgorithms(), Entries: parse(f, "protected.bcfks", password).Entries}
		cheap.Algorithms.Cipher, cheap.Algorithms.Derivation.Iterations = cipher, 1
		data, err := cheap.Encode(f.Context(), noise(), password)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, password)
	}
	limits := pkcs12x.DefaultLimits()
	limits.Work, limits.Memory = 1000, 1<<20
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		k, err := bcfks.Parse(data, limits)
		if err != nil {
			if k != nil && k.Protection != nil {
				t.Fatalf("a file with error %v", err)
			}
			return
		}
		if !bcfks.Detect(data) && k.Protection != nil && k.Protection.Err == nil {
			t.Fatal("read and not recognised")
		}
		if err := k.Open(t.Context(), password); err != nil && k.Protection != nil {
			return
		}
		for i, r := range k.UnlockAll(t.Context(), password) {
			e := k.Entries[i]
			if e.Kind == "" || r.Key != nil && r.Err != nil || (e.Sealed != nil) != (r != bcfks.Result{}) {
				t.Fatalf("entry %+v, %+v", e, r)
			}
		}
		if k.Algorithms.Derivation.Iterations > 1000 || k.Algorithms.Derivation.Hash == "" {
			return // too slow
		}
		out, err := k.Encode(t.Context(), noise(), password)
		if err != nil {
			t.Fatalf("writing what was read: %v", err)
		}
		again, err := bcfks.Parse(out, pkcs12x.DefaultLimits())
		if err == nil {
			err = again.Open(t.Context(), password)
		}
		if err != nil || len(again.Entries) != len(k.Entries) {
			t.Fatalf("reading what was written: %v", err)
		}
	})
}
