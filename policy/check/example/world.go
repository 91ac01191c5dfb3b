package example

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// World is where an example is made.
type World struct {
	Dir  string // empty at first
	Now  time.Time
	Rand io.Reader
	Pin  string // a fingerprint for the policy

	url    string
	serial int64
	stop   []func()
}

// Pair is a certificate with its key, and with those above it, the nearest first.
type Pair struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
	Above       []*x509.Certificate
}

// chain is the certificate with those above it.
func (p *Pair) chain() []*x509.Certificate {
	return append([]*x509.Certificate{p.Certificate}, p.Above...)
}

// must is for the making of examples, where nothing may go wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Change alters the template of a certificate before it is made.
type Change func(t *x509.Certificate)

// Key makes an EC P-256 key.
func (w *World) Key() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), w.Rand)) }

// template is a certificate that is all right, for 397 days of which 100 are over.
func (w *World) template(name string, changes []Change) *x509.Certificate {
	w.serial++
	serial := new(big.Int).Lsh(big.NewInt(0x5b), 100)
	t := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(w.serial)), Subject: pkix.Name{CommonName: name},
		NotBefore: w.Now.AddDate(0, 0, -100), NotAfter: w.Now.AddDate(0, 0, 297),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	for _, c := range changes {
		c(t)
	}
	return t
}

// Root makes a CA of EC P-256 that is good for twenty years.
func (w *World) Root(name string, changes ...Change) *Pair {
	return w.RootWith(w.Key(), name, changes...)
}

// RootWith is Root with a key of one's own.
func (w *World) RootWith(key crypto.Signer, name string, changes ...Change) *Pair {
	t := w.template(name, append([]Change{authority}, changes...))
	der := must(x509.CreateCertificate(w.Rand, t, t, key.Public(), key))
	return &Pair{Certificate: must(x509.ParseCertificate(der)), Key: key}
}

func authority(t *x509.Certificate) {
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	t.NotBefore, t.NotAfter = t.NotBefore.AddDate(-1, 0, 0), t.NotAfter.AddDate(19, 0, 0)
}

// Intermediate makes a CA under another.
func (w *World) Intermediate(above *Pair, name string, changes ...Change) *Pair {
	return w.issue(above, w.Key(), w.template(name, append([]Change{authority, func(t *x509.Certificate) { t.NotAfter = t.NotAfter.AddDate(-10, 0, 0) }}, changes...)))
}

// Server makes a certificate for a host, with the name as its SAN.
func (w *World) Server(above *Pair, host string, changes ...Change) *Pair {
	return w.ServerWith(above, w.Key(), host, changes...)
}

// ServerWith is Server with a key of one's own.
func (w *World) ServerWith(above *Pair, key crypto.Signer, host string, changes ...Change) *Pair {
	own := func(t *x509.Certificate) {
		t.DNSNames, t.ExtKeyUsage = []string{host}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	return w.issue(above, key, w.template(host, append([]Change{own}, changes...)))
}

func (w *World) issue(above *Pair, key crypto.Signer, t *x509.Certificate) *Pair {
	der := must(x509.CreateCertificate(w.Rand, t, above.Certificate, key.Public(), above.Key))
	return &Pair{Certificate: must(x509.ParseCertificate(der)), Key: key, Above: above.chain()}
}

// Write writes a file, which only its owner may read.
func (w *World) Write(name string, data []byte) { w.WriteMode(name, data, 0o600) }

// WriteMode writes a file with permissions.
func (w *World) WriteMode(name string, data []byte, mode fs.FileMode) {
	path := filepath.Join(w.Dir, name)
	for _, err := range []error{os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, mode), os.Chmod(path, mode)} {
		if err != nil {
			panic(err)
		}
	}
}

// PEM writes certificates into a file.
func (w *World) PEM(name string, certificates ...*x509.Certificate) {
	var b bytes.Buffer
	for _, c := range certificates {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	w.WriteMode(name, b.Bytes(), 0o644)
}

// KeyPEM writes a private key that is not encrypted into a file.
func (w *World) KeyPEM(name string, key crypto.Signer) {
	der := must(x509.MarshalPKCS8PrivateKey(key))
	w.Write(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Keystore writes a store with one private-key entry in a format of package
// keystore; chain replaces that of the pair where there is one.
func (w *World) Keystore(name, format, alias, password string, p *Pair, chain ...*x509.Certificate) {
	if chain == nil {
		chain = p.chain()
	}
	w.Store(name, format, password, w.Entry(alias, p.Key, chain...))
}

// Entry is a private-key entry.
func (w *World) Entry(alias string, key crypto.Signer, chain ...*x509.Certificate) *keystore.Entry {
	e := &keystore.Entry{Alias: alias, Kind: pkcs12x.PrivateKey, Key: must(pkcs12x.ParsePrivateKey(must(x509.MarshalPKCS8PrivateKey(key))))}
	for _, c := range chain {
		e.Chain = append(e.Chain, must(pkcs12x.ParseCertificate(c.Raw)))
	}
	return e
}

// Trusted is a trusted-certificate entry.
func (w *World) Trusted(alias string, c *x509.Certificate) *keystore.Entry {
	return &keystore.Entry{Alias: alias, Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{must(pkcs12x.ParseCertificate(c.Raw))}}
}

// Store writes a store of several entries.
func (w *World) Store(name, format, password string, entries ...*keystore.Entry) {
	w.StoreAs(name, format, keystore.Encoding{Profile: standardProfile(), Password: password}, entries...)
}

// StoreAs writes a store with an encoding of one's own.
func (w *World) StoreAs(name, format string, e keystore.Encoding, entries ...*keystore.Entry) {
	w.Write(name, must(keystore.Encode(context.Background(), w.Rand, format, entries, e)))
}

// Serve runs a TLS server on loopback until the example has been checked. Its
// address stands for {url} in the policy. Nil: a plain server with the pair.
func (w *World) Serve(p *Pair, c *tls.Config) {
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if p != nil {
		cert := tls.Certificate{PrivateKey: p.Key}
		for _, x := range p.chain() {
			cert.Certificate = append(cert.Certificate, x.Raw)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	w.url = "tls://" + l.Addr().String()
	w.stop = append(w.stop, func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				server := tls.Server(conn, c)
				if server.Handshake() == nil {
					_, _ = io.Copy(io.Discard, server)
				}
			}()
		}
	}()
}

func (w *World) close() {
	for _, stop := range w.stop {
		stop()
	}
}

// standardProfile is what muxkey writes when nothing is asked for.
func standardProfile() pkcs12x.Profile {
	p, _ := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	return p
}

// published is the key testECCP256 of RFC 9500 section 2.3.
func published() *ecdsa.PrivateKey {
	secret := must(hex.DecodeString("e6cb5bdd80aa45ae9c95e8c15476679ffec953c16851e711e743939589c64fc1"))
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), secret))
}
