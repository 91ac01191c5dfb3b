package signer

import (
	"errors"
	"strings"
	"testing"
)

func TestSchemes(t *testing.T) {
	if len(Schemes()) == 0 {
		t.Fatal("there are none")
	}
	for _, s := range Schemes() {
		_, err := Open(t.Context(), s.Name+":", Options{})
		if unavailable := errors.Is(err, ErrUnavailable); unavailable == s.Built {
			t.Errorf("%s: built is %v, and Open says %v", s.Name, s.Built, err)
		}
		_, err = Create(t.Context(), s.Name+":", "ec-p256", Options{})
		e, ok := errors.AsType[*UnavailableError](err)
		if ok == s.Built {
			t.Errorf("%s: built is %v, and Create says %v", s.Name, s.Built, err)
		}
		if ok && (!strings.Contains(e.Hint(), s.How) || !strings.Contains(e.Error(), s.Name)) {
			t.Errorf("%v, hint: %s", e, e.Hint())
		}
		if s.Title == "" || s.Tag == "" || s.How == "" {
			t.Errorf("%+v", s)
		}
	}
}

func TestNoScheme(t *testing.T) {
	for _, uri := range []string{"", "s3cret", "file:s3cret", "pkcs12:s3cret", ":s3cret", "/s3cret"} {
		_, err := Open(t.Context(), uri, Options{})
		e, ok := errors.AsType[*URIError](err)
		if !ok || strings.Contains(e.Error()+e.Hint(), "s3cret") || !strings.Contains(e.Hint(), "pkcs11:") {
			t.Errorf("%q: %v", uri, err)
		}
	}
	// A PIN in the open is refused by every build.
	if _, err := Open(t.Context(), "pkcs11:token=a?pin-value=s3cret", Options{}); !errors.Is(err, ErrURI) {
		t.Errorf("%v", err)
	}
}
