//go:build unix

package keystore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"muxkey/keystore"
)

func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPipeWithoutWriterIsNotWaitedFor(t *testing.T) {
	_, err := keystore.Open(t.Context(), pipe(t), keystore.Options{})
	if e, ok := errors.AsType[*keystore.FormatError](err); !ok || e.What != "an empty file" {
		t.Errorf("error is %v", err)
	}
}

func TestPipeIsRead(t *testing.T) {
	path := pipe(t)
	w, err := os.OpenFile(path, os.O_RDWR, 0) // does not wait for a reader
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer func() { _ = w.Close() }()
		time.Sleep(10 * time.Millisecond) // the reader has to wait
		_, _ = w.WriteString(fixture(t, "chain.pem"))
	}()
	if s := open(t, path, keystore.Options{}); len(s.Entries) != 3 {
		t.Errorf("%d entries", len(s.Entries))
	}
}

func TestWaitingAtAPipeEndsWithTheContext(t *testing.T) {
	path := pipe(t)
	w, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := keystore.Open(ctx, path, keystore.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}
