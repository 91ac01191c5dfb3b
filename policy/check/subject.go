package check

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/policy/check/rules"
)

// maxKeys is how many keys of a store are opened, as each costs a derivation.
const maxKeys = 64

// open is how stores are opened.
func (r *run) open() keystore.Options {
	return keystore.Options{Unlock: true, UnlockAtMost: maxKeys, TryPublished: true, Limits: r.options.Limits}
}

// subject makes a subject of a store that was opened, or that its password did not
// open. Another error is given back.
func (r *run) subject(ctx context.Context, p *plan, name string, st *keystore.Store, failure error) (*rules.Subject, error) {
	s := &rules.Subject{Name: name, Store: st, Err: failure, Expect: p.expect, Now: r.options.Now}
	switch {
	case failure != nil && !errors.Is(failure, keystore.ErrPassword):
		return nil, failure
	case failure == nil:
		if err := r.unlock(ctx, p, name, st); err != nil {
			return nil, err
		}
		facts := inspect.Inspect(st, r.options.Now)
		s.Facts = &facts
		if st.WrongPassword {
			s.Err = keystore.ErrPassword
		}
	}
	u := r.passwords.usedFor(name)
	s.Password, s.Published = u.id, u.published
	s.File, s.Directory = stat(name), stat(filepath.Dir(name))
	s.PrivateGroup = s.File != nil && private(s.File)
	if u.file != "" {
		s.PasswordFile, s.PasswordFileName = stat(u.file), u.file
	}
	return s, nil
}

// unlock opens the keys that have a password of their own.
func (r *run) unlock(ctx context.Context, p *plan, name string, st *keystore.Store) error {
	if p.EntryPassword == "" {
		return nil
	}
	left := maxKeys
	for _, e := range st.Entries {
		if e.Key == nil || e.Key.PKCS8 != nil || left == 0 {
			continue
		}
		left--
		password, err := r.passwords.of(ctx, p.EntryPassword, name+"#"+e.Alias, true)
		if err != nil {
			return err
		}
		if err := st.UnlockKey(ctx, e, password); err != nil && ctx.Err() != nil {
			return err // else it is in Key.Err
		}
	}
	return nil
}

// stat gives the facts of a file; nil where there is none, and where a system has
// no permissions of this kind.
func stat(name string) fs.FileInfo {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil
	}
	return info
}
