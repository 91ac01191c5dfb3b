package trust

import (
	"encoding/asn1"
	"slices"
)

// The purposes in certificates: RFC 5280 section 4.2.1.12.
var purposeOIDs = map[Purpose]asn1.ObjectIdentifier{
	Server: {1, 3, 6, 1, 5, 5, 7, 3, 1},
	Client: {1, 3, 6, 1, 5, 5, 7, 3, 2},
	Code:   {1, 3, 6, 1, 5, 5, 7, 3, 3},
	Email:  {1, 3, 6, 1, 5, 5, 7, 3, 4},
}

var oidAnyPurpose = asn1.ObjectIdentifier{2, 5, 29, 37, 0}

// OID is the extended key usage that stands for the purpose (RFC 5280 section
// 4.2.1.12).
func (p Purpose) OID() asn1.ObjectIdentifier { return slices.Clone(purposeOIDs[p]) }

// AnyPurposeOID is anyExtendedKeyUsage, which stands for all purposes.
func AnyPurposeOID() asn1.ObjectIdentifier { return slices.Clone(oidAnyPurpose) }

// PurposesOf are the purposes that a list of extended key usages stands for, in
// their order; those that muxkey does not know, such as time stamping, are passed
// over. It is never nil.
func PurposesOf(oids []asn1.ObjectIdentifier) []Purpose {
	list := []Purpose{}
	for p, oid := range purposeOIDs {
		if slices.ContainsFunc(oids, func(o asn1.ObjectIdentifier) bool { return o.Equal(oid) || o.Equal(oidAnyPurpose) }) {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list
}

// All tells whether the terms leave trust for every purpose.
func (t Terms) All() bool {
	return !slices.ContainsFunc(Purposes(), func(p Purpose) bool { return !t.For(p) })
}

// None tells whether the terms leave trust for no purpose at all.
func (t Terms) None() bool { return !slices.ContainsFunc(Purposes(), t.For) }
