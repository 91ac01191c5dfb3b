package pkcs12x

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// Decode opens a file under DefaultLimits and unlocks all of it. Keys that the
// password does not unlock have Key.Err set. Errors: ErrNotPKCS12, ErrDamaged,
// ErrPassword, ErrUnsupported, *LimitError.
func Decode(data []byte, password string) (*Store, error) {
	f, err := Parse(data, DefaultLimits())
	if err != nil {
		return nil, err
	}
	return f.Unlock(context.Background(), password)
}

// Peek gives the entries that stand in the open. Nothing is checked: without
// the password a file has no integrity.
func (f *File) Peek() *Store {
	o := &opener{file: f, mode: peek}
	for _, s := range f.safes {
		o.take(s, s.bags)
	}
	return o.store()
}

// List checks the password and gives all entries, with their private keys
// still shrouded, which saves a derivation for each. Keys are unlocked all the
// same where nothing else tells which certificate is theirs.
func (f *File) List(ctx context.Context, password string) (*Store, error) {
	return f.open(ctx, password, list)
}

// Unlock checks the password and gives all entries with their keys open.
func (f *File) Unlock(ctx context.Context, password string) (*Store, error) {
	return f.open(ctx, password, unlock)
}

// Verify checks the password against the MAC and opens nothing, which saves the
// other derivations to who only wants to know. Errors: ErrPassword;
// ErrUnsupported, also for a file without a MAC; ErrDamaged, *LimitError.
func (f *File) Verify(ctx context.Context, password string) error {
	if f.mac == nil {
		return fmt.Errorf("%w: there is no MAC to check a password with", ErrUnsupported)
	}
	if f.mac.Err != nil {
		return f.mac.Err
	}
	for _, r := range readings(password) {
		ok, err := f.mac.check(newDeriver(ctx, r, make(chan struct{}, 1)), f.content)
		if ok || err != nil {
			return err
		}
	}
	return ErrPassword
}

// VerifyWork is what Verify costs for one reading of the password, in the unit
// of Limits.Work.
func (f *File) VerifyWork() int {
	if f.mac == nil || f.mac.Err != nil {
		return 0
	}
	return f.mac.key.work()
}

// UnlockKey opens the key of one entry that List left shrouded. The password
// may differ from that of the file. Errors: ErrPassword, ErrUnsupported,
// ErrDamaged, *LimitError; the key has the error as well.
func (f *File) UnlockKey(ctx context.Context, k *Key, password string) error {
	if k.PKCS8 != nil {
		return nil
	}
	o := f.opener(ctx, password, unlock)
	o.current = o.readings[0]
	if err := o.unlockKey(k); err != nil {
		k.Err = err
		return err
	}
	return nil
}

// Expect begins what opening one shrouded key with this password will derive, so
// that it is done or on its way when it is asked for under ctx, which must be one of
// [Remember]. The key is the first with an alias for which wanted is true. A key that
// is not there, or asks for too much, is left to who opens it.
func (f *File) Expect(ctx context.Context, password string, wanted func(alias string) bool) {
	m, ok := ctx.Value(memoryKey{}).(*memory)
	if !ok {
		return
	}
	for _, s := range f.safes {
		for _, b := range s.bags {
			alias, _ := FriendlyName(b.attributes)
			if !b.id.Equal(oidShroudedBag) || !wanted(alias) {
				continue
			}
			if e, _, err := shrouded(b.value, f.limits); err == nil && e.Err == nil {
				for _, k := range e.derivations() {
					m.begin(ctx, readings(password)[0], k)
				}
			}
			return
		}
	}
}

type mode int

const (
	peek mode = iota
	list
	unlock
)

// opener is one attempt to open a file.
type opener struct {
	file     *File
	mode     mode
	password string
	readings []*deriver
	current  *deriver // the reading that fitted last
	ctx      context.Context
	work     int
	paid     map[kdf]bool // derivations counted in work
	bags     []bag
	locked   []error // for each safe that stayed closed
	mu       sync.Mutex
}

func (f *File) opener(ctx context.Context, password string, m mode) *opener {
	o := &opener{file: f, mode: m, password: password, ctx: ctx, paid: map[kdf]bool{}}
	slot := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, r := range readings(password) {
		o.readings = append(o.readings, newDeriver(ctx, r, slot))
	}
	return o
}

