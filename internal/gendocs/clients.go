package gendocs

import (
	"fmt"
	"strings"

	"muxkey/trust/path"
)

// clientsPage tells by which rules certificates are checked along a path, and where
// clients depart from them.
func clientsPage() []byte {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString(`# How clients check certificates

` + "`muxkey trust verify BUNDLE STORE|HOST:PORT`" + ` goes from the server's certificate along every
path to an anchor of the bundle, and asks these rules of each certificate. Without
` + "`--as`" + ` they are those of the standards, and hold for an anchor as they do for a CA.
` + "`--as go`" + `, ` + "`--as openssl`" + ` and ` + "`--as java`" + ` go by what these clients do: crypto/x509 of Go 1.26,
OpenSSL 3.0 at security level 2 as Debian has it, and the trust manager of Java 17 with
its default settings.

What is said of clients here is measured: the tests ask the programs themselves about
certificates on which they must disagree with the standard, and about some hundred that
are made at random.

| Rule | What it asks | Source |
|---|---|---|
`)
	for _, r := range path.Rules() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.ID, cell(r.Doc), cell(r.Source))
	}
	for _, c := range path.Clients() {
		head := fmt.Sprintf("\n## Where %s departs from them\n\n| Rule | On | What it does | Source |\n|---|---|---|---|\n", c.Title())
		if c == path.Standard {
			head = "\n## Which of them the standard leaves open\n\nThey are told of a path, and do not count without `--as`.\n\n| Rule | On | What it does | Source |\n|---|---|---|---|\n"
		}
		b.WriteString(head)
		for _, r := range path.Rules() {
			for _, d := range r.Departures {
				if d.Client != c {
					continue
				}
				var on []string
				for _, role := range d.On {
					on = append(on, string(role))
				}
				if on == nil {
					on = []string{"all"}
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.ID, strings.Join(on, ", "), cell(d.Does), cell(d.Source))
			}
		}
	}
	return []byte(b.String())
}
