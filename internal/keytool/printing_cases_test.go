package keytool_test

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A specimen is a certificate of which one thing is of interest. Nothing in it is
// signed: -printcert does not look.
type specimen struct {
	name string
	der  []byte
}

// anatomy is what a specimen is made of, each part in DER.
type anatomy struct {
	version           int // 0 leaves the field out
	serial            []byte
	issuer, subject   []byte
	from, until       []byte
	key, inner, outer []byte
	unique            []byte
	extensions        []byte
	after             []byte
}

func element(tag byte, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.Tag(tag), func(b *cryptobyte.Builder) {
		for _, p := range parts {
			b.AddBytes(p)
		}
	})
	return b.BytesOrPanic()
}

func text(tag byte, s string) []byte { return element(tag, []byte(s)) }

func identifier(dotted string) []byte {
	var arcs []int
	for word := range strings.SplitSeq(dotted, ".") {
		n, _ := new(big.Int).SetString(word, 10)
		arcs = append(arcs, int(n.Int64()))
	}
	var b cryptobyte.Builder
	b.AddASN1ObjectIdentifier(arcs)
	return b.BytesOrPanic()
}

func sequence(parts ...[]byte) []byte { return element(0x30, parts...) }

func fromHex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// named is a Name of one common name.
func named(cn []byte) []byte {
	return sequence(element(0x31, sequence(identifier("2.5.4.3"), cn)))
}

func spki(algorithm, parameters, key []byte) []byte {
	return sequence(sequence(algorithm, parameters), element(0x03, []byte{0}, key))
}

// rsa is an RSA key of a size.
func rsa(bits int, exponent int64) []byte {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	n.SetBit(n, 0, 1)
	return sequence(integer(n), integer(big.NewInt(exponent)))
}

func integer(n *big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1BigInt(n)
	return b.BytesOrPanic()
}

var null = []byte{5, 0}

func rsaKey(bits int) []byte {
	return spki(identifier("1.2.840.113549.1.1.1"), null, rsa(bits, 65537))
}

func extension(oid string, critical bool, value []byte) []byte {
	var flag []byte
	if critical {
		flag = []byte{1, 1, 0xff}
	}
	return sequence(identifier(oid), flag, element(0x04, value))
}

// body is an ordinary certificate.
func body() anatomy {
	return anatomy{
		version: 3, serial: []byte{2, 1, 1}, issuer: named(text(0x0c, "Issuer")), subject: named(text(0x0c, "Subject")),
		from: text(0x17, "200101000000Z"), until: text(0x18, "20500101000000Z"), key: rsaKey(2048),
		inner: sequence(identifier("1.2.840.113549.1.1.11"), null),
	}
}

func (a anatomy) der() []byte {
	var version, extensions []byte
	if a.version > 0 {
		version = element(0xa0, []byte{2, 1, byte(a.version - 1)})
	}
	if a.extensions != nil {
		extensions = element(0xa3, sequence(a.extensions))
	}
	outer := a.outer
	if outer == nil {
		outer = a.inner
	}
	tbs := sequence(version, a.serial, a.inner, a.issuer, sequence(a.from, a.until), a.subject, a.key, a.unique, extensions)
	return append(sequence(tbs, outer, element(0x03, []byte{0}, make([]byte, 4))), a.after...)
}

// specimens are all of them.
func specimens() []specimen {
	var list []specimen
	add := func(name string, change func(a *anatomy)) {
		a := body()
		change(&a)
		list = append(list, specimen{name, a.der()})
	}
	add("plain", func(*anatomy) {})
	for _, s := range slices.Concat(structures(), keys(), signatures()) {
		add(s.name, s.change)
	}
	for _, e := range extensions() {
		add(e.name, func(a *anatomy) { a.extensions = extension(e.oid, e.critical, e.value) })
		if e.alone {
			continue
		}
		// What is wrong with its form is said of the extension, or the certificate is
		// refused if it is critical.
		for i, broken := range [][]byte{{}, e.value[:len(e.value)-1], append(slices.Clone(e.value), 0), append([]byte{0x13}, e.value[1:]...), {0x30, 0x02, 0x99, 0x00}, {0x30, 0x80, 0x02, 0x01}} {
			add(fmt.Sprintf("%s-broken-%d", e.name, i), func(a *anatomy) { a.extensions = extension(e.oid, false, broken) })
		}
		add(e.name+"-critical", func(a *anatomy) { a.extensions = extension(e.oid, true, e.value) })
		add(e.name+"-critical-broken", func(a *anatomy) { a.extensions = extension(e.oid, true, []byte{0x13, 0}) })
	}
	return list
}

