// Command keytool is the front end of muxkey that stands in for keytool of the JDK,
// without the rest: for images in which every megabyte and millisecond counts. It does
// what a link to muxkey under this name does.
package main

import (
	"os"

	"muxkey/internal/console"
	"muxkey/internal/keytool"
)

func main() { os.Exit(run(console.System())) }

func run(env *console.Env) int {
	console.OutliveReaders() // as in a JVM
	return keytool.Main(console.Interruptible(), os.Args[1:], env)
}
