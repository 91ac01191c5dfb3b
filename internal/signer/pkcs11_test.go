//go:build pkcs11 && cgo

package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muxkey/internal/signer/softhsm"
)

const goodPIN = "correct-pin"

// missing skips a test by the name of what is not there, or fails it where
// MUXKEY_INTEROP is "require".
func missing(t *testing.T, what string) {
	t.Helper()
	switch {
	case what == "":
	case os.Getenv("MUXKEY_INTEROP") == "require":
		t.Fatal(what)
	default:
		t.Skip(what)
	}
}

// hsm sets up SoftHSM for one test, with tokens of these labels.
func hsm(t *testing.T, labels ...string) *softhsm.HSM {
	t.Helper()
	missing(t, softhsm.Missing())
	h, err := softhsm.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range labels {
		if err := h.AddToken(t.Context(), label, goodPIN); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(softhsm.ConfVar, h.Conf)
	return h
}

func uriOf(h *softhsm.HSM, attributes string) string {
	return "pkcs11:" + attributes + "?module-path=" + h.Module
}

// pinpad counts how often the PIN is asked for.
type pinpad struct {
	pin   string
	asked []PINRequest
}

func (p *pinpad) options() Options {
	return Options{PIN: func(_ context.Context, r PINRequest) (string, error) {
		p.asked = append(p.asked, r)
		return p.pin, nil
	}}
}

func good() Options { return (&pinpad{pin: goodPIN}).options() }

func open(t *testing.T, uri string) *Key {
	t.Helper()
	k, err := Open(t.Context(), uri, good())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, k) }) // once more does no harm
	return k
}

func create(t *testing.T, uri, keyType string) *Key {
	t.Helper()
	k, err := Create(t.Context(), uri, keyType, good())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, k) }) // once more does no harm
	return k
}

func shut(t *testing.T, k *Key) {
	t.Helper()
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

// tool runs OpenSC's pkcs11-tool, which is somebody else's reading of a token.
func tool(t *testing.T, h *softhsm.HSM, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("pkcs11-tool"); err != nil {
		missing(t, "pkcs11-tool is not installed")
	}
	args = append([]string{"--module", h.Module, "--login", "--pin", goodPIN}, args...)
	out, err := exec.CommandContext(t.Context(), "pkcs11-tool", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("pkcs11-tool %v: %v: %s", args, err, out)
	}
	return string(out)
}

// selfSigned makes a CA certificate with a key, which Go then verifies.
func selfSigned(t *testing.T, k crypto.Signer, algorithm x509.SignatureAlgorithm) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, SignatureAlgorithm: algorithm,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<31, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatalf("%v: %v", algorithm, err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckSignatureFrom(c); err != nil {
		t.Errorf("%v: %v", algorithm, err)
	}
}

func TestKeyTypes(t *testing.T) {
	h := hsm(t, "CA")
	algorithms := map[string][]x509.SignatureAlgorithm{
		"ec-p256":  {x509.ECDSAWithSHA256, x509.ECDSAWithSHA384}, // the second is longer than the order
		"ec-p384":  {x509.ECDSAWithSHA384},
		"ec-p521":  {x509.ECDSAWithSHA512},
		"rsa-2048": {x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA512WithRSAPSS},
		"rsa-3072": {x509.SHA256WithRSA},
		"rsa-4096": {x509.SHA256WithRSAPSS},
		"ed25519":  {x509.PureEd25519},
	}
	for _, keyType := range KeyTypes() {
		t.Run(keyType, func(t *testing.T) {
			made := create(t, uriOf(h, "token=CA;object="+keyType), keyType)
			if made.Exportable {
				t.Error("the new key can be exported")
			}
			if len(algorithms[keyType]) == 0 {
				t.Fatal("nothing is known of how to sign with it")
			}
			for _, a := range algorithms[keyType] {
				selfSigned(t, made, a)
			}
			again := open(t, made.URI) // by the name that it has given
			if !again.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(made.Public()) {
				t.Error("another public key was read back")
			}
			selfSigned(t, again, algorithms[keyType][0])
			if again.URI != made.URI || !strings.HasPrefix(made.URI, "pkcs11:token=CA;id=%") {
				t.Errorf("URI %s, then %s", made.URI, again.URI)
			}
			listed := tool(t, h, "--list-objects", "--type", "privkey", "--label", keyType)
			if !strings.Contains(listed, "sensitive, always sensitive, never extractable") {
				t.Errorf("pkcs11-tool says:\n%s", listed)
			}
		})
	}
}

// Salts of every length that crypto/rsa takes.
func TestPSSSalt(t *testing.T) {
	h := hsm(t, "CA")
	k := create(t, uriOf(h, "token=CA;object=k"), "rsa-2048")
	digest := sha256.Sum256([]byte("text"))
	for _, salt := range []int{rsa.PSSSaltLengthEqualsHash, rsa.PSSSaltLengthAuto, 1, 20, 222} {
		signature, err := k.Sign(nil, digest[:], &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: salt})
		if err != nil {
			t.Errorf("salt %d: %v", salt, err)
			continue
		}
		if salt == rsa.PSSSaltLengthAuto {
			salt = 222
		}
		if err := rsa.VerifyPSS(k.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: salt}); err != nil {
			t.Errorf("salt %d: %v", salt, err)
		}
	}
	for _, opts := range []crypto.SignerOpts{crypto.SHA1, crypto.Hash(0), crypto.SHA512, nil, &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: -7}} {
		if signature, err := k.Sign(nil, digest[:], opts); err == nil {
			t.Errorf("%v: signed %x", opts, signature)
		}
	}
}

