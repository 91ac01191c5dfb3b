//go:build pkcs11 && cgo

package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/miekg/pkcs11"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func openPKCS11() opener {
	return func(ctx context.Context, uri string, opts Options) (*Key, error) {
		return withToken(ctx, uri, opts, 0, (*token).openKey)
	}
}

func createPKCS11() creator {
	return func(ctx context.Context, uri, keyType string, opts Options) (*Key, error) {
		return withToken(ctx, uri, opts, pkcs11.CKF_RW_SESSION, func(t *token, l *locator) (*Key, error) { return t.createKey(l, keyType) })
	}
}

// Of PKCS #11 v3.0, which miekg/pkcs11 has no names for.
const (
	ckkECEdwards           = 0x40
	ckmECEdwardsKeyPairGen = 0x1055
	ckmEdDSA               = 0x1057
)

// defaultModule is p11-kit's proxy, which brings all tokens that the system is
// set up for. The dynamic loader finds it.
const defaultModule = "p11-kit-proxy.so"

// maxObjects bounds how many keys of a token are looked at.
const maxObjects = 1000

// token is a session with a token.
type token struct {
	ctx    context.Context // crypto.Signer has no place for one
	limit  time.Duration
	pin    func() (string, error)
	module string // as in the URI; empty for the default

	// busy is held by whoever talks to the module. A call that was left behind
	// holds it until it returns, so nothing else gets into the same session.
	busy     chan struct{}
	p        *pkcs11.Ctx
	session  pkcs11.SessionHandle
	label    string
	owner    bool // loaded the module, and unloads it
	loggedIn bool // logged in, and logs out
}

// do runs f, which talks to the module.
func (t *token) do(doing string, f func() error) error {
	return await(t.ctx, t.limit, doing, t.busy, func() error { return explain(doing, f()) })
}

// withToken opens the token that uri names and makes a key of it.
func withToken(ctx context.Context, uri string, opts Options, session uint, f func(*token, *locator) (*Key, error)) (_ *Key, err error) {
	l, err := parsePKCS11(uri)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := &token{ctx: ctx, limit: opts.timeout(), module: l.module, busy: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			_ = t.close() // the error that led here says more
		}
	}()
	var info pkcs11.TokenInfo
	if err := t.do("open the token", func() (err error) { info, err = t.open(l, session); return err }); err != nil {
		return nil, err
	}
	if err := t.login(l, info, opts); err != nil {
		return nil, err
	}
	return f(t, l)
}

// open loads the module and begins a session with the one token that fits.
func (t *token) open(l *locator, session uint) (pkcs11.TokenInfo, error) {
	path := l.module
	if path == "" {
		path = defaultModule
	}
	if t.p = pkcs11.New(path); t.p == nil {
		return pkcs11.TokenInfo{}, &ModuleError{path, "it is not there, or is no PKCS#11 library for this machine"}
	}
	switch err := t.p.Initialize(); {
	case err == nil:
		t.owner = true
	case !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED): // by another key of this process
		t.p.Destroy()
		t.p = nil
		return pkcs11.TokenInfo{}, &ModuleError{path, fmt.Sprintf("it cannot start, perhaps for want of its configuration: %v", err)}
	}
	library, err := t.p.GetInfo()
	if err != nil {
		return pkcs11.TokenInfo{}, err
	}
	slots, err := t.p.GetSlotList(true)
	if err != nil {
		return pkcs11.TokenInfo{}, err
	}
	var all, fit []string
	var slot uint
	var found pkcs11.TokenInfo
	for _, id := range slots {
		info, err := t.p.GetTokenInfo(id)
		if err != nil || info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
			continue // gone again, or never set up
		}
		where, err := t.p.GetSlotInfo(id)
		if err != nil {
			continue
		}
		name := fmt.Sprintf("pkcs11:token=%s;serial=%s", escape(trim(info.Label), false), escape(trim(info.SerialNumber), false))
		all = append(all, name)
		if l.slot != nil && *l.slot != id || !l.fits(map[string]string{
			"token": info.Label, "manufacturer": info.ManufacturerID, "serial": info.SerialNumber, "model": info.Model,
			"slot-description": where.SlotDescription, "slot-manufacturer": where.ManufacturerID,
			"library-manufacturer": library.ManufacturerID, "library-description": library.LibraryDescription,
		}) {
			continue
		}
		fit = append(fit, name)
		slot, found = id, info
	}
	switch {
	case len(fit) > 1:
		return pkcs11.TokenInfo{}, &TokenError{path, fit, true}
	case len(fit) == 0:
		return pkcs11.TokenInfo{}, &TokenError{path, all, false}
	}
	t.label = trim(found.Label)
	t.session, err = t.p.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|session)
	return found, err
}

