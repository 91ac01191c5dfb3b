// Package publicsuffix takes domain names apart at their public suffixes
// (https://publicsuffix.org/list/). It has what zcrypto uses of the package whose
// place it takes, and answers as that one does.
package publicsuffix

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// List is a list of suffixes. There is but the one of golang.org/x/net.
type List struct{}

// DefaultList is that list.
var DefaultList = &List{}

// Rule is a rule for names that no list has.
type Rule struct{}

// DefaultRule is "*": the last label is a suffix.
var DefaultRule = &Rule{}

// FindOptions tell which suffixes count.
type FindOptions struct {
	IgnorePrivate bool  // those of companies, such as github.io, do not
	DefaultRule   *Rule // for names that no list has; nil: they are errors
}

// DomainName is a name in its parts: TRD.SLD.TLD, of which TLD is the public
// suffix and SLD one label.
type DomainName struct {
	TLD, SLD, TRD string
}

// ParseFromListWithOptions takes a name apart, in small letters. It is an error of a
// name that it is empty, begins with a dot, or is a suffix itself.
func ParseFromListWithOptions(_ *List, name string, options *FindOptions) (*DomainName, error) {
	lower := strings.ToLower(name)
	switch {
	case lower == "":
		return nil, errors.New("name is blank")
	case lower[0] == '.':
		return nil, fmt.Errorf("name %s starts with a dot", lower)
	}
	suffix, public := suffixOf(lower)
	// A private suffix with its first label off is what it was registered under.
	for options.IgnorePrivate && !public && strings.Contains(suffix, ".") {
		_, above, _ := strings.Cut(suffix, ".")
		suffix, public = suffixOf(above)
	}
	if !public && !strings.Contains(suffix, ".") && options.DefaultRule == nil {
		return nil, fmt.Errorf("no rule matching name %s", name)
	}
	left, ok := strings.CutSuffix(lower, "."+suffix)
	if !ok || suffix == "" {
		return nil, fmt.Errorf("%s is a suffix", lower)
	}
	dot := strings.LastIndexByte(left, '.')
	return &DomainName{TLD: suffix, SLD: left[dot+1:], TRD: left[:max(dot, 0)]}, nil
}

// suffixOf is the suffix of a name, and whether it is no private one. That is asked
// of the suffix alone: of a longer name, it is answered for labels which are none.
func suffixOf(name string) (suffix string, public bool) {
	suffix, _ = publicsuffix.PublicSuffix(name)
	_, public = publicsuffix.PublicSuffix(suffix)
	return suffix, public
}
