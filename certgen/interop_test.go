package certgen_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muxkey/certgen"
	"muxkey/internal/peer"
)

// run runs a program and returns all it says.
func run(t *testing.T, path string, args ...string) (output string, ok bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(out), err == nil
}

// anchors writes a certificate of each key type as PEM, made for the present
// time, at which the peers check it.
func anchors(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for _, kt := range certgen.KeyTypes() {
		cert := mustSelfSign(t, certgen.Request{
			Key: mustKey(t, kt.Name), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		})
		files[kt.Name] = writePEM(t, cert)
	}
	return files
}

func writePEM(t *testing.T, cert *x509.Certificate) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenSSLTakesTheCertificateAsItsAnchor(t *testing.T) {
	openssl := peer.Program(t, "openssl")
	for keyType, file := range anchors(t) {
		args := []string{"verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", file, "-verify_hostname"}
		if out, ok := run(t, openssl, append(args, "mux.example.com", file)...); !ok {
			t.Errorf("%s: %s", keyType, out)
		}
		if out, ok := run(t, openssl, append(args, "other.example.com", file)...); ok {
			t.Errorf("%s: good for another host: %s", keyType, out)
		}
	}
}

func TestGnuTLSTakesTheCertificateAsItsAnchor(t *testing.T) {
	certtool := peer.Program(t, "certtool")
	for keyType, file := range anchors(t) {
		args := []string{"--verify", "--load-ca-certificate", file, "--infile", file, "--verify-purpose", "1.3.6.1.5.5.7.3.1", "--verify-hostname"}
		if out, ok := run(t, certtool, append(args, "mux.example.com")...); !ok {
			t.Errorf("%s: %s", keyType, out)
		}
		if out, ok := run(t, certtool, append(args, "other.example.com")...); ok {
			t.Errorf("%s: good for another host: %s", keyType, out)
		}
	}
}

func TestNSSTakesTheCertificateAsItsAnchor(t *testing.T) {
	certutil := peer.Program(t, "certutil")
	for keyType, file := range anchors(t) {
		if keyType == "ed25519" {
			continue // unknown to the NSS 3.87 of Debian 12
		}
		for _, trust := range []string{"C,,", "P,,"} { // as a CA, as a peer
			db := "sql:" + t.TempDir()
			for _, args := range [][]string{
				{"-N", "-d", db, "--empty-password"},
				{"-A", "-d", db, "-n", "mux", "-t", trust, "-a", "-i", file},
				{"-V", "-d", db, "-n", "mux", "-u", "V", "-e"}, // TLS server, with the signature
			} {
				if out, ok := run(t, certutil, args...); !ok {
					t.Errorf("%s, trusted as %s: certutil %s: %s", keyType, trust, args[0], out)
					break
				}
			}
		}
	}
}

// testdata/Handshake.java makes a TLS connection with either trust manager of
// the JDK, the certificate being the only anchor.
func TestJavaTakesTheCertificateAsItsAnchor(t *testing.T) {
	java := peer.Program(t, "java")
	if testing.Short() {
		t.Skip("the JVM is slow")
	}
	args := []string{filepath.Join("testdata", "Handshake.java")}
	for _, kt := range certgen.KeyTypes() {
		key := mustKey(t, kt.Name)
		cert := mustSelfSign(t, certgen.Request{Key: key, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour)})
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go serve(t.Context(), listener)
		_, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, writePEM(t, cert), port)
	}
	out, ok := run(t, java, args...)
	if !ok {
		t.Fatal(out)
	}
	for line := range strings.Lines(out) {
		if !strings.HasSuffix(strings.TrimSpace(line), ": ok") {
			t.Error(line)
		}
	}
	if n := strings.Count(out, ": ok"); n != 2*len(certgen.KeyTypes()) {
		t.Errorf("%d handshakes, want %d: %s", n, 2*len(certgen.KeyTypes()), out)
	}
}

// serve handshakes with everyone until the listener is closed.
func serve(ctx context.Context, listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_ = conn.(*tls.Conn).HandshakeContext(ctx) // its failure is the client's to tell
		_ = conn.Close()
	}
}

func TestOpenSSLReadsTheSubject(t *testing.T) {
	openssl := peer.Program(t, "openssl")
	for _, s := range []string{
		"CN=mux.example.com,OU=Chat,O=Example\\, Inc.,L=Bonn,ST=NRW,C=DE",
		"CN=mux,DC=example,DC=com", // no multi-valued RDN: openssl turns the order of the set round
		"CN=\\#1\\+2\\;\\<\\>\\\\\\\",O=\\ a\\ ",
		"emailAddress=a@example.com,serialNumber=7,CN=Jürgen",
		"1.2.3.4=#13026162,CN=mux",
	} {
		subject, err := certgen.ParseDN(s)
		if err != nil {
			t.Fatal(err)
		}
		file := writePEM(t, mustSelfSign(t, certgen.Request{Subject: subject}))
		// RFC 2253 without escaping what is not ASCII, hexadecimal for unknown types.
		out, ok := run(t, openssl, "x509", "-in", file, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8")
		got := strings.TrimSuffix(strings.TrimPrefix(out, "subject="), "\n")
		if want := certgen.FormatDN(subject); !ok || !strings.EqualFold(got, want) {
			t.Errorf("openssl reads %s, we write %s", got, want)
		}
	}
}
