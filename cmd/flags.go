package cmd

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muxkey/internal/console"
	"muxkey/internal/named"
	"muxkey/internal/report"
)

const (
	flagFormat = "format"
	flagJSON   = "json"
)

// addGlobalFlags adds the flags that every command has. Commands without a
// report have them as well, because errors come as JSON to who asks for JSON.
func addGlobalFlags(root *cobra.Command) {
	formats := report.Formats()
	standard, _ := formats.Get(report.Default)
	flags := root.PersistentFlags()
	flags.VarP(&formatFlag{standard}, flagFormat, "f", "form of the report: "+strings.Join(formats.Names(), ", "))
	flags.Bool(flagJSON, false, "short for --format json")
	root.PersistentPreRunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed(flagJSON) && c.Flags().Changed(flagFormat) {
			return wrongUsage(fmt.Errorf("--%s and --%s both choose the form of the report", flagFormat, flagJSON))
		}
		if of := formatOf(c).Of; of != nil && !slices.Contains(of, words(c)) {
			return wrongUsage(fmt.Errorf("--%s %s is for %s %s alone", flagFormat, formatOf(c).Name, program, strings.Join(of, " and ")))
		}
		if err := emptyFlag(c); err != nil {
			return err
		}
		return oneInput(c, args)
	}
}

// emptyFlag refuses flags that are given and empty. They come from a variable
// that a script forgot to set, and stand for no default.
func emptyFlag(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		empty := f.Value.String() == "" || f.Value.String() == "[]"
		if empty && err == nil && (f.Name == "generate-password" || !strings.HasSuffix(f.Name, "password")) { // sources have an error of their own
			err = wrongUsage(fmt.Errorf("--%s is empty", f.Name))
		}
	})
	return err
}

// formatFlag is the report format as a flag value.
type formatFlag struct{ report.Format }

func (f *formatFlag) String() string { return f.Name }
func (f *formatFlag) Type() string   { return "FORMAT" }

func (f *formatFlag) Set(name string) (err error) {
	f.Format, err = report.Find(name)
	return err
}

// formatOf is the report format that the command line asks for.
func formatOf(c *cobra.Command) report.Format {
	if asJSON, _ := c.Flags().GetBool(flagJSON); asJSON {
		f, _ := report.Find("json")
		return f
	}
	f, _ := c.Flags().Lookup(flagFormat).Value.(*formatFlag)
	return f.Format
}

// wantsJSON says whether errors are to be JSON.
func wantsJSON(args []string) bool { return wanted(args).Name == "json" }

// wanted is the format that arguments ask for. It reads them by itself, because
// they count also when something else in them is wrong.
func wanted(args []string) report.Format {
	c := &cobra.Command{}
	addGlobalFlags(c)
	flags := c.Flags()
	flags.AddFlagSet(c.PersistentFlags())
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.SetOutput(io.Discard)
	_ = flags.Parse(args) // what was read before an error counts
	return formatOf(c)
}

// show writes a report to the output.
func show(env *console.Env, format report.Format, d report.Document) error {
	if !format.Takes(d) {
		return wrongUsage(fmt.Errorf("--%s %s is for findings, and there are none here to show", flagFormat, format.Name))
	}
	return format.Report(env.Out, d, options(env))
}

// complete offers words as values of a flag.
func complete(c *cobra.Command, flag string, words []string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // there is no such flag
	}
}

// completeLater is complete for words that take a while to find: every start adds
// the flags of all commands.
func completeLater(c *cobra.Command, flag string, words func() []string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // there is no such flag
	}
}

// takes returns a check of the arguments: one for each name. The last name may
// be "[NAME]", which can be left out, "NAME...", of which there is at least one,
// or "[NAME...]". Its errors repeat no argument: one of them may be the rest of a password
// that was not quoted.
func takes(names ...string) cobra.PositionalArgs {
	least, most := len(names), len(names)
	if most > 0 {
		last := names[most-1]
		if strings.HasPrefix(last, "[") {
			least--
		}
		if strings.HasSuffix(strings.TrimSuffix(last, "]"), "...") {
			most = math.MaxInt
		}
	}
	what := strings.Join(names, " ")
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return wrongUsage(fmt.Errorf("%s needs %s", words(c), strings.Join(names[len(args):], " ")))
		case most == 0 && len(args) > 0:
			return wrongUsage(fmt.Errorf("%s takes no arguments, and there are %d", words(c), len(args)))
		case len(args) > most:
			return wrongUsage(fmt.Errorf("%s takes %s and no more, and there are %d arguments", words(c), what, len(args)))
		}
		return nil
	}
}

// knownWord is the check of the arguments of a command that has commands below
// it. Without it cobra answers an unknown word with help and status 0.
func knownWord(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownWord(c, args[0])
	}
	return nil
}

func unknownWord(c *cobra.Command, word string) error {
	f := wrongUsage(fmt.Errorf("there is no command %q", strings.TrimSpace(words(c)+" "+word)))
	if near := named.Nearest(word, wordsUnder(c)); near != "" {
		f.Hint = fmt.Sprintf("did you mean: %s %s", c.CommandPath(), near)
	}
	return f
}

// words are those that stand for c behind the name of the program.
func words(c *cobra.Command) string {
	return strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), program), " ")
}

// wordsUnder lists the commands below c that people can use.
func wordsUnder(c *cobra.Command) []string {
	var words []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			words = append(words, sub.Name())
		}
	}
	return words
}

// flagError says in plain words what is wrong with a flag.
func flagError(c *cobra.Command, err error) error {
	if c.HasSubCommands() && c.Flags().NArg() > 0 {
		// The flag belongs to a command whose name was mistyped.
		return unknownWord(c, c.Flags().Arg(0))
	}
	var (
		unknown *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
		number  *strconv.NumError
	)
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		// What follows the letter is not repeated: it may be a value, and that a
		// password.
		return wrongUsage(fmt.Errorf("there is no flag -%s", unknown.GetSpecifiedName()))
	case errors.As(err, &unknown):
		f := wrongUsage(fmt.Errorf("there is no flag --%s", unknown.GetSpecifiedName()))
		if unknown.GetSpecifiedName() == "profile" && c.Flags().Lookup("usage") != nil {
			f.Hint = "what the certificate is for is said with --usage, as in --usage server" // other programs call it a profile
		} else if near := named.Nearest(unknown.GetSpecifiedName(), flagNames(c)); near != "" {
			f.Hint = "did you mean --" + near + "?"
		}
		return f
	case errors.As(err, &bare):
		return wrongUsage(fmt.Errorf("--%s needs a value", bare.GetFlag().Name))
	case errors.As(err, &number):
		errors.As(err, &invalid)
		return wrongUsage(fmt.Errorf("--%s %q: %w", invalid.GetFlag().Name, invalid.GetValue(), number.Err))
	case errors.As(err, &invalid):
		return wrongUsage(fmt.Errorf("--%s: %w", invalid.GetFlag().Name, errors.Unwrap(invalid)))
	case errors.As(err, &syntax):
		return wrongUsage(errors.New("a flag is written --name or --name=value"))
	}
	return wrongUsage(err)
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	return names
}