// trim takes the padding off, which is blanks (PKCS #11 section 3.3).
func trim(s string) string { return strings.TrimRight(s, " \x00") }

func (l *locator) fits(have map[string]string) bool {
	for name, want := range l.token {
		if trim(have[name]) != want {
			return false
		}
	}
	return true
}

// login proves to the token who we are, once.
func (t *token) login(l *locator, info pkcs11.TokenInfo, opts Options) error {
	var state uint
	if err := t.do("ask the token for its state", func() error {
		session, err := t.p.GetSessionInfo(t.session)
		state = session.State
		return err
	}); err != nil {
		return err
	}
	in := state == pkcs11.CKS_RO_USER_FUNCTIONS || state == pkcs11.CKS_RW_USER_FUNCTIONS

	var known *string
	t.pin = func() (string, error) {
		if known != nil {
			return *known, nil
		}
		if info.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH != 0 {
			return "", nil // typed on the reader's own keys
		}
		if opts.PIN == nil {
			return "", fmt.Errorf("the token %q: %w", t.label, ErrNoPIN)
		}
		pin, err := opts.PIN(t.ctx, PINRequest{
			Token: t.label, Source: l.pinSource,
			Few:  info.Flags&pkcs11.CKF_USER_PIN_COUNT_LOW != 0,
			Last: info.Flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0,
		})
		if err != nil {
			return "", err
		}
		if pin == "" { // trying it would use up one of few tries
			return "", fmt.Errorf("the token %q: %w", t.label, ErrNoPIN)
		}
		known = &pin
		return pin, nil
	}
	if in || info.Flags&pkcs11.CKF_LOGIN_REQUIRED == 0 {
		return nil
	}
	if info.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0 {
		return &PINError{Token: t.label, Locked: true}
	}
	pin, err := t.pin()
	if err != nil {
		return err
	}
	return t.do("log in to the token", func() error { return t.authenticate(pkcs11.CKU_USER, pin) })
}

// authenticate tries a PIN, and tells of one that is wrong how many tries are left.
func (t *token) authenticate(user uint, pin string) error {
	err := t.p.Login(t.session, user, pin)
	switch {
	case err == nil:
		t.loggedIn = t.loggedIn || user == pkcs11.CKU_USER
		return nil
	case is(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN):
		return nil
	case is(err, pkcs11.CKR_PIN_LOCKED):
		return &PINError{Token: t.label, Locked: true}
	case !is(err, pkcs11.CKR_PIN_INCORRECT), is(err, pkcs11.CKR_PIN_INVALID), is(err, pkcs11.CKR_PIN_LEN_RANGE):
		return err
	}
	wrong := &PINError{Token: t.label}
	if session, err := t.p.GetSessionInfo(t.session); err == nil {
		if info, err := t.p.GetTokenInfo(session.SlotID); err == nil {
			wrong.Locked = info.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0
			wrong.Last = info.Flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0
			wrong.Few = info.Flags&pkcs11.CKF_USER_PIN_COUNT_LOW != 0
		}
	}
	return wrong
}