type change struct {
	name   string
	change func(a *anatomy)
}

func structures() []change {
	san := extension("2.5.29.17", true, sequence(text(0x82, "a.example")))
	return []change{
		{"version-1", func(a *anatomy) { a.version = 0 }},
		{"version-1-with-extensions", func(a *anatomy) { a.version, a.extensions = 0, san }},
		{"version-2", func(a *anatomy) { a.version, a.unique = 2, fromHex("8102 0001 820300ff01") }},
		{"version-2-with-extensions", func(a *anatomy) { a.version, a.extensions = 2, san }},
		{"version-4", func(a *anatomy) { a.version, a.extensions = 4, san }},
		{"serial-negative", func(a *anatomy) { a.serial = fromHex("0202 ff00") }},
		{"serial-zero", func(a *anatomy) { a.serial = fromHex("0201 00") }},
		{"serial-not-minimal", func(a *anatomy) { a.serial = fromHex("0203 00007f") }},
		{"serial-long", func(a *anatomy) { a.serial = fromHex("0215 00ffffffffffffffffffffffffffffffffffffffff") }},
		{"serial-empty", func(a *anatomy) { a.serial = fromHex("0200") }},
		{"issuer-empty", func(a *anatomy) { a.issuer = sequence() }},
		{"subject-empty", func(a *anatomy) { a.subject = sequence() }},
		{"subject-empty-named", func(a *anatomy) { a.subject, a.extensions = sequence(), san }},
		{"subject-empty-named-loosely", func(a *anatomy) {
			a.subject, a.extensions = sequence(), extension("2.5.29.17", false, sequence(text(0x82, "a.example")))
		}},
		{"subject-odd", func(a *anatomy) { a.subject = named(text(0x1e, "\x00\xe4\x30\x42")) }},
		{"subject-no-string", func(a *anatomy) { a.subject = named(fromHex("020105")) }},
		{"subject-surrogates", func(a *anatomy) { a.subject = named(text(0x1e, "\xd8\x3d\xde\x00")) }},
		{"dates-without-seconds", func(a *anatomy) { a.from = text(0x17, "2001010000Z") }},
		{"dates-with-offset", func(a *anatomy) { a.from = text(0x17, "200101000000+0130") }},
		{"dates-with-fraction", func(a *anatomy) { a.until = text(0x18, "20500101000000.5Z") }},
		{"dates-of-old", func(a *anatomy) { a.from = text(0x18, "15000229000000Z") }},
		{"dates-beyond", func(a *anatomy) { a.until = text(0x18, "99991231235959Z") }},
		{"dates-day-31", func(a *anatomy) { a.from = text(0x17, "210231000000Z") }},
		{"dates-no-month", func(a *anatomy) { a.from = text(0x17, "210031000000Z") }},
		{"dates-no-zone", func(a *anatomy) { a.from = text(0x17, "210131000000") }},
		{"trailing", func(a *anatomy) { a.after = []byte{0, 0} }},
		{"extensions-twice", func(a *anatomy) { a.extensions = slices.Concat(san, san) }},
		{"extensions-unknown", func(a *anatomy) {
			a.extensions = slices.Concat(extension("1.2.3.4", true, fromHex("0403 010203")), extension("1.2.3.5", false, nil),
				extension("2.5.29.24", false, text(0x18, "20200101000000Z")), extension("2.5.29.19", true, fromHex("30030101ff")),
				extension("1.2.10.3", false, []byte("0123456789 abcdefghijklmnopqrstuvwxyz{|}~")))
		}},
		{"algorithms-differ", func(a *anatomy) { a.outer = sequence(identifier("1.2.840.113549.1.1.12"), null) }},
	}
}

