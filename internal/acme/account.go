package acme

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	rfc8555 "github.com/mholt/acmez/v3/acme"

	"muxkey/certgen"
	"muxkey/internal/safefile"
)

// EAB is an external account binding (RFC 8555 section 7.3.4): what a CA gives
// to a customer so that the ACME account is known as theirs.
type EAB struct {
	KeyID string
	// Key is a secret; see [ParseEABKey].
	Key []byte
}

// ParseEABKey reads the HMAC key as CAs hand it out: base64url, with or without
// padding, or plain base64. The error is ErrBindingKey and does not show it.
func ParseEABKey(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	text = strings.NewReplacer("+", "-", "/", "_").Replace(text)
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(key) == 0 {
		return nil, ErrBindingKey
	}
	return key, nil
}

// KeyError says that the account key cannot be used.
type KeyError struct {
	Path string
	Err  error // one of the system's, or ErrKey
}

func (e *KeyError) Error() string { return "account key " + e.Path + ": " + plainPath(e.Err).Error() }

// Unwrap returns Err.
func (e *KeyError) Unwrap() error { return e.Err }

func plainPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// ErrKey means that a file has no key that an ACME account can go by.
var ErrKey = errors.New("not an EC or RSA private key in PEM without a password")

const maxKeyFile = 64 << 10

// readKey returns the key of the file, or nil when there is no file.
func readKey(path string) (crypto.Signer, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && path != "" {
		return nil, nil
	}
	if err != nil {
		return nil, &KeyError{path, err}
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, &KeyError{path, err}
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, &KeyError{path, err}
	}
	return key, nil
}

// parseKey takes the three forms in which other clients keep their keys.
func parseKey(text []byte) (crypto.Signer, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, ErrKey
		}
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		default: // "EC PARAMETERS" goes before a key of openssl
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		switch key := key.(type) {
		case *ecdsa.PrivateKey:
			return key, nil
		case *rsa.PrivateKey:
			return key, nil
		}
		return nil, ErrKey
	}
}

// makeKey writes a new key to where none is.
func (o *order) makeKey(ctx context.Context, path string) (crypto.Signer, error) {
	key, err := certgen.GenerateKey(ctx, o.cfg.Rand, "ec-p256")
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return key, safefile.Write(ctx, path, text, safefile.Options{Mode: 0o600})
}

// signIn finds the account of the key at the server, or makes one.
func (o *order) signIn(ctx context.Context) (created bool, err error) {
	key, err := readKey(o.cfg.AccountKey)
	if err != nil {
		return false, err
	}
	if key != nil {
		if known, err := o.find(ctx, key); known || err != nil {
			return false, err
		}
	}
	// First all that needs nobody but the caller, so that a no leaves nothing
	// behind.
	if meta := o.dir.Meta; meta != nil {
		if meta.ExternalAccountRequired && o.cfg.EAB == nil {
			return false, ErrBinding
		}
		if meta.TermsOfService != "" {
			agreed := false
			if o.cfg.AgreeTerms != nil {
				if agreed, err = o.cfg.AgreeTerms(ctx, meta.TermsOfService); err != nil {
					return false, err
				}
			}
			if !agreed {
				return false, &TermsError{URL: meta.TermsOfService}
			}
			o.account.TermsOfServiceAgreed = true
		}
	}
	if key == nil {
		if o.account.PrivateKey, err = o.makeKey(ctx, o.cfg.AccountKey); err != nil {
			return false, err
		}
		o.say("the key of the account is in %s; keep it, renewals go by it", o.cfg.AccountKey)
	}
	for _, address := range o.cfg.Contact {
		o.account.Contact = append(o.account.Contact, "mailto:"+strings.TrimPrefix(address, "mailto:"))
	}
	if eab := o.cfg.EAB; eab != nil {
		binding := rfc8555.EAB{KeyID: eab.KeyID, MACKey: base64.RawURLEncoding.EncodeToString(eab.Key)}
		if err := o.account.SetExternalAccountBinding(ctx, o.conn.Client, binding); err != nil {
			return false, o.conn.failed(ctx, "binding the account", err)
		}
	}
	o.say("making an account at %s", o.cfg.Server.Directory)
	made, err := o.conn.NewAccount(ctx, o.account)
	if err = o.conn.failed(ctx, "making an account", err); err != nil {
		if problem, ok := errors.AsType[*Problem](err); ok && o.cfg.EAB != nil && problem.Kind == Unauthorized {
			problem.Kind = Binding
		}
		return false, err
	}
	return true, o.signedIn(made)
}

func (o *order) signedIn(account rfc8555.Account) error {
	if account.Location == "" {
		return o.conn.strange("the account has no address")
	}
	if account.Status != "" && account.Status != rfc8555.StatusValid {
		return &Problem{
			Doing: "looking for the account", Kind: Account, Type: rfc8555.ProblemTypeUnauthorized,
			Detail: "the account is " + account.Status,
		}
	}
	o.account = account
	return nil
}
