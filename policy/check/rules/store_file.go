package rules

import (
	"context"
	"fmt"
	"io/fs"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/keystore"
)

// fileRules ask who can read and change a file.
func fileRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-FILE-001", Title: "others can read a file with private keys", Severity: finding.High, CWE: 732,
				Why: "Every account of the machine can copy the key, or try passwords against the copy at leisure.",
				Fix: "Leave it to its owner: `chmod 600 FILE`, or 640 with the group of the server.",
			},
			Subject: readable,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FILE-002", Title: "others can change a file", Severity: finding.High, CWE: 732,
				Why: "Another certificate in a trust store is trust in somebody else; another key in a keystore is a server that cannot start.",
				Fix: "Take the right to write from all but the owner: `chmod go-w FILE`.",
			},
			Subject: writable,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FILE-003", Title: "a file has more permissions than the policy allows", Severity: finding.Medium, CWE: 732,
				Why: "The policy says who needs the file, and more than those have it.",
				Fix: "`chmod MODE FILE` with the mode of the policy.",
			},
			Settings: []string{"mode"},
			Subject:  beyondMode,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FILE-004", Title: "others can read or change the file with the password", Severity: finding.High, CWE: 732,
				Why: "The password is worth no more than the permissions of the file that it stands in.",
				Fix: "Leave it to its owner: `chmod 600 FILE`.",
			},
			Settings: []string{"password"},
			Subject:  passwordFile,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-FILE-005", Title: "everybody can replace the files of a directory", Severity: finding.High, CWE: 732,
				Why: "Who can write into the directory can move the file away and put another in its place, whatever the permissions of the file.",
				Fix: "`chmod go-w DIRECTORY`.",
			},
			Subject: directory,
		},
	}
}

// The bits of permissions.
const (
	groupWrite fs.FileMode = 0o020
	otherRead  fs.FileMode = 0o004
	otherWrite fs.FileMode = 0o002
)

// regular tells that permissions are to be looked at by their content. Those of a
// directory, such as a database of NSS, say little of the files in it.
func (s *Subject) regular() bool {
	return s.File != nil && s.File.Mode().IsRegular() && s.Expect.Mode == nil
}

// secret tells that there is something in a store that is not for everybody; a part
// that is closed counts.
func (s *Subject) secret() bool {
	if s.Facts == nil {
		return s.Err != nil
	}
	for i := range s.Facts.Entries {
		if e := &s.Facts.Entries[i]; e.Key != nil || e.Secret != nil {
			return true
		}
	}
	return len(s.Facts.Locked) > 0
}

// opened tells of an entry whose key was encrypted, and is open.
func opened(e inspect.Entry) bool { return e.Key != nil && e.Key.Protection != nil && !e.Key.Locked }

// open tells that who can read the file has a key.
func (s *Subject) open() bool {
	if s.Facts == nil {
		return false
	}
	if s.Facts.PublishedPassword != "" || s.Published != "" && s.Err == nil || s.Store.NoPassword {
		return true
	}
	for _, e := range s.Facts.Entries {
		if e.Key != nil && e.Key.Protection == nil && !e.Key.Locked {
			return true
		}
	}
	return false
}

// readable weighs less where a password stands before the keys. A group that may
// read is how a server gets at its key.
func readable(_ context.Context, s *Subject) []Fault {
	if !s.regular() || !s.secret() {
		return nil
	}
	mode, why := s.File.Mode().Perm(), "no password protects its key"
	if s.Facts != nil && (s.Facts.PublishedPassword != "" || s.Published != "") {
		why = "the password of its key is a published one"
	}
	switch {
	case mode&otherRead != 0 && s.open():
		return one(fmt.Sprintf("everybody can read it (%04o), and %s", mode, why))
	case mode&otherRead != 0:
		return []Fault{{Text: fmt.Sprintf("everybody can read it (%04o): the password alone protects its keys", mode), Severity: finding.Low}}
	}
	return nil
}

func writable(_ context.Context, s *Subject) []Fault {
	if !s.regular() {
		return nil
	}
	mode := s.File.Mode().Perm()
	switch {
	case mode&otherWrite != 0:
		return one(fmt.Sprintf("everybody can change it (%04o)", mode))
	case mode&groupWrite != 0 && !s.PrivateGroup: // with a umask of 002 every file is so
		return []Fault{{Text: fmt.Sprintf("its group can change it (%04o)", mode), Severity: finding.Low}}
	}
	return nil
}

func beyondMode(_ context.Context, s *Subject) []Fault {
	if s.File == nil || s.Expect.Mode == nil || s.File.Mode().Perm()&^*s.Expect.Mode == 0 {
		return nil
	}
	return one(fmt.Sprintf("its permissions are %04o; mode is %04o", s.File.Mode().Perm(), *s.Expect.Mode))
}

func passwordFile(_ context.Context, s *Subject) []Fault {
	if s.PasswordFile == nil || !s.PasswordFile.Mode().IsRegular() {
		return nil
	}
	mode := s.PasswordFile.Mode().Perm()
	fault := func(who string, severity finding.Severity) []Fault {
		return []Fault{{Text: fmt.Sprintf("%s can read or change %s, where its password stands (%04o)", who, s.PasswordFileName, mode), Severity: severity}}
	}
	switch {
	case mode&(otherRead|otherWrite) != 0:
		return fault("everybody", finding.High)
	case mode&groupWrite != 0:
		return fault("its group", finding.Low)
	}
	return nil
}

// directory passes over those like /tmp, where everybody may replace only what is
// their own.
func directory(_ context.Context, s *Subject) []Fault {
	if s.File == nil || s.Directory == nil || s.Directory.Mode()&fs.ModeSticky != 0 || s.Directory.Mode().Perm()&otherWrite == 0 {
		return nil
	}
	file, _ := keystore.SplitMember(s.Name)
	return one(fmt.Sprintf("everybody can replace %s: the directory it stands in has the permissions %04o", file, s.Directory.Mode().Perm()))
}
