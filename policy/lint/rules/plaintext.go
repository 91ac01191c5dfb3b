package rules

import (
	"net/netip"
	"path"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func plaintext() []Rule {
	configuration := []string{"env", "properties", "ini", "conf", "json", "yaml", "toml", "hcl", "hocon", "xml", "dockerfile", "shell", "powershell", "batch"}
	refs := []string{"https://cwe.mitre.org/data/definitions/319.html", "https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PLAINTEXT-001", Title: "an address without TLS", Severity: finding.Low, CWE: 319,
				Why:        "What goes there can be read and changed by everybody on the way, and nobody proves to be the server.",
				Fix:        "Use the scheme with TLS (`https`, `ldaps`, `amqps`, `mqtts`, `rediss`, `wss`). Clients must trust the server's CA first: `muxkey trust build ca.pem` writes it for every kind of client.",
				References: refs,
			},
			Yields: ToAll,
			Match: []*Match{
				few(URL([]string{"http", "ldap", "amqp", "mqtt", "redis", "smtp", "ftp", "telnet", "ws", "stomp"}, plainEndpoint)).In(configuration...).
					Hinting("http://", "ldap://", "amqp://", "mqtt://", "redis://", "smtp://", "ftp://", "telnet://", "ws://", "stomp://").If(not(harmlessFile)),
			},
			Bad: []Example{
				{"app.yaml", "backend:\n  url: «http://api.corp.net:8080/v1»\nldap:\n  server: «ldap://ldap.corp.net»\n"},
				{"app.env", "REGISTRY_URL=«http://registry.corp.net»\nMQTT_BROKER=«mqtt://10.1.2.3:1883»\n"},
				{"app.properties", "oidc.issuer=«http://login.corp.net/realms/a»\n"},
				{"app.json", "{\"endpoint\": \"«ws://push.corp.net/feed»\"}\n"},
			},
			Good: []Example{
				{"app.yaml", "a_url: http://localhost:8080\nb_url: http://127.0.0.1\nc_url: http://api.default.svc:80\nd_url: http://api.svc.cluster.local\ne_url: http://169.254.169.254/latest\nf_url: http://example.com/x\ng_url: http://redis-master:6379\nh_url: https://api.corp.net\nnote: see http://docs.corp.net\n# url: http://api.corp.net\n"},
				{"pom.xml", "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><url>http://www.corp.net</url><licenses><license><url>http://www.apache.org/licenses/LICENSE-2.0</url></license></licenses></project>\n"},
				{"a.xml", "<!DOCTYPE web-app PUBLIC \"-//Sun//DTD\" \"http://java.sun.com/dtd/web-app_2_3.dtd\">\n<beans xmlns=\"http://www.springframework.org/schema/beans\" schemaLocation=\"http://x.corp.net/a.xsd\"/>\n"},
				{"schema.json", "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"$id\": \"http://schemas.corp.net/a\", \"homepage\": \"http://a.corp.net\"}\n"},
				{"package.json", "{\"repository\": {\"url\": \"http://git.corp.net/a\"}}\n"},
				{"run.sh", "curl http://api.corp.net/\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PLAINTEXT-002", Title: "mail or directory without STARTTLS", Severity: finding.Medium, CWE: 319,
				Why:        "Passwords and messages go over the wire as they are. Where STARTTLS is only tried, who stands in between sees to it that it fails.",
				Fix:        "Require it (`starttls: true`, `mail.smtp.starttls.required=true`), or use the port that speaks TLS at once (465, 636, 993).",
				References: append([]string{"https://www.rfc-editor.org/rfc/rfc8314"}, refs...),
			},
			Yields: ToAll,
			Match: []*Match{
				Key(False, "starttls", "start_tls", "starttls_enable", "starttls_enabled", "starttls_required", "use_starttls", "enable_starttls", "smtp_starttls", "ldap_start_tls", "require_starttls", "startTLS.enabled").If(not(tlsAnyway)),
				Key(False, "EMAIL_USE_TLS", "SMTP_USE_TLS", "MAIL_USE_TLS", "smtp_tls", "smtp_use_tls").If(not(tlsAnyway)),
				Key(OneOf("off", "none", "never", "disabled", "NoStartTLS"), "StartTLSPolicy", "smtp_encryption", "mail_encryption", "smtp_security", "SMTP_SECURITY").If(not(tlsAnyway)),
				Key(True, "smtp_disable_starttls", "disable_starttls", "no_starttls").If(not(tlsAnyway)),
			},
			Bad: []Example{
				{"app.yaml", "smtp:\n  host: mail.corp.net\n  starttls: «false»\n"},
				{"app.properties", "mail.smtp.host=mail.corp.net\nmail.smtp.starttls.enable=«false»\n"},
				{"app.env", "EMAIL_HOST=mail.corp.net\nEMAIL_USE_TLS=«False»\n"},
			},
			Good: []Example{
				{"app.env", "EMAIL_USE_TLS=False\nEMAIL_USE_SSL=True\n"},
				{"app.yaml", "ldap:\n  url: ldaps://ldap.corp.net\n  start_tls: false\nsmtp:\n  port: 465\n  starttls: false\n"},
				{"app.yaml", "smtp:\n  host: localhost\n  starttls: false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PLAINTEXT-003", Title: "TLS is switched off", Severity: finding.Low, CWE: 319,
				Why:        "What goes over this connection can be read and changed by everybody on the way.",
				Fix:        "Switch it on. The server needs a keystore first (`muxkey create`), and clients its CA (`muxkey trust build`).",
				References: refs,
			},
			Yields: ToAll,
			Match: []*Match{
				Key(False, "ssl.enabled", "tls.enabled", "ssl_enabled", "tls_enabled", "use_ssl", "use_tls", "enable_ssl", "enable_tls", "ssl.enable", "tls.enable", "ssl_enable", "tls_enable", "usessl", "enablessl", "use_https", "enable_https", "https_enabled").
					In(configuration...).If(not(tlsHarmless)),
				Key(False, "tls", "ssl").In("env", "properties", "ini", "json", "yaml", "toml", "hocon").If(tlsOfPeer).
					Hinting("tls: false", "ssl: false", "tls\": false", "ssl\": false", "tls=false", "ssl=false", "tls = false", "ssl = false", "tls=0", "ssl=0", "tls=no", "ssl=no", "tls: no", "ssl: no", "tls: off", "ssl: off", "tls = no", "ssl = no", "tls\":false", "ssl\":false"),
				Key(True, "disable_tls", "disable_ssl", "tls_disabled", "ssl_disabled", "no_tls", "no_ssl", "plaintext_only", "use_plaintext", "usePlaintext").In(configuration...).If(not(tlsHarmless)),
			},
			Bad: []Example{
				{"app.yaml", "queue:\n  host: mq.corp.net\n  tls:\n    enabled: «false»\ncache:\n  host: cache.corp.net\n  use_ssl: «no»\nldap:\n  host: ldap.corp.net\n  tls: «false»\n"},
				{"app.properties", "backend.ssl.enabled=«false»\n"},
				{"app.env", "DB_USE_TLS=«0»\n"},
			},
			Good: []Example{
				{"app.yaml", "queue:\n  host: localhost\n  tls:\n    enabled: false\ningress:\n  tls: []\n  host: a\ntls: {}\nssl: true\n"},
				{"values.yaml", "ingress:\n  tls:\n    enabled: false\nmetrics:\n  tls:\n    enabled: false\n"},
			},
		},
	}
}

var endpointWords = []string{
	"url", "uri", "urls", "uris", "endpoint", "endpoints", "issuer", "registry", "registries", "proxy", "host", "hosts", "server", "servers", "address", "addresses", "addr", "broker", "brokers",
	"webhook", "callback", "remote", "upstream", "upstreams", "target", "targets", "origin", "backend", "mirror", "mirrors", "connectionstring", "dsn", "brokerlist", "authority", "baseurl", "mailer", "index", "gateway",
}

// few finds nothing where there is so much of it that the file is a list of pages
// of others and not the configuration of anything.
func few(m *Match) *Match {
	find := m.Find
	m.Find = func(f *syntax.File, report func(Hit)) {
		var hits []Hit
		find(f, func(h Hit) { hits = append(hits, h) })
		if len(hits) <= 24 {
			for _, h := range hits {
				report(h)
			}
		}
	}
	return m
}

// plainEndpoint tells whether an address is one that something connects to: its
// key says so, and its host is neither near nor an example.
func plainEndpoint(u syntax.URL) bool {
	if len(u.Key) == 0 || u.Host == "" || nearby(u.Host) || strings.ContainsAny(u.Host, "${}<>%*()[] ,") && !strings.HasPrefix(u.Host, "[") {
		return false
	}
	for _, part := range u.Key {
		lower := squeeze(part)
		if strings.Contains(lower, "schema") || strings.Contains(lower, "xmlns") || strings.Contains(lower, "namespace") || strings.Contains(lower, "licen") || strings.Contains(lower, "homepage") ||
			strings.Contains(lower, "doc") || strings.Contains(lower, "help") || strings.Contains(lower, "example") || strings.Contains(lower, "comment") || strings.Contains(lower, "description") ||
			strings.Contains(lower, "website") || strings.Contains(lower, "company") || strings.Contains(lower, "image") || strings.Contains(lower, "icon") || strings.Contains(lower, "logo") || strings.Contains(lower, "photo") || strings.Contains(lower, "avatar") || strings.Contains(lower, "about") || strings.Contains(lower, "support") || strings.Contains(lower, "author") || strings.Contains(lower, "readme") || strings.Contains(lower, "changelog") ||
			strings.Contains(lower, "project") || strings.Contains(lower, "alloworigin") || strings.Contains(lower, "scm") || strings.Contains(lower, "bugtrack") || lower == "$id" || lower == "id" || strings.HasSuffix(lower, "type") {
			return false
		}
	}
	last := strings.FieldsFunc(words(u.Key[len(u.Key)-1]), func(r rune) bool { return r == ' ' })
	if !slices.ContainsFunc(last, func(w string) bool { return slices.Contains(endpointWords, w) }) {
		return false
	}
	host := strings.ToLower(u.Host)
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return !addr.IsLoopback() && !addr.IsLinkLocalUnicast() && !addr.IsUnspecified()
	}
	if !strings.Contains(host, ".") {
		return false // a name within a compose file, a cluster or a room
	}
	for _, suffix := range []string{".svc", ".cluster.local", ".local", ".internal", ".localdomain", ".consul", ".docker", ".example", ".test", ".invalid"} {
		if strings.HasSuffix(host, suffix) || strings.Contains(host, ".svc.") {
			return false
		}
	}
	for _, known := range []string{"example.com", "example.org", "example.net", "w3.org", "json-schema.org", "apache.org", "sun.com", "springframework.org", "purl.org", "xmlsoap.org", "openxmlformats.org", "microsoft.com", "adobe.com", "android.com", "opensource.org", "gnu.org", "creativecommons.org", "hibernate.org", "jboss.org", "jcp.org", "oasis-open.org", "oracle.com", "digicert.com", "verisign.com", "usertrust.com", "sectigo.com", "comodoca.com", "globalsign.com", "globalsign.net", "entrust.net", "letsencrypt.org", "lencr.org", "apple.com"} {
		if host == known || strings.HasSuffix(host, "."+known) {
			return false
		}
	}
	return true
}

