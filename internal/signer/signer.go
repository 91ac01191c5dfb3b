// Package signer makes private keys usable that muxkey cannot read: those in a
// token, such as a hardware security module or a smart card, and those of a key
// service in the cloud. A key is named by a URI, and what comes back is a
// [crypto.Signer], which is all that certificates, requests and CRLs need.
//
// The plain build knows what to say about such URIs and no more: it is static
// and starts in a few milliseconds, and loading somebody's PKCS#11 module takes a
// C library and a dynamic loader. The back ends stand behind build tags; [Schemes]
// tells which there are and which this build has.
//
// A PKCS#11 URI is one of RFC 7512:
//
//	pkcs11:token=CA;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=env:HSM_PIN
//
// It never holds the PIN, only where the PIN comes from.
package signer

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// DefaultTimeout is how long one step with a key may take, a signature or the
// making of a key; the PIN is asked for outside it. It is long because some
// tokens wait for the touch of a finger, and small ones search for RSA primes for
// half a minute.
const DefaultTimeout = time.Minute

// Options are what Open and Create need besides the URI.
type Options struct {
	// PIN gets the PIN of a token that wants one. It is called at most once for
	// each Open or Create, and what it returns is tried once: a token locks itself
	// after few wrong ones. Its error is passed on as it is. nil makes ErrNoPIN of
	// every such token.
	PIN func(context.Context, PINRequest) (string, error)
	// Timeout bounds each step; 0 stands for DefaultTimeout.
	Timeout time.Duration
}

// PINRequest says which PIN is wanted.
type PINRequest struct {
	Token  string // the token's label, as it says itself
	Source string // the URI's pin-source, percent-decoded; empty when it has none
	// Few means that the PIN was wrong before, and Last that one more wrong PIN
	// locks the token. A person who is asked should know.
	Few, Last bool
}

// Key is a private key that stays where it is. It can be used by several
// goroutines; the token does one thing at a time.
type Key struct {
	// URI names the key by token, id and object, with no PIN and no place to get
	// one from.
	URI string
	// Again is a URI that opens the key again: with the place of the PIN, where the
	// one that was given has it, and without what is for making a key.
	Again string
	// Exportable means that the token would give the private key away. Keys that
	// Create made never are.
	Exportable bool

	public crypto.PublicKey
	sign   func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
	close  func() error
}

var (
	_ crypto.Signer = (*Key)(nil)
	_ io.Closer     = (*Key)(nil)
)

// Public returns the public key: *rsa.PublicKey, *ecdsa.PublicKey or
// ed25519.PublicKey.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sign signs a digest, or with Ed25519 the message, as [crypto.Signer] says.
// The token's own source of randomness is used and rand is not. What it signs
// is held against the public key before it is returned.
//
// It ends with the context that the key was opened with.
func (k *Key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts == nil {
		return nil, fmt.Errorf("sign with %s: no hash is named", k.URI)
	}
	if h := opts.HashFunc(); h != 0 && len(digest) != h.Size() {
		return nil, fmt.Errorf("sign with %s: a digest of %d bytes is not one of %v", k.URI, len(digest), h)
	}
	signature, err := k.sign(digest, opts)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", k.URI, err)
	}
	if !verifies(k.public, digest, opts, signature) {
		return nil, fmt.Errorf("sign with %s: %w", k.URI, ErrMismatch)
	}
	return signature, nil
}

// Close logs out of the token. Keys of one PKCS#11 module are closed in the
// reverse order of their opening, as defer does: the module belongs to the
// process, and whoever loaded it unloads it.
func (k *Key) Close() error { return k.close() }

// Open returns the key that uri names. Waiting ends with ctx, for the life of the
// key. The error is one of errors.go, or that of opts.PIN.
func Open(ctx context.Context, uri string, opts Options) (*Key, error) {
	b, err := find(uri)
	if err != nil {
		return nil, err
	}
	key, err := b.open(ctx, uri, opts)
	return key.by(uri), err
}

// by fills in Again, where nothing better than the URI that was given is known.
func (k *Key) by(uri string) *Key {
	if k != nil && k.Again == "" {
		k.Again = uri
	}
	return k
}

// Create makes a key of a type that KeyTypes lists, at the place that uri names,
// and returns it. The key cannot be exported: where the service makes one that
// can, it is removed again and the error wraps ErrExportable. A key of that name
// is never replaced: *ExistsError.
func Create(ctx context.Context, uri, keyType string, opts Options) (*Key, error) {
	b, err := find(uri)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(KeyTypes(), keyType) {
		return nil, &KeyTypeError{keyType, KeyTypes()}
	}
	key, err := b.create(ctx, uri, keyType, opts)
	return key.by(uri), err
}

// KeyTypes lists the types of keys that Create makes, by the names that
// certgen.KeyTypes has for them. A token need not know them all.
func KeyTypes() []string {
	return []string{"ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"}
}

// Scheme is a kind of URI.
type Scheme struct {
	Name  string // what the URI begins with: "pkcs11"
	Title string // what it is, for people
	Tag   string // the build tag that brings it
	Built bool   // this program has it
	How   string // the command that builds a program which has it
}

// Schemes lists the kinds of URI that there is code for.
func Schemes() []Scheme {
	var list []Scheme
	for _, b := range backends() {
		list = append(list, b.scheme())
	}
	return list
}

// backend makes keys of the URIs of one scheme. open and create are nil in builds
// without the tag.
type backend struct {
	name, title, tag, how string

	check  func(uri string) error // in every build, so that a PIN in a URI is told in every build
	open   opener
	create creator
}

type (
	opener  func(ctx context.Context, uri string, opts Options) (*Key, error)
	creator func(ctx context.Context, uri, keyType string, opts Options) (*Key, error)
)

func (b backend) scheme() Scheme { return Scheme{b.name, b.title, b.tag, b.open != nil, b.how} }

func backends() []backend {
	return []backend{
		{"pkcs11", "keys in tokens through PKCS#11", "pkcs11", "make build-pkcs11", checkPKCS11, openPKCS11(), createPKCS11()},
		{"awskms", "keys in AWS KMS", "awskms", "make build TAGS=awskms", checkAWS, openAWS(), createAWS()},
	}
}

func find(uri string) (backend, error) {
	scheme, _, ok := strings.Cut(uri, ":")
	var names []string
	for _, b := range backends() {
		if ok && strings.EqualFold(scheme, b.name) { // RFC 3986 section 3.1: without case
			if err := b.check(uri); err != nil {
				return backend{}, err
			}
			if b.open == nil {
				return backend{}, &UnavailableError{b.scheme()}
			}
			return b, nil
		}
		names = append(names, b.name+":")
	}
	// The text is not repeated: who mixes up flags may have typed a password.
	return backend{}, &URIError{"it names no known kind of key", "a URI begins with " + strings.Join(names, " or "), nil}
}
