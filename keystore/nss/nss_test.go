package nss

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/pkcs12x"
)

const password = "nss-secret-1"

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t testing.TB, data []byte, l pkcs12x.Limits) *Database {
	t.Helper()
	d, err := ReadDatabase(data, nil, l)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t testing.TB, name string) *File {
	t.Helper()
	l := pkcs12x.DefaultLimits()
	return Join(read(t, fixture(t, name+"-cert9.db"), l), read(t, fixture(t, name+"-key4.db"), l))
}

// The flags are held against the list that certutil made.
func TestTrustAsCertutilShowsIt(t *testing.T) {
	for _, name := range []string{"empty", "password", "old"} {
		f := open(t, name)
		keys := map[string]bool{}
		for _, k := range f.Keys {
			keys[string(k.ID)] = true
		}
		var got []string
		for _, c := range f.Certificates {
			trust := c.Trust
			if trust == nil {
				trust = &Trust{}
			}
			got = append(got, c.Nickname+" "+trust.Flags(keys[string(c.ID)]))
		}
		list, err := os.ReadFile("testdata/" + name + ".list")
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(list)) {
			line = strings.TrimSpace(line)
			at := strings.LastIndexByte(line, ' ')
			want = append(want, strings.TrimSpace(line[:at])+line[at:])
		}
		slices.Sort(got)
		slices.Sort(want)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: trust is\n%q, certutil says\n%q", name, got, want)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, tt := range []struct {
		trust Trust
		key   bool
		want  string
	}{
		{Trust{}, false, ",,"},
		{Trust{}, true, "u,u,u"},
		{Trust{ServerAuth: MustVerify, EmailProtection: MustVerify}, false, ",,"},
		{Trust{ServerAuth: TrustedCA, ClientAuth: ValidCA}, false, "C,,"},
		{Trust{ServerAuth: ValidCA, ClientAuth: TrustedCA}, false, "T,,"},
		{Trust{ServerAuth: TrustedCA, ClientAuth: TrustedCA, EmailProtection: TrustedCA, CodeSigning: ValidCA}, false, "CT,C,c"},
		{Trust{ServerAuth: TrustedPeer, ClientAuth: Distrusted, CodeSigning: Distrusted}, true, "Pu,u,pu"},
	} {
		if got := tt.trust.Flags(tt.key); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.trust, got, tt.want)
		}
	}
}

func TestLogin(t *testing.T) {
	for _, tt := range []struct{ file, right, wrong string }{
		{"empty", "", password},
		{"password", password, ""},
		{"password", password, password + " "},
		{"old", password, ""},
	} {
		f := open(t, tt.file)
		if err := f.Login(t.Context(), tt.wrong); !errors.Is(err, pkcs12x.ErrPassword) {
			t.Errorf("%s, wrong password: %v", tt.file, err)
		}
		if _, err := f.Open(t.Context(), f.Keys[0]); !errors.Is(err, pkcs12x.ErrLocked) {
			t.Errorf("%s, before the login: %v", tt.file, err)
		}
		if err := f.Login(t.Context(), tt.right); err != nil {
			t.Errorf("%s, right password: %v", tt.file, err)
		}
	}
	if err := (&File{}).Login(t.Context(), ""); !errors.Is(err, pkcs12x.ErrLocked) {
		t.Errorf("without a key database: %v", err)
	}
}

