package chain

import (
	"bytes"

	"muxkey/pkcs12x"
)

// Misplaced returns the place of the first certificate of a list that is not the
// issuer of the one before it, going by the names; 0 when each is. Servers send
// certificates as they stand, and each must certify the one before it (RFC 8446
// section 4.4.2, RFC 5246 section 7.4.2).
func Misplaced(list []*pkcs12x.Certificate) int {
	for i := 1; i < len(list); i++ {
		if !bytes.Equal(list[i].RawSubject, list[i-1].RawIssuer) {
			return i
		}
	}
	return 0
}
