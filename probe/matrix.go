package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"muxkey/internal/dial"
	"muxkey/probe/hello"
)

// The bounds of connections for a matrix, and to find out what a server speaks that
// refuses current clients.
const (
	mostConnections = 120
	fewConnections  = 24
)

// LegacyError says that a server speaks TLS as no current client does.
type LegacyError struct {
	Versions []string // "SSLv3", "TLS 1.0"; the newest first
	Suite    string   // that it likes best of the newest, by its IANA name
}

func (e *LegacyError) Error() string {
	return fmt.Sprintf("the server refuses current clients: it speaks %s, with %s", strings.Join(e.Versions, " and "), e.Suite)
}

// scan asks for versions, suites and groups.
func (p *prober) scan(ctx context.Context, connections int) (hello.Matrix, error) {
	straight := p.Dialer
	straight.Retries = 0 // the scan sees to that itself
	patience := min(p.Timeout, 5*time.Second)
	if l := straight.Limiter; l != nil && l.Limit() > 0 { // a turn has to be waited for
		const queue, longest = 100.0, 120.0
		patience += time.Duration(min(queue/float64(l.Limit()), longest) * float64(time.Second))
	}
	return hello.Scan(ctx, func(ctx context.Context) (net.Conn, error) { return straight.Dial(ctx, p.at) }, hello.Options{
		ServerName: p.sni, Randomness: &locked{from: p.Rand}, Connections: connections, Patience: patience,
	})
}

// locked is a source of randomness for several goroutines.
type locked struct {
	mu   sync.Mutex
	from io.Reader
}

// Read reads from the source.
func (l *locked) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return io.ReadFull(l.from, b)
}

// stranger finds out what a server speaks that refuses current clients.
func (p *prober) stranger(ctx context.Context, r *Server, why error) error {
	e, ok := errors.AsType[*dial.Error](why)
	if !ok || e.Stage != dial.StageHandshake || !isRefusal(why) && e.Kind() != dial.KindTLS {
		return why
	}
	inTime, cancel := context.WithTimeout(ctx, 2*p.Timeout)
	defer cancel()
	m, err := p.scan(inTime, fewConnections)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return why
	}
	legacy := &LegacyError{}
	current := false
	for _, v := range slices.Backward(m.Versions) {
		if !v.Accepted {
			continue
		}
		legacy.Versions = append(legacy.Versions, v.Version.String())
		if len(r.Presented) == 0 {
			r.present(v.First.Certificates, p.Now())
		}
		current = current || slices.ContainsFunc(v.Suites, func(id uint16) bool { return v.Version >= hello.TLS10 && ours(id) })
		if legacy.Suite == "" && len(v.Suites) > 0 {
			s, _ := hello.SuiteOf(v.Suites[0])
			legacy.Suite = s.Name
		}
	}
	if len(legacy.Versions) == 0 {
		return why
	}
	r.take(m, p.Now())
	if current {
		return why // it is another thing that fails
	}
	return &dial.Error{Endpoint: p.at, Stage: dial.StageHandshake, Err: legacy}
}

// ours tells whether crypto/tls has a suite.
func ours(id uint16) bool {
	return slices.ContainsFunc(append(tls.CipherSuites(), tls.InsecureCipherSuites()...), func(s *tls.CipherSuite) bool { return s.ID == id })
}

