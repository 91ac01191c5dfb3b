package keystore

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"

	"golang.org/x/crypto/blowfish" //nolint:staticcheck // deprecated as a cipher; OpenSSH derives keys with it
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

// OpenSSH keeps private keys in a format of its own (PROTOCOL.key in its
// sources). golang.org/x/crypto/ssh reads it, too: without a bound for the rounds
// of the key derivation, two ciphers of nine, and at 0.3 ms of every start of the
// program.

const (
	opensshLabel = "OPENSSH PRIVATE KEY"
	opensshMagic = "openssh-key-v1\x00"
)

var oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}

// opensshFile is the outside of a key file.
type opensshFile struct {
	cipher string
	kdf    string
	salt   []byte
	rounds int
	kind   string // "ssh-rsa"
	sealed []byte
	tag    []byte // of ciphers that authenticate
}

// opensshReader takes apart the wire format of RFC 4251 section 5.
type opensshReader struct{ cryptobyte.String }

func (r *opensshReader) bytes() (out []byte, ok bool) {
	var n uint32
	if !r.ReadUint32(&n) || uint64(n) > uint64(len(r.String)) {
		return nil, false
	}
	ok = r.ReadBytes(&out, int(n))
	return out, ok
}

// maxNumber bounds the numbers of a key, in octets: RSA keys of 16,384 bits.
const maxNumber = 2048

// number reads an mpint that is positive.
func (r *opensshReader) number() (*big.Int, bool) {
	b, ok := r.bytes()
	if !ok || len(b) > maxNumber+1 || len(b) > 0 && b[0] >= 0x80 {
		return nil, false
	}
	return new(big.Int).SetBytes(b), true
}

func (r *opensshReader) numbers(n int) ([]*big.Int, bool) {
	out := make([]*big.Int, n)
	for i := range out {
		var ok bool
		if out[i], ok = r.number(); !ok || out[i].Sign() == 0 {
			return nil, false
		}
	}
	return out, true
}

func opensshDamaged(what string) error {
	return fmt.Errorf("%w: an OpenSSH private key: %s", pkcs12x.ErrDamaged, what)
}

// parseOpenSSH reads the outside.
func parseOpenSSH(data []byte) (*opensshFile, error) {
	body, ok := bytes.CutPrefix(data, []byte(opensshMagic))
	if !ok {
		return nil, opensshDamaged("it does not begin as one")
	}
	in := opensshReader{body}
	name, ok1 := in.bytes()
	kdf, ok2 := in.bytes()
	options, ok3 := in.bytes()
	var keys uint32
	if !ok1 || !ok2 || !ok3 || !in.ReadUint32(&keys) {
		return nil, opensshDamaged("it ends in the header (cut short?)")
	}
	if keys != 1 {
		return nil, opensshDamaged(fmt.Sprintf("it has %d keys instead of one", keys))
	}
	public, ok1 := in.bytes()
	sealed, ok2 := in.bytes()
	if !ok1 || !ok2 {
		return nil, opensshDamaged("it ends in the key (cut short?)")
	}
	f := &opensshFile{cipher: string(name), kdf: string(kdf), sealed: sealed, tag: in.String}
	kind, _ := (&opensshReader{public}).bytes()
	f.kind = string(kind)
	if f.kdf == "bcrypt" {
		in := opensshReader{options}
		var rounds uint32
		if f.salt, ok = in.bytes(); !ok || !in.ReadUint32(&rounds) || len(f.salt) == 0 || rounds == 0 {
			return nil, opensshDamaged("the parameters of its encryption")
		}
		f.rounds = int(rounds)
	}
	return f, nil
}

// opensshCipher is one of those of cipher.c.
type opensshCipher struct {
	key, iv int
	open    func(key, iv, sealed, tag []byte) ([]byte, error)
}

// opensshCipherOf knows all but chacha20-poly1305@openssh.com, which nobody chooses
// for a file.
func opensshCipherOf(name string) (c opensshCipher, known bool) {
	switch name {
	case "3des-cbc":
		return opensshCipher{24, 8, opensshCBC(des.NewTripleDESCipher)}, true
	case "aes128-cbc":
		return opensshCipher{16, 16, opensshCBC(aes.NewCipher)}, true
	case "aes192-cbc":
		return opensshCipher{24, 16, opensshCBC(aes.NewCipher)}, true
	case "aes256-cbc":
		return opensshCipher{32, 16, opensshCBC(aes.NewCipher)}, true
	case "aes128-ctr":
		return opensshCipher{16, 16, opensshCTR}, true
	case "aes192-ctr":
		return opensshCipher{24, 16, opensshCTR}, true
	case "aes256-ctr":
		return opensshCipher{32, 16, opensshCTR}, true
	case "aes128-gcm@openssh.com":
		return opensshCipher{16, 12, opensshGCM}, true
	case "aes256-gcm@openssh.com":
		return opensshCipher{32, 12, opensshGCM}, true
	}
	return c, false
}

