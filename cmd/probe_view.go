package cmd

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muxkey/inspect"
	"muxkey/internal/report"
	"muxkey/probe"
)

// probeSections is everything about one server.
func probeSections(r *probe.Server) []report.Section {
	out := []report.Section{{Title: probeName(r), Fields: probeFields(r)}}
	if len(r.Certificates) > 0 {
		out = append(out, shownCertificates(r.Certificates))
	}
	if r.Matrix != nil {
		out = append(out, matrixSections(r.Matrix)...)
	}
	return out
}

func probeName(r *probe.Server) string {
	if r.Protocol != "" {
		return r.Protocol + "+starttls://" + r.Address
	}
	return r.Address
}

func probeFields(r *probe.Server) []report.Field {
	var f fields
	if r.Problem != nil {
		f.tone("Verdict", "no TLS", report.Bad)
		f.tone("Why", r.Problem.Text, report.Bad)
	}
	if v := r.Verdict; v != nil && r.Problem == nil {
		word, tone := "accepted", report.Good
		if !r.OK() {
			word, tone = "refused", report.Bad
		}
		f.tone("Verdict", word, tone)
		f.add("Why", v.Why)
		f.add("Host", v.Host)
		f.add("Bundle", v.Bundle)
	}
	if r.Front != nil {
		f.tone("Answered by", r.Front.Product+": "+r.Front.Text, report.Warn)
	}
	if c := r.Compared; c != nil {
		tone := report.Bad
		if c.Same {
			tone = report.Good
		}
		f.tone("Keystore", c.Text, tone)
	}
	f.add("Address", r.IP)
	f.add("Via", strings.Join(r.Via, ", "))
	f.add("Negotiated", strings.Join(slices.DeleteFunc([]string{r.Version, r.Cipher, r.Group}, func(s string) bool { return s == "" }), ", "))
	f.add("Under TLS", r.ALPN)
	f.tone("Concession", r.Concession, report.Warn)
	if r.Version != "" {
		text, tone := "no: what is recorded today can be opened with a quantum computer", report.Warn
		if r.PostQuantum {
			text, tone = "yes", report.Good
		} else if postQuantumGroup(r.Matrix) {
			text = "accepted, but not preferred"
		}
		f.tone("Post-quantum", text, tone)
	}
	if len(r.Certificates) > 0 && r.Problem == nil {
		f.tone("Order", cmp.Or(r.Order, "right"), toneIf(r.InOrder))
		if !r.KeyProved {
			f.tone("Key", "the server has not shown that it has the key of its certificate", report.Warn)
		}
		f.add("Client", clientText(r.ClientCertificate))
		f.add("OCSP staple", stapleText(r.Staple))
		f.add("Timestamps", timestampText(r.SCTs))
	}
	f.add("Resumption", resumptionText(r.Resumption))
	if r.ClockSkew != nil {
		f.tone("Clock", clockText(*r.ClockSkew), toneIf(max(*r.ClockSkew, -*r.ClockSkew) <= 300))
	}
	return f
}

func toneIf(good bool) report.Tone {
	if good {
		return report.Good
	}
	return report.Warn
}

func postQuantumGroup(m *probe.Matrix) bool {
	if m == nil {
		return false
	}
	for _, g := range m.Groups {
		if g.PostQuantum {
			return true
		}
	}
	return false
}

func clientText(c *probe.ClientCertificate) string {
	if c == nil {
		return "is asked for no certificate"
	}
	text := "may show a certificate"
	if c.Required {
		text = "must show a certificate"
	}
	const most = 3
	switch n := len(c.Authorities); {
	case n == 0:
		text += " of any CA"
	case n <= most:
		text += " of " + strings.Join(c.Authorities, " or ")
	default:
		text += fmt.Sprintf(" of %s or %d more CAs", strings.Join(c.Authorities[:most], ", "), n-most)
	}
	switch {
	case c.Sent && c.Accepted:
		text += "; that of the keystore was taken"
	case c.Sent:
		text += "; that of the keystore was refused: " + c.Refusal
	}
	return text
}

func stapleText(s *probe.Staple) string {
	if s == nil {
		return "none"
	}
	text := s.Status
	if s.Problem != "" {
		text += ": the answer " + s.Problem
	} else if !s.NextUpdate.IsZero() {
		text += ", until " + s.NextUpdate.Format(time.RFC3339)
	}
	return text
}

func timestampText(list []probe.SCT) string {
	if len(list) == 0 {
		return "none"
	}
	from := map[string]int{}
	for _, t := range list {
		from[t.From]++
	}
	var parts []string
	for _, where := range []struct{ id, text string }{{"certificate", "in the certificate"}, {"tls", "in the handshake"}, {"ocsp", "in the OCSP staple"}} {
		if n := from[where.id]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+where.text)
		}
	}
	return strings.Join(parts, ", ")
}

func resumptionText(list []probe.Resumption) string {
	var parts []string
	for _, r := range list {
		word := "no tickets"
		switch {
		case r.Resumed:
			word = "yes"
		case r.Ticket:
			word = "tickets are given and not taken"
		}
		parts = append(parts, r.Version+": "+word)
	}
	return strings.Join(parts, ", ")
}

