package bcfks_test

import (
	"context"
	"fmt"
	"os"

	"muxkey/keystore/bcfks"
	"muxkey/pkcs12x"
)

func Example() {
	data, err := os.ReadFile("testdata/kwp.bcfks")
	if err != nil {
		panic(err)
	}
	f, err := bcfks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		panic(err)
	}
	fmt.Println(f.Protection.Name, f.Integrity.Name)
	if err := f.Open(context.Background(), "changeit"); err != nil {
		panic(err)
	}
	for i, r := range f.UnlockAll(context.Background(), "changeit") {
		fmt.Println(f.Entries[i].Alias, f.Entries[i].Kind, r.Err)
	}
	// Unordered output:
	// BCFKS AES-256-KWP HMAC-SHA512
	// Mux private-key <nil>
	// other private-key wrong password
	// root ca trusted-certificate <nil>
}
