package certgen_test

import (
	"bytes"
	"context"
	"crypto/dsa" //nolint:staticcheck // only named
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
)

// seeded is a random source that gives the same bytes for the same seed.
func seeded(seed byte) io.Reader { return mathrand.NewChaCha8([32]byte{seed}) }

// constant is a broken random source.
type constant byte

func (c constant) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}

func TestEveryKeyTypeMakesItsKind(t *testing.T) {
	types := certgen.KeyTypes()
	var names []string
	for _, kt := range types {
		names = append(names, kt.Name)
		key, err := certgen.GenerateKey(t.Context(), seeded(1), kt.Name)
		if err != nil {
			t.Errorf("%s: %v", kt.Name, err)
			continue
		}
		if got := certgen.KeyTypeOf(key.Public()); got != kt.Label {
			t.Errorf("%s: made a key of type %q, want %q", kt.Name, got, kt.Label)
		}
		if _, isRSA := key.(*rsa.PrivateKey); isRSA {
			continue // crypto/rsa takes no randomness
		}
		if !equal(key, mustKey(t, kt.Name)) {
			t.Errorf("%s: the same randomness made two keys", kt.Name)
		}
		other, err := certgen.GenerateKey(t.Context(), seeded(2), kt.Name)
		if err != nil {
			t.Fatal(err)
		}
		if equal(key, other) {
			t.Errorf("%s: other randomness made the same key", kt.Name)
		}
	}
	if got, want := strings.Join(names, " "), "ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 ed25519"; got != want {
		t.Errorf("key types are %s, want %s", got, want)
	}
	if types[0].Name != certgen.DefaultKeyType {
		t.Errorf("the first type is %s, not the default", types[0].Name)
	}
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case *ecdsa.PrivateKey:
		return a.Equal(b)
	case ed25519.PrivateKey:
		return a.Equal(b)
	}
	return false
}

func TestScalarIsTheDrawInRange(t *testing.T) {
	seven := append(make([]byte, 31), 7)
	tooBig := bytes.Repeat([]byte{0xff}, 32) // over the order of P-256
	zero := make([]byte, 32)
	draws := bytes.NewReader(bytes.Join([][]byte{tooBig, zero, seven}, nil))
	key, err := certgen.GenerateKey(t.Context(), draws, "ec-p256")
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := key.(*ecdsa.PrivateKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(scalar, seven) {
		t.Errorf("scalar is %x, want the third draw, %x", scalar, seven)
	}
}

func TestBrokenRandomness(t *testing.T) {
	for _, kt := range []string{"ec-p256", "ec-p384", "ec-p521"} {
		for name, source := range map[string]io.Reader{"zeros": constant(0), "ones": constant(0xff)} {
			if _, err := certgen.GenerateKey(t.Context(), source, kt); err == nil || !strings.Contains(err.Error(), "random source is broken") {
				t.Errorf("%s from %s: %v", kt, name, err)
			}
		}
	}
	for _, kt := range []string{"ec-p256", "ed25519"} {
		if _, err := certgen.GenerateKey(t.Context(), strings.NewReader("short"), kt); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s from five bytes: %v", kt, err)
		}
	}
}

func TestUnknownKeyTypeListsTheKnown(t *testing.T) {
	_, err := certgen.GenerateKey(t.Context(), seeded(1), "rsa-1024")
	if !errors.Is(err, certgen.ErrKeyType) || !strings.Contains(err.Error(), `"rsa-1024"`) || !strings.Contains(err.Error(), "rsa-2048, rsa-3072") {
		t.Errorf("error is %v", err)
	}
}

func TestKeyGenerationEndsWithItsContext(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := certgen.GenerateKey(cancelled, seeded(1), "ec-p256"); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := certgen.GenerateKey(short, seeded(1), "rsa-4096"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a millisecond for RSA 4096: %v", err)
	}
}

func TestKeyTypeOf(t *testing.T) {
	x25519, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdh.P384().NewPrivateKey(append(make([]byte, 47), 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pub  any
		want string
	}{
		{x25519.PublicKey(), "X25519"},
		{p384.PublicKey(), "EC P-384"},
		{&dsa.PublicKey{Parameters: dsa.Parameters{P: new(big.Int).Lsh(big.NewInt(1), 1023)}}, "DSA 1024"},
		{&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 511)}, "RSA 512"},
		{&rsa.PublicKey{}, "RSA"},
		{&ecdsa.PublicKey{}, "EC"},
		{&dsa.PublicKey{}, "DSA"},
		{ed25519.PublicKey(nil), "Ed25519"},
		{nil, ""},
		{"a string", ""},
	} {
		if got := certgen.KeyTypeOf(tt.pub); got != tt.want {
			t.Errorf("KeyTypeOf(%T) = %q, want %q", tt.pub, got, tt.want)
		}
	}
}
