package jks

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

// sealedObject passes over a serialised object and returns its octets. Only its
// outline is read: what is inside is looked at when the key is opened.
func sealedObject(r *javaio.Reader) []byte {
	start := r.Rest
	if r.Err != nil {
		return nil
	}
	readObject(r)
	return start[: len(start)-len(r.Rest) : len(start)-len(r.Rest)]
}

// lengthOfObject returns the length of the serialised object that b begins
// with. It may be of any class: what was read is written back.
func lengthOfObject(b []byte) (int, error) {
	r := &javaio.Reader{Rest: b}
	readObject(r)
	return len(b) - len(r.Rest), r.Err
}

const (
	classSealed    = "javax.crypto.SealedObject"
	classSealedJDK = "com.sun.crypto.provider.SealedObjectForKeyProtector" // extends it
	pbeJCEKS       = "PBEWithMD5AndTripleDES"
)

// parseSealedObject takes a SealedObject apart: the JDK's
// SealedObjectForKeyProtector, and IBM's, which has the class above it.
func parseSealedObject(b []byte) (sealed, error) {
	r := &javaio.Reader{Rest: b}
	o := readObject(r)
	if r.Err != nil {
		return sealed{}, r.Err
	}
	if !o.is(classSealed) {
		return sealed{}, fmt.Errorf("%w: a secret key inside a %q", pkcs12x.ErrUnsupported, o.class.name)
	}
	if name := o.textField("sealAlg"); name != pbeJCEKS {
		return sealed{}, fmt.Errorf("%w: a secret key encrypted with %q", pkcs12x.ErrUnsupported, name)
	}
	s := sealed{id: oidJCEKSProtector, data: o.bytesField("encryptedContent")}
	return s, s.parameters(cryptobyte.String(o.bytesField("encodedParams")))
}

// secretClasses are the classes of secret keys, with the fields that say what
// is in them.
var secretClasses = []struct {
	name      string
	key       string // the field of the octets
	algorithm string // the field of the name, or
	constant  string // the name itself
}{
	{"javax.crypto.spec.SecretKeySpec", "key", "algorithm", ""},
	{"java.security.KeyRep", "encoded", "algorithm", ""},       // what DESKey and others become since JDK 5
	{"com.sun.crypto.provider.DESKey", "key", "", "DES"},       // before
	{"com.sun.crypto.provider.DESedeKey", "key", "", "DESede"}, // before
	{"com.sun.crypto.provider.PBEKey", "key", "type", ""},      // before
	{"com.ibm.crypto.provider.DESKey", "key", "", "DES"},       // IBM's JDK
	{"com.ibm.crypto.provider.DESedeKey", "key", "", "DESede"}, // IBM's JDK
	{"com.ibm.crypto.provider.AESSecretKey", "key", "", "AES"}, // IBM's JDK
	{"com.ibm.crypto.provider.PBEKey", "key", "type", ""},      // IBM's JDK
}

// parseSecret reads the serialised key that was sealed.
func parseSecret(plain []byte) (*Key, error) {
	r := &javaio.Reader{Rest: plain}
	o := readObject(r)
	if r.Err != nil {
		return nil, r.Err
	}
	for _, c := range secretClasses {
		if o.class.name != c.name {
			continue
		}
		k := &Key{Algorithm: c.constant, Secret: o.bytesField(c.key)}
		if c.algorithm != "" {
			k.Algorithm = o.textField(c.algorithm)
		}
		if kind, ok := o.fields["type"].(enum); ok && kind.name != "SECRET" {
			return nil, fmt.Errorf("%w: a %s key in place of a secret one", pkcs12x.ErrUnsupported, kind.name)
		}
		if k.Algorithm == "" || k.Secret == nil {
			return nil, fmt.Errorf("%w: a secret key of class %s without its fields", pkcs12x.ErrUnsupported, c.name)
		}
		return k, nil
	}
	return nil, fmt.Errorf("%w: a secret key of class %q", pkcs12x.ErrUnsupported, o.class.name)
}

// SealSecretKey encrypts a secret key for JCEKS. algorithm is Java's name for
// it, such as "AES". The key is written as a SecretKeySpec, whatever it is:
// every JDK reads that. Errors are those of [Format.SealPrivateKey]; an empty key
// or algorithm is pkcs12x.ErrUnsupported, as Java takes none.
func SealSecretKey(rand io.Reader, algorithm string, key []byte, password string, iterations int) ([]byte, error) {
	return seal(rand, secretKeySpec, algorithm, key, false, password, iterations)
}

// SealKeyRep is SealSecretKey for the keys that the JDK has classes of its own
// for: DES, DESede and passwords, which may be empty. It writes them as java.security.KeyRep, and when
// it reads one, it refuses what is no key of that algorithm.
func SealKeyRep(rand io.Reader, algorithm string, key []byte, password string, iterations int) ([]byte, error) {
	return seal(rand, keyRep, algorithm, key, true, password, iterations)
}

