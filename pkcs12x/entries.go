package pkcs12x

import (
	"crypto/x509"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// item is a bag on its way to becoming an entry, or part of one.
type item struct {
	bag   bag
	entry *Entry       // set for what is an entry by itself
	cert  *Certificate // set for certificates
	used  bool         // the certificate is part of a chain
}

// store turns the bags that were opened into entries.
func (o *opener) store() *Store {
	st := &Store{Locked: o.locked}
	var features featureSet
	features.add(o.file.Features()...)
	items := make([]*item, 0, len(o.bags))
	for _, b := range o.bags {
		features.addBag(b, o.file.limits)
		items = append(items, o.readItem(b))
	}
	parseX509(items)
	o.openKeys(items)
	nameAsJava(items)
	pair(items)
	st.Entries = unused(items)
	nameRest(st.Entries)
	for _, e := range st.Entries {
		features.add(e.KeyFeatures()...)
	}
	st.Features = features.list
	return st
}

// readItem never fails: what cannot be read is carried as an opaque entry.
func (o *opener) readItem(b bag) *item {
	l := o.file.limits
	it := &item{bag: b}
	opaque := func(t []byte) *item {
		it.entry = &Entry{Kind: Opaque, Type: b.id, Value: t, Attributes: b.attributes}
		return it
	}
	in := b.value
	switch {
	case b.id.Equal(oidKeyBag):
		k := &Key{Attributes: b.attributes}
		if err := k.open(b.value, o.parsing(b.value)); err != nil {
			return opaque(b.value)
		}
		it.entry = &Entry{Kind: PrivateKey, Key: k, Created: created(b.attributes)}
	case b.id.Equal(oidShroudedBag):
		k := shroudedKey(b, b.value, l)
		if k == nil {
			return opaque(b.value)
		}
		it.entry = &Entry{Kind: PrivateKey, Key: k, Created: created(b.attributes)}
	case b.id.Equal(oidCertBag):
		id, value, ok := typedValue(in)
		var der cryptobyte.String
		if !ok || !id.Equal(oidX509Certificate) || !value.ReadASN1(&der, cbasn1.OCTET_STRING) {
			return opaque(b.value)
		}
		it.cert = &Certificate{Raw: der, Attributes: b.attributes}
		if it.cert.outline() != nil {
			it.cert = nil
			return opaque(b.value)
		}
		it.entry = &Entry{Kind: PlainCertificate, Chain: []*Certificate{it.cert}}
		if _, trusted := TrustedUsages(b.attributes); trusted {
			it.entry.Kind = TrustedCertificate
		}
	case b.id.Equal(oidCRLBag):
		id, value, ok := typedValue(in)
		var der cryptobyte.String
		if !ok || !value.ReadASN1(&der, cbasn1.OCTET_STRING) {
			return opaque(b.value)
		}
		it.entry = &Entry{Kind: CRL, Type: id, Value: der, Attributes: b.attributes}
	case b.id.Equal(oidSecretBag):
		id, value, ok := typedValue(in)
		if !ok {
			return opaque(b.value)
		}
		it.entry = &Entry{Kind: SecretKey, Created: created(b.attributes)}
		if inner, ok := jdkSecret(value); ok && id.Equal(oidShroudedBag) {
			if k := shroudedKey(b, inner, l); k != nil {
				k.secret = true
				it.entry.Key = k
				break
			}
		}
		it.entry.Type, it.entry.Value, it.entry.Attributes = id, value, b.attributes
	default:
		return opaque(b.value)
	}
	return it
}

// jdkSecret unwraps the OCTET STRING that the JDK puts around
// EncryptedPrivateKeyInfo in a secret bag; others leave it out.
func jdkSecret(value cryptobyte.String) (cryptobyte.String, bool) {
	if value.PeekASN1Tag(cbasn1.SEQUENCE) {
		return value, true
	}
	var inner cryptobyte.String
	return inner, value.ReadASN1(&inner, cbasn1.OCTET_STRING)
}

// shroudedKey returns nil for what is no EncryptedPrivateKeyInfo.
func shroudedKey(b bag, der cryptobyte.String, l Limits) *Key {
	e, _, err := shrouded(der, l)
	if err != nil {
		return nil
	}
	return &Key{Shrouded: der, Protection: &e.Protection, Attributes: b.attributes, Err: e.Err}
}

// parseX509 lets crypto/x509 look at all certificates, on all cores when there
// are many.
func parseX509(items []*item) {
	var certs []*Certificate
	for _, it := range items {
		if it.cert != nil {
			certs = append(certs, it.cert)
		}
	}
	inParallel(len(certs), func(i int) {
		certs[i].X509, certs[i].Err = x509.ParseCertificate(certs[i].Raw)
	})
}

// openKeys unlocks what the mode asks for: all keys, or those that can only be
// paired by their public half.
func (o *opener) openKeys(items []*item) {
	var keys []*Key
	byID := map[string]int{}
	certs := 0
	for _, it := range items {
		if it.cert != nil {
			certs++
			if id, ok := LocalKeyID(it.cert.Attributes); ok {
				byID[string(id)]++
			}
		}
	}
	for _, it := range items {
		if it.entry == nil || it.entry.Key == nil || it.entry.Key.Shrouded == nil {
			continue
		}
		k := it.entry.Key
		id, ok := LocalKeyID(k.Attributes)
		settled := k.secret || certs == 0 || ok && byID[string(id)] == 1
		if o.mode == unlock || o.mode == list && !settled {
			keys = append(keys, k)
		} else if k.Err == nil {
			k.Err = ErrLocked
		}
	}
	o.unlockKeys(keys)
}

// nameAsJava gives entries the names under which the JDK lists them; it
// follows sun.security.pkcs12.PKCS12KeyStore (JDK 8 to 25): bags without a
// friendlyName are numbered in order, certificates without the trusted-key-usage
// attribute, plain key bags and nested safes are not entries, of several private
// keys without localKeyID only the first is, and a later entry takes the name of
// an earlier one.
func nameAsJava(items []*item) {
	keys, number := 0, 0
	taken := map[string]*Entry{}
	for _, it := range items {
		if it.bag.nested || it.entry == nil {
			continue
		}
		switch {
		case it.bag.id.Equal(oidShroudedBag) && it.entry.Key != nil:
			keys++
			if _, ok := LocalKeyID(it.bag.attributes); !ok && keys > 1 {
				continue
			}
		case it.entry.Kind == SecretKey && it.entry.Key != nil:
		case it.entry.Kind == TrustedCertificate:
		default:
			continue
		}
		name, ok := FriendlyName(it.bag.attributes)
		if !ok {
			number++
			name = strconv.Itoa(number)
		}
		it.entry.Alias, it.entry.JavaAlias = name, strings.ToLower(name)
		if loser := taken[it.entry.JavaAlias]; loser != nil {
			loser.JavaAlias = ""
		}
		taken[it.entry.JavaAlias] = it.entry
	}
}

// nameRest names what the JDK does not list, and makes all names unique.
func nameRest(entries []*Entry) {
	taken := map[string]bool{}
	for _, e := range entries {
		if e.JavaAlias != "" {
			taken[strings.ToLower(e.Alias)] = true
		}
	}
	number := 0
	tried := map[string]int{}
	for _, e := range entries {
		if e.JavaAlias == "" {
			name, ok := FriendlyName(e.attributes())
			if ok {
				e.Alias = unique(name, taken, tried)
			} else {
				for number++; taken[strconv.Itoa(number)]; number++ {
				}
				e.Alias = strconv.Itoa(number)
			}
			taken[strings.ToLower(e.Alias)] = true
		}
		stored := e.Alias
		e.stored = &stored
	}
}

// KeyFeatures are what a program must know to use the key of an entry, besides
// RSA and the NIST curves that all know. A key that is not open goes by its
// certificate.
func (e *Entry) KeyFeatures() []Feature {
	if e.Kind != PrivateKey {
		return nil
	}
	algorithm := e.Key.Algorithm
	if algorithm == nil && len(e.Chain) > 0 {
		algorithm = e.Chain[0].KeyAlgorithm
	}
	if algorithm.Equal(oidEd25519) {
		return []Feature{KeyEd25519}
	}
	return nil
}

// unique appends "-2", "-3" ... to a name that is taken. tried has the last
// number for each name: thousands of entries may share one.
func unique(name string, taken map[string]bool, tried map[string]int) string {
	out, lower := name, strings.ToLower(name)
	for taken[strings.ToLower(out)] {
		tried[lower] = max(tried[lower], 1) + 1
		out = name + "-" + strconv.Itoa(tried[lower])
	}
	return out
}

// attributes returns those of the bag the entry came from.
func (e *Entry) attributes() []Attribute {
	switch {
	case e.Key != nil:
		return e.Key.Attributes
	case len(e.Chain) > 0:
		return e.Chain[0].Attributes
	}
	return e.Attributes
}

// certificates indexes the certificates of a store for pairing.
type certificates struct {
	items     []*item
	byID      map[string][]*item
	byPublic  map[string][]*item
	bySubject map[string][]*item
}

func index(items []*item) *certificates {
	c := &certificates{byID: map[string][]*item{}, byPublic: map[string][]*item{}, bySubject: map[string][]*item{}}
	for _, it := range items {
		if it.cert == nil {
			continue
		}
		c.items = append(c.items, it)
		if id, ok := LocalKeyID(it.cert.Attributes); ok {
			c.byID[string(id)] = append(c.byID[string(id)], it)
		}
		if bits, ok := publicBits(it.cert.RawSPKI); ok {
			c.byPublic[string(bits)] = append(c.byPublic[string(bits)], it)
		}
		c.bySubject[string(it.cert.RawSubject)] = append(c.bySubject[string(it.cert.RawSubject)], it)
	}
	return c
}

// pair gives each private key its leaf and the leaf its issuers.
func pair(items []*item) {
	certs := index(items)
	linked := map[string]bool{}
	keys := 0
	for _, it := range items {
		if it.entry != nil && it.entry.Kind == PrivateKey {
			keys++
		}
	}
	for _, it := range items {
		if it.entry == nil || it.entry.Kind != PrivateKey {
			continue
		}
		leaf := certs.leafOf(it, keys == 1)
		if leaf == nil {
			continue
		}
		for _, link := range certs.chain(leaf) {
			it.entry.Chain = append(it.entry.Chain, link.cert)
			linked[string(link.cert.Raw)] = true
		}
	}
	for _, it := range certs.items { // copies of a link, too, are not entries of their own
		it.used = it.entry.Kind == PlainCertificate && linked[string(it.cert.Raw)]
	}
}

// leafOf finds the certificate of a key: the one with its localKeyID and its
// public half, else the one with its public half, else the one with its
// localKeyID, else, for keys whose public half is not known, the one with its
// friendlyName, else the only one.
func (c *certificates) leafOf(it *item, onlyKey bool) *item {
	k := it.entry.Key
	id, hasID := LocalKeyID(k.Attributes)
	var sameID []*item
	if hasID {
		sameID = c.byID[string(id)]
	}
	name, named := FriendlyName(k.Attributes)
	sameName := func(list []*item) *item {
		for _, cert := range list {
			if n, ok := FriendlyName(cert.cert.Attributes); ok && named && strings.EqualFold(n, name) {
				return cert
			}
		}
		return nil
	}
	best := func(list []*item) *item {
		if cert := sameName(list); cert != nil {
			return cert
		}
		if len(list) > 0 {
			return list[0]
		}
		return nil
	}
	if bits, ok := k.publicBits(); ok {
		same := c.byPublic[string(bits)]
		both := slices.DeleteFunc(slices.Clone(same), func(cert *item) bool { return !slices.Contains(sameID, cert) })
		if cert := best(both); cert != nil {
			return cert
		}
		if cert := best(same); cert != nil {
			return cert
		}
		return best(sameID)
	}
	if cert := best(sameID); cert != nil {
		return cert
	}
	if cert := sameName(c.items); cert != nil {
		return cert
	}
	if onlyKey && len(c.items) == 1 {
		return c.items[0]
	}
	return nil
}

// maxChain bounds a chain: many keys with one long chain would fill the memory.
// Real chains have at most ten links. What is beyond stays an entry by itself.
const maxChain = 64

// chain follows issuers by name and key identifier up to a self-issued
// certificate, or as far as they are there. A certificate stands in it once.
func (c *certificates) chain(leaf *item) []*item {
	out := []*item{leaf}
	seen := map[string]bool{string(leaf.cert.Raw): true}
	for {
		last := out[len(out)-1].cert
		if last.SelfIssued() || len(out) == maxChain {
			return out
		}
		next := c.issuerOf(last, seen)
		if next == nil {
			return out
		}
		seen[string(next.cert.Raw)] = true
		out = append(out, next)
	}
}

// maxSignatures bounds the signatures checked to tell issuers of one name
// apart; more than a few such issuers do not occur.
const maxSignatures = 8

func (c *certificates) issuerOf(child *Certificate, seen map[string]bool) *item {
	var candidates []*item
	for _, it := range c.bySubject[string(child.RawIssuer)] {
		if !seen[string(it.cert.Raw)] && it.cert.issued(child) {
			candidates = append(candidates, it)
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	if len(candidates) > 1 {
		for _, it := range candidates[:min(len(candidates), maxSignatures)] {
			if right, _ := it.cert.signed(child); right {
				return it
			}
		}
	}
	return candidates[0]
}

// Assemble makes entries of keys and certificates that did not come from one
// store, such as the blocks of PEM files: keys get their leaf and its issuers
// as in a store, certificates that are nobody's become entries of their own, and
// so do those with Java's attribute for trust. Names come from friendlyName attributes, else they are numbers.
func Assemble(keys []*Key, certs []*Certificate) []*Entry {
	var items []*item
	for _, k := range keys {
		items = append(items, &item{bag: bag{attributes: k.Attributes}, entry: &Entry{Kind: PrivateKey, Key: k}})
	}
	for _, c := range certs {
		kind := PlainCertificate
		if _, trusted := TrustedUsages(c.Attributes); trusted {
			kind = TrustedCertificate
		}
		items = append(items, &item{bag: bag{attributes: c.Attributes}, cert: c, entry: &Entry{Kind: kind, Chain: []*Certificate{c}}})
	}
	pair(items)
	entries := unused(items)
	nameRest(entries)
	return entries
}

// unused are the items that are no links of a chain.
func unused(items []*item) []*Entry {
	var out []*Entry
	for _, it := range items {
		if it.entry != nil && !it.used {
			out = append(out, it.entry)
		}
	}
	return out
}
