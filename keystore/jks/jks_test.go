package jks_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

const (
	password = "changeit"
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

func parse(t testing.TB, name string) *jks.File {
	t.Helper()
	f, err := jks.Parse(fixture(t, name), pkcs12x.DefaultLimits())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

func entry(t testing.TB, f *jks.File, alias string) *jks.Entry {
	t.Helper()
	i := slices.IndexFunc(f.Entries, func(e *jks.Entry) bool { return e.Alias == alias })
	if i < 0 {
		t.Fatalf("no entry %q", alias)
	}
	return f.Entries[i]
}

// noise is repeatable randomness.
func noise() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{}) }

func TestKeysOfTheJDK(t *testing.T) {
	for _, tt := range []struct {
		file       string
		format     jks.Format
		protection string
		iterations int
	}{
		{"keytool.jks", jks.JKS, "JKS key protector", 1},
		{"keytool.jceks", jks.JCEKS, "JCEKS PBEWithMD5AndTripleDES", 200_000},
	} {
		f := parse(t, tt.file)
		if f.Format != tt.format || f.Version != 2 || f.Trailing != 0 || len(f.Entries) != 3 {
			t.Fatalf("%s: %+v", tt.file, f)
		}
		if err := f.Verify(password); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		}
		for _, wrong := range []string{"", "Changeit", password + " ", password + "\x00"} {
			if err := f.Verify(wrong); !errors.Is(err, pkcs12x.ErrPassword) {
				t.Errorf("%s: password %q: %v", tt.file, wrong, err)
			}
		}
		mux, other, root := entry(t, f, "mux"), entry(t, f, "other"), entry(t, f, "root ca")
		if mux.Kind != pkcs12x.PrivateKey || len(mux.Chain) != 3 || root.Kind != pkcs12x.TrustedCertificate || len(root.Chain) != 1 {
			t.Errorf("%s: %+v, %+v", tt.file, mux, root)
		}
		if !bytes.Equal(mux.Chain[2].Raw, root.Chain[0].Raw) || mux.Chain[0].Type != "X.509" {
			t.Errorf("%s: the chain does not end at the root", tt.file)
		}
		if y := mux.Created.Year(); y < 2024 || y > 2100 {
			t.Errorf("%s: created %v", tt.file, mux.Created)
		}
		if p := f.Protection(mux); p == nil || p.Name != tt.protection || p.Iterations != tt.iterations || p.Err != nil {
			t.Errorf("%s: protection %+v", tt.file, p)
		}
		if p := f.Protection(root); p != nil {
			t.Errorf("%s: a certificate is protected: %+v", tt.file, p)
		}
		k, err := f.UnlockKey(t.Context(), mux, password)
		if err != nil {
			t.Fatalf("%s: %v", tt.file, err)
		}
		leaf, err := pkcs12x.ParseCertificate(mux.Chain[0].Raw)
		if err != nil {
			t.Fatal(err)
		}
		if match, known := k.Private.Matches(leaf); !match || !known {
			t.Errorf("%s: the key does not belong to its certificate", tt.file)
		}
		if _, ok := k.Private.Private.(*ecdsa.PrivateKey); !ok {
			t.Errorf("%s: %T", tt.file, k.Private.Private)
		}
		if _, err := f.UnlockKey(t.Context(), other, password); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%s: the store password opens the other key: %v", tt.file, err)
		}
		if k, err = f.UnlockKey(t.Context(), other, "own-secret"); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		} else if _, ok := k.Private.Private.(*rsa.PrivateKey); !ok {
			t.Errorf("%s: %T", tt.file, k.Private.Private)
		}
		if _, err := f.UnlockKey(t.Context(), root, password); !errors.Is(err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: unlocking a certificate: %v", tt.file, err)
		}
		all := f.UnlockAll(t.Context(), password)
		for i, e := range f.Entries {
			r := all[i]
			if (r.Key != nil) != (e == mux) || errors.Is(r.Err, pkcs12x.ErrPassword) != (e == other) {
				t.Errorf("%s: %s became %+v", tt.file, e.Alias, r)
			}
		}
	}
}

