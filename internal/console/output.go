package console

import (
	"errors"
	"io"
	"io/fs"
)

// Output is a writer that remembers the first error of another, and writes nothing
// behind it: what is printed needs no check of its own.
type Output struct {
	to  io.Writer
	err error
}

// NewOutput returns one that writes to w.
func NewOutput(w io.Writer) *Output { return &Output{to: w} }

// Write writes unless that has failed before.
func (o *Output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(p)
	o.err = err
	return n, err
}

// Err is what has failed, or nil.
func (o *Output) Err() error {
	if p, ok := errors.AsType[*fs.PathError](o.err); ok {
		return p.Err // "write /dev/stdout" says nothing new
	}
	return o.err
}
