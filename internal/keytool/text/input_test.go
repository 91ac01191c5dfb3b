package text

import (
	"strconv"
	"strings"
	"testing"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// TestPEM has what the JDKs have said of files in PEM: measured with 17.0.21 and
// 25.0.3, and of blanks with 11.0.33.
func TestPEM(t *testing.T) {
	const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
	tests := []struct {
		name string
		file string // with < for a first line and > for a last one
		// A number of certificates, or the complaint; "" for the same as at 17.
		want17, want25 string
	}{
		{"plain", "<\nMAAw\n>\n", "1", ""},
		{"no line end", "<\nMAAw\n>", "1", ""},
		{"CR LF", "<\r\nMAAw\r\n>\r\n", "1", ""},
		{"CR", "<\rMAAw\r>\r", "1", ""},
		{"blanks behind the lines", "< \nMAAw\n> \n", "1", ""},
		{"one line", "<MAAw>", "Incomplete data", "No EOL character found"},
		{"end on the line of the data", "<\nMAAw>\n", "1", ""},
		{"text before", "hello\n<\nMAAw\n>\n", "1", ""},
		{"text before on the line", "hello <\nMAAw\n>\n", "Incomplete data", "1"},
		{"text with hyphens", "a-----b\n<\nMAAw\n>\n", "1", "Incomplete header"},
		{"text behind", "<\nMAAw\n>x\n", "Illegal footer: " + end + "x", "Invalid PEM format:  No EOL char found in footer:  0x78"},
		{"a tab behind", "<\nMAAw\n>\t\n", "1", "Invalid PEM format:  No EOL char found in footer:  0x09"},
		{"a hyphen too many", "-<\nMAAw\n>\n", "Illegal header: -" + begin, "Incomplete header"},
		{"a hyphen too many behind", "<-\nMAAw\n>\n", "Header and footer do not match: " + begin + "- " + end, "No EOL character found"},
		{"a header on two lines", "-----BEGIN\nX-----\nMAAw\n>\n", "Illegal header: -----BEGIN", "Incomplete header"},
		{"no end", "<\nMAAw\n", "Incomplete data", "none"},
		{"half an end", "<\nMAAw\n-----END CERT", "Illegal footer: -----END CERT", "none"},
		{"an end in small letters", "<\nMAAw\n-----end X-----\n", "Illegal footer: -----end X-----", ""},
		{"another end", "<\nMAAw\n-----END X-----\n", "Header and footer do not match: " + begin + " -----END X-----", "Header and footer do not match: CERTIFICATE X"},
		{"another beginning", "-----START X-----\nMAAw\n>\n", "Illegal header: -----START X-----", ""},
		{"hyphens", "----------\n", "Incomplete data", "Illegal header: ----------"},
		{"headers as in old keys", "<\nProc-Type: 4\n\nMAAw\n>\n", "Illegal footer: -Type: 4", "Incomplete footer"},
		{"two", "<\nMAAw\n>\n<\nMAAw\n>\n", "2", ""},
		{"two, of which one ends early", "<\nMAAw\n>\n<\nMAAw\n", "Incomplete data", "1"},
		{"no base64", "<\nab*c\n>\n", "java.lang.IllegalArgumentException: Illegal base64 character 2a", ""},
		{"beyond ASCII", "<\nab\xe4c\n>\n", "java.lang.IllegalArgumentException: Illegal base64 character -1c", ""},
		{"no padding", "<\nMAA\n>\n", "1", ""},
		{"too much padding", "<\nMAA==\n>\n", "java.lang.IllegalArgumentException: Input byte array has incorrect ending byte at 4", ""},
		{"half the padding", "<\nMA=\n>\n", "java.lang.IllegalArgumentException: Input byte array has wrong 4-byte ending unit", ""},
		{"padding alone", "<\nMAAw=\n>\n", "java.lang.IllegalArgumentException: Input byte array has wrong 4-byte ending unit", ""},
		{"a digit alone", "<\nMAAwM\n>\n", "java.lang.IllegalArgumentException: Last unit does not have enough valid bits", ""},
	}
	for _, tt := range tests {
		for number, want := range map[string]string{"17": tt.want17, "25": tt.want25} {
			t.Run(number+"/"+tt.name, func(t *testing.T) {
				l, err := level.Parse(number)
				if err != nil {
					t.Fatal(err)
				}
				if want == "" {
					want = tt.want17
				}
				file := strings.NewReplacer("<", begin, ">", end).Replace(tt.file)
				blocks, err := readBlocks([]byte(file), l, exception.Certificate, "none")
				got := strconv.Itoa(len(blocks))
				for _, b := range blocks {
					if b.err != nil {
						got = exception.Of(b.err).Message
					}
				}
				if err != nil {
					got = strings.TrimPrefix(exception.Of(err).Message, "java.io.IOException: ")
				}
				if got != want {
					t.Errorf("%q: got %q, want %q", file, got, want)
				}
			})
		}
	}
}

// TestOldReaders has what 8 and 11 say of blanks behind the lines of PEM.
func TestOldReaders(t *testing.T) {
	const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
	for _, tt := range []struct{ file, want string }{
		{begin + "\nMAAw\n" + end, ""},
		{begin + " \nMAAw\n" + end, "Illegal header: " + begin + " "},
		{begin + "\nMAAw\n" + end + "\t\n", "Illegal footer: " + end + "\t"},
	} {
		for _, number := range []string{"8", "11"} {
			l, err := level.Parse(number)
			if err != nil {
				t.Fatal(err)
			}
			b, _, _ := nextPEM([]byte(tt.file), l)
			got := ""
			if b.err != nil {
				got = exception.Of(b.err).Message
			}
			if got != tt.want {
				t.Errorf("%s, %q: got %q, want %q", number, tt.file, got, tt.want)
			}
		}
	}
}

// TestOldRequests has what 8 and 11 say of what is no request at all.
func TestOldRequests(t *testing.T) {
	for _, tt := range []struct{ data, want8, want17 string }{
		{"", "Encoding bytes too short", "Too short"},
		{"\x30", "Encoding bytes too short", "Too short"},
		{"\x69\xb7", "Sequence tag error", "Invalid lenByte"},
		{"\x30\x00", "not a PKCS #10 request", "not a PKCS #10 request"},
	} {
		for number, want := range map[string]string{"8": tt.want8, "11": tt.want8, "17": tt.want17} {
			l, err := level.Parse(number)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseRequest([]byte(tt.data), l, nil); err == nil || exception.Of(err).Message != want {
				t.Errorf("%s, %q: %v, want %q", number, tt.data, err, want)
			}
		}
	}
}
