package trust

import (
	"fmt"
	"time"

	"muxkey/certgen"
	"muxkey/internal/finding"
)

// Manifest says what is in a bundle and why. It has no date of its own: the same
// sources make the same manifest.
type Manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	Purposes      []Purpose         `json:"purposes"` // that were asked for
	Bundles       []Bundle          `json:"bundles"`
	Anchors       []Facts           `json:"anchors"`  // by name
	Rejected      []Facts           `json:"rejected"` // certificates that must never be trusted
	LeftOut       []Omitted         `json:"leftOut"`  // found, and not in the bundle
	Skipped       []Skip            `json:"skipped"`  // what of the sources is no anchor
	Losses        []Lost            `json:"losses"`   // what is known and a form cannot say
	Findings      []finding.Finding `json:"findings"` // what speaks against sources and anchors
}

// Bundle is what was written for one target.
type Bundle struct {
	Target string   `json:"target"` // its ID
	Path   string   `json:"path"`   // relative to the manifest
	SHA256 string   `json:"sha256"` // of the file; of a directory, of the lines "SHA256  PATH" of its files
	Files  []Digest `json:"files"`  // all of them
}

// Digest is one file of a bundle.
type Digest struct {
	Path   string `json:"path"`   // relative to the manifest
	Size   int    `json:"size"`   // in octets
	SHA256 string `json:"sha256"` // of its content
}

// Facts is the facts of an anchor.
type Facts struct {
	Name          string    `json:"name"`                      // what its sources call it, else from its subject
	SHA256        string    `json:"sha256"`                    // of the DER
	Subject       string    `json:"subject"`                   // RFC 4514
	Issuer        string    `json:"issuer"`                    // RFC 4514
	Serial        string    `json:"serial"`                    // hex
	NotBefore     time.Time `json:"notBefore"`                 // RFC 3339
	NotAfter      time.Time `json:"notAfter"`                  // RFC 3339
	Key           string    `json:"key"`                       // its type and size: "RSA 2048"
	Signature     string    `json:"signature"`                 // the algorithm: "SHA256-RSA"
	CA            bool      `json:"ca"`                        // basicConstraints says so
	Constraints   []string  `json:"nameConstraints,omitempty"` // of the certificate itself
	Sources       []Origin  `json:"sources"`                   // all places where it was found
	Only          []Purpose `json:"trustedFor,omitzero"`       // missing: for everything; empty: for nothing
	Never         []Purpose `json:"rejectedFor,omitempty"`     // whoever issued it
	DistrustAfter []Cutoff  `json:"distrustAfter,omitempty"`   // what it issued later is not trusted
	PermittedDNS  []string  `json:"permittedDNS,omitempty"`    // domains that it is held to; missing: all
	PermittedIP   []string  `json:"permittedIP,omitempty"`     // networks that it is held to
}

// Cutoff is the end of a trust.
type Cutoff struct {
	Purpose Purpose   `json:"purpose"` // what it was trusted for
	After   time.Time `json:"after"`   // RFC 3339; certificates that begin later are not trusted
}

// Omitted is an anchor that is not in the bundle.
type Omitted struct {
	Facts
	Why string `json:"why"` // why it is not
}

// Lost is something known of an anchor that a target cannot say.
type Lost struct {
	Target string `json:"target"` // its ID
	Name   string `json:"name"`   // of the anchor
	SHA256 string `json:"sha256"` // of the anchor
	What   string `json:"what"`   // what is lost, for people
}

// List gives the facts of anchors.
func List(anchors []*Anchor) []Facts {
	out := make([]Facts, len(anchors))
	for i, a := range anchors {
		out[i] = a.Facts()
	}
	return out
}

// Facts gives the facts of the anchor.
func (a *Anchor) Facts() Facts {
	var cutoffs []Cutoff
	for _, p := range Purposes() {
		if after, ok := a.Terms.DistrustAfter[p]; ok {
			cutoffs = append(cutoffs, Cutoff{p, after.UTC()})
		}
	}
	return Facts{
		Name: a.Name(), SHA256: a.Fingerprint(), Subject: a.DN(), Issuer: certgen.FormatDN(a.Issuer),
		Serial: fmt.Sprintf("%x", a.Serial), NotBefore: a.NotBefore.UTC(), NotAfter: a.NotAfter.UTC(),
		Key: a.KeyType, Signature: a.Signature, CA: a.CA, Constraints: a.Constrained, Sources: a.Origins,
		Only: a.Terms.Only, Never: a.Terms.Rejected, DistrustAfter: cutoffs,
		PermittedDNS: a.Terms.Permitted.DNS, PermittedIP: a.Terms.Permitted.IP,
	}
}
