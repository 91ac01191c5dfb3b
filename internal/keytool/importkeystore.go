package keytool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
)

// sourceStore is the keystore that -importkeystore reads.
type sourceStore struct {
	*store.Store
	data []byte
	// password opened it; nil for none.
	password *string
}

// imported is what became of one entry.
type imported int

const (
	importedDone imported = iota
	importedNot           // somebody said no
	importedFailed
)

// compareSource finds out whether the source and the destination are one file. Then
// it is read now; the destination is made anew, and the old file is kept beside it.
func compareSource(ctx context.Context, t *tool) error {
	if t.call.SrcKeystore == nil {
		return exception.New(exception.Plain, "Please specify -srckeystore")
	}
	path := *t.call.SrcKeystore
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return exception.New(exception.Plain, "Source keystore file exists, but is empty: "+path)
	}
	t.replaces = canonical(path) == canonical(*t.call.Keystore)
	if !t.replaces {
		fmt.Fprintf(t.err, "Importing keystore %s to %s...\n", path, *t.call.Keystore)
		return nil
	}
	if err := t.openSource(ctx); err != nil {
		return err
	}
	if t.call.StorePass == nil {
		t.call.StorePass = t.call.SrcStorePass
	}
	return nil
}

// canonical is the absolute name of a file without links, as far as it is there.
func canonical(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}

// openSource loads the keystore that is read.
func (t *tool) openSource(ctx context.Context) error {
	c := t.call
	data, err := t.readFile(*c.SrcKeystore)
	if err != nil {
		return err
	}
	passwordless, options := false, t.storeOptions()
	options.Opens = new(text(c.Alias, "")) // of all, the first
	if c.SrcStoreType == nil && t.level.Assumes {
		c.SrcStoreType = &t.level.StoreType
	}
	// Its type is found out before the password is asked for, unless that is given.
	if c.SrcStoreType == nil {
		if t.source.Store, err = read(ctx, nil, data, c.SrcStorePass, options); err != nil {
			return err
		}
		passwordless = isPKCS12(t.source.Type()) && store.Passwordless(data)
	} else if _, err := store.New(*c.SrcStoreType, options); err != nil {
		return err
	}
	if c.SrcStorePass == nil && !c.SrcProtected && !passwordless {
		password, err := t.password(ctx, "Enter source keystore password:  ")
		if err != nil {
			return err
		}
		if password != "" {
			c.SrcStorePass = &password
		}
	}
	if given := c.SrcStoreType; given != nil && isPKCS12(*given) || given == nil && isPKCS12(t.source.Type()) {
		t.samePassword("-srckeypass", &c.SrcKeyPass, c.SrcStorePass)
	}
	if t.source.Store, err = read(ctx, c.SrcStoreType, data, c.SrcStorePass, options); err != nil {
		return err
	}
	t.source.data, t.source.password = data, c.SrcStorePass
	if c.SrcStorePass == nil && !passwordless {
		fmt.Fprint(t.err, unverifiedSource)
	}
	return nil
}

const unverifiedSource = `
*****************  WARNING WARNING WARNING  *****************
* The integrity of the information stored in the srckeystore*
* has NOT been verified!  In order to verify its integrity, *
* you must provide the srckeystore password.                *
*****************  WARNING WARNING WARNING  *****************

`

// importKeystore is -importkeystore.
func importKeystore(ctx context.Context, t *tool) error {
	if !t.replaces {
		if err := t.openSource(ctx); err != nil {
			return err
		}
	}
	var err error
	switch c := t.call; {
	case c.Alias != nil:
		_, err = t.importEntry(ctx, *c.Alias)
	case c.DestAlias != nil || c.SrcKeyPass != nil:
		return exception.New(exception.Plain, "if alias not specified, destalias and srckeypass must not be specified")
	default:
		err = t.importAll(ctx)
	}
	if err != nil {
		return err
	}
	if t.replaces {
		if err := t.keepSource(ctx); err != nil {
			return err
		}
	}
	return t.save(ctx)
}

// importAll copies all entries, or as many as somebody wants after one that failed.
func (t *tool) importAll(ctx context.Context) error {
	done, quit := 0, false
	aliases := t.source.Aliases()
	for _, alias := range aliases {
		outcome, err := t.importEntry(ctx, alias)
		switch {
		case err != nil:
			return err
		case outcome == importedDone:
			done++
			fmt.Fprintf(t.err, "Entry for alias %s successfully imported.\n", alias)
		case outcome == importedFailed && !t.call.NoPrompt:
			if quit, err = t.confirm("Do you want to quit the import process? [no]:  "); err != nil {
				return err
			}
		}
		if quit {
			break
		}
	}
	fmt.Fprintf(t.err, "Import command completed:  %d entries successfully imported, %d entries failed or cancelled\n", done, len(aliases)-done)
	return nil
}

