package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

// A bundle larger than any root program has, and what merging and writing it may
// take: times of reading its certificates with crypto/x509, and octets.
const (
	bundleSize   = 100_000
	bundleCommon = 50_000 // of them are in both sources; lists of roots have nearly all in common
	bundleMost   = 1.5
	bundleMemory = 1 << 30
	bundleRuns   = 5
)

// bundles measures two sources, merged and written, beside a program that does no
// more than read the same sources with encoding/pem and crypto/x509 on all cores,
// in turn, in one process. What of that is crypto/x509 alone is shown as well.
func bundles(ctx context.Context, out io.Writer) (missed []string, err error) {
	certificates, err := manyRoots(bundleSize)
	if err != nil {
		return nil, err
	}
	const half = (bundleSize + bundleCommon) / 2
	var sources [2][]byte
	for i, part := range [2][][]byte{certificates[:half], certificates[bundleSize-half:]} {
		for _, raw := range part {
			sources[i] = append(sources[i], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})...)
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%d certificates of two sources that have %d in common\twall\tpeak memory\tencoding/pem and crypto/x509\ttimes that\ttarget\tcrypto/x509 alone\ttimes that\n", bundleSize, bundleCommon)
	for _, row := range []struct {
		name, target string
		then         func(*trust.Set)
		aim          bool
	}{
		{"merge, write PEM", "pem", nil, true},
		{"merge, write JKS", "jks", nil, false}, // which has two digests over all, one after the other
		{"merge, judge, write PEM", "pem", func(s *trust.Set) { s.Judge(time.Now()) }, false},
	} {
		t, _ := target.Targets().Get(row.target)
		ours := func() error { return merge(ctx, t, row.then, sources[:]...) }
		memory := watchMemory()
		if err := ours(); err != nil {
			return nil, err
		}
		peak := memory()
		var least [3]time.Duration // a busy machine stretches the others
		for range bundleRuns {
			for i, run := range []func() error{
				ours,
				func() error { return errors.Join(readAll(sources[0]), readAll(sources[1])) },
				func() error {
					return errors.Join(parseAll(certificates[:half]), parseAll(certificates[bundleSize-half:]))
				},
			} {
				runtime.GC()
				start := time.Now()
				if err := run(); err != nil {
					return nil, err
				}
				if took := time.Since(start); least[i] == 0 || took < least[i] {
					least[i] = took
				}
			}
		}
		ratio := float64(least[0]) / float64(least[1])
		goal := fmt.Sprintf("%d MiB", bundleMemory>>20)
		if row.aim {
			goal = fmt.Sprintf("%.1f, %s", bundleMost, goal)
		}
		if row.aim && ratio > bundleMost || peak > bundleMemory {
			goal += " MISSED"
			missed = append(missed, row.name)
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f MiB\t%s\t%.2f\t%s\t%s\t%.2f\n", row.name, ms(least[0]), float64(peak)/(1<<20),
			ms(least[1]), ratio, goal, ms(least[2]), float64(least[0])/float64(least[2]))
	}
	return missed, table.Flush()
}

// readAll reads a PEM file as any program made with Go does, but on all cores: each
// takes a part that ends with a block.
func readAll(text []byte) error {
	var wait sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	for n := range cores {
		part := text
		if n < cores-1 {
			end := []byte("-----END CERTIFICATE-----\n")
			at := len(text) / (cores - n)
			part = text[:at+bytes.Index(text[at:], end)+len(end)]
		}
		text = text[len(part):]
		wait.Go(func() {
			for {
				block, rest := pem.Decode(part)
				if block == nil {
					return
				}
				if _, err := x509.ParseCertificate(block.Bytes); err != nil {
					errs[n] = err
				}
				part = rest
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// parseAll parses what is decoded already.
func parseAll(certificates [][]byte) error {
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	var wait sync.WaitGroup
	for n := range cores {
		wait.Go(func() {
			for i := n; i < len(certificates); i += cores {
				if _, err := x509.ParseCertificate(certificates[i]); err != nil {
					errs[n] = err
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func merge(ctx context.Context, t target.Target, then func(*trust.Set), sources ...[]byte) error {
	limits := pkcs12x.DefaultLimits()
	limits.Size = 1 << 30
	var b trust.Builder
	for i, data := range sources {
		in := source.Input{Name: fmt.Sprintf("source-%d.pem", i), Data: data, Options: source.Options{Limits: limits}}
		if err := source.Bytes(ctx, &b, in); err != nil {
			return err
		}
	}
	set := b.Set()
	if len(set.Anchors) != bundleSize {
		return fmt.Errorf("%d anchors of %d were read", len(set.Anchors), bundleSize)
	}
	if then != nil {
		then(set)
	}
	_, err := t.Write(ctx, target.Job{Set: set, Password: password, Rand: rand.Reader})
	return err
}

// watchMemory returns a function that tells the most memory that the process has
// had of the system since then.
func watchMemory() (most func() uint64) {
	debug.FreeOSMemory()
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		list := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		peak := uint64(0)
		for {
			metrics.Read(list)
			peak = max(peak, list[0].Value.Uint64()-list[1].Value.Uint64())
			select {
			case <-stop:
				done <- peak
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-done
	}
}

// manyRoots makes CAs, half of them with RSA keys and half with EC keys, as root
// programs have them. Name, serial number and key are written over those of a
// template: nobody checks the signature of a root, nor whether a modulus is one.
func manyRoots(n int) ([][]byte, error) {
	const name, serial = "Root CA No 00000000", 0x4d55584b45590000
	ec, err := ecdsa.GenerateKey(elliptic.P256(), nil)
	if err != nil {
		return nil, err
	}
	r, err := rsa.GenerateKey(nil, 2048)
	if err != nil {
		return nil, err
	}
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	var templates [][]byte
	for _, key := range []crypto.Signer{r, ec} {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}, Country: []string{"DE"}},
			NotBefore: time.Now(), NotAfter: time.Now().AddDate(20, 0, 0),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}
		raw, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			return nil, err
		}
		templates = append(templates, raw)
	}
	number, modulus := big.NewInt(serial).Bytes(), r.N.Bytes()
	out := make([][]byte, n)
	for i := range out {
		raw := bytes.ReplaceAll(templates[i%2], []byte(name), fmt.Appendf(nil, "Root CA No %08d", i))
		raw = bytes.Replace(raw, number, big.NewInt(serial+1+int64(i)).Bytes(), 1)
		if i%2 == 0 {
			other := slices.Clone(modulus)
			binary.BigEndian.PutUint32(other[16:], uint32(i)) //nolint:gosec // below a hundred thousand
			out[i] = bytes.Replace(raw, modulus, other, 1)
			continue
		}
		key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
		if err != nil {
			return nil, err
		}
		other, err := key.PublicKey.Bytes()
		if err != nil {
			return nil, err
		}
		out[i] = bytes.Replace(raw, point, other, 1)
	}
	all := slices.Concat(out...) // one thing for the garbage collector, as it is none of what is measured
	for i, raw := range out {
		out[i], all = all[:len(raw):len(raw)], all[len(raw):]
	}
	return out, nil
}
