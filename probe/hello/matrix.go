package hello

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are how a server is asked.
type Options struct {
	ServerName string    // for SNI
	ALPN       []string  // in the first hello, whose answer is Matrix.Usual
	Randomness io.Reader // has to be safe for use at the same time, as crypto/rand.Reader is
	// Connections is how many are made at most; 0 is 120. A server with thirty suites
	// in each of two versions, and the usual groups, takes 80.
	Connections int
	AtOnce      int           // how many are open at the same time; 0 is 4
	Patience    time.Duration // with each connection; 0 is five seconds
	// Versions are those to ask for; none is all.
	Versions []Version
}

// Order says whose order of suites or groups decides.
type Order uint8

// Whose order it is.
const (
	OrderUnknown Order = iota // there is only one, or nobody asked
	OrderServer
	OrderClient
)

// String is "server", "client" or "unknown".
func (o Order) String() string {
	return [...]string{"unknown", "server", "client"}[min(o, OrderClient)]
}

// Support is what a server has of a version.
type Support struct {
	Version  Version
	Accepted bool
	// Refusal is why it was not accepted: an *AlertError, an *OtherVersionError, or
	// one of the errors of Ask. It is ErrCut when there was no answer to the question
	// at all.
	Refusal error
	Suites  []uint16 // accepted; the server's favourite first where the order is its
	Order   Order    // of Suites
	// Groups were accepted, in the same way. Of the versions before TLS 1.3 only the
	// highest is asked for them, and they are curves.
	Groups     []uint16
	GroupOrder Order
	// Prime is the smallest that DHE came with before TLS 1.3.
	Prime Prime
	Bare  bool // only hellos without extensions are accepted
	// First is the answer to the first hello of the version. Its Version is 0 where
	// none of the usual suites was accepted, but others were.
	First Answer
	// Cut says that the lists are not complete, as the matrix says why.
	Cut bool
}

// Matrix is what a server speaks.
type Matrix struct {
	// Usual is the answer to what a client of today sends; its Version is 0 where
	// that was refused, and UsualRefusal says how.
	Usual        Answer
	UsualRefusal error
	Versions     []Support // the oldest first
	// Connections were made, and AtMost were allowed.
	Connections, AtMost int
	// Cut is why not everything was asked: ErrSpent, or a *LimitedError.
	Cut error
	// Clock is the server's at the time of the scan, if it tells (before TLS 1.3).
	Clock time.Time
}

// Of is what the matrix has of a version.
func (m Matrix) Of(v Version) Support {
	for _, s := range m.Versions {
		if s.Version == v {
			return s
		}
	}
	return Support{Version: v}
}

// OtherVersionError says that a server answers with another version than the only
// one that was offered.
type OtherVersionError struct{ Version Version }

func (e *OtherVersionError) Error() string {
	return fmt.Sprintf("the server answers with %s", e.Version)
}

// LimitedError says that a server which answered before takes no more connections,
// or answers none: what it did not accept from then on says nothing of what it
// speaks.
type LimitedError struct {
	After int // connections
	Err   error
}

func (e *LimitedError) Error() string {
	return fmt.Sprintf("after %d connections the server takes no more: %s", e.After, e.Err)
}

// Unwrap returns Err.
func (e *LimitedError) Unwrap() error { return e.Err }

