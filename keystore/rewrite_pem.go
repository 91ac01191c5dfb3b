package keystore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"muxkey/pkcs12x"
)

// pemText is a PEM file as it stands.
type pemText struct {
	data     []byte
	blocks   []textBlock
	sequence []*Certificate
	before   map[*Entry]Entry // as they were when the file was read
}

// textBlock is a block with what it gave.
type textBlock struct {
	place
	label  string
	keys   []*Key
	certs  []*Certificate
	others []*Entry
	extra  bool // a copy that is to go
}

// since is the block that was read since before.
func (o *objects) since(before objects, b pemBlock) textBlock {
	return textBlock{
		place: b.place, label: b.label,
		keys: o.keys[len(before.keys):], certs: o.certs[len(before.certs):], others: o.others[len(before.others):],
	}
}

// objects counts what a block gave.
func (b textBlock) objects() int { return len(b.keys) + len(b.certs) + len(b.others) }

// rewritePEM changes the blocks of the entries that were changed. An alias is
// the friendlyName of the attributes that openssl pkcs12 writes above a block:
// the one place from which it is read.
func (s *Store) rewritePEM(ctx context.Context, rand io.Reader, e Encoding) ([]byte, error) {
	f, _ := Formats().Get(s.Format)
	edit := pemEdit{
		pemText: s.text,
		names:   map[any]string{},
		keep:    map[any]bool{},
		reseal:  map[*Key]*Entry{},
		newKeys: map[any]*Entry{}, newChains: map[any]*Entry{},
		writer: pemWriter{rand: rand, encoding: e, newLine: newLineOf(s.text.data), there: map[string]bool{}},
	}
	added, err := edit.plan(s.Entries)
	if err != nil {
		return nil, err
	}
	if err := f.Unsupported(added, e); err != nil {
		return nil, err
	}
	out, err := edit.run(ctx, added, s.Sequence)
	if err != nil {
		return nil, err
	}
	return out, s.verifyPEM(ctx, out, e)
}

// verifyPEM reads back what was made.
func (s *Store) verifyPEM(ctx context.Context, made []byte, e Encoding) error {
	opts := Options{}
	if e.Password != "" {
		opts.Password = func(context.Context) (string, error) { return e.Password, nil }
	}
	if len(s.Entries) == 0 {
		return errors.New("nothing would be left in it")
	}
	again, err := Decode(ctx, "what was made", made, opts)
	if errors.Is(err, ErrPassword) && len(e.KeyPasswords) > 0 { // all keys have their own
		again, err = Decode(ctx, "what was made", made, Options{})
	}
	if err != nil {
		return err
	}
	have, want := again.contents(), s.contents()
	for part := range want {
		if !have[part] {
			return errors.New("reading back what was made: it is not whole")
		}
	}
	if err := again.sameKeys(ctx, s.Entries, e); err != nil {
		return fmt.Errorf("reading back what was made: %w", err)
	}
	for e, before := range s.text.before {
		if e.Alias == before.Alias || !nameable(e.Alias) || !slices.Contains(s.Entries, e) {
			continue
		}
		if _, err := again.Find(e.Alias); err != nil {
			return fmt.Errorf("reading back what was made: there is no %q", e.Alias)
		}
	}
	for part := range have {
		if !want[part] {
			return errors.New("reading back what was made: it holds what was to go")
		}
	}
	return nil
}

// pemEdit is what becomes of the blocks. The keys of its maps are *Key, *Entry,
// or, for certificates, their DER as a string.
type pemEdit struct {
	*pemText
	keep   map[any]bool
	names  map[any]string // new names
	reseal map[*Key]*Entry
	writer pemWriter
	// newKeys and newChains have the entries that got such, by the part of theirs
	// that was in the place.
	newKeys, newChains map[any]*Entry
	// replaced has, for an entry that takes the place of one that is gone, its
	// successor, by the first part of the old one.
	replaced map[any]*Entry
}

