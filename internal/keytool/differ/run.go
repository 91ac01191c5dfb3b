package differ

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Pair runs sequences with two tools side by side.
type Pair struct {
	Reference, Ours Tool
	Repository      string   // its top, absolute: where the fixtures are
	Env             []string // for what a sequence does besides keytool
}

// Disagreement is the first thing in which two tools differ.
type Disagreement struct {
	Sequence Sequence
	Step     int    // from 1; 0: the stores and files that are left
	Where    string // status, stdout, stderr, or what is left behind
	What     string
}

// String says where and what.
func (d *Disagreement) String() string {
	where := "afterwards, "
	if d.Step > 0 {
		where = fmt.Sprintf("step %d, %s\n", d.Step, d.Sequence.Steps[d.Step-1])
	}
	return fmt.Sprintf("sequence %d of seed %d: %s%s\n%s", d.Sequence.Number, d.Sequence.Seed, where, d.Where, d.What)
}

// Run runs a sequence with both tools and returns the first disagreement, or nil.
func (p *Pair) Run(ctx context.Context, s Sequence) (*Disagreement, error) {
	for _, t := range []Tool{p.Reference, p.Ours} {
		if err := p.prepare(t.Dir()); err != nil {
			return nil, err
		}
	}
	c := NewComparer()
	differs := func(step int, where, what string) *Disagreement {
		return &Disagreement{Sequence: s, Step: step, Where: where, What: what}
	}
	for i, step := range s.Steps {
		if step.Args == nil {
			for _, t := range []Tool{p.Reference, p.Ours} {
				sh := exec.CommandContext(ctx, "sh", "-c", step.Shell)
				sh.Dir, sh.Env = t.Dir(), p.Env
				sh.Run() //nolint:errcheck // where an earlier step has failed, so does this one, and with both tools
			}
			continue
		}
		_, where, what, err := p.call(ctx, c, step)
		if err != nil {
			return nil, fmt.Errorf("sequence %d of seed %d, step %d: %w", s.Number, s.Seed, i+1, err)
		}
		if what != "" {
			return differs(i+1, where, what), nil
		}
	}
	reference, err := files(p.Reference.Dir())
	if err != nil {
		return nil, err
	}
	ours, err := files(p.Ours.Dir())
	if err != nil {
		return nil, err
	}
	if what := c.files(ctx, reference, ours, s.Passwords); what != "" {
		return differs(0, "files", what), nil
	}
	// Each tool lists the stores of both.
	for _, where := range []string{"each tool reads its own stores", "each tool reads the other's stores"} {
		for _, name := range stores(reference) {
			what, err := p.audit(ctx, c, name, s.Passwords)
			if err != nil {
				return nil, err
			}
			if what != "" {
				return differs(0, where, what), nil
			}
		}
		if err := swap(p.Reference.Dir(), p.Ours.Dir()); err != nil {
			return nil, err
		}
		c = c.swapped()
	}
	return nil, nil
}

// call makes both tools do the same at the same time and compares what they say.
// The status is that of the reference.
func (p *Pair) call(ctx context.Context, c *Comparer, s Step) (status int, where, what string, err error) {
	type outcome struct {
		r   Result
		err error
	}
	ours := make(chan outcome, 1)
	go func() {
		r, err := s.run(ctx, p.Ours)
		ours <- outcome{r, err}
	}()
	r, err := s.run(ctx, p.Reference)
	o := <-ours
	if err := errors.Join(err, o.err); err != nil {
		return 0, "", "", err
	}
	if r.Status != o.r.Status {
		return r.Status, "status", fmt.Sprintf("reference: %d %q %q\n     ours: %d %q %q", r.Status, tail(r.Stdout), tail(r.Stderr), o.r.Status, tail(o.r.Stdout), tail(o.r.Stderr)), nil
	}
	if d := c.contents(ctx, []byte(r.Stdout), []byte(o.r.Stdout), nil); d != "" {
		return r.Status, "stdout", d, nil
	}
	return r.Status, "stderr", c.Text(r.Stderr, o.r.Stderr), nil
}

// run makes a tool do the step.
func (s Step) run(ctx context.Context, t Tool) (Result, error) {
	stdin := s.Stdin
	if s.From != "" {
		data, _ := os.ReadFile(filepath.Join(t.Dir(), s.From)) // it is not there if an earlier step has failed
		stdin = string(data)
	}
	r, err := t.Run(ctx, s.Args, stdin)
	if err == nil && s.To != "" {
		err = os.WriteFile(filepath.Join(t.Dir(), s.To), []byte(r.Stdout), 0o644)
	}
	return r, err
}

func tail(text string) string {
	if len(text) > 300 {
		return "..." + text[len(text)-300:]
	}
	return text
}

