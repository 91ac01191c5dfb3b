package keystore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/command"
	"muxkey/internal/named"
	"muxkey/pkcs12x"
)

// ErrPassword means that the integrity check, or the decryption where there is
// none, failed with the password given. It is pkcs12x.ErrPassword, so either
// name serves with errors.Is.
var ErrPassword = pkcs12x.ErrPassword

// ErrNoPassword means that something asked for is locked and no password was
// given. Options.Password may return it to say that there is none.
var ErrNoPassword = errors.New("no password was given")

// FormatError means that a file is not what it should be.
type FormatError struct {
	// Path is the name the file was opened under.
	Path string
	// What the file is, with its article: "a PNG image", "an empty file", "a JKS
	// keystore".
	What string
	// Unread tells that What is a keystore, but of a format that this version
	// does not read.
	Unread bool
	// Damaged tells that the file is of a known format and broken; Err says
	// where.
	Damaged bool
	// Err is the reason, or nil.
	Err error
	// Hint says what helps, where something does.
	Hint string
}

func (e *FormatError) Error() string {
	switch {
	case e.Unread && e.Err != nil:
		return fmt.Sprintf("reading %s: it is %s, and %v", e.Path, e.What, e.Err)
	case e.Unread:
		return fmt.Sprintf("reading %s: it is %s, which this version does not read", e.Path, e.What)
	case e.Damaged:
		return fmt.Sprintf("reading %s: it is %s, but damaged: %s", e.Path, e.What, detail(e.Err))
	case e.Err != nil:
		return fmt.Sprintf("reading %s: it is %s: %v", e.Path, e.What, e.Err)
	}
	return fmt.Sprintf("reading %s: it is %s, not a keystore, certificate or key", e.Path, e.What)
}

// detail is an error without the words that a message has already said.
func detail(err error) string {
	return strings.ReplaceAll(err.Error(), pkcs12x.ErrDamaged.Error()+": ", "")
}

func (e *FormatError) Unwrap() error { return e.Err }

// MemberError means that a file carries several stores and none was named, or one
// that is not there.
type MemberError struct {
	Path string
	Want string   // the name asked for, or empty
	Have []string // the names there are
}

func (e *MemberError) Error() string {
	switch {
	case e.Want == "":
		return fmt.Sprintf("opening %s: it carries %d keystores, and one must be named: %s", e.Path, len(e.Have), quotedList(e.Have))
	case len(e.Have) == 0:
		return fmt.Sprintf("opening %s: it carries no other files, and so no %q", e.Path, e.Want)
	}
	return fmt.Sprintf("opening %s: there is no %q in it, only %s", e.Path, e.Want, quotedList(e.Have))
}

// Hint names the member that was probably meant, or the first.
func (e *MemberError) Hint() string {
	if len(e.Have) == 0 {
		return ""
	}
	name := e.Have[0]
	if near := named.Nearest(e.Want, e.Have); near != "" {
		name = near
	}
	return "for example: " + command.Quote(e.Path+"#"+name)
}

// NoAliasError means that a store has no entry of the name asked for.
type NoAliasError struct {
	Path  string
	Alias string
	// Have lists the aliases there are.
	Have []string
	// Near is the alias that was probably meant, or empty.
	Near string
	// Typography tells that Near differs only in quotes, dashes or blanks, which
	// come from copying a command out of a document.
	Typography bool
}

func (e *NoAliasError) Error() string {
	if len(e.Have) == 0 {
		return fmt.Sprintf("looking up alias %q in %s: it has no entries", e.Alias, e.Path)
	}
	return fmt.Sprintf("looking up alias %q in %s: there is no such entry, only %s", e.Alias, e.Path, quotedList(e.Have))
}

// Hint names the alias that was probably meant; empty when none is near.
func (e *NoAliasError) Hint() string {
	switch {
	case e.Near == "":
		return ""
	case e.Typography:
		return fmt.Sprintf("the alias is %q; the difference is in quotes, dashes or blanks", e.Near)
	}
	return fmt.Sprintf("did you mean %q?", e.Near)
}

// AmbiguousAliasError means that the alias was left out and several entries
// could be meant.
type AmbiguousAliasError struct {
	Path string
	Want string // what is chosen: "the private key", "an entry"
	Have []string
}

func (e *AmbiguousAliasError) Error() string {
	return fmt.Sprintf("choosing %s in %s: it has %d, so an alias is needed: %s", e.Want, e.Path, len(e.Have), quotedList(e.Have))
}

// KindError means that an entry, or the whole store, is not of the kind wanted.
type KindError struct {
	Path  string
	Alias string // empty when it is about the whole store
	Want  Kind
	// Have are the kinds there are, with their numbers.
	Have map[Kind]int
}

func (e *KindError) Error() string {
	if e.Alias != "" {
		for k := range e.Have {
			return fmt.Sprintf("using %q in %s: it is %s, not %s", e.Alias, e.Path, aKind(k), aKind(e.Want))
		}
	}
	return fmt.Sprintf("looking for %s in %s: there is none, only %s", aKind(e.Want), e.Path, countKinds(e.Have))
}

// kindNames are the words for kinds, one and many.
var kindNames = []struct {
	kind      Kind
	one, many string
}{
	{pkcs12x.PrivateKey, "a private-key entry", "private-key entries"},
	{pkcs12x.SecretKey, "a secret-key entry", "secret-key entries"},
	{pkcs12x.TrustedCertificate, "a trusted-certificate entry", "trusted-certificate entries"},
	{pkcs12x.PlainCertificate, "a certificate", "certificates"},
	{pkcs12x.CRL, "a CRL", "CRLs"},
	{CSR, "a CSR", "CSRs"},
	{PublicKey, "a public key", "public keys"},
	{pkcs12x.Opaque, "an entry of unknown type", "entries of unknown type"},
}

func aKind(k Kind) string {
	for _, n := range kindNames {
		if n.kind == k {
			return n.one
		}
	}
	return "an entry of kind " + string(k)
}

func countKinds(have map[Kind]int) string {
	var parts []string
	for _, n := range kindNames {
		switch have[n.kind] {
		case 0:
		case 1:
			parts = append(parts, n.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", have[n.kind], n.many))
		}
	}
	if parts == nil {
		return "an empty store"
	}
	return strings.Join(parts, ", ")
}

// maxListed bounds the aliases in an error; the errors hold all of them.
const maxListed = 12

// quotedList quotes names so that control characters in them do no harm.
func quotedList(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i == maxListed && len(names) > maxListed+1 {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", name)
	}
	return b.String()
}

// nearest finds the alias that was probably meant.
func nearest(alias string, have []string) (near string, typography bool) {
	plain := plainAlias(alias)
	i := slices.IndexFunc(have, func(h string) bool { return plainAlias(h) == plain })
	if i >= 0 && plain != "" {
		return have[i], true
	}
	return named.Nearest(alias, have), false
}

// plainAlias is an alias without case and without the typography that word
// processors and shells leave in it.
func plainAlias(alias string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("\"'`´“”„‟‘’‚‛«»‹›", r), r <= ' ', strings.ContainsRune("\u00a0\u2007\u202f\u200b\u200c\u200d\u2060\ufeff", r):
			return -1
		case strings.ContainsRune("‐‑‒–—―−", r):
			return '-'
		}
		return r
	}, strings.ToLower(alias))
}
