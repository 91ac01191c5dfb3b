package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"muxkey/trust"
	"muxkey/trust/source"
)

func unpack(t *testing.T, from, to string) {
	t.Helper()
	packed, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What NSS trusts and distrusts is what the anchors are trusted and distrusted
// for, whether the database is named, or one of its files, or comes alone.
func TestTermsOfNSS(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cert9.db", "key4.db"} {
		unpack(t, "../../keystore/nss/testdata/empty-"+name+".gz", filepath.Join(dir, name))
	}
	alone := filepath.Join(t.TempDir(), "trust.db")
	unpack(t, "../../keystore/nss/testdata/empty-cert9.db.gz", alone)
	// By certutil: CT,C,C and Pu,u,u and p,p,p; the third distrusts for all.
	want := []string{
		"only [client code email server] rejected []",
		"only [client server] rejected []",
		"only [] rejected [client code email server]",
	}
	for _, path := range []string{dir, filepath.Join(dir, "cert9.db"), alone} {
		var b trust.Builder
		if err := source.Path(t.Context(), &b, path, source.Options{Password: func(string) func(context.Context) (string, error) {
			return func(context.Context) (string, error) { t.Error("a password was asked for"); return "", nil }
		}}); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		set := b.Set()
		var got []string
		for _, a := range set.Anchors {
			got = append(got, fmt.Sprintf("only %v rejected %v", a.Terms.Only, a.Terms.Rejected))
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		kept, left := set.Select(trust.Selection{Purposes: []trust.Purpose{trust.Email}})
		if len(kept.Anchors) != 1 || len(left) != 2 || len(set.Rejected([]trust.Purpose{trust.Email})) != 1 {
			t.Errorf("%s: for mail %d, left out %d", path, len(kept.Anchors), len(left))
		}
	}
}
