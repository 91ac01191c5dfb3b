package safefile

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Many writes many files at once, each as [Write] does and with the same promises.
// What Write does for the directory of a file is done for several files: abandoned
// drafts are looked for once, where reading the directory each time would take the
// square of the number of files; and files that are ready at the same time share
// the sync that makes their names last. The zero value is ready for use, from any
// number of goroutines.
type Many struct {
	directories sync.Map // by name, of *directory
}

// directory is one in which files are made.
type directory struct {
	once   sync.Once // for the sweep
	placed atomic.Int64
	mu     sync.Mutex
	synced int64 // of those placed
}

// Write is the function of that name.
func (m *Many) Write(ctx context.Context, path string, data []byte, opts Options) error {
	opts.many = m
	return Write(ctx, path, data, opts)
}

func (m *Many) directory(name string) *directory {
	d, _ := m.directories.LoadOrStore(name, &directory{})
	return d.(*directory) //nolint:forcetypeassert // nothing else is stored
}

// sweep is the function of that name; a nil m has no memory.
func (m *Many) sweep(target string) {
	if m == nil {
		sweep(target)
		return
	}
	m.directory(filepath.Dir(target)).once.Do(func() { sweep(target) })
}

// sync makes a name last that was placed in dir before the call.
func (m *Many) sync(dir string) {
	if m == nil {
		syncDirectory(dir)
		return
	}
	m.directory(dir).sync(func() { syncDirectory(dir) })
}

// sync returns after a run of do that began after the call. A run under way may
// have begun too early and is waited for; of those that waited, the first runs do
// for all.
func (d *directory) sync(do func()) {
	own := d.placed.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.synced >= own {
		return
	}
	placed := d.placed.Load()
	do()
	d.synced = placed
}
