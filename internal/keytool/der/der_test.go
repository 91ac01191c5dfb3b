package der_test

import (
	"encoding/hex"
	"testing"

	"muxkey/internal/keytool/der"
)

// TestParse: what is taken and what is said of the rest, as by JDK 17 and 25.
func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"whole", "0201 05", "020105"},
		{"length not minimal", "0281 01 05", "020105"},
		{"one octet", "02", "java.io.IOException: Too short"},
		{"content missing", "0202 05", "java.io.EOFException: not enough content"},
		{"trailing", "0201 05 00", "java.io.IOException: extra data at the end"},
		{"length of five octets", "0285 0000000001", "java.io.IOException: Invalid lenByte"},
		{"length octets missing", "0282 01", "java.io.IOException: Not enough length bytes"},
		{"length over 31 bits", "0284 ffffffff", "java.io.IOException: Invalid length bytes"},
		{"high tag", "1f01 05", "java.io.IOException: Tag number over 30 at 0 is not supported"},
		{"indefinite", "3080 020105 0000", "3003020105"},
		{"indefinite inside", "3080 3080 0000 0000", "30023000"},
		{"indefinite primitive", "0280 0000", "java.io.IOException: Indefinite length encoding not supported with non-constructed data"},
		{"indefinite without end", "3080 020105", "java.io.IOException: not enough data to resolve indef len BER"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := hex.DecodeString(strip(c.in))
			if err != nil {
				t.Fatal(err)
			}
			v, err := der.Parse(data)
			got := hex.EncodeToString(v.Encode())
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func strip(s string) string {
	var out []byte
	for _, c := range []byte(s) {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return string(out)
}
