package startdate_test

import (
	"fmt"
	"time"

	"muxkey/internal/keytool/startdate"
)

func ExampleParse() {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, value := range []string{"+1m-1d", "2027/01/01", "tomorrow"} {
		fmt.Println(startdate.Parse(value, now, time.UTC))
	}
	// Output:
	// 2026-02-27 12:00:00 +0000 UTC <nil>
	// 2027-01-01 12:00:00 +0000 UTC <nil>
	// 0001-01-01 00:00:00 +0000 UTC java.io.IOException: Illegal startdate value
}
