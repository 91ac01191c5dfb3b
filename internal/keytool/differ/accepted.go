package differ

import (
	"slices"
	"strings"
)

// Acceptance is a way in which our keytool differs from OpenJDK's on purpose.
type Acceptance struct {
	// Call are parts of one call, that which disagrees or one before it, in small
	// letters and without hyphens.
	Call []string
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
			Reference: `reference: "Attribute `, Ours: `"[\n"`,
			Reason: "`-list -debug` does not show the PKCS#12 attributes of trusted certificates.",
		},
		{
			Call:   []string{"genkey", "dname ''"},
			Reason: "`-genkeypair -dname \"\"` fails and changes nothing; keytool fails, too, and leaves a keystore that it cannot read any more.",
		},
		{
			Call: []string{"version"}, Reference: `"keytool 2`, Ours: `"keytool 2`,
			Reason: "`-version` knows the level, and not which update of the JDK that is.",
		},
		{
			Reference: `reference: 0 "`, Ours: "java.security.KeyStoreException: Password is not ASCII",
			Reason: "A password beyond ASCII for the keys of a JCEKS keystore is refused at every level, as most JDKs do; 25 takes one.",
		},
		{
			Call: []string{"legacypasswordunicode"}, Reference: `reference: 1 "`, Ours: `0 "`,
			Reason: "A PKCS#12 file with the algorithms of old and a password beyond ASCII opens at 25 and 26 as others have written it, too; keytool opens only what it has written itself.",
		},
		{
			Ours:   "half \uFFFD",
			Reason: "Half a surrogate pair in an alias is shown as U+FFFD, and sorted as that; Java shows a question mark.",
		},
		{
			Ours:   "java.security.ProviderException: Curve not supported: ",
			Reason: "New keys are on secp256r1, secp384r1 or secp521r1 at every level; 8 and 11 know older curves, too.",
		},
		{
			Reference: "java.io.IOException: extra data given to DerValue constructor",
			Reason:    "What is broken in an extension is said in the words of 17 at 8 and 11, too.",
		},
		{
			Call: []string{"ext 2.5.29.14="}, Reference: "Duplicate extensions not allowed",
			Reason: "At 8 a certificate whose key identifier is named by `-ext 2.5.29.14=` has that one; keytool writes a second and cannot read the certificate any more.",
		},
		{
			Call: []string{"macalgorithm="}, Reference: "StringIndexOutOfBoundsException",
			Reason: "An unknown `keystore.pkcs12.macAlgorithm` of less than seven letters is said to be not available, as longer ones are; keytool has an index out of bounds.",
		},
		{
			Call: []string{":file ''"}, Reference: "keytool error: ",
			Reason: "A folder is no file for a password (`-storepass:file .`, and at 25 and 26 `-storepass:file \"\"`); keytool takes the first name in it for the password.",
		},
		{
			Call: []string{"importkeystore", "storetype dks"}, Ours: "This keystore must be stored using a DomainLoadStoreParameter",
			Reason: "`-importkeystore -storetype DKS` onto its own source fails and leaves the keystore as it is; keytool leaves an empty one.",
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
		if a.called(d) && strings.Contains(reference, a.Reference) && strings.Contains(ours, a.Ours) {
			return a, true
		}
	}
	return Acceptance{}, false
}

// called tells whether the call was made that a difference is accepted of.
func (a Acceptance) called(d *Disagreement) bool {
	last := d.Step
	if last == 0 {
		last = len(d.Sequence.Steps)
	}
	return slices.ContainsFunc(d.Sequence.Steps[:last], func(s Step) bool {
		words := strings.ReplaceAll(strings.ToLower(s.String()), "-", "")
		return !slices.ContainsFunc(a.Call, func(part string) bool { return !strings.Contains(words, part) })
	})
}
