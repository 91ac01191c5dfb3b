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
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// The sizes and targets of muxkey check.
const (
	gateStores    = 10_000
	gatePasswords = 10
	gateFaster    = 100.0 // than a loop of keytool -list -v
	gateRSS       = 250 << 20
	gateBusy      = 0.8 // of all cores
	gateFiles     = 100_000
	gateRatio     = 2.0 // of the time of bare parsing and signature checks
)

// authority is a CA that signs what is checked.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example CA"}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	return &authority{c, key}, err
}

// server issues a certificate for a host.
func (a *authority) server(host string, serial int64, key *ecdsa.PrivateKey) ([]byte, error) {
	number := new(big.Int).Lsh(big.NewInt(0x5b), 100)
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: number.Add(number, big.NewInt(serial)), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().AddDate(0, 0, -10), NotAfter: time.Now().AddDate(0, 6, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.certificate, key.Public(), a.key)
}

func pemOf(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

// gate measures muxkey check on a fleet of keystores and on an inventory of
// certificates.
func gate(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\ncheck\twall\tcpu\teach second\tpeak memory\tcores busy\tbeside\ttarget\n")
	for _, measure := range []func(context.Context, io.Writer, *authority, string, string) ([]string, error){gateFleet, gateInventory, gateProbe} {
		more, err := measure(ctx, table, ca, binary, dir)
		if err != nil {
			return nil, err
		}
		missed = append(missed, more...)
	}
	return missed, table.Flush()
}

// gateFleet holds keystores with some passwords against all rules that a policy can
// switch on, and lists a few of them with keytool.
func gateFleet(ctx context.Context, table io.Writer, ca *authority, binary, dir string) (missed []string, err error) {
	dir = filepath.Join(dir, "gate")
	if err := os.MkdirAll(filepath.Join(dir, "stores"), 0o700); err != nil {
		return nil, err
	}
	var rows bytes.Buffer
	rows.WriteString("path,password,hosts\n")
	var stores [gatePasswords][]byte
	for i := range gatePasswords {
		if stores[i], err = gateStore(ctx, ca, i); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.pw", i)), fmt.Appendf(nil, "%s%d\n", password, i), 0o600); err != nil {
			return nil, err
		}
	}
	for i := range gateStores {
		n := i % gatePasswords
		name := fmt.Sprintf("stores/server%05d.p12", i)
		if err := os.WriteFile(filepath.Join(dir, name), stores[n], 0o600); err != nil {
			return nil, err
		}
		fmt.Fprintf(&rows, "%s,file:%d.pw,host%d.example.com\n", name, n, n)
	}
	policy := "defaults:\n  alias: mux\n  trust: ca.pem\n  for: [java-17]\n  zlint: [RFC5280]\ntargets:\n  - inventory: fleet.csv\n"
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "fleet.csv"), rows.Bytes(), 0o600),
		os.WriteFile(filepath.Join(dir, "ca.pem"), pemOf(ca.certificate.Raw), 0o600),
		os.WriteFile(filepath.Join(dir, "muxkey.yaml"), []byte(policy), 0o600)); err != nil {
		return nil, err
	}
	ours, err := spend(ctx, nil, binary, "check", "-c", filepath.Join(dir, "muxkey.yaml"), "--fail-on", "never")
	if err != nil {
		return nil, err
	}
	var peer time.Duration
	for i := range fleetSample {
		u, err := spend(ctx, nil, "keytool", "-list", "-v", "-keystore", filepath.Join(dir, fmt.Sprintf("stores/server%05d.p12", i)), "-storepass", fmt.Sprintf("%s%d", password, i%gatePasswords))
		if err != nil {
			return nil, err
		}
		peer += u.wall
	}
	faster := (peer.Seconds() / fleetSample) / (ours.wall.Seconds() / gateStores)
	busy := ours.cpu.Seconds() / ours.wall.Seconds() / float64(runtime.NumCPU())
	target := fmt.Sprintf("%.0fx, %d MiB", gateFaster, gateRSS>>20)
	if faster < gateFaster || ours.rss > gateRSS || busy < gateBusy {
		target += " MISSED"
		missed = append(missed, "check of a fleet")
	}
	_, err = fmt.Fprintf(table, "%d keystores, %d passwords, all rules\t%s\t%s\t%.0f\t%d MiB\t%.0f %%\t%.0fx keytool -list -v\t%s\n",
		gateStores, gatePasswords, ms(ours.wall), ms(ours.cpu), gateStores/ours.wall.Seconds(), ours.rss>>20, 100*busy, faster, target)
	return missed, err
}

