package keytool

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/extension"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
	"muxkey/pkcs12x"
)

// genKeyPair is -genkeypair: a new key with a certificate that it signs for itself,
// or that the key of -signer signs.
func genKeyPair(ctx context.Context, t *tool) error {
	algorithm := text(t.call.KeyAlg, t.level.KeyAlgorithm)
	if algorithm == "" {
		return exception.New(exception.Plain, "The -keyalg option must be specified.")
	}
	parameters, err := t.parameters(algorithm)
	if err != nil {
		return err
	}
	alias := t.alias()
	if t.store.Contains(alias) {
		return exception.New(exception.Plain, fmt.Sprintf("Key pair not generated, alias <%s> already exists", alias))
	}
	var ca authority
	if t.call.Signer != nil {
		if ca, err = t.authority(ctx, *t.call.Signer, t.call.SignerKeyPass); err != nil {
			return err
		}
	}
	kind, err := jca.FindKeyAlgorithm(algorithm)
	if err != nil {
		return exception.Wrap(exception.NoSuchAlgorithm, algorithm+" KeyPairGenerator not available", err)
	}
	if t.call.SigAlg != nil {
		if _, err := jca.FindSignature(*t.call.SigAlg); err != nil {
			return exception.Wrap(exception.NoSuchAlgorithm, *t.call.SigAlg+" Signature not available", err)
		}
	}
	subject, err := t.newName()
	if err != nil {
		return err
	}
	key, err := kind.Generate(ctx, t.env.Rand, parameters)
	if err != nil {
		return noSuchKey(kind, parameters, err)
	}
	cert, err := t.certify(key, subject, ca)
	if err != nil {
		return err
	}
	read, err := t.certificate(cert.Raw)
	if err != nil {
		return err
	}
	t.announce(read, subject)

	password := t.call.KeyPass
	if password == nil {
		if password, err = t.newKeyPassword(ctx, alias, "", t.call.StorePass, "Too many failures - key not added to keystore"); err != nil {
			return err
		}
	}
	chain := []*pkcs12x.Certificate{cert}
	readChain := []*certtext.Certificate{read}
	if ca.entry != nil {
		chain = append(chain, ca.entry.Chain...)
		above, err := t.certificates(ca.entry)
		if err != nil {
			return err
		}
		readChain = append(readChain, above...)
	}
	if err := t.warnChain(labelGeneratedCertificate, readChain); err != nil {
		return err
	}
	opened := &store.Key{Algorithm: key.Public.Algorithm, PKCS8: key.PKCS8}
	if err := t.store.SetKey(ctx, alias, opened, text(password, ""), chain); err != nil {
		return err
	}
	return t.save(ctx)
}

// parameters are the size or the group of a new key: those that are given, or the
// level's.
func (t *tool) parameters(algorithm string) (jca.Parameters, error) {
	size := 0
	if given := t.call.KeySize; given != nil && *given != -1 {
		size = *given
	}
	switch {
	case t.call.GroupName != nil && size != 0:
		return jca.Parameters{}, exception.New(exception.Plain, "Cannot specify both -groupname and -keysize")
	case t.call.GroupName != nil:
		return jca.Parameters{Group: *t.call.GroupName}, nil
	case size != 0:
		if strings.EqualFold(algorithm, "EC") {
			curve, ok := curveOf(size)
			if !ok {
				return jca.Parameters{}, exception.New("java.security.spec.InvalidParameterSpecException", "Not a supported curve: sun.security.util.ECKeySizeParameterSpec@"+strconv.Itoa(size))
			}
			if t.level.Groups {
				t.warning("Specifying -keysize for generating EC keys is deprecated, please use \"-groupname %s\" instead.", curve)
			}
		}
		return jca.Parameters{Bits: size}, nil
	}
	switch strings.ToUpper(algorithm) {
	case "RSA", "RSASSA-PSS":
		return jca.Parameters{Bits: t.level.RSABits}, nil
	case "DH", "DIFFIEHELLMAN":
		return jca.Parameters{Bits: t.level.DHBits}, nil
	case "EC":
		return jca.Parameters{Group: t.level.ECGroup}, nil
	}
	return jca.Parameters{}, nil
}

