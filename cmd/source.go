package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"muxkey/internal/console"
	"muxkey/keystore"
)

// stdin is the target that stands for standard input.
const stdin = "-"

// openStore reads a target: a file, or standard input.
func openStore(ctx context.Context, env *console.Env, target string, passwords *keyring, opts keystore.Options) (*keystore.Store, error) {
	opts.Password = passwords.password(target)
	if target != stdin {
		st, err := keystore.Open(ctx, target, opts)
		return st, passwords.explain(err)
	}
	if passwords.stdin {
		return nil, wrongUsage(errors.New("standard input cannot be both the keystore and its password"))
	}
	data, err := io.ReadAll(io.LimitReader(env.In, int64(opts.Limits.Size)+1))
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	st, err := keystore.Decode(ctx, "standard input", data, opts)
	return st, passwords.explain(err)
}
