package target

import (
	"bytes"
	"context"
	"encoding/asn1"
	"fmt"
	"net"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/command"
	"muxkey/trust"
)

// opensslDir is what OpenSSL calls a CApath. Files are copies where "openssl
// rehash" makes links: there are none on Windows, in archives, and in volumes of
// Kubernetes. Blocks stay plain, though OpenSSL would take BEGIN TRUSTED
// CERTIFICATE too, as GnuTLS and Go read such directories as well.
var opensslDirTarget = Target{
	ID:        "openssl-dir",
	Title:     "directory of certificates under the hashes of their names",
	Clients:   "OpenSSL of every version, curl --capath, Python, Ruby, PHP, and what takes SSL_CERT_DIR",
	Name:      "certs",
	Directory: true,
	Options:   []Option{Comments},
	Refuses:   opensslRefuses,
	Write: func(_ context.Context, j Job) ([]File, error) {
		anchors, err := opensslTakes(j.Set.Anchors)
		if err != nil {
			return nil, err
		}
		files := make([]File, 0, 2*len(anchors))
		next := map[uint32]int{}
		for _, hash := range []func([]byte) uint32{subjectHash, subjectHashOld} {
			for i, a := range anchors {
				h := hash(a.Subject)
				files = append(files, File{
					Path: fmt.Sprintf("%08x.%d", h, next[h]),
					Data: pemOf(anchors[i:i+1], j.Comments),
				})
				next[h]++
			}
		}
		return files, nil
	},
	Use: func(path string, j Job) []Step {
		return []Step{
			{Text: "Name the directory to the client, for curl:", Command: fmt.Sprintf("curl --capath %s https://%s/", command.Quote(path), j.first())},
			{Text: "Or to all that is made with OpenSSL, beside the file that it reads:", Command: "export SSL_CERT_DIR=\"$(realpath " + command.Quote(path) + ")\""},
		}
	},
	Check: curlCheck("--capath PATH "),
	Proof: "openssl x509 -subject_hash and -subject_hash_old agree with the names, openssl rehash -compat makes the same ones, and openssl verify -CApath finds the anchors",
}

// opensslTrustedTarget is PEM with what OpenSSL itself keeps of trust.
var opensslTrustedTarget = Target{
	ID:      "openssl-trusted",
	Title:   "PEM file with BEGIN TRUSTED CERTIFICATE",
	Clients: "OpenSSL alone: openssl verify and s_client with -CAfile and -trusted, and servers and clients made with it",
	Name:    "ca-bundle.trust.crt",
	Says:    Terms{Purposes: true, Rejected: true},
	Options: []Option{Comments},
	Refuses: opensslRefuses,
	Write: func(_ context.Context, j Job) ([]File, error) {
		if _, err := opensslTakes(j.Set.Anchors); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		for i, e := range entries(j) {
			if opensslRefuses(e.Anchor) != "" { // then OpenSSL does not trust it either
				continue
			}
			aux, err := certAux(e)
			if err != nil {
				return nil, err
			}
			if j.Comments {
				comment(&out, e.Anchor, i > 0)
			}
			pemBlock(&out, "TRUSTED CERTIFICATE", append(bytes.Clone(e.Raw), aux...))
		}
		return []File{{Data: out.Bytes()}}, nil
	},
	Use: func(path string, j Job) []Step {
		h := j.first()
		return []Step{{Text: "Name the file to OpenSSL; it must say that the verification is OK:", Command: "openssl s_client -verify_return_error -CAfile " + command.Quote(path) + " -connect " + net.JoinHostPort(h.Name, h.portOr("443")) + " </dev/null"}}
	},
	Proof: "openssl x509 -text shows the purposes, and openssl verify and s_client keep to them",
}

// opensslRefuses says why OpenSSL does not read a certificate. It then reads
// nothing of a file that has it (PEM_X509_INFO_read_bio, tried with OpenSSL 3.0), so
// that one such anchor would take all others away. Of what trust.Parse reads, that
// is what has a name with broken strings; all else OpenSSL looks at later.
func opensslRefuses(a *trust.Anchor) string {
	names := [][]byte{a.Subject, a.Issuer}
	if a.SelfIssued() {
		names = names[:1]
	}
	for _, name := range names {
		// Go has looked at all strings but those, of which it takes more.
		if a.Unparsable == "" && bytes.IndexByte(name, byte(bmpString)) < 0 {
			continue
		}
		if _, err := canonicalName(name); err != nil {
			return "its name is damaged, and OpenSSL would read no file that has it"
		}
	}
	return ""
}

// opensslTakes are the anchors that OpenSSL reads.
func opensslTakes(anchors []*trust.Anchor) ([]*trust.Anchor, error) {
	out := without(anchors, opensslRefuses)
	if len(out) == 0 {
		return nil, ErrNoAnchors
	}
	return out, nil
}

// entry is an anchor as a form that can reject writes it.
type entry struct {
	*trust.Anchor
	// trusted is false for what stands there only to be rejected.
	trusted bool
}

// rejectedAlways tells that it must not be trusted for anything.
func (e entry) rejectedAlways() bool { return !e.trusted && e.Terms.None() }

// entries are the anchors, then those rejected that are not among them.
func entries(j Job) []entry {
	list := make([]entry, 0, len(j.Set.Anchors)+len(j.Rejected))
	known := make(map[[32]byte]bool, len(j.Set.Anchors))
	for _, a := range j.Set.Anchors {
		known[a.SHA256] = true
		list = append(list, entry{a, true})
	}
	for _, a := range j.Rejected {
		if !known[a.SHA256] {
			list = append(list, entry{a, false})
		}
	}
	return list
}

// certAux is what stands behind a certificate: X509_CERT_AUX of crypto/x509/x_x509a.c,
//
//	SEQUENCE {
//	  trust       SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
//	  reject  [0] SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
//	  alias       UTF8String OPTIONAL,
//	  keyid       OCTET STRING OPTIONAL,
//	  other   [1] SEQUENCE OF AlgorithmIdentifier OPTIONAL }
func certAux(e entry) ([]byte, error) {
	var allow []asn1.ObjectIdentifier
	reject := oidsOf(e.Terms.Rejected)
	switch {
	case e.rejectedAlways():
		allow, reject = oidsOf(nil), append(oidsOf(trust.Purposes()), trust.AnyPurposeOID())
	case !e.trusted:
		allow = oidsOf(nil) // without the list, what is self-signed is trusted for the other purposes
	case e.Terms.Only != nil:
		allow = oidsOf(e.Terms.Only)
	default:
		// Without a word, OpenSSL takes as an anchor only what is self-signed, and
		// p11-kit nothing at all.
		allow = []asn1.ObjectIdentifier{trust.AnyPurposeOID()}
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if allow != nil {
			addOIDs(b, cbasn1.SEQUENCE, allow)
		}
		if len(reject) > 0 {
			addOIDs(b, cbasn1.Tag(0).ContextSpecific().Constructed(), reject)
		}
		b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(oneLine(e.Name()))) })
	})
	return b.Bytes()
}

func addOIDs(b *cryptobyte.Builder, tag cbasn1.Tag, oids []asn1.ObjectIdentifier) {
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, oid := range oids {
			b.AddASN1ObjectIdentifier(oid)
		}
	})
}

// oidsOf is never nil: for no purposes, it is the empty list.
func oidsOf(purposes []trust.Purpose) []asn1.ObjectIdentifier {
	list := []asn1.ObjectIdentifier{}
	for _, p := range purposes {
		list = append(list, p.OID())
	}
	return list
}
