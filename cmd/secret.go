package cmd

import (
	"context"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// secretType is a kind of secret key by the name of --type; its first size in
// bits is the default.
type secretType struct {
	name string
	id   asn1.ObjectIdentifier
	bits []int
}

// secretTypes are those that Java knows by OID.
var secretTypes = []secretType{
	{"aes", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1}, []int{256, 192, 128}},
	{"hmac-sha256", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, []int{256}},
	{"hmac-sha384", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}, []int{384}},
	{"hmac-sha512", asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, []int{512}},
}

// secretForm is a way to write a secret key to a file.
type secretForm struct {
	name   string
	encode func([]byte) []byte
	decode func([]byte) ([]byte, error)
}

var secretForms = []secretForm{
	{"raw", func(b []byte) []byte { return b }, func(b []byte) ([]byte, error) { return b, nil }},
	{
		"hex", func(b []byte) []byte { return []byte(hex.EncodeToString(b) + "\n") },
		func(b []byte) ([]byte, error) { return hex.DecodeString(strings.TrimSpace(string(b))) },
	},
	{
		"base64", func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b) + "\n") },
		func(b []byte) ([]byte, error) { return base64.StdEncoding.DecodeString(strings.TrimSpace(string(b))) },
	},
}

func newSecretCmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "secret",
		Short: "Generate, import and export secret keys in a keystore",
		Long: `Secret-key entries, such as the AES keys that Java programs keep beside their
certificates.`,
		Args: knownWord,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newSecretGenerateCmd(env), newSecretImportCmd(env), newSecretExportCmd(env))
	return c
}

type secretOptions struct {
	alias, keyType, as, out string
	bits                    int
	force                   bool
	edit                    editFlags
}

func (o *secretOptions) addKey(c *cobra.Command) {
	c.Flags().StringVar(&o.alias, "alias", "", "`NAME` of the entry")
	var names []string
	for _, t := range secretTypes {
		names = append(names, t.name)
	}
	c.Flags().StringVar(&o.keyType, "type", "aes", "`TYPE` of secret key: "+strings.Join(names, ", "))
	complete(c, "type", names)
	o.edit.add(c)
}

func (o *secretOptions) addForm(c *cobra.Command) {
	c.Flags().StringVar(&o.as, "form", "raw", "`FORM` of the file: raw, hex, base64")
	complete(c, "form", []string{"raw", "hex", "base64"})
}

func newSecretGenerateCmd(env *console.Env) *cobra.Command {
	o := secretOptions{}
	c := &cobra.Command{
		Use:     "generate STORE --alias NAME",
		Short:   "Make a random secret key",
		Example: `  muxkey secret generate keystore.p12 --alias session --bits 256`,
		Args:    takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			t, err := o.secretType()
			if err != nil {
				return err
			}
			if o.bits == 0 {
				o.bits = t.bits[0]
			}
			key := make([]byte, o.bits/8)
			if _, err := io.ReadFull(env.Rand, key); err != nil {
				return fmt.Errorf("making a secret key: %w", err)
			}
			return o.put(c.Context(), env, formatOf(c), args[0], key)
		},
	}
	o.addKey(c)
	c.Flags().IntVar(&o.bits, "bits", 0, "size in `BITS` (default: 256 for AES, the size of the hash for HMAC)")
	return c
}

func newSecretImportCmd(env *console.Env) *cobra.Command {
	o := secretOptions{}
	c := &cobra.Command{
		Use:     "import STORE FILE --alias NAME",
		Short:   "Put a secret key from a file into a keystore",
		Example: `  muxkey secret import keystore.p12 session.hex --form hex --alias session`,
		Args:    takes("STORE", "FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := o.form()
			if err != nil {
				return err
			}
			file, err := os.Open(args[1])
			if err != nil {
				return fmt.Errorf("reading a secret key: %w", err)
			}
			defer func() { _ = file.Close() }()
			data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
			if err != nil {
				return fmt.Errorf("reading a secret key from %s: %w", args[1], err)
			}
			key, err := f.decode(data)
			if err != nil {
				// What stands in the file is not repeated.
				return &Failure{Status: StatusInput, Err: fmt.Errorf("reading a secret key from %s: it is not %s", args[1], o.as)}
			}
			return o.put(c.Context(), env, formatOf(c), args[0], key)
		},
	}
	o.addKey(c)
	o.addForm(c)
	return c
}

// maxSecret is the size of file that a secret key is read from at most.
const maxSecret = 64 << 10

