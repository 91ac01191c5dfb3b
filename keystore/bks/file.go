package bks

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the formats have no other
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

// Format is one of the two formats.
type Format string

// The formats.
const (
	BKS  Format = "BKS"
	UBER Format = "UBER"
)

// DefaultIterations is what is written. Bouncy Castle takes 1,024 to 2,047 at
// random, and reads any number; of UBER it reads up to 65,536.
const (
	DefaultIterations = 10_000
	maxIterationsUBER = 65_536
)

const (
	saltSize       = 20   // what all writers take
	maxSalt        = 1024 // more is copied several times over by the derivation
	macSize        = sha1.Size
	minEntry       = 1 + 2 + 8 + 4 + 4 // type, alias, date, length of the chain, another length
	minCertificate = 2 + 4             // the lengths of type and content
)

// File is a keystore.
type File struct {
	Format Format
	// Version is 2 or 1 for BKS, and 1 for UBER. Version 0, of the years before
	// 2002, differs from 1 in nothing that is left of it in BKS.
	Version int
	// Salt and Iterations are those of the MAC, or of the encryption of UBER.
	// Encode draws a salt and takes DefaultIterations where they are zero.
	Salt       []byte
	Iterations int
	// Entries in the order of the file, which means nothing: Java writes them in
	// that of a hash table. UBER has them when it is open.
	Entries []*Entry
	// Trailing counts the octets behind the end. Bouncy Castle ignores them.
	Trailing int

	limits pkcs12x.Limits
	body   []byte // what the MAC is over, or is encrypted
	mac    []byte // BKS alone
}

// EntryType says how an entry holds what it holds.
type EntryType byte

// The types of entries.
const (
	// CertificateEntry is a trusted certificate.
	CertificateEntry EntryType = 1
	// PlainEntry is a key in the open. Bouncy Castle reads it and writes none.
	PlainEntry EntryType = 2
	// SecretEntry is what a program gave as already protected: any octets at
	// all, meant to be an EncryptedPrivateKeyInfo. Bouncy Castle keeps it and has
	// no way to give it back.
	SecretEntry EntryType = 3
	// SealedEntry is a key that Bouncy Castle has encrypted: the usual case.
	SealedEntry EntryType = 4
)

// Entry is one thing in a keystore.
type Entry struct {
	// Alias as it stands in the file. Bouncy Castle tells capitals and small
	// letters apart.
	Alias string
	Type  EntryType
	// Created is kept in milliseconds.
	Created time.Time
	// Chain belongs to a key, leaf first by custom, and may be empty. One that a
	// CertificateEntry has is kept; Bouncy Castle drops it.
	Chain []Certificate
	// Certificate is set for a CertificateEntry alone.
	Certificate *Certificate
	// Content is the key as it stands in the file: see EntryType. Nil for a
	// CertificateEntry.
	Content []byte

	stored []byte // the octets of Alias in the file
}

// Certificate is one certificate of an entry, not looked into.
type Certificate struct {
	Type string // "X.509", for nearly all
	Raw  []byte // DER for X.509

	stored []byte // the octets of Type in the file
}

// Detect tells the format and version by the bytes, which may be cut off. There
// is no magic number: two numbers of four octets are known, and of BKS the entries
// follow in the open. sure means that these were walked to their end. The format
// is empty when it is neither.
func Detect(head []byte) (f Format, version int, sure bool) {
	r := &javaio.Reader{Rest: head}
	version = int(r.Uint32("the version"))
	salt := r.Length("the length of the salt")
	if r.Err != nil || version > 2 || salt == 0 {
		return "", 0, false
	}
	usual := salt == saltSize
	r.Take(salt, "the salt")
	rounds := r.Length("the iteration count")
	if r.Err != nil {
		if usual && version > 0 { // cut short; version 1 may be UBER
			return BKS, version, false
		}
		return "", 0, false
	}
	content := r.Rest
	n := 0
	walk(r, pkcs12x.DefaultLimits().Bags, func(*Entry) { n++ })
	// Without entries the one zero octet says little, so the length has to.
	if r.Err == nil && (len(r.Rest) == macSize || n > 0 && len(r.Rest) > macSize) {
		return BKS, version, true
	}
	switch {
	case !usual || rounds == 0:
		return "", 0, false
	case version == 2 || beginsAsEntry(content):
		return BKS, version, false
	}
	return UBER, version, false
}

// beginsAsEntry tells the entry of a BKS file that is damaged further on from
// the noise of UBER: it has an alias that people can read.
func beginsAsEntry(content []byte) bool {
	r := &javaio.Reader{Rest: content}
	t := EntryType(r.Uint8("the type"))
	alias := r.Text(r.Short("the alias"), "the alias")
	return r.Err == nil && t >= CertificateEntry && t <= SealedEntry && alias != "" && !strings.ContainsFunc(alias, unicode.IsControl)
}

