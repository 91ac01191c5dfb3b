package rules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muxkey/inspect"
	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/verify"
)

// openRules ask whether a store opens.
func openRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-OPEN-001", Title: "a keystore does not open with its password", Severity: finding.High, CWE: 1188,
				Why: "The program that is given this password cannot start.",
				Fix: "Find the right password, or make the keystore anew; `muxkey verify STORE --password SOURCE` tells when it is right.",
			},
			Settings: []string{"password"},
			Subject:  wrongPassword,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OPEN-002", Title: "a part of a keystore has another password", Severity: finding.Medium, CWE: 1188,
				Why: "Most programs ask for one password, and stop where a part does not open with it; what is in that part nobody has looked at.",
				Fix: "`muxkey inspect STORE` tells what stays closed: have who has added it add it under the password of the rest, or make the store anew.",
			},
			Settings: []string{"password"},
			Subject:  otherPassword,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-OPEN-003", Title: "a private key does not open with the password that is given for it", Severity: finding.Medium, CWE: 1188,
				Why: "A server that is told one password for store and key does not start; Java says \"Cannot recover key\".",
				Fix: "Name the password of the key as `entry-password`, or give it that of the store: `muxkey password STORE --entry-password OLD --new-entry-password SOURCE`.",
			},
			Settings: []string{"password", "entry-password"},
			Subject:  keyPassword,
		},
	}
}

// wrongPassword also says what nobody gave a password for.
func wrongPassword(_ context.Context, s *Subject) []Fault {
	if errors.Is(s.Err, keystore.ErrPassword) {
		return one("the password does not open it")
	}
	if s.Store == nil {
		return nil
	}
	for _, err := range s.Store.Locked {
		switch {
		case errors.Is(err, pkcs12x.ErrLocked), errors.Is(err, keystore.ErrNoPassword):
			return unknown("a password is needed to see what is in it")
		case !errors.Is(err, keystore.ErrPassword):
			return unknown("some of it stays closed: " + err.Error())
		}
	}
	return nil
}

func otherPassword(_ context.Context, s *Subject) []Fault {
	if s.Err != nil || s.Store == nil {
		return nil
	}
	n := 0
	for _, err := range s.Store.Locked {
		if errors.Is(err, keystore.ErrPassword) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	text := fmt.Sprintf("%s of it stayed closed: the password opens the rest only", count(n, "part"))
	return append(one(text), unknown(text)...)
}

func keyPassword(_ context.Context, s *Subject) []Fault {
	if s.Err != nil { // MUX-OPEN-001 says so
		return nil
	}
	var out []Fault
	for _, e := range s.Entries() {
		k := e.Source.Key
		if e.Kind != pkcs12x.PrivateKey || k == nil || k.PKCS8 != nil {
			continue
		}
		f := Fault{Alias: e.Alias, Unknown: true}
		switch {
		case errors.Is(k.Err, keystore.ErrPassword):
			f.Unknown, f.Text = false, "its private key has another password than the one that is given"
		case errors.Is(k.Err, pkcs12x.ErrUnsupported):
			f.Text = "its private key cannot be decrypted, whatever the password: " + k.Err.Error()
		case s.Password == "":
			f.Text = "a password is needed to open its private key"
		default:
			f.Text = "its private key was not opened: there are too many in one store"
		}
		out = append(out, f)
	}
	return out
}

// storeRules ask how well a store protects what is in it, and who can read it.
func storeRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-001", Title: "a part of a keystore is encrypted so that it can be broken without the password", Severity: finding.Medium, CWE: 326,
				Why:        "RC2 with 40 bits and DES are searched through in hours, however long the password is. Whoever gets hold of a copy of the file has the keys; where it is only the certificates, which every server shows, it weighs little.",
				Fix:        "Encrypt it anew: `muxkey convert STORE --out NEW`; `--for` keeps it readable for the programs that need it.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8018#section-6.1"},
			},
			Subject: weaklyEncrypted,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-002", Title: "nothing vouches for the content of a keystore", Severity: finding.Medium, CWE: 353,
				Why:        "Without a MAC nobody notices when an entry is taken out or another certificate is put in, and a wrong password may go unseen.",
				Fix:        "Write it anew with a MAC: `muxkey convert STORE --out NEW`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc7292#section-4"},
			},
			Subject: integrity,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-003", Title: "the key derivation of a keystore takes few iterations", Severity: finding.Medium, CWE: 916,
				Why:        "Passwords can be tried against a copy of the file as fast as a machine can count.",
				Fix:        "Write it anew, which takes 10,000, or as many as you say: `muxkey password STORE --iterations N --mac-iterations N`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8018#section-4.2", "https://csrc.nist.gov/pubs/sp/800/132/final"},
			},
			Settings: []string{"min-iterations"},
			Subject:  fewIterations,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-004", Title: "a keystore holds a private key in the open", Severity: finding.Medium, CWE: 312,
				Why: "Who can read the file has the key, though a keystore seems to protect it.",
				Fix: "Encrypt it: `muxkey convert STORE --out NEW --password SOURCE`.",
			},
			Subject: remarked("keys-in-the-open"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-005", Title: "a keystore is of a format with weak protection", Severity: finding.Low, CWE: 327,
				Why:        "JKS and JCEKS vouch for the file with one round of SHA-1 over the password, and JKS hides the keys with as little: passwords are tried against a copy thousands of times faster than against PKCS#12. The JDK itself advises to migrate.",
				Fix:        "Turn it into PKCS#12, which every Java since 8 reads: `muxkey convert STORE --out STORE.p12`.",
				References: []string{"https://openjdk.org/jeps/229"},
			},
			Subject: weakFormat,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-006", Title: "the password of a keystore is a published one", Severity: finding.Medium, CWE: 1392,
				Why: "The password is in documentation or in sample configurations, and is the first that is tried.",
				Fix: "Give it another: `muxkey password STORE --generate-password FILE`.",
			},
			Settings: []string{"password", "entry-password"},
			Subject:  published,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-007", Title: "a program that must read the keystore cannot", Severity: finding.High, CWE: 1104,
				Why: "The program fails when it starts, often with a message about a wrong password.",
				Fix: "Write it for the programs that read it: `muxkey convert STORE --out NEW --for PROGRAM`; `muxkey inspect STORE` lists what each can read.",
			},
			Settings: []string{"for"},
			Subject:  unreadable,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-STORE-008", Title: "bytes stand behind the end of a file", Severity: finding.Low, CWE: 1286,
				Why: "Nothing protects them, and some programs refuse the file for them: it was cut together or not written to its end.",
				Fix: "Write it anew: `muxkey convert STORE --out NEW`.",
			},
			Subject: remarked("trailing-bytes"),
		},
	}
}

