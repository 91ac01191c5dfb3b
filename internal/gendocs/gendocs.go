// Package gendocs makes the part of docs/ that follows from the program: the
// command reference, manual pages, completions, exit statuses, environment, the
// fields of the JSON and the table of who reads what. Its test fails when the
// files are not up to date; "make docs" writes them.
//
// cobra's own doc package was the alternative. It brings three modules, and its
// pages have no place for exit statuses and environment.
package gendocs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muxkey/cmd"
	"muxkey/internal/console"
)

// Folders are those below docs/ in which every file is made here.
func Folders() []string { return []string{"reference", "man", "completion", "rules", "checks"} }

// Files returns the content of each file by its path below docs/. The source of
// the program is read from repo.
func Files(repo fs.FS) (map[string][]byte, error) {
	env, _ := console.Test()
	root := cmd.New(env)
	statuses, err := exitStatuses(repo)
	if err != nil {
		return nil, err
	}
	commands := commandsUnder(root)
	var names []string
	for _, c := range commands {
		if !c.HasAvailableSubCommands() {
			names = append(names, strings.TrimPrefix(c.CommandPath(), root.Name()+" "))
		}
	}
	fields, err := jsonPage(repo, names)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"json.md":        fields,
		"exit-status.md": exitStatusPage(statuses),
		"environment.md": environmentPage(),
		"consumers.md":   consumersPage(),
		"targets.md":     targetsPage(),
		"clients.md":     clientsPage(),
	}
	maps.Copy(files, rulePages())
	if files["schema/muxkey.json"], err = lintSchema(); err != nil {
		return nil, err
	}
	checks, err := checkPages(repo)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, checks)
	if files["schema/check.json"], err = checkSchema(repo); err != nil {
		return nil, err
	}
	for _, c := range commands {
		files[path.Join("man", pageName(c)+".1")] = manPage(c, commands, statuses)
		files[path.Join("reference", markdownName(c))] = referencePage(c)
	}
	for s := range cmd.Shells().All() {
		var script bytes.Buffer
		if err := s.Write(root, &script); err != nil {
			return nil, fmt.Errorf("make the completion for %s: %w", s.Name, err)
		}
		files[path.Join("completion", s.File)] = script.Bytes()
	}
	return files, nil
}

// commandsUnder lists c and all commands below it that people can use.
func commandsUnder(c *cobra.Command) []*cobra.Command {
	c.InitDefaultHelpFlag()
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			list = append(list, commandsUnder(sub)...)
		}
	}
	return list
}

// pageName is the command with hyphens, as the manual pages of git have it.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// status is an exit status with the comment that stands beside its constant.
type status struct{ number, doc string }

// exitStatuses reads the constants of type Status.
func exitStatuses(repo fs.FS) ([]status, error) {
	src := &source{repo: repo}
	in, err := src.load("cmd")
	if err != nil {
		return nil, fmt.Errorf("read the exit statuses: %w", err)
	}
	kind := in.find("Status")
	if kind == nil {
		return nil, errors.New("read the exit statuses: cmd has no type Status")
	}
	consts, err := src.values(kind)
	if err != nil {
		return nil, fmt.Errorf("read the exit statuses: %w", err)
	}
	var list []status
	for _, c := range consts {
		if c.doc == "" {
			return nil, fmt.Errorf("read the exit statuses: %s has no comment beside it", c.name)
		}
		list = append(list, status{c.value, c.doc})
	}
	if len(list) == 0 {
		return nil, errors.New("read the exit statuses: cmd has none")
	}
	return list, nil
}

// flags lists those of c that are shown; the ones that all commands have are
// apart.
func flags(c *cobra.Command) (own, global []*pflag.Flag) {
	shown := func(list *[]*pflag.Flag) func(*pflag.Flag) {
		return func(f *pflag.Flag) {
			if !f.Hidden {
				*list = append(*list, f)
			}
		}
	}
	c.LocalFlags().VisitAll(shown(&own))
	c.InheritedFlags().VisitAll(shown(&global))
	return own, global
}

// describe returns a flag as it is typed, and what it does.
func describe(f *pflag.Flag) (typed, does string) {
	value, does := pflag.UnquoteUsage(f)
	if f.Shorthand != "" {
		typed = "-" + f.Shorthand + ", "
	}
	typed += "--" + f.Name
	if value != "" {
		typed += " " + value
	}
	switch f.DefValue {
	case "", "false", "0", "[]":
	default:
		if !strings.Contains(does, "(default") {
			does += " (default " + f.DefValue + ")"
		}
	}
	return typed, does
}

// block is a piece of a help text: a paragraph, or lines to be shown as they are.
type block struct {
	literal bool
	text    string
}

// blocks parts a help text at its empty lines. What is indented is literal.
func blocks(text string) []block {
	var list []block
	for part := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		lead, rest := part, ""
		// A list may follow its introduction without an empty line.
		if i := strings.Index(part, "\n  "); i >= 0 && !strings.HasPrefix(part, "  ") {
			lead, rest = part[:i], part[i+1:]
		}
		for _, text := range []string{lead, rest} {
			if text != "" {
				list = append(list, block{strings.HasPrefix(text, "  "), text})
			}
		}
	}
	return list
}