// Every key opens, and its public half is that of the certificate with its ID, or
// that which the database keeps with it.
func TestKeys(t *testing.T) {
	ctx := t.Context()
	for _, tt := range []struct{ file, password, want string }{
		{"empty", "", "DSA, EC P-256, EC P-384, RSA, RSA, secret AES 32, secret generic 16"},
		{"password", password, "DSA, EC P-256, EC P-384, RSA, RSA, secret AES 32, secret generic 16"},
		{"old", password, "RSA"},
	} {
		f := open(t, tt.file)
		if err := f.Login(ctx, tt.password); err != nil {
			t.Fatal(err)
		}
		byID := map[string]*pkcs12x.Certificate{}
		for _, c := range f.Certificates {
			parsed, err := pkcs12x.ParseCertificate(c.Raw)
			if err != nil {
				t.Fatal(err)
			}
			byID[string(c.ID)] = parsed
		}
		var got []string
		matched := 0
		for _, k := range f.Keys {
			raw, err := f.Open(ctx, k)
			if err != nil {
				t.Errorf("%s: %x: %v", tt.file, k.ID, err)
				continue
			}
			if k.Secret {
				got = append(got, fmt.Sprintf("secret %s %d", k.Algorithm(), len(raw)))
				continue
			}
			parsed, err := pkcs12x.ParsePrivateKey(raw)
			if err != nil {
				t.Fatal(err)
			}
			if id, _ := k.Identifier(); !id.Equal(parsed.Algorithm) {
				t.Errorf("%s: the key is of algorithm %v, before it was opened of %v", tt.file, parsed.Algorithm, id)
			}
			switch p := parsed.Private.(type) {
			case *rsa.PrivateKey:
				got = append(got, "RSA")
				if err := p.Validate(); err != nil || p.N.Cmp(new(big.Int).SetBytes(k.object.attributes[attrModulus])) != 0 {
					t.Errorf("%s: RSA key: %v", tt.file, err)
				}
			case *ecdsa.PrivateKey:
				got = append(got, "EC "+p.Params().Name)
			default:
				got = append(got, "DSA")
			}
			if c := byID[string(k.ID)]; c != nil {
				if match, known := parsed.Matches(c); !match || !known {
					t.Errorf("%s: the key %q does not belong to its certificate", tt.file, c.X509.Subject)
				}
				matched++
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, ", "); s != tt.want || matched == 0 {
			t.Errorf("%s: keys are %s, want %s; %d with certificates", tt.file, s, tt.want, matched)
		}
	}
}

// What was signed and has been changed is refused.
func TestSignatures(t *testing.T) {
	ctx := t.Context()
	logged := func() *File {
		f := open(t, "password")
		if err := f.Login(ctx, password); err != nil {
			t.Fatal(err)
		}
		return f
	}
	trusted := func(f *File) *Trust {
		for _, c := range f.Certificates {
			if c.Nickname == "ca" {
				return c.Trust
			}
		}
		t.Fatal("no CA")
		return nil
	}
	if f := logged(); f.CheckTrust(ctx, trusted(f)) != nil {
		t.Error("right trust was refused")
	}
	if f := open(t, "password"); !errors.Is(f.CheckTrust(ctx, trusted(f)), pkcs12x.ErrLocked) {
		t.Error("trust was checked without a password")
	}
	for name, change := range map[string]func(f *File, t *Trust){
		"another value":       func(_ *File, t *Trust) { t.object.attributes[0xce536358] = []byte{0xce, 0x53, 0x43, 0x51} },
		"another certificate": func(_ *File, t *Trust) { t.object.attributes[attrCertSHA1] = make([]byte, 20) },
		"another object":      func(_ *File, t *Trust) { t.object.handle++ },
		"a missing signature": func(f *File, t *Trust) { delete(f.meta, fmt.Sprintf("sig_cert_%08x_ce536358", t.object.handle)) },
		"another one's signature": func(f *File, t *Trust) {
			f.meta[fmt.Sprintf("sig_cert_%08x_ce536358", t.object.handle)] = f.meta[fmt.Sprintf("sig_cert_%08x_ce536359", t.object.handle)]
		},
	} {
		f := logged()
		change(f, trusted(f))
		if err := f.CheckTrust(ctx, trusted(f)); !errors.Is(err, pkcs12x.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key := func(f *File) *Key {
		i := slices.IndexFunc(f.Keys, func(k *Key) bool { return !k.Secret && k.object.number(attrKeyType) == typeRSA })
		return f.Keys[i]
	}
	for name, change := range map[string]func(f *File, o *object){
		"a missing signature": func(f *File, o *object) { delete(f.meta, fmt.Sprintf("sig_key_%08x_00000123", o.handle)) },
		"another modulus":     func(_ *File, o *object) { o.attributes[attrModulus][5] ^= 1 },
		"another exponent":    func(_ *File, o *object) { o.attributes[attrPublicExp] = []byte{3} },
		"no modulus":          func(_ *File, o *object) { delete(o.attributes, attrModulus) },
		"primes exchanged": func(_ *File, o *object) {
			o.attributes[attrPrime1], o.attributes[attrPrime2] = o.attributes[attrPrime2], o.attributes[attrPrime1]
		},
		"a signature for a key": func(f *File, o *object) {
			o.attributes[attrPrime1] = f.meta[fmt.Sprintf("sig_key_%08x_00000124", o.handle)][0]
		},
		"damaged ciphertext": func(_ *File, o *object) {
			o.attributes[attrPrime1] = append(slices.Clone(o.attributes[attrPrime1][:len(o.attributes[attrPrime1])-1]), 0)
		},
		"cut short": func(_ *File, o *object) { o.attributes[attrPrime1] = o.attributes[attrPrime1][:40] },
	} {
		f := logged()
		change(f, key(f).object)
		if raw, err := f.Open(ctx, key(f)); raw != nil || !errors.Is(err, pkcs12x.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Older versions put signatures under another handle when the password was
	// changed.
	f := logged()
	o := key(f).object
	for _, a := range []uint32{attrPrivateExp, attrPrime1, attrPrime2} {
		was := fmt.Sprintf("sig_key_%08x_%08x", o.handle, a)
		f.meta[fmt.Sprintf("sig_key_%08x_%08x", o.handle|misfiled, a)] = f.meta[was]
		delete(f.meta, was)
	}
	if _, err := f.Open(ctx, key(f)); err != nil {
		t.Errorf("misfiled signatures: %v", err)
	}
}

// sealValue encrypts and signs as NSS does, for what its tools here do not make.
func sealValue(t *testing.T, f *File, o *object, attribute uint32, plain []byte) {
	t.Helper()
	salt := bytes.Repeat([]byte{7}, 32)
	key, err := pbkdf2.Key(sha256.New, string(f.key), salt, 1, 32)
	if err != nil {
		t.Fatal(err)
	}
	wrap := func(id asn1.ObjectIdentifier, scheme func(*cryptobyte.Builder), body []byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(id)
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidPBKDF2)
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1OctetString(salt)
							b.AddASN1Int64(1)
							b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(digests[1].id) })
						})
					})
					b.AddASN1(cbasn1.SEQUENCE, scheme)
				})
			})
			b.AddASN1OctetString(body)
		})
		return b.BytesOrPanic()
	}
	iv := bytes.Repeat([]byte{9}, 14)
	pad := 16 - len(plain)%16
	out := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, append([]byte{4, 14}, iv...)).CryptBlocks(out, out)
	o.attributes[attribute] = wrap(oidPBES2, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(ciphers[3].id)
		b.AddASN1OctetString(iv)
	}, out)
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0}, attribute))
	h.Write(plain)
	f.meta[fmt.Sprintf("sig_key_%08x_%08x", o.handle, attribute)] = [2][]byte{
		wrap(oidPBMAC1, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(digests[1].id) }, h.Sum(nil)),
	}
}

