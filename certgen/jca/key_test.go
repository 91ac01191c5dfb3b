package jca

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A sample is a key that the JDK made.
type sample struct {
	name        string
	parameters  Parameters
	spki, pkcs8 []byte
}

func samples(t testing.TB) []sample {
	t.Helper()
	data, err := os.ReadFile("testdata/jdk25-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(data)) {
		if line[0] == '#' {
			continue
		}
		f := strings.Fields(line)
		s := sample{name: f[0]}
		if n, err := strconv.Atoi(f[1]); err == nil {
			s.parameters.Bits = n
		} else if f[1] != "-" {
			s.parameters.Group = f[1]
		}
		if s.spki, err = hex.DecodeString(f[2]); err != nil {
			t.Fatal(err)
		}
		if s.pkcs8, err = hex.DecodeString(f[3]); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if len(all) < 25 {
		t.Fatalf("%d samples", len(all))
	}
	return all
}

// What the JDK encodes is what comes of it here, and its own keys are read as the
// pairs that they are.
func TestKeysAsJavaHasThem(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name+" "+strconv.Itoa(s.parameters.Bits)+s.parameters.Group, func(t *testing.T) {
			private, err := ParsePrivateKey(s.pkcs8)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(private.Public.SPKI, s.spki) {
				t.Errorf("the public key of the private one is\n%x\nnot\n%x", private.Public.SPKI, s.spki)
			}
			public, err := ParsePublicKey(s.spki)
			if err != nil {
				t.Fatal(err)
			}
			a, err := FindKeyAlgorithm(s.name)
			if err != nil {
				t.Fatal(err)
			}
			made, err := a.Generate(t.Context(), rand.Reader, s.parameters)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range []PublicKey{private.Public, made.Public} {
				if k.Algorithm != public.Algorithm || k.Group != public.Group || k.Bits != public.Bits {
					t.Errorf("%s %s %d, and the JDK's %s %s %d", k.Algorithm, k.Group, k.Bits, public.Algorithm, public.Group, public.Bits)
				}
			}
			// All but the numbers of the key itself is the same: the lengths, give or
			// take the leading bits of integers, and the algorithm with its parameters.
			if d := len(made.PKCS8) - len(s.pkcs8); d < -12 || d > 12 {
				t.Errorf("PKCS #8 of %d bytes, and the JDK's of %d", len(made.PKCS8), len(s.pkcs8))
			}
			if ours, theirs := algorithmOf(t, made.Public.SPKI), algorithmOf(t, s.spki); !bytes.Equal(ours, theirs) {
				t.Errorf("algorithm\n%x\nnot\n%x", ours, theirs)
			}
			again, err := ParsePrivateKey(made.PKCS8)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Public.SPKI, made.Public.SPKI) {
				t.Error("the key that was made is another one when it is read")
			}
		})
	}
}

func algorithmOf(t *testing.T, spki []byte) []byte {
	t.Helper()
	s := cryptobyte.String(spki)
	var inner cryptobyte.String
	if !s.ReadASN1(&inner, asn1.SEQUENCE) {
		t.Fatalf("no public key: %x", spki)
	}
	id, ok := readIdentifier(&inner)
	if !ok {
		t.Fatalf("no public key: %x", spki)
	}
	return id.der()
}

func TestNamesOfKeyAlgorithms(t *testing.T) {
	for _, tt := range []struct{ word, name string }{
		{"rsa", "RSA"},
		{"OID.1.2.840.113549.1.1", "RSA"},
		{"1.2.840.113549.1.1.1", "RSA"},
		{"pss", "RSASSA-PSS"},
		{"EllipticCurve", "EC"},
		{"dh", "DiffieHellman"},
		{"1.3.14.3.2.12", "DSA"},
		{"ED25519", "Ed25519"},
		{"oid.1.3.101.113", "Ed448"},
		{"eddsa", "EdDSA"},
		{"ml-kem-512", "ML-KEM-512"},
		{"OID.RSA", ""},
		{"ECDSA", ""},
		{"", ""},
	} {
		a, err := FindKeyAlgorithm(tt.word)
		if a.Name != tt.name || (tt.name == "") != errors.Is(err, ErrKeyAlgorithm) {
			t.Errorf("%q is %q, %v, not %q", tt.word, a.Name, err, tt.name)
		}
	}
}

func TestSizesAndGroups(t *testing.T) {
	for _, tt := range []struct {
		name  string
		p     Parameters
		size  bool // a *SizeError
		curve bool // ErrCurve
	}{
		{"RSA", Parameters{Bits: 511}, true, false},
		{"RSA", Parameters{Bits: 512}, false, false},
		{"RSA", Parameters{Bits: 16385}, true, false},
		{"RSA", Parameters{Group: "secp256r1"}, false, true},
		{"DSA", Parameters{Bits: 576}, false, false},
		{"DSA", Parameters{Bits: 577}, true, false},
		{"DSA", Parameters{Bits: 1088}, true, false},
		{"DSA", Parameters{Bits: 3072}, false, false},
		{"DH", Parameters{Bits: 1536}, false, false},
		{"DH", Parameters{Bits: 2047}, true, false},
		{"EC", Parameters{Bits: 521}, false, false},
		{"EC", Parameters{Bits: 255}, true, false},
		{"EC", Parameters{Bits: 224}, true, false},
		{"EC", Parameters{Group: "SECP384R1"}, false, false},
		{"EC", Parameters{Group: "nist p-521"}, false, false},
		{"EC", Parameters{Group: "secp256k1"}, false, true},
		{"EdDSA", Parameters{Bits: 448}, false, false},
		{"EdDSA", Parameters{Bits: 256}, true, false},
		{"Ed25519", Parameters{Bits: 448}, true, false},
		{"Ed25519", Parameters{Group: "Ed448"}, false, true},
		{"XDH", Parameters{Group: "x448"}, false, false},
		{"ML-DSA", Parameters{Group: "ML-DSA-87"}, false, false},
		{"ML-DSA", Parameters{Group: "ML-KEM-512"}, false, true},
		{"ML-DSA", Parameters{Bits: 65}, true, false},
	} {
		a, err := FindKeyAlgorithm(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		err = a.Check(tt.p)
		_, size := errors.AsType[*SizeError](err)
		if size != tt.size || errors.Is(err, ErrCurve) != tt.curve || (err == nil) != (!tt.size && !tt.curve) {
			t.Errorf("%s %+v: %v", tt.name, tt.p, err)
		}
	}
}

// A search for primes ends with its context.
func TestGenerateEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := FindKeyAlgorithm("RSA")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Generate(ctx, rand.Reader, Parameters{Bits: 8192}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
