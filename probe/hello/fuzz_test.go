package hello

import (
	"bytes"
	"errors"
	"testing"
	"testing/iotest"
)

// Whatever a server says is read in bounded space, the same by the byte as at once,
// and what cannot be read is one of the errors that are named.
func FuzzAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, answer []byte) {
		a, err := read(bytes.NewReader(answer))
		_, alert := errors.AsType[*AlertError](err)
		_, other := errors.AsType[*NotTLSError](err)
		if err != nil && !alert && !other && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrCutOff) && !errors.Is(err, ErrTooLong) && !errors.Is(err, ErrMalformed) {
			t.Errorf("error %#v", err)
		}
		if err == nil && (!a.Complete || a.Version < SSL30 || a.Version > TLS13) {
			t.Errorf("answer %+v", a)
		}
		again, errAgain := read(iotest.OneByteReader(bytes.NewReader(answer)))
		if again.Version != a.Version || again.Group != a.Group || again.AsksCertificate != a.AsksCertificate || !bytes.Equal(again.Prime, a.Prime) || (err == nil) != (errAgain == nil) {
			t.Errorf("got %+v, %v, by the byte %+v, %v", a, err, again, errAgain)
		}
		held := len(a.Prime) + len(a.ALPN)
		for _, name := range a.Authorities {
			held += len(name)
		}
		if held > maxAnswer {
			t.Errorf("holds %d bytes", held)
		}
	})
}
