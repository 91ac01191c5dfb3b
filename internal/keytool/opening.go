package keytool

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
)

// use is what a command does with the keystore.
type use int

const (
	// useNone: it reads none, and yet asks for its type and minds a short password.
	useNone use = iota
	// useIfThere: it looks into one that is there, and asks for no password.
	useIfThere
	// useRead: it reads one; the password is asked for once, and no answer will
	// do.
	useRead
	// useKeys: it needs what is locked in one, so it insists on the password.
	useKeys
	// useMake is useKeys for a keystore that is made when it is missing.
	useMake
)

// minPassword is the least number of characters of a new password.
const minPassword = 6

// typePKCS12 is the type by which keytool knows that there is one password for all.
const typePKCS12 = "PKCS12"

// noFile is the -keystore of a token.
const noFile = "NONE"

// openStore loads the keystore of the command line into t.store, and asks for its
// password where that is missing. Without a file t.store is a new keystore for a
// command that makes one, and for one that can do without.
func (t *tool) openStore(ctx context.Context, c command) error {
	if t.call.Keystore == nil {
		path := t.userHome() + string(os.PathSeparator) + ".keystore"
		t.call.Keystore = &path
	}
	if c.before != nil {
		if err := c.before(ctx, t); err != nil {
			return err
		}
	}
	var data []byte
	var err error
	if !t.replaces && *t.call.Keystore != noFile {
		if data, err = t.readStore(c.use); err != nil {
			return err
		}
	}
	if c.ask != nil {
		if err := c.ask(t); err != nil {
			return err
		}
	}
	if err := t.fromProvider(); err != nil {
		return err
	}
	if data == nil {
		err = t.newStore()
	} else {
		err = t.load(ctx, c, data)
	}
	if err != nil {
		return err
	}
	if c.check != nil {
		if err := c.check(t); err != nil {
			return err
		}
	}
	if err := t.askStorePassword(ctx, c, data); err != nil {
		return err
	}
	t.oneForBoth()
	return nil
}

// readStore reads the file; nil when it is missing and may be. One that cannot be
// opened is missing to keytool, and one without a length, such as a device, is empty.
func (t *tool) readStore(as use) ([]byte, error) {
	if as == useNone {
		return nil, nil
	}
	path := *t.call.Keystore
	if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Size() == 0 {
		return nil, exception.New(exception.Plain, "Keystore file exists, but is empty: "+path)
	}
	data, err := t.readFile(path)
	if err == nil || exception.Of(err).Class != exception.FileNotFound {
		return data, err
	}
	if as == useMake || as == useIfThere {
		return nil, nil
	}
	return nil, exception.Wrap(exception.Plain, "Keystore file does not exist: "+path, err)
}

// askStorePassword asks for the password that the command line does not give, as
// the command needs it, and loads a keystore that is there once more with it.
func (t *tool) askStorePassword(ctx context.Context, c command, data []byte) error {
	if t.call.StorePass != nil {
		if data == nil && *t.call.Keystore != noFile && len(*t.call.StorePass) < minPassword {
			return exception.New(exception.Plain, "Keystore password must be at least 6 characters")
		}
		return nil
	}
	if t.call.Protected || c.use == useNone || c.use == useIfThere || t.passwordless {
		return nil
	}
	prompt := cmp.Or(c.prompt, "Enter keystore password:  ")
	if c.use == useRead {
		password, err := t.password(ctx, prompt)
		if err != nil {
			return err
		}
		if password != "" {
			t.call.StorePass = &password
		}
	} else {
		password, err := t.newPassword(ctx, prompt, data == nil)
		if err != nil {
			return err
		}
		t.call.StorePass = &password
	}
	if data == nil {
		return nil
	}
	return t.load(ctx, c, data)
}

// newPassword asks for a password of at least minPassword characters; twice, when
// it is for a keystore that is not there yet.
func (t *tool) newPassword(ctx context.Context, prompt string, twice bool) (string, error) {
	for range attempts {
		password, err := t.password(ctx, prompt)
		if err != nil {
			return "", err
		}
		if *t.call.Keystore == noFile { // a token has passwords of any length
			if password != "" {
				return password, nil
			}
			continue
		}
		if len(password) < minPassword {
			fmt.Fprintln(t.err, "Keystore password is too short - must be at least 6 characters")
			continue
		}
		if twice {
			again, err := t.password(ctx, "Re-enter new password: ")
			if err != nil {
				return "", err
			}
			if again != password {
				fmt.Fprintln(t.err, "They don't match. Try again")
				continue
			}
		}
		return password, nil
	}
	fmt.Fprintln(t.err, "Too many failures - try later")
	return "", errGivenUp
}

// oneForBoth takes the keystore's password for the keys of a PKCS#12 file, which
// has no others in Java.
func (t *tool) oneForBoth() {
	if !t.isPKCS12() {
		return
	}
	t.samePassword("-keypass", &t.call.KeyPass, t.call.StorePass)
	if t.level.KeysStay {
		t.samePassword("-new", &t.call.New, t.call.StorePass)
	}
	t.samePassword("-destkeypass", &t.call.DestKeyPass, t.call.StorePass)
}

// samePassword takes the password of a keystore for that of its keys, and says so
// where another was given.
func (t *tool) samePassword(option string, keyPass **string, storePass *string) {
	if *keyPass != nil && storePass != nil && **keyPass != *storePass {
		fmt.Fprintf(t.err, "Warning:  Different store and key passwords not supported for PKCS12 KeyStores. Ignoring user-specified %s value.\n", option)
		*keyPass = storePass
	}
}

// load reads a keystore under the type and the password of the command line.
func (t *tool) load(ctx context.Context, c command, data []byte) (err error) {
	t.data = data
	var opens *string
	if c.opens {
		opens = new(t.alias())
	}
	options := t.storeOptions()
	options.Opens, options.Saves = opens, c.saves
	if t.store, err = read(ctx, t.call.StoreType, data, t.call.StorePass, options); err != nil {
		return err
	}
	t.passwordless = t.isPKCS12() && store.Passwordless(data)
	return nil
}

// read reads a keystore of a type, or, without one, of that which is in the data.
func read(ctx context.Context, kind *string, data []byte, password *string, options store.Options) (*store.Store, error) {
	if kind == nil {
		return store.Open(ctx, data, password, options)
	}
	return store.Load(ctx, *kind, data, password, options)
}

// newStore makes t.store an empty keystore.
func (t *tool) newStore() (err error) {
	options := t.storeOptions()
	t.store, err = store.New(text(t.call.StoreType, t.level.StoreType), options)
	if err != nil {
		return err
	}
	t.passwordless = t.isPKCS12() && options.Passwordless()
	return nil
}

// isPKCS12 goes by the type that t.store was opened under, whatever its format.
func (t *tool) isPKCS12() bool { return isPKCS12(t.store.Type()) }

func isPKCS12(kind string) bool { return strings.EqualFold(kind, typePKCS12) }

func (t *tool) storeOptions() store.Options {
	return store.Options{
		Level: t.level, Rand: t.env.Rand, Now: t.env.Now,
		Property: func(name string) (string, bool) {
			value, ok := t.call.Properties[name]
			return value, ok
		},
	}
}
