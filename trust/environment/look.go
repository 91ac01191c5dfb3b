package environment

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"muxkey/internal/lazy"
	"muxkey/keystore"
	"muxkey/trust"
	"muxkey/trust/source"
)

// Found is what a program is told on a machine. Its JSON is a contract.
type Found struct {
	Program string  `json:"program"`          // its ID
	Title   string  `json:"title"`            // for people
	Path    string  `json:"path,omitempty"`   // of the program; missing when it is not installed
	Proven  bool    `json:"proven"`           // the order of its sources was found by running it
	Sources []State `json:"sources"`          // of each slot the first that is set counts
	Trusts  *bool   `json:"trusts,omitempty"` // it has all anchors of the bundle that was asked about
}

// State is what one source says.
type State struct {
	Source   string `json:"source"`               // the variable, the setting, or the place
	Variable bool   `json:"variable"`             // it is a variable of the environment
	Default  bool   `json:"default"`              // it is there without anybody's doing
	Slot     Slot   `json:"slot"`                 // what is in different slots adds up
	Value    string `json:"value,omitempty"`      // the path; missing when it is not set, or within the program
	Status   Effect `json:"status"`               // whether it counts
	By       string `json:"overridden,omitempty"` // the source that counts in its place
	Problem  string `json:"problem,omitempty"`    // why there is nothing to be had from it
	Anchors  *int   `json:"anchors,omitempty"`    // how many there are in it
	Of       *int   `json:"ofBundle,omitempty"`   // how many of the bundle's are among them
}

// Effect tells whether a source counts.
type Effect string

// The effects.
const (
	Unset      Effect = "unset"
	Used       Effect = "used"
	Overridden Effect = "overridden"
)

// Look says what is set for programs, and what of it counts. Bundle may be nil.
func Look(ctx context.Context, m *Machine, programs []Program, bundle *trust.Set) []Found {
	out := make([]Found, len(programs))
	var wg sync.WaitGroup
	for i, p := range programs {
		wg.Go(func() { out[i] = m.look(ctx, p, bundle) }) // some of them are slow to say
	}
	wg.Wait()
	return out
}

// Installed is the path of the program, empty when it is not there.
func (m *Machine) Installed(p Program) string {
	for _, name := range p.Commands {
		if path := m.Command(name); path != "" {
			return path
		}
	}
	return ""
}

func (m *Machine) look(ctx context.Context, p Program, bundle *trust.Set) Found {
	f := Found{Program: p.ID, Title: p.Title, Path: m.Installed(p), Proven: p.Proven}
	values := map[string]string{}
	for _, s := range p.Sources {
		values[s.Name] = s.Find(ctx, m)
	}
	winners := map[Slot]string{}
	held := map[[32]byte]bool{}
	for _, s := range p.Sources {
		state := State{Source: s.Name, Variable: s.Variable, Default: s.Default, Slot: s.Slot, Value: values[s.Name], Status: Unset}
		if values[s.Name] != "" {
			state.Status, state.By = Used, winners[s.Slot]
			if i := slices.IndexFunc(s.Unless, func(name string) bool { return values[name] != "" }); i >= 0 {
				state.By = s.Unless[i]
			}
			if state.By != "" {
				state.Status = Overridden
			} else {
				winners[s.Slot] = s.Name
			}
			m.fill(ctx, &state, s.Form, bundle, held)
		}
		f.Sources = append(f.Sources, state)
	}
	if bundle != nil {
		all := !slices.ContainsFunc(bundle.Anchors, func(a *trust.Anchor) bool { return !held[a.SHA256] })
		f.Trusts = &all
	}
	return f
}

// fill looks into what a source names.
func (m *Machine) fill(ctx context.Context, state *State, form Form, bundle *trust.Set, held map[[32]byte]bool) {
	if form == Unseen {
		state.Value = ""
		return
	}
	c := m.read(ctx, state.Value, form)
	n := len(c.anchors)
	state.Anchors, state.Problem = &n, c.problem
	if bundle == nil {
		return
	}
	of := 0
	for _, a := range bundle.Anchors {
		if c.anchors[a.SHA256] {
			of++
			held[a.SHA256] = held[a.SHA256] || state.Status == Used
		}
	}
	state.Of = &of
}

// content is what is in a file, or in directories.
type content struct {
	anchors map[[32]byte]bool
	problem string
}

// read reads each path once.
func (m *Machine) read(ctx context.Context, value string, form Form) content {
	key := string(form) + ":" + value
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.known[key]
	if !ok {
		c = readAnchors(ctx, value, form)
		if m.known == nil {
			m.known = map[string]content{}
		}
		m.known[key] = c
	}
	return c
}

// hashed are the names under which OpenSSL looks for certificates in a directory.
var hashed = lazy.Regexp(`^[0-9a-f]{8}\.[0-9]+$`)

func readAnchors(ctx context.Context, value string, form Form) content {
	c := content{anchors: map[[32]byte]bool{}}
	var b trust.Builder
	fail := func(err error) {
		var path *fs.PathError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.problem = "it does not exist"
		case errors.As(err, &path):
			c.problem = path.Err.Error()
		default:
			c.problem = err.Error()
		}
	}
	paths := []string{value}
	if _, err := os.Stat(value); err != nil && form != Keystore {
		paths = split(value)
	}
	for _, path := range paths {
		if err := readOne(ctx, &b, path, form); err != nil {
			fail(err)
		}
	}
	for _, a := range b.Set().Anchors {
		c.anchors[a.SHA256] = true
	}
	if c.problem == "" && len(c.anchors) == 0 {
		c.problem = "there is no certificate in it"
	}
	return c
}

func readOne(ctx context.Context, b *trust.Builder, path string, form Form) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case form == Keystore:
		return source.Path(ctx, b, path, source.Options{Password: javaPassword})
	case !info.IsDir():
		return readPEM(ctx, b, path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if form == Pile || hashed().MatchString(e.Name()) {
			_ = readPEM(ctx, b, filepath.Join(path, e.Name())) // what is none of theirs, programs pass over
		}
	}
	return nil
}

// maxFile is the size of a bundle that is looked into.
const maxFile = 64 << 20

func readPEM(ctx context.Context, b *trust.Builder, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return errNoPEM
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return errNoPEM
	}
	return source.Bytes(ctx, b, source.Input{Name: path, Data: data})
}

// javaPassword is that of Java's own trust store, which is tried on others as well;
// what is in them is mostly in the open anyway.
func javaPassword(string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return "changeit", nil }
}

// FormOf tells for whom a bundle is: PEM, Keystore for what Java opens, or empty
// for what no variable names.
func FormOf(path string) (Form, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	head = head[:n]
	for k := range keystore.Formats().All() {
		if (k.ID == "jks" || k.ID == "pkcs12") && k.Detect(head) >= keystore.Likely {
			return Keystore, nil
		}
	}
	if bytes.Contains(head, []byte("-----BEGIN ")) {
		return PEM, nil
	}
	return "", nil
}
