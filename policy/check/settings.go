package check

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Settings are what a policy says of its targets: in defaults, in a profile of its
// own, or at a target, each going before the one above it. docs/schema/check.json
// has their form, and docs/check.md what each is for.
type Settings struct {
	Profile       string   `yaml:"profile"`            // internal (without it), public-tls, mtls, ca, or one of the policy
	Password      string   `yaml:"password"`           // a source, such as env:STORE_PW
	EntryPassword string   `yaml:"entry-password"`     // a source, for a key with a password of its own
	Alias         string   `yaml:"alias"`              // of the private-key entry
	Hosts         words    `yaml:"hosts"`              // names that clients connect to
	Wildcards     *bool    `yaml:"wildcards"`          // names such as *.example.com are allowed
	Purpose       string   `yaml:"purpose"`            // server, client, email or code
	Trust         words    `yaml:"trust"`              // files with what the other side trusts, or "system"
	TrustPassword string   `yaml:"trust-password"`     // a source
	Clients       words    `yaml:"clients"`            // as whom trust is asked: standard, go, openssl, java
	For           words    `yaml:"for"`                // programs that must open the file
	WarnDays      *int     `yaml:"warn-days"`          // left, for a finding of medium severity
	FailDays      *int     `yaml:"fail-days"`          // left, for one of high severity
	RenewAfter    *float64 `yaml:"renew-after"`        // share of the lifetime after which a renewal is late
	MaxDays       *int     `yaml:"max-days"`           // the longest lifetime
	KeyTypes      words    `yaml:"key-types"`          // that are allowed: RSA, EC, Ed25519
	MinRSA        *int     `yaml:"min-rsa"`            // bits
	MinEC         *int     `yaml:"min-ec"`             // bits
	Pins          words    `yaml:"pins"`               // SHA-256 of certificates or public keys
	Mode          literal  `yaml:"mode"`               // the most that the permissions may be: "0640"
	ZLint         words    `yaml:"zlint"`              // sources of lints, or lints
	SCTs          *int     `yaml:"scts"`               // that the certificate must carry
	CRLs          words    `yaml:"crls"`               // files
	OCSP          string   `yaml:"ocsp"`               // staple or ask
	MinIterations *int     `yaml:"min-iterations"`     // of the key derivation
	MinTLS        string   `yaml:"min-tls"`            // the oldest version a server may speak: "1.2"
	ClientCert    *bool    `yaml:"client-certificate"` // whether a server must ask its clients for one
	ServerName    string   `yaml:"server-name"`        // to ask a server for; the host without it
	Via           words    `yaml:"via"`                // proxies, in their order
	ProxyPassword string   `yaml:"proxy-password"`     // a source
	Timeout       string   `yaml:"timeout"`            // of a server: 10s
}

// Target is an item of the targets of a policy. One of Path, URL and Inventory is
// set.
type Target struct {
	Path      string `yaml:"path"`      // a file, directory or pattern
	URL       string `yaml:"url"`       // a server: tls://HOST:PORT, smtp+starttls://HOST
	Inventory string `yaml:"inventory"` // a file that lists targets
	Settings  `yaml:",inline"`

	node         ast.Node
	file         string  // the inventory that has it; empty: the policy
	above        *Target // that names the inventory
	here         bool    // its paths are relative to the current directory
	line, column int
}

// UnmarshalYAML keeps where the target stands.
func (t *Target) UnmarshalYAML(node ast.Node) error {
	type plain Target
	if err := yaml.NodeToValue(node, (*plain)(t), yaml.Strict()); err != nil {
		return err
	}
	t.node = node
	t.line, t.column = placeOf(node)
	return nil
}

// placeOf is where a node begins, from 1.
func placeOf(node ast.Node) (line, column int) {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	at := node.GetToken().Position
	return at.Line, at.Column
}

// layer is settings that were not decoded yet: what it does not set stays as the
// layer below has it.
type layer struct{ node ast.Node }

// UnmarshalYAML checks the form of the settings, and keeps them.
func (l *layer) UnmarshalYAML(node ast.Node) error {
	l.node = node
	var s Settings
	return yaml.NodeToValue(node, &s, yaml.Strict())
}

