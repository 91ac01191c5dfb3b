package lint

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// changes are the files and lines that were changed since a revision. Nil stands
// for all there are.
type changes struct {
	files map[string]lines // by their absolute paths, with no link in them
	above map[string]bool  // the directories that these are in, at any depth
}

// lines are ranges, first and last, ascending. Nil stands for all.
type lines [][2]int

// GitError says what git could not tell.
type GitError struct {
	Op  string // what was asked for
	Say string // what git said
	Err error  // what became of the program
}

func (e *GitError) Error() string {
	if errors.Is(e.Err, exec.ErrNotFound) {
		return e.Op + ": the program git is needed for it"
	}
	if e.Say != "" {
		return e.Op + ": git says: " + e.Say
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

// Hint is what mends it, empty where that is plain.
func (e *GitError) Hint() string {
	if errors.Is(e.Err, errNothingInCommon) {
		return "in a shallow clone, fetch what is missing first: git fetch --unshallow"
	}
	return ""
}

var errNothingInCommon = errors.New("it has nothing in common with HEAD, or the clone is too shallow to know")

// Unwrap returns Err.
func (e *GitError) Unwrap() error { return e.Err }

// changedSince asks git for what was changed since the branch left a revision:
// lines added or changed by commits or in the work tree, and files that git does
// not know and does not ignore.
func changedSince(ctx context.Context, roots []root, revision string) (*changes, error) {
	c := &changes{files: map[string]lines{}, above: map[string]bool{}}
	op := "finding what has changed since " + revision
	if revision == "" || strings.HasPrefix(revision, "-") {
		return nil, &GitError{Op: op, Err: errors.New("that is no revision")}
	}
	asked := map[string]bool{}
	for _, r := range roots {
		g := git{ctx, op, r.path}
		if !r.dir {
			g.dir = filepath.Dir(r.path)
		}
		top, err := g.line("rev-parse", "--show-toplevel")
		if err != nil {
			return nil, err
		}
		if g.dir = filepath.FromSlash(top); asked[g.dir] {
			continue
		}
		asked[g.dir] = true
		base, err := g.line("merge-base", revision, "HEAD")
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			why := errNothingInCommon
			if _, err := g.line("rev-parse", "--verify", "--quiet", revision+"^{commit}"); err != nil {
				why = errors.New("there is no such revision")
			}
			return nil, &GitError{Op: op, Err: why}
		}
		// As text also what git takes for binary, such as UTF-16.
		err = g.run(func(out io.Reader) error { return c.diff(g.dir, out) },
			"diff", "--unified=0", "--text", "--find-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-filter=d", "--src-prefix=a/", "--dst-prefix=b/", base)
		if err != nil {
			return nil, err
		}
		err = g.run(func(out io.Reader) error { return c.whole(g.dir, out) }, "ls-files", "-z", "--others", "--exclude-standard")
		if err != nil {
			return nil, err
		}
	}
	for path := range c.files {
		for dir := filepath.Dir(path); !c.above[dir]; dir = filepath.Dir(dir) {
			c.above[dir] = true
		}
	}
	return c, nil
}

// git is the program, asked in a directory.
type git struct {
	ctx context.Context
	op  string
	dir string
}

func (g git) run(read func(io.Reader) error, args ...string) error {
	c := exec.CommandContext(g.ctx, "git", append([]string{"-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-C", g.dir}, args...)...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return &GitError{Op: g.op, Err: err}
	}
	bad := read(out)
	_, _ = io.Copy(io.Discard, out) // git must come to its end
	if err := c.Wait(); err != nil {
		say, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return &GitError{Op: g.op, Say: strings.TrimPrefix(say, "fatal: "), Err: err}
	}
	if bad != nil {
		return &GitError{Op: g.op, Err: bad}
	}
	return nil
}

// line is the only line of an answer.
func (g git) line(args ...string) (string, error) {
	var answer []byte
	err := g.run(func(out io.Reader) (err error) {
		answer, err = io.ReadAll(out)
		return err
	}, args...)
	return strings.TrimSuffix(string(answer), "\n"), err
}

// diff reads a unified diff without lines of context.
func (c *changes) diff(top string, from io.Reader) error {
	r := bufio.NewReaderSize(from, 64<<10)
	file, skip := "", 0
	for {
		line, err := r.ReadSlice('\n')
		text := strings.TrimSuffix(string(line), "\n")
		for errors.Is(err, bufio.ErrBufferFull) { // of a long line the beginning is enough
			_, err = r.ReadSlice('\n')
		}
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		switch {
		case text == "" && end:
			return nil
		case strings.HasPrefix(text, `\`): // "No newline at end of file"
		case skip > 0:
			skip--
		case strings.HasPrefix(text, "+++ "):
			name, bad := unquoted(text[4:])
			if bad != nil {
				return bad
			}
			file = filepath.Join(top, filepath.FromSlash(strings.TrimPrefix(name, "b/")))
		case strings.HasPrefix(text, "@@ "):
			old, added, first, bad := hunk(text)
			if bad != nil {
				return bad
			}
			skip = old + added
			if added > 0 {
				c.files[file] = append(c.files[file], [2]int{first, first + added - 1})
			}
		}
	}
}

// unquoted is a name as it stands in a diff.
func unquoted(name string) (string, error) {
	name = strings.TrimSuffix(name, "\t") // behind names with blanks
	if !strings.HasPrefix(name, `"`) {
		return name, nil
	}
	plain, err := strconv.Unquote(name)
	if err != nil {
		return "", fmt.Errorf("the name %s: %w", name, err)
	}
	return plain, nil
}

// hunk reads "@@ -old,count +first,count @@"; a count of 1 may be left out.
func hunk(text string) (old, added, first int, err error) {
	fields := strings.Fields(text)
	if len(fields) < 3 {
		return 0, 0, 0, fmt.Errorf("%q is no head of a change", text)
	}
	count := func(field string) (at, n int, err error) {
		start, number, ok := strings.Cut(field[1:], ",")
		if at, err = strconv.Atoi(start); err != nil || !ok {
			return at, 1, err
		}
		n, err = strconv.Atoi(number)
		return at, n, err
	}
	_, old, err = count(fields[1])
	if err == nil {
		first, added, err = count(fields[2])
	}
	return old, added, first, err
}

// whole reads names with zeros between.
func (c *changes) whole(top string, from io.Reader) error {
	names, err := io.ReadAll(from)
	for name := range strings.SplitSeq(string(names), "\x00") {
		if name != "" {
			c.files[filepath.Join(top, filepath.FromSlash(name))] = nil
		}
	}
	return err
}

// of are the lines of a file that were changed.
func (c *changes) of(path string) (changed lines, ok bool) {
	if c == nil {
		return nil, true
	}
	changed, ok = c.files[path]
	return changed, ok
}

// below tells whether something in a directory was changed.
func (c *changes) below(path string) bool { return c == nil || c.above[path] }

// has tells whether one of some lines was changed.
func (l lines) has(first, last int) bool {
	if l == nil {
		return true
	}
	for _, r := range l {
		if r[0] <= last && first <= r[1] {
			return true
		}
	}
	return false
}