func TestKeysThatTheToolsDoNotMake(t *testing.T) {
	p256 := []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}
	seed := bytes.Repeat([]byte{0x17}, 32)
	octets := func(b []byte) []byte { return append([]byte{4, byte(len(b))}, b...) }
	number := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	for _, tt := range []struct {
		name       string
		attributes map[uint32][]byte
		secret     map[uint32][]byte
		want       string // the algorithm, or the error
		inner      []byte // the end of the private key
	}{
		{"Ed25519 by its identifier", map[uint32][]byte{attrKeyType: number(typeEdwards), attrECParams: {6, 3, 43, 101, 112}}, map[uint32][]byte{attrValue: seed}, "1.3.101.112", octets(seed)},
		{"Ed25519 by its name", map[uint32][]byte{attrKeyType: number(typeEdwards), attrECParams: append([]byte{19, 12}, "edwards25519"...)}, map[uint32][]byte{attrValue: seed}, "1.3.101.112", octets(seed)},
		{"X25519", map[uint32][]byte{attrKeyType: number(typeMontgomery), attrECParams: append([]byte{19, 10}, "curve25519"...)}, map[uint32][]byte{attrValue: seed}, "1.3.101.110", octets(seed)},
		{"a curve without a name", map[uint32][]byte{attrKeyType: number(typeEdwards)}, map[uint32][]byte{attrValue: seed}, "unsupported", nil},
		{"EC without a public point", map[uint32][]byte{attrKeyType: number(typeEC), attrECParams: p256}, map[uint32][]byte{attrValue: seed}, "1.2.840.10045.2.1", octets(seed)},
		{"EC without a curve", map[uint32][]byte{attrKeyType: number(typeEC)}, map[uint32][]byte{attrValue: seed}, "without its curve", nil},
		{"ML-DSA-65 with its seed", map[uint32][]byte{attrKeyType: number(typeMLDSA), attrParameterSet: {2, 0, 0, 0, 0, 0, 0, 0}}, map[uint32][]byte{attrValue: seed, attrSeed: seed}, "2.16.840.1.101.3.4.3.18", append([]byte{0x30, 68}, append(octets(seed), octets(seed)...)...)},
		{"ML-KEM-768", map[uint32][]byte{attrKeyType: number(typeMLKEM), attrParameterSet: number(2)}, map[uint32][]byte{attrValue: seed}, "2.16.840.1.101.3.4.4.2", octets(seed)},
		{"ML-DSA of another set", map[uint32][]byte{attrKeyType: number(typeMLDSA), attrParameterSet: number(9)}, map[uint32][]byte{attrValue: seed}, "parameter set 9", nil},
		{"RSA without primes", map[uint32][]byte{attrModulus: {9}, attrPublicExp: {3}}, map[uint32][]byte{attrPrivateExp: {3}}, "without its primes", nil},
		{"Diffie-Hellman", map[uint32][]byte{attrKeyType: number(2)}, map[uint32][]byte{attrValue: seed}, "type 0x2 of PKCS#11", nil},
	} {
		f := open(t, "empty")
		if err := f.Login(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		o := &object{handle: 77, attributes: tt.attributes}
		o.attributes[attrClass] = number(classPrivateKey)
		for a, plain := range tt.secret {
			sealValue(t, f, o, a, plain)
		}
		raw, err := f.Open(t.Context(), &Key{object: o})
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		k, err := pkcs12x.ParsePrivateKey(raw)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if k.Algorithm.String() != tt.want || !bytes.Contains(raw, tt.inner) {
			t.Errorf("%s: algorithm %s, %x", tt.name, k.Algorithm, raw)
		}
	}
}

