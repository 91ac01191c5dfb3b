package certgen_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
	"muxkey/internal/peer"
)

func mustCRL(t testing.TB, ca *certgen.CA, u certgen.CRLUpdate) *certgen.CRL {
	t.Helper()
	if u.ThisUpdate.IsZero() {
		u.ThisUpdate, u.NextUpdate = now, now.AddDate(0, 0, certgen.CRLDays)
	}
	der, err := ca.CreateCRL(seeded(7), u)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := certgen.ParseCRL(der)
	if err != nil {
		t.Fatal(err)
	}
	return crl
}

func TestCRLGrows(t *testing.T) {
	ca := newAuthority(t, "ec-p256", year, certgen.Signing{}).sub
	revoke := func(serial int64, at time.Time, reason certgen.Reason) certgen.Revocation {
		return certgen.Revocation{Serial: big.NewInt(serial), Time: at, Reason: reason}
	}
	first := mustCRL(t, ca, certgen.CRLUpdate{})
	if first.Number.Int64() != 1 || len(first.Revoked) != 0 {
		t.Errorf("the first: number %v, %v", first.Number, first.Revoked)
	}
	second := mustCRL(t, ca, certgen.CRLUpdate{Old: first, Add: []certgen.Revocation{
		revoke(10, now, 1), revoke(11, now, certgen.CertificateHold), revoke(12, now, 0),
	}})
	later := now.Add(time.Hour)
	third := mustCRL(t, ca, certgen.CRLUpdate{
		Old: second, Add: []certgen.Revocation{revoke(10, later, 4), revoke(11, later, 5), revoke(13, later, 0)},
		Drop: func(r certgen.Revocation) bool { return r.Serial.Int64() == 12 },
	})
	if third.Number.Int64() != 3 || len(third.Revoked) != 3 {
		t.Fatalf("the third: number %v, %v", third.Number, third.Revoked)
	}
	for serial, want := range map[int64]certgen.Revocation{10: revoke(10, now, 1), 11: revoke(11, later, 5), 13: revoke(13, later, 0)} {
		got, ok := third.Find(big.NewInt(serial))
		if !ok || got.Reason != want.Reason || !got.Time.Equal(want.Time.Truncate(time.Second)) {
			t.Errorf("%d: %v, want %v", serial, got, want)
		}
	}
	if _, ok := third.Find(big.NewInt(12)); ok {
		t.Error("12 was not dropped")
	}
	list, err := x509.ParseRevocationList(third.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(ca.Certificate()); err != nil {
		t.Error(err)
	}
}

func TestImpossibleCRLs(t *testing.T) {
	a := newAuthority(t, "ec-p256", year, certgen.Signing{})
	of := mustCRL(t, a.sub, certgen.CRLUpdate{})
	damaged := *of
	damaged.Raw = append([]byte{}, of.Raw...)
	damaged.Raw[len(damaged.Raw)-1] ^= 1
	forged, err := certgen.ParseCRL(damaged.Raw)
	if err != nil {
		t.Fatal(err)
	}
	key := mustKey(t, "ec-p256")
	content := caContent(t, "CN=Root", 0)
	content.KeyUsage = x509.KeyUsageCertSign
	der, err := certgen.CreateRoot(seeded(3), key, content, year, certgen.Signing{})
	silent := must(certgen.NewCA([]*x509.Certificate{parsed(t, der, err)}, key))
	update := func(u certgen.CRLUpdate) certgen.CRLUpdate {
		u.ThisUpdate, u.NextUpdate = now, now.AddDate(0, 0, 7)
		return u
	}
	one := big.NewInt(1)
	var expired *certgen.ExpiredError
	for what, tt := range map[string]struct {
		ca   *certgen.CA
		u    certgen.CRLUpdate
		want error
	}{
		"of another CA":     {a.root, update(certgen.CRLUpdate{Old: of}), certgen.ErrOtherCRL},
		"forged":            {a.sub, update(certgen.CRLUpdate{Old: forged}), certgen.ErrSignature},
		"without cRLSign":   {silent, update(certgen.CRLUpdate{}), certgen.ErrCannotCRL},
		"never good":        {a.sub, certgen.CRLUpdate{ThisUpdate: now, NextUpdate: now}, certgen.ErrLifetime},
		"reason for deltas": {a.sub, update(certgen.CRLUpdate{Add: []certgen.Revocation{{Serial: one, Time: now, Reason: 8}}}), certgen.ErrReason},
	} {
		if _, err := tt.ca.CreateCRL(seeded(7), tt.u); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := a.sub.CreateCRL(seeded(7), certgen.CRLUpdate{ThisUpdate: now.AddDate(3, 0, 0), NextUpdate: now.AddDate(4, 0, 0)}); !errors.As(err, &expired) {
		t.Errorf("by an expired CA: %v", err)
	}
	if _, err := certgen.ParseCRL([]byte("CRL")); !errors.Is(err, certgen.ErrDamaged) {
		t.Errorf("no CRL: %v", err)
	}
	for word, want := range map[string]certgen.Reason{"keycompromise": 1, "9": 9, "unspecified": 0} {
		if got, err := certgen.ParseReason(word); err != nil || got != want {
			t.Errorf("%s: %v, %v", word, got, err)
		}
	}
	if _, err := certgen.ParseReason("bored"); !errors.Is(err, certgen.ErrReason) {
		t.Error(err)
	}
}

func TestOpenSSLAndKeytoolTakeOurCRLs(t *testing.T) {
	openssl, keytool := peer.Program(t, "openssl"), peer.Program(t, "keytool")
	for _, s := range []certgen.Signing{{}, {PSS: true}} {
		start := time.Now()
		ca := newAuthority(t, "rsa-2048", lasting(start), s).root
		leafDER, err := ca.Issue(seeded(5), start, mustKey(t, "ec-p256").Public(), serverContent(t, "mux.example.com"), lasting(start))
		leaf := parsed(t, leafDER, err)
		dir := t.TempDir()
		root, leafFile := writePEMAt(t, filepath.Join(dir, "root.pem"), ca.Certificate()), writePEMAt(t, filepath.Join(dir, "leaf.pem"), leaf)
		write := func(u certgen.CRLUpdate) string {
			u.ThisUpdate, u.NextUpdate = start, start.AddDate(0, 0, 7)
			file := filepath.Join(dir, "ca.crl")
			if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: mustCRL(t, ca, u).Raw}), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
		verify := func(crl string) (string, bool) {
			return run(t, openssl, "verify", "-x509_strict", "-crl_check", "-CAfile", root, "-CRLfile", crl, leafFile)
		}
		if out, ok := verify(write(certgen.CRLUpdate{})); !ok {
			t.Errorf("%v: before: %s", s, out)
		}
		crl := write(certgen.CRLUpdate{Add: []certgen.Revocation{{Serial: leaf.SerialNumber, Time: start, Reason: 1}}})
		if out, ok := verify(crl); ok || !strings.Contains(out, "certificate revoked") {
			t.Errorf("%v: after: %s", s, out)
		}
		if out, ok := run(t, openssl, "crl", "-in", crl, "-noout", "-text", "-CAfile", root); !ok || !strings.Contains(out, "verify OK") || !strings.Contains(out, "Key Compromise") {
			t.Errorf("%v: openssl crl: %s", s, out)
		}
		if out, ok := run(t, keytool, "-printcrl", "-file", crl); !ok || !strings.Contains(out, "Reason Code: KEY_COMPROMISE") {
			t.Errorf("%v: keytool: %s", s, out)
		}
	}
}

func FuzzParseCRL(f *testing.F) {
	ca := newAuthority(f, "ec-p256", year, certgen.Signing{}).sub
	f.Add(mustCRL(f, ca, certgen.CRLUpdate{Add: []certgen.Revocation{{Serial: big.NewInt(1), Time: now, Reason: 1}}}).Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		if crl, err := certgen.ParseCRL(der); err == nil {
			_, _ = ca.CreateCRL(seeded(7), certgen.CRLUpdate{Old: crl, ThisUpdate: now, NextUpdate: now.AddDate(0, 0, 1)})
		}
	})
}
