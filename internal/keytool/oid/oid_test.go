package oid_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"muxkey/internal/keytool/oid"
)

// Measured with new X500Name("<oid>=x") of JDK 17.0.21 and 25.0.3.
func TestParse(t *testing.T) {
	const invalid = "java.io.IOException: ObjectIdentifier() -- "
	const number = invalid + "Invalid format: java.lang.NumberFormatException: "
	for _, tt := range []struct{ text, want string }{
		{"1.2.3", "2a03"},
		{"0.0", "00"},
		{"01.02.000000000003", "2a03"},
		{"2.999.1", "883701"},
		{"2.12345678901", "adfef0b905"},
		{"1.2.999999999999999999999999999999", "2a8393f2e4f3a0c6babbbda3ffffff7f"},
		{"1.2.+5", "2a05"},
		{"3.1", invalid + "First oid component is invalid "},
		{"-1.1", invalid + "First oid component is invalid "},
		{"12345678901.2", invalid + "First oid component is invalid "},
		{"1.40", invalid + "Second oid component is invalid "},
		{"1.-2", invalid + "Second oid component is invalid "},
		{"1.2.-5", invalid + "oid component #3 must be non-negative "},
		{"1", invalid + "Must be at least two oid components "},
		{"", number + `For input string: ""`},
		{"1..2", number + `For input string: ""`},
		{"1.2.a", number + `For input string: "a"`},
		{"1.1_0", number + `For input string: "1_0"`},
		{"1.2.123456789012A", number + `For input string: "56789012A"`},
		{"1.2.ABCDEFGHIJK", number + `For input string: "AB"`},
		{"1.2.1234567890-1", number + "Illegal embedded sign character"},
		{"1.2." + strings.Repeat("9", 10000), "java.io.IOException: ObjectIdentifier encoded length exceeds the restriction in JDK (OId length(>=): 4747, Restriction: 4096)"},
	} {
		id, err := oid.Parse(tt.text)
		got := hex.EncodeToString(oid.Content(id))
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
	if _, err := oid.Parse(strings.Repeat("1.", 1<<20)); err == nil {
		t.Error("an identifier of a megabyte was taken")
	}
}

func TestDecode(t *testing.T) {
	const invalid = "java.io.IOException: ObjectIdentifier() -- Invalid DER encoding, "
	for _, tt := range []struct{ content, want string }{
		{"2a03", "1.2.3"},
		{"883701", "2.999.1"},
		{"", invalid + "not ended"},
		{"2a83", invalid + "not ended"},
		{"2a8003", invalid + "useless extra octet detected"},
	} {
		content, err := hex.DecodeString(tt.content)
		if err != nil {
			t.Fatal(err)
		}
		id, err := oid.Decode(content)
		got := id.String()
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.content, got, tt.want)
		}
	}
}