// close ends the session. A token that does not answer is left behind.
func (t *token) close() error {
	// Also after the end of the context: a session that stays open may be one of few.
	const doing = "close the token"
	return await(context.WithoutCancel(t.ctx), min(t.limit, 2*time.Second), doing, t.busy, func() error {
		if t.p == nil {
			return nil
		}
		var err error
		if t.session != 0 {
			if t.loggedIn {
				err = t.p.Logout(t.session)
			}
			err = errors.Join(err, t.p.CloseSession(t.session))
		}
		if t.owner {
			err = errors.Join(err, t.p.Finalize())
		}
		t.p.Destroy()
		t.p = nil
		return explain(doing, err)
	})
}

// openKey finds the private key, and the public one that belongs to it.
func (t *token) openKey(l *locator) (*Key, error) {
	var key *Key
	err := t.do("look for the key", func() error {
		found, err := t.privateKeys(l.id, l.object)
		if err != nil {
			return err
		}
		switch {
		case len(found) == 1:
			key, err = t.key(found[0])
			return err
		case len(found) > 1:
			return &KeyError{t.label, t.uris(found), true}
		}
		all, err := t.privateKeys(nil, "")
		if err != nil {
			return err
		}
		return &KeyError{t.label, t.uris(all), false}
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// privateKeys finds those with that id and label, where they are given.
func (t *token) privateKeys(id []byte, object string) ([]pkcs11.ObjectHandle, error) {
	return t.objects(pkcs11.CKO_PRIVATE_KEY, id, object)
}

func (t *token) objects(class uint, id []byte, object string) ([]pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}
	if len(id) > 0 {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_ID, id))
	}
	if object != "" {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_LABEL, object))
	}
	if err := t.p.FindObjectsInit(t.session, template); err != nil {
		return nil, err
	}
	found, _, err := t.p.FindObjects(t.session, maxObjects)
	return found, errors.Join(err, t.p.FindObjectsFinal(t.session))
}

func (t *token) uris(keys []pkcs11.ObjectHandle) []string {
	var uris []string
	for _, k := range keys {
		uris = append(uris, t.uri(k))
	}
	return uris
}

func (t *token) uri(key pkcs11.ObjectHandle) string {
	// What a token does not tell is left out.
	id, _ := t.get(key, pkcs11.CKA_ID)
	object, _ := t.get(key, pkcs11.CKA_LABEL)
	return keyURI(t.label, id, string(object), t.module)
}

func (t *token) get(object pkcs11.ObjectHandle, attribute uint) ([]byte, error) {
	// One at a time: a token answers a question for several with an error when it
	// lacks one of them.
	values, err := t.p.GetAttributeValue(t.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(attribute, nil)})
	if err != nil {
		return nil, err
	}
	if len(values) != 1 {
		return nil, pkcs11.Error(pkcs11.CKR_ATTRIBUTE_VALUE_INVALID)
	}
	return values[0].Value, nil
}

// flag reads a CK_BBOOL. What a token does not tell counts as otherwise.
func (t *token) flag(object pkcs11.ObjectHandle, attribute uint, otherwise bool) bool {
	value, err := t.get(object, attribute)
	if err != nil || len(value) == 0 {
		return otherwise
	}
	return value[0] != 0
}

// key makes a Key of a private key's handle.
func (t *token) key(private pkcs11.ObjectHandle) (*Key, error) {
	kind, err := t.get(private, pkcs11.CKA_KEY_TYPE)
	if err != nil {
		return nil, err
	}
	public, err := t.publicKey(private, ulong(kind))
	if err != nil {
		return nil, fmt.Errorf("the public key of %s: %w", t.uri(private), err)
	}
	again := t.flag(private, pkcs11.CKA_ALWAYS_AUTHENTICATE, false)
	return &Key{
		URI:        t.uri(private),
		Exportable: t.flag(private, pkcs11.CKA_EXTRACTABLE, true) || !t.flag(private, pkcs11.CKA_SENSITIVE, false),
		public:     public,
		sign: func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			return t.signWith(private, public, again, digest, opts)
		},
		close: t.close,
	}, nil
}

