package certgen_test

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"muxkey/certgen"
)

func TestParseDN(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"CN=mux.example.com", "CN=mux.example.com"},
		{"CN=mux.example.com, OU=Chat, O=Example, L=Bonn, ST=NRW, C=DE", "CN=mux.example.com,OU=Chat,O=Example,L=Bonn,ST=NRW,C=DE"},
		{"  cn = mux ;o=Example ", "CN=mux,O=Example"},
		{"/C=DE/O=Example/CN=mux", "CN=mux,O=Example,C=DE"},
		{" /CN=mux", "CN=mux"},
		{"/C=DE/O=Example, Inc./CN=mux", `CN=mux,O=Example\, Inc.,C=DE`},
		{`/O=A\/B/CN=mux`, "CN=mux,O=A/B"},
		{`/O="A"/CN=#mux`, `CN=\#mux,O=\"A\"`},
		{`CN=a/b`, "CN=a/b"},
		{"CN=a=b", "CN=a=b"},
		{"c=de", "C=DE"},

		{`O="Example, Inc.", CN=mux`, `O=Example\, Inc.,CN=mux`},
		{`O="Example \"x\" + y" ,CN=mux`, `O=Example \"x\" \+ y,CN=mux`},
		{`O=" a "`, `O=\ a\ `},
		{`O=Example\, Inc.`, `O=Example\, Inc.`},
		{`O=a\+b\;c\<d\>e\\f\"g\=h`, `O=a\+b\;c\<d\>e\\f\"g=h`},
		{`O=\ a\ `, `O=\ a\ `},
		{`O=a\  `, `O=a\ `},
		{`O=\#a`, `O=\#a`},
		{`O=a#b`, `O=a#b`},
		{`O=J\C3\BCrgen`, "O=Jürgen"},
		{`O=Jürgen`, "O=Jürgen"},
		{`O=\E2\80\AEx`, `O=\E2\80\AEx`},
		{"O=日本", "O=日本"},

		{"CN=mux+UID=7", "CN=mux+UID=7"},
		{"UID=7+CN=mux", "CN=mux+UID=7"}, // DER sorts
		{"CN=a,CN=b", "CN=a,CN=b"},
		{"/CN=mux+UID=7", "CN=mux+UID=7"},

		{"2.5.4.3=mux", "CN=mux"},
		{"OID.2.5.4.3=mux", "CN=mux"},
		{"oid.1.2.3=abc", "1.2.3=#1303616263"},
		{"1.2.3=#0c03616263", "1.2.3=#0c03616263"},
		{"1.2.3=#0500", "1.2.3=#0500"},
		{"1.2.99999999999999999999999=a", "1.2.99999999999999999999999=#130161"},
		{"CN=#0c036d7578", "CN=mux"},
		{"CN=#1e04006d0075 , O=x", "CN=mu,O=x"},

		{"S=a,SN=b,T=c,E=d@e,GN=f,G=g,DNQ=h", "ST=a,surname=b,title=c,emailAddress=d@e,givenName=f,givenName=g,dnQualifier=h"},
		{
			"STREET=1 a,DC=b,SERIALNUMBER=2,EMAILADDRESS=c@d,GIVENNAME=e,SURNAME=f,TITLE=g,generation=III",
			"STREET=1 a,DC=b,serialNumber=2,emailAddress=c@d,givenName=e,surname=f,title=g,generationQualifier=III",
		},
		{
			"commonName=a,organizationalUnitName=b,organizationName=c,localityName=d,stateOrProvinceName=e,countryName=FR",
			"CN=a,OU=b,O=c,L=d,ST=e,C=FR",
		},
		{"CN=" + strings.Repeat("ü", 64), "CN=" + strings.Repeat("ü", 64)},
	} {
		der, err := certgen.ParseDN(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if got := certgen.FormatDN(der); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestParseDNErrors(t *testing.T) {
	for _, tt := range []struct {
		in  string
		pos int
		why string // part of it
	}{
		{"", 0, "empty"},
		{"   ", 0, "empty"},
		{"/", 1, "attribute missing"},
		{"mux.example.com", 1, `"mux.example.com" without "="`},
		{"CN=mux, O=Example, Inc.", 20, `"Inc." without "="`},
		{"/CN=HTTP/mux", 10, `"mux" without "="`},
		{"CN=mux,", 7, "attribute missing"},
		{"CN=mux,,O=a", 8, "attribute missing"},
		{"CN=mux+", 7, "attribute missing"},
		{"/CN=mux/", 8, "attribute missing"},
		{"=mux", 1, `unknown attribute ""`},
		{"CN=", 3, "empty CN"},
		{"O=a,CN=,C=DE", 8, "empty CN"},
		{`CN=""`, 4, "empty CN"},
		{"Größe=1", 1, "unknown attribute"},
		{"CN=mux, XX=1", 9, `unknown attribute "XX"`},
		{"1.2.x=1", 1, "unknown attribute"},
		{"3.2.1=1", 1, "unknown attribute"},
		{"OID.=1", 1, "unknown attribute"},
		{"CN=a+CN=b", 6, "same attribute twice"},
		{"C=Germany", 3, `country "Germany"`},
		{"CN=ü,C=D1", 8, `country "D1"`},
		{"CN=" + strings.Repeat("a", 65), 4, "CN of 65 characters, 64 are allowed"},
		{"serialNumber=a_b", 14, "no PrintableString"},
		{"DC=bücher", 4, "not ASCII"},
		{"emailAddress=ü@example.com", 14, "not ASCII"},
		{"CN=a\x00b", 5, "control character U+0000"},
		{`CN=a\00b`, 4, "control character"},
		{"CN=a\nb", 5, "control character U+000A"},
		{"CN=a\xffb", 5, "byte 0xff"},
		{`CN=\ff`, 4, "not UTF-8"},
		{`CN=a\`, 5, "escapes nothing"},
		{`CN=a\n`, 5, "escapes nothing"},
		{`CN=\é`, 4, "escapes nothing"},
		{`CN="a`, 4, "never closed"},
		{`CN="a" b`, 8, "behind a closing quotation mark"},
		{`CN=a"b"`, 5, "quotation mark"},
		{"CN=#", 4, "no DER"},
		{"CN=#0c", 4, "no DER"},
		{"CN=#xyz", 4, "without hexadecimal digits"},
		{"CN=#0c036d757800", 4, "no DER"},
		{"CN=#0500", 4, "no string"},
		{"CN=#0c0100", 4, "control character"},
		{"CN=#0c00", 4, "empty CN"},
		{"CN=#1e0300410000", 4, "no DER"},
		{"C=#0c03444555", 3, "country"},
		{"serialNumber=#0c035f5f5f", 14, "no PrintableString"},
		{strings.Repeat("O=a,", 3000) + "O=a", 0, "more than 8192"},
	} {
		der, err := certgen.ParseDN(tt.in)
		e, ok := errors.AsType[*certgen.DNError](err)
		if !ok {
			t.Errorf("%.60q: got %x and error %v, want a DNError", tt.in, der, err)
			continue
		}
		if e.Pos != tt.pos || !strings.Contains(e.Why, tt.why) {
			t.Errorf("%.60q: got %v, want %q at %d", tt.in, err, tt.why, tt.pos)
		}
	}
}

func TestDNErrorText(t *testing.T) {
	_, err := certgen.ParseDN("CN=mux, O=Example, Inc.")
	if got, want := fmt.Sprint(err), `subject "CN=mux, O=Example, Inc.": "Inc." without "=" at character 20`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The string types are those that RFC 5280 asks for, and crypto/x509 agrees
// with the order.
func TestDNEncoding(t *testing.T) {
	der, err := certgen.ParseDN("emailAddress=a@b,DC=example,DC=com,serialNumber=7,CN=J\u00fcrgen,O=Example,C=DE")
	if err != nil {
		t.Fatal(err)
	}
	const (
		printable = asn1.TagPrintableString
		utf8text  = asn1.TagUTF8String
		ia5       = asn1.TagIA5String
	)
	var rdns []asn1.RawValue
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		t.Fatal(err)
	}
	var tags []int
	for _, rdn := range rdns {
		var pair struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}
		if _, err := asn1.Unmarshal(rdn.Bytes, &pair); err != nil {
			t.Fatal(err)
		}
		tags = append(tags, pair.Value.Tag)
	}
	if got, want := fmt.Sprint(tags), fmt.Sprint([]int{printable, printable, utf8text, printable, ia5, ia5, ia5}); got != want {
		t.Errorf("string types are %s, want %s", got, want)
	}
	var seq pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &seq); err != nil {
		t.Fatal(err)
	}
	if got := seq[0][0].Value; got != "DE" {
		t.Errorf("the first in the encoding is %v, want the country", got)
	}
	again, err := asn1.Marshal(seq[:1])
	if err != nil {
		t.Fatal(err)
	}
	if want := append([]byte{0x30, 0x0d}, der[2:2+13]...); !bytes.Equal(again, want) {
		t.Errorf("encoding/asn1 writes %x, ParseDN %x", again, want)
	}
}

func TestFormatDNOfOddNames(t *testing.T) {
	// rdn wraps a value in one RDN with the attribute type CN.
	rdn := func(value string) string {
		v, err := hex.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		pair := append([]byte{0x06, 0x03, 0x55, 0x04, 0x03}, v...)
		seq := append([]byte{0x30, byte(len(pair))}, pair...)
		set := append([]byte{0x31, byte(len(seq))}, seq...)
		return hex.EncodeToString(append([]byte{0x30, byte(len(set))}, set...))
	}
	for _, tt := range []struct{ what, der, want string }{
		{"empty", "3000", ""},
		{"T61String as Latin-1", rdn("14044afc7267"), "CN=Jürg"},
		{"T61String in ASCII", rdn("1403616263"), "CN=abc"},
		{"BMPString", rdn("1e0400fc4e2d"), "CN=ü中"},
		{"BMPString with a surrogate pair", rdn("1e04d83dde00"), "CN=😀"},
		{"BMPString with half a pair", rdn("1e02d83d"), "CN=#1e02d83d"},
		{"BMPString with a wrong pair", rdn("1e04d83d0041"), "CN=#1e04d83d0041"},
		{"BMPString of odd length", rdn("1e03004100"), "CN=#1e03004100"},
		{"UniversalString", rdn("1c080000004100000042"), "CN=AB"},
		{"UniversalString beyond Unicode", rdn("1c0400110000"), "CN=#1c0400110000"},
		{"UniversalString with a surrogate", rdn("1c040000d83d"), "CN=#1c040000d83d"},
		{"UniversalString of odd length", rdn("1c03000041"), "CN=#1c03000041"},
		{"NumericString", rdn("12023432"), "CN=42"},
		{"VisibleString", rdn("1a02612a"), "CN=a*"},
		{"PrintableString with a star and an at sign", rdn("13032a4026"), "CN=*@&"},
		{"PrintableString in Latin-1", rdn("1301fc"), "CN=#1301fc"},
		{"UTF8String that is not", rdn("0c01fc"), "CN=#0c01fc"},
		{"UTF8String, empty", rdn("0c00"), "CN="},
		{"one blank", rdn("0c0120"), `CN=\ `},
		{"two blanks", rdn("0c022020"), `CN=\ \ `},
		{"NULL", rdn("0500"), "CN=#0500"},
		{"SEQUENCE", rdn("30030c0161"), "CN=#30030c0161"},
		{"NUL in the middle", rdn("0c03610062"), `CN=a\00b`},
		{"escape sequence", rdn("0c041b5b316d"), `CN=\1B[1m`},
		{"C1 control", rdn("0c02c285"), `CN=\C2\85`},
		{"right-to-left override", rdn("0c03e280ae"), `CN=\E2\80\AE`},
		{"no-break space", rdn("0c02c2a0"), `CN=\C2\A0`},
		{"number sign", rdn("0c022361"), `CN=\#a`},
		{"DEL", rdn("0c017f"), `CN=\7F`},

		{"nothing", "", "#"},
		{"no sequence", "0403616263", "#0403616263"},
		{"cut short", "300e", "#300e"},
		{"with something behind it", "30000500", "#30000500"},
		{"RDN without attributes", "30023100", "#30023100"},
		{"RDN that is no set", "30020500", "#30020500"},
		{"attribute without value", "3009310730050603550403", "#3009310730050603550403"},
		{"attribute with two values", "300d310b3009060355040305000500", "#300d310b3009060355040305000500"},
		{"OID of no bytes", "30083106300406000500", "#30083106300406000500"},
		{"OID of 200 bytes", longOID(), "#" + longOID()},
		{"unknown attribute", "300f310d300b06032a03040c0461626364", "1.2.3.4=#0c0461626364"},
	} {
		der, err := hex.DecodeString(tt.der)
		if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		if got := certgen.FormatDN(der); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

func longOID() string {
	oid := strings.Repeat("ff", 199) + "7f"
	return "3081d3" + "3181d0" + "3081cd" + "0681c8" + oid + "0500"
}

func FuzzParseDN(f *testing.F) {
	for _, s := range []string{
		"CN=mux.example.com, OU=Chat, O=Example, L=Bonn, ST=NRW, C=DE", "/C=DE/O=Example/CN=mux", `O="Example, Inc."+CN=x;L=y`,
		`O=a\+b\,\C3\A4\ `, "1.2.3=#0500", "CN=#1e0400410042", "OID.2.5.4.97=a", "CN=#1404fcfcfcfc", "DC=a,DC=b,C=de",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		der, err := certgen.ParseDN(s)
		if err != nil {
			e, ok := errors.AsType[*certgen.DNError](err)
			if !ok {
				t.Fatalf("%q: error of type %T", s, err)
			}
			if n := len([]rune(e.Input)); e.Pos < 0 || e.Pos > n {
				t.Fatalf("%q: position %d of %d characters", s, e.Pos, n)
			}
			return
		}
		var rdns []asn1.RawValue
		if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 || len(rdns) == 0 {
			t.Fatalf("%q: made %x, which encoding/asn1 refuses: %v", s, der, err)
		}
		// A value given as DER keeps its string type and its country in small
		// letters; once through text, nothing changes any more.
		text := certgen.FormatDN(der)
		der, err = certgen.ParseDN(text)
		if err != nil {
			t.Fatalf("%q: formatted as %q, which is refused: %v", s, text, err)
		}
		again := certgen.FormatDN(der)
		if !strings.Contains(s, "+") && !strings.EqualFold(again, text) {
			t.Fatalf("%q: formatted as %q, and that as %q", s, text, again)
		}
		fixed, err := certgen.ParseDN(again)
		if err != nil || !bytes.Equal(fixed, der) {
			t.Fatalf("%q: %q gives %x, and again %x (%v)", s, again, der, fixed, err)
		}
	})
}

func FuzzFormatDN(f *testing.F) {
	for _, s := range []string{"CN=mux, O=Example", "1.2.3=#30030c0161", "CN=a+UID=b", "CN=#1e0400410042"} {
		der, err := certgen.ParseDN(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	f.Add([]byte{})
	f.Add([]byte{0x30, 0x80, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, der []byte) {
		text := certgen.FormatDN(der)
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%x: formatted as %q", der, text)
		}
		if len(text) > 8*len(der)+64 {
			t.Fatalf("%d bytes became %d", len(der), len(text))
		}
	})
}

func TestWithCommonName(t *testing.T) {
	for _, tt := range []struct{ subject, name, want string }{
		{"", "Example CA", "CN=Example CA"},
		{"CN=Example CA,O=Example,C=DE", "Example CA Root", "CN=Example CA Root,O=Example,C=DE"},
		{"O=Example,C=DE", "a, b+c", `CN=a\, b\+c,O=Example,C=DE`},
		{"O=Example,CN=old,C=DE", "new", "CN=new,O=Example,C=DE"},
	} {
		var subject []byte
		if tt.subject != "" {
			var err error
			if subject, err = certgen.ParseDN(tt.subject); err != nil {
				t.Fatal(err)
			}
		}
		got, err := certgen.WithCommonName(subject, tt.name)
		if err != nil || certgen.FormatDN(got) != tt.want {
			t.Errorf("%q in %q: got %q, %v, want %q", tt.name, tt.subject, certgen.FormatDN(got), err, tt.want)
		}
	}
	for _, name := range []string{"", strings.Repeat("x", 65)} {
		if _, err := certgen.WithCommonName(nil, name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
