package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/named"
)

// Shell is one that commands can be completed in.
type Shell struct {
	Name string
	File string // the name under which the shell looks for the script
	use  string // the command that puts it to use
	// Write writes the script.
	Write func(root *cobra.Command, w io.Writer) error
}

// Shells returns the shells that there are completions for.
func Shells() named.Set[Shell] {
	return named.New(func(s Shell) string { return s.Name },
		Shell{"bash", "muxkey.bash", "source <(muxkey completion bash)", func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) }},
		Shell{"zsh", "_muxkey", `muxkey completion zsh > "${fpath[1]}/_muxkey"`, (*cobra.Command).GenZshCompletion},
		Shell{"fish", "muxkey.fish", "muxkey completion fish | source", func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) }},
		Shell{"powershell", "muxkey.ps1", "muxkey completion powershell | Out-String | Invoke-Expression", (*cobra.Command).GenPowerShellCompletionWithDesc},
	)
}

func newCompletionCmd(env *console.Env) *cobra.Command {
	var uses strings.Builder
	for s := range Shells().All() {
		fmt.Fprintf(&uses, "  %-10s  %s\n", s.Name, s.use)
	}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that completes commands in a shell",
		Long: `Print the script that lets a shell complete commands, flags and their values.

In the start-up file of the shell, or once:
` + strings.TrimSuffix(uses.String(), "\n"),
		Args:      takes("SHELL"),
		ValidArgs: Shells().Names(),
		RunE: func(c *cobra.Command, args []string) error {
			s, ok := Shells().Get(args[0])
			if !ok {
				hint := "there are " + strings.Join(Shells().Names(), ", ")
				if near := Shells().Nearest(args[0]); near != "" {
					hint = "did you mean " + near + "?"
				}
				return &Failure{Status: StatusUsage, Hint: hint, Err: fmt.Errorf("there is no completion for the shell %q", args[0])}
			}
			return s.Write(c.Root(), env.Out)
		},
	}
}
