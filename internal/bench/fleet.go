package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"text/tabwriter"
	"time"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// The sizes of what is measured at scale, and the targets.
const (
	fleetSize   = 10_000
	fleetSeeds  = 20 // different keys; the rest are copies
	fleetSample = 20 // that keytool lists, one process each
	maxRSS      = 200 << 20
	smallTrust  = 1_000
	largeTrust  = 10_000
	// maxGrowth is how much more time the large trust store may take than the small
	// one, which has a tenth of its entries. A square would give 100.
	maxGrowth = 15
)

// used is what one run has used.
type used struct {
	wall, cpu time.Duration
	rss       int64 // octets
}

// spend runs a command to its end.
func spend(ctx context.Context, env []string, args ...string) (used, error) {
	return spendInto(ctx, nil, env, args...)
}

// spendInto is spend for who wants to have what the command writes.
func spendInto(ctx context.Context, out io.Writer, env []string, args ...string) (used, error) {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Stdout = out
	c.Env = append(os.Environ(), env...)
	var said tail
	c.Stderr = &said
	start := time.Now()
	if err := c.Run(); err != nil {
		return used{}, fmt.Errorf("%s: %w: %s", filepath.Base(args[0]), err, said.text)
	}
	u := used{wall: time.Since(start), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.rss = r.Maxrss << 10
		if runtime.GOOS == "darwin" {
			u.rss = r.Maxrss // there it is in octets
		}
	}
	return u, nil
}

// tail keeps the first part of what a program says.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p[:min(len(p), 1000-min(len(t.text), 1000))]...)
	return len(p), nil
}

// scale measures thousands of stores, and a store of thousands.
func scale(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	fleet := filepath.Join(dir, "fleet")
	paths, err := makeFleet(ctx, fleet)
	if err != nil {
		return nil, fmt.Errorf("making a fleet: %w", err)
	}
	pass := "pass:" + password
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nstores\tcommand\twall\tcpu\tstores/s\tpeak memory\ttarget\n")
	row := func(n int, name string, u used, target string) {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%.0f\t%.0f MiB\t%s\n", n, name, ms(u.wall), ms(u.cpu), float64(n)/u.wall.Seconds(), float64(u.rss)/(1<<20), target)
	}
	warm := []string{binary, "inspect", fleet, "--recursive", "--published-passwords=false"}
	if _, err := spend(ctx, nil, warm...); err != nil { // the files are in the cache now
		return nil, err
	}
	var one, all used
	for _, run := range []struct {
		name string
		env  []string
		args []string
		keep *used
	}{
		{"inspect -r, what stands open", nil, []string{"--published-passwords=false"}, nil},
		{"inspect -r --json, what stands open", nil, []string{"--published-passwords=false", "--json"}, nil},
		{"inspect -r, published passwords looked for", nil, nil, nil},
		{"inspect -r --password, on one core", []string{"GOMAXPROCS=1"}, []string{"--password", pass}, &one},
		{"inspect -r --password", nil, []string{"--password", pass}, &all},
	} {
		u, err := spend(ctx, run.env, append([]string{binary, "inspect", fleet, "--recursive"}, run.args...)...)
		if err != nil {
			return nil, err
		}
		target := fmt.Sprintf("%d MiB", maxRSS>>20)
		if u.rss > maxRSS {
			target += " MISSED"
			missed = append(missed, run.name)
		}
		if run.keep != nil {
			*run.keep = u
		}
		row(fleetSize, run.name, u, target)
	}
	var peer used
	for i := range fleetSample {
		u, err := spend(ctx, nil, "keytool", "-list", "-v", "-keystore", paths[i*len(paths)/fleetSample], "-storepass", password)
		if err != nil {
			return nil, err
		}
		peer.wall, peer.cpu, peer.rss = peer.wall+u.wall, peer.cpu+u.cpu, max(peer.rss, u.rss)
	}
	row(fleetSample, "keytool -list -v, one by one", peer, "")
	if err := table.Flush(); err != nil {
		return nil, err
	}
	each := func(u used, n int) float64 { return u.wall.Seconds() / float64(n) }
	if _, err := fmt.Fprintf(out, "a store takes keytool %.0f times as long; %d cores are %.1f times as fast as one\n",
		each(peer, fleetSample)/each(all, fleetSize), runtime.NumCPU(), one.wall.Seconds()/all.wall.Seconds()); err != nil {
		return nil, err
	}
	more, err := trustStores(ctx, out, binary, dir)
	return append(missed, more...), err
}

