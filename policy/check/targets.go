package check

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"muxkey/internal/dial"
	"muxkey/internal/glob"
)

// job is one target that was found: a file, a directory, or a server.
type job struct {
	name     string // the path or address
	endpoint *dial.Endpoint
	position int // among all jobs, from 1
	plan     *plan
	targets  []*Target // that name it, the later going before the earlier
	err      error     // why it cannot even be looked at
	service  *Service  // what it is instead of a target, else nil
}

// jobs lists what is to be checked: what the command line names, with what the
// policy says of it, or else all that the policy names.
func (p *Policy) jobs(ctx context.Context, r *resolver, o Options) ([]*job, error) {
	list, err := p.list(ctx, o)
	if err != nil {
		return nil, err
	}
	known := map[[8]ast.Node]*plan{}
	for i, j := range list.jobs {
		j.position = i + 1
		var last Target // the one whose line is shown
		if n := len(j.targets); n > 0 {
			last = *j.targets[n-1]
		}
		l := p.layers(j.targets)
		key, few := l.key()
		like := known[key]
		if like == nil || !few {
			s, err := p.decode(l)
			if err != nil {
				return nil, err
			}
			if like, err = r.plan(ctx, s, last.line, last.column); err != nil {
				return nil, err
			}
			if few {
				known[key] = like
			}
		}
		own := *like
		own.line, own.column, own.file = last.line, last.column, last.file
		j.plan = &own
	}
	return list.jobs, nil
}

// list is what is to be checked, without what is expected of it. Where a file and a
// directory above it are named, both say what is expected of the file.
func (p *Policy) list(ctx context.Context, o Options) (*jobList, error) {
	own := &jobList{policy: p, byName: map[string]*job{}}
	for _, t := range p.Targets {
		if err := own.add(ctx, t); err != nil {
			return nil, err
		}
	}
	list := own
	if len(o.Targets) > 0 || o.List != nil {
		list = &jobList{policy: p, byName: map[string]*job{}}
		list.name(o.Targets)
		rows, err := readInventory(o.List, "standard input")
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			t.here = true
			if err := list.add(ctx, t); err != nil {
				return nil, err
			}
		}
		for _, j := range own.jobs {
			if j.endpoint == nil && len(list.above(j.name)) > 0 {
				list.put(j.name, nil, nil, j.err)
			}
		}
	}
	targets := make([][]*Target, len(list.jobs))
	for i, j := range list.jobs {
		for _, above := range own.above(j.name) {
			targets[i] = append(targets[i], above.targets...)
		}
		if known := own.byName[j.name]; known != nil && list != own {
			targets[i] = append(targets[i], known.targets...)
		}
		targets[i] = append(targets[i], j.targets...)
	}
	for i, j := range list.jobs {
		j.targets = targets[i]
	}
	return list, nil
}

// jobList has each thing once, however often it is named.
type jobList struct {
	policy *Policy
	jobs   []*job
	byName map[string]*job
}

func (l *jobList) put(name string, at *dial.Endpoint, t *Target, err error) {
	if at == nil {
		name = filepath.Clean(name)
	}
	j := l.byName[name]
	if j == nil {
		j = &job{name: name, endpoint: at, err: err}
		l.byName[name] = j
		l.jobs = append(l.jobs, j)
	}
	if t != nil {
		j.targets = append(j.targets, t)
	}
}

// add takes up what an item of the policy names.
func (l *jobList) add(_ context.Context, t *Target) error {
	switch {
	case t.URL != "":
		at, err := parseServer(t.URL)
		if err != nil {
			return &PolicyError{File: l.policy.File, Line: t.line, Column: t.column, Reason: err.Error()}
		}
		l.put(at.String(), &at, t, nil)
		return nil
	case t.Inventory != "":
		name := l.path(t, t.Inventory)
		data, err := os.ReadFile(name) //nolint:gosec // that is what it is for
		if err != nil {
			l.put(name, nil, t, err)
			return nil
		}
		targets, err := readInventory(data, name)
		if err != nil {
			return err
		}
		for _, row := range targets {
			row.above, row.here = t, t.here
			if err := l.add(context.Background(), row); err != nil {
				return err
			}
		}
		return nil
	case !strings.ContainsAny(t.Path, "*?["):
		l.put(l.path(t, t.Path), nil, t, nil)
		return nil
	}
	found, err := l.matches(l.path(t, t.Path))
	switch {
	case err != nil:
		l.put(l.path(t, t.Path), nil, t, err)
	case len(found) == 0:
		l.put(l.path(t, t.Path), nil, t, errors.New("no file has a name like that"))
	}
	for _, name := range found {
		l.put(name, nil, t, nil)
	}
	return nil
}

// path is a name as it is from here: one of the command line is so already.
func (l *jobList) path(t *Target, name string) string {
	if t.here {
		return name
	}
	return l.policy.below(name)
}