// plan finds what stays, what gets another name and which entries are new.
func (p *pemEdit) plan(entries []*Entry) (added []*Entry, err error) {
	owner := map[any]*Entry{}
	for _, e := range entries {
		before, old := p.before[e]
		main := mainParts(e)
		for _, part := range main {
			if other := owner[part]; other != nil && !old {
				return nil, &UnsupportedEntriesError{
					Format: pemFormat.Title, Aliases: []string{e.Alias},
					Reasons: map[string]string{e.Alias: fmt.Sprintf("it is there once, as %q", other.Alias)},
				}
			}
			owner[part] = e
		}
		for _, c := range e.Chain {
			p.keep[string(c.Raw)] = true
		}
		if !old {
			added = append(added, e)
			continue
		}
		for _, part := range main {
			p.keep[part] = true
		}
		p.renew(before, e)
		if enc := p.writer.encoding; enc.Reseal && e.Key != nil && e.Key.PKCS8 != nil && enc.keyPassword(e) != "" {
			p.reseal[e.Key] = e // a locked one keeps the password that it has
		}
		// A name that another entry has, too, was told apart when the file was
		// read; it is written, lest it move to the next one.
		stored, has := friendlyNameOf(e)
		if nameable(e.Alias) && (e.Alias != before.Alias || has && stored != e.Alias) {
			for _, part := range main {
				p.names[part] = e.Alias
			}
		}
	}
	p.replaced = map[any]*Entry{}
	for old, before := range p.before {
		if slices.Contains(entries, old) {
			continue
		}
		for _, e := range added {
			if strings.EqualFold(e.Alias, before.Alias) {
				p.replaced[mainParts(old)[0]] = e
			}
		}
	}
	return added, nil
}

// renew notes what an entry that stays has got new: its key, or certificates.
// They come where the old ones were.
func (p *pemEdit) renew(before Entry, e *Entry) {
	parts := mainParts(&before)
	if e.Key != nil && e.Key != before.Key {
		p.newKeys[parts[0]] = e
	}
	if !slices.Equal(e.Chain, before.Chain) {
		p.newChains[parts[len(parts)-1]] = e
	}
}

// renewed writes what has come in the place of a part, or behind it.
func (p *pemEdit) renewed(ctx context.Context, part any) error {
	w := &p.writer
	if e := p.newKeys[part]; e != nil {
		delete(p.newKeys, part)
		label, der, err := w.key(ctx, e)
		if err != nil {
			return err
		}
		w.freshLine()
		w.block(label, der, p.nameOf(e))
	}
	if e := p.newChains[part]; e != nil {
		delete(p.newChains, part)
		name := p.nameOf(e)
		for _, c := range e.Chain {
			w.freshLine()
			w.block("CERTIFICATE", c.Raw, name)
			name = ""
		}
	}
	return nil
}

// nameOf is the name to write above a new part of an entry: none where the old
// parts had none.
func (p *pemEdit) nameOf(e *Entry) string {
	before := p.before[e]
	if _, has := friendlyNameOf(&before); has || e.Alias != before.Alias {
		return e.Alias
	}
	return ""
}

// mainParts are those that carry the name of an entry.
func mainParts(e *Entry) []any {
	var out []any
	if e.Key != nil {
		out = append(out, e.Key)
	}
	if len(e.Chain) > 0 {
		out = append(out, string(e.Chain[0].Raw))
	}
	if len(out) == 0 {
		out = append(out, e)
	}
	return out
}

func friendlyNameOf(e *Entry) (string, bool) {
	switch {
	case e.Key != nil:
		return pkcs12x.FriendlyName(e.Key.Attributes)
	case len(e.Chain) > 0:
		return pkcs12x.FriendlyName(e.Chain[0].Attributes)
	}
	return pkcs12x.FriendlyName(e.Attributes)
}

// parts are the things in a block.
func (b textBlock) parts() []any {
	var out []any
	for _, k := range b.keys {
		out = append(out, k)
	}
	for _, c := range b.certs {
		out = append(out, string(c.Raw))
	}
	for _, e := range b.others {
		out = append(out, e)
	}
	return out
}

