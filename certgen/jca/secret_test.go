package jca

import (
	"crypto/rand"
	"errors"
	"math/bits"
	"testing"
)

func TestSecretKeys(t *testing.T) {
	for _, tt := range []struct {
		name   string
		size   int
		as     string // empty: there is no such key
		octets int
	}{
		{"aes", 128, "AES", 16},
		{"2.16.840.1.101.3.4.1", 256, "AES", 32},
		{"AES", 129, "", 0},
		{"des", 56, "DES", 8},
		{"DES", 64, "", 0},
		{"TripleDES", 168, "DESede", 24},
		{"DESede", 112, "DESede", 24},
		{"Blowfish", 448, "Blowfish", 56},
		{"Blowfish", 33, "", 0},
		{"rc4", 41, "ARCFOUR", 6},
		{"RC2", 1025, "", 0},
		{"HmacSHA256", 39, "", 0},
		{"1.2.840.113549.2.9", 257, "HmacSHA256", 33},
		{"hmacsha512/256", 512, "HmacSHA512/256", 64},
		{"HmacSHA256", 1 << 30, "", 0},
	} {
		a, err := FindSecretAlgorithm(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		key, err := a.Generate(rand.Reader, tt.size)
		if tt.as == "" {
			if _, ok := errors.AsType[*SizeError](err); !ok {
				t.Errorf("%s of %d bits: %v", tt.name, tt.size, err)
			}
			continue
		}
		if err != nil || a.Name != tt.as || len(key) != tt.octets {
			t.Errorf("%s of %d bits: %s, %d octets, %v", tt.name, tt.size, a.Name, len(key), err)
		}
		for _, b := range key {
			if a.parity && bits.OnesCount8(b)%2 == 0 {
				t.Errorf("%s: even parity", tt.name)
			}
		}
	}
	if _, err := FindSecretAlgorithm("Rijndael"); !errors.Is(err, ErrKeyAlgorithm) {
		t.Errorf("Rijndael: %v", err)
	}
}
