package acme

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"

	rfc8555 "github.com/mholt/acmez/v3/acme"

	"muxkey/internal/safefile"
)

// Rekey gives the account of the key in cfg.AccountKey a new EC P-256 key, which
// takes the place of the old one in the file (RFC 8555 section 7.3.5). It returns
// the address of the account. Of the rest of cfg, Server, Now, Rand and Timeout
// count.
//
// The new key waits in a file with ".new" behind its name until the server has
// taken it. Whenever a run ends, one of the two files has the key that the server
// knows, and the next run finishes what it finds. The errors are as those of
// [Order].
func Rekey(ctx context.Context, cfg Config) (account string, err error) {
	key, err := readKey(cfg.AccountKey)
	if err == nil && key == nil {
		err = &KeyError{cfg.AccountKey, fs.ErrNotExist}
	}
	if err != nil {
		return "", err
	}
	waiting := cfg.AccountKey + ".new"
	next, err := readKey(waiting)
	if err != nil {
		return "", err
	}
	limit := cfg.Timeout
	if limit == 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w (%s)", ErrTimeout, limit))
	defer cancel()
	o, err := newOrder(ctx, cfg, limit)
	if err != nil {
		return "", err
	}
	defer o.conn.close()
	if o.dir.KeyChange == "" {
		return "", o.conn.strange("it does not change the keys of accounts")
	}
	taken := false // by an earlier run
	if next != nil {
		if taken, err = o.find(ctx, next); err != nil {
			return "", err
		}
	}
	if !taken {
		switch known, err := o.find(ctx, key); {
		case err != nil:
			return "", err
		case !known:
			return "", &Problem{Doing: "looking for the account", Kind: Account, Type: rfc8555.ProblemTypeAccountDoesNotExist, Detail: "the server has no account for the key in " + cfg.AccountKey}
		}
		made := next == nil
		if made {
			if next, err = o.makeKey(ctx, waiting); err != nil {
				return "", err
			}
		}
		if _, err := o.conn.AccountKeyRollover(ctx, o.account, next); err != nil {
			if problem := (rfc8555.Problem{}); made && errors.As(err, &problem) {
				_ = os.Remove(waiting) // a no is a no
			}
			return "", o.conn.failed(ctx, "changing the key of the account", err)
		}
	}
	text, err := os.ReadFile(waiting)
	if err != nil {
		return "", &KeyError{waiting, err}
	}
	if err := safefile.Write(ctx, cfg.AccountKey, text, safefile.Options{Mode: 0o600, Replace: true, Exact: true}); err != nil {
		return "", err
	}
	return o.account.Location, os.Remove(waiting)
}

// find looks for the account of a key.
func (o *order) find(ctx context.Context, key crypto.Signer) (known bool, err error) {
	o.account = rfc8555.Account{PrivateKey: key}
	found, err := o.conn.GetAccount(ctx, o.account)
	problem := rfc8555.Problem{}
	switch {
	case err == nil:
		return true, o.signedIn(found)
	case errors.As(err, &problem) && problem.Type == rfc8555.ProblemTypeAccountDoesNotExist:
		return false, nil
	}
	return false, o.conn.failed(ctx, "looking for the account", err)
}