// The standard's own trust objects, which NSS writes since 3.113, count before
// those of NSS.
func TestStandardTrust(t *testing.T) {
	number := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	raw := []byte("certificate")
	sum := sha256.Sum256(raw)
	certificate := &object{attributes: map[uint32][]byte{attrClass: number(1), attrType: number(0), attrIssuer: {1}, attrSerial: {2}, attrValue: raw}}
	old := &object{attributes: map[uint32][]byte{attrClass: number(classNSSTrust), attrIssuer: {1}, attrSerial: {2}, 0xce536358: number(0xce53435a)}}
	standard := &object{attributes: map[uint32][]byte{attrClass: number(classTrust), attrIssuer: {1}, attrSerial: {2}, 0x62c: number(2), 0x62f: number(1), 0x62e: number(3), attrCertHash: sum[:]}}
	other := &object{attributes: map[uint32][]byte{attrClass: number(classTrust), attrIssuer: {1}, attrSerial: {2}, 0x62c: number(3), attrCertHash: make([]byte, 20)}}
	f := Join(&Database{objects: []*object{standard, certificate, old, other}}, nil)
	if got := f.Certificates[0].Trust.Flags(false); got != "C,P,p" || len(f.Trusts) != 1 || f.Trusts[0].Flags(false) != "p,," {
		t.Errorf("trust %q, and %d others", got, len(f.Trusts))
	}
}

