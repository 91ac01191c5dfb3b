package rules

import (
	"slices"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func haproxy() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-HAPROXY-001", Title: "HAProxy takes any certificate from the servers behind it", Severity: finding.High, CWE: 295,
				Why:        "Traffic to the server is encrypted for whoever answers at its address. Somebody on that path reads and changes every request.",
				Fix:        "Write `verify required ca-file ca.pem`, with `verifyhost NAME` or `sni`. For a private CA make the file with `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://docs.haproxy.org/3.0/configuration.html#5.2-verify", "https://docs.haproxy.org/3.0/configuration.html#3.1-ssl-server-verify"},
			},
			Match: []*Match{
				Find([]string{"verify none", "verify  none", "verify\tnone"}, unverifiedServers),
				Key(OneOf("none"), "ssl-server-verify", "httpclient.ssl.verify").In("conf").Or("required"),
			},
			Bad: []Example{
				{"haproxy.cfg", "backend app\n  server a1 10.0.0.1:8443 check ssl verify «none»\n"},
				{"haproxy.cfg", "backend app\n  default-server ssl  verify  «none»\n  server a1 10.0.0.1:8443\n"},
				{"haproxy.cfg", "global\n  ssl-server-verify «none»\n"},
				{"haproxy.cfg", "backend app\n  server a1 10.0.0.1:80 check check-ssl verify «none»\n"},
			},
			Good: []Example{
				{"haproxy.cfg", "frontend web\n  bind :443 ssl crt site.pem verify none\nbackend app\n  server a1 10.0.0.1:80 check verify none\n"},
				{"haproxy.cfg", "backend app\n  # server a1 10.0.0.1:8443 ssl verify none\n  server a1 10.0.0.1:8443 ssl verify required ca-file ca.pem verifyhost app\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HAPROXY-002", Title: "HAProxy speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `ssl-min-ver TLSv1.2`, in `ssl-default-bind-options` and `ssl-default-server-options` for all.",
				References: []string{"https://docs.haproxy.org/3.0/configuration.html#3.1-ssl-default-bind-options", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(haproxyProtocols, "bind", "server", "default-server", "ssl-default-bind-options", "ssl-default-server-options").In("conf").
					Hinting("sslminver", "sslmaxver", "forcesslv3", "forcetlsv1", "notlsv12"),
			},
			Bad: []Example{
				{"haproxy.cfg", "global\n  ssl-default-bind-options ssl-min-ver «TLSv1.0»\n"},
				{"haproxy.cfg", "frontend web\n  bind :443 ssl crt site.pem «force-tlsv10»\nbackend app\n  server a1 10.0.0.1:443 ssl verify required ca-file ca.pem ssl-max-ver «TLSv1.1»\n"},
				{"haproxy.cfg", "global\n  ssl-default-server-options «no-tlsv12» no-tlsv13\n"},
			},
			Good: []Example{
				{"haproxy.cfg", "global\n  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets\n"},
				{"haproxy.cfg", "global\n  ssl-default-bind-options no-sslv3 no-tlsv10 no-tlsv11\n"},
				{"haproxy.cfg", "global\n  ssl-default-bind-options no-sslv3 no-tlsv10 no-tlsv11 no-tlsv12\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HAPROXY-003", Title: "HAProxy offers ciphers that give no protection", Severity: finding.Medium, CWE: 327,
				Why:        "These ciphers leave out the encryption or the certificate, or are broken within hours. A client that can be brought to use one has no protection left.",
				Fix:        "Take the words out of the list.",
				References: []string{"https://docs.haproxy.org/3.0/configuration.html#5.1-ciphers", "https://docs.openssl.org/3.0/man1/openssl-ciphers/"},
			},
			Match: []*Match{
				Picked(brokenCiphers, "ssl-default-bind-ciphers", "ssl-default-server-ciphers").In("conf"),
				Picked(haproxyCiphers, "bind", "server", "default-server").In("conf").Hinting("ciphers"),
			},
			Bad: []Example{
				{"haproxy.cfg", "global\n  ssl-default-bind-ciphers HIGH:«RC4-SHA»:!MD5\n"},
				{"haproxy.cfg", "frontend web\n  bind :443 ssl crt site.pem ciphers ECDHE-RSA-AES128-GCM-SHA256:«NULL-SHA»\n"},
			},
			Good: []Example{
				{"haproxy.cfg", "global\n  ssl-default-bind-ciphers HIGH:!aNULL:!RC4\nfrontend web\n  bind :443 ssl crt RC4.pem ciphers HIGH:!MD5\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-HAPROXY-004", Title: "HAProxy takes any certificate from clients", Severity: finding.Medium, CWE: 295,
				Why:        "Client certificates are asked for, and every error in them is passed over: anybody can make one that gets in.",
				Fix:        "Remove `all` from the list of errors, or name the few that are meant. The CA of the clients belongs into `ca-file`.",
				References: []string{"https://docs.haproxy.org/3.0/configuration.html#5.1-crt-ignore-err"},
			},
			Match: []*Match{
				Picked(follows("crt-ignore-err", "all"), "bind").In("conf").Hinting("crtignoreerr"),
				Picked(follows("ca-ignore-err", "all"), "bind").In("conf").Hinting("caignoreerr"),
			},
			Bad: []Example{
				{"haproxy.cfg", "frontend web\n  bind :443 ssl crt site.pem ca-file ca.pem verify required crt-ignore-err «all» ca-ignore-err «all»\n"},
			},
			Good: []Example{
				{"haproxy.cfg", "frontend web\n  bind :443 ssl crt site.pem ca-file ca.pem verify optional crt-ignore-err 10\n"},
			},
		},
	}
}

// unverifiedServers finds "verify none" on the lines of servers that speak TLS;
// on those of a bind it says that no client certificate is wanted.
func unverifiedServers(f *syntax.File, report func(Hit)) {
	tls := false
	for i := range f.Settings {
		if s := &f.Settings[i]; isKey(s, "default-server") {
			tls = tls || holds(parts(s.Value, blanks), "ssl", "check-ssl")
		}
	}
	none := follows("verify", "none")
	for i := range f.Settings {
		s := &f.Settings[i]
		if isKey(s, "default-server") || isKey(s, "server") && (tls || holds(parts(s.Value, blanks), "ssl", "check-ssl")) {
			for _, span := range none(s.Value) {
				report(Hit{Span: span, Block: s.Block})
			}
		}
	}
}

// isKey tells whether the last part of the path of a setting is a name.
func isKey(s *syntax.Setting, name string) bool {
	return len(s.Path) > 0 && s.Path[len(s.Path)-1] == name
}

// haproxyProtocols finds the words that let protocols before TLS 1.2 in.
func haproxyProtocols(v syntax.Value) []syntax.Span {
	line := parts(v, blanks)
	var out []syntax.Span
	for i, w := range line {
		switch w.Text {
		case "force-sslv3", "force-tlsv10", "force-tlsv11":
			out = append(out, w.Span)
		case "no-tlsv12":
			// With the older ones off as well it is TLS 1.3 alone.
			if !holds(line, "no-tlsv11") {
				out = append(out, w.Span)
			}
		case "ssl-min-ver", "ssl-max-ver":
			if i+1 < len(line) && slices.Contains([]string{"ssl3", "tls1", "tls11"}, protocol(line[i+1].Text)) {
				out = append(out, line[i+1].Span)
			}
		}
	}
	return out
}

// haproxyCiphers finds weak ciphers behind the word "ciphers".
func haproxyCiphers(v syntax.Value) []syntax.Span {
	list, ok := after(parts(v, blanks), "ciphers")
	if !ok {
		return nil
	}
	return brokenCiphers(syntax.Value{Text: list.Text, Span: list.Span})
}
