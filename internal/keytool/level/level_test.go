package level_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"muxkey/internal/keytool/level"
)

// The guide has a table of what differs, which says what is in this one.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/keytool.md")
	if err != nil {
		t.Fatal(err)
	}
	either := func(yes, no string) func(bool) string {
		return func(b bool) string {
			if b {
				return yes
			}
			return no
		}
	}
	yes := either("yes", "no")
	for _, row := range []struct {
		title string
		cell  func(level.Level) string
	}{
		{"type of a new keystore", func(l level.Level) string { return strings.ToUpper(l.StoreType) }},
		{"PKCS12 is written with", func(l level.Level) string {
			return either("RC2, 3DES, SHA-1", "AES-256, SHA-256")(l.LegacyPKCS12)
		}},
		{"`-keyalg` left out", func(l level.Level) string {
			return either("an error", l.KeyAlgorithm)(l.KeyAlgorithm == "")
		}},
		{"RSA without `-keysize`", func(l level.Level) string { return strconv.Itoa(l.RSABits) + " bits" }},
		{"EC without `-groupname`", func(l level.Level) string { return l.ECGroup }},
		{"sizes of new keys are printed as", func(l level.Level) string { return either("`2,048 bit`", "`2048-bit`")(l.SizedSets) }},
		{"lines of PEM end in CR LF", func(l level.Level) string { return either("those of base64", "all")(l.MixedPEM) }},
		{"several commands in one call", func(l level.Level) string { return either("the last counts", "an error")(l.OldCommandLine) }},
		{"`.` leaves a field of the name out", func(l level.Level) string { return yes(l.NameHeader) }},
		{"ML-DSA, ML-KEM", func(l level.Level) string { return yes(l.PostQuantum) }},
	} {
		want := "| " + row.title
		for _, number := range []string{"8", "11", "17", "21", "25", "26"} {
			l, err := level.Parse(number)
			if err != nil {
				t.Fatal(err)
			}
			want += " | " + row.cell(l)
		}
		if want += " |"; !strings.Contains(string(guide), want+"\n") {
			t.Errorf("docs/keytool.md lacks the row:\n%s", want)
		}
	}
}

func TestParse(t *testing.T) {
	if l, err := level.Parse(""); err != nil || l.Number != level.Default {
		t.Errorf("%d, %v", l.Number, err)
	}
	if _, err := level.Parse("16"); err == nil || !strings.Contains(err.Error(), "[8 11 17 21 25 26]") {
		t.Errorf("%v", err)
	}
}
