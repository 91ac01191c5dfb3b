// Package kit makes one directory of all that the clients of a server need to
// trust it: the files of each target, beside a README that says what to do with
// them and how to see that it worked.
//
// Make gives the files; nothing is read or written here, and the same anchors make
// the same octets, also of the stores that are encrypted.
package kit

import (
	"context"
	"crypto/sha3"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"muxkey/trust"
	"muxkey/trust/target"
)

// Server is what the clients are to trust.
type Server struct {
	// Leaves are the certificates of its keys.
	Leaves []*trust.Anchor
	// Names that the leaves are for, and that clients may use.
	Names []string
}

// Kit is the directory.
type Kit struct {
	Parts []Part
	// Missing are the targets that are not in it.
	Missing []Missing
	// Readme is the first thing to read, for the file README.md.
	Readme target.File
}

// Part is what is in the kit for one target, in a directory of its ID.
type Part struct {
	target.Target
	Files  []target.File // with paths from the directory of the kit
	Losses []target.Loss
}

// Missing is a target that cannot have the anchors.
type Missing struct {
	target.Target
	Why string
}

// Targets are those that belong into a kit.
func Targets() []target.Target {
	var list []target.Target
	for t := range target.Targets().All() {
		if !t.Apart {
			list = append(list, t)
		}
	}
	return list
}

// ReadmeName is the name of the README of the kit, and of that of each part.
const ReadmeName = "README.md"

// Make makes the kit. Job.Hosts are the servers that clients connect to, the one to
// check with first; Job.Rand has no effect. The password of the job is public: it
// stands in the READMEs. Errors are those of target.Target.Write, but for
// target.ErrNoAnchors.
func Make(ctx context.Context, j target.Job, s Server, targets []target.Target) (*Kit, error) {
	k := &Kit{}
	for _, t := range targets {
		j.Rand = salts(t, j)
		files, err := t.Write(ctx, j)
		losses := t.Losses(j)
		if errors.Is(err, target.ErrNoAnchors) {
			k.Missing = append(k.Missing, Missing{t, why(losses, err)})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", t.ID, err)
		}
		p := Part{Target: t, Losses: losses}
		for _, f := range files {
			f.Path = path.Join(t.ID, t.Name, f.Path)
			p.Files = append(p.Files, f)
		}
		p.Files = append(p.Files, target.File{Path: path.Join(t.ID, ReadmeName), Data: p.readme(j, s)})
		k.Parts = append(k.Parts, p)
	}
	k.Readme = target.File{Path: ReadmeName, Data: k.readme(j, s)}
	return k, nil
}

// salts are the octets that encryption wants. Everybody knows the password of what
// is encrypted, so they need not be beyond guessing; drawn from the anchors they
// make the same file of the same anchors.
func salts(t target.Target, j target.Job) *sha3.SHAKE {
	h := sha3.NewSHAKE256()
	_, _ = h.Write([]byte(t.ID + "\x00")) // it never fails
	for _, a := range j.Set.Anchors {
		_, _ = h.Write(a.SHA256[:])
	}
	return h
}

func why(losses []target.Loss, err error) string {
	if len(losses) > 0 {
		return losses[0].What
	}
	return err.Error()
}

// End is the day on which the first certificate of the kit or of the server ends.
func End(j target.Job, s Server) time.Time {
	var end time.Time
	for _, list := range [][]*trust.Anchor{j.Set.Anchors, s.Leaves} {
		for _, a := range list {
			if end.IsZero() || a.NotAfter.Before(end) {
				end = a.NotAfter
			}
		}
	}
	return end
}

// Names are those that the certificates of a server are for: DNS names, then IP
// addresses. Certificates that Go cannot read have none here.
func Names(leaves []*trust.Anchor) []string {
	var dns, ip []string
	for _, a := range leaves {
		c, err := a.Certificate()
		if err != nil {
			continue
		}
		dns = append(dns, c.DNSNames...)
		for _, address := range c.IPAddresses {
			ip = append(ip, address.String())
		}
	}
	var out []string
	for _, name := range append(dns, ip...) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
