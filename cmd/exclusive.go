package cmd

import (
	"fmt"

	"github.com/spf13/cobra"
)

// exclusive refuses two flags together. cobra's own MarkFlagsMutuallyExclusive
// speaks of groups that are set.
func exclusive(c *cobra.Command, a, b string) {
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed(a) && c.Flags().Changed(b) {
			return wrongUsage(fmt.Errorf("--%s and --%s exclude each other", a, b))
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
}