// publicKey finds the public half: in its own object, which has the same id
// (PKCS #11 section 4.8), in the private key's, or in a certificate.
func (t *token) publicKey(private pkcs11.ObjectHandle, kind uint) (crypto.PublicKey, error) {
	parse, ok := publicKeyParsers()[kind]
	if !ok {
		return nil, fmt.Errorf("a key of type 0x%X: %w", kind, ErrUnsupported)
	}
	id, _ := t.get(private, pkcs11.CKA_ID)
	label, _ := t.get(private, pkcs11.CKA_LABEL)
	places := []pkcs11.ObjectHandle{private}
	if len(id) > 0 || len(label) > 0 {
		object := ""
		if len(id) == 0 {
			object = string(label)
		}
		publics, err := t.objects(pkcs11.CKO_PUBLIC_KEY, id, object)
		if err != nil {
			return nil, err
		}
		places = append(publics, private)
	}
	err := errors.New("the token has none")
	for _, place := range places {
		if k, e := t.get(place, pkcs11.CKA_KEY_TYPE); e != nil || ulong(k) != kind {
			continue
		}
		public, e := parse(func(attribute uint) ([]byte, error) { return t.get(place, attribute) })
		if e == nil {
			return public, nil
		}
		if place != private {
			err = e
		}
	}
	if len(id) > 0 {
		certificates, e := t.objects(pkcs11.CKO_CERTIFICATE, id, "")
		if e != nil {
			return nil, e
		}
		for _, c := range certificates {
			der, e := t.get(c, pkcs11.CKA_VALUE)
			if e != nil {
				continue
			}
			if parsed, e := x509.ParseCertificate(der); e == nil {
				return parsed.PublicKey, nil
			}
		}
	}
	return nil, err
}

func publicKeyParsers() map[uint]func(get func(uint) ([]byte, error)) (crypto.PublicKey, error) {
	return map[uint]func(get func(uint) ([]byte, error)) (crypto.PublicKey, error){
		pkcs11.CKK_RSA: parseRSA, pkcs11.CKK_EC: parseEC, ckkECEdwards: parseEd25519,
	}
}

