package signer

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrPIN means that the PIN is wrong, or that the token is locked after too
	// many wrong ones. Do not try again without a person: see PINError.
	ErrPIN = errors.New("the PIN is wrong")
	// ErrNoPIN means that the token wants a PIN and got none.
	ErrNoPIN = errors.New("the token wants a PIN, and none was given")
	// ErrNoToken means that no token, or more than one, is as the URI says.
	ErrNoToken = errors.New("there is no such token")
	// ErrNoKey means that no key, or more than one, is as the URI says.
	ErrNoKey = errors.New("there is no such key")
	// ErrExists means that Create found a key of that name.
	ErrExists = errors.New("there is such a key already")
	// ErrExportable means that a new key could have been exported.
	ErrExportable = errors.New("the new key could be exported, so it was removed again")
	// ErrUnavailable means that this build cannot use such URIs.
	ErrUnavailable = errors.New("this program was built without it")
	// ErrURI means that a URI is wrong.
	ErrURI = errors.New("the URI of the key is wrong")
	// ErrModule means that a PKCS#11 module cannot be loaded.
	ErrModule = errors.New("the PKCS#11 module cannot be used")
	// ErrUnsupported means that the token cannot do what was asked for: it has no
	// such key type, curve or way to sign.
	ErrUnsupported = errors.New("it cannot do that")
	// ErrDevice means that a token or service failed.
	ErrDevice = errors.New("the token failed")
	// ErrTimeout means that a token or service did not answer in time.
	ErrTimeout = errors.New("no answer in time")
	// ErrMismatch means that a signature does not fit the public key, so the two
	// halves of the pair do not belong together or the token is broken.
	ErrMismatch = errors.New("the signature does not fit the public key that is stored with the private one")
)

// PINError says which token did not take the PIN, and what the next wrong one
// does.
type PINError struct {
	Token  string
	Locked bool // it takes no PIN any more
	Last   bool // one more wrong PIN locks it
	Few    bool // few tries are left
}

func (e *PINError) Error() string {
	switch {
	case e.Locked:
		return fmt.Sprintf("the token %q is locked after too many wrong PINs", e.Token)
	case e.Last:
		return fmt.Sprintf("the PIN of the token %q is wrong, and one more wrong PIN locks it", e.Token)
	case e.Few:
		return fmt.Sprintf("the PIN of the token %q is wrong, and few tries are left before it locks itself", e.Token)
	}
	return fmt.Sprintf("the PIN of the token %q is wrong", e.Token)
}

// Is says that it is ErrPIN.
func (e *PINError) Is(target error) bool { return target == ErrPIN }

// Hint says what to do, and what not.
func (e *PINError) Hint() string {
	if e.Locked {
		return "the security officer of the token can set a new PIN"
	}
	return "look up the PIN before the next try: tokens lock themselves after a few wrong ones"
}

// TokenError says what was looked for, and which tokens there are.
type TokenError struct {
	Module string
	Have   []string // URIs of the tokens that came into question: all, or those that fit when Several
	// Several means that more than one token is as the URI says.
	Several bool
}

func (e *TokenError) Error() string {
	switch {
	case e.Several:
		return fmt.Sprintf("more than one token is as the URI says: %s", listed(e.Have))
	case len(e.Have) == 0:
		return fmt.Sprintf("there is no token at all in %s", e.Module)
	}
	return fmt.Sprintf("there is no such token in %s; there are %s", e.Module, listed(e.Have))
}

// Is says that it is ErrNoToken.
func (e *TokenError) Is(target error) bool { return target == ErrNoToken }

// KeyError says which keys there are in the token when the one that is wanted
// cannot be told.
type KeyError struct {
	Token string
	Have  []string // URIs of keys: all of the token, or those that fit when Several
	// Several means that more than one key is as the URI says.
	Several bool
}

func (e *KeyError) Error() string {
	switch {
	case e.Several:
		return fmt.Sprintf("more than one key in the token %q is as the URI says: %s", e.Token, listed(e.Have))
	case len(e.Have) == 0:
		return fmt.Sprintf("there is no private key in the token %q", e.Token)
	}
	return fmt.Sprintf("there is no such key in the token %q; there are %s", e.Token, listed(e.Have))
}

// Is says that it is ErrNoKey.
func (e *KeyError) Is(target error) bool { return target == ErrNoKey }

// listed shows the first few.
func listed(uris []string) string {
	const most = 20
	if len(uris) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(uris[:most], ", "), len(uris)-most)
	}
	return strings.Join(uris, ", ")
}

// ExistsError names the key that is there.
type ExistsError struct{ URI string }

func (e *ExistsError) Error() string { return "there is such a key already: " + e.URI }

// Is says that it is ErrExists.
func (e *ExistsError) Is(target error) bool { return target == ErrExists }

// UnavailableError says what this program was built without.
type UnavailableError struct{ Scheme Scheme }

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("this program was built without %s (%s:)", e.Scheme.Title, e.Scheme.Name)
}

// Is says that it is ErrUnavailable.
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Hint says how to get a program that has it.
func (e *UnavailableError) Hint() string {
	return "build one that has it from the sources, with: " + e.Scheme.How
}

// URIError says what is wrong with a URI. It never repeats a value of it that may
// be a PIN.
type URIError struct {
	Why  string
	Help string // what to write instead, or empty
	Err  error  // may be nil
}

func (e *URIError) Error() string { return "the URI of the key: " + e.Why }

// Is says that it is ErrURI.
func (e *URIError) Is(target error) bool { return target == ErrURI }

// Unwrap returns Err.
func (e *URIError) Unwrap() error { return e.Err }

// Hint returns Help.
func (e *URIError) Hint() string { return e.Help }

// ModuleError says which PKCS#11 module cannot be used.
type ModuleError struct {
	Path string
	Why  string
}

func (e *ModuleError) Error() string { return fmt.Sprintf("the PKCS#11 module %s: %s", e.Path, e.Why) }

// Is says that it is ErrModule.
func (e *ModuleError) Is(target error) bool { return target == ErrModule }

// Hint says where modules are.
func (e *ModuleError) Hint() string {
	return "name the library that came with the token: pkcs11:...?module-path=/usr/lib/softhsm/libsofthsm2.so"
}

// KeyTypeError says which key types there are.
type KeyTypeError struct {
	Name string
	Have []string
}

func (e *KeyTypeError) Error() string {
	return fmt.Sprintf("unknown key type %q for a token (there are %s)", e.Name, strings.Join(e.Have, ", "))
}

// DeviceError is what a token or service said when it could not do something.
type DeviceError struct {
	Doing string // "make the key"
	Name  string // CKR_DEVICE_REMOVED
	Plain string // what that means, where it is known
	// Unsupported means that it cannot do that at all.
	Unsupported bool
}

func (e *DeviceError) Error() string {
	if e.Plain != "" {
		return fmt.Sprintf("%s: %s (%s)", e.Doing, e.Plain, e.Name)
	}
	return fmt.Sprintf("%s: the token says %s", e.Doing, e.Name)
}

// Is says that it is ErrDevice, or ErrUnsupported.
func (e *DeviceError) Is(target error) bool {
	return target == ErrDevice && !e.Unsupported || target == ErrUnsupported && e.Unsupported
}

// TimeoutError says what took too long.
type TimeoutError struct {
	Doing string
	Limit time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s: no answer within %v", e.Doing, e.Limit)
}

// Is says that it is ErrTimeout.
func (e *TimeoutError) Is(target error) bool { return target == ErrTimeout }