func opensshCBC(block func([]byte) (cipher.Block, error)) func(key, iv, sealed, tag []byte) ([]byte, error) {
	return func(key, iv, sealed, _ []byte) ([]byte, error) {
		b, err := block(key)
		if err != nil {
			return nil, err
		}
		if len(sealed)%b.BlockSize() != 0 {
			return nil, opensshDamaged("its length")
		}
		out := make([]byte, len(sealed))
		cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, sealed)
		return out, nil
	}
}

func opensshCTR(key, iv, sealed, _ []byte) ([]byte, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(sealed))
	cipher.NewCTR(b, iv).XORKeyStream(out, sealed)
	return out, nil
}

func opensshGCM(key, iv, sealed, tag []byte) ([]byte, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(b)
	if err != nil {
		return nil, err
	}
	out, err := gcm.Open(nil, iv, append(bytes.Clone(sealed), tag...), nil)
	if err != nil {
		return nil, ErrPassword
	}
	return out, nil
}

// addOpenSSH adds a key of a PEM block, locked if it is encrypted.
func (o *objects) addOpenSSH(b pemBlock) error {
	f, err := parseOpenSSH(b.der)
	if err != nil {
		return &FormatError{Damaged: true, Err: &PEMError{b.line, detail(err)}}
	}
	if err := o.chargeKey(len(b.der)); err != nil {
		return err
	}
	var k *Key
	if f.cipher == "none" && f.kdf == "none" {
		if k, err = opensshKey(f.sealed); err != nil && k == nil {
			return &FormatError{Damaged: true, Err: &PEMError{b.line, detail(err)}}
		}
	} else {
		k = &Key{
			Algorithm:  opensshAlgorithm(f.kind),
			Protection: &pkcs12x.Protection{Name: "OpenSSH " + f.cipher, KDF: f.kdf, Iterations: f.rounds},
			Err:        pkcs12x.ErrLocked,
		}
		if _, known := opensshCipherOf(f.cipher); !known || f.kdf != "bcrypt" {
			k.Err = fmt.Errorf("%w: OpenSSH encryption %q with %q", pkcs12x.ErrUnsupported, f.cipher, f.kdf)
			k.Protection.Err = k.Err
		}
		o.legacy[k] = &pem.Block{Type: b.label, Bytes: b.der}
	}
	k.Attributes = b.attributes
	o.keys = append(o.keys, k)
	o.count++
	return nil
}

// unsealOpenSSH decrypts a key.
func unsealOpenSSH(ctx context.Context, data []byte, password string, l pkcs12x.Limits) (*Key, error) {
	f, err := parseOpenSSH(data)
	if err != nil {
		return nil, err
	}
	c, known := opensshCipherOf(f.cipher)
	if !known || f.kdf != "bcrypt" {
		return nil, fmt.Errorf("%w: OpenSSH encryption %q with %q", pkcs12x.ErrUnsupported, f.cipher, f.kdf)
	}
	if password == "" {
		return nil, ErrPassword // bcrypt_pbkdf takes no empty one
	}
	derived, err := bcryptPBKDF(ctx, password, f.salt, f.rounds, c.key+c.iv, l)
	if err != nil {
		return nil, err
	}
	plain, err := c.open(derived[:c.key], derived[c.key:], f.sealed, f.tag)
	if err != nil {
		return nil, err
	}
	if len(plain) < 8 || !bytes.Equal(plain[:4], plain[4:8]) {
		return nil, ErrPassword
	}
	return opensshKey(plain)
}

