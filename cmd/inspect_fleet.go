package cmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/inspect"
	"muxkey/internal/report"
	"muxkey/inventory"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// The line of a store among many: what is wrong with it first, so that it can be
// seen and sorted by, and the path last, so that it can be as long as it is.

// wide is the width from which on a terminal has room for all columns.
const wide = 100

func (v view) columns(width int) []report.Column {
	columns := []report.Column{{Title: "Worst remark", Width: 18}, {Title: "Expires", Width: 10}, {Title: "Format", Width: 6}}
	if width == 0 || width >= wide {
		columns = append(columns, report.Column{Title: "Encryption", Width: 10})
	}
	title := "File"
	if v.below != "" {
		title += " below " + v.below
	}
	return append(columns, report.Column{Title: "Entries", Width: 9}, report.Column{Title: title})
}

func (v view) row(s seen, width int) report.Row {
	t := s.target
	worst, tone := "none", report.Good
	if len(t.Remarks) > 0 {
		worst = t.Remarks[0].Code
		tone = toneOf(t.Remarks[0].Severity)
	}
	expires := "-"
	if at := t.EarliestExpiry(); !at.IsZero() {
		expires = at.Format(time.DateOnly)
	}
	cells := []string{worst, expires, t.Format}
	if width == 0 || width >= wide {
		cells = append(cells, encryption(t))
	}
	return report.Row{Cells: append(cells, entriesInShort(t), v.path(s.Found)), Tone: tone}
}

// encryption is a word for what protects the keys, or the file.
func encryption(t *inspect.Target) string {
	var words []string
	for _, p := range t.Protections {
		word := p.Name
		for _, rest := range []string{"PBES2 ", "PBE-SHA1-", "PEM ", " key protector", "JCEKS PBEWithMD5And"} {
			word = strings.ReplaceAll(word, rest, "")
		}
		if word = strings.TrimSuffix(word, "-CBC"); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	open := slices.ContainsFunc(t.Entries, func(e inspect.Entry) bool {
		return e.Key != nil && e.Key.Protection == nil || e.Secret != nil && e.Secret.Protection == nil
	})
	switch {
	case len(words) > 0:
		return strings.Join(words, "+")
	case open:
		return "none"
	}
	return "-"
}

// entriesInShort counts what there is most to say about: "1 key", "140 certs", "1 key
// +2".
func entriesInShort(t *inspect.Target) string {
	kinds := []struct {
		kind      keystore.Kind
		one, many string
	}{
		{pkcs12x.PrivateKey, "key", "keys"},
		{pkcs12x.SecretKey, "secret", "secrets"},
		{pkcs12x.TrustedCertificate, "cert", "certs"},
		{pkcs12x.PlainCertificate, "cert", "certs"},
		{keystore.CSR, "CSR", "CSRs"},
		{pkcs12x.CRL, "CRL", "CRLs"},
		{keystore.PublicKey, "pubkey", "pubkeys"},
	}
	n := map[string]int{}
	for _, e := range t.Entries {
		word := "other"
		for _, k := range kinds {
			if k.kind == e.Kind {
				word = k.many
			}
		}
		n[word]++
	}
	for _, k := range kinds {
		first := n[k.many]
		if first == 0 {
			continue
		}
		text := strconv.Itoa(first) + " " + k.many
		if first == 1 {
			text = "1 " + k.one
		}
		if rest := len(t.Entries) - first; rest > 0 {
			text += " +" + strconv.Itoa(rest)
		}
		return text
	}
	switch {
	case len(t.Entries) > 0:
		return strconv.Itoa(len(t.Entries)) + " other"
	case len(t.Locked) > 0:
		return "locked"
	}
	return "none"
}

// path has the number of a layer in place of its digest.
func (v view) path(f inventory.Found) string {
	path := strings.TrimPrefix(f.Path, v.below)
	if f.Layer == nil {
		return path
	}
	return strings.Replace(path, "#"+f.Layer.Member+"#", fmt.Sprintf("#%s layer %d#", f.Layer.Image, f.Layer.Number), 1)
}

// The longest lists that are shown to people.
const (
	maxSharedShown  = 20
	maxSkippedShown = 20
	maxPlacesShown  = 5
)

// tail is what is said behind the files.
func (v view) tail(t inspect.Tail, fleet bool) []report.Section {
	var out []report.Section
	if len(t.SharedKeys) > 0 {
		s := report.Section{Title: "Private keys in more than one file", Columns: []string{"Key", "Files", "Where"}}
		for _, k := range t.SharedKeys[:min(len(t.SharedKeys), maxSharedShown)] {
			var where []string
			for _, p := range k.Places[:min(len(k.Places), maxPlacesShown)] {
				where = append(where, strings.TrimPrefix(p.Path, v.below))
			}
			if more := k.Files - len(where); more > 0 {
				where = append(where, fmt.Sprintf("and %d more", more))
			}
			s.Rows = append(s.Rows, report.Row{Cells: []string{k.Type + " " + k.SHA256[:min(len(k.SHA256), 16)], strconv.Itoa(k.Files), strings.Join(where, ", ")}, Tone: report.Warn})
		}
		if more := len(t.SharedKeys) - maxSharedShown; more > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("and %d more keys; --json has all", more))
		}
		out = append(out, s)
	}
	if len(t.Skipped) > 0 {
		s := report.Section{Title: "Passed over", Columns: []string{"File", "Why"}}
		for _, p := range t.Skipped[:min(len(t.Skipped), maxSkippedShown)] {
			s.Rows = append(s.Rows, report.Row{Cells: []string{strings.TrimPrefix(p.Path, v.below), p.Reason}, Tone: report.Warn})
		}
		if more := t.Summary.Skipped - maxSkippedShown; more > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("and %d more; --json has them", more))
		}
		out = append(out, s)
	}
	if fleet {
		out = append(out, summary(t.Summary))
	}
	return out
}

func summary(s *inspect.Summary) report.Section {
	var f fields
	var formats []string
	for _, c := range s.Formats {
		formats = append(formats, fmt.Sprintf("%d %s", c.Count, c.Name))
	}
	f.add("Files", fmt.Sprintf("%d: %s", s.Stores, strings.Join(formats, ", ")))
	f.add("Private keys", strconv.Itoa(s.PrivateKeys))
	f.add("Certificates", strconv.Itoa(s.Certificates))
	for _, n := range []struct {
		name, what, more string
		n                int
		tone             report.Tone
	}{
		{"Expired", "file", "", s.Expired, report.Bad},
		{"Expire soon", "file", " within 30 days", s.ExpiringSoon, report.Warn},
		{"Shared", "private key", " in more than one file", s.SharedKeys, report.Warn},
		{"Known password", "file", " under a password that is in public documentation", s.PublishedPasswords, report.Warn},
		{"Locked", "file", " with parts that need a password, or another one", s.Locked, report.Plain},
		{"Passed over", "file", "", s.Skipped, report.Warn},
		{"Not read", "file", "", s.Errors, report.Bad},
		{"Not compared", "key", ": there are too many", s.KeysNotCompared, report.Warn},
	} {
		if n.n > 0 {
			f.tone(n.name, plural(n.n, n.what)+n.more, n.tone)
		}
	}
	return report.Section{Title: "Summary", Fields: f}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
