package lint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// charlievieth/fastwalk was weighed: it is as fast, and calls back for each entry
// without saying what holds in its directory, so that every file would look up
// the patterns of its directory in a shared map.

// root is one of the paths to lint.
type root struct {
	name name
	path string // absolute, with no link in it
	dir  bool
}

// findRoots looks at the paths and fails for the first that is not there. Those
// that are the same are one.
func findRoots(paths []string) ([]root, error) {
	var out []root
	taken := map[string]bool{}
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here)
	}
	if err != nil {
		here = "" // it was removed; nothing is below it
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, cause(err))
		}
		at, err := filepath.EvalSymlinks(path)
		if err == nil {
			at, err = filepath.Abs(at)
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		if taken[at] {
			continue
		}
		taken[at] = true
		r := root{path: at, dir: info.IsDir()}
		r.name.shown = filepath.ToSlash(filepath.Clean(path))
		// Below the directory that the program runs in, its names are those from
		// there, however they were given; elsewhere those from the root.
		switch rel, err := filepath.Rel(here, at); {
		case here != "" && err == nil && filepath.IsLocal(rel):
			r.name.steady = filepath.ToSlash(rel)
		case r.dir:
			r.name.steady = "."
		default:
			r.name.steady = filepath.Base(at)
		}
		out = append(out, r)
	}
	return out, nil
}

// root is the job to lint a root.
func (r *run) root(at root) func(*worker) {
	return func(w *worker) {
		info, err := os.Lstat(at.path)
		switch {
		case err != nil:
			w.unread(at.name, cause(err).Error())
		case info.IsDir():
			d := directory{name: at.name, path: at.path}
			if !w.NoIgnore {
				d.scope = above(at.path)
			}
			w.directory(d)
		case !info.Mode().IsRegular():
			w.unread(at.name, errNotRegular.Error())
		default:
			w.file(at.name, at.path)
		}
	}
}

// directory is one to walk through.
type directory struct {
	name  name
	path  string
	scope *scope
}

// batch is how many files are one job; finding the next job takes a moment, and
// one large directory must keep all workers busy.
const batch = 32

// versionControl are directories in which programs for version control keep what
// is theirs, with the one file in each that people write.
func versionControl(name string) (config string, ok bool) {
	switch name {
	case ".git":
		return "config", true
	case ".hg":
		return "hgrc", true
	case ".svn", ".bzr", "CVS", "_darcs", ".jj", ".pijul":
		return "", true
	}
	return "", false
}

// directory pushes what is in a directory as new jobs.
func (w *worker) directory(d directory) {
	if pseudo(d.path) {
		return // what the kernel shows there is no file, and may never end
	}
	list, err := readDir(d.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.unread(d.name, cause(err).Error()) // what came before the error is read
	}
	if !w.NoIgnore {
		d.scope = d.scope.enter(d.path, func(name string) bool {
			for _, e := range list {
				if e.Name() == name {
					return true
				}
			}
			return false
		})
	}
	slashed := strings.TrimSuffix(filepath.ToSlash(d.path), "/") + "/"
	var dirs []func(*worker)
	var files []string
	for _, e := range list {
		kind := e.Type()
		if !kind.IsDir() && !kind.IsRegular() || d.scope.ignored(slashed, e.Name(), kind.IsDir()) {
			continue
		}
		path := filepath.Join(d.path, e.Name())
		if len(w.roots) > 1 && w.isRoot(path) {
			continue // it has its turn
		}
		if !w.linter.policy.reads(path, kind.IsDir()) {
			continue
		}
		if !kind.IsDir() {
			files = append(files, e.Name())
			continue
		}
		if config, ok := versionControl(e.Name()); ok {
			if info, err := os.Lstat(filepath.Join(path, config)); config != "" && err == nil && info.Mode().IsRegular() {
				files = append(files, e.Name()+"/"+config)
			}
			continue
		}
		if w.changes.below(path) {
			below := directory{d.name.below(e.Name()), path, d.scope}
			dirs = append(dirs, func(w *worker) { w.directory(below) })
		}
	}
	w.crew.push(dirs...)
	for len(files) > batch {
		part := files[:batch]
		files = files[batch:]
		w.crew.push(func(w *worker) { w.files(d, part) })
	}
	w.files(d, files)
}

func (w *worker) files(d directory, names []string) {
	for _, name := range names {
		if w.ctx.Err() != nil {
			return
		}
		w.file(d.name.below(name), filepath.Join(d.path, name))
	}
}

// below is the name of what a directory holds.
func (n name) below(element string) name {
	join := func(dir string) string {
		switch {
		case dir == ".":
			return element
		case strings.HasSuffix(dir, "/"):
			return dir + element
		}
		return dir + "/" + element
	}
	return name{join(n.shown), join(n.steady)}
}

// readDir lists a directory in any order, which is that of the disk.
func readDir(path string) ([]fs.DirEntry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return f.ReadDir(-1)
}

func (r *run) isRoot(path string) bool {
	for i := range r.roots {
		if r.roots[i].path == path {
			return true
		}
	}
	return false
}
