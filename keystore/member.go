package keystore

import (
	"context"
	"errors"
	"slices"
)

// Member is a file within another.
type Member struct {
	// Name is what stands behind the "#".
	Name string
	// Names are all that may stand there for it, Name among them.
	Names []string
	Data  []byte
	// Store tells that it is a keystore, certificate or key, or claims to be.
	Store bool
	// Err says why it cannot be read; most often nil.
	Err error
	// Put returns the whole file with other content in the place of Data.
	Put func(content []byte) ([]byte, error)
}

// ReplaceMember returns a file, called name in errors, in which a member has other
// content, whatever it had before. Errors: *MemberError, *FormatError, and why the
// member cannot be replaced.
func ReplaceMember(name string, file []byte, member string, content []byte) ([]byte, error) {
	o := &opening{name: name, data: file, opts: Options{Member: member}}
	l, err := o.look()
	if err != nil {
		return nil, err
	}
	if l.format.Members == nil {
		return nil, &MemberError{Path: name, Want: member}
	}
	m, err := o.choose(l)
	if err != nil {
		return nil, err
	}
	s := &Store{Path: name + "#" + m.Name, around: append([]func([]byte) ([]byte, error){m.Put}, l.around...)}
	return s.putBack(content)
}

// members takes the file apart.
func (o *opening) members(l *look) ([]Member, error) {
	list, err := l.format.Members(l.data, isStore)
	if err != nil {
		return nil, decodeError(o.name, l.format, err)
	}
	return list, nil
}

// choose finds the member that is meant.
func (o *opening) choose(l *look) (Member, error) {
	list, err := o.members(l)
	if err != nil {
		return Member{}, err
	}
	want := o.opts.Member
	var found []Member
	var have []string
	for _, m := range list {
		switch {
		case want != "" && slices.Contains(m.Names, want), want == "" && m.Store:
			found = append(found, m)
		}
		if m.Store {
			have = append(have, m.Name)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case want == "" && len(found) == 0:
		return Member{}, o.carriesNothing(l)
	case len(found) > 1:
		have, want = nil, ""
		for _, m := range found {
			have = append(have, m.Name)
		}
	}
	return Member{}, &MemberError{Path: o.name, Want: want, Have: have}
}

func (o *opening) carriesNothing(l *look) error {
	return &FormatError{Path: o.name, What: article(l.format.Title), Err: errCarriesNothing}
}

var errCarriesNothing = errors.New("nothing that it carries is a keystore, certificate or key")

// member opens one store in the file.
func (o *opening) member(ctx context.Context, l *look, m Member, in *Input) (*Store, error) {
	inner := opening{name: o.name + "#" + m.Name, data: m.Data, opts: o.opts}
	if m.Err != nil {
		return nil, &FormatError{Path: inner.name, What: "a part of " + article(l.format.Title), Damaged: true, Err: m.Err}
	}
	found, err := inner.look()
	if err != nil {
		return nil, err
	}
	if found.format.Members != nil {
		return nil, notOurs(inner.name, inner.data)
	}
	in.Name, in.Data, in.Beside = inner.name, found.data, nil
	s, err := inner.decode(ctx, found, in)
	if err != nil {
		return nil, err
	}
	s.around = append(append(s.around, m.Put), l.around...)
	return s, nil
}

// isStore tells whether a file is one to look into, also when this version
// cannot.
func isStore(name string, data []byte) bool {
	if l, ok := lookAt(name, data); ok {
		return l.format.Members == nil
	}
	return identify(data).use == otherKeystore
}
