package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"muxkey/internal/acme"
	"muxkey/internal/console"
	"muxkey/internal/report"
)

func newACMECmd(env *console.Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "acme",
		Short: "Look after an account at an ACME server",
		Long: `The account by which "muxkey create --acme" and "muxkey renew --acme" order
certificates from an ACME server.`,
		Args: knownWord,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newACMERekeyCmd(env))
	return c
}

func newACMERekeyCmd(env *console.Env) *cobra.Command {
	var a acmeFlags
	c := &cobra.Command{
		Use:   "rekey FILE",
		Short: "Give an ACME account a new key",
		Long: `Have the ACME server exchange the key of the account for a new one, which takes
the place of the old one in FILE. Nobody orders certificates with the old key
any more: this is for one that may have come into the wrong hands.

The new key waits in FILE.new until the server has taken it. When the run is
ended in between, the next one finishes it.`,
		Example: `  muxkey acme rekey acme-account.key --acme https://ca.example.com/dir`,
		Args:    takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			if !a.given() {
				return wrongUsage(errors.New("--acme is missing: the server that the account is at"))
			}
			a.account = args[0]
			return runACMERekey(c.Context(), env, formatOf(c), &a)
		},
	}
	a.addServer(c, "exchange the key at")
	return c
}

// rekeyed is the JSON of muxkey acme rekey.
type rekeyed struct {
	SchemaVersion int    `json:"schemaVersion"`
	Account       string `json:"account"`    // the address that the server knows it by
	AccountKey    string `json:"accountKey"` // the file with the new key
}

func runACMERekey(ctx context.Context, env *console.Env, format report.Format, a *acmeFlags) error {
	server, err := a.server(env)
	if err != nil {
		return err
	}
	account, err := acme.Rekey(ctx, acme.Config{Server: server, AccountKey: a.account, Now: env.Now, Rand: env.Rand, Progress: progress(env)})
	if err != nil {
		return err
	}
	var f fields
	f.add("Account", account)
	f.add("Key in", a.account)
	return show(env, format, report.Document{
		Value:    rekeyed{schemaVersion, account, a.account},
		Sections: []report.Section{{Title: "Gave the account a new key", Fields: f}},
	})
}
