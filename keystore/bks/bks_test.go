package bks_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/keystore/bks"
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

func parse(t testing.TB, name string) *bks.File {
	t.Helper()
	f, err := bks.Parse(fixture(t, name), pkcs12x.DefaultLimits())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// opened is a fixture under its password.
func opened(t testing.TB, name, password string) *bks.File {
	t.Helper()
	f := parse(t, name)
	if err := f.Open(t.Context(), password); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

func entry(t testing.TB, f *bks.File, alias string) *bks.Entry {
	t.Helper()
	i := slices.IndexFunc(f.Entries, func(e *bks.Entry) bool { return e.Alias == alias })
	if i < 0 {
		t.Fatalf("no entry %q", alias)
	}
	return f.Entries[i]
}

// noise is repeatable randomness.
func noise() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{}) }

func TestStoresOfBouncyCastle(t *testing.T) {
	for _, tt := range []struct {
		file    string
		format  bks.Format
		version int
	}{{"store.bks", bks.BKS, 2}, {"store-v1.bks", bks.BKS, 1}, {"store.uber", bks.UBER, 1}} {
		f := parse(t, tt.file)
		if f.Format != tt.format || f.Version != tt.version || f.Trailing != 0 || (len(f.Entries) == 8) != (tt.format == bks.BKS) {
			t.Fatalf("%s: %+v", tt.file, f)
		}
		for _, wrong := range []string{"", "Changeit", password + " ", password + "\x00"} {
			if err := f.Open(t.Context(), wrong); !errors.Is(err, pkcs12x.ErrPassword) {
				t.Errorf("%s: password %q: %v", tt.file, wrong, err)
			}
		}
		if err := f.Open(t.Context(), password); err != nil || len(f.Entries) != 8 {
			t.Fatalf("%s: %d entries, %v", tt.file, len(f.Entries), err)
		}
		mux, other, root := entry(t, f, "Mux"), entry(t, f, "other"), entry(t, f, "root ca")
		if mux.Type != bks.SealedEntry || len(mux.Chain) != 3 || root.Type != bks.CertificateEntry || len(root.Chain) != 0 || root.Content != nil {
			t.Errorf("%s: %+v, %+v", tt.file, mux, root)
		}
		if !bytes.Equal(mux.Chain[2].Raw, root.Certificate.Raw) || mux.Chain[0].Type != "X.509" {
			t.Errorf("%s: the chain does not end at the root", tt.file)
		}
		if y := mux.Created.Year(); y < 2024 || y > 2100 {
			t.Errorf("%s: created %v", tt.file, mux.Created)
		}
		if p := f.Protection(mux); p == nil || p.Name != "BKS PBE-SHA1-3DES" || !bks.OwnProtection(p.Name) || p.Iterations < 1024 || p.Iterations > 2047 || p.Err != nil {
			t.Errorf("%s: protection %+v", tt.file, p)
		}
		if p := f.Protection(root); p != nil {
			t.Errorf("%s: a certificate is protected: %+v", tt.file, p)
		}
		if p := f.StoreProtection(); (p != nil) != (tt.format == bks.UBER) || p != nil && (p.Name != "UBER PBE-SHA1-Twofish-256" || p.Iterations != f.Iterations || p.Err != nil) {
			t.Errorf("%s: %+v", tt.file, p)
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
		if _, ok := k.Private.Private.(*ecdsa.PrivateKey); !ok || k.Type != bks.PrivateKey || k.Algorithm != "EC" {
			t.Errorf("%s: %+v", tt.file, k)
		}
		public, err := f.UnlockKey(t.Context(), entry(t, f, "public"), password)
		if err != nil || public.Type != bks.PublicKey || !bytes.Equal(public.Encoded, leaf.RawSPKI) {
			t.Errorf("%s: %+v, %v", tt.file, public, err)
		}
		for alias, want := range map[string]bks.Key{
			"aes": {Type: bks.SecretKey, Algorithm: "AES", Encoded: make([]byte, 32)},
			"mac": {Type: bks.SecretKey, Algorithm: "HmacSHA256", Encoded: []byte("0123456789")},
		} {
			k, err := f.UnlockKey(t.Context(), entry(t, f, alias), password)
			if err != nil || k.Type != want.Type || k.Algorithm != want.Algorithm || !bytes.Equal(k.Encoded, want.Encoded) || k.Private != nil {
				t.Errorf("%s: %s: %+v, %v", tt.file, alias, k, err)
			}
		}
		if _, err := f.UnlockKey(t.Context(), other, password); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%s: the store password opens the other key: %v", tt.file, err)
		}
		if k, err = f.UnlockKey(t.Context(), other, "own-secret"); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		} else if _, ok := k.Private.Private.(*rsa.PrivateKey); !ok {
			t.Errorf("%s: %T", tt.file, k.Private.Private)
		}
		stored, protected := entry(t, f, "stored"), entry(t, f, "protected")
		if stored.Type != bks.SecretEntry || !bytes.Equal(stored.Content, []byte{2, 3, 5, 7, 11}) || protected.Type != bks.SecretEntry || len(protected.Chain) != 3 {
			t.Errorf("%s: %+v, %+v", tt.file, stored, protected)
		}
		for _, e := range []*bks.Entry{root, stored} {
			if _, err := f.UnlockKey(t.Context(), e, password); !errors.Is(err, pkcs12x.ErrUnsupported) {
				t.Errorf("%s: unlocking %s: %v", tt.file, e.Alias, err)
			}
		}
		for i, r := range f.UnlockAll(t.Context(), password, func(e *bks.Entry) bool { return e == mux || e == other }) {
			e := f.Entries[i]
			if (r.Key != nil) != (e == mux) || errors.Is(r.Err, pkcs12x.ErrPassword) != (e == other) {
				t.Errorf("%s: %s became %+v", tt.file, e.Alias, r)
			}
		}
	}
}

