package source

import (
	"context"
	"fmt"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/keystore/nss"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// keystoreKind is every format that package keystore reads. It stands last and
// knows all that is left, for the sake of its errors.
var keystoreKind = Kind{
	ID:     "keystore",
	Title:  "keystore, DER or PKCS#7 file",
	Detect: func([]byte) bool { return true },
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		o := keystore.Options{Limits: in.Options.limits()}
		if in.Options.Password != nil {
			o.Password = in.Options.Password(in.Name)
		}
		name := in.Name
		if in.Entry != "" {
			name = in.Entry
		}
		stores, err := keystore.DecodeAll(ctx, name, in.Data, o)
		if err != nil {
			return err
		}
		for _, st := range stores {
			if err := anchors(b, in, st); err != nil {
				return err
			}
		}
		return nil
	},
}

// openKeystore reads what is more than one file, or less: a member of one, the
// database of NSS.
func openKeystore(ctx context.Context, b *trust.Builder, path string, o Options) error {
	options := keystore.Options{Limits: o.limits()}
	if o.Password != nil {
		options.Password = o.Password(path)
	}
	st, err := keystore.Open(ctx, path, options)
	if err != nil {
		return err
	}
	return Store(b, st, o)
}

// Store adds the anchors of a store that is open already, as Path does those of its
// file.
func Store(b *trust.Builder, st *keystore.Store, o Options) error {
	return anchors(b, Input{Name: st.Path, Options: o}, st)
}

// anchors adds what a store stands for: the certificates that it trusts, and those
// that NSS must never trust; where there are none, the issuers of its private-key
// entries.
func anchors(b *trust.Builder, in Input, st *keystore.Store) error {
	for _, why := range st.Locked {
		return fmt.Errorf("%s: a part of it does not open: %w", in.origin("").String(), why)
	}
	if st.Trailing > 0 {
		in.find(b, "trailing-bytes", finding.Medium, fmt.Sprintf("%d octets stand behind the end of the content", st.Trailing))
	}
	var keys, trusted []*keystore.Entry
	for _, e := range st.Entries {
		switch {
		case nssTerms(st.Trust[e].Trust) != nil:
			trusted = append(trusted, e)
		case e.Kind == pkcs12x.PrivateKey:
			keys = append(keys, e)
		case len(e.Chain) > 0 && st.IsAnchor(e):
			trusted = append(trusted, e)
		case len(e.Chain) > 0:
			b.Skip(in.origin(e.Alias), "the store does not trust it")
		default:
			b.Skip(in.origin(e.Alias), "it is a "+string(e.Kind))
		}
	}
	if len(keys) > 0 && publicFormat(st.Format) && !in.Options.KeyIssuers {
		return &PrivateKeyError{Path: in.origin("").String()}
	}
	if in.Options.KeyIssuers || len(trusted) == 0 {
		for _, e := range keys {
			if err := keyIssuer(b, in, st, e); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range keys {
		b.Skip(in.origin(e.Alias), "it is a private-key entry, in a store that trusts others")
	}
	for _, e := range trusted {
		chain, terms := e.Chain, trust.Terms{}
		if t := nssTerms(st.Trust[e].Trust); t != nil {
			chain, terms = chain[:1], *t // what is behind the certificate of a key has settings of its own
		}
		for _, c := range chain {
			if err := add(b, in, st, e.Alias, c.Raw, terms); err != nil {
				return err
			}
		}
	}
	return nil
}

// nssTerms are what NSS says of a certificate; nil when it leaves all to the
// issuer.
func nssTerms(t *nss.Trust) *trust.Terms {
	if t == nil {
		return nil
	}
	terms := &trust.Terms{Only: []trust.Purpose{}}
	for _, p := range []struct {
		purpose trust.Purpose
		level   nss.Level
	}{{trust.Client, t.ClientAuth}, {trust.Code, t.CodeSigning}, {trust.Email, t.EmailProtection}, {trust.Server, t.ServerAuth}} { // sorted
		switch {
		case p.level.Trusted():
			terms.Only = append(terms.Only, p.purpose)
		case p.level == nss.Distrusted:
			terms.Rejected = append(terms.Rejected, p.purpose)
		}
	}
	if len(terms.Only)+len(terms.Rejected) == 0 {
		return nil
	}
	return terms
}

// publicFormat tells of formats that are made to be read by everybody: a private
// key in one of them is a mistake.
func publicFormat(id string) bool { return id == "pem" || id == "pkcs7" || id == "der" }

// keyIssuer adds the certificate that vouches for a key: the last one of its
// chain, which is the leaf itself where that is self-signed.
func keyIssuer(b *trust.Builder, in Input, st *keystore.Store, e *keystore.Entry) error {
	if len(e.Chain) == 0 {
		b.Skip(in.origin(e.Alias), "the key has no certificate")
		return nil
	}
	if in.Options.Leaf != nil {
		in.Options.Leaf(e.Chain[0].Raw)
	}
	last := e.Chain[len(e.Chain)-1]
	if len(e.Chain) == 1 && !last.SelfIssued() {
		b.Skip(in.origin(e.Alias), "the store does not have the issuer of its certificate")
		return nil
	}
	return add(b, in, st, e.Alias, last.Raw, trust.Terms{})
}

func add(b *trust.Builder, in Input, st *keystore.Store, alias string, raw []byte, terms trust.Terms) error {
	a, err := trust.Parse(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", in.origin(alias).String(), err)
	}
	if f, _ := keystore.Formats().Get(st.Format); f.KeepsAliases {
		a.Label = alias
	}
	a.Origins = []trust.Origin{in.origin(alias)}
	a.Terms = terms
	in.add(b, alias, a)
	return nil
}