// trustStores measures an edit of stores of thousands of certificates.
func trustStores(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	entries, err := authorities(largeTrust)
	if err != nil {
		return nil, err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nalias rename in a trust store\t%d certificates, cpu\t%d certificates, cpu\ttimes as much\tpeak memory\tkeytool wall\tfaster by, wall\ttarget\n", smallTrust, largeTrust)
	for _, format := range []string{"pkcs12", "jks"} {
		var took [2]used
		var path string
		for i, n := range []int{smallTrust, largeTrust} {
			path = filepath.Join(dir, fmt.Sprintf("trust-%d.%s", n, format))
			if err := save(ctx, path, format, entries[:n]); err != nil {
				return nil, err
			}
			names := []string{"ca-7", "ca-seven"}
			for run := range 5 {
				u, err := spend(ctx, nil, binary, "alias", "rename", path, names[run%2], names[(run+1)%2], "--password", "pass:"+password)
				if err != nil {
					return nil, err
				}
				if run == 0 || u.cpu < took[i].cpu {
					took[i] = u
				}
			}
		}
		peer, err := spend(ctx, nil, "keytool", "-changealias", "-alias", "ca-8", "-destalias", "ca-eight", "-keystore", path, "-storepass", password)
		if err != nil {
			return nil, err
		}
		growth := float64(took[1].cpu) / float64(took[0].cpu) // a busy machine stretches the wall time of the longer one
		target := fmt.Sprintf("%d times", maxGrowth)
		if growth > maxGrowth {
			target += " MISSED"
			missed = append(missed, "a large trust store in "+format)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.1fx\t%.0f MiB\t%s\t%.1fx\t%s\n", format, ms(took[0].cpu), ms(took[1].cpu), growth,
			float64(took[1].rss)/(1<<20), ms(peer.wall), float64(peer.wall)/float64(took[1].wall), target)
	}
	return missed, table.Flush()
}

// makeFleet writes thousands of stores of three formats, made of a few seeds, in
// a tree as servers have it. It returns those that keytool reads.
func makeFleet(ctx context.Context, dir string) (forKeytool []string, err error) {
	type seed struct {
		format, name string
		data         []byte
	}
	var seeds []seed
	for i := range fleetSeeds {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		entry, err := privateKey(i, key)
		if err != nil {
			return nil, err
		}
		for _, s := range []seed{{format: "pkcs12", name: "keystore.p12"}, {format: "jks", name: "keystore.jks"}, {format: "pem", name: "server.pem"}} {
			if s.data, err = encode(ctx, s.format, []*keystore.Entry{entry}); err != nil {
				return nil, err
			}
			seeds = append(seeds, s)
		}
	}
	for i := range fleetSize {
		s := seeds[i%len(seeds)]
		path := filepath.Join(dir, fmt.Sprintf("rack%02d", i%50), fmt.Sprintf("server%05d", i), s.name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, s.data, 0o600)); err != nil {
			return nil, err
		}
		if s.format != "pem" {
			forKeytool = append(forKeytool, path)
		}
	}
	return forKeytool, nil
}

func encode(ctx context.Context, format string, entries []*keystore.Entry) ([]byte, error) {
	e := keystore.Encoding{Password: password}
	e.Profile, _ = pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	return keystore.Encode(ctx, rand.Reader, format, entries, e)
}

func save(ctx context.Context, path, format string, entries []*keystore.Entry) error {
	data, err := encode(ctx, format, entries)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func privateKey(i int, key *ecdsa.PrivateKey) (*keystore.Entry, error) {
	c, err := certificate(fmt.Sprintf("server%d.example.com", i), i, key, false)
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
	return &keystore.Entry{Alias: "mux", Kind: pkcs12x.PrivateKey, Key: k, Chain: []*keystore.Certificate{c}, Created: time.Now()}, nil
}

// authorities are self-signed CAs of one key, whose making takes the time.
func authorities(n int) ([]*keystore.Entry, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	out := make([]*keystore.Entry, n)
	for i := range out {
		c, err := certificate("Example CA "+strconv.Itoa(i), i, key, true)
		if err != nil {
			return nil, err
		}
		out[i] = &keystore.Entry{Alias: "ca-" + strconv.Itoa(i), Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{c}, Created: time.Now()}
	}
	return out, nil
}

func certificate(name string, serial int, key *ecdsa.PrivateKey, ca bool) (*keystore.Certificate, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}}, SerialNumber: big.NewInt(int64(serial) + 1),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), IsCA: ca, BasicConstraintsValid: true,
	}
	if !ca {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return pkcs12x.ParseCertificate(der)
}