func keys() []change {
	key := func(name string, der []byte) change {
		return change{"key-" + name, func(a *anatomy) { a.key = der }}
	}
	list := []change{
		key("rsa-exponent-1", spki(identifier("1.2.840.113549.1.1.1"), null, rsa(2048, 1))),
		key("rsa-garbage", spki(identifier("1.2.840.113549.1.1.1"), null, []byte{1, 2, 3})),
		key("pss", spki(identifier("1.2.840.113549.1.1.10"), nil, rsa(2048, 3))),
		key("dsa-without-parameters", spki(identifier("1.2.840.10040.4.1"), nil, integer(big.NewInt(5)))),
		key("dsa-1024", spki(identifier("1.2.840.10040.4.1"), sequence(integer(new(big.Int).Lsh(big.NewInt(1), 1023)), integer(big.NewInt(7)), integer(big.NewInt(5))), integer(big.NewInt(5)))),
		key("dh", spki(identifier("1.2.840.113549.1.3.1"), sequence(integer(new(big.Int).Lsh(big.NewInt(1), 2047)), integer(big.NewInt(2))), integer(big.NewInt(5)))),
		key("dh-x9", spki(identifier("1.2.840.10046.2.1"), sequence(integer(new(big.Int).Lsh(big.NewInt(1), 2047)), integer(big.NewInt(2)), integer(new(big.Int).Lsh(big.NewInt(1), 99))), integer(big.NewInt(5)))),
		key("ec-unknown-curve", spki(identifier("1.2.840.10045.2.1"), identifier("1.2.3.4"), append([]byte{4}, make([]byte, 64)...))),
		key("ec-compressed", spki(identifier("1.2.840.10045.2.1"), identifier("1.2.840.10045.3.1.7"), append([]byte{2}, make([]byte, 32)...))),
		key("ec-explicit", spki(identifier("1.2.840.10045.2.1"), sequence(fromHex("020101")), append([]byte{4}, make([]byte, 64)...))),
		key("ed25519", spki(identifier("1.3.101.112"), nil, make([]byte, 32))),
		key("ed25519-short", spki(identifier("1.3.101.112"), nil, make([]byte, 31))),
		key("ed448", spki(identifier("1.3.101.113"), nil, make([]byte, 57))),
		key("x25519", spki(identifier("1.3.101.110"), nil, make([]byte, 32))),
		key("x448", spki(identifier("1.3.101.111"), nil, make([]byte, 56))),
		key("ml-dsa", spki(identifier("2.16.840.1.101.3.4.3.18"), nil, make([]byte, 1952))),
		key("gost", spki(identifier("1.2.643.7.1.1.1.1"), nil, make([]byte, 64))),
		key("sha1withdsa", spki(identifier("1.2.840.10040.4.3"), nil, make([]byte, 64))),
	}
	for _, bits := range []int{500, 512, 1023, 1024, 2047, 2048, 16384, 16392} {
		list = append(list, key(fmt.Sprintf("rsa-%d", bits), rsaKey(bits)))
	}
	for _, c := range []struct {
		oid    string
		octets int
	}{{"1.3.132.0.6", 14}, {"1.3.132.0.33", 28}, {"1.2.840.10045.3.1.7", 32}, {"1.3.132.0.10", 32}, {"1.3.132.0.34", 48}, {"1.3.132.0.35", 66}, {"1.3.36.3.3.2.8.1.1.7", 32}} {
		list = append(list, key("ec-"+c.oid, spki(identifier("1.2.840.10045.2.1"), identifier(c.oid), append([]byte{4}, make([]byte, 2*c.octets)...))))
	}
	return list
}

func signatures() []change {
	var list []change
	for _, oid := range []string{
		"1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.15", "1.3.14.3.2.29",
		"1.2.840.10040.4.3", "2.16.840.1.101.3.4.3.2", "1.2.840.10045.4.1", "1.2.840.10045.4.3.3", "2.16.840.1.101.3.4.3.14", "2.16.840.1.101.3.4.3.18", "1.3.101.113", "1.2.3.4",
	} {
		list = append(list, change{"signature-" + oid, func(a *anatomy) { a.inner = sequence(identifier(oid)) }})
	}
	hash := sequence(identifier("2.16.840.1.101.3.4.2.1"), null)
	pss := sequence(element(0xa0, hash), element(0xa1, sequence(identifier("1.2.840.113549.1.1.8"), hash)), fromHex("a203020120"))
	for name, parameters := range map[string][]byte{"": pss, "-defaults": sequence(), "-broken": fromHex("3003020101")} {
		list = append(list, change{"signature-pss" + name, func(a *anatomy) { a.inner = sequence(identifier("1.2.840.113549.1.1.10"), parameters) }})
	}
	slices.SortFunc(list, func(a, b change) int { return strings.Compare(a.name, b.name) })
	// SHA-1 counts differently by what the certificate is for.
	for _, usage := range []string{"1", "2", "3", "8", "9"} {
		list = append(list, change{"sha1-for-usage-" + usage, func(a *anatomy) {
			a.inner = sequence(identifier("1.2.840.113549.1.1.5"), null)
			a.extensions = extension("2.5.29.37", false, sequence(identifier("1.3.6.1.5.5.7.3."+usage)))
		}})
	}
	return list
}