func TestSecretKeysOfTheJDK(t *testing.T) {
	f := parse(t, "secret.jceks")
	for alias, want := range map[string]struct {
		algorithm string
		size      int
	}{"aes": {"AES", 32}, "des": {"DES", 8}, "desede": {"DESede", 24}, "hmacsha256": {"HmacSHA256", 32}, "blowfish": {"Blowfish", 16}} {
		e := entry(t, f, alias)
		k, err := f.UnlockKey(t.Context(), e, password)
		if err != nil || e.Kind != pkcs12x.SecretKey || k.Private != nil || k.Algorithm != want.algorithm || len(k.Secret) != want.size {
			t.Errorf("%s: %+v, %v", alias, k, err)
		}
		if _, err := f.UnlockKey(t.Context(), e, "wrong"); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%s: %v", alias, err)
		}
	}
	f = parse(t, "password.jceks")
	k, err := f.UnlockKey(t.Context(), entry(t, f, "pbe"), password)
	if err != nil || string(k.Secret) != "tell nobody" || k.Algorithm != "PBEWithMD5AndDES" {
		t.Errorf("pbe: %+v, %v", k, err)
	}
	k, err = f.UnlockKey(t.Context(), entry(t, f, "own"), "own-secret")
	if err != nil || !bytes.Equal(k.Secret, make([]byte, 16)) {
		t.Errorf("own: %+v, %v", k, err)
	}
	if _, err := f.UnlockKey(t.Context(), entry(t, f, "own"), unicode); !errors.Is(err, pkcs12x.ErrPassword) {
		t.Errorf("a password that Java would refuse: %v", err)
	}
}

func TestAliasesAreExact(t *testing.T) {
	f := parse(t, "aliases.jks")
	if err := f.Verify(unicode); err != nil {
		t.Error(err)
	}
	var got []string
	for _, e := range f.Entries {
		got = append(got, e.Alias)
	}
	slices.Sort(got)
	if want := []string{"MUX", "Mux", "grün € 😀", "half \ufffd", "mux", "nul\x00nul"}; !slices.Equal(got, want) {
		t.Errorf("aliases %q, want %q", got, want)
	}
	entry(t, f, "Mux").Alias = "half \ufffd 2"
	again, err := f.Encode(password)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(again, []byte("half \xed\xa0\xbd")) || !bytes.Contains(again, []byte("half \xef\xbf\xbd 2")) ||
		!bytes.Contains(again, []byte("nul\xc0\x80nul")) || !bytes.Contains(again, []byte("gr\xc3\xbcn \xe2\x82\xac \xed\xa0\xbd\xed\xb8\x80")) {
		t.Errorf("the aliases were not written as Java does: %q", again)
	}
}

// What was read is written back to the octet.
func TestRoundTrip(t *testing.T) {
	for name, pw := range map[string]string{
		"keytool.jks": password, "keytool.jceks": password, "secret.jceks": password, "password.jceks": password,
		"trust.jks": password, "empty.jks": password, "no-password.jks": "", "aliases.jks": unicode,
	} {
		out, err := parse(t, name).Encode(pw)
		if err != nil || !bytes.Equal(out, fixture(t, name)) {
			t.Errorf("%s comes back changed: %v", name, err)
		}
	}
}