// Bouncy Castle has no call to write keys in the open, and reads them.
func TestKeysInTheOpen(t *testing.T) {
	f := opened(t, "plain.bks", password)
	for alias, want := range map[string]bks.KeyType{"mux": bks.PrivateKey, "aes": bks.SecretKey, "public": bks.PublicKey} {
		e := entry(t, f, alias)
		k, err := f.UnlockKey(t.Context(), e, "whatever")
		if e.Type != bks.PlainEntry || err != nil || k.Type != want || (k.Private != nil) != (want == bks.PrivateKey) || f.Protection(e) != nil {
			t.Errorf("%s: %+v, %v", alias, k, err)
		}
	}
}

func TestAliasesAreExact(t *testing.T) {
	f := opened(t, "aliases.bks", unicode)
	var got []string
	for _, e := range f.Entries {
		got = append(got, e.Alias)
	}
	slices.Sort(got)
	if want := []string{"", "Mux", "grün € 😀", "half \ufffd", "mux", "nul\x00nul"}; !slices.Equal(got, want) {
		t.Errorf("aliases %q, want %q", got, want)
	}
}

// What was read is written back to the octet.
func TestRoundTrip(t *testing.T) {
	for name, pw := range map[string]string{
		"store.bks": password, "store-v1.bks": password, "store.uber": password, "plain.bks": password, "trust.bks": password, "aliases.bks": unicode,
		"empty.bks": password, "empty-v1.bks": password, "empty.uber": password, "no-password.bks": "", "no-password-v1.bks": "", "no-password.uber": "",
	} {
		out, err := opened(t, name, pw).Encode(t.Context(), nil, pw)
		if err != nil || !bytes.Equal(out, fixture(t, name)) {
			t.Errorf("%s comes back changed: %v", name, err)
		}
		if f, _, sure := bks.Detect(out); f == "" || sure != (f == bks.BKS) {
			t.Errorf("%s is detected as %q, %t", name, f, sure)
		}
	}
}

