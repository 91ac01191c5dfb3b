package pkcs12x

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	pkcs7            = below(rsadsi, 1, 7)
	oidData          = below(pkcs7, 1)
	oidSignedData    = below(pkcs7, 2)
	oidEnvelopedData = below(pkcs7, 3)
	oidEncryptedData = below(pkcs7, 6)

	bagTypes        = below(rsadsi, 1, 12, 10, 1)
	oidKeyBag       = below(bagTypes, 1)
	oidShroudedBag  = below(bagTypes, 2)
	oidCertBag      = below(bagTypes, 3)
	oidCRLBag       = below(bagTypes, 4)
	oidSecretBag    = below(bagTypes, 5)
	oidSafeContents = below(bagTypes, 6)

	oidX509Certificate = below(rsadsi, 1, 9, 22, 1)

	explicit0 = cbasn1.Tag(0).ContextSpecific().Constructed()
)

// File is the outside of a PKCS#12 file: what can be seen without a password.
// Its methods do not change it, so a wrong password can be followed by a right
// one.
type File struct {
	// Integrity is nil when the file has no MAC.
	Integrity *Integrity
	// Safes are the parts of the file, in order.
	Safes []Safe
	// Trailing counts octets behind the PFX, which some writers leave there.
	Trailing int
	// Signed tells that a signature stands in place of the MAC (public-key
	// integrity mode); it is not checked.
	Signed bool

	limits  Limits
	mac     *mac
	content []byte // what the MAC is over
	safes   []*safe
	bags    int // counted so far, against Limits.Bags
}

// Safe is one part of a file.
type Safe struct {
	// Protection is nil for a safe in the open.
	Protection *Protection
	// Bags counts what is in it; -1 when that is not known yet.
	Bags int
}

// safe is a Safe with its content.
type safe struct {
	encryption *encryption // nil: in the open
	sealed     []byte
	plain      []byte // of a safe in the open: its contents
	bags       []bag
}

// bag is one SafeBag, taken out of any nesting.
type bag struct {
	id         asn1.ObjectIdentifier
	value      cryptobyte.String
	attributes []Attribute
	nested     bool // came out of a safeContents bag, where the JDK does not look
	first      bool // first of its safe, which the JDK takes for the leaf
	open       bool // stands in a safe in the open
}

// Parse reads the outside of a file. The result keeps data; the caller must not
// change it. Errors: ErrNotPKCS12, ErrDamaged, *LimitError.
func Parse(data []byte, l Limits) (*File, error) {
	if len(data) > l.Size {
		return nil, &LimitError{Limit: "bytes", Asked: int64(len(data)), Max: int64(l.Size)}
	}
	if !Detect(data) {
		return nil, ErrNotPKCS12
	}
	der, used, err := normalize(data, l.Depth)
	if err != nil {
		return nil, err
	}
	f := &File{limits: l, Trailing: len(data) - used}
	in := cryptobyte.String(der)
	var pfx cryptobyte.String
	var version int
	if !in.ReadASN1(&pfx, cbasn1.SEQUENCE) || !pfx.ReadASN1Integer(&version) {
		return nil, ErrNotPKCS12
	}
	if version != 3 {
		return nil, fmt.Errorf("%w: version %d, where only 3 is known", ErrUnsupported, version)
	}
	if err := f.parseAuthSafe(&pfx); err != nil {
		return nil, err
	}
	if !pfx.Empty() {
		f.mac, err = parseMAC(&pfx, l)
		if err != nil {
			return nil, err
		}
		f.Integrity = &f.mac.Integrity
	}
	return f, nil
}

// Detect tells whether data begins as a PFX does: a SEQUENCE, in any form of
// BER, with a small INTEGER and a ContentInfo of a type that a PFX can have.
func Detect(data []byte) bool {
	h, err := readHeaderLoose(data)
	if err != nil || h.identifier[0] != 0x30 {
		return false
	}
	rest := data[h.size:]
	if len(rest) < 3 || rest[0] != 2 || rest[1] != 1 {
		return false
	}
	info, err := readHeaderLoose(rest[3:])
	if err != nil || info.identifier[0] != 0x30 {
		return false
	}
	rest = rest[3+info.size:]
	for _, id := range []asn1.ObjectIdentifier{oidData, oidSignedData} {
		want, err := asn1.Marshal(id)
		if err == nil && len(rest) >= len(want) && slices.Equal(rest[:len(want)], want) {
			return true
		}
	}
	return false
}

// readHeaderLoose reads a header whose content may be cut short, so that a
// truncated file is still known for what it was.
func readHeaderLoose(in []byte) (berHeader, error) {
	h, err := readHeader(in)
	if err != nil && h.size > 0 {
		return h, nil
	}
	return h, err
}

