package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// Requests and certificates with EC keys are to be this many times faster than
// with keytool.
const issuingFaster = 30

// issuing are the tasks of making keys, requests and certificates. What cannot be
// measured is said by its name.
func issuing(ctx context.Context, out io.Writer, binary, dir string) ([]task, error) {
	pass := "pass:" + password
	made := filepath.Join(dir, "issuing")
	genkey := func(store string) string {
		return "keytool -genkeypair -alias mux -keyalg EC -dname CN=mux.example.com -ext SAN=dns:mux.example.com -storepass " + password + " -keystore " + store
	}
	tasks := []task{
		{
			"csr EC, beside keytool -genkeypair, -certreq",
			[]string{"csr", "mux.example.com", "-o", made + ".p12", "--csr-out", made + ".csr", "--force", "--password", pass},
			[]string{"sh", "-c", genkey(made+".%d") + " && keytool -certreq -alias mux -storepass " + password + " -keystore " + made + ".%d -file " + made + ".%d.csr"},
			issuingFaster,
		},
	}
	var skipped []string
	if c := exec.CommandContext(ctx, binary, "help", "sign"); c.Run() == nil {
		ca := filepath.Join(dir, "ca.p12")
		for _, args := range [][]string{
			{"keytool", "-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=CA", "-ext", "bc:c", "-ext", "ku:c=keyCertSign,cRLSign", "-keystore", ca, "-storepass", password},
			append([]string{binary}, tasks[0].muxkey...),
		} {
			if _, err := once(ctx, args); err != nil {
				return nil, err
			}
		}
		tasks = append(tasks, task{
			"sign EC, beside keytool -gencert",
			[]string{"sign", made + ".csr", "--ca", ca, "--ca-password", pass, "-o", made + ".crt", "--force"},
			[]string{"keytool", "-gencert", "-alias", "ca", "-keystore", ca, "-storepass", password, "-infile", made + ".csr", "-outfile", made + ".java.crt"},
			issuingFaster,
		})
	} else {
		skipped = append(skipped, "sign: not measured, as this muxkey has no such command")
	}
	if _, err := exec.LookPath("step"); err == nil {
		tasks = append(tasks, task{
			"create EC, beside step certificate create",
			[]string{"create", "mux.example.com", "-o", made + ".step.p12", "--force", "--password", pass},
			[]string{"step", "certificate", "create", "mux.example.com", made + ".step.crt", made + ".step.key", "--profile", "self-signed", "--subtle", "--no-password", "--insecure", "--force"},
			0,
		})
	} else {
		skipped = append(skipped, "step certificate create: not measured, as step is not installed")
	}
	for _, why := range skipped {
		if _, err := fmt.Fprintln(out, why); err != nil {
			return nil, err
		}
	}
	return tasks, nil
}

// The batch, and how much longer it may take than the least that it must do.
const (
	batchSize = 1_000
	batchMost = 1.2
	batchRuns = 3
)

// batches measures one run over many rows beside its own key derivations and key
// generations, which all cores share as well, in turn.
func batches(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	list := filepath.Join(dir, "hosts.csv")
	var text strings.Builder
	text.WriteString("host\n")
	for i := range batchSize {
		fmt.Fprintf(&text, "host-%d.example.com\n", i)
	}
	if err := os.WriteFile(list, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	var ours []sample
	var least []time.Duration
	for i := range batchRuns {
		d, err := primitives(batchSize)
		if err != nil {
			return nil, err
		}
		least = append(least, d)
		s, err := once(ctx, []string{binary, "create", "--batch", list, "--out-dir", filepath.Join(dir, fmt.Sprintf("batch-%d", i)), "--password", "pass:" + password})
		if err != nil {
			return nil, err
		}
		ours = append(ours, s)
	}
	slices.Sort(least)
	all, sum := median(ours), least[len(least)/2]
	ratio := float64(all.wall) / float64(sum)
	target := fmt.Sprintf("%.1f", batchMost)
	if ratio > batchMost {
		target += " MISSED"
		missed = append(missed, "batch")
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\ncommand\twall\tcpu\tcores\ttheir derivations and keys\ttimes those\ttarget\n")
	fmt.Fprintf(table, "create --batch, %d EC keystores\t%s\t%s\t%.1f of %d\t%s\t%.2f\t%s\n", batchSize, ms(all.wall), ms(all.cpu),
		float64(all.cpu)/float64(all.wall), runtime.GOMAXPROCS(0), ms(sum), ratio, target)
	return missed, table.Flush()
}

// primitives does on all cores what n keystores of the profile modern-2023 cannot
// do without: an EC key each, and the derivations for its key, for its certificates
// and for its integrity. That each is read back derives none of them again.
func primitives(n int64) (time.Duration, error) {
	const iterations = 10_000
	var next atomic.Int64
	var first atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for next.Add(1) <= n {
				if _, err := ecdsa.GenerateKey(elliptic.P256(), nil); err != nil { // the source of randomness is the library's own
					first.Store(&err)
					return
				}
				for range 2 {
					if _, err := pbkdf2.Key(sha256.New, password, make([]byte, 16), iterations, 32); err != nil {
						first.Store(&err)
						return
					}
				}
				digest := sha256.Sum256([]byte(password))
				for range iterations { // RFC 7292 appendix B.2
					digest = sha256.Sum256(digest[:])
				}
			}
		})
	}
	wg.Wait()
	if err := first.Load(); err != nil {
		return 0, *err
	}
	return time.Since(start), nil
}
