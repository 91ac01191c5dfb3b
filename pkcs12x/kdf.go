package pkcs12x

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"math/bits"
	"sync"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	"golang.org/x/crypto/scrypt"
)

// digest is one hash function with what the derivations need to know of it.
// sum is the one-shot form: several times faster than a hash.Hash in a loop
// over one small block.
type digest struct {
	name  string
	new   func() hash.Hash
	sum   func(dst, src []byte) []byte
	size  int
	block int
	// weight is the cost of one call against SHA-256.
	weight int
	mac    Feature
	prf    Feature
	hashID asn1.ObjectIdentifier
	hmacID asn1.ObjectIdentifier
}

var (
	nistHashes = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2}
	rsadsi     = asn1.ObjectIdentifier{1, 2, 840, 113549}
	blake2     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 1722, 12, 2}
)

// Without a key the constructors of BLAKE2 cannot fail.
func newBlake2b() hash.Hash { h, _ := blake2b.New512(nil); return h }
func newBlake2s() hash.Hash { h, _ := blake2s.New256(nil); return h }

func below(base asn1.ObjectIdentifier, arcs ...int) asn1.ObjectIdentifier {
	return append(append(asn1.ObjectIdentifier{}, base...), arcs...)
}

// digests lists the hash functions that files in the field use for MAC, PRF or
// derivation; HMAC identifiers are from RFC 8018 appendix B.1.2 and NIST's CSOR.
var digests = []digest{
	{"SHA1", sha1.New, func(d, s []byte) []byte { h := sha1.Sum(s); return append(d, h[:]...) }, 20, 64, 1, MACSHA1, PRFSHA1, asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, below(rsadsi, 2, 7)},
	{"SHA224", sha256.New224, func(d, s []byte) []byte { h := sha256.Sum224(s); return append(d, h[:]...) }, 28, 64, 1, MACSHA224, PRFSHA224, below(nistHashes, 4), below(rsadsi, 2, 8)},
	{"SHA256", sha256.New, func(d, s []byte) []byte { h := sha256.Sum256(s); return append(d, h[:]...) }, 32, 64, 1, MACSHA256, PRFSHA256, below(nistHashes, 1), below(rsadsi, 2, 9)},
	{"SHA384", sha512.New384, func(d, s []byte) []byte { h := sha512.Sum384(s); return append(d, h[:]...) }, 48, 128, 4, MACSHA384, PRFSHA384, below(nistHashes, 2), below(rsadsi, 2, 10)},
	{"SHA512", sha512.New, func(d, s []byte) []byte { h := sha512.Sum512(s); return append(d, h[:]...) }, 64, 128, 4, MACSHA512, PRFSHA512, below(nistHashes, 3), below(rsadsi, 2, 11)},
	{"SHA512/224", sha512.New512_224, func(d, s []byte) []byte { h := sha512.Sum512_224(s); return append(d, h[:]...) }, 28, 128, 4, MACSHA512Trunc, PRFSHA512Trunc, below(nistHashes, 5), below(rsadsi, 2, 12)},
	{"SHA512/256", sha512.New512_256, func(d, s []byte) []byte { h := sha512.Sum512_256(s); return append(d, h[:]...) }, 32, 128, 4, MACSHA512Trunc, PRFSHA512Trunc, below(nistHashes, 6), below(rsadsi, 2, 13)},
	{"SHA3-224", func() hash.Hash { return sha3.New224() }, func(d, s []byte) []byte { h := sha3.Sum224(s); return append(d, h[:]...) }, 28, 144, 4, MACUnknown, PRFUnknown, below(nistHashes, 7), below(nistHashes, 13)},
	{"SHA3-256", func() hash.Hash { return sha3.New256() }, func(d, s []byte) []byte { h := sha3.Sum256(s); return append(d, h[:]...) }, 32, 136, 4, MACUnknown, PRFUnknown, below(nistHashes, 8), below(nistHashes, 14)},
	{"SHA3-384", func() hash.Hash { return sha3.New384() }, func(d, s []byte) []byte { h := sha3.Sum384(s); return append(d, h[:]...) }, 48, 104, 4, MACUnknown, PRFUnknown, below(nistHashes, 9), below(nistHashes, 15)},
	{"SHA3-512", func() hash.Hash { return sha3.New512() }, func(d, s []byte) []byte { h := sha3.Sum512(s); return append(d, h[:]...) }, 64, 72, 4, MACUnknown, PRFUnknown, below(nistHashes, 10), below(nistHashes, 16)},
	{"BLAKE2b-512", newBlake2b, func(d, s []byte) []byte { h := blake2b.Sum512(s); return append(d, h[:]...) }, 64, 128, 2, MACUnknown, PRFUnknown, below(blake2, 1, 16), below(blake2, 1, 16)},
	{"BLAKE2s-256", newBlake2s, func(d, s []byte) []byte { h := blake2s.Sum256(s); return append(d, h[:]...) }, 32, 64, 2, MACUnknown, PRFUnknown, below(blake2, 2, 8), below(blake2, 2, 8)},
	{"MD5", md5.New, func(d, s []byte) []byte { h := md5.Sum(s); return append(d, h[:]...) }, 16, 64, 1, MACUnknown, PRFUnknown, below(rsadsi, 2, 5), below(rsadsi, 2, 6)},
}