// take notes what a scan has found.
func (r *Server) take(m hello.Matrix, now time.Time) {
	out := &Matrix{Connections: m.Connections}
	if m.Cut != nil {
		out.Cut = m.Cut.Error()
	}
	var groups []uint16
	for _, v := range slices.Backward(m.Versions) {
		x := Version{Name: v.Version.String(), Accepted: v.Accepted, Strength: v.Version.Verdict().Grade.String(), Cut: v.Cut, DHBits: v.Prime.Bits()}
		if v.Refusal != nil {
			x.Reason = v.Refusal.Error()
			if alert, ok := errors.AsType[*hello.AlertError](v.Refusal); ok {
				x.Reason = alert.Name()
			}
		}
		for _, id := range v.Suites {
			s, _ := hello.SuiteOf(id)
			x.Suites = append(x.Suites, suiteOf(s, v.Prime))
		}
		if v.Accepted {
			x.Order = v.Order.String()
		}
		for _, id := range v.Groups {
			if !slices.Contains(groups, id) {
				groups = append(groups, id)
			}
		}
		out.Versions = append(out.Versions, x)
	}
	for _, id := range groups {
		g, _ := hello.GroupOf(id)
		out.Groups = append(out.Groups, Group{Name: g.Name, Strength: g.Verdict.Grade.String(), PostQuantum: g.PostQuantum, Why: strings.Join(g.Verdict.Reasons, "; ")})
	}
	r.Matrix = out
	if !m.Clock.IsZero() {
		skew := int(m.Clock.Sub(now).Round(time.Second) / time.Second)
		r.ClockSkew = &skew
	}
}

// suiteOf says what a suite is worth, with the group of DHE where there is one.
func suiteOf(s hello.Suite, prime hello.Prime) Suite {
	verdict := s.Verdict()
	if s.KeyExchange == "DHE" && prime.Bits() > 0 {
		verdict = worse(verdict, prime.Verdict())
	}
	return Suite{Name: s.Name, Strength: verdict.Grade.String(), ForwardSecrecy: s.ForwardSecrecy, Why: strings.Join(verdict.Reasons, "; ")}
}

// worse is the weaker of two verdicts, with the reasons of both.
func worse(a, b hello.Verdict) hello.Verdict {
	if b.Grade < a.Grade {
		a, b = b, a
	}
	if len(b.Reasons) > 0 {
		a.Reasons = append(slices.Clone(a.Reasons), b.Reasons...)
	}
	return a
}

// resume tries to take up the session of the first handshake, and one of TLS 1.2
// where the server has that as well.
func (p *prober) resume(ctx context.Context, r *Server, first *handshake) {
	r.Resumption = append(r.Resumption, p.again(ctx, first, p.resumable()))
	if r.Matrix == nil || first.state.Version != tls.VersionTLS13 || !slices.ContainsFunc(r.Matrix.Versions, func(v Version) bool { return v.Name == hello.TLS12.String() && v.Accepted }) {
		return
	}
	older := p.resumable()
	older.MaxVersion = tls.VersionTLS12
	if h, err := p.shake(ctx, older, &tickets{}); err == nil {
		r.Resumption = append(r.Resumption, p.again(ctx, h, older.Clone()))
	}
}

func (p *prober) resumable() *tls.Config {
	if p.concede {
		return p.generous()
	}
	return p.config()
}

// again makes the second handshake.
func (p *prober) again(ctx context.Context, first *handshake, c *tls.Config) Resumption {
	out := Resumption{Version: hello.Version(first.state.Version).String()}
	if first.tickets == nil || first.tickets.session == nil {
		return out
	}
	out.Ticket = true
	if c.MaxVersion == 0 {
		c.MaxVersion = first.state.Version
	}
	h, err := p.shake(ctx, c, first.tickets)
	out.Resumed = err == nil && h.state.DidResume
	return out
}

// problemOf is an error for programs.
func problemOf(err error) *Problem {
	p := &Problem{At: "handshake", Text: err.Error()}
	e, ok := errors.AsType[*dial.Error](err)
	if !ok {
		return p
	}
	p.Text = strings.TrimPrefix(e.Error(), e.Endpoint.String()+": ")
	switch e.Stage {
	case dial.StageConnect:
		p.At = "connect"
	case dial.StageProxy:
		p.At = "proxy"
	case dial.StageSTARTTLS:
		p.At = "starttls"
	case dial.StageHandshake:
	}
	p.Kind = string(e.Kind())
	if not, ok := errors.AsType[*dial.NotTLS](err); ok {
		p.Speaks = not.Protocol
	}
	if legacy, ok := errors.AsType[*LegacyError](err); ok {
		p.Kind, p.Speaks = kindLegacy, strings.Join(legacy.Versions, " ")
	}
	return p
}
