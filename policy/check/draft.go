package check

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"muxkey/policy/check/rules"
)

// Draft writes a first policy from what was found without one: each target with
// its alias and names as they are today, and services where one key stands in
// several places. dir is that of the policy, which its paths are relative to;
// password is the source of passwords, where it may be written down.
func Draft(r *Report, dir, password string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What must hold; docs/check.md has all that may stand here.\nversion: 1\nfail-on: medium\ndefaults:\n  profile: %s\n", rules.Internal)
	switch form, _, _ := strings.Cut(password, ":"); form {
	case "env", "file":
		fmt.Fprintf(&b, "  password: %s\n", scalar(sourceBelow(dir, password)))
	default: // the others are the password itself, or nothing that a pipeline has
		b.WriteString("  # password: env:STORE_PW\n")
	}
	b.WriteString("targets:\n")
	seen := map[string]bool{}
	for _, t := range r.Targets {
		name := t.Name
		if file, _, member := strings.Cut(name, "#"); member && t.Kind == File {
			name = file // a manifest or an archive is a target as a whole
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		if t.Kind == Endpoint {
			fmt.Fprintf(&b, "  - url: %s\n", scalar(withScheme(name)))
		} else {
			fmt.Fprintf(&b, "  - path: %s\n", scalar(relative(dir, name)))
		}
		own := slices.DeleteFunc(slices.Clone(t.Certificates), func(c Certified) bool { return !c.Key || c.Depth > 0 })
		if len(own) != 1 {
			continue
		}
		if own[0].Alias != "" && t.Name == name {
			fmt.Fprintf(&b, "    alias: %s\n", scalar(own[0].Alias))
		}
		if hosts := hostsOf(own[0]); len(hosts) > 0 && t.Kind == File {
			fmt.Fprintf(&b, "    hosts: [%s]\n", strings.Join(hosts, ", "))
		}
		if own[0].CA && len(own[0].Names) == 0 { // servers of their own making are CAs too
			fmt.Fprintf(&b, "    profile: %s\n", rules.CA)
		}
	}
	draftServices(&b, r, dir)
	return b.Bytes()
}

// draftServices writes the keystores and servers that show the same certificate.
func draftServices(b *bytes.Buffer, r *Report, dir string) {
	server := map[string]string{}
	for _, t := range r.Targets {
		if t.Kind == Endpoint && len(t.Certificates) > 0 {
			server[t.Certificates[0].SHA256] = t.Name
		}
	}
	head := "services:\n"
	for _, t := range r.Targets {
		for _, c := range t.Certificates {
			if t.Kind != File || !c.Key || server[c.SHA256] == "" || strings.Contains(t.Name, "#") {
				continue
			}
			name := c.Subject
			if hosts := hostsOf(c); len(hosts) > 0 {
				name = strings.Trim(hosts[0], `"'`)
			}
			fmt.Fprintf(b, "%s  - name: %s\n    keystore: %s\n    server: %s\n", head, scalar(name), scalar(relative(dir, t.Name)), scalar(withScheme(server[c.SHA256])))
			delete(server, c.SHA256)
			head = ""
		}
	}
}

// withScheme is an address as a policy has it.
func withScheme(address string) string {
	if strings.Contains(address, "://") {
		return address
	}
	return "tls://" + address
}

// hostsOf are the host names and addresses of a certificate, for YAML.
func hostsOf(c Certified) []string {
	var out []string
	for _, name := range c.Names {
		kind, host, _ := strings.Cut(name, ":")
		if (kind == "DNS" || kind == "IP") && !strings.HasPrefix(host, "*") {
			out = append(out, scalar(host))
		}
	}
	return out
}

func relative(dir, name string) string {
	if rel, err := filepath.Rel(dir, name); err == nil && !filepath.IsAbs(name) {
		return filepath.ToSlash(rel)
	}
	return name
}

// sourceBelow is where a password comes from, with a file relative to the policy.
// {dir} is that of the keystore, as it is from here.
func sourceBelow(dir, spec string) string {
	if file, ok := strings.CutPrefix(spec, "file:"); ok && !strings.HasPrefix(file, "{dir}") {
		return "file:" + relative(dir, file)
	}
	return spec
}

// scalar is a text as YAML has it, in quotes where it needs them.
func scalar(s string) string {
	out, err := yaml.Marshal(s)
	if err != nil || bytes.ContainsRune(bytes.TrimSpace(out), '\n') {
		return fmt.Sprintf("%q", s)
	}
	return string(bytes.TrimSpace(out))
}
