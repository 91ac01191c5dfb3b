package hello

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// ErrSpent means that all connections that were allowed were made.
var ErrSpent = errors.New("the allowed number of connections is used up")

// ErrCut means that a question was not asked.
var ErrCut = errors.New("not asked")

// scan is one run of Scan.
type scan struct {
	Options
	ctx    context.Context //nolint:containedctx // a scan is one call
	stop   context.CancelCauseFunc
	dial   func(context.Context) (net.Conn, error)
	places chan struct{} // for connections at the same time
	sure   chan struct{} // for the one who asks whether the server still answers
	suites []Suite       // in the order of a client

	mu      sync.Mutex // of what follows
	made    int        // connections
	cut     error
	good    *Hello // was answered
	alerted bool   // with an alert at least
	times   []time.Time
}

// unasked says that an error is not the server's answer to a question: the question
// was not put to it.
func unasked(err error) bool {
	_, dialling := errors.AsType[*DialError](err)
	return dialling || errors.Is(err, ErrCut) || errors.Is(err, ErrHello)
}

// take waits for n places at the same time.
func (s *scan) take(n int) bool {
	for taken := range n {
		select {
		case s.places <- struct{}{}:
		case <-s.ctx.Done():
			s.give(taken)
			return false
		}
	}
	return true
}

func (s *scan) give(n int) {
	for range n {
		<-s.places
	}
}

// once makes one connection and asks.
func (s *scan) once(h Hello) (Answer, error) {
	s.mu.Lock()
	if s.made >= s.Connections {
		s.cutBy(ErrSpent)
		s.mu.Unlock()
		return Answer{}, ErrCut
	}
	s.made++
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.ctx, s.Patience)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return Answer{}, &DialError{err}
	}
	a, err := Ask(ctx, conn, h, s.Randomness)
	if s.ctx.Err() != nil {
		return Answer{}, ErrCut
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Version != 0 { // what is missing behind it is not missed
		err = nil
		if s.good == nil {
			s.good = &h
		}
		if a.Version < TLS13 {
			s.times = append(s.times, a.Time())
		}
	}
	if _, ok := errors.AsType[*AlertError](err); ok {
		s.alerted = true
	}
	return a, err
}

// ask asks, and sees to it that an error is the server's answer to the hello.
func (s *scan) ask(h Hello) (Answer, error) {
	if !s.take(1) {
		return Answer{}, ErrCut
	}
	a, err := s.once(h)
	s.give(1)
	if !suspicious(err) {
		return a, err
	}
	select {
	case s.sure <- struct{}{}:
		defer func() { <-s.sure }()
	case <-s.ctx.Done():
		return Answer{}, ErrCut
	}
	if !s.take(s.AtOnce) {
		return Answer{}, ErrCut
	}
	defer s.give(s.AtOnce)
	return s.again(h, err)
}

// again is for a server that is silent or closes, which may have had enough of us.
// While nobody else asks, it is asked what it has answered before, and if it does,
// the question once more. If it does not any more, the scan ends.
func (s *scan) again(h Hello, why error) (Answer, error) {
	s.mu.Lock()
	good := s.good
	s.mu.Unlock()
	if good == nil {
		return Answer{}, why
	}
	for _, pause := range []time.Duration{0, 500 * time.Millisecond, 2 * time.Second} {
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
			return Answer{}, ErrCut
		}
		_, err := s.once(*good)
		if errors.Is(err, ErrCut) {
			return Answer{}, err
		}
		if err != nil {
			continue
		}
		a, err := s.once(h)
		if _, dialling := errors.AsType[*DialError](err); !dialling {
			return a, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cutBy(&LimitedError{s.made, why})
	s.stop(s.cut)
	return Answer{}, ErrCut
}

// answers says whether any hello was answered.
func (s *scan) answers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.good != nil || s.alerted
}

func suspicious(err error) bool {
	_, dialling := errors.AsType[*DialError](err)
	return dialling || errors.Is(err, ErrClosed) || errors.Is(err, ErrSilent) || errors.Is(err, ErrCutOff)
}

// cutBy keeps the first reason. It wants mu.
func (s *scan) cutBy(why error) {
	if s.cut == nil {
		s.cut = why
	}
}

// clock is the time that at least two answers agree on.
func (s *scan) clock() time.Time {
	slices.SortFunc(s.times, time.Time.Compare)
	for i := len(s.times) - 1; i > 0; i-- {
		if s.times[i].Sub(s.times[i-1]) <= time.Minute {
			return s.times[i]
		}
	}
	return time.Time{}
}
