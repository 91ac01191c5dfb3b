package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/internal/console"
	"muxkey/internal/signer"
)

// Flags of which one alone means nothing are refused before a token is looked
// for; the URI is never repeated, as it may have a PIN in it.
func TestSignerUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ args, says string }{
		{"sign x.csr --signer pkcs11:token=s3cret-word", "--ca names the CA that issues"},
		{"create mux.example.com --signer pkcs11:token=s3cret-word", "--signer is the key of the CA whose certificate --ca names"},
		{"crl --signer pkcs11:token=s3cret-word", "--ca names the CA whose list it is"},
		{"ca create CA --ca-signer pkcs11:token=s3cret-word", "--ca-signer is the key of the CA whose certificate --ca names"},
		{"ca create CA --signer pkcs11:token=s3cret-word --intermediate", "--signer and --intermediate exclude each other"},
		{"ca create CA --signer pkcs11:token=s3cret-word -o ca.p12", "ca.p12 is to hold certificates in PEM"},
		{"ca create CA --signer pkcs11:token=CA;object=root?pin-value=s3cret-word", "it holds the PIN"},
		{"ca create CA --signer s3cret-word", "it names no known kind of key"},
		{"csr mux.example.com --signer pkcs11:token=s3cret-word --key-out k", "--signer and --key-out exclude each other"},
		{"csr --from a.p12 --signer pkcs11:token=s3cret-word", "--signer and --from exclude each other"},
	} {
		status, out, err := run(t, strings.Fields(tt.args)...)
		if status != StatusUsage || out != "" || !strings.Contains(err, tt.says) || strings.Contains(err, "s3cret") {
			t.Errorf("%s: status %d, output %q, error %q", tt.args, status, out, err)
		}
	}
	if left, err := filepath.Glob("*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A program without the back end says how to build one that has it, and asks for
// nothing before.
func TestSignerNotBuilt(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, _, err := run(t, "ca", "create", "CA", "-o", "ca.p12", "--cert-out", "ca.pem", "--password", "pass:sesame-street"); status != StatusDone {
		t.Fatal(err)
	}
	for _, s := range signer.Schemes() {
		if s.Built {
			continue
		}
		uri := map[string]string{"pkcs11": "pkcs11:token=CA;object=root", "awskms": "awskms:name=root"}[s.Name]
		for _, args := range [][]string{
			{"ca", "create", "CA", "--signer", uri, "-o", "new.pem"},
			{"csr", "mux.example.com", "--signer", uri, "--csr-out", "-"},
			{"create", "mux.example.com", "--ca", "ca.pem", "--signer", uri},
			{"crl", "--ca", "ca.pem", "--signer", uri},
		} {
			status, out, err := run(t, args...)
			if status != StatusUsage || out != "" || !strings.Contains(err, "built without "+s.Title) || !strings.Contains(err, "\nhint: build one that has it from the sources, with: "+s.How) {
				t.Errorf("%v: status %d, output %q, error %q", args, status, out, err)
			}
		}
	}
	if _, err := os.Stat("new.pem"); err == nil {
		t.Error("made a certificate without a key")
	}
}

// A file without a CA's certificate is refused before the token is looked for: in
// a program without the back end, this is what is said.
func TestSignerWithoutCA(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, _, err := run(t, "csr", "mux.example.com", "--key-out", "mux.key", "--csr-out", "mux.csr"); status != StatusDone {
		t.Fatal(err)
	}
	status, _, err := run(t, "crl", "--ca", "mux.csr", "--signer", "pkcs11:token=CA")
	if want := "muxkey: issue with the key of --signer and mux.csr: "; status != StatusInput || !strings.HasPrefix(err, want) {
		t.Errorf("status %d, error %q", status, err)
	}
}

// No program tries the last PIN that a token takes: a person must. None is taken
// from where the passwords of keystores are, and the one that was taken serves for
// both steps, opening and making.
func TestPIN(t *testing.T) {
	for _, tt := range []struct {
		name   string
		r      signer.PINRequest
		answer string // of a person; empty when there is none
		pin    string
		asked  string // a part of the question
		status Status
	}{
		{"the place of the URI", signer.PINRequest{Token: "CA", Source: "env:HSM_PIN"}, "", "1234", "", 0},
		{"few tries", signer.PINRequest{Token: "CA", Source: "env:HSM_PIN", Few: true}, "", "1234", "", 0},
		{"the last try of a program", signer.PINRequest{Token: "CA", Source: "env:HSM_PIN", Last: true}, "5678", "", "", StatusPassword},
		{"no such variable", signer.PINRequest{Token: "CA", Source: "env:NO_PIN"}, "5678", "", "", StatusInput},
		{"nobody to ask", signer.PINRequest{Token: "CA"}, "", "", "", StatusPassword},
		{"a person", signer.PINRequest{Token: "C\x1bA"}, "5678", "5678", `PIN of the token C\x1bA`, 0},
		{"the last try of a person", signer.PINRequest{Token: "CA", Source: "prompt", Last: true}, "5678", "5678", "one more wrong PIN locks it", 0},
	} {
		env, d := console.Test()
		d.Vars["HSM_PIN"], d.Vars[console.VarPassword] = "1234", "sesame-street"
		if tt.answer != "" {
			d.Answers = []string{tt.answer}
		}
		var s signerFlags
		ask := s.askPIN(env)
		pin, err := ask(t.Context(), tt.r)
		if pin != tt.pin || (err == nil) != (tt.status == 0) || !strings.Contains(strings.Join(d.Questions, ""), tt.asked) {
			t.Errorf("%s: %q, %v, asked %q", tt.name, pin, err, d.Questions)
		}
		if err != nil {
			if got := diagnose(err).Status; got != tt.status {
				t.Errorf("%s: status %d for %v", tt.name, got, err)
			}
			continue
		}
		if again, err := ask(t.Context(), tt.r); again != pin || err != nil || len(d.Questions) > 1 {
			t.Errorf("%s: the second step got %q, %v, asked %q", tt.name, again, err, d.Questions)
		}
	}
}