func newSecretExportCmd(env *console.Env) *cobra.Command {
	o := secretOptions{}
	var password passwordFlag
	var limits limitFlags
	c := &cobra.Command{
		Use:     "export STORE --alias NAME -o FILE",
		Short:   "Write a secret key to a file that only you can read",
		Example: `  muxkey secret export keystore.p12 --alias session -o session.key`,
		Args:    takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			return o.export(c.Context(), env, formatOf(c), args[0], &password, limits)
		},
	}
	c.Flags().StringVar(&o.alias, "alias", "", "`NAME` of the entry")
	c.Flags().StringVarP(&o.out, "out", "o", "", "write to `FILE`")
	c.Flags().BoolVar(&o.force, "force", false, "overwrite an existing file")
	o.addForm(c)
	password.add(c, "the keystore's password")
	limits.add(c)
	return c
}

func (o *secretOptions) form() (secretForm, error) {
	for _, f := range secretForms {
		if f.name == o.as {
			return f, nil
		}
	}
	return secretForm{}, &Failure{StatusUsage, "one of: raw, hex, base64", fmt.Errorf("--form %q is none", o.as)}
}

func (o *secretOptions) secretType() (secretType, error) {
	var names []string
	for _, t := range secretTypes {
		if t.name == o.keyType {
			if o.bits%8 != 0 || o.bits < 0 || o.bits > 8*maxSecret {
				return secretType{}, wrongUsage(fmt.Errorf("a secret key has whole octets, and %d bits are none", o.bits))
			}
			return t, nil
		}
		names = append(names, t.name)
	}
	return secretType{}, &Failure{StatusUsage, didYouMean(o.keyType, names), fmt.Errorf("--type %q is no type of secret key", o.keyType)}
}

// put adds a secret-key entry.
func (o *secretOptions) put(ctx context.Context, env *console.Env, format report.Format, path string, key []byte) error {
	if err := goodAlias(o.alias); err != nil {
		return err
	}
	t, err := o.secretType()
	if err != nil {
		return err
	}
	bits := 8 * len(key)
	if o.keyType == "aes" && bits != 128 && bits != 192 && bits != 256 {
		return wrongUsage(fmt.Errorf("an AES key has 128, 192 or 256 bits, and this one %d", bits))
	}
	if bits == 0 {
		return wrongUsage(errors.New("the secret key is empty"))
	}
	k, err := pkcs12x.NewSecretKey(t.id, key)
	if err != nil {
		return err
	}
	return o.edit.edit(ctx, env, format, path, false, func(st *keystore.Store, _ *keystore.Encoding) ([]change, error) {
		if other, err := st.Find(o.alias); err == nil {
			return nil, &Failure{Status: StatusAlias, Err: fmt.Errorf("there is an entry %q in %s already", other.Alias, path), Hint: "delete it first, or choose another name"}
		}
		e := &keystore.Entry{Alias: o.alias, Kind: pkcs12x.SecretKey, Key: k, Created: env.Now()}
		st.Entries = append(st.Entries, e)
		return []change{{e.Alias, "add", fmt.Sprintf("secret-key entry, %s, %d bits", o.keyType, bits)}}, nil
	})
}

func (o *secretOptions) export(ctx context.Context, env *console.Env, format report.Format, path string, password *passwordFlag, limits limitFlags) error {
	f, err := o.form()
	if err != nil {
		return err
	}
	if o.out == "" || o.out == "-" {
		return &Failure{StatusUsage, "name a file with -o, which only you will be able to read", errors.New("a secret key is not written to standard output")}
	}
	if err := safefile.Check(o.out, safefile.Options{Replace: o.force}); err != nil {
		return err
	}
	passwords, err := password.keyring(env, false)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, env, path, passwords, keystore.Options{Limits: limits.limits()})
	if err != nil {
		return err
	}
	e, err := st.Find(o.alias)
	if err != nil {
		return err
	}
	if e.Kind != pkcs12x.SecretKey || e.Key == nil {
		return &Failure{Status: StatusAlias, Err: fmt.Errorf("entry %q of %s is no secret key, but a %s", e.Alias, path, kindWord(e.Kind, 1))}
	}
	if err := unlock(ctx, st, e, passwords); err != nil {
		return passwords.explain(err)
	}
	key, err := e.Key.Secret()
	if err != nil {
		return fmt.Errorf("exporting %q of %s: %w", e.Alias, path, err)
	}
	if err := safefile.Write(ctx, o.out, f.encode(key), safefile.Options{Mode: 0o600, Replace: o.force, Exact: true}); err != nil {
		return err
	}
	v := exported{1, path, e.Alias, "secret", o.as, o.out, false}
	note := fmt.Sprintf("Wrote the secret key %q to %s", e.Alias, o.out)
	return show(env, format, report.Document{Value: v, Sections: []report.Section{{Notes: []string{note}}}})
}
