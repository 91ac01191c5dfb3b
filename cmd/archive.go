package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"muxkey/inventory"
	"muxkey/keystore"
)

// The bounds of an archive with a CA's reply, which has a handful of small files.
const (
	maxReplyFiles = 256
	maxReplyFile  = 1 << 20 // octets, unpacked
)

// isZIP tells by its first octets whether a file is an archive.
func isZIP(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	head := make([]byte, 4)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "PK\x03\x04"
}

// openArchive reads the stores in an archive. What is none, such as a note on how
// to install the rest, is passed over; what goes over a limit is not.
func openArchive(ctx context.Context, path string, passwords *keyring, opts keystore.Options) ([]*keystore.Store, error) {
	opts.Limits.Size = min(opts.Limits.Size, maxReplyFile)
	o := inventory.Options{
		Recursive: true, Open: opts, Workers: 1, // a keyring answers one question at a time
		Limits:   inventory.Limits{Unpacked: maxReplyFiles * maxReplyFile, Ratio: 100, RatioFrom: maxReplyFile, Members: maxReplyFiles, Depth: 1},
		Password: func(string, bool) func(context.Context) (string, error) { return passwords.password(path) },
	}
	var stores []*keystore.Store
	for f := range inventory.Walk(ctx, []inventory.Target{{Path: path}}, o, func(_ context.Context, f inventory.Found) inventory.Found { return f }) {
		_, empty := errors.AsType[*inventory.EmptyError](f.Err)
		switch {
		case empty:
			return nil, &keystore.FormatError{Path: path, What: "a ZIP archive without a certificate in it"}
		case f.Err != nil:
			return nil, f.Err
		case f.Skipped != "":
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("reading %s: %s", f.Path, f.Skipped)}
		}
		stores = append(stores, f.Store)
	}
	return stores, ctx.Err()
}
