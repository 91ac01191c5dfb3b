package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// The targets of the keytool front end, beside the JDK's.
const (
	callFaster   = 40.0
	scriptFaster = 40.0
	callRuns     = 7
	scriptRuns   = 3
)

// provision is a script as administrators have them.
//
//go:embed provision.sh
var provision string

// call is one of keytool's calls that scripts make most. It finds the files of the
// scene in its directory, fresh for each run.
type call struct {
	line string
	// faster is as in task.
	faster float64
}

// calls are the ten most used of public scripts, and what else is good to know. RSA
// keys are only shown: most of that time is the search for primes, which neither
// program can leave out.
func calls() []call {
	return []call{
		{"-importcert -noprompt -trustcacerts -alias own -file root.pem -keystore cacerts -storepass changeit", callFaster},
		{"-delete -alias root -keystore trust.p12 -storepass changeit", callFaster},
		{"-importkeystore -noprompt -srckeystore node.p12 -srcstoretype PKCS12 -srcstorepass changeit -destkeystore new.jks -deststoretype JKS -deststorepass changeit -destkeypass changeit", callFaster},
		{"-genkeypair -alias new -keyalg EC -validity 365 -dname CN=new.example.com -ext SAN=dns:new.example.com,ip:10.0.0.1 -keystore new.p12 -storepass changeit -keypass changeit", callFaster},
		{"-certreq -alias node -file new.csr -keystore node.p12 -storepass changeit", callFaster},
		{"-importcert -alias node -file reply.pem -keystore node.p12 -storepass changeit -noprompt", callFaster},
		{"-list -keystore node.p12 -storepass changeit -alias node", callFaster},
		{"-list -v -keystore cacerts -storepass changeit", callFaster},
		{"-exportcert -rfc -alias node -keystore node.p12 -storepass changeit", callFaster},
		{"-printcert -file root.pem", callFaster},
		{"-storepasswd -keystore node.p12 -storepass changeit -new changed-word", 0},
		{"-gencert -alias root -keystore ca.p12 -storepass changeit -infile node.csr -outfile new.pem -rfc", 0},
		{"-genseckey -alias new -keyalg AES -keysize 256 -keystore node.p12 -storepass changeit", 0},
		{"-genseckey -storetype JCEKS -alias new -keyalg AES -keysize 256 -keystore new.jceks -storepass changeit", 0},
		{"-genkeypair -alias new -keyalg RSA -keysize 2048 -dname CN=new.example.com -keystore new.p12 -storepass changeit", 0},
	}
}

// scene makes the files that calls find, with the JDK's keytool.
func scene(ctx context.Context, keytool, dir string) error {
	for _, line := range []string{
		"-genkeypair -alias root -keyalg EC -dname CN=Root -ext bc:c -keystore ca.p12 -storepass changeit",
		"-exportcert -rfc -alias root -keystore ca.p12 -storepass changeit -file root.pem",
		"-importcert -noprompt -alias root -file root.pem -keystore trust.p12 -storepass changeit",
		"-importkeystore -srckeystore trust.p12 -srcstorepass changeit -destkeystore cacerts -deststoretype JKS -deststorepass changeit -srcalias root -destalias old",
		"-genkeypair -alias node -keyalg EC -dname CN=node.example.com -keystore node.p12 -storepass changeit",
		"-importcert -noprompt -alias root -file root.pem -keystore node.p12 -storepass changeit",
		"-certreq -alias node -file node.csr -keystore node.p12 -storepass changeit",
		"-gencert -alias root -keystore ca.p12 -storepass changeit -infile node.csr -outfile reply.pem -rfc",
	} {
		if _, err := inDir(ctx, dir, keytool, strings.Fields(line)...); err != nil {
			return err
		}
	}
	return nil
}

// inDir runs a program in a directory, as at level 17.
func inDir(ctx context.Context, dir, program string, args ...string) (sample, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "MUXKEY_KEYTOOL_LEVEL=17", "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"))
	start := time.Now()
	if output, err := c.CombinedOutput(); err != nil {
		return sample{}, fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, output)
	}
	return sample{time.Since(start), c.ProcessState.UserTime() + c.ProcessState.SystemTime()}, nil
}