// run writes the file.
func (p *pemEdit) run(ctx context.Context, added []*Entry, sequence []*Certificate) ([]byte, error) {
	blocks := p.inOrder(sequence)
	for _, b := range blocks {
		for _, part := range b.parts() {
			if der, ok := part.(string); ok && p.keep[part] {
				p.writer.there[der] = true
			}
		}
	}
	w := &p.writer
	at := 0
	for i, b := range p.blocks {
		w.Write(p.data[at:b.about])
		at = b.end
		if b.label == ecParametersLabel && b.objects() == 0 && i+1 < len(p.blocks) && len(p.blocks[i+1].keys) == 1 {
			if next := p.blocks[i+1]; p.keep[next.keys[0]] && !p.resealed(next) { // it belongs to that key
				w.Write(p.data[b.about:b.end])
			}
			continue
		}
		if err := p.block(ctx, blocks[i]); err != nil {
			return nil, err
		}
		for _, part := range b.parts() {
			if err := p.renewed(ctx, part); err != nil {
				return nil, err
			}
			if e := p.replaced[part]; e != nil {
				delete(p.replaced, part)
				added = slices.DeleteFunc(added, func(other *Entry) bool { return other == e })
				if err := w.entry(ctx, e); err != nil {
					return nil, err
				}
			}
		}
	}
	w.Write(p.data[at:])
	for _, e := range added {
		w.freshLine()
		if err := w.entry(ctx, e); err != nil {
			return nil, err
		}
	}
	return w.Bytes(), nil
}

// inOrder are the blocks with the certificates in the order of sequence, if that
// was changed; copies that it has no more are marked.
func (p *pemEdit) inOrder(sequence []*Certificate) []textBlock {
	if slices.Equal(sequence, p.sequence) {
		return p.blocks
	}
	rank := map[string]int{}
	for i, c := range sequence {
		rank[string(c.Raw)] = i
	}
	var slots []int
	var moved []textBlock
	for i, b := range p.blocks {
		if len(b.certs) == 1 && b.objects() == 1 {
			slots, moved = append(slots, i), append(moved, b)
		}
	}
	slices.SortStableFunc(moved, func(a, b textBlock) int {
		return cmp.Compare(rank[string(a.certs[0].Raw)], rank[string(b.certs[0].Raw)])
	})
	out := slices.Clone(p.blocks)
	written := map[string]bool{}
	for i, slot := range slots {
		out[slot] = moved[i]
		der := string(moved[i].certs[0].Raw)
		out[slot].extra = written[der] && len(sequence) < len(p.sequence)
		written[der] = true
	}
	return out
}

// block writes one block, if and as it is to stay. One of several objects, such
// as PKCS#7, is taken apart when one of them changes.
func (p *pemEdit) block(ctx context.Context, b textBlock) error {
	w := &p.writer
	kept, name := 0, ""
	for _, part := range b.parts() {
		if p.keep[part] {
			kept++
		}
		if n := p.names[part]; n != "" {
			name = n
		}
	}
	one := b.objects() == 1 && kept == 1 && !b.extra
	switch {
	case b.extra:
	case kept == b.objects() && name == "" && !p.resealed(b):
		w.Write(p.data[b.about:b.end])
	case one:
		p.head(b, name)
		if !p.resealed(b) {
			w.Write(p.data[b.start:b.end])
			break
		}
		label, der, err := w.key(ctx, p.reseal[b.keys[0]])
		if err != nil {
			return err
		}
		w.freshLine()
		w.block(label, der, "")
	case b.objects() > 1:
		for _, c := range b.certs {
			if der := string(c.Raw); p.keep[der] {
				delete(w.there, der)
				w.block("CERTIFICATE", c.Raw, p.names[der])
			}
		}
		for _, e := range b.others {
			if p.keep[e] {
				if err := w.entry(ctx, e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// resealed tells whether a block is a key that is to be encrypted anew.
func (p *pemEdit) resealed(b textBlock) bool {
	return len(b.keys) == 1 && p.keep[b.keys[0]] && p.reseal[b.keys[0]] != nil
}

// head writes what stands above a block, with a new name if there is one.
func (p *pemEdit) head(b textBlock, name string) {
	w := &p.writer
	switch {
	case name == "":
		w.Write(p.data[b.about:b.start])
	case b.name != span{}:
		w.Write(p.data[b.about:b.name.start])
		w.WriteString(name)
		w.Write(p.data[b.name.end:b.start])
	case b.bag > 0:
		w.Write(p.data[b.about:b.bag])
		w.WriteString("    friendlyName: " + name + w.newLine)
		w.Write(p.data[b.bag:b.start])
	default:
		w.freshLine()
		w.WriteString(bagOf(name, w.newLine))
		w.Write(p.data[b.about:b.start])
	}
}
