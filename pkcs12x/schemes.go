package pkcs12x

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rc4"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// decryptor undoes one encryption, given the derived key and, where the scheme
// derives it too, the IV.
type decryptor func(key, iv, data []byte) ([]byte, error)

// encryption is a parsed AlgorithmIdentifier of an encryption scheme.
type encryption struct {
	Protection
	// keys are the derivations to run: the key and, for the schemes of PKCS#12
	// and PBKDF1, the IV (length 0 where there is none).
	key, iv kdf
	decrypt decryptor
}

// errPadding marks plaintext that cannot be what was encrypted.
var errPadding = errors.New("bad padding")

func cbc(newBlock func(key []byte) (cipher.Block, error)) decryptor {
	return func(key, iv, data []byte) ([]byte, error) {
		b, err := newBlock(key)
		if err != nil {
			return nil, err
		}
		size := b.BlockSize()
		if len(data) == 0 || len(data)%size != 0 || len(iv) != size {
			return nil, errPadding
		}
		out := make([]byte, len(data))
		cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, data)
		pad := int(out[len(out)-1])
		if pad == 0 || pad > size {
			return nil, errPadding
		}
		for _, b := range out[len(out)-pad:] {
			if int(b) != pad {
				return nil, errPadding
			}
		}
		return out[:len(out)-pad], nil
	}
}

func rc4Stream(key, _, data []byte) ([]byte, error) {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out, nil
}

func tripleDES(key []byte) (cipher.Block, error) {
	if len(key) == 16 { // two keys: the first serves again as the third
		key = append(key[:16:16], key[:8]...)
	}
	return des.NewTripleDESCipher(key)
}

func rc2Effective(bits int) func(key []byte) (cipher.Block, error) {
	return func(key []byte) (cipher.Block, error) { return newRC2(key, bits), nil }
}

// passwordScheme is a scheme whose parameters are salt and iterations alone:
// those of RFC 7292 appendix C, of RFC 8018 PBES1 (key and IV are the halves of
// one derivation there), and those that Bouncy Castle made up.
type passwordScheme struct {
	id      asn1.ObjectIdentifier
	name    string
	kind    kdfKind
	hash    string
	key, iv int
	decrypt decryptor
	feature Feature
}

var (
	pkcs12PBE  = below(rsadsi, 1, 12, 1)
	pkcs5      = below(rsadsi, 1, 5)
	bouncy     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 22554, 1}
	oidPBES2   = below(pkcs5, 13)
	oidPBKDF2  = below(pkcs5, 12)
	oidPBMAC1  = below(pkcs5, 14)
	oidScrypt  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	nistAES    = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1}
	camelliaID = asn1.ObjectIdentifier{1, 2, 392, 200011, 61, 1, 1, 1}
)

var passwordSchemes = []passwordScheme{
	{below(pkcs12PBE, 1), "PBE-SHA1-RC4-128", kdfPKCS12, "SHA1", 16, 0, rc4Stream, CipherSHA1RC4x128},
	{below(pkcs12PBE, 2), "PBE-SHA1-RC4-40", kdfPKCS12, "SHA1", 5, 0, rc4Stream, CipherSHA1RC4x40},
	{below(pkcs12PBE, 3), "PBE-SHA1-3DES", kdfPKCS12, "SHA1", 24, 8, cbc(tripleDES), CipherSHA1TripleDES},
	{below(pkcs12PBE, 4), "PBE-SHA1-2DES", kdfPKCS12, "SHA1", 16, 8, cbc(tripleDES), CipherSHA1TwoKeyDES},
	{below(pkcs12PBE, 5), "PBE-SHA1-RC2-128", kdfPKCS12, "SHA1", 16, 8, cbc(rc2Effective(128)), CipherSHA1RC2x128},
	{below(pkcs12PBE, 6), "PBE-SHA1-RC2-40", kdfPKCS12, "SHA1", 5, 8, cbc(rc2Effective(40)), CipherSHA1RC2x40},
	{below(pkcs5, 3), "PBES1 MD5-DES", kdfPBKDF1, "MD5", 8, 8, cbc(des.NewCipher), CipherPBES1},
	{below(pkcs5, 6), "PBES1 MD5-RC2", kdfPBKDF1, "MD5", 8, 8, cbc(rc2Effective(64)), CipherPBES1},
	{below(pkcs5, 10), "PBES1 SHA1-DES", kdfPBKDF1, "SHA1", 8, 8, cbc(des.NewCipher), CipherPBES1},
	{below(pkcs5, 11), "PBES1 SHA1-RC2", kdfPBKDF1, "SHA1", 8, 8, cbc(rc2Effective(64)), CipherPBES1},
	{below(bouncy, 1, 2, 1, 2), "PBE-SHA1-AES-128 (Bouncy Castle)", kdfPKCS12, "SHA1", 16, 16, cbc(aes.NewCipher), CipherUnknown},
	{below(bouncy, 1, 2, 1, 22), "PBE-SHA1-AES-192 (Bouncy Castle)", kdfPKCS12, "SHA1", 24, 16, cbc(aes.NewCipher), CipherUnknown},
	{below(bouncy, 1, 2, 1, 42), "PBE-SHA1-AES-256 (Bouncy Castle)", kdfPKCS12, "SHA1", 32, 16, cbc(aes.NewCipher), CipherUnknown},
	{below(bouncy, 2, 1, 2, 1, 2), "PBE-SHA256-AES-128 (Bouncy Castle)", kdfPKCS12, "SHA256", 16, 16, cbc(aes.NewCipher), CipherUnknown},
	{below(bouncy, 2, 1, 2, 1, 22), "PBE-SHA256-AES-192 (Bouncy Castle)", kdfPKCS12, "SHA256", 24, 16, cbc(aes.NewCipher), CipherUnknown},
	{below(bouncy, 2, 1, 2, 1, 42), "PBE-SHA256-AES-256 (Bouncy Castle)", kdfPKCS12, "SHA256", 32, 16, cbc(aes.NewCipher), CipherUnknown},
}

