package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"muxkey/policy/lint"
	"muxkey/policy/lint/rules"
)

// The targets of muxkey lint.
const (
	lintFiles = 100_000 // at least
	lintRatio = 1.5     // of the wall time of rg
	lintRSS   = 300 << 20
	lintRuns  = 5
)

// linting measures muxkey lint on the module cache and the Go tree, beside rg
// looking through the same files for any of the words that the rules look for.
// Both read hidden files, pass over .git, and obey ignore files. For rg the words
// are one alternation without case. It counts the lines with words in each file
// (-c), as muxkey has to know all the words in a file; where it may stop at the
// first one (-l) it is shown too, without a target.
//
// Of muxkey there are two figures. One is that of the same work: to walk, to read,
// and to look for the words. The other is that of the whole, with every rule on.
func linting(ctx context.Context, out io.Writer, binary, dir string) (missed []string, err error) {
	if _, err := exec.LookPath("rg"); err != nil {
		return nil, fmt.Errorf("rg is needed to compare with: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var roots []string
	for _, name := range []string{"GOMODCACHE", "GOROOT"} {
		text, err := exec.CommandContext(ctx, "go", "env", name).Output()
		if err != nil {
			return nil, fmt.Errorf("go env %s: %w", name, err)
		}
		roots = append(roots, strings.TrimSpace(string(text)))
	}
	words := filepath.Join(dir, "words")
	list := lintWords()
	if err := os.WriteFile(words, []byte(strings.Join(list, "|")), 0o600); err != nil {
		return nil, err
	}
	rg := append([]string{"rg", "--hidden", "--glob", "!.git", "--ignore-case", "--no-messages", "--file", words}, roots...)
	commands := [4][]string{
		append([]string{self, "-lint-search"}, roots...),
		append([]string{binary, "lint", "--json", "--no-config", "--fail-on", "never"}, roots...),
		append(slices.Clone(rg), "--count"),
		append(slices.Clone(rg), "--files-with-matches"),
	}
	var runs [4][]used
	var read struct {
		Files    int
		Bytes    int64
		Findings []struct{}
		Unread   []struct{}
	}
	for i := range lintRuns + 1 {
		for n, command := range commands {
			var text bytes.Buffer
			u, err := spendInto(ctx, &text, nil, command...)
			if err != nil {
				return nil, err
			}
			switch {
			case i > 0: // in the first round the files come into the cache
				runs[n] = append(runs[n], u)
			case n == 1:
				if err := json.Unmarshal(text.Bytes(), &read); err != nil {
					return nil, err
				}
			}
		}
	}
	search, whole, peer := middle(runs[0]), middle(runs[1]), middle(runs[2])
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\nlint: %d files, %d MiB\twall\tcpu\tpeak memory\tbeside rg\ttarget\n", read.Files, read.Bytes>>20)
	row := func(name string, u used, ratio float64, rss int64) {
		var targets []string
		if ratio > 0 {
			targets = append(targets, fmt.Sprintf("%.1f times", ratio))
		}
		if rss > 0 {
			targets = append(targets, fmt.Sprintf("%d MiB", rss>>20))
		}
		target := strings.Join(targets, ", ")
		took := float64(u.wall) / float64(peer.wall)
		if rss > 0 && u.rss > rss || ratio > 0 && took > ratio {
			target += " MISSED"
			missed = append(missed, name)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d MiB\t%.2f times\t%s\n", name, ms(u.wall), ms(u.cpu), u.rss>>20, took, target)
	}
	row("lint, the search alone", search, lintRatio, lintRSS)
	row(fmt.Sprintf("lint, all %d rules (%d findings)", rules.All().Len(), len(read.Findings)), whole, 0, lintRSS)
	row(fmt.Sprintf("rg -c for the same %d words", len(list)), peer, 0, 0)
	row("rg -l", middle(runs[3]), 0, 0)
	if read.Files < lintFiles*9/10 {
		missed = append(missed, fmt.Sprintf("lint: only %d files", read.Files))
	}
	return missed, table.Flush()
}

// searchOnly walks, reads and searches as muxkey lint does with all rules, and
// takes nothing apart.
func searchOnly(ctx context.Context, paths []string) error {
	var list []rules.Rule
	for r := range rules.All().All() {
		for i := range r.Match {
			r.Match[i].Also = []string{"\x01\x02\x03"} // which no text holds
		}
		list = append(list, r)
	}
	_, err := lint.New(list, lint.Policy{}).Run(ctx, lint.Options{Paths: paths})
	return err
}

// lintWords are the words that all rules look for.
func lintWords() []string {
	var out []string
	for r := range rules.All().All() {
		for _, m := range r.Match {
			for _, l := range slices.Concat(m.Literals, m.Also, m.InCode) {
				for word := range strings.SplitSeq(l, "&") {
					out = append(out, escaped(strings.TrimSuffix(word, "$")))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// escaped is a text as a regular expression.
func escaped(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune(`\.+*?()|[]{}^$#&-~`, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// middle is the run with the median wall time.
func middle(list []used) used {
	slices.SortFunc(list, func(a, b used) int { return int(a.wall - b.wall) })
	u := list[len(list)/2]
	for _, other := range list {
		u.rss = max(u.rss, other.rss)
	}
	return u
}