// Parse reads a keystore, of UBER no more than its head. What it returns shares
// memory with data. Of the limits, Size bounds data and Bags the entries and
// certificates together; the others are for the MAC and the keys. Errors:
// pkcs12x.ErrDamaged, pkcs12x.ErrUnsupported (version 0 of UBER),
// *pkcs12x.LimitError.
func Parse(data []byte, limits pkcs12x.Limits) (*File, error) {
	if len(data) > limits.Size {
		return nil, &pkcs12x.LimitError{Limit: "bytes", Asked: int64(len(data)), Max: int64(limits.Size)}
	}
	format, version, _ := Detect(data)
	if format == "" {
		return nil, javaio.Damagedf("no head of BKS or UBER")
	}
	f := &File{Format: format, Version: version, limits: limits}
	r := &javaio.Reader{Rest: data[8:]}
	salt := int(binary.BigEndian.Uint32(data[4:]))
	if salt > maxSalt {
		return nil, &pkcs12x.LimitError{Limit: "octets of salt", Asked: int64(salt), Max: maxSalt}
	}
	f.Salt = r.Take(salt, "the salt")
	f.Iterations = r.Length("the iteration count")
	if f.Iterations == 0 {
		r.Fail("0 iterations")
	}
	if format == UBER {
		// Its derivation had a fault, and Bouncy Castle no longer has that fault.
		if version == 0 {
			return nil, fmt.Errorf("%w: version 0 of UBER, which no Bouncy Castle reads any more", pkcs12x.ErrUnsupported)
		}
		f.body = r.Rest
		if len(f.body) < 2*storeCipher.block { // an empty store has that many
			r.Fail("the encrypted content is not all there (cut short?)")
		}
	} else {
		content := r.Rest
		walk(r, limits.Bags, func(e *Entry) { f.Entries = append(f.Entries, e) })
		f.body = content[:len(content)-len(r.Rest)]
		f.mac = r.Take(macSize, "the MAC")
		f.Trailing = len(r.Rest)
	}
	if r.Err != nil {
		return nil, r.Err
	}
	return f, nil
}

// walk reads entries up to the zero octet behind the last one.
func walk(r *javaio.Reader, limit int, visit func(*Entry)) {
	left := limit
	for {
		t := EntryType(r.Uint8("the type of an entry"))
		if r.Err != nil || t == 0 {
			return
		}
		if left--; left < 0 {
			r.Err = &pkcs12x.LimitError{Limit: "bags", Asked: int64(limit) + 1, Max: int64(limit)}
			return
		}
		e := &Entry{Type: t, stored: r.Short("an alias")}
		e.Alias = r.Text(e.stored, "an alias")
		e.Created = time.UnixMilli(int64(r.Uint64("a date"))).UTC() //nolint:gosec // negative before 1970
		for range r.Count("certificates", minCertificate, &left, limit) {
			c := certificate(r)
			if r.Err != nil {
				return
			}
			e.Chain = append(e.Chain, c)
		}
		switch t {
		case CertificateEntry:
			c := certificate(r)
			e.Certificate = &c
		case PlainEntry:
			start := r.Rest
			readKey(r)
			e.Content = start[: len(start)-len(r.Rest) : len(start)-len(r.Rest)]
		case SecretEntry, SealedEntry:
			e.Content = r.Long("a key")
		default:
			r.Fail("an entry of unknown type %d", t)
		}
		if r.Err != nil {
			return
		}
		visit(e)
	}
}

// bounds are the limits of a file that was parsed, or those for a new one.
func (f *File) bounds() pkcs12x.Limits {
	if f.limits == (pkcs12x.Limits{}) {
		return pkcs12x.DefaultLimits()
	}
	return f.limits
}

func certificate(r *javaio.Reader) Certificate {
	c := Certificate{stored: r.Short("the type of a certificate")}
	c.Type = r.Text(c.stored, "the type of a certificate")
	c.Raw = r.Long("a certificate")
	return c
}

// Open checks the store password. For BKS it is that of the MAC over the content;
// that it differs means a wrong password or a damaged file, and nothing tells
// which. UBER is decrypted, and has its entries then. Errors: pkcs12x.ErrPassword,
// pkcs12x.ErrDamaged (UBER alone: the password is right then), *pkcs12x.LimitError,
// that of ctx.
func (f *File) Open(ctx context.Context, password string) error {
	if f.Format == BKS {
		sum, err := f.sum(ctx, f.body, password)
		if err == nil && subtle.ConstantTimeCompare(sum, f.mac) != 1 {
			err = pkcs12x.ErrPassword
		}
		return err
	}
	if err := storeCipher.check(f.Iterations, f.limits); err != nil {
		return err
	}
	whole := len(f.body) / storeCipher.block * storeCipher.block
	plain := make([]byte, whole)
	mode, err := storeCipher.mode(ctx, password, f.Salt, f.Iterations, cipher.NewCBCDecrypter)
	if err != nil {
		return err
	}
	mode.CryptBlocks(plain, f.body[:whole])

	r := &javaio.Reader{Rest: plain}
	var entries []*Entry
	walk(r, f.limits.Bags, func(e *Entry) { entries = append(entries, e) })
	digest := sha1.Sum(plain[:whole-len(r.Rest)]) //nolint:gosec // see above
	right := subtle.ConstantTimeCompare(r.Take(macSize, "the digest"), digest[:]) == 1
	switch {
	case r.Err == nil && right:
		f.Entries = entries
		padded := ((whole-len(r.Rest))/storeCipher.block + 1) * storeCipher.block
		f.Trailing = max(0, len(f.body)-padded)
		return nil
	case len(entries) > 0: // no wrong password gives a whole entry
		r.Fail("the digest is not that of the content")
		return r.Err
	case whole != len(f.body):
		return javaio.Damagedf("the encrypted content has %d octets, which are no whole blocks (cut short?)", len(f.body))
	}
	return pkcs12x.ErrPassword
}

