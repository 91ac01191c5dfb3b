package bks_test

import (
	"context"
	"fmt"
	"os"

	"muxkey/keystore/bks"
	"muxkey/pkcs12x"
)

func Example() {
	data, err := os.ReadFile("testdata/plain.bks")
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := bks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := f.Open(context.Background(), "changeit"); err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range f.Entries {
		k, err := f.UnlockKey(context.Background(), e, "changeit")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s, %d certificates\n", e.Alias, k.Algorithm, len(e.Chain))
	}
	// Unordered output:
	// mux: EC, 3 certificates
	// aes: AES, 0 certificates
	// public: EC, 0 certificates
}