func parseRSA(get func(uint) ([]byte, error)) (crypto.PublicKey, error) {
	n, err := get(pkcs11.CKA_MODULUS)
	if err != nil {
		return nil, err
	}
	e, err := get(pkcs11.CKA_PUBLIC_EXPONENT)
	if err != nil {
		return nil, err
	}
	exponent := new(big.Int).SetBytes(e)
	if len(n) == 0 || len(n) > 2048 || exponent.BitLen() > 31 || exponent.Bit(0) == 0 {
		return nil, errors.New("its modulus or exponent is out of range")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
}

// curve is a named curve, by the OID that CKA_EC_PARAMS holds.
type curve struct {
	name string
	oid  asn1.ObjectIdentifier
	elliptic.Curve
}

func curves() []curve {
	return []curve{
		{"ec-p256", asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, elliptic.P256()},
		{"ec-p384", asn1.ObjectIdentifier{1, 3, 132, 0, 34}, elliptic.P384()},
		{"ec-p521", asn1.ObjectIdentifier{1, 3, 132, 0, 35}, elliptic.P521()},
	}
}

func (c curve) params() []byte {
	var b cryptobyte.Builder
	b.AddASN1ObjectIdentifier(c.oid)
	return b.BytesOrPanic() // the OIDs above are well formed
}

func parseEC(get func(uint) ([]byte, error)) (crypto.PublicKey, error) {
	params, err := get(pkcs11.CKA_EC_PARAMS)
	if err != nil {
		return nil, err
	}
	point, err := ecPoint(get)
	if err != nil {
		return nil, err
	}
	for _, c := range curves() {
		if bytes.Equal(params, c.params()) {
			return ecdsa.ParseUncompressedPublicKey(c.Curve, point)
		}
	}
	return nil, fmt.Errorf("its curve: %w", ErrUnsupported)
}

func parseEd25519(get func(uint) ([]byte, error)) (crypto.PublicKey, error) {
	point, err := ecPoint(get)
	if err != nil {
		return nil, err
	}
	if len(point) != ed25519.PublicKeySize { // Ed448 has the same key type
		return nil, fmt.Errorf("its curve: %w", ErrUnsupported)
	}
	return ed25519.PublicKey(point), nil
}

// ecPoint reads CKA_EC_POINT, which is an OCTET STRING that holds the point; some
// tokens leave the wrapping out.
func ecPoint(get func(uint) ([]byte, error)) ([]byte, error) {
	raw, err := get(pkcs11.CKA_EC_POINT)
	if err != nil {
		return nil, err
	}
	wrapped := cryptobyte.String(raw)
	var point cryptobyte.String
	if wrapped.ReadASN1(&point, cbasn1.OCTET_STRING) && wrapped.Empty() {
		return point, nil
	}
	return raw, nil
}

// signWith signs. Where again is set the token wants the PIN for each signature
// (PKCS #11 section 4.9, CKA_ALWAYS_AUTHENTICATE), as PIV cards do.
func (t *token) signWith(private pkcs11.ObjectHandle, public crypto.PublicKey, again bool, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	mechanism, data, err := prepare(public, digest, opts)
	if err != nil {
		return nil, err
	}
	pin := ""
	if again {
		if pin, err = t.pin(); err != nil {
			return nil, err
		}
	}
	var signature []byte
	if err := t.do("sign", func() error {
		if t.p == nil {
			return errors.New("the key was closed")
		}
		if err := t.p.SignInit(t.session, []*pkcs11.Mechanism{mechanism}, private); err != nil {
			return err
		}
		if again {
			if err := t.authenticate(pkcs11.CKU_CONTEXT_SPECIFIC, pin); err != nil {
				return err
			}
		}
		signature, err = t.p.Sign(t.session, data)
		return err
	}); err != nil {
		return nil, err
	}
	if public, ok := public.(*ecdsa.PublicKey); ok {
		return ecdsaDER(public, signature)
	}
	return signature, nil
}

// prepare says how the token is to sign, and what.
func prepare(public crypto.PublicKey, digest []byte, opts crypto.SignerOpts) (*pkcs11.Mechanism, []byte, error) {
	h := opts.HashFunc()
	switch public := public.(type) {
	case *rsa.PublicKey:
		hash, ok := hashes()[h]
		if !ok {
			return nil, nil, fmt.Errorf("the hash %v with an RSA key: %w", h, ErrUnsupported)
		}
		pss, ok := opts.(*rsa.PSSOptions)
		if !ok {
			return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), append(bytes.Clone(hash.info), digest...), nil
		}
		salt := pss.SaltLength
		switch salt {
		case rsa.PSSSaltLengthEqualsHash:
			salt = h.Size()
		case rsa.PSSSaltLengthAuto: // as long as it can be: RFC 8017 section 9.1.1
			salt = (public.N.BitLen()-1+7)/8 - 2 - h.Size()
		}
		if salt < 0 {
			return nil, nil, rsa.ErrMessageTooLong
		}
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(hash.mechanism, hash.mgf, uint(salt))), digest, nil
	case *ecdsa.PublicKey:
		// CKM_ECDSA takes no more than the order's length; ECDSA uses the leftmost bits.
		if size := (public.Params().N.BitLen() + 7) / 8; len(digest) > size {
			digest = digest[:size]
		}
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), digest, nil
	case ed25519.PublicKey:
		if h != 0 {
			return nil, nil, fmt.Errorf("Ed25519 of a digest: %w", ErrUnsupported)
		}
		return pkcs11.NewMechanism(ckmEdDSA, nil), digest, nil
	}
	return nil, nil, ErrUnsupported
}

