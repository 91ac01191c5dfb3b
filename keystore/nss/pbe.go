package nss

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // what NSS hashes passwords with
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// What is encrypted, and what is signed, has the form of EncryptedPrivateKeyInfo:
// SEQUENCE { AlgorithmIdentifier, OCTET STRING }. The password of the schemes is
// not that of the user but a hash of it. Package pkcs12x has the same schemes for
// whole keys; here they stand around single numbers, one of them is of NSS alone,
// and another has a twist of NSS, so that little could be shared.

const (
	metaPassword  = "password"
	passwordCheck = "password-check"
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBMAC1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	// oidOld is pbeWithSHA1AndTripleDES-CBC of a draft of PKCS#12, with a
	// derivation that no standard has kept.
	oidOld = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 5, 1, 3}
)

// digest is a hash for PBKDF2 and for signatures, by the OID of its HMAC.
type digest struct {
	id     asn1.ObjectIdentifier
	name   string
	new    func() hash.Hash
	size   int
	weight int // cost of a call against SHA-256
}

var digests = []digest{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}, "SHA1", sha1.New, sha1.Size, 1},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, "SHA256", sha256.New, sha256.Size, 1},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}, "SHA384", sha512.New384, sha512.Size384, 4},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, "SHA512", sha512.New, sha512.Size, 4},
}

func digestBy(id asn1.ObjectIdentifier) (digest, error) {
	for _, d := range digests {
		if d.id.Equal(id) {
			return d, nil
		}
	}
	return digest{}, fmt.Errorf("%w: algorithm %s", pkcs12x.ErrUnsupported, id)
}

// ciphers of PBES2; NSS has written the last one only.
var ciphers = []struct {
	id   asn1.ObjectIdentifier
	name string
	key  int
	new  func([]byte) (cipher.Block, error)
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, "3DES-CBC", 24, des.NewTripleDESCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, "AES-128-CBC", 16, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, "AES-192-CBC", 24, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, "AES-256-CBC", 32, aes.NewCipher},
}

// sealed is an encrypted or signed value, taken apart.
type sealed struct {
	name       string // of the cipher
	old        bool   // oidOld, else PBKDF2
	prf        digest
	salt       []byte
	iterations int
	length     int // of the derived key
	newBlock   func([]byte) (cipher.Block, error)
	iv         []byte
	mac        digest // of a signature
	body       []byte // ciphertext or MAC
}

func parseSealed(der []byte) (*sealed, error) {
	in := cryptobyte.String(der)
	var outer, algorithm, params, body cryptobyte.String
	var id asn1.ObjectIdentifier
	if !in.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) ||
		!outer.ReadASN1(&body, cbasn1.OCTET_STRING) {
		return nil, damagedf("an encrypted value of an unknown form")
	}
	s := &sealed{body: body}
	if !algorithm.ReadASN1(&params, cbasn1.SEQUENCE) {
		return nil, damagedf("an encrypted value without parameters")
	}
	switch {
	case id.Equal(oidOld):
		s.name, s.old, s.newBlock, s.length = "PBE-SHA1-3DES (NSS)", true, des.NewTripleDESCipher, 24
		s.prf = digests[0]
		return s, s.readSaltAndCount(&params)
	case id.Equal(oidPBES2):
		return s, s.readPBES2(&params)
	case id.Equal(oidPBMAC1):
		return s, s.readPBMAC1(&params)
	}
	return nil, fmt.Errorf("%w: encryption with %s", pkcs12x.ErrUnsupported, id)
}

func (s *sealed) readSaltAndCount(params *cryptobyte.String) error {
	var salt, count cryptobyte.String
	if !params.ReadASN1(&salt, cbasn1.OCTET_STRING) || !params.ReadASN1(&count, cbasn1.INTEGER) || len(count) == 0 || count[0]&0x80 != 0 {
		return damagedf("an encrypted value without salt or iterations")
	}
	s.salt = salt
	count = bytes.TrimLeft(count, "\x00")
	if len(count) > 4 {
		return &pkcs12x.LimitError{Limit: "iterations", Asked: -1, Max: int64(pkcs12x.DefaultLimits().Iterations)}
	}
	for _, b := range count {
		s.iterations = s.iterations<<8 | int(b)
	}
	if s.iterations == 0 {
		return damagedf("an encrypted value with no iterations")
	}
	return nil
}

