package keytool

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
	"muxkey/pkcs12x"
)

// importCert is -importcert: the reply of a CA where the alias is that of a key,
// else a new trusted certificate. For the alias of a secret key it does nothing.
func importCert(ctx context.Context, t *tool) error {
	data, err := t.input(t.call.File)
	if err != nil {
		return err
	}
	alias := t.alias()
	add, done := t.addTrusted, "Certificate was %sadded to keystore\n"
	switch {
	case t.store.Is(alias, store.PrivateKeyEntry):
		add, done = t.installReply, "Certificate reply was %sinstalled in keystore\n"
	case t.store.Is(alias, store.SecretKeyEntry):
		return nil
	}
	added, err := add(ctx, alias, data)
	if err != nil {
		return err
	}
	if !added {
		fmt.Fprintf(t.err, done, "not ")
		return nil
	}
	fmt.Fprintf(t.err, done, "")
	return t.save(ctx)
}

// addTrusted adds the first certificate of the data as a trusted one. added is
// false when somebody said no.
func (t *tool) addTrusted(_ context.Context, alias string, data []byte) (added bool, err error) {
	if t.store.Contains(alias) {
		return false, exception.New(exception.Plain, fmt.Sprintf("Certificate not imported, alias <%s> already exists", alias))
	}
	cert, err := certtext.ReadCertificate(data, t.level)
	if err != nil {
		return false, exception.Wrap(exception.Plain, "Input not an X.509 certificate", err)
	}
	if t.call.NoPrompt {
		err = t.warnCertificate(labelInput, cert)
		added = true
	} else {
		added, err = t.trust(cert)
	}
	if err != nil || !added {
		return false, err
	}
	entry, err := outline(cert)
	if err != nil {
		return false, err
	}
	return true, t.store.SetCertificate(alias, entry)
}

// trust finds out whether a certificate is trusted: because there is a chain for
// it to one that is, or because somebody says so.
func (t *tool) trust(cert *certtext.Certificate) (bool, error) {
	own := selfSigned(cert)
	if have, ok := t.store.CertificateAlias(cert.Raw); ok {
		fmt.Fprintf(t.err, "Certificate already exists in keystore under alias <%s>\n", have)
		return t.confirmInput(cert, "Do you still want to add it? [no]:  ")
	}
	if own && t.ca != nil {
		if have, ok := t.ca.CertificateAlias(cert.Raw); ok {
			fmt.Fprintf(t.err, "Certificate already exists in system-wide CA keystore under alias <%s>\n", have)
			return t.confirmInput(cert, "Do you still want to add it to your own keystore? [no]:  ")
		}
	}
	if !own {
		among, err := t.issuers()
		if err != nil {
			return false, err
		}
		if chain, ok := chainOf(issuer{labelInput, cert}, among); ok {
			return true, t.warnIssuers(chain)
		}
	}
	if err := t.describe(cert); err != nil {
		return false, err
	}
	return t.confirmInput(cert, "Trust this certificate? [no]:  ")
}

// confirmInput asks, below what is weak in the certificate.
func (t *tool) confirmInput(cert *certtext.Certificate, question string) (bool, error) {
	if err := t.warnCertificate(labelInput, cert); err != nil {
		return false, err
	}
	t.warnNow()
	return t.confirm(question)
}

// warnIssuers warns of what is weak in a chain that was found, from the top.
func (t *tool) warnIssuers(chain []issuer) error {
	for _, i := range slices.Backward(chain) {
		if err := t.warnCertificate(i.label, i.cert); err != nil {
			return err
		}
	}
	return nil
}

// installReply gives the key of an alias the chain that a CA has answered with.
func (t *tool) installReply(ctx context.Context, alias string, data []byte) (installed bool, err error) {
	key, password, err := t.key(ctx, alias, t.call.StorePass, t.call.KeyPass)
	if err != nil {
		return false, err
	}
	entry, _ := t.store.Entry(alias)
	if len(entry.Chain) == 0 {
		return false, exception.New(exception.Plain, alias+" has no public key (certificate)")
	}
	own, err := t.certificate(entry.Chain[0].Raw)
	if err != nil {
		return false, err
	}
	reply, err := certtext.ReadCertificates(data, t.level)
	var chain []*certtext.Certificate
	switch {
	case err != nil:
		return false, err
	case len(reply) == 0:
		return false, exception.New(exception.Plain, "Reply has no certificates")
	case len(reply) == 1:
		chain, err = t.extendReply(own, reply[0])
	default:
		chain, err = t.orderReply(alias, own, reply)
	}
	if err != nil || chain == nil {
		return false, err
	}
	outlines := make([]*pkcs12x.Certificate, len(chain))
	for i, c := range chain {
		if outlines[i], err = outline(c); err != nil {
			return false, err
		}
	}
	return true, t.store.SetKey(ctx, alias, key, password, outlines)
}

