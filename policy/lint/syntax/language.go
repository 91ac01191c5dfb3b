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
	// Shared are extensions that several languages use. The first of them whose
	// looks knows the first bytes has the file; one without looks knows any.
	Shared []string
	// Interpreters are the programs of a "#!" line.
	Interpreters []string
	// Code tells that it is a programming language.
	Code bool
	// Holds tells that there may be files of other languages in it.
	Holds bool

	looks func(head []byte) bool
	parse func(*parser, source)
}

// Languages returns the table of all languages. Where two claim a file, the
// first one has it; names and paths go before extensions.
func Languages() named.Set[Language] {
	return named.New(func(l Language) string { return l.Name },
		Language{Name: "env", Title: "environment file", Extensions: []string{".env"}, Names: []string{".env", ".env.*", ".envrc"}, Paths: []string{"etc/environment", "etc/default/*", "etc/sysconfig/*"}, parse: parseEnv},
		Language{Name: "dockerfile", Title: "Dockerfile", Holds: true, Extensions: []string{".dockerfile"}, Names: []string{"dockerfile", "dockerfile.*", "containerfile", "containerfile.*"}, parse: parseDockerfile},
		Language{Name: "properties", Title: "Java properties", Extensions: []string{".properties", ".prop"}, Names: []string{"java.security", "java.security.*", "*.properties.*"}, Shared: []string{".props"}, looks: func(head []byte) bool { return !looksXML(head) }, parse: parseProperties},
		Language{Name: "ini", Title: "INI", Extensions: []string{
			".ini", ".cnf", ".repo", ".desktop", ".inf", ".reg", ".url", ".cfg.example", ".service", ".socket", ".timer", ".mount",
			".automount", ".path", ".target", ".slice", ".scope", ".swap", ".network", ".netdev", ".link", ".nspawn", ".container", ".volume", ".pod", ".kube", ".nmconnection",
		}, Names: []string{
			".gitconfig", "gitconfig", ".gitmodules", ".lfsconfig", ".npmrc", "npmrc", ".editorconfig", "pip.conf", "smb.conf", "sssd.conf", "grafana.ini", "setup.cfg",
			"tox.ini", ".pylintrc", ".flake8", ".coveragerc", ".hgrc", "hgrc", ".pypirc", "cqlshrc", ".boto", "supervisord.conf", "yum.conf", "dnf.conf", "php-fpm.conf", ".s3cfg",
		}, Paths: []string{".git/config", ".hg/hgrc", "gcloud/configurations/*", "gcloud/properties", ".subversion/servers", "etc/subversion/servers", ".aws/config", ".aws/credentials"}, Shared: []string{".conf", ".cfg"}, looks: looksINI, parse: parseINI},
		Language{Name: "json", Title: "JSON", Holds: true, Extensions: []string{
			".json", ".jsonc", ".json5", ".tfstate", ".webmanifest", ".geojson", ".ipynb", ".jsonl", ".ndjson", ".code-workspace", ".har", ".avsc",
		}, Names: []string{".bowerrc", ".babelrc", ".eslintrc", ".jshintrc", ".prettierrc", ".swcrc", "composer.lock", "flake.lock"}, parse: parseJSON},
		Language{Name: "yaml", Title: "YAML", Holds: true, Extensions: []string{".yaml", ".yml", ".sls", ".kubeconfig"}, Names: []string{".gemrc", "gemrc", ".condarc", "condarc", ".mambarc", "kubeconfig"}, Paths: []string{".bundle/config", ".kube/config", "salt/minion", "salt/master", "salt/cloud"}, parse: parseYAML},
		Language{Name: "xml", Title: "XML", Extensions: []string{
			".xml", ".csproj", ".vbproj", ".fsproj", ".vcxproj", ".targets", ".nuspec", ".plist", ".xsd", ".xsl", ".xslt", ".wsdl", ".resx",
			".storyboard", ".xib", ".jnlp", ".xhtml", ".pom", ".iml", ".entitlements", ".mobileconfig", ".xaml", ".svcmap", ".jelly", ".bpmn", ".wadl", ".xcprivacy",
		}, Names: []string{"web.config", "app.config", "nuget.config", "packages.config"}, Shared: []string{".config", ".props", ".settings", ".manifest", ".conf"}, looks: looksXML, parse: parseXML},
		Language{Name: "toml", Title: "TOML", Holds: true, Extensions: []string{".toml", ".toml.example", ".toml.tmpl"}, Names: []string{"pipfile", "poetry.lock", "cargo.lock", "uv.lock", "telegraf.conf", "influxdb.conf", "registries.conf", "crio.conf", "gitlab-runner.conf"}, Paths: []string{"registries.conf.d/*", "crio.conf.d/*"}, Shared: []string{".conf"}, looks: looksTOML, parse: parseTOML},
		Language{Name: "hcl", Title: "HCL", Holds: true, Extensions: []string{".hcl", ".tf", ".tfvars", ".nomad", ".tofu", ".alloy", ".river"}, Names: []string{".terraformrc", "terraform.rc", ".tofurc"}, parse: parseHCL},
		Language{Name: "hocon", Title: "HOCON", Holds: true, Extensions: []string{".hocon"}, Names: []string{"emqx.conf", "application.conf", "reference.conf", "application.*.conf", "application-*.conf", "akka.conf", "pekko.conf", "play.conf"}, Paths: []string{"src/main/resources/*.conf", "src/test/resources/*.conf"}, Shared: []string{".conf"}, looks: looksHOCON, parse: parseHOCON},
		Language{Name: "conf", Title: "directives", Extensions: []string{".ovpn", ".vhost", ".nginx", ".haproxy"}, Names: []string{
			"nginx.conf", "nginx*.conf", "httpd.conf", "apache*.conf", ".htaccess", "haproxy*.cfg", "squid*.conf", "stunnel*.conf", "main.cf", "master.cf", "openvpn*.conf", "ldap.conf", ".ldaprc", "ldaprc",
			"nslcd.conf", "ssh_config", "sshd_config", "wgetrc", ".wgetrc", ".wget2rc", ".curlrc", "_curlrc", "curlrc", "msmtprc", ".msmtprc", "caddyfile", "caddyfile.*", "*.caddyfile", "dovecot*.conf",
			"apt.conf", "rsyslog*.conf", "syslog-ng*.conf", "named.conf", "named.conf.*", "slapd.conf", ".yarnrc", ".muttrc", "muttrc", ".mbsyncrc", "isyncrc", "neomuttrc", ".neomuttrc", "tnsnames.ora", ".fetchmailrc", "fetchmailrc", ".netrc", "_netrc", ".lftprc", "lftp.conf", "mosquitto*.conf",
			"redis*.conf", "valkey*.conf", "fluent-bit*.conf", "fluentd.conf", "td-agent.conf", "logstash*.conf", "freshclam.conf", "torrc", "turnserver.conf", "sqlnet.ora", "zabbix_*.conf", "wpa_supplicant*.conf", "exim*.conf", "exim4.conf.template",
		}, Paths: []string{
			"nginx/sites-available/*", "nginx/sites-enabled/*", "nginx/conf.d/*", "nginx/snippets/*", "apache2/*/*", "httpd/conf.d/*", "apt.conf.d/*", "rsyslog.d/*", "dovecot/conf.d/*", "haproxy/*.cfg", ".ssh/config",
			"ssh_config.d/*", "sshd_config.d/*", "stunnel/*.conf", "squid/conf.d/*", "logstash/conf.d/*", "logstash/pipeline/*", "openvpn/*.conf", "postfix/*.cf", "raddb/mods-*/*", "3.0/mods-*/*", "3.2/mods-*/*",
		}, Shared: []string{".conf", ".cfg"}, parse: parseConf},
		Language{Name: "shell", Title: "shell script", Holds: true, Extensions: []string{".sh", ".bash", ".zsh", ".ksh"}, Names: []string{".bashrc", ".profile", ".bash_profile", ".zshrc"}, Interpreters: []string{"sh", "bash", "dash", "zsh", "ksh", "ash"}, parse: parseShell},
		Language{Name: "powershell", Title: "PowerShell", Holds: true, Extensions: []string{".ps1", ".psm1", ".psd1"}, Interpreters: []string{"pwsh"}, parse: parsePowerShell},
		Language{Name: "batch", Title: "batch file", Holds: true, Extensions: []string{".bat", ".cmd"}, parse: parseBatch},
		Language{Name: "makefile", Title: "Makefile", Holds: true, Extensions: []string{".mk", ".mak"}, Names: []string{"makefile", "gnumakefile", "makefile.*"}, parse: parseMakefile},
		Language{Name: "markdown", Title: "prose with code", Holds: true, Extensions: []string{".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc"}, parse: parseMarkdown},
		Language{Name: "jvm", Title: "options of a JVM", Extensions: []string{".vmoptions", ".jvmopts"}, Names: []string{"jvm.options", ".jvmopts", ".sbtopts", "jvm.config", "maven.config"}, Paths: []string{"jvm.options.d/*"}, parse: parseJVM},
		Language{Name: "text", Title: "text", Extensions: []string{".txt", ".cmake"}, Names: []string{"fstab"}, parse: parseText},
		Language{Name: "java", Title: "Java", Extensions: []string{".java", ".jav", ".jsh"}, Code: true, parse: code(java)},
		Language{Name: "kotlin", Title: "Kotlin", Extensions: []string{".kt", ".kts", ".ktm"}, Code: true, parse: code(kotlin)},
		Language{Name: "scala", Title: "Scala", Extensions: []string{".scala", ".sc", ".sbt"}, Code: true, parse: code(scala)},
		Language{Name: "groovy", Title: "Groovy", Extensions: []string{".groovy", ".gradle", ".gvy", ".jenkinsfile", ".nf"}, Names: []string{"jenkinsfile", "jenkinsfile.*"}, Interpreters: []string{"groovy"}, Code: true, parse: code(groovy)},
		Language{Name: "go", Title: "Go", Extensions: []string{".go"}, Code: true, parse: code(golang)},
		Language{Name: "python", Title: "Python", Extensions: []string{".py", ".pyw", ".pyi", ".pyx", ".bzl", ".star", ".tac", ".wsgi"}, Names: []string{"sconstruct", "sconscript", "wscript"}, Interpreters: []string{"python", "pypy"}, Code: true, parse: code(python)},
		Language{Name: "javascript", Title: "JavaScript and TypeScript", Extensions: []string{".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".es6"}, Interpreters: []string{"node", "nodejs", "deno", "bun"}, Code: true, parse: code(javascript)},
		Language{Name: "page", Title: "JavaScript in pages", Holds: true, Extensions: []string{".vue", ".svelte", ".astro", ".html", ".htm"}, parse: page("javascript", island{"<script", "</script"})},
		Language{Name: "csharp", Title: "C#", Extensions: []string{".cs", ".csx", ".cake", ".cshtml", ".razor"}, Code: true, parse: code(csharp)},
		Language{Name: "vb", Title: "Visual Basic", Extensions: []string{".vb", ".vbs", ".bas", ".cls", ".frm", ".vba"}, Code: true, parse: code(vb)},
		Language{Name: "ruby", Title: "Ruby", Extensions: []string{".rb", ".rake", ".gemspec", ".ru", ".podspec", ".jbuilder"}, Names: []string{"gemfile", "rakefile", "vagrantfile", "podfile", "fastfile", "guardfile", "capfile", "berksfile", "brewfile", "thorfile"}, Interpreters: []string{"ruby", "jruby"}, Code: true, parse: code(ruby)},
		Language{Name: "erb", Title: "Ruby in pages", Holds: true, Extensions: []string{".erb", ".rhtml"}, parse: page("ruby", island{"<%=", "%>"}, island{"<%-", "%>"}, island{"<%#", "%>"}, island{"<%", "%>"})},
		Language{Name: "jsp", Title: "Java in pages", Holds: true, Extensions: []string{".jsp", ".jspf", ".tag"}, parse: page("java", island{"<%=", "%>"}, island{"<%!", "%>"}, island{"<%@", "%>"}, island{"<%--", "--%>"}, island{"<%", "%>"})},
		Language{Name: "php", Title: "PHP", Extensions: []string{".php", ".phtml", ".php3", ".php4", ".php5", ".php7", ".inc", ".module"}, Interpreters: []string{"php"}, Code: true, parse: code(php)},
		Language{Name: "c", Title: "C", Extensions: []string{".c", ".h"}, Code: true, parse: code(c)},
		Language{Name: "cpp", Title: "C++", Extensions: []string{".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".ino", ".ipp", ".tcc", ".cu"}, Code: true, parse: code(c)},
		Language{Name: "objc", Title: "Objective-C", Extensions: []string{".m", ".mm"}, Code: true, parse: code(objc)},
		Language{Name: "swift", Title: "Swift", Extensions: []string{".swift"}, Code: true, parse: code(swift)},
		Language{Name: "rust", Title: "Rust", Extensions: []string{".rs"}, Code: true, parse: code(rust)},
		Language{Name: "perl", Title: "Perl", Extensions: []string{".pl", ".pm", ".perl", ".t", ".psgi", ".cgi"}, Names: []string{"cpanfile"}, Interpreters: []string{"perl"}, Code: true, parse: code(perl)},
		Language{Name: "dart", Title: "Dart", Extensions: []string{".dart"}, Code: true, parse: code(dart)},
		Language{Name: "elixir", Title: "Elixir", Extensions: []string{".ex", ".exs"}, Interpreters: []string{"elixir"}, Code: true, parse: code(elixir)},
		Language{Name: "erlang", Title: "Erlang", Extensions: []string{".erl", ".hrl", ".escript", ".app.src"}, Names: []string{"advanced.config", "sys.config", "vm.config", "rebar.config"}, Interpreters: []string{"escript"}, Code: true, parse: code(erlang)},
		Language{Name: "lua", Title: "Lua", Extensions: []string{".lua", ".rockspec"}, Interpreters: []string{"lua", "luajit", "resty"}, Code: true, parse: code(lua)},
		Language{Name: "r", Title: "R", Extensions: []string{".r", ".rprofile"}, Names: []string{".rprofile"}, Interpreters: []string{"rscript"}, Code: true, parse: code(rlang)},
		Language{Name: "julia", Title: "Julia", Extensions: []string{".jl"}, Interpreters: []string{"julia"}, Code: true, parse: code(julia)},
		Language{Name: "haskell", Title: "Haskell", Extensions: []string{".hs", ".lhs"}, Interpreters: []string{"runhaskell", "runghc", "stack"}, Code: true, parse: code(haskell)},
		Language{Name: "clojure", Title: "Clojure", Extensions: []string{".clj", ".cljs", ".cljc", ".edn"}, Code: true, parse: code(clojure)},
		Language{Name: "sql", Title: "SQL", Extensions: []string{".sql", ".pls", ".plsql", ".pkb", ".pks"}, Code: true, parse: code(sql)},
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
	for word := range bytes.FieldsSeq(line) {
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