type kind struct {
	name, oid string
	critical  bool
	value     []byte
	alone     bool // no broken forms of it
}

// names are general names of all kinds, and of forms that Java does not take.
func names() []struct {
	name string
	der  []byte
} {
	type n = struct {
		name string
		der  []byte
	}
	list := []n{
		{"other", element(0xa0, identifier("1.3.6.1.4.1.311.20.2.3"), element(0xa0, text(0x0c, "me@example")))},
		{"other-untagged", element(0xa0, identifier("1.2.3.4"), text(0x0c, "x"))},
		{"mail", text(0x81, "me@a.example")},
		{"mail-empty", text(0x81, "")},
		{"mail-no-domain", text(0x81, "me@")},
		{"mail-dot", text(0x81, "me@.")},
		{"mail-not-ascii", text(0x81, "\xfc@a")},
		{"dns", text(0x82, "*.a.example")},
		{"dns-odd", text(0x82, "a_b c..")},
		{"x400", element(0xa3, sequence())},
		{"directory", element(0xa4, named(text(0x13, "Someone, else")))},
		{"directory-bare", element(0xa4, element(0x31, sequence(identifier("2.5.4.3"), text(0x13, "x"))))},
		{"directory-broken", element(0xa4, sequence(sequence()))},
		{"edi", element(0xa5, element(0x81, text(0x0c, "party")))},
		{"edi-both", element(0xa5, element(0x80, text(0x0c, "assigner")), element(0x81, text(0x0c, "party")))},
		{"ip4", element(0x87, fromHex("c0a80001"))},
		{"ip4-mask", element(0x87, fromHex("c0a80000ffff0000"))},
		{"ip6", element(0x87, fromHex("20010db8000000000000000000000001"))},
		{"ip6-mapped", element(0x87, fromHex("00000000000000000000ffff01020304"))},
		{"ip6-mask", element(0x87, fromHex("20010db8000000000000000000000000 ffffffff000000000000000000000000"))},
		{"ip6-mask-odd", element(0x87, fromHex("20010db8000000000000000000000000 ffff00ff000000000000000000000000"))},
		{"ip-5", element(0x87, fromHex("0102030405"))},
		{"oid", element(0x88, identifier("1.2.3.4")[2:])},
		{"unknown", element(0x89)},
		{"wrong-form", element(0xa2, []byte("x"))},
	}
	for i, u := range []string{
		"http://a.example/b?c#d", "urn:uuid:1", "a.example", "", "http:", "http://", "http:///x", "http://a b/", "http://a.example:80/%41", "http://a.example/%4", "http://[2001:db8::1]/", "http://[x]/", "http://a_b/", "http://a.example./",
		"ldap://h/cn=A B", "ldap://h/cn=A%20B?x?base?(y=z)", "http://u:p@h:8/", "1a:b", "h\u00e9:x", "http://a.example/\u00e9", "http://a..b/", "http://-a/", "http://1.2.3.4/", "http://1.2.3.4.5/", "http://h:x/", "mailto:a@b", "http://a.example/[x]", "http://h/^",
	} {
		list = append(list, n{fmt.Sprintf("uri-%d", i), text(0x86, u)})
	}
	return list
}

