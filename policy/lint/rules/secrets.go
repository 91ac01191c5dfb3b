package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

func secrets() []Rule {
	keytoolPass := wordBehind([]string{"keytool", "jarsigner"}, Clear, "-storepass", "-keypass", "-srcstorepass", "-deststorepass", "-srckeypass", "-destkeypass").Hinting("storepass", "keypass")
	configuration := []string{"env", "properties", "ini", "conf", "json", "yaml", "toml", "hcl", "hocon", "xml", "shell", "dockerfile", "makefile", "powershell", "batch"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SECRETS-001", Title: "the password of a keystore is written out", Severity: finding.High, CWE: 798,
				Why:        "Whoever reads this file and gets at the keystore has the private key, and can be the server from then on. Files like this are copied, backed up and kept in repositories for ever.",
				Fix:        "Take the password from the environment, a mounted secret or a vault (`${KEYSTORE_PASSWORD}`), and give the keystore another one: `muxkey password STORE`.",
				References: []string{"https://tomcat.apache.org/tomcat-10.1-doc/config/http.html", "https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html"},
			},
			Yields: ToAll,
			Match: []*Match{
				Key(Clear, keyStoreKeys()...).In(configuration...).If(not(translated)).Secret(),
				Key(Clear, trustStoreKeys()...).In(configuration...).If(not(translated)).Secret().As(finding.Low, "the password of a trust store is written out"),
				Key(clearText, keyStoreKeys()...).If(notIn(configuration...)).Secret(),
				Key(clearText, trustStoreKeys()...).If(notIn(configuration...)).Secret().As(finding.Low, "the password of a trust store is written out"),
				keytoolPass.If(not(ofTrustStore)),
				keytoolPass.If(ofTrustStore).As(finding.Low, "the password of a trust store is written out"),
				passArgument("openssl"),
			},
			Bad: []Example{
				{"server.properties", "ssl.keystore.location=/etc/kafka/k.p12\nssl.keystore.password=«Wint3r-2026»\nssl.key.password=«Wint3r-2026»\n"},
				{"application.yml", "server:\n  ssl:\n    key-store: classpath:k.p12\n    key-store-password: «Wint3r-2026»\n"},
				{"server.xml", "<Server><Connector port=\"8443\" keystorePass=\"«Wint3r-2026»\"/><Certificate certificateKeystorePassword=\"«changeit»\"/></Server>\n"},
				{"run.sh", "java -Djavax.net.ssl.keyStorePassword=«Wint3r-2026» -jar a.jar\n"},
				{"make.sh", "keytool -genkeypair -alias a -keystore k.p12 -storepass «Wint3r-2026»\nopenssl pkcs12 -export -in a.pem -passout pass:«Wint3r-2026» -out k.p12\n"},
				{"make.sh", "keytool -importcert -noprompt -cacerts -storepass «changeit» -file a.pem\n"},
				{"compose.yaml", "services:\n  a:\n    environment:\n      - SSL_KEYSTORE_PASSWORD=«changeme»\n      - SSL_TRUSTSTORE_PASSWORD=«changeit»\n"},
			},
			Good: []Example{
				{"server.properties", "ssl.keystore.password=${file:/run/secrets/k:password}\nssl.key.password=\nssl.truststore.password=ENC(4bA8x1)\n"},
				{"application.yml", "server:\n  ssl:\n    key-store-password: ${KEYSTORE_PASSWORD}\n    key-password: '{cipher}a1b2c3'\n    trust-store-password: <password>\n"},
				{"make.sh", "keytool -genkeypair -alias a -keystore k.p12 -storepass \"$PASSWORD\"\nkeytool -list -keystore k.p12 -storepass:env PASSWORD\nopenssl pkcs12 -in k.p12 -passin env:PASSWORD\nopenssl pkcs12 -in k.p12 -passin file:/run/secrets/k\n"},
				{"values.yaml", "keystorePassword: \"\"\ntruststorePassword: xxxxxx\nkeystorePasswordFile: /run/secrets/k\nkeyStorePassword: '***'\n"},
				{"src/assets/locale/locale.constant-ro_RO.json", "{\"opc-keystore-password\": \"parola\"}\n"},
				{"i18n/de.yml", "form:\n  keystorePassword: Passwort\n"},
				{"LocalStrings.properties", "sslHostConfig.invalid_truststore_password=The password of the trust store is not right\n"},
				{"app.py", "conf = {'ssl.truststore.password': Stores.password, 'ssl.keystore.password': store_password}\n"},
				{"start.ini", "# jetty.sslContext.keyStorePassword=Wint3r-2026\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SECRETS-002", Title: "a password in an address", Severity: finding.High, CWE: 522,
				Why:        "Addresses end up in logs, in lists of processes and in error messages, with the password in them. Whoever sees one of those can log in.",
				Fix:        "Take the password out of the address and give it by the environment, a mounted secret or a vault. Change the one that stood here.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1", "https://cwe.mitre.org/data/definitions/522.html"},
			},
			Yields: ToAll,
			Match: []*Match{
				userinfo(
					"postgres", "postgresql", "mysql", "mariadb", "sqlserver", "mssql", "mongodb", "mongodb+srv", "redis", "rediss", "amqp", "amqps",
					"ldap", "ldaps", "smtp", "smtps", "mqtt", "mqtts", "nats", "clickhouse", "couchbase", "couchbases", "ftp", "ftps", "sftp", "oracle", "kafka", "stomp",
				),
				userinfo("http", "https").In(configuration...),
				wordBehind([]string{"curl"}, func(v syntax.Value) bool {
					_, password, ok := strings.Cut(v.Text, ":")
					return ok && Clear(syntax.Value{Text: password, Form: v.Form})
				}, "-u", "--user", "--proxy-user", "-U").If(not(atHome)),
			},
			Bad: []Example{
				{".env", "DATABASE_URL=postgres://app:«Wint3r-2026»@db.example.com:5432/app\n"},
				{"config.yaml", "cache:\n  url: redis://:«Wint3r-2026»@cache.example.com:6379/0\n"},
				{"fetch.sh", "curl https://ann:«Wint3r-2026»@mux.example.com/x\ncurl -u «ann:Wint3r-2026» https://mux.example.com/x\n"},
			},
			Good: []Example{
				{".env", "DATABASE_URL=postgres://app@db.example.com:5432/app\nA=postgres://app:${DB_PASSWORD}@db.example.com/app\nB=amqp://user:***@mq.example.com\nC=https://example.com:8443/@x\n"},
				{"config.yaml", "a: git@github.com:x/y.git\nb: mailto:ann@example.com\nc: 'mongodb://<user>:<password>@db.example.com/x'\nd: postgres://user:password@localhost/db\ne: https://{{ .User }}:{{ .Password }}@example.com\n"},
				{"README.md", "```sh\npip install --proxy=https://[username:password@]proxy.corp.net:8080 x\nexport URL=mongodb://DB_USER:DB_PASSWORD@mongo.corp.net/\n```\n"},
				{"a.rs", "fn f() -> String { format!(\"postgresql://{}:{}@{}/{0}\", user, password, host) }\n"},
				{"log.sh", "curl -u admin:admin -X PUT https://localhost:9200/_cluster/settings\n"},
				{"a.erl", "f() -> io_lib:format(\"amqp://~ts:~ts@~ts:~b\", [A, B, C, D]).\n"},
				{"fetch.sh", "curl -u \"$USER:$PASSWORD\" https://mux.example.com/x\ncurl -u ann https://mux.example.com/\ncurl -u ann: https://mux.example.com/\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SECRETS-003", Title: "a private key in the open", Severity: finding.High, CWE: 321,
				Why:        "Whoever reads this file has the key: they can be the server or the user it belongs to, and no password stands before it. What was once in a repository stays in its history.",
				Fix:        "Make a new key (`muxkey renew`), have the old certificate revoked, and give the key as a file or a mounted secret; `muxkey import` puts it into a keystore with a password.",
				References: []string{"https://cwe.mitre.org/data/definitions/321.html", "https://www.rfc-editor.org/rfc/rfc7468#section-10"},
			},
			Match: []*Match{
				Find(pemWords(), privateKeys(false)).In(configuration...),
				Find(pemWords(), privateKeys(false)).If(notIn(configuration...)).As(finding.Medium, ""),
				Find(pemWords(), privateKeys(true)).As(finding.Low, "a private key in the open, behind a password"),
			},
			Bad: []Example{
				{"values.yaml", "tls:\n  key: |\n    «-----BEGIN PRIVATE KEY-----»\n    MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9Us8cKj\n    MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu\n    -----END PRIVATE KEY-----\n"},
				{"a_test.go", "package a\n\nvar a = `«-----BEGIN RSA PRIVATE KEY-----»\nMIIEpAIBAAKCAQEAwu4Pj7wTlC2nqRRcQa5sTTp3pDxkv1zq5Z9cYQq4k3mGm8t1\n`\nvar b = `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAwu4Pj7wTlC2nqRRcQa5sTTp3pDxkv1zq5Z9cYQq4k3mGm8t1\n`\n"},
				{"values.yaml", "key: |\n  «-----BEGIN ENCRYPTED PRIVATE KEY-----»\n  MIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQIAgAAAAAAAAACAggA\n"},
				{"config.json", "{\"key\": \"«-----BEGIN RSA PRIVATE KEY-----»\\nMIIEpAIBAAKCAQEAwu4Pj7wTlC2nqRRcQa5sTTp3pDxkv1zq5Z9cYQq4k3mGm8t1\\n-----END RSA PRIVATE KEY-----\\n\"}\n"},
			},
			Good: []Example{
				{"values.yaml", "cert: |\n  -----BEGIN CERTIFICATE-----\n  MIIDazCCAlOgAwIBAgIUMzEfYyjiWA4R4M2bS1GB4t7NXp98C3SC6dVMvDuictGe\n  -----END CERTIFICATE-----\n"},
				{"keys.txt", "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n"},
				{"a.c", "/*\n *     -----BEGIN EC PRIVATE KEY-----\n *     MHcCAQEEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8goAoGCCqGSM49\n */\nint f(void);\n"},
				{"check.sh", "grep -q -- '-----BEGIN PRIVATE KEY-----' a.pem\n"},
				{"values.yaml", "key: |\n  -----BEGIN PRIVATE KEY-----\n  ...\n  -----END PRIVATE KEY-----\n"},
				{"values.yaml", "key: |\n  -----BEGIN PRIVATE KEY-----\n  {{ .Values.key }}\n"},
			},
		},
	}
}

