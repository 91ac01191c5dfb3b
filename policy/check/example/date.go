package example

import (
	"crypto/x509"
	"time"
)

// dates sets when a certificate is valid, in days from now.
func dates(w *World, from, to int) Change {
	return func(t *x509.Certificate) {
		t.NotBefore, t.NotAfter = w.Now.AddDate(0, 0, from), w.Now.AddDate(0, 0, to)
	}
}

// since sets when a certificate begins, and for how many days it is valid.
func since(day string, days int) Change {
	return func(t *x509.Certificate) {
		t.NotBefore, _ = time.Parse(time.DateOnly, day)
		t.NotAfter = t.NotBefore.AddDate(0, 0, days).Add(-time.Second)
	}
}

// certificateExample is one that is about a keystore with one certificate below a
// root; more are lines of its policy.
func certificateExample(rule string, bad bool, title, more string, changes func(w *World) []Change) Example {
	return Example{
		Rule: rule, Bad: bad, Title: title, Policy: "path: keystore.p12\npassword: env:SECRET\n" + more,
		Make: func(w *World) {
			w.Keystore("keystore.p12", "pkcs12", "mux", "secret", w.Server(w.Root("Example CA"), "mux.example.com", changes(w)...))
		},
	}
}

// kubernetes makes a CA as kubeadm does: with an alternative name, and a key usage
// that servers have as well.
func kubernetes(w *World) {
	w.PEM("ca.crt", w.Root("kubernetes", func(t *x509.Certificate) {
		t.DNSNames, t.KeyUsage = []string{"kubernetes"}, x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment|x509.KeyUsageCertSign
	}).Certificate)
}

func plain(*World) []Change { return nil }

func dateExamples() []Example {
	valid := func(from, to int) func(w *World) []Change {
		return func(w *World) []Change { return []Change{dates(w, from, to)} }
	}
	began := func(day string, days int) func(w *World) []Change {
		return func(*World) []Change { return []Change{since(day, days)} }
	}
	chain := func(leaf, above func(w *World) []Change) func(w *World) {
		return func(w *World) {
			ca := w.Intermediate(w.Root("Example Root"), "Example CA", above(w)...)
			w.Keystore("keystore.p12", "pkcs12", "mux", "secret", w.Server(ca, "mux.example.com", leaf(w)...))
		}
	}
	const own = "path: keystore.p12\npassword: env:SECRET\n"
	const public = own + "profile: public-tls"
	return []Example{
		certificateExample("MUX-DATE-001", true, "a certificate that expired yesterday", "", valid(-300, -1)),
		{Rule: "MUX-DATE-001", Bad: true, Title: "an intermediate certificate that expired yesterday", Policy: own, Make: chain(plain, valid(-300, -1))},
		certificateExample("MUX-DATE-001", false, "a certificate that is valid", "", plain),

		certificateExample("MUX-DATE-002", true, "a certificate with five days left", "", valid(-392, 5)),
		certificateExample("MUX-DATE-002", true, "a certificate with 50 days left where a policy wants 60", "warn-days: 60", valid(-347, 50)),
		{Rule: "MUX-DATE-002", Bad: true, Title: "an intermediate certificate with 20 days left", Policy: own, Make: chain(plain, valid(-300, 20))},
		certificateExample("MUX-DATE-002", false, "a certificate of 47 days with 20 days left", "", valid(-27, 20)),
		certificateExample("MUX-DATE-002", false, "a certificate with 31 days left", "", valid(-366, 31)),

		certificateExample("MUX-DATE-003", true, "a certificate that begins tomorrow", "", valid(1, 300)),
		certificateExample("MUX-DATE-003", false, "a certificate that has begun", "", plain),

		certificateExample("MUX-DATE-004", true, "a certificate of 90 days that is 70 days old", "renew-after: 0.67\nwarn-days: 10\nfail-days: 5", valid(-70, 20)),
		certificateExample("MUX-DATE-004", false, "a certificate of 90 days that is 50 days old", "renew-after: 0.67\nwarn-days: 10\nfail-days: 5", valid(-50, 40)),

		certificateExample("MUX-DATE-005", true, "a certificate of 397 days where a policy allows 90", "max-days: 90", plain),
		{Rule: "MUX-DATE-005", Bad: true, Title: "a CA of twenty years where a policy allows ten", Policy: "path: ca.pem\nprofile: ca\nmax-days: 3660", Make: func(w *World) {
			w.PEM("ca.pem", w.Root("Example CA").Certificate)
		}},
		certificateExample("MUX-DATE-005", false, "a certificate of 90 days where a policy allows 90", "max-days: 90", func(w *World) []Change {
			return []Change{since(w.Now.AddDate(0, 0, -10).Format(time.DateOnly), 90)}
		}),

		certificateExample("MUX-DATE-006", true, "a public certificate of 201 days, issued since the most is 200", "profile: public-tls", began("2026-06-01", 201)),
		certificateExample("MUX-DATE-006", true, "a public certificate of 101 days, issued when the most is 100", "profile: public-tls", began("2027-03-15", 101)),
		certificateExample("MUX-DATE-006", false, "a public certificate of 398 days, issued before the most was 200", "profile: public-tls", began("2026-03-14", 398)),
		certificateExample("MUX-DATE-006", false, "a public certificate of 200 days", "profile: public-tls", began("2026-06-01", 200)),
		certificateExample("MUX-DATE-006", false, "a certificate of two years under a CA of one's own", "", began("2026-06-01", 730)),

		certificateExample("MUX-DATE-007", true, "a certificate of a server for ten years", "", began("2026-06-01", 3652)),
		{Rule: "MUX-DATE-007", Title: "a CA for ten years, with a name of its own", Policy: "path: ca.crt", Make: kubernetes},
		certificateExample("MUX-DATE-007", false, "a certificate of a server for 825 days", "", began("2026-06-01", 825)),

		{Rule: "MUX-DATE-008", Bad: true, Title: "a certificate for 297 days under a CA that has 100 left", Policy: own, Make: chain(plain, valid(-300, 100))},
		{Rule: "MUX-DATE-008", Title: "a CA and a certificate that were made a minute later, for as many days", Policy: own, Make: chain(func(*World) []Change {
			return []Change{func(t *x509.Certificate) { t.NotAfter = t.NotAfter.Add(time.Minute) }}
		}, valid(-100, 297))},
		{Rule: "MUX-DATE-008", Title: "a certificate under a CA that lives longer", Policy: public, Make: chain(plain, plain)},

		{Rule: "MUX-DATE-009", Bad: true, Title: "a CA for a hundred years", Policy: "path: ca.pem\nprofile: ca", Make: func(w *World) {
			w.PEM("ca.pem", w.Root("Example CA", dates(w, -10, 36_500)).Certificate)
		}},
		{Rule: "MUX-DATE-009", Title: "a CA for twenty years", Policy: "path: ca.pem\nprofile: ca", Make: func(w *World) {
			w.PEM("ca.pem", w.Root("Example CA").Certificate)
		}},
	}
}
