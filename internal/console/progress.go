package console

import (
	"io"
	"sync"
	"time"
	"unicode/utf8"
)

// How long work must take before its progress is shown, and how often that is
// done.
const (
	progressAfter = 500 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// Progress shows what say returns as one line on the terminal of Err while long
// work goes on, until done is called. What the work writes to Out must go through
// out then, which may be the same terminal. Where Err is no terminal nothing is
// shown.
//
// schollz/progressbar and vbauerster/mpb were weighed: both draw bars for work
// whose length is known, which it is not here, and bring five modules and
// twenty.
func (e *Env) Progress(say func() string) (out io.Writer, done func()) {
	if e.ErrWidth == 0 {
		return e.Out, func() {}
	}
	p := &progress{env: e}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for wait := progressAfter; ; wait = progressEvery {
			select {
			case <-stop:
				return
			case <-time.After(wait):
				p.show(say())
			}
		}
	})
	return p, func() {
		close(stop)
		wg.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.erase()
	}
}

// progress is the line, and Out with the line out of the way.
type progress struct {
	env   *Env
	mu    sync.Mutex
	shown bool
}

// Write puts data where the line was. The line comes again by itself.
func (p *progress) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.env.OutTTY {
		p.erase()
	}
	return p.env.Out.Write(data)
}

// show writes the line. It has a column less than the terminal: some wrap a line
// that fills them all. Wide characters may take two.
func (p *progress) show(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text = printable(text)
	for i, n := 0, 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if n++; r > 0x10ff {
			n++
		}
		if n >= p.env.ErrWidth {
			text = text[:i]
			break
		}
		i += size
	}
	_, _ = io.WriteString(p.env.Err, "\r\x1b[K"+text) // it is only for looking at
	p.shown = true
}

func (p *progress) erase() {
	if p.shown {
		_, _ = io.WriteString(p.env.Err, "\r\x1b[K")
		p.shown = false
	}
}