func digestBy(match func(digest) bool) (digest, bool) {
	for _, d := range digests {
		if match(d) {
			return d, true
		}
	}
	return digest{}, false
}

func digestByID(id asn1.ObjectIdentifier) (digest, bool) {
	return digestBy(func(d digest) bool { return d.hashID.Equal(id) })
}

func digestByHMAC(id asn1.ObjectIdentifier) (digest, bool) {
	return digestBy(func(d digest) bool { return d.hmacID.Equal(id) })
}

func digestByName(name string) digest {
	d, _ := digestBy(func(d digest) bool { return d.name == name })
	return d
}

// kdfKind is one of the derivations.
type kdfKind int

const (
	kdfPKCS12 kdfKind = iota // RFC 7292 appendix B.2
	kdfPBKDF1                // RFC 8018 section 5.1
	kdfPBKDF2                // RFC 8018 section 5.2
	kdfScrypt                // RFC 7914
)

// The diversifiers of RFC 7292 appendix B.3.
const (
	purposeKey byte = 1
	purposeIV  byte = 2
	purposeMAC byte = 3
)

// kdf is one derivation, ready but for the password. It is comparable, so that
// equal ones are run once.
type kdf struct {
	kind       kdfKind
	hash       string // name in digests; empty for scrypt
	salt       string
	iterations int
	length     int  // octets wanted
	purpose    byte // kdfPKCS12 only
	r, p       int  // scrypt only; iterations is N
}

// name is the derivation in the words of reports.
func (k kdf) name() string {
	switch k.kind {
	case kdfPKCS12:
		return "PKCS12-" + k.hash
	case kdfPBKDF1:
		return "PBKDF1-" + k.hash
	case kdfPBKDF2:
		return "PBKDF2-HMAC-" + k.hash
	default:
		return "scrypt"
	}
}

// check holds one derivation against the limits.
func (k kdf) check(l Limits) error {
	if k.kind == kdfScrypt {
		if k.iterations <= 1 || bits.OnesCount(uint(k.iterations)) != 1 || k.r < 1 || k.p < 1 {
			return fmt.Errorf("%w: scrypt with N=%d r=%d p=%d", ErrDamaged, k.iterations, k.r, k.p)
		}
		if k.r > 1<<20 || k.p > 1<<20 || k.iterations > l.Memory/128/k.r {
			return &LimitError{Limit: "bytes of memory for scrypt", Asked: -1, Max: int64(l.Memory)}
		}
		return k.checkWork(l)
	}
	if k.iterations < 1 {
		return fmt.Errorf("%w: %d iterations", ErrDamaged, k.iterations)
	}
	if k.iterations > l.Iterations {
		return &LimitError{Limit: "iterations", Asked: int64(k.iterations), Max: int64(l.Iterations)}
	}
	return k.checkWork(l)
}

// checkWork leaves a single derivation half of the work: it runs on one core,
// where several share two.
func (k kdf) checkWork(l Limits) error {
	if work := k.work(); work > l.Work/2 {
		return &LimitError{Limit: "hash calls", Asked: int64(work), Max: int64(l.Work / 2)}
	}
	return nil
}