// importEntry copies one entry.
func (t *tool) importEntry(ctx context.Context, alias string) (imported, error) {
	to, goOn, err := t.destination(alias)
	if err != nil || !goOn {
		return importedNot, err
	}
	entry, ok := t.source.Entry(alias)
	if !ok {
		return importedNot, noAlias(alias)
	}
	if entry.Kind == store.TrustedCertEntry {
		if to == nil {
			return importedNot, errNoAlias()
		}
		if t.call.DestKeyPass != nil {
			return t.notImported(alias, exception.New(exception.KeyStore, "trusted certificate entries are not password-protected"))
		}
		if err := t.store.SetCertificate(*to, entry.Chain[0]); err != nil {
			return t.notImported(alias, err)
		}
		return importedDone, t.warnImported(*to, entry, nil)
	}
	key, password, err := t.entryKey(ctx, t.source.Store, alias, t.source.password, t.call.SrcKeyPass)
	if err != nil {
		return importedNot, err
	}
	switch {
	case to == nil:
		return importedNot, errNoAlias()
	case t.call.DestKeyPass != nil:
		password = t.call.DestKeyPass
	case t.isPKCS12() && !t.passwordless && !t.level.KeysStay:
		password = t.call.StorePass
	}
	if err := t.store.SetKey(ctx, *to, key, password, entry.Chain); err != nil {
		return t.notImported(alias, err)
	}
	if err := t.warnImported(*to, entry, key); err != nil {
		return importedNot, err
	}
	if t.isPKCS12() && !t.passwordless && text(password, "") != text(t.call.StorePass, "") {
		return importedNot, exception.New(exception.Plain, "The destination pkcs12 keystore has different storepass and keypass. Please retry with -destkeypass specified.")
	}
	return importedDone, nil
}

// warnImported warns of what is weak in an entry that was copied: the first
// certificate of its chain, or a secret key.
func (t *tool) warnImported(alias string, e *store.Entry, key *store.Key) error {
	label := "<" + alias + ">"
	switch {
	case len(e.Chain) > 0:
		c, err := t.certificate(e.Chain[0].Raw)
		if err != nil {
			return err
		}
		return t.warnCertificate(label, c)
	case key != nil && t.level.JudgesSecrets && e.Kind == store.SecretKeyEntry && !strings.HasPrefix(key.Algorithm, "PBE"):
		t.warnSecretKey(label, key.Algorithm)
	}
	return nil
}

// errNoAlias is what Java says where nobody has answered with an alias.
func errNoAlias() error { return exception.New(exception.NullPointer, "invalid null input") }

// destination is the alias that an entry gets; goOn is false where somebody wants it
// to have none. It is nil where nobody answers, as from a pipe that has been read by
// then, which Java notices once it has the key.
func (t *tool) destination(alias string) (to *string, goOn bool, err error) {
	to = &alias
	if t.call.DestAlias != nil {
		to = t.call.DestAlias
	}
	if !t.store.Contains(*to) {
		return to, true, nil
	}
	if t.call.NoPrompt {
		fmt.Fprintf(t.err, "Warning: Overwriting existing alias %s in destination keystore\n", alias)
		return to, true, nil
	}
	overwrite, err := t.confirm(fmt.Sprintf("Existing entry alias %s exists, overwrite? [no]:  ", alias))
	if err != nil || overwrite {
		return to, true, err
	}
	name, answered, err := t.answer("Enter new alias name\t(RETURN to cancel import for this entry):  ")
	switch {
	case err != nil:
		return nil, false, err
	case !answered:
		return nil, true, nil
	case name == "":
		fmt.Fprintf(t.err, "Entry for alias %s not imported.\n", alias)
		return nil, false, nil
	}
	return &name, true, nil
}

// notImported goes on after an entry that the destination cannot hold.
func (t *tool) notImported(alias string, err error) (imported, error) {
	e, ok := errors.AsType[*exception.Exception](err)
	if !ok || e.Class != exception.KeyStore {
		return importedFailed, err
	}
	fmt.Fprintf(t.err, "Problem importing entry for alias %s: %v.\nEntry for alias %[1]s not imported.\n", alias, e)
	return importedFailed, nil
}

// keepSource copies the file that is about to be replaced to the next free name.
func (t *tool) keepSource(ctx context.Context) error {
	for n := 1; ; n++ {
		name := *t.call.SrcKeystore + ".old"
		if n > 1 {
			name += strconv.Itoa(n)
		}
		if _, err := os.Lstat(name); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fileNotFound(name, err)
		}
		t.kept = name
		return t.writeFile(ctx, name, t.source.data)
	}
}

// reportKept says where the old file is.
func (t *tool) reportKept() {
	if t.kept == "" {
		return
	}
	was, now := t.source.Type(), t.store.Type()
	if kind, err := store.Probe(t.source.data); err == nil {
		was = kind
	}
	if kind, err := store.Probe(t.data); err == nil {
		now = kind
	}
	for _, kind := range []*string{&was, &now} {
		if t.level.Stranger != "" && isPKCS12(*kind) {
			*kind = t.level.Stranger
		}
	}
	if strings.EqualFold(was, now) {
		t.warnings = append(t.warnings, fmt.Sprintf("The original keystore %q is backed up as %q...", *t.call.SrcKeystore, t.kept))
		return
	}
	t.warnings = append(t.warnings, fmt.Sprintf("Migrated %q to %s. The %s keystore is backed up as %q.", *t.call.SrcKeystore, now, was, t.kept))
}
