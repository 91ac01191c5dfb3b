package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

// beam is Elixir and Erlang.
func beam() []Rule {
	none := atom("verify_none")
	yes := atom("true")
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-BEAM-001", Title: "Erlang's ssl takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Set verify to verify_peer, and cacerts to public_key:cacerts_get() (:public_key.cacerts_get()). " + bundle + "name that as cacertfile.",
				References: []string{"https://www.erlang.org/doc/apps/ssl/ssl.html", "https://hexdocs.pm/hackney/", "https://erlef.github.io/security-wg/secure_coding_and_deployment_hardening/ssl"},
			},
			Match: []*Match{
				Field(none, "verify").In("elixir", "erlang").Hinting("verifynone").If(not(beamServer)),
				Field(none, "verify").In("elixir", "erlang").Hinting("verifynone").If(beamServer).As(finding.Info, "Erlang server asks for no client certificates"),
				hackneyInsecure().In("elixir", "erlang"),
			},
			Bad: []Example{
				{"client.ex", "HTTPoison.get(url, [], ssl: [verify: :«verify_none»])\n"},
				{"client.ex", "Req.get!(url, connect_options: [\n  transport_opts: [\n    verify: :«verify_none»\n  ]\n])\n"},
				{"config.exs", "config :mux, Mux.Repo,\n  ssl: true,\n  ssl_opts: [{:verify, :«verify_none»}]\n"},
				{"client.erl", "-module(client).\nf() ->\n    httpc:request(get, {Url, []}, [{ssl, [{verify, «verify_none»}]}], []).\n"},
				{"client.ex", "HTTPoison.get(url, [], hackney: [:«insecure»])\n"},
				{"client.erl", "-module(client).\nf() ->\n    hackney:request(get, Url, [], <<>>, [«insecure»]).\n"},
			},
			Good: []Example{
				{"client.ex", "HTTPoison.get(url, [], ssl: [verify: :verify_peer, cacertfile: \"ca.pem\"])\n# HTTPoison.get(url, [], ssl: [verify: :verify_none])\nIO.puts(\"verify: :verify_none\")\n"},
				{"client.erl", "-module(client).\n%% [{verify, verify_none}]\nf() ->\n    httpc:request(get, {Url, []}, [{ssl, [{verify, verify_peer}, {cacerts, public_key:cacerts_get()}]}], []).\n"},
				{"client.ex", "HTTPoison.get(url, [], hackney: [pool: :default])\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BEAM-002", Title: "Erlang's ssl does not check the host name", Severity: finding.Medium, CWE: 297,
				Why:        whyHostName,
				Fix:        "Give the name that is in the certificate: {server_name_indication, \"mux.example.com\"}; for wildcards set customize_hostname_check.",
				References: []string{"https://www.erlang.org/doc/apps/ssl/ssl.html"},
			},
			Match: []*Match{
				Field(atom("disable"), "server_name_indication").In("elixir", "erlang"),
			},
			Bad: []Example{
				{"client.ex", "opts = [verify: :verify_peer, server_name_indication: :«disable»]\n"},
				{"client.erl", "-module(client).\nopts() -> [{verify, verify_peer}, {server_name_indication, «disable»}].\n"},
			},
			Good: []Example{
				{"client.ex", "opts = [verify: :verify_peer, server_name_indication: ~c\"mux.example.com\"]\n# server_name_indication: :disable\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BEAM-003", Title: "Erlang's ssl allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Set versions to ['tlsv1.2', 'tlsv1.3'], or leave it out. Peers that speak nothing newer must be updated first.",
				References: []string{"https://www.erlang.org/doc/apps/ssl/ssl.html", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{beamVersions().In("elixir", "erlang")},
			Bad: []Example{
				{"client.ex", "opts = [versions: [:«tlsv1», :\"tlsv1.2\"]]\n"},
				{"client.erl", "-module(client).\nopts() -> [{versions, ['«tlsv1.1»', 'tlsv1.2']}].\n"},
			},
			Good: []Example{
				{"client.ex", "opts = [versions: [:\"tlsv1.2\", :\"tlsv1.3\"]]\n# versions: [:tlsv1]\nother = [:tlsv1]\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BEAM-004", Title: "Erlang's ssh takes any host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Remove the option, and keep the server's key in known_hosts of user_dir.",
				References: []string{"https://www.erlang.org/doc/apps/ssh/ssh.html"},
			},
			Match: []*Match{Field(yes, "silently_accept_hosts").In("elixir", "erlang").Or("false")},
			Bad: []Example{
				{"ssh.ex", ":ssh.connect(host, 22, silently_accept_hosts: «true», user: user)\n"},
				{"ssh.erl", "-module(s).\nf() -> ssh:connect(Host, 22, [{silently_accept_hosts, «true»}]).\n"},
			},
			Good: []Example{
				{"ssh.ex", ":ssh.connect(host, 22, silently_accept_hosts: false)\n# silently_accept_hosts: true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-BEAM-005", Title: "Elixir mailer sends in plaintext", Severity: finding.Medium, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Set tls: :always (or ssl: true), and tls_options with verify: :verify_peer.",
				References: []string{"https://hexdocs.pm/swoosh/Swoosh.Adapters.SMTP.html", "https://github.com/gen-smtp/gen_smtp"},
			},
			Match: []*Match{
				FieldWhere(atom("never"), mailerField, "tls").In("elixir", "erlang").Hinting("relay"),
				FieldWhere(atom("if_available"), mailerField, "tls").In("elixir", "erlang").Hinting("ifavailable").As(finding.Low, "Elixir mailer sends in plaintext when the server offers no TLS"),
			},
			Bad: []Example{
				{"config.exs", "config :mux, Mux.Mailer,\n  adapter: Swoosh.Adapters.SMTP,\n  relay: \"mail.example.com\",\n  tls: :«never»\n"},
			},
			Good: []Example{
				{"config.exs", "config :mux, Mux.Mailer, relay: \"mail.example.com\", tls: :always\n# tls: :never\n"},
			},
		},
	}
}

// atom is an atom of Erlang or Elixir, or a boolean.
func atom(name string) Is {
	return func(v syntax.Value) bool { return strings.Trim(v.Text, ":'\"") == name }
}

// beamServer tells that a file makes a TLS server.
func beamServer(f *syntax.File, _ Hit) bool {
	return slices.ContainsFunc(f.Calls, func(c syntax.Call) bool {
		return slices.ContainsFunc([]string{"ssl.listen", "ssl.handshake", "ranch.start_listener", "cowboy.start_tls", "cowboy.start_https", "ssl.ssl_accept"}, func(n string) bool {
			return lastParts(strings.TrimPrefix(c.Name, ":"), n)
		})
	})
}

// hackneyInsecure is hackney's option, which is an atom in a list.
func hackneyInsecure() *Match {
	return &Match{Literals: []string{"hackney"}, Find: func(f *syntax.File, report func(Hit)) {
		if !namesAny(f, "hackney", ":hackney") {
			return
		}
		for i, t := range f.Tokens {
			if i == 0 || i+1 >= len(f.Tokens) || strings.TrimPrefix(t.Text, ":") != "insecure" || t.Kind != syntax.Name {
				continue
			}
			if strings.Contains("[,", f.Tokens[i-1].Text) && strings.Contains("],", f.Tokens[i+1].Text) {
				report(Hit{Span: t.Span})
			}
		}
	}}
}

// beamVersions finds old protocols in the list of versions.
func beamVersions() *Match {
	return &Match{Literals: []string{"tlsv1", "sslv3"}, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Path[len(s.Path)-1] != "versions" {
				continue
			}
			for _, t := range f.Tokens[s.Value.Tokens[0]:s.Value.Tokens[1]] {
				if text := strings.Trim(t.Text, ":'\""); slices.Contains([]string{"sslv3", "tlsv1", "tlsv1.1"}, text) {
					report(Hit{Span: t.Span})
				}
			}
		}
	}}
}

// mailerField tells whether a setting stands beside the address of a mail server.
func mailerField(f *syntax.File, s *syntax.Setting) bool { return sibling(f, s, "relay") != nil }