func TestWhatIsSealedHereOpensHere(t *testing.T) {
	source := opened(t, "store.bks", password)
	mux := entry(t, source, "Mux")
	private, err := source.UnlockKey(t.Context(), mux, password)
	if err != nil {
		t.Fatal(err)
	}
	born := time.UnixMilli(-1234567).UTC()
	for _, tt := range []struct {
		format  bks.Format
		version int
		own     string
	}{{bks.BKS, 0, "a"}, {bks.BKS, 1, unicode}, {bks.BKS, 2, ""}, {bks.BKS, 2, unicode}, {bks.UBER, 1, "own-secret"}} {
		f := &bks.File{Format: tt.format, Version: tt.version}
		keys := []bks.Key{
			{Type: bks.PrivateKey, Algorithm: "EC", Encoded: private.Encoded},
			{Type: bks.PublicKey, Algorithm: "EC", Encoded: []byte("not looked into")},
			{Type: bks.SecretKey, Algorithm: "AES", Encoded: []byte("0123456789abcdef")},
		}
		for _, k := range keys {
			content, err := bks.Seal(t.Context(), noise(), k, tt.own, 7)
			if err != nil {
				t.Fatal(err)
			}
			f.Entries = append(f.Entries, &bks.Entry{Alias: "grün 😀", Type: bks.SealedEntry, Created: born, Content: content})
		}
		f.Entries = append(
			f.Entries,
			&bks.Entry{Alias: "empty", Type: bks.SecretEntry},
			&bks.Entry{Type: bks.CertificateEntry, Chain: mux.Chain[:1], Certificate: &mux.Chain[2]},
		)
		data, err := f.Encode(t.Context(), noise(), unicode)
		if err != nil {
			t.Fatal(err)
		}
		back, err := bks.Parse(append(data, "\r\n"...), pkcs12x.DefaultLimits())
		if err != nil {
			t.Fatalf("%v: %v", tt, err)
		}
		if err := back.Open(t.Context(), unicode); err != nil || back.Version != tt.version || back.Format != tt.format || back.Trailing != 2 || back.Iterations != bks.DefaultIterations {
			t.Fatalf("%v: %+v, %v", tt, back, err)
		}
		for i, want := range keys {
			e := back.Entries[i]
			k, err := back.UnlockKey(t.Context(), e, tt.own)
			if err != nil || k.Type != want.Type || k.Algorithm != want.Algorithm || !bytes.Equal(k.Encoded, want.Encoded) || !e.Created.Equal(born) || e.Alias != "grün 😀" {
				t.Errorf("%v: %+v, %v", tt, k, err)
			}
			if _, err := back.UnlockKey(t.Context(), e, tt.own+"x"); !errors.Is(err, pkcs12x.ErrPassword) {
				t.Errorf("%v: another password: %v", tt, err)
			}
		}
		if e := back.Entries[3]; e.Type != bks.SecretEntry || len(e.Content) != 0 {
			t.Errorf("%v: %+v", tt, e)
		}
		if e := back.Entries[4]; len(e.Chain) != 1 || !bytes.Equal(e.Certificate.Raw, mux.Chain[2].Raw) {
			t.Errorf("%v: %+v", tt, e)
		}
	}
}

// The MAC of version 1 has a key of two octets, so two passwords in 65,536 are as
// good as the right one (CVE-2018-5382). Version 0 has the same MAC.
func TestMACOfVersion1(t *testing.T) {
	data := fixture(t, "empty-v1.bks")
	data[3] = 0
	f, err := bks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil || f.Version != 0 || f.Open(t.Context(), password) != nil {
		t.Errorf("version 0: %+v, %v", f, err)
	}
	data[3] = 2
	if f, err = bks.Parse(data, pkcs12x.DefaultLimits()); err != nil || !errors.Is(f.Open(t.Context(), password), pkcs12x.ErrPassword) {
		t.Errorf("the MAC of version 1 in version 2: %+v, %v", f, err)
	}
	f = &bks.File{Format: bks.BKS, Version: 1, Iterations: 1}
	if data, err = f.Encode(t.Context(), noise(), password); err != nil {
		t.Fatal(err)
	}
	if f, err = bks.Parse(data, pkcs12x.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	for i := range 1 << 20 {
		if f.Open(t.Context(), fmt.Sprint(i)) == nil {
			return
		}
	}
	t.Error("none of a million passwords passes for the right one")
}

func TestDamagedUBER(t *testing.T) {
	whole := fixture(t, "store.uber")
	// Of eight octets of content the last block is padding, and the one before it
	// digest alone.
	eight, err := (&bks.File{Format: bks.UBER, Version: 1, Entries: []*bks.Entry{{Type: bks.SecretEntry, Content: make([]byte, 8)}}}).Encode(t.Context(), noise(), password)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		data, password string
		want           error
		text           string
	}{
		"cut":                  {string(whole[:1000]), password, pkcs12x.ErrDamaged, "no whole blocks"},
		"cut at a block":       {string(whole[:len(whole)-32]), password, pkcs12x.ErrDamaged, "cut short"},
		"one octet changed":    {string(whole[:4800]) + "?" + string(whole[4801:]), password, pkcs12x.ErrDamaged, ""},
		"digest changed":       {string(eight[:len(eight)-20]) + "?" + string(eight[len(eight)-19:]), password, pkcs12x.ErrDamaged, "digest"},
		"cut, wrong password":  {string(whole[:len(whole)-32]), "wrong", pkcs12x.ErrPassword, ""},
		"whole blocks behind":  {string(whole) + strings.Repeat("x", 48), password, nil, ""},
		"something behind":     {string(whole) + "\r\n", password, nil, ""},
		"behind, and wrong":    {string(whole) + "\r\n", "wrong", pkcs12x.ErrDamaged, "no whole blocks"},
		"less than two blocks": {string(whole[:32+31]), password, pkcs12x.ErrDamaged, "cut short"},
	} {
		f, err := bks.Parse([]byte(tt.data), pkcs12x.DefaultLimits())
		if err == nil {
			err = f.Open(t.Context(), tt.password)
		}
		if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && f.Trailing != len(tt.data)-len(whole) {
			t.Errorf("%s: %d octets behind", name, f.Trailing)
		}
	}
	whole[3] = 0
	if _, err := bks.Parse(whole, pkcs12x.DefaultLimits()); !errors.Is(err, pkcs12x.ErrUnsupported) {
		t.Errorf("version 0: %v", err)
	}
}