func clockText(skew int) string {
	d := time.Duration(max(skew, -skew)) * time.Second
	switch {
	case d <= 2*time.Second:
		return "right"
	case skew > 0:
		return d.String() + " ahead"
	}
	return d.String() + " behind"
}

// mostCertificates are shown to people; all are in the JSON.
const mostCertificates = 12

func shownCertificates(list []inspect.Certificate) report.Section {
	s := report.Section{Title: "Certificates, as they are shown", Columns: []string{"", "Subject", "Issuer", "Until", "Key", "SHA-256"}}
	for i, c := range list {
		if i == mostCertificates {
			s.Notes = append(s.Notes, fmt.Sprintf("... and %d more; --json has them all.", len(list)-i))
			break
		}
		row := report.Row{Cells: []string{strconv.Itoa(i + 1), c.Subject, c.Issuer, c.NotAfter.Format(time.DateOnly), c.PublicKey.Type, c.Fingerprints.SHA256}}
		if c.Expired || c.NotYetValid {
			row.Tone = report.Bad
		}
		s.Rows = append(s.Rows, row)
	}
	names := list[0].SANs.All()
	const most = 10
	if n := len(names); n > most {
		names = append(names[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	if len(names) > 0 {
		s.Notes = append(s.Notes, "Names of the first: "+strings.Join(names, ", "))
	}
	return s
}

func matrixSections(m *probe.Matrix) []report.Section {
	versions := report.Section{Title: "Versions", Columns: []string{"Version", "Accepted", "Suites", "Order"}}
	suites := report.Section{Title: "Cipher suites", Columns: []string{"Version", "Suite", "Strength", "Why"}}
	for _, v := range m.Versions {
		row := report.Row{Cells: []string{v.Name, "no", v.Reason}, Tone: report.Plain}
		if v.Accepted {
			row = report.Row{Cells: []string{v.Name, "yes", strconv.Itoa(len(v.Suites)), v.Order}, Tone: toneOfStrength(v.Strength)}
			if v.Cut {
				row.Cells[2] += " or more"
			}
		}
		versions.Rows = append(versions.Rows, row)
		for _, s := range v.Suites {
			suites.Rows = append(suites.Rows, report.Row{Cells: []string{v.Name, s.Name, s.Strength, s.Why}, Tone: toneOfStrength(s.Strength)})
		}
	}
	if m.Cut != "" {
		versions.Notes = append(versions.Notes, "Not all was asked: "+m.Cut+".")
	}
	out := []report.Section{versions}
	if len(suites.Rows) > 0 {
		out = append(out, suites)
	}
	if len(m.Groups) > 0 {
		groups := report.Section{Title: "Key exchanges", Columns: []string{"Group", "Strength", "Post-quantum", "Why"}}
		for _, g := range m.Groups {
			pq := "no"
			if g.PostQuantum {
				pq = "yes"
			}
			groups.Rows = append(groups.Rows, report.Row{Cells: []string{g.Name, g.Strength, pq, g.Why}, Tone: toneOfStrength(g.Strength)})
		}
		out = append(out, groups)
	}
	return out
}

func toneOfStrength(strength string) report.Tone {
	return map[string]report.Tone{"insecure": report.Bad, "weak": report.Warn, "secure": report.Good, "recommended": report.Good}[strength]
}

// probeColumns and probeRow are the line of a server among many.
func probeColumns() []report.Column {
	return []report.Column{{Title: "Verdict", Width: 8}, {Title: "Version", Width: 7}, {Title: "Expires", Width: 10}, {Title: "Server", Width: 32}, {Title: "Why"}}
}

func probeRow(l looked) report.Row {
	r := l.result
	expires := "-"
	if len(r.Certificates) > 0 {
		expires = r.Certificates[0].NotAfter.Format(time.DateOnly)
	}
	name := l.text
	switch {
	case r.Problem != nil:
		return report.Row{Cells: []string{"no TLS", "-", expires, name, r.Problem.Text}, Tone: report.Bad}
	case !r.OK():
		why := ""
		if r.Verdict != nil {
			why = r.Verdict.Why
		}
		if r.Front != nil {
			why = r.Front.Text
		}
		return report.Row{Cells: []string{"refused", r.Version, expires, name, why}, Tone: report.Bad}
	case r.Compared != nil && !r.Compared.Same:
		return report.Row{Cells: []string{"differs", r.Version, expires, name, r.Compared.Text}, Tone: report.Bad}
	}
	return report.Row{Cells: []string{"accepted", r.Version, expires, name, r.Verdict.Why}, Tone: report.Good}
}

func probeSummarySection(s probeSummary) report.Section {
	var f fields
	f.add("Servers", strconv.Itoa(s.Servers))
	f.tone("Accepted", strconv.Itoa(s.OK), report.Good)
	if s.Refused > 0 {
		f.tone("Refused", strconv.Itoa(s.Refused), report.Bad)
	}
	if s.Failed > 0 {
		f.tone("No TLS", strconv.Itoa(s.Failed), report.Bad)
	}
	return report.Section{Title: "Summary", Fields: f}
}
