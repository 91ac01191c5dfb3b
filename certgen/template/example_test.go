package template_test

import (
	"fmt"

	"muxkey/certgen"
	"muxkey/certgen/template"
)

func ExampleParse() {
	t, err := template.Parse([]byte(`
subject: O=Example, C=DE
sans: [chat.example.com]
policies:
  - oid: 1.3.6.1.4.1.55555.1
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	names, err := certgen.ParseServerNames([]string{"mux.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	content, err := t.Content(nil, names)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(certgen.FormatDN(content.Subject), content.Names)

	_, err = template.Parse([]byte("days: 90\nsans: [mux.example.com, 'chat example']\n"))
	fmt.Println(err)
	// Output:
	// CN=mux.example.com,O=Example,C=DE [dns:mux.example.com dns:chat.example.com]
	// line 2: sans[1]: host name "chat example": blank at character 5
}
