package keytool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
	"muxkey/internal/safefile"
)

// maxFile bounds what is read into memory, in octets. The JDK has no bound but
// its heap.
const maxFile = 256 << 20

// readFile reads a whole file. The error is Java's FileNotFoundException, around
// that of the system.
func (t *tool) readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileNotFound(path, err)
	}
	defer func() { _ = f.Close() }()
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fileNotFound(path, syscall.EISDIR)
	} else if err == nil && info.Size() <= maxFile {
		data.Grow(int(info.Size()) + bytes.MinRead) // fresh memory costs more than the reading
	}
	return t.readInto(&data, f)
}

// readAll reads to the end, up to maxFile.
func (t *tool) readAll(r io.Reader) ([]byte, error) { return t.readInto(&bytes.Buffer{}, r) }

func (t *tool) readInto(b *bytes.Buffer, r io.Reader) ([]byte, error) {
	_, err := b.ReadFrom(io.LimitReader(r, maxFile+1))
	data := b.Bytes()
	if err != nil {
		return nil, exception.Wrap(exception.IO, reason(err), err)
	}
	if len(data) > maxFile {
		return nil, exception.New(exception.IO, fmt.Sprintf("the input has more than %d octets", maxFile))
	}
	return data, nil
}

// writeFile writes what a command puts out, as a whole or not at all. Modes are
// those of the umask, as with keytool: what made a store for another user to read
// must go on doing so. A device or a pipe, such as /dev/stdout, gets the octets.
func (t *tool) writeFile(ctx context.Context, path string, data []byte) error {
	const mode = 0o666
	if path == "" {
		return fileNotFound(path, syscall.ENOENT)
	}
	err := safefile.Write(ctx, path, data, safefile.Options{Mode: mode, Replace: true, InPlace: true})
	switch {
	case errors.Is(err, safefile.ErrNotRegular), errors.Is(err, safefile.ErrDangling):
		var f *os.File
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, mode); err == nil {
			_, err = f.Write(data)
			err = errors.Join(err, f.Close())
		}
	case errors.Is(err, safefile.ErrNoDirectory):
		err = syscall.ENOENT
	case errors.Is(err, safefile.ErrDirectory):
		err = syscall.EISDIR
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.EROFS) {
		return fileNotFound(path, err)
	}
	return exception.Wrap(exception.IO, reason(err), err)
}

// begin empties the file that a command will write, or makes it, before the work
// begins, as keytool does: no older file is taken for the result of a command that
// fails. What is no file is left alone until then.
func (t *tool) begin(ctx context.Context, file *string) error {
	if file == nil {
		return nil
	}
	if info, err := os.Stat(*file); err == nil && (!info.Mode().IsRegular() || info.Size() == 0) {
		return nil
	}
	return t.writeFile(ctx, *file, nil)
}

// put writes what a command makes to a file or, without one, to stdout.
func (t *tool) put(ctx context.Context, file *string, data []byte) error {
	if file != nil {
		return t.writeFile(ctx, *file, data)
	}
	if _, err := t.out.Write(data); err != nil {
		return exception.Wrap(exception.IO, reason(err), err)
	}
	return nil
}

// fileNotFound is what Java throws for every file that cannot be opened.
func fileNotFound(path string, err error) error {
	return exception.Wrap(exception.FileNotFound, fmt.Sprintf("%s (%s)", path, reason(err)), err)
}

// reason is what the C library says of an error, which Java repeats: as Go's
// text, with a capital letter.
func reason(err error) string {
	text := err.Error()
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		text = number.Error()
	}
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// save writes t.store back under the password that it has now.
func (t *tool) save(ctx context.Context) error {
	path := *t.call.Keystore
	if t.call.Verbose {
		shown := path
		if path == noFile {
			shown = "keystore"
		}
		fmt.Fprintf(t.err, "[Storing %s]\n", shown)
	}
	password := t.call.StorePass
	if t.newStorePass != nil {
		password = t.newStorePass
	}
	data, err := t.store.Encode(ctx, password)
	if err != nil {
		return err
	}
	t.data = data
	if path == noFile {
		return t.nowhere()
	}
	return t.writeFile(ctx, path, data)
}

// nowhere is what becomes of a keystore without a file: Java's classes have no
// stream to write to.
func (t *tool) nowhere() error {
	call := `OutputStream.write(byte[])" because "stream"`
	switch t.store.Type() {
	case "JKS":
		call = `OutputStream.write(byte[], int, int)" because "this.out"`
	case "JCEKS":
		call = `OutputStream.close()" because "this.out"`
	}
	return exception.New(exception.NullPointer, `Cannot invoke "java.io.`+call+" is null")
}

// adviseMigration warns of a keystore in one of old Java's formats, unless it is
// a mere list of certificates. What is there and could not be read, a folder, has no
// format that Java can find out.
func (t *tool) adviseMigration(ctx context.Context, use use) error {
	if use == useNone || *t.call.Keystore == noFile {
		return nil
	}
	path := *t.call.Keystore
	if path == "" && t.level.HereIsFile {
		path = "."
	}
	if info, err := os.Stat(path); t.data == nil && err == nil && !info.Mode().IsRegular() {
		if t.level.Assumes {
			_, err = t.readFile(*t.call.Keystore)
			return err
		}
		return exception.New(exception.IllegalArgument, "File does not exist or it does not refer to a normal file: "+*t.call.Keystore)
	}
	kind, err := store.Probe(t.data)
	if err != nil || kind == typePKCS12 {
		return nil //nolint:nilerr // Java cannot tell either, and says nothing
	}
	seen := t.store
	if !strings.EqualFold(seen.Type(), kind) { // keytool looks again, by what is in the file
		if seen, err = store.Open(ctx, t.data, nil, t.storeOptions()); err != nil {
			return nil //nolint:nilerr // there is nothing to advise then
		}
	}
	for _, alias := range seen.Aliases() {
		if !seen.Is(alias, store.TrustedCertEntry) {
			says := "The %[1]s keystore uses a proprietary format. It is recommended to migrate to PKCS12 which is an industry standard format using \"keytool -importkeystore -srckeystore %[2]s -destkeystore %[2]s -deststoretype pkcs12\"."
			if t.level.Outdated {
				says = "%[1]s uses outdated cryptographic algorithms and will be removed in a future release. Migrate to PKCS12 using:\nkeytool -importkeystore -srckeystore %[2]s -destkeystore %[2]s -deststoretype pkcs12"
			}
			t.warnings = append(t.warnings, fmt.Sprintf(says, kind, *t.call.Keystore))
			return nil
		}
	}
	return nil
}
