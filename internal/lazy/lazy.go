// Package lazy makes what costs time only for those who want it: a variable of a
// package is made at the start of every command, and most want few of them.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp compiles an expression when it is first asked for, and panics then if it
// is none, as [regexp.MustCompile] does: it is part of the program.
func Regexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