func (f *File) open(ctx context.Context, password string, m mode) (*Store, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends derivations that a wrong password made useless
	o := f.opener(ctx, password, m)
	if err := o.budget(); err != nil {
		return nil, err
	}
	if err := o.checkMAC(); err != nil {
		return nil, err
	}
	count := f.bags
	for _, s := range f.safes {
		bags, err := o.openSafe(s, &count)
		if err != nil {
			if !errors.Is(err, ErrPassword) && !errors.Is(err, ErrUnsupported) {
				return nil, err
			}
			o.locked = append(o.locked, err)
			continue
		}
		o.take(s, bags)
	}
	st := o.store()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.mac == nil && o.refuted(st) {
		return nil, ErrPassword
	}
	return st, nil
}

// budget adds up what the file asks for before anything is derived.
func (o *opener) budget() error {
	if m := o.file.mac; m != nil {
		if m.Err != nil {
			return m.Err
		}
		if err := o.spend(m.key); err != nil {
			return err
		}
	}
	for _, s := range o.file.safes {
		if s.encryption == nil {
			continue
		}
		if s.encryption.Err != nil {
			if err := limitError(s.encryption.Err); err != nil {
				return err
			}
			continue
		}
		if err := o.spend(s.encryption.derivations()...); err != nil {
			return err
		}
	}
	return nil
}

// spend counts derivations against the limit, equal ones once.
func (o *opener) spend(derivations ...kdf) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	limit := o.file.limits.Work
	for _, k := range derivations {
		if o.paid[k] {
			continue
		}
		cost := k.work()
		if cost > limit-o.work {
			return &LimitError{Limit: "hash calls", Asked: int64(o.work) + int64(cost), Max: int64(limit)}
		}
		o.work += cost
		o.paid[k] = true
	}
	return nil
}

// parsing pays for looking into a private key. RSA keys cost the square of
// their length: 0.25 ms for 2,048 bits, 4 ms for 8,192.
func (o *opener) parsing(der []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	limit := o.file.limits.Work
	cost := len(der) * len(der) / 900
	if len(der) > maxParsedKey || cost > limit-o.work {
		return fmt.Errorf("%w: the key is carried and not looked into: %w", ErrUnsupported,
			&LimitError{Limit: "hash calls", Asked: int64(o.work) + int64(cost), Max: int64(limit)})
	}
	o.work += cost
	return nil
}

// derivations of the key and, where there is one, the IV.
func (e *encryption) derivations() []kdf {
	if e.iv.length == 0 {
		return []kdf{e.key}
	}
	return []kdf{e.key, e.iv}
}

// checkMAC finds the reading of the password under which the MAC is right.
// The derivations for the safes run beside it, but nothing is decrypted before
// the answer is there.
func (o *opener) checkMAC() error {
	for i, d := range o.readings {
		if o.file.mac != nil {
			d.start(o.file.mac.key) // first, for it is waited for first
		}
		if i == 0 {
			o.startAll(d)
		}
		if o.file.mac == nil {
			o.current = d
			return nil
		}
		ok, err := o.file.mac.check(d, o.file.content)
		if err != nil {
			return err
		}
		if ok {
			o.current = d
			return nil
		}
	}
	return ErrPassword
}

// startAll begins the derivations that are needed if d is the right reading.
func (o *opener) startAll(d *deriver) {
	for _, s := range o.file.safes {
		if s.encryption != nil && s.encryption.Err == nil {
			d.start(s.encryption.derivations()...)
		}
		if o.mode != unlock {
			continue
		}
		for _, b := range s.bags {
			if !b.id.Equal(oidShroudedBag) {
				continue
			}
			e, _, err := shrouded(b.value, o.file.limits)
			if err == nil && e.Err == nil && o.spend(e.derivations()...) == nil {
				d.start(e.derivations()...)
			}
		}
	}
}

// openSafe decrypts a safe and reads its bags.
func (o *opener) openSafe(s *safe, count *int) ([]bag, error) {
	if s.encryption == nil {
		return s.bags, nil
	}
	if s.sealed == nil && s.encryption.Err == nil {
		return nil, fmt.Errorf("%w: an encrypted safe without content", ErrDamaged)
	}
	var bags []bag
	err := o.decrypt(s.encryption, s.sealed, func(plain []byte) error {
		n := *count
		b, err := parseBags(plain, o.file.limits, &n)
		if err == nil {
			bags, *count = b, n
		}
		return err
	})
	if errors.Is(err, ErrDamaged) && o.file.mac == nil {
		err = ErrPassword // nothing vouches for the password
	}
	return bags, err
}