func integrity(_ context.Context, s *Subject) []Fault {
	if s.Facts == nil {
		return nil
	}
	var out []Fault
	for _, r := range s.Facts.Remarks {
		switch r.Code {
		case "no-mac":
			out = append(out, Fault{Text: r.Text})
		case "mac-unsupported":
			out = append(out, Fault{Text: r.Text, Unknown: true})
		}
	}
	return out
}

// weakFormats have the same weak protection in every file.
func weakFormats() []string { return []string{"jks", "jceks", "bks-v1"} }

// fewIterations asks as the remark of inspect does, with the bound of the policy.
// Formats that know no other number are left to MUX-STORE-005.
// weaklyEncrypted weighs as inspect does.
func weaklyEncrypted(ctx context.Context, s *Subject) []Fault {
	out := remarked("weak-encryption")(ctx, s)
	for i := range out {
		if slices.ContainsFunc(s.Facts.Remarks, func(r inspect.Remark) bool { return r.Code == out[i].Key && r.Severity == finding.Info }) {
			out[i].Severity = finding.Low
		}
	}
	return out
}

func fewIterations(_ context.Context, s *Subject) []Fault {
	least := s.Expect.MinIterations
	if s.Facts == nil || s.Store.NoPassword || least == 0 || slices.Contains(weakFormats(), s.Facts.Format) { // without a password there is nothing to try
		return nil
	}
	if m := s.Facts.Integrity; m != nil && m.Iterations > 0 && m.Iterations < least {
		return one(fmt.Sprintf("the integrity check takes %s; min-iterations is %d", count(m.Iterations, "iteration"), least))
	}
	for _, p := range s.Facts.Protections {
		// A round of scrypt or bcrypt is worth thousands of others.
		if p.KDF != "scrypt" && p.KDF != "bcrypt" && p.Iterations > 0 && p.Iterations < least {
			return one(fmt.Sprintf("the encryption %s takes %s; min-iterations is %d", p.Name, count(p.Iterations, "iteration"), least))
		}
	}
	return nil
}

// weakFormat leaves out trust stores, which have nothing to hide.
func weakFormat(_ context.Context, s *Subject) []Fault {
	if s.Facts == nil || !s.secret() || !slices.Contains(weakFormats(), s.Facts.Format) {
		return nil
	}
	return one("it is a " + s.Facts.FormatTitle + ", whose protection of keys is weak")
}

// published also looks at the password of a PEM key, of which inspect knows
// nothing: no integrity check tells there that it is the right one.
func published(_ context.Context, s *Subject) []Fault {
	if s.Facts == nil || s.Err != nil {
		return nil
	}
	id, severity := s.Facts.PublishedPassword, finding.Info
	if id == "" && slices.ContainsFunc(s.Facts.Entries, opened) {
		id = s.Published
	}
	if s.secret() {
		severity = finding.Medium
	}
	for _, p := range keystore.PublishedPasswords() {
		if p.ID == id {
			return []Fault{{Text: fmt.Sprintf("its password is a published one (%s: %s)", p.ID, p.Source), Severity: severity}}
		}
	}
	return nil
}

// readsJKS tells of the programs that have the keystores of the JDK.
func readsJKS(c pkcs12x.Consumer) bool {
	return strings.Contains(c.Family, "Java") || strings.HasPrefix(c.Family, "Teamwork Cloud") || strings.HasPrefix(c.Family, "Genesys")
}

// unreadable asks for keystores only: what a program makes of a PEM file depends on
// what it was told to look for.
func unreadable(_ context.Context, s *Subject) []Fault {
	if s.Facts == nil {
		return nil
	}
	var out []Fault
	add := func(c pkcs12x.Consumer, text string) { out = append(out, Fault{Text: text, Key: c.ID}) }
	for _, c := range s.Expect.Consumers {
		switch s.Facts.Format {
		case "pkcs12":
			if missing := verify.Unread(c, s.Store); missing != "" {
				add(c, c.Title+" cannot read "+missing)
				continue
			}
			for _, e := range s.Entries() {
				if c.OnlyRSA && e.Key != nil && e.Key.Algorithm != "" && !strings.HasPrefix(e.Key.Algorithm, "RSA") {
					out = append(out, Fault{
						Alias: e.Alias, Key: c.ID, Severity: finding.Low,
						Text: fmt.Sprintf("the instructions for %s know RSA keys only, and this is %s", c.Title, e.Key.Type),
					})
				}
			}
		case "jks", "jceks":
			if !readsJKS(c) {
				out = append(out, Fault{Text: "nothing is known of " + c.Title + " and files that are not PKCS#12", Key: c.ID, Unknown: true})
			}
		}
	}
	return out
}
