package text_test

import (
	"encoding/pem"
	"os"
	"testing"
	"time"

	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/text"
)

// FuzzRead reads whatever comes as certificates, CRLs, a PKCS#7 and a request. What
// can be read can be printed, and is what it is said to be when it is read again.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"root.pem", "server-order.pem"} {
		data, err := os.ReadFile("../../../testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		if block, _ := pem.Decode(data); block != nil {
			f.Add(block.Bytes)
		}
	}
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----"))
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0})
	l, err := level.Parse("25")
	if err != nil {
		f.Fatal(err)
	}
	p := text.Printer{Level: l, Zone: time.UTC}
	f.Fuzz(func(t *testing.T, data []byte) {
		if list, err := text.ReadCertificates(data, l); err == nil {
			for _, c := range list {
				printed, err := p.Certificate(c, false)
				if err != nil {
					continue
				}
				again, err := text.ParseCertificate(c.Raw, l)
				if err != nil {
					t.Fatalf("%x: %v", c.Raw, err)
				}
				if twice, err := p.Certificate(again, false); err != nil || twice != printed {
					t.Fatalf("%x is printed in two ways: %v", c.Raw, err)
				}
			}
		}
		if list, err := text.ReadCRLs(data, l); err == nil {
			for _, c := range list {
				p.CRL(c)
			}
		}
		_, _ = text.ReadSignedData(data, l)
		if r, err := text.ParseRequest(data, l, func(*text.Request) error { return nil }); err == nil {
			p.Request(r)
		}
		_, _ = text.DecodeRequest(data)
	})
}
