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
			Ours:   "a 1.2.840.113549.1.12.10.1.4 is in ours alone",
			Reason: "A PKCS#12 file keeps its CRLs when it is written again; keytool drops them.",
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