// matches are the files like a pattern, in the order of their names.
func (l *jobList) matches(pattern string) ([]string, error) {
	pattern = filepath.ToSlash(pattern)
	root, rest := ".", pattern
	if i := strings.IndexAny(pattern, "*?["); i >= 0 {
		if cut := strings.LastIndexByte(pattern[:i], '/'); cut >= 0 {
			root, rest = pattern[:cut+1], pattern[cut+1:]
		}
	}
	var out []string
	deep := strings.Contains(rest, "/") || strings.Contains(rest, "**")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == root {
				return err
			}
			return nil // what cannot be entered has no files to see
		}
		if d.IsDir() {
			if name != root && !deep && filepath.Clean(name) != filepath.Clean(root) {
				return fs.SkipDir
			}
			return nil
		}
		if glob.Match(strings.TrimPrefix(pattern, "./"), strings.TrimPrefix(filepath.ToSlash(name), "./")) {
			out = append(out, name)
		}
		return nil
	})
	return out, err
}

// name takes up what the command line names.
func (l *jobList) name(names []string) {
	for _, name := range names {
		if at, err := parseServer(name); err == nil && isServer(name) {
			l.put(at.String(), &at, nil, nil)
		} else {
			l.put(name, nil, nil, nil)
		}
	}
}

// above are the directories that are named and have a file of this name below
// them, the outermost first.
func (l *jobList) above(name string) []*job {
	var out []*job
	for dir := filepath.Dir(name); dir != name; name, dir = dir, filepath.Dir(dir) {
		if j := l.byName[dir]; j != nil {
			out = append(out, j)
		}
	}
	slices.Reverse(out)
	return out
}

// isServer tells an address from a path: it has a scheme, or no file of its name
// is there.
func isServer(name string) bool {
	if strings.Contains(name, "://") {
		return true
	}
	_, err := os.Lstat(name)
	return err != nil
}

func parseServer(text string) (dial.Endpoint, error) {
	return dial.ParseEndpoint(text)
}

// readInventory reads a list of targets: YAML as in a policy, CSV with the names
// of settings in its first line, or one target a line.
func readInventory(data []byte, name string) ([]*Target, error) {
	trimmed := bytes.TrimLeft(data, " \t\r\n\ufeff")
	if bytes.HasPrefix(trimmed, []byte("- ")) || bytes.HasPrefix(trimmed, []byte("targets:")) {
		return yamlInventory(data, name)
	}
	first, _, _ := strings.Cut(string(trimmed), "\n")
	columns := strings.Split(strings.TrimSpace(first), ",")
	if slices.Contains(columns, "path") || slices.Contains(columns, "url") {
		return csvInventory(trimmed, name)
	}
	var out []*Target
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		if text = strings.TrimSpace(text); text == "" || text[0] == '#' {
			continue
		}
		t := &Target{Path: text, line: line, column: 1, file: name}
		if strings.Contains(text, "://") {
			t.Path, t.URL = "", text
		}
		out = append(out, t)
	}
	return out, nil
}

func yamlInventory(data []byte, name string) ([]*Target, error) {
	var f struct {
		Targets []*Target `yaml:"targets"`
	}
	into := any(&f)
	if !bytes.Contains(data, []byte("targets:")) {
		into = &f.Targets
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return nil, at(problem(err, settingNames()), name)
	}
	for _, t := range f.Targets {
		t.file = name
	}
	return f.Targets, nil
}

// csvInventory has a target a row. An empty cell says nothing.
func csvInventory(data []byte, name string) ([]*Target, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if err != nil {
		return nil, &PolicyError{File: name, Line: 1, Reason: err.Error()}
	}
	for i, column := range head {
		if !slices.Contains(settingNames(), column) {
			return nil, &PolicyError{File: name, Line: 1, Column: i + 1, Reason: fmt.Sprintf("there is no setting %q for a column", column), Nearest: nearest(column, settingNames())}
		}
	}
	var out []*Target
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, &PolicyError{File: name, Line: line, Reason: err.Error()}
		}
		values := yaml.MapSlice{}
		for i, cell := range row {
			if cell != "" {
				values = append(values, yaml.MapItem{Key: head[i], Value: value(cell)})
			}
		}
		node, err := nodeOf(values)
		if err != nil {
			return nil, &PolicyError{File: name, Line: line, Reason: err.Error()}
		}
		t := &Target{}
		if err := t.UnmarshalYAML(node); err != nil {
			return nil, &PolicyError{File: name, Line: line, Reason: problem(err, nil).Reason}
		}
		t.line, t.column, t.file = line, 1, name
		out = append(out, t)
	}
}

// nodeOf goes by way of the text: yaml.ValueToNode keeps the quotes that a text such
// as "1.2" needs, and takes them for a part of it.
func nodeOf(values yaml.MapSlice) (ast.Node, error) {
	text, err := yaml.Marshal(values)
	if err != nil {
		return nil, err
	}
	f, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	return f.Docs[0].Body, nil
}

// value is a cell as the text, number or answer that it stands for.
func value(cell string) any {
	if n, err := strconv.Atoi(cell); err == nil && (cell == "0" || !strings.HasPrefix(cell, "0")) {
		return n
	}
	if f, err := strconv.ParseFloat(cell, 64); err == nil && strings.HasPrefix(cell, "0.") {
		return f
	}
	if cell == "true" || cell == "false" {
		return cell == "true"
	}
	return cell
}
