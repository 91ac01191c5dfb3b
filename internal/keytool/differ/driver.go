package differ

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed testdata/Driver.java
var driverSource []byte

// packages of java.base that keytool's classes use and that are closed to others.
const packages = "sun.security.pkcs sun.security.pkcs10 sun.security.pkcs12 sun.security.provider sun.security.provider.certpath sun.security.provider.certpath.ssl sun.security.tools sun.security.util sun.security.validator sun.security.x509 jdk.internal.util"

// Driver is OpenJDK's keytool, called many times in one JVM by
// testdata/Driver.java: starting it costs thirty times what a call does.
type Driver struct {
	dir    string
	c      *exec.Cmd
	calls  io.WriteCloser
	output *bufio.Reader
	stderr bytes.Buffer
}

// StartDriver starts the JVM of the JDK at home, which works in dir. What it
// compiles goes to scratch.
func StartDriver(ctx context.Context, home, dir, scratch string, env []string) (*Driver, error) {
	source := filepath.Join(scratch, "Driver.java")
	if err := os.WriteFile(source, driverSource, 0o600); err != nil {
		return nil, err
	}
	javac := exec.CommandContext(ctx, filepath.Join(home, "bin", "javac"), "-d", scratch, source)
	if output, err := javac.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("javac: %w: %s", err, output)
	}
	args := []string{
		"-cp", scratch, "-Xshare:auto", "-XX:+UseSerialGC",
		"-XX:-OmitStackTraceInFastThrow",
	} // or a NullPointerException thrown often loses its message
	if _, err := os.Stat(filepath.Join(home, "lib", "modules")); err == nil { // JDK 8 has none
		for p := range strings.FieldsSeq(packages) {
			args = append(args, "--add-exports=java.base/"+p+"=ALL-UNNAMED")
		}
	}
	d := &Driver{dir: dir}
	d.c = exec.CommandContext(ctx, filepath.Join(home, "bin", "java"), append(args, "Driver")...)
	d.c.Dir, d.c.Env, d.c.Stderr = dir, env, &d.stderr
	calls, err := d.c.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := d.c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.calls, d.output = calls, bufio.NewReader(output)
	return d, d.c.Start()
}

// Dir is the working directory.
func (d *Driver) Dir() string { return d.dir }

// Run hands a call to the JVM.
func (d *Driver) Run(_ context.Context, args []string, stdin string) (Result, error) {
	call := binary.BigEndian.AppendUint32(nil, uint32(len(args)))
	for _, text := range append(slices.Clip(args), stdin) {
		call = binary.BigEndian.AppendUint32(call, uint32(len(text)))
		call = append(call, text...)
	}
	if _, err := d.calls.Write(call); err != nil {
		return Result{}, d.broken(err)
	}
	var r Result
	status, err := d.number()
	if err == nil {
		r.Status = int(status)
		r.Stdout, err = d.text()
	}
	if err == nil {
		r.Stderr, err = d.text()
	}
	if err != nil {
		return Result{}, d.broken(err)
	}
	return r, nil
}

// Close ends the JVM.
func (d *Driver) Close() error {
	d.calls.Close() //nolint:errcheck // the JVM may have ended already, which Wait tells
	return d.c.Wait()
}

func (d *Driver) number() (uint32, error) {
	var b [4]byte
	_, err := io.ReadFull(d.output, b[:])
	return binary.BigEndian.Uint32(b[:]), err
}

func (d *Driver) text() (string, error) {
	n, err := d.number()
	if err != nil {
		return "", err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(d.output, b)
	return string(b), err
}

func (d *Driver) broken(err error) error {
	d.c.Process.Kill() //nolint:errcheck // it may have ended already
	d.c.Wait()         //nolint:errcheck // what it said is the better reason
	return fmt.Errorf("the JVM of the driver has ended: %w: %s", err, d.stderr.String())
}
