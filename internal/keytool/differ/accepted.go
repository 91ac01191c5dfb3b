package differ

import "strings"

// Acceptance is a way in which our keytool differs from OpenJDK's on purpose.
type Acceptance struct {
	// Call is a part of one of the calls of the sequence, Reference and Ours of what
	// the two say; an empty one is part of everything.
	Call, Reference, Ours string
	// Reason is a sentence of docs/keytool.md.
	Reason string
}

// Accepted are all of them.
func Accepted() []Acceptance {
	return []Acceptance{
		{
			Reference: `reference: "Attribute `, Ours: `ours: "[\n"`,
			Reason: "`-list -debug` does not show the PKCS#12 attributes of trusted certificates.",
		},
		{
			Call:   "-dname ''",
			Reason: "`-genkeypair -dname \"\"` fails and changes nothing; keytool fails, too, and leaves a keystore that it cannot read any more.",
		},
		{
			Reference: `"keytool 25.`, Ours: `"keytool 25\n"`,
			Reason: "`-version` knows the level, and not which update of the JDK that is.",
		},
		{
			Ours:   "Password is not ASCII",
			Reason: "A password beyond ASCII for the keys of a JCEKS keystore is refused at every level, as most JDKs do; 25 takes one.",
		},
		{
			Reference: `half ?`, Ours: `half `,
			Reason: "Half a surrogate pair in an alias is shown as U+FFFD; Java shows a question mark.",
		},
		{
			Reference: "Failed PKCS12 integrity checking", Ours: "keystore password was incorrect",
			Reason: "Damage in the encrypted part of a PKCS#12 file is said to be a wrong password in more cases than by keytool.",
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
		if strings.Contains(d.Sequence.Script(), a.Call) && strings.Contains(reference, a.Reference) && strings.Contains(ours, a.Ours) {
			return a, true
		}
	}
	return Acceptance{}, false
}
