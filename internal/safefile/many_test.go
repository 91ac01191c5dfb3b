package safefile

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestManyFilesAtOnce(t *testing.T) {
	dir := t.TempDir()
	var m Many
	var wg sync.WaitGroup
	var names []string
	for i := range 50 {
		name := fmt.Sprintf("%02d.p12", i)
		names = append(names, name)
		wg.Go(func() {
			path := filepath.Join(dir, name)
			if err := m.Write(t.Context(), path, []byte(name), Options{}); err != nil {
				t.Error(err)
			}
			if err := m.Write(t.Context(), path, []byte("again"), Options{}); !errors.Is(err, ErrExists) {
				t.Errorf("written twice: %v", err)
			}
		})
	}
	wg.Wait()
	wantFiles(t, dir, names...)
	for _, name := range names {
		wantContent(t, filepath.Join(dir, name), name)
	}
}

// Who comes while a sync is under way needs another one, which serves all of them.
func TestASharedSyncIsNoEarlierOne(t *testing.T) {
	const callers = 100
	var d directory
	var runs, ended atomic.Int64
	underWay := make(chan struct{})
	do := func() {
		if runs.Add(1) == 1 {
			close(underWay)
			for d.placed.Load() < callers {
				time.Sleep(time.Millisecond)
			}
		}
		ended.Add(1)
	}
	var wg sync.WaitGroup
	wg.Go(func() { d.sync(do) })
	<-underWay
	for range callers - 1 {
		wg.Go(func() {
			d.sync(do)
			if n := ended.Load(); n < 2 {
				t.Errorf("went on after %d syncs, of which the last began before the call", n)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n != 2 {
		t.Errorf("%d syncs; want the first and one for all others", n)
	}
}