// blockScheme is a cipher for PBES2 whose parameter is the IV.
type blockScheme struct {
	id      asn1.ObjectIdentifier
	name    string
	key     int
	decrypt decryptor
	feature Feature
}

var blockSchemes = []blockScheme{
	{below(nistAES, 2), "AES-128-CBC", 16, cbc(aes.NewCipher), CipherAES128},
	{below(nistAES, 22), "AES-192-CBC", 24, cbc(aes.NewCipher), CipherAES192},
	{below(nistAES, 42), "AES-256-CBC", 32, cbc(aes.NewCipher), CipherAES256},
	{below(rsadsi, 3, 7), "3DES-CBC", 24, cbc(tripleDES), CipherPBES2TripleDES},
	{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 7}, "DES-CBC", 8, cbc(des.NewCipher), CipherPBES2Legacy},
	{below(camelliaID, 2), "Camellia-128-CBC", 16, cbc(newCamellia), CipherCamellia},
	{below(camelliaID, 3), "Camellia-192-CBC", 24, cbc(newCamellia), CipherCamellia},
	{below(camelliaID, 4), "Camellia-256-CBC", 32, cbc(newCamellia), CipherCamellia},
}

// gcmScheme takes nonce and tag length as parameters (RFC 5084).
var gcmSchemes = []blockScheme{
	{below(nistAES, 6), "AES-128-GCM", 16, nil, CipherAESGCM},
	{below(nistAES, 26), "AES-192-GCM", 24, nil, CipherAESGCM},
	{below(nistAES, 46), "AES-256-GCM", 32, nil, CipherAESGCM},
}

var oidRC2CBC = below(rsadsi, 3, 2)

// algorithm is an AlgorithmIdentifier; params is raw DER, nil when absent.
type algorithm struct {
	id     asn1.ObjectIdentifier
	params []byte
}

func readAlgorithm(in *cryptobyte.String) (algorithm, bool) {
	var (
		a    algorithm
		body cryptobyte.String
	)
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&a.id) {
		return a, false
	}
	if !body.Empty() {
		a.params = body
	}
	return a, true
}

// parseEncryption reads the scheme of a safe or a key. What it cannot undo gets
// Protection.Err, so that the rest of the store is still there to see.
func parseEncryption(a algorithm, l Limits) encryption {
	var e encryption
	var err error
	if a.id.Equal(oidPBES2) {
		e, err = parsePBES2(a)
	} else {
		e, err = parsePasswordScheme(a)
	}
	if err == nil {
		err = e.key.check(l)
	}
	e.KDF, e.Iterations, e.Err = e.key.name(), e.key.iterations, err
	if e.Name == "" {
		e.Name, e.KDF = algorithmName(a.id), ""
		e.Features = []Feature{CipherUnknown}
	}
	if e.Iterations > 5_000_000 && e.key.kind != kdfScrypt {
		e.Features = append(e.Features, IterationsOver5Million)
	}
	return e
}

