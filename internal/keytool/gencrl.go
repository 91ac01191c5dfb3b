package keytool

import (
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strconv"
	"strings"
	"time"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
)

// genCRL is -gencrl: a list of the certificates that -id names.
func genCRL(ctx context.Context, t *tool) error {
	if err := t.begin(ctx, t.call.File); err != nil {
		return err
	}
	ca, err := t.authority(ctx, t.alias())
	if err != nil {
		return err
	}
	list := jca.CRL{Issuer: ca.cert.Subject, ThisUpdate: ca.from, NextUpdate: ca.to}
	for _, id := range t.call.IDs {
		r, err := t.revoked(id, ca.from)
		if err != nil {
			return err
		}
		list.Revoked = append(list.Revoked, r)
	}
	signature, err := t.namedSignature(ca.sigAlg, ca.key.Public)
	if err != nil {
		return err
	}
	der, err := list.Sign(t.env.Rand, ca.key, signature)
	if err != nil {
		return err
	}
	if err := t.putOut(ctx, t.call.File, "X509 CRL", der); err != nil {
		return err
	}
	t.warnSigned(labelGeneratedCRL, signature.Name, ca.cert.Key, "")
	return nil
}

// oidReason is the extension of an entry that says why.
func oidReason() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 21} }

// revoked reads one value of -id: the number of a certificate in decimal, and
// behind a colon the number of a reason.
func (t *tool) revoked(id string, at time.Time) (jca.Revoked, error) {
	number, reason, hasReason := strings.Cut(id, ":")
	r := jca.Revoked{Time: at}
	if hasReason {
		code, err := strconv.ParseInt(reason, 10, 32)
		if err != nil {
			return r, notNumber(reason, err)
		}
		if code <= 0 {
			return r, t.notPositive()
		}
		value, err := asn1.Marshal(asn1.Enumerated(code))
		if err != nil {
			return r, err
		}
		r.Extensions = []pkix.Extension{{Id: oidReason(), Value: value}}
	}
	if number == "" {
		return r, exception.New(exception.NumberFormat, "Zero length BigInteger")
	}
	serial, ok := new(big.Int).SetString(number, 10)
	if !ok || strings.Contains(number, "_") {
		return r, notNumber(strings.TrimLeft(number, "0"), nil) // BigInteger skips zeros first
	}
	r.Serial = serial
	return r, nil
}

// notPositive is the complaint about a reason of no number above zero.
func (t *tool) notPositive() error {
	if t.level.EarlyExtensions {
		return exception.New(exception.Plain, "Reason code must be positive")
	}
	return exception.New(exception.CRL, "Encoding error: java.io.IOException: No value to encode for the extension!")
}

// notNumber is what Java says of a word that is no number.
func notNumber(word string, err error) error {
	return exception.Wrap(exception.NumberFormat, `For input string: "`+word+`"`, err)
}
