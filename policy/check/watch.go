package check

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// State is a sum over what would be checked now: the policy, the files it names
// and stands on, and when each of them was changed. Who watches compares it; asking
// the system for events was the alternative, which network file systems and the
// links of mounted Kubernetes secrets do not give.
func State(ctx context.Context, p *Policy, o Options) ([32]byte, error) {
	list, err := p.list(ctx, o)
	if err != nil {
		return [32]byte{}, err
	}
	h := sha256.New()
	var files []string
	if p.File != "" {
		files = append(files, p.File)
	}
	for _, j := range list.jobs {
		_, _ = fmt.Fprintln(h, j.name)
		if j.endpoint == nil {
			files = append(files, j.name)
		}
		s, err := p.settings(j.targets...)
		if err != nil {
			return [32]byte{}, err
		}
		files = append(files, p.beside(s, j.name)...)
	}
	for _, s := range p.Services {
		for _, name := range []string{s.Keystore, s.TrustStore, s.Certificate, s.Key, s.Request, s.PasswordFile} {
			if name != "" {
				files = append(files, p.below(name))
			}
		}
	}
	seen := map[string]bool{}
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return [32]byte{}, err
		}
		if !seen[name] {
			seen[name] = true
			stamp(h, name)
		}
	}
	return [32]byte(h.Sum(nil)), nil
}

// beside are the files that settings name.
func (p *Policy) beside(s Settings, target string) []string {
	var out []string
	for _, name := range append(append([]string{}, s.Trust...), s.CRLs...) {
		out = append(out, p.below(name))
	}
	for _, source := range s.sources() {
		if file, ok := strings.CutPrefix(p.source(*source.spec, target), "file:"); ok {
			out = append(out, file)
		}
	}
	return out
}

// stamp takes note of a file, or of all below a directory.
func stamp(w io.Writer, name string) {
	file, _, _ := strings.Cut(name, "#")
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		file = name
	}
	_ = filepath.WalkDir(file, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			_, _ = fmt.Fprintln(w, path, "cannot be seen")
			return nil //nolint:nilerr // that is what is known of it
		}
		if info, err := os.Stat(path); err == nil {
			_, _ = fmt.Fprintln(w, path, info.Size(), info.ModTime().UnixNano(), info.Mode())
		}
		return nil
	})
}
