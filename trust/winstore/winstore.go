// Package winstore reads and writes certificates as Windows keeps them: each
// behind the properties that its store has for it. A serialized store (.sst) is
// such certificates in a row, and in the registry each has a value of its own.
//
// The layout is in [MS-OSHARED] sections 2.3.2.5.1 to 2.3.9.1; the numbers of the
// properties are in wincrypt.h, which calls them CERT_..._PROP_ID.
package winstore

import (
	"crypto/sha1"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"

	"muxkey/pkcs12x"
	"muxkey/trust"
)

// The records that are known here. What a root is restricted to by the properties
// from 104 on, Microsoft describes at
// https://learn.microsoft.com/security/trusted-root/deprecation.
const (
	recordEnd         = 0
	sha1Hash          = 3
	enhKeyUsage       = 9 // what it is trusted for, whatever the certificate says
	friendlyName      = 11
	recordCertificate = 32
	recordCRL         = 33
	recordCTL         = 34
	disallowedTime    = 104 // when its trust ends; 122 says for what, else for everything
	disallowedUsage   = 122
	notBeforeTime     = 126 // what begins later is not trusted; 127 says for what, else for anything
	notBeforeUsage    = 127
)

// Header is how a serialized store begins: version 0, and "CERT".
const Header = "\x00\x00\x00\x00CERT"

// End is how it ends.
const End = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// Certificate is a certificate and what a store says of it.
type Certificate struct {
	Raw  []byte // DER
	Name string // for people; may be empty
	// Terms are what Windows can say: Only, Rejected among other purposes that are
	// not, and DistrustAfter, of whose dates it keeps the earliest alone.
	Terms trust.Terms
}

// Append writes the certificate behind what its terms say. There is nothing
// before one that is trusted for everything: in a serialized store Wine reads no
// further than to the first property.
func (c Certificate) Append(dst []byte) []byte {
	if c.Terms.Only != nil || len(c.Terms.Rejected) > 0 {
		dst = appendRecord(dst, enhKeyUsage, usageOf(slices.DeleteFunc(trust.Purposes(), func(p trust.Purpose) bool { return !c.Terms.For(p) })))
	}
	if after, purposes := earliest(c.Terms.DistrustAfter); len(purposes) > 0 {
		dst = appendRecord(dst, notBeforeTime, binary.LittleEndian.AppendUint64(nil, filetime(after)))
		dst = appendRecord(dst, notBeforeUsage, usageOf(purposes))
	}
	return appendRecord(dst, recordCertificate, c.Raw)
}

// AppendNamed writes it as the registry has it, with the hash that is also the
// name of its key, and with the name for people.
func (c Certificate) AppendNamed(dst []byte) []byte {
	hash := sha1.Sum(c.Raw)
	dst = appendRecord(dst, sha1Hash, hash[:])
	if c.Name != "" {
		dst = appendRecord(dst, friendlyName, utf16z(c.Name))
	}
	return c.Append(dst)
}

func appendRecord(dst []byte, id uint32, value []byte) []byte {
	const x509ASN = 1 // the encoding, the same for all
	dst = binary.LittleEndian.AppendUint32(dst, id)
	dst = binary.LittleEndian.AppendUint32(dst, x509ASN)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}

// Reader takes certificates off serialized data.
type Reader struct {
	// Data is what is left.
	Data []byte
	// Others counts the CRLs and CTLs that were passed over.
	Others int
	// Ended tells that the mark of the end was there.
	Ended bool
}

