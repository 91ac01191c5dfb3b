package cmd

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

func TestInOrder(t *testing.T) {
	var now, most atomic.Int64
	next := 0
	for got := range inOrder(t.Context(), 50, 4, func(_ context.Context, i int) int {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(time.Duration(i%3) * time.Millisecond)
		now.Add(-1)
		return i
	}) {
		if got != next {
			t.Fatalf("got %d, want %d", got, next)
		}
		next++
	}
	if next != 50 || most.Load() > 4 || most.Load() < 2 {
		t.Errorf("%d results, %d at the same time", next, most.Load())
	}

	// Who leaves early ends what was begun, and begins nothing more.
	var begun, ended atomic.Int64
	for range inOrder(t.Context(), 1000, 4, func(ctx context.Context, i int) int {
		begun.Add(1)
		if i > 0 {
			<-ctx.Done()
			ended.Add(1)
		}
		return i
	}) {
		break
	}
	for range 100 {
		if begun.Load()-1 == ended.Load() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if begun.Load() > 10 || begun.Load()-1 != ended.Load() {
		t.Errorf("%d were begun, %d ended", begun.Load(), ended.Load())
	}
}