func gateStore(ctx context.Context, ca *authority, i int) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		return nil, err
	}
	leaf, err := ca.server(fmt.Sprintf("host%d.example.com", i), int64(i), key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	k, err := pkcs12x.ParsePrivateKey(der)
	if err != nil {
		return nil, err
	}
	entry := &keystore.Entry{Alias: "mux", Kind: pkcs12x.PrivateKey, Key: k, Created: time.Now()}
	for _, raw := range [][]byte{leaf, ca.certificate.Raw} {
		c, err := pkcs12x.ParseCertificate(raw)
		if err != nil {
			return nil, err
		}
		entry.Chain = append(entry.Chain, c)
	}
	e := keystore.Encoding{Password: fmt.Sprintf("%s%d", password, i)}
	e.Profile, _ = pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	return keystore.Encode(ctx, rand.Reader, "pkcs12", []*keystore.Entry{entry}, e)
}

// gateInventory checks certificates in files of their own, under the CA that has
// issued them. The yardstick is to read, decode and parse each, and to check its
// signature, by as many goroutines as there are cores.
func gateInventory(ctx context.Context, table io.Writer, ca *authority, binary, dir string) (missed []string, err error) {
	dir = filepath.Join(dir, "certificates")
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		return nil, err
	}
	names := make([]string, gateFiles)
	for i := range names {
		host := fmt.Sprintf("host%d.example.com", i)
		der, err := ca.server(host, int64(i), key)
		if err != nil {
			return nil, err
		}
		names[i] = filepath.Join(dir, fmt.Sprintf("%03d", i%1000), host+".pem")
		if err := errors.Join(os.MkdirAll(filepath.Dir(names[i]), 0o700), os.WriteFile(names[i], pemOf(der), 0o600)); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "fleet.txt"), []byte(strings.Join(names, "\n")), 0o600),
		os.WriteFile(filepath.Join(dir, "ca.pem"), pemOf(ca.certificate.Raw), 0o600),
		os.WriteFile(filepath.Join(dir, "muxkey.yaml"), []byte("defaults:\n  trust: ca.pem\n  clients: standard\ntargets:\n  - inventory: "+filepath.Join(dir, "fleet.txt")+"\n"), 0o600)); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := parseFiles(names, ca.certificate); err != nil {
		return nil, err
	}
	bare := time.Since(start)
	ours, err := spend(ctx, nil, binary, "check", "-c", filepath.Join(dir, "muxkey.yaml"), "--fail-on", "never")
	if err != nil {
		return nil, err
	}
	ratio := ours.wall.Seconds() / bare.Seconds()
	target := fmt.Sprintf("%.1f times", gateRatio)
	if ratio > gateRatio {
		target += " MISSED"
		missed = append(missed, "check of an inventory")
	}
	_, err = fmt.Fprintf(table, "%d certificates in PEM\t%s\t%s\t%.0f\t%d MiB\t%.0f %%\t%.2f times parsing and signatures (%s)\t%s\n",
		gateFiles, ms(ours.wall), ms(ours.cpu), gateFiles/ours.wall.Seconds(), ours.rss>>20, 100*ours.cpu.Seconds()/ours.wall.Seconds()/float64(runtime.NumCPU()), ratio, ms(bare), target)
	return missed, err
}

func parseFiles(names []string, issuer *x509.Certificate) error {
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	var wait sync.WaitGroup
	for n := range cores {
		wait.Go(func() {
			for i := n; i < len(names); i += cores {
				if err := parseFile(names[i], issuer); err != nil {
					errs[n] = err
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func parseFile(name string, issuer *x509.Certificate) error {
	data, err := os.ReadFile(name) //nolint:gosec // made above
	if err != nil {
		return err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return fmt.Errorf("%s: no PEM", name)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	return c.CheckSignatureFrom(issuer)
}