func TestPIN(t *testing.T) {
	h := hsm(t, "CA")
	uri := uriOf(h, "token=CA;object=k") + "&pin-source=env:HSM_PIN"
	shut(t, create(t, uri, "ec-p256"))

	wrong := &pinpad{pin: "wrong-pin"}
	_, err := Open(t.Context(), uri, wrong.options())
	if !errors.Is(err, ErrPIN) {
		t.Errorf("wrong PIN: %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "wrong-pin") {
		t.Errorf("the error shows the PIN: %v", err)
	}
	if len(wrong.asked) != 1 || wrong.asked[0].Source != "env:HSM_PIN" || wrong.asked[0].Token != "CA" {
		t.Errorf("asked for %v", wrong.asked)
	}
	// SoftHSM tells that there were wrong ones until a right one comes.
	if e, ok := errors.AsType[*PINError](err); !ok || !e.Few || e.Locked {
		t.Errorf("%#v", err)
	}
	right := &pinpad{pin: goodPIN}
	k, err := Open(t.Context(), uri, right.options())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, k)
	if len(right.asked) != 1 || !right.asked[0].Few {
		t.Errorf("asked for %v", right.asked)
	}
	// Who is logged in is not asked again.
	second := &pinpad{pin: goodPIN}
	k2, err := Open(t.Context(), uri, second.options())
	if err != nil {
		t.Fatal(err)
	}
	shut(t, k2)
	if len(second.asked) != 0 {
		t.Errorf("asked again: %v", second.asked)
	}
	selfSigned(t, k, 0)
}

