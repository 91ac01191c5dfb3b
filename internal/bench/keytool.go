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

// keytools are the front end alone, muxkey under its name, and the JDK's.
func keytools(binary, dir string) ([]string, error) {
	theirs, err := exec.LookPath("keytool")
	if err != nil {
		return nil, err
	}
	alone, err := filepath.Abs(filepath.Join(filepath.Dir(binary), "keytool"))
	if err != nil {
		return nil, err
	}
	link := filepath.Join(dir, "bin", "keytool")
	return []string{alone, link, theirs}, errors.Join(os.MkdirAll(filepath.Dir(link), 0o700), os.Symlink(binary, link))
}

// fronting measures the keytool front end, call by call and in a script. The targets are
// those of the program that is nothing else; muxkey has more to load.
func fronting(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	dir = filepath.Join(dir, "keytool")
	programs, err := keytools(binary, dir)
	if err != nil {
		return nil, err
	}
	template := filepath.Join(dir, "scene")
	if err := os.MkdirAll(template, 0o700); err != nil {
		return nil, err
	}
	if err := scene(ctx, programs[2], template); err != nil {
		return nil, err
	}
	empty := filepath.Join(dir, "empty")
	if err := errors.Join(os.MkdirAll(empty, 0o700), os.WriteFile(filepath.Join(empty, "provision.sh"), []byte(provision), 0o600)); err != nil {
		return nil, err
	}

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nkeytool\talone wall\talone cpu\tmuxkey wall\tmuxkey cpu\tJDK wall\tJDK cpu\tfaster by\ttarget\tas muxkey\n")
	measure := func(name, template string, runs int, faster float64, run func(keytool, dir string) (sample, error)) error {
		s, err := beside(programs, template, filepath.Join(dir, "runs"), runs, run)
		if err != nil {
			return err
		}
		alone, link, jdk := s[0], s[1], s[2]
		ratio := float64(jdk.wall) / float64(alone.wall)
		target := ""
		if faster > 0 {
			target = fmt.Sprintf("%.0fx", faster)
			if ratio < faster {
				target += " MISSED"
				missed = append(missed, "keytool "+name)
			}
		}
		_, err = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.1fx\t%s\t%.1fx\n", name,
			ms(alone.wall), ms(alone.cpu), ms(link.wall), ms(link.cpu), ms(jdk.wall), ms(jdk.cpu),
			ratio, target, float64(jdk.wall)/float64(link.wall))
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

// beside runs programs in turn, each time in a fresh copy of a directory, and leaves
// the first run out, which warms the caches.
func beside(programs []string, template, work string, runs int, run func(program, dir string) (sample, error)) ([]sample, error) {
	samples := make([][]sample, len(programs))
	for i := range runs + 1 {
		for n, program := range programs {
			dir := filepath.Join(work, fmt.Sprint(n))
			if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o700), os.CopyFS(dir, os.DirFS(template))); err != nil {
				return nil, err
			}
			s, err := run(program, dir)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				samples[n] = append(samples[n], s)
			}
		}
	}
	medians := make([]sample, len(programs))
	for n, s := range samples {
		medians[n] = median(s)
	}
	return medians, nil
}
