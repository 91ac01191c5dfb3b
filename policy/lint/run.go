package lint

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

// Options say what is looked at.
type Options struct {
	// Paths are files and directories. What is named here is read even if it is
	// ignored, and followed if it is a symbolic link.
	Paths []string
	// NoIgnore reads also what .gitignore, .ignore and .git/info/exclude leave out.
	NoIgnore bool
	// Archives looks into ZIP and tar archives. Their members are called
	// archive!/member.
	Archives bool
	// MaxSize is the size in bytes up to which a file is taken apart; 0:
	// DefaultMaxSize. In a larger one the words are looked for that findings need,
	// and it is among those not read if it has one.
	MaxSize int
	// Since is a revision of git. Unless it is empty, only findings on lines that
	// were added or changed since the branch left it remain, committed or not, and
	// those in files that git does not know. Members of an archive count as changed
	// with the archive.
	Since string
	// Workers is the number of files that are read at once; 0: one for each
	// processor. It changes nothing in the result.
	Workers int
}

// DefaultMaxSize is far above anything that people write. What is above it was
// made by a program: dumps, logs, bundles.
const DefaultMaxSize = 2 << 20

// maxSearched is the size up to which a file is searched at all.
const maxSearched = 256 << 20

// Result is what was found, and how much was looked at.
type Result struct {
	// Findings are in the order of reports, which does not depend on the walk.
	Findings []finding.Finding
	// Files and Bytes were read, members of archives among them.
	Files int
	Bytes int64
	// Suppressed is how many findings a suppression has taken away.
	Suppressed int
	// Binary files are none of these: they hold no text.
	Binary int
	// Unread are files of which at least a part was not read, by their paths. It
	// is not known whether there is something to be found in them.
	Unread []Unread
}

// Unread is a file that was not read, or not all of it.
type Unread struct {
	Path   string `json:"path"`   // with slashes
	Reason string `json:"reason"` // why; may change its wording
}

// Run lints files and directories. It fails when one of Options.Paths is not
// there, git cannot tell what has changed (a *GitError), or the context ends; whatever else cannot be read is in the result.
func (l *Linter) Run(ctx context.Context, o Options) (Result, error) {
	o.MaxSize = cmp.Or(o.MaxSize, DefaultMaxSize)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	r := &run{Options: o, linter: l, ctx: ctx, budget: newBudget(max(int64(o.MaxSize), parsedAtOnce))}
	roots, err := findRoots(o.Paths)
	if err != nil {
		return Result{}, err
	}
	r.roots = roots
	if o.Since != "" {
		if r.changes, err = changedSince(ctx, roots, o.Since); err != nil {
			return Result{}, err
		}
	}
	for _, root := range slices.Backward(roots) {
		r.crew.push(r.root(root))
	}
	workers := make([]*worker, o.Workers)
	var wg sync.WaitGroup
	for i := range workers {
		workers[i] = r.worker()
		wg.Go(func() { r.crew.work(workers[i]) })
	}
	wg.Wait()
	return joined(workers), ctx.Err()
}

// Read lints what a reader has, such as standard input, as the file of a name.
// It fails when the reader does, or the context ends.
func (l *Linter) Read(ctx context.Context, path string, from io.Reader, o Options) (Result, error) {
	o.MaxSize = cmp.Or(o.MaxSize, DefaultMaxSize)
	data, err := io.ReadAll(io.LimitReader(from, int64(o.MaxSize)+1))
	if err != nil {
		return Result{}, err
	}
	w := (&run{Options: o, linter: l, ctx: ctx, budget: newBudget(int64(o.MaxSize))}).worker()
	n := name{path, path}
	if len(data) > o.MaxSize {
		w.unread(n, fmt.Sprintf("it has more than %d bytes", o.MaxSize))
	} else {
		w.content(n, w.index.table.Named(path), data)
	}
	return joined([]*worker{w}), ctx.Err()
}

// joined is the results of all workers in their order.
func joined(workers []*worker) Result {
	var out Result
	for _, w := range workers {
		out.Findings = append(out.Findings, w.Findings...)
		out.Unread = append(out.Unread, w.Unread...)
		out.Files += w.Files
		out.Bytes += w.Bytes
		out.Binary += w.Binary
		out.Suppressed += w.Suppressed
	}
	finding.Sort(out.Findings)
	slices.SortFunc(out.Unread, func(a, b Unread) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason)) })
	out.Unread = slices.Compact(out.Unread)
	return out
}

// run is one call of Run.
type run struct {
	Options
	linter  *Linter
	ctx     context.Context
	roots   []root
	changes *changes
	crew    crew
	budget  *budget
	nesting sync.Mutex // held by the worker that has archives in memory
}

// name is what a file is called.
type name struct {
	shown string
	// steady is the same wherever the program was started, as far as that can be:
	// contexts and fingerprints are made from it.
	steady string
}