// Next reads a certificate with its properties. It returns nil at the end of the
// store or of the data. Errors: pkcs12x.ErrDamaged.
func (r *Reader) Next() (*Certificate, error) {
	properties := map[uint32][]byte{}
	for len(r.Data) > 0 {
		if len(r.Data) < 12 {
			return nil, fmt.Errorf("%w: a record of a Windows store is cut off", pkcs12x.ErrDamaged)
		}
		id, size := binary.LittleEndian.Uint32(r.Data), uint64(binary.LittleEndian.Uint32(r.Data[8:]))
		r.Data = r.Data[12:]
		if id == recordEnd {
			r.Ended = true
			return nil, nil
		}
		if size > uint64(len(r.Data)) {
			return nil, fmt.Errorf("%w: a record of a Windows store announces %d octets, and %d are left", pkcs12x.ErrDamaged, size, len(r.Data))
		}
		value := r.Data[:size:size]
		r.Data = r.Data[size:]
		switch id {
		case recordCertificate:
			terms, err := termsOf(properties)
			return &Certificate{Raw: value, Name: nameOf(properties[friendlyName]), Terms: terms}, err
		case recordCRL, recordCTL:
			r.Others++
			clear(properties)
		case enhKeyUsage, friendlyName, disallowedTime, disallowedUsage, notBeforeTime, notBeforeUsage:
			properties[id] = value
		}
	}
	if len(properties) > 0 {
		return nil, fmt.Errorf("%w: a Windows store ends in properties of nothing", pkcs12x.ErrDamaged)
	}
	return nil, nil
}

// termsOf holds a certificate to all that speaks against it. The date from which on
// it is disallowed counts as past, as there is no clock here.
func termsOf(properties map[uint32][]byte) (t trust.Terms, err error) {
	purposes := func(id uint32) []trust.Purpose {
		list := trust.Purposes()
		if value, ok := properties[id]; ok && err == nil {
			list, err = readUsage(value)
		}
		return list
	}
	if _, ok := properties[enhKeyUsage]; ok {
		t.Only = purposes(enhKeyUsage)
	}
	_, disallowed := properties[disallowedTime]
	if _, some := properties[disallowedUsage]; disallowed || some {
		not := purposes(disallowedUsage)
		t.Only = slices.DeleteFunc(trust.Purposes(), func(p trust.Purpose) bool { return !t.For(p) || slices.Contains(not, p) })
	}
	if value, ok := properties[notBeforeTime]; ok {
		if len(value) != 8 {
			return t, fmt.Errorf("%w: a date of a Windows store has %d octets", pkcs12x.ErrDamaged, len(value))
		}
		t.DistrustAfter = map[trust.Purpose]time.Time{}
		for _, p := range purposes(notBeforeUsage) {
			t.DistrustAfter[p] = timeOf(binary.LittleEndian.Uint64(value))
		}
	}
	slices.Sort(t.Only)
	return t, err
}

// usageOf is purposes as the extension of a certificate has them. An empty list
// means none.
func usageOf(purposes []trust.Purpose) []byte {
	ids := []asn1.ObjectIdentifier{}
	for _, p := range purposes {
		ids = append(ids, p.OID())
	}
	der, err := asn1.Marshal(ids)
	if err != nil { // of a table of ours
		return nil
	}
	return der
}

func readUsage(der []byte) ([]trust.Purpose, error) {
	var ids []asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(der, &ids); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: the purposes of a certificate in a Windows store", pkcs12x.ErrDamaged)
	}
	return trust.PurposesOf(ids), nil
}

// earliest is the one date that there is room for, and all purposes that have any:
// too little trust rather than too much.
func earliest(dates map[trust.Purpose]time.Time) (after time.Time, purposes []trust.Purpose) {
	for _, p := range trust.Purposes() {
		date, ok := dates[p]
		if !ok {
			continue
		}
		if len(purposes) == 0 || date.Before(after) {
			after = date
		}
		purposes = append(purposes, p)
	}
	return after, purposes
}

// epoch is 1601, from which FILETIME counts, in seconds of Unix.
const epoch = -11644473600

func filetime(t time.Time) uint64 { return uint64(t.Unix()-epoch)*1e7 + uint64(t.Nanosecond()/100) }

func timeOf(filetime uint64) time.Time {
	return time.Unix(int64(filetime/1e7)+epoch, int64(filetime%1e7)*100).UTC()
}

// utf16z is text as Windows stores it, with a NUL behind it.
func utf16z(text string) []byte {
	var out []byte
	for _, unit := range append(utf16.Encode([]rune(text)), 0) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func nameOf(value []byte) string {
	var units []uint16
	for len(value) >= 2 {
		unit := binary.LittleEndian.Uint16(value)
		if unit == 0 {
			break
		}
		units, value = append(units, unit), value[2:]
	}
	return string(utf16.Decode(units))
}