func parsePasswordScheme(a algorithm) (encryption, error) {
	var e encryption
	for _, s := range passwordSchemes {
		if !s.id.Equal(a.id) {
			continue
		}
		e.Name, e.Features, e.decrypt = s.name, []Feature{s.feature}, s.decrypt
		params, body := cryptobyte.String(a.params), cryptobyte.String(nil)
		var salt cryptobyte.String
		k := kdf{kind: s.kind, hash: s.hash, length: s.key}
		if !params.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&salt, cbasn1.OCTET_STRING) {
			return e, fmt.Errorf("%w: parameters of %s", ErrDamaged, s.name)
		}
		n, err := readCount(&body)
		if err != nil {
			e.key = k
			return e, fmt.Errorf("%s: %w", s.name, err)
		}
		k.salt, k.iterations = string(salt), n
		if s.kind == kdfPBKDF1 {
			k.length = s.key + s.iv
			e.key = k
			halves := s.decrypt
			e.decrypt = func(key, _, data []byte) ([]byte, error) { return halves(key[:s.key], key[s.key:], data) }
			return e, nil
		}
		e.key, e.iv = k, k
		e.key.purpose, e.iv.purpose, e.iv.length = purposeKey, purposeIV, s.iv
		return e, nil
	}
	return e, fmt.Errorf("%w: encryption with %s", ErrUnsupported, algorithmName(a.id))
}

// algorithmName names what files have been seen to use and this package cannot
// undo; the rest goes by its identifier.
func algorithmName(id asn1.ObjectIdentifier) string {
	for _, known := range []struct {
		name string
		id   asn1.ObjectIdentifier
	}{
		{"PBES1 MD2-DES", below(pkcs5, 1)},
		{"PBES1 MD2-RC2", below(pkcs5, 4)},
		{"AES-128-ECB", below(nistAES, 1)},
		{"AES-192-ECB", below(nistAES, 21)},
		{"AES-256-ECB", below(nistAES, 41)},
		{"RC5-CBC", below(rsadsi, 3, 9)},
		{"CAST5-CBC", asn1.ObjectIdentifier{1, 2, 840, 113533, 7, 66, 10}},
		{"IDEA-CBC", asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 188, 7, 1, 1, 2}},
		{"Blowfish-CBC", asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 3029, 1, 2}},
		{"SEED-CBC", asn1.ObjectIdentifier{1, 2, 410, 200004, 1, 4}},
		{"ARIA-128-CBC", asn1.ObjectIdentifier{1, 2, 410, 200046, 1, 1, 2}},
		{"ARIA-192-CBC", asn1.ObjectIdentifier{1, 2, 410, 200046, 1, 1, 7}},
		{"ARIA-256-CBC", asn1.ObjectIdentifier{1, 2, 410, 200046, 1, 1, 12}},
		{"SM4-CBC", asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 104, 2}},
		{"GOST 28147-89", asn1.ObjectIdentifier{1, 2, 643, 2, 2, 21}},
		{"GOST R 34.11-94", asn1.ObjectIdentifier{1, 2, 643, 2, 2, 9}},
		{"GOST R 34.11-2012 (256)", asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 2, 2}},
		{"GOST R 34.11-2012 (512)", asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 2, 3}},
		{"HMAC GOST R 34.11-2012 (256)", asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 4, 1}},
		{"HMAC GOST R 34.11-2012 (512)", asn1.ObjectIdentifier{1, 2, 643, 7, 1, 1, 4, 2}},
		{"MD2", below(rsadsi, 2, 2)},
		{"MD4", below(rsadsi, 2, 4)},
		{"SM3", asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}},
	} {
		if known.id.Equal(id) {
			return known.name + " (" + id.String() + ")"
		}
	}
	return "algorithm " + id.String()
}

// readCount reads an iteration count. A count that does not fit is a matter of
// limits, not of damage.
func readCount(in *cryptobyte.String) (int, error) {
	var n int64
	probe := *in
	if !in.ReadASN1Integer(&n) {
		var raw cryptobyte.String
		if probe.ReadASN1(&raw, cbasn1.INTEGER) && len(raw) > 8 && raw[0]&0x80 == 0 {
			return 0, &LimitError{Limit: "iterations", Asked: -1, Max: int64(DefaultLimits().Iterations)}
		}
		return 0, fmt.Errorf("%w: no iteration count", ErrDamaged)
	}
	if int64(int(n)) != n {
		return 0, &LimitError{Limit: "iterations", Asked: n, Max: int64(DefaultLimits().Iterations)}
	}
	return int(n), nil
}

