package rules

import (
	"crypto/x509"
	"io/fs"
	"slices"
	"time"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/check/certlint"
	"muxkey/probe"
	"muxkey/trust"
	"muxkey/trust/path"
)

// Subject is one store, or one server, and what is expected of it.
type Subject struct {
	// Name as the report has it: the path, or the address.
	Name string
	// Facts are those that muxkey inspect prints. For a server they have one entry
	// with the certificates that it shows, in their order; nil when the store did
	// not open.
	Facts *inspect.Target
	// Store is nil for a server it is made of what the server shows.
	Store *keystore.Store
	// Err is why the store did not open: keystore.ErrPassword or another error of
	// keystore.Open; nil when it did.
	Err error
	// Password tells apart the passwords of stores, and is no password; empty when
	// none was given.
	Password string
	// Published is the row of keystore.PublishedPasswords that the password given is
	// in; empty when it is in none.
	Published string
	// File are the facts of the file system, and Directory those of where it stands;
	// nil for what is no file of its own, and on systems without permission bits.
	File, Directory fs.FileInfo
	// PrivateGroup: nobody but the owner of the file is in its group.
	PrivateGroup bool
	// PasswordFile are those of the file that the password was read from, if any.
	PasswordFile     fs.FileInfo
	PasswordFileName string
	// Server is what a server was found to do; nil for files.
	Server *probe.Server
	Expect *Expect
	Now    time.Time

	// What several rules ask for, once it was asked for.
	all      *[]Certificate
	keysHeld *[]heldKey
	shown    *[]shown
	firsts   *[]Certificate
	judged   *[]judgement
	verdicts map[*keystore.Certificate]map[path.Client]*path.Verdict
}

// Expect is what a policy expects of a subject. What is not set is not expected.
type Expect struct {
	Profile Profile
	// Alias of the private-key entry.
	Alias string
	// Hosts are the names that clients connect to, in the form of
	// certgen.Name.Value.
	Hosts []string
	// Wildcards: names such as *.example.com are allowed. AnyDepth 0 means not set.
	Wildcards *bool
	// Purpose of the first certificate; empty for a CA, and where it is what the
	// certificate says: that of a server or of a client, and for internal any.
	Purpose trust.Purpose
	// Bundle is what the other side trusts, and Clients as whom it is asked; Bundle
	// is nil when nothing is expected.
	Bundle  *path.Bundle
	Clients []path.Client
	// Consumers are programs that must be able to open the store.
	Consumers []pkcs12x.Consumer
	// WarnDays and FailDays are the days left from which on an expiry is of medium
	// and of high severity.
	WarnDays, FailDays int
	// UsualDays: they are those of the profile, and shrink with the lifetime.
	UsualDays bool
	// RenewAfter is the share of the lifetime after which a renewal is late: 0.67;
	// 0 where nothing is expected.
	RenewAfter float64
	// MaxDays is the longest lifetime in days; 0: that of the profile, if any.
	MaxDays int
	// KeyTypes that are allowed ("RSA", "EC", "Ed25519"); nil: all that are not weak.
	KeyTypes []string
	// MinRSA and MinEC are sizes in bits.
	MinRSA, MinEC int
	// Pins are SHA-256 fingerprints of certificates or of their public keys, in
	// lower-case hex; the first certificate must have one of them.
	Pins []string
	// Mode has the permission bits that a file may have; nil: those of its content.
	Mode *fs.FileMode
	// Linter has the lints of zlint that are asked; nil where there are none.
	Linter *certlint.Linter
	// SCTs is how many signed certificate timestamps the certificate must carry;
	// SCTsOfBrowsers: as many as they want.
	SCTs int
	// CRLs are asked when there are any. OCSP is how its answer is got.
	CRLs []*x509.RevocationList
	OCSP OCSP
	// Responder asks an OCSP responder; nil where no network is asked.
	Responder path.Responder
	// MinIterations of the password-based key derivation.
	MinIterations int
	// MinTLS is the oldest version a server may speak, as crypto/tls numbers them;
	// 0: that of the profile.
	MinTLS uint16
	// ClientCertificate tells that a server must ask for one, or must not.
	ClientCertificate *bool
}

// OCSP is how the answer of a responder is got.
type OCSP string

// The ways.
const (
	OCSPNone   OCSP = ""       // it is not looked for
	OCSPStaple OCSP = "staple" // the server must show it
	OCSPAsk    OCSP = "ask"    // the responder is asked, over the network
)

// Entry is an entry of a subject: its facts, and what they were taken from.
type Entry struct {
	*inspect.Entry
	Source *keystore.Entry
}

// Entries are those of the subject, in the order of the file.
func (s *Subject) Entries() []Entry {
	if s.Facts == nil || s.Store == nil {
		return nil
	}
	var out []Entry
	for i := range s.Facts.Entries {
		out = append(out, Entry{&s.Facts.Entries[i], s.Store.Entries[i]})
	}
	return out
}

// Certificate is one of a chain.
type Certificate struct {
	*inspect.Certificate
	Source *keystore.Certificate
	Entry  Entry
	Depth  int // its place in the chain, 0 for the first
}

// Certificates are those of all entries, which nobody may change. In a PEM file
// with one leaf those above it are its chain, though each is an entry.
func (s *Subject) Certificates() []Certificate {
	if s.all == nil {
		list := s.certificates()
		for _, x := range s.shows() {
			if !x.held && len(x.path) > 1 {
				chained(list, x.path)
			}
		}
		s.all = &list
	}
	return *s.all
}

func (s *Subject) certificates() []Certificate {
	var out []Certificate
	for _, e := range s.Entries() {
		for i := range e.Chain {
			out = append(out, Certificate{&e.Chain[i], e.Source.Chain[i], e, i})
		}
	}
	return out
}

// chained makes a chain of those of the list that stand in a path.
func chained(list []Certificate, path []*keystore.Certificate) {
	at := map[*keystore.Certificate]int{}
	for i := range list {
		at[list[i].Source] = i
	}
	leaf := list[at[path[0]]].Entry
	facts, source := *leaf.Entry, *leaf.Source
	facts.Chain, source.Chain = nil, path
	for _, c := range path {
		i, ok := at[c]
		if !ok {
			return
		}
		facts.Chain = append(facts.Chain, *list[i].Certificate)
	}
	for depth, c := range path {
		list[at[c]] = Certificate{&facts.Chain[depth], c, Entry{&facts, &source}, depth}
	}
}

// Shown are the first certificates of the entries that are shown to others: those
// with a key, what a server shows, and certificates that are of no CA, or of a
// server that has signed its own.
func (s *Subject) Shown() []Certificate {
	if s.firsts == nil {
		list := slices.DeleteFunc(slices.Clone(s.Certificates()), func(c Certificate) bool { return !c.shown(s) })
		s.firsts = &list
	}
	return slices.Clone(*s.firsts)
}

// each asks a question of certificates; an empty answer is no fault.
func each(list []Certificate, ask func(c Certificate) string) []Fault {
	var out []Fault
	for _, c := range list {
		if text := ask(c); text != "" {
			out = append(out, Fault{Alias: c.Entry.Alias, Text: text, Key: c.Fingerprints.SHA256})
		}
	}
	return out
}
