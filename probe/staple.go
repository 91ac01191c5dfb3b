package probe

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"muxkey/chain"
	"muxkey/pkcs12x"
	"muxkey/trust/path"
)

// stapled judges the OCSP answer that a server shows (RFC 6066 section 8).
func (p *prober) stapled(r *Server, answer []byte) {
	if len(answer) == 0 || len(r.Presented) == 0 {
		return
	}
	r.Staple = &Staple{Status: "invalid"}
	leaf := r.Presented[0].X509
	issuer := p.issuer(r.Presented)
	switch {
	case leaf == nil:
		r.Staple.Problem = "the certificate cannot be read"
		return
	case issuer == nil:
		r.Staple.Problem = "the issuer of the certificate, which must have signed it, is not shown"
		return
	}
	got, err := path.Answer(answer, leaf, issuer, p.Now())
	if got != nil {
		r.Staple.ThisUpdate, r.Staple.NextUpdate = got.ThisUpdate.UTC(), got.NextUpdate.UTC()
	}
	if err != nil {
		r.Staple.Problem = err.Error()
		return
	}
	r.Staple.Status = map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked"}[got.Status]
	if r.Staple.Status == "" {
		r.Staple.Status = "unknown"
	}
}

// issuer finds that of the first certificate among those that are shown, or in the
// bundle.
func (p *prober) issuer(list []*pkcs12x.Certificate) *x509.Certificate {
	for _, c := range list {
		if c.X509 != nil && signed(list[0], c) {
			return c.X509
		}
	}
	if p.Bundle != nil {
		for _, a := range p.Bundle.Named(list[0].RawIssuer) {
			c, err := pkcs12x.ParseCertificate(a.Raw)
			if err == nil && c.X509 != nil && signed(list[0], c) {
				return c.X509
			}
		}
	}
	return nil
}

func isUncheckable(err error) bool { return errors.Is(err, chain.ErrUncheckable) }

// timestamps collects those of all three places (RFC 6962 section 3.3).
func (r *Server) timestamps(inTLS [][]byte, stapled []byte) {
	if len(r.Presented) > 0 {
		for _, e := range r.Presented[0].Extensions {
			if e.Id.String() == "1.3.6.1.4.1.11129.2.4.2" {
				r.SCTs = append(r.SCTs, timestampList(e.Value, "certificate")...)
			}
		}
	}
	for _, one := range inTLS[:min(len(inTLS), mostTimestamps)] {
		if t, ok := timestamp(one, "tls"); ok {
			r.SCTs = append(r.SCTs, t)
		}
	}
	// That the answer is no good does not make the timestamps so.
	if answer, err := ocsp.ParseResponse(stapled, nil); err == nil {
		for _, e := range answer.Extensions {
			if e.Id.String() == "1.3.6.1.4.1.11129.2.4.5" {
				r.SCTs = append(r.SCTs, timestampList(e.Value, "ocsp")...)
			}
		}
	}
}

// mostTimestamps are read of one place; policies of browsers want two or three.
const mostTimestamps = 50

// timestampList reads a SignedCertificateTimestampList in its OCTET STRING.
func timestampList(value []byte, from string) []SCT {
	s := cryptobyte.String(value)
	var inner, list cryptobyte.String
	if !s.ReadASN1(&inner, cbasn1.OCTET_STRING) || !inner.ReadUint16LengthPrefixed(&list) {
		return nil
	}
	var out []SCT
	for !list.Empty() && len(out) < mostTimestamps {
		var one cryptobyte.String
		if !list.ReadUint16LengthPrefixed(&one) {
			break
		}
		if t, ok := timestamp(one, from); ok {
			out = append(out, t)
		}
	}
	return out
}

// timestamp reads the beginning of a SignedCertificateTimestamp of version 1.
func timestamp(b []byte, from string) (SCT, bool) {
	s := cryptobyte.String(b)
	var version uint8
	var id [32]byte
	var ms uint64
	if !s.ReadUint8(&version) || version != 0 || !s.CopyBytes(id[:]) || !s.ReadUint64(&ms) || ms > 1<<48 {
		return SCT{}, false
	}
	return SCT{LogID: hex.EncodeToString(id[:]), Time: time.UnixMilli(int64(ms)).UTC(), From: from}, true
}