// keyStoreKeys name the password of a private key, or of a store that holds one.
func keyStoreKeys() []string {
	return []string{
		"keystorePass", "keyStorePassword", "key-store-password", "certificateKeystorePassword", "certificateKeyPassword", "SSLPassword",
		"keyManagerPassword", "ssl.key.password", "ssl.key-password", "javax.net.ssl.keyStorePassword", "keystorePwd", "TLS_KEY_STORE_PASSWORD",
	}
}

// pemWords begin private keys in PEM.
func pemWords() []string {
	return []string{"begin private key", "begin rsa private key", "begin ec private key", "begin dsa private key", "begin openssh private key", "begin encrypted private key"}
}

// trustStoreKeys name that of a store of certificates, which keeps others from
// adding one, and nothing secret.
func trustStoreKeys() []string {
	return []string{"truststorePass", "trustStorePassword", "trust-store-password", "javax.net.ssl.trustStorePassword", "TLS_TRUST_STORE_PASSWORD"}
}

// userinfo is the password in an address of one of some schemes. "user:password"
// and its like, and such words with a host of this machine or this room, are
// everybody's first line of a configuration and nobody's secret.
func userinfo(schemes ...string) *Match {
	return &Match{Literals: schemed(schemes), Also: []string{"@"}, Find: func(f *syntax.File, report func(Hit)) {
		for _, u := range f.URLs {
			if slices.Contains(schemes, u.Scheme) && u.Password.Span.Start < u.Password.Span.End && Clear(u.Password) && !strings.ContainsAny(u.Password.Text, " '\"[]") &&
				(!dummy(u.Password.Text) || !nearby(u.Host) && !dummy(strings.Trim(u.User, "[")) && strings.Contains(u.Host, ".")) {
				report(Hit{Span: u.Password.Span, Host: u.Host, Secret: u.Password.Span})
			}
		}
	}}
}

