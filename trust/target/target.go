// Package target writes a set of trust anchors as the file, or the files, that one
// kind of client takes.
//
// Targets lists the kinds. To add one, write its file, its line in Targets and
// its sample in the tests: help, completion, documentation and the conformance
// suite range over the list.
package target

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"muxkey/internal/named"
	"muxkey/trust"
)

// Target is one kind of client, and the form in which it takes anchors.
type Target struct {
	ID string // "openssl-dir"
	// Title is the form, for people: "directory of certificates under their hashes".
	Title string
	// Clients that take it: "OpenSSL, curl --capath".
	Clients string
	// Name of the file, or of the directory, where several targets are written
	// beside each other: "truststore.jks".
	Name string
	// Directory tells that it is files in a directory, whatever their number.
	Directory bool
	// Says is what can be said of an anchor in it.
	Says Terms
	// Refuses says why an anchor cannot be in it, so that Write leaves it out; empty
	// when it can. Nil means that it takes all.
	Refuses func(a *trust.Anchor) string
	// Options are those of Job that have an effect; Needs are those of them that
	// must be there.
	Options, Needs []Option
	// Write makes the files. The anchors of the set are those that are to be
	// trusted; Rejected are those that must not be.
	Write func(ctx context.Context, j Job) ([]File, error)
	// Use are the steps by which a client is made to take it, in order. path is
	// where the file, or the directory, lies.
	Use func(path string, j Job) []Step
	// Check are the steps by which a person sees that the client takes it, with the
	// first of Job.Hosts; nil where any connection shows it.
	Check func(path string, j Job) []Step
	// Apart keeps it out of the kit for the clients of a server: it takes the place
	// of something with more anchors, or is for no client.
	Apart bool
	// Proof says how it is proven that the clients take it.
	Proof string
}

// Terms are what a form can say of an anchor besides its bytes.
type Terms struct {
	Purposes      bool // for what it is trusted
	Rejected      bool // that it must not be trusted, though somebody vouches for it
	DistrustAfter bool // up to when what it issued is trusted
	Permitted     bool // for which names
}

// Option is a part of Job that only some targets heed. It is the name of its flag.
type Option string

// The options.
const (
	Password  Option = "password"
	Server    Option = "server"
	Name      Option = "name"
	Namespace Option = "namespace"
	Comments  Option = "comments"
)

// Job is what is to be written.
type Job struct {
	Set *trust.Set // what is trusted, in order; each certificate once
	// Rejected are certificates that must never be trusted; only targets whose
	// Says.Rejected is set write them.
	Rejected []*trust.Anchor
	// Purposes are what the bundle is for, where the form cannot tell them apart.
	Purposes []trust.Purpose

	Password  string   // of what is written
	Hosts     []string // of the servers whose clients get the bundle: "registry.example.com:5000"
	Name      string   // of the object, profile or policy
	Namespace string   // of Kubernetes
	Comments  bool     // say above each certificate what it is

	// Rand is for salts and nonces alone.
	Rand io.Reader
}

// taken is the job with those anchors alone that a target takes. The error is
// ErrNoAnchors.
func (j Job) taken(refuses func(*trust.Anchor) string) (Job, error) {
	set := *j.Set
	set.Anchors = without(j.Set.Anchors, refuses)
	if len(set.Anchors) == 0 {
		return j, ErrNoAnchors
	}
	j.Set = &set
	return j, nil
}

// without leaves out the anchors that are refused. Each core looks at a part.
func without(anchors []*trust.Anchor, refuses func(*trust.Anchor) string) []*trust.Anchor {
	taken := make([]*trust.Anchor, len(anchors))
	var wait sync.WaitGroup
	at := 0
	for part := range slices.Chunk(anchors, len(anchors)/runtime.GOMAXPROCS(0)+1) {
		to := taken[at:]
		wait.Go(func() {
			for i, a := range part {
				if refuses(a) == "" {
					to[i] = a
				}
			}
		})
		at += len(part)
	}
	wait.Wait()
	return slices.DeleteFunc(taken, func(a *trust.Anchor) bool { return a == nil })
}

// either refuses what one of several readers refuses.
func either(readers ...func(*trust.Anchor) string) func(*trust.Anchor) string {
	return func(a *trust.Anchor) string {
		for _, refuses := range readers {
			if why := refuses(a); why != "" {
				return why
			}
		}
		return ""
	}
}

// File is one file that a target consists of.
type File struct {
	// Path within the directory, with slashes; empty when the target is one file.
	Path string
	Data []byte
	// Mode of the file; 0 means 0644.
	Mode fs.FileMode
}

// Step is one thing to do on a client.
type Step struct {
	Text    string // one sentence
	Command string // to paste; empty where there is none
	Shell   string // "sh", "powershell", "ini" ...: what Command is; empty means sh
}

// Targets lists the targets: plain files first, then the keystores, systems,
// browsers, containers, and products.
func Targets() named.Set[Target] {
	return named.New(func(t Target) string { return t.ID },
		pemTarget,
		opensslDirTarget,
		opensslTrustedTarget,
		derTarget,
		pkcs7Target,
		jksTarget,
		jceksTarget,
		pkcs12Target,
		passwordlessTarget,
		bksTarget,
		cacertsTarget,
		nssTarget,
		debianTarget,
		rhelTarget,
		p11kitTarget,
		uefiTarget,
		windowsSSTTarget,
		windowsRegTarget,
		windowsPowershellTarget,
		appleTarget,
		androidConfigTarget,
		androidSystemTarget,
		firefoxTarget,
		chromiumTarget,
		dockerTarget,
		configMapTarget,
		secretTarget,
		trustManagerTarget,
		clusterTrustBundleTarget,
		curlTarget,
		gitTarget,
		nodeTarget,
		phpTarget,
		pythonTarget,
		rubyTarget,
		sametimeTarget,
		teamworkCloudTarget,
		gmsTarget,
	)
}

// Loss is something that is known of an anchor and that a form cannot say.
type Loss struct {
	Target string // its ID
	Anchor *trust.Anchor
	What   string // "it is distrusted for what it issues after 2025-04-15"
}

// Losses are what of a job the target cannot say.
func (t Target) Losses(j Job) []Loss {
	var out []Loss
	lose := func(a *trust.Anchor, format string, args ...any) {
		out = append(out, Loss{t.ID, a, fmt.Sprintf(format, args...)})
	}
	for _, a := range j.Set.Anchors {
		if t.Refuses != nil {
			if why := t.Refuses(a); why != "" {
				lose(a, "it is left out: %s", why)
				continue
			}
		}
		for _, p := range j.Purposes {
			if !a.Terms.For(p) && !t.Says.Purposes {
				lose(a, "it is not trusted for %s", p)
			}
			if when, ok := a.Terms.DistrustAfter[p]; ok && !t.Says.DistrustAfter {
				lose(a, "it is not trusted as %s for what it issued after %s", p, when.UTC().Format("2006-01-02"))
			}
		}
		if !a.Terms.Permitted.Empty() && !t.Says.Permitted {
			lose(a, "it is trusted for names below %s alone", strings.Join(slices.Concat(a.Terms.Permitted.DNS, a.Terms.Permitted.IP), ", "))
		}
	}
	if !t.Says.Rejected {
		for _, a := range j.Rejected {
			lose(a, "it must not be trusted, whoever vouches for it")
		}
	}
	return out
}