// parsePBES2 reads PBES2-params (RFC 8018 section 6.2).
func parsePBES2(a algorithm) (encryption, error) {
	e := encryption{Protection: Protection{Name: "PBES2", Features: []Feature{CipherUnknown}}}
	params, body := cryptobyte.String(a.params), cryptobyte.String(nil)
	if !params.ReadASN1(&body, cbasn1.SEQUENCE) {
		return e, fmt.Errorf("%w: parameters of PBES2", ErrDamaged)
	}
	if body.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) {
		// Some updates of JDK 8 wrapped the parameters in another
		// AlgorithmIdentifier (openjdk/jdk test WrongPBES2.java).
		if !body.SkipASN1(cbasn1.OBJECT_IDENTIFIER) || !body.ReadASN1(&body, cbasn1.SEQUENCE) {
			return e, fmt.Errorf("%w: parameters of PBES2", ErrDamaged)
		}
	}
	derivation, ok := readAlgorithm(&body)
	if !ok {
		return e, fmt.Errorf("%w: derivation of PBES2", ErrDamaged)
	}
	scheme, ok := readAlgorithm(&body)
	if !ok {
		return e, fmt.Errorf("%w: cipher of PBES2", ErrDamaged)
	}
	k, features, kdfErr := parseKDF(derivation)
	e.key = k
	length, feature, err := e.parseBlockScheme(scheme, k.length)
	e.Features = append([]Feature{feature}, features...)
	switch {
	case kdfErr != nil:
		return e, kdfErr
	case err != nil:
		return e, err
	case k.length != 0 && k.length < length:
		return e, fmt.Errorf("%w: %s with a key of %d octets", ErrDamaged, e.Name, k.length)
	}
	if k.length > length { // NSS before 3.12 wrote AES-128 and used the longer key it derived
		length = k.length
	}
	e.key.length = length
	return e, nil
}

// parseBlockScheme fills in name and decryptor, and returns the key length.
func (e *encryption) parseBlockScheme(a algorithm, keyLength int) (int, Feature, error) {
	params := cryptobyte.String(a.params)
	var iv cryptobyte.String
	for _, s := range blockSchemes {
		if s.id.Equal(a.id) {
			e.Name = "PBES2 " + s.name
			if !params.ReadASN1(&iv, cbasn1.OCTET_STRING) {
				return 0, s.feature, fmt.Errorf("%w: IV of %s", ErrDamaged, e.Name)
			}
			e.decrypt = func(key, _, data []byte) ([]byte, error) { return s.decrypt(key, iv, data) }
			return s.key, s.feature, nil
		}
	}
	for _, s := range gcmSchemes {
		if s.id.Equal(a.id) {
			e.Name = "PBES2 " + s.name
			open, err := parseGCM(&params)
			e.decrypt = open
			return s.key, s.feature, err
		}
	}
	if a.id.Equal(oidRC2CBC) {
		e.Name = "PBES2 RC2-CBC"
		effective, ok := parseRC2(&params, &iv)
		if !ok {
			return 0, CipherPBES2Legacy, fmt.Errorf("%w: parameters of %s", ErrDamaged, e.Name)
		}
		if keyLength == 0 {
			keyLength = effective / 8
		}
		if keyLength < 1 || keyLength > 128 {
			return 0, CipherPBES2Legacy, fmt.Errorf("%w: %s with a key of %d octets", ErrDamaged, e.Name, keyLength)
		}
		decrypt := cbc(rc2Effective(effective))
		e.decrypt = func(key, _, data []byte) ([]byte, error) { return decrypt(key, iv, data) }
		return keyLength, CipherPBES2Legacy, nil
	}
	e.Name = "PBES2 with " + algorithmName(a.id)
	return 0, CipherUnknown, fmt.Errorf("%w: encryption with %s", ErrUnsupported, e.Name)
}

