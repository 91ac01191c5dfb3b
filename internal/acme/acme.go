// Package acme has a certificate request answered by an ACME server (RFC 8555),
// such as Let's Encrypt or the ACME side of a company's own CA.
//
//   - [Order] proves to the server that the names of a request are ours and
//     returns the certificate with its chain.
//   - [Rekey] gives the account another key.
//   - [RenewalWindow] asks the server when a certificate is to be renewed (RFC
//     9773).
//
// A [Solver] gives the proof: [HTTP01] and [TLSALPN01] listen on an address for
// as long as the server needs to look, [DNS01] runs a command that sets a record.
//
// The messages are those of github.com/mholt/acmez/v3/acme; what is here is what
// a command needs around them. The package holds the server at arm's length: a
// server may send anything, so how often it is asked and how much is read has a
// limit, it is followed to no other host, it may only speak of the names that
// were ordered, and what is published for it is computed here.
package acme

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	rfc8555 "github.com/mholt/acmez/v3/acme"

	"muxkey/certgen"
)

// Config says how a certificate is ordered. Server, AccountKey, Solvers, Now and
// Rand are needed.
type Config struct {
	Server Server
	// AccountKey is the file of the key that the account goes by: PEM with an EC
	// or RSA key, as other clients keep theirs. Where there is none an EC P-256
	// key is made and written with permissions 0600.
	AccountKey string
	// Contact are the email addresses that a new account gives, if any.
	Contact []string
	// AgreeTerms is asked before an account is made at a server that has terms of
	// service, whose address it gets. Nothing is agreed to without a true from
	// it; without the function the answer is no.
	AgreeTerms func(ctx context.Context, terms string) (bool, error)
	// EAB binds a new account to one that the CA knows. Nil for none.
	EAB *EAB
	// Solvers give the proofs. For each name the first one counts that can prove
	// such a name and that the server offers.
	Solvers []Solver
	// Profile is one of those that the server offers, empty for its own choice
	// (draft-ietf-acme-profiles).
	Profile string
	// Chain is the common name of a CA. Of several chains to the same certificate
	// the first that has it is taken, and the server's first when none has.
	Chain string
	// Replaces is the certificate that the new one comes instead of, nil for
	// none. Servers use it to lift rate limits for renewals (RFC 9773 section 5).
	Replaces *x509.Certificate
	// Timeout ends the whole of it, waits for DNS included; 0 means 10 minutes.
	Timeout time.Duration
	// Interval is the time between two looks at what the server has done, where
	// it does not say; 0 means 1 second.
	Interval time.Duration

	Now  func() time.Time
	Rand io.Reader
	// Progress gets a line for people before each step that takes time, and what
	// they should know of. May be nil.
	Progress func(line string)
}

// Certificate is what the server gave.
type Certificate struct {
	// Chain is the certificate that was asked for, for the key and with all names
	// of the request, and those above it, in the order that the server sent.
	Chain []*x509.Certificate
	// Account is the address that the server knows the account by.
	Account string
	// NewAccount says that the account was made for this order.
	NewAccount bool
	// Renewal is when the server wants the certificate renewed. Nil when it does
	// not say.
	Renewal *Window
	// Leftover is what could not be cleaned up, such as a DNS record. The
	// certificate is good all the same.
	Leftover error
}

const (
	defaultTimeout  = 10 * time.Minute
	defaultInterval = time.Second
	// farewell is how long the server is told, after a failure, that nothing more
	// comes of the order.
	farewell = 5 * time.Second
)

// ErrTimeout means that the server had not finished in time.
var ErrTimeout = errors.New("the ACME server has not finished in time")

// Order has the server answer the certificate request, a PKCS#10 in DER.
//
// It leaves nothing running or published behind, also when it fails or the
// context ends. Besides the errors of this package ([Problem], [ServerError],
// [TermsError], [SolverError], [ListenError], [HookError], [KeyError],
// [RequestError], [ErrTimeout] and others), it returns the *safefile.Error of an
// account key that cannot be written.
func Order(ctx context.Context, cfg Config, request []byte) (*Certificate, error) {
	csr, ids, err := identifiers(request)
	if err != nil {
		return nil, err
	}
	// What can go wrong here goes wrong here, before the server counts an order.
	assigned, err := assign(cfg.Solvers, ids)
	if err != nil {
		return nil, err
	}
	for _, s := range cfg.Solvers {
		if err := s.check(); err != nil {
			return nil, err
		}
	}

	limit := cfg.Timeout
	if limit == 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w (%s)", ErrTimeout, limit))
	defer cancel()
	o, err := newOrder(ctx, cfg, limit)
	if err != nil {
		return nil, err
	}
	defer o.conn.close()
	if err := o.profile(); err != nil {
		return nil, err
	}
	created, err := o.signIn(ctx)
	if err != nil {
		return nil, err
	}
	got := &Certificate{Account: o.account.Location, NewAccount: created}
	order, err := o.place(ctx, ids)
	if err != nil {
		return nil, err
	}
	if got.Leftover, err = o.prove(ctx, order, ids, assigned); err != nil {
		return nil, err
	}
	chains, err := o.finish(ctx, order, csr)
	if err != nil {
		return nil, err
	}
	if got.Chain, got.Renewal, err = o.choose(chains, csr, ids); err != nil {
		return nil, err
	}
	return got, nil
}

