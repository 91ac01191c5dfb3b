package console

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Interruptible returns a context that ends with the first signal that asks the
// program to end. A second one ends the program at once.
func Interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	return ctx
}

// OutliveReaders makes the program go on when nobody reads its output any more: the
// writing fails instead.
func OutliveReaders() { signal.Ignore(syscall.SIGPIPE) }
