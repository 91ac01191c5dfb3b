package target

import (
	"context"
	"slices"
	"strings"

	"muxkey/internal/command"
	"muxkey/keystore/nss"
	"muxkey/trust"
)

// nssTarget is cert9.db without the key4.db that belongs to it: NSS checks
// signatures over trust with a key that is in there, and signs what it finds when
// it makes that file (lib/softoken/sftkpwd.c). Dates of distrust have a column, and
// NSS reads them of its own roots alone, so they cannot be said here.
var nssTarget = Target{
	ID:      "nss",
	Title:   "NSS database (cert9.db)",
	Clients: "Chromium and Chrome on Linux, Firefox, Thunderbird, and servers with NSS",
	Name:    "cert9.db",
	Says:    Terms{Purposes: true, Rejected: true},
	Write: func(_ context.Context, j Job) ([]File, error) {
		data, err := nss.EncodeCertDB(nssCertificates(j))
		if err != nil {
			return nil, err
		}
		return []File{{Data: data}}, nil
	},
	Use: func(file string, _ Job) []Step {
		from := command.Quote(file)
		each := `for dir in "${XDG_DATA_HOME:-$HOME/.local/share}/pki/nssdb" "$HOME/.pki/nssdb"; do `
		return []Step{
			{
				Text:    "Close the browser. Where it has no database yet, put this one; Chromium from 146 on looks into the first of these directories, older ones into the second:",
				Command: each + `mkdir -p "$dir" && { test -e "$dir/cert9.db" || test -e "$dir/key4.db" || cp ` + from + ` "$dir/cert9.db"; }; done`,
			},
			{
				Text: "Where it has run before, it has a database; certutil, which is in libnss3-tools or nss-tools, merges this one into it. An empty password is enough for a copy that is only read:",
				Command: `copy=$(mktemp -d) && cp ` + from + ` "$copy/cert9.db" && certutil -N --empty-password -d "sql:$copy"
` + each + `if test -e "$dir/key4.db"; then certutil --merge -d "sql:$dir" --source-dir "sql:$copy"; fi; done; rm -r "$copy"`,
			},
			{Text: "Firefox takes it in the directory of a new profile, under the name cert9.db, and merges it likewise; where it is depends on the system (about:profiles)."},
		}
	},
	Check: chromiumCheck,
	Proof: "headless Chromium connects with it, and not without; certutil lists and checks it once it has added key4.db; SQLite finds nothing wrong with it",
}

// nssCertificates are what is trusted, and then what is only distrusted.
func nssCertificates(j Job) []*nss.Certificate {
	trusted := map[[32]byte]bool{}
	for _, a := range j.Set.Anchors {
		trusted[a.SHA256] = true
	}
	all := slices.Clone(j.Set.Anchors)
	for _, a := range j.Rejected {
		if !trusted[a.SHA256] {
			all = append(all, a)
		}
	}
	names := nicknames(all)
	out := make([]*nss.Certificate, len(all))
	for i, a := range all {
		level := func(p trust.Purpose) nss.Level { return nssLevel(a, p, j.Purposes, trusted[a.SHA256]) }
		out[i] = &nss.Certificate{Nickname: names[i], Raw: a.Raw, Trust: &nss.Trust{
			ServerAuth: level(trust.Server), ClientAuth: level(trust.Client),
			EmailProtection: level(trust.Email), CodeSigning: level(trust.Code),
		}}
	}
	return out
}

// nssLevel is how far an anchor is trusted for a purpose. One of which no source
// says for what it is trusted gets trust for those of the bundle alone: a root for
// servers must not become one for mail and code by the way.
func nssLevel(a *trust.Anchor, p trust.Purpose, asked []trust.Purpose, trusted bool) nss.Level {
	switch {
	case slices.Contains(a.Terms.Rejected, p):
		return nss.Distrusted
	case !trusted || !a.Terms.For(p) || a.Terms.Only == nil && !slices.Contains(asked, p):
		return nss.MustVerify
	case a.CA || a.Version < 3: // earlier versions have no way to say that they are CAs
		return nss.TrustedCA
	}
	return nss.TrustedPeer // nobody may issue with the key of a server
}

// nicknames have what NSS demands of them: one for all certificates of a subject,
// and no colon, behind which it looks for a name within a token.
func nicknames(anchors []*trust.Anchor) []string {
	bySubject := map[string]int{}
	var first []*trust.Anchor
	which := make([]int, len(anchors))
	for i, a := range anchors {
		n, ok := bySubject[string(a.Subject)]
		if !ok {
			n = len(first)
			bySubject[string(a.Subject)] = n
			first = append(first, a)
		}
		which[i] = n
	}
	names := uniqueNames(first, func(name string) string {
		return strings.TrimSpace(strings.ReplaceAll(oneLine(name), ":", " "))
	})
	out := make([]string, len(anchors))
	for i, n := range which {
		out[i] = names[n]
	}
	return out
}
