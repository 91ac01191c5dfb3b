package cmd

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muxkey/internal/signer"
)

// inputFlags are those whose file may be "-", standard input, as arguments may.
var inputFlags = []string{"batch", "ca", "ca-certs", "from", "servers", "trust"}

// oneInput refuses to read standard input for two things. Several passwords are
// lines of it, one after the other; a file takes all there is.
func oneInput(c *cobra.Command, args []string) error {
	var files, lines []string
	for _, arg := range args {
		if arg == stdin {
			files = append(files, `"-"`)
		}
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		flag := "--" + f.Name
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			switch {
			case slices.Contains(inputFlags, f.Name) && value == stdin:
				files = append(files, flag)
			case f.Annotations[takesSource] != nil && readsInput(value):
				lines = append(lines, flag)
			case f.Annotations[takesURI] != nil && readsInput(signer.PINSource(value)):
				lines = append(lines, "the PIN of "+flag)
			}
		}
	})
	if readers := append(files, lines...); len(files) > 0 && len(readers) > 1 {
		return wrongUsage(fmt.Errorf("standard input cannot be both %s and %s", readers[0], readers[1]))
	}
	return nil
}

// The annotations of flags that take the source of a password, and the URI of a key.
const (
	takesSource = "source"
	takesURI    = "uri"
)

func annotate(c *cobra.Command, flag, what string) {
	if err := c.Flags().SetAnnotation(flag, what, []string{"yes"}); err != nil {
		panic(err) // there is no such flag
	}
}

// readsInput tells whether the source of a password is standard input.
func readsInput(source string) bool { return source == "stdin" || source == "fd:0" }
