package keytool

import "context"

// deleteEntry is -delete.
func deleteEntry(ctx context.Context, t *tool) error {
	alias := *t.call.Alias
	if !t.store.Contains(alias) {
		return noAlias(alias)
	}
	t.store.Delete(alias)
	return t.save(ctx)
}