type hash struct {
	info           []byte // what stands before the digest in a DigestInfo: RFC 8017 section 9.2, note 1
	mechanism, mgf uint
}

func hashes() map[crypto.Hash]hash {
	info := func(last, size byte) []byte { // the OIDs are 2.16.840.1.101.3.4.2.last
		return []byte{0x30, 17 + size, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last, 0x05, 0x00, 0x04, size}
	}
	return map[crypto.Hash]hash{
		crypto.SHA256: {info(1, 32), pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
		crypto.SHA384: {info(2, 48), pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
		crypto.SHA512: {info(3, 64), pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
	}
}

// ecdsaDER makes the SEQUENCE of RFC 3279 of the two numbers that a token returns
// one after the other.
func ecdsaDER(public *ecdsa.PublicKey, raw []byte) ([]byte, error) {
	size := (public.Params().N.BitLen() + 7) / 8
	if len(raw) != 2*size {
		return nil, fmt.Errorf("%w: its signature has %d bytes and not %d", ErrDevice, len(raw), 2*size)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[:size]))
		b.AddASN1BigInt(new(big.Int).SetBytes(raw[size:]))
	})
	return b.Bytes()
}

// createKey makes a key pair in the token that stays there.
func (t *token) createKey(l *locator, keyType string) (*Key, error) {
	if l.object == "" {
		return nil, &URIError{"a new key needs a name", "add object=NAME to the URI", nil}
	}
	mechanism, public, err := generation(keyType)
	if err != nil {
		return nil, err
	}
	var key *Key
	err = t.do("make the key", func() error {
		// By label and by id alone: either would make the new one ambiguous.
		same, err := t.privateKeys(nil, l.object)
		if err == nil && len(same) == 0 && len(l.id) > 0 {
			same, err = t.privateKeys(l.id, "")
		}
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return &ExistsError{t.uri(same[0])}
		}
		id := l.id
		if len(id) == 0 {
			if id, err = t.p.GenerateRandom(t.session, 16); err != nil {
				return err
			}
		}
		key, err = t.generate(mechanism, public, id, l.object)
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

func (t *token) generate(mechanism *pkcs11.Mechanism, public []*pkcs11.Attribute, id []byte, object string) (*Key, error) {
	common := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_ID, id),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, object),
	}
	publicHalf, privateHalf, err := t.p.GenerateKeyPair(t.session, []*pkcs11.Mechanism{mechanism},
		append(append(public, common...),
			pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true)),
		append([]*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
			pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
			pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
			pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
			pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, false),
		}, common...))
	if err != nil {
		return nil, err
	}
	key, err := t.key(privateHalf)
	// A token may pass over what a template says, and some did; so what it made is
	// looked at, and the two attributes that remember are asked for too.
	if err == nil && (key.Exportable ||
		!t.flag(privateHalf, pkcs11.CKA_ALWAYS_SENSITIVE, true) || !t.flag(privateHalf, pkcs11.CKA_NEVER_EXTRACTABLE, true)) {
		err = ErrExportable
	}
	if err != nil {
		return nil, errors.Join(err, t.p.DestroyObject(t.session, privateHalf), t.p.DestroyObject(t.session, publicHalf))
	}
	return key, nil
}

