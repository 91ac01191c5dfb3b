package probe

import (
	"time"

	"muxkey/inspect"
	"muxkey/internal/dial"
	"muxkey/pkcs12x"
	"muxkey/trust/path"
)

// Server is what was found out about one server. The JSON is a contract.
type Server struct {
	Address    string   `json:"address"`              // as it was asked for: "mux.example.com:443"
	Protocol   string   `json:"protocol,omitempty"`   // that begins in the clear: "smtp"; missing where TLS begins at once
	ServerName string   `json:"serverName,omitempty"` // that was asked for (SNI); missing without one
	IP         string   `json:"ip,omitempty"`         // that was connected to; missing behind a proxy, and without a connection
	Via        []string `json:"via,omitempty"`        // the proxies, in their order, without passwords

	// Problem is why no current client can begin TLS there; missing when it can.
	Problem *Problem `json:"problem,omitempty"`

	// Version, Cipher, Group and ALPN are what a current client negotiates; missing
	// where none can.
	Version string `json:"version,omitempty"` // "TLS 1.3"
	Cipher  string `json:"cipher,omitempty"`  // by its IANA name
	Group   string `json:"group,omitempty"`   // the key exchange: "X25519MLKEM768"; missing for RSA and DHE
	ALPN    string `json:"alpn,omitempty"`    // the protocol under TLS: "h2"; missing without one
	// PostQuantum: a quantum computer does not open what is recorded with Group.
	PostQuantum bool `json:"postQuantum"`
	// Concession is what a client has to allow that current ones do not by
	// default, for people; missing when nothing.
	Concession string `json:"concession,omitempty"`

	// Certificates are those that the server shows, as they stand.
	Certificates []inspect.Certificate `json:"certificates"`
	// KeyProved: the server has shown that it has the key of the first certificate.
	KeyProved bool `json:"keyProved"`
	// InOrder: each certificate is followed by its issuer, with nothing between.
	InOrder bool   `json:"inOrder"`
	Order   string `json:"order,omitempty"` // what is wrong with the order, for people; missing when nothing
	// Verdict is that on trust and name; missing without certificates.
	Verdict *Acceptance `json:"verdict,omitempty"`
	// Front is what answers in the place of the server; missing when that cannot be
	// told from the certificate.
	Front *Front `json:"front,omitempty"`

	// Matrix is what else the server accepts; missing where it was not asked.
	Matrix *Matrix `json:"matrix,omitempty"`
	// Staple is the OCSP answer that the server shows; missing without one.
	Staple *Staple `json:"staple,omitempty"`
	SCTs   []SCT   `json:"scts,omitempty"` // signed certificate timestamps, from all places
	// Resumption tells for each version that was tried whether a session is taken up
	// again; missing where none was.
	Resumption []Resumption `json:"resumption,omitempty"`
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

	suite Suite // that is Cipher
}

// OK tells whether a client would take the server: it is trusted, where that was
// asked, and named right.
func (r *Server) OK() bool {
	return r.Problem == nil && r.Verdict != nil && r.Verdict.Named && (r.Verdict.Trusted == nil || *r.Verdict.Trusted)
}

// Answers tells whether a server is there: it speaks TLS, or what it speaks instead
// is known.
func (r *Server) Answers() bool {
	return r.Problem == nil || r.Problem.Kind == string(dial.KindNotTLS) || r.Problem.Kind == string(dial.KindNoSTARTTLS) || r.Problem.Kind == kindLegacy
}

// Negotiated is the suite that a current client gets; false where none can begin TLS.
func (r *Server) Negotiated() (Suite, bool) { return r.suite, r.Cipher != "" }

// kindLegacy is the problem with a server that only speaks TLS of old.
const kindLegacy = "legacy"

// Problem is why TLS did not begin.
type Problem struct {
	// At is what failed: "address", "connect", "proxy", "starttls" or "handshake".
	At string `json:"at"`
	// Kind is what went wrong, in a word: "timeout", "name", "refused", "not-tls",
	// "alert", "proxy-auth", "no-starttls", "legacy" and others.
	Kind string `json:"kind,omitempty"`
	// Speaks is what the server speaks where that is known and not what was asked
	// for: "http", "ssh", or the versions of TLS that are too old: "TLS 1.0 SSLv3".
	Speaks string `json:"speaks,omitempty"`
	Text   string `json:"text"` // in one sentence, for people; may change its wording
}