// parseRC2 reads RC2-CBC-Parameter (RFC 8018 appendix B.2.3). The version
// stands for the effective key length in bits.
func parseRC2(params *cryptobyte.String, iv *cryptobyte.String) (int, bool) {
	effective := 32
	if params.PeekASN1Tag(cbasn1.OCTET_STRING) {
		return effective, params.ReadASN1(iv, cbasn1.OCTET_STRING)
	}
	var body cryptobyte.String
	var version int
	if !params.ReadASN1(&body, cbasn1.SEQUENCE) {
		return 0, false
	}
	if body.PeekASN1Tag(cbasn1.INTEGER) {
		if !body.ReadASN1Integer(&version) {
			return 0, false
		}
		switch version {
		case 160:
			effective = 40
		case 120:
			effective = 64
		case 58:
			effective = 128
		default:
			effective = version
		}
	}
	return effective, effective >= 1 && effective <= 1024 && body.ReadASN1(iv, cbasn1.OCTET_STRING)
}

// parseGCM reads GCMParameters (RFC 5084 section 3.2).
func parseGCM(params *cryptobyte.String) (decryptor, error) {
	var body, nonce cryptobyte.String
	tag := 12
	if !params.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&nonce, cbasn1.OCTET_STRING) || len(nonce) == 0 ||
		body.PeekASN1Tag(cbasn1.INTEGER) && !body.ReadASN1Integer(&tag) {
		return nil, fmt.Errorf("%w: parameters of AES-GCM", ErrDamaged)
	}
	if tag < 12 || tag > 16 {
		return nil, fmt.Errorf("%w: AES-GCM with a tag of %d octets", ErrDamaged, tag)
	}
	return func(key, _, data []byte) ([]byte, error) {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		var aead cipher.AEAD
		if len(nonce) == 12 {
			aead, err = cipher.NewGCMWithTagSize(block, tag)
		} else if tag == 16 {
			aead, err = cipher.NewGCMWithNonceSize(block, len(nonce))
		} else {
			err = fmt.Errorf("%w: AES-GCM with a nonce of %d and a tag of %d octets", ErrUnsupported, len(nonce), tag)
		}
		if err != nil {
			return nil, err
		}
		out, err := aead.Open(nil, nonce, data, nil)
		if err != nil {
			return nil, errPadding
		}
		return out, nil
	}, nil
}

// parseKDF reads the derivation of PBES2 or PBMAC1. The length of the result
// is 0 when the file leaves it to the cipher.
func parseKDF(a algorithm) (kdf, []Feature, error) {
	params, body := cryptobyte.String(a.params), cryptobyte.String(nil)
	var salt cryptobyte.String
	switch {
	case a.id.Equal(oidPBKDF2):
		k := kdf{kind: kdfPBKDF2, hash: "SHA1"}
		if !params.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&salt, cbasn1.OCTET_STRING) {
			return k, nil, fmt.Errorf("%w: parameters of PBKDF2", ErrDamaged)
		}
		n, err := readCount(&body)
		if err != nil {
			return k, nil, err
		}
		k.salt, k.iterations = string(salt), n
		if err := readKeyLength(&body, &k); err != nil {
			return k, nil, err
		}
		prf := algorithm{id: digests[0].hmacID}
		if !body.Empty() {
			var ok bool
			if prf, ok = readAlgorithm(&body); !ok {
				return k, nil, fmt.Errorf("%w: pseudo-random function of PBKDF2", ErrDamaged)
			}
		}
		d, ok := digestByHMAC(prf.id)
		if !ok {
			k.hash = prf.id.String()
			return k, []Feature{PRFUnknown}, fmt.Errorf("%w: PBKDF2 with %s", ErrUnsupported, algorithmName(prf.id))
		}
		k.hash = d.name
		return k, []Feature{d.prf}, nil
	case a.id.Equal(oidScrypt):
		k := kdf{kind: kdfScrypt}
		features := []Feature{KDFScrypt}
		if !params.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&salt, cbasn1.OCTET_STRING) {
			return k, features, fmt.Errorf("%w: parameters of scrypt", ErrDamaged)
		}
		k.salt = string(salt)
		for _, field := range []*int{&k.iterations, &k.r, &k.p} {
			n, err := readCount(&body)
			if err != nil {
				return k, features, err
			}
			*field = n
		}
		return k, features, readKeyLength(&body, &k)
	}
	return kdf{}, nil, fmt.Errorf("%w: key derivation %s", ErrUnsupported, a.id)
}

func readKeyLength(body *cryptobyte.String, k *kdf) error {
	if !body.PeekASN1Tag(cbasn1.INTEGER) {
		return nil
	}
	n, err := readCount(body)
	if err != nil || n < 1 || n > 1024 {
		return fmt.Errorf("%w: a derived key of an impossible length", ErrDamaged)
	}
	k.length = n
	return nil
}
