package manifest_test

import (
	"fmt"

	"muxkey/keystore/manifest"
)

func Example() {
	f, err := manifest.Parse([]byte(`apiVersion: v1
kind: Secret
metadata: {name: mux}
data:
  password: b2xk   # changed every year
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	v := f.Values[0]
	fmt.Printf("%s/%s is %q\n", v.Object, v.Key, v.Data)
	out, err := f.Replace(map[*manifest.Value][]byte{v: []byte("new")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", out)
	// Output:
	// mux/password is "old"
	// apiVersion: v1
	// kind: Secret
	// metadata: {name: mux}
	// data:
	//   password: bmV3   # changed every year
}