func TestWhatIsSealedHereOpensHere(t *testing.T) {
	source := parse(t, "keytool.jks")
	open, err := source.UnlockKey(t.Context(), entry(t, source, "mux"), password)
	if err != nil {
		t.Fatal(err)
	}
	born := time.UnixMilli(-1234567).UTC()
	for _, tt := range []struct {
		format  jks.Format
		version int
		own     string
	}{{jks.JKS, 1, "a"}, {jks.JKS, 2, unicode}, {jks.JKS, 2, ""}, {jks.JCEKS, 1, "a"}, {jks.JCEKS, 2, "own-secret"}, {jks.JCEKS, 2, ""}} {
		sealed, err := tt.format.SealPrivateKey(noise(), open.Private.PKCS8, tt.own, 7)
		if err != nil {
			t.Fatal(err)
		}
		f := &jks.File{Format: tt.format, Version: tt.version, Entries: []*jks.Entry{
			{Alias: "no chain", Kind: pkcs12x.PrivateKey, Created: born, Sealed: sealed},
			{Alias: "trust", Kind: pkcs12x.TrustedCertificate, Chain: []jks.Certificate{{Type: "X.509", Raw: []byte("not looked into")}}},
		}}
		if tt.format == jks.JCEKS {
			secret, err := jks.SealSecretKey(noise(), "AES", []byte("0123456789abcdef"), tt.own, 7)
			if err != nil {
				t.Fatal(err)
			}
			f.Entries = append(f.Entries, &jks.Entry{Alias: "secret", Kind: pkcs12x.SecretKey, Sealed: secret})
		}
		data, err := f.Encode(unicode)
		if err != nil {
			t.Fatal(err)
		}
		back, err := jks.Parse(append(data, "\r\n"...), pkcs12x.DefaultLimits())
		if err != nil || back.Version != tt.version || back.Format != tt.format || back.Trailing != 2 || back.Verify(unicode) != nil {
			t.Fatalf("%v: %+v, %v", tt, back, err)
		}
		if got := back.Entries[0]; !got.Created.Equal(born) || len(got.Chain) != 0 {
			t.Errorf("%v: %+v", tt, got)
		}
		if got := back.Entries[1].Chain[0]; got.Type != "X.509" || string(got.Raw) != "not looked into" {
			t.Errorf("%v: %+v", tt, got)
		}
		k, err := back.UnlockKey(t.Context(), back.Entries[0], tt.own)
		if err != nil || !bytes.Equal(k.Private.PKCS8, open.Private.PKCS8) {
			t.Errorf("%v: %+v, %v", tt, k, err)
		}
		if _, err := back.UnlockKey(t.Context(), back.Entries[0], tt.own+"x"); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%v: another password: %v", tt, err)
		}
		if tt.format == jks.JCEKS {
			k, err := back.UnlockKey(t.Context(), back.Entries[2], tt.own)
			if err != nil || k.Algorithm != "AES" || string(k.Secret) != "0123456789abcdef" {
				t.Errorf("%v: %+v, %v", tt, k, err)
			}
		}
	}
}

func TestWhatAFormatCannotHold(t *testing.T) {
	cert := jks.Certificate{Type: "X.509", Raw: []byte{1}}
	jceks := parse(t, "secret.jceks").Entries[0]
	key := entry(t, parse(t, "keytool.jceks"), "mux")
	for name, f := range map[string]*jks.File{
		"no format":                   {Version: 2},
		"version 3":                   {Format: jks.JKS, Version: 3},
		"secret key in JKS":           {Format: jks.JKS, Version: 2, Entries: []*jks.Entry{jceks}},
		"protection of JCEKS in JKS":  {Format: jks.JKS, Version: 2, Entries: []*jks.Entry{key}},
		"CRL":                         {Format: jks.JKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.CRL}}},
		"key that is not there":       {Format: jks.JKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.PrivateKey}}},
		"two certificates":            {Format: jks.JKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.TrustedCertificate, Chain: []jks.Certificate{cert, cert}}}},
		"OpenPGP in version 1":        {Format: jks.JKS, Version: 1, Entries: []*jks.Entry{{Kind: pkcs12x.TrustedCertificate, Chain: []jks.Certificate{{Type: "OpenPGP"}}}}},
		"alias too long":              {Format: jks.JKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.TrustedCertificate, Alias: strings.Repeat("ü", 40_000), Chain: []jks.Certificate{cert}}}},
		"secret that is no object":    {Format: jks.JCEKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.SecretKey, Sealed: []byte{1}}}},
		"secret and something behind": {Format: jks.JCEKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.SecretKey, Sealed: append(slices.Clone(jceks.Sealed), 0)}}},
	} {
		if out, err := f.Encode(password); out != nil || !errors.Is(err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: %d octets, %v", name, len(out), err)
		}
	}
	for name, seal := range map[string]func() ([]byte, error){
		"password outside ASCII": func() ([]byte, error) { return jks.JCEKS.SealPrivateKey(noise(), []byte{1}, unicode, 1) },
		"0 iterations":           func() ([]byte, error) { return jks.JCEKS.SealPrivateKey(noise(), []byte{1}, password, 0) },
		"too many iterations":    func() ([]byte, error) { return jks.JCEKS.SealPrivateKey(noise(), []byte{1}, password, 5_000_001) },
		"no algorithm":           func() ([]byte, error) { return jks.SealSecretKey(noise(), "", []byte{1}, password, 1) },
		"no key":                 func() ([]byte, error) { return jks.SealSecretKey(noise(), "AES", nil, password, 1) },
		"long algorithm": func() ([]byte, error) {
			return jks.SealSecretKey(noise(), strings.Repeat("A", 1<<16), []byte{1}, password, 1)
		},
	} {
		if out, err := seal(); out != nil || !errors.Is(err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: %d octets, %v", name, len(out), err)
		}
	}
	for _, format := range []jks.Format{jks.JKS, jks.JCEKS} {
		if out, err := format.SealPrivateKey(bytes.NewReader(nil), []byte{1}, password, 1); out != nil || err == nil {
			t.Errorf("%s: sealed without randomness", format)
		}
	}
}

