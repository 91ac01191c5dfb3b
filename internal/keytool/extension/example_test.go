package extension_test

import (
	"fmt"

	"muxkey/internal/keytool/extension"
	"muxkey/internal/keytool/level"
)

func ExampleBuild() {
	l, err := level.Parse("21")
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := extension.Build(l, []string{"bc:c=0", "san=dns:mux,ip:10.0.0.1"}, extension.Given{SubjectKeyID: []byte{1, 2}})
	for _, e := range got {
		fmt.Printf("%s %t %x\n", e.Id, e.Critical, e.Value)
	}
	fmt.Println(err)
	// Output:
	// 2.5.29.14 false 04020102
	// 2.5.29.17 false 300b82036d757887040a000001
	// 2.5.29.19 true 30060101ff020100
	// <nil>
}