// sum is the MAC of BKS.
func (f *File) sum(ctx context.Context, body []byte, password string) ([]byte, error) {
	length := sha1.Size
	if f.Version < 2 {
		length = sha1.Size / 8 // CVE-2018-5382
	}
	if err := checkRounds(f.Iterations, 1, f.bounds()); err != nil {
		return nil, err
	}
	key, err := pkcs12x.DerivePKCS12(ctx, purposeMAC, encodePassword(password), f.Salt, f.Iterations, length)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha1.New, key)
	h.Write(body)
	return h.Sum(nil), nil
}

// Encode writes the keystore as Bouncy Castle does, in the order of Entries,
// under password. What is sealed is written as it is. Errors:
// pkcs12x.ErrUnsupported for what the format cannot hold (texts over 65,535
// octets, an entry of another type, iterations that Bouncy Castle would not read)
// and those of rand and ctx.
func (f *File) Encode(ctx context.Context, rand io.Reader, password string) ([]byte, error) {
	g := *f
	if g.Iterations == 0 {
		g.Iterations = DefaultIterations
	}
	if g.Salt == nil {
		g.Salt = make([]byte, saltSize)
		if _, err := io.ReadFull(rand, g.Salt); err != nil {
			return nil, fmt.Errorf("drawing a salt: %w", err)
		}
	}
	switch {
	case g.Format == BKS && g.Version >= 0 && g.Version <= 2 && len(g.Salt) > 0:
	case g.Format == UBER && g.Version == 1 && len(g.Salt) == saltSize && g.Iterations > 0 && g.Iterations <= maxIterationsUBER:
	default:
		return nil, fmt.Errorf("%w: version %d of the format %q with %d octets of salt and %d iterations",
			pkcs12x.ErrUnsupported, g.Version, g.Format, len(g.Salt), g.Iterations)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(g.Version)) //nolint:gosec // 0 to 2
	out = javaio.AppendLong(out, g.Salt)
	out = binary.BigEndian.AppendUint32(out, uint32(g.Iterations)) //nolint:gosec // checked below
	start := len(out)
	for _, e := range g.Entries {
		var err error
		if out, err = e.append(out); err != nil {
			return nil, fmt.Errorf("writing the entry %q: %w", e.Alias, err)
		}
	}
	out = append(out, 0)
	if g.Format == BKS {
		sum, err := g.sum(ctx, out[start:], password)
		return append(out, sum...), err
	}
	digest := sha1.Sum(out[start:]) //nolint:gosec // see above
	out = pad(append(out, digest[:]...), start, storeCipher.block)
	mode, err := storeCipher.mode(ctx, password, g.Salt, g.Iterations, cipher.NewCBCEncrypter)
	if err != nil {
		return nil, err
	}
	mode.CryptBlocks(out[start:], out[start:])
	return out, nil
}

func (e *Entry) append(out []byte) ([]byte, error) {
	out = append(out, byte(e.Type))
	out, err := javaio.AppendText(out, e.Alias, e.stored)
	if err != nil {
		return nil, err
	}
	out = binary.BigEndian.AppendUint64(out, uint64(e.Created.UnixMilli())) //nolint:gosec // negative before 1970
	out = binary.BigEndian.AppendUint32(out, uint32(len(e.Chain)))          //nolint:gosec // no machine holds more
	for i := range e.Chain {
		if out, err = e.Chain[i].append(out); err != nil {
			return nil, err
		}
	}
	switch {
	case e.Type == CertificateEntry && e.Certificate != nil:
		return e.Certificate.append(out)
	case e.Type == PlainEntry:
		if _, err := parseKey(e.Content); errors.Is(err, pkcs12x.ErrDamaged) {
			return nil, fmt.Errorf("%w: a key in the open that is none", pkcs12x.ErrUnsupported)
		}
		return append(out, e.Content...), nil
	case e.Type == SecretEntry, e.Type == SealedEntry && len(e.Content) > 0:
		return javaio.AppendLong(out, e.Content), nil
	}
	return nil, fmt.Errorf("%w: an entry of type %d with nothing in it", pkcs12x.ErrUnsupported, e.Type)
}

func (c *Certificate) append(out []byte) ([]byte, error) {
	out, err := javaio.AppendText(out, c.Type, c.stored)
	if err != nil {
		return nil, err
	}
	return javaio.AppendLong(out, c.Raw), nil
}
