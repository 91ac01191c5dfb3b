package cmd

import (
	"context"
	"errors"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/internal/console"
)

// checkIssuer refuses what nobody would issue.
func (o *createOptions) checkIssuer(t *template.Template) error {
	switch {
	case o.issuer.usage.given() && !o.issuer.ca.given():
		return wrongUsage(errors.New("--usage, --template and --pss say what a CA issues; name it with --ca"))
	case t.TheProfile().CA:
		return &Failure{StatusUsage, "muxkey ca create NAME --ca " + shellQuote(o.issuer.ca.store), errors.New("this makes no CAs")}
	}
	if t.Key != "" && !o.subject.keyGiven() {
		o.subject.key, o.subject.keyGiven = t.Key, func() bool { return true }
	}
	for flag, path := range map[string]string{"--out": o.store.out, "--cert-out": o.certOut} {
		if err := o.issuer.ca.spare(flag, path); err != nil {
			return err
		}
	}
	return nil
}

// openCA opens the CA, if there is to be one, and refuses at once one that cannot
// issue now.
func (o *createOptions) openCA(ctx context.Context, env *console.Env) (*certgen.CA, error) {
	if !o.issuer.ca.given() {
		return nil, nil
	}
	ca, err := o.issuer.ca.open(ctx, env)
	if err != nil {
		return nil, err
	}
	return ca, ca.Current(env.Now())
}

// certify makes the certificate, self-signed without a CA, and returns it with its
// chain and the remarks on it.
func (o *createOptions) certify(ctx context.Context, env *console.Env, ca *certgen.CA, r certgen.Request, t *template.Template) ([][]byte, []string, error) {
	if ca == nil {
		der, err := certgen.SelfSigned(env.Rand, r)
		return [][]byte{der}, nil, err
	}
	content, err := t.Content(r.Key.Public(), r.Names)
	if err != nil {
		return nil, nil, err
	}
	if o.subject.subject != "" || content.Subject == nil {
		content.Subject = r.Subject
	}
	o.issuer.provider.fill(&content)
	ca.Signing = t.Signing()
	leaf, remarks, err := issue(ctx, env, ca, r.Key.Public(), content, &o.life, orElse(t.Days, t.TheProfile().Days), false)
	if err != nil {
		return nil, nil, err
	}
	return append([][]byte{leaf.Raw}, above(ca, o.issuer.chain)...), remarks, nil
}
