package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/inspect"
)

// cbomFormat is the cryptography bill of materials of CycloneDX 1.6 (ECMA-424).
// Version 1.7 says little more of what stands in keystores, marks half of what it
// says here as deprecated, and few programs read it yet.
var cbomFormat = Format{
	Name: "cbom", MIME: "application/vnd.cyclonedx+json; version=1.6", Of: []string{"inspect"},
	Description: "CycloneDX 1.6 cryptography bill of materials", Stream: streamCBOM,
}

// streamCBOM writes every certificate, key and algorithm once, with the places
// where it was found. The items must be *inspect.Target.
func streamCBOM(w io.Writer, s Stream, o Options) error {
	b := &bill{components: map[string]*cdxComponent{}, where: map[string][]cdxOccurrence{}}
	for item := range s.Items {
		t, ok := item.Value.(*inspect.Target)
		if !ok {
			return fmt.Errorf("write a bill of materials: nothing says how for a %T", item.Value)
		}
		b.target(t)
	}
	if _, err := s.tail(); err != nil {
		return err
	}
	bom := &cdxBOM{Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Components: b.list()}
	// The serial number is that of the content: what holds the same is the same
	// bill, whenever it is made. RFC 9562 section 5.8 leaves such a UUID to us.
	content, err := MarshalJSON(bom)
	if err != nil {
		return err
	}
	bom.SerialNumber = "urn:uuid:" + uuid(sha256.Sum256(content))
	bom.Metadata = &cdxMetadata{
		Timestamp: o.Now.UTC().Format(time.RFC3339),
		Tools:     cdxTools{Components: []cdxComponent{{Type: "application", Name: "muxkey", Version: o.Version}}},
	}
	text, err := MarshalJSON(bom)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func uuid(sum [sha256.Size]byte) string {
	sum[6] = sum[6]&0x0f | 0x80 // version 8
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// bill collects components by their reference.
type bill struct {
	components map[string]*cdxComponent
	where      map[string][]cdxOccurrence
}

func (b *bill) list() []cdxComponent {
	out := []cdxComponent{}
	for ref, c := range b.components {
		if where := b.where[ref]; len(where) > 0 {
			c.Evidence = &cdxEvidence{Occurrences: where}
		}
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, c cdxComponent) int { return cmp.Compare(a.Ref, c.Ref) })
	return out
}

// add keeps a component, once, and the place where it is this time. Its name may
// not be empty.
func (b *bill) add(ref, name string, p cdxProperties, t *inspect.Target, alias string) *cdxComponent {
	c := b.components[ref]
	if c == nil {
		if name == "" {
			name = "(without a name)"
		}
		c = &cdxComponent{Type: "cryptographic-asset", Ref: ref, Name: name, Crypto: &p}
		b.components[ref] = c
	}
	if t != nil {
		o := cdxOccurrence{Location: t.Path}
		if alias != "" {
			o.Context = "alias " + strconv.Quote(alias)
		}
		// The same certificate stands in many chains of one store.
		if list := b.where[ref]; len(list) == 0 || list[len(list)-1] != o {
			b.where[ref] = append(list, o)
		}
	}
	return c
}

func (b *bill) target(t *inspect.Target) {
	for _, p := range t.Protections {
		b.protection(p)
	}
	if m := t.Integrity; m != nil {
		b.algorithm(m.Name, cdxMAC, "")
		b.kdf(m.KDF)
	}
	for _, e := range t.Entries {
		for _, c := range e.Chain {
			b.certificate(t, e.Alias, c)
		}
		switch {
		case e.Key != nil:
			b.privateKey(t, e)
		case e.Secret != nil:
			b.secretKey(t, e)
		case e.CSR != nil:
			b.publicKey(t, e.Alias, e.CSR.PublicKey)
		case e.PublicKey != nil:
			b.publicKey(t, e.Alias, *e.PublicKey)
		}
	}
}

func (b *bill) certificate(t *inspect.Target, alias string, c inspect.Certificate) {
	p := cdxCertificate{
		Subject: c.Subject, Issuer: c.Issuer, Format: "X.509",
		SignatureAlgorithm: b.signature(c.SignatureAlgorithm, c.SignatureOID),
		PublicKey:          b.publicKey(t, alias, c.PublicKey),
	}
	if !c.NotBefore.IsZero() {
		p.NotBefore = c.NotBefore.Format(time.RFC3339)
	}
	if !c.NotAfter.IsZero() {
		p.NotAfter = c.NotAfter.Format(time.RFC3339)
	}
	component := b.add("certificate:"+c.Fingerprints.SHA256, c.Subject, cdxProperties{
		Asset: cdxAssetCertificate, Certificate: &p,
	}, t, alias)
	component.Hashes = []cdxHash{{Algorithm: "SHA-256", Content: c.Fingerprints.SHA256}}
	component.Properties = []cdxProperty{{Name: "muxkey:serial", Value: c.Serial}}
}

func (b *bill) publicKey(t *inspect.Target, alias string, k inspect.PublicKey) cdxRef {
	if k.SHA256 == "" {
		return ""
	}
	ref := "public-key:" + k.SHA256
	b.add(ref, k.Type, b.key(cdxPublicKey, k), t, alias)
	return cdxRef(ref)
}

// privateKey gives a key that is locked, and whose public half is not known, a
// reference of its place.
func (b *bill) privateKey(t *inspect.Target, e inspect.Entry) {
	ref := "private-key:" + e.Key.SHA256
	if e.Key.SHA256 == "" {
		ref = place("private-key", t, e)
	}
	p := b.key(cdxPrivateKey, e.Key.PublicKey)
	m := p.Material
	m.SecuredBy = b.securedBy(e.Key.Protection)
	if !e.Created.IsZero() {
		m.Created = e.Created.UTC().Format(time.RFC3339)
	}
	b.add(ref, e.Key.Type, p, t, e.Alias)
}

func (b *bill) secretKey(t *inspect.Target, e inspect.Entry) {
	m := &cdxMaterial{Type: cdxSecretKey, SecuredBy: b.securedBy(e.Secret.Protection)}
	if e.Secret.Size > 0 {
		m.Size = &e.Secret.Size
	}
	if e.Secret.Algorithm != "" {
		m.Algorithm = b.algorithm(e.Secret.Algorithm, cdxUnknown, e.Secret.OID)
	}
	b.add(place("secret-key", t, e), e.Secret.Algorithm, cdxProperties{
		Asset: cdxAssetMaterial, Material: m,
	}, t, e.Alias)
}

// place is the reference of what nothing but its place tells from others.
func place(what string, t *inspect.Target, e inspect.Entry) string {
	sum := sha256.Sum256([]byte(t.Path + "\x00" + e.Alias))
	return what + ":at:" + hex.EncodeToString(sum[:16])
}

func (b *bill) key(kind cdxMaterialType, k inspect.PublicKey) cdxProperties {
	m := &cdxMaterial{Type: kind, ID: k.SHA256}
	if k.Size > 0 {
		m.Size = &k.Size
	}
	if k.Type != "" {
		p := cdxAlgorithm{Primitive: primitiveOf(k.Algorithm), Curve: k.Curve, QuantumLevel: quantumLevel(k.Algorithm, k.Type)}
		if k.Size > 0 {
			p.ParameterSet = strconv.Itoa(k.Size)
		}
		m.Algorithm = b.asAlgorithm(k.Type, p, k.OID)
	}
	return cdxProperties{Asset: cdxAssetMaterial, Material: m}
}

func (b *bill) securedBy(p *inspect.Protection) *cdxSecuredBy {
	if p == nil {
		return &cdxSecuredBy{Mechanism: "None"}
	}
	return &cdxSecuredBy{Mechanism: "Software", Algorithm: b.protection(*p)}
}

func (b *bill) protection(p inspect.Protection) cdxRef {
	b.kdf(p.KDF)
	properties := cdxAlgorithm{Primitive: cdxBlockCipher}
	switch {
	case strings.Contains(p.Name, "RC4"):
		properties.Primitive = cdxStreamCipher
	case strings.HasSuffix(p.Name, "-CBC"):
		properties.Mode = "cbc"
	case strings.HasSuffix(p.Name, "-GCM"):
		properties.Primitive, properties.Mode = cdxAE, "gcm"
	case strings.HasPrefix(p.Name, "JKS"):
		properties.Primitive = cdxOther
	}
	return b.asAlgorithm(p.Name, properties, "")
}

func (b *bill) kdf(name string) {
	if name != "" {
		b.algorithm(name, cdxKDF, "")
	}
}

func (b *bill) signature(name, oid string) cdxRef {
	if name == "" {
		return ""
	}
	family := name
	if _, behind, ok := strings.Cut(name, "with"); ok && !strings.HasPrefix(name, "RSASSA") {
		family = strings.TrimSpace(behind)
	}
	return b.asAlgorithm(name, cdxAlgorithm{
		Primitive: cdxSignature, QuantumLevel: quantumLevel(family, name),
	}, oid)
}

func (b *bill) algorithm(name string, p cdxPrimitive, oid string) cdxRef {
	return b.asAlgorithm(name, cdxAlgorithm{Primitive: p}, oid)
}

func (b *bill) asAlgorithm(name string, p cdxAlgorithm, oid string) cdxRef {
	ref := "algorithm:" + name
	b.add(ref, name, cdxProperties{Asset: cdxAssetAlgorithm, Algorithm: &p, OID: oid}, nil, "")
	return cdxRef(ref)
}

// families are the algorithms of keys as CycloneDX sorts them. RSA and EC keys
// can sign as well as encrypt or agree on keys; "pke" is what other makers of
// bills call them.
var families = []struct {
	name      string
	primitive cdxPrimitive
	// broken: a quantum computer of the size that is expected breaks it, which is
	// level 0. For others the level is in their names.
	broken bool
}{
	{"RSA", cdxPKE, true},
	{"RSASSA-PSS", cdxSignature, true},
	{"RSAES-OAEP", cdxPKE, true},
	{"EC", cdxPKE, true},
	{"ECDSA", cdxSignature, true},
	{"DSA", cdxSignature, true},
	{"Ed25519", cdxSignature, true},
	{"Ed448", cdxSignature, true},
	{"SM2", cdxSignature, true},
	{"DH", cdxKeyAgreement, true},
	{"X25519", cdxKeyAgreement, true},
	{"X448", cdxKeyAgreement, true},
	{"ML-DSA", cdxSignature, false},
	{"SLH-DSA", cdxSignature, false},
	{"ML-KEM", cdxKEM, false},
	{"HSS/LMS", cdxSignature, false},
	{"XMSS", cdxSignature, false},
}

func primitiveOf(family string) cdxPrimitive {
	for _, f := range families {
		if f.name == family {
			return f.primitive
		}
	}
	return cdxUnknown
}

// quantumLevel is the category of NIST (FIPS 203 to 205); nil when it is not
// known.
func quantumLevel(family, name string) *int {
	for _, f := range families {
		if f.broken && (f.name == family || f.name == "RSASSA-PSS" && strings.HasPrefix(family, f.name)) {
			return new(int)
		}
	}
	for _, set := range []struct {
		part  string
		level int
	}{
		{"ML-DSA-44", 2},
		{"ML-DSA-65", 3},
		{"ML-DSA-87", 5},
		{"ML-KEM-512", 1},
		{"ML-KEM-768", 3},
		{"ML-KEM-1024", 5},
		{"-128s", 1},
		{"-128f", 1},
		{"-192s", 3},
		{"-192f", 3},
		{"-256s", 5},
		{"-256f", 5},
	} {
		if strings.Contains(name, set.part) {
			return &set.level
		}
	}
	return nil
}
