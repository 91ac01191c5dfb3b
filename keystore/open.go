package keystore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"muxkey/internal/command"
	"muxkey/pkcs12x"
)

// Options say how to open a store.
type Options struct {
	// Password is called at most once a file, and only when the file needs it.
	// Nil, or an answer of ErrNoPassword, means that there is none: what stands
	// in the open is shown.
	Password func(ctx context.Context) (string, error)
	// Unlock opens private keys as well. Without it keys are opened only where
	// nothing else tells which certificate is theirs.
	Unlock bool
	// UnlockAtMost leaves the keys of a PKCS#12 file shrouded when it has more
	// than this, as each costs a derivation; 0 is no bound.
	UnlockAtMost int
	// Member names a store in a file that carries several.
	Member string
	// WrongAsNone takes a password that is wrong for none, for who looks at many
	// files with one password: what stands in the open is shown, and
	// Store.WrongPassword is set.
	WrongAsNone bool
	// TryPublished looks whether the store has one of PublishedPasswords, at a
	// bounded cost. It opens nothing with it.
	TryPublished bool
	// Limits bound what a file may ask for; zero means
	// pkcs12x.DefaultLimits.
	Limits pkcs12x.Limits

	outline bool // for who compares certificates by their octets
}

func (o Options) limits() pkcs12x.Limits {
	if o.Limits == (pkcs12x.Limits{}) {
		return pkcs12x.DefaultLimits()
	}
	return o.Limits
}

func notGiven(err error) error {
	if errors.Is(err, ErrNoPassword) {
		return nil
	}
	return err
}

// headSize is how much of a file detection looks at, which matters only for
// files over the size limit.
const headSize = 64 << 10

// Open reads a file of any known format, or the directory of an NSS database. A
// path that ends in "#" and a name means a member of the file, unless a file of
// that whole name is there. Errors: *fs.PathError, *FormatError (also for other
// directories and for devices), ErrPassword, *MemberError, *pkcs12x.LimitError.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	o, err := load(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	s, err := o.one(ctx)
	if s != nil && o.name != path && o.opts.Member == "" {
		s.Path = path // the directory
	}
	return s, err
}

// OpenAll reads all stores of a file, as DecodeAll does.
func OpenAll(ctx context.Context, path string, opts Options) ([]*Store, error) {
	o, err := load(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	return o.all(ctx)
}

// SplitMember parts a path into that of a file and the name of a member, which is
// empty when there is none: "secret.yaml#keystore.p12". A file that exists under
// the whole name is that file.
func SplitMember(path string) (file, member string) {
	i := strings.LastIndexByte(path, '#')
	if i <= 0 || i == len(path)-1 {
		return path, ""
	}
	if _, err := os.Stat(path); err == nil {
		return path, ""
	}
	if info, err := os.Stat(path[:i]); err == nil && info.IsDir() || err != nil {
		return path, ""
	}
	return path[:i], path[i+1:]
}

// load reads a file that is to be opened.
func load(ctx context.Context, path string, opts Options) (*opening, error) {
	if opts.Member == "" {
		path, opts.Member = SplitMember(path)
	}
	if inside, ok := nssDatabase(path); ok {
		path = inside
	}
	data, err := ReadFile(ctx, path, opts.limits().Size)
	if err != nil {
		return nil, err
	}
	return &opening{path, data, opts, func(ctx context.Context, name string) ([]byte, error) {
		return ReadFile(ctx, filepath.Join(filepath.Dir(path), filepath.Base(name)), opts.limits().Size)
	}}, nil
}

// ReadFile returns the content of a file of at most limit octets. Pipes are read as
// well, for the sake of shells that pass one as a file name; a named pipe that
// nobody writes to counts as empty instead of being waited for. Errors:
// *fs.PathError, *FormatError for what is no file, *pkcs12x.LimitError.
func ReadFile(ctx context.Context, path string, limit int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, reason(err))
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, &FormatError{Path: path, What: "a directory"}
	case mode&fs.ModeNamedPipe != 0:
	case !mode.IsRegular():
		return nil, &FormatError{Path: path, What: "a device or socket"}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, reason(err))
	}
	defer func() { _ = f.Close() }() // nothing was written
	stop := context.AfterFunc(ctx, func() {
		// Ends a read that waits at a pipe; regular files refuse deadlines and
		// do not wait.
		_ = f.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	if info.Size() > int64(limit) {
		return nil, tooLarge(f, path, info.Size(), limit)
	}
	data := make([]byte, 0, info.Size()+1)
	in := io.LimitReader(f, int64(limit)+1)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if len(data) > limit {
			return nil, tooLarge(f, path, -1, limit)
		}
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return nil, fmt.Errorf("reading %s: %w", path, reason(err))
		}
	}
}

// tooLarge tells a keystore over the limit from a file that is none.
func tooLarge(f *os.File, path string, size int64, limit int) error {
	head := make([]byte, headSize)
	n, _ := f.ReadAt(head, 0) // nothing, for a pipe
	head = head[:n]
	if _, ok := detect(path, head); !ok && n > 0 {
		return notOurs(path, head)
	}
	return fmt.Errorf("reading %s: %w", path, &pkcs12x.LimitError{Limit: "bytes", Asked: size, Max: int64(limit)})
}

// reason drops the operation and the path of an error, which the caller says
// in its own words.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// Decode reads a store from bytes; name is what errors call it, and its
// extension decides where the bytes leave a choice. Of several stores in the
// file, Options.Member names one. The store keeps data; the caller must not
// change it. Errors are those of Open.
func Decode(ctx context.Context, name string, data []byte, opts Options) (*Store, error) {
	return (&opening{name, data, opts, nil}).one(ctx)
}

