// Package inventory finds every keystore, certificate and key in trees of files,
// in archives, and in the layers of container images, and opens what it finds.
//
// What a file is, its content says: names decide nothing. [Walk] reads the
// beginning of each file and only the promising ones whole, several files at a
// time, and gives what it finds in the order of the paths, whichever worker was
// the faster. Archives in archives are followed to a bounded depth; a member is
// named "app.war#WEB-INF/keystore.jks". No name from an archive ever becomes a
// path on disk.
//
// What an archive may ask for is bounded by [Limits]: what unpacks to more is
// named as skipped. Links are not followed where they could lead in circles.
package inventory

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// Found is what a walk came upon. One of Store, Err and Skipped is set.
type Found struct {
	// Path is that of the file, with "#" before the name of a member of an
	// archive.
	Path string
	// Layer says in which layer of a container image it is; nil elsewhere.
	Layer *Layer
	Store *keystore.Store
	// Err says why something that is a keystore, certificate, key or archive, or
	// was named by the caller, cannot be read. Errors: those of keystore.Open,
	// *EmptyError, *fs.PathError.
	Err error
	// Skipped says why something that may hold keystores was passed over: a
	// limit, or a kind of archive that is not looked into.
	Skipped string
}

// Layer is one layer of a container image.
type Layer struct {
	// Image is the name of the image: "app:1.0"; for one without a name, the
	// beginning of its digest.
	Image string
	// Number of the layer, from 1 for the lowest, of Of.
	Number, Of int
	// Member is the name of the layer in the image archive.
	Member string
}

// EmptyError means that a directory or an archive holds no keystore,
// certificate or key.
type EmptyError struct {
	Path  string
	What  string // "directory", "archive"
	Files int    // those that were looked at
}

func (e *EmptyError) Error() string {
	return fmt.Sprintf("inspect the %s %s: none of its %d files is a keystore, certificate or key", e.What, e.Path, e.Files)
}

// Target is where a walk begins.
type Target struct {
	// Path of a file, of a directory, or of a member of an archive.
	Path string
	// Data is the content, for what is no file, such as standard input.
	Data []byte
}

// Options say how to walk.
type Options struct {
	// Recursive looks into directories below, and into archives.
	Recursive bool
	// Open says how stores are opened. Its Password and WrongAsNone are not
	// looked at.
	Open keystore.Options
	// Password is that of keystore.Options for the file at a path; named tells
	// that the caller named it, and that it was not found in a directory or
	// archive. There a wrong password counts as none, as nobody knows which files
	// it is for. It is called by several goroutines at once.
	Password func(path string, named bool) func(context.Context) (string, error)
	// Skip tells which files and directories below a directory are left out; nil:
	// none.
	Skip func(path string) bool
	// Limits bound what an archive may ask for; zero means DefaultLimits.
	Limits Limits
	// Counts, if not nil, is kept up to date for who shows the progress.
	Counts *Counts
	// Workers is how many files are worked on at a time; 0 is one a core.
	Workers int
}

// Counts say how far a walk has come.
type Counts struct {
	Files  atomic.Int64 // files and members of archives looked at
	Stores atomic.Int64
}

// A walk reads ahead of what was yielded by that many files for each worker, and
// holds that many results of one file.
const (
	ahead   = 8
	results = 4
)

// Walk looks for stores in the targets, one target after the other, and yields
// what look makes of each thing found. Files come in the order of their paths,
// members of a ZIP archive in that of their names, of a tar archive in that of
// the archive. look is called by several goroutines at once, so that costly work
// belongs there; what it returns is all that is kept. The walk ends early, and
// without a word, when ctx does.
func Walk[T any](ctx context.Context, targets []Target, o Options, look func(context.Context, Found) T) iter.Seq[T] {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	if o.Open.Limits == (pkcs12x.Limits{}) {
		o.Open.Limits = pkcs12x.DefaultLimits()
	}
	if o.Counts == nil {
		o.Counts = &Counts{}
	}
	workers := o.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return func(yield func(T) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()

		// Tasks are handed out in the order in which their results are wanted.
		// The first whose results are not all taken is always being worked on,
		// so that a full channel waits for nothing but the taker.
		type job struct {
			task
			out chan T
		}
		order, work := make(chan *job, ahead*workers), make(chan *job)
		wg.Go(func() {
			defer close(order)
			defer close(work)
			finder := &finder{Options: o, give: func(t task) bool {
				j := &job{t, make(chan T, results)}
				for _, c := range []chan *job{order, work} {
					select {
					case c <- j:
					case <-ctx.Done():
						return false
					}
				}
				return true
			}}
			finder.all(ctx, targets)
		})
		for range workers {
			wg.Go(func() {
				for j := range work {
					j.run(ctx, func(f Found) {
						select {
						case j.out <- look(ctx, f):
						case <-ctx.Done():
						}
					})
					close(j.out)
				}
			})
		}
		for j := range order {
			for {
				var result T
				var ok bool
				select {
				case result, ok = <-j.out:
				case <-ctx.Done():
					return
				}
				if !ok {
					break
				}
				if !yield(result) {
					return
				}
			}
			if j.after == nil {
				continue
			}
			if f := j.after(); f != nil && !yield(look(ctx, *f)) {
				return
			}
		}
	}
}

// task is the work on one file.
type task struct {
	run func(ctx context.Context, emit func(Found))
	// after is called when the results of this task and of all before it have
	// been taken; it may add one. It may be nil.
	after func() *Found
}