// words are the words of a key, in lower case with blanks between them: "baseUrl",
// "BASE_URL" and "base-url" are the same.
func words(key string) string {
	var out strings.Builder
	lower := false
	for _, r := range key {
		switch {
		case r >= 'A' && r <= 'Z':
			if lower {
				out.WriteByte(' ')
			}
			out.WriteRune(r - 'A' + 'a')
			lower = false
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			out.WriteRune(r)
			lower = true
		default:
			out.WriteByte(' ')
			lower = false
		}
	}
	return out.String()
}

// harmlessFile tells that the addresses of a file are there to be read by people,
// or to name things.
func harmlessFile(f *syntax.File, _ Hit) bool {
	switch name := base(f); name {
	case "pom.xml", "package.json", "package-lock.json", "composer.json", "catalog.xml", "composer.lock", "bower.json", "chart.yaml", "cargo.toml", "pyproject.toml", "lerna.json", "yarn.lock", "appveyor.yml", "mkdocs.yml", "_config.yml", "config.toml", "hugo.toml":
		return true
	default:
		return slices.Contains([]string{".xsd", ".wsdl", ".xsl", ".xslt", ".svg", ".resx", ".nuspec", ".pom", ".lock", ".xlf", ".rdf", ".owl", ".ts", ".har", ".ipynb", ".sarif"}, path.Ext(name))
	}
}

