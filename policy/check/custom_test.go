package check

import (
	"strings"
	"testing"
)

func TestCustomChecks(t *testing.T) {
	for _, tt := range []struct{ check, says, near string }{
		{`{id: ORG-KEY-001, title: keys are EC, each: certificate, when: "!cert.ca", require: 'cert.publicKey.algorithm == "EC"'}`, "", ""},
		{`{id: ORG-TLS-001, title: TLS 1.3, require: 'server == null || server.version == "TLS 1.3"'}`, "", ""},
		{`{id: ORG-ENT-001, title: short aliases, each: entry, require: 'size(entry.alias) < 20 && now > timestamp("2020-01-01T00:00:00Z")'}`, "", ""},
		{`{id: ORG-KEY-001, title: x, each: certificate, require: 'cert.publicKey.algorithms == "EC"'}`, "require of the check ORG-KEY-001: line 1, column 16", "algorithm"},
		{`{id: ORG-KEY-001, title: x, require: 'cert.ca'}`, "cert", ""},
		{`{id: ORG-KEY-001, title: x, require: 'target.format'}`, "bool", ""},
		{`{id: ORG-KEY-001, title: x, require: 'target.'}`, "require of the check", ""},
		{`{id: ORG-KEY-001, title: x, each: chain, require: 'true'}`, `each "chain"`, ""},
		{`{id: ORG-KEY-001, title: x, severity: bad, require: 'true'}`, `severity "bad"`, ""},
		{`{id: ORG-KEY-001, title: x}`, "requires nothing", ""},
		{`{id: ORG-KEY-001, require: 'true'}`, "needs a title", ""},
		{`{id: MUX-KEY-001, title: x, require: 'true'}`, "no ID", ""},
		{`{id: key, title: x, require: 'true'}`, "no ID", ""},
		{"{id: A-1, title: x, require: 'true'}\n  - {id: A-1, title: x, require: 'true'}", "two checks A-1", ""},
	} {
		_, err := ParsePolicy([]byte("checks:\n  - "+tt.check+"\n"), "muxkey.yaml")
		switch e, _ := err.(*PolicyError); { //nolint:errorlint // it is documented to be one
		case tt.says == "" && err != nil:
			t.Errorf("%s: %v", tt.check, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: got %v, want %q", tt.check, err, tt.says)
		case tt.near != "" && e.Nearest != tt.near:
			t.Errorf("%s: meant %q, want %q", tt.check, e.Nearest, tt.near)
		}
	}
}
