package keytool

import (
	"context"
	"fmt"
)

// identityDatabase is -identitydb, which is not in the help. The databases of JDK
// 1.1 are read no more, so that there is never anything to add.
func identityDatabase(_ context.Context, t *tool) error {
	if t.call.File != nil {
		if _, err := t.readFile(*t.call.File); err != nil {
			return err
		}
	}
	fmt.Fprintln(t.err, "No entries from identity database added")
	return nil
}