// seal encrypts a secret key, which may be empty, in the form that write gives it.
func seal(rand io.Reader, write func(string, []byte) []byte, algorithm string, key []byte, empty bool, password string, iterations int) ([]byte, error) {
	if algorithm == "" || len(key) == 0 && !empty {
		return nil, fmt.Errorf("%w: a secret key without octets or algorithm", pkcs12x.ErrUnsupported)
	}
	if len(javaio.EncodeUTF(algorithm)) > 0xffff {
		return nil, fmt.Errorf("%w: the name of an algorithm of %d octets", pkcs12x.ErrUnsupported, len(algorithm))
	}
	plain := write(algorithm, key)
	parameters, data, err := sealJCEKS(rand, plain, password, iterations)
	if err != nil {
		return nil, err
	}
	w := newSerial()
	w.tag(tcObject)
	w.class(classSealedJDK, 0xcd57ca59e730bb53)
	w.end()
	w.class(classSealed, 0x3e363da6c3b75470, "[encodedParams", "[encryptedContent", "LparamsAlg", "LsealAlg")
	w.end()
	w.tag(tcNull)
	w.skip() // the object
	w.bytes(parameters)
	w.bytes(data)
	w.text(pbeJCEKS)
	w.text(pbeJCEKS)
	return w.out, nil
}

func secretKeySpec(algorithm string, key []byte) []byte {
	w := newSerial()
	w.tag(tcObject)
	w.class("javax.crypto.spec.SecretKeySpec", 0x5b470b66e230614d, "Lalgorithm", "[key")
	w.end()
	w.tag(tcNull)
	w.skip() // the object
	w.text(algorithm)
	w.bytes(key)
	return w.out
}

func keyRep(algorithm string, key []byte) []byte {
	w := newSerial()
	w.tag(tcObject)
	w.class("java.security.KeyRep", 0xbdf94fb3889aa543, "Lalgorithm", "[encoded", "Lformat", "Ltype Ljava/security/KeyRep$Type;")
	w.end()
	w.tag(tcNull)
	w.skip() // the object
	w.text(algorithm)
	w.bytes(key)
	w.text("RAW")
	w.tag(tcEnum)
	w.describe("java.security.KeyRep$Type", 0, scSerializable|scEnum)
	w.end()
	w.describe("java.lang.Enum", 0, scSerializable|scEnum)
	w.end()
	w.tag(tcNull)
	w.skip() // the constant
	w.text("SECRET")
	return w.out
}

// serial writes a serialisation stream. It counts handles as the reader does,
// so that types and the class of byte arrays are written once.
type serial struct {
	out     []byte
	handles uint32
	seen    map[string]uint32
}

func newSerial() *serial {
	return &serial{out: binary.BigEndian.AppendUint32(nil, serialMagic), seen: map[string]uint32{}}
}

func (w *serial) tag(t byte) { w.out = append(w.out, t) }
func (w *serial) skip()      { w.handles++ }

// once writes a thing, or a reference to it when it is there.
func (w *serial) once(name string, write func()) {
	if h, ok := w.seen[name]; ok {
		w.tag(tcReference)
		w.out = binary.BigEndian.AppendUint32(w.out, firstHandle+h)
		return
	}
	write()
}

// utf writes a string that is known to be short.
func (w *serial) utf(s string) {
	b := javaio.EncodeUTF(s)
	w.out = binary.BigEndian.AppendUint16(w.out, uint16(len(b))) //nolint:gosec // names of classes and algorithms
	w.out = append(w.out, b...)
}

// class writes a description up to its fields, each with its typecode in front,
// and behind it the type of those that are no strings.
func (w *serial) class(name string, id uint64, fields ...string) {
	w.describe(name, id, scSerializable, fields...)
}

func (w *serial) describe(name string, id uint64, flags byte, fields ...string) {
	w.tag(tcClassDesc)
	w.utf(name)
	w.out = binary.BigEndian.AppendUint64(w.out, id)
	w.seen["class "+name] = w.handles
	w.skip()
	w.tag(flags)
	w.out = binary.BigEndian.AppendUint16(w.out, uint16(len(fields))) //nolint:gosec // four at most
	types := map[byte]string{'[': classOfBytes, 'L': "Ljava/lang/String;"}
	for _, f := range fields {
		name, signature, typed := strings.Cut(f[1:], " ")
		if !typed {
			signature = types[f[0]]
		}
		w.tag(f[0])
		w.utf(name)
		w.once(signature, func() {
			w.seen[signature] = w.handles
			w.text(signature)
		})
	}
}

// end closes the annotations of a class; the class above it follows.
func (w *serial) end() { w.tag(tcEndBlockData) }

func (w *serial) text(s string) {
	w.tag(tcString)
	w.utf(s)
	w.skip()
}

func (w *serial) bytes(b []byte) {
	w.tag(tcArray)
	w.once("class "+classOfBytes, func() {
		w.class(classOfBytes, 0xacf317f8060854e0)
		w.end()
		w.tag(tcNull)
	})
	w.skip() // the array
	w.out = javaio.AppendLong(w.out, b)
}
