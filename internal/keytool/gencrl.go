package keytool

import (
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	certtext "muxkey/internal/keytool/text"
)

// genCRL is -gencrl, which is not in the help.
func genCRL(ctx context.Context, t *tool) error {
	if err := t.begin(ctx, t.call.File); err != nil {
		return err
	}
	if len(t.call.IDs) == 0 {
		return exception.New(exception.Plain, "Must provide -id when -gencrl")
	}
	from, until, err := t.dates()
	if err != nil {
		return err
	}
	ca, err := t.authority(ctx, t.alias(), t.call.KeyPass)
	if err != nil {
		return err
	}
	s, err := t.signature(ca.key.Public)
	if err != nil {
		return err
	}
	list := jca.CRL{Issuer: ca.entry.Chain[0].RawSubject, ThisUpdate: from, NextUpdate: until}
	for _, id := range t.call.IDs {
		r, err := revoked(id, from)
		if err != nil {
			return err
		}
		list.Revoked = append(list.Revoked, r)
	}
	der, err := list.Sign(t.env.Rand, ca.key, s)
	if err != nil {
		return misfit(ca.key.Public, err)
	}
	made, err := certtext.ParseCRL(der, t.level)
	if err != nil {
		return err
	}
	if t.call.RFC {
		der = []byte(t.printer().PEM("X509 CRL", der))
	}
	if err := t.put(ctx, t.call.File, der); err != nil {
		return err
	}
	issuer, err := t.certificate(ca.entry.Chain[0].Raw)
	if err != nil {
		return err
	}
	t.warnSigned(labelGeneratedCRL, made.SignatureName, issuer.Key, "")
	return nil
}

// reasonCode is the extension of an entry that says why (RFC 5280 section 5.3.1).
func reasonCode(code int) (pkix.Extension, error) {
	value, err := asn1.Marshal(asn1.Enumerated(code))
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 21}, Value: value}, err
}

// revoked reads a value of -id: a serial number and, behind a colon, a reason.
func revoked(id string, at time.Time) (jca.Revoked, error) {
	r := jca.Revoked{Time: at}
	number, code, given := strings.Cut(id, ":")
	if given {
		reason, err := strconv.ParseInt(code, 10, 32)
		if err != nil {
			return r, exception.Wrap(exception.NumberFormat, fmt.Sprintf("For input string: %q", code), err)
		}
		if reason <= 0 {
			return r, exception.New(exception.Plain, "Reason code must be positive")
		}
		e, err := reasonCode(int(reason))
		if err != nil {
			return r, err
		}
		r.Extensions = []pkix.Extension{e}
	}
	serial, ok := new(big.Int).SetString(number, 10)
	if !ok {
		return r, notANumber(number)
	}
	r.Serial = serial
	return r, nil
}

// notANumber is the complaint of java.math.BigInteger.
func notANumber(word string) error {
	if word == "" {
		return exception.New(exception.NumberFormat, "Zero length BigInteger")
	}
	return exception.New(exception.NumberFormat, fmt.Sprintf("For input string: %q", word))
}
