package chain_test

import (
	"testing"

	"muxkey/chain"
	"muxkey/pkcs12x"
)

func TestMisplaced(t *testing.T) {
	leaf := &pkcs12x.Certificate{RawSubject: []byte("leaf"), RawIssuer: []byte("middle")}
	middle := &pkcs12x.Certificate{RawSubject: []byte("middle"), RawIssuer: []byte("root")}
	root := &pkcs12x.Certificate{RawSubject: []byte("root"), RawIssuer: []byte("root")}
	for _, tt := range []struct {
		name string
		list []*pkcs12x.Certificate
		want int
	}{
		{"nothing", nil, 0},
		{"one", []*pkcs12x.Certificate{leaf}, 0},
		{"in order", []*pkcs12x.Certificate{leaf, middle, root}, 0},
		{"root first", []*pkcs12x.Certificate{root, middle, leaf}, 1},
		{"a gap", []*pkcs12x.Certificate{leaf, root}, 1},
		{"twice the leaf", []*pkcs12x.Certificate{leaf, leaf, middle}, 1},
		{"a stranger at the end", []*pkcs12x.Certificate{leaf, middle, leaf}, 2},
	} {
		if got := chain.Misplaced(tt.list); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