// Scan finds out what a server speaks. Dial makes a connection on which TLS begins
// at once.
//
// A version is asked for with all suites, then without the one that was chosen,
// and so on until the server refuses; groups in the same way. In TLS 1.3 the hellos
// bring no key along, and the server answers with a HelloRetryRequest and need not
// sign. With the first refusal the scan makes sure that the server still takes what
// it took before: see [LimitedError].
//
// The error is that of the first connection when no hello was answered: what dial
// said, or one of those at ErrClosed. A server that refuses all versions with
// alerts gives a matrix and no error.
func Scan(ctx context.Context, dial func(context.Context) (net.Conn, error), o Options) (Matrix, error) {
	o.Connections = cmp.Or(o.Connections, 120)
	o.AtOnce = cmp.Or(o.AtOnce, 4)
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	if len(o.Versions) == 0 {
		o.Versions = Versions()
	}
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := &scan{
		Options: o, ctx: inner, stop: stop, dial: dial,
		places: make(chan struct{}, o.AtOnce), sure: make(chan struct{}, 1), suites: preferred(Suites()),
	}
	m := Matrix{AtMost: o.Connections}
	m.Usual, m.UsualRefusal = s.ask(s.usual())
	m.Connections = s.made
	if ctx.Err() != nil {
		return m, context.Cause(ctx)
	}
	if _, other := errors.AsType[*NotTLSError](m.UsualRefusal); other || unasked(m.UsualRefusal) {
		return m, m.UsualRefusal
	}
	highest := TLS12 // that is not TLS 1.3
	if m.Usual.Version != 0 {
		highest = min(highest, m.Usual.Version)
	}
	versions := slices.Sorted(slices.Values(o.Versions))
	m.Versions = make([]Support, len(versions))
	var all sync.WaitGroup
	for i, v := range slices.Backward(versions) { // the new ones are of most interest if it is cut
		all.Go(func() { m.Versions[i] = s.version(v, v == TLS13 || v == highest) })
	}
	all.Wait()
	m.Connections, m.Cut, m.Clock = s.made, s.cut, s.clock()
	switch {
	case ctx.Err() != nil:
		return m, context.Cause(ctx)
	case !s.answers():
		return m, m.UsualRefusal
	}
	return m, nil
}

// usual is what a client of today sends, with a small hello: no keys after quantum.
func (s *scan) usual() Hello {
	var groups []uint16
	for _, g := range Groups() {
		if g.Verdict.Grade == Recommended || g.ID == Secp521r1 {
			groups = append(groups, g.ID)
		}
	}
	return Hello{
		Versions:   []Version{TLS13, TLS12, TLS11, TLS10},
		Suites:     append(s.offer(TLS13)[0], s.offer(TLS12)[0]...),
		Groups:     groups,
		Shares:     []uint16{X25519},
		ServerName: s.ServerName,
		Ticket:     true,
		ALPN:       s.ALPN,
	}
}

// atATime is how many suites a hello has beside the usual ones: there are servers
// that refuse longer lists.
const atATime = 64

// offer are the suites to ask a version for. The first part is what servers have;
// the rest is what they should not have, in parts.
func (s *scan) offer(v Version) [][]uint16 {
	var usual, rest []uint16
	for _, c := range s.suites {
		secret := c.Authentication == "PSK" || c.KeyExchange == "SRP" || c.KeyExchange == "KRB5" || c.KeyExchange == "ECCPWD"
		switch {
		case secret, v == TLS13 != (c.Since == TLS13), c.Since > v:
		case v == TLS13, isUsual(c):
			usual = append(usual, c.ID)
		default:
			rest = append(rest, c.ID)
		}
	}
	parts := [][]uint16{usual}
	return slices.AppendSeq(parts, slices.Chunk(rest, atATime))
}

// isUsual is for suites that libraries of the last twenty years have switched on.
func isUsual(c Suite) bool {
	key := (c.KeyExchange == "ECDHE" || c.KeyExchange == "DHE" || c.KeyExchange == "RSA") && (c.Authentication == "RSA" || c.Authentication == "ECDSA")
	cipher := strings.HasPrefix(c.Cipher, "AES") || strings.HasPrefix(c.Cipher, "CHACHA20") || strings.HasPrefix(c.Cipher, "3DES") ||
		strings.HasPrefix(c.Cipher, "RC4") || strings.HasPrefix(c.Cipher, "CAMELLIA") && !c.AEAD
	return key && cipher && !c.Export
}

// preferred are the suites in the order of a client: the strong ones first.
func preferred(list []Suite) []Suite {
	weight := make(map[uint16]int, len(list))
	for _, c := range list {
		weight[c.ID] = 2 * int(c.Verdict().Grade)
		if c.ForwardSecrecy {
			weight[c.ID]++
		}
	}
	slices.SortStableFunc(list, func(a, b Suite) int { return weight[b.ID] - weight[a.ID] })
	return list
}
