package keystore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

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
	// Limits bound what a file may ask for; zero means
	// pkcs12x.DefaultLimits.
	Limits pkcs12x.Limits
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

// Open reads a file of any known format, or the directory of an NSS database.
// Errors: *fs.PathError, *FormatError
// (also for other directories and for devices), ErrPassword, *pkcs12x.LimitError.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	file := path
	if inside, ok := nssDatabase(path); ok {
		file = inside
	}
	data, err := read(ctx, file, opts.limits().Size)
	if err != nil {
		return nil, err
	}
	s, err := decode(ctx, file, data, opts, func(ctx context.Context, name string) ([]byte, error) {
		return read(ctx, filepath.Join(filepath.Dir(file), filepath.Base(name)), opts.limits().Size)
	})
	if s != nil {
		s.Path = path
	}
	return s, err
}

// read returns the content of a file, bounded in size. Pipes are read as well,
// for the sake of shells that pass one as a file name; a named pipe that nobody
// writes to counts as empty instead of being waited for.
func read(ctx context.Context, path string, limit int) ([]byte, error) {
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
// extension decides where the bytes leave a choice. The store keeps data; the
// caller must not change it. Errors are those of Open.
func Decode(ctx context.Context, name string, data []byte, opts Options) (*Store, error) {
	return decode(ctx, name, data, opts, nil)
}

func decode(ctx context.Context, name string, data []byte, opts Options, beside func(context.Context, string) ([]byte, error)) (*Store, error) {
	in := &Input{
		Name: name, Data: data, Limits: opts.limits(), Beside: beside,
		Unlock: opts.Unlock, UnlockAtMost: opts.UnlockAtMost, password: opts.Password,
	}
	if len(data) > in.Limits.Size {
		return nil, fmt.Errorf("reading %s: %w", name, &pkcs12x.LimitError{Limit: "bytes", Asked: int64(len(data)), Max: int64(in.Limits.Size)})
	}
	in.Data = fromUTF16(data)
	format, ok := detect(name, in.Data)
	armor := ""
	if !ok {
		if inner, how := unwrap(in.Data); how != "" {
			if format, ok = detect(name, inner); ok {
				in.Data, armor = inner, how
			}
		}
	}
	if !ok {
		return nil, notOurs(name, data)
	}
	if format.Decode == nil {
		return nil, &FormatError{Path: name, What: article(format.Title), Unread: true, Hint: format.Hint(shellQuote(name))}
	}
	s, err := format.Decode(ctx, in)
	if errors.Is(err, pkcs12x.ErrDamaged) && copiedAsText(in.Data) {
		return nil, notOurs(name, data)
	}
	if err != nil {
		return nil, decodeError(name, format, err)
	}
	s.Path, s.Size, s.limits = name, len(data), in.Limits
	if s.Format == "" { // else the decoder has found another format inside
		s.Format = format.ID
	}
	if s.Armor == "" {
		s.Armor = armor
	}
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

// shellQuote makes a file name safe to stand in a hint.
func shellQuote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./\\:+,@%=", r)
	}) < 0
	if plain && s != "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Dir is what the files of a directory hold.
type Dir struct {
	Path string
	// Stores in the order of their names.
	Stores []*Store
	// Failed has an error for each file that is a keystore, certificate or key
	// and could not be read.
	Failed []error
	// Skipped names the files that are nothing of the kind.
	Skipped []string
}

// OpenDir opens every file of a directory, in the order of names, without
// going into directories below. Links are followed. A file that cannot be read
// does not keep the others from being read. Errors: *fs.PathError, and that of
// ctx.
func OpenDir(ctx context.Context, path string, opts Options) (*Dir, error) {
	list, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, reason(err))
	}
	d := &Dir{Path: path}
	for _, item := range list {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		name := filepath.Join(path, item.Name())
		info, err := os.Stat(name)
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil && !info.Mode().IsRegular() {
			d.Skipped = append(d.Skipped, name)
			continue
		}
		s, err := Open(ctx, name, opts)
		format, wrongFormat := errors.AsType[*FormatError](err)
		switch {
		case err == nil:
			d.Stores = append(d.Stores, s)
		case wrongFormat && !format.Unread && !format.Damaged:
			d.Skipped = append(d.Skipped, name)
		case ctx.Err() != nil:
			return nil, err
		default:
			d.Failed = append(d.Failed, err)
		}
	}
	return d, nil
}