// extendReply makes the chain of a reply of one certificate out of what is there.
func (t *tool) extendReply(own, reply *certtext.Certificate) ([]*certtext.Certificate, error) {
	switch {
	case !bytes.Equal(own.Key.SPKI, reply.Key.SPKI):
		return nil, exception.New(exception.Plain, "Public keys in reply and keystore don't match")
	case bytes.Equal(own.Raw, reply.Raw):
		return nil, exception.New(exception.Plain, "Certificate reply and certificate in keystore are identical")
	}
	among, err := t.issuers()
	if err != nil {
		return nil, err
	}
	chain, ok := chainOf(issuer{labelInput, reply}, among)
	if !ok {
		return nil, exception.New(exception.Plain, "Failed to establish chain from reply")
	}
	certificates := make([]*certtext.Certificate, len(chain))
	for i, c := range chain {
		certificates[i] = c.cert
	}
	return certificates, t.warnIssuers(chain)
}

// orderReply puts the certificates of a reply in order, and asks where nothing
// vouches for the last of them; nil when the answer is no. The last one is what is
// left: keytool does not look at whether it has signed the one before.
func (t *tool) orderReply(alias string, own *certtext.Certificate, reply []*certtext.Certificate) ([]*certtext.Certificate, error) {
	if err := t.warnChain(labelReply, reply); err != nil {
		return nil, err
	}
	chain := slices.Clone(reply)
	if !t.level.WholeReply {
		chain = hashOrder(reply)
	}
	leaf := slices.IndexFunc(chain, func(c *certtext.Certificate) bool { return bytes.Equal(c.Key.SPKI, own.Key.SPKI) })
	if leaf < 0 {
		return nil, exception.New(exception.Plain, fmt.Sprintf("Certificate reply does not contain public key for <%s>", alias))
	}
	chain[0], chain[leaf] = chain[leaf], chain[0]
	for i := 1; i < len(chain)-1; i++ {
		next := slices.IndexFunc(chain[i:], func(c *certtext.Certificate) bool { return signedBy(chain[i-1], c) })
		if next < 0 {
			return nil, exception.New(exception.Plain, "Incomplete certificate chain in reply")
		}
		chain[i], chain[i+next] = chain[i+next], chain[i]
	}
	if t.call.NoPrompt {
		return chain, nil
	}
	return t.trustReply(chain)
}

// trustReply looks for what vouches for the end of a chain, and asks where nothing
// does.
func (t *tool) trustReply(chain []*certtext.Certificate) ([]*certtext.Certificate, error) {
	top := chain[len(chain)-1]
	root, err := t.signerIn(t.store, top, issuerInStore)
	if err == nil && root == nil && t.ca != nil {
		root, err = t.signerIn(t.ca, top, issuerInCACerts)
	}
	switch {
	case err != nil:
		return nil, err
	case root == nil:
		fmt.Fprint(t.err, "\nTop-level certificate in reply:\n\n")
		if err := t.describe(top); err != nil {
			return nil, err
		}
		fmt.Fprint(t.err, "\n... is not trusted. ")
		t.warnNow()
		install, err := t.confirm("Install reply anyway? [no]:  ")
		if err != nil || !install {
			return nil, err
		}
		return chain, nil
	case root.cert != top:
		return append(chain, root.cert), t.warnCertificate(root.label, root.cert)
	}
	return chain, nil
}

// hashOrder drops what is there twice, and gives the rest in the order of a
// java.util.HashSet, which decides which of several candidates is taken: that of
// the buckets of a table that is twice as large as it needs to be.
func hashOrder(certificates []*certtext.Certificate) []*certtext.Certificate {
	table := 16
	for table < max(len(certificates)*4/3+1, 16) {
		table *= 2
	}
	bucket := func(c *certtext.Certificate) int {
		hash := uint32(1)
		for _, b := range c.Raw {
			hash = 31*hash + uint32(int8(b)) // Java's bytes have signs
		}
		return int(hash^hash>>16) & (table - 1)
	}
	var order []*certtext.Certificate
	for _, c := range certificates {
		if !slices.ContainsFunc(order, func(o *certtext.Certificate) bool { return bytes.Equal(o.Raw, c.Raw) }) {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, func(a, b *certtext.Certificate) int { return bucket(a) - bucket(b) })
	return order
}

// outline is a certificate as a keystore takes it.
func outline(c *certtext.Certificate) (*pkcs12x.Certificate, error) {
	o, err := pkcs12x.ParseOutline(c.Raw)
	if err != nil {
		return nil, exception.Wrap(exception.Certificate, err.Error(), err)
	}
	return o, nil
}
