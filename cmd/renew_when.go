package cmd

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/acme"
	"muxkey/internal/console"
)

// verdict says whether a certificate is to be renewed now, and why.
type verdict struct {
	due  bool
	text string
}

// judge decides whether the time has come.
func (o *renewOptions) judge(ctx context.Context, env *console.Env, w within, cert *x509.Certificate) verdict {
	left := cert.NotAfter.Sub(env.Now())
	ends := "it ends on " + cert.NotAfter.UTC().Format(time.DateOnly)
	switch {
	case left <= 0:
		return verdict{true, "it ended on " + cert.NotAfter.UTC().Format(time.DateOnly)}
	case o.ifWithin == "":
		return verdict{true, ends}
	case left <= w.of(cert):
		return verdict{true, ends + ", which is within " + o.ifWithin}
	}
	if o.acme.given() {
		if v := o.askedFor(ctx, env, cert); v.due {
			return v
		}
	}
	return verdict{false, ends + ", which is not within " + o.ifWithin}
}

// askedFor asks the ACME server whether it wants the certificate renewed. What
// is asked must not keep a renewal by date from happening, so no answer is a no.
func (o *renewOptions) askedFor(ctx context.Context, env *console.Env, cert *x509.Certificate) verdict {
	server, err := o.acme.server(env)
	if err == nil {
		var w *acme.Window
		if w, err = acme.RenewalWindow(ctx, server, env.Now, cert); err == nil {
			moment := momentIn(w, cert)
			return verdict{!env.Now().Before(moment), "the ACME server wants it renewed by " + w.End.UTC().Format(time.DateOnly) + pageOf(w)}
		}
	}
	if !errors.Is(err, acme.ErrNoWindow) {
		progress(env)("the ACME server was asked in vain when to renew, the dates decide: " + err.Error())
	}
	return verdict{}
}

func pageOf(w *acme.Window) string {
	if w.Page == "" {
		return ""
	}
	return " (" + w.Page + ")"
}

// within is the end of a lifetime in which a certificate is renewed.
type within struct {
	time    time.Duration
	percent int // of the lifetime, when time is zero
}

// parseWithin reads "30d", "720h" or "20%". An empty text is no time at all.
func parseWithin(text string) (within, error) {
	if text == "" {
		return within{}, nil
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	const century = 100 * 365
	switch unit := text[len(text)-1]; {
	case err != nil || n < 1 || strings.HasPrefix(text, "+"):
	case unit == 'd' && n <= century:
		return within{time: time.Duration(n) * 24 * time.Hour}, nil
	case unit == 'h' && n <= century*24:
		return within{time: time.Duration(n) * time.Hour}, nil
	case unit == '%' && n <= 100:
		return within{percent: n}, nil
	}
	return within{}, errors.New("write 30d, 720h, or 20% of the lifetime")
}

func (w within) of(c *x509.Certificate) time.Duration {
	if w.percent > 0 {
		return c.NotAfter.Sub(c.NotBefore) / 100 * time.Duration(w.percent)
	}
	return w.time
}

// momentIn is when in its window a certificate is renewed. RFC 9773 section 4.2
// wants it uniformly random, so that not all come at once. It is drawn from the
// certificate itself: a cron job that drew again every day would on the whole
// come early.
func momentIn(w *acme.Window, cert *x509.Certificate) time.Time {
	sum := sha256.Sum256(cert.Raw)
	part := float64(binary.BigEndian.Uint64(sum[:])) / math.MaxUint64
	return w.Start.Add(time.Duration(part * float64(w.End.Sub(w.Start))))
}
