package store

import (
	"errors"
	"strconv"

	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// malformed is what Java says of a file that is no PKCS#12, or that broke off.
func malformed(data []byte, err error) error {
	if _, limit := errors.AsType[*pkcs12x.LimitError](err); limit {
		return exception.Wrap(exception.IO, err.Error(), err)
	}
	said := func(message string) error { return exception.Wrap(exception.IO, message, err) }
	switch {
	case len(data) == 0:
		return exception.Wrap(exception.IO, "Empty input", err)
	case data[0] != 0x30:
		return said("toDerInputStream rejects tag type " + strconv.Itoa(int(data[0])))
	}
	return said(err.Error())
}

// probePKCS12 tells whether a file begins as Java knows PKCS#12: by its first 24
// octets, in the lengths that occur.
func probePKCS12(data []byte) bool {
	return len(data) >= 24 && pkcs12x.Detect(data)
}
