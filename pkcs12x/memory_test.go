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