// readKDF reads PBKDF2-params (RFC 8018 appendix A.2).
func (s *sealed) readKDF(params *cryptobyte.String) error {
	var kdf, body, prf cryptobyte.String
	var id asn1.ObjectIdentifier
	if !params.ReadASN1(&kdf, cbasn1.SEQUENCE) || !kdf.ReadASN1ObjectIdentifier(&id) || !kdf.ReadASN1(&body, cbasn1.SEQUENCE) {
		return damagedf("an encrypted value without a key derivation")
	}
	if !id.Equal(oidPBKDF2) {
		return fmt.Errorf("%w: key derivation %s", pkcs12x.ErrUnsupported, id)
	}
	if err := s.readSaltAndCount(&body); err != nil {
		return err
	}
	if body.PeekASN1Tag(cbasn1.INTEGER) && (!body.ReadASN1Integer(&s.length) || s.length < 1 || s.length > 64) {
		return damagedf("a derived key of an impossible length")
	}
	s.prf = digests[0]
	if body.Empty() {
		return nil
	}
	if !body.ReadASN1(&prf, cbasn1.SEQUENCE) || !prf.ReadASN1ObjectIdentifier(&id) {
		return damagedf("an encrypted value without a pseudo-random function")
	}
	var err error
	s.prf, err = digestBy(id)
	return err
}

func (s *sealed) readPBES2(params *cryptobyte.String) error {
	if err := s.readKDF(params); err != nil {
		return err
	}
	var scheme, iv cryptobyte.String
	var id asn1.ObjectIdentifier
	if !params.ReadASN1(&scheme, cbasn1.SEQUENCE) || !scheme.ReadASN1ObjectIdentifier(&id) {
		return damagedf("an encrypted value without a cipher")
	}
	for _, c := range ciphers {
		if !c.id.Equal(id) {
			continue
		}
		s.name, s.newBlock = "PBES2 "+c.name, c.new
		if s.length == 0 {
			s.length = c.key
		}
		whole := scheme
		if !scheme.ReadASN1(&iv, cbasn1.OCTET_STRING) || s.length != c.key {
			return damagedf("parameters of %s", s.name)
		}
		// NSS takes the IV with its tag and length, of which it has made up 14
		// octets only, so that the whole fills a block of AES
		// (nsspkcs5_SetIVParam in lowpbe.c).
		if s.iv = iv; len(iv) == 14 {
			s.iv = whole
		}
		return nil
	}
	return fmt.Errorf("%w: encryption with %s", pkcs12x.ErrUnsupported, id)
}

func (s *sealed) readPBMAC1(params *cryptobyte.String) error {
	if err := s.readKDF(params); err != nil {
		return err
	}
	var scheme cryptobyte.String
	var id asn1.ObjectIdentifier
	if !params.ReadASN1(&scheme, cbasn1.SEQUENCE) || !scheme.ReadASN1ObjectIdentifier(&id) {
		return damagedf("a signature without a MAC")
	}
	var err error
	s.mac, err = digestBy(id)
	if err == nil && s.length == 0 {
		s.length = s.mac.size
	}
	return err
}

// kdfName is the derivation in the words of reports.
func (s *sealed) kdfName() string {
	if s.old {
		return "PBKDF1-SHA1 (NSS)"
	}
	return "PBKDF2-HMAC-" + s.prf.name
}

// check holds a derivation against the limits; work is its cost in calls of
// SHA-256.
func (s *sealed) check(l pkcs12x.Limits) (work int, err error) {
	if s.iterations > l.Iterations {
		return 0, &pkcs12x.LimitError{Limit: "iterations", Asked: int64(s.iterations), Max: int64(l.Iterations)}
	}
	work = s.iterations
	if !s.old {
		work *= 2 * s.prf.weight * ((s.length + s.prf.size - 1) / s.prf.size)
	}
	if work > l.Work/2 {
		return 0, &pkcs12x.LimitError{Limit: "hash calls", Asked: int64(work), Max: int64(l.Work / 2)}
	}
	return work, nil
}

// derive gives the key and, in the old scheme, the IV.
func (f *File) derive(ctx context.Context, s *sealed, secret []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	work, err := s.check(f.limits)
	if err != nil {
		return nil, err
	}
	if spent := f.work.Add(int64(work)); spent > int64(f.limits.Work) {
		return nil, &pkcs12x.LimitError{Limit: "hash calls", Asked: spent, Max: int64(f.limits.Work)}
	}
	if !s.old {
		return pbkdf2.Key(s.prf.new, string(secret), s.salt, s.iterations, s.length)
	}
	key := deriveOld(secret, s.salt, s.iterations)
	s.iv = key[len(key)-des.BlockSize:]
	return key[:s.length], nil
}

