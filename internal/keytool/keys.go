package keytool

import (
	"context"
	"errors"
	"fmt"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
)

// defaultAlias is the entry that is meant where none is named.
const defaultAlias = "mykey"

// alias is that of the command line, or defaultAlias.
func (t *tool) alias() string { return text(t.call.Alias, defaultAlias) }

// askAlias asks for the alias of -delete.
func (t *tool) askAlias() error {
	return t.askFor(&t.call.Alias, "Enter alias name:  ", "Must specify alias")
}

// askDestination asks for the new alias of -changealias and -keyclone.
func (t *tool) askDestination() error {
	return t.askFor(&t.call.DestAlias, "Enter destination alias name:  ", "Must specify destination alias")
}

func (t *tool) askFor(option **string, prompt, missing string) error {
	if *option != nil {
		return nil
	}
	answer, answered, err := t.answer(prompt)
	if err != nil || !answered { // keytool goes on, and fails where it needs the alias
		return err
	}
	if answer == "" {
		return exception.New(exception.Plain, missing)
	}
	*option = &answer
	return nil
}

// required is an alias that nobody had to give.
func (t *tool) required(alias *string) (string, error) {
	if alias != nil {
		return *alias, nil
	}
	return "", t.nullPointer(`Cannot invoke "String.toLowerCase(java.util.Locale)" because "alias" is null`)
}

// nullPointer is what Java says where it takes for granted what is not there.
func (t *tool) nullPointer(message string) error {
	if !t.level.NullPointers {
		message = ""
	}
	return exception.New(exception.NullPointer, message)
}

// noAlias is the complaint about an alias that is not there.
func noAlias(alias string) error {
	return exception.New(exception.Plain, fmt.Sprintf("Alias <%s> does not exist", alias))
}

// key opens the key of an entry: with the password of the command line, else with
// that of the keystore, else with one that is asked for. It returns the password
// that did it.
func (t *tool) key(ctx context.Context, alias string, storePass, keyPass *string) (*store.Key, *string, error) {
	entry, ok := t.store.Entry(alias)
	if !ok {
		return nil, nil, noAlias(alias)
	}
	if entry.Kind == store.TrustedCertEntry {
		return nil, nil, exception.New(exception.Plain, fmt.Sprintf("Alias <%s> has no key", alias))
	}
	return t.openKey(ctx, t.store, alias, storePass, keyPass, true)
}

// entryKey is key for copying the entry of a keystore; of PKCS#12, whose keys have
// the keystore's password, none is asked for. Java has no entry for a private key
// without a certificate.
func (t *tool) entryKey(ctx context.Context, from *store.Store, alias string, storePass, keyPass *string) (*store.Key, *string, error) {
	key, password, err := t.openKey(ctx, from, alias, storePass, keyPass, !isPKCS12(from.Type()))
	if err != nil || key.PKCS8 == nil {
		return key, password, err
	}
	switch e, _ := from.Entry(alias); {
	case e.Chain == nil:
		return nil, nil, exception.New(exception.NullPointer, "invalid null input")
	case len(e.Chain) == 0:
		return nil, nil, exception.New(exception.IllegalArgument, "invalid zero-length input chain")
	}
	return key, password, nil
}

// openKey opens a key as key says. asks tells whether a password is asked for after
// that of the keystore did not do.
func (t *tool) openKey(ctx context.Context, from *store.Store, alias string, storePass, keyPass *string, asks bool) (*store.Key, *string, error) {
	if keyPass == nil && storePass != nil {
		key, err := from.Key(ctx, alias, *storePass)
		if err == nil || !unrecoverable(err) || !asks {
			return key, storePass, err
		}
	}
	if keyPass == nil {
		asked, err := t.askKeyPassword(ctx, alias)
		if err != nil {
			return nil, nil, err
		}
		keyPass = &asked
	}
	key, err := from.Key(ctx, alias, *keyPass)
	return key, keyPass, err
}

// unrecoverable tells that a key did not open with a password.
func unrecoverable(err error) bool {
	e, ok := errors.AsType[*exception.Exception](err)
	return ok && e.Class == exception.UnrecoverableKey
}

// askKeyPassword asks for the password of a key that is there.
func (t *tool) askKeyPassword(ctx context.Context, alias string) (string, error) {
	for range attempts {
		password, err := t.password(ctx, fmt.Sprintf("Enter key password for <%s>", alias))
		if password != "" || err != nil {
			return password, err
		}
	}
	return "", exception.New(exception.Plain, "Too many failures - try later")
}

// newKeyPassword asks for the password of a new key. No answer takes fallback,
// where there is one: that of the keystore, or, for a copy, that of the entry
// called original, nil for none. tooMany is the complaint after three answers that will not do.
func (t *tool) newKeyPassword(ctx context.Context, alias string, original, fallback *string, tooMany string) (*string, error) {
	if fallback != nil && t.isPKCS12() {
		return fallback, nil
	}
	if t.call.Protected {
		return nil, nil
	}
	prompt := fmt.Sprintf("Enter key password for <%s>", alias)
	if fallback != nil {
		same := "keystore password):  "
		if original != nil {
			same = "for <" + *original + ">)"
		}
		prompt += "\n\t(RETURN if same as " + same
	}
	for range attempts {
		password, err := t.password(ctx, prompt)
		if err != nil {
			return nil, err
		}
		switch {
		case password == "" && fallback != nil:
			return fallback, nil
		case len(password) < minPassword:
			fmt.Fprintln(t.err, "Key password is too short - must be at least 6 characters")
			continue
		}
		again, err := t.password(ctx, "Re-enter new password: ")
		if err != nil {
			return nil, err
		}
		if again == password {
			return &password, nil
		}
		fmt.Fprintln(t.err, "They don't match. Try again")
	}
	return nil, exception.New(exception.Plain, tooMany)
}

// replacement asks for a password in the place of old; what names it, as in
// "keystore password".
func (t *tool) replacement(ctx context.Context, what, old string) (string, error) {
	for range attempts {
		password, err := t.password(ctx, fmt.Sprintf("New %s: ", what))
		if err != nil {
			return "", err
		}
		switch {
		case len(password) < minPassword:
			fmt.Fprintln(t.err, "Password is too short - must be at least 6 characters")
			continue
		case password == old:
			fmt.Fprintln(t.err, "Passwords must differ")
			continue
		}
		again, err := t.password(ctx, fmt.Sprintf("Re-enter new %s: ", what))
		if err != nil {
			return "", err
		}
		if again == password {
			return password, nil
		}
		fmt.Fprintln(t.err, "They don't match. Try again")
	}
	return "", exception.New(exception.Plain, "Too many failures - try later")
}
