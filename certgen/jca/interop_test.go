package jca

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/internal/peer"
)

// What is signed here, OpenSSL and Java verify; Java signs with the keys.
func TestSignaturesInterop(t *testing.T) {
	openssl, java := peer.Program(t, "openssl"), peer.Program(t, "java")
	dir := t.TempDir()
	names := map[string]string{} // of the signatures, by those of the files
	for i, tt := range fits() {
		p := tt.p
		for form, seed := range []bool{true, false} { // JDK 25.0.3 reads no seeds
			p.Seed = seed
			k := keyOf(t, tt.algorithm, p)
			if !seed && k.Public.Algorithm != "ML-DSA" {
				continue
			}
			for _, n := range tt.names {
				s, err := FindSignature(n)
				if err != nil {
					t.Fatal(err)
				}
				der, err := certificate(t, k).Sign(rand.Reader, k, s)
				if err != nil {
					t.Fatal(err)
				}
				file := fmt.Sprintf("%d-%d-%s", i, form, strings.ReplaceAll(n, "/", "-"))
				names[file] = n
				write(t, filepath.Join(dir, file+".crt"), der)
				write(t, filepath.Join(dir, file+".key"), k.PKCS8)
				if !knownToOpenSSL(k.Public.Algorithm, n) {
					continue
				}
				pemFile := writePEM(t, "CERTIFICATE", der)
				if output, err := exec.CommandContext(t.Context(), openssl, "verify", "-auth_level", "0", "-check_ss_sig", "-CAfile", pemFile, pemFile).CombinedOutput(); err != nil {
					t.Errorf("%s with %s %+v: %v: %s", n, tt.algorithm, tt.p, err, output)
				}
			}
		}
	}
	output, err := exec.CommandContext(t.Context(), java, "testdata/Judge.java", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	good := 0
	for line := range strings.Lines(string(output)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 3 && f[1] == "good":
			good++
		case strings.Contains(f[0], "-ML-DSA"):
			// Not every JDK has ML-DSA, and none reads both forms of its keys.
		default:
			t.Errorf("%s: %s", names[f[0]], line)
		}
	}
	if good < len(names)*2/3 {
		t.Errorf("%d of %d are good:\n%s", good, len(names), output)
	}
	t.Logf("%d of %d are good", good, len(names))
}

// knownToOpenSSL tells what OpenSSL 3.0 takes in certificates: no ML-DSA, MD2 only if
// it was built so, no SHA-512/256, SHA-3 with RSA alone, and no long digests with
// DSA.
func knownToOpenSSL(key, signature string) bool {
	switch key {
	case "RSA":
		return signature != "MD2withRSA" && !strings.Contains(signature, "/")
	case "RSASSA-PSS":
		return signature == "RSASSA-PSS"
	case "DSA":
		return signature == "SHA1withDSA" || signature == "SHA224withDSA" || signature == "SHA256withDSA"
	}
	return key != "ML-DSA" && !strings.HasPrefix(signature, "SHA3")
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
