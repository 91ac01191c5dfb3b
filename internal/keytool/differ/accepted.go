package differ

import "strings"

// Acceptance is a way in which our keytool differs from OpenJDK's on purpose.
type Acceptance struct {
	// Reference and Ours are parts of what the two say; an empty one is part of
	// everything.
	Reference, Ours string
	// Reason is a sentence of docs/keytool.md.
	Reason string
}

// Accepted are all of them.
func Accepted() []Acceptance {
	return []Acceptance{
		{
			Ours:   " is in ours alone",
			Reason: "What a PKCS#12 file has besides the entries that keytool sees, such as CRLs, is kept when the file is written again; keytool drops it.",
		},
		{
			Reference: `reference: "[\n"`, Ours: `"Owner: `,
			Reason: "`-list -debug` and `-selfcert -v` print certificates as `-list -v` does; keytool prints them as its debugging does, with the numbers that keys and signatures are made of.",
		},
	}
}

// accepted returns what accepts a disagreement, if there is one and anything does.
func accepted(d *Disagreement) (a Acceptance, ok bool) {
	if d == nil {
		return Acceptance{}, false
	}
	reference, ours, two := strings.Cut(d.What, "\n     ours: ")
	if !two {
		ours = d.What
	}
	for _, a := range Accepted() {
		if strings.Contains(reference, a.Reference) && strings.Contains(ours, a.Ours) {
			return a, true
		}
	}
	return Acceptance{}, false
}