// generation is the mechanism that makes a key of a type, and what describes the
// type in the template of the public key.
func generation(keyType string) (*pkcs11.Mechanism, []*pkcs11.Attribute, error) {
	for _, c := range curves() {
		if c.name == keyType {
			return pkcs11.NewMechanism(pkcs11.CKM_EC_KEY_PAIR_GEN, nil),
				[]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, c.params())}, nil
		}
	}
	if bits, ok := map[string]int{"rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096}[keyType]; ok {
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, nil), []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_MODULUS_BITS, bits),
			pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}),
		}, nil
	}
	if keyType == "ed25519" {
		// The curve's name as a PrintableString: PKCS #11 v3.0 section 2.3.10.
		return pkcs11.NewMechanism(ckmECEdwardsKeyPairGen, nil),
			[]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, append([]byte{0x13, 12}, "edwards25519"...))}, nil
	}
	return nil, nil, &KeyTypeError{keyType, KeyTypes()}
}

// ulong reads a CK_ULONG, which has the machine's byte order and size.
func ulong(b []byte) uint {
	switch len(b) {
	case 4:
		return uint(binary.NativeEndian.Uint32(b))
	case 8:
		return uint(binary.NativeEndian.Uint64(b))
	}
	return pkcs11.CK_UNAVAILABLE_INFORMATION
}

func is(err error, code uint) bool {
	e, ok := errors.AsType[pkcs11.Error](err)
	return ok && uint(e) == code
}

// explain makes a DeviceError of what a module returns.
func explain(doing string, err error) error {
	code, ok := errors.AsType[pkcs11.Error](err)
	if !ok {
		return err
	}
	// Its text is "pkcs11: 0x30: CKR_DEVICE_ERROR".
	name := err.Error()
	if i := strings.LastIndex(name, "CKR_"); i >= 0 {
		name = name[i:]
	}
	e := &DeviceError{Doing: doing, Name: name}
	switch code {
	case pkcs11.CKR_MECHANISM_INVALID, pkcs11.CKR_MECHANISM_PARAM_INVALID, pkcs11.CKR_CURVE_NOT_SUPPORTED,
		pkcs11.CKR_DOMAIN_PARAMS_INVALID, pkcs11.CKR_KEY_SIZE_RANGE, pkcs11.CKR_FUNCTION_NOT_SUPPORTED:
		e.Plain, e.Unsupported = "the token cannot do that with keys of this type", true
	case pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED, pkcs11.CKR_KEY_TYPE_INCONSISTENT:
		e.Plain, e.Unsupported = "the key is not meant for signing", true
	case pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_SESSION_HANDLE_INVALID:
		e.Plain = "the token was taken out"
	case pkcs11.CKR_DEVICE_MEMORY:
		e.Plain = "the token is full"
	case pkcs11.CKR_USER_PIN_NOT_INITIALIZED:
		e.Plain = "the token has no PIN yet; its security officer sets one"
	case pkcs11.CKR_PIN_EXPIRED:
		e.Plain = "the PIN has expired"
	case pkcs11.CKR_USER_NOT_LOGGED_IN:
		e.Plain = "the token wants a PIN for that"
	case pkcs11.CKR_TOKEN_WRITE_PROTECTED, pkcs11.CKR_SESSION_READ_ONLY:
		e.Plain = "the token cannot be written to"
	case pkcs11.CKR_FUNCTION_CANCELED:
		e.Plain = "it was cancelled at the token"
	case pkcs11.CKR_SESSION_COUNT:
		e.Plain = "the token takes no more sessions"
	}
	return e
}

// keyURI names a key. id and object may be empty.
func keyURI(token string, id []byte, object, module string) string {
	var parts []string
	for _, a := range []struct{ name, value string }{{"token", token}, {"id", string(id)}, {"object", object}} {
		if a.value != "" {
			parts = append(parts, a.name+"="+escape(a.value, a.name == "id"))
		}
	}
	uri := "pkcs11:" + strings.Join(parts, ";")
	if module != "" {
		uri += "?module-path=" + strings.ReplaceAll(escape(module, false), "%2F", "/")
	}
	return uri
}

// escape percent-encodes all but the unreserved characters, and an id wholly, as
// RFC 7512 section 2.3 recommends.
func escape(s string, all bool) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	for i := range len(s) {
		if !all && strings.IndexByte(unreserved, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
