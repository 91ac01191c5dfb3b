package console

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"time"
)

// Double is the far side of a test's Env: what the program is given, and what
// it said. Its fields may be set between [Test] and the run, and read after it.
type Double struct {
	In, Out, Err *bytes.Buffer
	// Vars is the environment.
	Vars map[string]string
	// Answers are what the person types, in order; "y" and "yes" are yes. While
	// it is nil there is no terminal; when it has run out the input is closed.
	Answers []string
	// Questions are the labels and questions that were asked.
	Questions []string
	// FDs holds the content of inherited file descriptors.
	FDs map[int]*bytes.Buffer
	// Time is what the clock shows. It stands still unless the test moves it.
	Time time.Time
}

// Test returns an Env for tests and the Double behind it: buffers as streams, no
// terminal, no colour, no variables, a clock that stands at noon on 1 March
// 2025 UTC, and randomness that is good but the same in every run.
func Test() (*Env, *Double) {
	d := &Double{
		In: new(bytes.Buffer), Out: new(bytes.Buffer), Err: new(bytes.Buffer),
		Vars: map[string]string{},
		FDs:  map[int]*bytes.Buffer{},
		Time: time.Date(2025, time.March, 1, 12, 0, 0, 0, time.UTC),
	}
	return &Env{
		In: d.In, Out: d.Out, Err: d.Err,
		LookupEnv: func(name string) (string, bool) {
			value, ok := d.Vars[name]
			return value, ok
		},
		Now:      func() time.Time { return d.Time },
		Rand:     rand.NewChaCha8([32]byte([]byte("muxkey: a test's own random seed"))),
		Prompter: scripted{d},
		OpenFD: func(fd int) (io.ReadCloser, error) {
			if content, ok := d.FDs[fd]; ok {
				return io.NopCloser(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: "file descriptor " + strconv.Itoa(fd), Err: fs.ErrNotExist}
		},
	}, d
}

// scripted is the Prompter that gives a Double's answers.
type scripted struct{ *Double }

func (s scripted) Password(ctx context.Context, label string) (string, error) {
	return s.answer(ctx, label)
}

func (s scripted) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := s.answer(ctx, question)
	return agrees(answer), err
}

func (s scripted) answer(ctx context.Context, question string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if s.Answers == nil {
		return "", ErrNoTerminal
	}
	s.Questions = append(s.Questions, question)
	if len(s.Answers) == 0 {
		return "", ErrNoAnswer
	}
	answer := s.Answers[0]
	s.Answers = s.Answers[1:] // empty, not nil, after the last
	return answer, nil
}
