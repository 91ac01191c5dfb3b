package text_test

import (
	"fmt"
	"strings"
	"time"

	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/text"
)

func ExamplePrinter_Date() {
	l, _ := level.Parse("17")
	zone, _ := time.LoadLocation("Asia/Dubai")
	p := text.Printer{Level: l, Zone: zone}
	fmt.Println(p.Date(time.Date(2026, time.November, 22, 4, 29, 50, 0, time.UTC)))
	// Output: Sun Nov 22 08:29:50 GST 2026
}

func ExamplePrinter_PEM() {
	l, _ := level.Parse("25")
	fmt.Print(strings.ReplaceAll(text.Printer{Level: l}.PEM("CERTIFICATE", []byte{0x30, 0}), "\r", "."))
	// Output:
	// -----BEGIN CERTIFICATE-----.
	// MAA=.
	// -----END CERTIFICATE-----.
}

func ExampleJudge() {
	for _, word := range []string{"17", "25"} {
		l, _ := level.Parse(word)
		sha1, _ := text.Judge(l, "SHA1withRSA", text.Context{})
		md5, _ := text.Judge(l, "MD5withRSA", text.Context{})
		fmt.Println(sha1 == text.Weak, md5 == text.Disabled)
	}
	// Output:
	// true true
	// true true
}
