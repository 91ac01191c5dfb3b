package syntax

import (
	"path"
	"strings"
)

// Table is the table of [Languages], made ready for many files. It may be used
// by several goroutines.
type Table struct {
	languages []Language
	byName    map[string]int       // by the names of the languages
	exact     map[string]int       // whole names of files
	patterns  []pattern            // names and paths with wildcards, in the order of the table
	paths     map[string][]pattern // by the directory, "*" for those with a wildcard there
	endings   map[string]int       // extensions
	shared    []pattern            // extensions that the content decides about
	programs  map[string]int       // interpreters
}

// pattern is a glob for names or paths. Most names are told not to match by their
// beginning and end.
type pattern struct {
	glob       string
	language   int
	head, tail string // of the glob, before and behind its wildcards
}

const wildcards = `*?[\`

func newPattern(glob string, language int) pattern {
	p := pattern{glob: glob, language: language, head: glob}
	if i := strings.IndexAny(glob, wildcards); i >= 0 {
		p.head, p.tail = glob[:i], glob[strings.LastIndexAny(glob, wildcards+"]")+1:]
	}
	return p
}

func (p pattern) name(base string) bool {
	if !strings.HasPrefix(base, p.head) || !strings.HasSuffix(base, p.tail) {
		return false
	}
	ok, _ := path.Match(p.glob, base)
	return ok
}

// NewTable makes the table ready. It takes some ten microseconds, so it is done
// once for many files.
func NewTable() *Table {
	t := &Table{
		byName: map[string]int{}, exact: map[string]int{}, paths: map[string][]pattern{}, endings: map[string]int{}, programs: map[string]int{},
	}
	first := func(m map[string]int, key string, i int) {
		if _, taken := m[key]; !taken {
			m[key] = i
		}
	}
	for l := range Languages().All() {
		i := len(t.languages)
		t.languages = append(t.languages, l)
		t.byName[l.Name] = i
		for _, name := range l.Names {
			if strings.ContainsAny(name, wildcards) {
				t.patterns = append(t.patterns, newPattern(name, i))
			} else {
				first(t.exact, name, i)
			}
		}
		for _, p := range l.Paths {
			dir := path.Base(path.Dir(p))
			if strings.ContainsAny(dir, wildcards) {
				dir = "*"
			}
			t.paths[dir] = append(t.paths[dir], newPattern(p, i))
		}
		for _, ending := range l.Extensions {
			first(t.endings, ending, i)
		}
		for _, ending := range l.Shared {
			t.shared = append(t.shared, pattern{glob: ending, language: i})
		}
		for _, program := range l.Interpreters {
			first(t.programs, program, i)
		}
	}
	return t
}

// Named names the language of a file by its path alone; empty where only the
// content can tell. Where several languages claim a name, the first has it.
func (t *Table) Named(file string) string {
	lower := untemplated(strings.ToLower(file))
	base := path.Base(lower)
	found := len(t.languages)
	if i, ok := t.exact[base]; ok {
		found = i
	}
	for _, p := range t.patterns {
		if p.language >= found {
			break
		}
		// makefile.go is a program, and makefile.am is none.
		if p.name(base) && (!strings.HasSuffix(p.glob, ".*") || !t.program(base)) {
			found = p.language
		}
	}
	for _, dir := range []string{path.Base(path.Dir(lower)), "*"} {
		for _, p := range t.paths[dir] {
			if p.language < found && endsLike(lower, p.glob) {
				found = p.language
			}
		}
	}
	if found < len(t.languages) {
		return t.languages[found].Name
	}
	for at, c := range base {
		if c != '.' {
			continue
		}
		if i, ok := t.endings[base[at:]]; ok && i < found {
			found = i
		}
	}
	if found < len(t.languages) {
		return t.languages[found].Name
	}
	return ""
}

// program tells whether the extension of a name is that of a programming language.
func (t *Table) program(base string) bool {
	i, ok := t.endings[path.Ext(base)]
	return ok && t.languages[i].Code
}

// untemplated is the path of what is made from a template, or was kept beside it,
// where the name says so: nginx.conf.j2, app.yaml.tmpl, main.cf.dpkg-dist. Pages
// with Ruby in them (.html.erb) are a language of their own.
func untemplated(file string) string {
	ending := path.Ext(file)
	short := strings.TrimSuffix(file, ending)
	switch ending {
	case ".erb":
		switch path.Ext(short) {
		case ".conf", ".cfg", ".cnf", ".cf", ".ini", ".properties", ".yaml", ".yml", ".json", ".toml", ".xml", ".env":
			return short
		}
	case ".j2", ".jinja2", ".jinja", ".epp", ".tmpl", ".tpl", ".tftpl", ".ctmpl", ".gotmpl", ".mustache",
		".dist", ".orig", ".bak", ".rpmnew", ".rpmsave", ".dpkg-dist", ".dpkg-old", ".ucf-dist":
		return short
	}
	return file
}

// Detect names the language of a file by its path and first bytes; empty for
// one that is not known, which is taken apart by nobody.
func (t *Table) Detect(file string, head []byte) string {
	if name := t.Named(file); name != "" {
		return name
	}
	base := path.Base(untemplated(strings.ToLower(file)))
	for _, p := range t.shared {
		if l := t.languages[p.language]; strings.HasSuffix(base, p.glob) && (l.looks == nil || l.looks(head)) {
			return l.Name
		}
	}
	if i, ok := t.programs[shebang(head)]; ok {
		return t.languages[i].Name
	}
	return ""
}

// Holds tells whether there may be files of other languages in those of one.
func (t *Table) Holds(language string) bool {
	i, ok := t.byName[language]
	return ok && t.languages[i].Holds
}

// Code tells whether a language is a programming language.
func (t *Table) Code(language string) bool {
	i, ok := t.byName[language]
	return ok && t.languages[i].Code
}

// Parse takes a file apart. It never fails: what it could not understand is
// among the problems, and what it found elsewhere stands.
func (t *Table) Parse(file, language string, text []byte) *File {
	f := &File{Path: file, Language: language, Text: text}
	p := &parser{file: f, table: t}
	p.parse(language, source{text: string(text)})
	return f
}
