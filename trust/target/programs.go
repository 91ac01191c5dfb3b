package target

import (
	"context"
	"fmt"
	"strings"

	"muxkey/internal/command"
)

// The programs that a variable of the environment points to a PEM file. What each
// reads, its documentation says; that some have other roots besides is so on some
// systems only: OpenSSL has a directory of them as well, which Debian fills.
var (
	curlTarget = program{
		id: "curl", title: "curl", clients: "the program curl; not the library, which other programs tell by themselves",
		variables: []string{"CURL_CA_BUNDLE"},
		check:     curlCheck(""),
	}.target()

	gitTarget = program{
		id: "git", title: "git", clients: "git over HTTPS",
		variables: []string{"GIT_SSL_CAINFO"},
		check: func(_ string, j Job) []Step {
			return []Step{{
				Text:    "It must not speak of a certificate; that there is no repository is another matter.",
				Command: fmt.Sprintf("git ls-remote https://%s/", j.first()),
			}}
		},
	}.target()

	nodeTarget = program{
		id: "node", title: "Node.js", clients: "Node.js and what is made with it: npm, Electron's main process",
		variables: []string{"NODE_EXTRA_CA_CERTS"}, adds: true,
		check: connects(func(h Host) string {
			name := ""
			if !h.isIP() { // which Node.js does not want there
				name = fmt.Sprintf(",servername:%q", h.Name)
			}
			return fmt.Sprintf(`node -e 'require("tls").connect({host:%q,port:%s%s},function(){console.log("trusted");this.end()})'`, h.Name, h.portOr("443"), name)
		}),
	}.target()

	// The variable alone would do for streams. What asks the web from PHP is mostly
	// made with its curl, which heeds settings only; those may name variables.
	phpTarget = program{
		id: "php", title: "PHP", clients: "PHP on the command line, streams and curl alike; for a web server the lines of trust.ini belong to its own php.ini",
		variables: []string{"PHP_CA_FILE"},
		more:      "export PHP_INI_SCAN_DIR=\"${PHP_INI_SCAN_DIR-}:%s\"\n", // what is empty stands for the usual directory
		files:     []File{{Path: "trust.ini", Data: []byte("openssl.cafile=${PHP_CA_FILE}\ncurl.cainfo=${PHP_CA_FILE}\n")}},
		check: connects(func(h Host) string {
			return fmt.Sprintf(`php -r 'stream_socket_client("ssl://%s:%s") ? print("trusted\n") : exit(1);'`, Host{Name: h.Name}, h.portOr("443"))
		}),
	}.target()

	pythonTarget = program{
		id: "python", title: "Python", clients: "Python: its own ssl and urllib, and requests, which looks at another variable",
		variables: []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"},
		check: connects(func(h Host) string {
			return fmt.Sprintf(`python3 -c 'import socket, ssl; ssl.create_default_context().wrap_socket(socket.create_connection((%q, %s)), server_hostname=%[1]q); print("trusted")'`, h.Name, h.portOr("443"))
		}),
	}.target()

	rubyTarget = program{
		id: "ruby", title: "Ruby", clients: "Ruby: its own OpenSSL and Net::HTTP",
		variables: []string{"SSL_CERT_FILE"},
		check: connects(func(h Host) string {
			return fmt.Sprintf(`ruby -rsocket -ropenssl -e 'c = OpenSSL::SSL::SSLContext.new; c.set_params; s = OpenSSL::SSL::SSLSocket.new(TCPSocket.new(%q, %s), c); s.hostname = %[1]q; s.connect; puts "trusted"'`, h.Name, h.portOr("443"))
		}),
	}.target()
)

// program is one of them.
type program struct {
	id, title, clients string
	// variables name the file.
	variables []string
	// adds tells that the file comes to the roots that the program has; elsewhere it
	// takes their place.
	adds bool
	// more stands in the file of the environment as well; "%s" is the directory.
	more  string
	files []File
	check func(path string, j Job) []Step
}

// connects is a check with a command that prints "trusted".
func connects(line func(Host) string) func(string, Job) []Step {
	return func(_ string, j Job) []Step {
		return []Step{{Text: "In the same shell. " + trusted, Command: line(j.first())}}
	}
}

func (p program) target() Target {
	return Target{
		ID:        p.id,
		Title:     p.title + ": a PEM file, and variables of the environment that name it",
		Clients:   p.clients,
		Name:      p.id,
		Directory: true,
		Options:   []Option{Name},
		Refuses:   opensslRefuses, // all of them are made with OpenSSL, or with GnuTLS
		Write: func(_ context.Context, j Job) ([]File, error) {
			if !pathWord(j.Name) {
				return nil, &OptionError{Name, j.Name, "it names a directory, so it has letters, digits, \"-\", \"_\" and \".\""}
			}
			j, err := j.taken(opensslRefuses)
			if err != nil {
				return nil, err
			}
			return append([]File{
				{Path: "ca.pem", Data: pemOf(j.Set.Anchors, false)},
				{Path: "env.sh", Data: []byte(p.environment(j))},
			}, p.files...), nil
		},
		Use:   p.steps,
		Check: p.check,
		Proof: p.title + " connects with the variables of the file, and not without, with another anchor or to another name",
	}
}

// home is where the files stay, as a word of the shell without quotes. A fixed place
// it must be: a shell does not know where a file is that it reads commands from.
func (p program) home(j Job) string { return "$HOME/.local/share/trust/" + j.Name + "/" + p.id }

func (p program) environment(j Job) string {
	var b strings.Builder
	for _, v := range p.variables {
		fmt.Fprintf(&b, "export %s=\"%s/ca.pem\"\n", v, p.home(j))
	}
	b.WriteString(strings.ReplaceAll(p.more, "%s", p.home(j)))
	return b.String()
}

func (p program) steps(path string, j Job) []Step {
	home := `"` + p.home(j) + `"`
	steps := []Step{{Text: "Put the files where they can stay:", Command: "mkdir -p " + home + " && cp " + command.Quote(strings.TrimSuffix(path, "/")) + "/* " + home + "/"}}
	if !p.adds {
		steps = append(steps, Step{
			Text: p.title + " then trusts nothing else. If it is to reach other servers too, add the roots of this system:",
			Command: `for roots in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  if [ -r "$roots" ]; then cat "$roots" >> "` + p.home(j) + `/ca.pem"; break; fi
done`,
		})
	}
	return append(steps,
		Step{Text: "Set the variables in the shell that starts the program:", Command: `. "` + p.home(j) + `/env.sh"`},
		Step{Text: "For all shells from the next login on:", Command: "echo '. \"" + p.home(j) + "/env.sh\"' >> \"$HOME/.profile\""},
	)
}

// pathWord tells whether a name can stand in paths and between quotes of a shell.
func pathWord(name string) bool {
	return name != "" && name[0] != '.' && name[0] != '-' && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}) < 0
}
