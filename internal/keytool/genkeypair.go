package keytool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	certtext "muxkey/internal/keytool/text"
	"muxkey/pkcs12x"
)

// genKeyPair is -genkeypair.
func genKeyPair(ctx context.Context, t *tool) error {
	g := pairing{tool: t, algorithm: t.level.KeyAlgorithm, alias: t.alias()}
	if t.call.KeyAlg != nil {
		g.algorithm = *t.call.KeyAlg
	}
	if t.call.KeyAlg == nil && g.algorithm == "" {
		return exception.New(exception.Plain, "The -keyalg option must be specified.")
	}
	if err := g.size(); err != nil {
		return err
	}
	if t.store.Contains(g.alias) {
		return exception.New(exception.Plain, fmt.Sprintf("Key pair not generated, alias <%s> already exists", g.alias))
	}
	if t.call.Signer != nil {
		if err := g.findSigner(ctx); err != nil {
			return err
		}
	}
	if err := g.generate(ctx); err != nil {
		return err
	}
	if err := g.certify(); err != nil {
		return err
	}
	return g.store(ctx)
}

// pairing is the making of one key pair.
type pairing struct {
	*tool
	alias     string
	algorithm string // as it was given
	// bits are -keysize or the algorithm's default; -1 where there is neither.
	bits int

	// signer signs the certificate; nil where the new key does.
	signer     *jca.PrivateKey
	signerCert *certtext.Certificate

	key     *jca.PrivateKey
	subject dname.Name
	chain   []*pkcs12x.Certificate
}

// size finds out how large the key will be.
func (g *pairing) size() error {
	g.bits = -1
	if g.call.KeySize != nil {
		g.bits = *g.call.KeySize
	}
	switch {
	case g.call.GroupName != nil && g.bits != -1:
		return exception.New(exception.Plain, "Cannot specify both -groupname and -keysize")
	case g.call.GroupName != nil:
		return nil
	case g.bits == -1:
		g.bits = g.defaultBits()
	case strings.EqualFold(g.algorithm, "EC") && g.level.Groups:
		c, err := curveOfSize(g.bits)
		if err != nil {
			return err
		}
		g.warning("Specifying -keysize for generating EC keys is deprecated, please use \"-groupname %s\" instead.", c.name)
	}
	return nil
}

// defaultBits are those of an algorithm by the one name that keytool knows it
// under; by another name the provider's are taken, and keytool does not know them.
func (g *pairing) defaultBits() int {
	switch strings.ToUpper(g.algorithm) {
	case "EC":
		c, _ := curveNamed(g.level.ECGroup, true)
		return c.bits
	case "RSA":
		return g.level.RSABits
	case "RSASSA-PSS":
		if g.level.UnsizedPSS {
			return -1
		}
		return g.level.RSABits
	case "DSA":
		return 2048
	case "DH":
		return g.level.DHBits
	case "EDDSA", "ED25519", "XDH", "X25519":
		return 255
	case "ED448", "X448":
		return 448
	}
	return -1
}

// findSigner opens the key of -signer.
func (g *pairing) findSigner(ctx context.Context) (err error) {
	if g.signer, _, err = g.privateKey(ctx, *g.call.Signer, g.call.SignerKeyPass); err != nil {
		return err
	}
	g.signerCert, err = g.signerCertificate(*g.call.Signer)
	return err
}

// generate makes the key. Before it does, it asks for the name.
func (g *pairing) generate(ctx context.Context) error {
	a, err := jca.FindKeyAlgorithm(g.algorithm)
	if g.level.DerivesFirst && g.call.SigAlg == nil && !slices.Contains([]string{"RSA", "DSA", "EC"}, strings.ToUpper(g.algorithm)) {
		return exception.New(exception.Plain, notDerived)
	}
	if err == nil && slices.Contains(g.level.NoKeys, a.Name) {
		err = jca.ErrKeyAlgorithm
	}
	if err != nil {
		return exception.Wrap(exception.NoSuchAlgorithm, g.algorithm+" KeyPairGenerator not available", err)
	}
	if g.call.DName == nil {
		g.warnNow()
		g.subject, err = g.nameDialog()
	} else {
		g.subject, err = dname.Parse(*g.call.DName)
	}
	if err != nil {
		return err
	}
	p := jca.Parameters{Group: text(g.call.GroupName, ""), Seed: g.level.SeedKeys}
	if g.call.GroupName == nil {
		p.Bits = g.providerBits(a)
	}
	if err := g.checkParameters(a, p); err != nil {
		return err
	}
	if g.key, err = a.Generate(ctx, g.env.Rand, p); err != nil {
		return exception.Wrap(exception.IllegalArgument, err.Error(), err)
	}
	return nil
}

