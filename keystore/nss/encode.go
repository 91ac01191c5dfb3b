package nss

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // by which trust names its certificate
	"crypto/sha1" //nolint:gosec // as above
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/sqlite"
	"muxkey/pkcs12x"
)

// Further attributes that are written.
const (
	attrToken      uint32 = 0x1
	attrPrivate    uint32 = 0x2
	attrSubject    uint32 = 0x101
	attrModifiable uint32 = 0x170
	attrStepUp     uint32 = 0xce536360
	attrCertMD5    uint32 = 0xce5363b5
)

// columns are those that NSS 3.35 to 3.112 give to a new database
// (sftkdb_known_attributes in lib/softoken/sdb.c). Later ones know more attributes,
// and take a table as they find it; earlier ones ask for columns that are not
// there when one is left out.
const columns = "0 1 2 3 10 11 12 80 81 82 83 84 85 86 87 88 89 8a 8b 90 " +
	"100 101 102 103 104 105 106 107 108 109 10a 10b 10c 110 111 120 121 122 123 124 125 126 127 128 129 " +
	"130 131 132 133 134 160 161 162 163 164 165 166 170 180 181 200 201 202 210 300 301 302 " +
	"400 401 402 403 404 405 406 480 481 482 500 501 502 503 40000211 40000212 80000001 " +
	"ce534351 ce534352 ce534353 ce534354 ce534355 ce534356 ce534357 ce534358 " +
	"ce534364 ce534365 ce534366 ce534367 ce534368 ce534369 ce534373 ce534374 " +
	"ce536351 ce536352 ce536353 ce536354 ce536355 ce536356 ce536357 ce536358 ce536359 ce53635a ce53635b " +
	"ce53635c ce53635d ce53635e ce53635f ce536360 ce5363b4 ce5363b5 d5a0db00"

// indexed are the attributes that NSS looks objects up by, and its names for the
// indexes.
var indexed = []struct {
	name      string
	attribute uint32
}{{"issuer", attrIssuer}, {"subject", attrSubject}, {"label", attrLabel}, {"ckaid", attrID}}

// EncodeCertDB writes certificates, and what they are trusted for, as cert9.db.
// The same certificates make the same octets.
//
// It is to stand alone: NSS checks signatures over trust with a key that it keeps
// in key4.db, and makes them itself when it makes that file. Beside a key4.db of
// another database none of the trust counts. Of Trust the four levels are heeded.
// Attributes with the dates after which NSS distrusts what a certificate issues
// are not written, as it reads those of its built-in roots alone
// (lib/pki/pki3hack.c). Certificates whose ID is nil get the one that NSS gives.
//
// Errors: pkcs12x.ErrDamaged for what is no certificate, sqlite.ErrTooLarge.
func EncodeCertDB(certs []*Certificate) ([]byte, error) {
	t := sqlite.TableContent{Name: tablePublic}
	place := map[uint32]int{} // of an attribute within a row
	var definition strings.Builder
	for i, digits := range strings.Fields(columns) {
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return nil, err
		}
		place[uint32(n)] = i + 1
		definition.WriteString(", a" + digits)
	}
	t.SQL = "CREATE TABLE " + tablePublic + " (id PRIMARY KEY UNIQUE ON CONFLICT ABORT" + definition.String() + ")"
	t.Indexes = []sqlite.Index{{Name: "sqlite_autoindex_" + tablePublic + "_1", Columns: []int{0}}}
	for _, x := range indexed {
		t.Indexes = append(t.Indexes, sqlite.Index{
			Name: x.name, Columns: []int{place[x.attribute]},
			SQL: fmt.Sprintf("CREATE INDEX %s ON %s (a%x)", x.name, tablePublic, x.attribute),
		})
	}
	add := func(attributes map[uint32][]byte) {
		row := make([]any, len(place)+1)
		row[0] = int64(len(t.Rows) + 1)
		for a, v := range attributes {
			if len(v) == 0 {
				v = explicitNull
			}
			row[place[a]] = v
		}
		t.Rows = append(t.Rows, row)
	}
	for i, c := range certs {
		object, trust, err := objectsOf(c)
		if err != nil {
			return nil, fmt.Errorf("certificate %d (%q): %w", i+1, c.Nickname, err)
		}
		add(object)
		if trust != nil {
			add(trust)
		}
	}
	return sqlite.Encode([]sqlite.TableContent{t})
}

