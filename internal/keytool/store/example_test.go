package store_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/store"
)

func ExampleOpen() {
	data, err := os.ReadFile("../../../testdata/two-keys.p12")
	if err != nil {
		panic(err)
	}
	l, err := level.Parse("21")
	if err != nil {
		panic(err)
	}
	o := store.Options{Level: l, Now: time.Now}
	s, err := store.Open(context.Background(), data, new("changeit"), o)
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Type(), s.Provider())
	for _, alias := range s.Aliases() {
		e, _ := s.Entry(alias)
		fmt.Println(alias, e.Kind, len(e.Chain))
	}
	_, err = store.Open(context.Background(), data, new("guess"), o)
	fmt.Println(err)
	// Output:
	// PKCS12 SUN
	// gateway PrivateKeyEntry 3
	// mux PrivateKeyEntry 3
	// java.io.IOException: keystore password was incorrect
}
