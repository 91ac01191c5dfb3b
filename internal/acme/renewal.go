package acme

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	rfc8555 "github.com/mholt/acmez/v3/acme"
)

// Window is the time in which a server wants a certificate to be renewed. It
// moves to the past when the certificate is to be revoked.
type Window struct {
	Start, End time.Time
	// Page says why, where the server has something to say; may be empty.
	Page string
	// Again is when the server may be asked the next time; zero if it did not say.
	Again time.Time
}

func newWindow(info *rfc8555.RenewalInfo) *Window {
	if info == nil || !info.HasWindow() {
		return nil
	}
	w := &Window{Start: info.SuggestedWindow.Start.UTC(), End: info.SuggestedWindow.End.UTC(), Page: info.ExplanationURL}
	if info.RetryAfter != nil {
		w.Again = info.RetryAfter.UTC()
	}
	return w
}

// ErrNoWindow means that a server does not tell when to renew.
var ErrNoWindow = errors.New("the ACME server does not say when a certificate is to be renewed")

// RenewalWindow asks the server that issued the certificate when it wants it to
// be renewed (RFC 9773). No account is needed. The error wraps ErrNoWindow where
// a server has no such service or the certificate does not say which CA key
// signed it; then the dates of the certificate have to do.
func RenewalWindow(ctx context.Context, server Server, now func() time.Time, leaf *x509.Certificate) (*Window, error) {
	const limit = time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w (%s)", ErrTimeout, limit))
	defer cancel()
	if len(leaf.AuthorityKeyId) == 0 {
		return nil, fmt.Errorf("%w: it has no authority key identifier", ErrNoWindow)
	}
	c, err := server.connect(now)
	if err != nil {
		return nil, err
	}
	defer c.close()
	dir, err := c.GetDirectory(ctx)
	if err != nil {
		return nil, c.failed(ctx, "", err)
	}
	if dir.RenewalInfo == "" {
		return nil, ErrNoWindow
	}
	info, err := c.GetRenewalInfo(ctx, leaf)
	if err != nil {
		return nil, c.failed(ctx, "asking when to renew", err)
	}
	return newWindow(&info), nil
}
