package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"muxkey/internal/command"
	"muxkey/trust"
)

// firefoxTarget is a policy and the certificates that it installs. They are named
// without a path: Firefox then looks for them where each system has a place for
// such files (https://mozilla.github.io/policy-templates/#certificates--install).
// Each file is one certificate, as Firefox reads no further than the first.
var firefoxTarget = Target{
	ID:        "firefox",
	Title:     "policy of Firefox with certificates",
	Clients:   "Firefox and Thunderbird, for servers and for mail alike",
	Name:      "firefox",
	Directory: true,
	Write: func(_ context.Context, j Job) ([]File, error) {
		var files []File
		var install []string
		for i, name := range uniqueNames(j.Set.Anchors, fileName) {
			name += ".crt"
			install = append(install, name)
			files = append(files, File{Path: "certificates/" + name, Data: pemOf(j.Set.Anchors[i:i+1], false)})
		}
		policy, err := policyJSON(map[string]any{"policies": map[string]any{"Certificates": map[string]any{"Install": install}}})
		if err != nil {
			return nil, err
		}
		return append([]File{{Path: "policies.json", Data: policy}}, files...), nil
	},
	Use: func(path string, j Job) []Step {
		from := command.Quote(strings.TrimSuffix(path, "/"))
		steps := []Step{
			{Text: "On Linux, put the certificates and the policy where Firefox looks; a policies.json that is there has to be merged by hand:", Command: "mkdir -p /usr/lib/mozilla/certificates /etc/firefox/policies && cp " + from + "/certificates/* /usr/lib/mozilla/certificates/ && cp -n " + from + "/policies.json /etc/firefox/policies/"},
			{Text: `On Windows, the certificates go to %LOCALAPPDATA%\Mozilla\Certificates or %APPDATA%\Mozilla\Certificates of each user, and the policy to the directory "distribution" beside firefox.exe.`},
			{Text: `On macOS, the certificates go to "/Library/Application Support/Mozilla/Certificates", and the policy to Firefox.app/Contents/Resources/distribution.`},
		}
		if slices.ContainsFunc(j.Set.Anchors, func(a *trust.Anchor) bool { return a.CA && slices.Contains(a.ExtKeyUsage, "serverAuth") }) {
			steps = append(steps, Step{Text: "A server that shows a certificate which is its own CA, as self-signed ones are, Firefox refuses all the same (MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY): give it one that a CA has issued."})
		}
		return steps
	},
	Proof: "Firefox ESR connects with it, and does not without",
}

// chromiumTarget is a policy for server certificates, which Chromium takes from a
// directory and looks at again when it changes. The settings are CACertificates,
// CACertificatesWithConstraints and CADistrustedCertificates
// (https://chromeenterprise.google/policies/). The first two want to be unlike:
// an anchor in both would be without its constraints.
var chromiumTarget = Target{
	ID:      "chromium",
	Title:   "policy of Chromium",
	Clients: "Chromium, Chrome, Edge and Brave on Linux, version 133 and later",
	Name:    "muxkey-trust.json",
	Says:    Terms{Purposes: true, Rejected: true, Permitted: true},
	Write: func(_ context.Context, j Job) ([]File, error) {
		var p chromiumPolicy
		for _, a := range j.Set.Anchors {
			if !a.Terms.For(trust.Server) { // the policy is about servers alone
				continue
			}
			if a.Terms.Permitted.Empty() {
				p.Trusted = append(p.Trusted, a.Raw)
				continue
			}
			p.Constrained = append(p.Constrained, chromiumConstrained{a.Raw, chromiumConstraints(a.Terms.Permitted)})
		}
		for _, a := range j.Rejected {
			if slices.Contains(a.Terms.Rejected, trust.Server) {
				p.Distrusted = append(p.Distrusted, a.Raw)
			}
		}
		if len(p.Trusted)+len(p.Constrained)+len(p.Distrusted) == 0 {
			return nil, errors.New("none of the anchors is for servers, and the policies of Chromium know no others")
		}
		data, err := policyJSON(p)
		return []File{{Data: data}}, err
	},
	Use: func(path string, j Job) []Step {
		steps := []Step{
			{Text: "Put it where the browser looks for policies: below /etc/chromium, for Chrome /etc/opt/chrome, for Edge /etc/opt/edge, for Brave /etc/brave.", Command: "install -D -m 644 " + command.Quote(path) + " /etc/chromium/policies/managed/muxkey-trust.json"},
			{Text: "The page chrome://policy shows what the browser has made of it. Of two files with the same setting only one counts."},
		}
		if slices.ContainsFunc(j.Set.Anchors, func(a *trust.Anchor) bool { return !a.Terms.Permitted.Empty() }) {
			steps = append(steps, Step{Text: "A certificate with any name that its anchor is not permitted is refused for its other names too."})
		}
		return steps
	},
	Check: chromiumCheck,
	Proof: "Chromium connects with it, and does not without, with another anchor, to a name that it is not constrained to, nor where the anchor is distrusted",
}

// chromiumPolicy is the file. Octets are base64 in JSON, as Chromium has them.
type chromiumPolicy struct {
	Trusted     [][]byte              `json:"CACertificates,omitempty"`
	Constrained []chromiumConstrained `json:"CACertificatesWithConstraints,omitempty"`
	// Distrusted are the keys of these certificates, whatever others they are in.
	Distrusted [][]byte `json:"CADistrustedCertificates,omitempty"`
}

type chromiumConstrained struct {
	Certificate []byte      `json:"certificate"`
	Constraints constraints `json:"constraints"`
}

type constraints struct {
	DNS []string `json:"permitted_dns_names"`
	IP  []string `json:"permitted_cidrs"`
}

// chromiumConstraints holds an anchor to names of both kinds. Where none of a kind
// is permitted there must be one that no server can have, for a kind without any
// is not constrained at all.
func chromiumConstraints(n trust.Names) constraints {
	c := constraints{n.DNS, n.IP}
	if len(c.DNS) == 0 {
		c.DNS = []string{"invalid"} // RFC 6761 section 6.4
	}
	if len(c.IP) == 0 {
		c.IP = []string{"255.255.255.255/32"} // RFC 919 section 7
	}
	return c
}

// policyJSON is for people to read and merge.
func policyJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return out.Bytes(), err
}
