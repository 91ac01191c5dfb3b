package path_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"muxkey/keystore"
	"muxkey/trust"
	"muxkey/trust/path"
	"muxkey/trust/source"
)

// Would a client that trusts root.pem accept the server that shows server.pem?
func Example() {
	ctx := context.Background()
	var bundle trust.Builder
	if err := source.Path(ctx, &bundle, "../../testdata/root.pem", source.Options{}); err != nil {
		log.Fatal(err)
	}
	server, err := keystore.Open(ctx, "../../testdata/server.pem", keystore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	verdict, err := path.Check(ctx, path.Question{
		Presented: server.Sequence,
		Bundle:    path.NewBundle(bundle.Set()),
		Hosts:     []string{"mux.example.com"},
		At:        time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verdict.Accepted, verdict.Why)
	for _, c := range verdict.Paths[0].Certificates {
		fmt.Println(c.Role, c.Subject)
		for _, s := range c.Steps {
			fmt.Println("  ", s.Rule, s.Outcome)
		}
	}
	// Output:
	// true a path of 3 certificates leads to CN=Example Root,O=Example
	// leaf CN=mux.example.com,O=Example
	//    signature pass
	//    dates pass
	//    extended-key-usage pass
	//    usage pass
	//    host pass
	// intermediate CN=Example CA,O=Example
	//    signature pass
	//    dates pass
	//    ca pass
	//    key-usage pass
	//    path-length pass
	// anchor CN=Example Root,O=Example
	//    dates pass
	//    ca pass
	//    key-usage pass
	//    path-length pass
}
