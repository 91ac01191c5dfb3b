package keystore_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// opensshFile makes a file of parts in the wire format; a []byte is a string, a
// uint32 a number.
func opensshFile(parts ...any) string {
	b := []byte("openssh-key-v1\x00")
	for _, part := range parts {
		b = append(b, wire(part)...)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: b}))
}

func wire(parts ...any) (out []byte) {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(part))), part...)
		case []byte:
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(part))), part...)
		case int:
			out = binary.BigEndian.AppendUint32(out, uint32(part))
		}
	}
	return out
}

func TestOpenSSHKeysThatAreRefused(t *testing.T) {
	options := func(rounds int) []byte { return wire("salt", rounds) }
	inside := func(parts ...any) []byte { return wire(append([]any{1, 1}, parts...)...) }
	public := wire("ssh-ed25519")
	huge := strings.Repeat("\x01", 5000)
	for _, tt := range []struct {
		name, data string
		damaged    bool
		want       error
	}{
		{"another magic", "-----BEGIN OPENSSH PRIVATE KEY-----\nQUFB\n-----END OPENSSH PRIVATE KEY-----\n", true, pkcs12x.ErrDamaged},
		{"cut short in the header", opensshFile("none", "none"), true, nil},
		{"cut short in the key", opensshFile("none", "none", "", 1, public, 1000), true, nil},
		{"no key", opensshFile("none", "none", "", 0, public, inside()), true, nil},
		{"two keys", opensshFile("none", "none", "", 2, public, public, inside()), true, nil},
		{"check numbers that differ", opensshFile("none", "none", "", 1, public, wire(1, 2)), true, nil},
		{"no type", opensshFile("none", "none", "", 1, public, wire(1, 1)), true, nil},
		{"numbers that are missing", opensshFile("none", "none", "", 1, public, inside("ssh-rsa", "\x01")), true, nil},
		{"a zero", opensshFile("none", "none", "", 1, public, inside("ssh-rsa", "", "", "", "", "", "")), true, nil},
		{"a negative number", opensshFile("none", "none", "", 1, public, inside("ssh-dss", "\xff", "\x01", "\x01", "\x01", "\x01")), true, nil},
		{"a huge number", opensshFile("none", "none", "", 1, public, inside("ssh-rsa", huge, huge, huge, huge, huge, huge)), true, nil},
		{"a key of another length", opensshFile("none", "none", "", 1, public, inside("ssh-ed25519", "x", "y")), true, nil},
		{"a point of another length", opensshFile("none", "none", "", 1, public, inside("ecdsa-sha2-nistp256", "nistp256", "x", "y")), true, nil},
		{"no salt", opensshFile("aes256-ctr", "bcrypt", wire("", 16), 1, public, "x"), true, nil},
		{"no rounds", opensshFile("aes256-ctr", "bcrypt", options(0), 1, public, "x"), true, nil},
		{"too many rounds", opensshFile("aes256-ctr", "bcrypt", options(100_000), 1, public, "x"), false, &pkcs12x.LimitError{}},
		{"all rounds there are", opensshFile("aes256-ctr", "bcrypt", options(1<<32-1), 1, public, "x"), false, &pkcs12x.LimitError{}},
		{"a length that is no multiple of the block", opensshFile("aes256-cbc", "bcrypt", options(1), 1, public, "x"), false, pkcs12x.ErrDamaged},
		{"another password, AES in GCM", opensshFile("aes256-gcm@openssh.com", "bcrypt", options(1), 1, public, "x"), false, keystore.ErrPassword},
		{"another password", opensshFile("aes256-ctr", "bcrypt", options(1), 1, public, "0123456789abcdef"), false, keystore.ErrPassword},
	} {
		start := time.Now()
		s, err := keystore.Decode(t.Context(), "x", []byte(tt.data), withPassword(fixturePassword))
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("%s took %v", tt.name, took)
		}
		if s != nil && len(s.Entries) == 1 {
			err = s.Entries[0].Key.Err
		}
		e, wrong := errors.AsType[*keystore.FormatError](err)
		if wrong != tt.damaged || wrong && !e.Damaged {
			t.Errorf("%s: %v", tt.name, err)
		}
		_, limit := errors.AsType[*pkcs12x.LimitError](err)
		_, want := errors.AsType[*pkcs12x.LimitError](tt.want)
		if want != limit || !tt.damaged && !want && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// A key that cannot be opened is listed with its reason.
func TestOpenSSHKeysThatStayLocked(t *testing.T) {
	public := wire("ssh-ed25519")
	token := wire(1, 1, "sk-ssh-ed25519@openssh.com", "x")
	for name, data := range map[string]string{
		"a cipher that is not known": opensshFile("chacha20-poly1305@openssh.com", "bcrypt", wire("salt", 1), 1, public, "x"),
		"a derivation that is not":   opensshFile("aes256-ctr", "scrypt", "x", 1, public, "x"),
		"a key in a security token":  opensshFile("none", "none", "", 1, public, token),
	} {
		s, err := keystore.Decode(t.Context(), "x", []byte(data), withPassword(fixturePassword))
		if err != nil || len(s.Entries) != 1 || !errors.Is(s.Entries[0].Key.Err, pkcs12x.ErrUnsupported) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	data, err := os.ReadFile("testdata/ssh-rsa-cbc")
	if err != nil {
		t.Fatal(err)
	}
	s, err := keystore.Decode(t.Context(), "x", data, keystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := s.Entries[0]
	if !errors.Is(e.Key.Err, pkcs12x.ErrLocked) || e.Key.Protection.Name != "OpenSSH aes192-cbc" || e.Key.Protection.Iterations != 1 {
		t.Errorf("%+v", e.Key)
	}
	for password, want := range map[string]error{"": keystore.ErrPassword, "wrong": keystore.ErrPassword} {
		if err := s.UnlockKey(t.Context(), e, password); !errors.Is(err, want) {
			t.Errorf("password %q: %v", password, err)
		}
	}
	if err := s.UnlockKey(t.Context(), e, fixturePassword); err != nil || e.Key.Private == nil {
		t.Errorf("the right password: %v", err)
	}
}

func TestOpenSSHKeyIsTheOneOfItsPublicFile(t *testing.T) {
	public, err := os.ReadFile("testdata/ssh-public.pub")
	if err != nil {
		t.Fatal(err)
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Fields(string(public))[1])
	if err != nil {
		t.Fatal(err)
	}
	k := open(t, "testdata/ssh-private", keystore.Options{}).Entries[0].Key
	seed, ok := k.Private.(interface{ Seed() []byte })
	if !ok {
		t.Fatalf("%T", k.Private)
	}
	if got := append(seed.Seed(), blob[len(blob)-32:]...); !bytes.Equal(got, keyOf(k)) {
		t.Error("the private key has another public half")
	}
}

func keyOf(k *keystore.Key) []byte {
	private, _ := k.Private.(ed25519.PrivateKey)
	return private
}
