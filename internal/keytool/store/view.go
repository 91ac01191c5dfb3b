package store

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// view is what Java makes of the bags of a file (sun.security.pkcs12.PKCS12KeyStore
// of JDK 17 and 25).
type view struct {
	order  []string
	list   map[string]*record
	hidden []hiddenBag

	now     func() time.Time
	unnamed int // bags that got a number for a name
	private int // shrouded keys so far
	keys    []*record
	// certs are all certificates, in the order of the file.
	certs []*certificate
}

// certificate is one that may belong to a key.
type certificate struct {
	*pkcs12x.Certificate
	bag     hiddenBag
	trusted bool // an entry of its own, and so no leaf
	used    bool
	name    string
	named   bool
	id      []byte
}

// onlyKey stands for the localKeyID of the one key of a file that has none, and of
// the certificate that stands first.
const onlyKey = "01"

// viewOf makes entries of bags. Safes that stayed closed have none.
func viewOf(safes []pkcs12x.Contents, now func() time.Time) (*view, error) {
	v := &view{now: now, list: map[string]*record{}}
	for _, safe := range safes {
		for i, b := range safe.Bags {
			if err := v.add(hiddenBag{b, !safe.Encrypted}, i == 0); err != nil {
				if safe.Encrypted { // Java says so of all that fails in there
					return nil, wrongPassword("keystore password was incorrect")
				}
				return nil, err
			}
		}
	}
	for _, k := range v.keys {
		if leaf := v.leaf(k); leaf != nil {
			k.chain = v.chain(leaf)
		}
	}
	for _, c := range v.certs {
		if !c.trusted && !c.used {
			v.hidden = append(v.hidden, c.bag)
		}
	}
	return v, nil
}

// add takes one bag; first tells that it is the first of its safe.
func (v *view) add(b hiddenBag, first bool) error {
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
			v.hidden = append(v.hidden, b)
			return nil
		}
		if id == nil {
			r.id = []byte(onlyKey)
		}
		v.keys = append(v.keys, r)
	case b.Type.Equal(pkcs12x.OIDSecretBag):
		sealed, ok := b.Secret()
		if !ok {
			v.hidden = append(v.hidden, b)
			return nil
		}
		r.kind, r.sealed = SecretKeyEntry, sealed
		if id == nil {
			r.id = []byte("00")
		}
	case b.Type.Equal(pkcs12x.OIDCertBag):
		return v.addCertificate(b, r, first, name, named)
	default:
		v.hidden = append(v.hidden, b)
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

func (v *view) addCertificate(b hiddenBag, r *record, first bool, name string, named bool) error {
	raw, ok := b.X509()
	if !ok {
		v.hidden = append(v.hidden, b)
		return nil
	}
	cert, err := parseCertificate(raw)
	if err != nil {
		return err
	}
	if r.id == nil && v.private == 1 && first {
		r.id = []byte(onlyKey)
	}
	c := &certificate{Certificate: cert, bag: b, name: name, named: named, id: r.id}
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

// leaf finds the certificate of a key: that with its localKeyID and name, else the
// last with its localKeyID, else the last with its name.
func (v *view) leaf(k *record) *certificate {
	var byID, byName *certificate
	for _, c := range v.certs {
		if c.trusted {
			continue
		}
		same := c.named && strings.EqualFold(c.name, k.name)
		switch {
		case k.id != nil && c.id != nil && bytes.Equal(k.id, c.id):
			if same {
				return c
			}
			byID = c
		case same:
			byName = c
		}
	}
	if byID != nil {
		return byID
	}
	return byName
}

// chain follows the issuers up to a certificate that has signed itself, or as far
// as they are there.
func (v *view) chain(leaf *certificate) (out []*pkcs12x.Certificate) {
	for c := leaf; c != nil; c = v.issuer(c.Certificate) {
		if slices.ContainsFunc(out, func(have *pkcs12x.Certificate) bool { return bytes.Equal(have.Raw, c.Raw) }) {
			break
		}
		c.used = true
		out = append(out, c.Certificate)
		if selfSigned(c.Certificate) {
			break
		}
	}
	return out
}

// issuer finds the issuer by name: the first whose key identifier is the one
// wanted, else the last that has none; without one that is wanted, the first.
func (v *view) issuer(child *pkcs12x.Certificate) *certificate {
	var without *certificate
	for _, c := range v.certs {
		switch {
		case !bytes.Equal(c.RawSubject, child.RawIssuer) && !dname.Same(c.RawSubject, child.RawIssuer):
		case child.AuthorityKeyID == nil, c.SubjectKeyID != nil && bytes.Equal(c.SubjectKeyID, child.AuthorityKeyID):
			return c
		case c.SubjectKeyID == nil:
			without = c
		}
	}
	return without
}

// selfSigned tells whether a certificate is its own issuer. Of a signature that
// crypto/x509 cannot check the names decide.
func selfSigned(c *pkcs12x.Certificate) bool {
	if !bytes.Equal(c.RawIssuer, c.RawSubject) && !dname.Same(c.RawIssuer, c.RawSubject) {
		return false
	}
	parsed, err := x509.ParseCertificate(c.Raw)
	if err != nil {
		return true
	}
	err = parsed.CheckSignature(parsed.SignatureAlgorithm, parsed.RawTBSCertificate, parsed.Signature)
	_, insecure := errors.AsType[x509.InsecureAlgorithmError](err)
	return err == nil || insecure || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}

// friendlyName reads the name of a bag, which Java wants as a BMPString.
func friendlyName(list []pkcs12x.Attribute) (name string, ok bool, err error) {
	for _, a := range list {
		if !a.ID.Equal(pkcs12x.OIDFriendlyName) || len(a.Values) == 0 {
			continue
		}
		if tag := a.Values[0][0]; tag != 0x1e {
			return "", false, exception.New(exception.IO, "DER input not a BMP string, tag = "+strconv.Itoa(int(tag)))
		}
		name, ok = pkcs12x.FriendlyName([]pkcs12x.Attribute{a})
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
