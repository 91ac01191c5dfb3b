// Package cmd is the command line of muxkey: one file for each command with its
// options, the function that describes it and the one that runs it. The work is
// done by other packages; a command reads its arguments, calls them and hands
// the result to package report. No other package knows of flags and exit
// statuses.
package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/keytool"
	"muxkey/internal/report"
)

// program is what the program is called in its own messages.
const program = "muxkey"

// schemaVersion is that of every JSON value the program writes. It goes up when
// a field changes its meaning or goes away, never for one that is added.
const schemaVersion = 1

// Main runs the program with the arguments behind its name and returns its exit
// status.
func Main(ctx context.Context, args []string, env *console.Env) int {
	if len(args) > 0 && args[0] == keytoolName {
		return keytool.Main(ctx, args[1:], env)
	}
	out := console.NewOutput(env.Out)
	inner := *env
	inner.Out = out
	root := newRoot(&inner, alone(args))
	started := markStart(root)
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for os.Args
	command, err := root.ExecuteContextC(ctx)
	if _, known := errors.AsType[*Failure](err); err != nil && !*started && !known {
		err = wrongUsage(err)
	}
	if f, ok := errors.AsType[*Failure](err); ok && f.Status == StatusUsage && f.Hint == "" {
		f.Hint = command.CommandPath() + " --help"
	}
	if failed := out.Err(); failed != nil {
		// Whatever else went wrong: the output is cut short. Help, which cobra
		// writes, has no other way to say so.
		err = &Failure{Status: StatusOutput, Err: fmt.Errorf("writing to standard output: %w", failed)}
	}
	if err == nil {
		return int(StatusDone)
	}
	if asPlugin(wanted(args)) {
		return int(complainToNagios(env.Out, err))
	}
	return int(complain(env.Err, err, wantsJSON(args)))
}

// New returns the command tree. The documentation is made from it as well.
func New(env *console.Env) *cobra.Command { return newRoot(env, "") }

// commandGroup is a heading of the help with the commands under it.
type commandGroup struct {
	title    string
	commands []commandMaker
}

// commandMaker makes a command of the tree. asksOthers tells that the command has
// something to say of the others.
type commandMaker struct {
	name       string
	build      func(*console.Env) *cobra.Command
	asksOthers bool
}

func commandGroups() []commandGroup {
	return []commandGroup{
		{"Make:", []commandMaker{
			{name: "create", build: newCreateCmd},
			{name: "csr", build: newCSRCmd},
			{name: "sign", build: newSignCmd},
			{name: "ca", build: newCACmd},
			{name: "crl", build: newCRLCmd},
			{name: "renew", build: newRenewCmd},
			{name: "acme", build: newACMECmd},
		}},
		{"Look and check:", []commandMaker{
			{name: "inspect", build: newInspectCmd},
			{name: "verify", build: newVerifyCmd},
			{name: "check", build: newCheckCmd},
			{name: "report", build: newReportCmd},
			{name: "probe", build: newProbeCmd},
			{name: "diff", build: newDiffCmd},
			{name: "lint", build: newLintCmd},
		}},
		{"Take out and change:", []commandMaker{
			{name: "export", build: newExportCmd},
			{name: "import", build: newImportCmd},
			{name: "convert", build: newConvertCmd},
			{name: "merge", build: newMergeCmd},
			{name: "alias", build: newAliasCmd},
			{name: "password", build: newPasswordCmd},
			{name: "secret", build: newSecretCmd},
			{name: "delete", build: newDeleteCmd},
			{name: "fix", build: newFixCmd},
			{name: "rollback", build: newRollbackCmd},
		}},
		{"Trust:", []commandMaker{{name: "trust", build: newTrustCmd}}},
		{"More:", []commandMaker{
			{name: keytoolName, build: newKeytoolCmd},
			{name: "completion", build: newCompletionCmd, asksOthers: true},
			{name: "help", build: newHelpCmd, asksOthers: true},
			{name: "man", build: newManCmd, asksOthers: true},
			{name: "version", build: newVersionCmd},
		}},
	}
}

// alone is the name of the one command that the arguments need; empty when they
// may need all. The flags of all commands take a tenth of the time in which the
// program starts, and what they take grows with each command.
func alone(args []string) string {
	if len(args) == 0 {
		return ""
	}
	for _, group := range commandGroups() {
		for _, c := range group.commands {
			if c.name == args[0] && !c.asksOthers {
				return c.name
			}
		}
	}
	return ""
}

// newRoot returns the command tree, with one command in it if only is not empty.
func newRoot(env *console.Env, only string) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   program,
		Short: "Make, inspect and check keystores and certificates",
		Long: `muxkey makes keystores and certificates for TLS servers, shows what is in them,
changes them, and says whether they will work. It reads PKCS#12, JKS, PEM and a
dozen other formats, whatever wrote them, and needs no Java.`,
		Example: `  muxkey create mux.example.com -o keystore.p12
  muxkey inspect keystore.p12
  muxkey export keystore.p12 -o mux.pem
  muxkey verify keystore.p12 --host mux.example.com`,
		Args:          knownWord,
		SilenceErrors: true, // Main prints them
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, _ []string) error {
			if version {
				return runVersion(env, formatOf(c))
			}
			return c.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version")
	addGlobalFlags(root)
	root.SetFlagErrorFunc(flagError)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.CompletionOptions.DisableDefaultCmd = true
	complete(root, flagFormat, report.Formats().Names())

	for _, group := range commandGroups() {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, made := range group.commands {
			if only != "" && made.name != only {
				continue
			}
			c := made.build(env)
			c.GroupID = group.title
			root.AddCommand(c)
			if made.name == "help" {
				root.SetHelpCommand(c)
			}
		}
	}
	return root
}

// newHelpCmd replaces cobra's own, which answers an unknown word with the usage
// and status 0.
func newHelpCmd(*console.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return wordsUnder(about), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownWord(about, rest[0])
			}
			about.InitDefaultHelpFlag() // so that it is listed
			return about.Help()
		},
	}
}

// markStart returns a flag that is set as soon as a command begins its work.
// What fails before that is wrong usage, also where cobra has no typed error for
// it, as for a required flag that is missing.
func markStart(root *cobra.Command) *bool {
	started := new(bool)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if run := c.RunE; run != nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				*started = true
				return run(c, args)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return started
}