// work is the cost in calls of SHA-256, about 0.15 µs each.
func (k kdf) work() int {
	d := digestByName(k.hash)
	switch k.kind {
	case kdfScrypt:
		return 8 * k.iterations * k.r * k.p
	case kdfPBKDF2:
		return 2 * d.weight * k.iterations * ((k.length + d.size - 1) / d.size)
	case kdfPKCS12:
		return d.weight * k.iterations * ((k.length + d.size - 1) / d.size)
	default:
		return d.weight * k.iterations
	}
}

// run derives k.length octets.
func (k kdf) run(ctx context.Context, pw reading) ([]byte, error) {
	d := digestByName(k.hash)
	switch k.kind {
	case kdfPKCS12:
		return derivePKCS12(ctx, d, pw.bmp, []byte(k.salt), k.iterations, k.length, k.purpose)
	case kdfPBKDF1:
		return derivePBKDF1(ctx, d, pw.octets, []byte(k.salt), k.iterations, k.length)
	case kdfPBKDF2:
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return pbkdf2.Key(d.new, string(pw.octets), []byte(k.salt), k.iterations, k.length)
	case kdfScrypt:
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return scrypt.Key(pw.octets, []byte(k.salt), k.iterations, k.r, k.p, k.length)
	}
	return nil, errors.New("unknown derivation")
}

