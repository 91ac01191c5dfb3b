package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"muxkey/internal/console"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// stdin is the target that stands for standard input.
const stdin = "-"

// openStore reads a target: a file, or standard input.
func openStore(ctx context.Context, env *console.Env, target string, passwords *keyring, l pkcs12x.Limits) (*keystore.Store, error) {
	opts := keystore.Options{Password: passwords.password(target), Limits: l}
	if target != stdin {
		st, err := keystore.Open(ctx, target, opts)
		return st, passwords.explain(err)
	}
	if passwords.stdin {
		return nil, wrongUsage(errors.New("standard input cannot be both the keystore and its password"))
	}
	data, err := io.ReadAll(io.LimitReader(env.In, int64(l.Size)+1))
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	st, err := keystore.Decode(ctx, "standard input", data, opts)
	return st, passwords.explain(err)
}
