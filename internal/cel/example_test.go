package cel_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muxkey/internal/cel"
)

// A rule of a policy is compiled once and evaluated for each certificate.
func Example() {
	type certificate struct {
		Subject  string    `json:"subject"`
		NotAfter time.Time `json:"notAfter"`
		Usage    []string  `json:"usage,omitempty"`
	}
	env, err := cel.NewEnv(cel.Var[certificate]("cert"), cel.Var[time.Time]("now"))
	if err != nil {
		fmt.Println(err)
		return
	}
	rule, err := cel.Compile(`cert.notAfter - now > duration("720h") && has(cert.usage)`, env, cel.Bool)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, c := range []certificate{
		{"CN=mux", now.AddDate(1, 0, 0), []string{"serverAuth"}},
		{"CN=old", now.AddDate(0, 0, 1), []string{"serverAuth"}},
	} {
		holds, err := rule.Bool(context.Background(), map[string]any{"cert": &c, "now": now})
		fmt.Println(c.Subject, holds, err)
	}

	_, err = cel.Compile(`cert.notAfterr > now`, env, cel.Bool)
	fmt.Println(err)
	if wrong, ok := errors.AsType[*cel.Error](err); ok {
		fmt.Println(wrong.Word, wrong.Words)
	}
	// Output:
	// CN=mux true <nil>
	// CN=old false <nil>
	// line 1, column 6: there is no field notAfterr in cert
	// notAfterr [subject notAfter usage]
}
