package rules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// entryRules ask for the entries of a store and their names.
func entryRules() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-001", Title: "there is no private key under the alias", Severity: finding.High, CWE: 1188,
				Why: "A server that is told this alias does not start, or takes another key.",
				Fix: "Give the entry the name that the server looks for: `muxkey alias rename STORE OLD NEW`.",
			},
			Settings: []string{"alias"},
			Subject:  expectedAlias,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-002", Title: "there are several private keys, and nothing says which is meant", Severity: finding.Low, CWE: 1188,
				Why: "Many servers take the first one that they meet, which another program may have put there.",
				Fix: "Say which is meant with `alias`, in the policy as in the server, or leave one: `muxkey delete STORE --alias ALIAS`.",
			},
			Settings: []string{"alias"},
			Subject: func(ctx context.Context, s *Subject) []Fault {
				if s.Expect.Alias != "" {
					return nil
				}
				return remarked("several-keys")(ctx, s)
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-003", Title: "a private key does not belong to its certificate", Severity: finding.High, CWE: 295,
				Why: "No handshake succeeds: the server signs with a key that the certificate does not name. Most servers do not even start.",
				Fix: "Put the certificate to the key that it was made for: `muxkey import STORE CERTIFICATE`, which refuses one for another key.",
			},
			Subject: keyFits,
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-004", Title: "a private key has no certificate", Severity: finding.Medium, CWE: 295,
				Why: "A server cannot use the key, and Java shows no entry for it.",
				Fix: "Put in what the CA sent: `muxkey import STORE CERTIFICATE`.",
			},
			Subject: remarked("key-without-certificate"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-005", Title: "a store is empty", Severity: finding.Medium, CWE: 1188,
				Why: "A server without a key does not start; a client with an empty trust store trusts nobody, and Java fails with \"the trustAnchors parameter must be non-empty\".",
				Fix: "Make the entry with `muxkey create`, or fill a trust store with `muxkey trust build`.",
			},
			Subject: remarked("no-entries"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-006", Title: "an alias cannot be typed as it stands", Severity: finding.Medium, CWE: 1286,
				Why: "Quotes and dashes that came out of a document, blanks that nobody sees: the alias in the configuration looks the same and is not found.",
				Fix: "Rename it: `muxkey alias rename STORE OLD NEW`; `muxkey fix STORE` does so for all.",
			},
			Subject: remarked("alias-empty", "alias-quotes", "alias-blanks", "alias-control"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-007", Title: "two entries have one alias", Severity: finding.Medium, CWE: 694,
				Why: "Java shows the last of them only, and which that is depends on who wrote the file.",
				Fix: "Rename one: `muxkey alias rename STORE OLD NEW`.",
			},
			Subject: remarked("alias-duplicate"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-008", Title: "Java spells an alias in another way", Severity: finding.Info, CWE: 178,
				Why: "Java lists the aliases of PKCS#12 files in lower case; programs that compare with case do not find the entry.",
				Fix: "Take lower case: `muxkey alias rename STORE OLD NEW`.",
			},
			Subject: remarked("alias-case"),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-ENTRY-009", Title: "Java does not see an entry", Severity: finding.Low, CWE: 684,
				Why: "Java passes over certificates without its own attribute for trust, and over keys that are not encrypted or have no localKeyID: a trust store made by openssl is empty to it.",
				Fix: "`muxkey fix STORE` gives the certificates the attribute that Java wants; `muxkey convert STORE --out NEW --for java` writes the whole file for Java.",
			},
			Settings: []string{"for"},
			Subject:  hiddenFromJava,
		},
	}
}

// alias is the one that is expected; empty where entries have no names of their
// own, as in a PEM file.
func (s *Subject) alias() string {
	if s.Expect.Alias == "" || s.Store == nil || s.Server != nil {
		return ""
	}
	if f, ok := keystore.Formats().Get(s.Store.Format); !ok || !f.KeepsAliases && f.ID != "nss" {
		return ""
	}
	return s.Expect.Alias
}

func expectedAlias(_ context.Context, s *Subject) []Fault {
	alias := s.alias()
	if alias == "" {
		return nil
	}
	_, err := s.Store.PrivateKey(alias)
	var none *keystore.NoAliasError
	var kind *keystore.KindError
	fault := Fault{Alias: alias}
	switch {
	case err == nil: // Java compares without case; MUX-ENTRY-008 is about who does not
		return nil
	case errors.As(err, &none):
		fault.Alias, fault.Key = "", alias
		fault.Text = fmt.Sprintf("it has no alias %q, but %s", alias, listed(none.Have))
	case errors.As(err, &kind):
		fault.Text = fmt.Sprintf("the entry %q is no private key", alias)
	default:
		fault.Alias, fault.Unknown, fault.Text = "", true, fmt.Sprintf("whether it has the alias %q cannot be told: %v", alias, err)
	}
	return []Fault{fault}
}

// listed names a few of a list, in quotes.
func listed(names []string) string {
	const most = 5
	if len(names) == 0 {
		return "no entry at all"
	}
	var out []string
	for _, n := range names[:min(len(names), most)] {
		out = append(out, fmt.Sprintf("%q", n))
	}
	if n := len(names) - most; n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, ", ")
}

// keyFits leaves keys that stayed closed to MUX-OPEN-003.
func keyFits(ctx context.Context, s *Subject) []Fault {
	var out []Fault
	mismatches := remarked("key-mismatch")(ctx, s)
	for _, e := range s.Entries() {
		if e.Kind != pkcs12x.PrivateKey || e.Key == nil || e.Key.Locked {
			continue
		}
		if len(e.Chain) == 0 {
			if i := slices.IndexFunc(mismatches, func(f Fault) bool { return f.Alias == e.Alias }); i >= 0 {
				out = append(out, mismatches[i])
			}
			continue
		}
		switch fits := e.Key.MatchesCertificate; {
		case fits == nil:
			out = append(out, Fault{Alias: e.Alias, Unknown: true, Text: fmt.Sprintf("whether the private key (%s) belongs to the certificate cannot be told: its algorithm is not known here", e.Key.Type)})
		case !*fits:
			out = append(out, Fault{Alias: e.Alias, Text: fmt.Sprintf("the private key (%s) does not belong to the certificate %s", e.Key.Type, e.Chain[0].Subject)})
		}
	}
	return out
}

// hiddenFromJava weighs more where Java must read the file, and is silent where
// other programs are named.
func hiddenFromJava(ctx context.Context, s *Subject) []Fault {
	severity := finding.Severity("")
	if len(s.Expect.Consumers) > 0 {
		for _, c := range s.Expect.Consumers {
			if readsJKS(c) {
				severity = finding.High
			}
		}
		if severity == "" {
			return nil
		}
	}
	out := remarked("not-trusted-by-java", "key-hidden-from-java")(ctx, s)
	for i := range out {
		out[i].Severity = severity
	}
	return out
}