var yes, no = []byte{1}, []byte{0}

// ulong is a CK_ULONG as the database has it.
func ulong(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

// objectsOf are the objects of a certificate, as certutil -A makes them. Trust is
// of NSS's own class, which every version reads.
func objectsOf(c *Certificate) (object, trust map[uint32][]byte, err error) {
	parsed, err := pkcs12x.ParseCertificate(c.Raw)
	if err != nil {
		return nil, nil, err
	}
	serial, err := serialOf(c.Raw)
	if err != nil {
		return nil, nil, err
	}
	id := c.ID
	if id == nil {
		id = keyID(parsed.RawSPKI)
	}
	object = map[uint32][]byte{
		attrClass: ulong(classCertificate), attrToken: yes, attrPrivate: no, attrModifiable: yes,
		attrLabel: []byte(c.Nickname), attrType: ulong(0), attrValue: c.Raw,
		attrIssuer: parsed.RawIssuer, attrSerial: serial, attrSubject: parsed.RawSubject, attrID: id,
	}
	if c.Trust == nil {
		return object, nil, nil
	}
	bySHA1, byMD5 := sha1.Sum(c.Raw), md5.Sum(c.Raw) //nolint:gosec // as above
	trust = map[uint32][]byte{
		attrClass: ulong(classNSSTrust), attrToken: yes, attrPrivate: no, attrModifiable: yes,
		attrLabel: nil, attrIssuer: parsed.RawIssuer, attrSerial: serial,
		attrCertSHA1: bySHA1[:], attrCertMD5: byMD5[:], attrStepUp: no,
	}
	for _, p := range purposes {
		level := *p.level(c.Trust)
		if level == Unset {
			level = MustVerify // as certutil has it; a missing attribute is an error to some
		}
		for value, l := range levels(false) {
			if l == level {
				trust[p.nss] = ulong(value)
			}
		}
	}
	return object, trust, nil
}

// serialOf is the serial number of a certificate with its tag, octet for octet:
// some are not in the shortest form, and NSS finds trust by it.
func serialOf(raw []byte) ([]byte, error) {
	in := cryptobyte.String(raw)
	var body, tbs, serial cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&tbs, cbasn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(cbasn1.Tag(0).Constructed().ContextSpecific()) || !tbs.ReadASN1Element(&serial, cbasn1.INTEGER) {
		return nil, damagedf("it has no serial number")
	}
	return bytes.Clone(serial), nil
}

// keyID is how NSS ties a certificate to its key (PK11_MakeIDFromPubKey in
// lib/pk11wrap/pk11cert.c): the SHA-1 of the modulus, the public value or the
// point; what is shorter than that stands by itself.
func keyID(spki []byte) []byte {
	in := cryptobyte.String(spki)
	var body, algorithm, key cryptobyte.String
	var id asn1.ObjectIdentifier
	var bits asn1.BitString
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&id) || !body.ReadASN1BitString(&bits) {
		sum := sha1.Sum(spki) //nolint:gosec // see above
		return sum[:]
	}
	data := bits.Bytes
	inner := cryptobyte.String(data)
	if id.Equal(oidRSA) && !inner.ReadASN1(&inner, cbasn1.SEQUENCE) {
		inner = nil
	}
	if (id.Equal(oidRSA) || id.Equal(oidDSA)) && inner.ReadASN1(&key, cbasn1.INTEGER) {
		data = bytes.TrimLeft(key, "\x00")
	}
	if len(data) <= sha1.Size {
		return slices.Clone(data)
	}
	sum := sha1.Sum(data) //nolint:gosec // see above
	return sum[:]
}
