package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/secret"
	"muxkey/keystore"
)

// passwordFlag is --password and its relatives: where a password comes from.
// The text is kept as it is until it is needed, because pflag would repeat a
// value that it refuses, and that may be a password.
type passwordFlag struct {
	flag string
	spec string
	set  func() bool
}

func (p *passwordFlag) add(c *cobra.Command, what string) { p.addAs(c, "password", what) }

func (p *passwordFlag) addAs(c *cobra.Command, flag, what string) {
	var forms []string
	for _, f := range secret.Forms() {
		forms = append(forms, f.Spec)
	}
	c.Flags().StringVar(&p.spec, flag, "", "`SOURCE` of "+what+": "+strings.Join(forms, ", "))
	annotate(c, flag, takesSource)
	p.flag = flag
	p.set = func() bool { return c.Flags().Changed(flag) }
	complete(c, flag, []string{"env:", "file:", "fd:", "stdin", "prompt"})
}

// given tells whether the flag was used.
func (p *passwordFlag) given() bool { return p.set() }

func (p *passwordFlag) source() (secret.Source, error) {
	if !p.given() {
		return secret.Source{}, nil
	}
	s, err := secret.Parse(p.spec)
	if err != nil {
		return s, &Failure{Status: StatusUsage, Err: fmt.Errorf("--%s: %w", p.flag, err)}
	}
	return s, nil
}

func (p *passwordFlag) readNew(ctx context.Context, env *console.Env, label string) (secret.Password, error) {
	s, err := p.source()
	if err != nil {
		return secret.Password{}, err
	}
	return s.ReadNew(ctx, env, label)
}

// keyring answers the question for a password for one file after the other. A
// source that is named serves for all of them; a person is asked for each.
type keyring struct {
	env    *console.Env
	source secret.Source
	named  bool
	// optional: without a password what stands in the open is enough.
	optional bool
	last     *secret.Password
}

func (p *passwordFlag) keyring(env *console.Env, optional bool) (*keyring, error) {
	s, err := p.source()
	if err != nil {
		return nil, err
	}
	inEnv, _ := env.LookupEnv(console.VarPassword) // empty counts as not set
	return &keyring{env: env, source: s, named: p.given() || inEnv != "", optional: optional}, nil
}

// password returns what keystore.Options wants for one file.
func (k *keyring) password(path string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if k.last != nil && k.named {
			return k.last.Reveal(), nil
		}
		label := "password for " + path
		if k.optional {
			label += " (Enter: show what needs none)"
		}
		pw, err := k.source.Read(ctx, k.env, label)
		if k.optional && !k.named && (errors.Is(err, secret.ErrNone) || errors.Is(err, console.ErrNoAnswer) || err == nil && pw.Reveal() == "") {
			return "", keystore.ErrNoPassword
		}
		if err != nil {
			return "", err
		}
		k.last = &pw
		return pw.Reveal(), nil
	}
}

// explain adds to a wrong password what is known of it that may explain it.
func (k *keyring) explain(err error) error {
	if !errors.Is(err, keystore.ErrPassword) || k.last == nil {
		return err
	}
	hint := "it came from " + k.last.Origin()
	if odd := k.last.Oddities(); len(odd) > 0 {
		hint += ", and " + strings.Join(odd, ", and ")
	} else {
		hint += "; look for Caps Lock, another keyboard or encoding, and whether it belongs to another file"
	}
	hint += "; a file that was damaged after it was made looks the same"
	return &Failure{Status: StatusPassword, Hint: hint, Err: err}
}

// again returns the password that opened the store, for a key in it; without
// one it asks.
func (k *keyring) again(ctx context.Context, what string) (string, error) {
	if k.last != nil {
		return k.last.Reveal(), nil
	}
	return k.password(what)(ctx)
}

// orOwn is the keyring for keys: that of their own flag, else that of the store.
func (k *keyring) orOwn(env *console.Env, own *passwordFlag) (*keyring, error) {
	if !own.given() {
		return k, nil
	}
	return own.keyring(env, false)
}
