package differ

import (
	"bytes"
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"maps"
	"slices"

	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

// javaStore tells JKS and JCEKS.
func javaStore(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xfe\xed\xfe\xed")) || bytes.HasPrefix(data, []byte("\xce\xce\xce\xce"))
}

// java compares two keystores of JKS or JCEKS. Their entries stand in the order of
// a hash table, which means nothing.
func (c *Comparer) java(reference, ours []byte) string {
	r, rerr := entries(reference)
	o, oerr := entries(ours)
	switch {
	case rerr != nil || oerr != nil:
		return c.Text(string(reference), string(ours)) // damaged ones must be the same
	case !bytes.Equal(reference[:8], ours[:8]):
		return fmt.Sprintf("begins with %x, ours with %x", reference[:8], ours[:8])
	}
	names := slices.Sorted(maps.Keys(r))
	if have := slices.Sorted(maps.Keys(o)); !slices.Equal(names, have) {
		return fmt.Sprintf("has the entries %q, ours %q", names, have)
	}
	for _, name := range names {
		a, b := r[name], o[name]
		switch {
		case a.Kind != b.Kind:
			return fmt.Sprintf("%q is a %s, ours a %s", name, a.Kind, b.Kind)
		case a.Created.Sub(b.Created).Abs() > slack:
			return fmt.Sprintf("%q is of %v, ours of %v", name, a.Created, b.Created)
		case len(a.Chain) != len(b.Chain):
			return fmt.Sprintf("%q has a chain of %d, ours of %d", name, len(a.Chain), len(b.Chain))
		case a.Kind == pkcs12x.SecretKey && len(a.Sealed) != len(b.Sealed):
			return fmt.Sprintf("%q is sealed in %d bytes, ours in %d", name, len(a.Sealed), len(b.Sealed))
		}
		for i := range a.Chain {
			if a.Chain[i].Type != b.Chain[i].Type {
				return fmt.Sprintf("%q: certificate %d is of type %s, ours %s", name, i, a.Chain[i].Type, b.Chain[i].Type)
			}
			if d := c.DER(a.Chain[i].Raw, b.Chain[i].Raw); d != "" {
				return fmt.Sprintf("%q: certificate %d %s", name, i, d)
			}
		}
		if a.Kind == pkcs12x.PrivateKey {
			if d := c.sealed(a.Sealed, b.Sealed); d != "" {
				return fmt.Sprintf("%q: sealed key %s", name, d)
			}
		}
	}
	return ""
}

// sealed compares two encrypted keys. That the protector of JKS has no parameters
// is said by NULL or, by 17.0.21 alone of the JDKs, by nothing; nobody reads it.
func (c *Comparer) sealed(reference, ours []byte) string {
	type info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var r, o info
	_, rerr := asn1.Unmarshal(reference, &r)
	_, oerr := asn1.Unmarshal(ours, &o)
	absent := func(p asn1.RawValue) bool { return len(p.FullBytes) == 0 || bytes.Equal(p.FullBytes, asn1.NullBytes) }
	if rerr == nil && oerr == nil && r.Algorithm.Algorithm.Equal(o.Algorithm.Algorithm) && absent(r.Algorithm.Parameters) && absent(o.Algorithm.Parameters) && c.random(r.Data, o.Data, 40) {
		return ""
	}
	return c.DER(reference, ours)
}

func entries(data []byte) (map[string]*jks.Entry, error) {
	f, err := jks.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		return nil, err
	}
	byAlias := map[string]*jks.Entry{}
	for _, e := range f.Entries {
		byAlias[e.Alias] = e
	}
	return byAlias, nil
}

// bags compares what is in two PKCS#12 files. A file that none of the passwords
// opens is left alone.
func (c *Comparer) bags(ctx context.Context, reference, ours []byte, passwords []string) string {
	r, password, ok := opened(ctx, reference, passwords)
	if !ok {
		return ""
	}
	o, _, ok := opened(ctx, ours, []string{password})
	if !ok {
		return fmt.Sprintf("the password %q does not open ours", password)
	}
	switch {
	case len(r) > len(o):
		return fmt.Sprintf("has %d safes, ours %d", len(r), len(o))
	case len(r) < len(o):
		return fmt.Sprintf("a safe with %d bags is in ours alone", len(o[len(r)].Bags))
	}
	for i := range r {
		for j := range r[i].Bags {
			if j == len(o[i].Bags) {
				return fmt.Sprintf("safe %d: a %v is not in ours", i, r[i].Bags[j].Type)
			}
			if d := c.bag(r[i].Bags[j], o[i].Bags[j]); d != "" {
				return fmt.Sprintf("safe %d, bag %d: %s", i, j, d)
			}
		}
		if n := len(r[i].Bags); n < len(o[i].Bags) {
			return fmt.Sprintf("safe %d: a %v is in ours alone", i, o[i].Bags[n].Type)
		}
	}
	return ""
}

func opened(ctx context.Context, data []byte, passwords []string) (safes []pkcs12x.Contents, password string, ok bool) {
	f, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		return nil, "", false
	}
	for _, p := range passwords {
		if reading, err := f.Contents(ctx, &p); err == nil && reading.Err == nil {
			return reading.Safes, p, true
		}
	}
	return nil, "", false
}

func (c *Comparer) bag(r, o pkcs12x.Bag) string {
	if !r.Type.Equal(o.Type) {
		return fmt.Sprintf("is a %v, ours a %v", r.Type, o.Type)
	}
	if d := c.DER(r.Value, o.Value); d != "" {
		return d
	}
	if len(r.Attributes) != len(o.Attributes) {
		return fmt.Sprintf("has the attributes %v, ours %v", r.Attributes, o.Attributes)
	}
	for i := range r.Attributes {
		a, b := r.Attributes[i], o.Attributes[i]
		if !a.ID.Equal(b.ID) {
			return fmt.Sprintf("attribute %d is a %v, ours a %v", i, a.ID, b.ID)
		}
		if d := c.DER(bytes.Join(a.Values, nil), bytes.Join(b.Values, nil)); d != "" {
			return fmt.Sprintf("attribute %v: %s", a.ID, d)
		}
	}
	return ""
}
