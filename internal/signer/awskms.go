//go:build awskms

package signer

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"
	"go.step.sm/crypto/kms/apiv1"
	"go.step.sm/crypto/kms/awskms"
)

func openAWS() opener {
	return func(ctx context.Context, uri string, opts Options) (*Key, error) {
		if !strings.Contains(uri, "key-id=") {
			return nil, fmt.Errorf("look for the key: %w: the URI has no key-id", ErrNoKey)
		}
		return withAWS(ctx, uri, opts, "look for the key", func(*awskms.KMS) (string, error) { return uri, nil })
	}
}

func createAWS() creator {
	return func(ctx context.Context, uri, keyType string, opts Options) (*Key, error) {
		algorithm, bits := awsAlgorithm(keyType)
		return withAWS(ctx, uri, opts, "make the key", func(k *awskms.KMS) (string, error) {
			made, err := k.CreateKey(&apiv1.CreateKeyRequest{Name: uri, SignatureAlgorithm: algorithm, Bits: bits})
			if err != nil {
				return "", err
			}
			// Its name has the id alone; where the service is stands in ours.
			return awsURI(made.Name, uri), nil
		})
	}
}

// awsURI adds to the name of a new key what the URI that it was made with says
// besides the name.
func awsURI(name, uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	for _, part := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(";?&", r) }) {
		if !strings.HasPrefix(part, "name=") {
			name += ";" + part
		}
	}
	return name
}

// awsAlgorithm is how the library calls a type of KeyTypes.
func awsAlgorithm(keyType string) (algorithm apiv1.SignatureAlgorithm, bits int) {
	switch keyType {
	case "ec-p384":
		return apiv1.ECDSAWithSHA384, 0
	case "ec-p521":
		return apiv1.ECDSAWithSHA512, 0
	case "rsa-2048":
		return apiv1.SHA256WithRSA, 2048
	case "rsa-3072":
		return apiv1.SHA256WithRSA, 3072
	case "rsa-4096":
		return apiv1.SHA256WithRSA, 4096
	case "ed25519":
		return apiv1.PureEd25519, 0
	}
	return apiv1.ECDSAWithSHA256, 0
}

// withAWS makes a Key of the one whose URI name returns. The library takes no
// context beyond the first call and waits 15 s by itself, so each call is bounded
// here too.
func withAWS(ctx context.Context, uri string, opts Options, doing string, name func(*awskms.KMS) (string, error)) (*Key, error) {
	busy := make(chan struct{}, 1)
	do := func(doing string, f func() error) error {
		return await(ctx, opts.timeout(), doing, busy, func() error { return explainAWS(doing, f()) })
	}
	var key *Key
	err := do(doing, func() error {
		client, err := awskms.New(ctx, apiv1.Options{URI: uri})
		if err != nil {
			return err
		}
		at, err := name(client)
		if err != nil {
			return err
		}
		signer, err := client.CreateSigner(&apiv1.CreateSignerRequest{SigningKey: at})
		if err != nil {
			return err
		}
		key = &Key{
			URI: at, Again: at, public: signer.Public(), close: client.Close,
			sign: func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
				var signature []byte
				if err := do("sign", func() (err error) { signature, err = signer.Sign(nil, digest, opts); return err }); err != nil {
					return nil, err
				}
				return signature, nil
			},
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// explainAWS makes an error of this package of what the service answers.
func explainAWS(doing string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		if e.ErrorCode() == "NotFoundException" {
			return fmt.Errorf("%s: %w: %s", doing, ErrNoKey, e.ErrorMessage())
		}
		return &DeviceError{Doing: doing, Name: e.ErrorCode(), Plain: e.ErrorMessage()}
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrDevice, err)
}
