package acme_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"muxkey/internal/acme"
)

// A certificate for a host that this machine answers for on port 80.
func ExampleOrder() {
	csr, err := os.ReadFile("mux.csr.der")
	if err != nil {
		return
	}
	got, err := acme.Order(context.Background(), acme.Config{
		Server:     acme.Server{Directory: "https://acme.example.com/directory", UserAgent: "muxkey"},
		AccountKey: "account.pem",
		Contact:    []string{"admin@example.com"},
		AgreeTerms: func(_ context.Context, terms string) (bool, error) {
			fmt.Println("do you agree to", terms)
			return false, nil
		},
		Solvers:  []acme.Solver{acme.HTTP01{Listen: ":80"}},
		Now:      time.Now,
		Rand:     rand.Reader,
		Progress: func(line string) { fmt.Println(line) },
	}, csr)
	if problem, ok := errors.AsType[*acme.Problem](err); ok {
		fmt.Println(problem.Kind, problem.Name, problem.Hint())
	}
	if err == nil {
		fmt.Println(got.Chain[0].DNSNames, got.Chain[0].NotAfter)
	}
}
