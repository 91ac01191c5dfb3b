package rules

import (
	"net/netip"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func docker() []Rule {
	daemon := []string{"dockerd", "docker", "docker-init", "dockerd-entrypoint.sh", "minikube", "docker-machine", ""}
	options := []string{"DOCKER_OPTS", "OPTIONS", "DOCKERD_OPTS", "DOCKER_EXTRA_ARGS", "INSECURE_REGISTRY", "DOCKER_DAEMON_ARGS", "other_args"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-DOCKER-001", Title: "Docker takes images from any server, or without TLS", Severity: finding.High, CWE: 295,
				Why:        "For these registries Docker checks no certificate, and falls back to http. Who answers gets the credentials, and decides what is run.",
				Fix:        "Remove the registry from the list, and give its CA to Docker: `muxkey trust build ca.pem --target docker --server mux.example.com:5000 -o certs.d`, then copy that to `/etc/docker`.",
				References: []string{"https://docs.docker.com/reference/cli/dockerd/#insecure-registries", "https://docs.docker.com/engine/security/certificates/"},
			},
			Match: []*Match{
				Key(remote, "insecure-registries", "insecure-registry"),
				FlagsAre(daemon, remote, "--insecure-registry"),
				envOption(remote, options, "--insecure-registry"),
				Flags([]string{"nerdctl"}, "--insecure-registry").Gone(),
				Args(insecureManifest, "docker", "manifest").With("insecure$"),
				buildkitRegistry().In("toml"),
				registryInsecure(),
			},
			Bad: []Example{
				{"daemon.json", "{\n  \"insecure-registries\": [\"«mux.example.com:5000»\", \"127.0.0.0/8\", \"«10.0.0.0/8»\"]\n}\n"},
				{"start.sh", "dockerd «--insecure-registry=mux.example.com:5000»\nminikube start «--insecure-registry» 10.0.0.0/24\nnerdctl «--insecure-registry» pull mux.example.com/a\ndocker manifest inspect «--insecure» mux.example.com/a\n"},
				{"entrypoint.sh", "set -- dockerd --host=unix:///run/docker.sock \\\n\t«--insecure-registry=0.0.0.0/0» \\\n\t\"$@\"\nexec \"$@\"\n"},
				{"etc/default/docker", "DOCKER_OPTS=\"-g /data «--insecure-registry=mux.example.com:5000»\"\n"},
				{".gitlab-ci.yml", "services:\n  - name: docker:dind\n    command: [\"«--insecure-registry=mux.example.com:5000»\"]\n"},
				{"buildkitd.toml", "[registry.\"mux.example.com:5000\"]\n  http = «true»\n  insecure = «true»\n"},
				{"build.sh", "docker buildx build --output «type=image,name=mux.example.com/a,push=true,registry.insecure=true» .\n"},
				{"crio.conf", "[crio.image]\ninsecure_registries = [\"«mux.example.com»\"]\n"},
			},
			Good: []Example{
				{"daemon.json", "{\n  // \"insecure-registries\": [\"mux.example.com\"]\n  \"insecure-registries\": []\n}\n"},
				{"daemon.json", "{\"insecure-registries\": [\"127.0.0.0/8\", \"::1/128\", \"localhost:5000\"]}\n"},
				{"buildkitd.toml", "[registry.\"docker.io\"]\n  mirrors = [\"mux.example.com\"]\n[worker.oci]\n  insecure = true\n"},
				{"start.sh", "dockerd --registry-mirror=https://mux.example.com\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DOCKER-002", Title: "Docker does not check who is at the other end of its API", Severity: finding.High, CWE: 295,
				Why:        "The connection is encrypted and nobody is asked for a certificate that counts. Who reaches the daemon is root on its host; who stands between gets what is sent.",
				Fix:        "Write `tlsverify` with `tlscacert`, `tlscert` and `tlskey`. `muxkey create --profile server` and `muxkey sign` make the certificates.",
				References: []string{"https://docs.docker.com/engine/security/protect-access/"},
			},
			Match: []*Match{
				Joined([]string{"docker", "dockerd", "docker-compose", ""}, False, "--tlsverify"),
				Whole(False, "tlsverify").At("daemon.json", ".docker/config.json"),
				envOption(False, options, "--tlsverify"),
			},
			Bad: []Example{
				{"start.sh", "docker --tls «--tlsverify=false» ps\n"},
				{"daemon.json", "{\"tls\": true, \"tlsverify\": «false», \"hosts\": [\"tcp://0.0.0.0:2376\"]}\n"},
			},
			Good: []Example{
				{"start.sh", "docker --tlsverify --tlscacert=ca.pem ps\nexport DOCKER_TLS_VERIFY=0\n"},
				{"daemon.json", "{\"tlsverify\": true, \"tlscacert\": \"/etc/docker/ca.pem\"}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DOCKER-003", Title: "Docker's API is open without TLS", Severity: finding.High, CWE: 319,
				Why:        "Who reaches this port is root on the host of the daemon, and who stands on the way reads and changes all that is sent.",
				Fix:        "Use the socket of the system or ssh (`DOCKER_HOST=ssh://user@host`), or port 2376 with `--tlsverify`.",
				References: []string{"https://docs.docker.com/engine/security/protect-access/", "https://docs.docker.com/reference/cli/dockerd/#daemon-socket-option"},
			},
			Match: []*Match{
				FlagsAre([]string{"dockerd", "docker", "docker-compose", "podman", ""}, plainDocker, "-H", "--host").Hinting(":2375"),
				Key(plainDocker, "hosts").At("daemon.json", "daemon*.json", "docker/*.json").Hinting(":2375"),
				Env(plainDocker, "DOCKER_HOST").As(finding.Medium, "Docker's API is used without TLS"),
				envOption(plainDocker, options, "-H", "--host").Hinting(":2375"),
				Env(Empty, "DOCKER_TLS_CERTDIR").As(finding.Low, "Docker in Docker opens its API without TLS"),
			},
			Bad: []Example{
				{"start.sh", "dockerd «-H» tcp://0.0.0.0:2375 -H unix:///var/run/docker.sock\nexport DOCKER_HOST=«tcp://docker.example.com:2375»\n"},
				{"docker.service", "[Service]\nExecStart=/usr/bin/dockerd «--host=tcp://0.0.0.0:2375»\n"},
				{"daemon.json", "{\"hosts\": [\"unix:///var/run/docker.sock\", \"«tcp://0.0.0.0:2375»\"]}\n"},
				{".gitlab-ci.yml", "variables:\n  DOCKER_HOST: «tcp://docker:2375»\n  «DOCKER_TLS_CERTDIR»: \"\"\n"},
			},
			Good: []Example{
				{"start.sh", "dockerd --tlsverify -H tcp://0.0.0.0:2376\nexport DOCKER_HOST=unix:///run/user/1000/docker.sock\nexport DOCKER_HOST=tcp://localhost:2375\n"},
				{".gitlab-ci.yml", "variables:\n  DOCKER_HOST: tcp://docker:2376\n  DOCKER_TLS_CERTDIR: \"/certs\"\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-DOCKER-004", Title: "Docker does not ask for signatures of images", Severity: finding.Info, CWE: 347,
				Why:        "Where images are signed, this switches the check off. A registry can then give out another image under the same name.",
				Fix:        "Remove the variable where images are signed, or name images by their digest.",
				References: []string{"https://docs.docker.com/engine/security/trust/"},
			},
			Match: []*Match{Env(Exactly("0"), "DOCKER_CONTENT_TRUST")},
			Bad: []Example{
				{"build.sh", "export DOCKER_CONTENT_TRUST=«0»\n"},
			},
			Good: []Example{
				{"build.sh", "export DOCKER_CONTENT_TRUST=1\n"},
			},
		},
	}
}

// remote is a host, an address or a network that is not this machine alone.
func remote(v syntax.Value) bool {
	text, ok := plain(v)
	if !ok || text == "" {
		return false
	}
	if i := strings.Index(text, "://"); i >= 0 {
		text = text[i+3:]
	}
	text, _, _ = strings.Cut(text, "/")
	host := strings.Trim(text, "[]")
	if addr, err := netip.ParseAddrPort(text); err == nil {
		host = addr.Addr().String()
	} else if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Count(host, ":") == 1 {
		host = host[:i]
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return !addr.IsLoopback()
	}
	return host != "localhost" && !strings.HasSuffix(host, ".localhost")
}

// plainDocker is the address of Docker's API without TLS: by its scheme and port.
func plainDocker(v syntax.Value) bool {
	text, ok := plain(v)
	rest, tcp := strings.CutPrefix(text, "tcp://")
	if plainWeb, found := strings.CutPrefix(text, "http://"); found {
		rest, tcp = plainWeb, true
	}
	return ok && tcp && strings.HasSuffix(strings.TrimRight(rest, "/"), ":2375") && remote(syntax.Value{Text: rest})
}

// envOption is an option with a value among those that an environment variable
// holds for a program.
func envOption(is Is, names []string, flags ...string) *Match {
	hints := slices.DeleteFunc(literals(flags), func(l string) bool { return len(l) < 6 })
	return &Match{Literals: hints, Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			if s.Origin == syntax.FromCode || len(s.Path) == 0 || !slices.Contains(names, s.Path[len(s.Path)-1]) {
				continue
			}
			for _, o := range options(&syntax.Command{Words: wordsOf(s.Value)}) {
				switch {
				case !slices.ContainsFunc(flags, o.is):
				case o.hasValue && is(o.value), !o.hasValue && o.next != nil && is(*o.next):
					report(Hit{Span: o.span})
				}
			}
		}
	}}
}

