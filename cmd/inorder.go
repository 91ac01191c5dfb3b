package cmd

import (
	"context"
	"iter"
)

// inOrder does n things, so many of them at the same time, and gives the results in
// their order. Those that are done wait for a slow one, a thousand at most.
func inOrder[T any](ctx context.Context, n, atOnce int, do func(ctx context.Context, i int) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		waiting := make(chan chan T, 1000)
		places := make(chan struct{}, atOnce)
		go func() {
			defer close(waiting)
			for i := range n {
				select {
				case places <- struct{}{}:
				case <-ctx.Done():
					return
				}
				result := make(chan T, 1)
				select {
				case waiting <- result:
				case <-ctx.Done():
					return
				}
				go func() {
					defer func() { <-places }()
					result <- do(ctx, i)
				}()
			}
		}()
		for result := range waiting {
			if !yield(<-result) {
				return
			}
		}
	}
}
