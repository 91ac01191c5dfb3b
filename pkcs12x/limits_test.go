package pkcs12x

import (
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"
	"runtime"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// builder writes hostile files: the few parts of a PFX that a test wants bent.
type builder = func(*cryptobyte.Builder)

func build(t testing.TB, parts builder) []byte {
	t.Helper()
	var b cryptobyte.Builder
	parts(&b)
	out, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sequence(parts builder) builder {
	return func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, parts) }
}

// pfx wraps safes, given as ContentInfos, with an optional MAC.
func pfx(t testing.TB, safes, mac builder) []byte {
	t.Helper()
	auth := build(t, sequence(safes))
	return build(t, sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		addContentInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(auth) })
		if mac != nil {
			mac(b)
		}
	}))
}

func plainSafe(bags []byte) builder {
	return func(b *cryptobyte.Builder) {
		addContentInfo(b, oidData, func(b *cryptobyte.Builder) { b.AddASN1OctetString(bags) })
	}
}

func encryptedSafe(scheme builder) builder {
	return func(b *cryptobyte.Builder) {
		addContentInfo(b, oidEncryptedData, sequence(func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			sequence(func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidData)
				scheme(b)
				b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, 32)) })
			})(b)
		}))
	}
}

// pbes2 is AES-256-CBC under a derivation; a nil count stands for none.
func pbes2(kdf builder) builder {
	return func(b *cryptobyte.Builder) {
		addAlgorithm(b, oidPBES2, sequence(func(b *cryptobyte.Builder) {
			kdf(b)
			addAlgorithm(b, below(nistAES, 42), func(b *cryptobyte.Builder) { b.AddASN1OctetString(make([]byte, 16)) })
		}))
	}
}

func derive(id asn1.ObjectIdentifier, salt string, numbers ...*big.Int) builder {
	return func(b *cryptobyte.Builder) {
		addAlgorithm(b, id, sequence(func(b *cryptobyte.Builder) {
			b.AddASN1OctetString([]byte(salt))
			for _, n := range numbers {
				b.AddASN1BigInt(n)
			}
		}))
	}
}

func classicMAC(iterations *big.Int) builder {
	return sequence(func(b *cryptobyte.Builder) {
		sequence(func(b *cryptobyte.Builder) {
			addAlgorithm(b, digestByName("SHA256").hashID, addNull)
			b.AddASN1OctetString(make([]byte, sha256.Size))
		})(b)
		b.AddASN1OctetString([]byte("salt"))
		b.AddASN1BigInt(iterations)
	})
}

func pbmac1(numbers ...*big.Int) builder {
	return sequence(func(b *cryptobyte.Builder) {
		sequence(func(b *cryptobyte.Builder) {
			addAlgorithm(b, oidPBMAC1, sequence(func(b *cryptobyte.Builder) {
				derive(oidPBKDF2, "salt", numbers...)(b)
				addAlgorithm(b, digestByName("SHA256").hmacID, addNull)
			}))
			b.AddASN1OctetString(make([]byte, sha256.Size))
		})(b)
		b.AddASN1OctetString([]byte("salt"))
		b.AddASN1Int64(1)
	})
}

func nested(depth int) builder {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if depth > 0 {
				bagOf(oidSafeContents, nil, nested(depth-1))(b)
			}
		})
	}
}

// What a hostile file asks for is refused before it is paid for.
func TestLimits(t *testing.T) {
	n := func(exp uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), exp) }
	one := big.NewInt(1)
	none := func(*cryptobyte.Builder) {}
	for _, test := range []struct {
		name, limit string
		data        []byte
	}{
		{"2^31 iterations in the MAC", "iterations", pfx(t, none, classicMAC(n(31)))},
		{"2^62 iterations in the MAC", "iterations", pfx(t, none, classicMAC(n(62)))},
		{"2^100 iterations in the MAC", "iterations", pfx(t, none, classicMAC(n(100)))},
		{"2^31 iterations in PBMAC1", "iterations", pfx(t, none, pbmac1(n(31), big.NewInt(32)))},
		{"2^31 iterations in PBES2", "iterations", pfx(t, encryptedSafe(pbes2(derive(oidPBKDF2, "salt", n(31)))), nil)},
		{"2^63 iterations in PBES2", "iterations", pfx(t, encryptedSafe(pbes2(derive(oidPBKDF2, "salt", n(63)))), nil)},
		{"scrypt with N=2^30", "bytes of memory for scrypt", pfx(t, encryptedSafe(pbes2(derive(oidScrypt, "salt", n(30), big.NewInt(8), one))), nil)},
		{"scrypt with r=2^40", "bytes of memory for scrypt", pfx(t, encryptedSafe(pbes2(derive(oidScrypt, "salt", n(14), n(40), one))), nil)},
		{"scrypt with p=2^18", "hash calls", pfx(t, encryptedSafe(pbes2(derive(oidScrypt, "salt", n(14), big.NewInt(8), n(18)))), nil)},
		{"a thousand safes of 100,000 iterations", "hash calls", pfx(t, func(b *cryptobyte.Builder) {
			for i := range 1000 {
				encryptedSafe(pbes2(derive(oidPBKDF2, string(rune('a'+i)), big.NewInt(100_000))))(b)
			}
		}, nil)},
		{"3,000 nested safes", "nesting", pfx(t, plainSafe(build(t, nested(3000))), nil)},
		{"3,000 nested sequences", "nesting", append(append([]byte{0x30, 0x80, 2, 1, 3, 0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1}, make([]byte, 0)...), repeat([]byte{0x24, 0x80}, 3000)...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Decode(test.data, password)
			if l, ok := errors.AsType[*LimitError](err); !ok || l.Limit != test.limit {
				t.Errorf("got %v, want the limit for %s", err, test.limit)
			}
			runtime.ReadMemStats(&after)
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v to refuse", took)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(1<<20+64*len(test.data)) {
				t.Errorf("allocated %d bytes for %d", grown, len(test.data))
			}
		})
	}
}

