package text

import (
	"strings"
	"time"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/hashtable"
	"muxkey/internal/keytool/level"
)

// Request is a PKCS#10 certificate request as the JDK reads it.
type Request struct {
	// Raw is the request in DER, TBS the part that is signed, and Signature what
	// signs it.
	Raw, TBS, Signature []byte
	// Algorithm is the AlgorithmIdentifier of the signature in DER, and
	// SignatureName Java's name for it.
	Algorithm     []byte
	SignatureName string
	Subject       []byte // in DER
	Key           Key
	// Extensions are those asked for; nil where none are.
	Extensions []Extension

	subject    string
	attributes []attribute // in the order in which Java prints them
}

// attribute is an attribute of a request (RFC 2985).
type attribute struct {
	oid   string
	value body // nil for the extensions
}

const oidExtensionRequest = "1.2.840.113549.1.9.14"

// DecodeRequest takes the base64 out of a request in PEM: all that stands between
// the first two lines that begin with five hyphens.
func DecodeRequest(data []byte) ([]byte, error) {
	var body strings.Builder
	started := false
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\r", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		marks := strings.HasPrefix(line, hyphens)
		if started && marks {
			break
		}
		if started {
			body.WriteString(line)
		}
		started = started || marks
	}
	return decodeBase64(withoutBlanks([]byte(body.String())))
}

// ParseRequest reads a request. verify checks its signature, which Java does on
// reading; it returns what is wrong as an exception.
func ParseRequest(data []byte, l level.Level, verify func(*Request) error) (*Request, error) {
	if l.OldReaders {
		switch {
		case len(data) < 2:
			return nil, fail("Encoding bytes too short")
		case data[0] != der.Sequence:
			return nil, fail("Sequence tag error")
		}
	}
	parts, err := der.NewStream(data).Elements(der.Sequence)
	if err != nil {
		return nil, err
	}
	if len(parts) != 3 {
		return nil, exception.New(exception.IllegalArgument, "not a PKCS #10 request")
	}
	r := &Request{Raw: data, TBS: parts[0].Encode(), Algorithm: parts[1].Encode()}
	a, err := readAlgorithm(parts[1])
	if err != nil {
		return nil, err
	}
	r.SignatureName = a.nameAt(l)
	bits, err := parts[2].BitString()
	if err != nil {
		return nil, err
	}
	r.Signature = bits.Octets
	if err := r.read(parts[0].Stream(), l); err != nil {
		return nil, err
	}
	return r, verify(r)
}

// read reads CertificationRequestInfo (RFC 2986).
func (r *Request) read(s *der.Stream, l level.Level) error {
	next, err := s.Next()
	if err != nil {
		return err
	}
	version, err := next.BigInt()
	if err != nil {
		return err
	}
	if version.Sign() != 0 {
		return exception.New(exception.IllegalArgument, "not PKCS #10 v1")
	}
	if r.Subject, r.subject, err = nextName(s); err != nil {
		return err
	}
	if next, err = s.Next(); err != nil {
		return err
	}
	if r.Key, err = readKey(next, l); err != nil || s.Empty() {
		return err
	}
	if next, err = s.Next(); err != nil {
		return err
	}
	if err := r.readAttributes(next, l); err != nil {
		return err
	}
	if !s.Empty() {
		return exception.New(exception.IllegalArgument, "illegal PKCS #10 data")
	}
	return nil
}

func (r *Request) readAttributes(v der.Value, l level.Level) error {
	found := map[string]attribute{}
	order := hashtable.New(3)
	err := eachElement(v, func(e der.Value) error {
		id, values, err := readAttribute(e)
		if err != nil {
			return err
		}
		a := attribute{oid: id}
		if a.oid == oidExtensionRequest {
			r.Extensions, err = requested(l, values)
		} else {
			a.value, err = attributeText(a.oid, values, l)
		}
		found[a.oid] = a
		order.Put(a.oid)
		return err
	})
	for _, oid := range order.Keys() {
		r.attributes = append(r.attributes, found[oid])
	}
	return err
}

