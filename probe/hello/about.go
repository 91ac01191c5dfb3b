package hello

import (
	"errors"
	"slices"
	"strings"
	"sync"
)

// about are the questions about one version.
type about struct {
	*scan
	version Version
	hello   Hello // of which each question changes one list

	mu    sync.Mutex
	prime Prime // the smallest so far
}

// one asks for the version and nothing else.
func (q *about) one(h Hello) (Answer, error) {
	a, err := q.ask(h)
	if err != nil {
		return Answer{}, err
	}
	if a.Version != q.version {
		return Answer{}, &OtherVersionError{a.Version}
	}
	if len(a.Prime) > 0 {
		q.mu.Lock()
		defer q.mu.Unlock()
		if p := Prime(a.Prime); q.prime == nil || p.Bits() < q.prime.Bits() {
			q.prime = p
		}
	}
	return a, nil
}

// suite is what the server chooses of suites.
func (q *about) suite(offer []uint16) (uint16, error) {
	h := q.hello
	h.Suites = offer
	a, err := q.one(h)
	return a.Suite, err
}

// version asks all about a version.
func (s *scan) version(v Version, withGroups bool) Support {
	r := Support{Version: v}
	parts := s.offer(v)
	q := &about{scan: s, version: v, hello: Hello{Versions: []Version{v}, Suites: parts[0], Groups: groupsFor(v), ServerName: s.ServerName}}
	r.First, r.Refusal = q.first()
	r.Bare = q.hello.Bare
	if isFinal(r.Refusal) || r.Refusal != nil && !s.answers() {
		r.Cut = unasked(r.Refusal)
		return r
	}
	offer, begun := parts[0], []uint16{r.First.Suite}
	for _, part := range parts[1:] {
		rare, cut := all(part, nil, q.suite)
		offer, r.Cut = append(offer, rare...), r.Cut || cut
	}
	if len(offer) > len(parts[0]) || r.Refusal != nil { // which is the favourite of all is open
		begun = nil
	}
	if r.Refusal != nil {
		if offer = offer[len(parts[0]):]; len(offer) == 0 {
			return r
		}
		r.Refusal = nil
	}
	r.Accepted = true
	var groups sync.WaitGroup
	cutGroups := false
	if v == TLS13 {
		q.withoutShares()
	}
	if withGroups && v > SSL30 && !r.Bare {
		groups.Go(func() { r.Groups, r.GroupOrder, cutGroups = q.groups(offer) })
	}
	suites, cut := all(offer, begun, q.suite)
	by, cutOrder := order(suites, q.suite)
	groups.Wait()
	r.Suites, r.Order = suites, by
	r.Cut = r.Cut || cut || cutOrder || cutGroups
	r.Prime = q.prime
	return r
}

// first is the answer to the first hello, or to one without extensions if that is
// the only one that the server likes.
func (q *about) first() (Answer, error) {
	if q.version == TLS13 {
		q.hello.Shares = []uint16{X25519}
	}
	a, err := q.one(q.hello)
	if q.version == SSL30 || q.version >= TLS12 || !isOdd(err) {
		return a, err
	}
	h := q.hello
	h.Bare = true
	bare, still := q.one(h)
	if still != nil {
		return a, err
	}
	q.hello = h
	return bare, nil
}

// isOdd is for a refusal that may be for the extensions, as the server does not say
// that it is for the version or the suites.
func isOdd(err error) bool {
	if alert, ok := errors.AsType[*AlertError](err); ok {
		return alert.Description != alertProtocolVersion && alert.Description != alertHandshakeFailure && alert.Description != alertInsufficientSecurity
	}
	return errors.Is(err, ErrClosed)
}

// isFinal is for what other suites would not change.
func isFinal(err error) bool {
	if alert, ok := errors.AsType[*AlertError](err); ok {
		return alert.Description == alertProtocolVersion
	}
	return err != nil && !errors.Is(err, ErrClosed)
}

// withoutShares leaves the keys out of the next hellos, if the server takes that as
// it should.
func (q *about) withoutShares() {
	h := q.hello
	h.Shares = nil
	if a, err := q.one(h); err != nil || !a.Retry {
		h.Shares = []uint16{X25519, Secp256r1, Secp384r1, Secp521r1}
	}
	q.hello = h
}

// groups are those that the server accepts with the suites that need one.
func (q *about) groups(suites []uint16) ([]uint16, Order, bool) {
	h := q.hello
	h.Suites = nil
	for _, id := range suites {
		if c, _ := SuiteOf(id); q.version == TLS13 || strings.HasPrefix(c.KeyExchange, "ECDH") && c.ForwardSecrecy {
			h.Suites = append(h.Suites, id)
		}
	}
	var ecdsa bool
	ask := func(offer []uint16) (uint16, error) {
		h := h
		h.Groups = offer
		h.Shares = slices.DeleteFunc(slices.Clone(h.Shares), func(g uint16) bool { return !slices.Contains(offer, g) })
		a, err := q.one(h)
		c, _ := SuiteOf(a.Suite)
		ecdsa = ecdsa || c.Authentication == "ECDSA"
		return a.Group, err
	}
	if len(h.Suites) == 0 {
		return nil, OrderUnknown, false
	}
	found, cut := all(h.Groups, nil, ask)
	by, cutOrder := order(found, ask)
	if cut = cut || cutOrder; cut || !ecdsa {
		return found, by, cut
	}
	// Before TLS 1.3 the curve of an ECDSA certificate has to be offered too (RFC
	// 8422 section 4): without it nothing is accepted. So those that were found stay
	// at the end, for servers that go by the client's order.
	more, cut := all(h.Groups, found, func(offer []uint16) (uint16, error) { return ask(append(slices.Clone(offer), found...)) })
	return more, by, cut
}

// all asks until the server accepts none of what is left. The first are begun with.
// Cut says that there was no answer at the end.
func all(offer, begun []uint16, ask func([]uint16) (uint16, error)) (accepted []uint16, cut bool) {
	accepted = slices.Clone(begun)
	left := slices.DeleteFunc(slices.Clone(offer), func(id uint16) bool { return slices.Contains(begun, id) })
	for len(left) > 0 {
		chosen, err := ask(left)
		at := slices.Index(left, chosen)
		if err != nil || at < 0 { // or it chose what it was not offered
			return accepted, unasked(err)
		}
		accepted = append(accepted, chosen)
		left = slices.Delete(left, at, at+1)
	}
	return accepted, false
}

// order finds out whose order decides: what is accepted is offered the other way
// round.
func order(accepted []uint16, ask func([]uint16) (uint16, error)) (by Order, cut bool) {
	if len(accepted) < 2 {
		return OrderUnknown, false
	}
	offer := slices.Clone(accepted)
	slices.Reverse(offer)
	// Servers can be told to give in to clients that prefer ChaCha20 to AES-GCM, and
	// crypto/tls always does; they decide all else.
	slices.SortStableFunc(offer, func(a, b uint16) int { return chacha(a) - chacha(b) })
	if offer[0] == accepted[0] { // there is no other than ChaCha20
		offer[0], offer[1] = offer[1], offer[0]
	}
	switch chosen, err := ask(offer); {
	case err != nil:
		return OrderUnknown, unasked(err)
	case chosen == offer[0]:
		return OrderClient, false
	}
	return OrderServer, false
}

func chacha(id uint16) int {
	if c, _ := SuiteOf(id); strings.HasPrefix(c.Cipher, "CHACHA20") {
		return 1
	}
	return 0
}
