package jca

import (
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
)

// A SecretAlgorithm is one kind of secret key that Java's KeyGenerator makes.
type SecretAlgorithm struct {
	// Name is that of the keys: "AES", "HmacSHA256".
	Name    string
	aliases []string // other names, and OIDs
	// Sizes are the sizes in bits, where there are few; else they are the multiples
	// of Step from Min to Max, which is 0 for no end.
	Sizes          []int
	Min, Max, Step int
	// parity tells that each octet has an odd number of bits, and that its lowest
	// is not counted: DES.
	parity bool
}

// secretAlgorithms are those of the providers SunJCE and of JDK 25.
func secretAlgorithms() []SecretAlgorithm {
	all := []SecretAlgorithm{
		{Name: "AES", aliases: []string{"2.16.840.1.101.3.4.1"}, Sizes: []int{128, 192, 256}},
		{Name: "DES", Sizes: []int{56}, parity: true},
		{Name: "DESede", aliases: []string{"TripleDES"}, Sizes: []int{112, 168}, parity: true},
		{Name: "Blowfish", Min: 32, Max: 448, Step: 8},
		{Name: "ARCFOUR", aliases: []string{"RC4", "1.2.840.113549.3.4"}, Min: 40, Max: 1024, Step: 1},
		{Name: "RC2", Min: 40, Max: 1024, Step: 1},
		{Name: "ChaCha20", Sizes: []int{256}},
		{Name: "HmacMD5", Min: 1, Step: 1},
		{Name: "HmacSHA1", aliases: []string{"1.2.840.113549.2.7", "OID.1.2.840.113549.2.7"}, Min: 1, Step: 1},
	}
	for _, mac := range []struct{ name, oid string }{
		{"HmacSHA224", "1.2.840.113549.2.8"},
		{"HmacSHA256", "1.2.840.113549.2.9"},
		{"HmacSHA384", "1.2.840.113549.2.10"},
		{"HmacSHA512", "1.2.840.113549.2.11"},
		{"HmacSHA512/224", "1.2.840.113549.2.12"},
		{"HmacSHA512/256", "1.2.840.113549.2.13"},
		{"HmacSHA3-224", "2.16.840.1.101.3.4.2.13"},
		{"HmacSHA3-256", "2.16.840.1.101.3.4.2.14"},
		{"HmacSHA3-384", "2.16.840.1.101.3.4.2.15"},
		{"HmacSHA3-512", "2.16.840.1.101.3.4.2.16"},
	} {
		all = append(all, SecretAlgorithm{Name: mac.name, aliases: []string{mac.oid, "OID." + mac.oid}, Min: 40, Step: 1})
	}
	return all
}

// FindSecretAlgorithm finds an algorithm by one of its names, in any case. The
// error is around ErrKeyAlgorithm.
func FindSecretAlgorithm(name string) (SecretAlgorithm, error) {
	for _, a := range secretAlgorithms() {
		for _, known := range append(a.aliases, a.Name) {
			if strings.EqualFold(known, name) {
				return a, nil
			}
		}
	}
	return SecretAlgorithm{}, fmt.Errorf("%w %q", ErrKeyAlgorithm, name)
}

// Generate makes a key of a size in bits; one that is not whole octets is rounded
// up. The error is a *SizeError, or that of rand.
func (a SecretAlgorithm) Generate(rand io.Reader, size int) ([]byte, error) {
	if !a.allows(size) {
		return nil, &SizeError{Algorithm: a.Name, Size: size}
	}
	if a.parity {
		size = size / 7 * 8
	}
	key := make([]byte, (size+7)/8)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, err
	}
	if a.parity {
		for i, b := range key {
			key[i] = b&^1 | byte(bits.OnesCount8(b&^1)+1)&1
		}
		if a.Name == "DESede" && size == 128 { // two keys: the third is the first again
			key = append(key, key[:8]...)
		}
	}
	return key, nil
}

func (a SecretAlgorithm) allows(size int) bool {
	if slices.Contains(a.Sizes, size) {
		return true
	}
	const most = 1 << 20 // bits; Java has none but its heap
	return a.Step > 0 && size >= a.Min && size <= most && (a.Max == 0 || size <= a.Max) && size%a.Step == 0
}
