package check

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"

	"muxkey/keystore"
)

// passwords reads each source once, and tells passwords apart without keeping them
// for others to see.
type passwords struct {
	mu      sync.Mutex
	policy  *Policy
	options Options
	known   map[string]string // by source
	used    map[string]used   // by file
}

// used is what is known of the password that a file was opened with.
type used struct {
	id        string // tells it apart from others
	published string // its row in keystore.PublishedPasswords, if any
	file      string // that it was read from, if any
}

func newPasswords(p *Policy, o Options) *passwords {
	return &passwords{policy: p, options: o, known: map[string]string{}, used: map[string]used{}}
}

// of reads the password for a file, which was named, or found in a directory.
func (p *passwords) of(ctx context.Context, spec, file string, named bool) (string, error) {
	if spec == "" && !named && !p.options.Everywhere {
		return "", keystore.ErrNoPassword
	}
	source := ""
	switch {
	case spec != "":
		source = p.policy.source(spec, file)
	case p.options.Source != "": // it is of the command line, and relative to here
		source = (&Policy{}).source(p.options.Source, file)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text, ok := p.known[source]
	if !ok {
		var err error
		if text, err = p.options.Password(ctx, source, "password for "+file); err != nil {
			return "", err
		}
		p.known[source] = text
	}
	mac := hmac.New(sha256.New, p.options.Salt)
	mac.Write([]byte(text))
	u := used{id: hex.EncodeToString(mac.Sum(nil)), published: keystore.Published(text)}
	if name, ok := strings.CutPrefix(source, "file:"); ok {
		u.file = name
	}
	p.used[file] = u
	return text, nil
}

// usedFor is what is known of the password of a file; zero when none was needed.
func (p *passwords) usedFor(file string) used {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used[file]
}
