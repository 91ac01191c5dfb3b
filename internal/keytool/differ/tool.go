package differ

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Result is what a call of keytool leaves behind, its files aside.
type Result struct {
	Status         int
	Stdout, Stderr string
}

// Tool is a keytool that works in one directory of its own.
type Tool interface {
	// Run calls keytool with the arguments behind its name and the whole of its
	// standard input.
	Run(ctx context.Context, args []string, stdin string) (Result, error)
	// Dir is the working directory, which is the same for all calls.
	Dir() string
}

// Program is a keytool that is run as a process: the one that a user runs.
type Program struct {
	Path string
	// First are arguments before those of each call.
	First []string
	Env   []string
	dir   string
}

// NewProgram returns the keytool at a path as it works in a directory.
func NewProgram(path, dir string, env []string) *Program {
	return &Program{Path: path, Env: env, dir: dir}
}

// Dir is the working directory.
func (p *Program) Dir() string { return p.dir }

// Run starts the program and waits for its end.
func (p *Program) Run(ctx context.Context, args []string, stdin string) (Result, error) {
	c := exec.CommandContext(ctx, p.Path, slices.Concat(p.First, args)...)
	c.Dir, c.Env = p.dir, p.Env
	c.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if c.ProcessState == nil || !c.ProcessState.Exited() {
		return Result{}, fmt.Errorf("%s: %w", p.Path, err)
	}
	return Result{c.ProcessState.ExitCode(), stdout.String(), stderr.String()}, nil
}
