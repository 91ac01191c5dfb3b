package cmd

import (
	"github.com/spf13/cobra"

	"muxkey/pkcs12x"
)

// limitFlags raise what a file may ask of its reader.
type limitFlags struct{ size, iterations, work int }

func (l *limitFlags) add(c *cobra.Command) {
	standard := pkcs12x.DefaultLimits()
	f := c.Flags()
	f.IntVar(&l.size, "max-size", standard.Size, "refuse files larger than `BYTES`")
	f.IntVar(&l.iterations, "max-iterations", standard.Iterations, "refuse files that ask for more than `N` rounds in one key derivation")
	f.IntVar(&l.work, "max-work", standard.Work, "refuse files that ask for more than `N` hash calls in all key derivations")
}

func (l *limitFlags) limits() pkcs12x.Limits {
	out := pkcs12x.DefaultLimits()
	out.Bags *= max(1, l.size/out.Size) // they come with the size
	out.Size, out.Iterations, out.Work = l.size, l.iterations, l.work
	return out
}
