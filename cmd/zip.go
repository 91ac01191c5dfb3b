package cmd

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// The bounds of a ZIP archive with a CA's reply. Such archives have a handful of
// small files.
const (
	maxZIPMembers = 256
	maxZIPMember  = 1 << 20 // octets, unpacked
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

// openZIP reads the stores in an archive. What is none, such as a note on how to
// install the rest, is passed over; an archive with nothing else is an error.
func openZIP(ctx context.Context, path string, opts keystore.Options) ([]*keystore.Store, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, &keystore.FormatError{Path: path, What: "a ZIP archive", Damaged: true, Err: err}
	}
	defer func() { _ = archive.Close() }() // it was only read
	if len(archive.File) > maxZIPMembers {
		return nil, fmt.Errorf("reading %s: %w", path, &pkcs12x.LimitError{Limit: "files in an archive", Asked: int64(len(archive.File)), Max: maxZIPMembers})
	}
	var stores []*keystore.Store
	for _, member := range archive.File {
		data, err := readMember(member)
		if err != nil {
			return nil, fmt.Errorf("reading %s#%s: %w", path, member.Name, err)
		}
		if len(data) == 0 { // a directory
			continue
		}
		list, err := keystore.DecodeAll(ctx, path+"#"+member.Name, data, opts)
		if wrong, ok := errors.AsType[*keystore.FormatError](err); ok && !wrong.Damaged && !wrong.Unread {
			continue
		}
		if err != nil {
			return nil, err
		}
		stores = append(stores, list...)
	}
	if len(stores) == 0 {
		return nil, &keystore.FormatError{Path: path, What: "a ZIP archive without a certificate in it"}
	}
	return stores, nil
}

func readMember(member *zip.File) ([]byte, error) {
	f, err := member.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxZIPMember+1))
	if err == nil && len(data) > maxZIPMember {
		err = &pkcs12x.LimitError{Limit: "octets of a file in an archive", Asked: int64(member.UncompressedSize64), Max: maxZIPMember} //nolint:gosec // for people
	}
	return data, err
}
