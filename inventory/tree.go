package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// finder hands out the files of the targets in order.
type finder struct {
	Options
	give func(task) bool // false: nobody wants more
}

func (f *finder) all(ctx context.Context, targets []Target) {
	for _, t := range targets {
		if ctx.Err() != nil || !f.target(ctx, t) {
			return
		}
	}
}

// place is one target while it is walked.
type place struct {
	path string
	// only is the member of an archive that is wanted; empty for all.
	only string
	// named: the caller named the file itself, so that whatever is wrong with
	// it is said.
	named        bool
	files, found atomic.Int64
}

func (f *finder) target(ctx context.Context, t Target) bool {
	p := &place{path: t.Path, named: true}
	if t.Data != nil {
		return f.give(task{run: func(ctx context.Context, emit func(Found)) {
			f.job(ctx, p, emit).data(t.Path, t.Data)
		}, after: p.empty("archive")})
	}
	info, err := os.Stat(t.Path)
	if err == nil && info.IsDir() {
		p.named = false
		ok := f.directory(ctx, p, t.Path)
		return ok && f.give(task{run: nothing, after: p.empty("directory")})
	}
	if errors.Is(err, fs.ErrNotExist) {
		p.path, p.only = splitMember(t.Path)
	}
	return f.give(task{run: func(ctx context.Context, emit func(Found)) {
		f.job(ctx, p, emit).file(p.path)
	}, after: p.empty("archive")})
}

func nothing(context.Context, func(Found)) {}

// empty reports a target in which nothing was found and nothing went wrong.
func (p *place) empty(what string) func() *Found {
	return func() *Found {
		switch {
		case p.found.Load() > 0:
			return nil
		case p.only != "":
			return &Found{Path: p.only, Err: fmt.Errorf("reading %s: %s has no such keystore, certificate or key in it: %w", p.only, p.path, fs.ErrNotExist)}
		}
		return &Found{Path: p.path, Err: &EmptyError{Path: p.path, What: what, Files: int(p.files.Load())}}
	}
}

// splitMember parts "app.war#WEB-INF/keystore.jks", which is no file, into the
// archive that is one, and the whole again as what is wanted of it.
func splitMember(path string) (archive, only string) {
	for i := range len(path) {
		if path[i] != '#' {
			continue
		}
		if info, err := os.Stat(path[:i]); err == nil && info.Mode().IsRegular() {
			return path[:i], path
		}
	}
	return path, ""
}

// directory hands out the files of a directory by their names.
func (f *finder) directory(ctx context.Context, p *place, path string) bool {
	if pseudo(path) {
		return true // what the kernel shows there is no file, and may never end
	}
	list, err := os.ReadDir(path)
	if err != nil && !f.fail(p, path, err) {
		return false
	}
	names := map[string]bool{}
	for _, item := range list {
		names[item.Name()] = true
	}
	for _, item := range list { // those before the error, if there was one
		if ctx.Err() != nil {
			return false
		}
		if of, ok := keystore.Companion(item.Name()); ok && names[of] {
			continue // it is opened with that one
		}
		if !f.item(ctx, p, filepath.Join(path, item.Name()), item.Type()) {
			return false
		}
	}
	return true
}

func (f *finder) item(ctx context.Context, p *place, path string, mode fs.FileMode) bool {
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		if err != nil {
			return true // it leads nowhere, or in a circle
		}
		// A linked directory may lead in circles. A link to a file of the same
		// tree only shows it again: Kubernetes mounts each file of a Secret three
		// times.
		if mode = info.Mode().Type(); mode.IsDir() || f.Recursive && within(path, p.path) {
			return true
		}
	}
	switch {
	case f.Skip != nil && f.Skip(path):
		p.found.Add(1) // the directory is not empty
		return true
	case mode.IsDir():
		return !f.Recursive || f.directory(ctx, p, path)
	case !mode.IsRegular():
		return true // nothing is kept in a socket, pipe or device
	}
	return f.give(task{run: func(ctx context.Context, emit func(Found)) {
		f.job(ctx, p, emit).file(path)
	}})
}

// within tells whether a link leads to a file below the directory, or to another
// link there: in /etc/ssl/certs most are links to links that lead out of it.
func within(link, dir string) bool {
	end, err := filepath.EvalSymlinks(link)
	if err != nil {
		return false
	}
	if below(end, dir) {
		return true
	}
	next, err := os.Readlink(link)
	if err != nil {
		return false
	}
	if !filepath.IsAbs(next) {
		next = filepath.Join(filepath.Dir(link), next)
	}
	// The directories on the way may be links themselves.
	at, err := filepath.EvalSymlinks(filepath.Dir(next))
	return err == nil && below(filepath.Join(at, filepath.Base(next)), dir)
}

