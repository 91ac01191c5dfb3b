package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/keystore"
)

func newPasswordCmd(env *console.Env) *cobra.Command {
	var (
		flags       editFlags
		encoding    encodingFlags
		newPassword passwordFlag
		generate    string
	)
	c := &cobra.Command{
		Use:   "password STORE",
		Short: "Change the password of a keystore, or its algorithms",
		Long: `Encrypt a keystore anew: under another password, with other algorithms, or both.
Keys that had a password of their own must be opened first; a store with such a
key is refused, and named.`,
		Example: `  muxkey password keystore.p12 --password file:old.pw --generate-password new.pw
  muxkey password keystore.p12 --password env:PW --for windows-2016
  muxkey password keystore.p12 --password env:PW --new-password prompt --dry-run`,
		Args: takes("STORE"),
		RunE: func(c *cobra.Command, args []string) error {
			reencode := encoding.profileName != "" || len(encoding.consumers) > 0 || encoding.iterations != 0 || encoding.macIterations != 0
			if !newPassword.given() && generate == "" && !reencode {
				return &Failure{StatusUsage, "--new-password SOURCE, --generate-password FILE, --profile NAME or --for PROGRAMS", errors.New("nothing was said that could change")}
			}
			profile, err := encoding.profile()
			if err != nil {
				return err
			}
			var pw secret.Password
			return flags.edit(c.Context(), env, formatOf(c), args[0], true, func(st *keystore.Store, enc *keystore.Encoding) ([]change, error) {
				if st.PKCS12 == nil {
					return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("changing the password of %s: only PKCS#12 keystores have one that can be changed", args[0])}
				}
				var done []change
				for _, e := range st.Entries {
					if e.Key == nil {
						continue
					}
					if e.Key.PKCS8 == nil {
						return nil, fmt.Errorf("changing the password of %s: the key of %q does not open: %w", args[0], e.Alias, e.Key.Err)
					}
					done = append(done, change{e.Alias, "encrypt", ""})
				}
				if reencode {
					enc.Profile = profile
				}
				switch {
				case generate != "" && !flags.dryRun:
					if pw, err = secret.Generate(env.Rand); err != nil {
						return nil, err
					}
					// Before the store is replaced: without it the store would be lost.
					if err := safefile.Write(c.Context(), generate, []byte(pw.Reveal()+"\n"), safefile.Options{Mode: 0o600}); err != nil {
						return nil, err
					}
					enc.Password = pw.Reveal()
				case newPassword.given():
					if pw, err = newPassword.readNew(c.Context(), env, "new password for "+args[0]); err != nil {
						return nil, err
					}
					enc.Password = pw.Reveal()
				}
				return append(done, change{"(store)", "encrypt", enc.Profile.Title}), nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&generate, "generate-password", "", "write a strong random password to the new `FILE` and use it")
	newPassword.addAs(c, "new-password", "the new password")
	encoding.add(c)
	flags.add(c)
	exclusive(c, "new-password", "generate-password")
	return c
}
