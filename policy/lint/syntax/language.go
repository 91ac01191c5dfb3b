package syntax

import (
	"bytes"
	"path"
	"strings"

	"muxkey/internal/named"
)

// Language is a way in which files are written.
type Language struct {
	Name  string
	Title string // for people
	// Extensions end the names of its files, in lower case and with the dot.
	Extensions []string
	// Names are patterns (path.Match) of whole names without directories, in
	// lower case.
	Names []string
	// Paths are the ends of paths: "nginx/sites-available/*".
	Paths []string
	// Interpreters are the programs of a "#!" line.
	Interpreters []string
	// Code tells that it is a programming language.
	Code bool

	parse func(*parser, source)
}

// Languages returns the table of all languages. Where two claim a file, the
// first one has it; names and paths go before extensions.
func Languages() named.Set[Language] {
	return named.New(func(l Language) string { return l.Name },
		Language{Name: "env", Title: "environment file", Extensions: []string{".env"}, Names: []string{".env", ".env.*", "*.env.*"}, parse: parseEnv},
		Language{Name: "dockerfile", Title: "Dockerfile", Extensions: []string{".dockerfile"}, Names: []string{"dockerfile", "dockerfile.*", "containerfile", "containerfile.*"}, parse: parseDockerfile},
		Language{Name: "properties", Title: "Java properties", Extensions: []string{".properties", ".prop"}, Names: []string{"java.security"}, parse: parseProperties},
		Language{Name: "ini", Title: "INI", Extensions: []string{".ini", ".cfg", ".cnf", ".conf", ".service", ".repo", ".toml.example"}, Names: []string{".gitconfig", "gitconfig", ".npmrc", ".editorconfig"}, Paths: []string{".git/config"}, parse: parseINI},
		Language{Name: "json", Title: "JSON", Extensions: []string{".json", ".jsonc", ".json5", ".tfstate"}, parse: parseJSON},
		Language{Name: "yaml", Title: "YAML", Extensions: []string{".yaml", ".yml"}, parse: parseYAML},
		Language{Name: "xml", Title: "XML", Extensions: []string{".xml", ".config", ".csproj", ".plist", ".xsd"}, parse: parseXML},
		Language{Name: "shell", Title: "shell script", Extensions: []string{".sh", ".bash", ".zsh", ".ksh"}, Names: []string{".bashrc", ".profile", ".bash_profile", ".zshrc"}, Interpreters: []string{"sh", "bash", "dash", "zsh", "ksh", "ash"}, parse: parseShell},
		Language{Name: "text", Title: "text", Extensions: []string{".txt", ".md", ".rst", ".adoc"}, parse: parseText},
	)
}

// Detect names the language of a file by its path and first bytes; empty for
// one that is not known, which is taken apart by nobody.
func Detect(file string, head []byte) string {
	languages := Languages()
	lower := strings.ToLower(file)
	base := path.Base(lower)
	for l := range languages.All() {
		for _, pattern := range l.Names {
			if ok, _ := path.Match(pattern, base); ok {
				return l.Name
			}
		}
		for _, pattern := range l.Paths {
			if endsLike(lower, pattern) {
				return l.Name
			}
		}
	}
	for l := range languages.All() {
		for _, ext := range l.Extensions {
			if strings.HasSuffix(base, ext) {
				return l.Name
			}
		}
	}
	if interpreter := shebang(head); interpreter != "" {
		for l := range languages.All() {
			for _, name := range l.Interpreters {
				if interpreter == name {
					return l.Name
				}
			}
		}
	}
	return ""
}

// endsLike tells whether the last elements of a path match a pattern.
func endsLike(file, pattern string) bool {
	parts, wanted := strings.Split(file, "/"), strings.Count(pattern, "/")+1
	if len(parts) < wanted {
		return false
	}
	ok, _ := path.Match(pattern, strings.Join(parts[len(parts)-wanted:], "/"))
	return ok
}

// shebang is the interpreter that the first line asks for, without directory
// and version.
func shebang(head []byte) string {
	line, ok := bytes.CutPrefix(head, []byte("#!"))
	if !ok {
		return ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	for _, word := range bytes.Fields(line) {
		name := path.Base(string(word))
		if name == "env" || strings.HasPrefix(name, "-") || strings.Contains(name, "=") {
			continue
		}
		return strings.TrimRight(name, "0123456789.")
	}
	return ""
}

// Parse takes a file apart. It never fails: what it could not understand is
// among the problems, and what it found elsewhere stands.
func Parse(file, language string, text []byte) *File {
	f := &File{Path: file, Language: language, Text: text}
	p := &parser{file: f}
	p.parse(language, source{text: string(text)})
	return f
}
