package path_test

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/peer"
	"muxkey/trust"
	"muxkey/trust/path"
)

func run(t *testing.T, program string, args ...string) (output string, ok bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err == nil
}

func writePEM(t *testing.T, name string, list []*pair) string {
	t.Helper()
	var out []byte
	for _, p := range list {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Raw})...)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// askOpenSSL is openssl verify at security level 2, which Debian and OpenSSL 3.2
// set for TLS.
func askOpenSSL(t *testing.T, openssl string, w world) (output string, ok bool) {
	t.Helper()
	anchors := writePEM(t, "anchors.pem", w.trusted)
	if terms := w.terms; len(terms.Only)+len(terms.Rejected) > 0 { // it has a form to say it
		var err error
		if anchors, err = trustedPEM(t, openssl, anchors, terms); err != nil {
			t.Fatal(err)
		}
	}
	name := "-verify_hostname"
	if _, err := netip.ParseAddr(w.host); err == nil {
		name = "-verify_ip"
	}
	return run(t, openssl, "verify", "-no-CApath", "-no-CAstore", "-auth_level", "2", "-purpose", "sslserver",
		"-trusted", anchors, "-untrusted", writePEM(t, "chain.pem", w.shown), name, w.host, writePEM(t, "leaf.pem", w.shown[:1]))
}

// askJava connects to a server for each world by the default trust manager, and
// checks host names as for HTTPS. The answers are "ok" or the exceptions.
func askJava(t *testing.T, java string, worlds []world) []string {
	t.Helper()
	args := []string{filepath.Join("testdata", "Client.java")}
	for _, w := range worlds {
		chain := tls.Certificate{PrivateKey: w.shown[0].key}
		for _, p := range w.shown {
			chain.Certificate = append(chain.Certificate, p.Raw)
		}
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{chain}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			conn, err := listener.Accept()
			if err == nil {
				_ = conn.(*tls.Conn).HandshakeContext(t.Context()) // its failure is the client's to tell
				_ = conn.Close()
			}
		}()
		_, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, writePEM(t, "anchors.pem", w.trusted), w.host, port)
	}
	out, ok := run(t, java, args...)
	lines := strings.Split(out, "\n")
	if !ok || len(lines) != len(worlds) {
		t.Fatalf("java: %s", out)
	}
	for _, line := range lines {
		if line != "ok" && !strings.Contains(line, "ValidatorException") && !strings.Contains(line, "CertificateException") {
			t.Errorf("java refuses, but not for the certificate: %s", line)
		}
	}
	return lines
}

// Every verdict of the table is that of the programs themselves.
func TestProgramsAgree(t *testing.T) {
	openssl, java := peer.Program(t, "openssl"), peer.Program(t, "java")
	var worlds []world
	for _, tt := range worldCases {
		worlds = append(worlds, tt.world(newForge(t)))
	}
	answers := askJava(t, java, worlds)
	for i, tt := range worldCases {
		if refused := slices.Contains(strings.Fields(tt.refused), string(path.Java)); refused == (answers[i] == "ok") {
			t.Errorf("%s: java says %s, want refused: %v", tt.name, answers[i], refused)
		}
		out, ok := askOpenSSL(t, openssl, worlds[i])
		if refused := slices.Contains(strings.Fields(tt.refused), string(path.OpenSSL)); refused == ok {
			t.Errorf("%s: openssl says %s, want refused: %v", tt.name, out, refused)
		}
	}
}

// Worlds that nobody has thought of.
func TestProgramsAgreeOnStrangeWorlds(t *testing.T) {
	openssl, java := peer.Program(t, "openssl"), peer.Program(t, "java")
	random := rand.New(rand.NewPCG(5280, 9525))
	var worlds []world
	var stories []string
	for range 300 {
		data := make([]byte, 40)
		for i := range data {
			data[i] = byte(random.IntN(256) * random.IntN(2))
		}
		w, story := strange(newForge(t), data)
		worlds, stories = append(worlds, w), append(stories, story)
	}
	answers := askJava(t, java, worlds)
	for i, w := range worlds {
		f := newForge(t)
		if v := check(t, w.question(t, f, path.Java)); v.Accepted != (answers[i] == "ok") && !strings.Contains(answers[i], "TrustAnchor with subject") { // see the comment of the package
			t.Errorf("%s\njava says %s, we say %v: %s", stories[i], answers[i], v.Accepted, v.Why)
		}
		out, ok := askOpenSSL(t, openssl, w)
		if v := check(t, w.question(t, f, path.OpenSSL)); v.Accepted != ok {
			t.Errorf("%s\nopenssl says %s, we say %v: %s", stories[i], out, v.Accepted, v.Why)
		}
	}
}

// trustedPEM makes a file of a trusted certificate (openssl-x509(1), "Trust
// settings").
func trustedPEM(t *testing.T, openssl, file string, terms trust.Terms) (string, error) {
	t.Helper()
	args := []string{"x509", "-in", file, "-trustout"}
	words := map[trust.Purpose]string{trust.Server: "serverAuth", trust.Client: "clientAuth"}
	for _, p := range terms.Only {
		args = append(args, "-addtrust", words[p])
	}
	for _, p := range terms.Rejected {
		args = append(args, "-addreject", words[p])
	}
	out, ok := run(t, openssl, args...)
	if !ok {
		return "", fmt.Errorf("openssl x509: %s", out)
	}
	made := filepath.Join(t.TempDir(), "trusted.pem")
	return made, os.WriteFile(made, []byte(out+"\n"), 0o600)
}
