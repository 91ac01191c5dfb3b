package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// systemRoots is where Debian has what its clients trust.
const systemRoots = "/etc/ssl/certs/ca-certificates.crt"

// trustFaster is how many times less wall time a trust store of the system's roots
// is to take than keytool takes, which makes one import at a time.
const trustFaster = 100

// trustBuild makes a JKS of the system's roots beside the loop over keytool
// -importcert, which runs over all of them, once.
func trustBuild(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	text, err := os.ReadFile(systemRoots)
	if errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(out, "\ntrust build: not measured, as there is no %s\n", systemRoots)
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	var loop bytes.Buffer
	n := 0
	store := filepath.Join(dir, "keytool-roots.jks")
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		n++
		root := filepath.Join(dir, fmt.Sprintf("root-%d.crt", n))
		if err := os.WriteFile(root, block.Bytes, 0o600); err != nil {
			return nil, err
		}
		fmt.Fprintf(&loop, "keytool -importcert -noprompt -storetype JKS -alias root-%d -file %s -keystore %s -storepass %s || exit\n", n, root, store, password)
	}
	script := filepath.Join(dir, "roots.sh")
	if err := os.WriteFile(script, loop.Bytes(), 0o600); err != nil {
		return nil, err
	}
	var ours []sample
	for range 6 {
		s, err := once(ctx, []string{binary, "trust", "build", systemRoots, "--target", "jks", "-o", filepath.Join(dir, "roots.jks"), "--force"})
		if err != nil {
			return nil, err
		}
		ours = append(ours, s)
	}
	us := median(ours[1:]) // the first warms the caches
	them, err := once(ctx, []string{"sh", script})
	if err != nil {
		return nil, err
	}
	ratio := float64(them.wall) / float64(us.wall)
	target := fmt.Sprintf("%dx", trustFaster)
	if ratio < trustFaster {
		target += " MISSED"
		missed = append(missed, "trust build")
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nJKS of the system's %d roots\twall\tcpu\tkeytool wall\tkeytool cpu\tfaster by\ttarget\n", n)
	fmt.Fprintf(table, "trust build, beside keytool -importcert for each\t%s\t%s\t%s\t%s\t%.0fx\t%s\n", ms(us.wall), ms(us.cpu), ms(them.wall), ms(them.cpu), ratio, target)
	return missed, table.Flush()
}
