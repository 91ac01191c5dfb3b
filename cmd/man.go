package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/docs"
	"muxkey/internal/console"
	"muxkey/internal/safefile"
)

type manOptions struct {
	words []string
	out   string
	force bool
}

func newManCmd(env *console.Env) *cobra.Command {
	var o manOptions
	c := &cobra.Command{
		Use:   "man [COMMAND]",
		Short: "Print a manual page, or install them all",
		Long: `Print the manual page of muxkey or of one of its commands, in the form that man
reads; or write all pages into a directory that man looks into.`,
		Example: `  muxkey man create | man -l -
  muxkey man --out /usr/local/share/man/man1`,
		Args: takes("[COMMAND]"),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return wordsUnder(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.words = args
			if len(args) > 0 && o.out != "" {
				return wrongUsage(errors.New("--out writes all pages; leave COMMAND out"))
			}
			about, rest, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownWord(about, rest[0])
			}
			return runMan(c.Context(), env, o)
		},
	}
	c.Flags().StringVarP(&o.out, "out", "o", "", "the directory to write all pages to")
	c.Flags().BoolVar(&o.force, "force", false, "overwrite existing files")
	return c
}

func runMan(ctx context.Context, env *console.Env, o manOptions) error {
	if o.out == "" {
		page, err := fs.ReadFile(docs.Man(), strings.Join(append([]string{program}, o.words...), "-")+".1")
		if err != nil {
			return fmt.Errorf("looking for the manual page: %w", err)
		}
		_, err = env.Out.Write(page)
		return err
	}
	pages, err := fs.ReadDir(docs.Man(), ".")
	if err != nil {
		return fmt.Errorf("looking for the manual pages: %w", err)
	}
	options := safefile.Options{Mode: 0o644, Replace: o.force}
	for _, page := range pages { // all or none
		if err := safefile.Check(filepath.Join(o.out, page.Name()), options); err != nil {
			return err
		}
	}
	for _, page := range pages {
		text, err := fs.ReadFile(docs.Man(), page.Name())
		if err != nil {
			return fmt.Errorf("looking for the manual pages: %w", err)
		}
		if err := safefile.Write(ctx, filepath.Join(o.out, page.Name()), text, options); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(env.Err, "%d manual pages are in %s\n", len(pages), o.out)
	return err
}