// order is one run of Order.
type order struct {
	cfg     Config
	conn    *conn
	dir     rfc8555.Directory
	account rfc8555.Account
}

func newOrder(ctx context.Context, cfg Config, limit time.Duration) (*order, error) {
	o := &order{cfg: cfg}
	var err error
	if o.conn, err = cfg.Server.connect(cfg.Now); err != nil {
		return nil, err
	}
	o.conn.PollInterval = cfg.Interval
	if o.conn.PollInterval == 0 {
		o.conn.PollInterval = defaultInterval
	}
	o.conn.PollTimeout = limit // the context ends first and tells why
	if o.dir, err = o.conn.GetDirectory(ctx); err != nil {
		o.conn.close()
		return nil, o.conn.failed(ctx, "", err)
	}
	return o, nil
}

func (o *order) say(format string, args ...any) {
	if o.cfg.Progress != nil {
		o.cfg.Progress(fmt.Sprintf(format, args...))
	}
}

// profile refuses a profile that the server does not offer.
func (o *order) profile() error {
	if o.cfg.Profile == "" {
		return nil
	}
	var offered []string
	if o.dir.Meta != nil {
		for name := range o.dir.Meta.Profiles {
			if name == o.cfg.Profile {
				return nil
			}
			offered = append(offered, name)
		}
	}
	slices.Sort(offered)
	return &ProfileError{Profile: o.cfg.Profile, Offered: offered}
}

// place orders a certificate for the names.
func (o *order) place(ctx context.Context, ids []identifier) (rfc8555.Order, error) {
	o.say("ordering a certificate for %s from %s", list(ids), o.cfg.Server.Directory)
	wanted := rfc8555.Order{Profile: o.cfg.Profile}
	for _, id := range ids {
		wanted.Identifiers = append(wanted.Identifiers, rfc8555.Identifier{Type: string(id.Kind), Value: id.Value})
	}
	if o.cfg.Replaces != nil && o.dir.RenewalInfo != "" {
		if old, err := rfc8555.ARIUniqueIdentifier(o.cfg.Replaces); err == nil {
			wanted.Replaces = old
		}
	}
	const doing = "ordering a certificate"
	placed, err := o.conn.NewOrder(ctx, o.account, wanted)
	// A predecessor is a favour asked, never a reason to get nothing: it may be
	// replaced already, or be of another CA or account.
	if problem := (rfc8555.Problem{}); wanted.Replaces != "" && errors.As(err, &problem) && problem.Type != rfc8555.ProblemTypeRateLimited {
		wanted.Replaces = ""
		placed, err = o.conn.NewOrder(ctx, o.account, wanted)
	}
	if err != nil {
		return placed, o.conn.failed(ctx, doing, err)
	}
	if placed.Location == "" || placed.Finalize == "" {
		return placed, o.conn.strange("the order has no address")
	}
	return placed, nil
}

