package dname_test

import (
	"fmt"

	"muxkey/internal/keytool/dname"
)

func ExampleParse() {
	name, err := dname.Parse(`cn=Mux\, main ; OU="Ops  team" + T=x, C=DE`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(name)
	fmt.Println(name.RFC2253())
	_, err = dname.Parse("CNN=a")
	fmt.Println(err)
	// Output:
	// CN="Mux, main", OU="Ops  team" + T=x, C=DE
	// CN=Mux\, main,OU=Ops  team+2.5.4.12=#130178,C=DE
	// java.io.IOException: Invalid keyword "CNN"
}
