package main

import (
	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"muxkey/internal/signer"
	"muxkey/internal/signer/softhsm"
)

// pinVar holds the PIN of all tokens of a story.
const pinVar = "HSM_PIN"

// missingSoftHSM says what a story with a token lacks: the program of the stories
// is the test's own binary, so that must have been built with the tag.
func missingSoftHSM() string {
	for _, s := range signer.Schemes() {
		if s.Name == "pkcs11" && !s.Built {
			return "the tests are built without -tags " + s.Tag + " (make interop has it)"
		}
	}
	return softhsm.Missing()
}

// startSoftHSM makes tokens for a story, which last as long as it does.
// testdata/script/README.md says what the story gets.
func startSoftHSM(ts *testscript.TestScript, neg bool, labels []string) {
	if neg || len(labels) == 0 {
		ts.Fatalf("usage: softhsm LABEL...")
	}
	const pin = "pin-of-softhsm"
	h, err := softhsm.New(ts.MkAbs(".softhsm"))
	ts.Check(err)
	for _, label := range labels {
		ts.Check(h.AddToken(context.Background(), label, pin))
	}
	ts.Setenv(softhsm.ConfVar, h.Conf)
	ts.Setenv("HSM_MODULE", h.Module)
	ts.Setenv(pinVar, pin)
}
