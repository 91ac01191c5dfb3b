package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"muxkey/cmd"
	"muxkey/internal/console"
	"muxkey/keystore"
)

// Fifty edits of one keystore at the same time, each of which adds another
// certificate: none is lost, whether they are processes or goroutines.
func TestFiftyEditsAtOnce(t *testing.T) {
	const edits = 50
	certificates := t.TempDir()
	var want []string
	for i := range edits {
		want = append(want, fmt.Sprintf("root-%02d", i))
		if err := os.WriteFile(filepath.Join(certificates, want[i]), certificate(t, want[i]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, way := range []struct {
		name string
		run  func(args ...string) (status int, said string)
	}{
		{"processes", func(args ...string) (int, string) {
			c := exec.CommandContext(t.Context(), "muxkey", args...)
			out, err := c.CombinedOutput()
			status, err := statusOf(err)
			if err != nil {
				t.Error(err)
			}
			return status, string(out)
		}},
		{"goroutines", func(args ...string) (int, string) {
			env := console.System()
			var out bytes.Buffer
			env.Out, env.Err = &out, &out
			status := cmd.Main(t.Context(), args, env)
			return status, out.String()
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			dir := t.TempDir()
			store := filepath.Join(dir, "trust.p12")
			password := []string{"--password", "pass:sesame-street"}
			// The first makes the keystore; two that make it would be told so.
			if status, said := way.run(append([]string{"import", store, filepath.Join(certificates, want[0]), "--yes"}, password...)...); status != 0 {
				t.Fatal(said)
			}
			var wg sync.WaitGroup
			for _, name := range want[1:] {
				wg.Go(func() {
					if status, said := way.run(append([]string{"import", store, filepath.Join(certificates, name), "--yes"}, password...)...); status != 0 {
						t.Errorf("%s: status %d: %s", name, status, said)
					}
				})
			}
			wg.Wait()
			st, err := keystore.Open(t.Context(), store, keystore.Options{Password: func(context.Context) (string, error) { return "sesame-street", nil }})
			if err != nil {
				t.Fatal(err)
			}
			got := st.Aliases()
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d of %d entries are there: %q", len(got), edits, got)
			}
			if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
				t.Errorf("the directory holds %v, %v", files, err)
			}
		})
	}
}

// certificate is a self-signed one in PEM.
func certificate(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
