package nss

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"muxkey/internal/sqlite"
	"muxkey/pkcs12x"
)

// The tables: objects of cert9.db, objects of key4.db, and what belongs to the
// password, which is in key4.db.
const (
	tablePublic  = "nssPublic"
	tablePrivate = "nssPrivate"
	tableMeta    = "metaData"
)

// The attributes that are read (PKCS#11 version 3.2; those from 0xce534350 are
// of NSS, lib/util/pkcs11n.h).
const (
	attrClass        uint32 = 0x0
	attrLabel        uint32 = 0x3
	attrValue        uint32 = 0x11
	attrType         uint32 = 0x80
	attrIssuer       uint32 = 0x81
	attrSerial       uint32 = 0x82
	attrKeyType      uint32 = 0x100
	attrID           uint32 = 0x102
	attrModulus      uint32 = 0x120
	attrPublicExp    uint32 = 0x122
	attrPrivateExp   uint32 = 0x123
	attrPrime1       uint32 = 0x124
	attrPrime2       uint32 = 0x125
	attrPrime        uint32 = 0x130
	attrSubprime     uint32 = 0x131
	attrBase         uint32 = 0x132
	attrECParams     uint32 = 0x180
	attrECPoint      uint32 = 0x181
	attrParameterSet uint32 = 0x61d
	attrCertHash     uint32 = 0x635
	attrSeed         uint32 = 0x637
	attrKRL          uint32 = 0xce534358
	attrCertSHA1     uint32 = 0xce5363b4
	attrPublicValue  uint32 = 0xd5a0db00 // the public half of keys that do not hold it otherwise
)

// The classes of objects.
const (
	classCertificate uint32 = 1
	classPublicKey   uint32 = 2
	classPrivateKey  uint32 = 3
	classSecretKey   uint32 = 4
	classTrust       uint32 = 0xb // PKCS#11 3.2, since NSS 3.113
	classCRL         uint32 = 0xce534351
	classSMIME       uint32 = 0xce534352
	classNSSTrust    uint32 = 0xce534353
)

// explicitNull stands for an attribute that is there and empty, since SQLite's
// NULL is for those that are not there.
var explicitNull = []byte{0xa5, 0x00, 0x5a}

// object is a row.
type object struct {
	handle     uint32 // without the bits that tell the databases apart
	attributes map[uint32][]byte
}

func (o *object) class() uint32 { return o.number(attrClass) }