// words are a list of words, which may be written as one text.
type words []string

// literal is a text as it stands: 0640 would be a number of base eight.
type literal string

// UnmarshalYAML takes any scalar.
func (l *literal) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(ast.ScalarNode); !ok {
		var text string
		return yaml.NodeToValue(node, &text)
	}
	*l = literal(node.GetToken().Value)
	return nil
}

// UnmarshalYAML takes a list, or a text with blanks or commas between the words.
func (w *words) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(*ast.SequenceNode); ok {
		var list []string
		err := yaml.NodeToValue(node, &list)
		*w = list
		return err
	}
	var text string
	if err := yaml.NodeToValue(node, &text); err != nil {
		return err
	}
	*w = strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	return nil
}

// settings are those of some targets, one over the other: over those of their
// profile, over the defaults.
func (p *Policy) settings(targets ...*Target) (Settings, error) {
	return p.decode(p.layers(targets))
}

// layers are what the settings of some targets are decoded from, the lowest first.
type layers struct {
	profile  string
	settings []ast.Node // the defaults and profiles
	targets  []ast.Node
}

func (p *Policy) layers(targets []*Target) layers {
	l := layers{profile: p.defaultProfile}
	for _, t := range targets {
		for _, t := range []*Target{t.above, t} {
			if t == nil {
				continue
			}
			if t.Profile != "" {
				l.profile = t.Profile
			}
			if t.node != nil {
				l.targets = append(l.targets, t.node)
			}
		}
	}
	if p.defaults != nil {
		l.settings = append(l.settings, p.defaults)
	}
	l.settings = append(l.settings, p.above(l.profile)...)
	return l
}

// decode takes a while, so that equal layers should be decoded once.
func (p *Policy) decode(l layers) (Settings, error) {
	var own Settings
	for _, node := range l.settings {
		if err := yaml.NodeToValue(node, &own); err != nil {
			return own, err
		}
	}
	for _, node := range l.targets {
		t := Target{Settings: own}
		type plain Target
		if err := yaml.NodeToValue(node, (*plain)(&t)); err != nil {
			return own, err
		}
		own = t.Settings
	}
	own.Profile = l.profile
	return own, nil
}

// key is the same for equal layers, where there are few enough of them.
func (l layers) key() (key [8]ast.Node, ok bool) {
	return key, copy(key[:], append(slices.Clip(l.settings), l.targets...)) == len(l.settings)+len(l.targets)
}

// above are the settings of a profile of the policy, over those of the profiles
// that it stands on.
func (p *Policy) above(profile string) []ast.Node {
	var out []ast.Node
	for range p.profiles {
		node := p.profiles[profile]
		if node == nil {
			break
		}
		out = append(out, node)
		var s Settings
		if yaml.NodeToValue(node, &s) != nil {
			break
		}
		profile = s.Profile
	}
	slices.Reverse(out)
	return out
}

// problem says where a policy is wrong, and what would be right.
func problem(err error, names []string) *PolicyError {
	var unknown *yaml.UnknownFieldError
	var wrongType *yaml.TypeError
	var syntax *yaml.SyntaxError
	out := &PolicyError{Reason: err.Error()}
	switch {
	case errors.As(err, &unknown):
		at := unknown.Token.Position
		out.Line, out.Column, out.Reason = at.Line, at.Column, fmt.Sprintf("there is no setting %q here", unknown.Token.Value)
		out.Nearest = nearest(unknown.Token.Value, names)
	case errors.As(err, &wrongType):
		at := wrongType.Token.Position
		out.Line, out.Column, out.Reason = at.Line, at.Column, fmt.Sprintf("%q is not of the form that is wanted here (%s)", wrongType.Token.Value, wrongType.DstType)
	case errors.As(err, &syntax):
		at := syntax.Token.Position
		out.Line, out.Column, out.Reason = at.Line, at.Column, syntax.Message
	}
	return out
}

// at says in which file a mistake is.
func at(err error, file string) error {
	if e, ok := errors.AsType[*PolicyError](err); ok {
		e.File = file
	}
	return err
}

// settingNames are those of a target.
func settingNames() []string { return keys(reflect.TypeFor[Target]()) }
