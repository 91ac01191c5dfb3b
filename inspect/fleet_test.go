package inspect_test

import (
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

func named(path string, s *keystore.Store) *inspect.Target {
	s.Path = path
	t := inspect.Inspect(s, now)
	return &t
}

func TestTally(t *testing.T) {
	expired := func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) }
	soon := func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, 10) }
	closed := pair(t, nil)
	closed.Key = &keystore.Key{Shrouded: []byte{0}, Err: pkcs12x.ErrLocked}
	published := p12(certificateEntry(pkcs12x.TrustedCertificate, pair(t, nil).Chain[1]))
	published.Published = "java"
	alone := pem(certificateEntry(pkcs12x.PlainCertificate, pair(t, expired).Chain[0]))

	tally := &inspect.Tally{}
	for _, target := range []*inspect.Target{
		named("a.p12", p12(pair(t, nil))), // the key is the same in all of them
		named("b.p12", p12(withAlias(pair(t, expired), "one"), withAlias(pair(t, soon), "two"))),
		named("c.p12", p12(closed)), // known by its certificate
		named("d.p12", published),
		named("e.pem", alone),
		named("f.p12", p12(pair(t, soon))),
	} {
		tally.Add(target)
	}
	tally.Error()
	tally.Skip("big.zip", "it is too big")
	want := inspect.Summary{
		Stores: 6, Formats: []inspect.Count{{Name: "pem", Count: 1}, {Name: "pkcs12", Count: 5}}, PrivateKeys: 5, Certificates: 12,
		Locked: 1, Expired: 2, ExpiringSoon: 1, PublishedPasswords: 1, SharedKeys: 1, Errors: 1, Skipped: 1,
	}
	if diff := cmp.Diff(want, tally.Summary()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shared := tally.SharedKeys()
	if len(shared) != 1 {
		t.Fatalf("%d keys are shared", len(shared))
	}
	places := []inspect.Place{{Path: "a.p12", Alias: "mux"}, {Path: "b.p12", Alias: "one"}, {Path: "c.p12", Alias: "mux"}, {Path: "f.p12", Alias: "mux"}}
	if diff := cmp.Diff(places, shared[0].Places); diff != "" || shared[0].Files != 4 || shared[0].Type != "Ed25519" {
		t.Errorf("%+v\n%s", shared[0], diff)
	}
	if diff := cmp.Diff([]inspect.Passed{{Path: "big.zip", Reason: "it is too big"}}, tally.Skipped()); diff != "" {
		t.Error(diff)
	}
}

// A key that stands twice in one file is in one file.
func TestTallyOfOneFile(t *testing.T) {
	tally := &inspect.Tally{}
	tally.Add(named("a.p12", p12(withAlias(pair(t, nil), "one"), withAlias(pair(t, nil), "two"))))
	if shared := tally.SharedKeys(); len(shared) != 0 {
		t.Errorf("%+v", shared)
	}
	if s := (&inspect.Tally{}).Summary(); s.Formats == nil {
		t.Error("formats would be null in JSON")
	}
}

// What a tally keeps is bounded; what is counted is right all the same.
func TestTallyIsBounded(t *testing.T) {
	tally := &inspect.Tally{}
	const many = 100_010
	for i := range many {
		key := &inspect.Key{PublicKey: inspect.PublicKey{SHA256: fmt.Sprintf("%064x", i)}}
		tally.Add(&inspect.Target{Path: "a", Format: "pem", Entries: []inspect.Entry{{Key: key}}})
		tally.Skip("b", "c")
	}
	for range 50 {
		key := &inspect.Key{PublicKey: inspect.PublicKey{SHA256: fmt.Sprintf("%064x", 7)}}
		tally.Add(&inspect.Target{Path: "a", Format: "pem", Entries: []inspect.Entry{{Key: key}}})
	}
	s := tally.Summary()
	shared := tally.SharedKeys()
	if s.KeysNotCompared != 10 || s.Skipped != many || len(tally.Skipped()) != 1000 || len(shared) != 1 || shared[0].Files != 51 || len(shared[0].Places) != 20 {
		t.Errorf("%+v, %d skipped, %+v", s, len(tally.Skipped()), shared)
	}
}

func TestEarliestExpiry(t *testing.T) {
	in := func(days int) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, days) }
	}
	ca := func(days int) *keystore.Entry {
		return certificateEntry(pkcs12x.TrustedCertificate, pair(t, in(days)).Chain[0])
	}
	for name, tt := range map[string]struct {
		store *keystore.Store
		days  int // 0: none
	}{
		"nothing":                {p12(), 0},
		"a key":                  {p12(pair(t, in(40))), 40},
		"two keys":               {p12(withAlias(pair(t, in(40)), "a"), withAlias(pair(t, in(20)), "b")), 20},
		"a trust store":          {p12(withAlias(ca(30), "a"), withAlias(ca(10), "b")), 10},
		"a key before its trust": {p12(pair(t, in(40)), ca(10)), 40},
	} {
		got := named(name, tt.store).EarliestExpiry()
		if tt.days == 0 && !got.IsZero() || tt.days != 0 && !got.Equal(now.AddDate(0, 0, tt.days)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
