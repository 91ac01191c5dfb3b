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
	positive := true
	list := jca.CRL{Issuer: ca.cert.Subject, ThisUpdate: ca.from, NextUpdate: ca.to}
	for _, id := range t.call.IDs {
		r, reason, err := t.revoked(id, ca.from)
		if err != nil {
			return err
		}
		positive = positive && reason > 0
		list.Revoked = append(list.Revoked, r)
	}
	signature, err := t.namedSignature(ca.sigAlg, ca.key.Public)
	if err != nil {
		return err
	}
	if !positive { // as Java finds out when it writes the list
		return exception.New(exception.CRL, "Encoding error: java.io.IOException: No value to encode for the extension!")
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
// behind a colon the number of a reason, which is 1 where there is none.
func (t *tool) revoked(id string, at time.Time) (r jca.Revoked, reason int64, err error) {
	number, word, hasReason := strings.Cut(id, ":")
	r, reason = jca.Revoked{Time: at}, 1
	if hasReason {
		if reason, err = strconv.ParseInt(word, 10, 32); err != nil {
			return r, 0, notNumber(word, err)
		}
		if reason <= 0 && t.level.EarlyExtensions {
			return r, 0, exception.New(exception.Plain, "Reason code must be positive")
		}
		value, err := asn1.Marshal(asn1.Enumerated(reason))
		if err != nil {
			return r, 0, err
		}
		r.Extensions = []pkix.Extension{{Id: oidReason(), Value: value}}
	}
	if number == "" {
		return r, 0, exception.New(exception.NumberFormat, "Zero length BigInteger")
	}
	serial, ok := new(big.Int).SetString(number, 10)
	if !ok || strings.Contains(number, "_") {
		return r, 0, notNumber(strings.TrimLeft(number, "0"), nil) // BigInteger skips zeros first
	}
	r.Serial = serial
	return r, reason, nil
}

// notNumber is what Java says of a word that is no number.
func notNumber(word string, err error) error {
	return exception.Wrap(exception.NumberFormat, `For input string: "`+word+`"`, err)
}