// contentInfo reads a ContentInfo; content is what is inside [0], nil if absent.
func contentInfo(in *cryptobyte.String) (id asn1.ObjectIdentifier, content cryptobyte.String, err error) {
	var info cryptobyte.String
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&id) {
		return nil, nil, fmt.Errorf("%w: a ContentInfo", ErrDamaged)
	}
	if !info.ReadOptionalASN1(&content, nil, explicit0) {
		return nil, nil, fmt.Errorf("%w: the content of a ContentInfo", ErrDamaged)
	}
	return id, content, nil
}

func (f *File) parseAuthSafe(pfx *cryptobyte.String) error {
	id, content, err := contentInfo(pfx)
	if err != nil {
		return err
	}
	if id.Equal(oidSignedData) {
		f.Signed = true
		if content, err = signedContent(content); err != nil {
			return err
		}
	}
	var octets cryptobyte.String
	if !content.ReadASN1(&octets, cbasn1.OCTET_STRING) {
		return fmt.Errorf("%w: no authenticated safe", ErrDamaged)
	}
	f.content = octets
	der, _, err := normalize(octets, f.limits.Depth)
	if err != nil {
		return err
	}
	in := cryptobyte.String(der)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cbasn1.SEQUENCE) {
		return fmt.Errorf("%w: the authenticated safe", ErrDamaged)
	}
	for !list.Empty() {
		s, err := f.parseSafe(&list)
		if err != nil {
			return err
		}
		f.safes = append(f.safes, s)
		seen := Safe{Bags: -1}
		if s.encryption != nil {
			seen.Protection = &s.encryption.Protection
		} else {
			seen.Bags = len(s.bags)
		}
		f.Safes = append(f.Safes, seen)
		if len(f.safes) > f.limits.Bags {
			return &LimitError{Limit: "safes", Asked: -1, Max: int64(f.limits.Bags)}
		}
	}
	return nil
}

// signedContent returns the ContentInfo content inside SignedData (RFC 2315
// section 9.1).
func signedContent(in cryptobyte.String) (cryptobyte.String, error) {
	var signed cryptobyte.String
	if !in.ReadASN1(&signed, cbasn1.SEQUENCE) || !signed.SkipASN1(cbasn1.INTEGER) || !signed.SkipASN1(cbasn1.SET) {
		return nil, fmt.Errorf("%w: the signed part", ErrDamaged)
	}
	_, content, err := contentInfo(&signed)
	return content, err
}

// PublicKeyEncryption is the Name of the [Protection] of a safe that no password
// opens (RFC 7292 section 5.1, public-key privacy mode).
const PublicKeyEncryption = "public-key encryption"

func (f *File) parseSafe(list *cryptobyte.String) (*safe, error) {
	id, content, err := contentInfo(list)
	if err != nil {
		return nil, err
	}
	switch {
	case id.Equal(oidData):
		var octets cryptobyte.String
		if content != nil && !content.ReadASN1(&octets, cbasn1.OCTET_STRING) {
			return nil, fmt.Errorf("%w: a safe in the open", ErrDamaged)
		}
		bags, err := parseBags(octets, f.limits, &f.bags)
		for i := range bags {
			bags[i].open = true
		}
		return &safe{plain: octets, bags: bags}, err
	case id.Equal(oidEncryptedData):
		return f.parseEncryptedData(content)
	case id.Equal(oidEnvelopedData):
		return &safe{encryption: &encryption{Protection: Protection{
			Name:     PublicKeyEncryption,
			Features: []Feature{CipherUnknown},
			Err:      fmt.Errorf("%w: encrypted to a public key, not with a password", ErrUnsupported),
		}}}, nil
	}
	return nil, fmt.Errorf("%w: a safe of type %s", ErrUnsupported, id)
}

// parseEncryptedData reads EncryptedData (RFC 2315 section 13).
func (f *File) parseEncryptedData(in cryptobyte.String) (*safe, error) {
	broken := fmt.Errorf("%w: an encrypted safe", ErrDamaged)
	var data, info cryptobyte.String
	if !in.ReadASN1(&data, cbasn1.SEQUENCE) || !data.SkipASN1(cbasn1.INTEGER) ||
		!data.ReadASN1(&info, cbasn1.SEQUENCE) || !info.SkipASN1(cbasn1.OBJECT_IDENTIFIER) {
		return nil, broken
	}
	a, ok := readAlgorithm(&info)
	if !ok {
		return nil, broken
	}
	e := parseEncryption(a, f.limits)
	s := &safe{encryption: &e}
	if info.Empty() {
		return s, nil
	}
	var sealed cryptobyte.String
	chunked := info.PeekASN1Tag(explicit0) // [0] IMPLICIT OCTET STRING cut into chunks
	if !info.ReadAnyASN1(&sealed, nil) {
		return nil, broken
	}
	if !chunked {
		s.sealed = sealed
		return s, nil
	}
	for !sealed.Empty() {
		var chunk cryptobyte.String
		if !sealed.ReadASN1(&chunk, cbasn1.OCTET_STRING) {
			return nil, broken
		}
		s.sealed = append(s.sealed, chunk...)
	}
	return s, nil
}

