package example

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"time"
)

func tlsExamples() []Example {
	const server = "url: {url}\nserver-name: mux.example.com\n"
	e := func(rule string, bad bool, title, settings string, build func(w *World)) Example {
		return Example{Rule: rule, Bad: bad, Title: title, Policy: server + settings, Make: build}
	}
	// serving runs a server with a certificate for mux.example.com.
	serving := func(change func(c *tls.Config)) func(w *World) {
		return func(w *World) {
			c := &tls.Config{MinVersion: tls.VersionTLS12}
			if change != nil {
				change(c)
			}
			w.Serve(w.Server(w.Root("Example CA"), "mux.example.com"), c)
		}
	}
	withRSA := func(change func(c *tls.Config)) func(w *World) {
		return func(w *World) {
			c := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
			change(c)
			w.Serve(w.ServerWith(w.Root("Example CA"), must(rsa.GenerateKey(w.Rand, 2048)), "mux.example.com"), c)
		}
	}
	saying := func(text string) func(w *World) {
		return func(w *World) {
			w.Listen(func(c net.Conn) { _, _ = io.WriteString(c, text) })
		}
	}
	named := func(subject string) func(w *World) {
		return func(w *World) {
			key := w.Key()
			t := w.template(subject, nil)
			der := must(x509.CreateCertificate(w.Rand, t, t, key.Public(), key))
			w.Serve(&Pair{Certificate: must(x509.ParseCertificate(der)), Key: key}, nil)
		}
	}
	clock := func(ahead time.Duration) func(w *World) {
		return func(w *World) {
			w.Serve(w.Server(w.Root("Example CA"), "mux.example.com"), &tls.Config{
				MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, Rand: clockInRandom{w.Rand, w.Now.Add(ahead)},
			})
		}
	}
	return []Example{
		e("MUX-TLS-001", true, "a server that speaks HTTP in the clear", "", saying("HTTP/1.1 400 Bad Request\r\n\r\n")),
		e("MUX-TLS-001", true, "a mail server that is asked for TLS at once", "", saying("220 mail.example.com ESMTP\r\n")),
		e("MUX-TLS-001", false, "a server with TLS 1.2 and 1.3", "", serving(nil)),

		e("MUX-TLS-002", true, "a server that speaks nothing newer than TLS 1.0", "", serving(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })),
		e("MUX-TLS-002", true, "a server that speaks TLS 1.1 as well", "min-tls: \"1.2\"", serving(func(c *tls.Config) { c.MinVersion = tls.VersionTLS11 })),
		e("MUX-TLS-002", true, "TLS 1.2 where the policy wants 1.3", "min-tls: \"1.3\"", serving(nil)),
		e("MUX-TLS-002", false, "a server with TLS 1.2 and 1.3", "min-tls: \"1.2\"", serving(nil)),

		e("MUX-TLS-003", true, "a server with TLS 1.2 alone", "", serving(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })),
		e("MUX-TLS-003", false, "a server with TLS 1.3", "", serving(nil)),

		e("MUX-TLS-004", true, "a server that takes RC4", "min-tls: \"1.2\"", serving(func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
		})),
		e("MUX-TLS-004", false, "a server with the suites of today", "min-tls: \"1.2\"", serving(nil)),

		e("MUX-TLS-005", true, "a server that takes key exchange with RSA", "min-tls: \"1.2\"", withRSA(func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		})),
		e("MUX-TLS-005", true, "a server that takes nothing but key exchange with RSA", "", withRSA(func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		})),
		e("MUX-TLS-005", false, "a server with ECDHE alone", "min-tls: \"1.2\"", withRSA(func(*tls.Config) {})),

		e("MUX-TLS-006", true, "a server that takes CBC", "min-tls: \"1.2\"", serving(func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		})),
		e("MUX-TLS-006", false, "a server with AES-GCM alone", "min-tls: \"1.2\"", serving(func(c *tls.Config) {
			c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		})),

		e("MUX-TLS-007", true, "a server with elliptic curves alone", "", serving(func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256} })),
		e("MUX-TLS-007", false, "a server with X25519MLKEM768", "", serving(nil)),

		e("MUX-TLS-008", true, "a server that is open to everybody, in the profile mtls", "profile: mtls", serving(nil)),
		e("MUX-TLS-008", true, "a server that asks for a certificate and does without", "client-certificate: true", serving(func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert })),
		e("MUX-TLS-008", true, "a server that asks for a certificate and should not", "client-certificate: false", serving(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })),
		e("MUX-TLS-008", false, "a server that insists on a certificate", "client-certificate: true", serving(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })),
		e("MUX-TLS-008", false, "a server that insists on one in TLS 1.2", "profile: mtls", serving(func(c *tls.Config) {
			c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
		})),

		{
			Rule: "MUX-TLS-009", Bad: true, Title: "a certificate for another host", Policy: "url: {url}\nserver-name: www.example.com",
			Make: serving(nil),
		},
		e("MUX-TLS-009", false, "a certificate for the host", "", serving(nil)),

		e("MUX-TLS-010", true, "Traefik's own certificate", "", named("TRAEFIK DEFAULT CERT")),
		e("MUX-TLS-010", true, "a certificate that mitmproxy has made", "", func(w *World) {
			w.Serve(w.Server(w.Root("mitmproxy"), "mux.example.com"), nil)
		}),
		e("MUX-TLS-010", false, "a self-signed certificate of the server's own", "", named("mux.example.com")),

		e("MUX-TLS-011", true, "a clock that is ten minutes ahead", "min-tls: \"1.2\"", clock(10*time.Minute)),
		e("MUX-TLS-011", true, "a clock that is two hours behind", "min-tls: \"1.2\"", clock(-2*time.Hour)),
		e("MUX-TLS-011", false, "a clock that is a minute ahead", "min-tls: \"1.2\"", clock(time.Minute)),
		e("MUX-TLS-011", false, "a server that does not tell the time", "min-tls: \"1.2\"", serving(nil)),
	}
}

// Listen runs a server on loopback until the example has been checked, as Serve
// does, without TLS.
func (w *World) Listen(answer func(c net.Conn)) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	w.url = "tls://" + l.Addr().String()
	w.stop = append(w.stop, func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				answer(c)
				_ = c.(*net.TCPConn).CloseWrite() //nolint:forcetypeassert // of a TCP listener
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
}

// clockInRandom is a server that puts the time into its random value, as RFC 5246
// section 7.4.1.2 says and old servers do.
type clockInRandom struct {
	io.Reader
	at time.Time
}

// Read fills the buffer; what is of the size of a random value begins with the time.
func (c clockInRandom) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if len(b) == 32 {
		binary.BigEndian.PutUint32(b, uint32(c.at.Unix()))
	}
	return n, err
}
