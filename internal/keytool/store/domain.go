package store

import (
	"context"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/pkcs12x"
)

// domain is DKS as it comes from a stream: keytool gives it the bytes of one store
// and no configuration, and Java takes that for a domain of one.
type domain struct {
	name  string
	inner engine
}

func newDomain() *domain { return &domain{} }

const (
	domainPrefix    = "iostream"
	domainSeparator = " "
)

// load reads the bytes as JKS, else as PKCS12.
func (d *domain) load(read func(upper string) (engine, error)) error {
	for _, typ := range []string{"JKS", "PKCS12"} {
		if inner, err := read(typ); err == nil {
			d.name, d.inner = domainPrefix+"1", inner
			return nil
		}
	}
	return exception.New(exception.UnsupportedOperation, "This keystore must be loaded using a DomainLoadStoreParameter")
}

func (d *domain) aliases() (out []string) {
	if d.inner == nil {
		return nil
	}
	for _, a := range d.inner.aliases() {
		out = append(out, d.name+domainSeparator+a)
	}
	return out
}

// own is the alias in the one store of the domain; ok is false for another's.
func (d *domain) own(alias string) (string, bool) {
	name, rest, prefixed := strings.Cut(alias, domainSeparator)
	if !prefixed {
		return alias, d.inner != nil
	}
	return rest, d.inner != nil && name == d.name
}

// written is own for what is put in: an alias without a prefix is nobody's then.
func (d *domain) written(alias string) (string, bool) {
	name, rest, prefixed := strings.Cut(alias, domainSeparator)
	return rest, prefixed && d.inner != nil && name == d.name
}

func (d *domain) lookup(alias string) *record {
	if own, ok := d.own(alias); ok {
		return d.inner.lookup(own)
	}
	return nil
}

func (d *domain) kind(r *record) Kind { return kindByChain(r) }

func (d *domain) key(ctx context.Context, r *record, password string) (*Key, error) {
	return d.inner.key(ctx, r, password)
}

func (d *domain) setKey(ctx context.Context, alias string, k *Key, password *string, chain []*pkcs12x.Certificate) error {
	own, ok := d.written(alias)
	if !ok {
		return exception.New(exception.KeyStore, "Error setting key entry for '"+alias+"'")
	}
	return d.inner.setKey(ctx, own, k, password, chain)
}

func (d *domain) setCertificate(alias string, cert *pkcs12x.Certificate) error {
	own, ok := d.written(alias)
	if !ok {
		return exception.New(exception.KeyStore, "Error setting certificate entry for '"+alias+"'")
	}
	return d.inner.setCertificate(own, cert)
}

func (d *domain) remove(alias string) error {
	own, ok := d.written(alias)
	if !ok {
		return exception.New(exception.KeyStore, "Error deleting entry for '"+alias+"'")
	}
	return d.inner.remove(own)
}

func (d *domain) encode(ctx context.Context, password *string) ([]byte, error) {
	if d.inner == nil {
		return nil, exception.New(exception.UnsupportedOperation, "This keystore must be stored using a DomainLoadStoreParameter")
	}
	return d.inner.encode(ctx, password)
}
