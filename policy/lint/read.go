package lint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf16"
	"unicode/utf8"
)

// headSize is how much of a file is looked at to tell whether it is text.
const headSize = 8 << 10

// readable is a regular file that was opened.
type readable interface {
	io.ReadCloser
	// size is that when it was opened, in bytes.
	size() int64
}

// file reads and lints one file. path is the one to open.
func (w *worker) file(n name, path string) {
	changed, ok := w.changes.of(path)
	if !ok {
		return
	}
	if w.lines = nil; w.Archives && w.archive(n, path) {
		return
	}
	w.lines = changed
	language := w.index.table.Named(n.shown)
	f, err := openRegular(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // gone since its directory was read
	case err != nil:
		w.unread(n, cause(err).Error())
		return
	}
	defer func() { _ = f.Close() }() // nothing was written
	if f.size() > int64(w.MaxSize) {
		w.large(n, language, f)
		return
	}
	data, err := w.whole(f)
	if err != nil {
		w.unread(n, cause(err).Error())
		return
	}
	w.content(n, language, data)
}

// spare is how large a buffer a worker keeps.
const spare = 256 << 10

// whole reads a file into the buffer of the worker.
func (w *worker) whole(f readable) ([]byte, error) {
	size := int(min(f.size(), int64(w.MaxSize)))
	if cap(w.buf) > spare || w.buf == nil {
		w.buf = make([]byte, spare)
	}
	if size >= len(w.buf) {
		w.buf = make([]byte, size+1)
	}
	n := 0
	for {
		if n == len(w.buf) { // it has grown since
			w.buf = append(w.buf, make([]byte, len(w.buf))...)
		}
		got, err := f.Read(w.buf[n:])
		n += got
		switch {
		case errors.Is(err, io.EOF):
			return w.buf[:n], nil
		case err != nil:
			return nil, err
		case n > w.MaxSize:
			return nil, fmt.Errorf("it grows while it is read, beyond %d bytes", w.MaxSize)
		case n == size && size > 0: // one call for the end of each file adds up
			return w.buf[:n], nil
		}
	}
}

// large looks through a file that is too large to be taken apart. One that holds
// nothing of what the rules want is as good as read.
func (w *worker) large(n name, language string, f readable) {
	piece := make([]byte, spare)
	clear(w.found)
	state, size := uint32(0), int64(0)
	for {
		got, err := io.ReadFull(f, piece)
		text, isBinary := piece[:got], false
		if size == 0 {
			_, isBinary = decoded(text)
			language = cmp.Or(language, w.index.table.Detect(n.shown, text[:min(len(text), headSize)]))
		}
		switch {
		case isBinary:
			w.binary(n)
			return
		case f.size() > maxSearched:
			w.unread(n, fmt.Sprintf("it has %d bytes, and files of more than %d are not read", f.size(), maxSearched))
			return
		case size == 0 && wide(text) != nil:
			w.unread(n, fmt.Sprintf("it has %d bytes of UTF-16, and files of more than %d are not taken apart", f.size(), w.MaxSize))
			return
		}
		size += int64(got)
		state = w.index.filter.run(state, text, w.found)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err == nil {
			err = w.ctx.Err()
		}
		if err != nil {
			w.unread(n, cause(err).Error())
			return
		}
	}
	if len(w.index.wanted(n.shown, cmp.Or(language, plainText), w.found)) > 0 {
		w.unread(n, fmt.Sprintf("it has %d bytes and words that rules look for, and files of more than %d are not taken apart", size, w.MaxSize))
		return
	}
	w.Files++
	w.Bytes += size
}

// cause leaves out the path, which is named beside it.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// decoded is the content of a file without its byte order mark, and out of
// UTF-16 if the mark says so. Zeros near its beginning make it binary, as they do
// for git and grep.
func decoded(data []byte) (text []byte, isBinary bool) {
	if order := wide(data); order != nil {
		units := make([]uint16, (len(data)-2)/2)
		for i := range units {
			units[i] = order.Uint16(data[2+2*i:])
		}
		text = make([]byte, 0, len(units)+len(units)/4)
		for _, r := range utf16.Decode(units) {
			text = utf8.AppendRune(text, r)
		}
	} else {
		text = bytes.TrimPrefix(data, []byte("\ufeff"))
	}
	return text, bytes.IndexByte(text[:min(len(text), headSize)], 0) >= 0
}

// wide is the byte order that a mark of UTF-16 says; nil without one.
func wide(data []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return binary.BigEndian
	}
	return nil
}

// utf8Text is a text in which bytes that are no UTF-8 are taken for ISO 8859-1,
// as they mostly are in old files. So each is one character, and nothing around
// it is lost.
func utf8Text(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			out = utf8.AppendRune(out, rune(text[0]))
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}
