package acme

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	rfc8555 "github.com/mholt/acmez/v3/acme"
)

// Kind is what a server's problem is about.
type Kind string

// The kinds of problem.
const (
	RateLimited  Kind = "rate-limited" // asked too often
	Unauthorized Kind = "unauthorized" // the proof is not there, or the account may not
	Connection   Kind = "connection"   // the name could not be connected to
	Handshake    Kind = "handshake"    // its TLS handshake failed
	DNS          Kind = "dns"          // it could not be looked up
	CAA          Kind = "caa"          // its CAA record lets other CAs issue
	Identifier   Kind = "identifier"   // the server does not issue for such a name
	Request      Kind = "request"      // the request or its key is not accepted
	Account      Kind = "account"      // the account is not known, or its contact not accepted
	Binding      Kind = "binding"      // an external account binding is needed
	Action       Kind = "action"       // somebody has to act, such as to agree to new terms
	Other        Kind = "other"        // the server itself, or what no standard names
)

// problem says of a type of RFC 8555 section 6.7 (and of RFC 9773 and
// draft-ietf-acme-profiles) what it is about, and what it means in plain words.
type problem struct {
	kind Kind
	text string // where it is about no name
	name string // where it is about one; empty when that makes no difference
}

// meaning is a switch and no map, which every start of the program would fill.
func meaning(problemType string) (problem, bool) {
	switch problemType {
	case rfc8555.ProblemTypeRateLimited:
		return problem{RateLimited, "it has been asked too often", ""}, true
	case rfc8555.ProblemTypeUnauthorized:
		return problem{Unauthorized, "it does not accept that", "it did not find the right answer there"}, true
	case rfc8555.ProblemTypeIncorrectResponse:
		return problem{Unauthorized, "it found a wrong answer", "it found a wrong answer there"}, true
	case rfc8555.ProblemTypeConnection:
		return problem{Connection, "it could not connect", "it could not connect there"}, true
	case rfc8555.ProblemTypeTLS:
		return problem{Handshake, "a TLS handshake failed", "the TLS handshake there failed"}, true
	case rfc8555.ProblemTypeDNS:
		return problem{DNS, "a DNS lookup failed", "its DNS lookup failed"}, true
	case rfc8555.ProblemTypeCAA:
		return problem{CAA, "a CAA record in the DNS forbids this CA to issue", ""}, true
	case rfc8555.ProblemTypeRejectedIdentifier:
		return problem{Identifier, "it does not issue for such a name", ""}, true
	case rfc8555.ProblemTypeUnsupportedIdentifier:
		return problem{Identifier, "it does not issue for names of that kind", ""}, true
	case rfc8555.ProblemTypeBadCSR:
		return problem{Request, "it does not accept the certificate request", ""}, true
	case rfc8555.ProblemTypeBadPublicKey:
		return problem{Request, "it does not accept the key", ""}, true
	case rfc8555.ProblemTypeNamespace + "invalidProfile":
		return problem{Request, "it does not offer that profile", ""}, true
	case rfc8555.ProblemTypeAccountDoesNotExist:
		return problem{Account, "it does not know the account", ""}, true
	case rfc8555.ProblemTypeBadSignatureAlgorithm:
		return problem{Account, "it does not accept the account key", ""}, true
	case rfc8555.ProblemTypeInvalidContact, rfc8555.ProblemTypeUnsupportedContact:
		return problem{Account, "it does not accept the contact", ""}, true
	case rfc8555.ProblemTypeExternalAccountRequired:
		return problem{Binding, "it needs an external account binding", ""}, true
	case rfc8555.ProblemTypeUserActionRequired:
		return problem{Action, "it waits for somebody to act", ""}, true
	case rfc8555.ProblemTypeServerInternal:
		return problem{Other, "it failed", ""}, true
	}
	return problem{}, false
}

// Problem is a server's refusal: its problem document (RFC 8555 section 6.7).
type Problem struct {
	Doing     string // what the server was asked for: "proving a.example by http-01"
	Kind      Kind
	Type      string // as the server names it: "urn:ietf:params:acme:error:caa"
	Name      string // the name it is about, as in the request; may be empty
	Challenge string // the type of challenge that failed; may be empty
	// Detail is what the server says of it, for people.
	Detail string
	// Page is where a person reads on or acts, may be empty.
	Page string
	// Status is that of HTTP, 0 where a proof failed.
	Status int
	// RetryAfter is when the server wants to be asked again, zero if it did not
	// say.
	RetryAfter time.Time
	// Parts are the problems of single names, where there are several.
	Parts []*Problem
}

func newProblem(doing string, p rfc8555.Problem) *Problem {
	out := &Problem{Doing: doing, Kind: Other, Type: p.Type, Detail: p.Detail, Page: p.Instance, Status: p.Status}
	for _, sub := range p.Subproblems {
		part := newProblem("", sub.Problem)
		part.Name = sub.Identifier.Value
		out.Parts = append(out.Parts, part)
	}
	if known, ok := meaning(p.Type); ok {
		out.Kind = known.kind
	} else if len(out.Parts) > 0 { // "compound" says nothing of itself
		out.Kind = out.Parts[0].Kind
	}
	return out
}

func (p *Problem) Error() string {
	s := p.Doing + ": the ACME server refuses: " + p.reason()
	var parts []string
	for _, part := range p.Parts {
		parts = append(parts, strings.TrimPrefix(part.Name+": ", ": ")+part.reason())
	}
	if len(parts) > 0 {
		s += " (" + strings.Join(parts, "; ") + ")"
	}
	if p.Page != "" {
		s += " (see " + p.Page + ")"
	}
	if !p.RetryAfter.IsZero() {
		s += "; it may be asked again after " + p.RetryAfter.UTC().Format(time.RFC3339)
	}
	return s
}

