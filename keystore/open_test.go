package keystore_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

const p12s = "../pkcs12x/testdata/"

func TestPasswordIsAskedForOnlyWhenNeeded(t *testing.T) {
	for _, tt := range []struct {
		file   string
		unlock bool
		asked  int
	}{
		{p12s + "openssl-default.p12", false, 1},
		{p12s + "openssl-default.p12", true, 1},
		{p12s + "openssl-plain-no-mac.p12", true, 0},
		{p12s + "openssl-plain.p12", false, 1}, // there is a MAC to check
		{"testdata/chain.pem", true, 0},
		{"testdata/server.pem", true, 0},
		{"testdata/server-encrypted.pem", false, 1}, // to find the key's certificate
		{"testdata/server-encrypted.pem", true, 1},
		{"testdata/key-encrypted.der", false, 0},
		{"testdata/key-encrypted.der", true, 1},
		{"testdata/key-rsa-legacy.pem", false, 0},
		{"testdata/certificate.der", true, 0},
	} {
		asked := 0
		opts := keystore.Options{Unlock: tt.unlock, Password: func(context.Context) (string, error) {
			asked++
			return fixturePassword, nil
		}}
		open(t, tt.file, opts)
		if asked != tt.asked {
			t.Errorf("%s, unlock %v: asked %d times, want %d", tt.file, tt.unlock, asked, tt.asked)
		}
	}
}

