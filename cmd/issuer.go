package cmd

import (
	"context"
	"crypto"
	"crypto/x509"

	"muxkey/certgen"
	"muxkey/internal/console"
)

// order is a certificate that is wanted for a key.
type order struct {
	key     crypto.Signer
	content certgen.Content
	life    lifetimeFlags
	// standardDays is how long it is to live when the flags do not say.
	standardDays int
	signing      certgen.Signing
	// replaces is the certificate that the new one comes instead of, nil for none.
	replaces *x509.Certificate
}

// answer is what an issuer made of an order.
type answer struct {
	chain   [][]byte // DER, the leaf first
	remarks []string
}

// issuer has orders answered: by the key itself, by a CA, or by an ACME
// server. It is opened once for a run, and may be called by several goroutines at
// the same time, but for the last.
type issuer func(ctx context.Context, env *console.Env, w order) (answer, error)

// selfSigned is the issuer of those who have none.
func selfSigned(ctx context.Context, env *console.Env, w order) (answer, error) {
	w.content = w.content.SelfSigned()
	return itself(ctx, env, w)
}

// itself signs a certificate with its own key, and changes nothing of what it
// says.
func itself(_ context.Context, env *console.Env, w order) (answer, error) {
	if !w.life.asked() {
		w.life.days = w.standardDays
	}
	notBefore, notAfter, err := w.life.lifetime(env.Now())
	if err != nil {
		return answer{}, err
	}
	der, err := certgen.CreateRoot(env.Rand, w.key, w.content, certgen.Validity{NotBefore: notBefore, NotAfter: notAfter}, w.signing)
	return answer{chain: [][]byte{der}}, err
}

// issuedBy is a CA as an issuer. With dry it only tells what the certificate would be.
func (i issuerFlags) issuedBy(ca *certgen.CA, dry bool) issuer {
	return func(ctx context.Context, env *console.Env, w order) (answer, error) {
		own := *ca // others are at work with it
		own.Signing = w.signing
		i.provider.fill(&w.content)
		leaf, remarks, err := issue(ctx, env, &own, w.key.Public(), w.content, &w.life, w.standardDays, dry)
		if err != nil {
			return answer{}, err
		}
		return answer{append([][]byte{leaf.Raw}, above(ca, i.chain)...), remarks}, nil
	}
}
