// Package example shows for each rule of muxkey check what breaks it and what does
// not: files and servers that are made, checked, and thrown away. Its test holds
// that every rule has a bad and a good example, and the documentation lists them.
package example

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muxkey/keystore"
	"muxkey/policy/check"
)

// Example is one thing that is checked.
type Example struct {
	Rule  string // the ID of the rule that it is about
	Bad   bool   // the rule must find something; else it must not
	Title string // what it is, for people: "a certificate with five days left"
	// Policy is the whole policy, or the settings of the only target: lines such as
	// "path: keystore.p12". "{url}" stands for the address of World.Serve, "{pin}" for World.Pin.
	Policy string
	// Make makes the files and servers. A failure of it panics, and Run gives it back
	// as an error.
	Make func(w *World)
}

// All returns the examples in the order of the families of rules.
func All() []Example {
	return slices.Concat(
		openExamples(),
		entryExamples(),
		chainExamples(),
		trustExamples(),
		revocationExamples(),
		storeExamples(),
		fileExamples(),
		bundleExamples(),
		fleetExamples(),
		serviceExamples(),
		policyExamples(),
		certificateExamples(),
		usageExamples(),
		nameExamples(),
		dateExamples(),
		tlsExamples(),
		keyExamples(),
	)
}

// Run makes the example in a directory that is empty, and checks it.
func (e Example) Run(ctx context.Context, w *World) (r *check.Report, err error) {
	defer func() {
		if x := recover(); x != nil {
			r, err = nil, fmt.Errorf("making %q: %v", e.Title, x)
		}
	}()
	defer w.close()
	p, o, err := e.make(w)
	if err != nil {
		return nil, err
	}
	return check.Run(ctx, p, o)
}

// make makes what is checked.
func (e Example) make(w *World) (*check.Policy, check.Options, error) {
	e.Make(w)
	text := e.Policy
	if !strings.Contains(text, "targets:") && !strings.Contains(text, "services:") {
		text = "targets:\n  - " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
	}
	text = strings.NewReplacer("{url}", w.url, "{pin}", w.Pin).Replace(text)
	p, err := check.ParsePolicy([]byte(text), filepath.Join(w.Dir, check.PolicyName))
	return p, check.Options{
		Now: w.Now, Rand: w.Rand, Salt: []byte("the same in all examples"),
		Password: func(_ context.Context, source, _ string) (string, error) {
			if text, ok := strings.CutPrefix(source, "env:"); ok {
				return strings.ToLower(text), nil // env:SECRET is "secret"
			}
			if file, ok := strings.CutPrefix(source, "file:"); ok {
				data, err := os.ReadFile(file) //nolint:gosec // made by the example
				return strings.TrimRight(string(data), "\n"), err
			}
			if text, ok := strings.CutPrefix(source, "pass:"); ok {
				return text, nil
			}
			return "", keystore.ErrNoPassword
		},
	}, err
}

// Finds tells whether a report has a finding of the rule.
func (e Example) Finds(r *check.Report) bool {
	for _, t := range r.Targets {
		for _, f := range t.Findings {
			if f.Rule == e.Rule {
				return true
			}
		}
	}
	for _, f := range r.Findings {
		if f.Rule == e.Rule {
			return true
		}
	}
	return false
}