// dummy is a password that says that it is one.
func dummy(text string) bool {
	return slices.Contains([]string{"password", "pass", "pwd", "passwd", "secret", "postgres", "root", "guest", "admin", "test", "user", "username", "mysql", "redis", "mongo", "rabbitmq"}, strings.ToLower(text))
}

// nearby is a host on this machine, or one that has a name only within it.
func nearby(host string) bool {
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "127.") || host == "::1" || host == "0.0.0.0" ||
		host == "host.docker.internal" || host == "example.com" || strings.HasSuffix(host, ".example") || strings.HasSuffix(host, ".test")
}

// sample is a password out of a manual, where a password is given.
func sample(words ...string) *Match {
	is := Exactly(words...)
	options := []string{"-storepass", "-keypass", "-srcstorepass", "-deststorepass", "-srckeypass", "-destkeypass", "-p", "--password"}
	commands := wordBehind([]string{"keytool", "jarsigner"}, is, options...)
	var hints []string
	for _, w := range words {
		hints = append(hints, squeeze(w))
	}
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if is(s.Value) && passwordKey(s) {
				report(Hit{Span: s.Value.Span, Secret: s.Value.Span, Block: s.Block})
			}
		}
		commands.Find(f, report)
	}}
}

var passwordName = lazy.Regexp(`(?i)pass(word|wd|phrase|wort)?$|pswd$|pwd$|secret$`)

