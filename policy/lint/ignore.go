package lint

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muxkey/internal/glob"
)

// Patterns of files that are to be left alone, as gitignore(5) has them. What
// stands in the file of a directory goes before what stands further up, later
// lines before earlier ones, and ".ignore", which tools of search share, before
// all that is git's. Git's own count within a repository alone.

// scope is the patterns that hold in a directory.
type scope struct {
	up  *scope
	dir string // absolute, with slashes, and with one at its end
	// own are those of ".ignore", git those of ".gitignore", and exclude those of
	// the repository, at its top alone.
	own, git, exclude []ignorePattern
	// top tells that a repository begins here; those further up say nothing of it.
	top bool
	// inRepo: it is within a repository.
	inRepo bool
}

// enter is the scope of a directory below that of s, which is nil where nothing
// says anything.
func (s *scope) enter(dir string, has func(name string) bool) *scope {
	next := &scope{up: s, dir: strings.TrimSuffix(filepath.ToSlash(dir), "/") + "/", inRepo: s != nil && s.inRepo}
	if has(".git") {
		if common, ok := gitDirectory(dir); ok {
			next.top, next.inRepo = true, true
			next.exclude = readPatterns(filepath.Join(common, "info", "exclude"))
		}
	}
	if next.inRepo && has(".gitignore") {
		next.git = readPatterns(filepath.Join(dir, ".gitignore"))
	}
	if has(".ignore") {
		next.own = readPatterns(filepath.Join(dir, ".ignore"))
	}
	if len(next.git) == 0 && len(next.own) == 0 && !next.top {
		return s // nothing new
	}
	return next
}

// above is the scope of the directories above one, up to the root of the file
// system: what they say holds below.
func above(dir string) *scope {
	parent := filepath.Dir(dir)
	if parent == dir {
		return nil
	}
	return above(parent).enter(parent, func(name string) bool {
		_, err := os.Lstat(filepath.Join(parent, name))
		return err == nil
	})
}

// gitDirectory finds what is common to the work trees of a repository, by the
// ".git" in one of them: a directory, or a file that names one
// (gitrepository-layout(5)).
func gitDirectory(dir string) (string, bool) {
	at := filepath.Join(dir, ".git")
	info, err := os.Stat(at)
	if err != nil {
		return "", false
	}
	if info.Mode().IsRegular() {
		target, ok := strings.CutPrefix(strings.TrimSpace(string(readSmall(at))), "gitdir: ")
		if !ok {
			return "", false
		}
		if at = target; !filepath.IsAbs(at) {
			at = filepath.Join(dir, at)
		}
	}
	if common := strings.TrimSpace(string(readSmall(filepath.Join(at, "commondir")))); common != "" {
		if at = filepath.Join(at, common); filepath.IsAbs(common) {
			at = common
		}
	}
	// Any directory may be called ".git"; git wants a HEAD in one of its own.
	_, err = os.Lstat(filepath.Join(at, "HEAD"))
	return at, err == nil
}

// ignored tells whether a file or directory is to be left alone: one in dir,
// which is absolute, with slashes and one at its end.
func (s *scope) ignored(dir, name string, isDir bool) bool {
	for _, of := range []func(*scope) []ignorePattern{
		func(s *scope) []ignorePattern { return s.own },
		func(s *scope) []ignorePattern { return s.git },
		func(s *scope) []ignorePattern { return s.exclude },
	} {
		for at := s; at != nil; at = at.up {
			if list := of(at); len(list) > 0 {
				if leave, decided := decide(list, dir[len(at.dir):], name, isDir); decided {
					return leave
				}
			}
			if at.top {
				break
			}
		}
	}
	return false
}

// ignorePattern is one line.
type ignorePattern struct {
	glob   string
	plain  bool // nothing in it is special
	ending bool // it is "*" and a plain rest
	keep   bool // "!"
	dirs   bool // it is for directories alone
	rooted bool // it is for the path below the directory of the file, else for names
}

// maxIgnoreFile bounds a file of patterns, and maxGlob one of them, in bytes;
// matching takes the product of pattern and path.
const (
	maxIgnoreFile = 1 << 20
	maxGlob       = 1 << 10
)

func readSmall(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxIgnoreFile {
		return nil
	}
	data, _ := os.ReadFile(path) // without it nothing is ignored
	return data
}

func readPatterns(path string) []ignorePattern {
	data := bytes.TrimPrefix(readSmall(path), []byte("\ufeff"))
	var out []ignorePattern
	for line := range strings.Lines(string(data)) {
		if p, ok := parsePattern(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")); ok {
			out = append(out, p)
		}
	}
	slices.Reverse(out) // the last one counts
	return out
}

func parsePattern(line string) (ignorePattern, bool) {
	if strings.HasPrefix(line, "#") {
		return ignorePattern{}, false
	}
	// Blanks at the end count where the first of them is quoted.
	for strings.HasSuffix(line, " ") {
		rest := strings.TrimSuffix(line, " ")
		if quoted := len(rest) - len(strings.TrimRight(rest, `\`)); quoted%2 == 1 {
			break
		}
		line = rest
	}
	var p ignorePattern
	if line, p.keep = strings.CutPrefix(line, "!"); p.keep && line == "" {
		return p, false
	}
	line, p.dirs = strings.CutSuffix(line, "/")
	if p.rooted = strings.Contains(line, "/"); p.rooted {
		line = strings.TrimPrefix(line, "/")
	}
	p.glob = line
	p.plain = !strings.ContainsAny(line, `*?[\`)
	p.ending = strings.HasPrefix(line, "*") && !strings.ContainsAny(line[1:], `*?[\`) && !p.rooted
	return p, line != "" && len(line) <= maxGlob
}

// decide asks the patterns, the last of the file first. dir is that of the entry
// below the directory of the file, with a slash at its end or empty.
func decide(list []ignorePattern, dir, name string, isDir bool) (leave, decided bool) {
	path := ""
	for i := range list {
		p := &list[i]
		if p.dirs && !isDir {
			continue
		}
		subject := name
		if p.rooted {
			if path == "" {
				path = dir + name
			}
			subject = path
		}
		var ok bool
		switch {
		case p.plain:
			ok = subject == p.glob
		case p.ending:
			ok = strings.HasSuffix(subject, p.glob[1:])
		default:
			ok = glob.Match(p.glob, subject)
		}
		if ok {
			return !p.keep, true
		}
	}
	return false, false
}