// Acceptance is whether a client would take the server.
type Acceptance struct {
	// Trusted: a path leads to an anchor of the bundle, and nothing but the name may
	// speak against it; missing where no bundle was asked.
	Trusted *bool  `json:"trusted,omitempty"`
	Named   bool   `json:"named"`            // the certificate is for the host
	Host    string `json:"host"`             // the name that it has to be for
	Bundle  string `json:"bundle,omitempty"` // what the anchors were taken from, for people; missing without one
	Client  string `json:"client,omitempty"` // whose rules were asked: "standard"; missing without a bundle
	Why     string `json:"why"`              // in one sentence, for people; may change its wording
	// Path is the one that was found, or that which comes nearest.
	Path []path.Link `json:"path"`
}

// Front is a box that answers in the place of the server.
type Front struct {
	// Kind is "default" for a reverse proxy that knows no such host, "sample" for a
	// certificate that comes with a product, and "interception" for a box on the way
	// that opens the connection.
	Kind    string `json:"kind"`
	Product string `json:"product"` // by its name: "Traefik"
	Text    string `json:"text"`    // what that means, for people; may change its wording
}

// Matrix is which versions, suites and groups a server accepts.
type Matrix struct {
	Versions []Version `json:"versions"`         // the newest first
	Groups   []Group   `json:"groups,omitempty"` // key exchanges that it accepts
	// Connections were made to find that out.
	Connections int `json:"connections"`
	// Cut says why not all was asked; missing when it was.
	Cut string `json:"cut,omitempty"`
}

// Version is a version of the protocol.
type Version struct {
	Name     string `json:"name"`             // "TLS 1.2"
	Accepted bool   `json:"accepted"`         // the server speaks it
	Strength string `json:"strength"`         // of the version: as that of a suite
	Reason   string `json:"reason,omitempty"` // why it is not accepted, as the server said it; missing when it is
	// Suites that it accepts; in its own order where it has one.
	Suites []Suite `json:"suites,omitempty"`
	// Order is whose order of suites decides: "server", "client" or "unknown";
	// missing where the version is not accepted.
	Order string `json:"order,omitempty"`
	// DHBits is the size of the smallest prime of DHE; missing without it.
	DHBits int `json:"dhBits,omitempty"`
	// Cut: not all suites were asked for.
	Cut bool `json:"cut,omitempty"`
}

// Suite is a cipher suite.
type Suite struct {
	Name string `json:"name"` // in the IANA registry
	// Strength is "recommended", "secure", "weak" or "insecure".
	Strength string `json:"strength"`
	// ForwardSecrecy: a key that is stolen later does not open what was recorded.
	ForwardSecrecy bool   `json:"forwardSecrecy"`
	Why            string `json:"why,omitempty"` // what speaks against it, for people; missing when nothing
}

// Group is a way to agree on a key.
type Group struct {
	Name        string `json:"name"`          // in the IANA registry
	Strength    string `json:"strength"`      // as that of a suite
	PostQuantum bool   `json:"postQuantum"`   // a quantum computer does not open what was recorded
	Why         string `json:"why,omitempty"` // what speaks against it, for people; missing when nothing
}

// Staple is an OCSP answer.
type Staple struct {
	Status     string    `json:"status"`              // "good", "revoked", "unknown", or "invalid"
	ThisUpdate time.Time `json:"thisUpdate,omitzero"` // RFC 3339, when it was right; missing when it cannot be read
	NextUpdate time.Time `json:"nextUpdate,omitzero"` // RFC 3339, until when it counts; missing without an end
	Problem    string    `json:"problem,omitempty"`   // why it does not count, for people; missing when it does
}

// SCT is a signed certificate timestamp (RFC 6962).
type SCT struct {
	LogID string    `json:"logID"` // in hex
	Time  time.Time `json:"time"`  // RFC 3339, when the log promised to take the certificate in
	From  string    `json:"from"`  // "certificate", "tls" or "ocsp"
}

// Resumption is whether a session can be taken up again in a version.
type Resumption struct {
	Version string `json:"version"` // "TLS 1.3"
	// Ticket: the server gave a ticket for the session (RFC 8446 section 4.6.1, RFC
	// 5077). Sessions that are kept by a number on the server are not tried.
	Ticket  bool `json:"ticket"`
	Resumed bool `json:"resumed"` // the server took the ticket
}

// ClientCertificate is what a server asks of its clients.
type ClientCertificate struct {
	Sent     bool `json:"sent"`     // one was given, and was sent
	Required bool `json:"required"` // the server ends the connection of a client without one; false where one was sent
	Accepted bool `json:"accepted"` // the server has not refused what was sent, or that nothing was
	// Refusal is what it said; missing when it said nothing.
	Refusal string `json:"refusal,omitempty"`
	// Authorities are the CAs that it names, RFC 4514; missing when it names none.
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