// requested reads the value of an extensionRequest.
func requested(l level.Level, values []der.Value) ([]Extension, error) {
	v, err := only1(oidExtensionRequest, values, []byte{der.Sequence})
	if err != nil {
		return nil, err
	}
	list, err := v.Elements(der.Sequence)
	if err != nil {
		return nil, err
	}
	return readExtensions(l, list, false)
}

// attributeKind is how Java reads an attribute.
type attributeKind struct {
	single bool
	tags   []byte
}

// attributeKinds returns the kind of an attribute, for those whose value Java
// prints as text.
func attributeKinds(oid string, l level.Level) (k attributeKind, ok bool) {
	strs := []byte{der.PrintableString, der.T61String, der.BMPString, der.UniversalString, der.UTF8String}
	if l.OldAttributes {
		strs = strs[:2]
	}
	switch oid {
	case "1.2.840.113549.1.9.1": // emailAddress
		k.tags = []byte{der.IA5String}
	case "1.2.840.113549.1.9.2": // unstructuredName
		k.tags = append([]byte{der.IA5String}, strs...)
		if l.OldAttributes {
			k.tags = k.tags[:2]
		}
	case "1.2.840.113549.1.9.3": // contentType
		k = attributeKind{true, []byte{der.ObjectID}}
	case "1.2.840.113549.1.9.5": // signingTime
		k = attributeKind{true, []byte{der.UTCTime, der.GeneralizedTime}}
	case "1.2.840.113549.1.9.7": // challengePassword
		k = attributeKind{true, strs}
	case "1.2.840.113549.1.9.8": // unstructuredAddress
		k.tags = strs
	default:
		return k, false
	}
	return k, true
}

// attributeText is the value of an attribute as Java prints it.
func attributeText(oid string, values []der.Value, l level.Level) (body, error) {
	k, ok := attributeKinds(oid, l)
	if !ok {
		// Java prints octets as the class and the address of an array, which is
		// another in each run.
		return fixed("[B@0"), nil
	}
	if k.single {
		v, err := only1(oid, values, k.tags)
		if err != nil {
			return nil, err
		}
		return scalar(v)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		if err := wantTag(oid, v, k.tags); err != nil {
			return nil, err
		}
		texts[i], _ = v.Text()
	}
	return fixed(listed(texts)), nil
}

// scalar is the text of a single value.
func scalar(v der.Value) (body, error) {
	switch v.Tag {
	case der.ObjectID:
		id, err := v.OID()
		return fixed(id), err
	case der.UTCTime, der.GeneralizedTime:
		t, err := v.Time()
		return func(date func(time.Time) string) string { return date(t) }, err
	}
	s, _ := v.Text()
	return fixed(s), nil
}

// only1 is the value of an attribute that must have one.
func only1(oid string, values []der.Value, tags []byte) (der.Value, error) {
	switch {
	case len(values) > 1:
		return der.Value{}, fail("Single-value attribute %s (%s) has multiple values.", oid, nameOr(oid))
	case len(values) == 0:
		return der.Value{}, exception.New(exception.ArrayIndex, "Index 0 out of bounds for length 0")
	}
	return values[0], wantTag(oid, values[0], tags)
}

func wantTag(oid string, v der.Value, tags []byte) error {
	words := make([]string, len(tags))
	for i, t := range tags {
		if v.Tag == t {
			return nil
		}
		words[i] = decimal(int(t))
	}
	return fail("Value of attribute %s (%s) has wrong tag: %d.  Expected tags: %s.", oid, nameOr(oid), v.Signed(), strings.Join(words, ", "))
}

// Request is a request as -printcertreq prints it.
func (p Printer) Request(r *Request) string {
	var out strings.Builder
	out.WriteString("PKCS #10 Certificate Request (Version 1.0)\nSubject: " + r.subject + "\nFormat: X.509\nPublic Key: " +
		p.Key(r.Key, Context{}) + "\nSignature algorithm: " + r.SignatureName + JudgeName(p.Level, r.SignatureName).mark() + "\n")
	for _, a := range r.attributes {
		if a.value == nil {
			out.WriteString(p.extensions("Extension Request:", r.Extensions))
			continue
		}
		out.WriteString("Attribute: " + a.oid + "\n" + nameOr(a.oid) + ": " + a.value(p.Date) + "\n")
	}
	return out.String()
}
