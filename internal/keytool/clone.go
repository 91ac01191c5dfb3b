package keytool

import (
	"context"
	"fmt"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
)

// changeAlias is -changealias.
func changeAlias(ctx context.Context, t *tool) error {
	alias := t.alias()
	if err := t.clone(ctx, alias, false); err != nil {
		return err
	}
	if err := t.store.Delete(alias); err != nil {
		return err
	}
	return t.save(ctx)
}

// keyClone is -keyclone, which is not in the help.
func keyClone(ctx context.Context, t *tool) error {
	alias := t.alias()
	switch entry, ok := t.store.Entry(alias); {
	case !ok:
		return noAlias(alias)
	case entry.Kind != store.PrivateKeyEntry:
		return exception.New(exception.Plain, fmt.Sprintf("Alias <%s> references an entry type that is not a private key entry.  The -keyclone command only supports cloning of private key entries", alias))
	}
	if err := t.clone(ctx, alias, true); err != nil {
		return err
	}
	return t.save(ctx)
}

// clone copies an entry to -destalias. ownPassword tells that the copy may get a
// password of its own, where keys have one.
func (t *tool) clone(ctx context.Context, alias string, ownPassword bool) error {
	to, err := t.required(t.call.DestAlias)
	if err != nil {
		return err
	}
	if t.store.Contains(to) {
		return exception.New(exception.Plain, fmt.Sprintf("Destination alias <%s> already exists", to))
	}
	entry, ok := t.store.Entry(alias)
	if !ok {
		return noAlias(alias)
	}
	if entry.Kind == store.TrustedCertEntry {
		return t.store.SetCertificate(to, entry.Chain[0])
	}
	key, password, err := t.entryKey(ctx, t.store, alias, t.call.StorePass, t.call.KeyPass)
	if err != nil {
		return err
	}
	if ownPassword && !t.isPKCS12() {
		if t.call.New != nil {
			password = t.call.New
		} else if password, err = t.newKeyPassword(ctx, to, &alias, password, "Too many failures. Key entry not cloned"); err != nil {
			return err
		}
	}
	return t.store.SetKey(ctx, to, key, password, entry.Chain)
}