func TestDetect(t *testing.T) {
	bksV1, uber := string(fixture(t, "store-v1.bks")), string(fixture(t, "store.uber"))
	head := func(version, salt, rounds uint32) string {
		return string(be(version, salt)) + strings.Repeat("s", int(salt)) + string(be(rounds))
	}
	for name, tt := range map[string]struct {
		data    string
		format  bks.Format
		version int
		sure    bool
	}{
		"nothing":                     {"", "", 0, false},
		"version 1":                   {bksV1, bks.BKS, 1, true},
		"version 1, octets behind":    {bksV1 + "\x00\x00", bks.BKS, 1, true},
		"version 1, cut":              {bksV1[:500], bks.BKS, 1, false},
		"version 1, cut in the salt":  {bksV1[:12], bks.BKS, 1, false},
		"UBER":                        {uber, bks.UBER, 1, false},
		"UBER, cut":                   {uber[:500], bks.UBER, 1, false},
		"UBER with zeros":             {head(1, 20, 1024) + strings.Repeat("\x00", 64), bks.UBER, 1, false},
		"version 2, damaged":          {head(2, 20, 1024) + "\x09", bks.BKS, 2, false},
		"version 2, cut":              {head(2, 20, 1024)[:16], bks.BKS, 2, false},
		"version 3":                   {"\x00\x00\x00\x03" + bksV1[4:], "", 0, false},
		"no iterations":               {head(1, 20, 0) + uber[32:], "", 0, false},
		"negative iterations":         {head(2, 20, 1<<31)[:28] + "\xff\xff\xff\xff\x00\x00", bks.BKS, 2, false},
		"another salt, all there":     {head(2, 8, 1024) + "\x00" + strings.Repeat("m", 20), bks.BKS, 2, true},
		"another salt, MAC too long":  {head(2, 8, 1024) + "\x00" + strings.Repeat("m", 21), "", 0, false},
		"another salt, MAC too short": {head(2, 8, 1024) + "\x00" + strings.Repeat("m", 19), "", 0, false},
		"no salt":                     {head(2, 0, 1024) + "\x00" + strings.Repeat("m", 20), "", 0, false},
		"zeros":                       {strings.Repeat("\x00", 4096), "", 0, false},
		"version 0, cut":              {"\x00\x00\x00\x00\x00\x00\x00\x14abcd", "", 0, false},
		"an MP4 file":                 {"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isomiso2mp41", "", 0, false},
	} {
		f, version, sure := bks.Detect([]byte(tt.data))
		if f != tt.format || f != "" && version != tt.version || sure != tt.sure {
			t.Errorf("%s: %q version %d, sure %t", name, f, version, sure)
		}
	}
	// Noise behind the head of UBER is never taken for entries.
	random := noise()
	for range 100_000 {
		data := []byte(head(1, 20, 1500) + strings.Repeat("x", 64))
		_, _ = random.Read(data[32:])
		if f, _, _ := bks.Detect(data); f != bks.UBER {
			t.Fatalf("%x is taken for %q", data, f)
		}
	}
}