// parseBags reads SafeContents, BER or DER, and takes nested ones apart. The
// padding that was already removed may have left nothing: an empty safe.
func parseBags(content []byte, l Limits, count *int) ([]bag, error) {
	if len(content) == 0 {
		return nil, nil
	}
	der, _, err := normalize(content, l.Depth)
	if err != nil {
		return nil, err
	}
	var out []bag
	if err := appendBags(&out, der, l, count, 0); err != nil {
		return nil, err
	}
	if len(out) > 0 {
		out[0].first = true
	}
	return out, nil
}

func appendBags(out *[]bag, content cryptobyte.String, l Limits, count *int, depth int) error {
	if depth > l.Depth {
		return &LimitError{Limit: "nesting of safes", Asked: -1, Max: int64(l.Depth)}
	}
	var list cryptobyte.String
	if !content.ReadASN1(&list, cbasn1.SEQUENCE) {
		return fmt.Errorf("%w: the contents of a safe", ErrDamaged)
	}
	for !list.Empty() {
		if *count++; *count > l.Bags {
			return &LimitError{Limit: "bags", Asked: -1, Max: int64(l.Bags)}
		}
		b, err := readBag(&list)
		if err != nil {
			return err
		}
		if b.id.Equal(oidSafeContents) {
			if err := appendBags(out, b.value, l, count, depth+1); err != nil {
				return err
			}
			continue
		}
		b.nested = depth > 0
		*out = append(*out, b)
	}
	return nil
}

// readBag reads one SafeBag.
func readBag(list *cryptobyte.String) (b bag, err error) {
	b, attributes, err := readBagHead(list)
	if err == nil {
		b.attributes, err = readAttributes(attributes)
	}
	return b, err
}

// readBagHead reads a bag up to its attributes.
func readBagHead(list *cryptobyte.String) (b bag, attributes cryptobyte.String, err error) {
	if !list.ReadASN1(&attributes, cbasn1.SEQUENCE) || !attributes.ReadASN1ObjectIdentifier(&b.id) || !attributes.ReadASN1(&b.value, explicit0) {
		return b, nil, fmt.Errorf("%w: a bag", ErrDamaged)
	}
	return b, attributes, nil
}

// typedValue reads what certificate, CRL and secret bags have inside: a type
// and an explicitly tagged value.
func typedValue(in cryptobyte.String) (id asn1.ObjectIdentifier, value cryptobyte.String, ok bool) {
	var body cryptobyte.String
	ok = in.ReadASN1(&body, cbasn1.SEQUENCE) && body.ReadASN1ObjectIdentifier(&id) && body.ReadASN1(&value, explicit0)
	return id, value, ok
}

// shrouded reads EncryptedPrivateKeyInfo (RFC 5958 section 3).
func shrouded(in cryptobyte.String, l Limits) (e encryption, sealed []byte, err error) {
	broken := fmt.Errorf("%w: an encrypted private key", ErrDamaged)
	var body, octets cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) {
		return e, nil, broken
	}
	a, ok := readAlgorithm(&body)
	if !ok || !body.ReadASN1(&octets, cbasn1.OCTET_STRING) {
		return e, nil, broken
	}
	return parseEncryption(a, l), octets, nil
}

// Features are what a program must know to open the file, as far as it can be
// seen from outside; Store.Features is the whole.
func (f *File) Features() []Feature {
	var set featureSet
	if f.Integrity == nil {
		set.add(NoMAC)
	} else {
		set.add(f.Integrity.Features...)
	}
	for _, s := range f.safes {
		if s.encryption != nil {
			set.add(s.encryption.Features...)
		}
		for _, b := range s.bags {
			set.addBag(b, f.limits)
		}
	}
	return set.list
}

// featureSet keeps the order of first sight.
type featureSet struct{ list []Feature }

func (s *featureSet) add(features ...Feature) {
	for _, f := range features {
		if !slices.Contains(s.list, f) {
			s.list = append(s.list, f)
		}
	}
}

func (s *featureSet) addBag(b bag, l Limits) {
	switch {
	case b.id.Equal(oidKeyBag):
		s.add(PlainKeys)
	case b.id.Equal(oidCertBag) && b.open:
		s.add(PlainCertificates)
	case b.id.Equal(oidShroudedBag):
		if e, _, err := shrouded(b.value, l); err == nil {
			s.add(e.Features...)
		}
	}
}

// limitError returns the *LimitError in err, so that a file which asks for too
// much is refused where an unknown scheme is only skipped.
func limitError(err error) error {
	if l, ok := errors.AsType[*LimitError](err); ok {
		return l
	}
	return nil
}