// No prefix of a file is taken for a whole one.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"keytool.jks", "keytool.jceks", "secret.jceks", "aliases.jks", "empty.jks"} {
		data := fixture(t, name)
		for n := range data {
			f, err := jks.Parse(data[:n], pkcs12x.DefaultLimits())
			if f != nil || !errors.Is(err, pkcs12x.ErrDamaged) {
				t.Fatalf("%s cut to %d octets: %v", name, n, err)
			}
		}
	}
}

// A flipped bit is found by the format or by the digest, wherever it is.
func TestFlippedBits(t *testing.T) {
	for _, name := range []string{"keytool.jks", "secret.jceks"} {
		data := fixture(t, name)
		for i := range data {
			changed := slices.Clone(data)
			changed[i] ^= 1 << (i % 8)
			f, err := jks.Parse(changed, pkcs12x.DefaultLimits())
			if err == nil {
				err = f.Verify(password)
			}
			if !errors.Is(err, pkcs12x.ErrPassword) && !errors.Is(err, pkcs12x.ErrDamaged) && !errors.Is(err, pkcs12x.ErrUnsupported) {
				t.Fatalf("%s with a bit flipped at %d: %v", name, i, err)
			}
		}
	}
}

// be writes numbers and octets behind each other.
func be(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		if s, ok := p.(string); ok {
			b.WriteString(s)
			continue
		}
		if err := binary.Write(&b, binary.BigEndian, p); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func TestHostileCounts(t *testing.T) {
	const magic = uint32(0xfeedfeed)
	zeros := make([]byte, 1<<20)
	limits := pkcs12x.DefaultLimits()
	limits.Bags = 100
	for name, tt := range map[string]struct {
		data []byte
		over bool
	}{
		"entries":               {be(magic, uint32(2), uint32(0x7fffffff), zeros), false},
		"negative entries":      {be(magic, uint32(2), uint32(0xffffffff), zeros), false},
		"entries over limit":    {be(magic, uint32(2), uint32(101), zeros), true},
		"chain":                 {be(magic, uint32(2), uint32(1), uint32(1), uint16(0), uint64(0), uint32(0), uint32(0x7fffffff), zeros), false},
		"chain over limit":      {be(magic, uint32(2), uint32(1), uint32(1), uint16(0), uint64(0), uint32(0), uint32(100), zeros), true},
		"length of key":         {be(magic, uint32(2), uint32(1), uint32(1), uint16(0), uint64(0), uint32(0x7fffffff), zeros), false},
		"negative length":       {be(magic, uint32(2), uint32(1), uint32(1), uint16(0), uint64(0), uint32(0x80000000), zeros), false},
		"length of alias":       {be(magic, uint32(2), uint32(1), uint32(2), uint16(0xffff), "short", uint64(0), uint32(0)), false},
		"length of certificate": {be(magic, uint32(2), uint32(1), uint32(2), uint16(0), uint64(0), uint16(5), "X.509", uint32(1<<30), zeros), false},
		"alias that is no text": {be(magic, uint32(2), uint32(1), uint32(2), uint16(1), "\xff", zeros), false},
		"tag":                   {be(magic, uint32(2), uint32(1), uint32(4), zeros), false},
		"secret key in JKS":     {be(magic, uint32(2), uint32(1), uint32(3), uint16(0), uint64(0), zeros), false},
	} {
		var err error
		allocated := testing.AllocsPerRun(1, func() { _, err = jks.Parse(tt.data, limits) })
		_, over := errors.AsType[*pkcs12x.LimitError](err)
		if over != tt.over || errors.Is(err, pkcs12x.ErrDamaged) == tt.over || allocated > 100 {
			t.Errorf("%s: %v with %v allocations", name, err, allocated)
		}
	}
	limits.Size = 100
	if _, err := jks.Parse(zeros, limits); err == nil || !strings.Contains(err.Error(), "limit is 100") {
		t.Errorf("size: %v", err)
	}
	if _, err := jks.Parse(be(magic, uint32(3), zeros[:50]), limits); !errors.Is(err, pkcs12x.ErrUnsupported) {
		t.Errorf("version 3: %v", err)
	}
}

// hostile returns the outcome of opening a secret key of this stream.
func hostile(stream []byte) error {
	body := be(uint32(0xcececece), uint32(2), uint32(1), uint32(3), uint16(0), uint64(0), stream)
	h := sha1.New()
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(body)
	f, err := jks.Parse(h.Sum(body), pkcs12x.DefaultLimits())
	if err != nil {
		return err
	}
	_, err = f.UnlockKey(context.Background(), f.Entries[0], "")
	return err
}

func TestHostileSerialisation(t *testing.T) {
	const stream = "\xac\xed\x00\x05"
	class := func(name, fields, super string) string {
		return string(be(uint8(0x72), uint16(len(name)), name, uint64(0), uint8(2))) + fields + "\x78" + super
	}
	for name, tt := range map[string]struct {
		stream string
		want   error
	}{
		"other class":           {stream + "\x73" + class("java.util.HashMap", "\x00\x00", "\x70"), pkcs12x.ErrUnsupported},
		"null":                  {stream + "\x70", pkcs12x.ErrDamaged},
		"string":                {stream + "\x74\x00\x01a", pkcs12x.ErrDamaged},
		"no magic":              {"\xac\xed\x00\x04\x70", pkcs12x.ErrDamaged},
		"object without class":  {stream + "\x73\x70", pkcs12x.ErrDamaged},
		"reference to nothing":  {stream + "\x71\x00\x7e\x00\x05", pkcs12x.ErrDamaged},
		"negative reference":    {stream + "\x71\xff\xff\xff\xff", pkcs12x.ErrDamaged},
		"class above itself":    {stream + "\x73" + class("a", "\x00\x00", "\x71\x00\x7e\x00\x00"), pkcs12x.ErrUnsupported},
		"class that is text":    {stream + "\x73" + class("a", "\x00\x01Lb\x74\x00\x00", "\x71\x00\x7e\x00\x01"), pkcs12x.ErrDamaged},
		"long array":            {stream + "\x73" + class("a", "\x00\x01[\x00\x01b\x74\x00\x02[B", "\x70") + "\x75" + class("[B", "\x00\x00", "\x70") + "\x7f\xff\xff\xff", pkcs12x.ErrDamaged},
		"array of objects":      {stream + "\x73" + class("a", "\x00\x01[\x00\x01b\x74\x00\x02[L", "\x70") + "\x75" + class("[La;", "\x00\x00", "\x70") + "\x7f\xff\xff\xff", pkcs12x.ErrUnsupported},
		"many fields":           {stream + "\x73" + class("a", "\xff\xff", "\x70"), pkcs12x.ErrUnsupported},
		"deep classes":          {stream + "\x73" + strings.Repeat(class("a", "\x00\x00", ""), 1000), pkcs12x.ErrUnsupported},
		"deep annotations":      {stream + "\x73" + strings.Repeat("\x72\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x73", 1000), pkcs12x.ErrUnsupported},
		"many strings":          {stream + "\x73\x72\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00" + strings.Repeat("\x74\x00\x00", 1000) + "\x78\x70", pkcs12x.ErrUnsupported},
		"external":              {stream + "\x73\x72\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x00\x78\x70", pkcs12x.ErrUnsupported},
		"sealed without fields": {stream + "\x73" + class("javax.crypto.SealedObject", "\x00\x00", "\x70"), pkcs12x.ErrUnsupported},
	} {
		if err := hostile([]byte(tt.stream)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestIterationsAreBounded(t *testing.T) {
	f := parse(t, "keytool.jceks")
	e := entry(t, f, "mux")
	i := bytes.Index(e.Sealed, []byte{2, 3, 3, 0x0d, 0x40})
	if i < 0 {
		t.Fatal("no iteration count of 200,000 in the key")
	}
	for count, want := range map[string]string{
		"\x7f\xff\xff": "limit is 5000000", "\x00\x00\x00": "0 iterations", "\x4c\x4b\x41": "5000001 iterations",
	} {
		sealed := slices.Clone(e.Sealed)
		copy(sealed[i+2:], count)
		g := &jks.File{Format: jks.JCEKS, Version: 2, Entries: []*jks.Entry{{Kind: pkcs12x.PrivateKey, Sealed: sealed}}}
		data, err := g.Encode(password)
		if err != nil {
			t.Fatal(err)
		}
		if g, err = jks.Parse(data, pkcs12x.DefaultLimits()); err != nil {
			t.Fatal(err)
		}
		if _, err = g.UnlockKey(t.Context(), g.Entries[0], password); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%x iterations: %v", count, err)
		}
		if p := g.Protection(g.Entries[0]); p == nil || p.Err == nil {
			t.Errorf("%x iterations: %+v", count, p)
		}
	}
	// All keys together are bounded as well.
	f.Entries = nil
	for range 100 {
		f.Entries = append(f.Entries, e)
	}
	data, err := f.Encode(password)
	if err != nil {
		t.Fatal(err)
	}
	limits := pkcs12x.DefaultLimits()
	limits.Work = 1_000_000
	if f, err = jks.Parse(data, limits); err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, r := range f.UnlockAll(t.Context(), password) {
		if r.Err == nil {
			opened++
		} else if _, over := errors.AsType[*pkcs12x.LimitError](r.Err); !over {
			t.Error(r.Err)
		}
	}
	if opened != 2 {
		t.Errorf("%d keys opened with the work for two", opened)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.UnlockKey(ctx, f.Entries[0], password); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// FuzzParse: what is read can be written, and is the same then.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.j*ks")
	if err != nil || len(files) < 8 {
		f.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	limits := pkcs12x.DefaultLimits()
	limits.Work, limits.Iterations = 20_000, 10_000
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := jks.Parse(data, limits)
		if err != nil {
			if file != nil || err.Error() == "" {
				t.Fatalf("error %q with a file", err)
			}
			return
		}
		file.UnlockAll(t.Context(), password)
		for _, e := range file.Entries {
			if (e.Kind == pkcs12x.TrustedCertificate) != (file.Protection(e) == nil) {
				t.Fatalf("entry %+v", e)
			}
		}
		out, err := file.Encode(password)
		if err != nil { // keys that are none are carried by Parse, and not written
			if !errors.Is(err, pkcs12x.ErrUnsupported) && !errors.Is(err, pkcs12x.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		if n := len(out) - 20; !bytes.Equal(out[:n], data[:n]) {
			t.Fatalf("%q became %q", data, out)
		}
	})
}