// decrypt tries the readings of the password, the one that fitted last first,
// until accept takes the plaintext. A wrong key is told from padding and from
// what accept says: ErrPassword, or ErrDamaged for a plaintext that is well
// padded and yet not accepted.
func (o *opener) decrypt(e *encryption, sealed []byte, accept func(plain []byte) error) error {
	if e.Err != nil {
		return e.Err
	}
	try := func(d *deriver) error {
		parts := make([][]byte, 2)
		d.start(e.derivations()...)
		for i, k := range e.derivations() {
			var err error
			if parts[i], err = d.get(k); err != nil {
				return err
			}
		}
		plain, err := e.decrypt(parts[0], parts[1], sealed)
		if err != nil {
			return err
		}
		if err := accept(plain); err != nil {
			return err
		}
		o.mu.Lock()
		o.current = d
		o.mu.Unlock()
		return nil
	}
	o.mu.Lock()
	first := o.current
	o.mu.Unlock()
	err := try(first)
	if err == nil || o.ctx.Err() != nil || limitError(err) != nil {
		return err
	}
	for _, d := range o.others(first, e) {
		if again := try(d); again == nil || o.ctx.Err() != nil || limitError(again) != nil {
			return again
		}
	}
	if errors.Is(err, ErrDamaged) {
		return err
	}
	return ErrPassword
}

// others are the readings left to try.
func (o *opener) others(first *deriver, e *encryption) []*deriver {
	var out []*deriver
	for _, d := range o.readings {
		if d != first {
			out = append(out, d)
		}
	}
	if e.key.kind == kdfPKCS12 {
		return out
	}
	for _, octets := range octetReadings(o.password) {
		known := slices.ContainsFunc(o.readings, func(d *deriver) bool { return slices.Equal(d.pw.octets, octets) })
		if !known {
			out = append(out, newDeriver(o.ctx, reading{first.pw.bmp, octets}, first.slot))
		}
	}
	return out
}

// take keeps the bags of one opened safe, in the order of the file.
func (o *opener) take(s *safe, bags []bag) {
	if s.encryption != nil && bags == nil && o.mode == peek {
		o.locked = append(o.locked, ErrLocked)
		return
	}
	o.bags = append(o.bags, bags...)
}

// refuted tells, of a file without a MAC, that there was something to decrypt
// and that the password opened none of it.
func (o *opener) refuted(st *Store) bool {
	wrong := slices.ContainsFunc(o.locked, func(err error) bool { return errors.Is(err, ErrPassword) })
	opened := slices.ContainsFunc(o.file.safes, func(s *safe) bool { return s.encryption != nil }) && len(o.locked) < o.sealedSafes()
	for _, e := range st.Entries {
		if e.Key == nil || e.Key.Shrouded == nil {
			continue
		}
		opened = opened || e.Key.PKCS8 != nil
		wrong = wrong || errors.Is(e.Key.Err, ErrPassword)
	}
	return wrong && !opened
}

func (o *opener) sealedSafes() int {
	n := 0
	for _, s := range o.file.safes {
		if s.encryption != nil {
			n++
		}
	}
	return n
}

// unlockKey decrypts one shrouded key.
func (o *opener) unlockKey(k *Key) error {
	e, sealed, err := shrouded(k.Shrouded, o.file.limits)
	if err != nil {
		return err
	}
	if e.Err != nil {
		return e.Err
	}
	if err := o.spend(e.derivations()...); err != nil {
		return err
	}
	err = o.decrypt(&e, sealed, func(plain []byte) error {
		der, _, err := normalize(plain, o.file.limits.Depth)
		if err != nil {
			return err
		}
		return k.open(der, o.parsing(der))
	})
	if errors.Is(err, ErrDamaged) {
		err = ErrPassword
	}
	return err
}

// unlockKeys decrypts keys side by side. The result is in each key.
func (o *opener) unlockKeys(keys []*Key) {
	var wg sync.WaitGroup
	slot := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	for _, k := range keys {
		slot <- struct{}{}
		wg.Go(func() {
			defer func() { <-slot }()
			if err := o.unlockKey(k); err != nil {
				k.Err = err
			}
		})
	}
	wg.Wait()
}
