package keytool

import "context"

// deleteEntry is -delete.
func deleteEntry(ctx context.Context, t *tool) error {
	alias, err := t.required(t.call.Alias)
	if err != nil {
		return err
	}
	if !t.store.Contains(alias) {
		return noAlias(alias)
	}
	if err := t.store.Delete(alias); err != nil {
		return err
	}
	return t.save(ctx)
}
