package example

func policyExamples() []Example {
	store := func(w *World) {
		w.Keystore("keystore.p12", "pkcs12", "mux", "secret", w.Server(w.Root("Example CA"), "mux.example.com"))
	}
	allow := func(password, until string) string {
		return "targets:\n  - path: keystore.p12\n    password: env:" + password + "\nallow:\n  - rules: MUX-OPEN-001\n    reason: the new password comes with the next release" + until + "\n"
	}
	return []Example{
		{Rule: "MUX-POLICY-001", Bad: true, Title: "the password itself", Policy: "path: keystore.p12\npassword: pass:secret", Make: store},
		{Rule: "MUX-POLICY-001", Title: "the name of the variable that has it", Policy: "path: keystore.p12\npassword: env:SECRET", Make: store},
		{Rule: "MUX-POLICY-002", Bad: true, Title: "a suppression whose last day is over", Policy: allow("OTHER", "\n    until: 2026-11-21"), Make: store},
		{Rule: "MUX-POLICY-002", Title: "a suppression on its last day", Policy: allow("OTHER", "\n    until: 2026-11-22"), Make: store},
		{Rule: "MUX-POLICY-003", Bad: true, Title: "a suppression for a password that is right", Policy: allow("SECRET", ""), Make: store},
		{Rule: "MUX-POLICY-003", Title: "a suppression for one that is wrong", Policy: allow("OTHER", ""), Make: store},
	}
}
