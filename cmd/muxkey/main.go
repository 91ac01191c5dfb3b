// Command muxkey makes, inspects and checks keystores and certificates.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"muxkey/cmd"
	"muxkey/internal/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	os.Exit(cmd.Main(ctx, os.Args[1:], console.System()))
}
