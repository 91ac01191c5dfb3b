// Package client lets the client programs of this machine connect to a TLS server
// with a trust bundle, and reads from what they say whether they accept it.
//
//   - Clients lists the programs, and which trust targets each takes. To add one,
//     write its function and its line in Clients.
//   - Client.Try makes one connection. Nothing of the machine is changed: each has a
//     home directory of its own, and where a program looks into /etc alone, it gets
//     one of its own as well, in a mount namespace (Linux).
//   - Serve runs a throw-away server with the key and chain of a keystore.
//   - TargetOf tells which target a file or directory was made for.
//
// Variables and settings that change what a client trusts are kept from it, so
// that the bundle alone decides.
package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"muxkey/internal/named"
)

// Client is a program that connects to TLS servers.
type Client struct {
	ID    string // "curl"
	Title string // "curl", "Java"
	// Programs are the names of the program, the first of them that is found being
	// run; empty for what is built in.
	Programs []string
	// Needs are other programs and files that it cannot do without.
	Needs []string
	// Targets are the IDs of the trust targets that it takes.
	Targets []string
	// Lists tells that it shows what is in a bundle and connects to nothing.
	Lists bool

	try func(ctx context.Context, program string, a Attempt) Result
}

// Clients lists them: those that take plain files first.
func Clients() named.Set[Client] {
	return named.New(func(c Client) string { return c.ID },
		curlClient,
		opensslClient,
		goClient,
		pythonClient,
		rubyClient,
		phpClient,
		nodeClient,
		gnutlsClient,
		wgetClient,
		gitClient,
		javaClient,
		bouncyClient,
		nssClient,
		chromiumClient,
		firefoxClient,
		p11kitClient,
		trustClient,
		debianClient,
	)
}

// Attempt is one connection to be made.
type Attempt struct {
	Target string // ID of the target that the bundle was made for
	// Bundle is the path of the file or directory; empty means none, and the client
	// trusts what it trusts by itself.
	Bundle   string
	Password string // of the bundle, where it has one
	// Address is where the server listens, "HOST:PORT"; Host is the name that the
	// client asks for and holds the certificate to.
	Address, Host string
}

// Answer is what a client made of a bundle and a server.
type Answer string

// The verdicts.
const (
	Accepted   Answer = "accepted"   // the client trusts the server
	Refused    Answer = "refused"    // it does not
	Unloadable Answer = "unloadable" // it cannot read the bundle
	Listed     Answer = "listed"     // it shows the anchors of the bundle, and connects to nothing
	Failed     Answer = "failed"     // it did not get as far as a verdict
)

// Reason is why a client refused.
type Reason string

// The reasons; empty where there is none.
const (
	Untrusted Reason = "untrusted" // no anchor vouches for the certificate
	WrongName Reason = "name"      // the certificate is for another name
	Other     Reason = "other"     // anything else: dates, algorithms, usages ...
)

// Result is what came of an attempt.
type Result struct {
	Answer Answer
	Reason Reason // set when Answer is Refused
	Says   string // the client's own words, one line; empty when it accepted in silence
}

// NotFoundError means that a program, or something it needs, is not on this
// machine.
type NotFoundError struct {
	Client  string   // its ID
	Missing []string // any of these programs, or this file
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s: %s is not on this machine", e.Client, e.Missing[0])
}

// Takes tells whether the client takes bundles of a target.
func (c Client) Takes(target string) bool { return slices.Contains(c.Targets, target) }

// Find returns the path of the program, empty for what is built in. The error is a
// *NotFoundError.
func (c Client) Find() (string, error) {
	for _, need := range c.Needs {
		_, err := exec.LookPath(need)
		if _, e := os.Stat(need); err != nil && e != nil {
			return "", &NotFoundError{c.ID, []string{need}}
		}
	}
	for _, name := range c.Programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	if len(c.Programs) > 0 {
		return "", &NotFoundError{c.ID, c.Programs}
	}
	return "", nil
}

// Try lets the client connect. It takes up to a minute: browsers do.
func (c Client) Try(ctx context.Context, a Attempt) Result {
	program, err := c.Find()
	if err != nil {
		return Result{Answer: Failed, Says: err.Error()}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errTooLate)
	defer cancel()
	return c.try(ctx, program, a)
}

var errTooLate = errors.New("it did not end within " + patience.String())