// providerBits is the size that is asked for; where keytool has none, that of the
// JDK's provider.
func (g *pairing) providerBits(a jca.KeyAlgorithm) int {
	if g.bits != -1 {
		return g.bits
	}
	switch a.Name {
	case "RSA", "RSASSA-PSS":
		return g.level.RSABits
	case "DiffieHellman":
		return g.level.DHBits
	case "EC":
		c, _ := curveNamed(g.level.ECGroup, true)
		return c.bits
	}
	return 0
}

// checkParameters says in Java's words what there are no keys of.
func (g *pairing) checkParameters(a jca.KeyAlgorithm, p jca.Parameters) error {
	err := a.Check(p)
	if g.call.GroupName != nil {
		switch a.Name {
		case "EC":
			if !strings.EqualFold(g.algorithm, "EC") {
				err = errors.New("keytool knows EC under this name alone")
			} else if _, ok := curveNamed(p.Group, g.level.ExactCurves); !ok {
				err = jca.ErrCurve // "prime256v1" alone is no name to Java
			}
		case "RSA", "RSASSA-PSS", "DSA", "DiffieHellman":
			err = errors.Join(err, jca.ErrCurve)
		}
	} else if g.bits != -1 && p.Bits == 0 {
		err = &jca.SizeError{Algorithm: a.Name, Size: g.bits} // 0 is one to Java
	}
	if err == nil {
		return nil
	}
	if g.call.GroupName != nil {
		return exception.Wrap(exception.IllegalArgument, g.noGroup(a, p.Group), err)
	}
	if c, unknown := curveOfSize(g.bits); a.Name == "EC" && unknown == nil {
		return exception.Wrap("java.security.ProviderException", "Curve not supported:  "+c.String(), err)
	}
	return exception.Wrap(exception.IllegalArgument, g.noSize(a), err)
}

// noGroup says that an algorithm has no keys of a group.
func (g *pairing) noGroup(a jca.KeyAlgorithm, group string) string {
	switch a.Name {
	case "RSA", "RSASSA-PSS":
		return "Params must be instance of RSAKeyGenParameterSpec"
	case "DSA":
		return "Inappropriate parameter"
	case "DiffieHellman":
		return "Inappropriate parameter type"
	case "EC":
		if !strings.EqualFold(g.algorithm, "EC") {
			return "ECParameterSpec or ECGenParameterSpec required for EC"
		}
		c, ok := curveNamed(group, g.level.ExactCurves)
		if !ok {
			return "Unknown curve name: " + group
		}
		return "Curve not supported: " + c.String()
	case "EdDSA", "XDH":
		return "Unsupported name: " + group
	case "Ed25519", "Ed448":
		if strings.EqualFold(group, "Ed25519") || strings.EqualFold(group, "Ed448") {
			return "java.security.InvalidParameterException: Parameters must be " + a.Name
		}
		return "Unsupported name: " + group
	case "X25519", "X448":
		if strings.EqualFold(group, "X25519") || strings.EqualFold(group, "X448") {
			return "Parameters must be " + a.Name
		}
		return "Unsupported name: " + group
	}
	return "Unsupported parameter set name: " + group
}

// noSize says that an algorithm has no keys of a size.
func (g *pairing) noSize(a jca.KeyAlgorithm) string {
	size := strconv.Itoa(g.bits)
	switch a.Name {
	case "RSA", "RSASSA-PSS":
		message := "Invalid key sizes"
		if g.bits < 17 { // the bits of the exponent 65537
			message = "Public exponent must be no longer than " + size + " bits"
			if g.level.SmallerExponent {
				message = "Public exponent must be smaller than key size"
			}
		}
		if g.level.WrappedSizes {
			message = "java.security.InvalidAlgorithmParameterException: " + message
		}
		return message
	case "DSA":
		if g.bits <= 1024 {
			return "Unsupported prime and subprime size combination: " + size + ", 160"
		}
		return "Invalid DSA Prime Size: " + size
	case "DiffieHellman":
		if g.bits >= 512 && g.bits <= 8192 && g.bits%64 == 0 {
			return "Supported DH key size must be multiple of 64 and range from 512 to 1024 (inclusive), or 2048, 3072. The specified key size " + size + " is not supported"
		}
		return "DH key size must be multiple of 64, and can only range from 512 to 8192 (inclusive). The specific key size " + size + " is not supported"
	case "Ed25519", "Ed448", "X25519", "X448":
		if g.bits == 255 || g.bits == 448 {
			return "Parameters must be " + a.Name
		}
		return "Unsupported size: " + size
	case "EdDSA", "XDH":
		return "Unsupported size: " + size
	case "EC":
		switch {
		case g.level.Groups:
			return "Unknown curve size: " + size
		case g.bits < 112:
			return "Key size must be at least 112 bits"
		case g.bits > 571:
			return "Key size must be at most 571 bits"
		}
		return "No EC parameters available for key size " + size + " bits"
	}
	return "keysize not supported"
}

