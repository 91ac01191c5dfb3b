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
	return nil
}

// accepted returns what accepts a disagreement, if there is one and anything does.
func accepted(d *Disagreement) (a Acceptance, ok bool) {
	if d == nil {
		return Acceptance{}, false
	}
	reference, ours, _ := strings.Cut(d.What, "\n     ours: ")
	for _, a := range Accepted() {
		if strings.Contains(reference, a.Reference) && strings.Contains(ours, a.Ours) {
			return a, true
		}
	}
	return Acceptance{}, false
}