func TestWithoutPasswordTheOpenPartIsShown(t *testing.T) {
	none := func(context.Context) (string, error) { return "", keystore.ErrNoPassword }
	for _, opts := range []keystore.Options{{}, {Password: none}, {Unlock: true, Password: none}} {
		s := open(t, p12s+"openssl-default.p12", opts)
		if s.Verified || len(s.Locked) == 0 || !errors.Is(s.Locked[0], pkcs12x.ErrLocked) {
			t.Errorf("verified %v, locked %v", s.Verified, s.Locked)
		}
		if s.Integrity == nil || len(s.Protections) == 0 {
			t.Error("the schemes are not shown")
		}
		// What is in the locked part cannot be said not to be there.
		if _, err := s.Find("nobody"); !errors.Is(err, keystore.ErrNoPassword) {
			t.Errorf("looking up an alias: %v", err)
		}
		s = open(t, "testdata/key-encrypted.der", opts)
		if k := s.Entries[0].Key; k.PKCS8 != nil || !errors.Is(k.Err, pkcs12x.ErrLocked) {
			t.Errorf("key: %v", k.Err)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	for _, file := range []string{
		p12s + "openssl-default.p12", p12s + "openssl-no-mac.p12", "testdata/server-encrypted.pem",
		"testdata/key-encrypted.der", "testdata/key-rsa-legacy.pem", "testdata/key-ec-legacy.pem",
	} {
		s, err := keystore.Open(t.Context(), file, withPassword("hunter2"))
		if s != nil || !errors.Is(err, keystore.ErrPassword) {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if err.Error() != "reading "+file+": wrong password" {
			t.Errorf("the error says %q", err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %q", err)
		}
	}
}

// A scheme that cannot be undone is told apart from a wrong password, and does
// not hide the rest.
func TestUnsupportedIsNotAWrongPassword(t *testing.T) {
	data, err := os.ReadFile(p12s + "openssl-mac-sha512-256.p12")
	if err != nil {
		t.Fatal(err)
	}
	const hashes = "\x60\x86\x48\x01\x65\x03\x04\x02" // 2.16.840.1.101.3.4.2
	at := bytes.LastIndex(data, []byte(hashes))
	data[at+len(hashes)] = 0x7f // no such hash
	s, err := keystore.Decode(t.Context(), "x", data, withPassword(fixturePassword))
	if err != nil {
		t.Fatal(err)
	}
	if s.Verified || len(s.Locked) == 0 || !errors.Is(s.Locked[0], pkcs12x.ErrUnsupported) || errors.Is(s.Locked[0], keystore.ErrPassword) {
		t.Errorf("verified %v, locked %v", s.Verified, s.Locked)
	}
	blowfish := strings.Replace(fixture(t, "key-rsa-legacy.pem"), "AES-128-CBC", "BF-CBC", 1)
	s, err = keystore.Decode(t.Context(), "x", []byte(blowfish), withPassword(fixturePassword))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Entries[0].Key.Err; !errors.Is(err, pkcs12x.ErrUnsupported) || !strings.Contains(err.Error(), "BF-CBC") {
		t.Errorf("key: %v", err)
	}
}

func TestErrorOfThePasswordSourceComesThrough(t *testing.T) {
	broken := errors.New("environment variable X is not set")
	_, err := keystore.Open(t.Context(), p12s+"openssl-default.p12", keystore.Options{Password: func(context.Context) (string, error) { return "", broken }})
	if !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

func TestKeysUnlockOneByOne(t *testing.T) {
	for _, file := range []string{"testdata/key-encrypted.der", "testdata/key-rsa-legacy.pem", p12s + "openssl-plain-certs.p12"} {
		opts := keystore.Options{}
		if strings.HasSuffix(file, ".p12") {
			opts = withPassword(fixturePassword)
			opts.Unlock = false
		}
		s := open(t, file, opts)
		e, err := s.PrivateKey("")
		if err != nil {
			t.Fatal(err)
		}
		if e.Key.PKCS8 != nil {
			t.Fatalf("%s: the key is open already", file)
		}
		if err := s.UnlockKey(t.Context(), e, "wrong"); !errors.Is(err, keystore.ErrPassword) || e.Key.PKCS8 != nil {
			t.Errorf("%s: with a wrong password: %v", file, err)
		}
		for range 2 { // the second call has nothing to do
			if err := s.UnlockKey(t.Context(), e, fixturePassword); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
		if e.Key.Private == nil || e.Key.Err != nil || e.Key.Protection == nil {
			t.Errorf("%s: key %T, %v, protection %v", file, e.Key.Private, e.Key.Err, e.Key.Protection)
		}
	}
	s := open(t, "testdata/certificate.der", keystore.Options{})
	if err := s.UnlockKey(t.Context(), s.Entries[0], ""); err == nil {
		t.Error("a certificate was unlocked")
	}
}

func TestWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	_, err := keystore.Open(t.Context(), filepath.Join(dir, "missing.p12"), keystore.Options{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "reading "+dir) || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("missing file: %v", err)
	}
	_, err = keystore.Open(t.Context(), dir, keystore.Options{})
	if e, ok := errors.AsType[*keystore.FormatError](err); !ok || e.What != "a directory" {
		t.Errorf("directory: %v", err)
	}
	_, err = keystore.Open(t.Context(), os.DevNull, keystore.Options{})
	if e, ok := errors.AsType[*keystore.FormatError](err); !ok || e.What != "a device or socket" {
		t.Errorf("device: %v", err)
	}
}

func TestSizeIsLimited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "big")
	limits := pkcs12x.DefaultLimits()
	limits.Size = 1000
	for _, tt := range []struct {
		data, want string
	}{
		{fixture(t, "chain.pem"), "asks for 1996 bytes, the limit is 1000"},
		{"PK\x03\x04" + strings.Repeat("x", 2000), "a ZIP or JAR archive"},
	} {
		if err := os.WriteFile(path, []byte(tt.data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := keystore.Open(t.Context(), path, keystore.Options{Limits: limits})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.10q: %v, want %q", tt.data, err, tt.want)
		}
	}
	_, err := keystore.Decode(t.Context(), "x", []byte(fixture(t, "chain.pem")), keystore.Options{Limits: limits})
	if e, ok := errors.AsType[*pkcs12x.LimitError](err); !ok || e.Max != 1000 {
		t.Errorf("decode: %v", err)
	}
}

func TestPrivateKeysOfOneFileAreLimited(t *testing.T) {
	_, err := keystore.Decode(t.Context(), "x", []byte(strings.Repeat(fixture(t, "key-rsa-pkcs1.pem"), 1000)), keystore.Options{})
	if e, ok := errors.AsType[*pkcs12x.LimitError](err); !ok || e.Limit != "bytes of private keys" {
		t.Errorf("error is %v", err)
	}
}

// Many encrypted keys share one budget, so that a file cannot ask for hours.
func TestDerivationsOfOneFileAreLimited(t *testing.T) {
	limits := pkcs12x.DefaultLimits()
	limits.Work = 4 * 2 * 2048 * 4 // enough for each alone
	opts := withPassword(fixturePassword)
	opts.Limits = limits
	one := fixture(t, "server-encrypted.pem")
	if _, err := keystore.Decode(t.Context(), "x", []byte(one), opts); err != nil {
		t.Fatal(err)
	}
	_, err := keystore.Decode(t.Context(), "x", []byte(strings.Repeat(one, 20)), opts)
	if _, ok := errors.AsType[*pkcs12x.LimitError](err); !ok {
		t.Errorf("error is %v", err)
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, file := range []string{p12s + "openssl-default.p12", "testdata/chain.pem", "testdata/chain.pem", "testdata/certificate.der"} {
		if _, err := keystore.Open(ctx, file, withPassword(fixturePassword)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestHostileInputEndsSoon(t *testing.T) {
	for name, data := range map[string]string{
		"nested indefinite lengths": strings.Repeat("\x30\x80", 1<<23),
		"nested SEQUENCEs":          strings.Repeat("\x30\x84\x00\xff\xff\xff", 1<<18),
		"PKCS#7 that nests":         "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + strings.Repeat("\xa0\x80", 1<<23),
		"many BEGIN lines":          strings.Repeat("-----BEGIN FOO-----\n-----END FOO-----\n", 1<<17),
		"one long line":             "-----BEGIN CERTIFICATE-----" + strings.Repeat("A", 1<<23),
		"many names":                strings.Repeat("Bag Attributes\nfriendlyName: a\n"+fixture(t, "request.pem"), 5000),
		"many colons":               "-----BEGIN CERTIFICATE-----\n" + strings.Repeat("a: b\n", 1<<20),
		"base64 of base64":          strings.Repeat("QUFB", 1<<22),
	} {
		_, took, grown, _ := measured(t, []byte(data))
		t.Logf("%s: took %v, allocated %d MiB", name, took, grown>>20)
		if took > maxTime || grown > maxBytes {
			t.Errorf("%s: took %v, allocated %d MiB", name, took, grown>>20)
		}
	}
}
