package source

import (
	"encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
	"muxkey/trust"
)

// trustedCertificate reads the content of a block BEGIN TRUSTED CERTIFICATE: a
// certificate and, behind it, what OpenSSL is to trust it for (X509_CERT_AUX of
// crypto/x509/x_x509a.c). Errors: pkcs12x.ErrDamaged.
func trustedCertificate(der []byte) (*trust.Anchor, error) {
	in, certificate := cryptobyte.String(der), cryptobyte.String(nil)
	if !in.ReadASN1Element(&certificate, cbasn1.SEQUENCE) {
		return nil, fmt.Errorf("it is no certificate: %w", pkcs12x.ErrDamaged)
	}
	a, err := trust.Parse(slices.Clip(certificate))
	if err != nil {
		return nil, err
	}
	if in.Empty() { // as OpenSSL writes where it has nothing to say
		return a, nil
	}
	var aux, allow, reject, alias cryptobyte.String
	var hasAllow, hasReject, hasAlias bool
	damaged := fmt.Errorf("what it says of trust cannot be read: %w", pkcs12x.ErrDamaged)
	if !in.ReadASN1(&aux, cbasn1.SEQUENCE) || !in.Empty() ||
		!aux.ReadOptionalASN1(&allow, &hasAllow, cbasn1.SEQUENCE) ||
		!aux.ReadOptionalASN1(&reject, &hasReject, cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		!aux.ReadOptionalASN1(&alias, &hasAlias, cbasn1.UTF8String) ||
		!aux.SkipOptionalASN1(cbasn1.OCTET_STRING) ||
		!aux.SkipOptionalASN1(cbasn1.Tag(1).ContextSpecific().Constructed()) || !aux.Empty() {
		return nil, damaged
	}
	if hasAllow {
		oids, ok := readOIDs(allow)
		if !ok {
			return nil, damaged
		}
		a.Terms.Only = only(trust.PurposesOf(oids))
	}
	if hasReject {
		oids, ok := readOIDs(reject)
		if !ok {
			return nil, damaged
		}
		a.Terms.Rejected = trust.PurposesOf(oids)
	}
	a.Label = string(alias)
	return a, nil
}

// readOIDs reads the content of a sequence of object identifiers.
func readOIDs(in cryptobyte.String) ([]asn1.ObjectIdentifier, bool) {
	var list []asn1.ObjectIdentifier
	for !in.Empty() {
		var oid asn1.ObjectIdentifier
		if !in.ReadASN1ObjectIdentifier(&oid) {
			return nil, false
		}
		list = append(list, oid)
	}
	return list, true
}

// only is Terms.Only for a list of purposes, which is nil where it has all.
func only(list []trust.Purpose) []trust.Purpose {
	if len(list) == len(trust.Purposes()) {
		return nil
	}
	return list
}
