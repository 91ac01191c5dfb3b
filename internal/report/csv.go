package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/internal/finding"
)

// csvFormat is a table for spreadsheets and databases (RFC 4180), with the names
// that the JSON has.
var csvFormat = Format{
	Name: "csv", MIME: "text/csv; charset=utf-8; header=present", Of: checkCommands(),
	Description: "CSV: one certificate a line, or a target without any", checked: writeCSV,
}

func writeCSV(w io.Writer, r *Checked, _ Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{
		"target", "kind", "status", "profile", "format", "severity", "rules", "reasons",
		"alias", "depth", "key", "subject", "issuer", "serial", "sha256", "notBefore", "notAfter", "daysLeft", "ca", "names", "keyType",
	}); err != nil {
		return err
	}
	for _, t := range r.Targets {
		about := cells(t.Name, string(t.Kind), string(t.Status), t.Profile, t.Format, string(finding.Worst(t.Findings)), strings.Join(ruleIDs(t.Findings), " "), strings.Join(t.Reasons, "; "))
		if len(t.Certificates) == 0 {
			if err := out.Write(append(about, make([]string, 13)...)); err != nil {
				return err
			}
		}
		for _, c := range t.Certificates {
			row := slices.Concat(about,
				cells(c.Alias), []string{strconv.Itoa(c.Depth), strconv.FormatBool(c.Key)},
				cells(c.Subject, c.Issuer, c.Serial, c.SHA256), []string{stamp(c.NotBefore), stamp(c.NotAfter), strconv.Itoa(c.DaysLeft), strconv.FormatBool(c.CA)},
				cells(strings.Join(c.Names, " "), c.KeyType))
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ruleIDs are the rules of findings, each once, in order.
func ruleIDs(list []finding.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.Rule)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// cells are texts of strangers. A spreadsheet takes one that begins with = + - or @
// for a formula, which may run programs; behind an apostrophe it stays a text
// (OWASP: CSV Injection). Numbers of our own need none.
func cells(texts ...string) []string {
	for i, text := range texts {
		text = Printable(text)
		if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
			text = "'" + text
		}
		texts[i] = text
	}
	return texts
}