// certify makes the certificate, and says so.
func (g *pairing) certify() error {
	signer, issuer := g.key, g.subject.DER()
	var authority []byte
	if g.signer != nil {
		var err error
		if authority, err = keyIdentifier(g.signerCert); err != nil {
			return err
		}
		signer, issuer = g.signer, g.signerCert.Subject
	}
	name, err := g.signatureName(signer.Public)
	if err != nil {
		return exception.Wrap(exception.IllegalArgument, notDerived+" from "+signer.Public.Algorithm, err)
	}
	id, err := jca.KeyID(g.key.Public.SPKI)
	if err != nil {
		return exception.Wrap(exception.InvalidKey, err.Error(), err)
	}
	extensions, err := extension.Build(g.level, g.call.Ext, extension.Given{SubjectKeyID: id, AuthorityKeyID: authority})
	if err != nil {
		return err
	}
	from, to, err := g.dates(exception.Certificate)
	if err != nil {
		return err
	}
	serial, err := g.serial()
	if err != nil {
		return err
	}
	signature, err := g.namedSignature(name, signer.Public)
	if err != nil {
		return err
	}
	der, err := jca.Certificate{
		Serial: serial, Issuer: issuer, Subject: g.subject.DER(), NotBefore: from, NotAfter: to,
		SPKI: g.key.Public.SPKI, Extensions: extensions,
	}.Sign(g.env.Rand, signer, signature)
	if err != nil {
		return err
	}
	g.announce(signature.Name)
	if len(g.subject) == 0 && g.isPKCS12() {
		// keytool writes a file here that it then cannot read, and says this.
		return exception.New(exception.IO, "keystore password was incorrect")
	}
	own, err := pkcs12x.ParseOutline(der)
	if err != nil {
		return exception.Wrap(exception.Certificate, err.Error(), err)
	}
	g.chain = []*pkcs12x.Certificate{own}
	if g.signer != nil {
		if e, ok := g.tool.store.Entry(*g.call.Signer); ok {
			g.chain = append(g.chain, e.Chain...)
		}
	}
	return nil
}

// warnMade warns of what is weak in the new chain. Before JDK 20 a certificate that
// has just been made was not seen to be that of a CA, whatever it says.
func (g *pairing) warnMade(chain []*certtext.Certificate) error {
	if g.level.EarlyExtensions {
		return g.warnChain(labelGeneratedCertificate, chain)
	}
	if err := g.warnCertificate(oneOf(labelGeneratedCertificate, 0, len(chain)), chain[0]); err != nil {
		return err
	}
	for i := 1; i < len(chain); i++ {
		if err := g.warnLink(oneOf(labelGeneratedCertificate, i, len(chain)), chain, i, false); err != nil {
			return err
		}
	}
	return nil
}

// announce says what has been made.
func (g *pairing) announce(signature string) {
	if g.level.QuietKeys && !g.call.Verbose {
		return
	}
	what := fmt.Sprintf("self-signed certificate (%s)", signature)
	if g.signer != nil {
		what = fmt.Sprintf("a certificate (%s) issued by <%s>", signature, *g.call.Signer)
	}
	fmt.Fprintf(g.err, "Generating %s key pair and %s with a validity of %s days\n\tfor: %s\n", g.describe(), what, thousands(g.days()), g.subject)
}

// describe is the key's kind and size. Before JDK 22 the size was the one that was
// asked for, so -1 where nobody had asked.
func (g *pairing) describe() string {
	k := g.key.Public
	name := k.Algorithm
	switch {
	case k.Algorithm == "EC":
		name += " (" + k.Group + ")"
	case k.Group != "":
		name = k.Group
		if !g.level.CountedKeys {
			return name
		}
	}
	if !g.level.CountedKeys {
		return fmt.Sprintf("%d-bit %s", k.Bits, name)
	}
	bits := g.bits
	switch {
	case g.level.BareTitles:
		name = k.Algorithm
	case g.call.GroupName != nil:
		bits = k.Bits
	}
	return thousands(bits) + " bit " + name
}

// store puts the pair into the keystore.
func (g *pairing) store(ctx context.Context) error {
	password := g.call.KeyPass
	if password == nil {
		var err error
		if password, err = g.newKeyPassword(ctx, g.alias, nil, g.call.StorePass, "Too many failures - key not added to keystore"); err != nil {
			return err
		}
	}
	chain := make([]*certtext.Certificate, len(g.chain))
	for i, c := range g.chain {
		var err error
		if chain[i], err = g.certificate(c.Raw); err != nil {
			return err
		}
	}
	if err := g.warnMade(chain); err != nil {
		return err
	}
	if err := g.tool.store.SetKey(ctx, g.alias, entryOf(g.key), password, g.chain); err != nil {
		return err
	}
	return g.save(ctx)
}