// curveOf is the curve that -keysize means.
func curveOf(size int) (curve string, ok bool) {
	switch size {
	case 256, 384, 521:
		return fmt.Sprintf("secp%dr1", size), true
	}
	return "", false
}

// noSuchKey is what Java says of sizes and groups that there are not.
func noSuchKey(kind jca.KeyAlgorithm, p jca.Parameters, err error) error {
	if size, ok := errors.AsType[*jca.SizeError](err); ok {
		return exception.Wrap(exception.IllegalArgument, "java.security.InvalidParameterException: "+size.Error(), err)
	}
	if errors.Is(err, jca.ErrCurve) {
		return exception.Wrap(exception.IllegalArgument, "Curve not supported: "+p.Group, err)
	}
	return exception.Wrap(exception.Plain, kind.Name+": "+err.Error(), err)
}

// certify signs the certificate of a new key.
func (t *tool) certify(key *jca.PrivateKey, subject dname.Name, ca authority) (*pkcs12x.Certificate, error) {
	made := jca.Certificate{Subject: subject.DER(), SPKI: key.Public.SPKI}
	made.Issuer = made.Subject
	by := key
	var authorityID []byte
	if ca.entry != nil {
		issuer := ca.entry.Chain[0]
		by, made.Issuer = ca.key, issuer.RawSubject
		var err error
		if authorityID, err = issuerKeyID(issuer, made.SPKI); err != nil {
			return nil, exception.Wrap(exception.InvalidKey, err.Error(), err)
		}
	}
	var err error
	if made.Extensions, err = t.extensions(made.SPKI, authorityID, extension.Given{}); err != nil {
		return nil, err
	}
	if made.NotBefore, made.NotAfter, err = t.dates(); err != nil {
		if e := exception.Of(err); e.Class == exception.Plain {
			return nil, exception.Wrap(exception.Certificate, e.Message, err)
		}
		return nil, err
	}
	s, err := t.signature(by.Public)
	if err != nil {
		if e := exception.Of(err); e.Class == exception.Plain { // no algorithm goes with the key
			return nil, exception.Wrap(exception.IllegalArgument, e.Message, err)
		}
		return nil, err
	}
	if made.Serial, err = t.serial(); err != nil {
		return nil, err
	}
	return t.issue(made, by, s)
}

// announce says what was made.
func (t *tool) announce(c *certtext.Certificate, subject dname.Name) {
	if t.level.QuietKeys && !t.call.Verbose {
		return
	}
	how := fmt.Sprintf("self-signed certificate (%s)", c.SignatureName)
	if t.call.Signer != nil {
		how = fmt.Sprintf("a certificate (%s) issued by <%s>", c.SignatureName, *t.call.Signer)
	}
	fmt.Fprintf(t.err, "Generating %s key pair and %s with a validity of %s days\n\tfor: %s\n", t.keyTitle(c.Key), how, thousands(t.days()), subject)
}

// keyTitle is a new key in the line that announces it: "2,048 bit RSA".
func (t *tool) keyTitle(key certtext.Key) string {
	if !t.level.CountedKeys {
		return strings.TrimSuffix(key.Describe(t.level), " key")
	}
	name, bits := key.Algorithm, key.Bits
	switch {
	case key.Curve != "":
		name += " (" + key.Curve + ")"
	case key.Set != "":
		name = key.Set
	case t.level.UnsizedPSS && name == "RSASSA-PSS":
		bits = -1
	}
	switch name { // the sizes of their fields
	case "Ed25519", "X25519":
		bits = 255
	case "Ed448", "X448":
		bits = 448
	}
	return thousands(bits) + " bit " + name
}

// newName is the name of -dname, or one that is asked for.
func (t *tool) newName() (dname.Name, error) {
	if t.call.DName != nil {
		return dname.Parse(*t.call.DName)
	}
	t.warnNow()
	return t.nameDialog()
}
