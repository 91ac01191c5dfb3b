package example

func storeExamples() []Example {
	return []Example{
		{
			Rule: "MUX-OPEN-001", Bad: true, Title: "the password is that of another keystore",
			Policy: "path: keystore.p12\npassword: env:OTHER",
			Make: func(w *World) {
				w.Keystore("keystore.p12", "pkcs12", "mux", "secret", w.Server(w.Root("Example CA"), "mux.example.com"))
			},
		},
		{
			Rule: "MUX-OPEN-001", Title: "the password opens the keystore",
			Policy: "path: keystore.p12\npassword: env:SECRET",
			Make: func(w *World) {
				w.Keystore("keystore.p12", "pkcs12", "mux", "secret", w.Server(w.Root("Example CA"), "mux.example.com"))
			},
		},
	}
}
