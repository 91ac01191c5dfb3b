package install

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// ErrNoCertutil means that the program is not there that edits databases of NSS.
var ErrNoCertutil = errors.New("certutil of NSS is not installed")

// CertutilError means that certutil did not do it.
type CertutilError struct {
	Path string // of the database
	Err  error
}

func (e *CertutilError) Error() string { return fmt.Sprintf("certutil: %s: %v", e.Path, e.Err) }

// Unwrap returns Err.
func (e *CertutilError) Unwrap() error { return e.Err }

// NSS is the database of Firefox, Thunderbird or Chromium in a directory. certutil
// changes it, as that is in use by programs that lock it in ways of their own; one
// that is not there is made.
func NSS(dir string, run Run) Store {
	n := nss{dir, run}
	return Store{ID: "nss", Path: dir, List: n.list, Apply: n.apply}
}

type nss struct {
	dir string
	run Run
}

func (n nss) list(ctx context.Context) ([]Entry, error) {
	if _, err := os.Stat(filepath.Join(n.dir, "cert9.db")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	st, err := keystore.Open(ctx, n.dir, keystore.Options{})
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range st.Entries {
		if e.Kind == pkcs12x.PrivateKey || len(e.Chain) == 0 || !st.IsAnchor(e) {
			continue
		}
		out = append(out, Entry{e.Alias, sha256.Sum256(e.Chain[0].Raw)})
	}
	return out, nil
}

// apply has certutil make one change after the other, and takes those back that
// were made when one fails.
func (n nss) apply(ctx context.Context, changes []Change) (err error) {
	work, err := os.MkdirTemp("", "muxkey-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	none := filepath.Join(work, "password") // that of a database that has none; certutil would ask for it
	if err := os.WriteFile(none, []byte("\n"), 0o600); err != nil {
		return err
	}
	certutil := func(ctx context.Context, argv ...string) error {
		err := n.run(ctx, append([]string{"certutil", "-d", "sql:" + n.dir, "-f", none}, argv...)...)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return ErrNoCertutil
		}
		if err != nil {
			return &CertutilError{n.dir, err}
		}
		return nil
	}
	if _, err := os.Stat(filepath.Join(n.dir, "cert9.db")); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(n.dir, 0o700); err != nil {
			return &safefile.Error{Op: "create", Path: n.dir, Err: unwrapPath(err)}
		}
		if err := certutil(ctx, "-N", "--empty-password"); err != nil {
			return err
		}
	}
	for i, c := range changes {
		switch c.Action {
		case Added:
			file := filepath.Join(work, "certificate.pem")
			if err = os.WriteFile(file, pemOf(c.Anchor), 0o600); err == nil {
				err = certutil(ctx, "-A", "-n", c.Name, "-t", "C,,", "-a", "-i", file)
			}
		case Deleted:
			err = certutil(ctx, "-D", "-n", c.Name)
		}
		if err != nil {
			for _, done := range slices.Backward(changes[:i]) {
				if done.Action == Added {
					err = errors.Join(err, certutil(context.WithoutCancel(ctx), "-D", "-n", done.Name))
				}
			}
			return err
		}
	}
	return n.check(ctx, changes)
}

// check looks whether certutil did what it said: it gives certificates of one
// subject one nickname, whatever it was told.
func (n nss) check(ctx context.Context, changes []Change) error {
	have, err := n.list(ctx)
	if err != nil {
		return err
	}
	for _, c := range changes {
		there := slices.ContainsFunc(have, func(e Entry) bool { return e.SHA256 == c.Anchor.SHA256 })
		switch {
		case c.Action == Added && !there:
			return &CertutilError{n.dir, fmt.Errorf("%s was not taken", c.Name)}
		case c.Action == Deleted && there:
			return &CertutilError{n.dir, fmt.Errorf("%s did not go", c.Name)}
		}
	}
	return nil
}
