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
	suites []Suite

	sure    sync.Mutex // one asks at a time whether the server still answers
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

// once makes one connection and asks.
func (s *scan) once(h Hello) (Answer, error) {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-s.ctx.Done():
		return Answer{}, ErrCut
	}
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

// ask asks, and sees to it that an error is the server's answer to the hello: one
// that is silent or closes may have had enough of us. So it is asked what it has
// answered before, and if it does, the question once more.
func (s *scan) ask(h Hello) (Answer, error) {
	a, err := s.once(h)
	if !suspicious(err) {
		return a, err
	}
	if wrong := s.stillThere(err); wrong != nil {
		return Answer{}, wrong
	}
	return s.once(h)
}

func suspicious(err error) bool {
	_, dialling := errors.AsType[*DialError](err)
	return dialling || errors.Is(err, ErrClosed) || errors.Is(err, ErrSilent) || errors.Is(err, ErrCutOff)
}

// stillThere returns nil if the server answers the hello that it has answered
// before. If it does not any more, the scan ends.
func (s *scan) stillThere(why error) error {
	s.sure.Lock()
	defer s.sure.Unlock()
	s.mu.Lock()
	good := s.good
	s.mu.Unlock()
	if good == nil {
		return why
	}
	for _, pause := range []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
			return ErrCut
		}
		_, err := s.once(*good)
		if err == nil {
			return nil
		}
		if errors.Is(err, ErrCut) {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cutBy(&LimitedError{s.made, why})
	s.stop(s.cut)
	return ErrCut
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