// passwordKey tells whether a setting is a password by its name.
func passwordKey(s *syntax.Setting) bool { return passwordName().MatchString(s.Path[len(s.Path)-1]) }

// wordBehind is the value of an option that is the next word.
func wordBehind(programs []string, is Is, flags ...string) *Match {
	return &Match{Literals: optionHints(programs, flags), Also: called(programs), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Commands {
			if !slices.Contains(programs, c.Name) {
				continue
			}
			for i := 0; i+1 < len(c.Words); i++ {
				v := syntax.Value{Text: c.Words[i+1].Text, Span: c.Words[i+1].Span}
				if c.Words[i+1].Variable {
					v.Form = syntax.Template
				}
				if slices.Contains(flags, c.Words[i].Text) && is(v) {
					report(Hit{Span: v.Span, Secret: v.Span})
				}
			}
		}
	}}
}

// commandOf is the words of the command that a hit is in.
func commandOf(f *syntax.File, h Hit) []syntax.Word {
	for _, c := range f.Commands {
		if slices.ContainsFunc(c.Words, func(w syntax.Word) bool { return w.Span == h.Span }) {
			return c.Words
		}
	}
	return nil
}

// ofTrustStore tells whether a command works on a store of certificates.
func ofTrustStore(f *syntax.File, h Hit) bool {
	return slices.ContainsFunc(commandOf(f, h), func(w syntax.Word) bool {
		lower := strings.ToLower(w.Text)
		return strings.HasSuffix(lower, "cacerts") && lower != "-trustcacerts" || !strings.HasPrefix(lower, "-") && strings.Contains(lower, "truststore")
	})
}

// atHome tells whether curl talks to this machine with a password that is none.
func atHome(f *syntax.File, h Hit) bool {
	words := commandOf(f, h)
	return slices.ContainsFunc(words, func(w syntax.Word) bool {
		_, password, _ := strings.Cut(w.Text, ":")
		return w.Span == h.Span && dummy(password)
	}) && slices.ContainsFunc(f.URLs, func(u syntax.URL) bool {
		return u.Host != "" && nearby(u.Host) && slices.ContainsFunc(words, func(w syntax.Word) bool { return w.Span.Start <= u.Span.Start && u.Span.End <= w.Span.End })
	})
}

// remark tells whether a place stands in a comment of a program, by how its line
// begins.
func remark(text []byte, at int) bool {
	line := bytes.TrimSpace(text[bytes.LastIndexByte(text[:at], '\n')+1 : at])
	return bytes.HasPrefix(line, []byte("*")) || bytes.HasPrefix(line, []byte("//")) || bytes.Equal(line, []byte("#"))
}

// passArgument is "pass:secret" as programs of OpenSSL take it.
func passArgument(program string) *Match {
	return &Match{Literals: []string{"^pass:"}, Also: called([]string{program}), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Commands {
			if c.Name != program {
				continue
			}
			for _, w := range c.Words {
				secret, ok := strings.CutPrefix(w.Text, "pass:")
				if ok && !w.Variable && Clear(syntax.Value{Text: secret}) {
					span := syntax.Span{Start: w.Span.End - len(secret), End: w.Span.End}
					report(Hit{Span: span, Secret: span})
				}
			}
		}
	}}
}

var (
	placeholders = lazy.Regexp(`(?i)^(<.*>|\[.*\]|\*+|x{3,}|\.{2,}|_+|-+|#.*|your.*|my[-_ ]?password.*|.*(placeholder|redacted|replace|to-?be|insert|example|here$).*|(?-i:[A-Z_]*(?:PASSWORD|PASSWD|PASS|PWD|SECRET)[A-Z_]*)|todo.*|none|null|nil|undefined|true|false|n/a)$`)
	elsewhere    = lazy.Regexp(`(?i)^(ENC\(|\{(cipher|aes|aes256|xor|enc|rsa|vault|env|file|secret|bcrypt|ssha|sha|scramble)[^}]*\}|OBF:|(vault|file|env|secret|secrets|kms|op|ref\+\w+|ssm|arn|akv|keyring|gcp|aws|azure|sops|credstore|classpath|source)[:@]|\$ANSIBLE_VAULT|!vault|/|\./|\.\./|~/|@)`)
	variables    = lazy.Regexp(`\$\{|\$\(|\$[A-Za-z_]|\{\{|<%|%[A-Za-z_.]+%|%\(|%[svdqr]|~[a-z]|@[A-Za-z_.]+@|#\{|\{[A-Za-z0-9_.:]*\}|__[A-Z_]+__`)
)

