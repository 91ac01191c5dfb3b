package cmd

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muxkey/internal/console"
	"muxkey/internal/secret"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust/install"
	"muxkey/trust/source"
)

// javaStore is the trust store of Java. It is edited as any keystore is, in its
// own format and algorithms, and the old one is kept beside it.
func (s *storeFlags) javaStore(env *console.Env, limits limitFlags) (install.Store, error) {
	path := s.java
	if path == ofThisMachine {
		var err error
		if path, err = s.findJava(env); err != nil {
			return install.Store{}, err
		}
	}
	passwords, err := s.storePassword.keyring(env, false)
	if err != nil {
		return install.Store{}, err
	}
	if !s.storePassword.given() { // $MUXKEY_PASSWORD is for the sources
		public, err := secret.Parse("pass:" + publicPassword)
		if err != nil {
			return install.Store{}, err
		}
		passwords.source, passwords.named = public, true
	}
	list := func(ctx context.Context) ([]install.Entry, error) {
		st, err := keystore.Open(ctx, path, keystore.Options{Password: passwords.password(path), Limits: limits.limits()})
		if err != nil {
			return nil, passwords.explain(err)
		}
		var out []install.Entry
		for _, e := range st.Entries {
			if len(e.Chain) > 0 && st.IsAnchor(e) {
				out = append(out, install.Entry{Name: e.Alias, SHA256: sha256.Sum256(e.Chain[0].Raw)})
			}
		}
		return out, nil
	}
	apply := func(ctx context.Context, changes []install.Change) error {
		e := editFlags{limits: limits, backup: backupFlag{wanted: true}}
		_, err := e.rewrite(ctx, env, passwords, path, false, func(st *keystore.Store, _ *keystore.Encoding) ([]change, error) {
			for _, c := range changes {
				switch c.Action {
				case install.Added:
					if _, err := st.Find(c.Name); err == nil {
						continue // somebody else was quicker
					}
					cert, err := pkcs12x.ParseCertificate(c.Anchor.Raw)
					if err != nil {
						return nil, err
					}
					st.Entries = append(st.Entries, &keystore.Entry{Alias: c.Name, Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{cert}, Created: env.Now()})
				case install.Deleted:
					st.Entries = slices.DeleteFunc(st.Entries, func(e *keystore.Entry) bool { return e.Alias == c.Name })
				}
			}
			return nil, nil // the plan says it
		})
		return err
	}
	return install.Store{ID: "java", Path: path, List: list, Apply: apply}, nil
}

// findJava is the cacerts of this machine, or of the image below the root.
func (s *storeFlags) findJava(env *console.Env) (string, error) {
	place, _ := source.Places().Get("java")
	if s.root == "/" {
		return place.Find(env.LookupEnv)
	}
	for _, path := range place.Paths {
		if strings.HasPrefix(path, "$") { // that is about this machine
			continue
		}
		found, err := filepath.Glob(filepath.Join(s.root, path))
		if err != nil {
			return "", err
		}
		for _, name := range found {
			if err := install.Inside(s.root, name); err != nil {
				return "", err
			}
			if _, err := os.Stat(name); err == nil {
				return name, nil
			}
		}
	}
	return "", fmt.Errorf("there is no trust store of Java below %s: %w", s.root, fs.ErrNotExist)
}