func TestNoPIN(t *testing.T) {
	h := hsm(t, "CA")
	uri := uriOf(h, "token=CA;object=k")
	refused := errors.New("no terminal")
	for name, tt := range map[string]struct {
		opts Options
		want error
	}{
		"nobody to ask": {Options{}, ErrNoPIN},
		"empty":         {(&pinpad{}).options(), ErrNoPIN},
		"error":         {Options{PIN: func(context.Context, PINRequest) (string, error) { return "", refused }}, refused},
	} {
		if _, err := Open(t.Context(), uri, tt.opts); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokens(t *testing.T) {
	h := hsm(t, "one", "two", "two")
	shut(t, create(t, uriOf(h, "token=one;object=k"), "ec-p256"))

	_, err := Open(t.Context(), uriOf(h, "token=three"), good())
	e, ok := errors.AsType[*TokenError](err)
	if !ok || !errors.Is(err, ErrNoToken) || e.Several || len(e.Have) != 3 {
		t.Fatalf("no such token: %v", err)
	}
	_, err = Open(t.Context(), uriOf(h, "token=two"), good())
	e, ok = errors.AsType[*TokenError](err)
	if !ok || !e.Several || len(e.Have) != 2 {
		t.Fatalf("two tokens of one label: %v", err)
	}
	// What the error names leads to one of them, which is empty.
	rest, _ := strings.CutPrefix(e.Have[0], "pkcs11:")
	_, err = Open(t.Context(), uriOf(h, rest), good())
	if k, ok := errors.AsType[*KeyError](err); !ok || len(k.Have) != 0 || k.Token != "two" {
		t.Errorf("empty token: %v", err)
	}
	for _, fits := range []string{"model=SoftHSM%20v2;token=one", "slot-manufacturer=SoftHSM%20project;token=one", "library-manufacturer=SoftHSM;token=one"} {
		shut(t, open(t, uriOf(h, fits)))
	}
	for _, other := range []string{"token=one;model=Other", "token=one;slot-id=4000000000", "token=ONE"} {
		if _, err := Open(t.Context(), uriOf(h, other), good()); !errors.Is(err, ErrNoToken) {
			t.Errorf("%s: %v", other, err)
		}
	}
	empty := hsm(t)
	if _, err := Open(t.Context(), uriOf(empty, "token=one"), good()); !errors.Is(err, ErrNoToken) || !strings.Contains(err.Error(), "no token at all") {
		t.Errorf("no tokens: %v", err)
	}
}

func TestKeys(t *testing.T) {
	h := hsm(t, "CA")
	// Two that another program made: one label, ids 01 and 02.
	for _, id := range []string{"01", "02"} {
		tool(t, h, "--keypairgen", "--key-type", "EC:prime256v1", "--label", "same", "--id", id)
	}
	_, err := Open(t.Context(), uriOf(h, "token=CA;object=same"), good())
	e, ok := errors.AsType[*KeyError](err)
	if !ok || !e.Several || len(e.Have) != 2 || !errors.Is(err, ErrNoKey) {
		t.Fatalf("two keys of one label: %v", err)
	}
	first, second := open(t, e.Have[0]), open(t, e.Have[1])
	if first.Public().(*ecdsa.PublicKey).Equal(second.Public()) {
		t.Error("both are the same key")
	}
	selfSigned(t, first, 0)
	selfSigned(t, second, 0)

	_, err = Open(t.Context(), uriOf(h, "token=CA;object=other"), good())
	if e, ok := errors.AsType[*KeyError](err); !ok || e.Several || len(e.Have) != 2 {
		t.Errorf("no such key: %v", err)
	}
	for _, at := range []string{"object=same", "object=new;id=%01"} {
		_, err := Create(t.Context(), uriOf(h, "token=CA;"+at), "ec-p256", good())
		if !errors.Is(err, ErrExists) {
			t.Errorf("create %s: %v", at, err)
		}
	}
	if _, err := Create(t.Context(), uriOf(h, "token=CA"), "ec-p256", good()); !errors.Is(err, ErrURI) {
		t.Errorf("create without a name: %v", err)
	}
}

// A key that another program made to be exported is used, and said to be so. One
// whose public half is only in a certificate, or nowhere, is found or refused.
func TestForeignKeys(t *testing.T) {
	h := hsm(t, "CA")
	tool(t, h, "--keypairgen", "--key-type", "EC:prime256v1", "--label", "loose", "--id", "0a", "--extractable")
	k := open(t, uriOf(h, "token=CA;object=loose"))
	if !k.Exportable {
		t.Error("it is not said to be exportable")
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<31, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	public := k.Public()
	shut(t, k)

	tool(t, h, "--delete-object", "--type", "pubkey", "--id", "0a")
	if _, err := Open(t.Context(), uriOf(h, "token=CA;object=loose"), good()); err == nil {
		t.Error("a key without a public half was opened")
	}
	file := filepath.Join(t.TempDir(), "cert.der")
	if err := os.WriteFile(file, der, 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, h, "--write-object", file, "--type", "cert", "--id", "0a", "--label", "loose")
	k = open(t, uriOf(h, "token=CA;object=loose"))
	if !k.Public().(*ecdsa.PublicKey).Equal(public) {
		t.Error("another public key")
	}
	selfSigned(t, k, 0)

	// The halves of two pairs under one id: what is signed does not fit.
	tool(t, h, "--delete-object", "--type", "cert", "--id", "0a")
	tool(t, h, "--keypairgen", "--key-type", "EC:prime256v1", "--label", "other", "--id", "0b")
	tool(t, h, "--delete-object", "--type", "privkey", "--id", "0b")
	tool(t, h, "--set-id", "0a", "--type", "pubkey", "--id", "0b")
	k = open(t, uriOf(h, "token=CA;object=loose"))
	digest := sha256.Sum256(nil)
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrMismatch) {
		t.Errorf("signed with halves of two pairs: %v", err)
	}
}

// A PIV card wants the PIN for each signature with its signature key.
func TestPINForEachSignature(t *testing.T) {
	h := hsm(t, "CA")
	s := shim(t, h)
	t.Setenv("SHIM_ALWAYS", "1")
	p := &pinpad{pin: goodPIN}
	k, err := Create(t.Context(), uriOf(s, "token=CA;object=k"), "ec-p256", p.options())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, k)
	selfSigned(t, k, 0)
	selfSigned(t, k, 0)
	if len(p.asked) != 1 {
		t.Errorf("asked for %v", p.asked)
	}
	out := tool(t, h, "--list-objects", "--type", "privkey")
	if !strings.Contains(out, "always authenticate") {
		t.Errorf("the key wants no PIN for each signature:\n%s", out)
	}
}

func TestModules(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/no/such/module.so", text, "libc.so.6"} {
		_, err := Open(t.Context(), "pkcs11:token=CA?module-path="+path, good())
		if e, ok := errors.AsType[*ModuleError](err); !ok || !errors.Is(err, ErrModule) || e.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	h := hsm(t, "CA")
	k := create(t, uriOf(h, "token=CA;object=k"), "ec-p256")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				digest := sha512.Sum384([]byte{byte(i), byte(j)})
				if _, err := k.Sign(nil, digest[:], crypto.SHA384); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestClosed(t *testing.T) {
	h := hsm(t, "CA")
	k, err := Create(t.Context(), uriOf(h, "token=CA;object=k"), "ed25519", good())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.Close(), k.Close()); err != nil {
		t.Error(err)
	}
	if _, err := k.Sign(nil, []byte("message"), crypto.Hash(0)); err == nil {
		t.Error("a closed key signed")
	}
	if _, ok := k.Public().(ed25519.PublicKey); !ok {
		t.Errorf("%T", k.Public())
	}
}

// shim builds the module of testdata/shim.c.
func shim(t *testing.T, h *softhsm.HSM) *softhsm.HSM {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		missing(t, "gcc is not installed")
	}
	headers, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(t.TempDir(), "shim.so")
	if out, err := exec.CommandContext(t.Context(), "gcc", "-shared", "-fPIC", "-I", string(bytes.TrimSpace(headers)),
		"-o", lib, "testdata/shim.c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v: %s", err, out)
	}
	t.Setenv("SHIM_MODULE", h.Module)
	return &softhsm.HSM{Conf: h.Conf, Module: lib}
}

