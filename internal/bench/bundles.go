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
// take: times of parsing its certificates with crypto/x509, and octets.
const (
	bundleSize   = 100_000
	bundleCommon = 50_000 // of them are in both sources; lists of roots have nearly all in common
	bundleMost   = 1.5
	bundleMemory = 1 << 30
	bundleRuns   = 5
)

// bundles measures two sources, merged, judged and written, beside the parsing of
// the same certificates by crypto/x509 on all cores, in turn, in one process.
func bundles(ctx context.Context, out io.Writer) (missed []string, err error) {
	certificates, err := manyRoots(bundleSize)
	if err != nil {
		return nil, err
	}
	const half = (bundleSize + bundleCommon) / 2
	parts := [2][][]byte{certificates[:half], certificates[bundleSize-half:]}
	var sources [2]bytes.Buffer
	for i, part := range parts {
		for _, raw := range part {
			if err := pem.Encode(&sources[i], &pem.Block{Type: "CERTIFICATE", Bytes: raw}); err != nil {
				return nil, err
			}
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%d certificates of two sources that have %d in common\twall\tpeak memory\tparsing both with crypto/x509\ttimes that\ttarget\n", bundleSize, bundleCommon)
	for _, row := range []struct {
		name, target string
		then         func(*trust.Set)
	}{
		{"merge, write PEM", "pem", nil},
		{"merge, write JKS", "jks", nil},
		{"merge, judge, write PEM", "pem", func(s *trust.Set) { s.Judge(time.Now()) }},
	} {
		t, _ := target.Targets().Get(row.target)
		var ours, theirs []time.Duration
		var peak uint64
		for range bundleRuns {
			start := time.Now()
			for _, part := range parts {
				if err := parseAll(part); err != nil {
					return nil, err
				}
			}
			theirs = append(theirs, time.Since(start))
			memory := watchMemory()
			start = time.Now()
			if err := merge(ctx, t, row.then, sources[0].Bytes(), sources[1].Bytes()); err != nil {
				return nil, err
			}
			ours = append(ours, time.Since(start))
			peak = max(peak, memory())
		}
		all, least := slices.Min(ours), slices.Min(theirs) // a busy machine stretches the others
		ratio := float64(all) / float64(least)
		goal := ""
		if row.then == nil {
			goal = fmt.Sprintf("%.1f, %d MiB", bundleMost, bundleMemory>>20)
			if ratio > bundleMost || peak > bundleMemory {
				goal += " MISSED"
				missed = append(missed, row.name)
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f MiB\t%s\t%.2f\t%s\n", row.name, ms(all), float64(peak)/(1<<20), ms(least), ratio, goal)
	}
	return missed, table.Flush()
}

// parseAll is what cannot be done without.
func parseAll(certificates [][]byte) error {
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(certificates); i += workers {
				if _, err := x509.ParseCertificate(certificates[i]); err != nil {
					errs[w] = err
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
	return out, nil
}