// audit lists a store with all that is in it. Of the passwords it tries those up
// to the one that opens the store.
func (p *Pair) audit(ctx context.Context, c *Comparer, name string, passwords []string) (string, error) {
	for _, password := range passwords {
		status, where, what, err := p.call(ctx, c, Step{Args: []string{"-list", "-v", "-keystore", name, "-storepass", password}})
		if err != nil {
			return "", err
		}
		if what != "" {
			return fmt.Sprintf("-list -v -keystore %s -storepass %q: %s\n%s", name, password, where, what), nil
		}
		if status == 0 {
			break
		}
	}
	return "", nil
}

// prepare empties a directory and puts into it what every sequence finds there.
func (p *Pair) prepare(dir string) error {
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := os.RemoveAll(filepath.Join(dir, n.Name())); err != nil {
			return err
		}
	}
	for _, sub := range []string{"fx", "home"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for _, f := range fixtures() {
		if err := os.Symlink(filepath.Join(p.Repository, f.folder), filepath.Join(dir, "fx", f.name)); err != nil {
			return err
		}
	}
	return nil
}

// Fixtures are the files that sequences read, as paths below "fx".
func Fixtures(repository string) ([]string, error) {
	var names []string
	for _, f := range fixtures() {
		entries, err := os.ReadDir(filepath.Join(repository, f.folder))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() {
				names = append(names, "fx/"+f.name+"/"+e.Name())
			}
		}
	}
	return names, nil
}

// left is a file that a sequence leaves behind.
type left struct {
	name string
	mode fs.FileMode
	data []byte
}

func files(dir string) ([]left, error) {
	var all []left
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || strings.HasPrefix(name, "fx/") {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, left{name, info.Mode(), data})
		return err
	})
	return all, err
}

// files compares what is left behind: names, modes and contents.
func (c *Comparer) files(ctx context.Context, reference, ours []left, passwords []string) string {
	for i := range max(len(reference), len(ours)) {
		switch {
		case i == len(reference) || i < len(ours) && ours[i].name < reference[i].name:
			return fmt.Sprintf("only ours: %s", ours[i].name)
		case i == len(ours) || reference[i].name < ours[i].name:
			return fmt.Sprintf("only the reference: %s", reference[i].name)
		}
		r, o := reference[i], ours[i]
		if r.mode != o.mode {
			return fmt.Sprintf("%s: reference %v, ours %v", r.name, r.mode, o.mode)
		}
		if d := c.contents(ctx, r.data, o.data, passwords); d != "" {
			return fmt.Sprintf("%s: %s", r.name, d)
		}
	}
	return ""
}

func (c *Comparer) contents(ctx context.Context, reference, ours []byte, passwords []string) string {
	if javaStore(reference) && javaStore(ours) {
		return c.java(reference, ours)
	}
	if r, rRest, ok := firstPEM(reference); ok {
		if o, oRest, ok := firstPEM(ours); ok {
			if d := c.Text(r, o); d != "" {
				return d
			}
			return c.contents(ctx, rRest, oRest, passwords)
		}
	}
	if !utf8.Valid(reference) && !utf8.Valid(ours) { // a line or two, and DER behind them
		r, rRest, rLine := bytes.Cut(reference, []byte("\n"))
		o, oRest, oLine := bytes.Cut(ours, []byte("\n"))
		if rLine && oLine && utf8.Valid(r) && utf8.Valid(o) {
			if d := c.Text(string(r), string(o)); d != "" {
				return d
			}
			return c.contents(ctx, rRest, oRest, passwords)
		}
	}
	r, rRest := der(reference)
	o, oRest := der(ours)
	if r == nil || o == nil {
		return c.Text(string(reference), string(ours))
	}
	if d := c.bags(ctx, r, o, passwords); d != "" {
		return d
	}
	if d := c.DER(r, o); d != "" {
		return d
	}
	return c.contents(ctx, rRest, oRest, passwords)
}

// stores are the names of the files that may be stores.
func stores(all []left) []string {
	var names []string
	for _, f := range all {
		// A PFX begins with its version, 3.
		if javaStore(f.data) || bytes.HasPrefix(f.data, []byte("\x30")) && bytes.Contains(f.data[:min(8, len(f.data))], []byte("\x02\x01\x03")) {
			names = append(names, f.name)
		}
	}
	return names
}

// swap gives each directory what is in the other.
func swap(a, b string) error {
	between, err := os.MkdirTemp(filepath.Dir(a), "swap")
	if err != nil {
		return err
	}
	for _, move := range [][2]string{{a, between}, {b, a}, {between, b}} {
		names, err := os.ReadDir(move[0])
		if err != nil {
			return err
		}
		for _, n := range names {
			if err := os.Rename(filepath.Join(move[0], n.Name()), filepath.Join(move[1], n.Name())); err != nil {
				return err
			}
		}
	}
	return os.Remove(between)
}
