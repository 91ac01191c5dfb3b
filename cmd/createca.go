package cmd

import (
	"context"
	"errors"

	"muxkey/certgen/template"
	"muxkey/internal/command"
	"muxkey/internal/console"
)

// checkIssuer refuses what nobody would issue.
func (o *createOptions) checkIssuer(t *template.Template) error {
	if t.TheProfile().CA {
		hint := "muxkey ca create NAME"
		if o.issuer.ca.given() {
			hint += " --ca " + command.Quote(o.issuer.ca.store)
		}
		return &Failure{StatusUsage, hint, errors.New("this makes no CAs")}
	}
	if err := o.acme.check(); err != nil {
		return err
	}
	for flag, path := range map[string]string{"--out": o.store.out, "--cert-out": o.certOut} {
		if err := o.issuer.ca.spare(flag, path); err != nil {
			return err
		}
	}
	return nil
}

// openIssuer opens what the certificates come from, and refuses at once a CA that
// cannot issue now.
func (o *createOptions) openIssuer(ctx context.Context, env *console.Env) (issuer, error) {
	switch {
	case o.acme.given():
		return o.acme.issuer(o.store.out, secretVariables(&o.store.password, &o.acme.eabKey)), nil
	case !o.issuer.ca.given():
		return selfSigned, nil
	}
	ca, err := o.issuer.ca.open(ctx, env)
	if err != nil {
		return nil, err
	}
	return o.issuer.issuedBy(ca, o.store.dryRun), ca.Current(env.Now())
}
