package hello_test

import (
	"crypto/rand"
	"crypto/tls"
	"testing"

	"muxkey/probe/hello"
)

// BenchmarkScan is the whole of a scan, and what the server does for it.
func BenchmarkScan(b *testing.B) {
	dial := serveTLS(b, &tls.Config{Certificates: []tls.Certificate{certificate(b, true)}})
	var connections int
	for b.Loop() {
		m, err := hello.Scan(b.Context(), dial, hello.Options{Randomness: rand.Reader})
		if err != nil {
			b.Fatal(err)
		}
		connections = m.Connections
	}
	b.ReportMetric(float64(connections), "connections/op")
}
