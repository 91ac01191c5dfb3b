package nss_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"muxkey/keystore/nss"
	"muxkey/pkcs12x"
)

func unpack(name string) []byte {
	f, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	r, err := gzip.NewReader(f)
	if err != nil {
		log.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		log.Fatal(err)
	}
	return data
}

func Example() {
	certs, err := nss.ReadDatabase(unpack("testdata/old-cert9.db.gz"), nil, pkcs12x.DefaultLimits())
	if err != nil {
		log.Fatal(err)
	}
	keys, err := nss.ReadDatabase(unpack("testdata/old-key4.db.gz"), nil, pkcs12x.DefaultLimits())
	if err != nil {
		log.Fatal(err)
	}
	f := nss.Join(certs, keys)
	if err := f.Login(context.Background(), "nss-secret-1"); err != nil {
		log.Fatal(err)
	}
	for _, c := range f.Certificates {
		fmt.Println(c.Nickname, c.Trust.Flags(false))
	}
	key, err := f.Open(context.Background(), f.Keys[0])
	fmt.Println(len(key) > 600, err)
	// Output:
	// old C,,
	// true <nil>
}