// reason is the plain meaning and then what the server says.
func (p *Problem) reason() string {
	known, _ := meaning(p.Type)
	words := known.text
	if p.Name != "" && known.name != "" {
		words = known.name
	}
	switch {
	case words == "" && p.Detail == "" && p.Type == "":
		return "it gives no reason"
	case words == "" && p.Detail == "":
		return p.Type
	case words == "":
		return p.Detail
	case p.Detail == "":
		return words
	}
	return words + ": " + p.Detail
}

// Hint is what mends it, empty where only the server's words help.
func (p *Problem) Hint() string {
	switch p.Kind {
	case RateLimited:
		return "wait; for trials use the staging directory of the CA, if it has one"
	case Connection, Unauthorized, Handshake, DNS:
		switch p.Challenge {
		case rfc8555.ChallengeTypeHTTP01:
			return fmt.Sprintf("http://%s/ (port 80) must lead from the CA to the address that is listened on", urlHost(p.Name))
		case rfc8555.ChallengeTypeTLSALPN01:
			return fmt.Sprintf("port 443 of %s must lead from the CA to the address that is listened on, with no TLS proxy between", p.Name)
		case rfc8555.ChallengeTypeDNS01:
			return "look up TXT " + record(p.Name) + " while the hook waits; the record may need longer to be seen everywhere"
		}
	case CAA:
		return "look up CAA " + strings.TrimPrefix(p.Name, "*.") + " and the domains above it, and add this CA"
	case Account:
		return "another account key file makes a new account"
	case Binding:
		return "get a key id and an HMAC key from the CA"
	}
	return ""
}

func urlHost(name string) string {
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// ServerError says that there is no ACME server to be reached at the address,
// or that what it sent is no answer.
type ServerError struct {
	Directory string // the address of the directory
	Doing     string // what it was asked for; empty for the directory itself
	Err       error
}

func (e *ServerError) Error() string {
	s := "ACME server " + e.Directory + ": "
	if e.Doing != "" {
		s = e.Doing + ": " + s
	}
	return s + e.Err.Error()
}

// Unwrap returns Err.
func (e *ServerError) Unwrap() error { return e.Err }

// Errors inside a *ServerError: what a server is not followed in.
var (
	ErrHTTPS    = errors.New("an ACME server is spoken to by https alone (RFC 8555 section 6.1)")
	ErrRedirect = errors.New("it sends elsewhere, and is not followed")
	ErrTooMuch  = errors.New("it sends more than an ACME server has to say")
	ErrTooOften = errors.New("it wants to be asked more often than an order takes")
	ErrAnswer   = errors.New("its answer is wrong")
)

// TermsError says that a new account needs the terms of service to be agreed
// to.
type TermsError struct {
	URL string // where the terms are
}

func (e *TermsError) Error() string {
	return "an account at the ACME server needs its terms of service to be agreed to: " + e.URL
}

// ProfileError says that the server does not offer the profile.
type ProfileError struct {
	Profile string
	Offered []string // in alphabetical order; empty when it has no profiles
}

func (e *ProfileError) Error() string {
	if len(e.Offered) == 0 {
		return fmt.Sprintf("the ACME server has no profile %q, and none at all", e.Profile)
	}
	return fmt.Sprintf("the ACME server has no profile %q, but %s", e.Profile, strings.Join(e.Offered, ", "))
}

// RequestError says that no ACME server can answer the certificate request.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return "certificate request: " + e.Err.Error() }

// Unwrap returns Err.
func (e *RequestError) Unwrap() error { return e.Err }

// ErrBinding means that the server makes accounts only for those that it knows
// already, and Config.EAB is not there.
var ErrBinding = errors.New("the ACME server needs an external account binding for a new account")

// ErrBindingKey means that a text is no key for an external account binding.
var ErrBindingKey = errors.New("the HMAC key of the external account binding is not in base64url")

// ended returns why the context is over, or nil while it is not.
func ended(ctx context.Context, doing string) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		err = context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	if doing == "" {
		doing = "asking the ACME server"
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// failed makes one of the errors above of an error of the library.
func (c *conn) failed(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if end := ended(ctx, doing); end != nil {
		return end
	}
	if doing == "" {
		doing = "reading the directory"
	}
	if problem := (rfc8555.Problem{}); errors.As(err, &problem) {
		p := newProblem(doing, problem)
		p.RetryAfter = c.guard.retryAfter(problem.Status)
		return p
	}
	e := &ServerError{Directory: c.Directory, Doing: doing, Err: plain(err)}
	return e
}

// strange is the error for an answer that is well formed and makes no sense.
func (c *conn) strange(what string) error {
	return &ServerError{Directory: c.Directory, Err: fmt.Errorf("%w: %s", ErrAnswer, what)}
}

// plain finds the cause in what the library says, which names attempts and
// addresses, and may quote a whole page.
func plain(err error) error {
	if request, ok := errors.AsType[*url.Error](err); ok {
		return request.Err
	}
	for _, known := range []error{ErrTooMuch, ErrTooOften} {
		if errors.Is(err, known) {
			return known
		}
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	const most = 200
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " ..."
	}
	return fmt.Errorf("%w: %s", ErrAnswer, text)
}
