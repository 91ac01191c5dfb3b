package nss

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"muxkey/pkcs12x"
)

// What certutil has made of certificates and trust is made of them here: the same
// attributes with the same values.
func TestObjectsAsCertutilMakesThem(t *testing.T) {
	for _, name := range []string{"empty", "password"} {
		from := read(t, fixture(t, name+"-cert9.db"), pkcs12x.DefaultLimits())
		theirs := map[string]*object{}
		for _, o := range from.objects {
			switch o.class() {
			case classCertificate:
				theirs[string(o.attributes[attrValue])] = o
			case classNSSTrust:
				theirs[string(o.attributes[attrCertSHA1])] = o
			}
		}
		for _, c := range Join(from, nil).Certificates {
			data, err := EncodeCertDB([]*Certificate{{Nickname: c.Nickname, Raw: c.Raw, Trust: c.Trust}})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range read(t, data, pkcs12x.DefaultLimits()).objects {
				key, ours := attrValue, o.attributes
				if o.class() == classNSSTrust {
					key = attrCertSHA1
				}
				want := maps.Clone(theirs[string(ours[key])].attributes)
				delete(want, 0xce534352) // the address of mail
				if !maps.EqualFunc(ours, want, bytes.Equal) {
					t.Errorf("%s, %s:\nhave %x\nwant %x", name, c.Nickname, ours, want)
				}
			}
		}
	}
}

// Trust and names come back as they were given, for as many certificates as there
// may be.
func TestEncodeCertDB(t *testing.T) {
	certs := open(t, "password").Certificates
	var list []*Certificate
	for i, c := range certs {
		twin := &Certificate{Nickname: c.Nickname, Raw: c.Raw}
		if i > 0 {
			twin.Trust = &Trust{ServerAuth: Level(i % 6), ClientAuth: Level((i + 1) % 6), EmailProtection: Distrusted, CodeSigning: TrustedCA}
		}
		list = append(list, twin)
	}
	data, err := EncodeCertDB(list)
	if err != nil {
		t.Fatal(err)
	}
	if kind, ok := Detect(data); !ok || kind != CertDB {
		t.Errorf("it is taken for %q", kind)
	}
	f := Join(read(t, data, pkcs12x.DefaultLimits()), nil)
	if len(f.Certificates) != len(list) || len(f.Trusts)+len(f.Others) > 0 {
		t.Fatalf("%d certificates of %d, and %d, %d besides", len(f.Certificates), len(list), len(f.Trusts), len(f.Others))
	}
	for i, c := range f.Certificates {
		if c.Nickname != list[i].Nickname || !bytes.Equal(c.Raw, list[i].Raw) || (c.Trust == nil) != (i == 0) {
			t.Errorf("certificate %d is %q", i, c.Nickname)
			continue
		}
		if c.Trust == nil {
			continue
		}
		for j, p := range purposes {
			want := *p.level(list[i].Trust)
			if want == Unset {
				want = MustVerify
			}
			if got := *p.level(c.Trust); got != want {
				t.Errorf("%q: level %d for purpose %d, want %d", c.Nickname, got, j, want)
			}
		}
	}
	if _, err := EncodeCertDB([]*Certificate{{Raw: []byte{1}}}); err == nil {
		t.Error("no certificate was taken for one")
	}
	many := slices.Repeat(list, 3000)
	if data, err = EncodeCertDB(many); err != nil {
		t.Fatal(err)
	}
	if d := read(t, data, pkcs12x.Limits{Size: len(data), Bags: 2 * len(many)}); len(d.objects) != 2*len(many)-3000 {
		t.Errorf("%d objects", len(d.objects))
	}
}
