package client

import (
	"context"
	_ "embed" // the program
)

//go:embed programs/connect.js
var nodeProgram []byte

// nodeClient adds the bundle to what Node.js brings along.
var nodeClient = Client{
	ID: "node", Title: "Node.js",
	Programs: []string{"node", "nodejs"},
	Targets:  []string{"pem"},
	try: command(func(_ context.Context, r *run) error {
		path, err := r.file("connect.js", nodeProgram)
		r.args = []string{path, r.ip, r.port, r.Host}
		if r.Bundle != "" {
			r.env = []string{"NODE_EXTRA_CA_CERTS=" + r.Bundle}
		}
		return err
	},
		sign{`Warning: (Ignoring extra certs .*)`, Unloadable, ""},
		sign{`^accepted()$`, Accepted, ""},
		sign{`^refused: (ERR_TLS_CERT_ALTNAME_INVALID: .*)`, Refused, WrongName},
		sign{`^refused: (?:UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN): (.*)`, Refused, Untrusted},
		sign{`^refused: (.*)`, Refused, Other},
		sign{`^failed: (.*)`, Failed, ""},
	),
}
