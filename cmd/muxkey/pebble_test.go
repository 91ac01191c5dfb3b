package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"muxkey/internal/acme/pebble"
)

// startPebble runs an ACME server until the story ends, and tells the story of
// it in variables. testdata/script/README.md says which.
func startPebble(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "usage: pebble [eab] [blocked=DOMAIN] [alternates=NUMBER] [profile=NAME:DURATION]..."
	if neg {
		ts.Fatalf(usage)
	}
	var opts pebble.Options
	for _, arg := range args {
		word, value, _ := strings.Cut(arg, "=")
		var err error
		switch word {
		case "eab":
			opts.EAB = true
		case "blocked":
			opts.Blocked = append(opts.Blocked, value)
		case "alternates":
			opts.Alternates, err = strconv.Atoi(value)
		case "profile":
			name, lifetime, _ := strings.Cut(value, ":")
			if opts.Profiles == nil {
				opts.Profiles = map[string]time.Duration{}
			}
			opts.Profiles[name], err = time.ParseDuration(lifetime)
		default:
			err = fmt.Errorf("%q is unknown", word)
		}
		if err != nil {
			ts.Fatalf("%v\n"+usage, err)
		}
	}
	dir := ts.MkAbs(".pebble")
	ts.Check(os.MkdirAll(dir, 0o700))
	s, err := pebble.Start(context.Background(), dir, opts)
	ts.Check(err)
	ts.Defer(func() {
		if err := s.Stop(); err != nil {
			ts.Fatalf("pebble: %v", err)
		}
	})
	for name, value := range map[string]string{
		"ACME_DIRECTORY": s.Directory, "ACME_CA": s.CA, "ACME_ROOT": s.Root,
		"ACME_HTTP": s.HTTP, "ACME_TLS": s.TLS, "ACME_DNS": s.DNS,
		"ACME_EAB_KID": s.EABKeyID, "ACME_EAB_KEY": s.EABKey,
	} {
		ts.Setenv(name, value)
	}
}

// pebbleHook is a program of the stories: the hook that sets records where
// pebble looks.
func pebbleHook() {
	if err := pebble.Hook(context.Background(), os.Getenv("ACME_DNS"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pebble-hook:", err)
		os.Exit(1)
	}
}
