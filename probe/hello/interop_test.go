package hello_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muxkey/internal/peer"
	"muxkey/probe/hello"
)

// files writes a certificate and its key where servers read them.
func files(t testing.TB, cert tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("cert.pem", "CERTIFICATE", cert.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
}

// start runs a server until the test ends. It says "ACCEPT" and its address when it
// listens.
func start(t testing.TB, program string, args ...string) dialer {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, program, args...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = c.Wait() // it was killed
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() {
				for lines.Scan() { // so that it never waits for us
				}
			}()
			return to(at)
		}
	}
	stop()
	_ = c.Wait()
	t.Fatalf("%s does not listen: %s", program, said.String())
	return nil
}

// startAt runs a server that wants to be told its port.
func startAt(t testing.TB, program string, args func(port string) []string) dialer {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr)
	_ = l.Close()
	ctx, stop := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, program, args(strconv.Itoa(at.Port))...)
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = c.Wait() // it was killed
	})
	dial := to(at.String())
	for range 100 {
		if conn, err := dial(t.Context()); err == nil {
			_ = conn.Close()
			return dial
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	_ = c.Wait()
	t.Fatalf("%s does not listen: %s", program, said.String())
	return nil
}

// row is what a version has to have in a matrix.
type row struct {
	suites []string // all of them in this order, unless some is set
	some   bool     // there are others
	order  hello.Order
	groups []string
	prime  string
}

func (r row) check(t *testing.T, v hello.Support) {
	t.Helper()
	got := suites(v.Suites)
	r.suites = slices.Clone(r.suites)
	if r.some {
		got = slices.DeleteFunc(got, func(name string) bool { return !slices.Contains(r.suites, name) })
		slices.Sort(got)
		slices.Sort(r.suites)
	}
	if !v.Accepted || v.Cut || !slices.Equal(got, r.suites) || v.Order != r.order {
		t.Errorf("%s: accepted %t (%v), cut %t, order of the %s:\n%q, want\n%q", v.Version, v.Accepted, v.Refusal, v.Cut, v.Order, suites(v.Suites), r.suites)
	}
	if r.groups != nil && !slices.Equal(groups(v.Groups), r.groups) {
		t.Errorf("%s: groups %q, want %q", v.Version, groups(v.Groups), r.groups)
	}
	if v.Prime != nil && v.Prime.Name() != r.prime || v.Prime == nil && r.prime != "" {
		t.Errorf("%s: the prime of %s, want %s", v.Version, v.Prime.Name(), r.prime)
	}
}

func TestOpenSSL(t *testing.T) {
	program := peer.Program(t, "openssl")
	certFile, keyFile := files(t, certificate(t, false))
	ecCert, ecKey := files(t, certificate(t, true))
	for _, tt := range []struct {
		name string
		args []string
		want map[hello.Version]row
	}{
		{
			"TLS 1.2 in the server's order",
			[]string{"-cert", certFile, "-key", keyFile, "-tls1_2", "-serverpref", "-groups", "P-384:X25519", "-cipher", "AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"},
			map[hello.Version]row{hello.TLS12: {
				suites: []string{"TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
				order:  hello.OrderServer, groups: []string{"secp384r1", "x25519"}, prime: "modp2048",
			}},
		},
		{
			"TLS 1.3 with one group",
			[]string{"-cert", ecCert, "-key", ecKey, "-tls1_3", "-groups", "ffdhe3072", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256"},
			map[hello.Version]row{hello.TLS13: {
				suites: []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}, order: hello.OrderClient, groups: []string{"ffdhe3072"},
			}},
		},
		{
			"old and anonymous",
			[]string{"-cert", certFile, "-key", keyFile, "-tls1", "-cipher", "AECDH-NULL-SHA:ADH-AES128-SHA:@SECLEVEL=0"},
			map[hello.Version]row{hello.TLS10: {
				suites: []string{"TLS_DH_anon_WITH_AES_128_CBC_SHA", "TLS_ECDH_anon_WITH_NULL_SHA"}, order: hello.OrderClient, prime: "modp1024",
			}},
		},
		{
			"a certificate whose curve is needed",
			[]string{"-cert", ecCert, "-key", ecKey, "-tls1_2", "-groups", "X25519:P-256:P-521:P-384", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"},
			map[hello.Version]row{hello.TLS12: {
				suites: []string{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, groups: []string{"x25519", "secp256r1", "secp384r1", "secp521r1"},
			}},
		},
		{
			"two certificates and curves",
			[]string{"-cert", certFile, "-key", keyFile, "-dcert", ecCert, "-dkey", ecKey, "-tls1_2", "-groups", "brainpoolP256r1:P-256:P-521:secp256k1", "-cipher", "ECDHE-ECDSA-AES256-CCM8:ECDHE-RSA-CAMELLIA128-SHA256:ECDHE-ARIA128-GCM-SHA256"},
			map[hello.Version]row{hello.TLS12: {
				suites: []string{"TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"},
				some:   true, order: hello.OrderClient, groups: []string{"secp256r1", "secp521r1", "brainpoolP256r1", "secp256k1"},
			}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dial := start(t, program, append([]string{"s_server", "-accept", "127.0.0.1:0", "-www"}, tt.args...)...)
			m, err := hello.Scan(t.Context(), dial, hello.Options{Randomness: rand.Reader, ServerName: "mux.example"})
			if err != nil || m.Cut != nil {
				t.Fatal(err, m.Cut)
			}
			for _, v := range m.Versions {
				if want, ok := tt.want[v.Version]; ok {
					want.check(t, v)
				} else if v.Accepted || v.Refusal == nil || v.Cut {
					t.Errorf("%s: accepted %t, cut %t", v.Version, v.Accepted, v.Cut)
				}
			}
		})
	}
}

// All that OpenSSL has is found: the list is its own.
func TestAllOfOpenSSL(t *testing.T) {
	program := peer.Program(t, "openssl")
	certFile, keyFile := files(t, certificate(t, false))
	ecCert, ecKey := files(t, certificate(t, true))
	const ciphers = "ALL:COMPLEMENTOFALL:!PSK:!SRP:!aDSS:@SECLEVEL=0"
	dial := start(t, program, "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certFile, "-key", keyFile, "-dcert", ecCert, "-dkey", ecKey, "-cipher", ciphers, "-min_protocol", "TLSv1")
	began := time.Now()
	m, err := hello.Scan(t.Context(), dial, hello.Options{Randomness: rand.Reader, Connections: 400})
	if err != nil || m.Cut != nil {
		t.Fatal(err, m.Cut)
	}
	t.Logf("%d connections in %s", m.Connections, time.Since(began))
	for v, flag := range map[hello.Version]string{hello.TLS10: "-tls1", hello.TLS12: "-tls1_2"} {
		out, err := exec.CommandContext(t.Context(), program, "ciphers", "-s", flag, "-stdname", ciphers).Output()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(out)) {
			if name := strings.Fields(line)[0]; !strings.Contains(name, "_PSK_") {
				want = append(want, name)
			}
		}
		got := suites(m.Of(v).Suites)
		slices.Sort(want)
		slices.Sort(got)
		if len(want) < 20 || !slices.Equal(got, want) {
			t.Errorf("%s: got %q\nwant %q", v, got, want)
		}
	}
}

func TestGnuTLS(t *testing.T) {
	certFile, keyFile := files(t, certificate(t, false))
	dial := startAt(t, peer.Program(t, "gnutls-serv"), func(port string) []string { // it has no option for the address
		return []string{"--quiet", "--http", "--port", port, "--x509certfile", certFile, "--x509keyfile", keyFile, "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-GROUP-ALL:+GROUP-SECP521R1:+GROUP-FFDHE2048:%SERVER_PRECEDENCE"}
	})
	m, err := hello.Scan(t.Context(), dial, hello.Options{Randomness: rand.Reader, ServerName: "mux.example"})
	if err != nil || m.Cut != nil {
		t.Fatal(err, m.Cut)
	}
	row{
		suites: []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256"},
		order:  hello.OrderServer, groups: []string{"secp521r1", "ffdhe2048"},
	}.check(t, m.Of(hello.TLS13))
	row{
		suites: []string{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_RSA_WITH_AES_256_CCM", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
		some:   true, order: hello.OrderServer, groups: []string{"secp521r1"}, prime: "ffdhe2048",
	}.check(t, m.Of(hello.TLS12))
	if m.Of(hello.TLS11).Accepted || m.Of(hello.SSL30).Accepted || !m.Of(hello.TLS12).First.AsksCertificate {
		t.Errorf("%+v", m)
	}
}

func TestNSS(t *testing.T) {
	selfserv, certutil, pk12util, openssl := peer.Program(t, "selfserv"), peer.Program(t, "certutil"), peer.Program(t, "pk12util"), peer.Program(t, "openssl")
	certFile, keyFile := files(t, certificate(t, false))
	dir := t.TempDir()
	p12 := filepath.Join(dir, "key.p12")
	for _, c := range [][]string{
		{openssl, "pkcs12", "-export", "-in", certFile, "-inkey", keyFile, "-name", "mux", "-passout", "pass:changeit", "-out", p12},
		{certutil, "-N", "-d", "sql:" + dir, "--empty-password"},
		{pk12util, "-i", p12, "-d", "sql:" + dir, "-W", "changeit"},
	} {
		if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v: %s", c, err, out)
		}
	}
	dial := startAt(t, selfserv, func(port string) []string { // it has no option for the address
		return []string{"-d", "sql:" + dir, "-n", "mux", "-p", port, "-V", "tls1.2:tls1.3", "-I", "P384,x25519,FF4096", "-c", ":009C:C030:1301:1303"}
	})
	m, err := hello.Scan(t.Context(), dial, hello.Options{Randomness: rand.Reader, ServerName: "mux.example"})
	if err != nil || m.Cut != nil {
		t.Fatal(err, m.Cut)
	}
	row{suites: []string{"TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"}, order: hello.OrderServer, groups: []string{"secp384r1", "x25519", "ffdhe4096"}}.check(t, m.Of(hello.TLS13))
	row{suites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_GCM_SHA256"}, order: hello.OrderServer, groups: []string{"secp384r1", "x25519"}}.check(t, m.Of(hello.TLS12))
}

// JSSE has SSLv3, export suites and primes of 512 bits to this day.
func TestJSSE(t *testing.T) {
	java, openssl := peer.Program(t, "java"), peer.Program(t, "openssl")
	cert := certificate(t, false)
	certFile, keyFile := files(t, cert)
	p12 := filepath.Join(t.TempDir(), "key.p12")
	if out, err := exec.CommandContext(t.Context(), openssl, "pkcs12", "-export", "-in", certFile, "-inkey", keyFile, "-passout", "pass:changeit", "-out", p12).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dial := start(t, java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", filepath.Join("testdata", "Server.java"), p12, "changeit")
	m, err := hello.Scan(t.Context(), dial, hello.Options{Randomness: rand.Reader, ServerName: "mux.example", Connections: 400, Versions: []hello.Version{hello.SSL30, hello.TLS12, hello.TLS13}})
	if err != nil || m.Cut != nil {
		t.Fatal(err, m.Cut)
	}
	old := []string{"TLS_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA", "TLS_RSA_WITH_NULL_MD5", "TLS_RSA_WITH_DES_CBC_SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"}
	for v, want := range map[hello.Version]row{
		hello.SSL30: {suites: old, some: true, order: hello.OrderServer, prime: "custom"},
		hello.TLS12: {suites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_NULL_SHA256"}, some: true, order: hello.OrderServer, prime: "ffdhe2048", groups: []string{"x25519", "secp256r1", "secp384r1", "x448", "secp521r1"}},
		hello.TLS13: {suites: []string{"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"}, order: hello.OrderServer, groups: []string{"x25519", "secp256r1", "secp384r1", "x448", "secp521r1", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"}},
	} {
		want.check(t, m.Of(v))
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if a := m.Of(hello.SSL30).First; !a.AsksCertificate || len(a.Authorities) != 1 || string(a.Authorities[0]) != string(leaf.RawSubject) || a.SecureRenegotiation() != true {
		t.Errorf("SSLv3: %+v", a)
	}
	if bits := m.Of(hello.SSL30).Prime.Bits(); bits != 512 {
		t.Errorf("a prime of %d bits", bits)
	}
}
