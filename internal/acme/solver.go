package acme

import (
	"context"
	"crypto"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	rfc8555 "github.com/mholt/acmez/v3/acme"
)

// Solver proves to an ACME server that names are ours: [HTTP01], [TLSALPN01] or
// [DNS01].
type Solver interface {
	// Type is the name of the challenge that it answers: "http-01".
	Type() string
	// proves says whether the challenge can prove names of that kind at all.
	proves(id identifier) bool
	// check finds what would keep solve from working and is known beforehand.
	check() error
	// solve publishes the proofs. Undo, never nil, takes them back; it is called
	// in any case, and after the context has ended, too.
	solve(ctx context.Context, proofs []proof, say func(string, ...any)) (undo func(context.Context) error, err error)
}

// proof is what one name is proved with.
type proof struct {
	id    identifier
	token string // what the server chose; checked to be base64url
	// keyAuth is the token and the account's thumbprint (RFC 8555 section 8.1).
	keyAuth string
	key     crypto.Signer // one of its own
}

func (p proof) digest() [sha256.Size]byte { return sha256.Sum256([]byte(p.keyAuth)) }

// authorization is a proof that a server waits for.
type authorization struct {
	rfc8555.Authorization
	proof
	challenge rfc8555.Challenge
	solver    int // in Config.Solvers
}

// SolverError says that a name cannot be proved with the solvers there are.
type SolverError struct {
	Name    string
	Have    []string // the types of the solvers
	Could   []string // those that can prove such a name
	Offered []string // those that the server offers; empty while it was not asked
}

func (e *SolverError) Error() string {
	have := "there is no way to prove it"
	if len(e.Have) > 0 {
		have = strings.Join(e.Have, " or ") + " cannot prove it"
	}
	if len(e.Offered) > 0 {
		return fmt.Sprintf("%s: %s to this ACME server, which offers %s", e.Name, have, strings.Join(e.Offered, ", "))
	}
	return fmt.Sprintf("%s: %s, but %s can", e.Name, have, strings.Join(e.Could, " or "))
}

// assign finds the solvers for each name, as indexes.
func assign(solvers []Solver, ids []identifier) (map[identifier][]int, error) {
	assigned := map[identifier][]int{}
	for _, id := range ids {
		for i, s := range solvers {
			if s.proves(id) {
				assigned[id] = append(assigned[id], i)
			}
		}
		if len(assigned[id]) == 0 {
			e := &SolverError{Name: id.Value}
			for _, s := range solvers {
				e.Have = append(e.Have, s.Type())
			}
			for _, s := range []Solver{HTTP01{}, TLSALPN01{}, DNS01{}} {
				if s.proves(id) {
					e.Could = append(e.Could, s.Type())
				}
			}
			return nil, e
		}
	}
	return assigned, nil
}

// isToken holds a token to RFC 8555 section 8.1: base64url, and at least 128
// bits. A server that could choose other characters could choose what path a
// listener answers.
func isToken(token string) bool {
	const least, most = 22, 512
	return len(token) >= least && len(token) <= most && strings.Trim(token,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// pick takes the challenge for the first of the solvers that the server offers.
func (a *authorization) pick(solvers []Solver, assigned []int, thumbprint string) error {
	e := &SolverError{Name: a.id.Value}
	for _, i := range assigned {
		kind := solvers[i].Type()
		e.Have = append(e.Have, kind)
		at := slices.IndexFunc(a.Challenges, func(c rfc8555.Challenge) bool { return c.Type == kind })
		if at < 0 {
			continue
		}
		a.challenge, a.solver = a.Challenges[at], i
		a.token = a.challenge.Token
		// Not challenge.KeyAuthorization, which a server can set.
		a.keyAuth = a.token + "." + thumbprint
		return nil
	}
	for _, c := range a.Challenges {
		e.Offered = append(e.Offered, c.Type)
	}
	return e
}