// tlsAnyway tells that a connection has TLS from its beginning, or stays on this
// machine.
func tlsAnyway(f *syntax.File, h Hit) bool {
	if name := base(f); strings.HasPrefix(name, "values") && strings.HasSuffix(name, "ml") {
		return true // the defaults of a chart
	}
	for _, s := range f.Settings {
		if s.Block != h.Block {
			continue
		}
		text, last := strings.ToLower(s.Value.Text), squeeze(s.Path[len(s.Path)-1])
		switch {
		case last == "helptext", last == "label": // a description of settings
			return true
		case strings.HasPrefix(text, "ldaps://"), strings.HasPrefix(text, "smtps://"), text == "465", text == "636", text == "993":
			return true
		case strings.HasSuffix(last, "usessl"), strings.HasSuffix(last, "ssl"), strings.HasSuffix(last, "smtps"), strings.HasSuffix(last, "secure"), strings.HasSuffix(last, "ssltls"), strings.HasSuffix(last, "implicittls"), strings.HasSuffix(last, "sslenable"), strings.HasSuffix(last, "sslenabled"), strings.HasSuffix(last, "tls") && !strings.HasSuffix(last, "starttls"):
			if True(s.Value) {
				return true
			}
		case strings.HasSuffix(last, "host"), strings.HasSuffix(last, "server"):
			if near, _, _ := strings.Cut(text, ":"); text != "" && nearby(near) && !strings.Contains(near, "example") {
				return true
			}
		}
	}
	return false
}

