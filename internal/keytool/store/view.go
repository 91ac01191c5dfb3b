package store

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// view is what Java makes of the bags of a file (sun.security.pkcs12.PKCS12KeyStore
// of JDK 17 and 25).
type view struct {
	order []string
	list  map[string]*record

	now     func() time.Time
	unnamed int // bags that got a number for a name
	private int // shrouded keys so far
	secret  int // secret keys
	keys    []*record
	// certs are all certificates, in the order of the file.
	certs []*certificate
}

// certificate is one that may belong to a key.
type certificate struct {
	*pkcs12x.Certificate
	trusted bool // an entry of its own, and so no leaf
	name    string
	named   bool
	id      []byte
	self    *bool // it has signed itself; nil when that is not known yet
}

// onlyKey stands for the localKeyID of the one key of a file that has none, and of
// the certificate that stands first.
const onlyKey = "01"

// viewOf makes entries of bags. Safes that stayed closed have none.
func viewOf(safes []pkcs12x.Contents, now func() time.Time) (*view, error) {
	v := &view{now: now, list: map[string]*record{}}
	for _, safe := range safes {
		for i, b := range safe.Bags {
			if err := v.add(b, i == 0); err != nil {
				if safe.Encrypted { // Java says so of all that fails in there
					return nil, wrongPassword("keystore password was incorrect")
				}
				return nil, err
			}
		}
	}
	if err := v.tie(); err != nil {
		return nil, err
	}
	return v, nil
}

// add takes one bag; first tells that it is the first of its safe.
func (v *view) add(b pkcs12x.Bag, first bool) error {
	name, named, err := friendlyName(b.Attributes)
	if err != nil {
		return err
	}
	id, _ := pkcs12x.LocalKeyID(b.Attributes)
	r := &record{id: id, attributes: others(b.Attributes)}
	switch {
	case b.Type.Equal(pkcs12x.OIDShroudedKeyBag):
		v.private++
		r.kind, r.sealed = PrivateKeyEntry, b.Value
		if id == nil && v.private > 1 {
			return nil
		}
		if id == nil {
			r.id = []byte(onlyKey)
		}
		v.keys = append(v.keys, r)
	case b.Type.Equal(pkcs12x.OIDSecretBag):
		sealed, ok := b.Secret()
		if !ok {
			return nil
		}
		v.secret++
		r.kind, r.sealed = SecretKeyEntry, sealed
		if id == nil {
			r.id = []byte("00")
		}
	case b.Type.Equal(pkcs12x.OIDCertBag):
		return v.addCertificate(b, r, first, name, named)
	default:
		return nil
	}
	r.created = v.date(r.id)
	v.put(r, name, named)
	return nil
}

// date reads the date that Java keeps in the localKeyID.
func (v *view) date(id []byte) time.Time {
	if digits, ok := bytes.CutPrefix(id, []byte("Time ")); ok {
		if ms, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			return time.UnixMilli(ms)
		}
	}
	return v.now()
}

// put makes an entry. One of the same name loses its place to it.
func (v *view) put(r *record, name string, named bool) {
	if !named {
		v.unnamed++
		name = strconv.Itoa(v.unnamed)
	}
	r.name = name
	alias := fold(name)
	if v.list[alias] == nil {
		v.order = append(v.order, alias)
	}
	v.list[alias] = r
}

func (v *view) addCertificate(b pkcs12x.Bag, r *record, first bool, name string, named bool) error {
	raw, ok := b.X509()
	if !ok {
		return exception.New(exception.IO, "Unsupported PKCS12 cert value type")
	}
	cert, err := parseCertificate(raw)
	if err != nil {
		return err
	}
	if r.id == nil && v.private == 1 && first {
		r.id = []byte(onlyKey)
	}
	c := &certificate{Certificate: cert, name: name, named: named, id: r.id}
	v.certs = append(v.certs, c)
	for _, a := range b.Attributes {
		if a.ID.Equal(pkcs12x.OIDTrustedKeyUsage) {
			r.usages = []pkcs12x.Attribute{a}
		}
	}
	if r.usages == nil {
		return nil
	}
	c.trusted = true
	cert.Attributes = r.attributes
	r.kind, r.created, r.chain = TrustedCertEntry, v.now(), []*pkcs12x.Certificate{cert}
	v.put(r, name, named)
	return nil
}

const bmpString = asn1.Tag(30)

// friendlyName reads the name of a bag, which Java wants as a BMPString and takes as
// it is: with the NUL at its end that some write.
func friendlyName(list []pkcs12x.Attribute) (name string, ok bool, err error) {
	for _, a := range list {
		if !a.ID.Equal(pkcs12x.OIDFriendlyName) || len(a.Values) == 0 {
			continue
		}
		in := cryptobyte.String(a.Values[0])
		var body cryptobyte.String
		var tag asn1.Tag
		if in.ReadAnyASN1(&body, &tag); tag != bmpString {
			return "", false, exception.New(exception.IO, "Incorrect string type "+strconv.Itoa(int(tag))+" is not "+strconv.Itoa(int(bmpString)))
		}
		units := make([]uint16, len(body)/2)
		for i := range units {
			units[i] = uint16(body[2*i])<<8 | uint16(body[2*i+1])
		}
		name, ok = string(utf16.Decode(units)), true
	}
	return name, ok, nil
}

// parseCertificate reads a certificate as far as a listing needs it.
func parseCertificate(raw []byte) (*pkcs12x.Certificate, error) {
	c, err := pkcs12x.ParseOutline(raw)
	if err != nil {
		return nil, exception.Wrap(exception.Certificate, "Unable to initialize, "+err.Error(), err)
	}
	return c, nil
}

// rfc2253 is Java's form of a name in the safe of certificates.
func rfc2253(raw []byte) string {
	n, err := dname.Decode(raw)
	if err != nil {
		return ""
	}
	return n.RFC2253()
}