// deriveOld is PBKDF1 with an extension in the manner of P_hash of TLS 1.0
// (nsspkcs5_PBKDF1Extended and nsspkcs5_PFXPBE in lowpbe.c).
func deriveOld(secret, salt []byte, iterations int) []byte {
	state := append(bytes.Clone(secret), salt...)
	for range iterations {
		sum := sha1.Sum(state) //nolint:gosec // see above
		state = sum[:]
	}
	mac := func(parts ...[]byte) []byte {
		h := hmac.New(sha1.New, state)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	block := make([]byte, max(sha1.Size, len(salt)))
	copy(block, salt)
	var out []byte
	for len(out) < 32 {
		out = append(out, mac(block, salt)...)
		block = mac(block)
	}
	return out
}

// errPadding marks a plaintext that cannot be what was encrypted.
var errPadding = errors.New("bad padding")

// unseal decrypts a value.
func (f *File) unseal(ctx context.Context, s *sealed, secret []byte) ([]byte, error) {
	if s.newBlock == nil {
		return nil, damagedf("a signature in place of an encrypted value")
	}
	key, err := f.derive(ctx, s, secret)
	if err != nil {
		return nil, err
	}
	block, err := s.newBlock(key)
	if err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(s.body) == 0 || len(s.body)%size != 0 || len(s.iv) != size {
		return nil, damagedf("an encrypted value of %d octets", len(s.body))
	}
	out := make([]byte, len(s.body))
	cipher.NewCBCDecrypter(block, s.iv).CryptBlocks(out, s.body)
	pad := int(out[len(out)-1])
	if pad == 0 || pad > size || !bytes.Equal(out[len(out)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errPadding
	}
	return out[:len(out)-pad], nil
}

// Login checks the master password and keeps what comes of it. Errors:
// pkcs12x.ErrPassword; pkcs12x.ErrLocked when no password was ever set, so that
// there is nothing to check; pkcs12x.ErrUnsupported, pkcs12x.ErrDamaged,
// *pkcs12x.LimitError.
func (f *File) Login(ctx context.Context, password string) error {
	entry, ok := f.meta[metaPassword]
	if !ok {
		return fmt.Errorf("%w: the database has no password", pkcs12x.ErrLocked)
	}
	secret := hashPassword(entry[0], password)
	check, err := parseSealed(entry[1])
	if err != nil {
		return err
	}
	plain, err := f.unseal(ctx, check, secret)
	switch {
	case errors.Is(err, errPadding), err == nil && string(plain) != passwordCheck:
		return pkcs12x.ErrPassword
	case err != nil:
		return err
	}
	f.key = secret
	return nil
}

// hashPassword is what the schemes take for a password: SHA-1, or in FIPS builds
// SHA-384, over a salt that is the same for all of a database.
func hashPassword(salt []byte, password string) []byte {
	h := sha1.New() //nolint:gosec // see above
	if len(salt) == sha512.Size384 {
		h = sha512.New384()
	}
	h.Write(salt)
	h.Write([]byte(password))
	return h.Sum(nil)
}

// Integrity says how the password is checked and the attributes are signed; nil
// when there is no password.
func (f *File) Integrity() *pkcs12x.Integrity {
	entry, ok := f.meta[metaPassword]
	if !ok {
		return nil
	}
	out := &pkcs12x.Integrity{Name: "PBMAC1 over each attribute (NSS)"}
	s, err := parseSealed(entry[1])
	if err != nil {
		out.Err = err
		return out
	}
	out.KDF, out.Iterations = s.kdfName(), s.iterations
	_, out.Err = s.check(f.limits)
	return out
}

// verify checks the signature of one attribute. It stands under the handle of the
// object; what it is over has the handle in it for what stands in the open, and
// zero for what is encrypted (sftkdb_pbehash, sftkdb_EncryptAttribute).
func (f *File) verify(ctx context.Context, of string, handle, signed, attribute uint32, value []byte) error {
	entry, ok := f.meta[fmt.Sprintf("sig_%s_%08x_%08x", of, handle, attribute)]
	switch {
	case f.key == nil:
		return pkcs12x.ErrLocked
	case !ok:
		return damagedf("it is missing")
	}
	s, err := parseSealed(entry[0])
	if err != nil {
		return err
	}
	if s.mac.new == nil {
		return damagedf("it is no signature")
	}
	key, err := f.derive(ctx, s, f.key)
	if err != nil {
		return err
	}
	h := hmac.New(s.mac.new, key)
	h.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, signed), attribute))
	h.Write(value)
	if !hmac.Equal(h.Sum(nil), s.body) {
		return damagedf("it is wrong")
	}
	return nil
}
