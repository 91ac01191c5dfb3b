// Command muxkey makes, inspects and checks keystores and certificates.
package main

import (
	"os"

	"muxkey/cmd"
	"muxkey/internal/console"
)

func main() { os.Exit(run(console.System())) }

func run(env *console.Env) int {
	args := os.Args[1:]
	if cmd.CalledKeytool(os.Args[0]) {
		args = append([]string{"keytool"}, args...)
	}
	if len(args) > 0 && args[0] == "keytool" {
		// As in a JVM, a reader that has gone is no reason to end: scripts with
		// pipefail pipe lists into grep -q.
		console.OutliveReaders()
	}
	return cmd.Main(console.Interruptible(), args, env)
}
