package store

import "muxkey/pkcs12x"

// Passwordless tells whether a file is a PKCS#12 store without encrypted
// certificates and without a MAC, for which nobody is asked for a password.
func Passwordless(data []byte) bool {
	f, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
	if err != nil || f.Integrity != nil {
		return false
	}
	for _, safe := range f.Safes {
		if safe.Protection != nil {
			return false
		}
	}
	return true
}
