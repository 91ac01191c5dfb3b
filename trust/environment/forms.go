package environment

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"muxkey/internal/command"
	"muxkey/internal/named"
)

// Lines is what is to be written down: variables and their values.
type Lines struct {
	Variables []Variable
	Bundle    string // its path on this machine
	Path      string // its path where the variables are set; in a container another one
	Name      string // of the ConfigMap that has it
}

// As is a form in which variables are written down.
type As struct {
	ID    string
	Title string
	// Inside tells that they are for a container, in which the bundle has another
	// path.
	Inside bool
	Write  func(l Lines) string
}

// Forms lists the forms.
func Forms() named.Set[As] {
	return named.New(func(a As) string { return a.ID },
		As{"sh", "a POSIX shell", false, func(l Lines) string {
			return l.each(func(name, value string) string { return "export " + name + "=" + command.Quote(value) })
		}},
		As{"fish", "the shell fish", false, func(l Lines) string {
			quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
			return l.each(func(name, value string) string { return "set -gx " + name + " '" + quote.Replace(value) + "'" })
		}},
		As{"powershell", "PowerShell", false, func(l Lines) string {
			// PowerShell takes the typographic quotes for quotes as well.
			quote := strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛")
			return l.each(func(name, value string) string {
				return "${env:" + name + "} = '" + quote.Replace(value) + "'"
			})
		}},
		As{"dotenv", "a .env file", false, func(l Lines) string {
			return l.each(func(name, value string) string { return name + "=" + dotenv(value) })
		}},
		As{"systemd", "a unit of systemd", false, func(l Lines) string {
			// systemd.exec(5): quotes and escapes as in C, and % begins a specifier.
			quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%")
			return "[Service]\n" + l.each(func(name, value string) string { return `Environment="` + name + "=" + quote.Replace(value) + `"` })
		}},
		As{"dockerfile", "a Dockerfile", true, func(l Lines) string {
			from, _ := json.Marshal(pattern(l.Bundle))
			to, _ := json.Marshal(dollars(l.Path))
			quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`)
			return fmt.Sprintf("COPY [%s, %s]\n", from, to) + l.each(func(name, value string) string { return "ENV " + name + `="` + quote.Replace(value) + `"` })
		}},
		As{"compose", "a service of Docker Compose", true, func(l Lines) string {
			return "environment:\n" + l.each(func(name, value string) string {
				return "  " + name + ": " + yaml(strings.ReplaceAll(value, "$", "$$"))
			}) +
				"volumes:\n  - type: bind\n    source: " + yaml(strings.ReplaceAll(l.Bundle, "$", "$$")) + "\n    target: " + yaml(strings.ReplaceAll(l.Path, "$", "$$")) + "\n    read_only: true\n"
		}},
		As{"kubernetes", "a container of Kubernetes, with the bundle in a ConfigMap", true, func(l Lines) string {
			dir, key := path.Split(l.Path)
			name := yaml(l.Name)
			return "env:\n" + l.each(func(name, value string) string {
				return "  - name: " + name + "\n    value: " + yaml(strings.ReplaceAll(value, "$(", "$$("))
			}) + "volumeMounts:\n  - name: " + name + "\n    mountPath: " + yaml(path.Clean(dir)) + "\n    readOnly: true\n" +
				"volumes: # of the pod\n  - name: " + name + "\n    configMap:\n      name: " + name + "\n      items:\n        - key: " + yaml(key) + "\n          path: " + yaml(key) + "\n"
		}},
	)
}

func (l Lines) each(line func(name, value string) string) string {
	var b strings.Builder
	for _, v := range l.Variables {
		b.WriteString(line(v.Name, v.Value(l.Path)) + "\n")
	}
	return b.String()
}

// dotenv leaves plain values without quotes, which docker run --env-file would take
// for a part of them.
func dotenv(value string) string {
	if command.Quote(value) == value {
		return value
	}
	if !strings.Contains(value, "'") {
		return "'" + value + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(value) + `"`
}

// yaml writes a scalar. What is JSON is YAML as well (YAML 1.2 section 1.3).
func yaml(value string) string {
	text, _ := json.Marshal(value) // a string always can be
	return string(text)
}

// pattern takes the sense away from what COPY would match with (filepath.Match of
// Go) or replace.
func pattern(file string) string {
	return dollars(strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(file))
}

func dollars(file string) string { return strings.NewReplacer(`\`, `\\`, "$", `\$`).Replace(file) }
