// Package probe looks at a live server as a client does: which certificates it
// shows, whether a client would trust them, and what it speaks.
//
// It sends what a normal client would, a bounded number of times, and no data
// under TLS.
package probe

import (
	"time"

	"muxkey/inspect"
	"muxkey/pkcs12x"
	"muxkey/trust/path"
)

// Result is what was found out about one server. The JSON is a contract.
type Result struct {
	Address    string   `json:"address"`              // as it was asked for: "mux.example.com:443"
	Protocol   string   `json:"protocol,omitempty"`   // that begins in the clear: "smtp"; missing where TLS begins at once
	ServerName string   `json:"serverName,omitempty"` // that was asked for (SNI); missing without one
	IP         string   `json:"ip,omitempty"`         // that was connected to; missing behind a proxy that resolves names
	Via        []string `json:"via,omitempty"`        // the proxies, in their order, without passwords

	// Version, Cipher, Group and ALPN are what a current client negotiates.
	Version string `json:"version"`         // "TLS 1.3"
	Cipher  string `json:"cipher"`          // by its IANA name
	Group   string `json:"group,omitempty"` // the key exchange: "X25519MLKEM768"
	ALPN    string `json:"alpn,omitempty"`  // the protocol under TLS: "h2"; missing without one

	// Certificates are those that the server shows, as they stand.
	Certificates []inspect.Certificate `json:"certificates"`
	// InOrder: each certificate is followed by its issuer, with nothing between.
	InOrder bool `json:"inOrder"`
	// Verdict is that on trust and name; missing where neither was asked.
	Verdict *Verdict `json:"verdict,omitempty"`

	// Matrix is what else the server accepts; missing where it was not asked.
	Matrix *Matrix `json:"matrix,omitempty"`
	// Staple is the OCSP answer that the server shows; missing without one.
	Staple *Staple `json:"staple,omitempty"`
	SCTs   []SCT   `json:"scts,omitempty"` // signed certificate timestamps, from all places
	// Resumption tells whether a session can be taken up again; missing where it was
	// not tried.
	Resumption *bool `json:"resumption,omitempty"`
	// ClientCertificate is missing where the server asks for none.
	ClientCertificate *ClientCertificate `json:"clientCertificate,omitempty"`
	// ClockSkew is by how many seconds the server's clock is ahead, where it says;
	// missing where it does not.
	ClockSkew *int `json:"clockSkew,omitempty"`
	// Compared is how what is shown differs from a keystore; missing where none was
	// given.
	Compared *Comparison `json:"compared,omitempty"`

	// Presented are the certificates with their octets.
	Presented []*pkcs12x.Certificate `json:"-"`
}

// Verdict is whether a client would take the server.
type Verdict struct {
	Trusted bool   `json:"trusted"`          // a path leads to an anchor of the bundle, and nothing speaks against it
	Named   bool   `json:"named"`            // the certificate is for the host that was asked for
	Host    string `json:"host"`             // the name that was asked for
	Bundle  string `json:"bundle,omitempty"` // what the anchors were taken from, for people
	Why     string `json:"why"`              // in one sentence, for people; may change its wording
	// Path is the one that was found, or that which comes nearest.
	Path []path.Link `json:"path"`
}

// Matrix is which versions, suites and groups a server accepts.
type Matrix struct {
	Versions []Version `json:"versions"` // the newest first
	Groups   []string  `json:"groups"`   // key exchanges that it accepts, by their IANA names
	// Cut says why not all was asked; empty when it was.
	Cut string `json:"cut,omitempty"`
}

// Version is a version of the protocol.
type Version struct {
	Name     string `json:"name"`             // "TLS 1.2"
	Accepted bool   `json:"accepted"`         // the server speaks it
	Reason   string `json:"reason,omitempty"` // why not, as the server said it: "protocol_version"
	// Suites that it accepts; in its own order where it has one.
	Suites []Suite `json:"suites,omitempty"`
	// ServerOrder: the server chooses, and not the client.
	ServerOrder bool `json:"serverOrder,omitempty"`
}

// Suite is a cipher suite.
type Suite struct {
	Name string `json:"name"` // in the IANA registry
	// Strength is "good", "weak" or "broken"; Why says why it is not good.
	Strength string `json:"strength"`
	Why      string `json:"why,omitempty"` // for people; missing when it is good
}

// Staple is an OCSP answer.
type Staple struct {
	Status     string    `json:"status"`              // "good", "revoked", "unknown", or "invalid"
	ThisUpdate time.Time `json:"thisUpdate,omitzero"` // when it was right
	NextUpdate time.Time `json:"nextUpdate,omitzero"` // until when it counts; missing without an end
	Problem    string    `json:"problem,omitempty"`   // why it does not count, for people; missing when it does
}

// SCT is a signed certificate timestamp (RFC 6962).
type SCT struct {
	LogID string    `json:"logID"` // in hex
	Time  time.Time `json:"time"`  // when the log promised to take the certificate in
	From  string    `json:"from"`  // "certificate", "tls" or "ocsp"
}

// ClientCertificate is what a server asks of its clients.
type ClientCertificate struct {
	Required bool `json:"required"` // it ends the connection of a client without one
	// Authorities are the CAs that it names, RFC 4514.
	Authorities []string `json:"authorities,omitempty"`
}

// Comparison is how what a server shows differs from a keystore.
type Comparison struct {
	Keystore string `json:"keystore"`        // its path
	Alias    string `json:"alias,omitempty"` // of the entry; missing where none can be told
	Same     bool   `json:"same"`            // the server shows the chain of the entry
	SameKey  bool   `json:"sameKey"`         // the certificate that it shows has the key of the entry
	Text     string `json:"text"`            // for people; may change its wording
}
