package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"muxkey/internal/command"
	"muxkey/internal/named"
	"muxkey/internal/safefile"
	"muxkey/trust"
	"muxkey/trust/source"
)

// Layout is how a system keeps the anchors that its administrator adds.
type Layout struct {
	ID    string
	Title string
	// Marks are paths of which one shows that a system has it.
	Marks []string
	// Directory takes the anchors, one in each file.
	Directory string
	// Refresh is the command that lets programs have them.
	Refresh []string
	// Bundle is the file that the command makes for them.
	Bundle string
	// Undo is the command when files have gone; nil when it is Refresh.
	Undo func(removed []string) (argv []string, clean func(), err error)
	// UndoBy is Undo for people.
	UndoBy string
}

// Layouts lists them; the first whose marks are there is that of the system.
func Layouts() named.Set[Layout] {
	return named.New(func(l Layout) string { return l.ID },
		Layout{
			ID: "rhel", Title: "Fedora, RHEL and their kin", Marks: []string{"/etc/pki/ca-trust/source"},
			Directory: "/etc/pki/ca-trust/source/anchors", Refresh: []string{"update-ca-trust", "extract"},
			Bundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		},
		Layout{ // its update-ca-certificates is another program than Debian's
			ID: "suse", Title: "SUSE", Marks: []string{"/etc/pki/trust/anchors", "/usr/share/pki/trust"},
			Directory: "/etc/pki/trust/anchors", Refresh: []string{"update-ca-certificates"},
			Bundle: "/var/lib/ca-certificates/ca-bundle.pem",
		},
		Layout{
			ID: "arch", Title: "Arch Linux", Marks: []string{"/etc/ca-certificates/trust-source"},
			Directory: "/etc/ca-certificates/trust-source/anchors", Refresh: []string{"update-ca-trust"},
			Bundle: "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
		},
		Layout{
			ID: "alpine", Title: "Alpine Linux", Marks: []string{"/etc/alpine-release"},
			Directory: "/usr/local/share/ca-certificates", Refresh: []string{"update-ca-certificates"},
			Bundle: "/etc/ssl/certs/ca-certificates.crt",
		},
		Layout{
			ID: "debian", Title: "Debian, Ubuntu and their kin", Marks: []string{"/etc/ca-certificates.conf", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"},
			Directory: "/usr/local/share/ca-certificates", Refresh: []string{"update-ca-certificates"},
			Bundle: "/etc/ssl/certs/ca-certificates.crt", Undo: debianUndo("/etc/ca-certificates.conf"), UndoBy: "update-ca-certificates --fresh",
		},
	)
}

// ErrNoLayout means that a system keeps its anchors in no way that is known.
var ErrNoLayout = errors.New("how this system keeps its trust anchors is not known")

// ErrOutside means that a path below a root leads out of it.
var ErrOutside = errors.New("a symbolic link leads out of the root")

// RefreshError means that a system did not take in what was put into its directory,
// which was taken out again.
type RefreshError struct{ Err error }

func (e *RefreshError) Error() string {
	return fmt.Sprintf("the system did not take the change in, which was undone: %v", e.Err)
}

// Unwrap returns Err.
func (e *RefreshError) Unwrap() error { return e.Err }

// Run runs a command to its end.
type Run func(ctx context.Context, argv ...string) error

// Command is the Run of this machine. Programs for the administrator are found
// also where $PATH does not lead.
func Command(ctx context.Context, argv ...string) error {
	path, err := exec.LookPath(argv[0])
	for _, dir := range []string{"/usr/sbin", "/usr/bin", "/sbin"} {
		if err == nil {
			break
		}
		path, err = exec.LookPath(filepath.Join(dir, argv[0]))
	}
	if err != nil {
		return err
	}
	return command.Run(ctx, append([]string{path}, argv[1:]...), command.Options{Timeout: 5 * time.Minute})
}

// System is the store of a system whose files are below root: "/", or that of an
// image, of which no program is run. Errors: ErrNoLayout, ErrOutside.
func System(root string, run Run) (Store, error) {
	var layout Layout
	found := false
	for l := range Layouts().All() {
		for _, mark := range l.Marks {
			if _, err := os.Stat(filepath.Join(root, mark)); err == nil && !found {
				layout, found = l, true
			}
		}
	}
	if !found {
		return Store{}, ErrNoLayout
	}
	dir := filepath.Join(root, layout.Directory)
	if err := Inside(root, dir); err != nil {
		return Store{}, err
	}
	s := system{layout, dir, run}
	if root != "/" {
		s.run = nil
	}
	out := Store{ID: "system", Path: dir, List: s.list, Apply: s.apply, Extension: extension}
	if s.run == nil {
		out.Next = func(changes []Change) string {
			if layout.UndoBy != "" && slices.ContainsFunc(changes, func(c Change) bool { return c.Action == Deleted }) {
				return layout.UndoBy
			}
			return strings.Join(layout.Refresh, " ")
		}
	} else {
		out.Taken = func(ctx context.Context) (map[[32]byte]bool, error) { return read(ctx, layout.Bundle) }
	}
	return out, nil
}

// Inside fails with ErrOutside when a symbolic link on the way to a path leads out
// of a root.
func Inside(root, path string) error {
	home, err := filepath.EvalSymlinks(root)
	if err != nil {
		return err
	}
	if root == "/" {
		return nil
	}
	for there := path; ; there = filepath.Dir(there) {
		switch _, err := os.Lstat(there); {
		case errors.Is(err, fs.ErrNotExist) && there != root:
			continue // it would be made
		case err != nil:
			return err
		}
		to, err := filepath.EvalSymlinks(there)
		if err != nil {
			return fmt.Errorf("%s: %w", there, ErrOutside) // to where there is nothing, on this system
		}
		if to != home && !strings.HasPrefix(to, strings.TrimSuffix(home, "/")+string(filepath.Separator)) {
			return fmt.Errorf("%s leads to %s: %w", there, to, ErrOutside)
		}
		return nil
	}
}

type system struct {
	Layout
	dir string
	run Run
}

// list reads the files one by one; what is in them that is no certificate does not
// matter here.
func (s system) list(ctx context.Context) ([]Entry, error) {
	files, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, f := range files {
		var b trust.Builder
		path := filepath.Join(s.dir, f.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || source.Path(ctx, &b, path, source.Options{}) != nil {
			continue
		}
		for _, a := range b.Set().Anchors {
			out = append(out, Entry{f.Name(), a.SHA256})
		}
	}
	return out, nil
}

const extension = ".crt" // Debian looks at no other

// apply writes and removes the files, and lets the system take that in. When it
// does not, the files are put back.
func (s system) apply(ctx context.Context, changes []Change) (err error) {
	var undo []func() error
	defer func() {
		if err == nil {
			return
		}
		for _, step := range slices.Backward(undo) {
			err = errors.Join(err, step())
		}
	}()
	if err := os.MkdirAll(s.dir, 0o755); err != nil { //nolint:gosec // everybody reads it
		return &safefile.Error{Op: "create", Path: s.dir, Err: unwrapPath(err)}
	}
	var removed []string
	for _, c := range changes {
		switch c.Action {
		case Added:
			path := filepath.Join(s.dir, c.Name)
			if err := safefile.Write(ctx, path, pemOf(c.Anchor), safefile.Options{Mode: 0o644}); err != nil {
				return err
			}
			undo = append(undo, func() error { return os.Remove(path) })
			if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // whatever the umask: everybody reads it
				return &safefile.Error{Op: "create", Path: path, Err: unwrapPath(err)}
			}
		case Deleted:
			path := filepath.Join(s.dir, c.Name)
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.Remove(path)
			}
			if err != nil {
				return &safefile.Error{Op: "delete", Path: path, Err: unwrapPath(err)}
			}
			removed = append(removed, c.Name)
			undo = append(undo, func() error {
				return safefile.Write(context.WithoutCancel(ctx), path, data, safefile.Options{Mode: 0o644})
			})
		}
	}
	if s.run == nil {
		return nil
	}
	return s.refresh(ctx, removed)
}