// A token that makes keys which can be exported does not keep them.
func TestLeakyToken(t *testing.T) {
	h := hsm(t, "CA")
	s := shim(t, h)
	shut(t, create(t, uriOf(s, "token=CA;object=good"), "ec-p256"))
	t.Setenv("SHIM_LEAKY", "1")
	if _, err := Create(t.Context(), uriOf(s, "token=CA;object=bad"), "ec-p256", good()); !errors.Is(err, ErrExportable) {
		t.Fatalf("%v", err)
	}
	if listed := tool(t, h, "--list-objects"); strings.Contains(listed, "bad") || !strings.Contains(listed, "good") {
		t.Errorf("left in the token:\n%s", listed)
	}
}

// Nobody waits for a token that does not answer. A call cannot be taken back, so
// it is made in another process, which ends.
func TestHangingToken(t *testing.T) {
	if os.Getenv("SHIM_HANG") != "" {
		hangs(t)
		return
	}
	h := hsm(t, "CA")
	s := shim(t, h)
	shut(t, create(t, uriOf(s, "token=CA;object=k"), "ec-p256"))
	for _, where := range []string{"C_Initialize", "C_Sign"} {
		for _, way := range []string{"timeout", "cancel"} {
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestHangingToken$", "-test.v", "-test.timeout", "30s")
			c.Env = append(os.Environ(), "SHIM_HANG="+where, "SHIM_WAY="+way, "SHIM_URI="+uriOf(s, "token=CA;object=k"))
			if out, err := c.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
				t.Errorf("%s, %s: %v: %s", where, way, err, out)
			}
		}
	}
}

func hangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opts, want := good(), ErrTimeout
	opts.Timeout = 500 * time.Millisecond
	if os.Getenv("SHIM_WAY") == "cancel" {
		opts.Timeout, want = time.Minute, context.Canceled
		time.AfterFunc(500*time.Millisecond, cancel)
	}
	start := time.Now()
	k, err := Open(ctx, os.Getenv("SHIM_URI"), opts)
	if os.Getenv("SHIM_HANG") == "C_Sign" {
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(nil)
		_, err = k.Sign(nil, digest[:], crypto.SHA256)
		if !errors.Is(k.Close(), ErrTimeout) {
			t.Error("closed while signing")
		}
	}
	if took := time.Since(start); !errors.Is(err, want) || took > 10*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
}

// SoftHSM shortens digests by itself; PKCS#11 does not say that tokens do.
func TestLongDigest(t *testing.T) {
	public := &ecdsa.PublicKey{Curve: elliptic.P256()}
	digest := sha512.Sum512(nil)
	_, data, err := prepare(public, digest[:], crypto.SHA512)
	if err != nil || !bytes.Equal(data, digest[:32]) {
		t.Errorf("%x, %v", data, err)
	}
}