func repeat(b []byte, n int) []byte {
	out := make([]byte, 0, n*len(b))
	for range n {
		out = append(out, b...)
	}
	return out
}

func TestLimitsCanBeMoved(t *testing.T) {
	data := fixture(t, "keytool-17.p12")
	for name, change := range map[string]func(*Limits){
		"bytes":      func(l *Limits) { l.Size = len(data) - 1 },
		"iterations": func(l *Limits) { l.Iterations = 9999 },
		"hash calls": func(l *Limits) { l.Work = 25_000 },
		"bags":       func(l *Limits) { l.Bags = 1 },
		"nesting":    func(l *Limits) { l.Depth = 3 },
	} {
		l := DefaultLimits()
		change(&l)
		f, err := Parse(data, l)
		if err == nil {
			_, err = f.List(t.Context(), password)
		}
		if e, ok := errors.AsType[*LimitError](err); !ok || e.Limit != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Nested safes are legitimate (RFC 7292 section 4.2.6); the JDK does not look
// into them.
func TestNestedSafes(t *testing.T) {
	inner, err := Parse(fixture(t, "openssl-plain.p12"), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	content := build(t, sequence(func(b *cryptobyte.Builder) {
		for _, s := range inner.safes {
			for _, bag := range s.bags {
				bagOf(oidSafeContents, nil, sequence(bagOf(bag.id, bag.attributes, func(b *cryptobyte.Builder) { b.AddBytes(bag.value) })))(b)
			}
		}
	}))
	st, err := Decode(pfx(t, plainSafe(content), nil), password)
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Entries) != 1 || st.Entries[0].Alias != "mux" || st.Entries[0].JavaAlias != "" || len(st.Entries[0].Chain) != 3 {
		t.Errorf("got %q", summary(st))
	}
}

// The two encodings of the empty password, and one for the MAC and the other
// for the bags, as Windows and OpenSSL write them.
func TestEmptyPasswordBothWays(t *testing.T) {
	for _, mac := range []reading{{bmp: []byte{0, 0}}, {bmp: nil}} {
		for _, bags := range []reading{{bmp: []byte{0, 0}}, {bmp: nil}} {
			leaf := fixture(t, "openssl-plain-no-mac.p12")
			plain, err := Decode(leaf, "")
			if err != nil {
				t.Fatal(err)
			}
			data := writeWith(t, plain.Entries, mac, bags)
			st, err := Decode(data, "")
			if err != nil || len(st.Entries) != 1 || st.Entries[0].Key.PKCS8 == nil {
				t.Errorf("MAC with %d octets, bags with %d: %v", len(mac.bmp), len(bags.bmp), err)
			}
		}
	}
}

// What is quadratic in careless hands: names, chains, and keys that are long.
func TestManyOfAKind(t *testing.T) {
	start := time.Now()
	leaf, err := Decode(fixture(t, "openssl-plain-no-mac.p12"), "")
	if err != nil {
		t.Fatal(err)
	}
	c := leaf.Entries[0].Chain[0]
	const n = 20_000
	certs := make([]*Certificate, n)
	for i := range certs {
		twin := *c
		twin.Raw = append([]byte{}, c.Raw...)
		twin.Raw[len(twin.Raw)-1-i%60] ^= byte(i/60 + 1)
		twin.Attributes = []Attribute{NewFriendlyName("same")}
		certs[i] = &twin
	}
	entries := Assemble(nil, certs)
	if len(entries) != n || entries[n-1].Alias != "same-20000" {
		t.Errorf("%d entries, the last is %q", len(entries), entries[len(entries)-1].Alias)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func TestLongKeysAreCarriedNotParsed(t *testing.T) {
	key := build(t, sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, below(rsadsi, 1, 1, 1), addNull)
		b.AddASN1OctetString(make([]byte, 20_000))
	}))
	content := build(t, sequence(bagOf(oidKeyBag, nil, func(b *cryptobyte.Builder) { b.AddBytes(key) })))
	st, err := Decode(pfx(t, plainSafe(content), nil), "")
	if err != nil {
		t.Fatal(err)
	}
	if k := st.Entries[0].Key; len(k.PKCS8) != len(key) || !errors.Is(k.Err, ErrUnsupported) {
		t.Errorf("%d octets, %v", len(k.PKCS8), k.Err)
	}
}