func extensions() []kind {
	id := element(0x80, fromHex("0102030405"))
	list := []kind{
		{"subject-key-id", "2.5.29.14", false, element(0x04, make([]byte, 20)), false},
		{"authority-key-id", "2.5.29.35", false, sequence(id, element(0xa1, element(0xa4, named(text(0x0c, "Issuer")))), element(0x82, fromHex("00ff01"))), false},
		{"key-usage", "2.5.29.15", true, fromHex("0302 07ff"), false},
		{"key-usage-all", "2.5.29.15", true, fromHex("0303 07ff80"), true},
		{"key-usage-none", "2.5.29.15", true, fromHex("0301 00"), true},
		{"private-key-usage", "2.5.29.16", false, sequence(text(0x80, "20200101000000Z"), text(0x81, "20300101000000Z")), false},
		{"private-key-usage-half", "2.5.29.16", false, sequence(text(0x81, "20300101000000Z")), true},
		{"basic-constraints", "2.5.29.19", true, fromHex("3006 0101ff 020103"), false},
		{"basic-constraints-none", "2.5.29.19", true, fromHex("3000"), true},
		{"basic-constraints-false", "2.5.29.19", true, fromHex("3003 010100"), true},
		{"basic-constraints-length-alone", "2.5.29.19", true, fromHex("3003 020103"), true},
		{"crl-number", "2.5.29.20", false, fromHex("0203 0100ff"), false},
		{"crl-number-long", "2.5.29.20", false, integer(new(big.Int).Lsh(big.NewInt(0xabcdef), 300)), true},
		{"crl-number-negative", "2.5.29.20", false, fromHex("0201 80"), true},
		{"reason", "2.5.29.21", false, fromHex("0a01 01"), false},
		{"reason-unknown", "2.5.29.21", false, fromHex("0a01 63"), true},
		{"delta", "2.5.29.27", true, fromHex("0201 05"), false},
		{"issuing-point", "2.5.29.28", true, sequence(element(0xa0, element(0xa0, text(0x86, "http://a/"))), fromHex("8101ff"), fromHex("83020640"), fromHex("8401ff")), false},
		{"certificate-issuer", "2.5.29.29", true, sequence(element(0xa4, named(text(0x0c, "x")))), false},
		{"name-constraints", "2.5.29.30", true, sequence(element(0xa0, sequence(text(0x82, ".a.example")), sequence(element(0x87, fromHex("0a000000ff000000")), fromHex("800101"), fromHex("810105"))), element(0xa1, sequence(text(0x86, ".b.example")))), false},
		{"name-constraints-uri-with-scheme", "2.5.29.30", false, sequence(element(0xa0, sequence(text(0x86, "http://b.example")))), true},
		{"distribution-points", "2.5.29.31", false, sequence(sequence(element(0xa0, element(0xa0, text(0x86, "http://a/"), text(0x86, "ldap:///b"))), fromHex("810206c0"), element(0xa2, element(0xa4, named(text(0x0c, "x"))))), sequence(element(0xa0, element(0xa1, sequence(identifier("2.5.4.3"), text(0x0c, "relative")))))), false},
		{"distribution-point-empty", "2.5.29.31", false, sequence(sequence()), true},
		{"freshest", "2.5.29.46", false, sequence(sequence(element(0xa0, element(0xa0, text(0x86, "http://a/"))))), false},
		{"policies", "2.5.29.32", false, sequence(sequence(identifier("2.5.29.32.0")), sequence(identifier("1.2.3"), sequence(sequence(identifier("1.3.6.1.5.5.7.2.1"), text(0x16, "http://a/")), sequence(identifier("1.3.6.1.5.5.7.2.2"), sequence(text(0x0c, "notice")))))), false},
		{"policies-no-qualifier", "2.5.29.32", false, sequence(sequence(identifier("1.2.3"), sequence())), true},
		{"mappings", "2.5.29.33", false, sequence(sequence(identifier("1.2.3"), identifier("1.2.4")), sequence(identifier("1.2.5"), identifier("1.2.6"))), false},
		{"policy-constraints", "2.5.29.36", true, sequence(fromHex("800100"), fromHex("810105")), false},
		{"policy-constraints-none", "2.5.29.36", true, sequence(), true},
		{"usages", "2.5.29.37", false, sequence(identifier("1.3.6.1.5.5.7.3.1"), identifier("2.5.29.37.0"), identifier("1.2.3.4"), identifier("1.3.6.1.5.5.7.3.17")), false},
		{"inhibit-any-policy", "2.5.29.54", true, fromHex("020102"), false},
		{"inhibit-any-policy-minus-1", "2.5.29.54", true, fromHex("0201ff"), true},
		{"aia", "1.3.6.1.5.5.7.1.1", false, sequence(sequence(identifier("1.3.6.1.5.5.7.48.1"), text(0x86, "http://a/")), sequence(identifier("1.3.6.1.5.5.7.48.2"), text(0x86, "http://b/")), sequence(identifier("1.2.3"), text(0x82, "c"))), false},
		{"sia", "1.3.6.1.5.5.7.1.11", false, sequence(sequence(identifier("1.3.6.1.5.5.7.48.5"), text(0x86, "http://a/")), sequence(identifier("1.3.6.1.5.5.7.48.3"), text(0x86, "http://b/"))), false},
		{"no-check", "1.3.6.1.5.5.7.48.1.5", false, null, true},
		{"netscape", "2.16.840.1.113730.1.1", false, fromHex("0302 00ff"), false},
		{"issuer-alternative-name", "2.5.29.18", false, sequence(text(0x82, "a"), text(0x81, "b@c")), false},
	}
	for _, n := range names() {
		list = append(list, kind{"name-" + n.name, "2.5.29.17", false, sequence(n.der), true})
	}
	return list
}