// DecodeAll reads all stores of a file from bytes: one, but for files that carry
// others, such as Kubernetes manifests. Errors are those of Open; where some
// stores cannot be read, the others are returned beside an error that joins
// those of each (Unwrap() []error).
func DecodeAll(ctx context.Context, name string, data []byte, opts Options) ([]*Store, error) {
	return (&opening{name, data, opts, nil}).all(ctx)
}

// opening is a file that is being opened.
type opening struct {
	name   string
	data   []byte
	opts   Options
	beside func(context.Context, string) ([]byte, error)
}

// one opens the only store, or that of Options.Member.
func (o *opening) one(ctx context.Context) (*Store, error) {
	l, err := o.look()
	if err != nil {
		return nil, err
	}
	if l.format.Members == nil {
		if o.opts.Member != "" {
			return nil, &MemberError{Path: o.name, Want: o.opts.Member}
		}
		return o.decode(ctx, l, o.input(l.data))
	}
	m, err := o.choose(l)
	if err != nil {
		return nil, err
	}
	return o.member(ctx, l, m, o.input(nil))
}

// all opens all stores there are.
func (o *opening) all(ctx context.Context) ([]*Store, error) {
	l, err := o.look()
	if err != nil {
		return nil, err
	}
	if l.format.Members == nil || o.opts.Member != "" {
		s, err := o.one(ctx)
		if err != nil {
			return nil, err
		}
		return []*Store{s}, nil
	}
	list, err := o.members(l)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(m Member) bool { return !m.Store })
	if len(list) == 0 {
		return nil, o.carriesNothing(l)
	}
	shared := o.input(nil)
	shared.Limits.Work /= len(list) // the budget is one for the whole file
	shared.keyBytes = new(int)
	var stores []*Store
	var failed []error
	for _, m := range list {
		in := *shared
		in.password = o.opts.Password
		s, err := o.member(ctx, l, m, &in)
		switch {
		case err == nil:
			stores = append(stores, s)
		case ctx.Err() != nil:
			return nil, err
		default:
			failed = append(failed, err)
		}
	}
	return stores, errors.Join(failed...)
}

func (o *opening) input(data []byte) *Input {
	return &Input{
		Name: o.name, Data: data, Limits: o.opts.limits(), Beside: o.beside,
		Unlock: o.opts.Unlock, UnlockAtMost: o.opts.UnlockAtMost, password: o.opts.Password, outline: o.opts.outline,
	}
}

// look finds the format of the file, also of one in base64 or UTF-16.
func (o *opening) look() (*look, error) {
	if limit := o.opts.limits().Size; len(o.data) > limit {
		return nil, fmt.Errorf("reading %s: %w", o.name, &pkcs12x.LimitError{Limit: "bytes", Asked: int64(len(o.data)), Max: int64(limit)})
	}
	l, ok := lookAt(o.name, o.data)
	if !ok {
		return nil, notOurs(o.name, o.data)
	}
	return l, nil
}

// look is a file of a known format.
type look struct {
	format Format
	armor  string
	data   []byte // without what is around it
	around []func([]byte) ([]byte, error)
}

func lookAt(name string, data []byte) (*look, bool) {
	l := &look{data: fromUTF16(data)}
	if len(data) > 0 && (len(l.data) == 0 || &l.data[0] != &data[0]) {
		l.around = append(l.around, inUTF16(data))
	}
	var ok bool
	if l.format, ok = detect(name, l.data); ok {
		return l, true
	}
	inner, how := unwrap(l.data)
	if how == "" {
		return nil, false
	}
	if l.format, ok = detect(name, inner); !ok {
		return nil, false
	}
	l.around = append([]func([]byte) ([]byte, error){inBase64(l.data)}, l.around...)
	l.data, l.armor = inner, how
	return l, true
}

// decode reads a file that is one store.
func (o *opening) decode(ctx context.Context, l *look, in *Input) (*Store, error) {
	if l.format.Decode == nil {
		return nil, &FormatError{Path: in.Name, What: article(l.format.Title), Unread: true, Hint: l.format.Hint(command.Quote(in.Name))}
	}
	s, err := l.format.Decode(ctx, in)
	if errors.Is(err, pkcs12x.ErrDamaged) && copiedAsText(in.Data) {
		return nil, notOurs(in.Name, o.data)
	}
	wrong := o.opts.WrongAsNone && errors.Is(err, ErrPassword)
	if wrong {
		again := *in
		again.password, again.given, again.answer = nil, false, ""
		s, err = l.format.Decode(ctx, &again)
	}
	if err != nil {
		return nil, decodeError(in.Name, l.format, err)
	}
	s.WrongPassword = wrong
	if o.opts.TryPublished {
		s.tryPublished(ctx, in.answer, in.given)
	}
	s.Path, s.Size, s.limits = in.Name, len(o.data), in.Limits
	if s.Format == "" { // else the decoder has found another format inside
		s.Format = l.format.ID
	}
	if s.Armor == "" {
		s.Armor = l.armor
	}
	s.around = append(s.around, l.around...)
	return s, nil
}

// decodeError says of what file an error is.
func decodeError(name string, format Format, err error) error {
	if f, ok := errors.AsType[*FormatError](err); ok {
		f.Path = name
		if f.What == "" {
			f.What = article(format.Title)
		}
		return f
	}
	if errors.Is(err, pkcs12x.ErrDamaged) {
		return &FormatError{Path: name, What: article(format.Title), Damaged: true, Err: err}
	}
	return fmt.Errorf("reading %s: %w", name, err)
}

func article(title string) string {
	if strings.ContainsAny(title[:1], "AEIOUaeiou") {
		return "an " + title
	}
	return "a " + title
}
