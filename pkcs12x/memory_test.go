package pkcs12x

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// inspectMemory has the memory of ctx to itself meanwhile: derivations that were begun
// ahead may still go on when the reading has failed.
func inspectMemory(ctx context.Context, look func(m *memory)) {
	m := ctx.Value(memoryKey{}).(*memory)
	m.mu.Lock()
	defer m.mu.Unlock()
	look(m)
}

// derived counts the derivations that ctx remembers.
func derived(ctx context.Context) (n int) {
	inspectMemory(ctx, func(m *memory) { n = len(m.keys) })
	return n
}

func TestRemember(t *testing.T) {
	const password = "sesame-street"
	for _, p := range Profiles() {
		if p.Key.Scheme == SchemeNone {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			ctx := Remember(t.Context())
			data, err := fast(p).Encode(ctx, dice(), password, []*Entry{newEntry(t, "mux"), newEntry(t, "other")})
			if err != nil {
				t.Fatal(err)
			}
			n := derived(ctx)
			if n == 0 {
				t.Fatal("nothing is remembered")
			}
			var salts []string
			inspectMemory(ctx, func(m *memory) {
				for k := range m.keys {
					salts = append(salts, k.kdf.salt)
				}
			})
			read := func(ctx context.Context, data []byte, password string) error {
				f, err := Parse(data, DefaultLimits())
				if err != nil {
					return err
				}
				st, err := f.Unlock(ctx, password)
				if err != nil {
					return err
				}
				for _, e := range st.Entries {
					if e.Key.PKCS8 == nil {
						return errors.Join(errors.New(e.Alias+" is locked"), e.Key.Err)
					}
				}
				return nil
			}
			if err := read(ctx, data, password); err != nil || derived(ctx) != n {
				t.Errorf("reading back derived %d more: %v", derived(ctx)-n, err)
			}
			if err := read(ctx, data, "another"); err == nil || derived(ctx) == n {
				t.Errorf("another password: %v, with %d derivations more", err, derived(ctx)-n)
			}
			// A salt that was written wrong is not the one that was derived from.
			for _, salt := range salts {
				wrong := bytes.Clone(data)
				wrong[bytes.Index(data, []byte(salt))] ^= 1
				if err := read(ctx, wrong, password); err == nil {
					t.Errorf("the wrong salt in place of %x is not found", salt)
				}
			}
			// What was derived is what reading uses.
			inspectMemory(ctx, func(m *memory) {
				for _, key := range m.keys {
					key[0] ^= 1
				}
			})
			if err := read(ctx, data, password); err == nil {
				t.Error("the keys that are remembered are not used")
			}
			if err := read(t.Context(), data, password); err != nil {
				t.Errorf("without memory: %v", err)
			}
		})
	}
}

// What is expected is derived once, and only for the key that is meant.
func TestExpect(t *testing.T) {
	const password = "sesame-street"
	data, err := fast(Modern2023()).Encode(t.Context(), dice(), password, []*Entry{newEntry(t, "mux"), newEntry(t, "other")})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(data, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		alias string
		begun int
	}{{"mux", 1}, {"other", 1}, {"nobody", 0}} {
		ctx := Remember(t.Context())
		f.Expect(ctx, password, func(alias string) bool { return alias == tt.alias })
		f.Expect(ctx, password, func(alias string) bool { return alias == tt.alias })
		inspectMemory(ctx, func(m *memory) {
			if len(m.begun) != tt.begun {
				t.Errorf("%s: %d derivations begin", tt.alias, len(m.begun))
			}
		})
		st, err := f.List(ctx, password)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range st.Entries {
			before := derived(ctx)
			if err := f.UnlockKey(ctx, e.Key, password); err != nil {
				t.Errorf("%s: %v", e.Alias, err)
			}
			if again := derived(ctx) - before; (again == 0) != (e.Alias == tt.alias) {
				t.Errorf("%s was expected, and %s derived %d keys", tt.alias, e.Alias, again)
			}
		}
	}
	f.Expect(t.Context(), password, func(string) bool { return true }) // nobody remembers
}

// A key whose encryption has begun is written like any other.
func TestBagOfLater(t *testing.T) {
	const password = "sesame-street"
	p := fast(Modern2023())
	key := newEntry(t, "mux").Key.PKCS8
	der, err := BeginShroud(t.Context(), dice(), key, password, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.EncodeBags(t.Context(), dice(), password, []Bag{{Type: OIDShroudedKeyBag, Later: der}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	st, err := Decode(data, password)
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Entries) != 1 || !bytes.Equal(st.Entries[0].Key.PKCS8, key) {
		t.Errorf("%d entries, or another key", len(st.Entries))
	}
	failed := errors.New("no key")
	if _, err := p.EncodeBags(t.Context(), dice(), password, []Bag{{Type: OIDShroudedKeyBag, Later: func() ([]byte, error) { return nil, failed }}}, nil); !errors.Is(err, failed) {
		t.Errorf("a key that failed: %v", err)
	}
}
