// Package inspect turns stores, certificates, CSRs, CRLs and keys into facts:
// structs with JSON tags that reports print and scripts read. It prints nothing
// and decides nothing; what is remarkable is said in [Remark].
//
// The JSON is a contract: fields are only ever added. Times are RFC 3339 in
// UTC, fingerprints and serial numbers lower-case hex without separators,
// distinguished names as in RFC 4514. What crypto/x509 refuses (unknown curves,
// negative serial numbers, broken extensions) is shown from the outline that
// package pkcs12x reads, by the same code as everything else.
package inspect

import (
	"encoding/hex"
	"errors"
	"time"

	"muxkey/certgen"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// SchemaVersion of Report. It rises when a field changes its meaning.
const SchemaVersion = 1

// Report is the top of the JSON.
type Report struct {
	SchemaVersion int `json:"schemaVersion"`
	// Targets has one for each file, in the order of the command line, and of the
	// paths where a directory or archive was named.
	Targets []Target `json:"targets"`
	// They are known only when all targets are.
	Tail
}

// Tail is what stands behind the targets of a report, as it is known only when
// all of them are.
type Tail struct {
	// Skipped names what may hold keystores and was passed over, the first
	// thousand of it.
	Skipped []Passed `json:"skipped,omitempty"`
	// SharedKeys are the private keys that more than one file has, those of the
	// most files first.
	SharedKeys []SharedKey `json:"sharedKeys,omitempty"`
	// Summary is there when a directory or an archive was looked into.
	Summary *Summary `json:"summary,omitempty"`
}

// NewReport puts targets under the version they are made for.
func NewReport(targets ...Target) Report {
	if targets == nil {
		targets = []Target{}
	}
	return Report{SchemaVersion: SchemaVersion, Targets: targets}
}

// Target is one file.
type Target struct {
	// Path as it was given; "standard input" for that. The name of a member of an
	// archive stands behind "#": "app.war#WEB-INF/keystore.jks".
	Path        string `json:"path"`
	Layer       *Layer `json:"layer,omitempty"` // of the container image that the file is in
	Format      string `json:"format"`          // ID of the format, told by the content: "pkcs12"
	FormatTitle string `json:"formatTitle"`     // the format for people
	Armor       string `json:"armor,omitempty"` // what was around a binary format: "base64" or "pem"
	Size        int    `json:"size"`            // in bytes
	// Verified: the password was given, and the integrity check came out right.
	Verified    bool         `json:"verified"`
	Integrity   *Integrity   `json:"integrity,omitempty"`
	Protections []Protection `json:"protections,omitempty"` // the different ones that the file uses
	// Features are what a program must know to read the file, by ID, as far as
	// it was opened.
	Features []string `json:"features,omitempty"`
	// OpensIn has a verdict on each known program, for PKCS#12 only.
	OpensIn []OpensIn `json:"opensIn,omitempty"`
	// WrongPassword: the password that was given for all files is not that of
	// this one.
	WrongPassword bool `json:"wrongPassword,omitempty"`
	// PublishedPassword is the row of the published passwords that opens it.
	PublishedPassword string `json:"publishedPassword,omitempty"`
	// Locked says why, for each part of the file that stayed closed.
	Locked []string `json:"locked,omitempty"`
	// TrailingBytes is the number of bytes behind the end of the content.
	TrailingBytes int `json:"trailingBytes,omitempty"`
	// Skipped are the parts that are no entries, such as DH parameters.
	Skipped []Skipped `json:"skipped,omitempty"`
	Entries []Entry   `json:"entries"` // in the order of the file
	Remarks []Remark  `json:"remarks"` // the gravest first
}

// Integrity is the MAC of a PKCS#12 file.
type Integrity struct {
	Name       string `json:"name"` // "HMAC-SHA256", "PBMAC1 HMAC-SHA256"
	KDF        string `json:"kdf,omitempty"`
	Iterations int    `json:"iterations,omitempty"`
	// Unsupported says why it cannot be checked.
	Unsupported string `json:"unsupported,omitempty"`
}

// Protection is an encryption scheme that the file uses.
type Protection struct {
	Name       string `json:"name"` // "PBES2 AES-256-CBC", "PBE-SHA1-RC2-40"
	KDF        string `json:"kdf,omitempty"`
	Iterations int    `json:"iterations,omitempty"`
	// Unsupported says why it cannot be undone.
	Unsupported string `json:"unsupported,omitempty"`
}

// OpensIn is the verdict on one program: whether it can read the file, as far
// as the file was opened.
type OpensIn struct {
	ID    string `json:"id"`    // the name for --for: "java-17"
	Title string `json:"title"` // the program for people: "Java 17"
	Reads bool   `json:"reads"` // the program can read the file
	// Missing are the features of the file that the program does not know, by ID.
	Missing []string `json:"missing,omitempty"`
}

// Skipped is a part of the file that is no entry, such as DH parameters.
type Skipped struct {
	What string `json:"what"`           // the label of the PEM block, or what else it is
	Line int    `json:"line,omitempty"` // where it begins in a PEM file, from 1
}

// Entry is one entry of a store.
type Entry struct {
	Alias string `json:"alias"`
	// JavaAlias is the name under which Java lists the entry; it is missing for
	// what Java does not list, and for formats Java does not read.
	JavaAlias string        `json:"javaAlias,omitempty"`
	Kind      keystore.Kind `json:"kind"`
	// Created is the date that the store keeps for the entry.
	Created time.Time `json:"created,omitzero"`
	// Trust is what NSS trusts the certificate for, in the letters of certutil:
	// "CT,C,C" for TLS, mail and code.
	Trust  string  `json:"trust,omitempty"`
	Key    *Key    `json:"key,omitempty"`
	Secret *Secret `json:"secret,omitempty"`
	// Chain is leaf first; the one certificate for the certificate kinds.
	Chain     []Certificate `json:"chain,omitempty"`
	CSR       *CSR          `json:"csr,omitempty"`
	CRL       *CRL          `json:"crl,omitempty"`
	PublicKey *PublicKey    `json:"publicKey,omitempty"`
	TypeOID   string        `json:"typeOID,omitempty"` // of an entry of unknown type
	// Attributes are those of PKCS#12 that stand on the key, or where there is
	// none, on the certificate or the entry.
	Attributes []Attribute `json:"attributes,omitempty"`
}

// Key is a private key.
type Key struct {
	// Of a locked key the facts are those of its certificate, where it has one.
	PublicKey
	Locked bool `json:"locked"` // it was not decrypted
	// Reason says why the key is locked.
	Reason string `json:"reason,omitempty"`
	// Protection is the encryption of the key; missing when it stands in the open.
	Protection *Protection `json:"protection,omitempty"`
	// Opaque: the algorithm is one that this program can carry but not use.
	Opaque bool `json:"opaque,omitempty"`
	// MatchesCertificate: the key belongs to the first certificate of the chain;
	// missing when it cannot be told.
	MatchesCertificate *bool `json:"matchesCertificate,omitempty"`
}

// Secret is a secret key.
type Secret struct {
	Algorithm string `json:"algorithm,omitempty"` // "AES", "HmacSHA256"
	OID       string `json:"oid,omitempty"`       // of the algorithm, or of the form that the secret is in
	Size      int    `json:"size,omitempty"`      // in bits
	Locked    bool   `json:"locked"`              // it was not decrypted
	Reason    string `json:"reason,omitempty"`    // why it is locked or cannot be read
	// Protection is the scheme the secret stood under.
	Protection *Protection `json:"protection,omitempty"`
}

// inspector is the state of one call of Inspect.
type inspector struct {
	now      time.Time
	verified int // signatures checked so far
}

// Inspect gives the facts of a store as of now.
func Inspect(s *keystore.Store, now time.Time) Target {
	i := &inspector{now: now}
	t := Target{
		Path:          s.Path,
		Format:        s.Format,
		Armor:         s.Armor,
		Size:          s.Size,
		Verified:      s.Verified,
		TrailingBytes: s.Trailing,

		WrongPassword:     s.WrongPassword,
		PublishedPassword: s.Published,

		Entries: []Entry{},
	}
	if f, ok := keystore.Formats().Get(s.Format); ok {
		t.FormatTitle = f.Title
	}
	if m := s.Integrity; m != nil {
		t.Integrity = &Integrity{Name: m.Name, KDF: m.KDF, Iterations: m.Iterations, Unsupported: text(m.Err)}
	}
	for _, p := range s.Protections {
		t.Protections = append(t.Protections, protection(p))
	}
	for _, f := range s.Features {
		t.Features = append(t.Features, string(f))
	}
	if s.PKCS12 != nil {
		t.OpensIn = opensIn(s.Features)
	}
	for _, err := range s.Locked {
		t.Locked = append(t.Locked, err.Error())
	}
	for _, part := range s.Skipped {
		t.Skipped = append(t.Skipped, Skipped(part))
	}
	for _, e := range s.Entries {
		entry := i.entry(e)
		entry.Trust = s.Trust[e].Flags
		t.Entries = append(t.Entries, entry)
	}
	t.Remarks = remarks(s, &t, now)
	return t
}

func opensIn(features []pkcs12x.Feature) []OpensIn {
	var out []OpensIn
	for _, v := range pkcs12x.Readers(features) {
		o := OpensIn{ID: v.Consumer.ID, Title: v.Consumer.Title, Reads: v.Reads}
		for _, f := range v.Missing {
			o.Missing = append(o.Missing, string(f))
		}
		out = append(out, o)
	}
	return out
}

func protection(p pkcs12x.Protection) Protection {
	return Protection{Name: p.Name, KDF: p.KDF, Iterations: p.Iterations, Unsupported: text(p.Err)}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (i *inspector) entry(e *keystore.Entry) Entry {
	out := Entry{Alias: e.Alias, JavaAlias: e.JavaAlias, Kind: e.Kind, Created: e.Created}
	for _, c := range e.Chain {
		out.Chain = append(out.Chain, i.certificate(c))
	}
	list := e.Attributes
	switch e.Kind {
	case pkcs12x.PrivateKey:
		out.Key = privateKey(e)
		list = e.Key.Attributes
	case pkcs12x.SecretKey:
		out.Secret = secret(e)
		if e.Key != nil {
			list = e.Key.Attributes
		}
	case pkcs12x.TrustedCertificate, pkcs12x.PlainCertificate:
		if len(e.Chain) > 0 {
			list = e.Chain[0].Attributes
		}
	case pkcs12x.CRL:
		out.CRL = revocations(e.Value)
	case keystore.CSR:
		out.CSR = i.request(e.Value)
	case keystore.PublicKey:
		out.PublicKey = publicKey(e.Value)
	default:
		out.TypeOID = e.Type.String()
	}
	out.Attributes = attributes(list)
	return out
}

func privateKey(e *keystore.Entry) *Key {
	k := &Key{Locked: e.Key.PKCS8 == nil}
	if k.Locked {
		k.Reason = text(e.Key.Err)
	}
	if e.Key.Protection != nil {
		p := protection(*e.Key.Protection)
		k.Protection = &p
	}
	k.Opaque = !k.Locked && e.Key.Private == nil
	ofCertificate := k.Locked && len(e.Chain) > 0
	if len(e.Chain) > 0 {
		if match, known := e.Key.Matches(e.Chain[0]); known {
			k.MatchesCertificate = &match
			ofCertificate = match
		}
	}
	switch {
	case ofCertificate:
		k.PublicKey = *publicKey(e.Chain[0].RawSPKI)
	case e.Key.Public() != nil:
		k.PublicKey = *publicKey(marshalPublic(e.Key.Public()))
	case e.Key.Algorithm != nil:
		k.PublicKey = algorithmFacts(e.Key.Algorithm, e.Key.Parameters)
	}
	return k
}

func secret(e *keystore.Entry) *Secret {
	s := &Secret{}
	if e.Key == nil { // not in the JDK's form: the value is there as it is
		s.OID = e.Type.String()
		s.Size = 8 * len(e.Value)
		return s
	}
	s.Reason = text(e.Key.Err)
	if e.Key.Protection != nil {
		p := protection(*e.Key.Protection)
		s.Protection = &p
	}
	raw, err := e.Key.Secret()
	s.Locked = errors.Is(err, pkcs12x.ErrLocked)
	if err == nil {
		s.Algorithm, s.OID, s.Size = secretAlgorithm(e.Key.Algorithm), e.Key.Algorithm.String(), 8*len(raw)
	}
	return s
}

// Attribute is an attribute of a bag or a CSR, by name where it is known.
type Attribute struct {
	OID    string   `json:"oid"`
	Name   string   `json:"name,omitempty"`   // "friendlyName", "localKeyID"
	Values []string `json:"values,omitempty"` // text, names of usages, a localKeyID in hex, anything else in hex behind "#"
}

func attributes(list []keystore.Attribute) []Attribute {
	var out []Attribute
	for _, a := range list {
		f := Attribute{OID: a.ID.String(), Name: attributeName(a.ID)}
		one := []keystore.Attribute{a}
		switch {
		case a.ID.Equal(pkcs12x.OIDFriendlyName):
			if name, ok := pkcs12x.FriendlyName(one); ok {
				f.Values = []string{name}
			}
		case a.ID.Equal(pkcs12x.OIDLocalKeyID):
			if id, ok := pkcs12x.LocalKeyID(one); ok {
				f.Values = []string{hex.EncodeToString(id)}
			}
		case a.ID.Equal(pkcs12x.OIDTrustedKeyUsage):
			usages, _ := pkcs12x.TrustedUsages(one)
			for _, id := range usages {
				f.Values = append(f.Values, certgen.ExtKeyUsageName(id))
			}
		}
		if f.Values == nil {
			for _, value := range a.Values {
				f.Values = append(f.Values, stringOrHex(value))
			}
		}
		out = append(out, f)
	}
	return out
}
