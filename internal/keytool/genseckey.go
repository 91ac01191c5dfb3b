package keytool

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
)

// passwordAlgorithm is what Java calls a key that is a password.
const passwordAlgorithm = "PBEWithMD5AndDES"

// genSecretKey is -genseckey.
func genSecretKey(ctx context.Context, t *tool) error {
	algorithm := text(t.call.KeyAlg, t.level.SecretAlgorithm)
	if t.call.KeyAlg == nil && algorithm == "" {
		return exception.New(exception.Plain, "The -keyalg option must be specified.")
	}
	return t.addSecret(ctx, algorithm)
}

// importPass is -importpass: a password becomes the secret key.
func importPass(ctx context.Context, t *tool) error {
	return t.addSecret(ctx, text(t.call.KeyAlg, "PBE"))
}

// addSecret puts a new secret key into the keystore. An algorithm whose name
// begins with PBE means a password that is read, and the protection of the entry.
func (t *tool) addSecret(ctx context.Context, algorithm string) error {
	alias := t.alias()
	if t.store.Contains(alias) {
		return exception.New(exception.Plain, fmt.Sprintf("Secret Key not generated, alias <%s> already exists", alias))
	}
	key := &store.Key{Algorithm: passwordAlgorithm}
	if strings.HasPrefix(strings.ToUpper(algorithm), "PBE") {
		password, err := t.storedPassword(ctx)
		if err != nil {
			return err
		}
		if !t.level.WidePasswords && strings.ContainsFunc(password, func(r rune) bool { return r < ' ' || r > '~' }) {
			return exception.New("java.security.spec.InvalidKeySpecException", "Password is not ASCII")
		}
		key.Secret = []byte(password)
		if !strings.EqualFold(algorithm, "PBE") {
			key.Protection = algorithm
		}
		t.warnSecretKey("The generated secret key", algorithm)
		if t.call.Verbose {
			name := "PBE"
			if key.Protection != "" {
				name = t.level.PasswordKey
			}
			fmt.Fprintf(t.err, "Generated %s secret key\n", name)
		}
	} else {
		kind, size, err := t.secretKind(algorithm)
		if err != nil {
			return err
		}
		if key.Secret, err = kind.Generate(t.env.Rand, size); err != nil {
			return t.badKeySize(kind, err)
		}
		key.Algorithm = kind.Name
		if t.call.Verbose || !t.level.QuietKeys {
			fmt.Fprintf(t.err, "Generated %s-bit %s secret key\n", thousands(size), kind.Name)
		}
		t.warnSecretKey("The generated secret key", kind.Name)
	}
	password := t.call.KeyPass
	if password == nil {
		var err error
		if password, err = t.newKeyPassword(ctx, alias, nil, t.call.StorePass, "Too many failures - key not added to keystore"); err != nil {
			return err
		}
	}
	if err := t.store.SetKey(ctx, alias, key, password, nil); err != nil {
		return err
	}
	return t.save(ctx)
}

// secretKind finds an algorithm and the size of its key in bits.
func (t *tool) secretKind(algorithm string) (jca.SecretAlgorithm, int, error) {
	kind, err := jca.FindSecretAlgorithm(algorithm)
	if err == nil && slices.Contains(t.level.Missing, kind.Name) {
		err = jca.ErrKeyAlgorithm
	}
	if err != nil {
		return kind, 0, exception.Wrap(exception.NoSuchAlgorithm, algorithm+" KeyGenerator not available", err)
	}
	switch given := t.call.KeySize; {
	case given != nil && *given != -1:
		return kind, *given, nil
	case strings.EqualFold(algorithm, "DES"):
		return kind, 56, nil
	case strings.EqualFold(algorithm, "DESede"):
		return kind, 168, nil
	}
	return kind, 0, exception.New(exception.Plain, "Please provide -keysize for secret key generation")
}

// badKeySize is what the JDK's generators throw. Two of them make what they are asked
// for, and it is the key that is wrong then.
func (t *tool) badKeySize(kind jca.SecretAlgorithm, err error) error {
	if kind.Min == 1 {
		return exception.Wrap(exception.IllegalArgument, t.level.EmptyKey, err)
	}
	return exception.Wrap("java.security.InvalidParameterException", sizes(kind), err)
}

// sizes says which sizes there are, as the JDK's generators do.
func sizes(kind jca.SecretAlgorithm) string {
	switch {
	case kind.Name == "ChaCha20":
		return "Key length for ChaCha20 must be 256 bits"
	case len(kind.Sizes) > 0:
		words := strings.Trim(fmt.Sprint(kind.Sizes), "[]")
		if last := strings.LastIndexByte(words, ' '); last > 0 {
			words = strings.ReplaceAll(words[:last], " ", ", ") + " or" + words[last:]
		}
		return "Wrong keysize: must be equal to " + words
	case kind.Step > 1:
		return fmt.Sprintf("Keysize must be multiple of %d, and can only range from %d to %d (inclusive)", kind.Step, kind.Min, kind.Max)
	case kind.Max > 0:
		return fmt.Sprintf("Key length for %s must be between %d and %d bits", kind.Name, kind.Min, kind.Max)
	}
	return fmt.Sprintf("Key length must be at least %d bits", kind.Min)
}

// storedPassword reads the password that -importpass is to store: one line, and
// only on a terminal with questions.
func (t *tool) storedPassword(ctx context.Context) (string, error) {
	if !t.env.InTTY {
		return t.password(ctx, "")
	}
	for range attempts {
		password, err := t.password(ctx, "Enter the password to be stored:  ")
		if err != nil {
			return "", err
		}
		again, err := t.password(ctx, "Re-enter password: ")
		if err != nil {
			return "", err
		}
		if again == password {
			return password, nil
		}
		fmt.Fprintln(t.err, "They don't match. Try again")
	}
	return "", exception.New(exception.Plain, "Too many failures - key not added to keystore")
}