func (s system) refresh(ctx context.Context, removed []string) error {
	argv := s.Refresh
	if len(removed) > 0 && s.Undo != nil {
		words, clean, err := s.Undo(removed)
		if err != nil {
			return err
		}
		defer clean()
		argv = words
	}
	if err := s.run(ctx, argv...); err != nil {
		return &RefreshError{err}
	}
	return nil
}

// debianUndo tells update-ca-certificates of files that have gone. Without that it
// leaves their links behind, and Java, which a hook of it serves, keeps trusting
// them. It takes away what its configuration lists with a "!"; so it gets one with
// such lines in addition.
func debianUndo(conf string) func([]string) ([]string, func(), error) {
	return func(removed []string) ([]string, func(), error) {
		text, err := os.ReadFile(conf)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, '\n')
		}
		for _, name := range removed {
			text = append(text, "!"+name+"\n"...)
		}
		f, err := os.CreateTemp("", "muxkey-*.conf")
		if err != nil {
			return nil, nil, err
		}
		_, err = f.Write(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, nil, errors.Join(err, os.Remove(f.Name()))
		}
		return []string{"update-ca-certificates", "--certsconf", f.Name()}, func() { _ = os.Remove(f.Name()) }, nil
	}
}

// read gives the anchors in a file.
func read(ctx context.Context, path string) (map[[32]byte]bool, error) {
	var b trust.Builder
	if err := source.Path(ctx, &b, path, source.Options{}); err != nil {
		return nil, err
	}
	out := map[[32]byte]bool{}
	for _, a := range b.Set().Anchors {
		out[a.SHA256] = true
	}
	return out, nil
}

// unwrapPath leaves the path to the error around it.
func unwrapPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