// prove satisfies the server's authorizations. The error left is what could not
// be cleaned up after a success.
func (o *order) prove(ctx context.Context, placed rfc8555.Order, ids []identifier, assigned map[identifier][]int) (left, err error) {
	// A name has one authorization, so more of them are no honest answer.
	if len(placed.Authorizations) > len(ids) {
		return nil, o.conn.strange(fmt.Sprintf("%d names were ordered, and %d are to be proved", len(ids), len(placed.Authorizations)))
	}
	var open []*authorization
	defer func() {
		if err != nil {
			o.abandon(ctx, open)
		}
	}()
	thumbprint, err := o.account.Thumbprint()
	if err != nil {
		return nil, &KeyError{Path: o.cfg.AccountKey, Err: err}
	}
	for _, url := range placed.Authorizations {
		a, err := o.conn.GetAuthorization(ctx, o.account, url)
		if err != nil {
			return nil, o.conn.failed(ctx, "asking what is to be proved", err)
		}
		id, err := o.named(a, ids)
		if err != nil {
			return nil, err
		}
		switch a.Status {
		case rfc8555.StatusValid:
			o.say("%s has been proved before", id)
			continue
		case rfc8555.StatusPending:
		default:
			return nil, o.conn.strange(fmt.Sprintf("the new authorization of %s is %s", id, a.Status))
		}
		pending := &authorization{Authorization: a, proof: proof{id: id}}
		open = append(open, pending)
		if err := pending.pick(o.cfg.Solvers, assigned[id], thumbprint); err != nil {
			return nil, err
		}
		if !isToken(pending.token) {
			return nil, o.conn.strange(fmt.Sprintf("the token for %s is %q", id, pending.token))
		}
		if pending.key, err = certgen.GenerateKey(ctx, o.cfg.Rand, "ec-p256"); err != nil {
			return nil, err
		}
	}

	var undone []func(context.Context) error
	undo := func() error {
		var errs []error
		for _, u := range slices.Backward(undone) {
			errs = append(errs, u(context.WithoutCancel(ctx)))
		}
		undone = nil
		return errors.Join(errs...)
	}
	defer func() {
		if left = undo(); err != nil && left != nil {
			err = fmt.Errorf("%w (and cleaning up after it: %w)", err, left)
		}
	}()
	for i, s := range o.cfg.Solvers {
		var proofs []proof
		for _, a := range open {
			if a.solver == i {
				proofs = append(proofs, a.proof)
			}
		}
		if len(proofs) == 0 {
			continue
		}
		u, err := s.solve(ctx, proofs, o.say)
		undone = append(undone, u)
		if err != nil {
			return nil, cmp.Or(ended(ctx, "preparing the proof"), err)
		}
	}
	for _, a := range open {
		if err := o.validate(ctx, a); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// named finds which of the ordered names an authorization is for.
func (o *order) named(a rfc8555.Authorization, ids []identifier) (identifier, error) {
	value := a.IdentifierValue()
	for _, id := range ids {
		if a.Identifier.Type == string(id.Kind) && strings.EqualFold(value, id.Value) {
			return id, nil
		}
	}
	return identifier{}, o.conn.strange(fmt.Sprintf("it wants proof for %q, which was not ordered", value))
}

// validate lets the server look, and waits for what it says.
func (o *order) validate(ctx context.Context, a *authorization) error {
	o.say("waiting for the server to check %s by %s", a.id, a.challenge.Type)
	_, err := o.conn.InitiateChallenge(ctx, o.account, a.challenge)
	if err == nil {
		var seen rfc8555.Authorization
		seen, err = o.conn.PollAuthorization(ctx, o.account, a.Authorization)
		a.Status = seen.Status
	}
	err = o.conn.failed(ctx, fmt.Sprintf("proving %s by %s", a.id, a.challenge.Type), err)
	if problem, ok := errors.AsType[*Problem](err); ok {
		problem.Name, problem.Challenge = a.id.String(), a.challenge.Type
	}
	return err
}

// abandon tells the server that nothing comes of what is still open: servers
// limit how much may be. That it does not work is of no interest any more.
func (o *order) abandon(ctx context.Context, open []*authorization) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	for _, a := range open {
		if a.Status == rfc8555.StatusPending {
			_, _ = o.conn.DeactivateAuthorization(ctx, o.account, a.Location)
		}
	}
}

// finish hands in the request and fetches what was issued.
func (o *order) finish(ctx context.Context, placed rfc8555.Order, csr *x509.CertificateRequest) ([]rfc8555.Certificate, error) {
	o.say("waiting for the certificate")
	const doing = "issuing the certificate"
	// Some servers take a while to see that the last proof has made the order
	// ready, and finalize refuses until then (RFC 8555 section 7.4).
	for placed.Status == rfc8555.StatusPending {
		var err error
		if placed, err = o.conn.GetOrder(ctx, o.account, placed); err != nil {
			return nil, o.conn.failed(ctx, doing, err)
		}
		if placed.Status == rfc8555.StatusPending {
			if err := wait(ctx, o.conn.PollInterval); err != nil {
				return nil, o.conn.failed(ctx, doing, err)
			}
		}
	}
	done, err := o.conn.FinalizeOrder(ctx, o.account, placed, csr.Raw)
	if done.Status == rfc8555.StatusInvalid {
		// The library's error wraps this pointer also where it is nil.
		why := rfc8555.Problem{}
		if done.Error != nil {
			why = *done.Error
		}
		err = why
	}
	if err != nil {
		return nil, o.conn.failed(ctx, doing, err)
	}
	chains, err := o.conn.GetCertificateChain(ctx, o.account, done.Certificate)
	if err != nil {
		return nil, o.conn.failed(ctx, "fetching the certificate", err)
	}
	return chains, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
