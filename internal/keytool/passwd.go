package keytool

import (
	"context"
	"fmt"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
)

// storePasswd is -storepasswd. Keys of PKCS#12 get the new password as well; those
// of JKS and JCEKS keep theirs.
func storePasswd(ctx context.Context, t *tool) error {
	t.newStorePass = t.call.New
	if t.newStorePass == nil {
		password, err := t.replacement(ctx, "keystore password", text(t.call.StorePass, ""))
		if err != nil {
			return err
		}
		t.newStorePass = &password
	}
	if t.isPKCS12() && !t.level.KeysStay {
		for _, alias := range t.store.Aliases() {
			entry, ok := t.store.Entry(alias)
			if !ok || entry.Kind == store.TrustedCertEntry {
				continue
			}
			key, _, err := t.entryKey(ctx, t.store, alias, t.call.StorePass, t.call.KeyPass)
			if err != nil {
				return err
			}
			if err := t.store.SetKey(ctx, alias, key, t.newStorePass, entry.Chain); err != nil {
				return err
			}
		}
	}
	return t.save(ctx)
}

// keysHavePasswords says no to a keystore whose keys have none of their own.
func (t *tool) keysHavePasswords() error {
	if t.isPKCS12() {
		return exception.New(exception.UnsupportedOperation, "-keypasswd commands not supported if -storetype is PKCS12")
	}
	return nil
}

// keyPasswd is -keypasswd.
func keyPasswd(ctx context.Context, t *tool) error {
	alias := t.alias()
	key, old, err := t.key(ctx, alias, t.call.StorePass, t.call.KeyPass)
	if err != nil {
		return err
	}
	password := t.call.New
	if password == nil {
		asked, err := t.replacement(ctx, fmt.Sprintf("key password for <%s>", alias), text(old, ""))
		if err != nil {
			return err
		}
		password = &asked
	}
	entry, _ := t.store.Entry(alias)
	if err := t.store.SetKey(ctx, alias, key, password, entry.Chain); err != nil {
		return err
	}
	return t.save(ctx)
}
