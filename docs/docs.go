// Package docs carries the manual pages into the program, so that a single
// binary can install them.
package docs

import (
	"embed"
	"io/fs"
)

//go:embed man/*.1
var man embed.FS

// Man returns the manual pages, "muxkey.1" and one for each command.
func Man() fs.FS {
	sub, err := fs.Sub(man, "man")
	if err != nil {
		panic(err) // "man" is a valid path
	}
	return sub
}