// tlsHarmless tells that a switch is of what has TLS before it (an ingress), is one
// of a chart's defaults, or of a connection that stays on this machine.
func tlsHarmless(f *syntax.File, h Hit) bool {
	if name := base(f); strings.HasPrefix(name, "values") && strings.HasSuffix(name, "ml") {
		return true
	}
	for i, s := range f.Settings {
		if s.Value.Span == h.Span && strings.Contains(squeeze(s.Path[len(s.Path)-1]), "mail") {
			return true // what says more of mail is another rule
		}
		if s.Value.Span != h.Span {
			continue
		}
		for _, part := range s.Path {
			if lower := squeeze(part); strings.Contains(lower, "ingress") || lower == "properties" || lower == "metrics" {
				return true
			}
		}
		// The host stands beside it, or beside the block that it is in.
		for j := range f.Settings {
			o := &f.Settings[j]
			n := len(o.Path)
			if i == j || n > len(s.Path) || n < len(s.Path)-1 || !slices.Equal(o.Path[:n-1], s.Path[:n-1]) {
				continue
			}
			last := squeeze(o.Path[n-1])
			near, _, _ := strings.Cut(o.Value.Text, ":")
			if (strings.HasSuffix(last, "host") || strings.HasSuffix(last, "address") || strings.HasSuffix(last, "server")) && o.Value.Text != "" && (near == "localhost" || strings.HasPrefix(near, "127.") || o.Value.Text == "::1") {
				return true
			}
		}
	}
	return false
}

// tlsOfPeer tells that a setting with the name "tls" or "ssl" and nothing more is one
// of a connection: something beside it names a host or a port.
func tlsOfPeer(f *syntax.File, h Hit) bool {
	if tlsHarmless(f, h) {
		return false
	}
	bare, peer := false, false
	for _, s := range f.Settings {
		if s.Block != h.Block {
			continue
		}
		last := strings.ToLower(s.Path[len(s.Path)-1])
		bare = bare || s.Value.Span == h.Span && (last == "tls" || last == "ssl")
		for _, w := range []string{"host", "port", "server", "url", "uri", "address", "endpoint", "addr", "broker"} {
			peer = peer || strings.HasSuffix(squeeze(last), w)
		}
	}
	return bare && peer
}
