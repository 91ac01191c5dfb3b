package cmd

import (
	"context"
	"fmt"
	"io"
	"os"

	"muxkey/internal/console"
	"muxkey/keystore"
)

// stdin is the target that stands for standard input.
const stdin = "-"

// openStore reads a target: a file, a member of one, a directory, or standard
// input.
func openStore(ctx context.Context, env *console.Env, target string, passwords *keyring, opts keystore.Options) (*keystore.Store, error) {
	opts.Password = passwords.password(target)
	var st *keystore.Store
	var err error
	switch {
	case target == stdin:
		var data []byte
		if data, err = readInput(env, opts); err == nil {
			st, err = keystore.Decode(ctx, inputName, data, opts)
		}
	case isDirectory(target):
		st, err = keystore.OpenDirectory(ctx, target, opts)
	default:
		st, err = keystore.Open(ctx, target, opts)
	}
	return st, passwords.explain(err)
}

const inputName = "standard input"

func readInput(env *console.Env, opts keystore.Options) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(env.In, int64(opts.Limits.Size)+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", inputName, err)
	}
	return data, nil
}

func isDirectory(target string) bool {
	info, err := os.Stat(target)
	return err == nil && info.IsDir()
}