// keytools are ours and the JDK's, each in a directory under that name.
func keytools(binary, dir string) (ours, theirs string, err error) {
	if theirs, err = exec.LookPath("keytool"); err != nil {
		return "", "", err
	}
	ours = filepath.Join(dir, "bin", "keytool")
	return ours, theirs, errors.Join(os.MkdirAll(filepath.Dir(ours), 0o700), os.Symlink(binary, ours))
}

// fronting measures the keytool front end, call by call and in a script.
func fronting(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	dir = filepath.Join(dir, "keytool")
	ours, theirs, err := keytools(binary, dir)
	if err != nil {
		return nil, err
	}
	template := filepath.Join(dir, "scene")
	if err := os.MkdirAll(template, 0o700); err != nil {
		return nil, err
	}
	if err := scene(ctx, theirs, template); err != nil {
		return nil, err
	}
	empty := filepath.Join(dir, "empty")
	if err := errors.Join(os.MkdirAll(empty, 0o700), os.WriteFile(filepath.Join(empty, "provision.sh"), []byte(provision), 0o600)); err != nil {
		return nil, err
	}

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nkeytool\tmuxkey wall\tmuxkey cpu\tJDK wall\tJDK cpu\tfaster by\ttarget\n")
	measure := func(name, template string, runs int, faster float64, run func(keytool, dir string) (sample, error)) error {
		a, b, err := side(template, filepath.Join(dir, "runs"), runs, func(dir string) (sample, error) { return run(ours, dir) }, func(dir string) (sample, error) { return run(theirs, dir) })
		if err != nil {
			return err
		}
		ratio := float64(b.wall) / float64(a.wall)
		target := ""
		if faster > 0 {
			target = fmt.Sprintf("%.0fx", faster)
			if ratio < faster {
				target += " MISSED"
				missed = append(missed, "keytool "+name)
			}
		}
		_, err = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%.1fx\t%s\n", name, ms(a.wall), ms(a.cpu), ms(b.wall), ms(b.cpu), ratio, target)
		return err
	}
	for _, c := range calls() {
		args := strings.Fields(c.line)
		if err := measure(short(args), template, callRuns, c.faster, func(keytool, dir string) (sample, error) {
			return inDir(ctx, dir, keytool, args...)
		}); err != nil {
			return nil, err
		}
	}
	name := fmt.Sprintf("a script of %d lines", strings.Count(provision, "\n"))
	if err := measure(name, empty, scriptRuns, scriptFaster, func(keytool, dir string) (sample, error) {
		// The script finds keytool by its PATH, which begins with its directory.
		return inDir(ctx, dir, "/bin/sh", "-e", "provision.sh", filepath.Dir(keytool))
	}); err != nil {
		return nil, err
	}
	return missed, table.Flush()
}

// short leaves out of a call what all of them have.
func short(args []string) string {
	var words []string
	for i := 0; i < len(args); i++ {
		if strings.HasSuffix(args[i], "pass") {
			i++
			continue
		}
		words = append(words, args[i])
		if len(words) == 7 {
			break
		}
	}
	return strings.Join(words, " ")
}

// side runs two in turn, each time in a fresh copy of a directory, and leaves the
// first run out, which warms the caches.
func side(template, work string, runs int, ours, theirs func(dir string) (sample, error)) (a, b sample, err error) {
	var first, second []sample
	for i := range runs + 1 {
		for n, run := range []func(dir string) (sample, error){ours, theirs} {
			dir := filepath.Join(work, fmt.Sprint(n))
			if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o700), os.CopyFS(dir, os.DirFS(template))); err != nil {
				return a, b, err
			}
			s, err := run(dir)
			if err != nil {
				return a, b, err
			}
			switch {
			case i == 0:
			case n == 0:
				first = append(first, s)
			default:
				second = append(second, s)
			}
		}
	}
	return median(first), median(second), nil
}
