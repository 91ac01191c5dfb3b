package cmd

import "github.com/spf13/cobra"

// backupFlag is --backup of the commands that replace a keystore.
type backupFlag struct {
	wanted bool
	name   string // of the backup that was made; empty without one
}

func (b *backupFlag) add(c *cobra.Command) {
	c.Flags().BoolVar(&b.wanted, "backup", false, "keep what is replaced, as STORE.bak, or STORE.bak.2 and so on where that is taken")
}

// option is that of safefile: nil when no backup is wanted.
func (b *backupFlag) option() func(name string) {
	if !b.wanted {
		return nil
	}
	return func(name string) { b.name = name }
}

// changes are the line about the backup, if there is one.
func (b *backupFlag) changes() []change {
	if b.name == "" {
		return nil
	}
	return []change{{"(file)", "backup", "the old one is " + b.name}}
}