func TestLimits(t *testing.T) {
	l := pkcs12x.DefaultLimits()
	with := func(change func(*pkcs12x.Limits)) pkcs12x.Limits {
		l := l
		change(&l)
		return l
	}
	data := fixture(t, "password-key4.db")
	for limit, l := range map[string]pkcs12x.Limits{
		"bytes":   with(func(l *pkcs12x.Limits) { l.Size = len(data) - 1 }),
		"entries": with(func(l *pkcs12x.Limits) { l.Bags = 3 }),
	} {
		_, err := ReadDatabase(data, nil, l)
		if e, ok := errors.AsType[*pkcs12x.LimitError](err); !ok || e.Limit != limit {
			t.Errorf("%s: %v", limit, err)
		}
	}
	for limit, l := range map[string]pkcs12x.Limits{
		"iterations": with(func(l *pkcs12x.Limits) { l.Iterations = 9999 }),
		"hash calls": with(func(l *pkcs12x.Limits) { l.Work = 39_999 }),
	} {
		f := Join(nil, read(t, data, l))
		err := f.Login(t.Context(), password)
		if e, ok := errors.AsType[*pkcs12x.LimitError](err); !ok || e.Limit != limit {
			t.Errorf("%s: %v", limit, err)
		}
		if f.Integrity().Err == nil {
			t.Errorf("%s: the integrity check has no error", limit)
		}
	}
	f := Join(nil, read(t, data, with(func(l *pkcs12x.Limits) { l.Work = 100_000 }))) // the login takes 20,000
	if err := f.Login(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	var over error
	for _, k := range f.Keys {
		if _, err := f.Open(t.Context(), k); err != nil {
			over = err
		}
	}
	if e, ok := errors.AsType[*pkcs12x.LimitError](over); !ok || e.Limit != "hash calls" {
		t.Errorf("all together: %v", over)
	}
	// 2^32-1 iterations, and more than fit.
	for _, count := range []string{"\x02\x05\x00\xff\xff\xff\xff", "\x02\x09\x01\xff\xff\xff\xff\xff\xff\xff\xff"} {
		s, params := &sealed{}, cryptobyte.String("\x04\x01\x00"+count)
		err := s.readSaltAndCount(&params)
		if err == nil {
			_, err = s.check(l)
		}
		if _, ok := errors.AsType[*pkcs12x.LimitError](err); !ok {
			t.Errorf("%x iterations: %v", count, err)
		}
	}
}

func TestDetect(t *testing.T) {
	for name, want := range map[string]Kind{"empty-cert9.db": CertDB, "empty-key4.db": KeyDB, "old-cert8.db": "", "old-key3.db": ""} {
		data := fixture(t, name)
		if got, ok := Detect(data[:min(len(data), 4096)]); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %v", name, got, ok)
		}
	}
	other := bytes.ReplaceAll(fixture(t, "empty-cert9.db"), []byte("nssPublic"), []byte("something"))
	if kind, ok := Detect(other); ok {
		t.Errorf("another SQLite database is %q", kind)
	}
	if _, err := ReadDatabase(other, nil, pkcs12x.DefaultLimits()); !errors.Is(err, pkcs12x.ErrDamaged) {
		t.Errorf("another SQLite database: %v", err)
	}
}

// use does with two files all that can be done with them.
func use(t *testing.T, cert, key []byte, l pkcs12x.Limits) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var dbs [2]*Database
	for i, data := range [][]byte{cert, key} {
		d, err := ReadDatabase(data, nil, l)
		if err != nil {
			if d != nil && !errors.Is(err, pkcs12x.ErrDamaged) || err.Error() == "" {
				t.Fatalf("%v with %v", err, d)
			}
			continue
		}
		dbs[i] = d
	}
	f := Join(dbs[0], dbs[1])
	for _, c := range f.Certificates {
		if c.Trust != nil {
			c.Trust.Flags(true)
		}
	}
	_ = f.Integrity()
	if f.Login(ctx, "") != nil {
		return
	}
	for _, c := range f.Certificates {
		if c.Trust != nil {
			_ = f.CheckTrust(ctx, c.Trust)
		}
	}
	for _, k := range f.Keys {
		raw, err := f.Open(ctx, k)
		if err == nil && !k.Secret {
			if _, err := pkcs12x.ParsePrivateKey(raw); err != nil {
				t.Fatalf("an open key is none: %v", err)
			}
		}
	}
	if ctx.Err() != nil {
		t.Fatal("it takes too long")
	}
}

func TestMutatedFiles(t *testing.T) {
	cert, key := fixture(t, "empty-cert9.db"), fixture(t, "empty-key4.db")
	l := pkcs12x.DefaultLimits()
	l.Work = 100_000
	state := uint32(1) // xorshift: the same each time
	random := func() int {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		return int(state >> 1)
	}
	for range 400 {
		c, k := bytes.Clone(cert), bytes.Clone(key)
		for _, data := range [][]byte{c, k} {
			for range 1 + random()%20 {
				at := random() % len(data)
				if random()%3 == 0 {
					at = random() % 200 // the header and the first tree
				}
				if at > 16 {
					data[at] = byte(random())
				}
			}
		}
		use(t, c[:len(c)-random()%2*random()%len(c)], k, l)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"empty", "old"} {
		f.Add(fixture(f, name+"-cert9.db"), fixture(f, name+"-key4.db"))
	}
	l := pkcs12x.DefaultLimits()
	l.Work = 5000
	f.Fuzz(func(t *testing.T, cert, key []byte) { use(t, cert, key, l) })
}
