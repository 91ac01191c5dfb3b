package jar

import (
	"bytes"
	"strings"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/text"
)

// signer checks one signature over data. nil is for one that is wrong or whose
// certificate is missing; an error means that Java takes none of the block.
func (v *verifier) signer(bag *text.SignedData, g text.Signer, data []byte) (*Signer, error) {
	chain := v.verify(bag, g, data)
	if chain == nil {
		return nil, nil //nolint:nilnil // it does not count
	}
	s := &Signer{Chain: chain}
	if g.Timestamp == nil {
		return s, nil
	}
	token, err := text.ReadSignedData(g.Timestamp, v.level)
	if err != nil || len(token.Signers) == 0 {
		return nil, errUnsigned
	}
	s.Timestamp = v.verify(token, token.Signers[0], token.Content)
	if s.Timestamp == nil || !v.imprints(token.Content, g.Signature) {
		return nil, errUnsigned
	}
	return s, nil
}

// verify checks a signature over data and returns the chain of who made it; nil if
// it is wrong.
func (v *verifier) verify(bag *text.SignedData, g text.Signer, data []byte) []*text.Certificate {
	chain := chainOf(bag.Certificates, g)
	if chain == nil {
		return nil
	}
	message := data
	if g.Signed != nil {
		h := v.crypto.Hash(g.Digest)
		if h == nil {
			return nil
		}
		_, _ = h.Write(data)
		if !bytes.Equal(h.Sum(nil), g.MessageDigest) {
			return nil
		}
		message = g.Signed
	}
	if v.crypto.Verify(chain[0].Key, signatureName(g), g.Algorithm, message, g.Signature) != nil {
		return nil
	}
	return chain
}

// signatureName is the algorithm that a digest and an encryption make.
func signatureName(g text.Signer) string {
	encryption := g.Encryption
	switch {
	case strings.Contains(strings.ToLower(encryption), "with"):
		return encryption
	case encryption == "EC":
		encryption = "ECDSA"
	case encryption != "RSA" && encryption != "DSA":
		return encryption
	}
	return strings.Replace(g.Digest, "SHA-", "SHA", 1) + "with" + encryption
}

// chainOf is the certificate of a signer, and its issuers as far as they are there.
func chainOf(list []*text.Certificate, g text.Signer) []*text.Certificate {
	var chain []*text.Certificate
	for _, c := range list {
		if c.Serial.Cmp(g.Serial) == 0 && dname.Same(c.Issuer, g.Issuer) {
			chain = append(chain, c)
			break
		}
	}
	if chain == nil {
		return nil
	}
	for len(chain) <= len(list) {
		last := chain[len(chain)-1]
		if dname.Same(last.Issuer, last.Subject) {
			break
		}
		next := issuer(list, last)
		if next == nil {
			break
		}
		chain = append(chain, next)
	}
	return chain
}

func issuer(list []*text.Certificate, of *text.Certificate) *text.Certificate {
	for _, c := range list {
		if c != of && dname.Same(c.Subject, of.Issuer) {
			return c
		}
	}
	return nil
}

// imprints tells whether a TSTInfo (RFC 3161 section 2.4.2) is about data.
func (v *verifier) imprints(info, data []byte) bool {
	fields, err := der.NewStream(info).Elements(der.Sequence)
	if err != nil || len(fields) < 3 {
		return false
	}
	imprint, err := fields[2].Elements(der.Sequence)
	if err != nil || len(imprint) != 2 {
		return false
	}
	id, err := imprint[0].Stream().OID()
	if err != nil {
		return false
	}
	name, _ := text.Name(id)
	h := v.crypto.Hash(name)
	if h == nil {
		return false
	}
	_, _ = h.Write(data)
	return bytes.Equal(h.Sum(nil), imprint[1].Content)
}
