package environment

import (
	"context"
	"slices"
	"strings"

	"muxkey/internal/named"
)

// Slot is one of the places in a program that hold anchors. What is in different
// slots adds up.
type Slot string

// The slots.
const (
	File      Slot = "file"
	Directory Slot = "directory"
	Extra     Slot = "extra" // what comes on top of everything else
	System    Slot = "system"
	Own       Slot = "own" // the list that the program brings along
)

// Form is how a program reads what a source names.
type Form string

// The forms.
const (
	PEM      Form = "pem"      // a PEM file, or a directory of them under their hashes
	Pile     Form = "pile"     // a PEM file, or a directory of which all files count
	Keystore Form = "keystore" // a keystore of Java
	Unseen   Form = "unseen"   // a list within the program, which no file shows
)

// Source is something that says where anchors are.
type Source struct {
	Name     string // "SSL_CERT_FILE", "http.sslCAInfo of git"
	Variable bool   // Name is a variable of the environment
	Default  bool   // it is there without anybody's doing
	Slot     Slot
	Form     Form
	// Unless are sources of the program, by their names, each of which keeps it from
	// being looked at when it is set.
	Unless []string
	// Find returns what it names, empty when it is not set.
	Find func(ctx context.Context, m *Machine) string
}

// Program is a program, or a library, that takes its anchors from outside.
type Program struct {
	ID    string // "curl"
	Title string // "Python's requests"
	// Commands are the names by which one finds that it is installed.
	Commands []string
	// Bundle is the variable by which a bundle is best named to it, of the form that
	// Takes says.
	Bundle string
	Takes  Form
	// Sources are all of them: of one slot the first that is set counts.
	Sources []Source
	// Proven tells that the order was found by running the program; of the others
	// their documentation is all there is.
	Proven bool
}

// Adds tells whether what Bundle names comes to the other anchors of the program,
// and does not take the place of any.
func (p Program) Adds() bool {
	for _, s := range p.Sources {
		if s.Name == p.Bundle {
			return s.Slot == Extra
		}
	}
	return false
}

// The usual places of the system's roots, the most likely first.
var (
	systemFile = []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch
		"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
		"/etc/ssl/cert.pem",                                 // Alpine, macOS, the BSDs
	}
	systemDirectory = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}
)

// openssl are the sources of all that leaves the roots to OpenSSL: two slots with a
// variable each, so that SSL_CERT_FILE alone takes nothing away where the
// directory has the system's roots as well, as Debian's has.
func openssl(unless ...string) []Source {
	return []Source{
		{Name: "SSL_CERT_FILE", Variable: true, Slot: File, Form: PEM, Unless: unless, Find: variable("SSL_CERT_FILE")},
		{Name: "the system's file", Default: true, Slot: File, Form: PEM, Unless: unless, Find: opensslPlace("cert.pem", systemFile)},
		{Name: "SSL_CERT_DIR", Variable: true, Slot: Directory, Form: PEM, Unless: unless, Find: variable("SSL_CERT_DIR")},
		{Name: "the system's directory", Default: true, Slot: Directory, Form: PEM, Unless: unless, Find: opensslPlace("certs", systemDirectory)},
	}
}

// withForm gives sources another form.
func withForm(f Form, list []Source) []Source {
	for i := range list {
		list[i].Form = f
	}
	return list
}

