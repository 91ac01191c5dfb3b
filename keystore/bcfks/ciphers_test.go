package bcfks

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"muxkey/pkcs12x"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The first vector is NIST's (CAVP, VADT256, Alen = 0, count 0); the others are
// from OpenSSL 3.0, for key SHA-256("key"), a nonce from the beginning of
// SHA-256("nonce") and a message of the octets 0, 7, 14 ... 249, 0: the digest of
// what came out.
func TestCCMVectors(t *testing.T) {
	block, err := aes.NewCipher(unhex(t, "26511fb51fcfa75cb4b44da75a6e5a0eb8d9c8f3b906f886df3ba3e6da3a1389"))
	if err != nil {
		t.Fatal(err)
	}
	plain := unhex(t, "30d56ff2a25b83fee791110fcaea48e41db7c7f098a81000")
	c, err := newCCM(block, unhex(t, "72a60f345a1978fb40f28a2fa4"), 16)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := c.seal(plain)
	if want := unhex(t, "55f068c0bbba8b598013dd1841fd740fda2902322148ab5e935753e601b79db4ae730b6ae3500731"); err != nil || !bytes.Equal(sealed, want) {
		t.Errorf("%x, %v", sealed, err)
	}
	key, nonce := sha256.Sum256([]byte("key")), sha256.Sum256([]byte("nonce"))
	if block, err = aes.NewCipher(key[:]); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		nonce, tag, length int
		want               string
	}{
		{7, 4, 0, "7ccd9634be4e200e42e2688fac0a29d4ae99f56f52c855e5c22e2bfaccee354e"},
		{12, 8, 1, "3292a474aea916f97176452e66b241ef739f66a490fb00ba4eb6f5df41e02c78"},
		{12, 8, 16, "f579ac0fc89392f45b7da11e4b00bfd94c0b04bfa718a1731edc81044867a056"},
		{13, 16, 33, "bb6ff3ffee37a02a437366bdbe1c380530a70dde8a1f116ba98317200ad70cd1"},
		{8, 12, 4097, "c79fe35c37216333d6852cf9ca8765e34bc0b196ae9ef8ddfcbfb6554d9b670d"},
		{12, 8, 100000, "b179c5aef454307ee147a3ce6bfa470ef3418e955b3402e9975dd32b9a3d8527"},
	} {
		plain := make([]byte, tt.length)
		for i := range plain {
			plain[i] = byte(i * 7)
		}
		c, err := newCCM(block, nonce[:tt.nonce], tt.tag)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := c.seal(plain)
		if sum := sha256.Sum256(sealed); err != nil || hex.EncodeToString(sum[:]) != tt.want {
			t.Errorf("%+v: %x, %v", tt, sum, err)
		}
		if back, err := c.open(sealed); err != nil || !bytes.Equal(back, plain) {
			t.Errorf("%+v: %v", tt, err)
		}
		for _, at := range []int{0, len(sealed) - 1} {
			broken := bytes.Clone(sealed)
			broken[at] ^= 0x80
			if back, err := c.open(broken); !errors.Is(err, pkcs12x.ErrPassword) || back != nil {
				t.Errorf("%+v: changed at %d: %v", tt, at, err)
			}
		}
	}
}

// RFC 5649 section 6, and lengths around the semiblocks.
func TestKeyWrap(t *testing.T) {
	block, err := aes.NewCipher(unhex(t, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ plain, wrapped string }{
		{"c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
		{"466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
	} {
		got, err := wrap(block, unhex(t, tt.plain))
		if err != nil || hex.EncodeToString(got) != tt.wrapped {
			t.Errorf("%s: %x, %v", tt.plain, got, err)
		}
	}
	for n := 1; n < 70; n++ {
		plain := bytes.Repeat([]byte{0xa5}, n)
		sealed, err := wrap(block, plain)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := unwrap(block, sealed); err != nil || !bytes.Equal(back, plain) {
			t.Errorf("%d octets: %x, %v", n, back, err)
		}
		sealed[n/2] ^= 1
		if back, err := unwrap(block, sealed); !errors.Is(err, pkcs12x.ErrPassword) || back != nil {
			t.Errorf("%d octets, changed: %v", n, err)
		}
	}
	if _, err := wrap(block, nil); !errors.Is(err, pkcs12x.ErrUnsupported) {
		t.Error(err)
	}
}

// The padding is part of what is checked (RFC 5649 section 3).
func TestKeyWrapPadding(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		head string
		good bool
	}{
		{"a65959a600000007", true},  // seven octets and one of padding
		{"a65959a600000008", true},  // eight, the last happens to be zero
		{"a65959a600000006", false}, // padding that is not zero
		{"a65959a600000000", false},
		{"a65959a600000009", false},
		{"a65959a6ffffffff", false},
		{"a65959a700000007", false},
	} {
		b := unhex(t, tt.head+"01020304050607"+"00")
		block.Encrypt(b, b)
		if _, err := unwrap(block, b); (err == nil) != tt.good || err != nil && !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%s: %v", tt.head, err)
		}
	}
}

// Bouncy Castle runs scrypt with r in place of p; a writer that means its p is
// read as well, and what is written again keeps to it.
func TestScryptByItsOwnP(t *testing.T) {
	f := &File{Algorithms: DefaultAlgorithms()}
	f.Algorithms.Derivation = pkcs12x.Derivation{Iterations: 16, BlockSize: 2, Parallelization: 1, Length: 64, Salt: []byte("0123")}
	for _, means := range []bool{false, true} {
		f.Algorithms.meansP = means
		data, err := f.Encode(t.Context(), bytes.NewReader(make([]byte, 100)), "secret")
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(data, pkcs12x.DefaultLimits())
		if err == nil {
			err = back.Open(t.Context(), "secret")
		}
		if err != nil || back.Algorithms.meansP != means || back.Algorithms.Derivation.Parallelization != 1 {
			t.Errorf("means it: %t: %v, %+v", means, err, back)
		}
	}
}