// insecureManifest is --insecure behind "docker manifest".
func insecureManifest(_ *syntax.Command, rest []syntax.Word) *syntax.Word {
	return optionAmong("--insecure", "--insecure=true")(nil, rest)
}

// buildkitRegistry is http or insecure below [registry."host"] of buildkitd.toml.
func buildkitRegistry() *Match {
	return settings([]string{"registry"}, func(s *syntax.Setting) bool {
		n := len(s.Path)
		return n == 3 && s.Path[0] == "registry" && (s.Path[2] == "http" || s.Path[2] == "insecure") && True(s.Value) && remote(syntax.Value{Text: s.Path[1]})
	})
}

// registryInsecure is registry.insecure=true among the attributes of an output
// or a cache of BuildKit.
func registryInsecure() *Match {
	const wanted = "registry.insecure=true"
	return Find([]string{squeeze(wanted)}, func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			for _, w := range f.Commands[i].Words {
				if strings.Contains(w.Text, wanted) {
					report(Hit{Span: w.Span})
				}
			}
		}
		for i := range f.Settings {
			if s := &f.Settings[i]; s.Origin == syntax.FromFile && strings.Contains(s.Value.Text, wanted) && !strings.Contains(s.Value.Text, "\n") {
				report(Hit{Span: s.Value.Span})
			}
		}
	})
}
