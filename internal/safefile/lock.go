package safefile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// patience is the time between two tries to get a lock.
const patience = 10 * time.Millisecond

// lock waits for the lock on target. On Unix that is target itself: nothing has
// to be cleaned up, and who may edit the file may lock it. But the file that was
// locked may no longer be target by then, because the edit that was waited for
// has replaced it; then the new one is waited for. A lock file of its own would
// not have that twist, and would be litter after a crash and out of reach for
// other users; Windows, where a lock keeps others from reading, has one.
func lock(ctx context.Context, target string) (unlock func(), err error) {
	name, flag := lockFile(target)
	for {
		l := flock.New(name, flock.SetFlag(flag))
		_, err := l.TryLockContext(ctx, patience)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return func() {}, nil // a file system without locks: better no lock than no edit
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("waiting for other edits of it to end: %w", err)
		case inUse(err), errors.Is(err, syscall.EINTR): // the lock file is being taken away; a network file system was disturbed
			time.Sleep(patience)
			continue
		case err != nil:
			return nil, err
		}
		unlock := func() {
			_ = l.Unlock()
			unlocked(name)
		}
		current, err := isCurrent(l)
		if err == nil && current {
			return unlock, nil
		}
		unlock()
		if err != nil {
			return nil, err
		}
	}
}

// isCurrent says whether the locked file still has its name.
func isCurrent(l *flock.Flock) (bool, error) {
	held, err := l.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(l.Path())
	if err != nil {
		return false, err
	}
	return os.SameFile(held, named), nil
}
