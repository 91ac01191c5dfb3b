package target

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// attribute is one of a name: the last arc of 2.5.4, the type of the string, and
// its content.
type attribute struct {
	id    int64
	tag   asn1.Tag
	value string
}

// name is the DER of RDNs, whose attributes stay in the order given.
func name(t *testing.T, rdns ...[]attribute) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, rdn := range rdns {
			b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) {
				for _, a := range rdn {
					b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte{0x55, 4, byte(a.id)}) })
						b.AddASN1(a.tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(a.value)) })
					})
				}
			})
		}
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestSubjectHash has what "openssl x509 -subject_hash -subject_hash_old" of
// OpenSSL 3.0.19 says of certificates with these names.
func TestSubjectHash(t *testing.T) {
	for _, test := range []struct {
		what     string
		der      []byte
		new, old uint32
	}{
		{"empty", name(t), 0xeea339da, 0x543b6ca4},
		{"plain", name(t, []attribute{{6, asn1.PrintableString, "DE"}}, []attribute{{3, asn1.UTF8String, "Example Root"}}), 0xb24fee8b, 0x30009a33},
		{"case and blanks", name(t, []attribute{{6, asn1.PrintableString, "de"}}, []attribute{{3, asn1.PrintableString, " \tEXAMPLE \n  root "}}), 0xb24fee8b, 0xed9abf4d},
		{"only blanks", name(t, []attribute{{3, asn1.UTF8String, "   "}}), 0x5da78770, 0xcd5edd7a},
		{"not ASCII", name(t, []attribute{{3, asn1.UTF8String, "F\u0150TAN\u00das\u00edtv\u00e1ny \u00c4"}}), 0xd916186c, 0x733f3e14},
		{"T61 is Latin-1", name(t, []attribute{{3, asn1.T61String, "\xc4\xd6 B"}}), 0x0f86e964, 0x92a5080c},
		{"BMP", name(t, []attribute{{3, bmpString, "\x01\x50\x00A\x20\xac"}}), 0xd1be1b06, 0xdb197762},
		{"universal", name(t, []attribute{{3, universalString, "\x00\x01\xf6\x00\x00\x00\x00A"}}), 0x681fe513, 0xfa46c44f},
		{"IA5", name(t, []attribute{{3, asn1.IA5String, "IA5 X"}}), 0x0c8cd46f, 0xd260c135},
		{"numeric is kept", name(t, []attribute{{3, numericString, "1  2"}}), 0xda88b640, 0x7cb320b9},
		{"several in one RDN", name(t, []attribute{{10, asn1.UTF8String, "A"}, {3, asn1.UTF8String, "ZZ"}, {3, asn1.PrintableString, "b"}}), 0x0b7b3ac3, 0x4057f55a},
		{"long", name(t, []attribute{{3, asn1.UTF8String, strings.Repeat("Long \u00e9 ", 60)}}), 0xad5ed094, 0x84d77824},
		{"NUL", name(t, []attribute{{3, asn1.UTF8String, "a\x00 B"}}), 0x550867cb, 0x15e5576f},
	} {
		if h, old := subjectHash(test.der), subjectHashOld(test.der); h != test.new || old != test.old {
			t.Errorf("%s: %08x and %08x, want %08x and %08x", test.what, h, old, test.new, test.old)
		}
	}
}

// What OpenSSL refuses is no reason to fail: other clients read the file.
func TestSubjectHashOfWhatOpenSSLRefuses(t *testing.T) {
	for what, der := range map[string][]byte{
		"broken UTF-8":             name(t, []attribute{{3, asn1.UTF8String, "\xff"}}),
		"odd BMP":                  name(t, []attribute{{3, bmpString, "\x00A\x00"}}),
		"a type of another age":    name(t, []attribute{{3, asn1.Tag(26), "visible"}}),
		"surrogate":                name(t, []attribute{{3, bmpString, "\xd8\x00\x00A"}}),
		"universal beyond Unicode": name(t, []attribute{{3, universalString, "\x7f\xff\xff\xff"}}),
		"no name":                  []byte("\x04\x01a"),
		"nothing":                  nil,
		"cut off":                  name(t, []attribute{{3, asn1.UTF8String, "abc"}})[:9],
	} {
		if _, err := canonicalName(der); err == nil {
			t.Errorf("%s: it has a canonical form", what)
		}
		subjectHash(der)
	}
}

func FuzzSubjectHash(f *testing.F) {
	f.Add([]byte("0\x00"))
	f.Add([]byte("0\x0f1\x0d0\x0b\x06\x03U\x04\x03\x0c\x04 A B"))
	f.Fuzz(func(t *testing.T, der []byte) {
		before := bytes.Clone(der)
		if subjectHash(der) != subjectHash(before) || !bytes.Equal(der, before) {
			t.Fatal("the name has changed")
		}
		// Canonical names are fixed points but for the sequence around them.
		canonical, err := canonicalName(der)
		if err != nil {
			return
		}
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(canonical) })
		again, err := canonicalName(b.BytesOrPanic())
		if err != nil || !bytes.Equal(again, canonical) {
			t.Fatalf("%x becomes %x: %v", canonical, again, err)
		}
	})
}
