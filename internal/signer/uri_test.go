package signer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePKCS11(t *testing.T) {
	slot := uint(7)
	for uri, want := range map[string]*locator{
		"pkcs11:": {token: map[string]string{}},
		"pkcs11:token=My%20CA;object=root": {
			token: map[string]string{"token": "My CA"}, object: "root",
		},
		// RFC 7512 section 3, with the PIN's place and a module.
		"pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;id=%69%95%3E%5C?module-path=/usr/lib/libp11.so&pin-source=file:/etc/token_pin": {
			token:  map[string]string{"token": "Software PKCS#11 softtoken", "manufacturer": "Snake Oil, Inc.", "model": "1.0"},
			object: "my-certificate", id: []byte("i\x95>\\"), module: "/usr/lib/libp11.so", pinSource: "file:/etc/token_pin",
		},
		"PKCS11:slot-id=7;type=private;id=12;object=a+b": {
			token: map[string]string{}, slot: &slot, id: []byte("12"), object: "a+b",
		},
		// As the documentation of other tools has it.
		"pkcs11:module-path=/m.so;serial=1a2b;pin-source=env:PIN": {
			token: map[string]string{"serial": "1a2b"}, module: "/m.so", pinSource: "env:PIN",
		},
	} {
		got, err := parsePKCS11(uri)
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(locator{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", uri, diff)
		}
	}
}

func TestParsePKCS11Refuses(t *testing.T) {
	for uri, why := range map[string]string{
		"pkcs11:token=a;token=b":                        "twice",
		"pkcs11:token=a?token=b":                        "twice",
		"pkcs11:token":                                  "name=value",
		"pkcs11:token=a;":                               "name=value",
		"pkcs11:token=%zz":                              "percent-encoding",
		"pkcs11:id=%0":                                  "percent-encoding",
		"pkcs11:tokken=a":                               `"tokken" in it is not known`,
		"pkcs11:slot-id=one":                            "not a number",
		"pkcs11:slot-id=-1":                             "not a number",
		"pkcs11:type=cert":                              "no private key",
		"pkcs11:token=a?pin-value=s3cret":               "holds the PIN",
		"pkcs11:token=a;pin-value=s3cret":               "holds the PIN",
		"pkcs11:token=a?pin-source=pass:s3cret":         "holds the PIN",
		"pkcs11:token=a?pin-source=%70ass%3As3cret":     "holds the PIN",
		"pkcs11:token=a?pin-value":                      "holds the PIN",
		"pkcs11:token=" + strings.Repeat("a", maxURI):   "too long",
		"pkcs11:" + strings.Repeat("x", 1000) + "=1":    "xxx...",
		"pkcs11:token=a&pin-value=s3cret":               "", // the token's name, to RFC 7512: "&" may stand in it
		"pkcs11:token=a?module-path=/m.so;pin-value=s3": "", // the module's path
	} {
		_, err := parsePKCS11(uri)
		if why == "" {
			if err != nil {
				t.Errorf("%s: %v", uri, err)
			}
			continue
		}
		e, ok := errors.AsType[*URIError](err)
		if !ok || !errors.Is(err, ErrURI) || !strings.Contains(err.Error(), why) {
			t.Errorf("%.60s: %v, want %s", uri, err, why)
			continue
		}
		if strings.Contains(e.Error()+e.Hint(), "s3cret") {
			t.Errorf("the error shows the PIN: %v", err)
		}
	}
}

func FuzzParsePKCS11(f *testing.F) {
	f.Add("pkcs11:token=My%20CA;id=%01%02?module-path=/m.so&pin-source=env:PIN")
	f.Add("pkcs11:token=a?pin-value=1234")
	f.Fuzz(func(t *testing.T, uri string) {
		l, err := parsePKCS11(uri)
		if (l == nil) == (err == nil) {
			t.Errorf("%v, %v", l, err)
		}
		if err != nil && !errors.Is(err, ErrURI) {
			t.Errorf("%v", err)
		}
		if err == nil && strings.HasPrefix(l.pinSource, "pass:") {
			t.Errorf("a PIN from the URI")
		}
	})
}