// number is an attribute that is a CK_ULONG, which is stored in four octets; 0 when
// it is not there.
func (o *object) number(attribute uint32) uint32 {
	if b := o.attributes[attribute]; len(b) == 4 {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (o *object) label() string {
	return strings.ToValidUTF8(strings.TrimSuffix(string(o.attributes[attrLabel]), "\x00"), "\uFFFD")
}

// Kind says which of the two files a database is.
type Kind string

// The kinds, by the name that NSS gives the file. A prefix may stand before it.
const (
	CertDB Kind = "cert9.db"
	KeyDB  Kind = "key4.db"
)

// Database is the content of one of the two files.
type Database struct {
	Kind Kind

	objects []*object
	meta    map[string][2][]byte
	limits  pkcs12x.Limits
}

// Detect tells a database of NSS by its beginning. Other SQLite databases are
// none.
func Detect(head []byte) (Kind, bool) {
	if !sqlite.Detect(head) {
		return "", false
	}
	// The definitions of the tables are the first thing that is written, so they
	// are at the end of the first page, or close behind it where pages are small.
	head = head[:min(len(head), 128<<10)]
	for table, kind := range map[string]Kind{tablePublic: CertDB, tablePrivate: KeyDB} {
		if bytes.Contains(head, []byte("CREATE TABLE "+table+" (id PRIMARY KEY UNIQUE")) {
			return kind, true
		}
	}
	return "", false
}

// Unfinished tells whether the file with "-journal" behind the name of a database
// holds a change that has to be taken back first.
func Unfinished(journal []byte) bool { return sqlite.Unfinished(journal) }

// ReadDatabase reads one file. The log is the file with "-wal" behind its name,
// or nil. What it returns shares memory with both. Of the limits, Size bounds
// each file and Bags the objects; the others are for the keys, when they are
// opened. Errors: pkcs12x.ErrDamaged, pkcs12x.ErrUnsupported,
// *pkcs12x.LimitError.
func ReadDatabase(data, log []byte, limits pkcs12x.Limits) (*Database, error) {
	for _, b := range [][]byte{data, log} {
		if len(b) > limits.Size {
			return nil, &pkcs12x.LimitError{Limit: "bytes", Asked: int64(len(b)), Max: int64(limits.Size)}
		}
	}
	f, err := sqlite.Open(data, log)
	if err != nil {
		return nil, wrap(err)
	}
	d := &Database{Kind: KeyDB, meta: map[string][2][]byte{}, limits: limits}
	table, ok := f.Table(tablePrivate)
	if !ok {
		d.Kind = CertDB
		if table, ok = f.Table(tablePublic); !ok {
			return nil, damagedf("it has no table of objects")
		}
	}
	if err := d.readObjects(f, table); err != nil {
		return nil, err
	}
	if table, ok := f.Table(tableMeta); ok {
		return d, d.readMeta(f, table)
	}
	return d, nil
}

func (d *Database) readObjects(f *sqlite.File, t sqlite.Table) error {
	columns := make([]uint32, len(t.Columns))
	isAttribute := make([]bool, len(t.Columns))
	for i, name := range t.Columns {
		if digits, ok := strings.CutPrefix(name, "a"); ok {
			n, err := strconv.ParseUint(digits, 16, 32)
			columns[i], isAttribute[i] = uint32(n), err == nil //nolint:gosec // 32 bits
		}
	}
	for row, err := range f.Rows(t) {
		if err != nil {
			return wrap(err)
		}
		if err := d.count(len(d.objects) + 1); err != nil {
			return err
		}
		o := &object{attributes: map[uint32][]byte{}}
		for i, value := range row.Values {
			switch v := value.(type) {
			case int64:
				if t.Columns[i] == "id" {
					o.handle = uint32(v) //nolint:gosec // NSS gives out 30 bits
				}
			case []byte:
				if !isAttribute[i] {
					continue
				}
				if bytes.Equal(v, explicitNull) {
					v = nil
				}
				o.attributes[columns[i]] = v
			}
		}
		d.objects = append(d.objects, o)
	}
	return nil
}

func (d *Database) readMeta(f *sqlite.File, t sqlite.Table) error {
	for row, err := range f.Rows(t) {
		if err != nil {
			return wrap(err)
		}
		if err := d.count(len(d.meta)/16 + 1); err != nil { // a key has up to eight
			return err
		}
		var id string
		var items [][]byte
		for i, value := range row.Values {
			switch v := value.(type) {
			case string:
				if t.Columns[i] == "id" {
					id = v
				}
			case []byte:
				items = append(items, v)
			}
		}
		if len(items) > 0 {
			d.meta[id] = [2][]byte{items[0], items[len(items)-1]}
		}
	}
	return nil
}

func (d *Database) count(n int) error {
	if n > d.limits.Bags {
		return &pkcs12x.LimitError{Limit: "entries", Asked: -1, Max: int64(d.limits.Bags)}
	}
	return nil
}

// damagedError is pkcs12x.ErrDamaged in the words of this format.
type damagedError string

func (e damagedError) Error() string { return string(e) }

// Unwrap makes it pkcs12x.ErrDamaged for errors.Is.
func (e damagedError) Unwrap() error { return pkcs12x.ErrDamaged }

func damagedf(format string, args ...any) error { return damagedError(fmt.Sprintf(format, args...)) }

// wrap gives the errors of the SQLite reader the meaning of those here.
func wrap(err error) error {
	text := err.Error()
	if errors.Is(err, sqlite.ErrDamaged) {
		return damagedError(strings.TrimPrefix(text, sqlite.ErrDamaged.Error()+": "))
	}
	return fmt.Errorf("%w: %s", pkcs12x.ErrUnsupported, text)
}
