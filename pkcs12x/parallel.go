package pkcs12x

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls work for 0 to n-1 on all cores; a few calls are not worth
// the goroutines.
func inParallel(n int, work func(i int)) {
	const few = 16
	cores := runtime.GOMAXPROCS(0)
	if n < few || cores == 1 {
		for i := range n {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range cores {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wg.Wait()
}