// Programs lists them. The order of the sources was tried with Debian 12: curl
// 7.88, git 2.39 and wget 1.21 (both with GnuTLS), OpenSSL 3.0, Python 3.11, Ruby
// 3.1, PHP 8.2, Go 1.26, Node.js 20, npm 11, requests 2.34, pip 23.2, AWS CLI 1.45,
// cargo 1.95 and OpenJDK 17.
func Programs() named.Set[Program] {
	return named.New(func(p Program) string { return p.ID },
		Program{
			ID: "curl", Title: "curl", Commands: []string{"curl"}, Bundle: "CURL_CA_BUNDLE", Takes: PEM, Proven: true,
			Sources: []Source{
				{Name: "cacert in .curlrc", Slot: File, Form: PEM, Find: setting("", "cacert", "$CURL_HOME/.curlrc", "$XDG_CONFIG_HOME/curlrc", "$HOME/.curlrc", "$HOME/.config/curlrc")},
				{Name: "CURL_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Unless: []string{"capath in .curlrc"}, Find: variable("CURL_CA_BUNDLE")},
				{Name: "SSL_CERT_FILE", Variable: true, Slot: File, Form: PEM, Unless: []string{"capath in .curlrc"}, Find: curlFile},
				{Name: "the system's file", Default: true, Slot: File, Form: PEM, Find: place(systemFile...)},
				{Name: "capath in .curlrc", Slot: Directory, Form: PEM, Find: setting("", "capath", "$CURL_HOME/.curlrc", "$XDG_CONFIG_HOME/curlrc", "$HOME/.curlrc", "$HOME/.config/curlrc")},
				{Name: "SSL_CERT_DIR", Variable: true, Slot: Directory, Form: PEM, Unless: []string{"cacert in .curlrc", "CURL_CA_BUNDLE"}, Find: variable("SSL_CERT_DIR")},
				{Name: "the system's directory", Default: true, Slot: Directory, Form: PEM, Find: place(systemDirectory...)},
			},
		},
		Program{ID: "openssl", Title: "OpenSSL", Commands: []string{"openssl"}, Bundle: "SSL_CERT_FILE", Takes: PEM, Proven: true, Sources: openssl()},
		Program{
			ID: "wget", Title: "wget", Commands: []string{"wget"}, Proven: true,
			Sources: []Source{ // wget with GnuTLS, as Debian has it; the file adds to the roots, and there is no variable
				{Name: "ca_certificate in wgetrc", Slot: Extra, Form: PEM, Find: wgetrc("cacertificate")},
				{Name: "ca_directory in wgetrc", Slot: System, Form: Pile, Find: wgetrc("cadirectory")},
				{Name: "the system's file", Default: true, Slot: System, Form: PEM, Find: place(systemFile...)},
			},
		},
		Program{
			ID: "git", Title: "git", Commands: []string{"git"}, Bundle: "GIT_SSL_CAINFO", Takes: PEM, Proven: true,
			Sources: []Source{
				{Name: "GIT_SSL_CAINFO", Variable: true, Slot: File, Form: PEM, Find: variable("GIT_SSL_CAINFO")},
				{Name: "http.sslCAInfo of git config", Slot: File, Form: PEM, Find: ask(nil, "git", "config", "--type=path", "--get", "http.sslCAInfo")},
				// Debian builds the libcurl of its git with the directory alone.
				{Name: "the system's file", Default: true, Slot: File, Form: PEM, Find: place(systemFile[1:]...)},
				{Name: "GIT_SSL_CAPATH", Variable: true, Slot: Directory, Form: Pile, Find: variable("GIT_SSL_CAPATH")},
				{Name: "http.sslCAPath of git config", Slot: Directory, Form: Pile, Find: ask(nil, "git", "config", "--type=path", "--get", "http.sslCAPath")},
				{Name: "the system's directory", Default: true, Slot: Directory, Form: Pile, Find: place(systemDirectory...)},
			},
		},
		Program{ID: "go", Title: "Go", Commands: []string{"go"}, Bundle: "SSL_CERT_FILE", Takes: PEM, Proven: true, Sources: withForm(Pile, []Source{
			{Name: "SSL_CERT_FILE", Variable: true, Slot: File, Find: variable("SSL_CERT_FILE")},
			{Name: "the system's file", Default: true, Slot: File, Find: place(systemFile...)},
			{Name: "SSL_CERT_DIR", Variable: true, Slot: Directory, Find: variable("SSL_CERT_DIR")},
			{Name: "the system's directory", Default: true, Slot: Directory, Find: place(systemDirectory...)},
		})},
		Program{ID: "python", Title: "Python's own ssl", Commands: []string{"python3", "python"}, Bundle: "SSL_CERT_FILE", Takes: PEM, Proven: true, Sources: openssl()},
		Program{
			ID: "requests", Title: "Python's requests", Commands: []string{"python3", "python"}, Bundle: "REQUESTS_CA_BUNDLE", Takes: PEM, Proven: true,
			Sources: []Source{
				{Name: "REQUESTS_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Find: variable("REQUESTS_CA_BUNDLE")},
				{Name: "CURL_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Find: variable("CURL_CA_BUNDLE")},
				{Name: "certifi", Default: true, Slot: File, Form: PEM, Find: ask(nil, "python3", "-m", "certifi")},
			},
		},
		Program{
			ID: "pip", Title: "pip", Commands: []string{"pip3", "pip"}, Bundle: "PIP_CERT", Takes: PEM, Proven: true,
			Sources: []Source{ // what requests hears of its variables comes before what pip tells it
				{Name: "REQUESTS_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Find: variable("REQUESTS_CA_BUNDLE")},
				{Name: "CURL_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Find: variable("CURL_CA_BUNDLE")},
				{Name: "PIP_CERT", Variable: true, Slot: File, Form: PEM, Find: variable("PIP_CERT")},
				{Name: "cert in pip.conf", Slot: File, Form: PEM, Find: setting("global", "cert", "$PIP_CONFIG_FILE", "$VIRTUAL_ENV/pip.conf", "$XDG_CONFIG_HOME/pip/pip.conf", "$HOME/.config/pip/pip.conf", "$HOME/.pip/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/pip.conf")},
				{Name: "its own list", Default: true, Slot: File, Form: Unseen, Find: always},
			},
		},
		Program{
			ID: "node", Title: "Node.js", Commands: []string{"node", "nodejs"}, Bundle: "NODE_EXTRA_CA_CERTS", Takes: PEM, Proven: true,
			Sources: node(),
		},
		Program{
			ID: "npm", Title: "npm", Commands: []string{"npm"}, Bundle: "npm_config_cafile", Takes: PEM, Proven: true,
			Sources: append([]Source{
				{Name: "npm_config_cafile", Variable: true, Slot: File, Form: PEM, Find: variable("npm_config_cafile", "NPM_CONFIG_CAFILE")},
				{Name: npmConfig, Slot: File, Form: PEM, Find: ask([]string{"npm_config_cafile", "NPM_CONFIG_CAFILE"}, "npm", "config", "get", "cafile")},
			}, node("npm_config_cafile", npmConfig)...),
		},
		Program{
			ID: "java", Title: "Java", Commands: []string{"java"}, Bundle: "JAVA_TOOL_OPTIONS", Takes: Keystore, Proven: true,
			Sources: []Source{
				{Name: "_JAVA_OPTIONS", Variable: true, Slot: File, Form: Keystore, Find: property("_JAVA_OPTIONS", trustStore)},
				{Name: "JDK_JAVA_OPTIONS", Variable: true, Slot: File, Form: Keystore, Find: property("JDK_JAVA_OPTIONS", trustStore)},
				{Name: "JAVA_TOOL_OPTIONS", Variable: true, Slot: File, Form: Keystore, Find: property("JAVA_TOOL_OPTIONS", trustStore)},
				{Name: "jssecacerts", Default: true, Slot: File, Form: Keystore, Find: javaHome("jssecacerts")},
				{Name: "cacerts", Default: true, Slot: File, Form: Keystore, Find: javaHome("cacerts")},
			},
		},
		Program{ID: "ruby", Title: "Ruby", Commands: []string{"ruby"}, Bundle: "SSL_CERT_FILE", Takes: PEM, Proven: true, Sources: openssl()},
		Program{
			ID: "php", Title: "PHP (streams)", Commands: []string{"php"}, Bundle: "SSL_CERT_FILE", Takes: PEM, Proven: true,
			Sources: append([]Source{
				{Name: "openssl.cafile of php.ini", Slot: File, Form: PEM, Find: ask(nil, "php", "-r", `echo ini_get("openssl.cafile");`)},
				{Name: "openssl.capath of php.ini", Slot: Directory, Form: PEM, Find: ask(nil, "php", "-r", `echo ini_get("openssl.capath");`)},
			}, openssl("openssl.cafile of php.ini", "openssl.capath of php.ini")...),
		},
		Program{
			ID: "php-curl", Title: "PHP (curl)", Commands: []string{"php"},
			Sources: []Source{
				{Name: "curl.cainfo of php.ini", Slot: File, Form: PEM, Find: ask(nil, "php", "-r", `echo ini_get("curl.cainfo");`)},
				{Name: "the system's file", Default: true, Slot: File, Form: PEM, Find: place(systemFile...)},
			},
		},
		Program{
			ID: "aws", Title: "AWS CLI and boto3", Commands: []string{"aws"}, Bundle: "AWS_CA_BUNDLE", Takes: PEM, Proven: true,
			Sources: []Source{
				{Name: "AWS_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Find: variable("AWS_CA_BUNDLE")},
				{Name: "ca_bundle in the AWS config", Slot: File, Form: PEM, Find: awsConfig},
				{Name: "REQUESTS_CA_BUNDLE", Variable: true, Slot: File, Form: PEM, Find: variable("REQUESTS_CA_BUNDLE")},
				{Name: "its own list", Default: true, Slot: File, Form: Unseen, Find: always},
			},
		},
		Program{
			ID: "gcloud", Title: "Google Cloud CLI", Commands: []string{"gcloud"}, Bundle: "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", Takes: PEM,
			Sources: []Source{
				{Name: "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", Variable: true, Slot: File, Form: PEM, Find: variable("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE")},
				{Name: "core/custom_ca_certs_file", Slot: File, Form: PEM, Find: setting("core", "custom_ca_certs_file", "$CLOUDSDK_CONFIG/configurations/config_default", "$HOME/.config/gcloud/configurations/config_default")},
				{Name: "its own list", Default: true, Slot: File, Form: Unseen, Find: always},
			},
		},
		Program{
			ID: "cargo", Title: "cargo", Commands: []string{"cargo"}, Bundle: "CARGO_HTTP_CAINFO", Takes: PEM, Proven: true,
			Sources: append([]Source{
				{Name: "CARGO_HTTP_CAINFO", Variable: true, Slot: File, Form: PEM, Find: variable("CARGO_HTTP_CAINFO")},
				{Name: "http.cainfo in cargo's config", Slot: File, Form: PEM, Find: setting("http", "cainfo", "$CARGO_HOME/config.toml", "$HOME/.cargo/config.toml")},
			}, openssl()...),
		},
		Program{
			ID: "httplib2", Title: "Python's httplib2", Commands: []string{"python3", "python"}, Bundle: "HTTPLIB2_CA_CERTS", Takes: PEM,
			Sources: []Source{ // httplib2/certs.py: where
				{Name: "HTTPLIB2_CA_CERTS", Variable: true, Slot: File, Form: PEM, Find: variable("HTTPLIB2_CA_CERTS")},
				{Name: "certifi, or its own list", Default: true, Slot: File, Form: Unseen, Find: always},
			},
		},
		Program{
			ID: "grpc", Title: "gRPC, but for Go and Java", Commands: []string{"python3", "ruby", "php"}, Bundle: "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", Takes: PEM,
			Sources: []Source{ // grpc/doc/environment_variables.md
				{Name: "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", Variable: true, Slot: File, Form: PEM, Find: variable("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")},
				{Name: "its own list", Default: true, Slot: File, Form: Unseen, Find: always},
			},
		},
		Program{
			ID: "deno", Title: "Deno", Commands: []string{"deno"}, Bundle: "DENO_CERT", Takes: PEM,
			Sources: []Source{ // docs.deno.com/runtime/reference/env_variables
				{Name: "DENO_CERT", Variable: true, Slot: Extra, Form: PEM, Find: variable("DENO_CERT")},
				{Name: "its own list", Default: true, Slot: Own, Form: Unseen, Find: always},
			},
		},
		Program{
			ID: "nix", Title: "Nix", Commands: []string{"nix", "nix-env"}, Bundle: "NIX_SSL_CERT_FILE", Takes: PEM,
			Sources: []Source{ // nix.dev/manual/nix: ssl-cert-file
				{Name: "NIX_SSL_CERT_FILE", Variable: true, Slot: File, Form: PEM, Find: variable("NIX_SSL_CERT_FILE")},
				{Name: "SSL_CERT_FILE", Variable: true, Slot: File, Form: PEM, Find: variable("SSL_CERT_FILE")},
				{Name: "the system's file", Default: true, Slot: File, Form: PEM, Find: place(systemFile...)},
			},
		},
	)
}

const npmConfig = "cafile of npm config"

// node are the sources of Node.js: its own list, to which others come. With
// --use-openssl-ca it has OpenSSL's in place of its own.
func node(unless ...string) []Source {
	withOpenSSL := func(find func(context.Context, *Machine) string) func(context.Context, *Machine) string {
		return func(ctx context.Context, m *Machine) string {
			if !m.hasOption("NODE_OPTIONS", useOpenSSL) {
				return ""
			}
			return find(ctx, m)
		}
	}
	list := []Source{
		{Name: "NODE_EXTRA_CA_CERTS", Variable: true, Slot: Extra, Form: PEM, Find: variable("NODE_EXTRA_CA_CERTS")},
		{Name: "NODE_USE_SYSTEM_CA", Variable: true, Slot: System, Form: PEM, Find: nodeSystem},
		{Name: "its own list", Default: true, Slot: Own, Form: Unseen, Find: func(_ context.Context, m *Machine) string {
			if m.hasOption("NODE_OPTIONS", useOpenSSL) {
				return ""
			}
			return unseen
		}},
	}
	for _, s := range openssl() {
		s.Find = withOpenSSL(s.Find)
		if s.Variable {
			s.Name += " with " + useOpenSSL
		} else {
			s.Name += ", with " + useOpenSSL
		}
		s.Variable = false
		if s.Slot == File {
			s.Slot = "openssl-file" // that of npm is another
		}
		list = append(list, s)
	}
	for i := range list {
		list[i].Unless = unless
	}
	return list
}

const (
	useOpenSSL = "--use-openssl-ca"
	trustStore = "javax.net.ssl.trustStore"
)

// Variables lists the variables that name a bundle of a form to programs, each with
// the IDs of those that heed it, in the order of Programs.
func Variables(form Form, only ...string) []Variable {
	var list []Variable
	for p := range Programs().All() {
		if p.Bundle == "" || p.Takes != form || len(only) > 0 && !slices.Contains(only, p.ID) {
			continue
		}
		known := false
		for i := range list {
			if list[i].Name == p.Bundle {
				list[i].Programs, known = append(list[i].Programs, p.ID), true
			}
		}
		if !known {
			list = append(list, Variable{p.Bundle, []string{p.ID}, p.Adds()})
		}
	}
	return list
}

// Variable is one by which a bundle is named to programs.
type Variable struct {
	Name     string
	Programs []string
	Adds     bool // to the roots that the programs have; else it takes the place of some
}

// Value is what the variable is set to for the bundle at a path.
func (v Variable) Value(path string) string {
	if v.Name != "JAVA_TOOL_OPTIONS" {
		return path
	}
	// The JVM parts options at blanks, and takes quotes of either kind away
	// (arguments.cpp of HotSpot).
	if strings.ContainsAny(path, " \t'") {
		return "-D" + trustStore + `="` + path + `"`
	}
	if strings.Contains(path, `"`) {
		return "-D" + trustStore + "='" + path + "'"
	}
	return "-D" + trustStore + "=" + path
}
