package cmd

import (
	"strings"
	"time"

	"muxkey/certgen"
	"muxkey/inspect"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/keystore"
)

// renewed is the JSON of muxkey renew.
type renewed struct {
	SchemaVersion int       `json:"schemaVersion"`
	Keystore      string    `json:"keystore"`
	Alias         string    `json:"alias"`
	Renewed       bool      `json:"renewed"`      // false when there was nothing to do, in a dry run, and while a request waits for its answer
	DryRun        bool      `json:"dryRun"`       // nothing was written
	Reason        string    `json:"reason"`       // why it is renewed, or why there is nothing to do
	By            string    `json:"by,omitempty"` // "self", "ca", "acme", "csr" or "from"; empty when there was nothing to do
	Subject       string    `json:"subject"`      // of the certificate that is there now, as the next three
	Issuer        string    `json:"issuer"`
	Key           string    `json:"key"`               // "EC P-256", "RSA 3072"
	Names         []sanName `json:"names"`             // subject alternative names
	Old           dated     `json:"old"`               // the certificate that was there
	New           *dated    `json:"new,omitempty"`     // the one that is there now
	CSR           string    `json:"csr,omitempty"`     // the file of --csr-out
	Pending       string    `json:"pending,omitempty"` // the keystore in which the new key of --rekey waits
	Backup        string    `json:"backup,omitempty"`  // the old keystore
	Told          []string  `json:"told"`              // the servers that were told
	Served        []string  `json:"served"`            // the addresses that serve the new certificate
	Remarks       []string  `json:"remarks"`           // warnings for people; empty without any
}

// dated says which certificate is meant, and until when it lasts.
type dated struct {
	Serial    string    `json:"serial"`    // hex
	SHA256    string    `json:"sha256"`    // fingerprint
	NotBefore time.Time `json:"notBefore"` // the first moment of validity
	NotAfter  time.Time `json:"notAfter"`  // the last one
}

func datesOf(c *keystore.Certificate, now time.Time) dated {
	d := inspect.Describe(c, now)
	return dated{d.Serial, d.Fingerprints.SHA256, d.NotBefore, d.NotAfter}
}

// told notes which servers know of the certificate.
func (v *renewed) told(r *reloadFlags) {
	for _, t := range r.targets {
		v.Told = append(v.Told, t.String())
	}
	v.Served = append(v.Served, r.probes...)
}

// show reports what was done, or why nothing was.
func (v renewed) show(env *console.Env, format report.Format, c *keystore.Certificate) error {
	return v.write(env, format, c, false)
}

// write is show; where standard output has the request, the report goes to
// people.
func (v renewed) write(env *console.Env, format report.Format, c *keystore.Certificate, toPeople bool) error {
	content, _ := certgen.Renewal(c.X509)
	v.Subject, v.Issuer, v.Key = certgen.FormatDN(c.RawSubject), certgen.FormatDN(c.RawIssuer), certgen.KeyTypeOf(c.X509.PublicKey)
	var names []string
	for _, n := range content.Names {
		v.Names = append(v.Names, sanName{string(n.Kind), n.Value})
		names = append(names, n.Display)
	}
	s := report.Section{}
	var f fields
	f.add("Alias", v.Alias)
	f.add("Subject", v.Subject)
	f.add("Names", strings.Join(names, ", "))
	f.add("Issuer", v.Issuer)
	f.add("Key", v.Key)
	f.add("Valid", validity(c.NotBefore, c.NotAfter, env.Now()))
	f.add("Serial", datesOf(c, env.Now()).Serial)
	var next string
	switch {
	case v.By == "":
		s.Title = v.Keystore + ": nothing to do"
		if len(v.Told)+len(v.Served) > 0 {
			s.Title = v.Keystore + ": told the server"
			v.knownAt(&f)
		}
		s.Notes = append(s.Notes, "Not renewed: "+v.Reason+".")
	case v.DryRun:
		s.Title = v.Keystore + " (nothing was written)"
		s.Notes = append(s.Notes, "To be renewed: "+v.Reason+".")
	case v.CSR != "":
		s.Title = "Made " + v.CSR
		send := v.CSR
		if toPeople {
			s.Title, send = "Made a request", "it"
		}
		into := v.Keystore
		if v.Pending != "" {
			f.add("New key", "waits in "+v.Pending)
			into = v.Pending
		}
		next = "Next: send " + send + " to the CA, and put in what comes back: muxkey import " + command.Quote(into) + " REPLY"
		if v.Pending != "" {
			next += "; then: muxkey renew " + command.Quote(v.Keystore) + " --from " + command.Quote(v.Pending)
		}
	default:
		s.Title = "Renewed " + v.Keystore
		f.add("Before", "until "+v.Old.NotAfter.UTC().Format(time.DateOnly)+", serial "+v.Old.Serial)
		v.knownAt(&f)
		if v.Backup != "" {
			f.add("Backup", v.Backup+" is the old one")
		}
		if isSelfSigned(c) {
			next = "Next: give clients the new certificate: muxkey export " + command.Quote(v.Keystore) + " -o " + command.Quote(certName(v.Keystore))
		}
	}
	s.Fields = f
	for _, r := range v.Remarks {
		s.Notes = append(s.Notes, "Note: "+r)
	}
	d := report.Document{Value: v, Sections: []report.Section{s}}
	if next != "" {
		d.Sections = append(d.Sections, report.Section{Notes: []string{next}})
	}
	if toPeople {
		return format.Write(env.Err, d, report.Options{Colour: env.ErrColour})
	}
	return show(env, format, d)
}

func (v *renewed) knownAt(f *fields) {
	f.add("Told", strings.Join(v.Told, "; "))
	f.add("Served at", strings.Join(v.Served, ", "))
}
