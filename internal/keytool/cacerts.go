package keytool

import (
	"context"
	"errors"
	"os"

	"muxkey/internal/keytool/store"
)

// loadCACerts reads cacerts into t.ca for the commands that let it count as
// trusted with -trustcacerts. A JDK without the file is no error.
func (t *tool) loadCACerts(ctx context.Context) error {
	if !t.call.TrustCACerts {
		return nil
	}
	switch t.call.Command {
	case "-importcert":
	case "-printcert", "-printcrl":
		if t.level.KeystoreAlone {
			return nil
		}
	default:
		return nil
	}
	data, err := t.readFile(t.cacerts())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	t.ca, err = store.Open(ctx, data, nil, t.storeOptions())
	return err
}
