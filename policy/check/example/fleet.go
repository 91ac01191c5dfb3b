package example

import (
	"crypto/x509"
	"math/big"
)

func fleetExamples() []Example {
	const all = "path: \"*.p12\"\npassword: env:OPEN-SESAME-27"
	two := "targets:\n  - path: a.p12\n    password: env:OPEN-SESAME-27\n  - path: b.p12\n    password: env:OPEN-SESAME-28\n"
	// pairs writes a.p12 and b.p12.
	pairs := func(second string, list func(w *World) (a, b *Pair)) func(*World) {
		return func(w *World) {
			a, b := list(w)
			w.Keystore("a.p12", "pkcs12", "a", "open-sesame-27", a)
			w.Keystore("b.p12", "pkcs12", "b", second, b)
		}
	}
	hosts := func(a, b string) func(w *World) (*Pair, *Pair) {
		return func(w *World) (*Pair, *Pair) {
			ca := w.Root("Example CA")
			return w.Server(ca, a), w.Server(ca, b)
		}
	}
	oneKey := func(a, b string) func(w *World) (*Pair, *Pair) {
		return func(w *World) (*Pair, *Pair) {
			ca, key := w.Root("Example CA"), w.Key()
			return w.ServerWith(ca, key, a), w.ServerWith(ca, key, b)
		}
	}
	seven := func(t *x509.Certificate) { t.SerialNumber = big.NewInt(7) }
	age := func(days int) Change {
		return func(t *x509.Certificate) {
			t.NotBefore = t.NotBefore.AddDate(0, 0, -days)
			t.NotAfter = t.NotAfter.AddDate(0, 0, -days)
		}
	}
	renewed := func(days int) func(*World) {
		return pairs("open-sesame-27", func(w *World) (*Pair, *Pair) {
			ca := w.Root("Example CA")
			return w.Server(ca, "mux.example.com"), w.Server(ca, "mux.example.com", age(days))
		})
	}
	return []Example{
		{Rule: "MUX-FLEET-001", Bad: true, Title: "one key for two hosts", Policy: all, Make: pairs("open-sesame-27", oneKey("a.example.com", "b.example.com"))},
		{Rule: "MUX-FLEET-001", Title: "one key in two files of one host", Policy: all, Make: pairs("open-sesame-27", oneKey("a.example.com", "a.example.com"))},
		{Rule: "MUX-FLEET-001", Title: "a key for each host", Policy: all, Make: pairs("open-sesame-27", hosts("a.example.com", "b.example.com"))},
		{Rule: "MUX-FLEET-002", Bad: true, Title: "number 7 twice", Policy: all, Make: pairs("open-sesame-27", func(w *World) (*Pair, *Pair) {
			ca := w.Root("Example CA")
			return w.Server(ca, "a.example.com", seven), w.Server(ca, "b.example.com", seven)
		})},
		{Rule: "MUX-FLEET-002", Title: "number 7 of two CAs", Policy: all, Make: pairs("open-sesame-27", func(w *World) (*Pair, *Pair) {
			return w.Server(w.Root("Example CA"), "a.example.com", seven), w.Server(w.Root("Other CA"), "b.example.com", seven)
		})},
		{Rule: "MUX-FLEET-003", Bad: true, Title: "one password for two keystores", Policy: all, Make: pairs("open-sesame-27", hosts("a.example.com", "b.example.com"))},
		{Rule: "MUX-FLEET-003", Title: "a password for each", Policy: two, Make: pairs("open-sesame-28", hosts("a.example.com", "b.example.com"))},
		{Rule: "MUX-FLEET-003", Title: "one password for two copies", Policy: all, Make: pairs("open-sesame-27", oneKey("a.example.com", "a.example.com"))},
		{Rule: "MUX-FLEET-004", Bad: true, Title: "the certificate of the year before beside the new one", Policy: all, Make: renewed(280)},
		{Rule: "MUX-FLEET-004", Title: "two that were made in one week", Policy: all, Make: renewed(5)},
	}
}