// opensshKey reads what is inside: a check number twice, the key, a comment.
func opensshKey(plain []byte) (*Key, error) {
	in := opensshReader{plain}
	var one, two uint32
	if !in.ReadUint32(&one) || !in.ReadUint32(&two) || one != two {
		return nil, opensshDamaged("its check numbers differ")
	}
	kind, ok := in.bytes()
	if !ok {
		return nil, opensshDamaged("it does not say its type")
	}
	broken := opensshDamaged(fmt.Sprintf("the numbers of its %q key", kind))
	switch string(kind) {
	case "ssh-rsa":
		n, ok := in.numbers(6) // n, e, d, q^-1 mod p, p, q
		if !ok {
			return nil, broken
		}
		one := big.NewInt(1)
		exponent := func(p *big.Int) *big.Int {
			if p.Cmp(one) <= 0 {
				return one
			}
			return new(big.Int).Mod(n[2], new(big.Int).Sub(p, one))
		}
		der := sequenceOf(new(big.Int), n[0], n[1], n[2], n[4], n[5], exponent(n[4]), exponent(n[5]), n[3])
		return pkcs12x.ParsePrivateKey(privateKeyInfo(oidRSA, asn1.NullBytes, der))
	case "ssh-dss":
		n, ok := in.numbers(5) // p, q, g, y, x
		if !ok {
			return nil, broken
		}
		var x cryptobyte.Builder
		x.AddASN1BigInt(n[4])
		return pkcs12x.ParsePrivateKey(privateKeyInfo(oidDSA, sequenceOf(n[0], n[1], n[2]), x.BytesOrPanic()))
	case "ssh-ed25519":
		public, ok1 := in.bytes()
		private, ok2 := in.bytes()
		if !ok1 || !ok2 || len(public) != 32 || len(private) != 64 || !bytes.Equal(private[32:], public) {
			return nil, broken
		}
		var seed cryptobyte.Builder
		seed.AddASN1OctetString(private[:32])
		return pkcs12x.ParsePrivateKey(privateKeyInfo(oidEd25519, nil, seed.BytesOrPanic()))
	}
	curve, ok := opensshCurves[string(kind)]
	if !ok {
		k := &Key{Err: fmt.Errorf("%w: OpenSSH keys of type %q, which other programs have no form for", pkcs12x.ErrUnsupported, kind)}
		return k, k.Err
	}
	_, ok1 := in.bytes() // the curve again
	point, ok2 := in.bytes()
	d, ok3 := in.number()
	if !ok1 || !ok2 || !ok3 || len(point) != 1+2*curve.size || d.BitLen() > 8*curve.size {
		return nil, broken
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(d.FillBytes(make([]byte, curve.size)))
		b.AddASN1(tagExplicit1, func(b *cryptobyte.Builder) { b.AddASN1BitString(point) })
	})
	id, err := asn1.Marshal(curve.id)
	if err != nil {
		return nil, err
	}
	return pkcs12x.ParsePrivateKey(privateKeyInfo(oidEC, id, b.BytesOrPanic()))
}

// opensshCurves are those of RFC 5656.
var opensshCurves = map[string]struct {
	id   asn1.ObjectIdentifier
	size int
}{
	"ecdsa-sha2-nistp256": {asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, 32},
	"ecdsa-sha2-nistp384": {asn1.ObjectIdentifier{1, 3, 132, 0, 34}, 48},
	"ecdsa-sha2-nistp521": {asn1.ObjectIdentifier{1, 3, 132, 0, 35}, 66},
}

func opensshAlgorithm(kind string) asn1.ObjectIdentifier {
	switch kind {
	case "ssh-rsa":
		return oidRSA
	case "ssh-dss":
		return oidDSA
	case "ssh-ed25519":
		return oidEd25519
	}
	if _, ok := opensshCurves[kind]; ok {
		return oidEC
	}
	return nil
}

func sequenceOf(numbers ...*big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range numbers {
			b.AddASN1BigInt(n)
		}
	})
	return b.BytesOrPanic()
}

// bcryptCost is what one bcryptHash costs, in calls of SHA-256.
const bcryptCost = 40_000

// bcryptPBKDF is bcrypt_pbkdf of OpenBSD, which no public package offers: PBKDF2
// with bcrypt as its hash, and the blocks interleaved.
func bcryptPBKDF(ctx context.Context, password string, salt []byte, rounds, size int, l pkcs12x.Limits) ([]byte, error) {
	blocks := (size + 31) / 32
	if asked := int64(blocks) * int64(rounds) * bcryptCost; asked > int64(l.Work) {
		return nil, &pkcs12x.LimitError{Limit: "hash calls", Asked: asked, Max: int64(l.Work)}
	}
	secret := sha512.Sum512([]byte(password))
	out := make([]byte, size)
	for block := range blocks {
		salted := sha512.Sum512(binary.BigEndian.AppendUint32(bytes.Clone(salt), uint32(block+1)))
		last, err := bcryptHash(secret[:], salted[:])
		if err != nil {
			return nil, err
		}
		sum := last
		for range rounds - 1 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			salted = sha512.Sum512(last[:])
			if last, err = bcryptHash(secret[:], salted[:]); err != nil {
				return nil, err
			}
			for i := range sum {
				sum[i] ^= last[i]
			}
		}
		for i, b := range sum {
			if at := i*blocks + block; at < size {
				out[at] = b
			}
		}
	}
	return out, nil
}

func bcryptHash(secret, salt []byte) (out [32]byte, err error) {
	c, err := blowfish.NewSaltedCipher(secret, salt)
	if err != nil {
		return out, err
	}
	for range 64 {
		blowfish.ExpandKey(salt, c)
		blowfish.ExpandKey(secret, c)
	}
	copy(out[:], "OxychromaticBlowfishSwatDynamite")
	for at := 0; at < len(out); at += blowfish.BlockSize {
		for range 64 {
			c.Encrypt(out[at:], out[at:])
		}
	}
	for at := 0; at < len(out); at += 4 { // its words are little-endian
		binary.LittleEndian.PutUint32(out[at:], binary.BigEndian.Uint32(out[at:]))
	}
	return out, nil
}
