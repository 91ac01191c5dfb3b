package safefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A backup is named after its file: "keystore.p12.bak", then
// "keystore.p12.bak.2", "keystore.p12.bak.3" and so on. The highest number is
// the newest, also after old ones were deleted. Names with the date were the
// alternative: they are longer, collide within a second, and when a clock was
// set back they lie about the order.
const backupSuffix = ".bak"

// Backups lists the backups of the file at path, the newest first. They lie
// beside it, or beside the file that a symbolic link leads to; the file itself
// may be missing. Errors: *fs.PathError.
func Backups(path string) ([]string, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	numbers, err := backupNumbers(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range numbers {
		names = append(names, backupName(path, n))
	}
	return names, nil
}

func backupName(path string, number int) string {
	if number == 1 {
		return path + backupSuffix
	}
	return fmt.Sprintf("%s%s.%d", path, backupSuffix, number)
}

// backupNumbers are the numbers that are taken, the highest first.
func backupNumbers(path string) ([]int, error) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	_ = dir.Close()
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, filepath.Base(path)+backupSuffix)
		if !ok {
			continue
		}
		n := 1
		if rest != "" {
			n, err = strconv.Atoi(strings.TrimPrefix(rest, "."))
		}
		// Neither ".bak.02" nor ".bak.old" are of this package.
		if err == nil && name == filepath.Base(backupName(path, n)) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	return numbers, nil
}

// backUp copies target, which must be locked, to the next free name of a backup,
// with all that a replacement keeps, and the time of its last change. The copy
// lasts when it returns.
//
// A hard link would be no copy and always keep everything; but while there are
// two names the file looks like one that must not be replaced, to this package
// and to others, and an end in between would leave it so.
func backUp(target string) (string, error) {
	old, err := os.Open(target)
	if err != nil {
		return "", err
	}
	defer func() { _ = old.Close() }()
	info, err := old.Stat()
	if err != nil {
		return "", err
	}
	d, err := draft(target, Options{}, true)
	if err != nil {
		return "", err
	}
	defer discard(d)
	if _, err := io.Copy(d, old); err != nil {
		return "", err
	}
	if err := d.Sync(); err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	_ = os.Chtimes(d.Name(), info.ModTime(), info.ModTime()) // for people; nothing depends on it
	numbers, err := backupNumbers(target)
	if err != nil {
		return "", err
	}
	for number := slices.Max(append(numbers, 0)) + 1; ; number++ {
		name := backupName(target, number)
		err := place(d.Name(), name)
		if errors.Is(err, fs.ErrExist) || errors.Is(err, ErrExists) {
			continue // somebody else has just made it
		}
		if err != nil {
			return "", err
		}
		syncDirectory(filepath.Dir(target))
		return name, nil
	}
}