// worker is one of those that read files, with what it found.
type worker struct {
	*run
	Result
	index *index
	found hits
	buf   []byte
	lines lines // of the file at hand, that were changed
}

func (r *run) worker() *worker {
	x := r.linter.index()
	return &worker{run: r, index: x, found: x.filter.hits(len(x.wanting))}
}

func (w *worker) unread(n name, reason string) {
	w.Unread = append(w.Unread, Unread{n.shown, reason})
}

// content lints the content of a file, or of a member of an archive. It keeps
// nothing of data, unless judging it was given up; then the buffer is the
// parser's.
func (w *worker) content(n name, language string, data []byte) {
	text, binary := decoded(data)
	switch {
	case binary:
		w.binary(n)
		return
	}
	w.Files++
	w.Bytes += int64(len(data))
	clear(w.found)
	w.index.filter.scan(text, w.found)
	if !w.found.any() {
		return
	}
	if language == "" {
		language = w.index.table.Detect(n.shown, text[:min(len(text), headSize)])
	}
	matches := w.index.wanted(n.shown, cmp.Or(language, plainText), w.found)
	if len(matches) == 0 {
		return
	}
	w.judge(n, cmp.Or(language, plainText), utf8Text(text), matches)
}

// binary counts a file that is no text, and names it if its name promises one.
func (w *worker) binary(n name) {
	if w.index.table.Detect(n.shown, nil) == "" {
		w.Binary++
		return
	}
	w.unread(n, "it is binary, whatever its name says")
}

// plainText is the language of files that no other claims.
const plainText = "text"

// judge takes a file apart when there is room.
func (w *worker) judge(n name, language string, text []byte, matches []match) {
	size := int64(len(text))
	w.budget.take(size)
	out, err := w.linter.judgeInTime(w.ctx, n, language, text, matches)
	w.budget.give(size)
	if err != nil {
		w.buf = nil // still read by the parser
		if w.ctx.Err() == nil {
			w.unread(n, fmt.Sprintf("taking it apart takes more than %v", w.linter.patience))
		}
		return
	}
	w.Suppressed += out.Suppressed
	for _, f := range out.Findings {
		if w.lines.has(f.Place.Line, f.Place.EndLine) {
			w.Findings = append(w.Findings, f)
		}
	}
	if len(out.Problems) > 0 {
		w.unread(n, reason(out.Problems, text))
	}
}

// reason says what was not understood of a file: the first place, and how many
// more there are.
func reason(problems []syntax.Problem, text []byte) string {
	first := problems[0]
	out := first.Err.Error()
	if first.Span.End > 0 {
		line := bytes.Count(text[:min(first.Span.Start, len(text))], []byte("\n")) + 1
		out = fmt.Sprintf("line %d: %s", line, out)
	}
	if more := len(problems) - 1; more > 0 {
		out += fmt.Sprintf(" (and %d more)", more)
	}
	return out
}

// parsedAtOnce bounds the bytes of the files that are taken apart at one time.
// Facts take some fifty times the memory of a dense file.
const parsedAtOnce = 4 << 20

// budget lets in what has room, and what is larger than the whole of it alone.
type budget struct {
	mu    sync.Mutex
	freed *sync.Cond
	size  int64
	used  int64
}

func newBudget(size int64) *budget {
	b := &budget{size: size}
	b.freed = sync.NewCond(&b.mu)
	return b
}

func (b *budget) take(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.used > 0 && b.used+n > b.size {
		b.freed.Wait()
	}
	b.used += n
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.freed.Broadcast()
}

// crew is a stack of jobs that workers share. The last one pushed is taken first,
// so that a tree is walked into its depth and few directories wait.
type crew struct {
	mu    sync.Mutex
	wake  *sync.Cond
	jobs  []func(*worker)
	hands int // workers at a job, which may push more
}

func (c *crew) push(jobs ...func(*worker)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ready()
	c.jobs = append(c.jobs, jobs...)
	c.wake.Broadcast()
}

// ready is called with the lock held.
func (c *crew) ready() {
	if c.wake == nil {
		c.wake = sync.NewCond(&c.mu)
	}
}

// work takes jobs until there are none, and none can come.
func (c *crew) work(w *worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ready()
	for {
		for len(c.jobs) == 0 {
			if c.hands == 0 {
				return
			}
			c.wake.Wait()
		}
		job := c.jobs[len(c.jobs)-1]
		c.jobs[len(c.jobs)-1] = nil
		c.jobs = c.jobs[:len(c.jobs)-1]
		c.hands++
		c.mu.Unlock()
		if w.ctx.Err() == nil {
			job(w)
		}
		c.mu.Lock()
		if c.hands--; c.hands == 0 && len(c.jobs) == 0 {
			c.wake.Broadcast()
		}
	}
}

var errNotRegular = errors.New("it is no regular file")
