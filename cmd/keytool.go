package cmd

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/keytool"
)

// keytoolName is the command, and the name under which the program is keytool.
const keytoolName = "keytool"

// newKeytoolCmd describes the front end for the help and the documentation. Main
// runs it without cobra, which would read keytool's options as its own.
func newKeytoolCmd(env *console.Env) *cobra.Command {
	return &cobra.Command{
		Use:   keytoolName + " ARGUMENTS",
		Short: "Do what keytool of the JDK does",
		Long: `Do what keytool of the JDK does, with its options, its words and its exit
statuses 0 and 1, so that scripts need not change. A link to this program
that is called keytool does the same.

MUXKEY_KEYTOOL_LEVEL says which JDK to be like: 8, 11, 17, 21, 25 or 26. All
arguments are keytool's; so is --help, which shows keytool's own.

--explain as the first argument prints the commands of muxkey that do what
the call does, for a shell, and carries nothing out. No password is printed:
one that stands on the command line is an environment variable there. With
MUXKEY_ADVICE=1 a call says on standard error what about it is better done
otherwise, and how.`,
		Example: `  muxkey keytool -list -v -keystore keystore.p12
  muxkey keytool --explain -genkeypair -keyalg EC -dname CN=mux.example.com
  ln -s "$(command -v muxkey)" /usr/local/bin/keytool`,
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			if keytool.Main(c.Context(), args, env) != 0 {
				return errFound // it has said why
			}
			return nil
		},
	}
}

// CalledKeytool tells whether the program was started under the name of keytool,
// by a link or a copy of that name.
func CalledKeytool(name string) bool {
	return strings.TrimSuffix(filepath.Base(name), ".exe") == keytoolName
}
