package nss

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // by which trust names its certificate
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"muxkey/pkcs12x"
)

// File is what the two databases hold together.
type File struct {
	Certificates []*Certificate
	// Keys are the private and the secret ones.
	Keys []*Key
	CRLs []*CRL
	// Trusts are settings for certificates that are not in the database, most
	// often roots that are built into NSS.
	Trusts []*Trust
	// Others names the objects that are of no use outside NSS: "an S/MIME
	// profile", "an object of class 0xce534354".
	Others []string
	// HasKeys tells that key4.db was there, so that there is something to log in
	// to; HasPassword that a password, if only the empty one, was ever set.
	HasKeys, HasPassword bool

	meta   map[string][2][]byte
	limits pkcs12x.Limits
	key    []byte       // what the password gave
	work   atomic.Int64 // hash calls spent
}

// Certificate is one certificate.
type Certificate struct {
	// Nickname is the same for all certificates of one subject, and may be empty.
	Nickname string
	// ID is that of the key that belongs to it, if there is one.
	ID  []byte
	Raw []byte // DER
	// Trust is nil when nothing is set for it.
	Trust *Trust

	issuer, serial []byte // as trust settings name it
}

// CRL is a revocation list.
type CRL struct {
	Name string // empty as a rule
	Raw  []byte // DER
}

// Join puts the databases together; either may be nil.
func Join(cert, key *Database) *File {
	f := &File{}
	var trusts []*Trust
	public := map[string]*object{}
	if cert != nil {
		f.limits = cert.limits
		for _, o := range cert.objects {
			switch o.class() {
			case classCertificate:
				if raw := o.attributes[attrValue]; len(raw) > 0 && o.number(attrType) == 0 {
					f.Certificates = append(f.Certificates, &Certificate{
						Nickname: o.label(), ID: o.attributes[attrID], Raw: raw,
						issuer: o.attributes[attrIssuer], serial: o.attributes[attrSerial],
					})
				} else {
					f.Others = append(f.Others, fmt.Sprintf("a certificate that is not X.509 (%q)", o.label()))
				}
			case classNSSTrust, classTrust:
				trusts = append(trusts, trustOf(o))
			case classCRL:
				if raw := o.attributes[attrValue]; len(raw) > 0 && !bytes.Equal(o.attributes[attrKRL], []byte{1}) {
					f.CRLs = append(f.CRLs, &CRL{Name: o.label(), Raw: raw})
				} else {
					f.Others = append(f.Others, "a key revocation list")
				}
			case classPublicKey:
				public[string(o.attributes[attrID])] = o
			default:
				f.Others = append(f.Others, nameOf(o))
			}
		}
	}
	f.assign(trusts)
	if key != nil {
		f.limits, f.meta, f.HasKeys = key.limits, key.meta, true
		_, f.HasPassword = key.meta[metaPassword]
		for _, o := range key.objects {
			switch o.class() {
			case classPrivateKey, classSecretKey:
				f.Keys = append(f.Keys, &Key{
					Label: o.label(), ID: o.attributes[attrID], Secret: o.class() == classSecretKey,
					Protection: protectionOf(o, f.limits), object: o, public: public[string(o.attributes[attrID])],
				})
				delete(public, string(o.attributes[attrID]))
			default:
				f.Others = append(f.Others, nameOf(o))
			}
		}
		for range public {
			f.Others = append(f.Others, "a public key without its private key")
		}
	}
	return f
}

func nameOf(o *object) string {
	if o.class() == classSMIME {
		return "an S/MIME profile"
	}
	return fmt.Sprintf("an object of class %#x", o.class())
}

// assign gives trust settings to their certificates. They name them by issuer and
// serial number, and where a hash is given as well, that counts.
func (f *File) assign(trusts []*Trust) {
	type name struct{ issuer, serial string }
	byName := map[name][]*Certificate{}
	for _, c := range f.Certificates {
		n := name{string(c.issuer), string(c.serial)}
		byName[n] = append(byName[n], c)
	}
	for _, t := range trusts {
		var found bool
		for _, c := range byName[name{string(t.Issuer), string(t.Serial)}] {
			if !t.names(c.Raw) {
				continue
			}
			found = true
			if c.Trust == nil || t.standard { // the object that NSS looks for first (lib/dev/devtoken.c)
				c.Trust = t
			}
		}
		if !found {
			f.Trusts = append(f.Trusts, t)
		}
	}
}

// names tells whether the hash that a setting has, if any, is that of a
// certificate.
func (t *Trust) names(raw []byte) bool {
	switch len(t.hash) {
	case 0:
		return true
	case sha1.Size:
		sum := sha1.Sum(raw) //nolint:gosec // see above
		return bytes.Equal(sum[:], t.hash)
	case sha256.Size:
		sum := sha256.Sum256(raw)
		return bytes.Equal(sum[:], t.hash)
	}
	return false
}

// InParallel calls work with 0 to n-1, on all cores.
func InParallel(n int, work func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wait.Wait()
}
