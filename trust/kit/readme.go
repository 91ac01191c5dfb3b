package kit

import (
	"crypto/sha1" //nolint:gosec // Windows and older tools show this one
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"muxkey/trust"
	"muxkey/trust/target"
)

// page is a text in Markdown, as CommonMark has it.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.Builder, format+"\n", args...) }

// readme is the first thing to read.
func (k *Kit) readme(j target.Job, s Server) []byte {
	p := &page{}
	p.line("# Trust in %s\n", code(j.Hosts[0]))
	p.line("Clients accept a server when they trust what vouches for its certificate. This\nis what they need for %s, for each\nkind of client in a directory of its own, with a README that says what to do.\n", codes(j.Hosts))
	p.line("Everybody may have all of it. There is no private key in it, and the password of\nthe trust stores, %s, is no secret: Java wants one, and what is behind it\nanybody may read.\n", code(j.Password))
	p.line("Who gets it must know that it comes from you: compare the fingerprints below with\nwhat you are told by another way, such as on the telephone.\n")
	p.facts(j, s)
	p.line("## Which directory\n")
	p.line("| Directory | Clients | What it is |\n|---|---|---|")
	for _, part := range k.Parts {
		p.line("| [%s](%[1]s/%s) | %s | %s |", part.ID, ReadmeName, plain(part.Clients), plain(part.Title))
	}
	if len(k.Missing) > 0 {
		p.line("\n## What is not here\n")
		for _, m := range k.Missing {
			p.line("- %s (%s): %s.", m.ID, plain(m.Title), plain(m.Why))
		}
	}
	return []byte(p.String())
}

// readme says what to do with a part.
func (part *Part) readme(j target.Job, s Server) []byte {
	p := &page{}
	p.line("# %s\n", plain(part.Title))
	p.line("Clients: %s.\n", plain(part.Clients))
	p.line("It makes them trust %s. What else is to know of it stands in\n[the first README](../%s).\n", codes(j.Hosts), ReadmeName)
	if slices.Contains(part.Options, target.Password) {
		p.line("Its password is %s, which is no secret.\n", code(j.Password))
	}
	for _, l := range part.Losses {
		p.line("- Not in it: of %s, that %s.", code(l.Anchor.Name()), plain(l.What))
	}
	if len(part.Losses) > 0 {
		p.line("")
	}
	p.line("## What to do\n\nThe commands are for this directory, in the order in which they stand.\n")
	p.steps(part.Use(part.Name, j))
	p.line("## How to see that it worked\n")
	if part.Check == nil {
		p.line("Open %s with the client. It must connect without a warning.\n", code("https://"+j.Hosts[0]+"/"))
	} else {
		p.steps(part.Check(part.Name, j))
	}
	p.facts(j, s)
	return []byte(p.String())
}

func (p *page) steps(list []target.Step) {
	for i, step := range list {
		text := plain(step.Text)
		if len(list) > 1 {
			text = fmt.Sprintf("%d\\. %s", i+1, text)
		}
		p.line("%s\n", text)
		if step.Command != "" {
			shell := step.Shell
			if shell == "" {
				shell = "sh"
			}
			fence := strings.Repeat("`", max(3, longestRun(step.Command, '`')+1))
			p.line("%s%s\n%s\n%s\n", fence, shell, strings.TrimSuffix(step.Command, "\n"), fence)
		}
	}
}

// facts are what a person compares.
func (p *page) facts(j target.Job, s Server) {
	p.line("## What is trusted\n")
	for _, a := range j.Set.Anchors {
		p.certificate(a)
	}
	p.line("## The certificate of the server\n")
	for _, l := range s.Leaves {
		if slices.ContainsFunc(j.Set.Anchors, func(a *trust.Anchor) bool { return a.SHA256 == l.SHA256 }) {
			p.line("%s is its own anchor, and is above.\n", code(l.Name()))
		} else {
			p.certificate(l)
		}
	}
	if len(s.Names) > 0 {
		p.line("It is for these names, and clients accept it under no other: %s.\n", codes(s.Names))
	}
	p.line("The first of these certificates ends on %s. Clients refuse the\nserver from then on, unless it has another certificate by then; a new anchor needs\na new kit.\n", End(j, s).UTC().Format(time.DateOnly))
}

func (p *page) certificate(a *trust.Anchor) {
	old := sha1.Sum(a.Raw) //nolint:gosec // it is shown beside a better one
	p.line("- %s", code(a.Name()))
	p.line("  - subject: %s", code(a.DN()))
	p.line("  - valid from %s to %s", a.NotBefore.UTC().Format(time.DateOnly), a.NotAfter.UTC().Format(time.DateOnly))
	p.line("  - SHA-256: %s", code(colons(a.SHA256[:])))
	p.line("  - SHA-1: %s\n", code(colons(old[:])))
}

// colons is how openssl, keytool, browsers and telephones show a fingerprint.
func colons(sum []byte) string {
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum)), " ", ":")
}

// visible is a text without what moves or hides other text: line ends, control
// characters, changes of direction. Certificates come from strangers.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// code is a code span (CommonMark 6.1), which nothing in the text ends.
func code(text string) string {
	text = visible(text)
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

func codes(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, code(s))
	}
	return strings.Join(out, ", ")
}

// plain is text in which nothing is a mark of Markdown or HTML.
func plain(text string) string {
	var b strings.Builder
	for _, r := range visible(text) {
		if strings.ContainsRune("\\`*_[]<>#|&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func longestRun(text string, of rune) int {
	longest, run := 0, 0
	for _, r := range text {
		if r == of {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
