package pkcs12x_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"muxkey/pkcs12x"
)

// Open a keystore and see its entries by alias.
func ExampleDecode() {
	data, err := os.ReadFile("testdata/keytool-17.p12")
	if err != nil {
		log.Fatal(err)
	}
	store, err := pkcs12x.Decode(data, "changeit")
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range store.Entries {
		fmt.Println(e.Alias, e.Kind, len(e.Chain))
	}
	// Output:
	// mux private-key 1
	// second private-key 1
}

// See from outside how a file is protected, without a password.
func ExampleParse() {
	data, err := os.ReadFile("testdata/openssl-legacy.p12")
	if err != nil {
		log.Fatal(err)
	}
	file, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(file.Integrity.Name, file.Integrity.Iterations)
	for _, s := range file.Safes {
		if s.Protection != nil {
			fmt.Println(s.Protection.Name, s.Protection.Iterations)
		}
	}
	_, err = file.List(context.Background(), "guess")
	fmt.Println(errors.Is(err, pkcs12x.ErrPassword))
	// Output:
	// HMAC-SHA1 2048
	// PBE-SHA1-RC2-40 2048
	// true
}

// Rename an entry and write the store for an old consumer.
func ExampleProfile_Encode() {
	data, err := os.ReadFile("testdata/keytool-17.p12")
	if err != nil {
		log.Fatal(err)
	}
	store, err := pkcs12x.Decode(data, "changeit")
	if err != nil {
		log.Fatal(err)
	}
	store.Entries[0].Alias = "Chat"
	profile, _ := pkcs12x.ProfileByName("legacy-3des")
	out, err := profile.Encode(context.Background(), zeros{}, "changeit", store.Entries)
	if err != nil {
		log.Fatal(err)
	}
	again, err := pkcs12x.Decode(out, "changeit")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Entries[0].Alias, again.Entries[0].Key.Protection.Name)
	// Output:
	// Chat PBE-SHA1-3DES
}

// zeros stands for crypto/rand.Reader, so that the example runs alike each time.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