// iterate hashes again and again, and looks at ctx now and then.
func iterate(ctx context.Context, d digest, block []byte, rounds int) ([]byte, error) {
	out := d.sum(make([]byte, 0, d.size), block)
	for i := 1; i < rounds; i++ {
		out = d.sum(out[:0], out)
		if i%0x10000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return out, nil
}

// derivePKCS12 is the derivation of RFC 7292 appendix B.2.
func derivePKCS12(ctx context.Context, d digest, password, salt []byte, rounds, length int, purpose byte) ([]byte, error) {
	v := d.block
	stretch := func(s []byte) []byte {
		out := make([]byte, (len(s)+v-1)/v*v)
		for i := range out {
			out[i] = s[i%len(s)]
		}
		return out
	}
	block := make([]byte, v, v+len(salt)+len(password)+2*v)
	for i := range block {
		block[i] = purpose
	}
	secret := stretch(password)
	block = append(append(block, stretch(salt)...), secret...)
	// These two are of this function alone; the key lives on in the deriver.
	defer clear(block)
	defer clear(secret)
	input := block[v:]
	var out []byte
	for {
		a, err := iterate(ctx, d, block, rounds)
		if err != nil {
			return nil, err
		}
		out = append(out, a...)
		if len(out) >= length {
			return out[:length], nil
		}
		// I_j = (I_j + B + 1) mod 2^8v for every block of I.
		for j := 0; j < len(input); j += v {
			carry := 1
			for k := v - 1; k >= 0; k-- {
				carry += int(input[j+k]) + int(a[k%len(a)])
				input[j+k] = byte(carry)
				carry >>= 8
			}
		}
	}
}

// derivePBKDF1 is the derivation of RFC 8018 section 5.1.
func derivePBKDF1(ctx context.Context, d digest, password, salt []byte, rounds, length int) ([]byte, error) {
	if length > d.size {
		return nil, fmt.Errorf("%w: PBKDF1 gives at most %d octets", ErrUnsupported, d.size)
	}
	block := append(append(make([]byte, 0, len(password)+len(salt)), password...), salt...)
	defer clear(block)
	out, err := iterate(ctx, d, block, rounds)
	if err != nil {
		return nil, err
	}
	return out[:length], nil
}

// deriver runs derivations side by side and remembers their results: some
// writers use one salt for all bags. It belongs to one reading of a password.
type deriver struct {
	ctx    context.Context
	pw     reading
	slot   chan struct{} // one token a core
	mu     sync.Mutex
	done   map[kdf]*derivation
	memory *memory // nil without one
}

type derivation struct {
	ready chan struct{}
	key   []byte
	err   error
}

func newDeriver(ctx context.Context, pw reading, slot chan struct{}) *deriver {
	m, _ := ctx.Value(memoryKey{}).(*memory)
	return &deriver{ctx: ctx, pw: pw, slot: slot, done: map[kdf]*derivation{}, memory: m}
}

// start begins derivations that have not begun already.
func (d *deriver) start(list ...kdf) {
	for _, k := range list {
		d.begin(k)
	}
}

func (d *deriver) begin(k kdf) *derivation {
	d.mu.Lock()
	defer d.mu.Unlock()
	if have, ok := d.done[k]; ok {
		return have
	}
	if job := d.memory.recall(d.pw, k); job != nil {
		d.done[k] = job
		return job
	}
	job := &derivation{ready: make(chan struct{})}
	d.done[k] = job
	go func() {
		defer close(job.ready)
		select {
		case d.slot <- struct{}{}:
			defer func() { <-d.slot }()
		case <-d.ctx.Done():
			job.err = d.ctx.Err()
			return
		}
		if job.key, job.err = k.run(d.ctx, d.pw); job.err == nil {
			d.memory.keep(d.pw, k, job.key)
		}
	}()
	return job
}

// get waits for the result.
func (d *deriver) get(k kdf) ([]byte, error) {
	job := d.begin(k)
	select {
	case <-job.ready:
		return job.key, job.err
	case <-d.ctx.Done():
		return nil, d.ctx.Err()
	}
}

// Remember returns a context under which no derivation is run twice: calls that
// get it, or one made from it, share what they derive, for as long as it is in
// use. It is for who reads back what he has just written. A derivation is found
// again by all that goes into it: the password, and function, hash, salt,
// iterations and length as they stand in the file. One of these that was written
// wrong is another derivation, which is run. Keep it from stores of strangers: it
// grows with each derivation.
func Remember(ctx context.Context) context.Context {
	return context.WithValue(ctx, memoryKey{}, &memory{keys: map[remembered][]byte{}, begun: map[remembered]*derivation{}})
}

type memoryKey struct{}

// memory has the results of derivations, those alone that ended well.
type memory struct {
	mu    sync.Mutex
	keys  map[remembered][]byte
	begun map[remembered]*derivation // by Expect
}

// remembered is everything that a derived key depends on.
type remembered struct {
	kdf    kdf
	secret string // the octets that the derivation takes for the password
}

func (k kdf) of(pw reading) remembered {
	if k.kind == kdfPKCS12 {
		return remembered{k, string(pw.bmp)}
	}
	return remembered{k, string(pw.octets)}
}

// recall returns nil for what is neither known nor on its way.
func (m *memory) recall(pw reading, k kdf) *derivation {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key, known := m.keys[k.of(pw)]
	if !known {
		return m.begun[k.of(pw)]
	}
	ready := make(chan struct{})
	close(ready)
	return &derivation{ready: ready, key: key}
}

// begin runs a derivation for whoever asks for it later.
func (m *memory) begin(ctx context.Context, pw reading, k kdf) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys[k.of(pw)] != nil || m.begun[k.of(pw)] != nil {
		return
	}
	job := &derivation{ready: make(chan struct{})}
	m.begun[k.of(pw)] = job
	go func() {
		defer close(job.ready)
		job.key, job.err = k.run(ctx, pw)
	}()
}

func (m *memory) keep(pw reading, k kdf, key []byte) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys[k.of(pw)] = bytes.Clone(key) // who spoils his own is found out
}

// DerivePKCS12 derives length octets with SHA-1 as RFC 7292 appendix B.2 says,
// for the keystores of other formats that took the derivation over. purpose is
// the ID of appendix B.3: 1 for a key, 2 for an IV, 3 for a MAC. password is
// encoded already: as a BMPString with two zero octets behind it (appendix B.1),
// or, by some for the empty one, as nothing. The caller holds rounds, which are at
// least 1, against its [Limits]. The error is that of ctx.
func DerivePKCS12(ctx context.Context, purpose byte, password, salt []byte, rounds, length int) ([]byte, error) {
	return derivePKCS12(ctx, digestByName("SHA1"), password, salt, rounds, length, purpose)
}
