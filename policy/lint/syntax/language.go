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
		Language{Name: "powershell", Title: "PowerShell", Extensions: []string{".ps1", ".psm1", ".psd1"}, Interpreters: []string{"pwsh"}, parse: parsePowerShell},
		Language{Name: "batch", Title: "batch file", Extensions: []string{".bat", ".cmd"}, parse: parseBatch},
		Language{Name: "makefile", Title: "Makefile", Extensions: []string{".mk", ".mak"}, Names: []string{"makefile", "gnumakefile", "makefile.*"}, parse: parseMakefile},
		Language{Name: "markdown", Title: "prose with code", Extensions: []string{".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc"}, parse: parseMarkdown},
		Language{Name: "text", Title: "text", Extensions: []string{".txt"}, parse: parseText},
	)
}

// Detect is [Table.Detect] for a single file.
func Detect(file string, head []byte) string { return NewTable().Detect(file, head) }

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

// Parse is [Table.Parse] for a single file.
func Parse(file, language string, text []byte) *File {
	return NewTable().Parse(file, language, text)
}
