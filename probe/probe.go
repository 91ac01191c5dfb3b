package probe

import (
	"context"
	"time"

	"muxkey/inspect"
	"muxkey/internal/dial"
	"muxkey/pkcs12x"
)

// Options say what is asked of a server.
type Options struct {
	// ServerName to ask for; empty: the host of the endpoint.
	ServerName string
	Now        time.Time
}

// Probe connects to a server and says what it shows. The error is a *dial.Error.
func Probe(ctx context.Context, at dial.Endpoint, o Options) (*Result, error) {
	name := o.ServerName
	if name == "" {
		name = at.Host
	}
	shown, err := dial.Certificates(ctx, at, name)
	if err != nil {
		return nil, err
	}
	r := &Result{Address: at.Address(), Protocol: at.Protocol, ServerName: name}
	for _, x := range shown {
		c, err := pkcs12x.ParseCertificate(x.Raw)
		if err != nil {
			return nil, err
		}
		r.Presented = append(r.Presented, c)
		r.Certificates = append(r.Certificates, inspect.Describe(c, o.Now))
	}
	return r, nil
}
