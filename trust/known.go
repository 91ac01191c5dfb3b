package trust

// Compromised is a certificate that nobody should trust, because everybody can
// sign with it or because it was made to listen in.
type Compromised struct {
	// Certificate and Key are the SHA-256 of its DER and of its
	// SubjectPublicKeyInfo, in lower-case hex. One of them is enough; a key is the
	// better, for it comes in certificates of many dates.
	Certificate, Key string
	Name             string
	Why              string
	Source           string // where it was made public
}

// KnownCompromised lists them.
func KnownCompromised() []Compromised {
	return []Compromised{}
}