// Clear is a secret that stands there to be read: no template, no placeholder,
// nothing that is encrypted or kept elsewhere.
func Clear(v syntax.Value) bool {
	text, ok := plain(v)
	return ok && v.Form != syntax.Present && v.Form != syntax.Null && text != "" &&
		strings.Count(text, " ") < 2 && !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x3000 }) && // no sentence
		!placeholders().MatchString(text) && !elsewhere().MatchString(text) && !variables().MatchString(text)
}

// clearText is Clear for source code, where what is not in quotes is a name.
func clearText(v syntax.Value) bool { return v.Form == syntax.Quoted && Clear(v) }

// Beginning is a value that begins with a text, without regard to case.
func Beginning(prefixes ...string) Is {
	return func(v syntax.Value) bool {
		text, ok := plain(v)
		return ok && slices.ContainsFunc(prefixes, func(p string) bool { return len(text) > len(p) && strings.EqualFold(text[:len(p)], p) })
	}
}

var (
	pemKey  = lazy.Regexp(`-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----`)
	pemBody = lazy.Regexp(`^(?:\\n|\\r|["'+,\s]|Proc-Type:[^\n\\]*|DEK-Info:[^\n\\]*|[a-z0-9|>*#-]{0,3}\s)*[A-Za-z0-9+/]{40}`)
)

// notIn tells whether a file is in none of some languages.
func notIn(languages ...string) func(*syntax.File, Hit) bool {
	return func(f *syntax.File, _ Hit) bool { return !slices.Contains(languages, f.Language) }
}

// privateKeys finds the first lines of keys that have a body, where they stand
// among other things: a file that holds a key and nothing else is where a key
// belongs.
//
// A program or a text that holds several, as tests do, has one finding.
func privateKeys(encrypted bool) func(*syntax.File, func(Hit)) {
	return func(f *syntax.File, report func(Hit)) {
		var found []syntax.Span
		for _, at := range keysInText(f) {
			if locked(f.Text[at.Start:]) == encrypted {
				found = append(found, at)
			}
		}
		if len(found) > 1 && (len(f.Tokens) > 0 || f.Language == "text" || f.Language == "markdown") {
			report(Hit{Span: found[0], Related: found[1:min(len(found), mostRelated)]})
			return
		}
		for _, at := range found {
			report(Hit{Span: at})
		}
	}
}

// mostRelated is how many more keys are told of.
const mostRelated = 20

// locked tells whether a PEM block is encrypted.
func locked(block []byte) bool {
	head := block[:min(len(block), 150)]
	return bytes.Contains(head, []byte("ENCRYPTED"))
}

func keysInText(f *syntax.File) []syntax.Span {
	var out []syntax.Span
	switch path.Ext(base(f)) {
	case ".pem", ".key", ".crt", ".cer", ".p8", ".pk8", ".priv", ".privkey", ".rsa", ".ppk", ".asc":
		return nil
	}
	if bytes.HasPrefix(bytes.TrimSpace(f.Text), []byte("-----BEGIN ")) {
		return nil
	}
	for _, at := range pemKey().FindAllIndex(f.Text, -1) {
		if pemBody().Match(f.Text[at[1]:min(len(f.Text), at[1]+400)]) && (len(f.Tokens) == 0 || !remark(f.Text, at[0])) {
			out = append(out, syntax.Span{Start: at[0], End: at[1]})
		}
	}
	return out
}

// translated tells that a file holds the words of an interface in one language: a
// label is called what it stands beside.
func translated(f *syntax.File, _ Hit) bool {
	for element := range strings.SplitSeq(strings.ToLower(f.Path), "/") {
		name, _, _ := strings.Cut(element, ".")
		switch name {
		case "locale", "locales", "i18n", "l10n", "lang", "langs", "language", "languages", "translation", "translations", "localization":
			return true
		}
	}
	return strings.HasPrefix(base(f), "messages_")
}
