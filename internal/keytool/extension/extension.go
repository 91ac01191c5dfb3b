// Package extension makes X.509 extensions of the values of -ext, as keytool
// does: names and their abbreviations, "honored", OIDs with hex, and what is
// always there.
package extension

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/oid"
)

// Given is what there is besides the values of -ext.
type Given struct {
	// SubjectKeyID is the identifier of the key, which every certificate has
	// unless a value replaces it.
	SubjectKeyID []byte
	// AuthorityKeyID is that of the signer's key; nil where the key signs for
	// itself.
	AuthorityKeyID []byte
	// Request tells that there is a request, of whose extensions, in Requested,
	// "honored" takes over some. Without it the value is read past.
	Request   bool
	Requested []pkix.Extension
	// Existing are those of the certificate that is to be replaced (-selfcert).
	Existing []pkix.Extension
}

// Build returns the extensions of a new certificate or request, in the order of
// its encoding: that of the OIDs as strings. An error is an [exception.Exception]
// with Java's words.
func Build(l level.Level, values []string, given Given) ([]pkix.Extension, error) {
	b := builder{level: l, all: map[string]pkix.Extension{}}
	for _, e := range given.Existing {
		b.set(e)
	}
	if err := b.build(values, given); err != nil {
		return nil, wrapped(err)
	}
	ids := make([]string, 0, len(b.all))
	for id, e := range b.all {
		if e.Value == nil {
			return nil, exception.New("java.security.cert.CertificateEncodingException", "java.io.IOException: No value to encode for the extension!")
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if l.NamedExtensions {
		slices.SortStableFunc(ids, func(a, b string) int { return strings.Compare(nameOf(a), nameOf(b)) })
	}
	extensions := make([]pkix.Extension, len(ids))
	for i, id := range ids {
		extensions[i] = b.all[id]
	}
	return extensions, nil
}

// wrapped puts Java's RuntimeException around those that are IOExceptions.
func wrapped(err error) error {
	e := exception.Of(err)
	switch e.Class {
	case exception.IO, unknownHost:
		return exception.Wrap(exception.Runtime, e.Error(), err)
	}
	return e
}

// builder collects extensions by their OIDs. One that has a nil value cannot be
// encoded, which JDKs before 20 find out late.
type builder struct {
	level level.Level
	all   map[string]pkix.Extension
}

// set adds an extension that has a value, an empty one included.
func (b *builder) set(e pkix.Extension) {
	e.Value = append([]byte{}, e.Value...)
	b.all[e.Id.String()] = e
}

func (b *builder) build(values []string, given Given) error {
	b.set(pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 14}, Value: element(der.OCTET_STRING, given.SubjectKeyID)})
	if given.AuthorityKeyID != nil {
		id := element(der.Tag(0).ContextSpecific(), given.AuthorityKeyID)
		b.set(pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 35}, Value: element(der.SEQUENCE, id)})
	}
	if given.Request {
		if err := b.honor(values, given.Requested); err != nil {
			return err
		}
	}
	for _, v := range values {
		if err := b.add(v); err != nil {
			return err
		}
	}
	return nil
}

// add reads one value of -ext: name[:critical][=value].
func (b *builder) add(text string) error {
	head, body, hasBody := strings.Cut(text, "=")
	name, modifier, hasModifier := strings.Cut(head, ":")
	critical := false
	if hasModifier {
		// What is not "critical" says nothing.
		i, err := choose(b.level, modifier, []string{"critical"})
		if err != nil {
			return err
		}
		critical = i == 0
	}
	if strings.EqualFold(name, "honored") {
		return nil
	}
	k, err := kindOf(b.level, name)
	if err != nil {
		return err
	}
	v := value{text: text, body: body, given: hasBody, critical: critical, level: b.level}
	if k == nil {
		return b.raw(name, v)
	}
	if hasBody && body == "" && b.level.EarlyExtensions {
		return v.illegal()
	}
	content, err := k.encode(v)
	if err != nil {
		return err
	}
	id, err := oid.Arcs(k.id)
	if err != nil {
		return err
	}
	b.all[id.String()] = pkix.Extension{Id: id, Critical: critical, Value: content}
	return nil
}

// raw adds the extension of an OID with a value in hex.
func (b *builder) raw(name string, v value) error {
	id, err := oid.Arcs(name)
	if err != nil {
		return err
	}
	content, err := hexOf(v)
	if err != nil {
		return err
	}
	b.set(pkix.Extension{Id: id, Critical: v.critical, Value: content})
	return nil
}

// honor takes over what the first value "honored" says of a request: all of it
// first, then one by one what is named.
func (b *builder) honor(values []string, requested []pkix.Extension) error {
	var items []string
	for _, v := range values {
		if list, ok := strings.CutPrefix(strings.ToLower(v), "honored="); ok {
			items = split(list, ",")
			break
		}
	}
	if slices.Contains(items, "all") {
		for _, e := range requested {
			b.set(e)
		}
	}
	for _, item := range items {
		if item == "all" {
			continue
		}
		if err := b.honorOne(item, requested); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) honorOne(item string, requested []pkix.Extension) error {
	name, remove := strings.CutPrefix(item, "-")
	modifier, hasModifier, action := "", false, -1
	if !remove {
		name, modifier, hasModifier = strings.Cut(item, ":")
	}
	if hasModifier {
		var err error
		if action, err = choose(b.level, modifier, []string{"critical", "non-critical"}); err != nil {
			return err
		}
		if action < 0 {
			return exception.New(exception.Plain, "Illegal value: "+item)
		}
	}
	k, err := kindOf(b.level, name)
	if err != nil {
		return err
	}
	dotted := name
	if k != nil {
		dotted = k.id
	}
	id, err := oid.Arcs(dotted)
	if err != nil {
		return err
	}
	absent := exception.New(exception.IO, "No extension found with name "+id.String())
	if remove {
		if _, ok := b.all[id.String()]; !ok {
			return absent
		}
		delete(b.all, id.String())
		return nil
	}
	i := slices.IndexFunc(requested, func(e pkix.Extension) bool { return e.Id.Equal(id) })
	switch {
	case i < 0 && b.level.EarlyExtensions:
		return exception.New("java.lang.NullPointerException", `Cannot invoke "sun.security.x509.Extension.isCritical()" because "e" is null`)
	case i < 0:
		return absent
	}
	e := requested[i]
	if action >= 0 {
		e.Critical = action == 0
	}
	b.set(e)
	return nil
}

// element is one TLV.
func element(tag der.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, p := range parts {
			b.AddBytes(p)
		}
	})
	return b.BytesOrPanic() // it fails on tags above 30 alone
}
