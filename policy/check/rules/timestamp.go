package rules

import (
	"context"
	"encoding/asn1"
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/finding"
)

// SCTsOfBrowsers stands for as many timestamps as browsers want.
const SCTsOfBrowsers = -1

func timestamps(_ context.Context, s *Subject) []Fault {
	return eachOf(s.Servers(), func(c Certificate) Fault {
		want, why := s.Expect.SCTs, "scts"
		if want == SCTsOfBrowsers {
			want, why = 2, "the number that browsers want"
			if c.lifetime() > 180 {
				want = 3
			}
		}
		logs := embedded(c)
		if s.Server != nil {
			for _, t := range s.Server.SCTs {
				logs[t.LogID] = true
			}
		}
		if len(logs) >= want {
			return Fault{}
		}
		f := Fault{Text: fmt.Sprintf("%s carries timestamps of %d logs; %s is %d", c.which(), len(logs), why, want)}
		if s.Expect.Profile != PublicTLS { // no browser wants them
			f.Severity = finding.Medium
		}
		return f
	})
}

// embedded are the IDs of the logs whose timestamps stand in a certificate, in hex
// (RFC 6962 section 3.3).
func embedded(c Certificate) map[string]bool {
	out := map[string]bool{}
	for _, e := range c.Source.Extensions {
		value := cryptobyte.String(e.Value)
		var octets, list, one, id cryptobyte.String
		if !e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}) || !value.ReadASN1(&octets, cbasn1.OCTET_STRING) || !octets.ReadUint16LengthPrefixed(&list) {
			continue
		}
		for list.ReadUint16LengthPrefixed(&one) {
			var version uint8
			if one.ReadUint8(&version) && version == 0 && one.ReadBytes((*[]byte)(&id), 32) {
				out[hex.EncodeToString(id)] = true
			}
		}
	}
	return out
}
