// Command make writes the fixtures of this directory anew: go run testdata/make.go
//
// Keys are fresh every time, so the files change; no test may know their bytes.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"image"
	"image/png"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"muxkey/pkcs12x"
)

const password = "changeit"

// The stories stand at 1 March 2025.
var (
	from = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	to   = time.Date(2035, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// identity is a key with its certificate.
type identity struct {
	key crypto.Signer
	der []byte
}

func main() {
	log.SetFlags(0)
	root := issue(nil, ecKey(), authority("Example Root", 1))
	ca := issue(root, ecKey(), authority("Example CA", 0))
	mux := issue(ca, ecKey(), server("mux.example.com"))
	gateway := issue(ca, ecKey(), server("gateway.example.com"))
	otherRoot := issue(nil, ecKey(), authority("Other Root", 1))

	noSAN := server("mux.example.com")
	noSAN.DNSNames, noSAN.IPAddresses = nil, nil
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	check(err)

	store("chain.p12", entry("mux", mux.key, mux, ca, root))
	store("two-keys.p12", entry("Gateway", gateway.key, gateway, ca, root), entry("mux", mux.key, mux, ca, root))
	store("missing-issuer.p12", entry("mux", mux.key, mux))
	store("mismatch.p12", entry("mux", gateway.key, mux, ca, root))
	store("no-san.p12", entry("mux", mux.key, issue(ca, mux.key, noSAN), ca, root))
	store("weak.p12", entry("mux", weakKey, issue(ca, weakKey, server("mux.example.com")), ca, root))
	store("trust.p12", trusted("Example Root", root), trusted("Other Root", otherRoot))
	store("quoted-alias.p12", entry("“mux” ", mux.key, mux, ca, root))
	store("hostile-alias.p12", entry("../mux\x1b]0;owned\a\r\nmuxkey: all is well\u202e", mux.key, mux, ca, root))

	whole, err := os.ReadFile(here("chain.p12"))
	check(err)
	write("truncated.p12", whole[:len(whole)/2])
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	write("flipped.p12", flipped)
	var picture bytes.Buffer
	check(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 1, 1))))
	write("picture.png", picture.Bytes())

	write("bomb.tar.gz.gz", bomb())

	write("root.pem", certificates(root))
	write("other-root.pem", certificates(otherRoot))
	write("server.pem", privateKey(mux), certificates(mux, ca, root))
	write("server-order.pem", privateKey(mux), certificates(mux, root, ca))
}

// bomb is a tar archive with a file of zeros, packed twice: 600 octets that
// unpack to 128 MiB.
func bomb() []byte {
	const size = 128 << 20
	var b bytes.Buffer
	outer, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	check(err)
	inner, err := gzip.NewWriterLevel(outer, gzip.BestCompression)
	check(err)
	w := tar.NewWriter(inner)
	check(w.WriteHeader(&tar.Header{Name: "zeros", Size: size, Mode: 0o600, ModTime: from}))
	_, err = w.Write(make([]byte, size))
	check(err)
	for _, c := range []io.Closer{w, inner, outer} {
		check(c.Close())
	}
	return b.Bytes()
}

func ecKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	return key
}

func authority(name string, pathLen int) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
		IsCA:    true, BasicConstraintsValid: true, MaxPathLen: pathLen, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func server(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:  pkix.Name{CommonName: name, Organization: []string{"Example"}},
		DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// issue signs a certificate for key; without an issuer, with key itself.
func issue(issuer *identity, key crypto.Signer, template *x509.Certificate) *identity {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	check(err)
	template.SerialNumber, template.NotBefore, template.NotAfter = serial, from, to
	parent, signer := template, key
	if issuer != nil {
		parent, err = x509.ParseCertificate(issuer.der)
		check(err)
		signer = issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	check(err)
	return &identity{key, der}
}

func entry(alias string, key crypto.Signer, chain ...*identity) *pkcs12x.Entry {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	check(err)
	k, err := pkcs12x.ParsePrivateKey(pkcs8)
	check(err)
	e := &pkcs12x.Entry{Alias: alias, Kind: pkcs12x.PrivateKey, Key: k, Created: from}
	for _, c := range chain {
		e.Chain = append(e.Chain, parsed(c))
	}
	return e
}

func trusted(alias string, c *identity) *pkcs12x.Entry {
	return &pkcs12x.Entry{Alias: alias, Kind: pkcs12x.TrustedCertificate, Chain: []*pkcs12x.Certificate{parsed(c)}, Created: from}
}

func parsed(c *identity) *pkcs12x.Certificate {
	out, err := pkcs12x.ParseCertificate(c.der)
	check(err)
	return out
}

func store(name string, entries ...*pkcs12x.Entry) {
	profile, ok := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	if !ok {
		log.Fatal("the default profile is gone")
	}
	data, err := profile.Encode(context.Background(), rand.Reader, password, entries)
	check(err)
	write(name, data)
}

func privateKey(i *identity) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	check(err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func certificates(list ...*identity) []byte {
	var b bytes.Buffer
	for _, c := range list {
		check(pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.der}))
	}
	return b.Bytes()
}

func write(name string, parts ...[]byte) {
	check(os.WriteFile(here(name), bytes.Join(parts, nil), 0o644))
}

// here is the path of a file beside this program.
func here(name string) string {
	_, program, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(program), name)
}

func check(err error) {
	if err != nil {
		log.Fatal(fmt.Errorf("making fixtures: %w", err))
	}
}