// be writes numbers in big-endian order, and texts as they are.
func be(values ...any) []byte {
	var out []byte
	for _, v := range values {
		switch v := v.(type) {
		case string:
			out = append(out, v...)
		default:
			out, _ = binary.Append(out, binary.BigEndian, v)
		}
	}
	return out
}

func TestHostileFiles(t *testing.T) {
	const (
		over     = uint32(1<<31 - 1)
		negative = uint32(1<<32 - 1)
	)
	head := string(be(uint32(2), uint32(20), strings.Repeat("s", 20), uint32(1024)))
	begin := func(t uint8) string { return head + string(be(t, uint16(1), "a", uint64(0))) }
	end := "\x00" + strings.Repeat("m", 20)
	for name, tt := range map[string]struct {
		data  string
		limit bool
		text  string
	}{
		"nothing":                {"", false, "no head"},
		"salt over the end":      {string(be(uint32(2), over)), false, "no head"},
		"negative salt":          {string(be(uint32(2), negative)), false, "no head"},
		"long salt":              {string(be(uint32(2), uint32(1025), strings.Repeat("s", 1025), uint32(1))) + end, true, "1025 octets of salt"},
		"no iterations":          {head[:28] + "\x00\x00\x00\x00" + end, false, "0 iterations"},
		"negative iterations":    {head[:28] + "\xff\xff\xff\xff" + begin(1)[32:], false, "iteration count is negative"},
		"unknown type":           {begin(5) + string(be(uint32(0))) + end, false, "unknown type 5"},
		"alias over the end":     {head + "\x01\xff\xffa", false, "alias"},
		"alias that is no text":  {head + string(be(uint8(1), uint16(1), "\xff", uint64(0), uint32(0))) + end, false, "no text"},
		"many certificates":      {begin(4) + string(be(over)) + end, false, "number of certificates is 2147483647"},
		"negative certificates":  {begin(4) + string(be(negative)) + end, false, "negative"},
		"certificate over":       {begin(1) + string(be(uint32(0), uint16(5), "X.509", over)) + end, false, "certificate is not all there"},
		"negative certificate":   {begin(1) + string(be(uint32(0), uint16(5), "X.509", negative)) + end, false, "negative"},
		"key over":               {begin(4) + string(be(uint32(0), over)) + end, false, "key is not all there"},
		"plain key over":         {begin(2) + string(be(uint32(0), uint8(0), uint16(0), uint16(0), over)) + end, false, "key is not all there"},
		"plain key of no type":   {begin(2) + string(be(uint32(0), uint8(3), uint16(0), uint16(0), uint32(0))) + end, false, "unknown type 3"},
		"no end":                 {begin(3) + string(be(uint32(0), uint32(0))), false, "type of an entry"},
		"no MAC":                 {head + "\x00" + strings.Repeat("m", 19), false, "MAC"},
		"too many entries":       {head + strings.Repeat(begin(3)[32:]+string(be(uint32(0), uint32(0))), 11) + end, true, "asks for 11 bags, the limit is 10"},
		"too many certificates":  {begin(3) + string(be(uint32(10), strings.Repeat("\x00", 60), uint32(0))) + end, true, "asks for 11 bags"},
		"over the limit in size": {strings.Repeat("x", 100_001), true, "100001 bytes"},
	} {
		limits := pkcs12x.DefaultLimits()
		limits.Bags, limits.Size = 10, 100_000
		f, err := bks.Parse([]byte(tt.data), limits)
		_, limit := errors.AsType[*pkcs12x.LimitError](err)
		if f != nil || limit != tt.limit || !limit && !errors.Is(err, pkcs12x.ErrDamaged) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileKeys(t *testing.T) {
	salt := strings.Repeat("s", 20)
	for name, tt := range map[string]struct {
		content []byte
		text    string
	}{
		"nothing":         {nil, "salt"},
		"2^31 iterations": {be(uint32(20), salt, uint32(1<<31-1), strings.Repeat("x", 32)), "limit is 5000000"},
		"all the work":    {be(uint32(20), salt, uint32(4_500_000), strings.Repeat("x", 32)), "13500000 hash calls, the limit is 12000000"},
		"negative":        {be(uint32(20), salt, uint32(1<<31), strings.Repeat("x", 32)), "negative"},
		"no iterations":   {be(uint32(20), salt, uint32(0), strings.Repeat("x", 32)), "0 iterations"},
		"no data":         {be(uint32(20), salt, uint32(1)), "0 octets"},
		"half a block":    {be(uint32(20), salt, uint32(1), "1234"), "4 octets"},
		"long salt":       {be(uint32(1025), strings.Repeat("s", 1025), uint32(1), strings.Repeat("x", 32)), "1025 octets of salt"},
		"salt over":       {be(uint32(1<<31-1), salt), "salt"},
	} {
		f := &bks.File{}
		e := &bks.Entry{Type: bks.SealedEntry, Content: tt.content}
		if _, err := f.UnlockKey(t.Context(), e, password); err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", name, err)
		}
		if p := f.Protection(e); p == nil || p.Err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, data := range map[string][]byte{"store.bks": fixture(t, "store.bks"), "store.uber": fixture(t, "store.uber")} {
		copy(data[28:], "\x7f\xff\xff\xff")
		f, err := bks.Parse(data, pkcs12x.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if _, limit := errors.AsType[*pkcs12x.LimitError](f.Open(t.Context(), password)); !limit {
			t.Errorf("%s with 2^31 iterations is opened", name)
		}
	}
	// All keys together are bounded as well, and looking into them.
	f := opened(t, "store.bks", password)
	mux := entry(t, f, "Mux")
	f.Entries = slices.Repeat([]*bks.Entry{mux}, 100)
	data, err := f.Encode(t.Context(), nil, password)
	if err != nil {
		t.Fatal(err)
	}
	limits := pkcs12x.DefaultLimits()
	limits.Work = 60_000
	if f, err = bks.Parse(data, limits); err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, r := range f.UnlockAll(t.Context(), password, func(*bks.Entry) bool { return true }) {
		if r.Err == nil {
			opened++
		} else if _, over := errors.AsType[*pkcs12x.LimitError](r.Err); !over {
			t.Error(r.Err)
		}
	}
	if opened < 4 || opened > 9 { // Bouncy Castle draws from 1,024 to 2,047
		t.Errorf("%d keys opened with the work for eight or so", opened)
	}
	plain := &bks.Entry{Type: bks.PlainEntry, Content: be(uint8(0), uint16(6), "PKCS#8", uint16(3), "RSA", uint32(8000), strings.Repeat("x", 8000))}
	if _, limit := errors.AsType[*pkcs12x.LimitError](second(f.UnlockKey(t.Context(), plain, ""))); !limit {
		t.Error("a long key in the open is looked into without end")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sealed, err := bks.Seal(t.Context(), noise(), bks.Key{Type: bks.SecretKey, Algorithm: "AES", Encoded: []byte{1}}, password, 200_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&bks.File{}).UnlockKey(ctx, &bks.Entry{Type: bks.SealedEntry, Content: sealed}, password); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// What is sealed need not be what it says.
func TestKeysThatAreNone(t *testing.T) {
	f := &bks.File{}
	for name, tt := range map[string]struct {
		content []byte
		want    error
	}{
		"private key that is none": {be(uint8(0), uint16(6), "PKCS#8", uint16(3), "RSA", uint32(3), "abc"), pkcs12x.ErrUnsupported},
		"another encoding":         {be(uint8(0), uint16(3), "PGP", uint16(3), "RSA", uint32(3), "abc"), pkcs12x.ErrUnsupported},
		"octets behind":            {be(uint8(2), uint16(3), "RAW", uint16(3), "AES", uint32(3), "abcd"), pkcs12x.ErrDamaged},
		"old names":                {be(uint8(1), uint16(4), "X509", uint16(3), "RSA", uint32(3), "abc"), nil},
		"raw goes before type":     {be(uint8(0), uint16(3), "RAW", uint16(3), "AES", uint32(3), "abc"), nil},
	} {
		if _, err := f.UnlockKey(t.Context(), &bks.Entry{Type: bks.PlainEntry, Content: tt.content}, ""); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAFormatCannotHold(t *testing.T) {
	cert := bks.Certificate{Type: "X.509", Raw: []byte{1}}
	long := strings.Repeat("ü", 40_000)
	for name, f := range map[string]*bks.File{
		"no format":            {Version: 2},
		"version 3":            {Format: bks.BKS, Version: 3},
		"no salt":              {Format: bks.BKS, Version: 2, Salt: []byte{}},
		"UBER version 2":       {Format: bks.UBER, Version: 2},
		"UBER version 0":       {Format: bks.UBER},
		"UBER, iterations":     {Format: bks.UBER, Version: 1, Iterations: 65_537},
		"UBER, negative":       {Format: bks.UBER, Version: 1, Iterations: -1},
		"UBER, salt":           {Format: bks.UBER, Version: 1, Salt: []byte{1}},
		"no type":              {Format: bks.BKS, Version: 2, Entries: []*bks.Entry{{Certificate: &cert}}},
		"no certificate":       {Format: bks.BKS, Version: 2, Entries: []*bks.Entry{{Type: bks.CertificateEntry}}},
		"nothing sealed":       {Format: bks.BKS, Version: 2, Entries: []*bks.Entry{{Type: bks.SealedEntry}}},
		"plain that is no key": {Format: bks.BKS, Version: 2, Entries: []*bks.Entry{{Type: bks.PlainEntry, Content: []byte{0}}}},
		"alias too long":       {Format: bks.BKS, Version: 2, Entries: []*bks.Entry{{Type: bks.CertificateEntry, Alias: long, Certificate: &cert}}},
		"type too long":        {Format: bks.BKS, Version: 2, Entries: []*bks.Entry{{Type: bks.SecretEntry, Chain: []bks.Certificate{{Type: long}}}}},
	} {
		if out, err := f.Encode(t.Context(), noise(), password); out != nil || !errors.Is(err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: %d octets, %v", name, len(out), err)
		}
	}
	for name, k := range map[string]bks.Key{
		"no octets":          {Algorithm: "AES"},
		"no algorithm":       {Encoded: []byte{1}},
		"unknown type":       {Type: 3, Algorithm: "AES", Encoded: []byte{1}},
		"algorithm too long": {Algorithm: long, Encoded: []byte{1}},
	} {
		if out, err := bks.Seal(t.Context(), noise(), k, password, 1); out != nil || !errors.Is(err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: %d octets, %v", name, len(out), err)
		}
	}
	dry := bytes.NewReader(nil)
	if _, err := bks.Seal(t.Context(), dry, bks.Key{Algorithm: "AES", Encoded: []byte{1}}, password, 1); err == nil {
		t.Error("sealed without randomness")
	}
	if _, err := (&bks.File{Format: bks.BKS, Version: 2}).Encode(t.Context(), dry, password); err == nil {
		t.Error("written without randomness")
	}
}

// FuzzDecode: what is read can be written, and is the same then.
func FuzzDecode(f *testing.F) {
	var files []string
	for _, pattern := range []string{"testdata/*.bks", "testdata/*.uber"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 12 {
		f.Fatalf("%d fixtures", len(files))
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
		format, _, sure := bks.Detect(data)
		file, err := bks.Parse(data, limits)
		if err != nil {
			_, limit := errors.AsType[*pkcs12x.LimitError](err)
			if file != nil || err.Error() == "" || sure && !limit && !strings.Contains(err.Error(), "iteration") {
				t.Fatalf("%q, sure %t: %v with %v", format, sure, err, file)
			}
			return
		}
		err = file.Open(t.Context(), password)
		file.UnlockAll(t.Context(), password, func(*bks.Entry) bool { return true })
		for _, e := range file.Entries {
			if (e.Type == bks.CertificateEntry) != (e.Certificate != nil) || (file.Protection(e) != nil) != (e.Type == bks.SealedEntry) {
				t.Fatalf("entry %+v", e)
			}
		}
		if format == bks.UBER && err != nil {
			return
		}
		out, err := file.Encode(t.Context(), nil, password)
		if _, limit := errors.AsType[*pkcs12x.LimitError](err); limit || errors.Is(err, pkcs12x.ErrUnsupported) {
			return // a key of no octets
		}
		if err != nil {
			t.Fatal(err)
		}
		n := len(out) - 20
		if format == bks.UBER {
			n -= 16
		}
		if !bytes.Equal(out[:n], data[:n]) {
			t.Fatalf("%q became %q", data, out)
		}
	})
}
