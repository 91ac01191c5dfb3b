package cmd

import (
	"crypto/x509"
	"testing"
	"time"

	"muxkey/internal/acme"
)

func TestWithin(t *testing.T) {
	from := time.Date(2025, time.March, 1, 0, 0, 0, 0, time.UTC)
	c := &x509.Certificate{NotBefore: from, NotAfter: from.AddDate(0, 0, 90)}
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": 0, "30d": 30 * day, "720h": 30 * day, "20%": 18 * day, "100%": 90 * day, "1d": day, "36500d": 36500 * day,
		"0d": -1, "-1d": -1, "+1d": -1, "d": -1, "%": -1, "30": -1, "30 d": -1, "101%": -1, "36501d": -1, "9999999h": -1,
		"99999999999999999999d": -1, "1.5d": -1, "30D": -1, "é": -1,
	} {
		w, err := parseWithin(text)
		if (err != nil) != (want < 0) || err == nil && w.of(c) != want {
			t.Errorf("%q: got %s, %v", text, w.of(c), err)
		}
	}
}

// Certificates are spread over the whole window, and each has its own place in it.
func TestMomentIn(t *testing.T) {
	w := &acme.Window{Start: time.Date(2025, time.March, 1, 0, 0, 0, 0, time.UTC)}
	w.End = w.Start.Add(48 * time.Hour)
	quarters := [4]int{}
	for i := range 400 {
		c := &x509.Certificate{Raw: []byte{byte(i), byte(i >> 8)}}
		m := momentIn(w, c)
		if m.Before(w.Start) || m.After(w.End) || !m.Equal(momentIn(w, c)) {
			t.Fatalf("%d: %s", i, m)
		}
		quarters[min(3, int(m.Sub(w.Start)/(12*time.Hour)))]++
	}
	for i, n := range quarters {
		if n < 70 || n > 130 {
			t.Errorf("quarter %d has %d of 400", i, n)
		}
	}
	w.End = w.Start // a CA that wants it at once
	if m := momentIn(w, &x509.Certificate{Raw: []byte{255}}); !m.Equal(w.Start) {
		t.Errorf("got %s", m)
	}
}

func TestNameAt(t *testing.T) {
	many := &x509.Certificate{DNSNames: []string{"*.example.com", "mux.example.org"}}
	wild := &x509.Certificate{DNSNames: []string{"*.example.com"}}
	for _, tt := range []struct {
		host string
		leaf *x509.Certificate
		want string
	}{
		{"mux.example.com", many, "mux.example.com"},
		{"localhost", many, "mux.example.org"},
		{"192.0.2.1", many, "mux.example.org"},
		{"2001:db8::1", many, "mux.example.org"},
		{"localhost", wild, "localhost"},
		{"192.0.2.1", wild, ""},
		{"192.0.2.1", &x509.Certificate{}, ""},
	} {
		if got := nameAt(tt.host, tt.leaf); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.host, got, tt.want)
		}
	}
}