// below tells whether a path without links is below a directory.
func below(to, dir string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	if to, err = filepath.Abs(to); err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	rel, err := filepath.Rel(dir, to)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// fail hands out a failure in its place.
func (f *finder) fail(p *place, path string, err error) bool {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	p.found.Add(1)
	return f.give(task{run: func(_ context.Context, emit func(Found)) {
		emit(Found{Path: path, Err: fmt.Errorf("reading %s: %w", path, err)})
	}})
}

// job is the work on one file.
type job struct {
	*finder
	*meter
	place  *place
	ctx    context.Context
	emit   func(Found)
	layer  *Layer            // the one being walked through
	layers map[string]*Layer // by the path of the layer
	// inText: what is looked at begins as another text, so that PEM blocks in it
	// need not be meant as such.
	inText bool
}

func (f *finder) job(ctx context.Context, p *place, emit func(Found)) *job {
	return &job{finder: f, meter: &meter{Limits: f.Limits, ctx: ctx}, place: p, ctx: ctx, emit: emit, layers: map[string]*Layer{}}
}

// report passes on what was found, unless it is not what is wanted.
func (j *job) report(f Found) {
	if j.ctx.Err() != nil || j.place.only != "" && f.Path != j.place.only && !strings.HasPrefix(f.Path, j.place.only+"#") {
		return
	}
	j.place.found.Add(1)
	if f.Store != nil {
		j.Counts.Stores.Add(1)
	}
	f.Layer = j.layer
	j.emit(f)
}

// data looks at what is in memory already.
func (j *job) data(name string, data []byte) {
	j.size = int64(len(data))
	if j.Recursive && j.container(source{path: name, at: bytes.NewReader(data), size: j.size}) {
		return
	}
	j.count()
	stores, err := keystore.DecodeAll(j.ctx, name, data, j.options(name))
	j.opened(name, stores, err)
}

// options are those for the store at a path.
func (j *job) options(path string) keystore.Options {
	o := j.Open
	named := j.itself(path)
	o.WrongAsNone = !named
	if j.Password != nil {
		o.Password = j.Password(path, named)
	}
	return o
}

// itself tells whether the caller named the very file.
func (j *job) itself(path string) bool {
	return j.place.named && path == j.place.path || path == j.place.only
}

func (j *job) count() {
	j.place.files.Add(1)
	j.Counts.Files.Add(1)
}

// file looks at a file on disk.
func (j *job) file(path string) {
	if !j.place.named {
		if !j.promising(path) {
			return
		}
	} else if (j.Recursive || j.place.only != "") && j.archive(path) {
		return
	}
	if j.place.only != "" {
		path = j.place.only // a member of a manifest
	}
	j.count()
	stores, err := keystore.OpenAll(j.ctx, path, j.options(path))
	j.opened(path, stores, err)
}

// promising looks at the beginning of a file, and walks through an archive. It
// returns true for what is to be opened.
func (j *job) promising(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		j.report(Found{Path: path, Err: fmt.Errorf("reading %s: %w", path, reason(err))})
		return false
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() { // it was replaced since
		return false
	}
	j.size = info.Size()
	src := source{path: path, at: f, size: info.Size()}
	if j.Recursive && j.container(src) {
		return false
	}
	if ok := j.sniff(&src); ok {
		return true
	}
	j.count()
	return false
}

// archive walks through a file that the caller named, if it is an archive.
func (j *job) archive(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false // keystore.Open says what is wrong
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // nothing was written
	j.size = info.Size()
	return j.container(source{path: path, at: f, size: info.Size()})
}

// opened reports what became of a file: its stores, and what is wrong with those
// that cannot be read.
func (j *job) opened(path string, stores []*keystore.Store, err error) {
	for _, st := range stores {
		j.report(Found{Path: st.Path, Store: st})
	}
	failed := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		failed = several.Unwrap()
	}
	for _, err := range failed {
		if err != nil {
			j.unread(path, err)
		}
	}
}

// unread reports what cannot be read, unless it is nothing of the kind that is
// looked for, and nobody named it.
func (j *job) unread(path string, err error) {
	format, wrongFormat := errors.AsType[*keystore.FormatError](err)
	broken, isPEM := errors.AsType[*keystore.PEMError](err)
	limit, isLimit := errors.AsType[*pkcs12x.LimitError](err)
	switch {
	case j.itself(path):
		j.report(Found{Path: path, Err: err})
	case wrongFormat && !format.Unread && !format.Damaged:
	case isPEM && j.inText:
		j.skip(path, "it is a text with parts of PEM in it: "+broken.Error())
	case isLimit && limit.Limit == "bytes":
		j.skip(path, limit.Error())
	default:
		j.report(Found{Path: path, Err: err})
	}
}

func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
